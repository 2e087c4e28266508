/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff_route.c - routes, next hops and neighbours that a restore brings back
 */
#include <linux/neighbour.h>
#include <string.h>

#include "netsetup/diff.h"
#include "netsetup/graft.h"

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

/* Not another pod interface that is grafted: there it would be in the guest's way. */
static bool can_have_routes(const struct diff *d, int ifindex)
{
        const struct ns_link *link = netstate_link_by_index(d->current, ifindex);

        return link && (ifindex == d->scope->nic_ifindex || !graft_is_marked(link));
}

static bool devices_exist(const struct diff *d, const struct ns_route *route)
{
        if (route->ifindex && !can_have_routes(d, route->ifindex))
                return false;
        for (unsigned i = 0; i < route->n_hops; i++)
                if (!can_have_routes(d, route->hop_ifindex[i]))
                        return false;
        return true;
}

static void delete_route(struct diff *d, const struct ns_route *have)
{
        struct plan_op op = { .type = PLAN_ROUTE_DEL, .route = *have };

        diff_add(d, &op);
}

static bool is_refused(const struct diff *d, const struct ns_route *want)
{
        const struct plan *refused = d->scope->refused;

        for (size_t i = 0; refused && i < refused->n_ops; i++)
                if (refused->ops[i].type == PLAN_ROUTE_ADD &&
                    netstate_find_route(
                            &(struct netstate){ .routes = &refused->ops[i].route, .n_routes = 1 },
                            want, true))
                        return true;
        return false;
}

/* With the lifetime it has left; one that has run out stays gone. */
static void add_route(struct diff *d, const struct ns_route *want)
{
        struct plan_op op = { .type = PLAN_ROUTE_ADD, .route = *want };

        if (want->expires_sec > 0) {
                if (want->expires_sec <= d->elapsed_sec)
                        return;
                op.route.expires_sec -= (uint32_t)d->elapsed_sec;
        }
        diff_add(d, &op);
}

/* The pod interface, or a link on top of it (VLAN): that goes down with it, and loses its routes.
 */
static bool is_affected(const struct diff *d, int ifindex)
{
        const struct ns_link *link = netstate_link_by_index(d->current, ifindex);
        int nic = d->scope->nic_ifindex;

        return ifindex == nic || (link && link->peer == nic && !link->has_peer_nsid);
}

/* Do they lead to the same place with the same precedence? Then the kernel takes the first. */
static bool is_rival(const struct ns_route *a, const struct ns_route *b)
{
        return a->family == b->family && a->table == b->table && a->tos == b->tos &&
               a->metric == b->metric && a->dst.len == b->dst.len &&
               ip_addr_equal(&a->dst.addr, &b->dst.addr);
}

/*
 * Is it podgraft that took it? Routes of the pod interface go with its addresses, and so do those
 * of others that have one as their source. Anything else was lost by somebody else's doing: maybe
 * by the graft of its own interface, which has it in its record.
 */
static bool hangs_on_nic(const struct diff *d, const struct ns_route *route)
{
        int nic = d->scope->nic_ifindex;

        if (is_affected(d, route->ifindex) || (route->nexthop_id && !route->ifindex))
                return true;
        for (unsigned i = 0; i < route->n_hops; i++)
                if (is_affected(d, route->hop_ifindex[i]))
                        return true;
        for (size_t i = 0; i < d->target->n_addrs; i++)
                if (d->target->addrs[i].ifindex == nic &&
                    ip_addr_equal(&d->target->addrs[i].prefix.addr, &route->prefsrc))
                        return true;
        return false;
}

/* A rival of such a route too: it is deleted and added again where their order was lost. */
static bool is_taken_by_us(const struct diff *d, const struct ns_route *route)
{
        if (hangs_on_nic(d, route))
                return true;
        for (size_t i = 0; i < d->target->n_routes; i++)
                if (is_rival(&d->target->routes[i], route) &&
                    hangs_on_nic(d, &d->target->routes[i]))
                        return true;
        return false;
}

static bool is_part_of_another(const struct netstate *state, const struct ns_route *route)
{
        for (size_t i = 0; i < state->n_routes; i++)
                if (netstate_is_part_of(route, &state->routes[i]))
                        return true;
        return false;
}

/* What stands in the way of a multipath route: some of its own ways. */
static void delete_parts(struct diff *d, const struct ns_route *want)
{
        for (size_t i = 0; i < d->current->n_routes; i++)
                if (netstate_is_part_of(&d->current->routes[i], want))
                        delete_route(d, &d->current->routes[i]);
}

/* Is it there, or does the plan bring it? */
static bool has_address(const struct diff *d, const struct ip_addr *addr)
{
        for (size_t i = 0; i < d->current->n_addrs; i++)
                if (ip_addr_equal(&d->current->addrs[i].prefix.addr, addr))
                        return true;
        for (size_t i = 0; i < d->plan->n_ops; i++)
                if (d->plan->ops[i].type == PLAN_ADDR_ADD &&
                    ip_addr_equal(&d->plan->ops[i].addr.prefix.addr, addr))
                        return true;
        return false;
}

/*
 * An IPv6 address that goes while others of its prefix stay, which have a lifetime, gives that to
 * the first route to the prefix, whoever made the route.
 */
static bool was_given_an_end(const struct ns_route *have, const struct ns_route *want)
{
        return want->protocol != RTPROT_KERNEL && have->expires_sec > 0 && want->expires_sec == 0;
}

static void diff_route(struct diff *d, const struct ns_route *want)
{
        const struct ns_route *have = netstate_find_route(d->current, want, true);

        if ((have && !was_given_an_end(have, want)) || is_part_of_another(d->current, want) ||
            comes_with_address(d, want) || !is_taken_by_us(d, want) || !devices_exist(d, want))
                return;
        /* An IPv6 route outlives the address that was its source, and forgets it. */
        have = netstate_find_route(d->current, want, false);
        if (have && want->family == AF_INET6 && want->prefsrc.family &&
            (!has_address(d, &want->prefsrc) || is_refused(d, want)))
                return;
        if (have && want->family == AF_INET6)
                delete_route(d, have);
        else
                delete_parts(d, want);
        add_route(d, want);
        /* Without its source it is more than nothing. */
        if (want->family == AF_INET6 && want->prefsrc.family && is_refused(d, want)) {
                struct ns_route sourceless = *want;

                sourceless.prefsrc = (struct ip_addr){ 0 };
                if (!netstate_find_route(d->current, &sourceless, true))
                        add_route(d, &sourceless);
        }
}

static bool has_gateway(const struct ns_route *route)
{
        return route->gateway.family != AF_UNSPEC || route->n_hops > 0 || route->nexthop_id;
}

void diff_routes(struct diff *d)
{
        for (int by_gateway = 0; by_gateway < 2; by_gateway++) /* gateways must be reachable */
                for (size_t i = 0; i < d->target->n_routes; i++)
                        if (has_gateway(&d->target->routes[i]) == (by_gateway == 1))
                                diff_route(d, &d->target->routes[i]);
}

/*
 * Does the connected route to @dst come along with @addr? That of an IPv4 address with a peer leads
 * to the peer; an IPv6 one has its own, and another to the peer.
 */
static bool is_connected_route(const struct ns_addr *addr, const struct ip_prefix *dst)
{
        bool is_v4 = addr->prefix.addr.family == AF_INET;

        if (!is_v4 && addr->peer.family && dst->len == 128 && ip_prefix_has(dst, &addr->peer))
                return true;
        return addr->prefix.len == dst->len &&
               ip_prefix_has(dst, is_v4 && addr->peer.family ? &addr->peer : &addr->prefix.addr);
}

/*
 * What the kernel made for an address of the target though the target does without: the CNI's ptp
 * plugin deletes the connected route. Where another address is there that needs it too, it stays.
 */
void diff_delete_connected_routes(struct diff *d, const struct ns_link *nic)
{
        for (size_t i = 0; i < d->current->n_routes; i++) {
                const struct ns_route *route = &d->current->routes[i];
                bool is_ours = false, is_others = false;

                if (route->protocol != RTPROT_KERNEL || route->ifindex != nic->ifindex ||
                    has_gateway(route) || netstate_find_route(d->target, route, false))
                        continue;
                for (size_t k = 0; k < d->current->n_addrs; k++) {
                        const struct ns_addr *addr = &d->current->addrs[k];

                        if (addr->ifindex != nic->ifindex || !is_connected_route(addr, &route->dst))
                                continue;
                        if (diff_find_address(d->target, nic->ifindex, addr))
                                is_ours = true;
                        else
                                is_others = true;
                }
                if (is_ours && !is_others)
                        delete_route(d, route);
        }
}

/* Whoever sends to a link-local or multicast address names the link: there is no first. */
static bool is_bound_to_link(const struct ns_route *route)
{
        return route->family == AF_INET6 && (IN6_IS_ADDR_LINKLOCAL(&route->dst.addr.v6) ||
                                             IN6_IS_ADDR_MULTICAST(&route->dst.addr.v6));
}

/* Does a request that deletes the one delete whichever of them comes first? */
static bool is_deleted_by_the_same(const struct ns_route *a, const struct ns_route *b)
{
        return a != b && a->flags != b->flags && is_rival(a, b) && a->ifindex == b->ifindex &&
               ip_addr_equal(&a->gateway, &b->gateway);
}

#define MAX_RIVALS 64

/* To the end, one after the other; those that cannot be told apart go before any of them comes. */
static void move_to_the_end(struct diff *d, const struct ns_route **have,
                            const struct ns_route **want, size_t n)
{
        bool all_at_once = false;

        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < i; k++)
                        all_at_once |= is_deleted_by_the_same(have[i], have[k]);
        for (size_t i = 0; i < n && all_at_once; i++)
                delete_route(d, have[i]);
        for (size_t i = 0; i < n; i++) {
                if (!all_at_once)
                        delete_route(d, have[i]);
                add_route(d, want[i]);
        }
}

static void order_rivals(struct diff *d, size_t first)
{
        const struct ns_route *end = d->current->routes + d->current->n_routes;
        const struct ns_route *next = d->current->routes;
        const struct ns_route *late[MAX_RIVALS], *wanted[MAX_RIVALS];
        bool in_order = true;
        size_t n = 0;

        for (size_t i = first; i < d->target->n_routes && n < MAX_RIVALS; i++) {
                const struct ns_route *want = &d->target->routes[i], *have;

                if (!is_rival(want, &d->target->routes[first]) ||
                    !(have = netstate_find_route(d->current, want, true)))
                        continue;
                while (next < end &&
                       !(is_rival(next, want) && netstate_find_route(d->target, next, true)))
                        next++;
                in_order = in_order && next == have;
                if (next < end)
                        next++;
                if (in_order)
                        continue;
                late[n] = have;
                wanted[n++] = want;
        }
        move_to_the_end(d, late, wanted, n);
}

void diff_route_order(struct diff *d)
{
        for (size_t i = 0; i < d->target->n_routes; i++) {
                bool is_first = !is_bound_to_link(&d->target->routes[i]);

                for (size_t k = 0; is_first && k < i; k++)
                        is_first = !is_rival(&d->target->routes[k], &d->target->routes[i]);
                if (is_first)
                        order_rivals(d, i);
        }
}

void diff_nexthops(struct diff *d)
{
        for (int group = 0; group < 2; group++) /* a group after its members */
                for (size_t i = 0; i < d->target->n_nexthops; i++) {
                        const struct ns_nexthop *want = &d->target->nexthops[i];
                        struct plan_op op = { .type = PLAN_NEXTHOP_ADD, .nexthop = *want };
                        bool there = false;

                        if (want->group != (group == 1) ||
                            (!want->group && (!is_affected(d, want->ifindex) ||
                                              !can_have_routes(d, want->ifindex))))
                                continue;
                        /* A group outlives members that go with their link. */
                        for (size_t k = 0; k < d->current->n_nexthops; k++)
                                there |= d->current->nexthops[k].id == want->id &&
                                         d->current->nexthops[k].n_members == want->n_members;
                        if (!there)
                                diff_add(d, &op);
                }
}

void diff_neighs(struct diff *d)
{
        for (size_t i = 0; i < d->target->n_neighs; i++) {
                const struct ns_neigh *want = &d->target->neighs[i];
                struct plan_op op = { .type = PLAN_NEIGH_ADD, .neigh = *want };
                bool there = false;

                /* What the kernel learned it learns again. */
                if (want->ifindex != d->scope->nic_ifindex ||
                    !netstate_link_by_index(d->current, want->ifindex) ||
                    (!(want->state & (NUD_PERMANENT | NUD_NOARP)) &&
                     !(want->flags & (NTF_PROXY | NTF_EXT_LEARNED))))
                        continue;
                for (size_t k = 0; k < d->current->n_neighs; k++) {
                        const struct ns_neigh *have = &d->current->neighs[k];

                        there |= have->ifindex == want->ifindex && have->flags == want->flags &&
                                 ip_addr_equal(&have->addr, &want->addr);
                }
                if (!there)
                        diff_add(d, &op);
        }
}
