/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tests/unit/dhcp_fixture.h"

START_TEST(test_request_parse_split_options_are_joined)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_DISCOVER);
        write_option(&m.w, DHCP4_OPT_CLIENT_ID, "\1ab", 3);
        write_option(&m.w, DHCP4_OPT_PARAMETER_LIST, "\1\3", 2);
        write_option(&m.w, DHCP4_OPT_CLIENT_ID, "cd", 2);
        write_option(&m.w, DHCP4_OPT_PARAMETER_LIST, "\6", 1);
        write_option(&m.w, DHCP4_OPT_HOST_NAME, "v", 1);
        write_option(&m.w, DHCP4_OPT_HOST_NAME, "m", 1);
        ck_assert_int_eq(message_parse(&m, &req), 0);
        ck_assert_uint_eq(req.client_id_len, 5);
        ck_assert_mem_eq(req.client_id, "\1abcd", 5);
        ck_assert_uint_eq(req.n_parameters, 3);
        ck_assert_mem_eq(req.parameters, "\1\3\6", 3);
        ck_assert_str_eq(req.host_name, "vm");
}
END_TEST

START_TEST(test_request_parse_joined_value_over_255_bytes_is_cut)
{
        struct dhcp4_request req;
        uint8_t value[200];
        struct message m;

        memset(value, 7, sizeof(value));
        message_begin(&m, "0.0.0.0");
        for (int i = 0; i < 4; i++) {
                write_option(&m.w, DHCP4_OPT_CLIENT_ID, value, sizeof(value));
                if (i < 2)
                        write_option(&m.w, DHCP4_OPT_PARAMETER_LIST, value, 130);
        }
        ck_assert_int_eq(message_parse(&m, &req), 0);
        ck_assert_uint_eq(req.client_id_len, 255);
        ck_assert_uint_eq(req.n_parameters, 255);
}
END_TEST

START_TEST(test_request_parse_fixed_option_twice_first_counts)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_REQUEST);
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_RELEASE);
        write_option_addr(&m.w, DHCP4_OPT_REQUESTED_ADDRESS, ip("10.0.0.1"));
        write_option_addr(&m.w, DHCP4_OPT_REQUESTED_ADDRESS, ip("10.0.0.2"));
        ck_assert_int_eq(message_parse(&m, &req), 0);
        ck_assert_uint_eq(req.type, DHCP4_REQUEST);
        ck_assert_uint_eq(req.requested.s_addr, ip("10.0.0.1").s_addr);
}
END_TEST

static const struct {
        const char *value;
        size_t len;
} broken_types[] = { { "", 0 }, { "\0", 1 }, { "\1\1", 2 } };

/* Else it would pass for BOOTP and be answered. */
START_TEST(test_request_parse_broken_message_type_is_refused)
{
        struct dhcp4_request req = { .xid = 7 };
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option(&m.w, DHCP4_OPT_MESSAGE_TYPE, broken_types[_i].value, broken_types[_i].len);
        ck_assert_int_eq(message_parse(&m, &req), -EBADMSG);
        ck_assert_uint_eq(req.xid, 7);
}
END_TEST

START_TEST(test_request_parse_text_is_made_printable_and_bounded)
{
        struct dhcp4_request req;
        char longest[255];
        struct message m;

        memset(longest, 'x', sizeof(longest));
        message_begin(&m, "0.0.0.0");
        write_option(&m.w, DHCP4_OPT_HOST_NAME, "a\n\x1b\xff z\0hidden", 13);
        write_option(&m.w, DHCP4_OPT_VENDOR_CLASS, longest, sizeof(longest));
        ck_assert_int_eq(message_parse(&m, &req), 0);
        ck_assert_str_eq(req.host_name, "a??? z");
        ck_assert_uint_eq(strlen(req.vendor_class), sizeof(req.vendor_class) - 1);
}
END_TEST

START_TEST(test_request_parse_fixed_fields_are_read)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, "10.244.1.7");
        m.data[10] = 0x80;
        memcpy(m.data + 24, "\1\2\3\4", 4);
        ck_assert_int_eq(message_parse(&m, &req), 0);
        ck_assert_uint_eq(req.xid, 0x12345678);
        ck_assert_uint_eq(req.flags, DHCP4_FLAG_BROADCAST);
        ck_assert_uint_eq(req.ciaddr.s_addr, ip("10.244.1.7").s_addr);
        ck_assert_uint_eq(req.giaddr.s_addr, ip("1.2.3.4").s_addr);
        ck_assert_mem_eq(req.chaddr, guest_mac, MAC_LEN);
        ck_assert_uint_eq(req.type, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_request_parse_split_options_are_joined);
        tcase_add_test(tc, test_request_parse_joined_value_over_255_bytes_is_cut);
        tcase_add_test(tc, test_request_parse_fixed_option_twice_first_counts);
        tcase_add_loop_test(tc, test_request_parse_broken_message_type_is_refused, 0,
                            ARRAY_SIZE(broken_types));
        tcase_add_test(tc, test_request_parse_text_is_made_printable_and_bounded);
        tcase_add_test(tc, test_request_parse_fixed_fields_are_read);
}

int main(void)
{
        return fixture_main("dhcp4_message", add_tests);
}
