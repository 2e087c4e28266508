/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * graft.c - the target: the pod's original state, rewired
 *
 *     before  eth0 (addresses, routes, MAC)
 *     after   eth0-nic (another MAC, no address) ── k6t-eth0 ── tap0
 *             eth0, the keeper: down, the pod's MAC and addresses, for whoever looks for them
 */
#include "netsetup/graft.h"

#include <linux/if_addr.h>
#include <net/if_arp.h>
#include <string.h>

#include "netsetup/filter/filter.h"

static struct ns_link *target_link(struct netstate *target, const char *name, const char *kind,
                                   uint32_t mtu_bytes, const char *alias)
{
        struct ns_link *link = netstate_add_link(target);

        if (!link)
                return NULL;
        strcpy(link->name, name);
        strcpy(link->kind, kind);
        strcpy(link->alias, alias);
        link->mtu_bytes = mtu_bytes;
        link->addr_gen_mode = link->arp_ignore = -1;
        return link;
}

/* The pod's addresses go; what depends on them the kernel takes along. */
static void strip_addresses(struct netstate *target, int ifindex)
{
        size_t kept = 0;

        for (size_t i = 0; i < target->n_addrs; i++) {
                if (target->addrs[i].ifindex == ifindex)
                        free(target->addrs[i].raw.data);
                else
                        target->addrs[kept++] = target->addrs[i];
        }
        target->n_addrs = kept;
}

/* A macvlan takes frames for its own MAC only; in passthru mode another would be its parent's. */
bool graft_keeps_mac(const struct ns_link *nic)
{
        return strcmp(nic->kind, "macvlan") == 0;
}

static int target_nic(struct netstate *target, const struct podnet *net, const char *alias)
{
        struct ns_link *nic = netstate_link_by_name(target, net->interface);

        strip_addresses(target, nic->ifindex);
        if (!graft_keeps_mac(nic))
                graft_derive_mac(nic->mac, "nic", nic->mac);
        strcpy(nic->name, net->nic);
        strcpy(nic->alias, alias);
        strcpy(nic->master_name, net->bridge);
        nic->port.learning = false;
        nic->addr_gen_mode = nic->addr_gen_mode < 0 ? -1 : IN6_ADDR_GEN_MODE_NONE;
        nic->flags |= IFF_UP;
        return nic->addr_gen_mode;
}

static int target_bridge(struct netstate *target, const struct podnet *net, int addr_gen_mode,
                         const char *alias)
{
        const struct ns_link *nic = netstate_link_by_name(target, net->nic);
        struct ns_link *bridge = target_link(target, net->bridge, "bridge", nic->mtu_bytes, alias);

        if (!bridge)
                return -ENOMEM;
        memcpy(bridge->mac, net->server_mac, MAC_LEN);
        bridge->mac_len = MAC_LEN;
        bridge->flags = IFF_UP;
        bridge->addr_gen_mode = addr_gen_mode;
        /* The guest's address is on the keeper: the pod's stack must not answer ARP for it. */
        bridge->arp_ignore = ARP_IGNORE_ALL;
        return 0;
}

static int target_tap(struct netstate *target, const struct podnet *net,
                      const struct graft_conf *conf, int addr_gen_mode, const char *alias)
{
        const struct ns_link *nic = netstate_link_by_name(target, net->nic);
        /*
         * As wide as the pod's interface, also where the guest is told less: others send what the
         * pod would have taken. A bridge is as wide as its narrowest port, whatever it is told.
         */
        struct ns_link *tap = target_link(target, net->tap, "tun", nic->mtu_bytes, alias);

        if (!tap)
                return -ENOMEM;
        tap->flags = IFF_UP;
        tap->addr_gen_mode = addr_gen_mode;
        tap->tun.is_tap = true;
        tap->tun.persist = true;
        tap->tun.multi_queue = net->queues > 1;
        tap->tun.has_owner = tap->tun.has_group = conf->tap_owner.given;
        tap->tun.owner = conf->tap_owner.uid;
        tap->tun.group = conf->tap_owner.gid;
        tap->port.learning = true;
        tap->port.takes_nic_mac = graft_keeps_mac(netstate_link_by_name(target, net->nic));
        strcpy(tap->master_name, net->bridge);
        return 0;
}

/*
 * The kernel answers ARP for an address of any of its links on all of them. Where another of the
 * pod's is on the same segment, it would draw what is for the guest.
 */
static void quiet_others(struct netstate *target, int nic_ifindex)
{
        for (size_t i = 0; i < target->n_links; i++) {
                struct ns_link *link = &target->links[i];

                if (link->ifindex != 0 && link->ifindex != nic_ifindex &&
                    link->arp_type == ARPHRD_ETHER && !graft_is_marked(link) &&
                    link->arp_ignore == 0)
                        link->arp_ignore = ARP_IGNORE_OTHERS;
        }
}

/*
 * Kubelet, a CNI's CHECK and tools in the pod look for the interface by its old name. Down, so
 * that it makes no connected route and sends nothing.
 */
static int target_keeper(struct netstate *target, const struct netstate *original,
                         const struct podnet *net, const char *alias)
{
        const struct ns_link *nic = netstate_link_by_name(original, net->interface);
        struct ns_link *keeper;

        quiet_others(target, nic->ifindex);
        keeper = target_link(target, net->interface, "dummy", nic->mtu_bytes, alias);

        if (!keeper)
                return -ENOMEM;
        memcpy(keeper->mac, nic->mac, MAC_LEN);
        keeper->mac_len = MAC_LEN;
        for (size_t i = 0; i < original->n_addrs; i++) {
                struct ns_addr *addr;

                if (original->addrs[i].ifindex != nic->ifindex ||
                    original->addrs[i].scope >= RT_SCOPE_LINK)
                        continue;
                addr = netstate_copy_addr(target, &original->addrs[i]);
                if (!addr)
                        return -ENOMEM;
                addr->ifindex = 0;
                /* There is nobody to detect duplicates with, and no prefix is on it. */
                addr->flags |= IFA_F_NODAD | IFA_F_NOPREFIXROUTE;
        }
        return 0;
}

static int target_filter(struct netstate *target, const struct podnet *net,
                         const struct graft_conf *conf)
{
        struct ns_filter *filter = netstate_add_filter(target);

        return filter ? filter_make(net, conf->anti_spoof, filter) : -ENOMEM;
}

int graft_target(const struct netstate *original, const struct podnet *net,
                 const struct graft_conf *conf, struct netstate **ret, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *target = netstate_copy(original);
        char alias[GRAFT_ALIAS_LEN];
        int mode;

        if (!target)
                return error_set(err, -ENOMEM, "out of memory");
        if (!netstate_link_by_name(target, net->interface))
                return error_set(err, -ENODEV, "the original state has no interface '%s'",
                                 net->interface);
        graft_alias(original, net, alias);
        mode = target_nic(target, net, alias);
        if (target_bridge(target, net, mode, alias) < 0 ||
            target_tap(target, net, conf, mode, alias) < 0 ||
            (conf->keep_address && target_keeper(target, original, net, alias) < 0) ||
            (conf->filter && !conf->filter_missing && target_filter(target, net, conf) < 0))
                return error_set(err, -ENOMEM, "out of memory");
        *ret = take_ptr(target);
        return 0;
}
