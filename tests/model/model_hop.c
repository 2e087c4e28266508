/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model_hop.c - next-hop objects and neighbours
 */
#include <linux/neighbour.h>
#include <linux/nexthop.h>

#include "tests/model/model_internal.h"

const struct model_nexthop *nexthop_by_id(const struct model *m, uint32_t id)
{
        for (size_t i = 0; i < m->n_nexthops; i++)
                if (m->nexthops[i].hop.id == id)
                        return &m->nexthops[i];
        return NULL;
}

/* --- groups: their members are told by the raw message only --- */

static struct nlattr *raw_group(const struct raw_message *raw)
{
        size_t at = NLMSG_ALIGN(sizeof(struct nhmsg));

        while (raw->len >= at + sizeof(struct nlattr)) {
                struct nlattr *attr = (struct nlattr *)(raw->data + at);

                if ((attr->nla_type & NLA_TYPE_MASK) == NHA_GROUP)
                        return attr;
                at += NLA_ALIGN(attr->nla_len);
        }
        return NULL;
}

static int read_members(struct model_nexthop *n, const struct raw_message *raw)
{
        const struct nlattr *attr = raw_group(raw);
        const struct nexthop_grp *members;

        if (!attr)
                return -EINVAL;
        members = (const struct nexthop_grp *)(attr + 1);
        for (size_t i = 0; i < (attr->nla_len - sizeof(*attr)) / sizeof(*members); i++) {
                if (n->n_members == MODEL_MEMBERS)
                        model_is_full("members");
                n->members[n->n_members++] = members[i].id;
        }
        return 0;
}

struct raw_message nexthop_raw(const struct model_nexthop *n)
{
        struct {
                struct nhmsg header;
                struct nlattr id_attr;
                uint32_t id;
                struct nlattr group_attr;
                struct nexthop_grp members[MODEL_MEMBERS];
        } message = {
                .header.nh_protocol = n->hop.protocol,
                .id_attr = { sizeof(struct nlattr) + sizeof(uint32_t), NHA_ID },
                .id = n->hop.id,
                .group_attr = { (uint16_t)(sizeof(struct nlattr) +
                                           n->n_members * sizeof(struct nexthop_grp)),
                                NHA_GROUP },
        };
        struct raw_message raw = { .len = sizeof(message) - (MODEL_MEMBERS - n->n_members) *
                                                                    sizeof(struct nexthop_grp) };

        for (unsigned i = 0; i < n->n_members; i++)
                message.members[i].id = n->members[i];
        raw.data = malloc(raw.len);
        if (raw.data)
                memcpy(raw.data, &message, raw.len);
        return raw;
}

/* --- next hops --- */

static int check_nexthop(const struct model *m, struct model_nexthop *n, uint8_t family)
{
        if (n->hop.group) {
                for (unsigned i = 0; i < n->n_members; i++)
                        if (!nexthop_by_id(m, n->members[i]))
                                return -EINVAL;
                return 0;
        }
        if (!model_link(m, n->hop.ifindex))
                return -EINVAL;
        if (!link_is_up(m, n->hop.ifindex) || !link_has_carrier(m, model_link(m, n->hop.ifindex)))
                return -ENETDOWN;
        if (!n->hop.gateway.family)
                return 0;
        return family == AF_INET
                       ? gateway4_check(m, RT_TABLE_MAIN, &n->hop.gateway, 0, &n->hop.ifindex)
                       : gateway6_check(m, RT_TABLE_MAIN, &n->hop.gateway, 0, &n->hop.ifindex);
}

int nexthop_insert(struct model *m, const struct ns_nexthop *hop)
{
        struct model_nexthop n = { .hop = *hop };
        size_t at = 0;
        int r;

        n.hop.raw = (struct raw_message){ 0 };
        if (hop->group && (r = read_members(&n, &hop->raw)) < 0)
                return r;
        r = check_nexthop(m, &n, hop->gateway.family);
        if (r < 0)
                return r;
        while (at < m->n_nexthops && m->nexthops[at].hop.id < hop->id)
                at++;
        if (at == m->n_nexthops || m->nexthops[at].hop.id != hop->id)
                ARRAY_OPEN(m->nexthops, m->n_nexthops, at);
        m->nexthops[at] = n;
        return 0;
}

/* It goes from its groups, and the last member takes the group along; routes go with theirs. */
int nexthop_remove(struct model *m, uint32_t id)
{
        const struct model_nexthop *n = nexthop_by_id(m, id);

        if (!n)
                return -ENOENT;
        ARRAY_REMOVE(m->nexthops, m->n_nexthops, (size_t)(n - m->nexthops));
        routes_nexthop_gone(m, id);
        for (size_t i = m->n_nexthops; i-- > 0;) {
                struct model_nexthop *group = &m->nexthops[i];

                for (unsigned k = 0; k < group->n_members; k++)
                        if (group->members[k] == id) {
                                ARRAY_REMOVE(group->members, group->n_members, k);
                                break;
                        }
                if (group->hop.group && group->n_members == 0) {
                        nexthop_remove(m, group->hop.id);
                        i = m->n_nexthops;
                }
        }
        return 0;
}

void nexthops_link_down(struct model *m, int ifindex)
{
        for (size_t i = m->n_nexthops; i-- > 0;)
                if (!m->nexthops[i].hop.group && m->nexthops[i].hop.ifindex == ifindex) {
                        nexthop_remove(m, m->nexthops[i].hop.id);
                        i = m->n_nexthops;
                }
}

/* A route by next-hop object shows the object's device and gateway. */
void nexthop_fill_route(const struct model *m, struct ns_route *route)
{
        const struct model_nexthop *n = nexthop_by_id(m, route->nexthop_id);
        bool is_multipath;

        if (!route->nexthop_id || !n)
                return;
        is_multipath = n->n_members > (route->family == AF_INET ? 1u : 0u);
        for (unsigned i = 0; i < n->n_members && is_multipath; i++) {
                const struct model_nexthop *member = nexthop_by_id(m, n->members[i]);

                route->hop_ifindex[i] = member->hop.ifindex;
                route->hop_gateway[i] = member->hop.gateway;
                route->hop_flags[i] = 0;
                route->n_hops = i + 1;
        }
        if (is_multipath)
                return;
        if (n->n_members)
                n = nexthop_by_id(m, n->members[0]);
        route->ifindex = n->hop.ifindex;
        route->gateway = n->hop.gateway;
}

/* --- neighbours --- */

static bool same_neigh(const struct ns_neigh *a, const struct ns_neigh *b)
{
        return a->ifindex == b->ifindex && (a->flags & NTF_PROXY) == (b->flags & NTF_PROXY) &&
               ip_addr_equal(&a->addr, &b->addr);
}

int neigh_insert(struct model *m, const struct ns_neigh *neigh)
{
        const struct model_link *l = model_link(m, neigh->ifindex);
        size_t at = 0;

        if (!l)
                return -ENODEV;
        if (neigh->addr.family == AF_INET6 && !l->has_inet6)
                return neigh->flags & NTF_PROXY ? -ENOBUFS : -EINVAL;
        while (at < m->n_neighs && !same_neigh(&m->neighs[at], neigh))
                at++;
        if (at == m->n_neighs)
                ARRAY_OPEN(m->neighs, m->n_neighs, at);
        m->neighs[at] = *neigh;
        m->neighs[at].raw = (struct raw_message){ 0 };
        if (neigh->flags & NTF_PROXY) { /* they have neither */
                m->neighs[at].mac_len = 0;
                m->neighs[at].state = 0;
        }
        return 0;
}

int neigh_remove(struct model *m, const struct ns_neigh *neigh)
{
        for (size_t i = 0; i < m->n_neighs; i++)
                if (same_neigh(&m->neighs[i], neigh)) {
                        ARRAY_REMOVE(m->neighs, m->n_neighs, i);
                        return 0;
                }
        return model_link(m, neigh->ifindex) ? -ENOENT : -ENODEV;
}

void neighs_flush(struct model *m, int family, int ifindex, bool with_proxies)
{
        for (size_t i = m->n_neighs; i-- > 0;)
                if (m->neighs[i].ifindex == ifindex && m->neighs[i].addr.family == family &&
                    (with_proxies || !(m->neighs[i].flags & NTF_PROXY)))
                        ARRAY_REMOVE(m->neighs, m->n_neighs, i);
}

/* --- filters --- */

int filter_set(struct model *m, const struct ns_filter *filter)
{
        size_t i = 0;

        if (m->has_no_filter)
                return -EOPNOTSUPP;
        while (i < m->n_filters && strcmp(m->filters[i].tap, filter->tap) != 0)
                i++;
        if (i == m->n_filters)
                ARRAY_OPEN(m->filters, m->n_filters, i);
        m->filters[i] = *filter;
        m->filters[i].raw = (struct raw_message){ 0 };
        return 0;
}

int filter_delete(struct model *m, const char *tap)
{
        for (size_t i = 0; i < m->n_filters; i++)
                if (strcmp(m->filters[i].tap, tap) == 0) {
                        ARRAY_REMOVE(m->filters, m->n_filters, i);
                        return 0;
                }
        return 0;
}
