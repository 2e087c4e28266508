/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netstate_fixture.h - pods built in memory, who they are, and what is to be done to them
 */
#pragma once

#include <linux/if_addr.h>
#include <net/if_arp.h>

#include "netsetup/graft.h"
#include "netsetup/plan.h"
#include "tests/unit/unit.h"

#define NIC 2 /* index of the pod's interface */

static const uint8_t pod_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 6 };

static inline struct ip_addr ip_of(const char *text)
{
        struct ip_addr addr;

        ck_assert_int_eq(ip_addr_parse(text, &addr), 0);
        return addr;
}

static inline struct ns_link *add_link(struct netstate *s, int ifindex, const char *name,
                                       const char *kind)
{
        struct ns_link *link = netstate_add_link(s);

        link->ifindex = ifindex;
        strcpy(link->name, name);
        strcpy(link->kind, kind);
        link->arp_type = ARPHRD_ETHER;
        link->mac_len = MAC_LEN;
        memcpy(link->mac, pod_mac, MAC_LEN);
        link->mtu_bytes = 1450;
        link->flags = IFF_UP;
        link->has_peer_nsid = true;
        return link;
}

static inline struct ns_addr *add_address(struct netstate *s, int ifindex, const char *text)
{
        struct ns_addr *addr = netstate_add_addr(s);

        ck_assert_int_eq(ip_prefix_parse(text, &addr->prefix), 0);
        addr->ifindex = ifindex;
        addr->valid_sec = addr->preferred_sec = UINT32_MAX;
        return addr;
}

/* @gateway NULL: on the link */
static inline struct ns_route *add_route(struct netstate *s, int ifindex, const char *dst,
                                         const char *gateway)
{
        struct ns_route *route = netstate_add_route(s);

        ck_assert_int_eq(ip_prefix_parse(dst, &route->dst), 0);
        if (gateway)
                route->gateway = ip_of(gateway);
        route->family = route->dst.addr.family;
        route->table = RT_TABLE_MAIN;
        route->type = RTN_UNICAST;
        route->protocol = RTPROT_BOOT;
        route->ifindex = ifindex;
        return route;
}

static inline struct netstate *pod_with(const char *address)
{
        struct netstate *s = netstate_new();

        add_link(s, NIC, "eth0", "veth");
        if (address)
                add_address(s, NIC, address);
        return s;
}

static inline struct netstate *flannel(void)
{
        struct netstate *s = pod_with("10.244.1.7/24");

        add_route(s, NIC, "0.0.0.0/0", "10.244.1.1");
        add_route(s, NIC, "10.244.1.0/24", NULL)->protocol = RTPROT_KERNEL;
        add_route(s, NIC, "10.96.0.0/12", "10.244.1.1");
        return s;
}

/* --- who a pod is, and what up makes of it --- */

static const struct netsetup_conf no_conf;

static inline struct podnet *identity_of(const struct netstate *s, const struct netsetup_conf *conf)
{
        static const struct resolvconf no_dns;
        const struct ns_link *nic;
        struct podnet *net = NULL;
        struct notes notes = { 0 };
        struct error err = ERROR_INIT;

        assert_ok(graft_find_interface(s, conf, &nic, &err), err);
        assert_ok(graft_identity(s, nic, conf, &no_dns, &net, &notes, &err), err);
        notes_done(&notes);
        return net;
}

static inline struct netstate *target_of(const struct netstate *s)
{
        static const struct graft_conf usual = { .keep_address = true, .filter = true };
        _cleanup_(cleanup_podnet_free) struct podnet *net = identity_of(s, &no_conf);
        struct netstate *target = NULL;
        struct error err = ERROR_INIT;

        assert_ok(graft_target(s, net, &usual, &target, &err), err);
        return target;
}

/* --- what is to be done --- */

static inline struct plan *diff(const struct netstate *current, const struct netstate *target)
{
        static const struct diff_scope scope = {
                .nic_ifindex = NIC, .bridge = "k6t-eth0", .tap = "tap0", .keeper = "eth0"
        };
        struct plan *plan = NULL;
        struct error err = ERROR_INIT;

        assert_ok(plan_diff(current, target, &scope, &plan, &err), err);
        return plan;
}

/* All of it, an operation a line. */
static inline void check_diff(const struct netstate *current, const struct netstate *target,
                              const char *expected)
{
        _cleanup_(cleanup_plan_free) struct plan *plan = diff(current, target);
        char all[4096] = "";

        for (size_t i = 0; i < plan->n_ops; i++) {
                strcat(all, plan->ops[i].text);
                strcat(all, "\n");
        }
        ck_assert_str_eq(all, expected);
}

/* The first operation with @text in it, from 0; -1 if there is none */
static inline int position(const struct plan *plan, const char *text)
{
        for (size_t i = 0; i < plan->n_ops; i++)
                if (strstr(plan->ops[i].text, text))
                        return (int)i;
        return -1;
}

#define assert_op(plan, text)    ck_assert_msg(position(plan, text) >= 0, "no operation '%s'", text)
#define assert_no_op(plan, text) ck_assert_msg(position(plan, text) < 0, "an operation '%s'", text)

/* Both are there, in this order. */
#define assert_before(plan, first, then)                                                           \
        do {                                                                                       \
                assert_op(plan, first);                                                            \
                assert_op(plan, then);                                                             \
                ck_assert_msg(position(plan, first) < position(plan, then),                        \
                              "'%s' comes before '%s'", then, first);                              \
        } while (0)
