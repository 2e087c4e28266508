/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_podnet.c - the identity as a value: its parts as text, itself as JSON
 */
#include <arpa/inet.h>

#include "podgraft/json.h"
#include "podgraft/podnet.h"
#include "tests/unit/unit.h"

/* --- its parts --- */

static const struct {
        const char *text;
        bool ok;
} mac_texts[] = {
        { "aa:bb:cc:00:00:07", true },
        { "AA:BB:CC:00:00:07", true },
        { "", false },
        { "aa:bb:cc:00:00", false },
        { "aa:bb:cc:00:00:07:", false },
        { "aa:bb:cc:00:00:0", false },
        { "aa-bb-cc-00-00-07", false },
        { "ga:bb:cc:00:00:07", false },
};

START_TEST(test_mac_parse_table)
{
        uint8_t mac[MAC_LEN] = { 1, 2, 3, 4, 5, 6 };
        char text[MAC_TEXT_LEN];

        if (mac_texts[_i].ok) {
                ck_assert_int_eq(mac_parse(mac_texts[_i].text, mac), 0);
                ck_assert_str_eq(mac_format(mac, text), "aa:bb:cc:00:00:07");
        } else {
                ck_assert_int_eq(mac_parse(mac_texts[_i].text, mac), -EINVAL);
                ck_assert_uint_eq(mac[0], 1);
        }
}
END_TEST

static const struct {
        const char *text, *back; /* back NULL: refused */
} prefix_texts[] = {
        { "10.244.1.7/24", "10.244.1.7/24" },
        { "10.0.0.1", "10.0.0.1/32" },
        { "fd00::5/64", "fd00::5/64" },
        { "fd00::5", "fd00::5/128" },
        { "0.0.0.0/0", "0.0.0.0/0" },
        { "10.0.0.1/33", NULL },
        { "10.0.0.1/", NULL },
        { "10.0.0.1/-1", NULL },
        { "10.0.0.1/2x", NULL },
        { "fd00::5/129", NULL },
        { "10.0.0", NULL },
        { "", NULL },
};

START_TEST(test_ip_prefix_parse_table)
{
        struct ip_prefix prefix;
        char text[IP_PREFIX_TEXT_LEN];
        int r = ip_prefix_parse(prefix_texts[_i].text, &prefix);

        if (!prefix_texts[_i].back) {
                ck_assert_int_eq(r, -EINVAL);
                return;
        }
        ck_assert_int_eq(r, 0);
        ck_assert_str_eq(ip_prefix_format(&prefix, text), prefix_texts[_i].back);
}
END_TEST

/* --- all of it --- */

static struct podnet *sample_podnet(void)
{
        struct podnet *net = podnet_new();
        struct podnet_route route = { .metric = 100 };
        struct podnet_neighbour neighbour = { 0 };
        struct ip_prefix prefix;
        struct ip_addr addr;

        strcpy(net->interface, "eth0");
        strcpy(net->nic, "eth0-nic");
        strcpy(net->bridge, "k6t-eth0");
        strcpy(net->tap, "tap0");
        strcpy(net->hostname, "pod-1");
        net->index = 0;
        net->mtu_bytes = 1450;
        net->queues = 2;
        ck_assert_int_eq(mac_parse("aa:bb:cc:00:00:07", net->mac), 0);
        ck_assert_int_eq(mac_parse("02:bb:cc:00:00:08", net->server_mac), 0);
        ck_assert_int_eq(inet_pton(AF_INET, "169.254.75.10", &net->server_ip), 1);
        ip_prefix_parse("10.244.1.7/24", &prefix);
        podnet_add_address(net, &prefix);
        ip_prefix_parse("fd00::7/64", &prefix);
        podnet_add_address(net, &prefix);
        ip_prefix_parse("169.254.1.1/32", &route.dst);
        podnet_add_route(net, &route);
        ip_prefix_parse("0.0.0.0/0", &route.dst);
        ip_addr_parse("169.254.1.1", &route.gateway);
        podnet_add_route(net, &route);
        ip_addr_parse("169.254.1.1", &neighbour.addr);
        mac_parse("ee:ee:ee:ee:ee:ee", neighbour.mac);
        podnet_add_neighbour(net, &neighbour);
        ip_addr_parse("10.96.0.10", &addr);
        podnet_add_nameserver(net, &addr);
        podnet_add_search(net, "default.svc.cluster.local");
        return net;
}

START_TEST(test_podnet_json_round_trip_is_equal)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = sample_podnet(), *back = NULL;
        _cleanup_(cleanup_json_unref) struct json_object *first = podnet_to_json(net),
                                                         *second = NULL;
        struct error err = ERROR_INIT;

        assert_ok(podnet_from_json(first, &back, &err), err);
        second = podnet_to_json(back);
        ck_assert_str_eq(json_object_to_json_string(first), json_object_to_json_string(second));
        ck_assert_uint_eq(back->n_addresses, 2);
        ck_assert_uint_eq(back->n_routes, 2);
        ck_assert_uint_eq(back->routes[0].metric, 100);
        ck_assert_uint_eq(back->n_neighbours, 1);
        ck_assert_uint_eq(back->neighbours[0].mac[5], 0xee);
}
END_TEST

START_TEST(test_podnet_from_json_bad_value_names_key)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = sample_podnet(), *back = NULL;
        _cleanup_(cleanup_json_unref) struct json_object *o = podnet_to_json(net);
        struct error err = ERROR_INIT;

        json_object_object_add(o, "mac", json_object_new_string("nonsense"));
        ck_assert_int_eq(podnet_from_json(o, &back, &err), -EINVAL);
        assert_says(err, "'mac'");
        ck_assert_ptr_null(back);
}
END_TEST

START_TEST(test_podnet_copy_shares_nothing)
{
        struct podnet *net = sample_podnet(), *copy = podnet_copy(net);
        struct ip_addr gateway;

        podnet_free(net);
        ip_addr_parse("169.254.1.1", &gateway);
        ck_assert(ip_addr_equal(podnet_default_gateway(copy, AF_INET), &gateway));
        ck_assert_ptr_null(podnet_default_gateway(copy, AF_INET6));
        ck_assert_uint_eq(podnet_first_address(copy, AF_INET6)->len, 64);
        podnet_free(copy);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_mac_parse_table, 0, ARRAY_SIZE(mac_texts));
        tcase_add_loop_test(tc, test_ip_prefix_parse_table, 0, ARRAY_SIZE(prefix_texts));
        tcase_add_test(tc, test_podnet_json_round_trip_is_equal);
        tcase_add_test(tc, test_podnet_from_json_bad_value_names_key);
        tcase_add_test(tc, test_podnet_copy_shares_nothing);
}

int main(void)
{
        return unit_main("podnet", add_tests);
}
