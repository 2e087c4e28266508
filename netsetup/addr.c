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
        struct nl_msg *msg = request_new(type, flags, &info, sizeof(info));

        if (!msg)
                return NULL;
        /* IPv6 has IFA_LOCAL only with a peer; IPv4 always. */
        if (addr->prefix.addr.family == AF_INET || addr->peer.family)
                nla_put(msg, IFA_LOCAL, (int)addr_size(&addr->prefix.addr), &addr->prefix.addr.v6);
        nla_put(msg, IFA_ADDRESS, (int)addr_size(address), &address->v6);
        return msg;
}

/* What the fields do not say: broadcast, route metric, protocol. */
static void put_raw_rest(struct nl_msg *msg, const struct raw_message *raw)
{
        struct nlattr *attr;
        int rest;

        if (raw->len < sizeof(struct ifaddrmsg))
                return;
        nla_for_each_attr(attr,
                          (struct nlattr *)(raw->data + NLMSG_ALIGN(sizeof(struct ifaddrmsg))),
                          (int)(raw->len - NLMSG_ALIGN(sizeof(struct ifaddrmsg))), rest)
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
