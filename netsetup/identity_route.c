/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * identity_route.c - the pod's routes as a guest must hear them: reachable gateways, one for each
 * destination, the default route last
 */
#include <stdlib.h>
#include <string.h>

#include "netsetup/identity.h"

/*
 * Does the guest's address bring this on-link route along? Only the first of a family does: DHCP
 * carries one, so what the others made on-link must be told.
 */
static bool is_own_prefix(const struct podnet *net, const struct podnet_route *route)
{
        const struct ip_prefix *own = podnet_first_address(net, route->dst.addr.family);

        return own && own->len == route->dst.len && ip_prefix_has(own, &route->dst.addr);
}

static bool is_reachable(const struct podnet *net, const struct ip_addr *gateway)
{
        const struct ip_prefix *own = podnet_first_address(net, gateway->family);

        if (own && own->len < (gateway->family == AF_INET ? 32 : 128) &&
            ip_prefix_has(own, gateway))
                return true;
        for (size_t i = 0; i < net->n_routes; i++)
                if (net->routes[i].gateway.family == AF_UNSPEC &&
                    ip_prefix_has(&net->routes[i].dst, gateway))
                        return true;
        return gateway->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&gateway->v6);
}

static int compare_routes(const void *a, const void *b)
{
        const struct podnet_route *x = a, *y = b;

        /* Wider prefixes later, so that the default route of a family ends its list. */
        if (x->dst.addr.family != y->dst.addr.family)
                return x->dst.addr.family < y->dst.addr.family ? -1 : 1;
        if (x->dst.len != y->dst.len)
                return x->dst.len > y->dst.len ? -1 : 1;
        return memcmp(&x->dst.addr.v6, &y->dst.addr.v6, 16);
}

struct route_list {
        struct podnet_route *routes;
        size_t n;
};

static int list_add(struct route_list *list, const struct podnet_route *route)
{
        struct podnet_route *grown;

        for (size_t i = 0; i < list->n; i++) {
                if (list->routes[i].dst.len != route->dst.len ||
                    !ip_addr_equal(&list->routes[i].dst.addr, &route->dst.addr))
                        continue;
                /* A client knows one route per destination: the one the kernel prefers. */
                if (route->metric < list->routes[i].metric)
                        list->routes[i] = *route;
                return 0;
        }
        grown = reallocarray(list->routes, list->n + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        list->routes = grown;
        list->routes[list->n++] = *route;
        return 0;
}

static void list_sort(struct route_list *list)
{
        if (list->n > 1) /* qsort() takes no NULL, not even for nothing */
                qsort(list->routes, list->n, sizeof(*list->routes), compare_routes);
}

/* The unicast routes of the main table over the pod's interface. */
static int collect_routes(const struct netstate *state, const struct ns_link *nic,
                          const struct podnet *net, struct route_list *on_link,
                          struct route_list *by_gateway, struct notes *notes)
{
        for (size_t i = 0; i < state->n_routes; i++) {
                const struct ns_route *route = &state->routes[i];
                struct podnet_route found = { .dst = route->dst, .metric = route->metric };
                char text[IP_PREFIX_TEXT_LEN];
                int r;

                if (route->table != RT_TABLE_MAIN ||
                    netstate_route_device(state, route) != nic->ifindex)
                        continue;
                if (route->type != RTN_UNICAST)
                        continue;
                if (route->family == AF_INET6 && (IN6_IS_ADDR_LINKLOCAL(&route->dst.addr.v6) ||
                                                  IN6_IS_ADDR_MULTICAST(&route->dst.addr.v6)))
                        continue; /* the guest's kernel makes these */
                found.gateway = netstate_route_gateway(state, route);
                if (found.gateway.family != AF_UNSPEC && found.gateway.family != route->family) {
                        notes_add(notes, "not-told",
                                  "the route to %s has a gateway of the other family, which DHCP "
                                  "cannot tell; the guest does not get it",
                                  ip_prefix_format(&route->dst, text));
                        continue;
                }
                if (netstate_route_hops(state, route) > 1)
                        notes_add(notes, "not-told",
                                  "the route to %s has %u next hops; the guest gets the first",
                                  ip_prefix_format(&route->dst, text),
                                  netstate_route_hops(state, route));
                if (found.gateway.family == AF_UNSPEC && is_own_prefix(net, &found))
                        continue;
                r = list_add(found.gateway.family == AF_UNSPEC ? on_link : by_gateway, &found);
                if (r < 0)
                        return r;
        }
        return 0;
}

int identity_routes(const struct netstate *state, const struct ns_link *nic, struct podnet *net,
                    struct notes *notes)
{
        struct route_list on_link = { 0 }, by_gateway = { 0 };
        int r = collect_routes(state, nic, net, &on_link, &by_gateway, notes);

        list_sort(&on_link);
        list_sort(&by_gateway);
        for (size_t i = 0; r == 0 && i < on_link.n; i++)
                r = podnet_add_route(net, &on_link.routes[i]);
        /* A gateway that nothing makes reachable (onlink, /32) needs a host route before it. */
        for (size_t i = 0; r == 0 && i < by_gateway.n; i++) {
                struct podnet_route host = { .dst.addr = by_gateway.routes[i].gateway };

                host.dst.len = host.dst.addr.family == AF_INET ? 32 : 128;
                if (!is_reachable(net, &host.dst.addr))
                        r = podnet_add_route(net, &host);
        }
        for (size_t i = 0; r == 0 && i < by_gateway.n; i++)
                r = podnet_add_route(net, &by_gateway.routes[i]);
        free(on_link.routes);
        free(by_gateway.routes);
        return r;
}
