/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp_fixture.h - what the unit tests of dhcp/ share
 */
#pragma once

#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp/dhcp4_message.h"
#include "podgraft/dhcp.h"

static const uint8_t guest_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 7 };

static inline struct in_addr ip(const char *text)
{
        struct in_addr addr;

        ck_assert_int_eq(inet_pton(AF_INET, text, &addr), 1);
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

static inline struct dhcp_conf fixture_conf(void)
{
        struct dhcp_conf conf = {
                .magic = DHCP_CONF_MAGIC,
                .size = sizeof(conf),
                .tap = "tap0",
                .server_mac = { 2, 0, 0, 0, 0, 1 },
                .prefix_len = 24,
                .mtu_bytes = 1450,
                .lease_sec = DHCP_LEASE_INFINITE,
                .n_routes = 1,
                .n_dns = 1,
                .n_searches = 2,
                .searches = { "svc.cluster.local", "default.svc.cluster.local" },
                .hostname = "vm",
        };

        memcpy(conf.guest_mac, guest_mac, MAC_LEN);
        conf.server_ip = ip("169.254.75.10");
        conf.address = ip("10.244.1.7");
        conf.routes[0] = (struct dhcp4_route){ ip("0.0.0.0"), 0, ip("10.244.1.1") };
        conf.dns[0] = ip("10.96.0.10");
        return conf;
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

static inline int message_parse(struct message *m, struct dhcp4_request *ret)
{
        uint8_t *copy;
        int r;

        write_u8(&m->w, DHCP4_OPT_END);
        ck_assert_int_gt(writer_finish(&m->w), 0);
        copy = exact_copy(m->data, m->w.len);
        r = dhcp4_request_parse(copy, m->w.len, ret);
        free(copy);
        return r;
}

/* The next option of a message of ours; NULL at the end. A broken one fails the test. */
static inline const uint8_t *next_option(struct reader *r, uint8_t *ret_code, uint8_t *ret_len)
{
        const uint8_t *value;

        do
                *ret_code = reader_u8(r);
        while (*ret_code == DHCP4_OPT_PAD && !r->failed);
        ck_assert(!r->failed);
        if (*ret_code == DHCP4_OPT_END)
                return NULL;
        *ret_len = reader_u8(r);
        value = reader_take(r, *ret_len);
        ck_assert_ptr_nonnull(value);
        return value;
}

static inline int fixture_main(const char *name, void (*add)(TCase *tc))
{
        Suite *suite = suite_create(name);
        TCase *tc = tcase_create(name);
        SRunner *runner;
        int failed;

        add(tc);
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
