/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_dhcp6_reply.c - what a reply has in it: times, names, options, and nothing that does not fit
 */
#include "tests/unit/dhcp6_fixture.h"

/* For one IA, with option codes to ask for; NULL: without that option */
static struct dhcp6_request solicit(const char *option_request, size_t len)
{
        struct dhcp6_request req;
        struct message6 m;

        message6(&m, DHCP6_SOLICIT);
        add_ia(&m, DHCP6_OPT_IA_NA, "one1", "");
        if (option_request)
                write_option6(&m.w, DHCP6_OPT_OPTION_REQUEST, option_request, len);
        ck_assert_int_eq(message6_parse(&m, &req), DHCP6_FLAW_NONE);
        return req;
}

/* Section 21.4: 0.5 and 0.8 times the lifetime. */
START_TEST(test_dhcp6_decide_finite_lease_has_t1_and_t2)
{
        struct dhcp_conf conf = dual_conf();
        struct dhcp6_request req = solicit("", 0);
        struct dhcp6_reply reply;

        conf.lease_sec = 3600;
        conf.n_addresses6 = 1;
        dhcp6_decide(&conf, &req, &reply);
        ck_assert_str_eq(view6(&reply), "ADVERTISE/client/preference=255"
                                        "/ia 3 one1 1800 2880 [fd00:1::7 3600 3600]");
}
END_TEST

START_TEST(test_dhcp6_decide_who_asks_for_nothing_in_particular_gets_all)
{
        struct dhcp_conf conf = dual_conf();
        struct dhcp6_request req = solicit(NULL, 0);
        struct dhcp6_reply reply;

        dhcp6_decide(&conf, &req, &reply);
        ck_assert_str_eq(view6(&reply),
                         "ADVERTISE/client/preference=255/ia 3 one1" ALWAYS BOTH DNS SEARCH);
}
END_TEST

/* RFC 4704 section 6: N always, O where the client wished for an update. */
static const struct {
        const char *hostname;
        uint8_t flags;
        const char *option_request, *reply;
} names[] = {
        { "vm", 1, "\0\x27", "/39 0602766d" },
        { "vm", 0, "\0\x27", "/39 0402766d" },
        { "vm", 4, "\0\x27", "/39 0402766d" },
        { "vm", 1, "\0\x20", "" },
        { "VM.example", 0, "\0\x27", "/39 0402766d076578616d706c6500" },
        /* A pod without a name, or with one that is none: the guest's own is sent back. */
        { "", 0, "\0\x27", "/39 04056f74686572" },
        { "a..b", 0, "\0\x27", "/39 04056f74686572" },
};

START_TEST(test_dhcp6_decide_guests_name_is_the_pods)
{
        struct podnet *net = dual_net();
        struct dhcp6_request req = solicit(names[_i].option_request, 2);
        struct dhcp6_reply reply;
        struct dhcp_conf conf;
        char expected[512];

        strcpy(net->hostname, names[_i].hostname);
        conf = conf_of(net, NULL);
        req.has_fqdn = true;
        req.fqdn_flags = names[_i].flags;
        memcpy(req.fqdn, "\5other", req.fqdn_len = 6);
        dhcp6_decide(&conf, &req, &reply);
        sprintf(expected, "ADVERTISE/client/preference=255/ia 3 one1" ALWAYS BOTH "%s",
                names[_i].reply);
        ck_assert_str_eq(view6(&reply), expected);
        /* Who sends no name is told none. */
        req.has_fqdn = false;
        dhcp6_decide(&conf, &req, &reply);
        ck_assert_ptr_null(strstr(view6(&reply), "/39 "));
}
END_TEST

/* Section 21.23, and only in the reply to an Information-request. */
START_TEST(test_dhcp6_decide_information_refresh_time)
{
        static const struct {
                uint32_t lease_sec;
                const char *reply;
        } cases[] = {
                { DHCP_LEASE_INFINITE, "REPLY/client/32 00015180" },
                { 3600, "REPLY/client/32 00000e10" },
                { 60, "REPLY/client/32 00000258" },
        };
        struct dhcp_conf conf = dual_conf();
        struct dhcp6_request req = solicit("\0\x20", 2);
        struct dhcp6_reply reply;

        conf.lease_sec = cases[_i].lease_sec;
        dhcp6_decide(&conf, &req, &reply);
        ck_assert_ptr_null(strstr(view6(&reply), "/32 "));
        req.type = DHCP6_INFORMATION_REQUEST;
        req.n_ias = 0;
        dhcp6_decide(&conf, &req, &reply);
        ck_assert_str_eq(view6(&reply), cases[_i].reply);
}
END_TEST

/* A boot loader and a system are two clients with DUIDs of their own. */
START_TEST(test_dhcp6_decide_any_client_identifier_will_do)
{
        struct dhcp_conf conf = dual_conf();
        struct dhcp6_request req = solicit("", 0);
        struct dhcp6_reply reply;

        memset(req.client_id, 0xee, req.client_id_len = 130);
        ck_assert_int_eq(dhcp6_decide(&conf, &req, &reply), DHCP6_EVENT_OFFERED);
        ck_assert_mem_eq(reply.data + 4 + 14, "\0\1\0\x82", 4);
        ck_assert_mem_eq(reply.data + 4 + 14 + 4, req.client_id, 130);
}
END_TEST

/* No reply is longer than its link carries, and none that carries IPv6 has less than 1280 bytes. */
START_TEST(test_dhcp6_decide_what_does_not_fit_is_left_out)
{
        static const uint16_t mtus[] = { 0, 68, 1280, 1450, 9000 };
        struct dhcp_conf conf = dual_conf();
        struct dhcp6_request req = solicit(NULL, 0);
        uint8_t value[1300] = { 0 };
        struct dhcp6_reply reply;

        conf.mtu_bytes = mtus[_i];
        ck_assert_int_eq(conf_option_put(&conf.options6, DHCP_EVERYBODY, 17, value, sizeof(value)),
                         0);
        ck_assert_int_eq(conf_option_put(&conf.options6, DHCP_EVERYBODY, 59, "u", 1), 0);
        ck_assert_int_eq(dhcp6_decide(&conf, &req, &reply), DHCP6_EVENT_OFFERED);
        ck_assert_uint_le(reply.len, mtus[_i] >= 1280 && mtus[_i] < 1500 ? mtus[_i] - 48u : 1452);
        ck_assert_ptr_null(strstr(view6(&reply), "/17 "));
        ck_assert_ptr_nonnull(strstr(view6(&reply), DNS SEARCH "/59 75"));
}
END_TEST

/* A renewal of more addresses than the reply has room to refuse. */
START_TEST(test_dhcp6_decide_reply_that_cannot_be_built_is_silence)
{
        struct dhcp_conf conf = dual_conf();
        struct dhcp6_request req = solicit(NULL, 0);
        struct dhcp6_reply reply;

        req.type = DHCP6_REBIND;
        req.n_ias = DHCP6_MAX_IAS;
        for (int i = 0; i < DHCP6_MAX_IAS; i++) {
                req.ias[i].code = DHCP6_OPT_IA_NA;
                req.ias[i].n_listed = DHCP6_MAX_LISTED;
        }
        ck_assert_int_eq(dhcp6_decide(&conf, &req, &reply), DHCP6_EVENT_SILENT_UNBUILT);
        ck_assert_uint_eq(reply.len, 0);
}
END_TEST

START_TEST(test_dhcp6_decide_ipxe_gets_its_own)
{
        struct dhcp_conf conf = dual_conf();
        struct dhcp6_request req = solicit("\0\x3b", 2);
        struct dhcp6_reply reply;

        ck_assert_int_eq(conf_option_put(&conf.options6, DHCP_EVERYBODY, 59, "a", 1), 0);
        ck_assert_int_eq(conf_option_put(&conf.options6, DHCP_IPXE, 59, "b", 1), 0);
        req.is_ipxe = _i;
        dhcp6_decide(&conf, &req, &reply);
        ck_assert_ptr_nonnull(strstr(view6(&reply), _i ? "]/59 62" : "]/59 61"));
        ck_assert_ptr_null(strstr(view6(&reply), _i ? "/59 61" : "/59 62"));
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_dhcp6_decide_finite_lease_has_t1_and_t2);
        tcase_add_test(tc, test_dhcp6_decide_who_asks_for_nothing_in_particular_gets_all);
        tcase_add_loop_test(tc, test_dhcp6_decide_guests_name_is_the_pods, 0, ARRAY_SIZE(names));
        tcase_add_loop_test(tc, test_dhcp6_decide_information_refresh_time, 0, 3);
        tcase_add_test(tc, test_dhcp6_decide_any_client_identifier_will_do);
        tcase_add_loop_test(tc, test_dhcp6_decide_what_does_not_fit_is_left_out, 0, 5);
        tcase_add_test(tc, test_dhcp6_decide_reply_that_cannot_be_built_is_silence);
        tcase_add_loop_test(tc, test_dhcp6_decide_ipxe_gets_its_own, 0, 2);
}

int main(void)
{
        return unit_main("dhcp6_reply", add_tests);
}
