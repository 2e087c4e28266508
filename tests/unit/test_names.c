/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_names.c - what nic, bridge and tap are called, and which index an interface has
 */
#include <arpa/inet.h>

#include "netsetup/session.h"
#include "tests/unit/netstate_fixture.h"
#include "tests/unit/unit_dir.h"

/* The identity of a pod with nothing but @interface. */
static struct podnet *identity_on(const char *interface)
{
        const struct netsetup_conf conf = { .interface = interface };
        _cleanup_(cleanup_netstate_free) struct netstate *s = netstate_new();

        add_link(s, NIC, interface, "veth");
        return identity_of(s, &conf);
}

static const struct {
        const char *interface, *nic, *bridge, *tap;
        unsigned index;
} names[] = {
        { "eth0", "eth0-nic", "k6t-eth0", "tap0", 0 },
        { "net1", "net1-nic", "k6t-net1", "tap1", 1 },
        { "net-1", "net-1-nic", "k6t-net-1", "tap0", 0 }, /* no number */
        { "net+1", "net+1-nic", "k6t-net+1", "tap0", 0 },
        { "pod0123456789a", "0123456789a-nic", "k6t-0123456789a", "tap0123456789a", 0 },
};

START_TEST(test_names_follow_kubevirt)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = identity_on(names[_i].interface);

        ck_assert_str_eq(net->nic, names[_i].nic);
        ck_assert_str_eq(net->bridge, names[_i].bridge);
        ck_assert_str_eq(net->tap, names[_i].tap);
        ck_assert_uint_eq(net->index, names[_i].index);
}
END_TEST

START_TEST(test_names_too_long_are_shortened)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = identity_on("a-name-too-long");

        ck_assert_uint_le(strlen(net->nic), 15);
        ck_assert_uint_le(strlen(net->bridge), 15);
        ck_assert_str_ne(net->nic, net->bridge);
}
END_TEST

/* nft, and thus the packet filter, cannot name what has one of them in it. */
START_TEST(test_names_with_quote_or_backslash_are_hashed)
{
        static const char *const odd[] = { "et\"h0", "et\\h0" };

        for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
                _cleanup_(cleanup_podnet_free) struct podnet *net = identity_on(odd[i]);

                ck_assert_ptr_null(strpbrk(net->nic, "\"\\"));
                ck_assert_ptr_null(strpbrk(net->bridge, "\"\\"));
                ck_assert_str_eq(net->nic + strlen(net->nic) - 4, "-nic");
        }
}
END_TEST

START_TEST(test_names_of_one_with_another_index_have_its_number)
{
        struct podnet net = { .interface = "eth1" };
        char server[INET_ADDRSTRLEN];

        graft_name_links(&net, 4);
        ck_assert_str_eq(net.nic, "eth1-nic");
        ck_assert_str_eq(net.tap, "tap4");
        ck_assert_uint_eq(net.index, 4);
        ck_assert_str_eq(inet_ntop(AF_INET, &net.server_ip, server, sizeof(server)),
                         "169.254.75.14");
}
END_TEST

/* --- the index --- */

/* Another interface's record in @ns's directory. */
static void record_other(struct netsetup *ns, const char *name, unsigned index)
{
        _cleanup_(cleanup_record_free) struct record *record = record_new();
        struct error err = ERROR_INIT;

        record->original = netstate_new();
        record->identity = podnet_new();
        strcpy(record->identity->interface, name);
        graft_name_links(record->identity, index);
        assert_ok(record_write(ns->dir, ns->cookie, record, &err), err);
}

START_TEST(test_index_is_of_the_name_else_the_lowest_that_nobody_has)
{
        struct netsetup ns = { .dir = unit_dir, .cookie = 7 };
        struct netsetup beside = ns, last = ns;
        _cleanup_(cleanup_netstate_free) struct netstate *s = netstate_new();

        ck_assert_uint_eq(session_choose_index(&ns, s, "eth0"), 0);
        ck_assert_uint_eq(session_choose_index(&ns, s, "net2"), 2);
        record_other(&ns, "eth0", 0);
        record_other(&ns, "net2", 2);
        ck_assert_uint_eq(session_choose_index(&ns, s, "eth0"), 0); /* its own is no other's */
        ck_assert_uint_eq(session_choose_index(&ns, s, "eth1"), 1);
        ck_assert_uint_eq(session_choose_index(&ns, s, "pod0123456789a"), 1);
        /* One whose record is lost, but whose mark stands. */
        strcpy(add_link(s, 9, "k6t-eth1", "bridge")->alias, "podgraft:eth1 if=3 n=1 mac=x");
        ck_assert_uint_eq(session_choose_index(&ns, s, "eth2"), 3);
        /* Without their records, beside one that is open and not recorded yet. */
        unit_dir_remove();
        beside.record = record_new();
        beside.record->identity = podnet_new();
        beside.record->identity->index = 3;
        last.beside = &beside;
        ck_assert_uint_eq(session_choose_index(&last, s, "net3"), 0);
        record_free(beside.record);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_unchecked_fixture(tc, unit_dir_make, unit_dir_remove);
        tcase_add_loop_test(tc, test_names_follow_kubevirt, 0, ARRAY_SIZE(names));
        tcase_add_test(tc, test_names_too_long_are_shortened);
        tcase_add_test(tc, test_names_with_quote_or_backslash_are_hashed);
        tcase_add_test(tc, test_names_of_one_with_another_index_have_its_number);
        tcase_add_test(tc, test_index_is_of_the_name_else_the_lowest_that_nobody_has);
}

int main(void)
{
        return unit_main("names", add_tests);
}
