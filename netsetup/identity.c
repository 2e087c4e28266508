/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * identity.c - who the pod is: addresses, routes, neighbours and DNS, as a guest must hear them
 */
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <string.h>

#include "netsetup/identity.h"

#define IPV6_MIN_MTU 1280u /* bytes: RFC 8200, section 5 */

/*
 * Are its neighbours on the link? Where no route says so, but there are some to what is in it, the
 * pod finds them through its gateway, and so must the guest: the CNI plugin ptp takes the connected
 * route away. (The marks of an adopted graft tell no connected routes: their lack says nothing.)
 */
static bool is_prefix_on_link(const struct netstate *state, const struct ns_addr *addr)
{
        bool has_routes_inside = false;

        for (size_t i = 0; i < state->n_routes; i++) {
                const struct ns_route *route = &state->routes[i];

                if (route->type != RTN_UNICAST ||
                    netstate_route_device(state, route) != addr->ifindex)
                        continue;
                if (route->dst.len <= addr->prefix.len &&
                    ip_prefix_has(&route->dst, &addr->prefix.addr) &&
                    netstate_route_gateway(state, route).family == AF_UNSPEC)
                        return true;
                has_routes_inside |= route->dst.len >= addr->prefix.len &&
                                     ip_prefix_has(&addr->prefix, &route->dst.addr);
        }
        return !has_routes_inside;
}

static int identity_addresses(const struct netstate *state, const struct ns_link *nic,
                              struct podnet *net)
{
        static const int families[] = { AF_INET, AF_INET6 };

        for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
                /* Deprecated ones and secondaries of the same prefix come after the preferred. */
                for (int pass = 0; pass < 2; pass++) {
                        for (size_t i = 0; i < state->n_addrs; i++) {
                                const struct ns_addr *addr = &state->addrs[i];
                                struct ip_prefix prefix = addr->prefix;
                                bool later = addr->flags & (IFA_F_DEPRECATED | IFA_F_SECONDARY);

                                if (addr->ifindex != nic->ifindex ||
                                    addr->prefix.addr.family != families[f] ||
                                    addr->scope >= RT_SCOPE_LINK || later != (pass == 1))
                                        continue;
                                if (!is_prefix_on_link(state, addr))
                                        prefix.len = families[f] == AF_INET ? 32 : 128;
                                if (podnet_add_address(net, &prefix) < 0)
                                        return -ENOMEM;
                        }
                }
        }
        return 0;
}

static bool is_gateway(const struct podnet *net, const struct ip_addr *addr)
{
        for (size_t i = 0; i < net->n_routes; i++)
                if (ip_addr_equal(&net->routes[i].gateway, addr))
                        return true;
        return false;
}

/*
 * Neighbours that somebody fixed in the pod, because they do not answer: the gateway 169.254.1.1
 * of the AWS VPC CNI is nobody's address. The guest has no such entry, so it needs an answer.
 * Gateways first: there is room for a few only.
 */
static int identity_neighbours(const struct netstate *state, const struct ns_link *nic,
                               struct podnet *net)
{
        for (int pass = 0; pass < 2; pass++)
                for (size_t i = 0; i < state->n_neighs; i++) {
                        const struct ns_neigh *neigh = &state->neighs[i];
                        struct podnet_neighbour fixed = { .addr = neigh->addr };

                        if (neigh->ifindex != nic->ifindex || !(neigh->state & NUD_PERMANENT) ||
                            (neigh->flags & NTF_PROXY) || neigh->mac_len != MAC_LEN ||
                            is_gateway(net, &neigh->addr) != (pass == 0))
                                continue;
                        memcpy(fixed.mac, neigh->mac, MAC_LEN);
                        if (podnet_add_neighbour(net, &fixed) < 0)
                                return -ENOMEM;
                }
        return 0;
}

static const struct ns_neigh *find_answering(const struct netstate *state, int ifindex,
                                             const struct ip_addr *addr)
{
        for (size_t i = 0; i < state->n_neighs; i++) {
                const struct ns_neigh *neigh = &state->neighs[i];

                if (neigh->ifindex == ifindex && ip_addr_equal(&neigh->addr, addr) &&
                    neigh->mac_len == MAC_LEN && !(neigh->flags & NTF_PROXY) &&
                    (neigh->state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)))
                        return neigh;
        }
        return NULL;
}

static bool is_neighbour(const struct podnet *net, const struct ip_addr *addr)
{
        for (size_t i = 0; i < net->n_neighbours; i++)
                if (ip_addr_equal(&net->neighbours[i].addr, addr))
                        return true;
        return false;
}

int graft_learn_gateways(const struct netstate *state, int ifindex, struct podnet *net,
                         const struct ip_addr **ret_missing)
{
        *ret_missing = NULL;
        for (size_t i = 0; i < net->n_routes; i++) {
                const struct ip_addr *addr = &net->routes[i].gateway;
                struct podnet_neighbour gateway = { .addr = *addr, .is_learnt = true };
                const struct ns_neigh *neigh;

                if (addr->family != AF_INET6 || is_neighbour(net, addr))
                        continue;
                neigh = find_answering(state, ifindex, addr);
                if (!neigh) {
                        *ret_missing = addr;
                        continue;
                }
                if (IN6_IS_ADDR_LINKLOCAL(&addr->v6) && (neigh->flags & NTF_ROUTER))
                        continue;
                memcpy(gateway.mac, neigh->mac, MAC_LEN);
                if (podnet_add_neighbour(net, &gateway) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static bool is(const char *given, const char *word)
{
        return given && strcmp(given, word) == 0;
}

/*
 * Where the pod has no IPv6 the guest is to have none: a stranger's advertisement on the segment
 * would make it prefer the stranger's way to everything that has an IPv6 address (CVE-2020-10749).
 * A pod without any address is a segment's that leases its own.
 */
void graft_tell(const struct netsetup_conf *conf, struct podnet *net)
{
        bool tells_dhcp4 = !is(conf->dhcp, "off") && !is(conf->dhcp, "v6");
        bool tells_dhcp6 = !is(conf->dhcp, "off") && !is(conf->dhcp, "v4");

        net->dhcp4 = net->dhcp6 = net->ra = PODNET_TOLD_BY_SEGMENT;
        if (net->n_addresses > 0 && tells_dhcp4)
                net->dhcp4 = PODNET_TOLD_BY_US;
        if (is(conf->ipv6, "slaac") || (net->n_addresses == 0 && !is(conf->ipv6, "off")))
                return;
        net->dhcp6 = net->ra = PODNET_TOLD_BY_NOBODY;
        if (is(conf->ipv6, "off") || !podnet_first_address(net, AF_INET6))
                return;
        net->ra = PODNET_TOLD_BY_US;
        if (!is(conf->ipv6, "ra-only"))
                net->dhcp6 = tells_dhcp6 ? PODNET_TOLD_BY_US : PODNET_TOLD_BY_SEGMENT;
}

static bool is_refusing(const struct ns_route *route)
{
        return route->table == RT_TABLE_MAIN &&
               (route->type == RTN_BLACKHOLE || route->type == RTN_UNREACHABLE ||
                route->type == RTN_PROHIBIT);
}

/* What steers the pod's traffic and cannot be told to the guest. */
static void note_what_is_lost(const struct netstate *state, const struct ns_link *nic,
                              struct notes *notes)
{
        unsigned n_refusing = 0;

        for (size_t i = 0; i < state->n_routes; i++) {
                const struct ns_route *route = &state->routes[i];
                int device = netstate_route_device(state, route);
                struct ns_link *link = netstate_link_by_index(state, device);

                if (netstate_is_default_route(route, route->family) && link &&
                    device != nic->ifindex)
                        notes_add(notes, "not-told",
                                  "'%s' has a default route too; the guest gets that of '%s' only",
                                  link->name, nic->name);
                n_refusing += is_refusing(route);
        }
        if (n_refusing > 0)
                notes_add(notes, "not-told",
                          "the pod has %u routes that refuse (blackhole, unreachable, prohibit); "
                          "the guest does not get them",
                          n_refusing);
        if (state->n_policy_rules > 0)
                notes_add(notes, "not-told",
                          "the pod has %u policy routing rules; the guest does not get them",
                          state->n_policy_rules);
}

/*
 * What fits on the way out. Cilium leaves the interface as wide as the node's and says on the
 * default route what is left of it in its tunnel.
 */
static uint32_t identity_mtu(const struct netstate *state, const struct ns_link *nic)
{
        uint32_t mtu = nic->mtu_bytes;

        for (size_t i = 0; i < state->n_routes; i++) {
                const struct ns_route *route = &state->routes[i];

                if (netstate_is_default_route(route, route->family) &&
                    netstate_route_device(state, route) == nic->ifindex && route->mtu_bytes > 0 &&
                    route->mtu_bytes < mtu)
                        mtu = route->mtu_bytes;
        }
        return mtu;
}

int graft_add_dns(const struct resolvconf *dns, struct podnet *net)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < dns->n_nameservers; i++)
                r = podnet_add_nameserver(net, &dns->nameservers[i]);
        for (size_t i = 0; r == 0 && i < dns->n_searches; i++)
                r = podnet_add_search(net, dns->searches[i]);
        return r;
}

bool graft_has_dns(const struct podnet *net, const struct resolvconf *dns)
{
        if (net->n_nameservers != dns->n_nameservers || net->n_searches != dns->n_searches)
                return false;
        for (size_t i = 0; i < dns->n_nameservers; i++)
                if (!ip_addr_equal(&net->nameservers[i], &dns->nameservers[i]))
                        return false;
        for (size_t i = 0; i < dns->n_searches; i++)
                if (strcmp(net->searches[i], dns->searches[i]) != 0)
                        return false;
        return true;
}

static void take_mac(const struct netsetup_conf *conf, const struct ns_link *nic,
                     struct podnet *net, struct notes *notes)
{
        char guest[MAC_TEXT_LEN], pod[MAC_TEXT_LEN];

        if (!conf->has_mac || memcmp(net->mac, conf->mac, MAC_LEN) == 0)
                return;
        memcpy(net->mac, conf->mac, MAC_LEN);
        if (memcmp(net->mac, nic->mac, MAC_LEN) != 0)
                notes_add(notes, "mac-differs",
                          "the guest's MAC address %s is not the pod's, %s: a segment that polices "
                          "MAC addresses drops its frames; 'podgraft domain' prints the domain's "
                          "XML with the pod's",
                          mac_format(net->mac, guest), mac_format(nic->mac, pod));
}

static void take_mtu(const struct netsetup_conf *conf, const struct ns_link *nic,
                     struct podnet *net, struct notes *notes)
{
        if (!conf->mtu_bytes || conf->mtu_bytes == net->mtu_bytes)
                return;
        net->mtu_bytes = conf->mtu_bytes;
        if (net->mtu_bytes > nic->mtu_bytes)
                notes_add(notes, "mtu-differs",
                          "MTU %u is more than the %u of '%s': larger frames will be lost on it",
                          net->mtu_bytes, nic->mtu_bytes, nic->name);
        if (net->mtu_bytes < IPV6_MIN_MTU && podnet_first_address(net, AF_INET6))
                notes_add(notes, "mtu-differs",
                          "MTU %u is less than the %u that IPv6 needs: the guest will have none",
                          net->mtu_bytes, IPV6_MIN_MTU);
}

static void take_hostname(const struct netsetup_conf *conf, struct podnet *net)
{
        if (conf->hostname && strlen(conf->hostname) < sizeof(net->hostname))
                strcpy(net->hostname, conf->hostname);
}

/* A tap with several queues is another kind of tap: its guest would be cut off. */
static void take_queues(const struct netsetup_conf *conf, struct podnet *net, struct notes *notes)
{
        if (conf->queues && (conf->queues > 1) != (net->queues > 1))
                notes_add(notes, "queues-kept",
                          "'%s' was made with %s, and keeps that while it stands; 'podgraft down' "
                          "first, and then up with --queues %u",
                          net->tap, net->queues > 1 ? "several queues" : "one queue", conf->queues);
        else if (conf->queues)
                net->queues = conf->queues;
}

void graft_take_wishes(const struct netsetup_conf *conf, const struct ns_link *nic,
                       struct podnet *net, struct notes *notes)
{
        take_mac(conf, nic, net, notes);
        take_mtu(conf, nic, net, notes);
        take_queues(conf, net, notes);
        if (!conf->default_hostname)
                take_hostname(conf, net);
}

int graft_identity(const struct netstate *state, const struct ns_link *nic,
                   const struct netsetup_conf *conf, const struct resolvconf *dns,
                   struct podnet **ret, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = podnet_new();
        const struct ip_addr *missing;

        if (!net)
                return error_set(err, -ENOMEM, "out of memory");
        strcpy(net->interface, nic->name);
        graft_name_links(net, graft_index(nic->name));
        memcpy(net->mac, nic->mac, MAC_LEN);
        take_mac(conf, nic, net, notes);
        graft_derive_mac(nic->mac, "bridge", net->server_mac);
        net->mtu_bytes = identity_mtu(state, nic);
        net->queues = conf->queues ? conf->queues : 1;
        take_hostname(conf, net);
        if (identity_addresses(state, nic, net) < 0 ||
            identity_routes(state, nic, net, notes) < 0 ||
            identity_neighbours(state, nic, net) < 0 ||
            graft_learn_gateways(state, nic->ifindex, net, &missing) < 0 ||
            graft_add_dns(dns, net) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        take_mtu(conf, nic, net, notes);
        note_what_is_lost(state, nic, notes);
        if (net->n_addresses == 0)
                notes_add(notes, "no-address", "'%s' has no address: the guest will be served none",
                          nic->name);
        *ret = take_ptr(net);
        return 0;
}
