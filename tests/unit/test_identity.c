/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_identity.c - who the pod is: addresses, routes, MTU, neighbours, as CNI plugins set them up
 */
#include <linux/neighbour.h>

#include "tests/unit/netstate_fixture.h"

/* "10.96.0.0/12 10.244.1.1; 0.0.0.0/0 10.244.1.1; " */
static void check_routes(const struct podnet *net, const char *expected)
{
        char all[1024] = "", text[IP_PREFIX_TEXT_LEN];

        for (size_t i = 0; i < net->n_routes; i++) {
                strcat(all, ip_prefix_format(&net->routes[i].dst, text));
                strcat(all, " ");
                strcat(all, ip_addr_format(&net->routes[i].gateway, text));
                strcat(all, "; ");
        }
        ck_assert_str_eq(all, expected);
}

/* The same, of the identity that @s has. */
static void check_routes_of(const struct netstate *s, const char *expected)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = identity_of(s, &no_conf);

        check_routes(net, expected);
}

/* --- routes --- */

START_TEST(test_identity_flannel_routes_default_last_prefix_route_dropped)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel();
        _cleanup_(cleanup_podnet_free) struct podnet *net = identity_of(s, &no_conf);

        ck_assert_str_eq(net->nic, "eth0-nic");
        ck_assert_str_eq(net->bridge, "k6t-eth0");
        ck_assert_str_eq(net->tap, "tap0");
        check_routes(net, "10.96.0.0/12 10.244.1.1; 0.0.0.0/0 10.244.1.1; ");
}
END_TEST

START_TEST(test_identity_calico_gateway_route_before_default)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod_with("10.244.1.7/32");

        add_route(s, NIC, "0.0.0.0/0", "169.254.1.1");
        add_route(s, NIC, "169.254.1.1/32", NULL);
        check_routes_of(s, "169.254.1.1/32 none; 0.0.0.0/0 169.254.1.1; ");
}
END_TEST

START_TEST(test_identity_onlink_gateway_gets_host_route)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod_with("10.244.1.7/32");

        add_route(s, NIC, "0.0.0.0/0", "10.0.0.1");
        check_routes_of(s, "10.0.0.1/32 none; 0.0.0.0/0 10.0.0.1; ");
}
END_TEST

START_TEST(test_identity_two_defaults_lowest_metric_wins)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel();

        s->routes[0].metric = 200;
        add_route(s, NIC, "0.0.0.0/0", "10.244.1.2")->metric = 100;
        check_routes_of(s, "10.96.0.0/12 10.244.1.1; 0.0.0.0/0 10.244.1.2; ");
}
END_TEST

/* Where net.ipv4.nexthop_compat_mode is 0 the route itself has neither device nor gateway. */
START_TEST(test_identity_nexthop_group_stands_for_its_first_member)
{
        const struct ns_nexthop other = { .id = 3, .ifindex = NIC };
        const struct ns_nexthop first = { .id = 7, .ifindex = NIC, .gateway = ip_of("10.244.1.1") };
        const struct ns_nexthop group = {
                .id = 9, .group = true, .n_members = 2, .first_member = 7
        };
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod_with("10.244.1.7/24");

        add_route(s, NIC, "10.244.1.0/24", NULL);
        add_route(s, 0, "0.0.0.0/0", NULL)->nexthop_id = 9;
        *netstate_add_nexthop(s) = other;
        *netstate_add_nexthop(s) = first;
        *netstate_add_nexthop(s) = group;
        check_routes_of(s, "0.0.0.0/0 10.244.1.1; ");
}
END_TEST

/* --- addresses --- */

START_TEST(test_identity_without_gateway_or_address_is_no_error)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod_with(NULL);
        _cleanup_(cleanup_podnet_free) struct podnet *net = identity_of(s, &no_conf);

        ck_assert_uint_eq(net->n_addresses, 0);
        check_routes(net, "");
}
END_TEST

START_TEST(test_identity_secondary_address_comes_after_preferred)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod_with(NULL);
        _cleanup_(cleanup_podnet_free) struct podnet *net = NULL;

        add_address(s, NIC, "10.244.1.8/24")->flags = IFA_F_SECONDARY;
        add_address(s, NIC, "10.244.1.7/24");
        net = identity_of(s, &no_conf);
        ck_assert_uint_eq(ntohl(net->addresses[0].addr.v4.s_addr) & 0xff, 7);
}
END_TEST

/* The CNI plugin ptp: the kernel's prefix route is gone, the prefix is behind the gateway. */
START_TEST(test_identity_prefix_behind_gateway_is_served_as_host)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod_with("10.244.1.7/24");
        _cleanup_(cleanup_podnet_free) struct podnet *net = NULL;

        add_address(s, NIC, "fd00:1::7/64");
        add_route(s, NIC, "0.0.0.0/0", "10.244.1.1");
        add_route(s, NIC, "10.244.1.0/24", "10.244.1.1");
        add_route(s, NIC, "10.244.1.1/32", NULL);
        add_route(s, NIC, "fd00:1::/64", NULL)->metric = 256;
        net = identity_of(s, &no_conf);
        ck_assert_uint_eq(net->addresses[0].len, 32);
        ck_assert_uint_eq(net->addresses[1].len, 64);
        check_routes(net, "10.244.1.1/32 none; 10.244.1.0/24 10.244.1.1; 0.0.0.0/0 10.244.1.1; ");
}
END_TEST

/* --- the link --- */

/* Cilium in a tunnel: the interface is as wide as the node's, the default route is not. */
START_TEST(test_identity_mtu_is_the_default_routes)
{
        const struct netsetup_conf asked = { .mtu_bytes = 1440 };
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *target = NULL;
        _cleanup_(cleanup_podnet_free) struct podnet *net = NULL, *as_asked = NULL;

        s->routes[0].mtu_bytes = 1400;
        s->routes[2].mtu_bytes = 1300;
        net = identity_of(s, &no_conf);
        ck_assert_uint_eq(net->mtu_bytes, 1400);
        target = target_of(s);
        ck_assert_uint_eq(netstate_link_by_name(target, "tap0")->mtu_bytes, 1450);
        ck_assert_uint_eq(netstate_link_by_name(target, "k6t-eth0")->mtu_bytes, 1450);
        as_asked = identity_of(s, &asked);
        ck_assert_uint_eq(as_asked->mtu_bytes, 1440);
}
END_TEST

/* The gateway of the AWS VPC CNI is nobody's address: the pod has a fixed entry for it. */
START_TEST(test_identity_fixed_neighbours_gateway_first)
{
        static const struct {
                const char *addr;
                uint16_t state;
                uint8_t flags;
        } neighbours[] = {
                { "10.244.1.9", NUD_PERMANENT, 0 },
                { "10.244.1.10", NUD_REACHABLE, 0 },
                { "10.244.1.11", NUD_PERMANENT, NTF_PROXY },
                { "10.244.1.1", NUD_PERMANENT, 0 },
        };
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel();
        _cleanup_(cleanup_podnet_free) struct podnet *net = NULL;
        char text[IP_ADDR_TEXT_LEN];

        for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++)
                *netstate_add_neigh(s) = (struct ns_neigh){ .ifindex = NIC,
                                                            .addr = ip_of(neighbours[i].addr),
                                                            .state = neighbours[i].state,
                                                            .flags = neighbours[i].flags,
                                                            .mac_len = MAC_LEN,
                                                            .mac = { 2, (uint8_t)i } };
        net = identity_of(s, &no_conf);
        ck_assert_uint_eq(net->n_neighbours, 2);
        ck_assert_str_eq(ip_addr_format(&net->neighbours[0].addr, text), "10.244.1.1");
        ck_assert_uint_eq(net->neighbours[0].mac[1], 3);
        ck_assert_str_eq(ip_addr_format(&net->neighbours[1].addr, text), "10.244.1.9");
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_identity_flannel_routes_default_last_prefix_route_dropped);
        tcase_add_test(tc, test_identity_calico_gateway_route_before_default);
        tcase_add_test(tc, test_identity_onlink_gateway_gets_host_route);
        tcase_add_test(tc, test_identity_two_defaults_lowest_metric_wins);
        tcase_add_test(tc, test_identity_nexthop_group_stands_for_its_first_member);
        tcase_add_test(tc, test_identity_without_gateway_or_address_is_no_error);
        tcase_add_test(tc, test_identity_secondary_address_comes_after_preferred);
        tcase_add_test(tc, test_identity_prefix_behind_gateway_is_served_as_host);
        tcase_add_test(tc, test_identity_mtu_is_the_default_routes);
        tcase_add_test(tc, test_identity_fixed_neighbours_gateway_first);
}

int main(void)
{
        return unit_main("identity", add_tests);
}
