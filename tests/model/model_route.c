/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model_route.c - routes: the order of a dump, adding, deleting, what takes a route away
 */
#include "tests/model/model_internal.h"

#define METRIC_USER6 1024

/* --- the order of a dump --- */

/* IPv4: by network, at one network the longer prefix first. */
static int compare_dst4(const struct ip_prefix *a, const struct ip_prefix *b)
{
        uint32_t x = ntohl(a->addr.v4.s_addr), y = ntohl(b->addr.v4.s_addr);

        return x != y ? (x < y ? -1 : 1) : (int)b->len - (int)a->len;
}

/* IPv6: a tree walked children first, the zero bit's before the one bit's. */
static int compare_dst6(const struct ip_prefix *a, const struct ip_prefix *b)
{
        unsigned len = a->len < b->len ? a->len : b->len;

        for (unsigned i = 0; i < len; i++) {
                int x = a->addr.v6.s6_addr[i / 8] >> (7 - i % 8) & 1;
                int y = b->addr.v6.s6_addr[i / 8] >> (7 - i % 8) & 1;

                if (x != y)
                        return x - y;
        }
        return (int)b->len - (int)a->len;
}

static int compare_places(const struct ns_route *a, const struct ns_route *b)
{
        int r;

        if (a->family != b->family)
                return a->family < b->family ? -1 : 1;
        if (a->table != b->table)
                return (a->table & 255) != (b->table & 255)
                               ? (int)(a->table & 255) - (int)(b->table & 255)
                       : a->table < b->table ? -1
                                             : 1;
        r = a->family == AF_INET ? compare_dst4(&a->dst, &b->dst) : compare_dst6(&a->dst, &b->dst);
        if (r != 0)
                return r;
        if (a->tos != b->tos)
                return (int)b->tos - (int)a->tos;
        return a->metric != b->metric ? (a->metric < b->metric ? -1 : 1) : 0;
}

static void insert_at_its_place(struct model *m, const struct ns_route *route, uint64_t expires_at)
{
        size_t at = 0;

        while (at < m->n_routes && compare_places(&m->routes[at].route, route) <= 0)
                at++;
        ARRAY_OPEN(m->routes, m->n_routes, at);
        m->routes[at] = (struct model_route){ .route = *route, .expires_at = expires_at };
        m->routes[at].route.raw = (struct raw_message){ 0 };
}

/* --- equal routes --- */

static bool same_hop(const struct ns_route *a, const struct ns_route *b, unsigned i)
{
        return a->hop_ifindex[i] == b->hop_ifindex[i] && a->hop_flags[i] == b->hop_flags[i] &&
               ip_addr_equal(&a->hop_gateway[i], &b->hop_gateway[i]);
}

static bool same_hops(const struct ns_route *a, const struct ns_route *b)
{
        if (a->nexthop_id != b->nexthop_id)
                return false;
        if (a->nexthop_id)
                return true;
        for (unsigned i = 0; i < a->n_hops && a->n_hops == b->n_hops; i++)
                if (!same_hop(a, b, i))
                        return false;
        return a->n_hops == b->n_hops && a->ifindex == b->ifindex && a->flags == b->flags &&
               ip_addr_equal(&a->gateway, &b->gateway);
}

static bool is_duplicate4(const struct ns_route *a, const struct ns_route *b)
{
        return a->type == b->type && a->scope == b->scope && a->protocol == b->protocol &&
               a->mtu_bytes == b->mtu_bytes && ip_addr_equal(&a->prefsrc, &b->prefsrc) &&
               same_hops(a, b);
}

/* IPv6 keeps a multipath route as one route a hop: a new one that is any of them is not new. */
static bool is_duplicate6(const struct ns_route *have, const struct ns_route *route)
{
        if (have->nexthop_id || route->nexthop_id)
                return have->nexthop_id == route->nexthop_id;
        for (unsigned i = 0; i < have->n_hops; i++)
                if (have->hop_ifindex[i] == route->ifindex &&
                    ip_addr_equal(&have->hop_gateway[i], &route->gateway))
                        return true;
        return have->n_hops == 0 && have->ifindex == route->ifindex &&
               ip_addr_equal(&have->gateway, &route->gateway);
}

/* --- adding --- */

static void add_hop(struct ns_route *route, const struct ns_route *sibling)
{
        if (route->n_hops == 0) {
                route->hop_ifindex[0] = route->ifindex;
                route->hop_gateway[0] = route->gateway;
                route->hop_flags[0] = route->flags & RTNH_F_ONLINK;
                route->ifindex = 0;
                route->gateway = (struct ip_addr){ 0 };
                route->flags = 0;
                route->n_hops = 1;
        }
        if (route->n_hops == ARRAY_SIZE(route->hop_ifindex))
                model_is_full("hops");
        route->hop_ifindex[route->n_hops] = sibling->ifindex;
        route->hop_gateway[route->n_hops] = sibling->gateway;
        route->hop_flags[route->n_hops] = sibling->flags & RTNH_F_ONLINK;
        route->n_hops++;
}

static bool same_but_hops(const struct ns_route *a, const struct ns_route *b)
{
        return a->protocol == b->protocol && a->mtu_bytes == b->mtu_bytes &&
               ip_addr_equal(&a->prefsrc, &b->prefsrc);
}

/* One IPv6 route; by a gateway, it joins those of the same prefix and metric. */
static int insert6(struct model *m, const struct ns_route *route, uint64_t expires_at)
{
        struct model_route *sibling = NULL;

        for (size_t i = 0; i < m->n_routes; i++) {
                struct model_route *have = &m->routes[i];
                bool by_gateway = have->route.gateway.family || have->route.n_hops;

                if (compare_places(&have->route, route) != 0)
                        continue;
                if (is_duplicate6(&have->route, route)) {
                        if (have->expires_at != FOREVER)
                                have->expires_at = expires_at;
                        return -EEXIST;
                }
                if (!sibling && by_gateway && !have->route.nexthop_id && route->gateway.family &&
                    !route->nexthop_id)
                        sibling = have;
        }
        if (sibling && !same_but_hops(&sibling->route, route))
                m->is_vague = true; /* each hop has these of its own */
        if (sibling)
                add_hop(&sibling->route, route);
        else
                insert_at_its_place(m, route, expires_at);
        return 0;
}

static int remove6(struct model *m, const struct ns_route *r, int ifindex,
                   const struct ip_addr *gateway);

/* All hops or none. */
static int insert_multipath6(struct model *m, const struct ns_route *route, uint64_t expires_at)
{
        struct ns_route one = *route;
        int r = 0;

        one.n_hops = 0;
        for (unsigned i = 0; i < route->n_hops && r == 0; i++) {
                one.ifindex = route->hop_ifindex[i];
                one.gateway = route->hop_gateway[i];
                one.flags = route->hop_flags[i];
                r = insert6(m, &one, expires_at);
                one.protocol = r < 0 ? 0 : route->protocol; /* whatever the first sibling's is */
                for (unsigned k = 0; k < i && r < 0; k++)
                        remove6(m, &one, route->hop_ifindex[k], &route->hop_gateway[k]);
        }
        return r;
}

/* Behind those of the same place (NLM_F_APPEND). */
int route_insert(struct model *m, const struct ns_route *route, uint64_t expires_at)
{
        if (route->family == AF_INET6)
                return route->n_hops ? insert_multipath6(m, route, expires_at)
                                     : insert6(m, route, expires_at);
        for (size_t i = 0; i < m->n_routes; i++)
                if (compare_places(&m->routes[i].route, route) == 0 &&
                    is_duplicate4(&m->routes[i].route, route))
                        return -EEXIST;
        insert_at_its_place(m, route, FOREVER);
        return 0;
}

int route_append(struct model *m, const struct ns_route *wanted)
{
        struct ns_route route = *wanted;
        struct ip_prefix net = network_of(&route.dst.addr, route.dst.len);
        /* One that refuses forgets that it was to end. */
        bool expires =
                route.expires_sec && route.family == AF_INET6 && !route_is_reject(route.type);
        uint64_t expires_at = expires ? m->now_sec + route.expires_sec : FOREVER;
        int r;

        if (route.family == AF_INET && !ip_addr_equal(&net.addr, &route.dst.addr))
                return -EINVAL;
        route.dst = net;
        if (route.family == AF_INET6) {
                route.scope = RT_SCOPE_UNIVERSE;
                route.metric = route.metric ? route.metric : METRIC_USER6;
        }
        r = route_check_hops(m, &route);
        if (r < 0)
                return r;
        if (!route_has_source(m, &route))
                return -EINVAL;
        route.expires_sec = 0;
        return route_insert(m, &route, expires_at);
}

/* --- deleting --- */

static bool matches_hop(int ifindex, const struct ip_addr *gateway, const struct ns_route *r,
                        unsigned i)
{
        return (!r->hop_ifindex[i] || r->hop_ifindex[i] == ifindex) &&
               (!r->hop_gateway[i].family || ip_addr_equal(&r->hop_gateway[i], gateway));
}

/* As many hops as the route has; those asked for beyond them do not matter (fib_nh_match). */
static bool matches_first_hops(const struct ns_route *have, const struct ns_route *r)
{
        if (have->n_hops == 0)
                return matches_hop(have->ifindex, &have->gateway, r, 0);
        for (unsigned i = 0; i < have->n_hops && i < r->n_hops; i++)
                if (!matches_hop(have->hop_ifindex[i], &have->hop_gateway[i], r, i))
                        return false;
        return have->n_hops <= r->n_hops;
}

static bool matches4(const struct ns_route *have, const struct ns_route *r)
{
        if (have->tos != r->tos || have->type != r->type || have->scope != r->scope ||
            (r->metric && have->metric != r->metric) ||
            (r->protocol && have->protocol != r->protocol) ||
            (r->mtu_bytes && have->mtu_bytes != r->mtu_bytes) ||
            (r->prefsrc.family && !ip_addr_equal(&have->prefsrc, &r->prefsrc)))
                return false;
        if (r->nexthop_id || have->nexthop_id)
                return r->nexthop_id == have->nexthop_id;
        if (r->n_hops)
                return matches_first_hops(have, r);
        return have->n_hops == 0 && (!r->ifindex || have->ifindex == r->ifindex) &&
               (!r->gateway.family || ip_addr_equal(&have->gateway, &r->gateway));
}

static void drop_hop(struct model_route *mr, unsigned i)
{
        struct ns_route *r = &mr->route;

        mr->dead_hops =
                (uint8_t)((mr->dead_hops & ((1u << i) - 1)) | (mr->dead_hops >> (i + 1) << i));
        for (; i + 1 < r->n_hops; i++) {
                r->hop_ifindex[i] = r->hop_ifindex[i + 1];
                r->hop_gateway[i] = r->hop_gateway[i + 1];
                r->hop_flags[i] = r->hop_flags[i + 1];
        }
        if (--r->n_hops > 1)
                return;
        r->ifindex = r->hop_ifindex[0];
        r->gateway = r->hop_gateway[0];
        r->flags = r->hop_flags[0];
        r->n_hops = 0;
}

static int remove6(struct model *m, const struct ns_route *r, int ifindex,
                   const struct ip_addr *gateway)
{
        for (size_t i = 0; i < m->n_routes; i++) {
                struct model_route *mr = &m->routes[i];
                struct ns_route *have = &mr->route;

                if (have->family != AF_INET6 || have->table != r->table ||
                    !same_prefix(&have->dst, &r->dst) || (r->metric && have->metric != r->metric) ||
                    (r->protocol && have->protocol != r->protocol) ||
                    have->nexthop_id != r->nexthop_id)
                        continue;
                for (unsigned k = 0; k < have->n_hops; k++)
                        if ((!ifindex || have->hop_ifindex[k] == ifindex) &&
                            ip_addr_equal(&have->hop_gateway[k], gateway)) {
                                drop_hop(mr, k);
                                return 0;
                        }
                if (!have->nexthop_id &&
                    (have->n_hops || (ifindex && have->ifindex != ifindex) ||
                     (gateway->family && !ip_addr_equal(&have->gateway, gateway))))
                        continue;
                ARRAY_REMOVE(m->routes, m->n_routes, i);
                return 0;
        }
        return -ESRCH;
}

int route_remove(struct model *m, const struct ns_route *route)
{
        if (route->nexthop_id && !nexthop_by_id(m, route->nexthop_id))
                return -EINVAL;
        if (route->family == AF_INET6) {
                int r = 0;

                if (route->n_hops == 0 || route->nexthop_id)
                        return remove6(m, route, route->ifindex, &route->gateway);
                for (unsigned i = 0; i < route->n_hops; i++) {
                        int one = remove6(m, route, route->hop_ifindex[i], &route->hop_gateway[i]);

                        r = one < 0 ? one : r;
                }
                return r;
        }
        for (size_t i = 0; i < m->n_routes; i++) {
                struct ns_route *have = &m->routes[i].route;

                if (have->family == AF_INET && have->table == route->table &&
                    same_prefix(&have->dst, &route->dst) && matches4(have, route)) {
                        ARRAY_REMOVE(m->routes, m->n_routes, i);
                        return 0;
                }
        }
        return -ESRCH;
}

bool route_drop_if(struct model *m, const struct ns_route *like)
{
        return route_remove(m, like) == 0;
}

/* --- what takes routes away --- */

/* IPv4 routes go with their preferred source, IPv6 routes forget it. */
void routes_source_gone(struct model *m, const struct ip_addr *addr)
{
        for (size_t i = m->n_routes; i-- > 0;) {
                if (!ip_addr_equal(&m->routes[i].route.prefsrc, addr))
                        continue;
                if (addr->family == AF_INET6)
                        m->routes[i].route.prefsrc = (struct ip_addr){ 0 };
                else if (m->routes[i].route.table == RT_TABLE_MAIN)
                        ARRAY_REMOVE(m->routes, m->n_routes, i);
        }
}

/* A multipath route goes with its last hop. */
void routes_link_down(struct model *m, int family, int ifindex)
{
        for (size_t i = m->n_routes; i-- > 0;) {
                struct model_route *mr = &m->routes[i];
                struct ns_route *r = &mr->route;

                if (r->family != family || r->nexthop_id)
                        continue;
                for (unsigned k = 0; k < r->n_hops; k++)
                        if (r->hop_ifindex[k] == ifindex)
                                mr->dead_hops |= (uint8_t)(1u << k);
                if (r->n_hops ? mr->dead_hops == (1u << r->n_hops) - 1 : r->ifindex == ifindex)
                        ARRAY_REMOVE(m->routes, m->n_routes, i);
        }
}

/* A deleted link takes a multipath route along: IPv4's as a whole, IPv6's hop by hop. */
void routes_link_gone(struct model *m, int ifindex)
{
        for (size_t i = m->n_routes; i-- > 0;) {
                struct model_route *mr = &m->routes[i];

                if (mr->route.nexthop_id)
                        continue;
                for (unsigned k = mr->route.n_hops; k-- > 0;) {
                        if (mr->route.hop_ifindex[k] != ifindex)
                                continue;
                        if (mr->route.family == AF_INET) {
                                ARRAY_REMOVE(m->routes, m->n_routes, i);
                                break;
                        }
                        drop_hop(mr, k);
                }
        }
}

void routes_link_alive(struct model *m, int family, int ifindex)
{
        for (size_t i = 0; i < m->n_routes; i++)
                for (unsigned k = 0; k < m->routes[i].route.n_hops; k++)
                        if (m->routes[i].route.family == family &&
                            m->routes[i].route.hop_ifindex[k] == ifindex)
                                m->routes[i].dead_hops &= (uint8_t) ~(1u << k);
}

/* IPv6 routes that say an MTU of their own follow their device down, and up if they had its. */
void routes6_mtu_changed(struct model *m, int ifindex, uint32_t old, uint32_t new)
{
        for (size_t i = 0; i < m->n_routes; i++) {
                struct ns_route r = m->routes[i].route;

                if (r.family != AF_INET6 || !r.mtu_bytes)
                        continue;
                nexthop_fill_route(m, &r);
                m->is_vague |= r.n_hops > 0; /* each hop has its own */
                if (r.ifindex == ifindex && (r.mtu_bytes >= new || r.mtu_bytes == old))
                        m->routes[i].route.mtu_bytes = new;
        }
}

void routes_nexthop_gone(struct model *m, uint32_t id)
{
        for (size_t i = m->n_routes; i-- > 0;)
                if (m->routes[i].route.nexthop_id == id)
                        ARRAY_REMOVE(m->routes, m->n_routes, i);
}

void routes_pass_time(struct model *m)
{
        for (size_t i = m->n_routes; i-- > 0;)
                if (m->routes[i].expires_at <= m->now_sec)
                        ARRAY_REMOVE(m->routes, m->n_routes, i);
}
