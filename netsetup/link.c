/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/link.h"

#include <linux/ip.h>
#include <net/if.h>
#include <string.h>

#include "netsetup/request.h"
#include "netsetup/tap.h"

static struct nl_msg *link_request(int type, int flags, int ifindex, unsigned change,
                                   unsigned value)
{
        struct ifinfomsg info = { .ifi_index = ifindex, .ifi_change = change, .ifi_flags = value };

        return request_new(type, flags, &info, sizeof(info));
}

static int out_of_memory(struct error *err)
{
        return error_set(err, -ENOMEM, "out of memory");
}

static void put_bridge_attributes(struct nl_msg *msg, const struct ns_link *link)
{
        struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data;

        nla_put_string(msg, IFLA_INFO_KIND, "bridge");
        data = nla_nest_start(msg, IFLA_INFO_DATA);
        nla_put_u32(msg, IFLA_BR_FORWARD_DELAY, link->br.forward_delay_csec);
        nla_put_u32(msg, IFLA_BR_STP_STATE, link->br.stp);
        nla_put_u8(msg, IFLA_BR_MCAST_SNOOPING, link->br.mcast_snooping);
        nla_nest_end(msg, data);
        nla_nest_end(msg, info);
}

int link_add_bridge(struct netlink *nl, const struct ns_link *link, struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg =
                link_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);

        if (!msg)
                return out_of_memory(err);
        nla_put_string(msg, IFLA_IFNAME, link->name);
        nla_put(msg, IFLA_ADDRESS, link->mac_len, link->mac);
        nla_put_u32(msg, IFLA_MTU, link->mtu_bytes);
        put_bridge_attributes(msg, link);
        return netlink_request(nl, msg, err, "create bridge '%s'", link->name);
}

int link_add_keeper(struct netlink *nl, const struct ns_link *link, struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg =
                link_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
        struct error first = ERROR_INIT;
        struct nlattr *info;
        int r;

        if (!msg)
                return out_of_memory(err);
        nla_put_string(msg, IFLA_IFNAME, link->name);
        info = nla_nest_start(msg, IFLA_LINKINFO);
        nla_put_string(msg, IFLA_INFO_KIND, "dummy");
        nla_nest_end(msg, info);
        r = netlink_request(nl, msg, &first, "create the keeper '%s'", link->name);
        if (r == -EOPNOTSUPP)
                return tap_add(link, err);
        if (r < 0 && err && err->code == 0)
                *err = first;
        return r;
}

int link_delete(struct netlink *nl, int ifindex, const char *name, struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = link_request(RTM_DELLINK, 0, ifindex, 0, 0);

        return msg ? netlink_request(nl, msg, err, "delete link '%s'", name) : out_of_memory(err);
}

int link_set_up(struct netlink *nl, int ifindex, const char *name, bool up, struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg =
                link_request(RTM_NEWLINK, 0, ifindex, IFF_UP, up ? IFF_UP : 0);

        return msg ? netlink_request(nl, msg, err, "set link '%s' %s", name, up ? "up" : "down")
                   : out_of_memory(err);
}

/* The variable lets a newer kernel's tests walk the older kernel's path. */
static bool renames_down_only(void)
{
        return getenv("PODGRAFT_TEST_RENAME_DOWN");
}

static int rename_once(struct netlink *nl, int ifindex, const char *name, const char *new_name,
                       struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = link_request(RTM_NEWLINK, 0, ifindex, 0, 0);

        if (!msg)
                return out_of_memory(err);
        nla_put_string(msg, IFLA_IFNAME, new_name);
        return netlink_request(nl, msg, err, "rename link '%s' to '%s'", name, new_name);
}

int link_rename(struct netlink *nl, int ifindex, const char *name, const char *new_name,
                struct error *err)
{
        struct error first = ERROR_INIT;
        int r = -EBUSY;

        if (!renames_down_only())
                r = rename_once(nl, ifindex, name, new_name, &first);
        if (r != -EBUSY) {
                if (r < 0 && err && err->code == 0)
                        *err = first;
                return r;
        }
        r = link_set_up(nl, ifindex, name, false, err);
        if (r < 0)
                return r;
        r = rename_once(nl, ifindex, name, new_name, err);
        if (r < 0) {
                link_set_up(nl, ifindex, name, true, NULL);
                return r;
        }
        return link_set_up(nl, ifindex, new_name, true, err);
}

static int set_mac_once(struct netlink *nl, int ifindex, const char *name, const uint8_t *mac,
                        size_t len, struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = link_request(RTM_NEWLINK, 0, ifindex, 0, 0);

        if (!msg)
                return out_of_memory(err);
        nla_put(msg, IFLA_ADDRESS, (int)len, mac);
        return netlink_request(nl, msg, err, "set the MAC address of '%s'", name);
}

int link_set_mac(struct netlink *nl, int ifindex, const char *name, const uint8_t *mac, size_t len,
                 struct error *err)
{
        struct error first = ERROR_INIT;
        int r = set_mac_once(nl, ifindex, name, mac, len, &first);

        if (r != -EBUSY) {
                if (r < 0 && err && err->code == 0)
                        *err = first;
                return r;
        }
        r = link_set_up(nl, ifindex, name, false, err);
        if (r < 0)
                return r;
        r = set_mac_once(nl, ifindex, name, mac, len, err);
        if (r < 0) {
                link_set_up(nl, ifindex, name, true, NULL);
                return r;
        }
        return link_set_up(nl, ifindex, name, true, err);
}

int link_set_mtu(struct netlink *nl, int ifindex, const char *name, uint32_t mtu_bytes,
                 struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = link_request(RTM_NEWLINK, 0, ifindex, 0, 0);

        if (!msg)
                return out_of_memory(err);
        nla_put_u32(msg, IFLA_MTU, mtu_bytes);
        return netlink_request(nl, msg, err, "set the MTU of '%s' to %u", name, mtu_bytes);
}

int link_set_master(struct netlink *nl, int ifindex, const char *name, int master,
                    const char *master_name, struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = link_request(RTM_NEWLINK, 0, ifindex, 0, 0);

        if (!msg)
                return out_of_memory(err);
        nla_put_u32(msg, IFLA_MASTER, (uint32_t)master);
        if (master == 0)
                return netlink_request(nl, msg, err, "take '%s' out of its bridge", name);
        return netlink_request(nl, msg, err, "attach '%s' to bridge '%s'", name, master_name);
}

int link_set_learning(struct netlink *nl, int ifindex, const char *name, bool learning,
                      struct error *err)
{
        /* Port attributes are the bridge family's business. */
        struct ifinfomsg info = { .ifi_family = AF_BRIDGE, .ifi_index = ifindex };
        _cleanup_msg_ struct nl_msg *msg = request_new(RTM_SETLINK, 0, &info, sizeof(info));
        struct nlattr *port;

        if (!msg)
                return out_of_memory(err);
        port = nla_nest_start(msg, IFLA_PROTINFO);
        port->nla_type |= NLA_F_NESTED;
        nla_put_u8(msg, IFLA_BRPORT_LEARNING, learning);
        nla_nest_end(msg, port);
        return netlink_request(nl, msg, err, "turn learning %s on '%s'", learning ? "on" : "off",
                               name);
}

int link_set_bridge(struct netlink *nl, int ifindex, const struct ns_link *link, struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = link_request(RTM_NEWLINK, 0, ifindex, 0, 0);

        if (!msg)
                return out_of_memory(err);
        put_bridge_attributes(msg, link);
        return netlink_request(nl, msg, err, "set the bridge attributes of '%s'", link->name);
}

static void put_ip(struct nl_msg *msg, const struct ns_link *link)
{
        struct nlattr *spec = nla_nest_start(msg, IFLA_AF_SPEC), *family, *conf;

        if (link->arp_ignore >= 0) {
                family = nla_nest_start(msg, AF_INET);
                conf = nla_nest_start(msg, IFLA_INET_CONF);
                nla_put_u32(msg, IPV4_DEVCONF_ARP_IGNORE, (uint32_t)link->arp_ignore);
                nla_nest_end(msg, conf);
                nla_nest_end(msg, family);
        }
        if (link->addr_gen_mode >= 0) {
                family = nla_nest_start(msg, AF_INET6);
                nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, (uint8_t)link->addr_gen_mode);
                nla_nest_end(msg, family);
        }
        nla_nest_end(msg, spec);
}

int link_set_ip(struct netlink *nl, int ifindex, const char *name, const struct ns_link *link,
                struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = link_request(RTM_SETLINK, 0, ifindex, 0, 0);

        if (!msg)
                return out_of_memory(err);
        put_ip(msg, link);
        return netlink_request(nl, msg, err, "set what IP does by itself on '%s'", name);
}

int link_set_alias(struct netlink *nl, int ifindex, const char *name, const char *alias,
                   struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = link_request(RTM_NEWLINK, 0, ifindex, 0, 0);

        if (!msg)
                return out_of_memory(err);
        /* Without its NUL: an empty attribute removes the alias. */
        nla_put(msg, IFLA_IFALIAS, (int)strlen(alias), alias);
        return netlink_request(nl, msg, err, "set the alias of '%s'", name);
}

int link_set_several(struct netlink *nl, int ifindex, const struct link_settings *settings)
{
        unsigned up = settings->up ? IFF_UP : 0;
        _cleanup_msg_ struct nl_msg *msg = link_request(RTM_NEWLINK, 0, ifindex, up, up);

        if (!msg)
                return -ENOMEM;
        if (settings->new_name && renames_down_only())
                return -EBUSY;
        if (settings->mac)
                nla_put(msg, IFLA_ADDRESS, (int)settings->mac->mac_len, settings->mac->mac);
        if (settings->mtu_bytes)
                nla_put_u32(msg, IFLA_MTU, settings->mtu_bytes);
        if (settings->new_name)
                nla_put_string(msg, IFLA_IFNAME, settings->new_name);
        if (settings->alias)
                nla_put(msg, IFLA_IFALIAS, (int)strlen(settings->alias), settings->alias);
        if (settings->master > 0)
                nla_put_u32(msg, IFLA_MASTER, (uint32_t)settings->master);
        if (settings->ip)
                put_ip(msg, settings->ip);
        return netlink_request(nl, msg, NULL, "set several");
}

int link_find(struct netlink *nl, const char *name, int *ret, struct error *err)
{
        int ifindex = netlink_find_link(nl, name);

        if (ifindex == -ENODEV)
                return error_set(err, -ENODEV, "there is no link '%s'", name);
        if (ifindex < 0)
                return error_errno(err, ifindex, "look for link '%s'", name);
        *ret = ifindex;
        return 0;
}

int link_kind_probe(struct netlink *nl, const char *kind, struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg =
                link_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
        struct nlattr *info;
        int r;

        if (!msg)
                return out_of_memory(err);
        /* __rtnl_newlink() looks the kind up first, dev_valid_name() the name: no '/' in it. */
        nla_put_string(msg, IFLA_IFNAME, "podgraft/probe");
        info = nla_nest_start(msg, IFLA_LINKINFO);
        nla_put_string(msg, IFLA_INFO_KIND, kind);
        nla_nest_end(msg, info);
        r = netlink_request(nl, msg, NULL, "ask for kind '%s'", kind);
        if (r == -EOPNOTSUPP || r == -EPERM)
                return error_errno(err, r, "ask the kernel for links of kind '%s'", kind);
        return 0;
}
