/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model.c - execute, observe, time: the face of the model
 */
#include <linux/if_addr.h>
#include <stdio.h>

#include "tests/model/model_internal.h"

void model_is_full(const char *what)
{
        fprintf(stderr, "the model has no room for more in %s\n", what);
        abort();
}

/* --- prefixes --- */

struct ip_prefix network_of(const struct ip_addr *addr, uint8_t len)
{
        struct ip_prefix net = { { .family = addr->family }, len };
        const uint8_t *from = (const uint8_t *)&addr->v6;
        uint8_t *to = (uint8_t *)&net.addr.v6;

        memcpy(to, from, len / 8);
        if (len % 8)
                to[len / 8] = (uint8_t)(from[len / 8] & 0xff00 >> len % 8);
        return net;
}

bool prefix_has(const struct ip_prefix *prefix, const struct ip_addr *addr)
{
        struct ip_prefix a = network_of(&prefix->addr, prefix->len);
        struct ip_prefix b = network_of(addr, prefix->len);

        return prefix->addr.family == addr->family && ip_addr_equal(&a.addr, &b.addr);
}

bool same_prefix(const struct ip_prefix *a, const struct ip_prefix *b)
{
        return a->len == b->len && ip_addr_equal(&a->addr, &b->addr);
}

/* --- the whole --- */

void model_copy(struct model *to, const struct model *from)
{
#define COPY(array) memcpy(to->array, from->array, from->n_##array * sizeof(from->array[0]))
        COPY(links);
        COPY(addrs);
        COPY(routes);
        COPY(nexthops);
        COPY(neighs);
        COPY(filters);
#undef COPY
        to->n_links = from->n_links;
        to->n_addrs = from->n_addrs;
        to->n_routes = from->n_routes;
        to->n_nexthops = from->n_nexthops;
        to->n_neighs = from->n_neighs;
        to->n_filters = from->n_filters;
        to->next_ifindex = from->next_ifindex;
        to->now_sec = from->now_sec;
        to->n_executed = from->n_executed;
        to->is_vague = from->is_vague;
        to->has_dad = from->has_dad;
        to->promotes = from->promotes;
        to->renames_down_only = from->renames_down_only;
        to->has_dummy = from->has_dummy;
        to->has_no_filter = from->has_no_filter;
}

/* As apply.c's: an IPv6 preferred source is waited for. */
static int add_route(struct model *m, const struct plan_op *op)
{
        int r = route_append(m, &op->route);

        if (r == -EINVAL && op->route.family == AF_INET6 && op->route.prefsrc.family) {
                model_settle(m);
                r = route_append(m, &op->route);
        }
        return r;
}

static int execute(struct model *m, const struct plan_op *op)
{
        struct model_link *l;
        int ifindex = op->ifindex;

        switch (op->type) {
        case PLAN_LINK_ADD:
        case PLAN_TAP_ADD:
        case PLAN_KEEPER_ADD:
                return link_add(m, op);
        case PLAN_FILTER_SET:
                return filter_set(m, &op->filter);
        case PLAN_FILTER_DEL:
                return filter_delete(m, op->filter.tap);
        case PLAN_ROUTE_ADD:
                return add_route(m, op);
        case PLAN_ROUTE_DEL:
                return route_remove(m, &op->route);
        case PLAN_NEXTHOP_ADD:
                return nexthop_insert(m, &op->nexthop);
        case PLAN_NEXTHOP_DEL:
                return nexthop_remove(m, op->nexthop.id);
        case PLAN_NEIGH_ADD:
                return neigh_insert(m, &op->neigh);
        case PLAN_NEIGH_DEL:
                return neigh_remove(m, &op->neigh);
        default:
                break;
        }
        if (ifindex == 0) {
                l = model_link_named(m, op->ifname);
                if (!l)
                        return -ENODEV;
                ifindex = l->link.ifindex;
        }
        if (op->type != PLAN_ADDR_ADD && op->type != PLAN_ADDR_DEL)
                return link_execute(m, op, ifindex);
        if (!model_link(m, ifindex))
                return -ENODEV;
        if (op->type == PLAN_ADDR_DEL)
                return addr_remove(m, ifindex, &op->addr);
        return op->addr.prefix.addr.family == AF_INET ? addr4_add(m, ifindex, &op->addr)
                                                      : addr6_add(m, ifindex, &op->addr);
}

int model_execute(void *kernel, const struct plan_op *op, struct error *err)
{
        struct model *m = kernel;
        int r = execute(m, op);

        m->n_executed++;
        return r < 0 ? error_set(err, r, "%s: %s", op->text, strerror(-r)) : 0;
}

/* --- observing --- */

static void *array_new(size_t n, size_t size)
{
        void *array = calloc(n ? n : 1, size);

        if (!array)
                model_is_full("memory");
        return array;
}

static uint32_t seconds_left(uint64_t until, uint64_t now)
{
        return until == FOREVER ? UINT32_MAX : until <= now ? 0 : (uint32_t)(until - now);
}

static bool has_macvlan_port(const struct model *m, int bridge)
{
        for (size_t i = 0; i < m->n_links; i++)
                if (m->links[i].link.master == bridge &&
                    strcmp(m->links[i].link.kind, "macvlan") == 0)
                        return true;
        return false;
}

static struct ns_link observe_link(const struct model *m, const struct model_link *l)
{
        struct ns_link link = l->link;
        const struct model_link *master = link.master ? model_link(m, link.master) : NULL;

        if (master)
                strcpy(link.master_name, master->link.name);
        link.port.takes_nic_mac &= has_macvlan_port(m, link.master);
        return link;
}

static struct ns_addr observe_addr(const struct model *m, const struct model_addr *a)
{
        struct ns_addr addr = a->addr;

        addr.preferred_sec = seconds_left(a->preferred_until, m->now_sec);
        addr.valid_sec = seconds_left(a->valid_until, m->now_sec);
        /* What has no end is not told when it stops to be preferred. */
        if (addr.prefix.addr.family == AF_INET && addr.valid_sec == UINT32_MAX)
                addr.preferred_sec = UINT32_MAX;
        addr.raw = addr_raw(&addr);
        return addr;
}

static struct ns_route observe_route(const struct model *m, const struct model_route *r)
{
        struct ns_route route = r->route;

        nexthop_fill_route(m, &route);
        route.expires_sec = r->expires_at == FOREVER ? 0 : seconds_left(r->expires_at, m->now_sec);
        return route;
}

struct netstate *model_observe(const struct model *m)
{
        struct netstate *s = netstate_new();

        s->links = array_new(m->n_links, sizeof(*s->links));
        s->addrs = array_new(m->n_addrs, sizeof(*s->addrs));
        s->routes = array_new(m->n_routes, sizeof(*s->routes));
        s->nexthops = array_new(m->n_nexthops, sizeof(*s->nexthops));
        s->neighs = array_new(m->n_neighs, sizeof(*s->neighs));
        while (s->n_links < m->n_links) {
                s->links[s->n_links] = observe_link(m, &m->links[s->n_links]);
                s->n_links++;
        }
        while (s->n_addrs < m->n_addrs) {
                s->addrs[s->n_addrs] = observe_addr(m, &m->addrs[s->n_addrs]);
                s->n_addrs++;
        }
        while (s->n_routes < m->n_routes) {
                s->routes[s->n_routes] = observe_route(m, &m->routes[s->n_routes]);
                s->n_routes++;
        }
        for (; s->n_nexthops < m->n_nexthops; s->n_nexthops++) {
                const struct model_nexthop *n = &m->nexthops[s->n_nexthops];

                s->nexthops[s->n_nexthops] = n->hop;
                s->nexthops[s->n_nexthops].n_members = n->n_members;
                s->nexthops[s->n_nexthops].first_member = n->n_members ? n->members[0] : 0;
                if (n->hop.group)
                        s->nexthops[s->n_nexthops].raw = nexthop_raw(n);
        }
        s->filters = array_new(m->n_filters, sizeof(*s->filters));
        for (; s->n_filters < m->n_filters; s->n_filters++)
                s->filters[s->n_filters] = m->filters[s->n_filters];
        for (; s->n_neighs < m->n_neighs; s->n_neighs++)
                s->neighs[s->n_neighs] = m->neighs[s->n_neighs];
        s->observed_realtime_usec = m->now_sec * 1000000;
        return s;
}

/* --- time --- */

void model_pass_time(struct model *m, uint64_t sec)
{
        model_settle(m);
        m->now_sec += sec;
        for (size_t i = m->n_addrs; i-- > 0;)
                if (m->addrs[i].preferred_until <= m->now_sec)
                        m->addrs[i].addr.flags |= IFA_F_DEPRECATED;
        for (size_t i = 0; i < m->n_addrs;)
                if (m->addrs[i].valid_until <= m->now_sec) {
                        addr_drop(m, i);
                        i = 0; /* a secondary may have gone with it */
                } else {
                        i++;
                }
        routes_pass_time(m);
}
