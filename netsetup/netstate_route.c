/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netstate_route.c - routes: where they lead, and which of them the kernel takes for the same
 */
#include "netsetup/netstate.h"

#include <string.h>

bool netstate_is_default_route(const struct ns_route *route, int family)
{
        return route->family == family && route->dst.len == 0 && route->table == RT_TABLE_MAIN &&
               route->type == RTN_UNICAST;
}

/* The route's next-hop object; of a group its first member. NULL: the route has none. */
static const struct ns_nexthop *route_nexthop(const struct netstate *state,
                                              const struct ns_route *route)
{
        uint32_t id = route->nexthop_id;

        for (int depth = 0; id && depth < 2; depth++) { /* groups do not nest */
                const struct ns_nexthop *hop = NULL;

                for (size_t i = 0; i < state->n_nexthops; i++)
                        if (state->nexthops[i].id == id)
                                hop = &state->nexthops[i];
                if (!hop || !hop->group)
                        return hop;
                id = hop->first_member;
        }
        return NULL;
}

/* A next-hop object's or the first hop's device stands for the route's. */
int netstate_route_device(const struct netstate *state, const struct ns_route *route)
{
        const struct ns_nexthop *hop;

        if (route->ifindex)
                return route->ifindex;
        if (route->n_hops > 0)
                return route->hop_ifindex[0];
        hop = route_nexthop(state, route);
        return hop ? hop->ifindex : 0;
}

struct ip_addr netstate_route_gateway(const struct netstate *state, const struct ns_route *route)
{
        const struct ns_nexthop *hop;

        if (route->gateway.family != AF_UNSPEC)
                return route->gateway;
        if (route->n_hops > 0)
                return route->hop_gateway[0];
        hop = route_nexthop(state, route);
        return hop ? hop->gateway : (struct ip_addr){ 0 };
}

unsigned netstate_route_hops(const struct netstate *state, const struct ns_route *route)
{
        for (size_t i = 0; route->nexthop_id && i < state->n_nexthops; i++)
                if (state->nexthops[i].id == route->nexthop_id)
                        return state->nexthops[i].n_members;
        return route->n_hops;
}

/* IPv4 routes that differ in one of these are two; of IPv6's the kernel keeps the first. */
static bool differs_for_ipv4(const struct ns_route *a, const struct ns_route *b)
{
        for (unsigned i = 0; i < a->n_hops; i++)
                if (a->hop_flags[i] != b->hop_flags[i])
                        return true;
        return a->protocol != b->protocol || a->scope != b->scope || a->flags != b->flags ||
               a->mtu_bytes != b->mtu_bytes;
}

static bool same_route_but_source(const struct ns_route *a, const struct ns_route *b)
{
        if (a->family != b->family || a->table != b->table || a->type != b->type ||
            a->tos != b->tos || a->metric != b->metric || a->dst.len != b->dst.len ||
            !ip_addr_equal(&a->dst.addr, &b->dst.addr) || a->n_hops != b->n_hops ||
            a->nexthop_id != b->nexthop_id)
                return false;
        for (unsigned i = 0; i < a->n_hops; i++)
                if (a->hop_ifindex[i] != b->hop_ifindex[i] ||
                    !ip_addr_equal(&a->hop_gateway[i], &b->hop_gateway[i]))
                        return false;
        if (a->family == AF_INET && differs_for_ipv4(a, b))
                return false;
        return a->nexthop_id ||
               (a->ifindex == b->ifindex && ip_addr_equal(&a->gateway, &b->gateway));
}

static bool has_hop(const struct ns_route *multipath, int ifindex, const struct ip_addr *gateway)
{
        for (unsigned i = 0; i < multipath->n_hops; i++)
                if (multipath->hop_ifindex[i] == ifindex &&
                    ip_addr_equal(&multipath->hop_gateway[i], gateway))
                        return true;
        return false;
}

bool netstate_is_part_of(const struct ns_route *route, const struct ns_route *multipath)
{
        if (route->family != AF_INET6 || multipath->family != AF_INET6 || route->nexthop_id ||
            multipath->nexthop_id || multipath->n_hops <= (route->n_hops ? route->n_hops : 1) ||
            route->table != multipath->table || route->metric != multipath->metric ||
            route->dst.len != multipath->dst.len ||
            !ip_addr_equal(&route->dst.addr, &multipath->dst.addr))
                return false;
        for (unsigned i = 0; i < route->n_hops; i++)
                if (!has_hop(multipath, route->hop_ifindex[i], &route->hop_gateway[i]))
                        return false;
        return route->n_hops > 0 || has_hop(multipath, route->ifindex, &route->gateway);
}

const struct ns_route *netstate_find_route(const struct netstate *state,
                                           const struct ns_route *route, bool with_source)
{
        for (size_t i = 0; i < state->n_routes; i++)
                if (same_route_but_source(&state->routes[i], route) &&
                    (!with_source || ip_addr_equal(&state->routes[i].prefsrc, &route->prefsrc)))
                        return &state->routes[i];
        return NULL;
}
