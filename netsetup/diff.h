/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff.h - inside the diff: what its parts share; diff.c tells the whole
 */
#pragma once

#include "netsetup/plan.h"

struct diff {
        const struct netstate *current, *target;
        const struct diff_scope *scope;
        struct plan *plan;
        uint64_t elapsed_sec; /* since the target was observed: lifetimes have gone on */
        int failure;
};

/** diff_add() - append an operation; the first failure is kept in @d */
void diff_add(struct diff *d, const struct plan_op *op);

/* diff_addr.c: @have is a link of current, @want the same of target; either may have index 0 */

/** diff_delete_addresses() - those of @have that @want lacks go, last first */
void diff_delete_addresses(struct diff *d, const struct ns_link *have, const struct ns_link *want);

/** diff_add_addresses() - those of one family that @want has come, in the order of its dump
 * @have: NULL where an earlier operation makes the link */
void diff_add_addresses(struct diff *d, const struct ns_link *have, const struct ns_link *want,
                        int family);

/** diff_find_address() - the same address, prefix and peer on the link, or NULL */
const struct ns_addr *diff_find_address(const struct netstate *state, int ifindex,
                                        const struct ns_addr *addr);

/* diff_route.c: what the target has and the kernel lost; what others added stays */
void diff_nexthops(struct diff *d);
void diff_routes(struct diff *d);
/** diff_delete_connected_routes() - those that came with an address though the target lacks them */
void diff_delete_connected_routes(struct diff *d, const struct ns_link *nic);
/**
 * diff_route_order() - routes that differ by device or gateway only, as the target has them
 * One that was lost comes back behind the others; those that belong behind it follow. For when
 * everything is there.
 */
void diff_route_order(struct diff *d);
void diff_neighs(struct diff *d);
