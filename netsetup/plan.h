/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - operations as data: what diff.c computes and apply.c executes, one kernel call each or fewer
 */
#pragma once

#include "netsetup/netstate.h"
#include "podgraft/netsetup.h"

enum plan_op_type {
        PLAN_LINK_ADD,   /* link: a bridge, with its attributes; down */
        PLAN_TAP_ADD,    /* link: a persistent tap with owner and queues; down */
        PLAN_KEEPER_ADD, /* link: a dummy, else a tap; down, without MAC or MTU of its own */
        PLAN_LINK_DEL,
        PLAN_LINK_RENAME, /* link.name -> new_name */
        PLAN_LINK_SET_MAC,
        PLAN_LINK_SET_MTU,
        PLAN_LINK_SET_MASTER, /* link.master_name; "" takes it out */
        PLAN_LINK_SET_LEARNING,
        PLAN_LINK_SET_BRIDGE, /* stp, forward delay, multicast snooping */
        PLAN_LINK_SET_IP,     /* addr_gen_mode, arp_ignore; -1: as it is */
        PLAN_LINK_SET_ALIAS,
        PLAN_LINK_SET_FDB, /* mac: frames for it come to this port */
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
        PLAN_FILTER_SET, /* filter: its chains, made or made anew */
        PLAN_FILTER_DEL,
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
        struct ns_filter filter;
        bool last_filter; /* FILTER_DEL: the table goes with it */
        char text[256];   /* filled by plan_add() */
};

struct plan {
        struct plan_op *ops;
        size_t n_ops;
};

struct plan *plan_new(void);

/** plan_add() - append a copy of @op, raw messages included, and write its text; 0 or -ENOMEM */
int plan_add(struct plan *plan, const struct plan_op *op);

/** plan_drop_last() - take the last operation off */
void plan_drop_last(struct plan *plan);

/* Which links are podgraft's to change; everything else in the namespace is left alone. */
struct diff_scope {
        int nic_ifindex;          /* the pod interface, whatever it is called now */
        const char *bridge, *tap; /* made by podgraft */
        const char *keeper;       /* likewise: the pod interface's old name */
        bool adopted;             /* the target knows no connected routes: marks do not tell them */
        const struct plan *refused; /* operations not to be planned again; NULL: none */
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

/**
 * plan_op_is_refused() - did the kernel refuse to take back what needs something that is gone?
 * @code: what the executor returned. A link, a gateway or a source that others have deleted, or an
 * interface that they have set down: no luck or privilege would help.
 */
bool plan_op_is_refused(const struct plan_op *op, int code);

/**
 * plan_several_executor - carry out the first few of @n_ops operations at once
 * Return: how many; 0: none can, or the kernel refused, which may have done a part of them. All
 * may be done again one by one.
 */
typedef size_t plan_several_executor(void *kernel, const struct plan_op *ops, size_t n_ops);

/* What is looked at and changed: the kernel, or a test's model of one. */
struct kernel {
        int (*observe)(void *self, struct netstate **ret, struct error *err);
        plan_executor *execute;
        plan_several_executor *execute_several; /* NULL: always one by one */
        void *self;
};

/** kernel_execute() - the executor that is the kernel; @kernel: a struct netlink */
plan_executor kernel_execute;

/** kernel_execute_several() - neighbouring operations on one link as one request */
plan_several_executor kernel_execute_several;

/**
 * plan_apply() - execute the operations in order; stops at the first failure
 * @ret_done: how many were carried out, also on failure
 * An object that is already there (add) or gone (delete) counts as done.
 */
int plan_apply(const struct plan *plan, const struct kernel *kernel, size_t *ret_done,
               struct error *err);
