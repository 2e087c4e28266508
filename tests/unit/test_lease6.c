/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_lease6.c - an identity as routers of the guest and what they advertise
 */
#include "dhcp/lease6.h"
#include "dhcp/ndisc_protocol.h"
#include "tests/unit/dhcp_fixture.h"

static const uint8_t gateway_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 9 };

static struct podnet *net6(const char *address)
{
        struct podnet *net = bare_net(address);

        net->mtu_bytes = 1450;
        return net;
}

static void add_neighbour(struct podnet *net, const char *text, bool is_learnt)
{
        struct podnet_neighbour neighbour = { .is_learnt = is_learnt };

        ck_assert_int_eq(ip_addr_parse(text, &neighbour.addr), 0);
        memcpy(neighbour.mac, gateway_mac, MAC_LEN);
        ck_assert_int_eq(podnet_add_neighbour(net, &neighbour), 0);
}

/* What the advertisements of all routers carry, a line an option: "0 prefix fd00:1::/64" */
static void describe(const struct dhcp_conf *conf, char ret[8192])
{
        struct reader ras = conf_ras(conf);
        struct conf_ra ra;
        size_t len = 0;

        ret[0] = '\0';
        while (conf_ra_next(&ras, &ra)) {
                struct reader r = reader_init(ra.options, ra.len);

                ck_assert_uint_le(ra.len, RA_OPTIONS_MAX);
                while (r.left > 0) {
                        uint8_t code = reader_u8(&r), units = reader_u8(&r), option[256] = { 0 };
                        char text[INET6_ADDRSTRLEN];

                        ck_assert_uint_gt(units, 0);
                        ck_assert_uint_le(units, 31);
                        reader_copy(&r, option, units * 8u - 2);
                        ck_assert(!r.failed);
                        len += (size_t)sprintf(ret + len, "%u ", ra.router);
                        if (code == ND_OPT_MTU) {
                                len += (size_t)sprintf(ret + len, "mtu %u",
                                                       option[4] << 8 | option[5]);
                        } else if (code == ND_OPT_PREFIX) {
                                inet_ntop(AF_INET6, option + 14, text, sizeof(text));
                                len += (size_t)sprintf(ret + len, "prefix %s/%u", text, option[0]);
                        } else if (code == ND_OPT_ROUTE) {
                                inet_ntop(AF_INET6, option + 6, text, sizeof(text));
                                len += (size_t)sprintf(ret + len, "route %s/%u", text, option[0]);
                        } else if (code == ND_OPT_RDNSS) {
                                len += (size_t)sprintf(ret + len, "servers %u", (units - 1) / 2);
                        } else if (code == ND_OPT_DNSSL) {
                                len += (size_t)sprintf(ret + len, "search");
                        } else {
                                ck_abort_msg("option %u", code);
                        }
                        ret[len++] = '\n';
                        ret[len] = '\0';
                }
        }
}

static void assert_tells(const struct dhcp_conf *conf, const char *lines)
{
        char text[8192];

        describe(conf, text);
        ck_assert_str_eq(text, lines);
}

static void assert_is(const struct in6_addr *ip, const char *text)
{
        struct in6_addr expected = ip6(text);

        ck_assert_mem_eq(ip, &expected, 16);
}

START_TEST(test_lease6_link_local_gateway_is_the_router_itself)
{
        struct podnet *net = net6("fd00:1::7/128");
        struct dhcp_conf conf;

        add_route(net, "::/0", "fe80::ecee:eeff:feee:eeee");
        conf = conf_of(net, NULL);
        ck_assert(conf.serves_ra && conf.serves_dhcp6);
        ck_assert_uint_eq(conf.n_routers6, 1);
        assert_is(&conf.routers6[0].link_local, "fe80::ecee:eeff:feee:eeee");
        ck_assert(conf.routers6[0].is_default && !conf.routers6[0].is_made_up);
        ck_assert(!dhcp_conf_follows_gateway(&conf));
        assert_tells(&conf, "0 mtu 1450\n");
}
END_TEST

START_TEST(test_lease6_global_gateway_gets_a_link_local_address_and_is_followed)
{
        struct podnet *net = net6("fd00:1::7/64");
        struct dhcp_conf conf;

        add_route(net, "::/0", "fd00:1::1");
        add_neighbour(net, "fd00:1::1", true);
        conf = conf_of(net, NULL);
        ck_assert_uint_eq(conf.n_routers6, 1);
        ck_assert(IN6_IS_ADDR_LINKLOCAL(&conf.routers6[0].link_local));
        ck_assert_mem_ne(&conf.routers6[0].link_local, &conf.server_ip6, 16);
        assert_is(&conf.routers6[0].gateway, "fd00:1::1");
        ck_assert_mem_eq(conf.routers6[0].mac, gateway_mac, MAC_LEN);
        ck_assert(conf.routers6[0].is_made_up && conf.routers6[0].is_followed);
        ck_assert(dhcp_conf_follows_gateway(&conf));
        ck_assert_uint_eq(conf.n_fixed6, 0);
        assert_tells(&conf, "0 mtu 1450\n0 prefix fd00:1::/64\n");
}
END_TEST

START_TEST(test_lease6_unknown_mac_is_followed_from_the_start)
{
        struct podnet *net = net6("fd00:1::7/64");
        struct dhcp_conf conf;

        add_route(net, "::/0", "fd00:1::1");
        conf = conf_of(net, NULL);
        ck_assert_mem_eq(conf.routers6[0].mac, "\0\0\0\0\0\0", MAC_LEN);
        ck_assert(conf.routers6[0].is_made_up && conf.routers6[0].is_followed);
}
END_TEST

/* RFC 4861 section 7.2.5: one that says it is none would be dropped by the guest. */
START_TEST(test_lease6_link_local_gateway_that_is_no_router_is_hidden)
{
        struct podnet *net = net6("fd00:1::7/128");
        struct dhcp_conf conf;

        add_route(net, "::/0", "fe80::1");
        add_neighbour(net, "fe80::1", true);
        conf = conf_of(net, NULL);
        ck_assert(conf.routers6[0].is_made_up && conf.routers6[0].is_followed);
        assert_is(&conf.routers6[0].gateway, "fe80::1");
        ck_assert_mem_eq(conf.routers6[0].mac, gateway_mac, MAC_LEN);
}
END_TEST

START_TEST(test_lease6_fixed_gateways_are_answered_for_and_not_followed)
{
        struct podnet *net = net6("fd00:1::7/64");
        struct dhcp_conf conf;

        add_route(net, "fd00:9::/48", "fd00:1::1");
        add_route(net, "::/0", "fe80::1");
        add_neighbour(net, "fe80::1", false);
        add_neighbour(net, "fd00:1::1", false);
        conf = conf_of(net, NULL);
        ck_assert_uint_eq(conf.n_routers6, 2);
        assert_is(&conf.routers6[0].link_local, "fe80::1");
        ck_assert(!conf.routers6[0].is_made_up && conf.routers6[1].is_made_up);
        ck_assert(!dhcp_conf_follows_gateway(&conf));
        ck_assert_mem_eq(conf.routers6[0].mac, gateway_mac, MAC_LEN);
        ck_assert_mem_eq(conf.routers6[1].mac, gateway_mac, MAC_LEN);
        ck_assert_uint_eq(conf.n_fixed6, 2);
        ck_assert_uint_eq(conf.n_neighbours, 0);
}
END_TEST

START_TEST(test_lease6_everything_on_link_is_told_once_and_routes_by_their_gateway)
{
        struct podnet *net = net6("fd00:1::7/64");
        struct dhcp_conf conf;

        add_address(net, "fd00:1::8/64");
        add_address(net, "2001:db8::7/80");
        add_address(net, "2001:db8:1::7/128");
        add_address(net, "10.244.1.7/24");
        add_route(net, "2001:db8:2::/64", NULL);
        add_route(net, "2001:db8::/80", NULL);
        add_route(net, "fd00:77::1/128", NULL);
        add_route(net, "10.0.0.0/8", NULL);
        add_route(net, "fd00:9::/48", "fd00:1::1");
        add_route(net, "fd00:8::/48", "fd00:1::2");
        add_route(net, "10.9.0.0/16", "10.244.1.1");
        add_route(net, "::/0", "fd00:77::1");
        conf = conf_of(net, NULL);
        ck_assert_uint_eq(conf.n_addresses6, 4);
        ck_assert_uint_eq(conf.n_routers6, 3);
        assert_is(&conf.routers6[0].gateway, "fd00:77::1");
        ck_assert(conf.routers6[0].is_default && !conf.routers6[1].is_default);
        assert_tells(&conf, "0 mtu 1450\n0 prefix fd00:1::/64\n0 prefix 2001:db8::/80\n"
                            "0 prefix 2001:db8:2::/64\n0 prefix fd00:77::1/128\n"
                            "1 route fd00:9::/48\n2 route fd00:8::/48\n");
}
END_TEST

START_TEST(test_lease6_dns_of_ipv6_is_told)
{
        struct podnet *net = net6("fd00:1::7/64");
        struct dhcp_conf conf;

        add_nameserver(net, "10.96.0.10");
        add_nameserver(net, "fd00::a");
        add_nameserver(net, "fd00::b");
        podnet_add_search(net, "svc.cluster.local");
        conf = conf_of(net, NULL);
        assert_tells(&conf, "0 mtu 1450\n0 prefix fd00:1::/64\n0 servers 2\n0 search\n");
}
END_TEST

/* Without a gateway somebody has to say what is on-link, and that there is DHCPv6. */
START_TEST(test_lease6_without_gateway_the_server_advertises)
{
        struct dhcp_conf conf = conf_of(net6("fd00:1::7/64"), NULL);

        ck_assert_uint_eq(conf.n_routers6, 1);
        ck_assert_mem_eq(&conf.routers6[0].link_local, &conf.server_ip6, 16);
        ck_assert(!conf.routers6[0].is_default && !conf.routers6[0].is_made_up);
        assert_tells(&conf, "0 mtu 1450\n0 prefix fd00:1::/64\n");
}
END_TEST

/* What is not in one advertisement is in another; what is in none has a note. */
START_TEST(test_lease6_many_routes_take_several_advertisements)
{
        struct podnet *net = net6("fd00:1::7/64");
        _cleanup_free_ struct dhcp_conf *conf = malloc(sizeof(*conf));
        struct notes notes = { 0 };
        struct error err = ERROR_INIT;
        unsigned n_routes = 0, n_ras = 0;
        struct reader ras;
        struct conf_ra ra;

        for (unsigned i = 0; i < 300; i++) {
                char dst[64];

                snprintf(dst, sizeof(dst), "fd01:%x::/64", i);
                add_route(net, dst, "fd00:1::1");
        }
        ck_assert_int_eq(dhcp_conf_from_podnet(net, NULL, 0, conf, &notes, &err), 0);
        podnet_free(net);
        ck_assert_uint_eq(notes.n, 1);
        ck_assert(conf_is_sound(conf));
        for (ras = conf_ras(conf); conf_ra_next(&ras, &ra); n_ras++) {
                ck_assert_uint_le(ra.len, RA_OPTIONS_MAX);
                n_routes +=
                        ra.len / 16 - 2; /* close enough: the first one has 40 bytes of others */
        }
        ck_assert_uint_ge(n_ras, 3);
        ck_assert_uint_ge(n_routes, DHCP_MAX_ROUTES);
        notes_done(&notes);
}
END_TEST

static const struct {
        const char *address;
        enum podnet_teller dhcp4, dhcp6, ra;
        bool serves4, serves6, serves_ra;
} tellers[] = {
        { "fd00:1::7/64", PODNET_TOLD_BY_US, PODNET_TOLD_BY_US, PODNET_TOLD_BY_US, false, true,
          true },
        { "fd00:1::7/64", PODNET_TOLD_BY_US, PODNET_TOLD_BY_NOBODY, PODNET_TOLD_BY_US, false, false,
          true },
        { "fd00:1::7/64", PODNET_TOLD_BY_US, PODNET_TOLD_BY_SEGMENT, PODNET_TOLD_BY_SEGMENT, false,
          false, false },
        { "10.244.1.7/24", PODNET_TOLD_BY_US, PODNET_TOLD_BY_US, PODNET_TOLD_BY_US, true, false,
          false },
        { "10.244.1.7/24", PODNET_TOLD_BY_SEGMENT, PODNET_TOLD_BY_US, PODNET_TOLD_BY_US, false,
          false, false },
};

START_TEST(test_lease6_serves_what_it_is_to_tell)
{
        struct podnet *net = net6(tellers[_i].address);
        struct dhcp_conf conf;

        net->dhcp4 = tellers[_i].dhcp4;
        net->dhcp6 = tellers[_i].dhcp6;
        net->ra = tellers[_i].ra;
        ck_assert(podnet_is_served(net) ==
                  (tellers[_i].serves4 || tellers[_i].serves6 || tellers[_i].serves_ra));
        conf = conf_of(net, NULL);
        ck_assert(tellers[_i].serves4 == (conf.address.s_addr != 0));
        ck_assert(tellers[_i].serves6 == conf.serves_dhcp6);
        ck_assert(tellers[_i].serves_ra == conf.serves_ra);
}
END_TEST

START_TEST(test_conf_fingerprint_is_of_everything_but_the_lease_time)
{
        struct podnet *net = net6("fd00:1::7/64");
        struct dhcp_conf conf, same, other;

        add_route(net, "::/0", "fd00:1::1");
        same = conf_of(podnet_copy(net), NULL);
        conf = conf_of(podnet_copy(net), NULL);
        add_route(net, "fd00:9::/48", "fd00:1::1");
        other = conf_of(net, NULL);
        same.lease_sec = 600;
        ck_assert_uint_eq(dhcp_conf_fingerprint(&conf), dhcp_conf_fingerprint(&same));
        ck_assert_uint_ne(dhcp_conf_fingerprint(&conf), dhcp_conf_fingerprint(&other));
        same.tap_ifindex++;
        ck_assert_uint_ne(dhcp_conf_fingerprint(&conf), dhcp_conf_fingerprint(&same));
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_lease6_link_local_gateway_is_the_router_itself);
        tcase_add_test(tc, test_lease6_global_gateway_gets_a_link_local_address_and_is_followed);
        tcase_add_test(tc, test_lease6_unknown_mac_is_followed_from_the_start);
        tcase_add_test(tc, test_lease6_link_local_gateway_that_is_no_router_is_hidden);
        tcase_add_test(tc, test_lease6_fixed_gateways_are_answered_for_and_not_followed);
        tcase_add_test(tc, test_lease6_everything_on_link_is_told_once_and_routes_by_their_gateway);
        tcase_add_test(tc, test_lease6_dns_of_ipv6_is_told);
        tcase_add_test(tc, test_lease6_without_gateway_the_server_advertises);
        tcase_add_test(tc, test_lease6_many_routes_take_several_advertisements);
        tcase_add_loop_test(tc, test_lease6_serves_what_it_is_to_tell, 0, ARRAY_SIZE(tellers));
        tcase_add_test(tc, test_conf_fingerprint_is_of_everything_but_the_lease_time);
}

int main(void)
{
        return unit_main("lease6", add_tests);
}
