/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apply.c - execute a plan: one kernel operation per step
 *
 * plan_apply() walks the plan, kernel_execute() is the kernel. Tests put a model of the kernel in
 * its place.
 */
#include <string.h>

#include "netsetup/addr.h"
#include "netsetup/link.h"
#include "netsetup/plan.h"
#include "netsetup/route.h"
#include "netsetup/tap.h"

/* Links that an earlier step made are known by name only. */
static int find_master(struct netlink *nl, const struct plan_op *op, int *ret, struct error *err)
{
        *ret = 0;
        return op->link.master_name[0] ? link_find(nl, op->link.master_name, ret, err) : 0;
}

static int apply_link(const struct plan_op *op, int ifindex, struct netlink *nl, struct error *err)
{
        const struct ns_link *link = &op->link;
        int master, r;

        switch (op->type) {
        case PLAN_LINK_DEL:
                return link_delete(nl, ifindex, op->ifname, err);
        case PLAN_LINK_RENAME:
                return link_rename(nl, ifindex, op->ifname, op->new_name, err);
        case PLAN_LINK_SET_MAC:
                return link_set_mac(nl, ifindex, op->ifname, link->mac, link->mac_len, err);
        case PLAN_LINK_SET_MTU:
                return link_set_mtu(nl, ifindex, op->ifname, link->mtu_bytes, err);
        case PLAN_LINK_SET_MASTER:
                r = find_master(nl, op, &master, err);
                return r < 0 ? r
                             : link_set_master(nl, ifindex, op->ifname, master, link->master_name,
                                               err);
        case PLAN_LINK_SET_LEARNING:
                return link_set_learning(nl, ifindex, op->ifname, link->port.learning, err);
        case PLAN_LINK_SET_BRIDGE:
                return link_set_bridge(nl, ifindex, link, err);
        case PLAN_LINK_SET_ADDR_GEN_MODE:
                return link_set_addr_gen_mode(nl, ifindex, op->ifname, link->addr_gen_mode, err);
        case PLAN_LINK_SET_ALIAS:
                return link_set_alias(nl, ifindex, op->ifname, link->alias, err);
        case PLAN_LINK_UP:
        case PLAN_LINK_DOWN:
                return link_set_up(nl, ifindex, op->ifname, op->type == PLAN_LINK_UP, err);
        default:
                return error_set(err, -EINVAL, "unknown operation %d", op->type);
        }
}

int kernel_execute(void *kernel, const struct plan_op *op, struct error *err)
{
        struct netlink *nl = kernel;
        int ifindex = op->ifindex, r;

        switch (op->type) {
        case PLAN_LINK_ADD:
                return link_add_bridge(nl, &op->link, err);
        case PLAN_TAP_ADD:
                return tap_add(&op->link, err);
        case PLAN_ROUTE_ADD:
                return route_add(nl, &op->route, op->text, err);
        case PLAN_ROUTE_DEL:
                return route_delete(nl, &op->route, op->text, err);
        case PLAN_NEXTHOP_ADD:
                return nexthop_add(nl, &op->nexthop, err);
        case PLAN_NEXTHOP_DEL:
                return nexthop_delete(nl, &op->nexthop, err);
        case PLAN_NEIGH_ADD:
                return neigh_add(nl, &op->neigh, err);
        case PLAN_NEIGH_DEL:
                return neigh_delete(nl, &op->neigh, err);
        default:
                break;
        }
        if (ifindex == 0) {
                r = link_find(nl, op->ifname, &ifindex, err);
                if (r < 0)
                        return r;
        }
        if (op->type == PLAN_ADDR_ADD)
                return addr_add(nl, ifindex, op->ifname, &op->addr, err);
        if (op->type == PLAN_ADDR_DEL)
                return addr_delete(nl, ifindex, op->ifname, &op->addr, err);
        return apply_link(op, ifindex, nl, err);
}

/* It is as it should be, whoever made it so. */
static bool is_done_anyway(enum plan_op_type type, int code)
{
        switch (type) {
        case PLAN_ADDR_ADD:
        case PLAN_ROUTE_ADD:
        case PLAN_NEXTHOP_ADD:
        case PLAN_NEIGH_ADD:
                return code == -EEXIST;
        case PLAN_LINK_DEL:
                return code == -ENODEV;
        case PLAN_ADDR_DEL:
                return code == -EADDRNOTAVAIL;
        case PLAN_ROUTE_DEL:
                return code == -ESRCH;
        case PLAN_NEXTHOP_DEL:
        case PLAN_NEIGH_DEL:
                return code == -ENOENT;
        default:
                return false;
        }
}

int plan_apply(const struct plan *plan, plan_executor *execute, void *kernel, size_t *ret_done,
               struct error *err)
{
        for (*ret_done = 0; *ret_done < plan->n_ops; (*ret_done)++) {
                const struct plan_op *op = &plan->ops[*ret_done];
                struct error failure = ERROR_INIT;
                int r = execute(kernel, op, &failure);

                if (r < 0 && !is_done_anyway(op->type, r)) {
                        if (err && err->code == 0)
                                *err = failure;
                        return r;
                }
        }
        return 0;
}
