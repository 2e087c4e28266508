/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/addr.h"

#include <linux/if_addr.h>
#include <string.h>

#include "netsetup/request.h"

/* The kernel's own marks: it sets them again, and refuses or misreads them from us. */
#define KERNEL_FLAGS                                                                               \
        (IFA_F_SECONDARY | IFA_F_TENTATIVE | IFA_F_PERMANENT | IFA_F_DADFAILED | IFA_F_DEPRECATED)

static size_t addr_size(const struct ip_addr *addr)
{
        return addr->family == AF_INET ? 4 : 16;
}

static struct nl_msg *addr_request(int type, int flags, int ifindex, const struct ns_addr *addr)
{
        const struct ip_addr *address = addr->peer.family ? &addr->peer : &addr->prefix.addr;
        struct ifaddrmsg info = {
                .ifa_family = addr->prefix.addr.family,
                .ifa_prefixlen = addr->prefix.len,
                .ifa_scope = addr->scope,
                .ifa_index = (unsigned)ifindex,
        };
        struct nl_msg *msg =
                request_new_for(type, flags, &info, sizeof(info), addr->raw.len + REQUEST_ROOM);

        if (!msg)
                return NULL;
        /* IPv6 has IFA_LOCAL only with a peer; IPv4 always. */
        if (addr->prefix.addr.family == AF_INET || addr->peer.family)
                nla_put(msg, IFA_LOCAL, (int)addr_size(&addr->prefix.addr), &addr->prefix.addr.v6);
        nla_put(msg, IFA_ADDRESS, (int)addr_size(address), &address->v6);
        return msg;
}

static struct nlattr *raw_attributes(const struct raw_message *raw)
{
        return (struct nlattr *)(raw->data + NLMSG_ALIGN(sizeof(struct ifaddrmsg)));
}

static int raw_attributes_len(const struct raw_message *raw)
{
        return (int)(raw->len - NLMSG_ALIGN(sizeof(struct ifaddrmsg)));
}

/* What the fields do not say: broadcast, route metric, protocol. */
static void put_raw_rest(struct nl_msg *msg, const struct raw_message *raw)
{
        struct nlattr *attr;
        int rest;

        if (raw->len < sizeof(struct ifaddrmsg))
                return;
        nla_for_each_attr(attr, raw_attributes(raw), raw_attributes_len(raw), rest)
        {
                switch (nla_type(attr)) {
                case IFA_LOCAL:
                case IFA_ADDRESS:
                case IFA_LABEL:
                case IFA_FLAGS:
                case IFA_CACHEINFO:
                        continue;
                }
                nla_put(msg, nla_type(attr), nla_len(attr), nla_data(attr));
        }
}

int addr_add(struct netlink *nl, int ifindex, const char *ifname, const struct ns_addr *addr,
             struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg =
                addr_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, ifindex, addr);
        struct ifa_cacheinfo lifetime = { .ifa_prefered = addr->preferred_sec,
                                          .ifa_valid = addr->valid_sec };
        char text[IP_PREFIX_TEXT_LEN];

        if (!msg)
                return error_set(err, -ENOMEM, "out of memory");
        if (addr->prefix.addr.family == AF_INET && addr->label[0])
                nla_put_string(msg, IFA_LABEL, addr->label);
        nla_put_u32(msg, IFA_FLAGS, addr->flags & ~(uint32_t)KERNEL_FLAGS);
        if (addr->valid_sec != UINT32_MAX || addr->preferred_sec != UINT32_MAX)
                nla_put(msg, IFA_CACHEINFO, sizeof(lifetime), &lifetime);
        put_raw_rest(msg, &addr->raw);
        return netlink_request(nl, msg, err, "add address %s to '%s'",
                               ip_prefix_format(&addr->prefix, text), ifname);
}

int addr_delete(struct netlink *nl, int ifindex, const char *ifname, const struct ns_addr *addr,
                struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = addr_request(RTM_DELADDR, 0, ifindex, addr);
        char text[IP_PREFIX_TEXT_LEN];

        if (!msg)
                return error_set(err, -ENOMEM, "out of memory");
        return netlink_request(nl, msg, err, "delete address %s from '%s'",
                               ip_prefix_format(&addr->prefix, text), ifname);
}

int addr_copy_to(struct netstate *state, const struct ns_addr *addr, int ifindex, uint32_t flags,
                 bool keep_label)
{
        _cleanup_msg_ struct nl_msg *msg = NULL;
        struct ifaddrmsg info;
        struct nlattr *attr;
        int rest;

        if (addr->raw.len < sizeof(info))
                return -EINVAL;
        memcpy(&info, addr->raw.data, sizeof(info));
        info.ifa_index = (unsigned)ifindex;
        info.ifa_flags = (uint8_t)flags;
        msg = request_new_for(RTM_NEWADDR, 0, &info, sizeof(info), addr->raw.len + REQUEST_ROOM);
        if (!msg)
                return -ENOMEM;
        nla_for_each_attr(attr, raw_attributes(&addr->raw), raw_attributes_len(&addr->raw), rest)
        {
                if (nla_type(attr) != IFA_FLAGS && (keep_label || nla_type(attr) != IFA_LABEL))
                        nla_put(msg, nla_type(attr), nla_len(attr), nla_data(attr));
        }
        nla_put_u32(msg, IFA_FLAGS, flags);
        return observe_message(RTM_NEWADDR, nlmsg_data(nlmsg_hdr(msg)),
                               (size_t)nlmsg_datalen(nlmsg_hdr(msg)), state);
}

static void mask_host_bits(struct ip_prefix *prefix)
{
        uint8_t *bytes = (uint8_t *)&prefix->addr.v6;

        for (size_t bit = prefix->len; bit < 8 * addr_size(&prefix->addr); bit++)
                bytes[bit / 8] &= (uint8_t) ~(0x80u >> (bit % 8));
}

/* IFA_RT_PRIORITY, else what the kernel takes: include/uapi/linux/ipv6_route.h IP6_RT_PRIO_ADDRCONF
 */
static uint32_t connected_metric(const struct ns_addr *addr)
{
        struct nlattr *attr;
        int rest;

        if (addr->raw.len >= sizeof(struct ifaddrmsg))
                nla_for_each_attr(attr, raw_attributes(&addr->raw), raw_attributes_len(&addr->raw),
                                  rest) if (nla_type(attr) == IFA_RT_PRIORITY &&
                                            nla_len(attr) ==
                                                    sizeof(uint32_t)) return nla_get_u32(attr);
        return addr->prefix.addr.family == AF_INET6 ? 256 : 0;
}

static bool has_connected_route(const struct netstate *state, const struct ns_addr *addr,
                                const struct ip_prefix *dst, uint32_t metric)
{
        for (size_t i = 0; i < state->n_routes; i++) {
                const struct ns_route *route = &state->routes[i];

                if (route->ifindex == addr->ifindex && route->protocol == RTPROT_KERNEL &&
                    route->metric == metric && route->dst.len == dst->len &&
                    ip_addr_equal(&route->dst.addr, &dst->addr))
                        return true;
        }
        return false;
}

int addr_add_connected_route(struct netstate *state, const struct ns_addr *addr)
{
        struct ip_prefix dst = addr->prefix;
        bool is_v4 = dst.addr.family == AF_INET;
        uint32_t metric = connected_metric(addr);
        struct rtmsg info = {
                .rtm_family = dst.addr.family,
                .rtm_dst_len = dst.len,
                .rtm_table = RT_TABLE_MAIN,
                .rtm_protocol = RTPROT_KERNEL,
                .rtm_scope = is_v4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
                .rtm_type = RTN_UNICAST,
        };
        _cleanup_msg_ struct nl_msg *msg = NULL;

        if (is_v4 && addr->peer.family) /* IPv6 makes one to the peer besides */
                dst.addr = addr->peer;
        mask_host_bits(&dst);
        if ((addr->flags & IFA_F_NOPREFIXROUTE) || (is_v4 && dst.len == 32 && !addr->peer.family) ||
            has_connected_route(state, addr, &dst, metric))
                return 0;
        msg = request_new(RTM_NEWROUTE, 0, &info, sizeof(info));
        if (!msg)
                return -ENOMEM;
        nla_put(msg, RTA_DST, (int)addr_size(&dst.addr), &dst.addr.v6);
        nla_put_u32(msg, RTA_OIF, (uint32_t)addr->ifindex);
        if (is_v4)
                nla_put(msg, RTA_PREFSRC, 4, &addr->prefix.addr.v4);
        if (metric)
                nla_put_u32(msg, RTA_PRIORITY, metric);
        return observe_message(RTM_NEWROUTE, nlmsg_data(nlmsg_hdr(msg)),
                               (size_t)nlmsg_datalen(nlmsg_hdr(msg)), state);
}
