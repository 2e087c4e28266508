/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_conf.h - a responder's configuration from the first bytes of a fuzzer's input
 *
 * Any that podgraft would make; its contents are counted up, so that a few bytes choose
 * among sizes, which is what matters.
 */
#pragma once

#include <arpa/inet.h>

#include "dhcp/cursor.h"
#include "podgraft/dhcp.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t fuzz_guest_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 7 };
static const uint8_t fuzz_server_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 1 };

static inline void net_add_searches(struct podnet *net, uint8_t n, uint8_t label_len)
{
        for (unsigned i = 0; i < n; i++) {
                char domain[PODNET_DOMAIN_LEN];
                int at = sprintf(domain, "d%u", i / 2);

                memset(domain + at, 'x', label_len % 60);
                at += label_len % 60;
                strcpy(domain + at, i % 2 ? ".svc.cluster.local" : ".example");
                must(podnet_add_search(net, domain) == 0);
        }
}

static inline struct ip_addr v4(uint32_t addr)
{
        return (struct ip_addr){ .family = AF_INET, .v4 = { htonl(addr) } };
}

static inline void net_add_routes(struct podnet *net, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                struct podnet_route route = { .dst = { v4(0x0a000000 | i << 8), 24 } };

                if (i + 1 == n)
                        route.dst = (struct ip_prefix){ v4(0), 0 };
                if (i % 3)
                        route.gateway = v4(0x0af40101);
                must(podnet_add_route(net, &route) == 0);
        }
}

/* The first is the gateway; the last of three has the guest's own address, which is not answered.
 */
static inline void net_add_neighbours(struct podnet *net, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                struct podnet_neighbour neighbour = { .addr = v4(0x0af40101 + i * 3),
                                                      .mac = { 0xee, 0, 0, 0, 0, (uint8_t)i } };

                must(podnet_add_neighbour(net, &neighbour) == 0);
        }
}

/* @n options of the user's, for everybody or iPXE, of lengths that differ. */
static inline void fuzz_lease(const struct podnet *net, unsigned n, struct dhcp_conf *ret)
{
        static char texts[16][128];
        const char *options[16];

        for (unsigned i = 0; i < n; i++) {
                int at = sprintf(texts[i], "%s%u=text:", i % 3 == 2 ? "ipxe:" : "",
                                 i % 3 == 2 ? 223 + i : 224 + i);

                memset(texts[i] + at, 'a' + (int)i, 1 + i * 7);
                texts[i][at + 1 + (int)i * 7] = '\0';
                options[i] = texts[i];
        }
        must(dhcp_conf_from_podnet(net, options, n, ret, NULL, NULL) == 0);
}

/*
 * Seven bytes: mtu (2), prefix length and whether there is IPv6, routes, name servers and the
 * user's options, search domains and fixed neighbours, flags.
 * @ret_net: who the pod is; to be freed. May be NULL
 */
static inline void fuzz_conf(struct reader *r, struct dhcp_conf *ret, struct podnet **ret_net)
{
        struct podnet *net = podnet_new();
        struct ip_prefix address = { v4(0x0af40107), 0 }; /* 10.244.1.7 */
        uint8_t n, searches, flags;

        must(net);
        strcpy(net->tap, "tap0");
        memcpy(net->mac, fuzz_guest_mac, MAC_LEN);
        memcpy(net->server_mac, fuzz_server_mac, MAC_LEN);
        net->server_ip.s_addr = htonl(0xa9fe4b0a); /* 169.254.75.10 */
        net->mtu_bytes = reader_u16(r);
        n = reader_u8(r);
        address.len = (n & 0x7f) % 33;
        must(podnet_add_address(net, &address) == 0);
        if (n & 0x80) {
                must(ip_prefix_parse("fd00:1::7/64", &address) == 0);
                must(podnet_add_address(net, &address) == 0);
        }
        net_add_routes(net, reader_u8(r) % (DHCP_MAX_ROUTES + 1));
        n = reader_u8(r);
        for (unsigned i = 0; i < n % (DHCP_MAX_DNS + 1); i++) {
                struct ip_addr server = v4(0x0a60000a + i);

                must(podnet_add_nameserver(net, &server) == 0);
        }
        searches = reader_u8(r);
        net_add_neighbours(net, searches / 64);
        searches %= 64;
        flags = reader_u8(r);
        net_add_searches(net, searches, flags);
        if (flags & 0x80)
                strcpy(net->hostname, "vm");
        fuzz_lease(net, n / (DHCP_MAX_DNS + 1), ret);
        ret->lease_sec = flags & 0x40 ? 3600 : DHCP_LEASE_INFINITE;
        if (ret_net)
                *ret_net = net;
        else
                podnet_free(net);
}
