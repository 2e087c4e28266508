/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * random_routes.c - routes of many kinds, next-hop objects, neighbours
 */
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <string.h>

#include "tests/model/random_internal.h"

static struct ip_prefix random_destination(struct random *rnd, int family)
{
        static const char *const v4[] = { "0.0.0.0/0",     "0.0.0.0/0",   "0.0.0.0/0",
                                          "10.96.0.0/12",  "10.0.0.0/8",  "10.1.0.0/24",
                                          "10.1.0.0/16",   "10.1.1.0/24", "10.1.0.9/32",
                                          "169.254.1.1/32" };
        static const char *const v6[] = { "::/0",      "::/0",         "fd00:9::/48",
                                          "fd00::/16", "fd00:1::/64",  "fd00:1::9/128",
                                          "2000::/3",  "fd00:9:8::/48" };
        struct ip_prefix dst;

        if (ip_prefix_parse(family == AF_INET ? PICK(rnd, v4) : PICK(rnd, v6), &dst) < 0)
                abort();
        return dst;
}

static struct ip_addr random_gateway(struct random *rnd, int family)
{
        static const char *const v4[] = { "10.1.0.5", "10.1.0.6",    "10.1.1.5",
                                          "10.1.2.5", "169.254.1.1", "10.9.0.1" };
        static const char *const v6[] = { "fd00:1::5", "fd00:1::6", "fd00:2::5", "fe80::99",
                                          "fe80::98" };

        return address(family == AF_INET ? PICK(rnd, v4) : PICK(rnd, v6));
}

int random_device(struct random *rnd)
{
        static const int devices[] = {
                2, 2, 2, 2, 3, 3, 4, FIRST_MADE, FIRST_MADE + 1, FIRST_MADE + 2
        };

        return PICK(rnd, devices);
}

static void random_hops(struct random *rnd, struct ns_route *route)
{
        route->n_hops = 2 + random_below(rnd, 2);
        for (unsigned i = 0; i < route->n_hops; i++) {
                route->hop_ifindex[i] = random_device(rnd);
                route->hop_gateway[i] = random_gateway(rnd, route->family);
                if (random_percent(rnd, 30))
                        route->hop_flags[i] = RTNH_F_ONLINK;
        }
}

static void random_way(struct random *rnd, struct ns_route *route)
{
        unsigned kind = random_below(rnd, 100);

        route->type = RTN_UNICAST;
        if (kind < 30) { /* on the link */
                route->ifindex = random_device(rnd);
                route->scope = RT_SCOPE_LINK;
        } else if (kind < 60) {
                route->gateway = random_gateway(rnd, route->family);
                route->ifindex =
                        random_percent(rnd, 50) || IN6_IS_ADDR_LINKLOCAL(&route->gateway.v6)
                                ? random_device(rnd)
                                : 0;
        } else if (kind < 70) {
                route->gateway = random_gateway(rnd, route->family);
                route->ifindex = random_device(rnd);
                route->flags = RTNH_F_ONLINK;
        } else if (kind < 78) {
                static const uint8_t types[] = { RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT,
                                                 RTN_THROW };

                route->type = PICK(rnd, types);
        } else if (kind < 88) {
                random_hops(rnd, route);
        } else if (kind < 94) {
                route->nexthop_id = route->family == AF_INET ? 1 + random_below(rnd, 3)
                                                             : 4 + random_below(rnd, 3);
        } else if (route->family == AF_INET) {
                route->gateway = random_gateway(rnd, AF_INET6);
                route->ifindex = random_device(rnd);
        } else {
                route->ifindex = random_device(rnd);
        }
}

struct ns_route random_route(struct random *rnd)
{
        static const uint8_t protocols[] = { RTPROT_BOOT, RTPROT_STATIC, RTPROT_BIRD };
        static const uint32_t metrics[] = { 0, 0, 100, 200 };
        int family = random_percent(rnd, 60) ? AF_INET : AF_INET6;
        struct ns_route route = { .family = (uint8_t)family,
                                  .table = random_percent(rnd, 85) ? RT_TABLE_MAIN : 100,
                                  .protocol = PICK(rnd, protocols),
                                  .dst = random_destination(rnd, family),
                                  .metric = PICK(rnd, metrics) };

        random_way(rnd, &route);
        if (family == AF_INET6)
                route.scope = RT_SCOPE_UNIVERSE;
        if (random_percent(rnd, 25) && route.type == RTN_UNICAST)
                route.prefsrc = random_host(rnd, family);
        if (random_percent(rnd, 10) && route.type == RTN_UNICAST)
                route.mtu_bytes = 1300;
        if (random_percent(rnd, 10) && family == AF_INET)
                route.tos = 4;
        if (random_percent(rnd, 10) && family == AF_INET6)
                route.expires_sec = 500 + random_below(rnd, 1000);
        return route;
}

/* 1 and 2: IPv4, 3: their group; 4 and 5: IPv6, 6: theirs */
void random_nexthop(struct random *rnd, struct plan *plan)
{
        struct plan_op op = { .type = PLAN_NEXTHOP_ADD };
        struct {
                struct nhmsg header;
                struct nlattr id_attr;
                uint32_t id;
                struct nlattr attr;
                struct nexthop_grp members[2];
        } group = { .header.nh_protocol = RTPROT_STATIC,
                    .id_attr = { sizeof(group.id_attr) + sizeof(group.id), NHA_ID },
                    .attr = { sizeof(group.attr) + sizeof(group.members), NHA_GROUP } };
        unsigned id = 1 + random_below(rnd, 6);

        op.nexthop.id = id;
        op.nexthop.protocol = RTPROT_STATIC;
        if (id % 3 == 0) {
                op.nexthop.group = true;
                group.id = id;
                group.members[0].id = id - 2;
                group.members[1].id = id - 1;
                op.nexthop.raw = (struct raw_message){ (uint8_t *)&group, sizeof(group) };
        } else {
                op.nexthop.ifindex = random_device(rnd);
                op.nexthop.gateway = random_gateway(rnd, id < 3 ? AF_INET : AF_INET6);
        }
        add_op(plan, &op);
}

void random_neighbour(struct random *rnd, struct plan *plan)
{
        struct plan_op op = { .type = PLAN_NEIGH_ADD };

        /* Not on a link without carrier: some go with it, at a time of their own. */
        op.neigh.ifindex = POD_IFINDEX + (int)random_below(rnd, POD_LINKS);
        op.neigh.addr = random_gateway(rnd, random_percent(rnd, 60) ? AF_INET : AF_INET6);
        if (random_percent(rnd, 25)) {
                op.neigh.flags = NTF_PROXY;
        } else {
                op.neigh.state = NUD_PERMANENT;
                op.neigh.mac_len = MAC_LEN;
                random_mac(rnd, op.neigh.mac);
        }
        add_op(plan, &op);
}
