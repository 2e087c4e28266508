/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_drops6.c - DHCPv6 from frame to frame: every reason to drop one, each with its counter; what
 * is sent, and what becomes of the lease
 */
#include "dhcp/frame.h"
#include "dhcp/responder.h"
#include "tests/unit/dhcp6_fixture.h"
#include "tests/unit/frame_fake.h"

static const uint8_t all_servers_mac[MAC_LEN] = { 0x33, 0x33, 0, 1, 0, 2 };

static struct dhcp_conf conf;
static struct dhcp_shared shared;

static struct fake fake = { .transport.send = fake_send };

static void setup(void)
{
        conf = dual_conf();
        memset(&shared, 0, sizeof(shared));
        fake.fail = 0;
}

struct packet {
        const uint8_t *mac;
        const char *src, *dst;
        uint16_t src_port, dst_port;
};

#define GUEST "fe80::a8bb:ccff:fe00:7"

static const struct packet usual = { guest_mac, GUEST, "ff02::1:2", 546, 547 };

static void deliver(const struct packet *p, const struct message6 *m)
{
        struct transport_info info = { 0 };
        struct responder r = { .conf = &conf, .shared = &shared, .transport = &fake.transport };
        struct in6_addr src = ip6(p->src), dst = ip6(p->dst);
        uint8_t buf[2048], *exact;
        int len = frame_write_udp6(buf, sizeof(buf), p->mac, all_servers_mac, &src, &dst,
                                   p->src_port, p->dst_port, m->data, m->w.len);

        ck_assert_int_gt(len, 0);
        exact = exact_copy(buf, (size_t)len);
        fake.sent_len = 0;
        responder_handle(&r, exact, (size_t)len, &info);
        free(exact);
}

static void complete(struct message6 *m, uint8_t type)
{
        message6(m, type);
        if (type != DHCP6_INFORMATION_REQUEST)
                add_ia(m, DHCP6_OPT_IA_NA, "one1", type == DHCP6_SOLICIT ? "" : "fd00:1::7");
}

static void say(uint8_t type)
{
        struct message6 m;

        complete(&m, type);
        deliver(&usual, &m);
}

/* --- drops --- */

#define COUNTER(name) offsetof(struct dhcp_shared, name)

static uint64_t counter(size_t offset)
{
        uint64_t value;

        memcpy(&value, (const char *)&shared + offset, sizeof(value));
        return value;
}

/* All that were dropped, whatever for. */
static uint64_t dropped(void)
{
        static const struct {
                const char *name;
                size_t offset;
        } all[] = {
#define X(name) { #name, COUNTER(name) },
                DHCP_COUNTERS(X)
#undef X
        };
        uint64_t sum = 0;

        for (size_t i = 0; i < ARRAY_SIZE(all); i++)
                if (strncmp(all[i].name, "drop_", 5) == 0)
                        sum += counter(all[i].offset);
        return sum;
}

static const uint8_t other_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 8 };

static const struct {
        const char *name;
        struct packet packet;
        size_t counter;
} packets[] = {
        { "another MAC", { other_mac, GUEST, "ff02::1:2", 546, 547 }, COUNTER(drop_other_client) },
        { "source port 0", { guest_mac, GUEST, "ff02::1:2", 0, 547 }, COUNTER(drop_port) },
        { "to the client's port",
          { guest_mac, GUEST, "ff02::1:2", 546, 546 },
          COUNTER(drop_unknown) },
        { "from nobody", { guest_mac, "::", "ff02::1:2", 546, 547 }, COUNTER(drop_source) },
        { "from a group", { guest_mac, "ff02::1", "ff02::1:2", 546, 547 }, COUNTER(drop_source) },
        { "to another server",
          { guest_mac, GUEST, "fe80::1", 546, 547 },
          COUNTER(drop_other_server) },
        { "to all servers of the site",
          { guest_mac, GUEST, "ff05::1:3", 546, 547 },
          COUNTER(drop_other_server) },
        { "to us by unicast",
          { guest_mac, GUEST, "fe80::ff:fe00:1", 546, 547 },
          COUNTER(drop_unicast) },
};

START_TEST(test_drops6_packet_has_its_counter)
{
        struct message6 m;

        setup();
        complete(&m, DHCP6_SOLICIT);
        deliver(&packets[_i].packet, &m);
        ck_assert_msg(counter(packets[_i].counter) == 1, "%s is not counted", packets[_i].name);
        ck_assert_uint_eq(dropped(), 1);
        ck_assert_uint_eq(fake.sent_len, 0);
        /* And the guest is served as if nothing had been. */
        say(DHCP6_SOLICIT);
        ck_assert_uint_eq(dropped(), 1);
        ck_assert_uint_gt(fake.sent_len, 0);
}
END_TEST

static const struct {
        const char *name;
        uint8_t type;
        const char *bytes; /* behind the header */
        size_t len, counter;
} messages[] = {
        { "an option past the end", 1, "\0\1\0\x0aoops", 8, COUNTER(drop_options) },
        { "half an option", 1, "\0\1\0", 3, COUNTER(drop_options) },
        { "no client identifier", 1, "", 0, COUNTER(drop_client_id) },
        { "a server identifier in a solicit", 1, "\0\1\0\3\0\1a\0\2\0\3\0\1a", 14,
          COUNTER(drop_server_id) },
        { "no server identifier in a request", 3, "\0\1\0\3\0\1a", 7, COUNTER(drop_server_id) },
        { "another server's", 3, "\0\1\0\3\0\1a\0\2\0\3\0\1a", 14, COUNTER(drop_other_server) },
        { "an IA in an information-request", 11, "\0\4\0\4one1", 8, COUNTER(drop_ia) },
        { "a confirm of nothing", 4, "\0\1\0\3\0\1a", 7, COUNTER(drop_no_address) },
        { "relay-forward", 12, "", 0, COUNTER(drop_relayed) },
        { "advertise", 2, "", 0, COUNTER(drop_type) },
        { "reply", 7, "", 0, COUNTER(drop_type) },
        { "reconfigure", 10, "", 0, COUNTER(drop_type) },
        { "type 0", 0, "", 0, COUNTER(drop_type) },
};

START_TEST(test_drops6_message_has_its_counter)
{
        struct message6 m;

        setup();
        bare6(&m, messages[_i].type);
        write_bytes(&m.w, messages[_i].bytes, messages[_i].len);
        deliver(&usual, &m);
        ck_assert_msg(counter(messages[_i].counter) == 1, "%s is not counted", messages[_i].name);
        ck_assert_uint_eq(dropped(), 1);
        ck_assert_uint_eq(fake.sent_len, 0);
        ck_assert_uint_eq(shared.lease6_state, DHCP_LEASE_NONE);
}
END_TEST

START_TEST(test_drops6_too_short_for_a_header)
{
        struct message6 m;

        for (size_t len = 0; len < 4; len++) {
                setup();
                bare6(&m, DHCP6_SOLICIT);
                m.w.len = len;
                deliver(&usual, &m);
                ck_assert_uint_eq(shared.drop_length, 1);
                ck_assert_uint_eq(dropped(), 1);
        }
}
END_TEST

START_TEST(test_drops6_where_nothing_is_served)
{
        setup();
        conf.serves_dhcp6 = false;
        say(DHCP6_SOLICIT);
        ck_assert_uint_eq(shared.drop_unknown, 1);
        ck_assert_uint_eq(fake.sent_len, 0);
}
END_TEST

START_TEST(test_drops6_reply_that_cannot_be_sent_is_counted)
{
        setup();
        fake.fail = -ENOBUFS;
        say(DHCP6_SOLICIT);
        ck_assert_uint_eq(shared.send_failed, 1);
        ck_assert_uint_eq(dropped(), 0);
}
END_TEST

START_TEST(test_drops6_reply_that_cannot_be_built_is_counted)
{
        char addresses[512] = "";
        struct message6 m;

        setup();
        conf.mtu_bytes = 1280;
        for (int i = 0; i < 15; i++)
                sprintf(addresses + strlen(addresses), "2001:db8:0:%d::1 ", i);
        message6(&m, DHCP6_RENEW);
        for (int i = 0; i < 3; i++)
                add_ia(&m, DHCP6_OPT_IA_NA, "ia  ", addresses);
        deliver(&usual, &m);
        ck_assert_uint_eq(shared.build_failed, 1);
        ck_assert_uint_eq(fake.sent_len, 0);
}
END_TEST

/* --- what is sent --- */

START_TEST(test_responder6_answers_the_guest_and_nobody_else)
{
        struct in6_addr guest = ip6(GUEST), server = ip6("fe80::ff:fe00:1");
        struct frame f;

        setup();
        say(DHCP6_SOLICIT);
        f = frame_parse(fake.sent, fake.sent_len, false);
        ck_assert_int_eq(f.kind, FRAME_UDP6); /* so its checksum is right */
        ck_assert_mem_eq(f.src_mac, conf.server_mac, MAC_LEN);
        ck_assert_mem_eq(f.dst_mac, guest_mac, MAC_LEN);
        ck_assert_mem_eq(&f.src_ip6, &server, 16);
        ck_assert_mem_eq(&f.dst_ip6, &guest, 16);
        ck_assert_uint_eq(f.src_port, 547);
        ck_assert_uint_eq(f.dst_port, 546);
        ck_assert_uint_eq(f.payload[0], DHCP6_ADVERTISE);
}
END_TEST

START_TEST(test_responder6_unicast_is_told_to_use_multicast)
{
        struct packet unicast = usual;
        struct message6 m;

        setup();
        unicast.dst = "fe80::ff:fe00:1";
        complete(&m, DHCP6_RENEW);
        deliver(&unicast, &m);
        ck_assert_uint_gt(fake.sent_len, 0);
        ck_assert_uint_eq(shared.use_multicast6, 1);
        ck_assert_uint_eq(shared.lease6_state, DHCP_LEASE_NONE);
}
END_TEST

/* --- what becomes of the lease --- */

static const struct {
        const char *types; /* of messages, one after the other */
        enum dhcp_lease_state state;
} lives[] = {
        { "\1", DHCP_LEASE_OFFERED },         { "\1\3", DHCP_LEASE_BOUND },
        { "\1\3\5", DHCP_LEASE_BOUND },       { "\6", DHCP_LEASE_BOUND },
        { "\4", DHCP_LEASE_BOUND },           { "\1\3\1", DHCP_LEASE_BOUND },
        { "\1\3\x08", DHCP_LEASE_RELEASED },  { "\1\3\x09", DHCP_LEASE_DECLINED },
        { "\1\3\x09\1", DHCP_LEASE_OFFERED }, { "\1\3\x08\1\3", DHCP_LEASE_BOUND },
        { "\x0b", DHCP_LEASE_NONE },
};

START_TEST(test_responder6_lease_state_follows_the_guest)
{
        setup();
        for (const char *t = lives[_i].types; *t; t++) {
                say((uint8_t)*t);
                ck_assert_uint_gt(fake.sent_len, 0);
        }
        ck_assert_uint_eq(shared.lease6_state, lives[_i].state);
        ck_assert_uint_eq(shared.lease_state, DHCP_LEASE_NONE);
        ck_assert_uint_eq(dropped(), 0);
        ck_assert_uint_eq(shared.advertise + shared.reply6, strlen(lives[_i].types));
}
END_TEST

START_TEST(test_responder6_times_and_address_are_told)
{
        struct in6_addr address, first = ip6("fd00:1::7");
        uint64_t acked;

        setup();
        address = dhcp_shared_address6(&shared);
        ck_assert(IN6_IS_ADDR_UNSPECIFIED(&address));
        say(DHCP6_SOLICIT);
        ck_assert_uint_gt(shared.offered6_realtime_usec, 0);
        say(DHCP6_REQUEST);
        acked = shared.acked6_realtime_usec;
        ck_assert_uint_gt(acked, 0);
        ck_assert_uint_eq(shared.first_acked6_realtime_usec, acked);
        ck_assert_uint_eq(shared.renewed6_realtime_usec, 0);
        address = dhcp_shared_address6(&shared);
        ck_assert_mem_eq(&address, &first, 16);
        say(DHCP6_RENEW);
        say(DHCP6_REBIND);
        ck_assert_uint_eq(shared.first_acked6_realtime_usec, acked);
        ck_assert_uint_ge(shared.renewed6_realtime_usec, acked);
        say(DHCP6_RELEASE);
        say(DHCP6_DECLINE);
        ck_assert_uint_gt(shared.released6_realtime_usec, 0);
        ck_assert_uint_gt(shared.declined6_realtime_usec, 0);
        shared.acked6_realtime_usec--; /* the clock may not have moved */
        ck_assert(dhcp_shared_is_conflict6(&shared));
        say(DHCP6_REQUEST);
        shared.acked6_realtime_usec++;
        ck_assert(!dhcp_shared_is_conflict6(&shared));
        ck_assert_uint_eq(shared.solicit + shared.request6 + shared.renew6 + shared.rebind6 +
                                  shared.release6 + shared.decline6,
                          7);
}
END_TEST

START_TEST(test_responder6_guests_name_is_its_first_label)
{
        struct message6 m;

        setup();
        complete(&m, DHCP6_SOLICIT);
        write_option6(&m.w, DHCP6_OPT_FQDN, "\0\2vm\7example\0", 13);
        deliver(&usual, &m);
        ck_assert_str_eq(shared.guest_hostname, "vm");
        complete(&m, DHCP6_SOLICIT);
        write_option6(&m.w, DHCP6_OPT_FQDN, "\0", 1);
        deliver(&usual, &m);
        ck_assert_str_eq(shared.guest_hostname, "vm");
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_drops6_packet_has_its_counter, 0, ARRAY_SIZE(packets));
        tcase_add_loop_test(tc, test_drops6_message_has_its_counter, 0, ARRAY_SIZE(messages));
        tcase_add_test(tc, test_drops6_too_short_for_a_header);
        tcase_add_test(tc, test_drops6_where_nothing_is_served);
        tcase_add_test(tc, test_drops6_reply_that_cannot_be_sent_is_counted);
        tcase_add_test(tc, test_drops6_reply_that_cannot_be_built_is_counted);
        tcase_add_test(tc, test_responder6_answers_the_guest_and_nobody_else);
        tcase_add_test(tc, test_responder6_unicast_is_told_to_use_multicast);
        tcase_add_loop_test(tc, test_responder6_lease_state_follows_the_guest, 0,
                            ARRAY_SIZE(lives));
        tcase_add_test(tc, test_responder6_times_and_address_are_told);
        tcase_add_test(tc, test_responder6_guests_name_is_its_first_label);
}

int main(void)
{
        return unit_main("drops6", add_tests);
}
