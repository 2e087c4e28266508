/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_guard.c - which interface is the pod's, and why some are left alone
 */
#include "netsetup/guard.h"
#include "tests/unit/netstate_fixture.h"

START_TEST(test_find_interface_lowest_metric_default_wins)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = netstate_new();
        const struct ns_link *nic;

        add_link(s, NIC, "eth0", "veth");
        add_link(s, 3, "net1", "veth");
        add_route(s, NIC, "0.0.0.0/0", "10.0.0.1")->metric = 200;
        add_route(s, 3, "0.0.0.0/0", "10.9.0.1")->metric = 100;
        ck_assert_int_eq(graft_find_interface(s, &no_conf, &nic, NULL), 0);
        ck_assert_str_eq(nic->name, "net1");
}
END_TEST

/* --- the host's own --- */

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
        _cleanup_(cleanup_netstate_free) struct netstate *s = netstate_new();
        struct ns_link *link = add_link(s, NIC, "eth0", hosts[_i].kind);
        struct error err = ERROR_INIT;

        strcpy(link->parent_dev, hosts[_i].parent);
        link->has_peer_nsid = hosts[_i].peer_elsewhere;
        ck_assert_int_eq(guard_host_network(s, link, "net:[1]", &err), hosts[_i].result);
        if (hosts[_i].result < 0) {
                assert_usage(err, "--allow-host-network");
                assert_says(err, "net:[1]");
        }
}
END_TEST

/* --- what cannot be bridged --- */

static const struct {
        const char *kind, *why, *remedy; /* why NULL: it is taken */
        uint16_t arp_type;
        uint32_t flags;
        bool zero_mac;
} bridgeables[] = {
        { "veth", NULL, NULL, ARPHRD_ETHER, IFF_UP, false },
        { "vlan", NULL, NULL, ARPHRD_ETHER, IFF_UP, false },
        { "", "loopback", "--interface", ARPHRD_LOOPBACK, IFF_UP | IFF_LOOPBACK, true },
        { "ipvlan", "'ipvlan': it shares", "by a veth", ARPHRD_ETHER, IFF_UP | IFF_NOARP, false },
        { "netkit", "'netkit': it hands", "datapathMode: veth", ARPHRD_ETHER, IFF_UP | IFF_NOARP,
          true },
        { "netkit", "'netkit': it hands", "datapathMode: veth", ARPHRD_ETHER, IFF_UP, false },
        { "tun", "point-to-point, carries bare IP packets", "by a veth", ARPHRD_NONE,
          IFF_UP | IFF_POINTOPOINT | IFF_NOARP, true },
        { "wireguard", "no Ethernet link", "by a veth", ARPHRD_NONE,
          IFF_UP | IFF_POINTOPOINT | IFF_NOARP, true },
        { "sit", "a tunnel's IP packets", "by a veth", ARPHRD_SIT, IFF_UP | IFF_NOARP, true },
        { "veth", "no MAC address", "by a veth", ARPHRD_ETHER, IFF_UP, true },
        { "veth", "does not speak ARP", "ip link set eth0 arp on", ARPHRD_ETHER, IFF_UP | IFF_NOARP,
          false },
        { "bridge", "cannot be a port", "--interface", ARPHRD_ETHER, IFF_UP, false },
        { "veth", "is down", "ip link set eth0 up", ARPHRD_ETHER, 0, false },
};

START_TEST(test_guard_bridgeable_table)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = netstate_new();
        struct ns_link *link = add_link(s, NIC, "eth0", bridgeables[_i].kind);
        struct error err = ERROR_INIT;
        int r;

        link->arp_type = bridgeables[_i].arp_type;
        link->flags = bridgeables[_i].flags;
        if (bridgeables[_i].zero_mac)
                memset(link->mac, 0, MAC_LEN);
        r = guard_bridgeable(link, &err);
        if (bridgeables[_i].why) {
                ck_assert_int_lt(r, 0);
                assert_usage(err, bridgeables[_i].why);
                assert_says(err, bridgeables[_i].remedy);
        } else {
                ck_assert_int_eq(r, 0);
        }
}
END_TEST

START_TEST(test_guard_mac_other_than_a_macvlans_own_is_refused)
{
        static const uint8_t other[MAC_LEN] = { 2, 0, 0, 0, 0, 9 };
        _cleanup_(cleanup_netstate_free) struct netstate *s = flannel();
        struct ns_link *nic = &s->links[0];
        struct error err = ERROR_INIT;

        ck_assert_int_eq(guard_mac(nic, other, &err), 0);
        strcpy(nic->kind, "macvlan");
        ck_assert_int_eq(guard_mac(nic, nic->mac, &err), 0);
        ck_assert_int_eq(guard_mac(nic, other, &err), -EINVAL);
        assert_usage(err, "'eth0' is a macvlan");
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_find_interface_lowest_metric_default_wins);
        tcase_add_loop_test(tc, test_guard_host_network_table, 0, ARRAY_SIZE(hosts));
        tcase_add_loop_test(tc, test_guard_bridgeable_table, 0, ARRAY_SIZE(bridgeables));
        tcase_add_test(tc, test_guard_mac_other_than_a_macvlans_own_is_refused);
}

int main(void)
{
        return unit_main("guard", add_tests);
}
