/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp_fixture.h - what the unit tests of dhcp/ share
 */
#pragma once

#include <arpa/inet.h>

#include "dhcp/conf.h"
#include "dhcp/dhcp4_message.h"
#include "podgraft/dhcp.h"
#include "tests/unit/unit.h"

static const uint8_t guest_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 7 };

static inline struct in_addr ip(const char *text)
{
        struct in_addr addr;

        ck_assert_int_eq(inet_pton(AF_INET, text, &addr), 1);
        return addr;
}

static inline struct in6_addr ip6(const char *text)
{
        struct in6_addr addr;

        ck_assert_int_eq(inet_pton(AF_INET6, text, &addr), 1);
        return addr;
}

/* A copy on the heap of exactly @len bytes, so that a sanitizer sees every overread. */
static inline uint8_t *exact_copy(const void *data, size_t len)
{
        uint8_t *copy = malloc(len ? len : 1);

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, data, len);
        return copy;
}

static inline void add_address(struct podnet *net, const char *text)
{
        struct ip_prefix prefix;

        ck_assert_int_eq(ip_prefix_parse(text, &prefix), 0);
        ck_assert_int_eq(podnet_add_address(net, &prefix), 0);
}

static inline void add_route(struct podnet *net, const char *dst, const char *gateway)
{
        struct podnet_route route = { 0 };

        ck_assert_int_eq(ip_prefix_parse(dst, &route.dst), 0);
        if (gateway)
                ck_assert_int_eq(ip_addr_parse(gateway, &route.gateway), 0);
        ck_assert_int_eq(podnet_add_route(net, &route), 0);
}

static inline void add_nameserver(struct podnet *net, const char *text)
{
        struct ip_addr addr;

        ck_assert_int_eq(ip_addr_parse(text, &addr), 0);
        ck_assert_int_eq(podnet_add_nameserver(net, &addr), 0);
}

/* A pod without routes, nameservers and search domains. */
static inline struct podnet *bare_net(const char *address)
{
        struct podnet *net = podnet_new();
        struct ip_prefix prefix;

        ck_assert_ptr_nonnull(net);
        strcpy(net->tap, "tap0");
        memcpy(net->mac, guest_mac, MAC_LEN);
        memcpy(net->server_mac, "\2\0\0\0\0\1", MAC_LEN);
        net->server_ip = ip("169.254.75.10");
        net->mtu_bytes = 1450;
        ck_assert_int_eq(ip_prefix_parse(address, &prefix), 0);
        ck_assert_int_eq(podnet_add_address(net, &prefix), 0);
        return net;
}

static inline struct podnet *fixture_net(void)
{
        struct podnet *net = bare_net("10.244.1.7/24");

        strcpy(net->hostname, "vm");
        add_route(net, "0.0.0.0/0", "10.244.1.1");
        add_nameserver(net, "10.96.0.10");
        podnet_add_search(net, "svc.cluster.local");
        podnet_add_search(net, "default.svc.cluster.local");
        return net;
}

/* The lease of @net, which is freed; @options end with NULL, or are none at all. */
static inline struct dhcp_conf conf_of(struct podnet *net, const char *const *options)
{
        struct dhcp_conf conf;
        struct error err = ERROR_INIT;
        size_t n = 0;

        while (options && options[n])
                n++;
        assert_ok(dhcp_conf_from_podnet(net, options, n, &conf, NULL, &err), err);
        podnet_free(net);
        return conf;
}

static inline struct dhcp_conf fixture_conf(void)
{
        return conf_of(fixture_net(), NULL);
}

struct message {
        uint8_t data[1400];
        struct writer w;
};

static inline void message_begin(struct message *m, const char *ciaddr)
{
        struct in_addr addr = ip(ciaddr);

        m->w = writer_init(m->data, sizeof(m->data));
        write_u8(&m->w, BOOTP_REQUEST);
        write_u8(&m->w, BOOTP_HTYPE_ETHERNET);
        write_u8(&m->w, MAC_LEN);
        write_u8(&m->w, 0);
        write_u32(&m->w, 0x12345678);
        write_u32(&m->w, 0); /* secs, flags */
        write_bytes(&m->w, &addr, 4);
        write_zeros(&m->w, 12);
        write_bytes(&m->w, guest_mac, MAC_LEN);
        write_zeros(&m->w, 10 + 64 + 128); /* the rest of chaddr, sname, file */
        write_u32(&m->w, DHCP4_COOKIE);
}

static inline enum dhcp4_flaw message_parse(struct message *m, struct dhcp4_request *ret)
{
        enum dhcp4_flaw r;
        uint8_t *copy;

        write_u8(&m->w, DHCP4_OPT_END);
        ck_assert_int_gt(writer_finish(&m->w), 0);
        copy = exact_copy(m->data, m->w.len);
        r = dhcp4_request_parse(copy, m->w.len, ret);
        free(copy);
        return r;
}
