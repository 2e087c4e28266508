/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff.c - the operations that lead from one state to another; pure
 *
 * One order serves up and down, because each kind of change has its place in it:
 *
 *   1. the filter, the bridge and the tap are made, and the pod's other links told to be quiet
 *      about the addresses of the keeper to come: nothing the pod uses is touched yet
 *   2. the pod interface is taken out of a bridge it should not be in
 *   3. its addresses go; they go before the rename, because labels follow a rename and not all of
 *      them follow it back
 *   4. rename, MAC, alias, bridge: the interface as the target has it; a keeper has its old name,
 *      so it goes before the rename and comes after it
 *   5. tap, bridge and filter that the target does not have go, and the other links' silence
 *   6. addresses come, then what needs them: next hops, routes, neighbours
 *
 * Only the pod interface, the bridge, the tap, the keeper and the filter are changed. Of routes,
 * next hops and neighbours those are added that the target has and the kernel lost; what others
 * added meanwhile stays.
 */
#include <string.h>

#include "netsetup/diff.h"
#include "netsetup/graft.h"

static bool is_refused(const struct diff *d, const struct plan_op *op)
{
        for (size_t i = 0; d->scope->refused && i < d->scope->refused->n_ops; i++)
                if (d->scope->refused->ops[i].type == op->type &&
                    strcmp(d->scope->refused->ops[i].text, op->text) == 0)
                        return true;
        return false;
}

void diff_add(struct diff *d, const struct plan_op *op)
{
        if (d->failure == 0)
                d->failure = plan_add(d->plan, op);
        /* Compared by their text, which an operation has once it is in a plan. */
        if (d->failure == 0 && is_refused(d, &d->plan->ops[d->plan->n_ops - 1]))
                plan_drop_last(d->plan);
}

/* An operation on a link; @wanted carries the values. */
static void link_op(struct diff *d, enum plan_op_type type, int ifindex, const char *ifname,
                    const struct ns_link *wanted)
{
        struct plan_op op = { .type = type, .ifindex = ifindex };

        strcpy(op.ifname, ifname);
        if (wanted)
                op.link = *wanted;
        diff_add(d, &op);
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

static void diff_ip(struct diff *d, int ifindex, const char *name, const struct ns_link *have,
                    const struct ns_link *want)
{
        struct ns_link ip = *want;

        /* -1 on either side: there is nothing to set, or nothing to set it on. */
        if (have->addr_gen_mode < 0 || have->addr_gen_mode == want->addr_gen_mode)
                ip.addr_gen_mode = -1;
        if (have->arp_ignore == want->arp_ignore)
                ip.arp_ignore = -1;
        /* Before up: an interface that comes up makes itself a link-local address otherwise. */
        if (ip.addr_gen_mode >= 0 || ip.arp_ignore >= 0)
                link_op(d, PLAN_LINK_SET_IP, ifindex, name, &ip);
}

static void diff_alias(struct diff *d, int ifindex, const char *name, const struct ns_link *have,
                       const struct ns_link *want)
{
        if (strcmp(have->alias, want->alias) != 0)
                link_op(d, PLAN_LINK_SET_ALIAS, ifindex, name, want);
}

/* What bridge, tap and keeper have in common. */
static void diff_common(struct diff *d, int ifindex, const char *name, const struct ns_link *have,
                        const struct ns_link *want)
{
        diff_ip(d, ifindex, name, have, want);
        diff_alias(d, ifindex, name, have, want);
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

static void diff_nic(struct diff *d, const struct ns_link *have, const struct ns_link *target,
                     bool restore)
{
        struct ns_link nic = *target, *want = &nic;
        bool makes_none = want->addr_gen_mode == IN6_ADDR_GEN_MODE_NONE;
        int ifindex = have->ifindex;

        want->arp_ignore = -1; /* not changed here: the graft of another interface may have it */
        /* The mark goes last of all. */
        if (restore)
                strcpy(want->alias, have->alias);

        /* Off before the rename's down and up and the new MAC, on again only after them. */
        if (makes_none)
                diff_ip(d, ifindex, have->name, have, want);
        if (strcmp(have->name, want->name) != 0) {
                struct plan_op op = { .type = PLAN_LINK_RENAME, .ifindex = ifindex };

                strcpy(op.ifname, have->name);
                strcpy(op.new_name, want->name);
                diff_add(d, &op);
        }
        if (makes_none)
                diff_alias(d, ifindex, want->name, have, want);
        if (!same_mac(have, want))
                link_op(d, PLAN_LINK_SET_MAC, ifindex, want->name, want);
        if (want->master_name[0] && strcmp(have->master_name, want->master_name) != 0)
                link_op(d, PLAN_LINK_SET_MASTER, ifindex, want->name, want);
        if (want->master_name[0] &&
            (have->port.learning != want->port.learning || !have->master_name[0]))
                link_op(d, PLAN_LINK_SET_LEARNING, ifindex, want->name, want);
        diff_up(d, ifindex, want->name, have, want);
        if (!makes_none)
                diff_common(d, ifindex, want->name, have, want);
}

/* After the interface has joined: the bridge then takes the MAC for its own. */
static void diff_fdb(struct diff *d, const struct ns_link *nic, const struct ns_link *want_nic,
                     const struct ns_link *tap, const struct ns_link *want_tap)
{
        struct ns_link mac = *want_nic;

        if (want_tap->port.takes_nic_mac && (!tap || !tap->port.takes_nic_mac ||
                                             strcmp(nic->master_name, want_nic->master_name) != 0))
                link_op(d, PLAN_LINK_SET_FDB, tap ? tap->ifindex : 0, want_tap->name, &mac);
}

static void diff_keeper(struct diff *d, const struct ns_link *have, const struct ns_link *want)
{
        static const struct ns_link none = { .mtu_bytes = 1500 };
        const struct ns_link *old = have ? have : &none;
        int ifindex = old->ifindex;

        if (have)
                diff_delete_addresses(d, have, want);
        else
                link_op(d, PLAN_KEEPER_ADD, 0, want->name, want);
        if (!same_mac(old, want))
                link_op(d, PLAN_LINK_SET_MAC, ifindex, want->name, want);
        if (old->mtu_bytes != want->mtu_bytes)
                link_op(d, PLAN_LINK_SET_MTU, ifindex, want->name, want);
        diff_common(d, ifindex, want->name, old, want);
        diff_up(d, ifindex, want->name, old, want);
        diff_add_addresses(d, have, want, AF_INET);
        diff_add_addresses(d, have, want, AF_INET6);
}

/* The pod's other links answer ARP for their own addresses only, as long as a keeper has others. */
static void diff_others(struct diff *d, bool restore)
{
        for (size_t i = 0; i < d->target->n_links; i++) {
                const struct ns_link *want = &d->target->links[i], *have;
                struct ns_link ip = { .addr_gen_mode = -1, .arp_ignore = want->arp_ignore };

                if (want->ifindex == 0 || want->ifindex == d->scope->nic_ifindex)
                        continue;
                have = netstate_link_by_index(d->current, want->ifindex);
                /* Raised and put back, but no more than that: it may be somebody's by now. */
                if (have && have->arp_ignore == (restore ? ARP_IGNORE_OTHERS : 0) &&
                    want->arp_ignore == (restore ? 0 : ARP_IGNORE_OTHERS))
                        link_op(d, PLAN_LINK_SET_IP, have->ifindex, have->name, &ip);
        }
}

/* --- the filter --- */

static const struct ns_filter *find_filter(const struct netstate *state, const char *tap)
{
        for (size_t i = 0; i < state->n_filters; i++)
                if (strcmp(state->filters[i].tap, tap) == 0)
                        return &state->filters[i];
        return NULL;
}

static void diff_filter(struct diff *d, bool restore)
{
        const struct ns_filter *have = find_filter(d->current, d->scope->tap);
        /* The original of an adopted graft was read beside it. */
        const struct ns_filter *want = restore ? NULL : find_filter(d->target, d->scope->tap);
        struct plan_op op = { .type = want ? PLAN_FILTER_SET : PLAN_FILTER_DEL };

        if (d->current->filters_unknown)
                return;
        if (want && have && have->hash == want->hash)
                return;
        if (!want && !have)
                return;
        op.filter = want ? *want : *have;
        op.last_filter = d->current->n_filters == 1;
        diff_add(d, &op);
}

/* --- the whole --- */

/* Does the target still have the original's identity on the pod interface? Up does not. */
static bool is_restore(const struct diff *d)
{
        return !netstate_link_by_name(d->target, d->scope->bridge);
}

/*
 * The link of that name if podgraft made it. One without a mark was made just before a crash:
 * the names were free when the record was written. One with another mark is somebody else's.
 */
static const struct ns_link *made_by_us(const struct diff *d, const char *name, const char *kind,
                                        const char *other_kind)
{
        const struct ns_link *link = netstate_link_by_name(d->current, name);

        if (!link || link->ifindex == d->scope->nic_ifindex ||
            (strcmp(link->kind, kind) != 0 && strcmp(link->kind, other_kind) != 0) ||
            (link->alias[0] && !graft_is_marked(link)))
                return NULL;
        return link;
}

static const struct ns_link *wanted_keeper(const struct diff *d)
{
        const struct ns_link *link = netstate_link_by_name(d->target, d->scope->keeper);

        return link && link->ifindex != d->scope->nic_ifindex ? link : NULL;
}

static void delete_link(struct diff *d, const struct ns_link *link)
{
        if (link)
                link_op(d, PLAN_LINK_DEL, link->ifindex, link->name, NULL);
}

/* Somebody gave what podgraft made another name; up has made another in its place. */
static void delete_renamed(struct diff *d, const struct ns_link *bridge, const struct ns_link *tap,
                           const struct ns_link *keeper)
{
        for (size_t i = 0; i < d->current->n_links; i++) {
                const struct ns_link *link = &d->current->links[i];

                if (graft_is_marked_for(link, d->scope->keeper) && link != bridge && link != tap &&
                    link != keeper && link->ifindex != d->scope->nic_ifindex)
                        delete_link(d, link);
        }
}

static void diff_all(struct diff *d, const struct ns_link *nic, const struct ns_link *want_nic)
{
        const struct ns_link *bridge = made_by_us(d, d->scope->bridge, "bridge", "bridge");
        const struct ns_link *tap = made_by_us(d, d->scope->tap, "tun", "tun");
        const struct ns_link *keeper = made_by_us(d, d->scope->keeper, "dummy", "tun");
        const struct ns_link *want_bridge = netstate_link_by_name(d->target, d->scope->bridge);
        const struct ns_link *want_tap = netstate_link_by_name(d->target, d->scope->tap);
        const struct ns_link *want_keeper = wanted_keeper(d);
        bool restore = is_restore(d);

        if (!restore) {
                diff_filter(d, false);
                diff_others(d, false);
        }
        if (want_bridge)
                diff_bridge(d, bridge, want_bridge);
        if (want_tap)
                diff_tap(d, tap, want_tap);
        if (nic && nic->master_name[0] && !want_nic->master_name[0])
                link_op(d, PLAN_LINK_SET_MASTER, nic->ifindex, nic->name, want_nic);
        if (nic && !restore)
                diff_delete_addresses(d, nic, want_nic);
        if (!want_keeper)
                delete_link(d, keeper);
        if (nic)
                diff_nic(d, nic, want_nic, restore);
        if (nic && want_tap)
                diff_fdb(d, nic, want_nic, tap, want_tap);
        if (want_keeper)
                diff_keeper(d, keeper, want_keeper);
        if (!restore)
                return;
        delete_link(d, tap);
        delete_link(d, bridge);
        delete_renamed(d, bridge, tap, keeper);
        diff_filter(d, true);
        diff_others(d, true);
        if (nic) {
                diff_add_addresses(d, nic, want_nic, AF_INET);
                diff_add_addresses(d, nic, want_nic, AF_INET6);
        }
        diff_nexthops(d);
        diff_routes(d);
        diff_neighs(d);
        /* A last look; what makes gateways reachable is needed until then. */
        if (d->plan->n_ops == 0) {
                diff_route_order(d);
                if (nic && !d->scope->adopted)
                        diff_delete_connected_routes(d, want_nic);
        }
        /* Until here a record that gets lost can be made again. */
        if (nic)
                diff_alias(d, nic->ifindex, want_nic->name, nic, want_nic);
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
        /* Without it there is nothing to graft; what was made around it can still be removed. */
        if (!want || (!nic && !is_restore(&d)))
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
