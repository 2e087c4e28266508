/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apply.c - execute a plan: one kernel operation per step, or one for several of one link
 *
 * plan_apply() walks the plan, kernel_execute() is the kernel. Tests put a model of the kernel in
 * its place.
 */
#include <string.h>

#include "netsetup/addr.h"
#include "netsetup/fdb.h"
#include "netsetup/filter/filter.h"
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
        case PLAN_LINK_SET_IP:
                return link_set_ip(nl, ifindex, op->ifname, link, err);
        case PLAN_LINK_SET_ALIAS:
                return link_set_alias(nl, ifindex, op->ifname, link->alias, err);
        case PLAN_LINK_SET_FDB:
                return fdb_lead(nl, ifindex, op->ifname, link->mac, err);
        case PLAN_LINK_UP:
        case PLAN_LINK_DOWN:
                return link_set_up(nl, ifindex, op->ifname, op->type == PLAN_LINK_UP, err);
        default:
                return error_set(err, -EINVAL, "unknown operation %d", op->type);
        }
}

/*
 * An IPv6 address is no preferred source ("Invalid source address") while duplicate detection
 * runs on it, which for one that was just put back takes up to two seconds.
 */
static int add_route(struct netlink *nl, const struct plan_op *op, struct error *err)
{
        struct error first = ERROR_INIT;
        int r = route_add(nl, &op->route, op->text, &first);

        if (r == -EINVAL && op->route.family == AF_INET6 && op->route.prefsrc.family) {
                _cleanup_(cleanup_netstate_free) struct netstate *settled = NULL;

                r = observe_settled(nl, &settled, err);
                return r < 0 ? r : route_add(nl, &op->route, op->text, err);
        }
        if (r < 0 && err && err->code == 0)
                *err = first;
        return r;
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
        case PLAN_KEEPER_ADD:
                return link_add_keeper(nl, &op->link, err);
        case PLAN_FILTER_SET:
                return filter_apply(nl, &op->filter, err);
        case PLAN_FILTER_DEL:
                return filter_remove(nl, op->filter.tap, op->last_filter, err);
        case PLAN_ROUTE_ADD:
                return add_route(nl, op, err);
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

/* --- several at once --- */

static bool same_link(const struct plan_op *a, const struct plan_op *b)
{
        if (a->ifindex != 0 || b->ifindex != 0)
                return a->ifindex == b->ifindex;
        return strcmp(a->ifname, b->ifname) == 0;
}

/*
 * Can @op go into the request that has @so_far? The kernel carries out a request in an order of its
 * own, whatever the plan's:
 *   - "up" before what IP does by itself, which must be set before: not both in one
 *   - IP last, though the plan has it first where the interface is up already and would make itself
 *     a link-local address: with others only on a link that was just made, which is down
 *   - the MTU before the master, as the plan has it: a bridge takes the lowest MTU of its ports
 * The others do not depend on each other.
 */
static bool settings_take(struct link_settings *so_far, const struct plan_op *op)
{
        switch (op->type) {
        case PLAN_LINK_SET_MAC:
                so_far->mac = &op->link;
                return true;
        case PLAN_LINK_SET_MTU:
                so_far->mtu_bytes = op->link.mtu_bytes;
                return !so_far->master;
        case PLAN_LINK_RENAME:
                so_far->new_name = op->new_name;
                return true;
        case PLAN_LINK_SET_ALIAS:
                so_far->alias = op->link.alias;
                return true;
        case PLAN_LINK_SET_MASTER:
                so_far->master = -1; /* to be looked up */
                return op->link.master_name[0];
        case PLAN_LINK_SET_IP:
                so_far->ip = &op->link;
                return op->ifindex == 0 && !so_far->up;
        case PLAN_LINK_UP:
                so_far->up = true;
                return !so_far->ip;
        default:
                return false;
        }
}

size_t kernel_execute_several(void *kernel, const struct plan_op *ops, size_t n_ops)
{
        struct netlink *nl = kernel;
        struct link_settings settings = { 0 };
        int ifindex = ops[0].ifindex;
        size_t n;

        for (n = 0; n < n_ops && same_link(&ops[0], &ops[n]); n++) {
                struct link_settings with = settings;

                if (!settings_take(&with, &ops[n]) || (with.new_name && ops[n].ifindex == 0))
                        break;
                if (ops[n].type == PLAN_LINK_SET_MASTER &&
                    find_master(nl, &ops[n], &with.master, NULL) < 0)
                        break;
                settings = with;
        }
        if (n < 2 || (ifindex == 0 && link_find(nl, ops[0].ifname, &ifindex, NULL) < 0))
                return 0;
        return link_set_several(nl, ifindex, &settings) == 0 ? n : 0;
}

/* --- the whole --- */

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

bool plan_op_is_refused(const struct plan_op *op, int code)
{
        switch (op->type) {
        case PLAN_NEIGH_ADD:
                if (code == -ENOBUFS) /* a proxy entry, and no IPv6 on the link */
                        return true;
                /* fall through */
        case PLAN_ROUTE_ADD:
        case PLAN_NEXTHOP_ADD:
                return code == -ENETUNREACH || code == -EHOSTUNREACH || code == -ENETDOWN ||
                       code == -ENODEV || code == -EINVAL || code == -EACCES;
        default:
                return false;
        }
}

int plan_apply(const struct plan *plan, const struct kernel *kernel, size_t *ret_done,
               struct error *err)
{
        for (*ret_done = 0; *ret_done < plan->n_ops; (*ret_done)++) {
                const struct plan_op *op = &plan->ops[*ret_done];
                struct error failure = ERROR_INIT;
                size_t n =
                        kernel->execute_several
                                ? kernel->execute_several(kernel->self, op, plan->n_ops - *ret_done)
                                : 0;
                int r;

                if (n > 0) {
                        *ret_done += n - 1;
                        continue;
                }
                /* Also where several were refused: it tells which one, and has an older kernel's
                 * ways round. */
                r = kernel->execute(kernel->self, op, &failure);

                if (r < 0 && !is_done_anyway(op->type, r)) {
                        if (err && err->code == 0)
                                *err = failure;
                        return r;
                }
        }
        return 0;
}
