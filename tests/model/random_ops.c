/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * random_ops.c - the generator; links and addresses; pods as the field makes them, and meddling
 */

#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include "tests/model/random_internal.h"

struct random random_start(uint64_t seed)
{
        struct random rnd = { (seed + 1) * 0x9e3779b97f4a7c15u };

        random_below(&rnd, 2);
        return rnd;
}

uint32_t random_below(struct random *rnd, uint32_t n)
{
        uint64_t x = rnd->state;

        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        rnd->state = x;
        return (uint32_t)((x * 0x2545f4914f6cdd1du >> 33) % n);
}

void add_op(struct plan *plan, const struct plan_op *op)
{
        if (plan_add(plan, op) < 0)
                abort();
}

struct ip_addr address(const char *text)
{
        struct ip_addr addr = { 0 };

        if (text && ip_addr_parse(text, &addr) < 0)
                abort();
        return addr;
}

/* --- links --- */

static const char *const pod_links[] = { "eth0", "net1", "net2" };
static const char *const all_links[] = { "eth0", "eth0-nic", "k6t-eth0", "tap0", "net1",
                                         "net2", "br0",      "tap9",     "eth0" };

static const char *const unmarked_links[] = { "eth0-nic", "net1", "net2", "br0" };

static void link_op(struct plan *plan, enum plan_op_type type, const char *name,
                    const struct ns_link *wanted)
{
        struct plan_op op = { .type = type };

        if (wanted)
                op.link = *wanted;
        strcpy(op.ifname, name);
        add_op(plan, &op);
}

void random_mac(struct random *rnd, uint8_t mac[MAC_LEN])
{
        mac[0] = 0x0a;
        for (int i = 1; i < MAC_LEN; i++)
                mac[i] = (uint8_t)random_below(rnd, 256);
}

static void random_new_link(struct random *rnd, struct plan *plan)
{
        struct ns_link link = { .mac_len = MAC_LEN };
        bool is_tap = random_percent(rnd, 50);

        strcpy(link.name, is_tap ? "tap9" : "br0");
        strcpy(link.kind, is_tap ? "tun" : "bridge");
        link.mtu_bytes = random_percent(rnd, 50) ? 1500 : 1400;
        random_mac(rnd, link.mac);
        link.tun.is_tap = link.tun.persist = is_tap;
        link.tun.multi_queue = random_percent(rnd, 20);
        link.tun.has_owner = random_percent(rnd, 30);
        link.tun.owner = 107;
        link.br.mcast_snooping = random_percent(rnd, 50);
        link_op(plan, is_tap ? PLAN_TAP_ADD : PLAN_LINK_ADD, link.name, &link);
        link_op(plan, PLAN_LINK_SET_IP, link.name,
                &(struct ns_link){ .addr_gen_mode = IN6_ADDR_GEN_MODE_NONE, .arp_ignore = -1 });
        if (random_percent(rnd, 70))
                link_op(plan, PLAN_LINK_UP, link.name, NULL);
}

static void random_link_change(struct random *rnd, struct plan *plan, const char *name)
{
        static const uint32_t mtus[] = { 1280, 1400, 1450, 1500, 9000, 1000 };
        static const char *const masters[] = { "", "", "k6t-eth0", "br0" };
        struct ns_link link = { .mac_len = MAC_LEN };

        switch (random_below(rnd, 7)) {
        case 0:
                link.mtu_bytes = PICK(rnd, mtus);
                link_op(plan, PLAN_LINK_SET_MTU, name, &link);
                break;
        case 1:
                random_mac(rnd, link.mac);
                link_op(plan, PLAN_LINK_SET_MAC, name, &link);
                break;
        case 2:
                strcpy(link.master_name, PICK(rnd, masters));
                link_op(plan, PLAN_LINK_SET_MASTER, name, &link);
                break;
        case 3:
                link.port.learning = random_percent(rnd, 50);
                link_op(plan, PLAN_LINK_SET_LEARNING, name, &link);
                break;
        case 4:
                link.addr_gen_mode =
                        random_percent(rnd, 50) ? IN6_ADDR_GEN_MODE_NONE : IN6_ADDR_GEN_MODE_EUI64;
                link.arp_ignore = random_percent(rnd, 50) ? 0 : -1;
                link_op(plan, PLAN_LINK_SET_IP, name, &link);
                break;
        case 5:
                /* Whoever takes podgraft's mark off its bridge makes the bridge his own. */
                strcpy(link.alias, random_percent(rnd, 50) ? "somebody's" : "");
                link_op(plan, PLAN_LINK_SET_ALIAS, PICK(rnd, unmarked_links), &link);
                break;
        case 6:
                link.br.mcast_snooping = random_percent(rnd, 50);
                link_op(plan, PLAN_LINK_SET_BRIDGE, name, &link);
                break;
        }
}

/* --- addresses --- */

struct ip_addr random_host(struct random *rnd, int family)
{
        char text[32];

        if (family == AF_INET)
                snprintf(text, sizeof(text), "10.1.%u.%u", random_below(rnd, 3),
                         1 + random_below(rnd, 4));
        else if (random_percent(rnd, 10))
                snprintf(text, sizeof(text), "fe80::%u", 1 + random_below(rnd, 3));
        else
                snprintf(text, sizeof(text), "fd00:%u::%u", 1 + random_below(rnd, 2),
                         1 + random_below(rnd, 4));
        return address(text);
}

static void random_lifetime(struct random *rnd, struct ns_addr *addr)
{
        addr->preferred_sec = addr->valid_sec = UINT32_MAX;
        if (random_percent(rnd, 75))
                return;
        addr->valid_sec = 500 + random_below(rnd, 1000);
        /* Not so little that it ends while a test looks. */
        addr->preferred_sec =
                random_percent(rnd, 20) ? 0 : 300 + random_below(rnd, addr->valid_sec - 300);
}

/* Another network than the others', whose scope the kernel would not mix with it. */
static void of_link_scope(struct random *rnd, struct ns_addr *addr)
{
        char text[32];

        snprintf(text, sizeof(text), "169.254.7.%u", 1 + random_below(rnd, 3));
        addr->prefix.addr = address(text);
        addr->peer = (struct ip_addr){ 0 };
        addr->scope = RT_SCOPE_LINK;
}

static void random_address(struct random *rnd, struct plan *plan, const char *name)
{
        static const uint8_t lens4[] = { 24, 24, 24, 16, 32, 29 },
                             lens6[] = { 64, 64, 64, 128, 80 };
        static const char *const labels[] = { "", "", "eth0:1", "eth0:web", "eth0" };
        int family = random_percent(rnd, 60) ? AF_INET : AF_INET6;
        struct plan_op op = { .type = PLAN_ADDR_ADD };

        strcpy(op.ifname, name);
        op.addr.prefix.addr = random_host(rnd, family);
        op.addr.prefix.len = family == AF_INET ? PICK(rnd, lens4) : PICK(rnd, lens6);
        random_lifetime(rnd, &op.addr);
        if (random_percent(rnd, 8))
                op.addr.flags |= IFA_F_NOPREFIXROUTE;
        if (random_percent(rnd, 5)) {
                op.addr.peer = random_host(rnd, family);
                if (ip_addr_equal(&op.addr.peer, &op.addr.prefix.addr))
                        op.addr.peer = (struct ip_addr){ 0 };
        }
        if (family == AF_INET) {
                if (random_percent(rnd, 15))
                        of_link_scope(rnd, &op.addr);
                strcpy(op.addr.label, PICK(rnd, labels));
        } else if (random_percent(rnd, 40)) {
                op.addr.flags |= IFA_F_NODAD;
        }
        add_op(plan, &op);
}

static void random_address_delete(struct random *rnd, struct plan *plan, const char *name)
{
        int family = random_percent(rnd, 60) ? AF_INET : AF_INET6;
        struct plan_op op = { .type = PLAN_ADDR_DEL };

        strcpy(op.ifname, name);
        op.addr.prefix.addr = random_host(rnd, family);
        op.addr.prefix.len = family == AF_INET ? 24 : 64;
        add_op(plan, &op);
}

/* --- routes --- */

static void route_op(struct plan *plan, enum plan_op_type type, const struct ns_route *route)
{
        struct plan_op op = { .type = type, .route = *route };

        add_op(plan, &op);
}

/* As the CNI's ptp plugin does with that of the pod's address. */
static void random_connected_delete(struct random *rnd, struct plan *plan)
{
        struct ns_route route = { .family = random_percent(rnd, 60) ? AF_INET : AF_INET6,
                                  .table = RT_TABLE_MAIN,
                                  .type = RTN_UNICAST,
                                  .protocol = RTPROT_KERNEL,
                                  .ifindex = random_device(rnd) };
        char text[32];

        if (route.family == AF_INET)
                snprintf(text, sizeof(text), "10.1.%u.0/24", random_below(rnd, 3));
        else
                snprintf(text, sizeof(text), "fd00:%u::/64", 1 + random_below(rnd, 2));
        if (ip_prefix_parse(text, &route.dst) < 0)
                abort();
        route.scope = route.family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
        route_op(plan, PLAN_ROUTE_DEL, &route);
}

/* --- pods --- */

static void give_address(struct plan *plan, const char *text, uint32_t flags)
{
        struct plan_op op = { .type = PLAN_ADDR_ADD, .ifname = "eth0" };

        if (ip_prefix_parse(text, &op.addr.prefix) < 0)
                abort();
        op.addr.flags = flags;
        op.addr.preferred_sec = op.addr.valid_sec = UINT32_MAX;
        add_op(plan, &op);
}

static void give_route(struct plan *plan, const char *dst, const char *gateway, const char *src,
                       uint32_t flags)
{
        struct ns_route route = { .table = RT_TABLE_MAIN,
                                  .type = RTN_UNICAST,
                                  .protocol = RTPROT_BOOT,
                                  .ifindex = POD_IFINDEX,
                                  .gateway = address(gateway),
                                  .prefsrc = address(src),
                                  .flags = flags };

        if (ip_prefix_parse(dst, &route.dst) < 0)
                abort();
        route.family = route.dst.addr.family;
        if (!gateway && route.family == AF_INET)
                route.scope = RT_SCOPE_LINK;
        route_op(plan, PLAN_ROUTE_ADD, &route);
}

static void delete_route(struct plan *plan, const char *dst)
{
        struct ns_route route = { .table = RT_TABLE_MAIN,
                                  .type = RTN_UNICAST,
                                  .protocol = RTPROT_KERNEL,
                                  .scope = RT_SCOPE_LINK,
                                  .family = AF_INET,
                                  .ifindex = POD_IFINDEX };

        if (ip_prefix_parse(dst, &route.dst) < 0)
                abort();
        route_op(plan, PLAN_ROUTE_DEL, &route);
}

/* What the field's plugins make; the rest of a pod is random. */
static void known_shape(struct random *rnd, struct plan *plan)
{
        switch (random_below(rnd, 7)) {
        case 0: /* flannel, bridge */
                give_address(plan, "10.1.0.1/24", 0);
                give_route(plan, "0.0.0.0/0", "10.1.0.5", NULL, 0);
                give_route(plan, "10.96.0.0/12", "10.1.0.5", NULL, 0);
                break;
        case 1: /* Calico */
                give_address(plan, "10.1.0.1/32", 0);
                give_route(plan, "169.254.1.1/32", NULL, NULL, 0);
                give_route(plan, "0.0.0.0/0", "169.254.1.1", NULL, 0);
                break;
        case 2: /* Cilium */
                give_address(plan, "10.1.0.1/32", 0);
                give_route(plan, "10.9.0.1/32", NULL, NULL, 0);
                give_route(plan, "0.0.0.0/0", "10.9.0.1", NULL, 0);
                give_address(plan, "fd00:1::1/128", IFA_F_NODAD);
                give_route(plan, "fd00:2::5/128", NULL, NULL, 0);
                give_route(plan, "::/0", "fd00:2::5", NULL, 0);
                break;
        case 3: /* ptp */
                give_address(plan, "10.1.0.1/24", 0);
                delete_route(plan, "10.1.0.0/24");
                give_route(plan, "10.1.0.5/32", NULL, "10.1.0.1", 0);
                give_route(plan, "10.1.0.0/24", "10.1.0.5", "10.1.0.1", 0);
                give_route(plan, "0.0.0.0/0", "10.1.0.5", NULL, 0);
                break;
        case 4: /* dual stack */
                give_address(plan, "10.1.0.1/24", 0);
                give_address(plan, "fd00:1::1/64", 0);
                give_route(plan, "0.0.0.0/0", "10.1.0.5", NULL, 0);
                give_route(plan, "::/0", "fd00:1::5", "fd00:1::1", 0);
                break;
        case 5: /* on-link */
                give_address(plan, "10.1.0.1/32", 0);
                give_route(plan, "0.0.0.0/0", "10.9.0.1", NULL, RTNH_F_ONLINK);
                break;
        case 6: /* IPv6 only */
                give_address(plan, "fd00:1::1/64", IFA_F_NODAD);
                give_route(plan, "::/0", "fe80::99", NULL, 0);
                break;
        }
}

/* One thing more about a pod's network that is no change of its links. */
static void random_detail(struct random *rnd, struct plan *plan, const char *name)
{
        unsigned kind = random_below(rnd, 100);
        struct ns_route route;

        if (kind < 35) {
                random_address(rnd, plan, name);
        } else if (kind < 42) {
                random_address_delete(rnd, plan, name);
        } else if (kind < 75) {
                route = random_route(rnd);
                route_op(plan, PLAN_ROUTE_ADD, &route);
        } else if (kind < 80) {
                route = random_route(rnd);
                route_op(plan, PLAN_ROUTE_DEL, &route);
        } else if (kind < 84) {
                random_connected_delete(rnd, plan);
        } else if (kind < 93) {
                random_nexthop(rnd, plan);
        } else {
                random_neighbour(rnd, plan);
        }
}

void random_pod(struct random *rnd, struct plan *plan)
{
        unsigned n_links = 1 + random_below(rnd, POD_LINKS);
        struct ns_link mode = { .addr_gen_mode = IN6_ADDR_GEN_MODE_NONE, .arp_ignore = -1 };

        for (unsigned i = 0; i < n_links; i++) {
                if (random_percent(rnd, 30))
                        link_op(plan, PLAN_LINK_SET_IP, pod_links[i], &mode);
                if (i == 0 || random_percent(rnd, 80))
                        link_op(plan, PLAN_LINK_UP, pod_links[i], NULL);
        }
        if (random_percent(rnd, 80))
                known_shape(rnd, plan);
        for (unsigned n = random_below(rnd, 14); n > 0; n--)
                random_detail(rnd, plan, pod_links[random_below(rnd, n_links)]);
}

void random_meddling(struct random *rnd, struct plan *plan)
{
        const char *name = PICK(rnd, all_links);
        unsigned kind = random_below(rnd, 100);
        struct plan_op op = { .type = PLAN_LINK_RENAME };

        if (kind < 50) {
                random_detail(rnd, plan, name);
        } else if (kind < 70) {
                random_link_change(rnd, plan, name);
        } else if (kind < 85) {
                link_op(plan, random_percent(rnd, 50) ? PLAN_LINK_DOWN : PLAN_LINK_UP, name, NULL);
        } else if (kind < 90) {
                link_op(plan, PLAN_LINK_DEL, name, NULL);
        } else if (kind < 95) {
                random_new_link(rnd, plan);
        } else {
                strcpy(op.ifname, name);
                strcpy(op.new_name, random_percent(rnd, 50) ? "other0" : "other-name1234");
                add_op(plan, &op);
        }
}
