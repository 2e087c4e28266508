/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * route.h - routes, next-hop objects and neighbours: replayed from their raw message
 */
#pragma once

#include "netsetup/netlink.h"

/**
 * route_add() - append a route; what is there already stays in front
 * An IPv6 route that expires gets route->expires_sec; everything else is in its raw message.
 */
int route_add(struct netlink *nl, const struct ns_route *route, const char *text,
              struct error *err);
int route_delete(struct netlink *nl, const struct ns_route *route, const char *text,
                 struct error *err);
int nexthop_add(struct netlink *nl, const struct ns_nexthop *hop, struct error *err);
int nexthop_delete(struct netlink *nl, const struct ns_nexthop *hop, struct error *err);
int neigh_add(struct netlink *nl, const struct ns_neigh *neigh, struct error *err);
int neigh_delete(struct netlink *nl, const struct ns_neigh *neigh, struct error *err);
