/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_drops.c - every reason to drop a frame, each with its counter; and what is served all the
 * same. Frames go in at one end of the responder, replies come out at the other.
 */
#include "dhcp/frame.h"
#include "dhcp/responder.h"
#include "tests/unit/dhcp_reply.h"
#include "tests/unit/frame_fake.h"

static const uint8_t other_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 8 };

enum { /* offsets in a frame without IP options */
        AT_SRC_MAC = 6,
        AT_ETHERTYPE = 12,
        AT_IP_FRAGMENT = 20,
        AT_PROTOCOL = 23,
        AT_SRC_PORT = 34,
        AT_DST_PORT = 36,
        AT_UDP_CHECKSUM = 40,
        AT_DHCP = 42,
        AT_GIADDR = AT_DHCP + 24,
        AT_CHADDR = AT_DHCP + 28,
        AT_COOKIE = AT_DHCP + 236,
        AT_OPTIONS = AT_DHCP + 240,
};

static struct dhcp_conf conf;
static struct dhcp_shared shared;

static struct fake fake = { .transport.send = fake_send };

static void setup(void)
{
        conf = fixture_conf();
        memset(&shared, 0, sizeof(shared));
        fake.fail = 0;
        fake.sent_len = 0;
}

/* Checksums are not looked at, so that a frame can be changed without mending them. */
static void deliver_as(const uint8_t *frame, size_t len, struct transport_info info)
{
        struct responder r = { .conf = &conf, .shared = &shared, .transport = &fake.transport };
        uint8_t *exact = exact_copy(frame, len);

        fake.sent_len = 0;
        responder_handle(&r, exact, len, &info);
        free(exact);
}

static void deliver(const uint8_t *frame, size_t len)
{
        deliver_as(frame, len, (struct transport_info){ .partial_checksum = true });
}

/* DISCOVER, with a maximum size after its type. */
static size_t discover(uint8_t *buf, size_t size)
{
        struct message m;
        int len;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_DISCOVER);
        write_option_u16(&m.w, DHCP4_OPT_MAX_MESSAGE, 1500);
        write_u8(&m.w, DHCP4_OPT_END);
        len = frame_write_udp(buf, size, guest_mac, (const uint8_t *)"\xff\xff\xff\xff\xff\xff",
                              ip("0.0.0.0"), ip("255.255.255.255"), 68, 67, m.data, m.w.len);
        ck_assert_int_gt(len, 0);
        return (size_t)len;
}

/* RFC 1071, over the IP header. */
static void mend_ip_checksum(uint8_t *frame)
{
        uint32_t acc = 0;

        frame[24] = frame[25] = 0;
        for (size_t i = 14; i < 34; i += 2)
                acc += (uint32_t)(frame[i] << 8 | frame[i + 1]);
        while (acc >> 16)
                acc = (acc & 0xffff) + (acc >> 16);
        frame[24] = (uint8_t)(~acc >> 8);
        frame[25] = (uint8_t)~acc;
}

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
        uint64_t sum = 0;
        static const struct {
                const char *name;
                size_t offset;
        } all[] = {
#define X(name) { #name, COUNTER(name) },
                DHCP_COUNTERS(X)
#undef X
        };

        for (size_t i = 0; i < ARRAY_SIZE(all); i++)
                if (strncmp(all[i].name, "drop_", 5) == 0)
                        sum += counter(all[i].offset);
        return sum;
}

static const struct {
        const char *name;
        size_t at, n;
        const char *bytes;
        size_t counter;
} drops[] = {
        { "another chaddr", AT_CHADDR, 6, "\xaa\xbb\xcc\0\0\x08", COUNTER(drop_other_client) },
        { "relayed", AT_GIADDR, 4, "\x0a\0\0\1", COUNTER(drop_relayed) },
        { "a reply's op", AT_DHCP, 1, "\2", COUNTER(drop_op) },
        { "op 0", AT_DHCP, 1, "\0", COUNTER(drop_op) },
        { "token ring", AT_DHCP + 1, 1, "\6", COUNTER(drop_htype) },
        { "a hardware address of 16 bytes", AT_DHCP + 2, 1, "\x10", COUNTER(drop_hlen) },
        { "no cookie", AT_COOKIE, 4, "\0\0\0\0", COUNTER(drop_cookie) },
        { "an option past the end", AT_OPTIONS + 3, 2, "\x0c\xff", COUNTER(drop_options) },
        { "a maximum size of one byte", AT_OPTIONS + 3, 4, "\x39\1\1\0", COUNTER(drop_options) },
        { "message type OFFER", AT_OPTIONS, 3, "\x35\1\2", COUNTER(drop_type) },
        { "message type 9", AT_OPTIONS, 3, "\x35\1\x09", COUNTER(drop_type) },
        { "source port 0", AT_SRC_PORT, 2, "\0\0", COUNTER(drop_port) },
        { "to the client's port", AT_DST_PORT, 2, "\0\x44", COUNTER(drop_unknown) },
        { "a fragment with more to come", AT_IP_FRAGMENT, 2, "\x20\0", COUNTER(drop_fragment) },
        { "the last fragment", AT_IP_FRAGMENT, 2, "\0\1", COUNTER(drop_fragment) },
        { "TCP", AT_PROTOCOL, 1, "\6", COUNTER(drop_unknown) },
        { "IPX", AT_ETHERTYPE, 2, "\x81\x37", COUNTER(drop_unknown) },
        { "IPv4 that says it is IPv6", AT_ETHERTYPE, 2, "\x86\xdd", COUNTER(drop_malformed) },
        { "a VLAN tag in the frame", AT_ETHERTYPE, 4, "\x81\0\0\5", COUNTER(drop_vlan) },
        { "a service tag in the frame", AT_ETHERTYPE, 4, "\x88\xa8\x20\5", COUNTER(drop_vlan) },
        { "IPv4, version 5", AT_ETHERTYPE + 2, 1, "\x55", COUNTER(drop_malformed) },
        { "a UDP length past the end", AT_UDP_CHECKSUM - 2, 2, "\xff\xff",
          COUNTER(drop_malformed) },
};

START_TEST(test_drops_each_has_its_counter)
{
        uint8_t buf[1024];
        size_t len;

        setup();
        len = discover(buf, sizeof(buf));
        memcpy(buf + drops[_i].at, drops[_i].bytes, drops[_i].n);
        mend_ip_checksum(buf);
        deliver(buf, len);
        ck_assert_msg(counter(drops[_i].counter) == 1, "%s is not counted", drops[_i].name);
        ck_assert_uint_eq(dropped(), 1);
        ck_assert_uint_eq(fake.sent_len, 0);
        /* And the guest is served as if nothing had been. */
        len = discover(buf, sizeof(buf));
        deliver(buf, len);
        ck_assert_uint_eq(dropped(), 1);
        ck_assert_uint_gt(fake.sent_len, 0);
}
END_TEST

START_TEST(test_drops_vlan_tag_beside_the_frame)
{
        uint8_t buf[1024];
        size_t len;

        setup();
        len = discover(buf, sizeof(buf));
        deliver_as(buf, len, (struct transport_info){ .tagged = true });
        ck_assert_uint_eq(shared.drop_vlan, 1);
        ck_assert_uint_eq(fake.sent_len, 0);
}
END_TEST

/* IEEE 802.1Q: id 0 is no VLAN. */
START_TEST(test_drops_priority_tag_is_served)
{
        uint8_t buf[1024], tagged[1028];
        size_t len;

        setup();
        len = discover(buf, sizeof(buf));
        memcpy(tagged, buf, 12);
        memcpy(tagged + 12, "\x81\0\xe0\0", 4);
        memcpy(tagged + 16, buf + 12, len - 12);
        deliver(tagged, len + 4);
        ck_assert_uint_eq(dropped(), 0);
        ck_assert_uint_eq(shared.offer, 1);
}
END_TEST

START_TEST(test_drops_wrong_checksum_unless_it_is_partial)
{
        uint8_t buf[1024];
        size_t len;

        setup();
        len = discover(buf, sizeof(buf));
        buf[AT_UDP_CHECKSUM] ^= 0xff;
        deliver_as(buf, len, (struct transport_info){ 0 });
        ck_assert_uint_eq(shared.drop_checksum, 1);
        ck_assert_uint_eq(fake.sent_len, 0);
        deliver(buf, len);
        ck_assert_uint_gt(fake.sent_len, 0);
}
END_TEST

START_TEST(test_drops_short_message)
{
        struct message m;
        uint8_t buf[1024];
        int len;

        setup();
        message_begin(&m, "0.0.0.0");
        len = frame_write_udp(buf, sizeof(buf), guest_mac, guest_mac, ip("0.0.0.0"),
                              ip("255.255.255.255"), 68, 67, m.data, 239);
        deliver(buf, (size_t)len);
        ck_assert_uint_eq(shared.drop_length, 1);
        ck_assert_uint_eq(fake.sent_len, 0);
}
END_TEST

START_TEST(test_drops_another_servers_client)
{
        struct message m;
        uint8_t buf[1024];
        int len;

        setup();
        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_REQUEST);
        write_option_addr(&m.w, DHCP4_OPT_SERVER_ID, ip("10.0.0.1"));
        write_option_addr(&m.w, DHCP4_OPT_REQUESTED_ADDRESS, ip("10.244.1.7"));
        len = frame_write_udp(buf, sizeof(buf), guest_mac, guest_mac, ip("0.0.0.0"),
                              ip("255.255.255.255"), 68, 67, m.data, m.w.len);
        deliver(buf, (size_t)len);
        ck_assert_uint_eq(shared.drop_other_server, 1);
        ck_assert_uint_eq(fake.sent_len, 0);
}
END_TEST

START_TEST(test_drops_release_of_another_address)
{
        struct message m;
        uint8_t buf[1024];
        int len;

        setup();
        message_begin(&m, "10.9.9.9");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_RELEASE);
        len = frame_write_udp(buf, sizeof(buf), guest_mac, guest_mac, ip("10.9.9.9"),
                              ip("169.254.75.10"), 68, 67, m.data, m.w.len);
        deliver(buf, (size_t)len);
        ck_assert_uint_eq(shared.drop_other_address, 1);
        ck_assert_uint_eq(shared.lease_state, DHCP_LEASE_NONE);
        ck_assert_uint_eq(fake.sent_len, 0);
}
END_TEST

START_TEST(test_drops_every_truncation_is_survived)
{
        uint8_t buf[1024];
        size_t len;

        setup();
        len = discover(buf, sizeof(buf));
        for (size_t cut = 0; cut < len; cut++) {
                deliver(buf, cut);
                ck_assert_uint_eq(fake.sent_len, 0); /* the IP length told of every cut */
        }
        ck_assert_uint_eq(dropped(), len);
}
END_TEST

START_TEST(test_drops_reply_that_cannot_be_sent_is_counted)
{
        uint8_t buf[1024];
        size_t len;

        setup();
        len = discover(buf, sizeof(buf));
        fake.fail = -ENOBUFS;
        deliver(buf, len);
        ck_assert_uint_eq(shared.send_failed, 1);
        fake.fail = 0;
        deliver(buf, len);
        ck_assert_uint_gt(fake.sent_len, 0);
}
END_TEST

/* Its frames come from another address than chaddr says: answered so that it hears it. */
START_TEST(test_drops_link_address_other_than_chaddr_is_served)
{
        uint8_t buf[1024];
        size_t len;

        setup();
        len = discover(buf, sizeof(buf));
        memcpy(buf + AT_SRC_MAC, other_mac, MAC_LEN);
        deliver(buf, len);
        ck_assert_uint_eq(dropped(), 0);
        ck_assert_uint_gt(fake.sent_len, 0);
        ck_assert_mem_eq(fake.sent, "\xff\xff\xff\xff\xff\xff", MAC_LEN);
}
END_TEST

START_TEST(test_drops_reply_is_a_good_packet_to_the_client)
{
        uint8_t buf[1024];
        struct frame reply;
        size_t len;

        setup();
        len = discover(buf, sizeof(buf));
        deliver_as(buf, len, (struct transport_info){ 0 });
        reply = frame_parse(fake.sent, fake.sent_len, false);
        ck_assert_int_eq(reply.kind, FRAME_UDP);
        ck_assert_uint_eq(reply.src_port, 67);
        ck_assert_uint_eq(reply.dst_port, 68);
        ck_assert_mem_eq(reply.src_mac, conf.server_mac, MAC_LEN);
        ck_assert_mem_eq(reply.dst_mac, guest_mac, MAC_LEN);
        ck_assert_uint_eq(reply.src_ip.s_addr, conf.server_ip.s_addr);
        ck_assert_uint_eq(reply.dst_ip.s_addr, conf.address.s_addr);
}
END_TEST

/* --- ARP --- */

static size_t arp_frame(uint8_t *buf, const uint8_t *from_mac, const char *sender,
                        const char *target)
{
        struct writer w = writer_init(buf, 64);
        struct in_addr from = ip(sender), to = ip(target);

        write_bytes(&w, "\xff\xff\xff\xff\xff\xff", 6);
        write_bytes(&w, from_mac, 6);
        write_bytes(&w, "\x08\x06\0\1\x08\0\6\4\0\1", 10);
        write_bytes(&w, from_mac, 6);
        write_bytes(&w, &from, 4);
        write_zeros(&w, 6);
        write_bytes(&w, &to, 4);
        return w.len;
}

START_TEST(test_drops_arp_is_answered_only_for_the_server)
{
        uint8_t buf[64];

        setup();
        deliver(buf, arp_frame(buf, guest_mac, "10.244.1.7", "169.254.75.10"));
        ck_assert_uint_eq(fake.sent_len, 42);
        ck_assert_mem_eq(fake.sent + 22, conf.server_mac, MAC_LEN);
        ck_assert_mem_eq(fake.sent + 28, &conf.server_ip, 4);
        /* The guest's probe for its own address (RFC 5227) must find nobody. */
        deliver(buf, arp_frame(buf, guest_mac, "0.0.0.0", "10.244.1.7"));
        ck_assert_uint_eq(fake.sent_len, 0);
        deliver(buf, arp_frame(buf, other_mac, "10.244.1.7", "169.254.75.10"));
        ck_assert_uint_eq(fake.sent_len, 0);
        ck_assert_uint_eq(shared.drop_other_client, 1);
}
END_TEST

/* A gateway that is nobody's address: the pod had a fixed entry for it, the guest has not. */
START_TEST(test_drops_arp_is_answered_for_fixed_neighbours)
{
        uint8_t buf[64];

        setup();
        conf.n_neighbours = 2;
        conf.neighbours[0].ip = ip("169.254.1.1");
        memcpy(conf.neighbours[0].mac, other_mac, MAC_LEN);
        conf.neighbours[1].ip = conf.address;
        deliver(buf, arp_frame(buf, guest_mac, "10.244.1.7", "169.254.1.1"));
        ck_assert_uint_eq(fake.sent_len, 42);
        ck_assert_mem_eq(fake.sent, guest_mac, MAC_LEN);
        ck_assert_mem_eq(fake.sent + 22, other_mac, MAC_LEN);
        ck_assert_mem_eq(fake.sent + 28, &conf.neighbours[0].ip, 4);
        deliver(buf, arp_frame(buf, guest_mac, "10.244.1.7", "169.254.1.2"));
        ck_assert_uint_eq(fake.sent_len, 0);
        deliver(buf, arp_frame(buf, guest_mac, "0.0.0.0", "10.244.1.7"));
        ck_assert_uint_eq(fake.sent_len, 0);
        conf.n_neighbours = 0;
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_drops_each_has_its_counter, 0, ARRAY_SIZE(drops));
        tcase_add_test(tc, test_drops_vlan_tag_beside_the_frame);
        tcase_add_test(tc, test_drops_priority_tag_is_served);
        tcase_add_test(tc, test_drops_wrong_checksum_unless_it_is_partial);
        tcase_add_test(tc, test_drops_short_message);
        tcase_add_test(tc, test_drops_another_servers_client);
        tcase_add_test(tc, test_drops_release_of_another_address);
        tcase_add_test(tc, test_drops_every_truncation_is_survived);
        tcase_add_test(tc, test_drops_reply_that_cannot_be_sent_is_counted);
        tcase_add_test(tc, test_drops_link_address_other_than_chaddr_is_served);
        tcase_add_test(tc, test_drops_reply_is_a_good_packet_to_the_client);
        tcase_add_test(tc, test_drops_arp_is_answered_only_for_the_server);
        tcase_add_test(tc, test_drops_arp_is_answered_for_fixed_neighbours);
}

int main(void)
{
        return unit_main("drops", add_tests);
}
