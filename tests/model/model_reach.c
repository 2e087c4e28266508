/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model_reach.c - what of a route the kernel refuses: where it leads, and from which address
 */
#include "tests/model/model_internal.h"

bool route_is_reject(uint8_t type)
{
        return type == RTN_BLACKHOLE || type == RTN_UNREACHABLE || type == RTN_PROHIBIT ||
               type == RTN_THROW;
}

/* Does @r lead out of @oif (0: any) alive? *ret_gateway: through a gateway? */
static bool leads_out(const struct model *m, const struct model_route *mr, int oif,
                      int *ret_ifindex, bool *ret_gateway)
{
        struct ns_route r = mr->route;

        nexthop_fill_route(m, &r);
        for (unsigned i = 0; i < r.n_hops; i++)
                if (!(mr->dead_hops & 1u << i) && (oif == 0 || r.hop_ifindex[i] == oif)) {
                        *ret_ifindex = r.hop_ifindex[i];
                        *ret_gateway = r.hop_gateway[i].family;
                        return true;
                }
        *ret_ifindex = r.ifindex;
        *ret_gateway = r.gateway.family;
        return r.n_hops == 0 && (oif == 0 || r.ifindex == oif);
}

/*
 * A gateway must be on-link: a route of link scope or narrower leads to it (fib_check_nh_v4_gw).
 * Return: 0 with the device, or the error of the route that leads there.
 */
static int lookup4(const struct model *m, uint32_t table, const struct ip_addr *addr, int oif,
                   int *ret_ifindex)
{
        const struct model_route *best = NULL;
        bool by_gateway;
        int ifindex;

        for (size_t i = 0; i < m->n_routes; i++) {
                const struct model_route *r = &m->routes[i];

                if (r->route.family != AF_INET || r->route.table != table || r->route.tos != 0 ||
                    r->route.scope < RT_SCOPE_LINK || !prefix_has(&r->route.dst, addr) ||
                    (best && best->route.dst.len >= r->route.dst.len))
                        continue;
                if (!route_is_reject(r->route.type) && !leads_out(m, r, oif, &ifindex, &by_gateway))
                        continue;
                best = r;
        }
        if (!best || best->route.type == RTN_THROW)
                return -ENETUNREACH;
        if (route_is_reject(best->route.type))
                return best->route.type == RTN_BLACKHOLE     ? -EINVAL
                       : best->route.type == RTN_UNREACHABLE ? -EHOSTUNREACH
                                                             : -EACCES;
        leads_out(m, best, oif, ret_ifindex, &by_gateway);
        return 0;
}

int gateway4_check(const struct model *m, uint32_t table, const struct ip_addr *gateway,
                   uint32_t flags, int *ifindex)
{
        int found, r = -ENETUNREACH;

        if (gateway->family == AF_INET6)
                return gateway6_check(m, table, gateway, flags, ifindex);
        if (flags & RTNH_F_ONLINK) {
                if (!model_link(m, *ifindex))
                        return -ENODEV;
                if (!link_is_up(m, *ifindex))
                        return -ENETDOWN;
                return addr_is_local(m, gateway) ? -EINVAL : 0;
        }
        if (table != RT_TABLE_MAIN)
                r = lookup4(m, table, gateway, *ifindex, &found);
        if (r < 0)
                r = lookup4(m, RT_TABLE_MAIN, gateway, *ifindex, &found);
        if (r < 0)
                return r;
        *ifindex = found;
        return link_is_up(m, found) ? 0 : -ENETDOWN;
}

/* Return: the device behind which @addr is on-link, or -EHOSTUNREACH */
static int lookup6(const struct model *m, uint32_t table, const struct ip_addr *addr, int oif)
{
        int best = -EHOSTUNREACH, best_len = -1;

        for (size_t i = 0; i < m->n_routes; i++) {
                const struct model_route *r = &m->routes[i];
                bool by_gateway;
                int ifindex;

                if (r->route.family != AF_INET6 || r->route.table != table ||
                    !prefix_has(&r->route.dst, addr) || (int)r->route.dst.len <= best_len ||
                    !leads_out(m, r, oif, &ifindex, &by_gateway))
                        continue;
                best_len = r->route.dst.len;
                best = by_gateway || route_is_reject(r->route.type) ? -EHOSTUNREACH : ifindex;
        }
        return best;
}

/*
 * A gateway said to be on-link must not lead elsewhere: the best route to it, unless that is a
 * default route, is one of the device (ip6_route_check_nh_onlink).
 */
static bool leads_elsewhere6(const struct model *m, const struct ip_addr *addr, int oif)
{
        const struct model_route *best = NULL;
        bool is_best_of_oif = false;

        for (size_t i = 0; i < m->n_routes; i++) {
                const struct model_route *r = &m->routes[i];
                bool by_gateway, is_of_oif;
                int ifindex;

                if (r->route.family != AF_INET6 || r->route.table != RT_TABLE_MAIN ||
                    !prefix_has(&r->route.dst, addr) || !leads_out(m, r, 0, &ifindex, &by_gateway))
                        continue;
                is_of_oif = leads_out(m, r, oif, &ifindex, &by_gateway);
                if (best &&
                    (r->route.dst.len < best->route.dst.len ||
                     (r->route.dst.len == best->route.dst.len &&
                      (r->route.metric > best->route.metric || is_best_of_oif || !is_of_oif))))
                        continue;
                best = r;
                is_best_of_oif = is_of_oif;
        }
        return best && best->route.dst.len > 0 && !route_is_reject(best->route.type) &&
               !is_best_of_oif;
}

/* Of the host itself? A link-local one is so only on its own link; a tentative one too. */
static bool is_own6(const struct model *m, const struct ip_addr *addr, int ifindex)
{
        for (size_t i = 0; i < m->n_addrs; i++)
                if (ip_addr_equal(&m->addrs[i].addr.prefix.addr, addr) &&
                    (!IN6_IS_ADDR_LINKLOCAL(&addr->v6) || m->addrs[i].addr.ifindex == ifindex))
                        return true;
        return false;
}

int gateway6_check(const struct model *m, uint32_t table, const struct ip_addr *gateway,
                   uint32_t flags, int *ifindex)
{
        int found;

        if (*ifindex && (!model_link(m, *ifindex) || !model_link(m, *ifindex)->has_inet6))
                return -ENODEV;
        if ((flags & RTNH_F_ONLINK) && !link_is_up(m, *ifindex))
                return *ifindex ? -ENETDOWN : -ENODEV;
        if (IN6_IS_ADDR_LINKLOCAL(&gateway->v6)) {
                ; /* on-link everywhere */
        } else if (flags & RTNH_F_ONLINK) {
                if (leads_elsewhere6(m, gateway, *ifindex))
                        return -EINVAL;
        } else {
                found = lookup6(m, table, gateway, *ifindex);
                if (found < 0 || (*ifindex && found != *ifindex))
                        found = lookup6(m, RT_TABLE_MAIN, gateway, *ifindex);
                if (found < 0)
                        return found;
                if (*ifindex && found != *ifindex)
                        return -EHOSTUNREACH;
                *ifindex = found;
        }
        if (*ifindex == 0 || *ifindex == MODEL_LO || is_own6(m, gateway, *ifindex))
                return -EINVAL;
        return link_is_up(m, *ifindex) ? 0 : -ENETDOWN;
}

static int check_hop(const struct model *m, const struct ns_route *route,
                     const struct ip_addr *gateway, uint32_t flags, int *ifindex)
{
        if (gateway->family && route->scope >= RT_SCOPE_LINK)
                return -EINVAL;
        if (gateway->family)
                return route->family == AF_INET
                               ? gateway4_check(m, route->table, gateway, flags, ifindex)
                               : gateway6_check(m, route->table, gateway, flags, ifindex);
        if (!model_link(m, *ifindex) ||
            (route->family == AF_INET6 && !model_link(m, *ifindex)->has_inet6))
                return -ENODEV;
        return link_is_up(m, *ifindex) ? 0 : -ENETDOWN;
}

bool route_has_source(const struct model *m, const struct ns_route *route)
{
        if (!route->prefsrc.family)
                return true;
        if (route->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&route->prefsrc.v6))
                return is_own6(m, &route->prefsrc,
                               route->n_hops ? route->hop_ifindex[0] : route->ifindex);
        return addr_is_local(m, &route->prefsrc);
}

int route_check_hops(const struct model *m, struct ns_route *route)
{
        int r = 0;

        if (route->nexthop_id) {
                route->ifindex = 0;
                route->n_hops = 0;
                route->gateway = (struct ip_addr){ 0 };
                return nexthop_by_id(m, route->nexthop_id) ? 0 : -EINVAL;
        }
        if (route_is_reject(route->type)) {
                if (route->family == AF_INET && (route->ifindex || route->gateway.family))
                        return -EINVAL;
                route->ifindex = route->family == AF_INET6 ? MODEL_LO : 0;
                return 0;
        }
        if (route->n_hops == 0)
                return check_hop(m, route, &route->gateway, route->flags, &route->ifindex);
        for (unsigned i = 0; i < route->n_hops && r == 0; i++) {
                r = check_hop(m, route, &route->hop_gateway[i], route->hop_flags[i],
                              &route->hop_ifindex[i]);
                /* Each hop is a route of its own. */
                if (r == 0 && route->family == AF_INET6 && !route_has_source(m, route))
                        r = -EINVAL;
                for (unsigned k = 0; k < i && r == 0 && route->family == AF_INET6; k++)
                        if (route->hop_ifindex[i] == route->hop_ifindex[k] &&
                            ip_addr_equal(&route->hop_gateway[i], &route->hop_gateway[k]))
                                r = -EEXIST;
        }
        return r;
}
