/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_vif_cache.c - KubeVirt's cache of a pod that it wired; JSON with single quotes here
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/vif_cache.h"
#include "tests/unit/unit.h"

/* What Go writes of a netlink.Addr, and of a netlink.Route. */
#define ADDR(ip, mask)                                                                             \
        "{'IP':'" ip "','Mask':'" mask "','Label':'','Flags':0,'Scope':0,'Peer':null,"             \
        "'Broadcast':'','PreferedLft':0,'ValidLft':0,'LinkIndex':0}"
#define ROUTE(dst, gateway)                                                                        \
        "{'LinkIndex':2,'ILinkIndex':0,'Scope':0,'Dst':" dst ",'Src':'','Gw':'" gateway            \
        "','MultiPath':null,'Protocol':3,'Priority':0,'Table':254,'Type':1}"
#define CACHE(ip, routes, more)                                                                    \
        "{'Name':'eth0','IP':" ip ",'IPv6':{},'MAC':'qrvMAAAH','AdvertisingIPAddr':"               \
        "'169.254.75.10','AdvertisingIPv6Addr':'','Routes':" routes ",'Mtu':1450" more "}"
#define POD       ADDR("10.244.0.5", "////AA==")
#define ON_LINK   ROUTE("{'IP':'169.254.1.1','Mask':'/////w=='}", "")
#define SERVICES  ROUTE("{'IP':'10.96.0.0','Mask':'//AAAA=='}", "10.244.0.1")
#define A_DEFAULT ROUTE("null", "10.244.0.9")

static int read_cache(const char *text, struct podnet **ret, struct error *err)
{
        char *json = json_of(text);
        int r = vif_cache_read(json, strlen(json), "--vif-cache", ret, err);

        free(json);
        return r;
}

static struct podnet *must_read(const char *text)
{
        struct error err = ERROR_INIT;
        struct podnet *net = NULL;

        assert_ok(read_cache(text, &net, &err), err);
        return net;
}

static void check_route(const struct podnet_route *route, const char *dst, const char *gateway)
{
        char text[IP_PREFIX_TEXT_LEN], via[IP_ADDR_TEXT_LEN];

        ck_assert_str_eq(ip_prefix_format(&route->dst, text), dst);
        if (gateway)
                ck_assert_str_eq(ip_addr_format(&route->gateway, via), gateway);
        else
                ck_assert_uint_eq(route->gateway.family, AF_UNSPEC);
}

START_TEST(test_identity_is_what_the_guest_has)
{
        struct podnet *net = must_read(CACHE(POD, "null", ",'Gateway':'10.244.0.1'"));
        char text[IP_PREFIX_TEXT_LEN], mac[MAC_TEXT_LEN];

        ck_assert_str_eq(net->interface, "eth0");
        ck_assert_str_eq(mac_format(net->mac, mac), "aa:bb:cc:00:00:07");
        ck_assert_uint_eq(net->mtu_bytes, 1450);
        ck_assert_uint_eq(ntohl(net->server_ip.s_addr), 0xa9fe4b0a);
        ck_assert_uint_eq(net->n_addresses, 1);
        ck_assert_str_eq(ip_prefix_format(&net->addresses[0], text), "10.244.0.5/24");
        ck_assert_uint_eq(net->n_routes, 1);
        check_route(&net->routes[0], "0.0.0.0/0", "10.244.0.1");
        podnet_free(net);
}
END_TEST

START_TEST(test_routes_are_on_the_link_first_and_the_default_last)
{
        struct podnet *net = must_read(
                CACHE(POD, "[" A_DEFAULT "," SERVICES "," ON_LINK "]", ",'Gateway':'169.254.1.1'"));

        ck_assert_uint_eq(net->n_routes, 3);
        check_route(&net->routes[0], "169.254.1.1/32", NULL);
        check_route(&net->routes[1], "10.96.0.0/12", "10.244.0.1");
        check_route(&net->routes[2], "0.0.0.0/0", "169.254.1.1");
        podnet_free(net);
}
END_TEST

START_TEST(test_gateway_of_a_default_route_where_there_is_no_other)
{
        struct podnet *net = must_read(CACHE(POD, "[" A_DEFAULT "]", ",'Gateway':''"));

        ck_assert_uint_eq(net->n_routes, 1);
        check_route(&net->routes[0], "0.0.0.0/0", "10.244.0.9");
        podnet_free(net);
}
END_TEST

START_TEST(test_without_ipam_there_is_no_address)
{
        struct podnet *net = must_read(CACHE(POD, "null", ",'IPAMDisabled':true"));

        ck_assert_uint_eq(net->n_addresses, 0);
        podnet_free(net);
        net = must_read(CACHE("{}", "null", ""));
        ck_assert_uint_eq(net->n_addresses, 0);
        podnet_free(net);
}
END_TEST

static const struct {
        const char *text, *message;
} refused[] = {
        { "[]", "it is no JSON object" },
        { "{}", "vif-cache: 'Name' is missing: it is no vif-cache of KubeVirt's" },
        { "{'Name':'a/b'}", "vif-cache.Name: 'a/b' is no name of an interface" },
        { "{'Name':'eth0'}", "vif-cache: 'MAC' is missing" },
        { "{'Name':'eth0','MAC':'qrvM'}", "vif-cache.MAC: 'qrvM' is not 6 bytes in base64" },
        { "{'Name':'eth0','MAC':'aa:bb:cc'}", "vif-cache.MAC: 'aa:bb:cc' is not 6 bytes" },
        { "{'Name':'eth0','MAC':'AbvMAAAH'}", "vif-cache: 'MAC' is that of a group" },
        { CACHE(ADDR("fd00::1", "////AA=="), "null", ""), "vif-cache.IP.IP: 'fd00::1' is no IPv4" },
        { CACHE(ADDR("10.0.0.1", "/wD/AA=="), "null", ""), "vif-cache.IP: its mask has holes" },
        { CACHE(POD, "{}", ""), "vif-cache.Routes: it is of type object" },
        { CACHE(POD, "[" ROUTE("{'IP':'10.0.0.0','Mask':''}", "") "]", ""),
          "vif-cache.Routes[0].Dst: 'Mask' is missing" },
        { CACHE(POD, "null", ",'Gateway':'x'"), "vif-cache.Gateway: 'x' is no IPv4 address" },
        { "{'Name':'eth0','MAC':'qrvMAAAH','Mtu':67}", "vif-cache: 'Mtu' is 67; IPv4 needs 68" },
};

START_TEST(test_what_is_wrong_is_told_with_its_place)
{
        struct error err = ERROR_INIT;
        struct podnet *net = NULL;

        ck_assert_int_eq(read_cache(refused[_i].text, &net, &err), -EINVAL);
        ck_assert_ptr_null(net);
        assert_usage_of(err, "--vif-cache", refused[_i].message);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_identity_is_what_the_guest_has);
        tcase_add_test(tc, test_routes_are_on_the_link_first_and_the_default_last);
        tcase_add_test(tc, test_gateway_of_a_default_route_where_there_is_no_other);
        tcase_add_test(tc, test_without_ipam_there_is_no_address);
        tcase_add_loop_test(tc, test_what_is_wrong_is_told_with_its_place, 0, ARRAY_SIZE(refused));
}

int main(void)
{
        return unit_main("vif_cache", add_tests);
}
