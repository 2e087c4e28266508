/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/route.h"

#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <string.h>

#include "netsetup/request.h"

/* First attribute behind a family header of @header bytes, and how many bytes follow. */
static struct nlattr *raw_attributes(const struct raw_message *raw, size_t header, int *ret_len)
{
        size_t skip = NLMSG_ALIGN(header);

        *ret_len = raw->len > skip ? (int)(raw->len - skip) : 0;
        return (struct nlattr *)(raw->data + skip);
}

static struct nl_msg *route_message(int type, int flags, const struct ns_route *route)
{
        struct rtmsg info;
        struct nl_msg *msg;
        struct nlattr *attr;
        int rest;

        if (route->raw.len < sizeof(info))
                return NULL;
        memcpy(&info, route->raw.data, sizeof(info));
        /* What the kernel tells of a route's state is not for it to be told. */
        info.rtm_flags &= RTNH_F_ONLINK;
        msg = request_new_for(type, flags, &info, sizeof(info), route->raw.len + REQUEST_ROOM);
        if (!msg)
                return NULL;
        attr = raw_attributes(&route->raw, sizeof(info), &rest);
        nla_for_each_attr(attr, attr, rest, rest)
        {
                if (nla_type(attr) == RTA_CACHEINFO) /* statistics, and the expiry: see below */
                        continue;
                if (nla_type(attr) == RTA_PREFSRC && route->prefsrc.family == AF_UNSPEC)
                        continue;
                /* A route by next-hop object carries the object's device and gateway too. */
                if (route->nexthop_id &&
                    (nla_type(attr) == RTA_OIF || nla_type(attr) == RTA_GATEWAY ||
                     nla_type(attr) == RTA_VIA || nla_type(attr) == RTA_MULTIPATH))
                        continue;
                nla_put(msg, nla_type(attr), nla_len(attr), nla_data(attr));
        }
        if (type == RTM_NEWROUTE && route->expires_sec > 0)
                nla_put_u32(msg, RTA_EXPIRES, route->expires_sec);
        return msg;
}

int route_add(struct netlink *nl, const struct ns_route *route, const char *text, struct error *err)
{
        /* Appended: with NLM_F_REPLACE or EXCL routes of one prefix would change their order. */
        _cleanup_msg_ struct nl_msg *msg =
                route_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, route);

        if (!msg)
                return error_set(err, -ENOMEM, "out of memory");
        return netlink_request(nl, msg, err, "%s", text);
}

int route_delete(struct netlink *nl, const struct ns_route *route, const char *text,
                 struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = route_message(RTM_DELROUTE, 0, route);

        if (!msg)
                return error_set(err, -ENOMEM, "out of memory");
        return netlink_request(nl, msg, err, "%s", text);
}

/* A message made again from @raw, without the attribute types in @without. */
static struct nl_msg *replay(int type, int flags, const struct raw_message *raw, size_t header,
                             const int *without, size_t n_without)
{
        struct nl_msg *msg;
        struct nlattr *attr;
        int rest;

        if (raw->len < header)
                return NULL;
        msg = request_new_for(type, flags, raw->data, header, raw->len);
        if (!msg)
                return NULL;
        attr = raw_attributes(raw, header, &rest);
        nla_for_each_attr(attr, attr, rest, rest)
        {
                bool skip = false;

                for (size_t i = 0; i < n_without; i++)
                        skip |= nla_type(attr) == without[i];
                if (!skip)
                        nla_put(msg, nla_type(attr), nla_len(attr), nla_data(attr));
        }
        return msg;
}

int nexthop_add(struct netlink *nl, const struct ns_nexthop *hop, struct error *err)
{
        _cleanup_msg_ struct nl_msg *msg = replay(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE,
                                                  &hop->raw, sizeof(struct nhmsg), NULL, 0);

        if (!msg)
                return error_set(err, -ENOMEM, "out of memory");
        /* Flags of the answer (linkdown, dead) are not for the request. */
        ((struct nhmsg *)nlmsg_data(nlmsg_hdr(msg)))->nh_flags &= RTNH_F_ONLINK;
        ((struct nhmsg *)nlmsg_data(nlmsg_hdr(msg)))->nh_scope = 0;
        return netlink_request(nl, msg, err, "add next hop %u", hop->id);
}

int nexthop_delete(struct netlink *nl, const struct ns_nexthop *hop, struct error *err)
{
        struct nhmsg info = { 0 };
        _cleanup_msg_ struct nl_msg *msg = request_new(RTM_DELNEXTHOP, 0, &info, sizeof(info));

        if (!msg)
                return error_set(err, -ENOMEM, "out of memory");
        nla_put_u32(msg, NHA_ID, hop->id);
        return netlink_request(nl, msg, err, "delete next hop %u", hop->id);
}

int neigh_add(struct netlink *nl, const struct ns_neigh *neigh, struct error *err)
{
        static const int without[] = { NDA_CACHEINFO, NDA_PROBES };
        _cleanup_msg_ struct nl_msg *msg =
                replay(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &neigh->raw,
                       sizeof(struct ndmsg), without, ARRAY_SIZE(without));
        char text[IP_ADDR_TEXT_LEN];

        if (!msg)
                return error_set(err, -ENOMEM, "out of memory");
        return netlink_request(nl, msg, err, "add neighbour %s",
                               ip_addr_format(&neigh->addr, text));
}

int neigh_delete(struct netlink *nl, const struct ns_neigh *neigh, struct error *err)
{
        static const int without[] = { NDA_CACHEINFO, NDA_PROBES, NDA_LLADDR };
        _cleanup_msg_ struct nl_msg *msg = replay(
                RTM_DELNEIGH, 0, &neigh->raw, sizeof(struct ndmsg), without, ARRAY_SIZE(without));
        char text[IP_ADDR_TEXT_LEN];

        if (!msg)
                return error_set(err, -ENOMEM, "out of memory");
        return netlink_request(nl, msg, err, "delete neighbour %s",
                               ip_addr_format(&neigh->addr, text));
}
