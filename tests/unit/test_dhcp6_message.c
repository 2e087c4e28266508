/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/unit/dhcp6_fixture.h"

#define BYTES(text) text, sizeof(text) - 1

/* Everything that is read, in one message. */
static void full(struct message6 *m)
{
        message6(m, DHCP6_REQUEST);
        write_option6(&m->w, DHCP6_OPT_OPTION_REQUEST, "\0\x17\0\x18\0\x27", 6);
        write_option6(&m->w, 8, "\0\0", 2); /* elapsed time: not read */
        write_option6(&m->w, DHCP6_OPT_RAPID_COMMIT, "", 0);
        write_option6(&m->w, DHCP6_OPT_USER_CLASS, "\0\1a\0\4iPXE", 9);
        add_ia(m, DHCP6_OPT_IA_NA, "one1", "fd00:1::7 fd00:1::8");
        add_ia(m, DHCP6_OPT_IA_TA, "two2", "fd00:1::9");
        add_ia(m, DHCP6_OPT_IA_PD, "tri3", "");
        write_option6(&m->w, DHCP6_OPT_FQDN, "\1\2vm\7example\0", 13);
}

START_TEST(test_dhcp6_parse_reads_everything)
{
        struct in6_addr second = ip6("fd00:1::8");
        struct dhcp6_request req;
        struct message6 m;

        full(&m);
        ck_assert_int_eq(message6_parse(&m, &req), DHCP6_FLAW_NONE);
        ck_assert_uint_eq(req.type, DHCP6_REQUEST);
        ck_assert_mem_eq(req.transaction, "\xa1\xb2\xc3", 3);
        ck_assert(req.has_client_id && req.has_server_id && req.has_rapid_commit && req.is_ipxe);
        ck_assert_uint_eq(req.client_id_len, sizeof(client_duid));
        ck_assert_mem_eq(req.client_id, client_duid, sizeof(client_duid));
        ck_assert_mem_eq(req.server_id, server_duid, sizeof(server_duid));
        ck_assert_uint_eq(req.n_requested, 3);
        ck_assert_uint_eq(req.requested[2], DHCP6_OPT_FQDN);
        ck_assert_uint_eq(req.n_ias, 3);
        ck_assert_uint_eq(req.ias[0].code, DHCP6_OPT_IA_NA);
        ck_assert_mem_eq(req.ias[0].iaid, "one1", 4);
        ck_assert_uint_eq(req.ias[0].n_listed, 2);
        ck_assert_mem_eq(&req.ias[0].listed[1], &second, 16);
        ck_assert_uint_eq(req.ias[1].code, DHCP6_OPT_IA_TA);
        ck_assert_uint_eq(req.ias[1].n_listed, 1);
        ck_assert_uint_eq(req.ias[2].code, DHCP6_OPT_IA_PD);
        ck_assert(req.has_fqdn);
        ck_assert_uint_eq(req.fqdn_flags, 1);
        ck_assert_uint_eq(req.fqdn_len, 12);
}
END_TEST

/* Cut off anywhere but between two options it is none, and nothing is written. */
START_TEST(test_dhcp6_parse_every_truncation_is_refused_or_whole)
{
        struct dhcp6_request req;
        struct message6 m;
        size_t len, whole = 0;

        full(&m);
        len = m.w.len;
        for (size_t n = 0; n < len; n++) {
                enum dhcp6_flaw flaw;

                m.w.len = n;
                memset(&req, 0x5a, sizeof(req));
                flaw = message6_parse(&m, &req);
                ck_assert_int_eq(flaw == DHCP6_FLAW_LENGTH, n < 4);
                if (flaw == DHCP6_FLAW_NONE)
                        whole++;
                else
                        ck_assert_uint_eq(req.type, 0x5a);
        }
        ck_assert_uint_eq(whole, 10); /* after the header and after each option but the last */
}
END_TEST

static const struct {
        const char *name;
        uint16_t code;
        const char *value;
        size_t len;
        bool good;
} values[] = {
        { "a client identifier without a type", DHCP6_OPT_CLIENT_ID, BYTES("\0"), false },
        { "a client identifier with nothing but its type", DHCP6_OPT_CLIENT_ID, BYTES("\0\1"),
          false },
        { "the shortest client identifier", DHCP6_OPT_CLIENT_ID, BYTES("\0\4a"), true },
        { "an IA_NA without T2", DHCP6_OPT_IA_NA, BYTES("one1\0\0\0\0\0\0\0"), false },
        { "an IA_TA with half an IAID", DHCP6_OPT_IA_TA, BYTES("on"), false },
        { "an IA_TA", DHCP6_OPT_IA_TA, BYTES("one1"), true },
        { "an IA_PD without times", DHCP6_OPT_IA_PD, BYTES("one1"), false },
        { "an option in an IA past its end", DHCP6_OPT_IA_TA, BYTES("one1\0\5\0\x19"), false },
        { "half an option header in an IA", DHCP6_OPT_IA_TA, BYTES("one1\0\5\0"), false },
        { "an address that is too short", DHCP6_OPT_IA_TA, BYTES("one1\0\5\0\2ab"), false },
        { "another option in an IA", DHCP6_OPT_IA_TA, BYTES("one1\0\x0d\0\2\0\0"), true },
        { "half a requested code", DHCP6_OPT_OPTION_REQUEST, BYTES("\0\x17\0"), false },
        { "no requested code", DHCP6_OPT_OPTION_REQUEST, BYTES(""), true },
        { "a rapid commit with a value", DHCP6_OPT_RAPID_COMMIT, BYTES("x"), false },
        { "a user class past the end", DHCP6_OPT_USER_CLASS, BYTES("\0\5iPXE"), false },
        { "half a user class length", DHCP6_OPT_USER_CLASS, BYTES("\0"), false },
        { "a name without flags", DHCP6_OPT_FQDN, BYTES(""), false },
        { "no name", DHCP6_OPT_FQDN, BYTES("\0"), true },
        { "a label past the end", DHCP6_OPT_FQDN, BYTES("\0\3vm"), false },
        { "a compressed name", DHCP6_OPT_FQDN, BYTES("\0\2vm\xc0\0"), false },
        { "a label of 64 bytes", DHCP6_OPT_FQDN,
          BYTES("\0\x40"
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
          false },
        { "a label of 63 bytes", DHCP6_OPT_FQDN,
          BYTES("\0\x3f"
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"),
          true },
        { "a name that goes on after its end", DHCP6_OPT_FQDN, BYTES("\0\2vm\0\2vm"), false },
        { "a partial name", DHCP6_OPT_FQDN, BYTES("\0\2vm"), true },
        { "an unknown option", 65000, BYTES("anything"), true },
};

START_TEST(test_dhcp6_parse_value)
{
        struct dhcp6_request req;
        struct message6 m;

        bare6(&m, DHCP6_SOLICIT);
        write_option6(&m.w, values[_i].code, values[_i].value, values[_i].len);
        ck_assert_msg((message6_parse(&m, &req) == DHCP6_FLAW_NONE) == values[_i].good, "%s",
                      values[_i].name);
}
END_TEST

START_TEST(test_dhcp6_parse_longest_client_identifier)
{
        uint8_t duid[131] = { 0, 2 };
        struct dhcp6_request req;
        struct message6 m;

        for (size_t len = 130; len <= 131; len++) {
                bare6(&m, DHCP6_SOLICIT);
                write_option6(&m.w, DHCP6_OPT_CLIENT_ID, duid, len);
                ck_assert_int_eq(message6_parse(&m, &req),
                                 len == 130 ? DHCP6_FLAW_NONE : DHCP6_FLAW_OPTIONS);
        }
        ck_assert_uint_eq(req.client_id_len, 130);
}
END_TEST

/* RFC 8415 section 16: more than one, where one is permitted. */
START_TEST(test_dhcp6_parse_twice_is_refused)
{
        static const uint16_t codes[] = { DHCP6_OPT_CLIENT_ID, DHCP6_OPT_SERVER_ID,
                                          DHCP6_OPT_FQDN };
        struct dhcp6_request req;
        struct message6 m;

        bare6(&m, DHCP6_SOLICIT);
        write_option6(&m.w, codes[_i], "\0\3\1", 3 - 2 * (codes[_i] == DHCP6_OPT_FQDN));
        ck_assert_int_eq(message6_parse(&m, &req), DHCP6_FLAW_NONE);
        write_option6(&m.w, codes[_i], "\0\3\1", 3 - 2 * (codes[_i] == DHCP6_OPT_FQDN));
        ck_assert_int_eq(message6_parse(&m, &req), DHCP6_FLAW_OPTIONS);
}
END_TEST

START_TEST(test_dhcp6_parse_most_ias_and_addresses)
{
        struct dhcp6_request req;
        char addresses[256] = "";
        struct message6 m;

        for (int i = 0; i < DHCP6_MAX_LISTED; i++)
                sprintf(addresses + strlen(addresses), "fd00::%d ", i);
        message6(&m, DHCP6_SOLICIT);
        for (int i = 0; i < DHCP6_MAX_IAS; i++)
                add_ia(&m, DHCP6_OPT_IA_NA, "ia  ", i == 0 ? addresses : "");
        ck_assert_int_eq(message6_parse(&m, &req), DHCP6_FLAW_NONE);
        ck_assert_uint_eq(req.n_ias, DHCP6_MAX_IAS);
        ck_assert_uint_eq(req.ias[0].n_listed, DHCP6_MAX_LISTED);
        add_ia(&m, DHCP6_OPT_IA_NA, "more", "");
        ck_assert_int_eq(message6_parse(&m, &req), DHCP6_FLAW_OPTIONS);
        message6(&m, DHCP6_SOLICIT);
        strcat(addresses, "fd00::ffff");
        add_ia(&m, DHCP6_OPT_IA_NA, "one1", addresses);
        ck_assert_int_eq(message6_parse(&m, &req), DHCP6_FLAW_OPTIONS);
}
END_TEST

/* What a relay puts behind its type is no option of ours to look at. */
START_TEST(test_dhcp6_parse_relayed_is_known_by_its_type)
{
        struct dhcp6_request req;
        struct message6 m;

        bare6(&m, DHCP6_RELAY_FORWARD);
        write_bytes(&m.w, "\xff\xff\xff", 3);
        ck_assert_int_eq(message6_parse(&m, &req), DHCP6_FLAW_NONE);
        ck_assert_uint_eq(req.type, DHCP6_RELAY_FORWARD);
        ck_assert(!req.has_client_id);
}
END_TEST

START_TEST(test_dhcp6_write_option_that_does_not_fit_fails)
{
        uint8_t buf[10];
        struct writer w = writer_init(buf, sizeof(buf));
        size_t begin = begin_option6(&w, 3);

        write_bytes(&w, "abcdef", 6);
        end_option6(&w, begin);
        ck_assert_int_eq(writer_finish(&w), 10);
        ck_assert_mem_eq(buf, "\0\3\0\6abcdef", 10);
        w = writer_init(buf, sizeof(buf));
        begin = begin_option6(&w, 3);
        write_status6(&w, DHCP6_NO_BINDING, "x");
        end_option6(&w, begin);
        ck_assert_int_lt(writer_finish(&w), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_dhcp6_parse_reads_everything);
        tcase_add_test(tc, test_dhcp6_parse_every_truncation_is_refused_or_whole);
        tcase_add_loop_test(tc, test_dhcp6_parse_value, 0, ARRAY_SIZE(values));
        tcase_add_test(tc, test_dhcp6_parse_longest_client_identifier);
        tcase_add_loop_test(tc, test_dhcp6_parse_twice_is_refused, 0, 3);
        tcase_add_test(tc, test_dhcp6_parse_most_ias_and_addresses);
        tcase_add_test(tc, test_dhcp6_parse_relayed_is_known_by_its_type);
        tcase_add_test(tc, test_dhcp6_write_option_that_does_not_fit_fails);
}

int main(void)
{
        return unit_main("dhcp6_message", add_tests);
}
