/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/dhcp_fixture.h"

START_TEST(test_request_parse_split_options_are_joined)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_DISCOVER);
        write_option(&m.w, DHCP4_OPT_CLIENT_ID, "\1ab", 3);
        write_option(&m.w, DHCP4_OPT_PARAMETER_LIST, "\1\3", 2);
        write_option(&m.w, DHCP4_OPT_SERVER_ID, "\x0a\0", 2);
        write_option(&m.w, DHCP4_OPT_CLIENT_ID, "cd", 2);
        write_option(&m.w, DHCP4_OPT_PARAMETER_LIST, "\6", 1);
        write_option(&m.w, DHCP4_OPT_HOST_NAME, "v", 1);
        write_option(&m.w, DHCP4_OPT_HOST_NAME, "m", 1);
        write_option(&m.w, DHCP4_OPT_SERVER_ID, "\0\1", 2);
        ck_assert_int_eq(message_parse(&m, &req), DHCP4_FLAW_NONE);
        ck_assert_uint_eq(req.client_id.len, 5);
        ck_assert_mem_eq(req.client_id.data, "\1abcd", 5);
        ck_assert_uint_eq(req.parameters.len, 3);
        ck_assert_mem_eq(req.parameters.data, "\1\3\6", 3);
        ck_assert_str_eq(req.host_name, "vm");
        ck_assert(req.has_server_id);
        ck_assert_uint_eq(req.server_id.s_addr, ip("10.0.0.1").s_addr);
}
END_TEST

/* RFC 2131 section 4.1: options, then file, then sname. */
START_TEST(test_request_parse_overloaded_fields_are_joined_in_their_order)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_OVERLOAD, 3);
        write_option(&m.w, DHCP4_OPT_CLIENT_ID, "1", 1);
        memcpy(m.data + 108, "\x35\1\1\x3d\1\x32\x34\1\1\xff", 10);  /* file */
        memcpy(m.data + 44, "\x0c\2vm\x3d\1\x33\xff\x3d\1\x34", 11); /* sname */
        ck_assert_int_eq(message_parse(&m, &req), DHCP4_FLAW_NONE);
        ck_assert_uint_eq(req.type, DHCP4_DISCOVER);
        ck_assert_str_eq(req.host_name, "vm");
        ck_assert_uint_eq(req.client_id.len, 3); /* what follows the end option is nothing */
        ck_assert_mem_eq(req.client_id.data, "123", 3);
}
END_TEST

/* Option 52 in file itself means nothing; and without it, file is a boot file's name. */
START_TEST(test_request_parse_fields_are_read_only_where_overloaded)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, "0.0.0.0");
        memcpy(m.data + 108, "\x0c\4nope\xff", 7);
        memcpy(m.data + 44, "\x0c\4nope\xff", 7);
        ck_assert_int_eq(message_parse(&m, &req), DHCP4_FLAW_NONE);
        ck_assert_str_eq(req.host_name, "");
        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_OVERLOAD, 1);
        memcpy(m.data + 108, "\x34\1\3\xff", 4);
        memcpy(m.data + 44, "\x0c\4nope\xff", 7);
        ck_assert_int_eq(message_parse(&m, &req), DHCP4_FLAW_NONE);
        ck_assert_str_eq(req.host_name, "");
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
        ck_assert_int_eq(message_parse(&m, &req), DHCP4_FLAW_NONE);
        ck_assert_uint_eq(req.client_id.len, 255);
        ck_assert_uint_eq(req.parameters.len, 255);
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
        ck_assert_int_eq(message_parse(&m, &req), DHCP4_FLAW_NONE);
        ck_assert_uint_eq(req.type, DHCP4_REQUEST);
        ck_assert_uint_eq(req.requested.s_addr, ip("10.0.0.1").s_addr);
}
END_TEST

/* A type that is none must not pass for BOOTP, which would be answered. */
static const struct {
        const char *name;
        uint8_t code, len;
        const char *value;
} broken_options[] = {
        { "message type, empty", 53, 0, "" },
        { "message type 0", 53, 1, "\0" },
        { "message type, two bytes", 53, 2, "\1\1" },
        { "server identifier, empty", 54, 0, "" },
        { "server identifier, three bytes", 54, 3, "\1\1\1" },
        { "server identifier, five bytes", 54, 5, "\1\1\1\1\1" },
        { "requested address, one byte", 50, 1, "\1" },
        { "maximum size, one byte", 57, 1, "\1" },
        { "maximum size, four bytes", 57, 4, "\1\1\1\1" },
        { "overload, two bytes", 52, 2, "\1\1" },
        { "rapid commit with a value", 80, 1, "\1" },
};

START_TEST(test_request_parse_broken_option_is_refused)
{
        struct dhcp4_request req = { .xid = 7 };
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option(&m.w, broken_options[_i].code, broken_options[_i].value,
                     broken_options[_i].len);
        ck_assert_msg(message_parse(&m, &req) == DHCP4_FLAW_OPTIONS, "%s", broken_options[_i].name);
        ck_assert_uint_eq(req.xid, 7);
}
END_TEST

static const struct {
        size_t at;
        uint8_t value;
        enum dhcp4_flaw flaw;
} wrong_bytes[] = {
        { 0, 2, DHCP4_FLAW_OP },       { 0, 0, DHCP4_FLAW_OP },
        { 1, 6, DHCP4_FLAW_HTYPE },    { 1, 0, DHCP4_FLAW_HTYPE },
        { 2, 16, DHCP4_FLAW_HLEN },    { 2, 0, DHCP4_FLAW_HLEN },
        { 2, 255, DHCP4_FLAW_HLEN },   { 236, 0, DHCP4_FLAW_COOKIE },
        { 239, 1, DHCP4_FLAW_COOKIE }, { 241, 2, DHCP4_FLAW_OPTIONS },
        { 3, 255, DHCP4_FLAW_NONE },
};

START_TEST(test_request_parse_wrong_byte_has_its_own_name)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_DISCOVER);
        m.data[wrong_bytes[_i].at] = wrong_bytes[_i].value;
        ck_assert_int_eq(message_parse(&m, &req), wrong_bytes[_i].flaw);
}
END_TEST

START_TEST(test_request_parse_every_truncation_is_refused_or_harmless)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_DISCOVER);
        write_option(&m.w, DHCP4_OPT_HOST_NAME, "some-guest", 10);
        for (size_t len = 0; len < m.w.len; len++) {
                uint8_t *exact = exact_copy(m.data, len);
                enum dhcp4_flaw flaw = dhcp4_request_parse(exact, len, &req);

                /* Up to the cookie it is no message; a cut between options only loses some. */
                if (len < 240)
                        ck_assert_int_eq(flaw, DHCP4_FLAW_LENGTH);
                else
                        ck_assert_int_eq(flaw, len == 240 || len == 243 ? DHCP4_FLAW_NONE
                                                                        : DHCP4_FLAW_OPTIONS);
                free(exact);
        }
}
END_TEST

static const struct {
        uint8_t len;
        const char *value;
        bool is_ipxe;
} user_classes[] = {
        { 4, "iPXE", true },      { 5, "\4iPXE", true }, { 9, "\3foo\4iPXE", true },
        { 4, "gPXE", false },     { 5, "iPXEs", false }, { 4, "\4iPX", false }, /* cut off */
        { 5, "\377iPXE", false }, /* runs over the end */
        { 6, "\5iPXEs", false },  { 2, "\0\0", false },  { 0, "", false },
};

START_TEST(test_request_parse_user_class_tells_ipxe)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option(&m.w, DHCP4_OPT_USER_CLASS, user_classes[_i].value, user_classes[_i].len);
        ck_assert_int_eq(message_parse(&m, &req), DHCP4_FLAW_NONE);
        ck_assert(req.is_ipxe == user_classes[_i].is_ipxe);
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
        ck_assert_int_eq(message_parse(&m, &req), DHCP4_FLAW_NONE);
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
        ck_assert_int_eq(message_parse(&m, &req), DHCP4_FLAW_NONE);
        ck_assert_uint_eq(req.xid, 0x12345678);
        ck_assert_uint_eq(req.flags, DHCP4_FLAG_BROADCAST);
        ck_assert_uint_eq(req.ciaddr.s_addr, ip("10.244.1.7").s_addr);
        ck_assert_uint_eq(req.giaddr.s_addr, ip("1.2.3.4").s_addr);
        ck_assert_mem_eq(req.chaddr, guest_mac, MAC_LEN);
        ck_assert_mem_eq(req.link_mac, guest_mac, MAC_LEN);
        ck_assert_uint_eq(req.message_bytes, 241);
        ck_assert_uint_eq(req.type, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_request_parse_split_options_are_joined);
        tcase_add_test(tc, test_request_parse_joined_value_over_255_bytes_is_cut);
        tcase_add_test(tc, test_request_parse_fixed_option_twice_first_counts);
        tcase_add_test(tc, test_request_parse_overloaded_fields_are_joined_in_their_order);
        tcase_add_test(tc, test_request_parse_fields_are_read_only_where_overloaded);
        tcase_add_loop_test(tc, test_request_parse_broken_option_is_refused, 0,
                            ARRAY_SIZE(broken_options));
        tcase_add_loop_test(tc, test_request_parse_wrong_byte_has_its_own_name, 0,
                            ARRAY_SIZE(wrong_bytes));
        tcase_add_test(tc, test_request_parse_every_truncation_is_refused_or_harmless);
        tcase_add_loop_test(tc, test_request_parse_user_class_tells_ipxe, 0,
                            ARRAY_SIZE(user_classes));
        tcase_add_test(tc, test_request_parse_text_is_made_printable_and_bounded);
        tcase_add_test(tc, test_request_parse_fixed_fields_are_read);
}

int main(void)
{
        return unit_main("dhcp4_message", add_tests);
}
