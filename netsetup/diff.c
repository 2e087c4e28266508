/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff.c - the operations that lead from one state to another; pure
 *
 * One order serves up and down, because each kind of change has its place in it:
 *
 *   1. the bridge and the tap are made and configured: nothing the pod uses is touched yet
 *   2. the pod interface is taken out of a bridge it should not be in
 *   3. its addresses go; they go before the rename, because labels follow a rename and not all of
 *      them follow it back
 *   4. rename, MAC, alias, bridge: the interface as the target has it
 *   5. bridge and tap that the target does not have go
 *   6. addresses come, then what needs them: next hops, routes, neighbours
 *
 * Only the pod interface, the bridge and the tap are changed. Of routes, next hops and neighbours
 * those are added that the target has and the kernel lost; what others added meanwhile stays.
 */
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <string.h>

#include "netsetup/plan.h"

struct diff {
        const struct netstate *current, *target;
        const struct diff_scope *scope;
        struct plan *plan;
        uint64_t elapsed_sec; /* since the target was observed: lifetimes have gone on */
        int failure;
};

static void add(struct diff *d, const struct plan_op *op)
{
        if (d->failure == 0)
                d->failure = plan_add(d->plan, op);
}

/* An operation on a link; @wanted carries the values. */
static void link_op(struct diff *d, enum plan_op_type type, int ifindex, const char *ifname,
                    const struct ns_link *wanted)
{
        struct plan_op op = { .type = type, .ifindex = ifindex };

        strcpy(op.ifname, ifname);
        if (wanted)
                op.link = *wanted;
        add(d, &op);
}

static bool same_mac(const struct ns_link *a, const struct ns_link *b)
{
        return a->mac_len == b->mac_len && memcmp(a->mac, b->mac, a->mac_len) == 0;
}

static bool same_bridge(const struct ns_link *a, const struct ns_link *b)
{
        return a->br.stp == b->br.stp && a->br.forward_delay_csec == b->br.forward_delay_csec &&
               a->br.mcast_snooping == b->br.mcast_snooping;
}

static bool same_tap(const struct ns_link *a, const struct ns_link *b)
{
        return a->tun.multi_queue == b->tun.multi_queue && a->tun.has_owner == b->tun.has_owner &&
               a->tun.has_group == b->tun.has_group &&
               (!a->tun.has_owner || a->tun.owner == b->tun.owner) &&
               (!a->tun.has_group || a->tun.group == b->tun.group);
}

/* What bridge, tap and pod interface have in common. */
static void diff_common(struct diff *d, int ifindex, const char *name, const struct ns_link *have,
                        const struct ns_link *want)
{
        /* Before up: an interface that comes up makes itself a link-local address otherwise. */
        if (want->addr_gen_mode >= 0 && have->addr_gen_mode >= 0 &&
            have->addr_gen_mode != want->addr_gen_mode)
                link_op(d, PLAN_LINK_SET_ADDR_GEN_MODE, ifindex, name, want);
        if (strcmp(have->alias, want->alias) != 0)
                link_op(d, PLAN_LINK_SET_ALIAS, ifindex, name, want);
}

static void diff_up(struct diff *d, int ifindex, const char *name, const struct ns_link *have,
                    const struct ns_link *want)
{
        if ((want->flags & IFF_UP) != (have->flags & IFF_UP))
                link_op(d, (want->flags & IFF_UP) ? PLAN_LINK_UP : PLAN_LINK_DOWN, ifindex, name,
                        NULL);
}

static void diff_bridge(struct diff *d, const struct ns_link *have, const struct ns_link *want)
{
        static const struct ns_link none = { 0 };
        int ifindex = have ? have->ifindex : 0;

        if (!have) {
                link_op(d, PLAN_LINK_ADD, 0, want->name, want);
                /* Another request: the kernel refuses these in the one that creates. */
                diff_common(d, 0, want->name, &none, want);
                diff_up(d, 0, want->name, &none, want);
                return;
        }
        if (!same_mac(have, want))
                link_op(d, PLAN_LINK_SET_MAC, ifindex, want->name, want);
        if (!same_bridge(have, want))
                link_op(d, PLAN_LINK_SET_BRIDGE, ifindex, want->name, want);
        diff_common(d, ifindex, want->name, have, want);
        diff_up(d, ifindex, want->name, have, want);
}

static void diff_tap(struct diff *d, const struct ns_link *have, const struct ns_link *want)
{
        static const struct ns_link none = { .mtu_bytes = 1500 };
        int ifindex;

        /* Queues and owner are fixed when it is made. */
        if (have && !same_tap(have, want)) {
                link_op(d, PLAN_LINK_DEL, have->ifindex, have->name, NULL);
                have = NULL;
        }
        if (!have)
                link_op(d, PLAN_TAP_ADD, 0, want->name, want);
        ifindex = have ? have->ifindex : 0;
        have = have ? have : &none;
        /* Before it joins, because a bridge takes the lowest MTU of its ports. */
        if (have->mtu_bytes != want->mtu_bytes)
                link_op(d, PLAN_LINK_SET_MTU, ifindex, want->name, want);
        diff_common(d, ifindex, want->name, have, want);
        if (strcmp(have->master_name, want->master_name) != 0)
                link_op(d, PLAN_LINK_SET_MASTER, ifindex, want->name, want);
        diff_up(d, ifindex, want->name, have, want);
}

static void diff_nic(struct diff *d, const struct ns_link *have, const struct ns_link *want)
{
        int ifindex = have->ifindex;

        if (strcmp(have->name, want->name) != 0) {
                struct plan_op op = { .type = PLAN_LINK_RENAME, .ifindex = ifindex };

                strcpy(op.ifname, have->name);
                strcpy(op.new_name, want->name);
                add(d, &op);
        }
        /* Off before the MAC changes and the rename's down and up, on again only after them. */
        if (want->addr_gen_mode == IN6_ADDR_GEN_MODE_NONE)
                diff_common(d, ifindex, want->name, have, want);
        if (!same_mac(have, want))
                link_op(d, PLAN_LINK_SET_MAC, ifindex, want->name, want);
        if (want->master_name[0] && strcmp(have->master_name, want->master_name) != 0)
                link_op(d, PLAN_LINK_SET_MASTER, ifindex, want->name, want);
        if (want->master_name[0] &&
            (have->port.learning != want->port.learning || !have->master_name[0]))
                link_op(d, PLAN_LINK_SET_LEARNING, ifindex, want->name, want);
        diff_up(d, ifindex, want->name, have, want);
        if (want->addr_gen_mode != IN6_ADDR_GEN_MODE_NONE)
                diff_common(d, ifindex, want->name, have, want);
}

/* --- addresses of the pod interface --- */

static bool same_address(const struct ns_addr *a, const struct ns_addr *b)
{
        return a->prefix.len == b->prefix.len && ip_addr_equal(&a->prefix.addr, &b->prefix.addr) &&
               ip_addr_equal(&a->peer, &b->peer);
}

static const struct ns_addr *find_address(const struct netstate *state, int ifindex,
                                          const struct ns_addr *addr)
{
        for (size_t i = 0; i < state->n_addrs; i++)
                if (state->addrs[i].ifindex == ifindex && same_address(&state->addrs[i], addr))
                        return &state->addrs[i];
        return NULL;
}

static void address_op(struct diff *d, enum plan_op_type type, const char *ifname,
                       const struct ns_addr *addr)
{
        struct plan_op op = { .type = type, .ifindex = addr->ifindex, .addr = *addr };

        strcpy(op.ifname, ifname);
        add(d, &op);
}

/* Last first: an IPv4 primary takes its secondaries along. */
static void delete_addresses(struct diff *d, const struct ns_link *nic)
{
        for (size_t i = d->current->n_addrs; i-- > 0;) {
                const struct ns_addr *addr = &d->current->addrs[i];

                if (addr->ifindex == nic->ifindex && !find_address(d->target, nic->ifindex, addr))
                        address_op(d, PLAN_ADDR_DEL, nic->name, addr);
        }
}

/*
 * The target's addresses of @family in the order in which adding them gives its dump: IPv4 as
 * dumped, IPv6 the other way round. Return: how many.
 */
static size_t adding_order(const struct diff *d, const struct netstate *state, int family,
                           const struct ns_addr **ret, size_t max)
{
        size_t n = 0;

        for (size_t i = 0; i < state->n_addrs && n < max; i++) {
                size_t at = family == AF_INET ? i : state->n_addrs - 1 - i;
                const struct ns_addr *addr = &state->addrs[at];

                if (addr->ifindex == d->scope->nic_ifindex && addr->prefix.addr.family == family)
                        ret[n++] = addr;
        }
        return n;
}

/* The address with the lifetime it has left. Return: false if it has run out. */
static bool age_address(const struct diff *d, struct ns_addr *addr)
{
        if (addr->valid_sec != UINT32_MAX) {
                if (addr->valid_sec <= d->elapsed_sec)
                        return false;
                addr->valid_sec -= (uint32_t)d->elapsed_sec;
        }
        if (addr->preferred_sec != UINT32_MAX)
                addr->preferred_sec = addr->preferred_sec > d->elapsed_sec
                                              ? addr->preferred_sec - (uint32_t)d->elapsed_sec
                                              : 0;
        return true;
}

#define MAX_ADDRESSES 1024

static void add_addresses(struct diff *d, const struct ns_link *nic, int family)
{
        const struct ns_addr *want[MAX_ADDRESSES], *have[MAX_ADDRESSES];
        size_t n_want = adding_order(d, d->target, family, want, MAX_ADDRESSES), n_have = 0, n;
        const struct ns_addr *all[MAX_ADDRESSES];

        /* Those of the target that are there already, in their present order. */
        n = adding_order(d, d->current, family, all, MAX_ADDRESSES);
        for (size_t i = 0; i < n; i++)
                if (find_address(d->target, nic->ifindex, all[i]))
                        have[n_have++] = all[i];
        /* A run that was cut short left a beginning; anything else is put in order from scratch. */
        for (size_t i = 0; i < n_have; i++) {
                if (same_address(have[i], want[i]))
                        continue;
                for (size_t k = n_have; k-- > 0;)
                        address_op(d, PLAN_ADDR_DEL, nic->name, have[k]);
                n_have = 0;
        }
        for (size_t i = n_have; i < n_want; i++) {
                struct ns_addr addr = *want[i];

                if (age_address(d, &addr))
                        address_op(d, PLAN_ADDR_ADD, nic->name, &addr);
        }
}

/* --- routes, next hops, neighbours --- */

static bool same_route_but_source(const struct ns_route *a, const struct ns_route *b)
{
        if (a->family != b->family || a->table != b->table || a->type != b->type ||
            a->tos != b->tos || a->metric != b->metric || a->dst.len != b->dst.len ||
            !ip_addr_equal(&a->dst.addr, &b->dst.addr) || a->n_hops != b->n_hops ||
            a->nexthop_id != b->nexthop_id)
                return false;
        for (unsigned i = 0; i < a->n_hops; i++)
                if (a->hop_ifindex[i] != b->hop_ifindex[i] ||
                    !ip_addr_equal(&a->hop_gateway[i], &b->hop_gateway[i]))
                        return false;
        return a->nexthop_id ||
               (a->ifindex == b->ifindex && ip_addr_equal(&a->gateway, &b->gateway));
}

static const struct ns_route *find_route(const struct netstate *state, const struct ns_route *route,
                                         bool with_source)
{
        for (size_t i = 0; i < state->n_routes; i++)
                if (same_route_but_source(&state->routes[i], route) &&
                    (!with_source || ip_addr_equal(&state->routes[i].prefsrc, &route->prefsrc)))
                        return &state->routes[i];
        return NULL;
}

/* Will the kernel make this route itself when an address of the plan arrives? */
static bool comes_with_address(const struct diff *d, const struct ns_route *route)
{
        if (route->protocol != RTPROT_KERNEL || route->ifindex != d->scope->nic_ifindex)
                return false;
        for (size_t i = 0; i < d->plan->n_ops; i++)
                if (d->plan->ops[i].type == PLAN_ADDR_ADD &&
                    d->plan->ops[i].addr.prefix.addr.family == route->family)
                        return true;
        return false;
}

static bool devices_exist(const struct diff *d, const struct ns_route *route)
{
        if (route->ifindex && !netstate_link_by_index(d->current, route->ifindex))
                return false;
        for (unsigned i = 0; i < route->n_hops; i++)
                if (!netstate_link_by_index(d->current, route->hop_ifindex[i]))
                        return false;
        return true;
}

static void diff_route(struct diff *d, const struct ns_route *want)
{
        const struct ns_route *have;
        struct plan_op op = { .type = PLAN_ROUTE_ADD };

        if (find_route(d->current, want, true) || comes_with_address(d, want) ||
            !devices_exist(d, want))
                return;
        /* An IPv6 route outlives the address that was its source, and forgets it. */
        have = find_route(d->current, want, false);
        if (have && want->family == AF_INET6) {
                struct plan_op del = { .type = PLAN_ROUTE_DEL, .route = *have };

                add(d, &del);
        }
        op.route = *want;
        if (want->expires_sec > 0) {
                if (want->expires_sec <= d->elapsed_sec)
                        return;
                op.route.expires_sec -= (uint32_t)d->elapsed_sec;
        }
        add(d, &op);
}

static bool has_gateway(const struct ns_route *route)
{
        return route->gateway.family != AF_UNSPEC || route->n_hops > 0 || route->nexthop_id;
}

static void diff_routes(struct diff *d)
{
        for (int by_gateway = 0; by_gateway < 2; by_gateway++) /* gateways must be reachable */
                for (size_t i = 0; i < d->target->n_routes; i++)
                        if (has_gateway(&d->target->routes[i]) == (by_gateway == 1))
                                diff_route(d, &d->target->routes[i]);
}

static void diff_nexthops(struct diff *d)
{
        for (int group = 0; group < 2; group++) /* a group after its members */
                for (size_t i = 0; i < d->target->n_nexthops; i++) {
                        const struct ns_nexthop *want = &d->target->nexthops[i];
                        struct plan_op op = { .type = PLAN_NEXTHOP_ADD, .nexthop = *want };
                        bool there = false;

                        if (want->group != (group == 1))
                                continue;
                        for (size_t k = 0; k < d->current->n_nexthops; k++)
                                there |= d->current->nexthops[k].id == want->id;
                        if (!there)
                                add(d, &op);
                }
}

static void diff_neighs(struct diff *d)
{
        for (size_t i = 0; i < d->target->n_neighs; i++) {
                const struct ns_neigh *want = &d->target->neighs[i];
                struct plan_op op = { .type = PLAN_NEIGH_ADD, .neigh = *want };
                bool there = false;

                /* What the kernel learned it learns again. */
                if (want->ifindex != d->scope->nic_ifindex ||
                    (!(want->state & (NUD_PERMANENT | NUD_NOARP)) &&
                     !(want->flags & (NTF_PROXY | NTF_EXT_LEARNED))))
                        continue;
                for (size_t k = 0; k < d->current->n_neighs; k++) {
                        const struct ns_neigh *have = &d->current->neighs[k];

                        there |= have->ifindex == want->ifindex && have->flags == want->flags &&
                                 ip_addr_equal(&have->addr, &want->addr);
                }
                if (!there)
                        add(d, &op);
        }
}

/* --- the whole --- */

/* Does the target still have the original's identity on the pod interface? Up does not. */
static bool is_restore(const struct diff *d)
{
        return !netstate_link_by_name(d->target, d->scope->bridge);
}

static bool is_kind(const struct ns_link *link, const char *kind)
{
        return link && strcmp(link->kind, kind) == 0;
}

static void diff_all(struct diff *d, const struct ns_link *nic, const struct ns_link *want_nic)
{
        const struct ns_link *bridge = netstate_link_by_name(d->current, d->scope->bridge);
        const struct ns_link *tap = netstate_link_by_name(d->current, d->scope->tap);
        const struct ns_link *want_bridge = netstate_link_by_name(d->target, d->scope->bridge);
        const struct ns_link *want_tap = netstate_link_by_name(d->target, d->scope->tap);

        if (want_bridge)
                diff_bridge(d, bridge, want_bridge);
        if (want_tap)
                diff_tap(d, tap, want_tap);
        if (nic->master_name[0] && !want_nic->master_name[0])
                link_op(d, PLAN_LINK_SET_MASTER, nic->ifindex, nic->name, want_nic);
        if (!is_restore(d))
                delete_addresses(d, nic);
        diff_nic(d, nic, want_nic);
        if (!want_tap && is_kind(tap, "tun"))
                link_op(d, PLAN_LINK_DEL, tap->ifindex, tap->name, NULL);
        if (!want_bridge && is_kind(bridge, "bridge"))
                link_op(d, PLAN_LINK_DEL, bridge->ifindex, bridge->name, NULL);
        if (!is_restore(d))
                return;
        add_addresses(d, want_nic, AF_INET);
        add_addresses(d, want_nic, AF_INET6);
        diff_nexthops(d);
        diff_routes(d);
        diff_neighs(d);
}

int plan_diff(const struct netstate *current, const struct netstate *target,
              const struct diff_scope *scope, struct plan **ret, struct error *err)
{
        _cleanup_(cleanup_plan_free) struct plan *plan = plan_new();
        const struct ns_link *nic = netstate_link_by_index(current, scope->nic_ifindex);
        const struct ns_link *want = netstate_link_by_index(target, scope->nic_ifindex);
        struct diff d = { .current = current, .target = target, .scope = scope, .plan = plan };

        if (!plan)
                return error_set(err, -ENOMEM, "out of memory");
        if (!nic || !want)
                return error_set(err, -ENODEV, "the pod's interface (index %d) is gone",
                                 scope->nic_ifindex);
        if (current->observed_realtime_usec > target->observed_realtime_usec)
                d.elapsed_sec = (current->observed_realtime_usec - target->observed_realtime_usec) /
                                1000000;
        diff_all(&d, nic, want);
        if (d.failure < 0)
                return error_set(err, d.failure, "out of memory");
        *ret = take_ptr(plan);
        return 0;
}
