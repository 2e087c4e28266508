/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/model/state_text.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text {
        char *buf;
        size_t len, size;
};

static void _printf_(2, 3) put(struct text *t, const char *format, ...)
{
        va_list args;
        int n;

        if (t->size - t->len < 512) {
                t->size = t->size ? 2 * t->size : 4096;
                t->buf = realloc(t->buf, t->size);
                if (!t->buf)
                        abort();
        }
        va_start(args, format);
        n = vsnprintf(t->buf + t->len, t->size - t->len, format, args);
        va_end(args);
        if (n < 0 || (size_t)n >= t->size - t->len)
                abort();
        t->len += (size_t)n;
}

static const char *name_of(const struct netstate *s, int ifindex)
{
        const struct ns_link *link = netstate_link_by_index(s, ifindex);
        static char number[16];

        if (link)
                return link->name;
        snprintf(number, sizeof(number), "#%d", ifindex);
        return number;
}

static void put_link(struct text *t, const struct ns_link *link)
{
        char mac[MAC_TEXT_LEN];

        put(t, "link %s %s mtu %u %s", link->name, link->kind[0] ? link->kind : "-",
            link->mtu_bytes, link->flags & IFF_UP ? "up" : "down");
        if (!(link->flags & IFF_LOOPBACK))
                put(t, " addrgenmode %d arp_ignore %d", link->addr_gen_mode, link->arp_ignore);
        if (strcmp(link->kind, "tun") != 0)
                put(t, " mac %s", mac_format(link->mac, mac));
        if (link->master_name[0])
                put(t, " in %s, learning %d%s", link->master_name, link->port.learning,
                    link->port.takes_nic_mac ? ", takes the pod's frames" : "");
        if (link->alias[0])
                put(t, " alias '%s'", link->alias);
        if (strcmp(link->kind, "bridge") == 0)
                put(t, " stp %d delay %u snooping %d", link->br.stp, link->br.forward_delay_csec,
                    link->br.mcast_snooping);
        if (link->tun.is_tap)
                put(t, " tap persist %d queues %d", link->tun.persist, link->tun.multi_queue);
        if (link->tun.has_owner)
                put(t, " owner %u", link->tun.owner);
        if (link->tun.has_group)
                put(t, " group %u", link->tun.group);
        put(t, "\n");
}

static void put_lifetime(struct text *t, const char *what, uint32_t sec, unsigned leave_out)
{
        if (sec == UINT32_MAX)
                return;
        if (!(leave_out & STATE_ROUGH_TIMERS) || sec == 0)
                put(t, " %s %u s", what, sec);
        else
                put(t, " %s limited", what);
}

static void put_addr(struct text *t, const struct netstate *s, const struct ns_addr *addr,
                     unsigned leave_out)
{
        char buf[IP_PREFIX_TEXT_LEN];

        put(t, "address %s", ip_prefix_format(&addr->prefix, buf));
        if (addr->ifindex)
                put(t, " on %s", name_of(s, addr->ifindex));
        if (addr->peer.family)
                put(t, " peer %s", ip_addr_format(&addr->peer, buf));
        put(t, " scope %u flags %#x", addr->scope, addr->flags);
        if (addr->label[0])
                put(t, " label %s", addr->label);
        put_lifetime(t, "preferred", addr->preferred_sec, leave_out);
        put_lifetime(t, "valid", addr->valid_sec, leave_out);
        put(t, "\n");
}

static void put_hop(struct text *t, const struct netstate *s, int ifindex,
                    const struct ip_addr *gateway, uint32_t flags)
{
        char buf[IP_ADDR_TEXT_LEN];

        if (gateway->family)
                put(t, " via %s", ip_addr_format(gateway, buf));
        if (ifindex)
                put(t, " dev %s", name_of(s, ifindex));
        if (flags & RTNH_F_ONLINK)
                put(t, " onlink");
}

static void put_route(struct text *t, const struct netstate *s, const struct ns_route *r,
                      unsigned leave_out)
{
        char buf[IP_PREFIX_TEXT_LEN];

        put(t, "route %s table %u type %u scope %u proto %u metric %u",
            ip_prefix_format(&r->dst, buf), r->table, r->type, r->scope, r->protocol, r->metric);
        if (r->tos)
                put(t, " tos %u", r->tos);
        if (r->nexthop_id)
                put(t, " nhid %u", r->nexthop_id);
        put_hop(t, s, r->ifindex, &r->gateway, r->flags);
        for (unsigned i = 0; i < r->n_hops; i++) {
                put(t, " hop");
                put_hop(t, s, r->hop_ifindex[i], &r->hop_gateway[i], r->hop_flags[i]);
        }
        if (r->prefsrc.family)
                put(t, " src %s", ip_addr_format(&r->prefsrc, buf));
        if (r->mtu_bytes)
                put(t, " mtu %u", r->mtu_bytes);
        /* Several addresses share a connected route, each with its own end, and the first has it.
         */
        if (r->expires_sec && (r->protocol != RTPROT_KERNEL || !(leave_out & STATE_RESTORED)))
                put_lifetime(t, "expires", r->expires_sec, leave_out);
        put(t, "\n");
}

static bool is_bound_to_link(const struct ns_route *r)
{
        return r->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&r->dst.addr.v6);
}

/* Where their order means nothing, by device. */
static void put_routes(struct text *t, const struct netstate *s, unsigned leave_out)
{
        for (size_t i = 0, end; i < s->n_routes; i = end) {
                const struct ns_route *first = &s->routes[i];

                for (end = i + 1; end < s->n_routes; end++)
                        if (!is_bound_to_link(&s->routes[end]) || !(leave_out & STATE_RESTORED) ||
                            !is_bound_to_link(first))
                                break;
                for (int ifindex = 0; end > i + 1 && ifindex < 32; ifindex++)
                        for (size_t k = i; k < end; k++)
                                if (s->routes[k].ifindex == ifindex)
                                        put_route(t, s, &s->routes[k], leave_out);
                if (end == i + 1)
                        put_route(t, s, first, leave_out);
        }
}

static void put_nexthop(struct text *t, const struct netstate *s, const struct ns_nexthop *n)
{
        char buf[IP_ADDR_TEXT_LEN];

        put(t, "nexthop %u proto %u", n->id, n->protocol);
        if (n->group)
                put(t, " group");
        if (n->ifindex)
                put(t, " dev %s", name_of(s, n->ifindex));
        if (n->gateway.family)
                put(t, " via %s", ip_addr_format(&n->gateway, buf));
        put(t, "\n");
}

static int compare_neighs(const void *a, const void *b)
{
        const struct ns_neigh *x = *(struct ns_neigh *const *)a, *y = *(struct ns_neigh *const *)b;

        if (x->ifindex != y->ifindex)
                return x->ifindex - y->ifindex;
        if (x->addr.family != y->addr.family)
                return x->addr.family - y->addr.family;
        if ((x->flags & NTF_PROXY) != (y->flags & NTF_PROXY))
                return x->flags & NTF_PROXY ? 1 : -1;
        return memcmp(&x->addr.v6, &y->addr.v6, x->addr.family == AF_INET ? 4 : 16);
}

static void put_neighs(struct text *t, const struct netstate *s)
{
        const struct ns_neigh *sorted[s->n_neighs + 1];
        char buf[IP_ADDR_TEXT_LEN], mac[MAC_TEXT_LEN];

        for (size_t i = 0; i < s->n_neighs; i++)
                sorted[i] = &s->neighs[i];
        qsort(sorted, s->n_neighs, sizeof(*sorted), compare_neighs);
        for (size_t i = 0; i < s->n_neighs; i++) {
                const struct ns_neigh *n = sorted[i];

                put(t, "neighbour %s on %s", ip_addr_format(&n->addr, buf), name_of(s, n->ifindex));
                if (n->mac_len == MAC_LEN)
                        put(t, " mac %s", mac_format(n->mac, mac));
                put(t, " state %#x flags %#x\n", n->state, n->flags);
        }
}

char *state_text(const struct netstate *s, unsigned leave_out)
{
        struct text t = { 0 };

        put(&t, "%s", "");
        for (size_t i = 0; i < s->n_links; i++)
                put_link(&t, &s->links[i]);
        for (size_t i = 0; i < s->n_addrs; i++)
                put_addr(&t, s, &s->addrs[i], leave_out);
        for (size_t i = 0; i < s->n_nexthops; i++)
                put_nexthop(&t, s, &s->nexthops[i]);
        put_routes(&t, s, leave_out);
        put_neighs(&t, s);
        for (size_t i = 0; i < s->n_filters; i++)
                put(&t, "filter of %s: %u rules, %016llx\n", s->filters[i].tap,
                    s->filters[i].n_rules, (unsigned long long)s->filters[i].hash);
        return t.buf;
}

bool state_text_same_route(const struct ns_route *a, const struct ns_route *b)
{
        if (a->family != b->family || a->table != b->table || a->type != b->type ||
            a->scope != b->scope || a->protocol != b->protocol || a->tos != b->tos ||
            a->metric != b->metric || a->dst.len != b->dst.len || a->ifindex != b->ifindex ||
            a->flags != b->flags || a->nexthop_id != b->nexthop_id ||
            a->mtu_bytes != b->mtu_bytes || a->n_hops != b->n_hops ||
            (a->protocol != RTPROT_KERNEL && (a->expires_sec == 0) != (b->expires_sec == 0)) ||
            !ip_addr_equal(&a->dst.addr, &b->dst.addr) ||
            !ip_addr_equal(&a->gateway, &b->gateway) || !ip_addr_equal(&a->prefsrc, &b->prefsrc))
                return false;
        for (unsigned i = 0; i < a->n_hops; i++)
                if (a->hop_ifindex[i] != b->hop_ifindex[i] || a->hop_flags[i] != b->hop_flags[i] ||
                    !ip_addr_equal(&a->hop_gateway[i], &b->hop_gateway[i]))
                        return false;
        return true;
}

void state_text_print_op(const struct plan_op *op)
{
        static const struct netstate none;
        struct text t = { 0 };

        put(&t, "%s", op->text);
        if (op->type == PLAN_ADDR_ADD || op->type == PLAN_ADDR_DEL) {
                put(&t, "\n      ");
                put_addr(&t, &none, &op->addr, STATE_EXACT);
        } else if (op->type == PLAN_ROUTE_ADD || op->type == PLAN_ROUTE_DEL) {
                put(&t, "\n      ");
                put_route(&t, &none, &op->route, STATE_EXACT);
        } else if (op->type == PLAN_NEXTHOP_ADD || op->type == PLAN_NEXTHOP_DEL) {
                put(&t, "\n      ");
                put_nexthop(&t, &none, &op->nexthop);
        } else {
                put(&t, "\n");
        }
        fputs(t.buf, stdout);
        free(t.buf);
}

static bool has_line(const char *text, const char *line, size_t len)
{
        for (const char *p = text; *p; p = strchr(p, '\n') + 1)
                if (strncmp(p, line, len) == 0)
                        return true;
        return false;
}

void state_text_print_difference(const char *expected, const char *actual)
{
        bool same = true;

        for (const char *p = expected, *end; *p; p = end) {
                end = strchr(p, '\n') + 1;
                if (!has_line(actual, p, (size_t)(end - p))) {
                        printf("  - %.*s", (int)(end - p), p);
                        same = false;
                }
        }
        for (const char *p = actual, *end; *p; p = end) {
                end = strchr(p, '\n') + 1;
                if (!has_line(expected, p, (size_t)(end - p))) {
                        printf("  + %.*s", (int)(end - p), p);
                        same = false;
                }
        }
        if (same && strcmp(expected, actual) != 0)
                printf("  the order differs; expected:\n%s  is:\n%s", expected, actual);
}
