/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/plan.h"

#include <string.h>

#include "netsetup/graft.h"
#include "podgraft/json.h"

static const char *const op_names[] = {
        [PLAN_LINK_ADD] = "link-add",
        [PLAN_TAP_ADD] = "tap-add",
        [PLAN_KEEPER_ADD] = "keeper-add",
        [PLAN_LINK_DEL] = "link-delete",
        [PLAN_LINK_RENAME] = "link-rename",
        [PLAN_LINK_SET_MAC] = "link-set-mac",
        [PLAN_LINK_SET_MTU] = "link-set-mtu",
        [PLAN_LINK_SET_MASTER] = "link-set-master",
        [PLAN_LINK_SET_LEARNING] = "link-set-learning",
        [PLAN_LINK_SET_BRIDGE] = "link-set-bridge",
        [PLAN_LINK_SET_IP] = "link-set-ip",
        [PLAN_LINK_SET_ALIAS] = "link-set-alias",
        [PLAN_LINK_SET_FDB] = "link-set-fdb",
        [PLAN_LINK_UP] = "link-up",
        [PLAN_LINK_DOWN] = "link-down",
        [PLAN_ADDR_ADD] = "address-add",
        [PLAN_ADDR_DEL] = "address-delete",
        [PLAN_ROUTE_ADD] = "route-add",
        [PLAN_ROUTE_DEL] = "route-delete",
        [PLAN_NEXTHOP_ADD] = "nexthop-add",
        [PLAN_NEXTHOP_DEL] = "nexthop-delete",
        [PLAN_NEIGH_ADD] = "neighbour-add",
        [PLAN_NEIGH_DEL] = "neighbour-delete",
        [PLAN_FILTER_SET] = "filter-set",
        [PLAN_FILTER_DEL] = "filter-delete",
};

struct plan *plan_new(void)
{
        return calloc(1, sizeof(struct plan));
}

static void op_done(struct plan_op *op)
{
        free(op->addr.raw.data);
        free(op->route.raw.data);
        free(op->nexthop.raw.data);
        free(op->neigh.raw.data);
        free(op->filter.raw.data);
}

struct plan *plan_free(struct plan *plan)
{
        if (!plan)
                return NULL;
        for (size_t i = 0; i < plan->n_ops; i++)
                op_done(&plan->ops[i]);
        free(plan->ops);
        free(plan);
        return NULL;
}

static void route_text(const struct ns_route *route, const char *verb, char *ret, size_t size)
{
        char dst[IP_PREFIX_TEXT_LEN], via[IP_ADDR_TEXT_LEN] = "", table[24] = "", metric[24] = "";
        char src[IP_ADDR_TEXT_LEN] = "";

        ip_prefix_format(&route->dst, dst);
        if (route->gateway.family)
                ip_addr_format(&route->gateway, via);
        if (route->prefsrc.family && route->protocol != RTPROT_KERNEL)
                ip_addr_format(&route->prefsrc, src);
        if (route->table != RT_TABLE_MAIN)
                snprintf(table, sizeof(table), " table %u", route->table);
        if (route->metric)
                snprintf(metric, sizeof(metric), " metric %u", route->metric);
        snprintf(ret, size, "route %s%s%s%s%s%s%s: %s",
                 route->dst.len == 0 ? (route->family == AF_INET ? "default" : "default (IPv6)")
                                     : dst,
                 via[0] ? " via " : "", via, src[0] ? " src " : "", src, metric, table, verb);
}

static void op_write_text(struct plan_op *op)
{
        const struct ns_link *link = &op->link;
        char buf[IP_PREFIX_TEXT_LEN];
        char *t = op->text;
        size_t n = sizeof(op->text);

        switch (op->type) {
        case PLAN_LINK_ADD:
                snprintf(t, n, "link %s: create bridge, MAC %s, MTU %u", op->ifname,
                         mac_format(link->mac, buf), link->mtu_bytes);
                break;
        case PLAN_TAP_ADD:
                snprintf(t, n, "link %s: create tap%s", op->ifname,
                         link->tun.multi_queue ? " with several queues" : "");
                if (link->tun.has_owner)
                        snprintf(t + strlen(t), n - strlen(t), ", owner %u:%u", link->tun.owner,
                                 link->tun.group);
                break;
        case PLAN_KEEPER_ADD:
                snprintf(t, n, "link %s: create keeper, down", op->ifname);
                break;
        case PLAN_LINK_DEL:
                snprintf(t, n, "link %s: delete", op->ifname);
                break;
        case PLAN_LINK_RENAME:
                snprintf(t, n, "link %s: rename to %s", op->ifname, op->new_name);
                break;
        case PLAN_LINK_SET_MAC:
                snprintf(t, n, "link %s: set MAC %s", op->ifname, mac_format(link->mac, buf));
                break;
        case PLAN_LINK_SET_MTU:
                snprintf(t, n, "link %s: set MTU %u", op->ifname, link->mtu_bytes);
                break;
        case PLAN_LINK_SET_MASTER:
                if (link->master_name[0])
                        snprintf(t, n, "link %s: attach to %s", op->ifname, link->master_name);
                else
                        snprintf(t, n, "link %s: take out of its bridge", op->ifname);
                break;
        case PLAN_LINK_SET_LEARNING:
                snprintf(t, n, "link %s: learning %s", op->ifname,
                         link->port.learning ? "on" : "off");
                break;
        case PLAN_LINK_SET_BRIDGE:
                snprintf(t, n, "link %s: STP %s, forward delay %u, multicast snooping %s",
                         op->ifname, link->br.stp ? "on" : "off", link->br.forward_delay_csec,
                         link->br.mcast_snooping ? "on" : "off");
                break;
        case PLAN_LINK_SET_IP:
                snprintf(t, n, "link %s: %s%s%s", op->ifname,
                         link->addr_gen_mode == IN6_ADDR_GEN_MODE_NONE
                                 ? "no link-local addresses of the kernel's own"
                         : link->addr_gen_mode >= 0 ? "link-local addresses as before"
                                                    : "",
                         link->addr_gen_mode >= 0 && link->arp_ignore >= 0 ? ", " : "",
                         link->arp_ignore < 0                    ? ""
                         : link->arp_ignore == 0                 ? "answers to ARP as before"
                         : link->arp_ignore == ARP_IGNORE_OTHERS ? "no answers to ARP for others"
                                                                 : "no answers to ARP");
                break;
        case PLAN_LINK_SET_ALIAS:
                if (graft_is_marked(link)) /* the mark itself is long, and for machines */
                        snprintf(t, n, "link %s: mark as podgraft's", op->ifname);
                else
                        snprintf(t, n, "link %s: set alias '%.100s'", op->ifname, link->alias);
                break;
        case PLAN_LINK_SET_FDB:
                snprintf(t, n, "link %s: take the frames for %s", op->ifname,
                         mac_format(link->mac, buf));
                break;
        case PLAN_LINK_UP:
        case PLAN_LINK_DOWN:
                snprintf(t, n, "link %s: %s", op->ifname, op->type == PLAN_LINK_UP ? "up" : "down");
                break;
        case PLAN_ADDR_ADD:
        case PLAN_ADDR_DEL:
                snprintf(t, n, "address %s: %s %s", ip_prefix_format(&op->addr.prefix, buf),
                         op->type == PLAN_ADDR_ADD ? "add to" : "take off", op->ifname);
                break;
        case PLAN_ROUTE_ADD:
        case PLAN_ROUTE_DEL:
                route_text(&op->route, op->type == PLAN_ROUTE_ADD ? "add" : "delete", t, n);
                break;
        case PLAN_NEXTHOP_ADD:
        case PLAN_NEXTHOP_DEL:
                snprintf(t, n, "next hop %u: %s", op->nexthop.id,
                         op->type == PLAN_NEXTHOP_ADD ? "add" : "delete");
                break;
        case PLAN_NEIGH_ADD:
        case PLAN_NEIGH_DEL:
                snprintf(t, n, "neighbour %s: %s", ip_addr_format(&op->neigh.addr, buf),
                         op->type == PLAN_NEIGH_ADD ? "add" : "delete");
                break;
        case PLAN_FILTER_SET:
        case PLAN_FILTER_DEL:
                snprintf(t, n, "filter of %s: %s", op->filter.tap,
                         op->type == PLAN_FILTER_SET ? "set" : "delete");
                break;
        }
}

static int raw_own(struct raw_message *raw)
{
        uint8_t *data = raw->len ? malloc(raw->len) : NULL;

        if (raw->len && !data) {
                *raw = (struct raw_message){ 0 };
                return -ENOMEM;
        }
        if (raw->len)
                memcpy(data, raw->data, raw->len);
        raw->data = data;
        return 0;
}

int plan_add(struct plan *plan, const struct plan_op *op)
{
        struct plan_op *grown = reallocarray(plan->ops, plan->n_ops + 1, sizeof(*grown)), *own;

        if (!grown)
                return -ENOMEM;
        plan->ops = grown;
        own = &grown[plan->n_ops];
        *own = *op;
        if ((raw_own(&own->addr.raw) | raw_own(&own->route.raw) | raw_own(&own->nexthop.raw) |
             raw_own(&own->neigh.raw) | raw_own(&own->filter.raw)) < 0) {
                op_done(own);
                return -ENOMEM;
        }
        op_write_text(own);
        plan->n_ops++;
        return 0;
}

void plan_drop_last(struct plan *plan)
{
        op_done(&plan->ops[--plan->n_ops]);
}

size_t plan_n_ops(const struct plan *plan)
{
        return plan->n_ops;
}

const char *plan_op_text(const struct plan *plan, size_t i)
{
        return plan->ops[i].text;
}

struct json_object *plan_to_json(const struct plan *plan)
{
        struct json_object *list = json_object_new_array();

        for (size_t i = 0; i < plan->n_ops; i++) {
                struct json_object *o = json_object_new_object();

                json_add_string(o, "op", op_names[plan->ops[i].type]);
                json_add_string(o, "text", plan->ops[i].text);
                json_object_array_add(list, o);
        }
        return list;
}
