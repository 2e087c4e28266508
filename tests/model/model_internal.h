/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model_internal.h - what the model's files ask of each other
 */
#pragma once

#include <string.h>

#include "tests/model/model.h"

/* model.c */
__attribute__((noreturn)) void model_is_full(const char *what);
struct ip_prefix network_of(const struct ip_addr *addr, uint8_t len);
bool same_prefix(const struct ip_prefix *a, const struct ip_prefix *b);
bool prefix_has(const struct ip_prefix *prefix, const struct ip_addr *addr);

/* Take element @i out of an array of @n. */
#define ARRAY_REMOVE(array, n, i)                                                                  \
        memmove(&(array)[i], &(array)[(i) + 1], (--(n) - (i)) * sizeof((array)[0]))
/* Make room for one at @i. */
#define ARRAY_OPEN(array, n, i)                                                                    \
        do {                                                                                       \
                if ((n) == ARRAY_SIZE(array))                                                      \
                        model_is_full(#array);                                                     \
                memmove(&(array)[(i) + 1], &(array)[i], ((n)++ - (i)) * sizeof((array)[0]));       \
        } while (0)

/* model_link.c */
struct model_link *model_link(const struct model *m, int ifindex);
struct model_link *model_link_named(const struct model *m, const char *name);
bool link_is_up(const struct model *m, int ifindex);
bool link_has_carrier(const struct model *m, const struct model_link *l);
int link_execute(struct model *m, const struct plan_op *op, int ifindex);
int link_add(struct model *m, const struct plan_op *op);

/* model_addr.c */
bool addr_is_on(const struct model_addr *a, int family, int ifindex);
/* IFA_ADDRESS: the peer's, where there is one. */
const struct ip_addr *addr_far_end(const struct ns_addr *addr);
/* First place for addresses of @family on @ifindex: IPv4 first, then by link. */
size_t addr_first_place(const struct model *m, int family, int ifindex);
int addr_set_lifetime(const struct model *m, struct model_addr *a, const struct ns_addr *want);
struct model_addr addr_new(const struct model *m, int ifindex, const struct ns_addr *want);
bool addr_is_local(const struct model *m, const struct ip_addr *addr);
int addr_remove(struct model *m, int ifindex, const struct ns_addr *addr);
void addr_drop(struct model *m, size_t i);        /* the one at @i, as if deleted */
void addrs_link_up(struct model *m, int ifindex); /* connected routes come */
struct raw_message addr_raw(const struct ns_addr *addr);

/* model_addr4.c */
int addr4_add(struct model *m, int ifindex, const struct ns_addr *addr);
void add_connected4(struct model *m, const struct ns_addr *addr);
void drop4(struct model *m, size_t i);
void addrs4_forget(struct model *m, int ifindex); /* the link is being deleted */
void addrs_rename_labels(struct model *m, int ifindex, const char *name);

/* model_addr6.c */
int addr6_add(struct model *m, int ifindex, const struct ns_addr *addr);
void add_prefix6(struct model *m, const struct model_addr *a);
void drop6(struct model *m, size_t i);
void addrs6_forget(struct model *m, int ifindex);    /* the link goes down */
void addrs_link_ready(struct model *m, int ifindex); /* link-local addresses come */

/* model_route.c */
int route_insert(struct model *m, const struct ns_route *route, uint64_t expires_at);
int route_append(struct model *m, const struct ns_route *route);
int route_remove(struct model *m, const struct ns_route *route);
bool route_drop_if(struct model *m, const struct ns_route *like);
void routes_source_gone(struct model *m, const struct ip_addr *addr);
void routes_link_down(struct model *m, int family, int ifindex);
void routes_link_alive(struct model *m, int family, int ifindex);
void routes6_mtu_changed(struct model *m, int ifindex, uint32_t old, uint32_t new);
void routes_link_gone(struct model *m, int ifindex);
void routes_nexthop_gone(struct model *m, uint32_t id);
void routes_pass_time(struct model *m);

/* model_reach.c */
bool route_is_reject(uint8_t type);
bool route_has_source(const struct model *m, const struct ns_route *route);
int route_check_hops(const struct model *m, struct ns_route *route);
int gateway4_check(const struct model *m, uint32_t table, const struct ip_addr *gateway,
                   uint32_t flags, int *ifindex);
int gateway6_check(const struct model *m, uint32_t table, const struct ip_addr *gateway,
                   uint32_t flags, int *ifindex);

/* model_hop.c */
int nexthop_insert(struct model *m, const struct ns_nexthop *hop);
int nexthop_remove(struct model *m, uint32_t id);
void nexthops_link_down(struct model *m, int ifindex);
const struct model_nexthop *nexthop_by_id(const struct model *m, uint32_t id);
void nexthop_fill_route(const struct model *m, struct ns_route *route);
struct raw_message nexthop_raw(const struct model_nexthop *n);
int neigh_insert(struct model *m, const struct ns_neigh *neigh);
int neigh_remove(struct model *m, const struct ns_neigh *neigh);
int filter_set(struct model *m, const struct ns_filter *filter);
int filter_delete(struct model *m, const char *tap);
void neighs_flush(struct model *m, int family, int ifindex, bool with_proxies);
