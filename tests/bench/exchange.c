/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exchange.c N: N DHCP exchanges (DISCOVER, OFFER, REQUEST, ACK), for callgrind to count
 *
 * Through the responder as it is, from frame to frame; only the socket is a pretence.
 */
#include "dhcp/frame.h"
#include "dhcp/responder.h"
#include "podgraft/log.h"
#include "tests/unit/dhcp_fixture.h"

static unsigned n_sent;

static int count_sent(struct transport *t, const void *frame, size_t len)
{
        (void)t;
        (void)frame;
        n_sent += len > 0;
        return 0;
}

static size_t request(const struct dhcp_conf *conf, uint8_t type, uint8_t *ret, size_t size)
{
        struct message m;
        int len;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, type);
        if (type == DHCP4_REQUEST) {
                write_option_addr(&m.w, DHCP4_OPT_SERVER_ID, conf->server_ip);
                write_option_addr(&m.w, DHCP4_OPT_REQUESTED_ADDRESS, conf->address);
        }
        write_u8(&m.w, DHCP4_OPT_END);
        len = frame_write_udp(ret, size, guest_mac, (const uint8_t *)"\xff\xff\xff\xff\xff\xff",
                              ip("0.0.0.0"), ip("255.255.255.255"), 68, 67, m.data, m.w.len);
        return len > 0 ? (size_t)len : 0;
}

static unsigned n_exchanges;

/* A test only because the fixture's functions want to run in one. */
START_TEST(exchange)
{
        static struct dhcp_conf conf;
        static struct dhcp_shared shared;
        static struct transport transport = { .send = count_sent };
        static uint8_t discover[1600], select[1600];
        struct responder r = { .conf = &conf, .shared = &shared, .transport = &transport };
        const struct transport_info info = { 0 };
        size_t discover_len, select_len;

        conf = fixture_conf();
        discover_len = request(&conf, DHCP4_DISCOVER, discover, sizeof(discover));
        select_len = request(&conf, DHCP4_REQUEST, select, sizeof(select));
        for (unsigned i = 0; i < n_exchanges; i++) {
                responder_handle(&r, discover, discover_len, &info);
                responder_handle(&r, select, select_len, &info);
        }
        ck_assert_uint_eq(n_sent, 2 * n_exchanges);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, exchange);
}

int main(int argc, char **argv)
{
        n_exchanges = argc == 2 ? (unsigned)atoi(argv[1]) : 1;
        setenv("CK_FORK", "no", 1);
        log_setup("exchange", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT, -1);
        return unit_main("exchange", add_tests);
}
