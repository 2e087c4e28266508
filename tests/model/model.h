/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model.h - a kernel's network namespace in memory, with the side effects a graft meets
 *
 * Executes plan operations as kernel_execute() does and is observed as observe() does, so that
 * property tests can walk many thousand states in a second. test_model_kernel.c holds it against
 * the real kernel; where the two differ, the model is wrong.
 *
 *   model.c        new, execute, observe, time
 *   model_link.c   links: bridges and their ports, up and down, what goes with a link
 *   model_addr.c   addresses; model_addr4.c and model_addr6.c: their order, what comes and goes
 *                  with one
 *   model_route.c  routes: order, adding, deleting, what takes one away
 *   model_reach.c  gateways and preferred sources: what the kernel refuses
 *   model_hop.c    next-hop objects, neighbours, filters
 *
 * Not in it: traffic (nothing is learned), policy rules, router advertisements, the table local
 * (it follows from the addresses).
 */
#pragma once

#include "netsetup/netstate.h"
#include "netsetup/plan.h"

#define MODEL_LINKS    16
#define MODEL_ADDRS    64
#define MODEL_ROUTES   128
#define MODEL_NEXTHOPS 16
#define MODEL_NEIGHS   32
#define MODEL_FILTERS  4
#define MODEL_MEMBERS  4 /* of a next-hop group */
#define MODEL_LO       1 /* the loopback's ifindex */

#define FOREVER UINT64_MAX

struct model_link {
        struct ns_link link; /* .flags: of them IFF_UP and IFF_LOOPBACK only */
        bool has_peer;       /* a veth: has carrier when up */
        bool has_inet6;      /* IPv6 runs on it: MTU of 1280 and more */
        bool has_carrier;    /* when it was last looked at */
        bool is_ready;       /* IPv6: has been up with carrier since it came up */
        bool mtu_by_user;    /* a bridge told its MTU does not follow its ports */
};

struct model_addr {
        struct ns_addr addr;
        uint64_t preferred_until, valid_until; /* model time, s; FOREVER */
};

struct model_route {
        struct ns_route route; /* not of a next-hop object's: device, gateway, hops */
        uint8_t dead_hops;     /* bit per hop */
        uint64_t expires_at;   /* FOREVER: never */
};

struct model_nexthop {
        struct ns_nexthop hop;
        uint32_t members[MODEL_MEMBERS]; /* of a group */
        unsigned n_members;
};

struct model {
        struct model_link links[MODEL_LINKS]; /* by ifindex, ascending */
        size_t n_links;
        struct model_addr addrs[MODEL_ADDRS]; /* in dump order */
        size_t n_addrs;
        struct model_route routes[MODEL_ROUTES]; /* in dump order */
        size_t n_routes;
        struct model_nexthop nexthops[MODEL_NEXTHOPS]; /* by id */
        size_t n_nexthops;
        struct ns_neigh neighs[MODEL_NEIGHS];
        size_t n_neighs;
        struct ns_filter filters[MODEL_FILTERS]; /* without what makes them */
        size_t n_filters;

        int next_ifindex;
        uint64_t now_sec;
        uint64_t n_executed;
        bool is_vague; /* something was done whose effect in the kernel is not determined */

        /* How this kernel is set up */
        bool has_dad;           /* duplicate detection: an IPv6 address is tentative at first */
        bool promotes;          /* promote_secondaries */
        bool renames_down_only; /* below 6.2: an interface is renamed only while it is down */
        bool has_dummy;         /* else a keeper is a tap */
        bool has_no_filter;     /* no nf_tables for bridges */
};

/** model_init() - a namespace with nothing but its loopback, which is up */
void model_init(struct model *m);

/** model_copy() - *to = *from, without the unused part of the tables */
void model_copy(struct model *to, const struct model *from);

/** model_add_link() - a veth or macvlan whose other end is up and elsewhere; it is down */
void model_add_link(struct model *m, int ifindex, const char *name, const char *kind,
                    const uint8_t *mac, uint32_t mtu_bytes);

/** model_execute() - the executor that is the model; @kernel: a struct model */
plan_executor model_execute;

/**
 * model_observe() - as observe(); never NULL
 * Raw messages only where code needs them: addresses, and groups of next hops.
 */
struct netstate *model_observe(const struct model *m);

/** model_settle() - duplicate detection has ended */
void model_settle(struct model *m);

/** model_pass_time() - lifetimes go on; what has expired goes */
void model_pass_time(struct model *m, uint64_t sec);
