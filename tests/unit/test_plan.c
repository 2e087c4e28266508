/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_plan.c - what up and down do to a pod, and in which order; test_diff.c has the odd cases
 */
#include "tests/unit/netstate_fixture.h"

/* An operation on @ifname is in it. */
static bool touches(const struct plan *plan, const char *ifname)
{
        for (size_t i = 0; i < plan->n_ops; i++)
                if (strcmp(plan->ops[i].ifname, ifname) == 0)
                        return true;
        return false;
}

START_TEST(test_diff_of_equal_states_is_empty)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *target = target_of(s);

        check_diff(s, s, "");
        check_diff(target, target, "");
}
END_TEST

/* --- up --- */

START_TEST(test_diff_up_touches_the_wire_last)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *target = target_of(s);
        _cleanup_(cleanup_plan_free) struct plan *plan = diff(s, target);

        assert_before(plan, "tap0: set MTU", "tap0: attach");
        assert_before(plan, "k6t-eth0: up", "link tap0: up");
        assert_before(plan, "link tap0: up", "10.244.1.7/24: take off eth0");
        assert_before(plan, "take off eth0", "rename to eth0-nic");
        assert_before(plan, "rename to eth0-nic", "eth0-nic: attach to k6t-eth0");
}
END_TEST

START_TEST(test_target_keeper_has_the_name_mac_and_addresses)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *target = target_of(s);
        const struct ns_link *keeper = netstate_link_by_name(target, "eth0");
        size_t n = 0;

        ck_assert_ptr_nonnull(keeper);
        ck_assert_mem_eq(keeper->mac, s->links[0].mac, MAC_LEN);
        ck_assert_uint_eq(keeper->flags & IFF_UP, 0);
        for (size_t i = 0; i < target->n_addrs; i++)
                n += target->addrs[i].ifindex == keeper->ifindex;
        ck_assert_uint_eq(n, 1);
}
END_TEST

/* It takes frames for its own MAC only; the bridge would take them for the pod's stack. */
START_TEST(test_diff_macvlan_keeps_its_mac_and_leads_it_to_the_tap)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *target = NULL,
                                                         *without_entry = NULL;
        _cleanup_(cleanup_plan_free) struct plan *up = NULL, *again = NULL;

        strcpy(s->links[0].kind, "macvlan");
        target = target_of(s);
        up = diff(s, target);
        assert_before(up, "eth0-nic: attach to k6t-eth0",
                      "link tap0: take the frames for aa:bb:cc:00:00:06");
        for (size_t i = 0; i < up->n_ops; i++)
                ck_assert(up->ops[i].type != PLAN_LINK_SET_MAC ||
                          strcmp(up->ops[i].ifname, "eth0") == 0);
        check_diff(target, target, "");
        /* The entry went with a tap that was made anew. */
        without_entry = netstate_copy(target);
        netstate_link_by_name(without_entry, "tap0")->port.takes_nic_mac = false;
        again = diff(without_entry, target);
        ck_assert_uint_eq(again->n_ops, 1);
        ck_assert_int_eq(again->ops[0].type, PLAN_LINK_SET_FDB);
}
END_TEST

START_TEST(test_diff_tap_of_other_owner_is_made_anew)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *current = target_of(s),
                                                         *target = target_of(s);
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;

        netstate_link_by_name(current, "tap0")->ifindex = 7;
        netstate_link_by_name(current, "k6t-eth0")->ifindex = 8;
        netstate_link_by_name(target, "tap0")->tun.has_owner = true;
        plan = diff(current, target);
        assert_before(plan, "tap0: delete", "tap0: create");
}
END_TEST

/* --- up and down, beside other interfaces --- */

START_TEST(test_diff_quiets_other_interfaces_and_puts_them_back)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *target = NULL,
                                                         *current = NULL;
        _cleanup_(cleanup_plan_free) struct plan *up = NULL, *down = NULL, *later = NULL;

        add_link(s, 3, "net1", "veth")->arp_ignore = 0;
        add_link(s, 4, "net2", "veth")->arp_ignore = 2;
        target = target_of(s);
        up = diff(s, target);
        assert_before(up, "link net1: no answers to ARP for others", "rename to eth0-nic");
        ck_assert(!touches(up, "net2"));
        current = netstate_copy(target);
        down = diff(current, s);
        assert_op(down, "link net1: answers to ARP as before");
        /* Somebody's own setting by now. */
        netstate_link_by_index(current, 3)->arp_ignore = 2;
        later = diff(current, s);
        ck_assert(!touches(later, "net1"));
}
END_TEST

/* What goes with the pod's address comes back with it; the rest is another interface's own. */
START_TEST(test_diff_down_leaves_other_interfaces_routes_to_them)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *current = NULL;

        add_link(s, 3, "net1", "veth");
        add_route(s, 3, "10.70.0.0/16", "192.168.7.1");
        add_route(s, 3, "10.71.0.0/16", "192.168.7.1")->prefsrc = ip_of("10.244.1.7");
        current = netstate_copy(s);
        current->n_routes -= 2;
        check_diff(current, s, "route 10.71.0.0/16 via 192.168.7.1 src 10.244.1.7: add\n");
        /* Not on an interface that is grafted itself. */
        strcpy(netstate_link_by_index(current, 3)->alias, GRAFT_ALIAS_PREFIX "net1 if=3");
        check_diff(current, s, "");
}
END_TEST

/* Two interfaces in one network: the pod's is the first, and comes back last. */
START_TEST(test_diff_down_puts_rival_routes_in_their_order)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *current = NULL;
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        struct ns_route first;

        add_route(s, 3, "10.244.1.0/24", NULL)->protocol = RTPROT_KERNEL;
        add_route(s, 4, "10.244.1.0/24", NULL)->protocol = RTPROT_KERNEL;
        add_route(s, 4, "10.244.1.0/24", NULL)->metric = 9;
        current = netstate_copy(s);
        check_diff(current, s, "");
        first = current->routes[1];
        current->routes[1] = current->routes[3];
        current->routes[3] = current->routes[4];
        current->routes[4] = first;
        plan = diff(current, s);
        ck_assert_uint_eq(plan->n_ops, 6);
        for (int i = 0; i < 6; i++) {
                ck_assert_int_eq(plan->ops[i].type, i % 2 ? PLAN_ROUTE_ADD : PLAN_ROUTE_DEL);
                ck_assert_int_eq(plan->ops[i].route.ifindex, 2 + i / 2);
        }
}
END_TEST

/* --- down --- */

START_TEST(test_diff_down_restores_addresses_then_routes)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *current = target_of(s);
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;

        /* The kernel took the routes along with the address. */
        current->n_routes = 0;
        for (size_t i = 0; i < current->n_links; i++)
                if (current->links[i].ifindex == 0)
                        current->links[i].ifindex = 10 + (int)i;
        plan = diff(current, s);
        assert_before(plan, "take out of its bridge", "rename to eth0");
        assert_before(plan, "rename to eth0", "10.244.1.7/24: add");
        assert_before(plan, "10.244.1.7/24: add", "route default via 10.244.1.1: add");
        assert_op(plan, "link tap0: delete");
        assert_op(plan, "link k6t-eth0: delete");
        /* The prefix route comes with the address by itself. */
        assert_no_op(plan, "route 10.244.1.0/24");
}
END_TEST

START_TEST(test_diff_keeper_goes_before_the_name_comes_back)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *current = target_of(s);
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;

        /* As observed: what up made has an index by now. */
        netstate_link_by_name(current, "eth0")->ifindex = 5;
        current->addrs[0].ifindex = 5;
        plan = diff(current, s);
        assert_before(plan, "link eth0: delete", "rename to eth0");
}
END_TEST

START_TEST(test_diff_link_of_anothers_mark_is_left_alone)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(), *current = target_of(s);
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;

        strcpy(netstate_link_by_name(current, "tap0")->alias, "somebody else's");
        plan = diff(current, s);
        assert_no_op(plan, "link tap0: delete");
}
END_TEST

START_TEST(test_diff_down_leaves_others_additions_alone)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(),
                                                         *current = netstate_copy(s);

        add_address(current, NIC, "192.168.9.9/24");
        add_route(current, NIC, "172.16.0.0/12", "10.244.1.1");
        add_link(current, 9, "other0", "veth");
        check_diff(current, s, "");
}
END_TEST

/* The CNI's ptp plugin deletes the connected route; restoring the address brings it back. */
START_TEST(test_diff_down_deletes_connected_route_the_original_lacks)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(),
                                                         *current = netstate_copy(s);

        add_address(current, NIC, "192.168.9.9/24");
        add_route(current, NIC, "192.168.9.0/24", NULL)->protocol = RTPROT_KERNEL;
        s->n_routes = 1; /* default only: no 10.244.1.0/24 */
        check_diff(current, s, "route 10.244.1.0/24: delete\n");
}
END_TEST

START_TEST(test_diff_lifetimes_go_on_and_expired_stay_gone)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel(),
                                                         *current = netstate_copy(s);
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        struct ns_addr *addr;

        addr = add_address(s, NIC, "fd00::1/64");
        addr->valid_sec = addr->preferred_sec = 100;
        addr = add_address(s, NIC, "fd00::2/64");
        addr->valid_sec = 1000;
        addr->preferred_sec = 50;
        current->observed_realtime_usec = s->observed_realtime_usec + 200 * 1000000ull;
        plan = diff(current, s);
        ck_assert_uint_eq(plan->n_ops, 1);
        assert_op(plan, "fd00::2/64");
        ck_assert_uint_eq(plan->ops[0].addr.valid_sec, 800);
        ck_assert_uint_eq(plan->ops[0].addr.preferred_sec, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_diff_of_equal_states_is_empty);
        tcase_add_test(tc, test_diff_up_touches_the_wire_last);
        tcase_add_test(tc, test_target_keeper_has_the_name_mac_and_addresses);
        tcase_add_test(tc, test_diff_macvlan_keeps_its_mac_and_leads_it_to_the_tap);
        tcase_add_test(tc, test_diff_tap_of_other_owner_is_made_anew);
        tcase_add_test(tc, test_diff_quiets_other_interfaces_and_puts_them_back);
        tcase_add_test(tc, test_diff_down_leaves_other_interfaces_routes_to_them);
        tcase_add_test(tc, test_diff_down_puts_rival_routes_in_their_order);
        tcase_add_test(tc, test_diff_down_restores_addresses_then_routes);
        tcase_add_test(tc, test_diff_keeper_goes_before_the_name_comes_back);
        tcase_add_test(tc, test_diff_link_of_anothers_mark_is_left_alone);
        tcase_add_test(tc, test_diff_down_leaves_others_additions_alone);
        tcase_add_test(tc, test_diff_down_deletes_connected_route_the_original_lacks);
        tcase_add_test(tc, test_diff_lifetimes_go_on_and_expired_stay_gone);
}

int main(void)
{
        return unit_main("plan", add_tests);
}
