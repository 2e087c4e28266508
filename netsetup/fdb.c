/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/fdb.h"

#include <linux/neighbour.h>
#include <string.h>

#include "netsetup/request.h"

static bool is_bridged_macvlan(const struct ns_link *link)
{
        return link->master && strcmp(link->kind, "macvlan") == 0;
}

/* A static entry at one port for the MAC of another of the same bridge. */
static int on_entry(struct nlmsghdr *nlh, void *user)
{
        struct netstate *state = user;
        struct ndmsg *info = nlmsg_data(nlh);
        struct nlattr *a[NDA_MAX + 1];
        struct ns_link *port;

        if (nlh->nlmsg_type != RTM_NEWNEIGH || info->ndm_family != AF_BRIDGE ||
            !(info->ndm_state & NUD_NOARP) ||
            nlmsg_parse(nlh, sizeof(*info), a, NDA_MAX, NULL) < 0 || !a[NDA_LLADDR] ||
            nla_len(a[NDA_LLADDR]) != MAC_LEN || a[NDA_VLAN])
                return 0;
        port = netstate_link_by_index(state, info->ndm_ifindex);
        for (size_t i = 0; port && port->master && i < state->n_links; i++) {
                const struct ns_link *nic = &state->links[i];

                if (nic != port && nic->master == port->master && is_bridged_macvlan(nic) &&
                    memcmp(nic->mac, nla_data(a[NDA_LLADDR]), MAC_LEN) == 0)
                        port->port.takes_nic_mac = true;
        }
        return 0;
}

static void restart(void *user)
{
        struct netstate *state = user;

        for (size_t i = 0; i < state->n_links; i++)
                state->links[i].port.takes_nic_mac = false;
}

int fdb_observe(struct netlink *nl, struct netstate *state, struct error *err)
{
        struct ndmsg info = { .ndm_family = AF_BRIDGE };
        bool needed = false;

        for (size_t i = 0; i < state->n_links; i++)
                needed |= is_bridged_macvlan(&state->links[i]);
        return needed ? netlink_dump(nl, RTM_GETNEIGH, &info, sizeof(info), on_entry, restart,
                                     state, err)
                      : 0;
}

int fdb_lead(struct netlink *nl, int ifindex, const char *name, const uint8_t mac[MAC_LEN],
             struct error *err)
{
        struct ndmsg info = {
                .ndm_family = AF_BRIDGE,
                .ndm_ifindex = ifindex,
                .ndm_state = NUD_NOARP | NUD_REACHABLE, /* static, but not the bridge's own */
                .ndm_flags = NTF_MASTER,
        };
        /* Replaces: the bridge made one of its own when it got the port that has this MAC. */
        _cleanup_msg_ struct nl_msg *msg =
                request_new(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof(info));
        char text[MAC_TEXT_LEN];

        if (!msg)
                return error_set(err, -ENOMEM, "out of memory");
        nla_put(msg, NDA_LLADDR, MAC_LEN, mac);
        return netlink_request(nl, msg, err, "lead frames for %s to '%s'", mac_format(mac, text),
                               name);
}
