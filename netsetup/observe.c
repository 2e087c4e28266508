/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * observe.c - fill a netstate from the kernel's dumps
 *
 * Attributes are read raw: libnl 3.7 has no accessor for next-hop ids, route expiry, address
 * metric or address protocol, and the raw message is kept for the restore anyway.
 */
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_tun.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <net/if_arp.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "netsetup/netlink.h"
#include "netsetup/request.h"

struct observation {
        struct netstate *state;
        struct netstate *all_neighs; /* before the interesting ones are picked */
        size_t n_learned;            /* of them, before the proxy entries */
};

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

/* --- links --- */

static void observe_tun(struct nlattr *data, struct ns_link *link)
{
        struct nlattr *a[IFLA_TUN_MAX + 1];

        if (nla_parse_nested(a, IFLA_TUN_MAX, data, NULL) < 0)
                return;
        link->tun.is_tap = a[IFLA_TUN_TYPE] && nla_get_u8(a[IFLA_TUN_TYPE]) == IFF_TAP;
        link->tun.persist = a[IFLA_TUN_PERSIST] && nla_get_u8(a[IFLA_TUN_PERSIST]);
        link->tun.multi_queue = a[IFLA_TUN_MULTI_QUEUE] && nla_get_u8(a[IFLA_TUN_MULTI_QUEUE]);
        if (a[IFLA_TUN_OWNER]) {
                link->tun.has_owner = true;
                link->tun.owner = nla_get_u32(a[IFLA_TUN_OWNER]);
        }
        if (a[IFLA_TUN_GROUP]) {
                link->tun.has_group = true;
                link->tun.group = nla_get_u32(a[IFLA_TUN_GROUP]);
        }
}

static void observe_bridge(struct nlattr *data, struct ns_link *link)
{
        struct nlattr *a[IFLA_BR_MAX + 1];

        if (nla_parse_nested(a, IFLA_BR_MAX, data, NULL) < 0)
                return;
        link->br.stp = a[IFLA_BR_STP_STATE] && nla_get_u32(a[IFLA_BR_STP_STATE]);
        if (a[IFLA_BR_FORWARD_DELAY])
                link->br.forward_delay_csec = nla_get_u32(a[IFLA_BR_FORWARD_DELAY]);
        link->br.mcast_snooping =
                a[IFLA_BR_MCAST_SNOOPING] && nla_get_u8(a[IFLA_BR_MCAST_SNOOPING]);
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
                link->port.learning = nla_get_u8(port[IFLA_BRPORT_LEARNING]);
}

static void observe_af_spec(struct nlattr *attr, struct ns_link *link)
{
        struct nlattr *af, *a[IFLA_INET6_MAX + 1];
        int rest;

        nla_for_each_nested(af, attr, rest)
        {
                if (nla_type(af) == AF_INET6 &&
                    nla_parse_nested(a, IFLA_INET6_MAX, af, NULL) >= 0 &&
                    a[IFLA_INET6_ADDR_GEN_MODE])
                        link->addr_gen_mode = nla_get_u8(a[IFLA_INET6_ADDR_GEN_MODE]);
        }
}

static int on_link(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct ifinfomsg *info = nlmsg_data(nlh);
        struct nlattr *a[IFLA_MAX + 1];
        struct ns_link *link;

        if (nlh->nlmsg_type != RTM_NEWLINK ||
            nlmsg_parse(nlh, sizeof(*info), a, IFLA_MAX, NULL) < 0)
                return 0;
        link = netstate_add_link(o->state);
        if (!link)
                return -ENOMEM;
        link->ifindex = info->ifi_index;
        link->flags = info->ifi_flags;
        link->arp_type = info->ifi_type;
        link->addr_gen_mode = -1;
        get_text(a[IFLA_IFNAME], link->name, sizeof(link->name));
        get_text(a[IFLA_IFALIAS], link->alias, sizeof(link->alias));
        get_text(a[IFLA_PARENT_DEV_NAME], link->parent_dev, sizeof(link->parent_dev));
        if (a[IFLA_ADDRESS] && nla_len(a[IFLA_ADDRESS]) <= (int)sizeof(link->mac)) {
                link->mac_len = (uint8_t)nla_len(a[IFLA_ADDRESS]);
                memcpy(link->mac, nla_data(a[IFLA_ADDRESS]), link->mac_len);
        }
        if (a[IFLA_MTU])
                link->mtu_bytes = nla_get_u32(a[IFLA_MTU]);
        if (a[IFLA_MASTER])
                link->master = (int)nla_get_u32(a[IFLA_MASTER]);
        if (a[IFLA_LINK])
                link->peer = (int)nla_get_u32(a[IFLA_LINK]);
        if (a[IFLA_LINK_NETNSID]) {
                link->has_peer_nsid = true;
                link->peer_nsid = nla_get_s32(a[IFLA_LINK_NETNSID]);
        }
        if (a[IFLA_LINKINFO])
                observe_linkinfo(a[IFLA_LINKINFO], link);
        if (a[IFLA_AF_SPEC])
                observe_af_spec(a[IFLA_AF_SPEC], link);
        return 0;
}

/* --- addresses --- */

static int on_addr(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct ifaddrmsg *info = nlmsg_data(nlh);
        struct nlattr *a[IFA_MAX + 1];
        struct ns_addr *addr;
        struct ip_addr local, address;

        if (nlh->nlmsg_type != RTM_NEWADDR ||
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
        addr->flags = a[IFA_FLAGS] ? nla_get_u32(a[IFA_FLAGS]) : info->ifa_flags;
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

        while (RTNH_OK(hop, rest)) {
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

static int on_route(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct rtmsg *info = nlmsg_data(nlh);
        struct nlattr *a[RTA_MAX + 1], *metrics[RTAX_MAX + 1];
        struct ns_route *route;
        uint32_t table;

        if (nlh->nlmsg_type != RTM_NEWROUTE ||
            (info->rtm_family != AF_INET && info->rtm_family != AF_INET6) ||
            (info->rtm_flags & RTM_F_CLONED) ||
            nlmsg_parse(nlh, sizeof(*info), a, RTA_MAX, NULL) < 0)
                return 0;
        table = a[RTA_TABLE] ? nla_get_u32(a[RTA_TABLE]) : info->rtm_table;
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
        route->metric = a[RTA_PRIORITY] ? nla_get_u32(a[RTA_PRIORITY]) : 0;
        route->ifindex = a[RTA_OIF] ? (int)nla_get_u32(a[RTA_OIF]) : 0;
        route->gateway = get_gateway(info->rtm_family, a);
        route->prefsrc = get_addr(info->rtm_family, a[RTA_PREFSRC]);
        route->nexthop_id = a[RTA_NH_ID] ? nla_get_u32(a[RTA_NH_ID]) : 0;
        if (a[RTA_METRICS] && nla_parse_nested(metrics, RTAX_MAX, a[RTA_METRICS], NULL) >= 0 &&
            metrics[RTAX_MTU])
                route->mtu_bytes = nla_get_u32(metrics[RTAX_MTU]);
        if (a[RTA_CACHEINFO] && nla_len(a[RTA_CACHEINFO]) >= (int)sizeof(struct rta_cacheinfo)) {
                struct rta_cacheinfo *ci = nla_data(a[RTA_CACHEINFO]);

                if (ci->rta_expires > 0) /* in USER_HZ: 1/100 s */
                        route->expires_sec = ((uint32_t)ci->rta_expires + 99) / 100;
        }
        if (a[RTA_MULTIPATH])
                observe_hops(a[RTA_MULTIPATH], route);
        return raw_keep(nlh, &route->raw);
}

static int on_nexthop(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct nhmsg *info = nlmsg_data(nlh);
        struct nlattr *a[NHA_MAX + 1];
        struct ns_nexthop *hop;

        if (nlh->nlmsg_type != RTM_NEWNEXTHOP ||
            nlmsg_parse(nlh, sizeof(*info), a, NHA_MAX, NULL) < 0 || !a[NHA_ID])
                return 0;
        hop = netstate_add_nexthop(o->state);
        if (!hop)
                return -ENOMEM;
        hop->id = nla_get_u32(a[NHA_ID]);
        hop->ifindex = a[NHA_OIF] ? (int)nla_get_u32(a[NHA_OIF]) : 0;
        hop->gateway = get_addr(info->nh_family, a[NHA_GATEWAY]);
        hop->protocol = info->nh_protocol;
        hop->group = a[NHA_GROUP] != NULL;
        return raw_keep(nlh, &hop->raw);
}

/* --- neighbours --- */

static int on_neigh(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct ndmsg *info = nlmsg_data(nlh);
        struct nlattr *a[NDA_MAX + 1];
        struct ns_neigh *neigh;

        if (nlh->nlmsg_type != RTM_NEWNEIGH ||
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

static bool is_gateway(const struct netstate *state, const struct ip_addr *addr)
{
        for (size_t i = 0; i < state->n_routes; i++) {
                if (ip_addr_equal(&state->routes[i].gateway, addr))
                        return true;
                for (unsigned h = 0; h < state->routes[i].n_hops; h++)
                        if (ip_addr_equal(&state->routes[i].hop_gateway[h], addr))
                                return true;
        }
        return false;
}

/* What somebody configured is kept; what the kernel learned only where it is a gateway. */
static int pick_neighs(struct observation *o)
{
        for (size_t i = 0; i < o->all_neighs->n_neighs; i++) {
                struct ns_neigh *neigh = &o->all_neighs->neighs[i], *kept;
                struct ns_link *link = netstate_link_by_index(o->state, neigh->ifindex);

                if (neigh->addr.family == AF_UNSPEC || (link && (link->flags & IFF_LOOPBACK)))
                        continue;
                /* Multicast mappings are NOARP too; the kernel makes them itself. */
                if (neigh->addr.family == AF_INET6 && neigh->addr.v6.s6_addr[0] == 0xff)
                        continue;
                if (neigh->addr.family == AF_INET && IN_MULTICAST(ntohl(neigh->addr.v4.s_addr)))
                        continue;
                if (!(neigh->state & (NUD_PERMANENT | NUD_NOARP)) &&
                    !(neigh->flags & (NTF_PROXY | NTF_EXT_LEARNED)) &&
                    !is_gateway(o->state, &neigh->addr))
                        continue;
                kept = netstate_add_neigh(o->state);
                if (!kept)
                        return -ENOMEM;
                *kept = *neigh;
                neigh->raw = (struct raw_message){ 0 }; /* moved */
        }
        return 0;
}

/* --- policy rules --- */

static int on_rule(struct nlmsghdr *nlh, void *user)
{
        struct observation *o = user;
        struct nlattr *a[FRA_MAX + 1];
        uint32_t priority;

        if (nlh->nlmsg_type != RTM_NEWRULE ||
            nlmsg_parse(nlh, sizeof(struct fib_rule_hdr), a, FRA_MAX, NULL) < 0)
                return 0;
        priority = a[FRA_PRIORITY] ? nla_get_u32(a[FRA_PRIORITY]) : 0;
        if (priority != 0 && priority != 32766 && priority != 32767)
                o->state->n_policy_rules++;
        return 0;
}

/* --- the whole --- */

static void restart_links(void *user)
{
        ((struct observation *)user)->state->n_links = 0;
}

#define RESTART(what, where)                                                                       \
        static void restart_##what(void *user)                                                     \
        {                                                                                          \
                struct netstate *s = ((struct observation *)user)->where;                          \
                for (size_t i = 0; i < s->n_##what; i++)                                           \
                        free(s->what[i].raw.data);                                                 \
                s->n_##what = 0;                                                                   \
        }
RESTART(addrs, state)
RESTART(routes, state)
RESTART(nexthops, state)
RESTART(neighs, all_neighs)

static void restart_proxies(void *user)
{
        struct observation *o = user;

        while (o->all_neighs->n_neighs > o->n_learned)
                free(o->all_neighs->neighs[--o->all_neighs->n_neighs].raw.data);
}

static void restart_rules(void *user)
{
        ((struct observation *)user)->state->n_policy_rules = 0;
}

static void fill_master_names(struct netstate *state)
{
        for (size_t i = 0; i < state->n_links; i++) {
                struct ns_link *master = netstate_link_by_index(state, state->links[i].master);

                if (state->links[i].master && master)
                        memcpy(state->links[i].master_name, master->name, IFNAMSIZ);
        }
}

static int observe_into(struct netlink *nl, struct observation *o, struct error *err)
{
        struct ifinfomsg link = { 0 };
        struct ifaddrmsg addr = { 0 };
        struct rtmsg route = { 0 };
        struct nhmsg hop = { 0 };
        struct ndmsg neigh = { 0 };
        struct fib_rule_hdr rule = { 0 };
        struct error optional = ERROR_INIT;
        int r;

        if ((r = netlink_dump(nl, RTM_GETLINK, &link, sizeof(link), on_link, restart_links, o,
                              err)) < 0 ||
            (r = netlink_dump(nl, RTM_GETADDR, &addr, sizeof(addr), on_addr, restart_addrs, o,
                              err)) < 0 ||
            (r = netlink_dump(nl, RTM_GETROUTE, &route, sizeof(route), on_route, restart_routes, o,
                              err)) < 0 ||
            (r = netlink_dump(nl, RTM_GETNEIGH, &neigh, sizeof(neigh), on_neigh, restart_neighs, o,
                              err)) < 0)
                return r;
        /* Proxy entries come only when asked for. */
        neigh.ndm_flags = NTF_PROXY;
        o->n_learned = o->all_neighs->n_neighs;
        r = netlink_dump(nl, RTM_GETNEIGH, &neigh, sizeof(neigh), on_neigh, restart_proxies, o,
                         err);
        if (r < 0)
                return r;
        /* Kernels may lack either; then there are none. */
        if (netlink_dump(nl, RTM_GETNEXTHOP, &hop, sizeof(hop), on_nexthop, restart_nexthops, o,
                         &optional) < 0)
                error_clear(&optional);
        netlink_dump(nl, RTM_GETRULE, &rule, sizeof(rule), on_rule, restart_rules, o, &optional);
        fill_master_names(o->state);
        return pick_neighs(o) < 0 ? error_set(err, -ENOMEM, "out of memory") : 0;
}

int observe(struct netlink *nl, struct netstate **ret, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = netstate_new();
        _cleanup_(cleanup_netstate_free) struct netstate *neighs = netstate_new();
        struct observation o = { .state = state, .all_neighs = neighs };
        struct timespec now;
        int r;

        if (!state || !neighs)
                return error_set(err, -ENOMEM, "out of memory");
        clock_gettime(CLOCK_REALTIME, &now);
        state->observed_realtime_usec =
                (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
        r = observe_into(nl, &o, err);
        if (r < 0)
                return error_context(err, "observe the network");
        *ret = take_ptr(state);
        return 0;
}

int observe_message(int type, const void *data, size_t len, struct netstate *state)
{
        struct observation o = { .state = state, .all_neighs = state };
        _cleanup_msg_ struct nl_msg *msg = NULL;
        size_t before = state->n_addrs + state->n_routes + state->n_nexthops + state->n_neighs;
        int r;

        if (len < sizeof(struct nhmsg))
                return -EINVAL;
        msg = request_new(type, 0, data, len);
        if (!msg)
                return -ENOMEM;
        r = type == RTM_NEWADDR      ? on_addr(nlmsg_hdr(msg), &o)
            : type == RTM_NEWROUTE   ? on_route(nlmsg_hdr(msg), &o)
            : type == RTM_NEWNEXTHOP ? on_nexthop(nlmsg_hdr(msg), &o)
            : type == RTM_NEWNEIGH   ? on_neigh(nlmsg_hdr(msg), &o)
                                     : -EINVAL;
        if (r < 0)
                return r;
        return state->n_addrs + state->n_routes + state->n_nexthops + state->n_neighs > before
                       ? 0
                       : -EINVAL;
}

static uint64_t now_msec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#define LOOK_EVERY_MSEC 20
#define SETTLE_MSEC     3000

int observe_wait_interface(struct netlink *nl, const char *name, unsigned sec, struct error *err)
{
        uint64_t deadline = now_msec() + (uint64_t)sec * 1000;

        for (;;) {
                _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
                const struct ns_link *link;
                int r = observe(nl, &state, err);

                if (r < 0)
                        return r;
                link = netstate_link_by_name(state, name);
                if (link && (link->flags & IFF_UP))
                        return 0;
                if (now_msec() >= deadline)
                        return link ? 0 /* whoever looks at it next says that it is down */
                                    : error_set_class(err, ERROR_USAGE, -ETIMEDOUT,
                                                      "interface '%s' did not appear within %u s",
                                                      name, sec);
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
}

int observe_settle(struct netlink *nl, struct error *err)
{
        uint64_t deadline = now_msec() + SETTLE_MSEC;

        for (;;) {
                _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
                bool tentative = false;
                int r = observe(nl, &state, err);

                if (r < 0)
                        return r;
                for (size_t i = 0; i < state->n_addrs; i++)
                        if ((state->addrs[i].flags & IFA_F_TENTATIVE) &&
                            !(state->addrs[i].flags & IFA_F_DADFAILED))
                                tentative = true;
                if (!tentative || now_msec() >= deadline)
                        return 0;
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
}
