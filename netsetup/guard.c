/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/guard.h"

#include <net/if_arp.h>
#include <string.h>

static int refuse_host(const struct ns_link *nic, const char *where, const char *why,
                       struct error *err)
{
        return error_set_class(err, ERROR_USAGE, -EPERM,
                               "'%s' in network namespace %s looks like the host's own interface: "
                               "%s. Rewiring it would cut this machine off; run inside the pod's "
                               "network namespace, give it with --netns, or insist with "
                               "--allow-host-network",
                               nic->name, where, why);
}

int guard_host_network(const struct netstate *state, const struct ns_link *nic, const char *where,
                       struct error *err)
{
        const struct ns_link *peer;
        char why[160];

        if (nic->parent_dev[0]) {
                snprintf(why, sizeof(why), "it belongs to the device '%.64s'", nic->parent_dev);
                return refuse_host(nic, where, why, err);
        }
        if (!nic->kind[0])
                return refuse_host(nic, where, "it is no virtual link of any kind", err);
        if (strcmp(nic->kind, "veth") == 0 && !nic->has_peer_nsid) {
                peer = netstate_link_by_index(state, nic->peer);
                snprintf(why, sizeof(why), "its veth peer%s%s%s is in the same namespace",
                         peer ? " '" : "", peer ? peer->name : "", peer ? "'" : "");
                return refuse_host(nic, where, why, err);
        }
        return 0;
}

static int refuse(const struct ns_link *nic, int code, const char *why, struct error *err)
{
        return error_set_class(err, ERROR_USAGE, code, "interface '%s' %s", nic->name, why);
}

int guard_bridgeable(const struct ns_link *nic, struct error *err)
{
        char why[200];

        if (nic->flags & IFF_LOOPBACK)
                return refuse(nic, -EINVAL, "is the loopback; give the pod's with --interface",
                              err);
        if (nic->arp_type != ARPHRD_ETHER || nic->mac_len != MAC_LEN) {
                snprintf(why, sizeof(why),
                         "is no Ethernet link (kind '%s', type %u) and cannot be bridged",
                         nic->kind, nic->arp_type);
                return refuse(nic, -EINVAL, why, err);
        }
        if (strcmp(nic->kind, "ipvlan") == 0 || strcmp(nic->kind, "bridge") == 0) {
                snprintf(why, sizeof(why),
                         "is of kind '%s', which cannot be a port of a bridge; give another with "
                         "--interface",
                         nic->kind);
                return refuse(nic, -EINVAL, why, err);
        }
        if (nic->master) {
                snprintf(why, sizeof(why),
                         "is a port of '%s' already; take it out ('ip link set %s nomaster') or "
                         "give another with --interface",
                         nic->master_name[0] ? nic->master_name : "another link", nic->name);
                return refuse(nic, -EBUSY, why, err);
        }
        if (!(nic->flags & IFF_UP)) {
                snprintf(why, sizeof(why),
                         "is down; has the CNI finished? 'ip link set %s up' brings it up",
                         nic->name);
                return refuse(nic, -ENETDOWN, why, err);
        }
        return 0;
}

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
