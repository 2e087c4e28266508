/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_observe.c - what is read of a pod: the kernel's messages, their JSON, resolv.conf
 */
#include "netsetup/netlink.h"
#include "podgraft/json.h"
#include "tests/unit/netstate_fixture.h"

/* --- the kernel's messages --- */

START_TEST(test_observe_message_garbage_is_refused)
{
        static const uint8_t garbage[64] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        _cleanup_(cleanup_netstate_free) struct netstate *s = netstate_new();

        for (size_t len = 0; len < sizeof(garbage); len++) {
                uint8_t *exact = malloc(len ? len : 1);

                memcpy(exact, garbage, len);
                ck_assert_int_lt(observe_message(RTM_NEWADDR, exact, len, s), 0);
                free(exact);
        }
}
END_TEST

START_TEST(test_netstate_json_round_trip_keeps_raw_messages)
{
        /* RTM_NEWADDR: 10.244.1.7/24 on 2, label eth0 */
        static const uint8_t addr[] = { 2,  24,  0x80, 0, 2,   0,   0,   0,   8,  0,   1, 0,
                                        10, 244, 1,    7, 8,   0,   2,   0,   10, 244, 1, 7,
                                        9,  0,   3,    0, 'e', 't', 'h', '0', 0,  0,   0, 0 };
        _cleanup_(cleanup_netstate_free) struct netstate *s = netstate_new(), *back = NULL;
        _cleanup_(cleanup_json_unref) struct json_object *o = NULL;
        struct error err = ERROR_INIT;

        add_link(s, NIC, "eth0", "veth");
        ck_assert_int_eq(observe_message(RTM_NEWADDR, addr, sizeof(addr), s), 0);
        ck_assert_str_eq(s->addrs[0].label, "eth0");
        o = netstate_to_json(s);
        assert_ok(netstate_from_json(o, &back, &err), err);
        ck_assert_uint_eq(back->n_addrs, 1);
        ck_assert_uint_eq(back->addrs[0].raw.len, sizeof(addr));
        ck_assert_mem_eq(back->addrs[0].raw.data, addr, sizeof(addr));
        ck_assert_uint_eq(back->addrs[0].prefix.len, 24);
        ck_assert_str_eq(back->links[0].name, "eth0");
}
END_TEST

/* --- resolv.conf --- */

static const struct {
        const char *text, *servers, *searches;
        size_t n_notes;
} resolvs[] = {
        { "nameserver 10.96.0.10\nsearch a.b c.d\n", "10.96.0.10 ", "a.b c.d ", 0 },
        { "search a.b\nsearch c.d\n", "", "c.d ", 0 },
        { "search a.b\ndomain c.d e.f\n", "", "c.d ", 0 },
        { "search UPPER.Example. .\n", "", "upper.example ", 0 },
        { "search ok -bad x..y a_b.c\n", "", "ok a_b.c ", 2 },
        { "nameserver fe80::1%eth0\nnameserver fd00::a\n", "fd00::a ", "", 1 },
        { "nameserver 127.0.0.53\nnameserver 127.1.2.3\nnameserver 128.0.0.1\n", "128.0.0.1 ", "", 2 },
        { "nameserver ::1\nnameserver ::\nnameserver 0.0.0.0\nnameserver ::2\n", "::2 ", "", 3 },
        { "nameserver nonsense\n# nameserver 1.1.1.1\n;x\noptions ndots:5\n\n", "", "", 1 },
        { "", "", "", 0 },
        { "nameserver", "", "", 0 },
        { "search a.b a.b", "", "a.b ", 0 },
};

START_TEST(test_resolvconf_parse_table)
{
        struct resolvconf conf;
        struct notes notes = { 0 };
        char servers[256] = "", searches[256] = "", text[IP_ADDR_TEXT_LEN];

        ck_assert_int_eq(
                resolvconf_parse(resolvs[_i].text, strlen(resolvs[_i].text), &conf, &notes), 0);
        for (size_t i = 0; i < conf.n_nameservers; i++) {
                strcat(servers, ip_addr_format(&conf.nameservers[i], text));
                strcat(servers, " ");
        }
        for (size_t i = 0; i < conf.n_searches; i++) {
                strcat(searches, conf.searches[i]);
                strcat(searches, " ");
        }
        ck_assert_str_eq(servers, resolvs[_i].servers);
        ck_assert_str_eq(searches, resolvs[_i].searches);
        ck_assert_uint_eq(notes.n, resolvs[_i].n_notes);
        notes_done(&notes);
        resolvconf_done(&conf);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_observe_message_garbage_is_refused);
        tcase_add_test(tc, test_netstate_json_round_trip_keeps_raw_messages);
        tcase_add_loop_test(tc, test_resolvconf_parse_table, 0, ARRAY_SIZE(resolvs));
}

int main(void)
{
        return unit_main("observe", add_tests);
}
