/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model_addr6.c - IPv6 addresses: duplicate detection, link-local ones, connected routes
 */
#include <linux/if_addr.h>

#include "tests/model/model_internal.h"

#define METRIC_ADDRCONF 256

static void add_connected6(struct model *m, const struct ip_addr *addr, uint8_t len, int ifindex,
                           uint64_t expires_at)
{
        struct ns_route route = {
                .family = AF_INET6,
                .table = RT_TABLE_MAIN,
                .type = RTN_UNICAST,
                .protocol = RTPROT_KERNEL,
                .metric = METRIC_ADDRCONF,
                .dst = network_of(addr, len),
                .ifindex = ifindex,
        };

        if (ifindex != MODEL_LO && link_is_up(m, ifindex))
                route_insert(m, &route, expires_at);
}

void add_prefix6(struct model *m, const struct model_addr *a)
{
        if (!(a->addr.flags & IFA_F_NOPREFIXROUTE))
                add_connected6(m, &a->addr.prefix.addr, a->addr.prefix.len, a->addr.ifindex,
                               a->valid_until);
}

/* Duplicate detection has ended well: only now a peer can be reached. */
static void dad_done(struct model *m, struct model_addr *a)
{
        a->addr.flags &= ~(uint32_t)(IFA_F_TENTATIVE | IFA_F_OPTIMISTIC);
        if (a->addr.peer.family)
                add_connected6(m, &a->addr.peer, 128, a->addr.ifindex, FOREVER);
}

static void dad_start(struct model *m, struct model_addr *a)
{
        if (!m->has_dad || (a->addr.flags & IFA_F_NODAD) || a->addr.ifindex == MODEL_LO)
                dad_done(m, a);
}

void model_settle(struct model *m)
{
        for (size_t i = 0; i < m->n_addrs; i++)
                if ((m->addrs[i].addr.flags & IFA_F_TENTATIVE) &&
                    model_link(m, m->addrs[i].addr.ifindex)->is_ready)
                        dad_done(m, &m->addrs[i]);
}

static struct model_route *find_prefix6(struct model *m, const struct ip_prefix *net, int ifindex)
{
        for (size_t i = 0; i < m->n_routes; i++) {
                const struct ns_route *r = &m->routes[i].route;

                if (r->family == AF_INET6 && r->table == RT_TABLE_MAIN && !r->nexthop_id &&
                    !r->gateway.family && !r->n_hops && r->ifindex == ifindex &&
                    same_prefix(&r->dst, net))
                        return &m->routes[i];
        }
        return NULL;
}

/*
 * The connected route goes with the last permanent address of its prefix.
 * @self: the address itself where it stays, but without its route
 */
static void drop_prefix6(struct model *m, const struct ns_addr *gone, const struct model_addr *self)
{
        struct ip_prefix net = network_of(&gone->prefix.addr, gone->prefix.len);
        struct model_route *route = find_prefix6(m, &net, gone->ifindex);
        uint64_t expires_at = FOREVER;

        if (!(gone->flags & IFA_F_PERMANENT) || (gone->flags & IFA_F_NOPREFIXROUTE))
                return;
        for (size_t i = 0; i < m->n_addrs; i++) {
                struct model_addr *a = &m->addrs[i];

                if (a == self || !addr_is_on(a, AF_INET6, gone->ifindex) ||
                    a->addr.prefix.len != net.len || !prefix_has(&net, &a->addr.prefix.addr))
                        continue;
                if (a->addr.flags & (IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE))
                        return;
                if (a->valid_until < expires_at)
                        expires_at = a->valid_until;
        }
        if (route && expires_at == FOREVER)
                ARRAY_REMOVE(m->routes, m->n_routes, (size_t)(route - m->routes));
        else if (route && route->expires_at == FOREVER)
                route->expires_at = expires_at;
}

/* The order in which the kernel prefers them: the wider scope first. */
static int scope_rank6(const struct ns_addr *addr)
{
        return addr->scope == RT_SCOPE_UNIVERSE ? 14 : addr->scope == RT_SCOPE_LINK ? 2 : 1;
}

/*
 * The kernel takes the first route to the prefix for the address's own. One with another metric is
 * somebody's, and goes; and where the address is to end, it takes a span for a time: the route ends
 * whenever it is collected.
 */
static void modify_prefix_route(struct model *m, struct model_route *route,
                                const struct model_addr *a)
{
        m->is_vague |= a->valid_until != FOREVER;
        if (route->route.metric == METRIC_ADDRCONF)
                return;
        ARRAY_REMOVE(m->routes, m->n_routes, (size_t)(route - m->routes));
        add_prefix6(m, a);
}

static int modify6(struct model *m, struct model_addr *a, const struct ns_addr *want)
{
        static const uint32_t settable =
                IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE;
        struct ip_prefix net = network_of(&a->addr.prefix.addr, a->addr.prefix.len);
        struct model_route *route = find_prefix6(m, &net, a->addr.ifindex);
        struct ns_addr before = a->addr;
        bool had_route = (before.flags & IFA_F_PERMANENT) && !(before.flags & IFA_F_NOPREFIXROUTE);
        int r = addr_set_lifetime(m, a, want);

        if (r < 0)
                return r;
        m->is_vague |= before.peer.family || want->peer.family;
        a->addr.flags = (a->addr.flags & ~settable) | (want->flags & settable);
        if (a->addr.flags & IFA_F_NOPREFIXROUTE)
                drop_prefix6(m, &before, a);
        else if (had_route && route)
                modify_prefix_route(m, route, a);
        else
                add_prefix6(m, a);
        return 0;
}

int addr6_add(struct model *m, int ifindex, const struct ns_addr *want)
{
        struct model_addr a = addr_new(m, ifindex, want);
        size_t at = addr_first_place(m, AF_INET6, ifindex);
        int r = addr_set_lifetime(m, &a, want);

        if (r < 0 || want->prefix.len > 128 || !model_link(m, ifindex)->has_inet6)
                return -EINVAL;
        for (size_t i = at; i < m->n_addrs && addr_is_on(&m->addrs[i], AF_INET6, ifindex); i++)
                if (ip_addr_equal(&m->addrs[i].addr.prefix.addr, &want->prefix.addr))
                        return modify6(m, &m->addrs[i], want);
        while (at < m->n_addrs && addr_is_on(&m->addrs[at], AF_INET6, ifindex) &&
               scope_rank6(&a.addr) < scope_rank6(&m->addrs[at].addr))
                at++;
        if (!(a.addr.flags & IFA_F_NODAD))
                a.addr.flags |= IFA_F_TENTATIVE;
        ARRAY_OPEN(m->addrs, m->n_addrs, at);
        m->addrs[at] = a;
        add_prefix6(m, &m->addrs[at]);
        dad_start(m, &m->addrs[at]);
        return 0;
}

void drop6(struct model *m, size_t i)
{
        struct ns_addr gone = m->addrs[i].addr;
        struct ns_route to_peer = { .family = AF_INET6,
                                    .table = RT_TABLE_MAIN,
                                    .type = RTN_UNICAST,
                                    .protocol = RTPROT_KERNEL,
                                    .metric = METRIC_ADDRCONF,
                                    .ifindex = gone.ifindex };

        ARRAY_REMOVE(m->addrs, m->n_addrs, i);
        if (gone.peer.family) {
                to_peer.dst = network_of(&gone.peer, 128);
                route_drop_if(m, &to_peer);
        }
        drop_prefix6(m, &gone, NULL);
        if (!addr_is_local(m, &gone.prefix.addr))
                routes_source_gone(m, &gone.prefix.addr);
}

void addrs6_forget(struct model *m, int ifindex)
{
        for (size_t i = m->n_addrs; i-- > 0;)
                if (addr_is_on(&m->addrs[i], AF_INET6, ifindex))
                        ARRAY_REMOVE(m->addrs, m->n_addrs, i);
}

/* EUI-64 (RFC 4291, appendix A) */
static struct ip_addr link_local(const struct ns_link *link)
{
        struct ip_addr addr = { .family = AF_INET6 };
        uint8_t *b = addr.v6.s6_addr;

        b[0] = 0xfe;
        b[1] = 0x80;
        memcpy(b + 8, link->mac, 3);
        memcpy(b + 13, link->mac + 3, 3);
        b[8] ^= 2;
        b[11] = 0xff;
        b[12] = 0xfe;
        if (link->addr_gen_mode == IN6_ADDR_GEN_MODE_RANDOM)
                b[11] = b[12] = 0xdd; /* any other */
        return addr;
}

void addrs_link_ready(struct model *m, int ifindex)
{
        const struct ns_link *link = &model_link(m, ifindex)->link;
        struct ns_addr addr = { .prefix = { link_local(link), 64 },
                                .preferred_sec = UINT32_MAX,
                                .valid_sec = UINT32_MAX };

        if (link->addr_gen_mode == IN6_ADDR_GEN_MODE_NONE || (link->flags & IFF_LOOPBACK))
                return;
        for (size_t i = 0; i < m->n_addrs; i++)
                if (addr_is_on(&m->addrs[i], AF_INET6, ifindex) &&
                    ip_addr_equal(&m->addrs[i].addr.prefix.addr, &addr.prefix.addr))
                        return;
        addr6_add(m, ifindex, &addr);
}
