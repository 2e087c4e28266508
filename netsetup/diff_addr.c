/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff_addr.c - addresses of the pod interface and of the keeper: which, and in which order
 */
#include <string.h>

#include "netsetup/diff.h"

#define MAX_ADDRESSES 1024

static bool same_address(const struct ns_addr *a, const struct ns_addr *b)
{
        return a->prefix.len == b->prefix.len && ip_addr_equal(&a->prefix.addr, &b->prefix.addr) &&
               ip_addr_equal(&a->peer, &b->peer);
}

const struct ns_addr *diff_find_address(const struct netstate *state, int ifindex,
                                        const struct ns_addr *addr)
{
        for (size_t i = 0; i < state->n_addrs; i++)
                if (state->addrs[i].ifindex == ifindex && same_address(&state->addrs[i], addr))
                        return &state->addrs[i];
        return NULL;
}

static void address_op(struct diff *d, enum plan_op_type type, int ifindex, const char *ifname,
                       const struct ns_addr *addr)
{
        struct plan_op op = { .type = type, .ifindex = ifindex, .addr = *addr };

        strcpy(op.ifname, ifname);
        diff_add(d, &op);
}

/* Last first: an IPv4 primary takes its secondaries along. */
void diff_delete_addresses(struct diff *d, const struct ns_link *have, const struct ns_link *want)
{
        for (size_t i = d->current->n_addrs; i-- > 0;) {
                const struct ns_addr *addr = &d->current->addrs[i];

                if (addr->ifindex == have->ifindex &&
                    !diff_find_address(d->target, want->ifindex, addr))
                        address_op(d, PLAN_ADDR_DEL, have->ifindex, have->name, addr);
        }
}

/* One of the subnet of another that was added before it; a peer's subnet is that of the peer. */
static bool is_secondary(const struct ns_addr *addr, const struct ns_addr *const *before, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                struct ip_prefix net = before[i]->prefix;

                if (before[i]->peer.family)
                        net.addr = before[i]->peer;
                if (net.len == addr->prefix.len &&
                    ip_prefix_has(&net, addr->peer.family ? &addr->peer : &addr->prefix.addr))
                        return true;
        }
        return false;
}

static void insert_address(const struct ns_addr **list, size_t n, size_t at,
                           const struct ns_addr *addr)
{
        memmove(&list[at + 1], &list[at], (n - at) * sizeof(*list));
        list[at] = addr;
}

/*
 * As the kernel keeps them, and so as it dumps them: IPv4 primaries behind those of a narrower
 * scope, then the secondaries; of IPv6 the last first, here reversed. A list that was put together
 * from several sources has another order, which no adding would ever give.
 */
static void put_in_kernels_order(const struct ns_addr **list, size_t n, int family)
{
        const struct ns_addr *ordered[MAX_ADDRESSES];
        size_t n_primary = 0;

        for (size_t i = 0; i < n; i++) {
                size_t at = i;

                if (family == AF_INET6)
                        while (at > 0 && ordered[at - 1]->scope < list[i]->scope)
                                at--;
                else if (!is_secondary(list[i], ordered, i))
                        for (at = n_primary++; at > 0 && ordered[at - 1]->scope < list[i]->scope;)
                                at--;
                insert_address(ordered, i, at, list[i]);
        }
        memcpy(list, ordered, n * sizeof(*list));
}

/*
 * The addresses of @ifindex and @family in the order in which adding them gives this dump: IPv4
 * as dumped, IPv6 the other way round. Return: how many.
 */
static size_t adding_order(const struct netstate *state, int ifindex, int family,
                           const struct ns_addr **ret, size_t max)
{
        size_t n = 0;

        for (size_t i = 0; i < state->n_addrs && n < max; i++) {
                size_t at = family == AF_INET ? i : state->n_addrs - 1 - i;
                const struct ns_addr *addr = &state->addrs[at];

                if (addr->ifindex == ifindex && addr->prefix.addr.family == family)
                        ret[n++] = addr;
        }
        put_in_kernels_order(ret, n, family);
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

/* Others gave the link what the kernel takes for this one: adding would only change that. */
static void delete_in_the_way(struct diff *d, int ifindex, const char *ifname,
                              const struct ns_addr *addr)
{
        for (size_t i = 0; i < d->current->n_addrs; i++) {
                const struct ns_addr *other = &d->current->addrs[i];

                if (other->ifindex == ifindex && !same_address(other, addr) &&
                    netstate_collides(other, addr))
                        address_op(d, PLAN_ADDR_DEL, ifindex, ifname, other);
        }
}

/* @have: NULL where an earlier operation makes the link. */
void diff_add_addresses(struct diff *d, const struct ns_link *have, const struct ns_link *want,
                        int family)
{
        const struct ns_addr *wanted[MAX_ADDRESSES], *there[MAX_ADDRESSES];
        size_t n_wanted = adding_order(d->target, want->ifindex, family, wanted, MAX_ADDRESSES);
        size_t n_there = 0, n = 0;
        int ifindex = have ? have->ifindex : 0;

        /* Others have set an MTU that is too small for IPv6. */
        if (family == AF_INET6 && have && have->addr_gen_mode < 0)
                return;
        /* Those of the target that are there already, in their present order. */
        if (have)
                n = adding_order(d->current, ifindex, family, there, MAX_ADDRESSES);
        for (size_t i = 0; i < n; i++)
                if (diff_find_address(d->target, want->ifindex, there[i]))
                        there[n_there++] = there[i];
        /* A run that was cut short left a beginning; anything else is put in order from scratch. */
        for (size_t i = 0; i < n_there; i++) {
                if (same_address(there[i], wanted[i]))
                        continue;
                for (size_t k = n_there; k-- > 0;)
                        address_op(d, PLAN_ADDR_DEL, ifindex, want->name, there[k]);
                n_there = 0;
        }
        for (size_t i = n_there; i < n_wanted; i++) {
                struct ns_addr addr = *wanted[i];

                if (!age_address(d, &addr))
                        continue;
                if (have)
                        delete_in_the_way(d, ifindex, want->name, &addr);
                address_op(d, PLAN_ADDR_ADD, ifindex, want->name, &addr);
        }
}
