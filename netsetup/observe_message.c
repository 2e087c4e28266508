/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * observe_message.c - what the kernel's messages tell, into a netstate
 *
 * Attributes are read raw: libnl 3.7 has no accessor for next-hop ids, route expiry, address
 * metric or address protocol, and the raw message is kept for the restore anyway.
 */
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_tun.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <net/if_arp.h>
#include <string.h>

#include "netsetup/observe.h"
#include "podgraft/name.h"

static int raw_keep(struct nlmsghdr *nlh, struct raw_message *ret)
{
        ret->len = (size_t)nlmsg_datalen(nlh);
        ret->data = malloc(ret->len);
        if (!ret->data)
                return -ENOMEM;
        memcpy(ret->data, nlmsg_data(nlh), ret->len);
        return 0;
}

static void get_text(struct nlattr *attr, char *ret, size_t size)
{
        if (attr)
                nla_strlcpy(ret, attr, size);
}

static struct ip_addr get_addr(uint8_t family, struct nlattr *attr)
{
        struct ip_addr addr = { 0 };
        int len = family == AF_INET ? 4 : 16;

        if (attr && nla_len(attr) >= len) {
                addr.family = family;
                memcpy(&addr.v6, nla_data(attr), (size_t)len);
        }
        return addr;
}

/* Those of the kernel have their size; those of a record may end before. */
static uint8_t get_u8(struct nlattr *attr)
{
        return nla_len(attr) >= 1 ? nla_get_u8(attr) : 0;
}

static uint32_t get_u32(struct nlattr *attr)
{
        return nla_len(attr) >= 4 ? nla_get_u32(attr) : 0;
}

/* In bits; longer than an address is none. */
static bool is_prefix_len(uint8_t family, uint8_t len)
{
        return len <= (family == AF_INET ? 32 : 128);
}

/* --- links --- */

static void observe_tun(struct nlattr *data, struct ns_link *link)
{
        struct nlattr *a[IFLA_TUN_MAX + 1];

        if (nla_parse_nested(a, IFLA_TUN_MAX, data, NULL) < 0)
                return;
        link->tun.is_tap = a[IFLA_TUN_TYPE] && get_u8(a[IFLA_TUN_TYPE]) == IFF_TAP;
        link->tun.persist = a[IFLA_TUN_PERSIST] && get_u8(a[IFLA_TUN_PERSIST]);
        link->tun.multi_queue = a[IFLA_TUN_MULTI_QUEUE] && get_u8(a[IFLA_TUN_MULTI_QUEUE]);
        if (a[IFLA_TUN_OWNER]) {
                link->tun.has_owner = true;
                link->tun.owner = get_u32(a[IFLA_TUN_OWNER]);
        }
        if (a[IFLA_TUN_GROUP]) {
                link->tun.has_group = true;
                link->tun.group = get_u32(a[IFLA_TUN_GROUP]);
        }
}

static void observe_bridge(struct nlattr *data, struct ns_link *link)
{
        struct nlattr *a[IFLA_BR_MAX + 1];

        if (nla_parse_nested(a, IFLA_BR_MAX, data, NULL) < 0)
                return;
        link->br.stp = a[IFLA_BR_STP_STATE] && get_u32(a[IFLA_BR_STP_STATE]);
        if (a[IFLA_BR_FORWARD_DELAY])
                link->br.forward_delay_csec = get_u32(a[IFLA_BR_FORWARD_DELAY]);
        link->br.mcast_snooping = a[IFLA_BR_MCAST_SNOOPING] && get_u8(a[IFLA_BR_MCAST_SNOOPING]);
}

static void observe_linkinfo(struct nlattr *attr, struct ns_link *link)
{
        struct nlattr *a[IFLA_INFO_MAX + 1], *port[IFLA_BRPORT_MAX + 1];

        if (nla_parse_nested(a, IFLA_INFO_MAX, attr, NULL) < 0)
                return;
        get_text(a[IFLA_INFO_KIND], link->kind, sizeof(link->kind));
        if (a[IFLA_INFO_DATA] && strcmp(link->kind, "tun") == 0)
                observe_tun(a[IFLA_INFO_DATA], link);
        if (a[IFLA_INFO_DATA] && strcmp(link->kind, "bridge") == 0)
                observe_bridge(a[IFLA_INFO_DATA], link);
        if (a[IFLA_INFO_SLAVE_DATA] &&
            nla_parse_nested(port, IFLA_BRPORT_MAX, a[IFLA_INFO_SLAVE_DATA], NULL) >= 0 &&
            port[IFLA_BRPORT_LEARNING])
                link->port.learning = get_u8(port[IFLA_BRPORT_LEARNING]);
}

static void observe_af_spec(struct nlattr *attr, struct ns_link *link)
{
        struct nlattr *af, *inet[IFLA_INET_MAX + 1], *inet6[IFLA_INET6_MAX + 1];
        size_t at = (IPV4_DEVCONF_ARP_IGNORE - 1) * sizeof(uint32_t);
        int rest;

        nla_for_each_nested(af, attr, rest)
        {
                if (nla_type(af) == AF_INET6 &&
                    nla_parse_nested(inet6, IFLA_INET6_MAX, af, NULL) >= 0 &&
                    inet6[IFLA_INET6_ADDR_GEN_MODE])
                        link->addr_gen_mode = get_u8(inet6[IFLA_INET6_ADDR_GEN_MODE]);
                /* An array of all settings here, one attribute each in a request. */
                if (nla_type(af) == AF_INET &&
                    nla_parse_nested(inet, IFLA_INET_MAX, af, NULL) >= 0 && inet[IFLA_INET_CONF] &&
                    (size_t)nla_len(inet[IFLA_INET_CONF]) >= at + sizeof(uint32_t))
                        memcpy(&link->arp_ignore, (char *)nla_data(inet[IFLA_INET_CONF]) + at,
                               sizeof(uint32_t));
        }
}

static void observe_stats(struct nlattr *attr, struct ns_link *link)
{
        struct rtnl_link_stats64 stats = { 0 };
        int len = nla_len(attr); /* older kernels know fewer fields, newer ones more */

        memcpy(&stats, nla_data(attr), len < (int)sizeof(stats) ? (size_t)len : sizeof(stats));
        link->rx_packets = stats.rx_packets;
        link->rx_bytes = stats.rx_bytes;
        link->tx_packets = stats.tx_packets;
        link->tx_bytes = stats.tx_bytes;
}

int observe_on_link(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct ifinfomsg *info = nlmsg_data(nlh);
        struct nlattr *a[IFLA_MAX + 1];
        char name[IFNAMSIZ] = "";
        struct ns_link *link;

        if (nlh->nlmsg_type != RTM_NEWLINK || !nlmsg_valid_hdr(nlh, sizeof(*info)) ||
            info->ifi_index <= 0 || nlmsg_parse(nlh, sizeof(*info), a, IFLA_MAX, NULL) < 0)
                return 0;
        get_text(a[IFLA_IFNAME], name, sizeof(name));
        if (!link_name_is_valid(name))
                return 0;
        link = netstate_add_link(o->state);
        if (!link)
                return -ENOMEM;
        strcpy(link->name, name);
        link->ifindex = info->ifi_index;
        link->flags = info->ifi_flags;
        link->arp_type = info->ifi_type;
        link->addr_gen_mode = link->arp_ignore = -1;
        get_text(a[IFLA_IFALIAS], link->alias, sizeof(link->alias));
        get_text(a[IFLA_PARENT_DEV_NAME], link->parent_dev, sizeof(link->parent_dev));
        if (a[IFLA_ADDRESS] && nla_len(a[IFLA_ADDRESS]) <= (int)sizeof(link->mac)) {
                link->mac_len = (uint8_t)nla_len(a[IFLA_ADDRESS]);
                memcpy(link->mac, nla_data(a[IFLA_ADDRESS]), link->mac_len);
        }
        if (a[IFLA_MTU])
                link->mtu_bytes = get_u32(a[IFLA_MTU]);
        if (a[IFLA_MASTER])
                link->master = (int)get_u32(a[IFLA_MASTER]);
        if (a[IFLA_LINK])
                link->peer = (int)get_u32(a[IFLA_LINK]);
        if (a[IFLA_LINK_NETNSID]) {
                link->has_peer_nsid = true;
                link->peer_nsid = (int32_t)get_u32(a[IFLA_LINK_NETNSID]);
        }
        if (a[IFLA_STATS64])
                observe_stats(a[IFLA_STATS64], link);
        if (a[IFLA_LINKINFO])
                observe_linkinfo(a[IFLA_LINKINFO], link);
        if (a[IFLA_AF_SPEC])
                observe_af_spec(a[IFLA_AF_SPEC], link);
        return 0;
}

/* --- addresses --- */

int observe_on_addr(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct ifaddrmsg *info = nlmsg_data(nlh);
        struct nlattr *a[IFA_MAX + 1];
        struct ns_addr *addr;
        struct ip_addr local, address;

        if (nlh->nlmsg_type != RTM_NEWADDR || !nlmsg_valid_hdr(nlh, sizeof(*info)) ||
            !is_prefix_len(info->ifa_family, info->ifa_prefixlen) ||
            (info->ifa_family != AF_INET && info->ifa_family != AF_INET6) ||
            nlmsg_parse(nlh, sizeof(*info), a, IFA_MAX, NULL) < 0)
                return 0;
        addr = netstate_add_addr(o->state);
        if (!addr)
                return -ENOMEM;
        local = get_addr(info->ifa_family, a[IFA_LOCAL]);
        address = get_addr(info->ifa_family, a[IFA_ADDRESS]);
        addr->ifindex = (int)info->ifa_index;
        addr->prefix.addr = local.family ? local : address;
        addr->prefix.len = info->ifa_prefixlen;
        if (local.family && !ip_addr_equal(&local, &address))
                addr->peer = address;
        addr->flags = a[IFA_FLAGS] ? get_u32(a[IFA_FLAGS]) : info->ifa_flags;
        addr->scope = info->ifa_scope;
        get_text(a[IFA_LABEL], addr->label, sizeof(addr->label));
        addr->preferred_sec = addr->valid_sec = UINT32_MAX;
        if (a[IFA_CACHEINFO] && nla_len(a[IFA_CACHEINFO]) >= (int)sizeof(struct ifa_cacheinfo)) {
                struct ifa_cacheinfo *ci = nla_data(a[IFA_CACHEINFO]);

                addr->preferred_sec = ci->ifa_prefered;
                addr->valid_sec = ci->ifa_valid;
        }
        return raw_keep(nlh, &addr->raw);
}

/* --- routes and next hops --- */

static struct ip_addr get_via(struct nlattr *attr)
{
        struct ip_addr addr = { 0 };
        struct rtvia *via;

        if (!attr || nla_len(attr) < (int)sizeof(*via))
                return addr;
        via = nla_data(attr);
        if ((via->rtvia_family == AF_INET && nla_len(attr) >= (int)sizeof(*via) + 4) ||
            (via->rtvia_family == AF_INET6 && nla_len(attr) >= (int)sizeof(*via) + 16)) {
                addr.family = (uint8_t)via->rtvia_family;
                memcpy(&addr.v6, via->rtvia_addr, addr.family == AF_INET ? 4 : 16);
        }
        return addr;
}

static struct ip_addr get_gateway(uint8_t family, struct nlattr **a)
{
        return a[RTA_GATEWAY] ? get_addr(family, a[RTA_GATEWAY]) : get_via(a[RTA_VIA]);
}

static void observe_hops(struct nlattr *attr, struct ns_route *route)
{
        struct rtnexthop *hop = nla_data(attr);
        int rest = nla_len(attr);

        /* RTNH_OK() looks into what may not be there. */
        while (rest >= (int)sizeof(*hop) && RTNH_OK(hop, rest)) {
                struct nlattr *a[RTA_MAX + 1];

                if (route->n_hops < 8 && nla_parse(a, RTA_MAX, (struct nlattr *)RTNH_DATA(hop),
                                                   hop->rtnh_len - (int)sizeof(*hop), NULL) >= 0) {
                        route->hop_ifindex[route->n_hops] = hop->rtnh_ifindex;
                        route->hop_flags[route->n_hops] = hop->rtnh_flags & RTNH_F_ONLINK;
                        route->hop_gateway[route->n_hops] = get_gateway(route->family, a);
                }
                route->n_hops++;
                rest -= (int)RTNH_ALIGN(hop->rtnh_len);
                hop = RTNH_NEXT(hop);
        }
        if (route->n_hops > 8)
                route->n_hops = 8;
}

int observe_on_route(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct rtmsg *info = nlmsg_data(nlh);
        struct nlattr *a[RTA_MAX + 1], *metrics[RTAX_MAX + 1];
        struct ns_route *route;
        uint32_t table;

        if (nlh->nlmsg_type != RTM_NEWROUTE || !nlmsg_valid_hdr(nlh, sizeof(*info)) ||
            !is_prefix_len(info->rtm_family, info->rtm_dst_len) ||
            (info->rtm_family != AF_INET && info->rtm_family != AF_INET6) ||
            (info->rtm_flags & RTM_F_CLONED) ||
            nlmsg_parse(nlh, sizeof(*info), a, RTA_MAX, NULL) < 0)
                return 0;
        table = a[RTA_TABLE] ? get_u32(a[RTA_TABLE]) : info->rtm_table;
        if (table == RT_TABLE_LOCAL) /* the kernel's own, made from addresses */
                return 0;
        route = netstate_add_route(o->state);
        if (!route)
                return -ENOMEM;
        route->family = info->rtm_family;
        route->table = table;
        route->type = info->rtm_type;
        route->scope = info->rtm_scope;
        route->protocol = info->rtm_protocol;
        route->tos = info->rtm_tos;
        route->dst.addr = get_addr(info->rtm_family, a[RTA_DST]);
        route->dst.addr.family = info->rtm_family;
        route->dst.len = info->rtm_dst_len;
        route->flags = info->rtm_flags & RTNH_F_ONLINK;
        route->metric = a[RTA_PRIORITY] ? get_u32(a[RTA_PRIORITY]) : 0;
        route->ifindex = a[RTA_OIF] ? (int)get_u32(a[RTA_OIF]) : 0;
        route->gateway = get_gateway(info->rtm_family, a);
        route->prefsrc = get_addr(info->rtm_family, a[RTA_PREFSRC]);
        route->nexthop_id = a[RTA_NH_ID] ? get_u32(a[RTA_NH_ID]) : 0;
        if (a[RTA_METRICS] && nla_parse_nested(metrics, RTAX_MAX, a[RTA_METRICS], NULL) >= 0 &&
            metrics[RTAX_MTU])
                route->mtu_bytes = get_u32(metrics[RTAX_MTU]);
        if (a[RTA_CACHEINFO] && nla_len(a[RTA_CACHEINFO]) >= (int)sizeof(struct rta_cacheinfo)) {
                struct rta_cacheinfo *ci = nla_data(a[RTA_CACHEINFO]);

                if (ci->rta_expires > 0) /* in USER_HZ: 1/100 s */
                        route->expires_sec = ((uint32_t)ci->rta_expires + 99) / 100;
        }
        if (a[RTA_MULTIPATH])
                observe_hops(a[RTA_MULTIPATH], route);
        return raw_keep(nlh, &route->raw);
}

int observe_on_nexthop(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct nhmsg *info = nlmsg_data(nlh);
        struct nlattr *a[NHA_MAX + 1];
        struct nexthop_grp *members;
        struct ns_nexthop *hop;

        if (nlh->nlmsg_type != RTM_NEWNEXTHOP ||
            nlmsg_parse(nlh, sizeof(*info), a, NHA_MAX, NULL) < 0 || !a[NHA_ID])
                return 0;
        hop = netstate_add_nexthop(o->state);
        if (!hop)
                return -ENOMEM;
        hop->id = get_u32(a[NHA_ID]);
        hop->ifindex = a[NHA_OIF] ? (int)get_u32(a[NHA_OIF]) : 0;
        hop->gateway = get_addr(info->nh_family, a[NHA_GATEWAY]);
        hop->protocol = info->nh_protocol;
        hop->group = a[NHA_GROUP] != NULL;
        if (hop->group && nla_len(a[NHA_GROUP]) >= (int)sizeof(*members)) {
                members = nla_data(a[NHA_GROUP]);
                hop->n_members = (unsigned)nla_len(a[NHA_GROUP]) / sizeof(*members);
                hop->first_member = members[0].id;
        }
        return raw_keep(nlh, &hop->raw);
}

/* --- neighbours --- */

int observe_on_neigh(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct ndmsg *info = nlmsg_data(nlh);
        struct nlattr *a[NDA_MAX + 1];
        struct ns_neigh *neigh;

        if (nlh->nlmsg_type != RTM_NEWNEIGH || !nlmsg_valid_hdr(nlh, sizeof(*info)) ||
            (info->ndm_family != AF_INET && info->ndm_family != AF_INET6) ||
            nlmsg_parse(nlh, sizeof(*info), a, NDA_MAX, NULL) < 0)
                return 0;
        neigh = netstate_add_neigh(o->all_neighs);
        if (!neigh)
                return -ENOMEM;
        neigh->ifindex = info->ndm_ifindex;
        neigh->state = info->ndm_state;
        neigh->flags = info->ndm_flags;
        neigh->addr = get_addr(info->ndm_family, a[NDA_DST]);
        if (a[NDA_LLADDR] && nla_len(a[NDA_LLADDR]) <= (int)sizeof(neigh->mac)) {
                neigh->mac_len = (uint8_t)nla_len(a[NDA_LLADDR]);
                memcpy(neigh->mac, nla_data(a[NDA_LLADDR]), neigh->mac_len);
        }
        return raw_keep(nlh, &neigh->raw);
}

/* --- policy rules --- */

int observe_on_rule(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct nlattr *a[FRA_MAX + 1];
        uint32_t priority;

        if (nlh->nlmsg_type != RTM_NEWRULE ||
            nlmsg_parse(nlh, sizeof(struct fib_rule_hdr), a, FRA_MAX, NULL) < 0)
                return 0;
        priority = a[FRA_PRIORITY] ? get_u32(a[FRA_PRIORITY]) : 0;
        if (priority != 0 && priority != 32766 && priority != 32767)
                o->state->n_policy_rules++;
        return 0;
}

#define MESSAGE_SLACK 64 /* bytes; more than any header, and any value that is read */

int observe_message(int type, const void *data, size_t len, struct netstate *state)
{
        struct observation o = { .state = state, .all_neighs = state };
        _cleanup_msg_ struct nl_msg *msg = NULL;
        size_t before = state->n_addrs + state->n_routes + state->n_nexthops + state->n_neighs;
        int r;

        if (len < sizeof(struct nhmsg))
                return -EINVAL;
        /* Where a header or a last attribute is shorter than the kernel's, zeros follow. */
        msg = request_new_for(type, 0, data, len, MESSAGE_SLACK);
        if (!msg)
                return -ENOMEM;
        r = type == RTM_NEWADDR      ? observe_on_addr(nlmsg_hdr(msg), &o)
            : type == RTM_NEWROUTE   ? observe_on_route(nlmsg_hdr(msg), &o)
            : type == RTM_NEWNEXTHOP ? observe_on_nexthop(nlmsg_hdr(msg), &o)
            : type == RTM_NEWNEIGH   ? observe_on_neigh(nlmsg_hdr(msg), &o)
                                     : -EINVAL;
        if (r < 0)
                return r;
        return state->n_addrs + state->n_routes + state->n_nexthops + state->n_neighs > before
                       ? 0
                       : -EINVAL;
}
