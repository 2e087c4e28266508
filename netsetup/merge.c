/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * merge.c - what others give the pod while it is grafted is the pod's
 */
#include <linux/if_addr.h>
#include <string.h>

#include "netsetup/addr.h"
#include "netsetup/session.h"

static bool has_address(const struct netstate *state, int ifindex, const struct ns_addr *addr)
{
        for (size_t i = 0; i < state->n_addrs; i++)
                if (state->addrs[i].ifindex == ifindex && netstate_collides(&state->addrs[i], addr))
                        return true;
        return false;
}

static bool is_known(const struct podnet *net, const struct ip_prefix *prefix)
{
        for (size_t i = 0; i < net->n_addresses; i++)
                if (net->addresses[i].len == prefix->len &&
                    ip_addr_equal(&net->addresses[i].addr, &prefix->addr))
                        return true;
        return false;
}

static bool is_for_the_guest(const struct ns_addr *addr)
{
        return addr->scope < RT_SCOPE_LINK;
}

/*
 * Is it on the pod's interface or on the keeper, as one that reaches beyond the link? An IPv4 one
 * that does not was given by somebody all the same; it would be in the way of the pod's own.
 */
static bool is_the_pods(const struct netstate *current, const struct podnet *net, int nic,
                        const struct ns_addr *addr)
{
        const struct ns_link *keeper = netstate_link_by_name(current, net->interface);

        if (addr->ifindex == nic && addr->prefix.addr.family == AF_INET)
                return true;
        return is_for_the_guest(addr) &&
               (addr->ifindex == nic || (keeper && addr->ifindex == keeper->ifindex));
}

/* The kernel puts a new IPv6 address before the others, an IPv4 one behind them. */
static void move_last_address(struct netstate *state, size_t to)
{
        size_t last = state->n_addrs - 1;
        struct ns_addr addr = state->addrs[last];

        memmove(&state->addrs[to + 1], &state->addrs[to], (last - to) * sizeof(addr));
        state->addrs[to] = addr;
}

static int merge_addresses(struct netsetup *ns, const struct netstate *current, int ifindex,
                           struct notes *news)
{
        struct podnet *net = ns->record->identity;
        struct netstate *original = ns->record->original;
        size_t n_v6 = 0;
        int n = 0, r;

        for (size_t i = 0; i < current->n_addrs; i++) {
                const struct ns_addr *addr = &current->addrs[i];
                char text[IP_PREFIX_TEXT_LEN];

                if (!is_the_pods(current, net, ifindex, addr) ||
                    has_address(original, ifindex, addr))
                        continue;
                r = addr_copy_to(original, addr, ifindex,
                                 addr->flags & ~(uint32_t)(IFA_F_TENTATIVE | IFA_F_SECONDARY),
                                 strcmp(addr->label, net->nic) != 0);
                if (r == 0)
                        r = addr_add_connected_route(original,
                                                     &original->addrs[original->n_addrs - 1]);
                if (r == 0 && addr->prefix.addr.family == AF_INET6)
                        move_last_address(original, n_v6++);
                if (r == 0 && is_for_the_guest(addr) && !is_known(net, &addr->prefix))
                        r = podnet_add_address(net, &addr->prefix);
                if (r < 0)
                        return r;
                notes_add(news, "came-from-elsewhere",
                          "address %s came to '%s' from elsewhere: it is the pod's now",
                          ip_prefix_format(&addr->prefix, text), net->interface);
                n++;
        }
        return n;
}

/*
 * Would it be lost with what up and down do to the pod's interface? Its own routes are, and those
 * of other interfaces that have one of its addresses as their source.
 */
static bool hangs_on_pod(const struct netstate *original, int ifindex, const struct ns_route *route)
{
        if (route->ifindex == ifindex)
                return true;
        for (unsigned i = 0; i < route->n_hops; i++)
                if (route->hop_ifindex[i] == ifindex)
                        return true;
        for (size_t i = 0; i < original->n_addrs; i++)
                if (original->addrs[i].ifindex == ifindex &&
                    ip_addr_equal(&original->addrs[i].prefix.addr, &route->prefsrc))
                        return true;
        return false;
}

/* What podgraft made goes with down, and a route over it too. */
static bool leads_over_ours(const struct netstate *current, int nic, const struct ns_route *route)
{
        for (size_t i = 0; i < current->n_links; i++) {
                const struct ns_link *link = &current->links[i];

                if (link->ifindex == nic || !graft_is_marked(link))
                        continue;
                if (route->ifindex == link->ifindex)
                        return true;
                for (unsigned h = 0; h < route->n_hops; h++)
                        if (route->hop_ifindex[h] == link->ifindex)
                                return true;
        }
        return false;
}

/* The kernel has made one of the pod's and of theirs. */
static void drop_parts(struct netstate *original, const struct ns_route *route)
{
        size_t kept = 0;

        for (size_t i = 0; i < original->n_routes; i++)
                if (netstate_is_part_of(&original->routes[i], route))
                        free(original->routes[i].raw.data);
                else
                        original->routes[kept++] = original->routes[i];
        original->n_routes = kept;
}

static int merge_routes(struct netsetup *ns, const struct netstate *current, int ifindex,
                        struct notes *news)
{
        struct netstate *original = ns->record->original;
        int n = 0;

        for (size_t i = 0; i < current->n_routes; i++) {
                const struct ns_route *route = &current->routes[i];
                char text[IP_PREFIX_TEXT_LEN];

                /* The kernel makes its own again; and an IPv6 route outlives its source. */
                if (route->protocol == RTPROT_KERNEL || route->protocol == RTPROT_RA ||
                    !hangs_on_pod(original, ifindex, route) ||
                    leads_over_ours(current, ifindex, route) ||
                    netstate_find_route(original, route, false))
                        continue;
                drop_parts(original, route);
                if (!netstate_copy_route(original, route))
                        return -ENOMEM;
                notes_add(news, "came-from-elsewhere",
                          "a route to %s came from elsewhere: it comes back with down",
                          ip_prefix_format(&route->dst, text));
                n++;
        }
        return n;
}

int session_merge(struct netsetup *ns, const struct netstate *current, struct notes *news)
{
        const struct ns_link *nic =
                netstate_link_by_name(ns->record->original, ns->record->identity->interface);
        int ifindex = nic ? nic->ifindex : 0, n_addrs, n_routes;

        n_addrs = merge_addresses(ns, current, ifindex, news);
        if (n_addrs < 0)
                return n_addrs;
        n_routes = merge_routes(ns, current, ifindex, news);
        return n_routes < 0 ? n_routes : n_addrs + n_routes;
}
