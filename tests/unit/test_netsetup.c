/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_netsetup.c - the pure part: guard, identity, target, diff, plan, resolv.conf, JSON
 */
#include <check.h>
#include <linux/if_addr.h>
#include <net/if_arp.h>
#include <string.h>

#include "netsetup/graft.h"
#include "netsetup/guard.h"
#include "netsetup/netlink.h"
#include "netsetup/plan.h"
#include "podgraft/json.h"

/* --- pods built in memory --- */

static struct ns_link *add_link(struct netstate *s, int ifindex, const char *name, const char *kind)
{
        static const uint8_t mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 6 };
        struct ns_link *link = netstate_add_link(s);

        link->ifindex = ifindex;
        strcpy(link->name, name);
        strcpy(link->kind, kind);
        link->arp_type = ARPHRD_ETHER;
        link->mac_len = MAC_LEN;
        memcpy(link->mac, mac, MAC_LEN);
        link->mtu_bytes = 1450;
        link->flags = IFF_UP;
        link->has_peer_nsid = true;
        return link;
}

static void add_address(struct netstate *s, int ifindex, const char *text, uint32_t flags)
{
        struct ns_addr *addr = netstate_add_addr(s);

        ck_assert_int_eq(ip_prefix_parse(text, &addr->prefix), 0);
        addr->ifindex = ifindex;
        addr->flags = flags;
        addr->valid_sec = addr->preferred_sec = UINT32_MAX;
}

static struct ns_route *add_route(struct netstate *s, int ifindex, const char *dst,
                                  const char *gateway, uint32_t metric)
{
        struct ns_route *route = netstate_add_route(s);

        ck_assert_int_eq(ip_prefix_parse(dst, &route->dst), 0);
        if (gateway)
                ck_assert_int_eq(ip_addr_parse(gateway, &route->gateway), 0);
        route->family = route->dst.addr.family;
        route->table = RT_TABLE_MAIN;
        route->type = RTN_UNICAST;
        route->protocol = RTPROT_BOOT;
        route->ifindex = ifindex;
        route->metric = metric;
        return route;
}

static struct netstate *flannel(void)
{
        struct netstate *s = netstate_new();

        add_link(s, 2, "eth0", "veth");
        add_address(s, 2, "10.244.1.7/24", 0);
        add_route(s, 2, "0.0.0.0/0", "10.244.1.1", 0);
        add_route(s, 2, "10.244.1.0/24", NULL, 0)->protocol = RTPROT_KERNEL;
        add_route(s, 2, "10.96.0.0/12", "10.244.1.1", 0);
        return s;
}

static struct podnet *identity_of(const struct netstate *s, const struct netsetup_conf *conf)
{
        static const struct resolvconf no_dns;
        const struct ns_link *nic;
        struct podnet *net = NULL;
        struct notes notes = { 0 };
        struct error err = ERROR_INIT;

        ck_assert_msg(graft_find_interface(s, conf, &nic, &err) == 0, "%s", err.message);
        ck_assert_int_eq(graft_identity(s, nic, conf, &no_dns, &net, &notes, &err), 0);
        notes_done(&notes);
        return net;
}

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

/* --- identity --- */

static const struct netsetup_conf no_conf;

START_TEST(test_identity_flannel_routes_default_last_prefix_route_dropped)
{
        struct netstate *s = flannel();
        struct podnet *net = identity_of(s, &no_conf);

        ck_assert_str_eq(net->nic, "eth0-nic");
        ck_assert_str_eq(net->bridge, "k6t-eth0");
        ck_assert_str_eq(net->tap, "tap0");
        check_routes(net, "10.96.0.0/12 10.244.1.1; 0.0.0.0/0 10.244.1.1; ");
        podnet_free(net);
        netstate_free(s);
}
END_TEST

START_TEST(test_identity_calico_gateway_route_before_default)
{
        struct netstate *s = netstate_new();
        struct podnet *net;

        add_link(s, 2, "eth0", "veth");
        add_address(s, 2, "10.244.1.7/32", 0);
        add_route(s, 2, "0.0.0.0/0", "169.254.1.1", 0);
        add_route(s, 2, "169.254.1.1/32", NULL, 0);
        net = identity_of(s, &no_conf);
        check_routes(net, "169.254.1.1/32 none; 0.0.0.0/0 169.254.1.1; ");
        podnet_free(net);
        netstate_free(s);
}
END_TEST

START_TEST(test_identity_onlink_gateway_gets_host_route)
{
        struct netstate *s = netstate_new();
        struct podnet *net;

        add_link(s, 2, "eth0", "veth");
        add_address(s, 2, "10.244.1.7/32", 0);
        add_route(s, 2, "0.0.0.0/0", "10.0.0.1", 0);
        net = identity_of(s, &no_conf);
        check_routes(net, "10.0.0.1/32 none; 0.0.0.0/0 10.0.0.1; ");
        podnet_free(net);
        netstate_free(s);
}
END_TEST

START_TEST(test_identity_two_defaults_lowest_metric_wins)
{
        struct netstate *s = flannel();
        struct podnet *net;

        s->routes[0].metric = 200;
        add_route(s, 2, "0.0.0.0/0", "10.244.1.2", 100);
        net = identity_of(s, &no_conf);
        check_routes(net, "10.96.0.0/12 10.244.1.1; 0.0.0.0/0 10.244.1.2; ");
        podnet_free(net);
        netstate_free(s);
}
END_TEST

START_TEST(test_identity_without_gateway_or_address_is_no_error)
{
        struct netstate *s = netstate_new();
        struct podnet *net;

        add_link(s, 2, "eth0", "veth");
        net = identity_of(s, &no_conf);
        ck_assert_uint_eq(net->n_addresses, 0);
        check_routes(net, "");
        podnet_free(net);
        netstate_free(s);
}
END_TEST

START_TEST(test_identity_secondary_address_comes_after_preferred)
{
        struct netstate *s = netstate_new();
        struct podnet *net;

        add_link(s, 2, "eth0", "veth");
        add_address(s, 2, "10.244.1.8/24", IFA_F_SECONDARY);
        add_address(s, 2, "10.244.1.7/24", 0);
        net = identity_of(s, &no_conf);
        ck_assert_uint_eq(ntohl(net->addresses[0].addr.v4.s_addr) & 0xff, 7);
        podnet_free(net);
        netstate_free(s);
}
END_TEST

static const struct {
        const char *interface, *nic, *bridge, *tap;
        unsigned index;
} names[] = {
        { "eth0", "eth0-nic", "k6t-eth0", "tap0", 0 },
        { "net1", "net1-nic", "k6t-net1", "tap1", 1 },
        { "pod0123456789a", "0123456789a-nic", "k6t-0123456789a", "tap0123456789a", 0 },
};

START_TEST(test_names_follow_kubevirt)
{
        struct netstate *s = netstate_new();
        struct netsetup_conf conf = { .interface = names[_i].interface };
        struct podnet *net;

        add_link(s, 2, names[_i].interface, "veth");
        net = identity_of(s, &conf);
        ck_assert_str_eq(net->nic, names[_i].nic);
        ck_assert_str_eq(net->bridge, names[_i].bridge);
        ck_assert_str_eq(net->tap, names[_i].tap);
        ck_assert_uint_eq(net->index, names[_i].index);
        podnet_free(net);
        netstate_free(s);
}
END_TEST

START_TEST(test_names_too_long_are_shortened)
{
        struct netstate *s = netstate_new();
        struct netsetup_conf conf = { .interface = "a-name-too-long" };
        struct podnet *net;

        add_link(s, 2, conf.interface, "veth");
        net = identity_of(s, &conf);
        ck_assert_uint_le(strlen(net->nic), 15);
        ck_assert_uint_le(strlen(net->bridge), 15);
        ck_assert_str_ne(net->nic, net->bridge);
        podnet_free(net);
        netstate_free(s);
}
END_TEST

START_TEST(test_find_interface_lowest_metric_default_wins)
{
        struct netstate *s = netstate_new();
        const struct ns_link *nic;

        add_link(s, 2, "eth0", "veth");
        add_link(s, 3, "net1", "veth");
        add_route(s, 2, "0.0.0.0/0", "10.0.0.1", 200);
        add_route(s, 3, "0.0.0.0/0", "10.9.0.1", 100);
        ck_assert_int_eq(graft_find_interface(s, &no_conf, &nic, NULL), 0);
        ck_assert_str_eq(nic->name, "net1");
        netstate_free(s);
}
END_TEST

/* --- guard --- */

static const struct {
        const char *kind, *parent;
        bool peer_elsewhere;
        int result;
} hosts[] = {
        { "veth", "", true, 0 },    { "veth", "", false, -EPERM },
        { "", "", true, -EPERM },   { "", "virtio0", true, -EPERM },
        { "macvlan", "", true, 0 }, { "veth", "virtio0", true, -EPERM },
};

START_TEST(test_guard_host_network_table)
{
        struct netstate *s = netstate_new();
        struct ns_link *link = add_link(s, 2, "eth0", hosts[_i].kind);
        struct error err = ERROR_INIT;

        strcpy(link->parent_dev, hosts[_i].parent);
        link->has_peer_nsid = hosts[_i].peer_elsewhere;
        ck_assert_int_eq(guard_host_network(s, link, "net:[1]", &err), hosts[_i].result);
        if (hosts[_i].result < 0) {
                ck_assert_int_eq(err.class, ERROR_USAGE);
                ck_assert_ptr_nonnull(strstr(err.message, "--allow-host-network"));
                ck_assert_ptr_nonnull(strstr(err.message, "net:[1]"));
        }
        netstate_free(s);
}
END_TEST

/* --- diff --- */

static struct plan *diff(const struct netstate *current, const struct netstate *target)
{
        struct diff_scope scope = { .nic_ifindex = 2, .bridge = "k6t-eth0", .tap = "tap0" };
        struct plan *plan = NULL;
        struct error err = ERROR_INIT;

        ck_assert_msg(plan_diff(current, target, &scope, &plan, &err) == 0, "%s", err.message);
        return plan;
}

static struct netstate *target_of(const struct netstate *s)
{
        struct podnet *net = identity_of(s, &no_conf);
        struct netstate *target = NULL;

        ck_assert_int_eq(graft_target(s, net, &no_conf, &target, NULL), 0);
        podnet_free(net);
        return target;
}

static int position(const struct plan *plan, const char *text)
{
        for (size_t i = 0; i < plan->n_ops; i++)
                if (strstr(plan->ops[i].text, text))
                        return (int)i;
        ck_abort_msg("no operation '%s'", text);
}

START_TEST(test_diff_up_touches_the_wire_last)
{
        struct netstate *s = flannel(), *target = target_of(s);
        struct plan *plan = diff(s, target);
        int tap_up = position(plan, "link tap0: up");

        ck_assert_int_lt(position(plan, "tap0: set MTU"), position(plan, "tap0: attach"));
        ck_assert_int_lt(position(plan, "k6t-eth0: up"), tap_up);
        ck_assert_int_lt(tap_up, position(plan, "10.244.1.7/24: take off eth0"));
        ck_assert_int_lt(position(plan, "take off eth0"), position(plan, "rename to eth0-nic"));
        ck_assert_int_lt(position(plan, "rename to eth0-nic"),
                         position(plan, "eth0-nic: attach to k6t-eth0"));
        plan_free(plan);
        netstate_free(target);
        netstate_free(s);
}
END_TEST

START_TEST(test_diff_of_equal_states_is_empty)
{
        struct netstate *s = flannel(), *target = target_of(s);
        struct plan *plan = diff(s, s);

        ck_assert_uint_eq(plan->n_ops, 0);
        plan_free(plan);
        plan = diff(target, target);
        ck_assert_uint_eq(plan->n_ops, 0);
        plan_free(plan);
        netstate_free(target);
        netstate_free(s);
}
END_TEST

START_TEST(test_diff_down_restores_addresses_then_routes)
{
        struct netstate *s = flannel(), *current = target_of(s);
        struct plan *plan;

        /* The kernel took the routes along with the address. */
        current->n_routes = 0;
        for (size_t i = 0; i < current->n_links; i++)
                if (current->links[i].ifindex == 0)
                        current->links[i].ifindex = 10 + (int)i;
        plan = diff(current, s);
        ck_assert_int_lt(position(plan, "take out of its bridge"),
                         position(plan, "rename to eth0"));
        ck_assert_int_lt(position(plan, "rename to eth0"), position(plan, "10.244.1.7/24: add"));
        ck_assert_int_lt(position(plan, "10.244.1.7/24: add"),
                         position(plan, "route default via 10.244.1.1: add"));
        position(plan, "link tap0: delete");
        position(plan, "link k6t-eth0: delete");
        /* The prefix route comes with the address by itself. */
        for (size_t i = 0; i < plan->n_ops; i++)
                ck_assert_ptr_null(strstr(plan->ops[i].text, "route 10.244.1.0/24"));
        plan_free(plan);
        netstate_free(current);
        netstate_free(s);
}
END_TEST

START_TEST(test_diff_down_leaves_others_additions_alone)
{
        struct netstate *s = flannel(), *current = netstate_copy(s);
        struct plan *plan;

        add_address(current, 2, "192.168.9.9/24", 0);
        add_route(current, 2, "172.16.0.0/12", "10.244.1.1", 0);
        add_link(current, 9, "other0", "veth");
        plan = diff(current, s);
        ck_assert_uint_eq(plan->n_ops, 0);
        plan_free(plan);
        netstate_free(current);
        netstate_free(s);
}
END_TEST

START_TEST(test_diff_lifetimes_go_on_and_expired_stay_gone)
{
        struct netstate *s = flannel(), *current = netstate_copy(s);
        struct plan *plan;

        add_address(s, 2, "fd00::1/64", 0);
        s->addrs[1].valid_sec = s->addrs[1].preferred_sec = 100;
        add_address(s, 2, "fd00::2/64", 0);
        s->addrs[2].valid_sec = 1000;
        s->addrs[2].preferred_sec = 50;
        current->observed_realtime_usec = s->observed_realtime_usec + 200 * 1000000ull;
        plan = diff(current, s);
        ck_assert_uint_eq(plan->n_ops, 1);
        ck_assert_ptr_nonnull(strstr(plan->ops[0].text, "fd00::2/64"));
        ck_assert_uint_eq(plan->ops[0].addr.valid_sec, 800);
        ck_assert_uint_eq(plan->ops[0].addr.preferred_sec, 0);
        plan_free(plan);
        netstate_free(current);
        netstate_free(s);
}
END_TEST

START_TEST(test_diff_tap_of_other_owner_is_made_anew)
{
        struct netstate *s = flannel(), *current = target_of(s), *target = target_of(s);
        struct plan *plan;

        netstate_link_by_name(current, "tap0")->ifindex = 7;
        netstate_link_by_name(current, "k6t-eth0")->ifindex = 8;
        netstate_link_by_name(target, "tap0")->tun.has_owner = true;
        plan = diff(current, target);
        ck_assert_int_lt(position(plan, "tap0: delete"), position(plan, "tap0: create"));
        plan_free(plan);
        netstate_free(target);
        netstate_free(current);
        netstate_free(s);
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
        { "nameserver fe80::1%eth0\nnameserver ::1\n", "::1 ", "", 1 },
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

/* --- JSON --- */

START_TEST(test_netstate_json_round_trip_keeps_raw_messages)
{
        /* RTM_NEWADDR: 10.244.1.7/24 on 2, label eth0 */
        static const uint8_t addr[] = { 2,  24,  0x80, 0, 2,   0,   0,   0,   8,  0,   1, 0,
                                        10, 244, 1,    7, 8,   0,   2,   0,   10, 244, 1, 7,
                                        9,  0,   3,    0, 'e', 't', 'h', '0', 0,  0,   0, 0 };
        struct netstate *s = netstate_new(), *back = NULL;
        struct json_object *o;
        struct error err = ERROR_INIT;

        add_link(s, 2, "eth0", "veth");
        ck_assert_int_eq(observe_message(RTM_NEWADDR, addr, sizeof(addr), s), 0);
        ck_assert_str_eq(s->addrs[0].label, "eth0");
        o = netstate_to_json(s);
        ck_assert_msg(netstate_from_json(o, &back, &err) == 0, "%s", err.message);
        ck_assert_uint_eq(back->n_addrs, 1);
        ck_assert_uint_eq(back->addrs[0].raw.len, sizeof(addr));
        ck_assert_mem_eq(back->addrs[0].raw.data, addr, sizeof(addr));
        ck_assert_uint_eq(back->addrs[0].prefix.len, 24);
        ck_assert_str_eq(back->links[0].name, "eth0");
        json_object_put(o);
        netstate_free(s);
        netstate_free(back);
}
END_TEST

START_TEST(test_observe_message_garbage_is_refused)
{
        static const uint8_t garbage[64] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        struct netstate *s = netstate_new();

        for (size_t len = 0; len < sizeof(garbage); len++) {
                uint8_t *exact = malloc(len ? len : 1);

                memcpy(exact, garbage, len);
                ck_assert_int_lt(observe_message(RTM_NEWADDR, exact, len, s), 0);
                free(exact);
        }
        netstate_free(s);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("netsetup");
        TCase *tc = tcase_create("netsetup");
        SRunner *runner;
        int failed;

        tcase_add_test(tc, test_identity_flannel_routes_default_last_prefix_route_dropped);
        tcase_add_test(tc, test_identity_calico_gateway_route_before_default);
        tcase_add_test(tc, test_identity_onlink_gateway_gets_host_route);
        tcase_add_test(tc, test_identity_two_defaults_lowest_metric_wins);
        tcase_add_test(tc, test_identity_without_gateway_or_address_is_no_error);
        tcase_add_test(tc, test_identity_secondary_address_comes_after_preferred);
        tcase_add_loop_test(tc, test_names_follow_kubevirt, 0, ARRAY_SIZE(names));
        tcase_add_test(tc, test_names_too_long_are_shortened);
        tcase_add_test(tc, test_find_interface_lowest_metric_default_wins);
        tcase_add_loop_test(tc, test_guard_host_network_table, 0, ARRAY_SIZE(hosts));
        tcase_add_test(tc, test_diff_up_touches_the_wire_last);
        tcase_add_test(tc, test_diff_of_equal_states_is_empty);
        tcase_add_test(tc, test_diff_down_restores_addresses_then_routes);
        tcase_add_test(tc, test_diff_down_leaves_others_additions_alone);
        tcase_add_test(tc, test_diff_lifetimes_go_on_and_expired_stay_gone);
        tcase_add_test(tc, test_diff_tap_of_other_owner_is_made_anew);
        tcase_add_loop_test(tc, test_resolvconf_parse_table, 0, ARRAY_SIZE(resolvs));
        tcase_add_test(tc, test_netstate_json_round_trip_keeps_raw_messages);
        tcase_add_test(tc, test_observe_message_garbage_is_refused);
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
