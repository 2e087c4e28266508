/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_alias.c - the mark on the links: what it says, and what can be made of it again
 */

#include "tests/unit/netstate_fixture.h"

static struct ns_route *pod_route(struct netstate *s, const char *dst, const char *gateway)
{
        struct ns_route *route = add_route(s, NIC, dst, gateway);

        route->metric = route->family == AF_INET6 ? 1024 : 0;
        route->scope = gateway || route->family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
        return route;
}

/* With its connected route, where the kernel makes one. */
static struct ns_addr *pod_address(struct netstate *s, const char *text)
{
        struct ns_addr *addr = add_address(s, NIC, text);

        if (addr->prefix.len < 32)
                pod_route(s, text, NULL)->protocol = RTPROT_KERNEL;
        return addr;
}

static struct netstate *pod(void)
{
        return pod_with(NULL);
}

static const char *alias_of(const struct netstate *s, char ret[GRAFT_ALIAS_LEN])
{
        struct podnet *net = podnet_new();

        strcpy(net->interface, "eth0");
        memcpy(net->mac, pod_mac, MAC_LEN);
        graft_alias(s, net, ret);
        podnet_free(net);
        return ret;
}

/* The grafted pod of which only the mark tells what it was: no record, no keeper. */
static struct netstate *grafted(const char *alias)
{
        struct netstate *s = netstate_new();

        strcpy(add_link(s, 2, "eth0-nic", "veth")->alias, alias);
        strcpy(add_link(s, 3, "k6t-eth0", "bridge")->alias, alias);
        strcpy(add_link(s, 4, "tap0", "tun")->alias, alias);
        return s;
}

START_TEST(test_alias_default_route_comes_first)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod();
        char alias[GRAFT_ALIAS_LEN];

        pod_address(s, "10.244.1.7/24");
        pod_route(s, "10.96.0.0/12", "10.244.1.1");
        pod_route(s, "0.0.0.0/0", "10.244.1.1");
        ck_assert_str_eq(alias_of(s, alias),
                         "podgraft:eth0 if=2 mac=aa:bb:cc:00:00:06 ip=10.244.1.7/24 "
                         "rt=0/0,10.244.1.1 rt=10.96.0.0/12,10.244.1.1");
}
END_TEST

START_TEST(test_alias_of_a_pod_without_its_connected_route_is_marked_incomplete)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod();
        char alias[GRAFT_ALIAS_LEN];

        pod_address(s, "10.244.1.7/24");
        s->n_routes = 0;
        ck_assert_str_eq(alias_of(s, alias),
                         "podgraft:eth0 if=2 mac=aa:bb:cc:00:00:06 ip=10.244.1.7/24 +");
}
END_TEST

START_TEST(test_alias_of_too_much_is_marked_incomplete)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod();
        char alias[GRAFT_ALIAS_LEN], text[32];

        pod_address(s, "10.244.1.7/24");
        for (int i = 0; i < 30; i++) {
                snprintf(text, sizeof(text), "10.%d.0.0/16", 100 + i);
                pod_route(s, text, "10.244.1.1");
        }
        ck_assert_uint_lt(strlen(alias_of(s, alias)), GRAFT_ALIAS_LEN);
        ck_assert_str_eq(alias + strlen(alias) - 2, " +");
}
END_TEST

START_TEST(test_alias_cannot_say_preferred_source_is_marked_incomplete)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod();
        char alias[GRAFT_ALIAS_LEN];

        pod_route(s, "0.0.0.0/0", "10.244.1.1")->prefsrc = ip_of("10.244.1.7");
        ck_assert_str_eq(alias_of(s, alias), "podgraft:eth0 if=2 mac=aa:bb:cc:00:00:06 +");
}
END_TEST

START_TEST(test_alias_cannot_say_scope_leaves_the_address_out)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod();
        char alias[GRAFT_ALIAS_LEN];

        pod_address(s, "169.254.7.1/16");
        s->addrs[0].scope = RT_SCOPE_LINK;
        alias_of(s, alias);
        ck_assert_ptr_null(strstr(alias, "ip="));
        ck_assert_str_eq(alias + strlen(alias) - 2, " +");
}
END_TEST

START_TEST(test_alias_cannot_say_tos_or_scope_of_a_route_is_marked_incomplete)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod();
        struct ns_route *route = pod_route(s, "10.1.0.0/16", "10.0.0.1");
        char alias[GRAFT_ALIAS_LEN];

        alias_of(s, alias);
        ck_assert_ptr_nonnull(strstr(alias, "rt=10.1.0.0/16,10.0.0.1"));
        route->tos = 4;
        alias_of(s, alias);
        ck_assert_ptr_null(strstr(alias, "rt="));
        ck_assert_str_eq(alias + strlen(alias) - 2, " +");
        route->tos = 0;
        route->scope = RT_SCOPE_HOST;
        alias_of(s, alias);
        ck_assert_ptr_null(strstr(alias, "rt="));
}
END_TEST

START_TEST(test_alias_tells_an_index_that_the_name_does_not)
{
        static const struct podnet net = { .interface = "eth0", .index = 3 };
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;
        char alias[GRAFT_ALIAS_LEN];

        ck_assert_ptr_null(strstr(alias_of(s, alias), " n="));
        graft_alias(s, &net, alias);
        ck_assert_ptr_nonnull(strstr(alias, " n=3 "));
        current = grafted(alias);
        ck_assert_uint_eq(graft_alias_index(current, "eth0"), 3);
        ck_assert_uint_eq(graft_alias_index(current, "net7"), 7);
}
END_TEST

START_TEST(test_from_alias_gives_the_original_back)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL,
                                                         *original = NULL;
        struct notes unknown = { 0 };
        char alias[GRAFT_ALIAS_LEN], again[GRAFT_ALIAS_LEN], name[IFNAMSIZ];

        pod_address(s, "10.244.1.7/32");
        pod_address(s, "fd00:1::7/64")->flags = IFA_F_NODAD | IFA_F_NOPREFIXROUTE;
        pod_route(s, "169.254.1.1/32", NULL);
        pod_route(s, "0.0.0.0/0", "169.254.1.1")->flags = RTNH_F_ONLINK;
        pod_route(s, "10.96.0.0/12", "169.254.1.1")->metric = 7;
        pod_route(s, "::/0", "fe80::1");
        current = grafted(alias_of(s, alias));
        ck_assert_int_eq(graft_from_alias(current, NULL, &original, name, &unknown), 1);
        ck_assert_str_eq(name, "eth0");
        ck_assert_uint_eq(unknown.n, 0);
        ck_assert_uint_eq(original->n_links, 1);
        ck_assert_str_eq(original->links[0].name, "eth0");
        ck_assert_mem_eq(original->links[0].mac, pod_mac, MAC_LEN);
        ck_assert_str_eq(original->links[0].alias, "");
        /* Saying it again says the same: nothing was lost on the way. */
        ck_assert_str_eq(alias_of(original, again), alias);
}
END_TEST

START_TEST(test_from_alias_of_another_interface_finds_nothing)
{
        _cleanup_(cleanup_netstate_free) struct netstate
                *current = grafted("podgraft:eth0 if=2 mac=aa:bb:cc:00:00:06"),
                *original = NULL;
        char name[IFNAMSIZ];

        ck_assert_int_eq(graft_from_alias(current, "eth", &original, name, NULL), 0);
        ck_assert_int_eq(graft_from_alias(current, "net1", &original, name, NULL), 0);
        ck_assert_ptr_null(original);
}
END_TEST

START_TEST(test_from_alias_without_its_interface_finds_nothing)
{
        _cleanup_(cleanup_netstate_free) struct netstate
                *current = grafted("podgraft:eth0 if=9 mac=aa:bb:cc:00:00:06"),
                *original = NULL;
        char name[IFNAMSIZ];

        ck_assert_int_eq(graft_from_alias(current, "eth0", &original, name, NULL), 0);
}
END_TEST

START_TEST(test_from_alias_with_nonsense_keeps_what_can_be_read)
{
        _cleanup_(cleanup_netstate_free) struct netstate
                *current = grafted("podgraft:eth0 if=2 mac=aa:bb:cc:00:00:06 ip=10.1/x rt= "
                                   "ip=10.0.0.1/8 rt=0/0,me"),
                *original = NULL;
        struct notes unknown = { 0 };
        char name[IFNAMSIZ];

        ck_assert_int_eq(graft_from_alias(current, NULL, &original, name, &unknown), 1);
        ck_assert_uint_eq(original->n_addrs, 1);
        ck_assert_uint_eq(original->n_routes, 0);
        ck_assert_uint_eq(unknown.n, 1);
        notes_done(&unknown);
}
END_TEST

/* Whoever has NET_ADMIN in the pod can write it; the name would become a file's. */
static const char *const forged[] = { "../../X",          "..",       ".",   "",     "a/b", "a:b",
                                      "sixteen-bytes-xx", "\033[31m", "a\n", "eth%d" };

START_TEST(test_from_alias_with_a_name_that_is_none_finds_nothing)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = NULL, *original = NULL;
        char alias[GRAFT_ALIAS_LEN], name[IFNAMSIZ] = "untouched";

        snprintf(alias, sizeof(alias), "podgraft:%s if=2 mac=aa:bb:cc:00:00:06", forged[_i]);
        current = grafted(alias);
        ck_assert(!graft_marked_name(&current->links[0], name));
        ck_assert_int_eq(graft_from_alias(current, NULL, &original, name, NULL), 0);
        ck_assert_ptr_null(original);
        ck_assert_str_eq(name, "untouched");
}
END_TEST

START_TEST(test_from_alias_finds_the_mark_behind_a_forged_one)
{
        _cleanup_(cleanup_netstate_free) struct netstate
                *current = grafted("podgraft:eth0 if=2 mac=aa:bb:cc:00:00:06"),
                *original = NULL;
        char name[IFNAMSIZ];

        strcpy(current->links[0].alias, "podgraft:../../X if=2 mac=aa:bb:cc:00:00:06");
        ck_assert_int_eq(graft_from_alias(current, NULL, &original, name, NULL), 1);
        ck_assert_str_eq(name, "eth0");
}
END_TEST

START_TEST(test_alias_with_numbers_that_are_none_counts_them_not)
{
        _cleanup_(cleanup_netstate_free) struct netstate
                *current = grafted("podgraft:net7 if=2 mac=aa:bb:cc:00:00:06 n=-1 gen=77"),
                *original = NULL;
        struct notes unknown = { 0 };
        char name[IFNAMSIZ];

        ck_assert_uint_eq(graft_alias_index(current, "net7"), 7);
        ck_assert_int_eq(graft_from_alias(current, NULL, &original, name, &unknown), 1);
        ck_assert_int_le(original->links[0].addr_gen_mode, IN6_ADDR_GEN_MODE_RANDOM);
        ck_assert_uint_eq(unknown.n, 1);
        notes_done(&unknown);
}
END_TEST

/* Killed between the creation of a link and its mark: such a link is no part of the pod. */
START_TEST(test_from_alias_links_without_a_mark_are_not_the_pods)
{
        _cleanup_(cleanup_netstate_free) struct netstate
                *current = grafted("podgraft:eth0 if=2 mac=aa:bb:cc:00:00:06"),
                *original = NULL;
        char name[IFNAMSIZ];

        netstate_link_by_name(current, "tap0")->alias[0] = '\0';
        add_link(current, 5, "eth0", "tun");
        strcpy(netstate_add_filter(current)->tap, "tap0");
        ck_assert_int_eq(graft_from_alias(current, NULL, &original, name, NULL), 1);
        ck_assert_uint_eq(original->n_links, 1);
        ck_assert_int_eq(original->links[0].ifindex, 2);
        ck_assert_uint_eq(original->n_filters, 0);
}
END_TEST

START_TEST(test_from_alias_with_a_bridge_only_is_the_pod_without_it)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = pod(), *original = NULL;
        struct ns_link *bridge = add_link(current, 3, "k6t-eth0", "bridge");
        char name[IFNAMSIZ];

        /* Somebody's own, until it has the MAC that only podgraft gives it. */
        ck_assert_int_eq(graft_from_alias(current, NULL, &original, name, NULL), 0);
        graft_derive_mac(pod_mac, "bridge", bridge->mac);
        ck_assert_int_eq(graft_from_alias(current, NULL, &original, name, NULL), 1);
        ck_assert_str_eq(name, "eth0");
        ck_assert_uint_eq(original->n_links, 1);
}
END_TEST

START_TEST(test_from_alias_with_a_filter_only_is_the_pod_without_it)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = pod(), *original = NULL;
        char name[IFNAMSIZ];

        strcpy(netstate_add_filter(current)->tap, "tap0");
        ck_assert_int_eq(graft_from_alias(current, "net1", &original, name, NULL), 0);
        ck_assert_int_eq(graft_from_alias(current, NULL, &original, name, NULL), 1);
        ck_assert_str_eq(name, "eth0");
        ck_assert_uint_eq(original->n_filters, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_alias_default_route_comes_first);
        tcase_add_test(tc, test_alias_of_a_pod_without_its_connected_route_is_marked_incomplete);
        tcase_add_test(tc, test_alias_tells_an_index_that_the_name_does_not);
        tcase_add_test(tc, test_alias_of_too_much_is_marked_incomplete);
        tcase_add_test(tc, test_alias_cannot_say_preferred_source_is_marked_incomplete);
        tcase_add_test(tc, test_alias_cannot_say_scope_leaves_the_address_out);
        tcase_add_test(tc, test_alias_cannot_say_tos_or_scope_of_a_route_is_marked_incomplete);
        tcase_add_test(tc, test_from_alias_gives_the_original_back);
        tcase_add_test(tc, test_from_alias_of_another_interface_finds_nothing);
        tcase_add_test(tc, test_from_alias_without_its_interface_finds_nothing);
        tcase_add_test(tc, test_from_alias_with_nonsense_keeps_what_can_be_read);
        tcase_add_loop_test(tc, test_from_alias_with_a_name_that_is_none_finds_nothing, 0,
                            ARRAY_SIZE(forged));
        tcase_add_test(tc, test_from_alias_finds_the_mark_behind_a_forged_one);
        tcase_add_test(tc, test_alias_with_numbers_that_are_none_counts_them_not);
        tcase_add_test(tc, test_from_alias_links_without_a_mark_are_not_the_pods);
        tcase_add_test(tc, test_from_alias_with_a_bridge_only_is_the_pod_without_it);
        tcase_add_test(tc, test_from_alias_with_a_filter_only_is_the_pod_without_it);
}

int main(void)
{
        return unit_main("alias", add_tests);
}
