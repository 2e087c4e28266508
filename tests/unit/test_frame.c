/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "dhcp/frame.h"
#include "tests/unit/dhcp_fixture.h"

static const uint8_t server_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 1 };

enum { /* offsets in a frame without IP options */
        AT_TYPE = 12,
        AT_IP = 14,
        AT_IP_CHECKSUM = 24,
        AT_UDP_LEN = 38,
        AT_UDP_CHECKSUM = 40,
        AT_PAYLOAD = 42,
};

static struct frame parse(const uint8_t *data, size_t len, bool partial)
{
        uint8_t *copy = exact_copy(data, len);
        struct frame f = frame_parse(copy, len, partial);

        f.payload = NULL; /* goes with the copy */
        free(copy);
        return f;
}

static int make(uint8_t *buf, size_t size, const char *payload)
{
        return frame_write_udp(buf, size, guest_mac, server_mac, ip("10.244.1.7"),
                               ip("169.254.75.10"), 68, 67, (const uint8_t *)payload,
                               strlen(payload));
}

/* After a change to the IP header: its checksum made right again (RFC 1071). */
static void mend_ip_checksum(uint8_t *frame, size_t header_len)
{
        uint32_t acc = 0;

        frame[AT_IP_CHECKSUM] = frame[AT_IP_CHECKSUM + 1] = 0;
        for (size_t i = 0; i < header_len; i += 2)
                acc += (uint32_t)(frame[AT_IP + i] << 8 | frame[AT_IP + i + 1]);
        while (acc >> 16)
                acc = (acc & 0xffff) + (acc >> 16);
        frame[AT_IP_CHECKSUM] = (uint8_t)(~acc >> 8);
        frame[AT_IP_CHECKSUM + 1] = (uint8_t)~acc;
}

START_TEST(test_frame_udp_known_bytes)
{
        /* Checksums computed apart from this code, by RFC 1071 in another language. */
        static const uint8_t expected[] = {
                0x02, 0,   0,    0,  0, 0x01, 0xaa, 0xbb, 0xcc, 0,    0,    0x07, 0x08, 0,   0x45,
                0xc0, 0,   0x1e, 0,  0, 0x40, 0,    0x40, 0x11, 0x39, 0x0c, 10,   244,  1,   7,
                169,  254, 75,   10, 0, 68,   0,    67,   0,    10,   0x9c, 0xed, 'a',  'b',
        };
        uint8_t buf[64];

        ck_assert_int_eq(make(buf, sizeof(buf), "ab"), sizeof(expected));
        ck_assert_mem_eq(buf, expected, sizeof(expected));
}
END_TEST

START_TEST(test_frame_what_is_written_is_parsed)
{
        static const char *const payloads[] = { "", "a", "ab", "abc", "\xff\xff\xff" };
        uint8_t buf[64];

        for (size_t i = 0; i < ARRAY_SIZE(payloads); i++) {
                int len = make(buf, sizeof(buf), payloads[i]);
                struct frame f;

                ck_assert_int_eq(len, AT_PAYLOAD + (int)strlen(payloads[i]));
                f = parse(buf, (size_t)len, false);
                ck_assert_int_eq(f.kind, FRAME_UDP);
                ck_assert_uint_eq(f.payload_len, strlen(payloads[i]));
                ck_assert_uint_eq(f.src_port, 68);
                ck_assert_uint_eq(f.dst_port, 67);
                ck_assert_mem_eq(f.src_mac, guest_mac, MAC_LEN);
                ck_assert_mem_eq(f.dst_mac, server_mac, MAC_LEN);
        }
}
END_TEST

START_TEST(test_frame_write_too_small_a_buffer_is_refused)
{
        uint8_t *buf = malloc(AT_PAYLOAD + 1);

        ck_assert_int_eq(make(buf, AT_PAYLOAD + 1, "ab"), -EMSGSIZE);
        free(buf);
}
END_TEST

START_TEST(test_frame_every_truncation_is_malformed)
{
        uint8_t buf[64];
        int len = make(buf, sizeof(buf), "abcd");

        for (int cut = 0; cut < len; cut++)
                ck_assert_int_eq(parse(buf, (size_t)cut, true).kind, FRAME_MALFORMED);
}
END_TEST

START_TEST(test_frame_padding_behind_the_packet_is_ignored)
{
        uint8_t buf[64] = { 0 };

        make(buf, sizeof(buf), "ab");
        ck_assert_int_eq(parse(buf, 60, false).kind, FRAME_UDP);
        ck_assert_uint_eq(parse(buf, 60, false).payload_len, 2);
}
END_TEST

static const struct {
        const char *name;
        size_t at;
        uint8_t value;
        enum frame_kind kind;
} changes[] = {
        { "a VLAN tag", AT_TYPE, 0x81, FRAME_VLAN },
        { "another protocol", AT_TYPE, 0x86, FRAME_UNKNOWN },
        { "IPv6", AT_IP, 0x65, FRAME_MALFORMED },
        { "a header of 16 bytes", AT_IP, 0x44, FRAME_MALFORMED },
        { "a header past the end", AT_IP, 0x4f, FRAME_MALFORMED },
        { "a total length below the header's", AT_IP + 3, 19, FRAME_MALFORMED },
        { "a total length past the end", AT_IP + 3, 200, FRAME_MALFORMED },
        { "more fragments", AT_IP + 6, 0x20, FRAME_FRAGMENT },
        { "a later fragment", AT_IP + 7, 1, FRAME_FRAGMENT },
        { "TCP", AT_IP + 9, 6, FRAME_UNKNOWN },
        { "a UDP length below its header's", AT_UDP_LEN + 1, 7, FRAME_MALFORMED },
        { "a UDP length past the packet", AT_UDP_LEN + 1, 11, FRAME_MALFORMED },
        { "a wrong UDP checksum", AT_UDP_CHECKSUM, 0x11, FRAME_BAD_CHECKSUM },
        { "wrong data", AT_PAYLOAD, 'x', FRAME_BAD_CHECKSUM },
};

START_TEST(test_frame_change_table)
{
        uint8_t buf[64];
        int len = make(buf, sizeof(buf), "ab");

        buf[changes[_i].at] = changes[_i].value;
        mend_ip_checksum(buf, 20);
        ck_assert_msg(parse(buf, (size_t)len, false).kind == changes[_i].kind, "%s",
                      changes[_i].name);
}
END_TEST

START_TEST(test_frame_wrong_ip_checksum_is_refused_even_if_partial)
{
        uint8_t buf[64];
        int len = make(buf, sizeof(buf), "ab");

        buf[AT_IP_CHECKSUM] ^= 1;
        ck_assert_int_eq(parse(buf, (size_t)len, true).kind, FRAME_BAD_CHECKSUM);
}
END_TEST

START_TEST(test_frame_no_udp_checksum_is_accepted)
{
        uint8_t buf[64];
        int len = make(buf, sizeof(buf), "ab");

        buf[AT_UDP_CHECKSUM] = buf[AT_UDP_CHECKSUM + 1] = 0;
        ck_assert_int_eq(parse(buf, (size_t)len, false).kind, FRAME_UDP);
}
END_TEST

START_TEST(test_frame_ip_options_are_skipped)
{
        uint8_t buf[64], with_options[68];
        int len = make(buf, sizeof(buf), "ab");

        memcpy(with_options, buf, AT_IP + 20);
        memcpy(with_options + AT_IP + 20, "\1\1\1\0", 4);
        memcpy(with_options + AT_IP + 24, buf + AT_IP + 20, (size_t)len - AT_IP - 20);
        with_options[AT_IP] = 0x46;
        with_options[AT_IP + 3] += 4;
        mend_ip_checksum(with_options, 24);
        ck_assert_int_eq(parse(with_options, (size_t)len + 4, false).kind, FRAME_UDP);
}
END_TEST

/* --- ARP --- */

static const char who_has[] = "\xff\xff\xff\xff\xff\xff\xaa\xbb\xcc\0\0\7\x08\6\0\1\x08\0\6\4\0\1"
                              "\xaa\xbb\xcc\0\0\7\x0a\xf4\1\7\0\0\0\0\0\0\xa9\xfe\x4b\x0a";

START_TEST(test_arp_request_is_parsed_and_answered)
{
        static const char expected[] = "\xaa\xbb\xcc\0\0\7\2\0\0\0\0\1\x08\6\0\1\x08\0\6\4\0\2"
                                       "\2\0\0\0\0\1\xa9\xfe\x4b\x0a\xaa\xbb\xcc\0\0\7\x0a\xf4\1\7";
        struct frame f = parse((const uint8_t *)who_has, sizeof(who_has) - 1, false);
        uint8_t buf[64];

        ck_assert_int_eq(f.kind, FRAME_ARP_REQUEST);
        ck_assert_int_eq(frame_write_arp_reply(buf, sizeof(buf), server_mac, f.dst_ip, &f),
                         sizeof(expected) - 1);
        ck_assert_mem_eq(buf, expected, sizeof(expected) - 1);
}
END_TEST

START_TEST(test_arp_every_truncation_and_other_kinds_are_refused)
{
        static const size_t kinds[] = { 15, 16, 18, 19, 21 }; /* htype, ptype, hlen, plen, op */

        for (size_t len = 0; len < sizeof(who_has) - 1; len++)
                ck_assert_int_eq(parse((const uint8_t *)who_has, len, false).kind, FRAME_MALFORMED);
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                uint8_t changed[sizeof(who_has) - 1];

                memcpy(changed, who_has, sizeof(changed));
                changed[kinds[i]] ^= 0x10;
                ck_assert_int_eq(parse(changed, sizeof(changed), false).kind, FRAME_UNKNOWN);
        }
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_frame_udp_known_bytes);
        tcase_add_test(tc, test_frame_what_is_written_is_parsed);
        tcase_add_test(tc, test_frame_write_too_small_a_buffer_is_refused);
        tcase_add_test(tc, test_frame_every_truncation_is_malformed);
        tcase_add_test(tc, test_frame_padding_behind_the_packet_is_ignored);
        tcase_add_loop_test(tc, test_frame_change_table, 0, ARRAY_SIZE(changes));
        tcase_add_test(tc, test_frame_wrong_ip_checksum_is_refused_even_if_partial);
        tcase_add_test(tc, test_frame_no_udp_checksum_is_accepted);
        tcase_add_test(tc, test_frame_ip_options_are_skipped);
        tcase_add_test(tc, test_arp_request_is_parsed_and_answered);
        tcase_add_test(tc, test_arp_every_truncation_and_other_kinds_are_refused);
}

int main(void)
{
        return unit_main("frame", add_tests);
}
