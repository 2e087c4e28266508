/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * random_internal.h - what the makers of random operations share
 */
#pragma once

#include "tests/model/random_ops.h"

#define PICK(rnd, array) ((array)[random_below((rnd), ARRAY_SIZE(array))])

/* random_ops.c */
void add_op(struct plan *plan, const struct plan_op *op);
struct ip_addr address(const char *text); /* NULL: none */
void random_mac(struct random *rnd, uint8_t mac[MAC_LEN]);
/* 10.1.0.1 to 10.1.2.4; fd00:1::1 to fd00:2::4 and a few link-local ones */
struct ip_addr random_host(struct random *rnd, int family);

/* random_routes.c */
int random_device(struct random *rnd);
struct ns_route random_route(struct random *rnd);
void random_nexthop(struct random *rnd, struct plan *plan);
void random_neighbour(struct random *rnd, struct plan *plan);
