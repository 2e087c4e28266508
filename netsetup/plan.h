/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - operations as data: what diff.c computes and apply.c executes, one kernel call each
 */
#pragma once

#include "netsetup/netstate.h"
#include "podgraft/netsetup.h"

enum plan_op_type {
        PLAN_LINK_ADD, /* link: a bridge, with its attributes; down */
        PLAN_TAP_ADD,  /* link: a persistent tap with owner and queues; down */
        PLAN_LINK_DEL,
        PLAN_LINK_RENAME, /* link.name -> new_name */
        PLAN_LINK_SET_MAC,
        PLAN_LINK_SET_MTU,
        PLAN_LINK_SET_MASTER, /* link.master_name; "" takes it out */
        PLAN_LINK_SET_LEARNING,
        PLAN_LINK_SET_BRIDGE, /* stp, forward delay, multicast snooping */
        PLAN_LINK_SET_ADDR_GEN_MODE,
        PLAN_LINK_SET_ALIAS,
        PLAN_LINK_UP,
        PLAN_LINK_DOWN,
        PLAN_ADDR_ADD,
        PLAN_ADDR_DEL,
        PLAN_ROUTE_ADD,
        PLAN_ROUTE_DEL,
        PLAN_NEXTHOP_ADD,
        PLAN_NEXTHOP_DEL,
        PLAN_NEIGH_ADD,
        PLAN_NEIGH_DEL,
};

/*
 * One operation. A link that exists is named by @ifindex (a rename does not change it); one that
 * an earlier operation makes has ifindex 0 and is named by link.name. Only the member that the
 * type calls for is set.
 */
struct plan_op {
        enum plan_op_type type;
        int ifindex;
        char ifname[IFNAMSIZ]; /* the name at the time the operation runs */
        char new_name[IFNAMSIZ];
        struct ns_link link; /* LINK_*, TAP_ADD: the wanted values */
        struct ns_addr addr; /* raw members owned by the plan */
        struct ns_route route;
        struct ns_nexthop nexthop;
        struct ns_neigh neigh;
        char text[256]; /* filled by plan_add() */
};

struct plan {
        struct plan_op *ops;
        size_t n_ops;
};

struct plan *plan_new(void);

/** plan_add() - append a copy of @op, raw messages included, and write its text; 0 or -ENOMEM */
int plan_add(struct plan *plan, const struct plan_op *op);

/* Which links are podgraft's to change; everything else in the namespace is left alone. */
struct diff_scope {
        int nic_ifindex;          /* the pod interface, whatever it is called now */
        const char *bridge, *tap; /* made by podgraft */
};

/**
 * plan_diff() - the operations that lead from @current to @target, in an order the kernel accepts
 * Pure. Links are matched by ifindex, else by name. Empty when nothing is to be done. Serves up
 * (target: the grafted state) and down (target: the recorded original) alike.
 */
int plan_diff(const struct netstate *current, const struct netstate *target,
              const struct diff_scope *scope, struct plan **ret, struct error *err);

/* apply.c */

/** plan_executor - carry out one operation on @kernel; 0 or -errno with *err set */
typedef int plan_executor(void *kernel, const struct plan_op *op, struct error *err);

/** kernel_execute() - the executor that is the kernel; @kernel: a struct netlink */
plan_executor kernel_execute;

/**
 * plan_apply() - execute the operations in order; stops at the first failure
 * @execute, @kernel: kernel_execute() and a struct netlink, or a test's model of them
 * @ret_done: how many were carried out, also on failure
 * An object that is already there (add) or gone (delete) counts as done.
 */
int plan_apply(const struct plan *plan, plan_executor *execute, void *kernel, size_t *ret_done,
               struct error *err);
