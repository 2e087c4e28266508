/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/guard.h"

#include <linux/if_arp.h>
#include <stdarg.h>
#include <string.h>

#include "netsetup/graft.h"
#include "podgraft/name.h"

static void because(struct refusal *ret, int code, const char *why, ...) _printf_(3, 4);
static void instead(struct refusal *ret, const char *remedy, ...) _printf_(2, 3);

static void because(struct refusal *ret, int code, const char *why, ...)
{
        va_list ap;

        ret->code = code;
        va_start(ap, why);
        vsnprintf(ret->why, sizeof(ret->why), why, ap);
        va_end(ap);
}

static void instead(struct refusal *ret, const char *remedy, ...)
{
        va_list ap;

        va_start(ap, remedy);
        vsnprintf(ret->remedy, sizeof(ret->remedy), remedy, ap);
        va_end(ap);
}

/* --- the host's own --- */

bool guard_is_host(const struct netstate *state, const struct ns_link *nic, const char *where,
                   struct refusal *ret)
{
        const struct ns_link *peer;
        char why[160];

        if (nic->parent_dev[0]) {
                snprintf(why, sizeof(why), "it belongs to the device '%.64s'", nic->parent_dev);
        } else if (!nic->kind[0]) {
                snprintf(why, sizeof(why), "it is no virtual link of any kind");
        } else if (strcmp(nic->kind, "veth") == 0 && !nic->has_peer_nsid) {
                peer = netstate_link_by_index(state, nic->peer);
                snprintf(why, sizeof(why), "its veth peer%s%s%s is in the same namespace",
                         peer ? " '" : "", peer ? peer->name : "", peer ? "'" : "");
        } else {
                return false;
        }
        because(ret, -EPERM, "in network namespace %s looks like the host's own interface: %s",
                where, why);
        instead(ret, "rewiring it would cut this machine off: run inside the pod's network "
                     "namespace, give it with --netns, or insist with --allow-host-network");
        return true;
}

int guard_host_network(const struct netstate *state, const struct ns_link *nic, const char *where,
                       struct error *err)
{
        struct refusal refusal;

        if (!guard_is_host(state, nic, where, &refusal))
                return 0;
        return error_set_class(err, ERROR_USAGE, refusal.code, "'%s' %s; %s", nic->name,
                               refusal.why, refusal.remedy);
}

/* --- what cannot be bridged --- */

#define OTHER_INTERFACE "give another with --interface"
#define VETH_NETWORK                                                                               \
        "have the CNI attach the pod by a veth (plugins bridge, ptp), or " OTHER_INTERFACE

/* Links whose kind alone says no, although they look like Ethernet. */
static const struct {
        const char *kind, *why, *remedy;
} kinds[] = {
        /* ipvlan_rcv_frame() hands frames on by IP address, all of them to the parent's MAC. */
        { "ipvlan", "shares its parent's MAC address, so that nothing for the guest's would come",
          VETH_NETWORK },
        { "ipvtap", "shares its parent's MAC address, so that nothing for the guest's would come",
          VETH_NETWORK },
        /* Made by Cilium: in mode l3, its default, without ARP and with a MAC of zeros. */
        { "netkit", "hands IP packets to the CNI's programs and does not carry the guest's frames",
          "have Cilium use veth on this node (bpf.datapathMode: veth), or " OTHER_INTERFACE },
        { "macvtap", "hands its frames to the program that opened it, not to a bridge",
          "have the CNI attach the pod by macvlan or a veth, or " OTHER_INTERFACE },
        { "bridge", "is a bridge itself, which cannot be a port of another", OTHER_INTERFACE },
        { "vrf", "is a routing domain, which cannot be a port of a bridge", OTHER_INTERFACE },
};

static const char *arp_type_name(uint16_t type)
{
        switch (type) {
        case ARPHRD_NONE:
        case ARPHRD_RAWIP:
                return "bare IP packets";
        case ARPHRD_PPP:
                return "PPP";
        case ARPHRD_TUNNEL:
        case ARPHRD_TUNNEL6:
        case ARPHRD_SIT:
        case ARPHRD_IPGRE:
        case ARPHRD_IP6GRE:
                return "a tunnel's IP packets";
        case ARPHRD_INFINIBAND:
                return "InfiniBand";
        default:
                return "something else";
        }
}

static bool has_zero_mac(const struct ns_link *nic)
{
        static const uint8_t zero[MAC_LEN];

        return memcmp(nic->mac, zero, MAC_LEN) == 0;
}

/* By its nature, whatever anybody configures. */
static bool refuses_kind(const struct ns_link *nic, struct refusal *ret)
{
        const char *kind = nic->kind[0] ? nic->kind : "none";

        if (nic->flags & IFF_LOOPBACK) {
                because(ret, -EINVAL, "is the loopback");
                instead(ret, "give the pod's with --interface");
                return true;
        }
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strcmp(kinds[i].kind, nic->kind) == 0) {
                        because(ret, -EINVAL, "is of kind '%s': it %s", kind, kinds[i].why);
                        instead(ret, "%s", kinds[i].remedy);
                        return true;
                }
        /* br_add_if() wants Ethernet, and a MAC that is_valid_ether_addr(). */
        if (nic->arp_type != ARPHRD_ETHER || nic->mac_len != MAC_LEN ||
            (nic->flags & IFF_POINTOPOINT)) {
                because(ret, -EINVAL,
                        "is no Ethernet link and cannot be bridged: kind '%s', %scarries %s", kind,
                        nic->flags & IFF_POINTOPOINT ? "point-to-point, " : "",
                        nic->arp_type == ARPHRD_ETHER ? "no frames for others"
                                                      : arp_type_name(nic->arp_type));
                instead(ret, "%s", VETH_NETWORK);
                return true;
        }
        if (has_zero_mac(nic)) {
                because(ret, -EINVAL, "has no MAC address and cannot be bridged (kind '%s')", kind);
                instead(ret, "%s", VETH_NETWORK);
                return true;
        }
        return false;
}

bool guard_refuses(const struct ns_link *nic, struct refusal *ret)
{
        if (!interface_name_is_valid(nic->name)) {
                because(ret, -EINVAL, "has a name that podgraft keeps no record under");
                instead(ret, "rename it ('ip link set dev NAME name eth0'): " INTERFACE_NAME_RULE);
                return true;
        }
        if (refuses_kind(nic, ret))
                return true;
        if (nic->flags & IFF_NOARP) {
                because(ret, -EINVAL,
                        "does not speak ARP (kind '%s'), so that the guest would find no neighbour",
                        nic->kind[0] ? nic->kind : "none");
                instead(ret, "'ip link set %s arp on' if the other end answers ARP, else %s",
                        nic->name, OTHER_INTERFACE);
                return true;
        }
        if (nic->master) {
                because(ret, -EBUSY, "is a port of '%s' already",
                        nic->master_name[0] ? nic->master_name : "another link");
                instead(ret, "take it out ('ip link set %s nomaster') or %s", nic->name,
                        OTHER_INTERFACE);
                return true;
        }
        if (!(nic->flags & IFF_UP)) {
                because(ret, -ENETDOWN, "is down");
                instead(ret, "has the CNI finished? 'ip link set %s up' brings it up", nic->name);
                return true;
        }
        return false;
}

int guard_bridgeable(const struct ns_link *nic, struct error *err)
{
        struct refusal refusal;

        if (!guard_refuses(nic, &refusal))
                return 0;
        return error_set_class(err, ERROR_USAGE, refusal.code, "interface '%s' %s; %s", nic->name,
                               refusal.why, refusal.remedy);
}

int guard_mac(const struct ns_link *nic, const uint8_t mac[MAC_LEN], struct error *err)
{
        char own[MAC_TEXT_LEN], wanted[MAC_TEXT_LEN];

        if (!graft_keeps_mac(nic) || memcmp(nic->mac, mac, MAC_LEN) == 0)
                return 0;
        return error_set_class(err, ERROR_USAGE, -EINVAL,
                               "'%s' is a macvlan, which takes frames for its own MAC %s only: the "
                               "guest cannot have %s; leave --mac away",
                               nic->name, mac_format(nic->mac, own), mac_format(mac, wanted));
}

/* --- names --- */

int guard_names(const struct netstate *state, const char *bridge, const char *tap,
                const char *nic_name, struct error *err)
{
        const char *const names[] = { bridge, tap, nic_name };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                const struct ns_link *link = netstate_link_by_name(state, names[i]);

                if (link)
                        return error_set_class(
                                err, ERROR_USAGE, -EEXIST,
                                "the name '%s' is taken by a link of kind '%s' that no record "
                                "knows; remove it with 'ip link del %s' if nobody needs it",
                                link->name, link->kind[0] ? link->kind : "none", link->name);
        }
        return 0;
}
