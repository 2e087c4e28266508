/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/model/raw_message.h"

#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <string.h>

#include "netsetup/request.h"

static int addr_size(const struct ip_addr *addr)
{
        return addr->family == AF_INET ? 4 : 16;
}

static void put_addr(struct nl_msg *msg, int type, const struct ip_addr *addr)
{
        if (addr->family)
                nla_put(msg, type, addr_size(addr), &addr->v6);
}

static void put_gateway(struct nl_msg *msg, uint8_t family, const struct ip_addr *gateway)
{
        struct {
                uint16_t family;
                uint8_t addr[16];
        } via = { .family = gateway->family };

        if (gateway->family == AF_UNSPEC || gateway->family == family) {
                put_addr(msg, RTA_GATEWAY, gateway);
                return;
        }
        memcpy(via.addr, &gateway->v6, (size_t)addr_size(gateway));
        nla_put(msg, RTA_VIA, 2 + addr_size(gateway), &via);
}

static void put_hops(struct nl_msg *msg, const struct ns_route *r)
{
        struct nlattr *hops = nla_nest_start(msg, RTA_MULTIPATH);

        for (unsigned i = 0; i < r->n_hops; i++) {
                struct rtnexthop *hop = nlmsg_reserve(msg, sizeof(*hop), NLMSG_ALIGNTO);
                char *end;

                memset(hop, 0, sizeof(*hop));
                hop->rtnh_ifindex = r->hop_ifindex[i];
                hop->rtnh_flags = (uint8_t)r->hop_flags[i];
                put_gateway(msg, r->family, &r->hop_gateway[i]);
                end = (char *)nlmsg_hdr(msg) + nlmsg_hdr(msg)->nlmsg_len;
                hop->rtnh_len = (uint16_t)(end - (char *)hop);
        }
        nla_nest_end(msg, hops);
}

static struct nl_msg *route_message(const struct ns_route *r)
{
        struct rtmsg info = { .rtm_family = r->family,
                              .rtm_dst_len = r->dst.len,
                              .rtm_tos = r->tos,
                              .rtm_table = r->table < 256 ? (uint8_t)r->table : RT_TABLE_COMPAT,
                              .rtm_protocol = r->protocol,
                              .rtm_scope = r->scope,
                              .rtm_type = r->type,
                              .rtm_flags = r->flags };
        struct nl_msg *msg = request_new(RTM_NEWROUTE, 0, &info, sizeof(info));

        nla_put_u32(msg, RTA_TABLE, r->table);
        if (r->dst.len > 0)
                put_addr(msg, RTA_DST, &r->dst.addr);
        if (r->metric)
                nla_put_u32(msg, RTA_PRIORITY, r->metric);
        if (r->ifindex)
                nla_put_u32(msg, RTA_OIF, (uint32_t)r->ifindex);
        put_gateway(msg, r->family, &r->gateway);
        put_addr(msg, RTA_PREFSRC, &r->prefsrc);
        if (r->nexthop_id)
                nla_put_u32(msg, RTA_NH_ID, r->nexthop_id);
        if (r->n_hops)
                put_hops(msg, r);
        if (r->mtu_bytes) {
                struct nlattr *metrics = nla_nest_start(msg, RTA_METRICS);

                nla_put_u32(msg, RTAX_MTU, r->mtu_bytes);
                nla_nest_end(msg, metrics);
        }
        return msg;
}

static struct nl_msg *nexthop_message(const struct ns_nexthop *n)
{
        struct nhmsg info = { .nh_family = n->gateway.family, .nh_protocol = n->protocol };
        struct nl_msg *msg = request_new(RTM_NEWNEXTHOP, 0, &info, sizeof(info));

        nla_put_u32(msg, NHA_ID, n->id);
        nla_put_u32(msg, NHA_OIF, (uint32_t)n->ifindex);
        put_addr(msg, NHA_GATEWAY, &n->gateway);
        return msg;
}

static struct nl_msg *neigh_message(const struct ns_neigh *n)
{
        struct ndmsg info = { .ndm_family = n->addr.family,
                              .ndm_ifindex = n->ifindex,
                              .ndm_state = n->state,
                              .ndm_flags = n->flags };
        struct nl_msg *msg = request_new(RTM_NEWNEIGH, 0, &info, sizeof(info));

        put_addr(msg, NDA_DST, &n->addr);
        if (n->mac_len)
                nla_put(msg, NDA_LLADDR, n->mac_len, n->mac);
        return msg;
}

static void take_payload(struct nl_msg *msg, struct raw_message *raw)
{
        raw->len = (size_t)nlmsg_datalen(nlmsg_hdr(msg));
        raw->data = malloc(raw->len);
        if (!raw->data)
                abort();
        memcpy(raw->data, nlmsg_data(nlmsg_hdr(msg)), raw->len);
        nlmsg_free(msg);
}

void raw_message_fill(struct plan_op *op)
{
        switch (op->type) {
        case PLAN_ROUTE_ADD:
        case PLAN_ROUTE_DEL:
                if (op->route.raw.len == 0)
                        take_payload(route_message(&op->route), &op->route.raw);
                break;
        case PLAN_NEXTHOP_ADD:
        case PLAN_NEXTHOP_DEL:
                if (op->nexthop.raw.len == 0)
                        take_payload(nexthop_message(&op->nexthop), &op->nexthop.raw);
                break;
        case PLAN_NEIGH_ADD:
        case PLAN_NEIGH_DEL:
                if (op->neigh.raw.len == 0)
                        take_payload(neigh_message(&op->neigh), &op->neigh.raw);
                break;
        default:
                break;
        }
}
