/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/graft.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

/* --- names and MACs --- */

/* FNV-1a, 64 bit (http://www.isthe.com/chongo/tech/comp/fnv/): stable across machines. */
static uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
        const uint8_t *p = data;

        for (size_t i = 0; i < len; i++)
                hash = (hash ^ p[i]) * 0x100000001b3u;
        return hash;
}
#define HASH_START 0xcbf29ce484222325u

/* Put the parts together; what is too long keeps its beginning and gets a hash for the rest. */
static void make_name(char ret[IFNAMSIZ], const char *prefix, const char *base, const char *suffix)
{
        char whole[64];
        uint64_t hash;

        snprintf(whole, sizeof(whole), "%s%s%s", prefix, base, suffix);
        if (strlen(whole) < IFNAMSIZ) {
                strcpy(ret, whole);
                return;
        }
        hash = hash_bytes(HASH_START, base, strlen(base));
        snprintf(ret, IFNAMSIZ, "%s%0*llx%s", prefix, (int)(15 - strlen(prefix) - strlen(suffix)),
                 (unsigned long long)(hash & ((1ull << 28) - 1)), suffix);
}

static bool is_hashed_name(const char *name)
{
        return strncmp(name, "pod", 3) == 0 && strlen(name) == 14 &&
               strspn(name + 3, "0123456789abcdef") == 11;
}

static bool is_multus_name(const char *name, unsigned *ret_index)
{
        int end = 0;

        return sscanf(name, "net%3u%n", ret_index, &end) == 1 && name[end] == '\0';
}

/* KubeVirt's scheme, so that its users find what they know. */
static void name_links(struct podnet *net)
{
        const char *base = is_hashed_name(net->interface) ? net->interface + 3 : net->interface;
        char number[8];
        unsigned index;

        make_name(net->nic, "", base, "-nic");
        make_name(net->bridge, "k6t-", base, "");
        if (is_hashed_name(net->interface)) {
                make_name(net->tap, "tap", base, "");
        } else if (is_multus_name(net->interface, &index)) {
                net->index = index;
                snprintf(number, sizeof(number), "%u", index);
                make_name(net->tap, "tap", number, "");
        } else {
                strcpy(net->tap, "tap0");
        }
}

/* Locally administered, unicast, the same for the same pod at each run. */
static void derive_mac(const uint8_t pod_mac[MAC_LEN], const char *label, uint8_t ret[MAC_LEN])
{
        uint64_t hash = hash_bytes(hash_bytes(HASH_START, pod_mac, MAC_LEN), label, strlen(label));

        for (int i = 0; i < MAC_LEN; i++)
                ret[i] = (uint8_t)(hash >> (8 * i));
        ret[0] = (uint8_t)((ret[0] & ~1u) | 2u);
}

void graft_alias(const struct podnet *net, const uint8_t pod_mac[MAC_LEN], char ret[256])
{
        char mac[MAC_TEXT_LEN];

        snprintf(ret, 256, GRAFT_ALIAS_PREFIX "%s mac=%s", net->interface,
                 mac_format(pod_mac, mac));
}

/* --- which interface --- */

static bool is_default_route(const struct ns_route *route, int family)
{
        return route->family == family && route->dst.len == 0 && route->table == RT_TABLE_MAIN &&
               route->type == RTN_UNICAST;
}

/* A next-hop object's or the first hop's device stands for the route's. */
static int route_device(const struct netstate *state, const struct ns_route *route)
{
        if (route->ifindex)
                return route->ifindex;
        if (route->n_hops > 0)
                return route->hop_ifindex[0];
        for (size_t i = 0; i < state->n_nexthops; i++)
                if (route->nexthop_id && state->nexthops[i].id == route->nexthop_id)
                        return state->nexthops[i].ifindex;
        return 0;
}

static struct ip_addr route_gateway(const struct netstate *state, const struct ns_route *route)
{
        if (route->gateway.family != AF_UNSPEC)
                return route->gateway;
        if (route->n_hops > 0)
                return route->hop_gateway[0];
        for (size_t i = 0; i < state->n_nexthops; i++)
                if (route->nexthop_id && state->nexthops[i].id == route->nexthop_id)
                        return state->nexthops[i].gateway;
        return (struct ip_addr){ 0 };
}

static const struct ns_link *default_route_link(const struct netstate *state, int family)
{
        const struct ns_route *best = NULL;

        for (size_t i = 0; i < state->n_routes; i++)
                if (is_default_route(&state->routes[i], family) &&
                    (!best || state->routes[i].metric < best->metric))
                        best = &state->routes[i];
        return best ? netstate_link_by_index(state, route_device(state, best)) : NULL;
}

static int interface_missing(const struct netstate *state, const char *name, const char *why,
                             struct error *err)
{
        char names[512] = "";
        size_t len = 0;

        for (size_t i = 0; i < state->n_links && len < sizeof(names) - IFNAMSIZ - 2; i++)
                if (!(state->links[i].flags & IFF_LOOPBACK))
                        len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
                                                len ? ", " : "", state->links[i].name);
        return error_set_class(err, ERROR_USAGE, -ENODEV,
                               "there is no interface '%s' in this network namespace%s; it has: "
                               "%s. Give another with --interface, the right namespace with "
                               "--netns, or time with --wait-interface",
                               name, why, len ? names : "none");
}

int graft_find_interface(const struct netstate *state, const struct netsetup_conf *conf,
                         const struct ns_link **ret, struct error *err)
{
        const struct ns_link *link;

        if (conf->interface) {
                link = netstate_link_by_name(state, conf->interface);
                if (!link)
                        return interface_missing(state, conf->interface, "", err);
        } else {
                link = default_route_link(state, AF_INET);
                if (!link)
                        link = default_route_link(state, AF_INET6);
                if (!link)
                        link = netstate_link_by_name(state, "eth0");
                if (!link)
                        return interface_missing(state, "eth0", " and no default route", err);
        }
        *ret = link;
        return 0;
}

/* --- the identity --- */

static bool in_prefix(const struct ip_prefix *prefix, const struct ip_addr *addr)
{
        const uint8_t *a = (const uint8_t *)&prefix->addr.v6, *b = (const uint8_t *)&addr->v6;
        unsigned bytes = prefix->len / 8, bits = prefix->len % 8;

        if (prefix->addr.family != addr->family || memcmp(a, b, bytes) != 0)
                return false;
        return bits == 0 || (a[bytes] ^ b[bytes]) >> (8 - bits) == 0;
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
                                bool later = addr->flags & (IFA_F_DEPRECATED | IFA_F_SECONDARY);

                                if (addr->ifindex != nic->ifindex ||
                                    addr->prefix.addr.family != families[f] ||
                                    addr->scope >= RT_SCOPE_LINK || later != (pass == 1))
                                        continue;
                                if (podnet_add_address(net, &addr->prefix) < 0)
                                        return -ENOMEM;
                        }
                }
        }
        return 0;
}

/*
 * Does the guest's address bring this on-link route along? Only the first of a family does: DHCP
 * carries one, so what the others made on-link must be told.
 */
static bool is_own_prefix(const struct podnet *net, const struct podnet_route *route)
{
        const struct ip_prefix *own = podnet_first_address(net, route->dst.addr.family);

        return own && own->len == route->dst.len && in_prefix(own, &route->dst.addr);
}

static bool is_reachable(const struct podnet *net, const struct ip_addr *gateway)
{
        const struct ip_prefix *own = podnet_first_address(net, gateway->family);

        if (own && own->len < (gateway->family == AF_INET ? 32 : 128) && in_prefix(own, gateway))
                return true;
        for (size_t i = 0; i < net->n_routes; i++)
                if (net->routes[i].gateway.family == AF_UNSPEC &&
                    in_prefix(&net->routes[i].dst, gateway))
                        return true;
        return gateway->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&gateway->v6);
}

static int compare_routes(const void *a, const void *b)
{
        const struct podnet_route *x = a, *y = b;

        /* Wider prefixes later, so that the default route of a family ends its list. */
        if (x->dst.addr.family != y->dst.addr.family)
                return x->dst.addr.family < y->dst.addr.family ? -1 : 1;
        if (x->dst.len != y->dst.len)
                return x->dst.len > y->dst.len ? -1 : 1;
        return memcmp(&x->dst.addr.v6, &y->dst.addr.v6, 16);
}

struct route_list {
        struct podnet_route *routes;
        size_t n;
};

static int list_add(struct route_list *list, const struct podnet_route *route)
{
        struct podnet_route *grown;

        for (size_t i = 0; i < list->n; i++) {
                if (list->routes[i].dst.len != route->dst.len ||
                    !ip_addr_equal(&list->routes[i].dst.addr, &route->dst.addr))
                        continue;
                /* A client knows one route per destination: the one the kernel prefers. */
                if (route->metric < list->routes[i].metric)
                        list->routes[i] = *route;
                return 0;
        }
        grown = reallocarray(list->routes, list->n + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        list->routes = grown;
        list->routes[list->n++] = *route;
        return 0;
}

static void list_sort(struct route_list *list)
{
        if (list->n > 1) /* qsort() takes no NULL, not even for nothing */
                qsort(list->routes, list->n, sizeof(*list->routes), compare_routes);
}

/* The unicast routes of the main table over the pod's interface. */
static int collect_routes(const struct netstate *state, const struct ns_link *nic,
                          const struct podnet *net, struct route_list *on_link,
                          struct route_list *by_gateway, struct notes *notes)
{
        for (size_t i = 0; i < state->n_routes; i++) {
                const struct ns_route *route = &state->routes[i];
                struct podnet_route found = { .dst = route->dst, .metric = route->metric };
                char text[IP_PREFIX_TEXT_LEN];
                int r;

                if (route->table != RT_TABLE_MAIN || route_device(state, route) != nic->ifindex)
                        continue;
                if (route->type != RTN_UNICAST)
                        continue;
                if (route->family == AF_INET6 && (IN6_IS_ADDR_LINKLOCAL(&route->dst.addr.v6) ||
                                                  IN6_IS_ADDR_MULTICAST(&route->dst.addr.v6)))
                        continue; /* the guest's kernel makes these */
                found.gateway = route_gateway(state, route);
                if (found.gateway.family != AF_UNSPEC && found.gateway.family != route->family) {
                        notes_add(notes,
                                  "the route to %s has a gateway of the other family, which DHCP "
                                  "cannot tell; the guest does not get it",
                                  ip_prefix_format(&route->dst, text));
                        continue;
                }
                if (route->n_hops > 1)
                        notes_add(notes,
                                  "the route to %s has %u next hops; the guest gets the first",
                                  ip_prefix_format(&route->dst, text), route->n_hops);
                if (found.gateway.family == AF_UNSPEC && is_own_prefix(net, &found))
                        continue;
                r = list_add(found.gateway.family == AF_UNSPEC ? on_link : by_gateway, &found);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int identity_routes(const struct netstate *state, const struct ns_link *nic,
                           struct podnet *net, struct notes *notes)
{
        struct route_list on_link = { 0 }, by_gateway = { 0 };
        int r = collect_routes(state, nic, net, &on_link, &by_gateway, notes);

        list_sort(&on_link);
        list_sort(&by_gateway);
        for (size_t i = 0; r == 0 && i < on_link.n; i++)
                r = podnet_add_route(net, &on_link.routes[i]);
        /* A gateway that nothing makes reachable (onlink, /32) needs a host route before it. */
        for (size_t i = 0; r == 0 && i < by_gateway.n; i++) {
                struct podnet_route host = { .dst.addr = by_gateway.routes[i].gateway };

                host.dst.len = host.dst.addr.family == AF_INET ? 32 : 128;
                if (!is_reachable(net, &host.dst.addr))
                        r = podnet_add_route(net, &host);
        }
        for (size_t i = 0; r == 0 && i < by_gateway.n; i++)
                r = podnet_add_route(net, &by_gateway.routes[i]);
        free(on_link.routes);
        free(by_gateway.routes);
        return r;
}

static void note_other_defaults(const struct netstate *state, const struct ns_link *nic,
                                struct notes *notes)
{
        for (size_t i = 0; i < state->n_routes; i++) {
                const struct ns_route *route = &state->routes[i];
                int device = route_device(state, route);
                struct ns_link *link = netstate_link_by_index(state, device);

                if (is_default_route(route, route->family) && link && device != nic->ifindex)
                        notes_add(notes,
                                  "'%s' has a default route too; the guest gets that of '%s' only",
                                  link->name, nic->name);
        }
        if (state->n_policy_rules > 0)
                notes_add(notes, "the pod has %u policy routing rules; the guest does not get them",
                          state->n_policy_rules);
}

static int identity_dns(const struct resolvconf *dns, struct podnet *net)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < dns->n_nameservers; i++)
                r = podnet_add_nameserver(net, &dns->nameservers[i]);
        for (size_t i = 0; r == 0 && i < dns->n_searches; i++)
                r = podnet_add_search(net, dns->searches[i]);
        return r;
}

int graft_identity(const struct netstate *state, const struct ns_link *nic,
                   const struct netsetup_conf *conf, const struct resolvconf *dns,
                   struct podnet **ret, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = podnet_new();
        char server[32];

        if (!net)
                return error_set(err, -ENOMEM, "out of memory");
        strcpy(net->interface, nic->name);
        name_links(net);
        memcpy(net->mac, conf->has_mac ? conf->mac : nic->mac, MAC_LEN);
        derive_mac(nic->mac, "bridge", net->server_mac);
        net->mtu_bytes = conf->mtu_bytes ? conf->mtu_bytes : nic->mtu_bytes;
        if (net->mtu_bytes > nic->mtu_bytes)
                notes_add(notes,
                          "MTU %u is more than the %u of '%s': larger frames will be lost on it",
                          net->mtu_bytes, nic->mtu_bytes, nic->name);
        net->queues = conf->queues ? conf->queues : 1;
        snprintf(server, sizeof(server), "169.254.75.1%u", net->index);
        if (inet_pton(AF_INET, server, &net->server_ip) != 1)
                inet_pton(AF_INET, "169.254.75.10", &net->server_ip);
        if (conf->hostname && strlen(conf->hostname) < sizeof(net->hostname))
                strcpy(net->hostname, conf->hostname);
        if (identity_addresses(state, nic, net) < 0 ||
            identity_routes(state, nic, net, notes) < 0 || identity_dns(dns, net) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        note_other_defaults(state, nic, notes);
        if (net->n_addresses == 0)
                notes_add(notes, "'%s' has no address: the guest will be served none", nic->name);
        *ret = take_ptr(net);
        return 0;
}

/* --- the target --- */

static struct ns_link *target_link(struct netstate *target, const char *name, const char *kind,
                                   const struct podnet *net, const char *alias)
{
        struct ns_link *link = netstate_add_link(target);

        if (!link)
                return NULL;
        strcpy(link->name, name);
        strcpy(link->kind, kind);
        snprintf(link->alias, sizeof(link->alias), "%s", alias);
        link->mtu_bytes = net->mtu_bytes;
        link->flags = IFF_UP;
        link->addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
        return link;
}

/* The pod's addresses go; what depends on them the kernel takes along. */
static void strip_addresses(struct netstate *target, int ifindex)
{
        size_t kept = 0;

        for (size_t i = 0; i < target->n_addrs; i++) {
                if (target->addrs[i].ifindex == ifindex)
                        free(target->addrs[i].raw.data);
                else
                        target->addrs[kept++] = target->addrs[i];
        }
        target->n_addrs = kept;
}

int graft_target(const struct netstate *original, const struct podnet *net,
                 const struct netsetup_conf *conf, struct netstate **ret, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *target = netstate_copy(original);
        struct ns_link *nic, *bridge, *tap;
        char alias[256];

        if (!target)
                return error_set(err, -ENOMEM, "out of memory");
        nic = netstate_link_by_name(target, net->interface);
        if (!nic)
                return error_set(err, -ENODEV, "the original state has no interface '%s'",
                                 net->interface);
        graft_alias(net, nic->mac, alias);
        strip_addresses(target, nic->ifindex);
        derive_mac(nic->mac, "nic", nic->mac);
        strcpy(nic->name, net->nic);
        strcpy(nic->alias, alias);
        strcpy(nic->master_name, net->bridge);
        nic->port.learning = false;
        nic->addr_gen_mode = nic->addr_gen_mode < 0 ? -1 : IN6_ADDR_GEN_MODE_NONE;
        nic->flags |= IFF_UP;

        bridge = target_link(target, net->bridge, "bridge", net, alias);
        tap = bridge ? target_link(target, net->tap, "tun", net, alias) : NULL;
        if (!tap)
                return error_set(err, -ENOMEM, "out of memory");
        bridge = netstate_link_by_name(target, net->bridge); /* the array may have moved */
        memcpy(bridge->mac, net->server_mac, MAC_LEN);
        bridge->mac_len = MAC_LEN;
        /* A bridge is as wide as its narrowest port, whatever it is told. */
        nic = netstate_link_by_name(target, net->nic);
        if (nic->mtu_bytes < bridge->mtu_bytes)
                bridge->mtu_bytes = nic->mtu_bytes;
        tap->tun.is_tap = true;
        tap->tun.persist = true;
        tap->tun.multi_queue = net->queues > 1;
        tap->tun.has_owner = tap->tun.has_group = conf->has_tap_owner;
        tap->tun.owner = conf->tap_uid;
        tap->tun.group = conf->tap_gid;
        tap->port.learning = true;
        strcpy(tap->master_name, net->bridge);
        *ret = take_ptr(target);
        return 0;
}
