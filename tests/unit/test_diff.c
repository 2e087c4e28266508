/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_diff.c - restores that others, an older kernel or a crash make difficult
 *
 * What tests/model found with random pods, one pod each. The common cases are in test_plan.c.
 */
#include <linux/neighbour.h>

#include "netsetup/session.h"
#include "tests/unit/netstate_fixture.h"

static struct netstate *pod(void)
{
        return pod_with("10.1.0.1/24");
}

START_TEST(test_diff_down_deletes_what_others_renamed)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = netstate_copy(s);

        strcpy(add_link(current, 7, "their-name", "tun")->alias, "podgraft:eth0 if=2");
        strcpy(add_link(current, 8, "tap1", "tun")->alias, "podgraft:net1 if=3");
        check_diff(current, s, "link their-name: delete\n");
}
END_TEST

/* An adopted original is read beside the graft. */
START_TEST(test_diff_down_removes_a_filter_that_the_original_has)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;

        strcpy(netstate_add_filter(s)->tap, "tap0");
        current = netstate_copy(s);
        check_diff(current, s, "filter of tap0: delete\n");
}
END_TEST

START_TEST(test_diff_down_tells_ipv4_routes_by_onlink_and_protocol)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;

        add_route(s, NIC, "0.0.0.0/0", "10.1.0.5");
        add_route(s, NIC, "0.0.0.0/0", "10.1.0.5")->flags = RTNH_F_ONLINK;
        add_route(s, NIC, "0.0.0.0/0", "10.1.0.5")->protocol = RTPROT_STATIC;
        current = netstate_copy(s);
        check_diff(current, s, "");
        current->n_routes = 1;
        check_diff(current, s,
                   "route default via 10.1.0.5: add\n"
                   "route default via 10.1.0.5: add\n");
}
END_TEST

/* The gateway of what is put in order is reached by it. */
START_TEST(test_diff_down_deletes_connected_routes_after_the_order_is_right)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;

        add_link(s, 3, "net1", "veth");
        add_route(s, NIC, "0.0.0.0/0", "10.1.0.5");
        add_route(s, 3, "0.0.0.0/0", NULL);
        current = netstate_copy(s);
        current->routes[0] = s->routes[1];
        current->routes[1] = s->routes[0];
        add_route(current, NIC, "10.1.0.0/24", NULL)->protocol = RTPROT_KERNEL;
        check_diff(current, s,
                   "route default via 10.1.0.5: delete\n"
                   "route default via 10.1.0.5: add\n"
                   "route default: delete\n"
                   "route default: add\n"
                   "route 10.1.0.0/24: delete\n");
}
END_TEST

/* Below Linux 6.2 the rename takes the interface down and up, which makes a link-local address. */
START_TEST(test_diff_up_stops_link_local_addresses_before_the_rename)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *target = netstate_copy(s);
        struct ns_link *nic = netstate_link_by_name(target, "eth0");

        strcpy(nic->name, "eth0-nic");
        nic->addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
        check_diff(s, target,
                   "link eth0: no link-local addresses of the kernel's own\n"
                   "link eth0: rename to eth0-nic\n");
}
END_TEST

/* Killed between taking away and adding again what belongs to another link. */
START_TEST(test_diff_down_restores_a_rival_that_the_ordering_lost)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;

        add_link(s, 3, "net1", "veth");
        add_route(s, NIC, "0.0.0.0/0", "10.1.0.5");
        add_route(s, 3, "0.0.0.0/0", NULL);
        add_route(s, 3, "10.9.0.0/16", NULL);
        current = netstate_copy(s);
        current->n_routes = 1;
        check_diff(current, s, "route default: add\n");
}
END_TEST

/* Requests cannot tell these apart: what is deleted is the first of them. */
START_TEST(test_diff_down_deletes_routes_that_differ_in_onlink_before_adding)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;

        add_route(s, NIC, "0.0.0.0/0", "10.1.0.5");
        add_route(s, NIC, "0.0.0.0/0", "10.1.0.5")->flags = RTNH_F_ONLINK;
        current = netstate_copy(s);
        current->routes[0].flags = RTNH_F_ONLINK;
        current->routes[1].flags = 0;
        check_diff(current, s,
                   "route default via 10.1.0.5: delete\n"
                   "route default via 10.1.0.5: delete\n"
                   "route default via 10.1.0.5: add\n"
                   "route default via 10.1.0.5: add\n");
}
END_TEST

/* The kernel makes one route of it and of another that others have added. */
START_TEST(test_diff_down_ipv6_route_in_a_multipath_is_there)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;
        struct ns_route *both;

        add_route(s, NIC, "::/0", "fe80::1")->metric = 1024;
        current = netstate_copy(s);
        both = &current->routes[0];
        both->n_hops = 2;
        both->hop_ifindex[0] = both->hop_ifindex[1] = NIC;
        both->hop_gateway[0] = ip_of("fe80::2");
        both->hop_gateway[1] = both->gateway;
        both->gateway = (struct ip_addr){ 0 };
        both->ifindex = 0;
        check_diff(current, s, "");
}
END_TEST

START_TEST(test_diff_down_source_that_is_gone_leaves_the_ipv6_route)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;
        struct ns_route *route;

        add_link(s, 3, "net1", "veth");
        add_address(s, NIC, "fd00::1/64");
        route = add_route(s, 3, "fd00:9::/48", NULL);
        route->prefsrc = ip_of("fd00::1");
        current = netstate_copy(s);
        current->routes[0].prefsrc = (struct ip_addr){ 0 };
        check_diff(current, s,
                   "route fd00:9::/48: delete\n"
                   "route fd00:9::/48 src fd00::1: add\n");
        /* Others have deleted the pod's interface. */
        current->links[0].ifindex = 99;
        current->n_addrs = 0;
        check_diff(current, s, "");
}
END_TEST

START_TEST(test_diff_down_ipv6_route_that_was_given_an_end_is_made_anew)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;

        add_route(s, NIC, "fd00::/64", NULL);
        current = netstate_copy(s);
        current->routes[0].expires_sec = 100;
        check_diff(current, s,
                   "route fd00::/64: delete\n"
                   "route fd00::/64: add\n");
}
END_TEST

/* A list that was put together has an order that no adding would give. */
START_TEST(test_diff_down_addresses_in_the_kernels_order_are_in_order)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;

        add_address(s, NIC, "10.1.0.2/24"); /* a secondary */
        add_address(s, NIC, "10.9.0.1/16");
        add_address(s, NIC, "fe80::1/64");
        s->addrs[3].scope = RT_SCOPE_LINK;
        add_address(s, NIC, "fd00::1/64");
        current = netstate_copy(s);
        current->addrs[1] = s->addrs[2];
        current->addrs[2] = s->addrs[1];
        current->addrs[3] = s->addrs[4];
        current->addrs[4] = s->addrs[3];
        check_diff(current, s, "");
}
END_TEST

START_TEST(test_diff_down_address_with_others_prefix_is_out_of_the_way)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = netstate_copy(s);

        add_address(s, NIC, "fd00::1/128");
        add_address(current, NIC, "fd00::1/64");
        current->addrs[0].peer = ip_of("10.1.0.9");
        check_diff(current, s,
                   "address 10.1.0.1/24: take off eth0\n"
                   "address 10.1.0.1/24: add to eth0\n"
                   "address fd00::1/64: take off eth0\n"
                   "address fd00::1/128: add to eth0\n");
}
END_TEST

START_TEST(test_diff_down_without_the_interface_restores_nothing_on_it)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = pod(), *current = NULL;
        struct ns_nexthop *hop = netstate_add_nexthop(s);
        struct ns_neigh *neigh = netstate_add_neigh(s);

        hop->id = 1;
        hop->ifindex = neigh->ifindex = NIC;
        neigh->state = NUD_PERMANENT;
        neigh->addr = ip_of("10.1.0.5");
        add_route(s, NIC, "0.0.0.0/0", "10.1.0.5");
        current = netstate_new();
        check_diff(current, s, "");
}
END_TEST

/* --- what the kernel refuses --- */

/* Has what the plans' routes make; says no to some. */
struct picky_kernel {
        struct netstate *state;
        int code;        /* for routes by a gateway */
        unsigned n_noes; /* so many times; then yes */
};

static int picky_observe(void *self, struct netstate **ret, struct error *err)
{
        *ret = netstate_copy(((struct picky_kernel *)self)->state);
        return 0;
}

static int picky_execute(void *self, const struct plan_op *op, struct error *err)
{
        struct picky_kernel *k = self;

        ck_assert_int_eq(op->type, PLAN_ROUTE_ADD);
        if (op->route.gateway.family && k->n_noes > 0) {
                k->n_noes--;
                return error_set(err, k->code, "no");
        }
        ck_assert_ptr_nonnull(netstate_copy_route(k->state, &op->route));
        return 0;
}

/* Down of a pod that lost a route by a gateway and two others. */
static int restore(struct picky_kernel *k, struct notes *notes)
{
        const struct kernel kernel = { picky_observe, picky_execute, NULL, k };
        struct netsetup ns = { .record = record_new() };
        struct error err = ERROR_INIT;
        int r;

        k->state = pod();
        ns.record->original = pod();
        ns.record->identity = podnet_new();
        strcpy(ns.record->identity->interface, "eth0");
        strcpy(ns.record->identity->bridge, "k6t-eth0");
        strcpy(ns.record->identity->tap, "tap0");
        add_route(ns.record->original, NIC, "10.9.0.0/16", NULL);
        add_route(ns.record->original, NIC, "0.0.0.0/0", "10.1.0.5");
        add_route(ns.record->original, NIC, "10.8.0.0/16", NULL);
        r = session_converge(&ns, &kernel, NETSETUP_DOWN, notes, &err);
        record_free(ns.record);
        return r;
}

START_TEST(test_converge_down_notes_what_the_kernel_refuses_and_restores_the_rest)
{
        struct picky_kernel k = { .code = -ENETUNREACH, .n_noes = 100 };
        struct notes notes = { 0 };

        ck_assert_int_eq(restore(&k, &notes), 0);
        ck_assert_uint_eq(k.state->n_routes, 2);
        ck_assert_uint_eq(notes.n, 1);
        ck_assert_ptr_nonnull(strstr(notes.note[0].text, "route default via 10.1.0.5: add"));
        ck_assert_ptr_nonnull(strstr(notes.note[0].text, "Network is unreachable"));
        notes_done(&notes);
        netstate_free(k.state);
}
END_TEST

START_TEST(test_converge_down_tries_again_what_was_refused)
{
        struct picky_kernel k = { .code = -ENETUNREACH, .n_noes = 1 };
        struct notes notes = { 0 };

        ck_assert_int_eq(restore(&k, &notes), 0);
        ck_assert_uint_eq(k.state->n_routes, 3);
        ck_assert_uint_eq(notes.n, 0);
        netstate_free(k.state);
}
END_TEST

START_TEST(test_converge_down_fails_for_want_of_privilege)
{
        struct picky_kernel k = { .code = -EPERM, .n_noes = 1 };
        struct notes notes = { 0 };

        ck_assert_int_eq(restore(&k, &notes), -EPERM);
        ck_assert_uint_eq(notes.n, 0);
        netstate_free(k.state);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_diff_down_deletes_what_others_renamed);
        tcase_add_test(tc, test_diff_down_removes_a_filter_that_the_original_has);
        tcase_add_test(tc, test_diff_down_tells_ipv4_routes_by_onlink_and_protocol);
        tcase_add_test(tc, test_diff_down_deletes_connected_routes_after_the_order_is_right);
        tcase_add_test(tc, test_diff_up_stops_link_local_addresses_before_the_rename);
        tcase_add_test(tc, test_diff_down_restores_a_rival_that_the_ordering_lost);
        tcase_add_test(tc, test_diff_down_deletes_routes_that_differ_in_onlink_before_adding);
        tcase_add_test(tc, test_diff_down_ipv6_route_in_a_multipath_is_there);
        tcase_add_test(tc, test_diff_down_source_that_is_gone_leaves_the_ipv6_route);
        tcase_add_test(tc, test_diff_down_ipv6_route_that_was_given_an_end_is_made_anew);
        tcase_add_test(tc, test_diff_down_addresses_in_the_kernels_order_are_in_order);
        tcase_add_test(tc, test_diff_down_address_with_others_prefix_is_out_of_the_way);
        tcase_add_test(tc, test_diff_down_without_the_interface_restores_nothing_on_it);
        tcase_add_test(tc, test_converge_down_notes_what_the_kernel_refuses_and_restores_the_rest);
        tcase_add_test(tc, test_converge_down_tries_again_what_was_refused);
        tcase_add_test(tc, test_converge_down_fails_for_want_of_privilege);
}

int main(void)
{
        return unit_main("diff", add_tests);
}
