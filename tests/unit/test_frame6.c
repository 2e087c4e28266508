/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "dhcp/frame.h"
#include "tests/unit/dhcp_fixture.h"

enum { /* offsets in a frame */
        AT_TYPE = 12,
        AT_IP = 14,
        AT_IP_LEN = 18,
        AT_NEXT_HEADER = 20,
        AT_HOP_LIMIT = 21,
        AT_SRC = 22,
        AT_PAYLOAD = 54,
        AT_UDP_LEN = AT_PAYLOAD + 4,
        AT_UDP_CHECKSUM = AT_PAYLOAD + 6,
        AT_ICMP_CHECKSUM = AT_PAYLOAD + 2,
};

static const uint8_t solicitation[8] = { 133 };

/* Checksums computed apart from this code, by RFC 1071 in another language. */
static const char udp_bytes[] =
        "\x33\x33\x00\x01\x00\x02\xaa\xbb\xcc\x00\x00\x07\x86\xdd\x6c\x00\x00\x00"
        "\x00\x0b\x11\x40\xfe\x80\x00\x00\x00\x00\x00\x00\xa8\xbb\xcc\xff\xfe\x00"
        "\x00\x07\xff\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x02"
        "\x02\x22\x02\x23\x00\x0b\xc5\xe6\x61\x62\x63";
static const char icmp_bytes[] =
        "\x33\x33\x00\x01\x00\x02\xaa\xbb\xcc\x00\x00\x07\x86\xdd\x6c\x00\x00\x00"
        "\x00\x08\x3a\xff\xfe\x80\x00\x00\x00\x00\x00\x00\xa8\xbb\xcc\xff\xfe\x00"
        "\x00\x07\xff\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x02"
        "\x85\x00\x09\x73\x00\x00\x00\x00";

static struct frame parse(const uint8_t *data, size_t len, bool partial)
{
        uint8_t *copy = exact_copy(data, len);
        struct frame f = frame_parse(copy, len, partial);

        f.payload = NULL; /* goes with the copy */
        free(copy);
        return f;
}

static int make_udp(uint8_t *buf, size_t size, const char *payload)
{
        struct in6_addr src = ip6("fe80::a8bb:ccff:fe00:7"), dst = ip6("ff02::1:2");
        uint8_t mac[MAC_LEN];

        frame_multicast_mac(&dst, mac);
        return frame_write_udp6(buf, size, guest_mac, mac, &src, &dst, 546, 547,
                                (const uint8_t *)payload, strlen(payload));
}

static int make_icmp(uint8_t *buf, size_t size, size_t len)
{
        struct in6_addr src = ip6("fe80::a8bb:ccff:fe00:7"), dst = ip6("ff02::1:2");
        uint8_t mac[MAC_LEN];

        frame_multicast_mac(&dst, mac);
        return frame_write_icmp6(buf, size, guest_mac, mac, &src, &dst, solicitation, len);
}

START_TEST(test_frame6_known_bytes)
{
        uint8_t buf[128];

        ck_assert_int_eq(make_udp(buf, sizeof(buf), "abc"), sizeof(udp_bytes) - 1);
        ck_assert_mem_eq(buf, udp_bytes, sizeof(udp_bytes) - 1);
        ck_assert_int_eq(make_icmp(buf, sizeof(buf), 8), sizeof(icmp_bytes) - 1);
        ck_assert_mem_eq(buf, icmp_bytes, sizeof(icmp_bytes) - 1);
}
END_TEST

START_TEST(test_frame6_udp_what_is_written_is_parsed)
{
        static const char *const payloads[] = { "", "a", "ab", "abc", "\xff\xff\xff" };
        struct in6_addr src = ip6("fe80::a8bb:ccff:fe00:7"), dst = ip6("ff02::1:2");
        uint8_t buf[128];

        for (size_t i = 0; i < ARRAY_SIZE(payloads); i++) {
                int len = make_udp(buf, sizeof(buf), payloads[i]);
                struct frame f;

                ck_assert_int_eq(len, AT_PAYLOAD + 8 + (int)strlen(payloads[i]));
                f = parse(buf, (size_t)len, false);
                ck_assert_int_eq(f.kind, FRAME_UDP6);
                ck_assert_uint_eq(f.payload_len, strlen(payloads[i]));
                ck_assert_uint_eq(f.src_port, 546);
                ck_assert_uint_eq(f.dst_port, 547);
                ck_assert_mem_eq(&f.src_ip6, &src, 16);
                ck_assert_mem_eq(&f.dst_ip6, &dst, 16);
                ck_assert_mem_eq(f.src_mac, guest_mac, MAC_LEN);
                ck_assert_mem_eq(f.dst_mac, "\x33\x33\0\1\0\2", MAC_LEN);
        }
}
END_TEST

START_TEST(test_frame6_icmp_what_is_written_is_parsed)
{
        uint8_t buf[128];
        struct frame f = parse(buf, (size_t)make_icmp(buf, sizeof(buf), 8), false);

        ck_assert_int_eq(f.kind, FRAME_ICMP6);
        ck_assert_uint_eq(f.payload_len, 8);
        ck_assert_uint_eq(f.hop_limit, 255);
}
END_TEST

START_TEST(test_frame6_packet_without_ethernet_is_parsed)
{
        uint8_t buf[128];
        size_t len = (size_t)make_icmp(buf, sizeof(buf), 8) - AT_IP;
        uint8_t *copy = exact_copy(buf + AT_IP, len);

        ck_assert_int_eq(frame_parse_ipv6(copy, len, false).kind, FRAME_ICMP6);
        for (size_t cut = 0; cut < len; cut++) {
                uint8_t *shorter = exact_copy(copy, cut);

                ck_assert_int_eq(frame_parse_ipv6(shorter, cut, true).kind, FRAME_MALFORMED);
                free(shorter);
        }
        free(copy);
}
END_TEST

START_TEST(test_frame6_write_too_small_a_buffer_is_refused)
{
        uint8_t *buf = malloc(AT_PAYLOAD + 7);

        ck_assert_int_eq(make_udp(buf, AT_PAYLOAD + 7, ""), -EMSGSIZE);
        ck_assert_int_eq(make_icmp(buf, AT_PAYLOAD + 7, 8), -EMSGSIZE);
        ck_assert_int_eq(make_icmp(buf, AT_PAYLOAD + 7, 3), -EMSGSIZE);
        free(buf);
}
END_TEST

START_TEST(test_frame6_every_truncation_is_malformed)
{
        uint8_t buf[128];
        int len = make_udp(buf, sizeof(buf), "abcd");

        for (int cut = 0; cut < len; cut++)
                ck_assert_int_eq(parse(buf, (size_t)cut, true).kind, FRAME_MALFORMED);
}
END_TEST

static const struct {
        const char *name;
        bool is_icmp;
        size_t at;
        uint8_t value;
        enum frame_kind kind;
} changes[] = {
        { "IPv4", false, AT_IP, 0x4c, FRAME_MALFORMED },
        { "a payload past the end", false, AT_IP_LEN, 1, FRAME_MALFORMED },
        { "a payload of less than UDP's header", false, AT_IP_LEN + 1, 7, FRAME_MALFORMED },
        { "a payload of less than ICMPv6's", true, AT_IP_LEN + 1, 3, FRAME_MALFORMED },
        { "a fragment", false, AT_NEXT_HEADER, 44, FRAME_FRAGMENT },
        { "TCP", false, AT_NEXT_HEADER, 6, FRAME_UNKNOWN },
        { "a hop-by-hop header", true, AT_NEXT_HEADER, 0, FRAME_UNKNOWN },
        { "a UDP length below its header's", false, AT_UDP_LEN + 1, 7, FRAME_MALFORMED },
        { "a UDP length past the packet", false, AT_UDP_LEN + 1, 12, FRAME_MALFORMED },
        { "a wrong UDP checksum", false, AT_UDP_CHECKSUM, 0x11, FRAME_BAD_CHECKSUM },
        { "another source", false, AT_SRC + 15, 8, FRAME_BAD_CHECKSUM },
        { "a wrong ICMPv6 checksum", true, AT_ICMP_CHECKSUM, 0x11, FRAME_BAD_CHECKSUM },
        { "another ICMPv6 type", true, AT_PAYLOAD, 135, FRAME_BAD_CHECKSUM },
        { "another hop limit", true, AT_HOP_LIMIT, 64, FRAME_ICMP6 },
};

START_TEST(test_frame6_change_table)
{
        uint8_t buf[128];
        int len = changes[_i].is_icmp ? make_icmp(buf, sizeof(buf), 8)
                                      : make_udp(buf, sizeof(buf), "abc");

        buf[changes[_i].at] = changes[_i].value;
        ck_assert_msg(parse(buf, (size_t)len, false).kind == changes[_i].kind, "%s",
                      changes[_i].name);
}
END_TEST

/* RFC 8200 section 8.1: "IPv6 receivers must discard UDP packets containing a zero checksum". */
START_TEST(test_frame6_udp_without_checksum_is_refused)
{
        uint8_t buf[128];
        int len = make_udp(buf, sizeof(buf), "abc");

        buf[AT_UDP_CHECKSUM] = buf[AT_UDP_CHECKSUM + 1] = 0;
        ck_assert_int_eq(parse(buf, (size_t)len, false).kind, FRAME_BAD_CHECKSUM);
        ck_assert_int_eq(parse(buf, (size_t)len, true).kind, FRAME_UDP6);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_frame6_known_bytes);
        tcase_add_test(tc, test_frame6_udp_what_is_written_is_parsed);
        tcase_add_test(tc, test_frame6_icmp_what_is_written_is_parsed);
        tcase_add_test(tc, test_frame6_packet_without_ethernet_is_parsed);
        tcase_add_test(tc, test_frame6_write_too_small_a_buffer_is_refused);
        tcase_add_test(tc, test_frame6_every_truncation_is_malformed);
        tcase_add_loop_test(tc, test_frame6_change_table, 0, ARRAY_SIZE(changes));
        tcase_add_test(tc, test_frame6_udp_without_checksum_is_refused);
}

int main(void)
{
        return unit_main("frame6", add_tests);
}
