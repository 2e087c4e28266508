/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/model/judge.h"

#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netsetup/graft.h"
#include "tests/model/random_ops.h"
#include "tests/model/state_text.h"

#define BRIDGE "k6t-eth0"
#define TAP    "tap0"
#define NIC    "eth0-nic"
#define KEEPER "eth0"

const char *judge_say(const char *format, const char *name)
{
        static char text[320];

        snprintf(text, sizeof(text), format, name);
        return text;
}

static bool is_kind(const struct ns_link *link, const char *kind)
{
        return strcmp(link->kind, kind) == 0;
}

static size_t count_addresses(const struct netstate *s, int ifindex, uint8_t below_scope)
{
        size_t n = 0;

        for (size_t i = 0; i < s->n_addrs; i++)
                n += s->addrs[i].ifindex == ifindex && s->addrs[i].scope < below_scope;
        return n;
}

static bool same_address(const struct ns_addr *a, const struct ns_addr *b)
{
        return a->prefix.len == b->prefix.len && ip_addr_equal(&a->prefix.addr, &b->prefix.addr) &&
               ip_addr_equal(&a->peer, &b->peer);
}

const struct ns_addr *judge_find_address(const struct netstate *s, int ifindex,
                                         const struct ns_addr *addr)
{
        for (size_t i = 0; i < s->n_addrs; i++)
                if (s->addrs[i].ifindex == ifindex && same_address(&s->addrs[i], addr))
                        return &s->addrs[i];
        return NULL;
}

/* --- the graft --- */

static const char *judge_nic(const struct netstate *s, const struct record *record)
{
        const struct ns_link *was = netstate_link_by_index(record->original, POD_IFINDEX);
        const struct ns_link *nic = netstate_link_by_index(s, POD_IFINDEX);
        uint8_t mac[MAC_LEN];

        if (graft_keeps_mac(was))
                memcpy(mac, was->mac, MAC_LEN);
        else
                graft_derive_mac(was->mac, "nic", mac);
        if (!nic || strcmp(nic->name, NIC) != 0)
                return "the pod's interface is not called '" NIC "'";
        if (strcmp(nic->master_name, BRIDGE) != 0)
                return "the pod's interface is not in the bridge";
        if (nic->port.learning)
                return "the bridge learns on the pod's interface";
        if (!(nic->flags & IFF_UP))
                return "the pod's interface is down";
        if (memcmp(nic->mac, mac, MAC_LEN) != 0)
                return "the pod's interface has another MAC than it should";
        return count_addresses(s, POD_IFINDEX, 255) ? "the pod's interface has an address" : NULL;
}

static const char *judge_wiring(const struct netstate *s, const struct record *record)
{
        const struct ns_link *bridge = netstate_link_by_name(s, BRIDGE);
        const struct ns_link *tap = netstate_link_by_name(s, TAP);
        const struct podnet *net = record->identity;
        uint32_t mtu_bytes = netstate_link_by_index(record->original, POD_IFINDEX)->mtu_bytes;

        if (!bridge || !is_kind(bridge, "bridge") || !(bridge->flags & IFF_UP) || bridge->br.stp ||
            bridge->br.mcast_snooping)
                return "there is no bridge as it should be";
        if (memcmp(bridge->mac, net->server_mac, MAC_LEN) != 0 || bridge->arp_ignore != 8 ||
            bridge->addr_gen_mode > 0 + IN6_ADDR_GEN_MODE_NONE)
                return "the bridge's MAC, addresses or answers are not as they should be";
        if (!tap || !is_kind(tap, "tun") || !(tap->flags & IFF_UP) || !tap->tun.persist)
                return "there is no tap as it should be";
        if (strcmp(tap->master_name, BRIDGE) != 0)
                return "the tap is not in the bridge";
        if (tap->mtu_bytes != mtu_bytes || tap->tun.multi_queue != (net->queues > 1) ||
            tap->tun.has_owner != record->conf.tap_owner.given)
                return "the tap's MTU, queues or owner are not as they should be";
        if (is_kind(netstate_link_by_index(s, POD_IFINDEX), "macvlan") && !tap->port.takes_nic_mac)
                return "the macvlan's frames do not come to the tap";
        return NULL;
}

static const char *judge_keeper(const struct netstate *s, const struct record *record)
{
        const struct ns_link *was = netstate_link_by_index(record->original, POD_IFINDEX);
        const struct ns_link *keeper = netstate_link_by_name(s, KEEPER);

        if (!record->conf.keep_address)
                return keeper ? "there is a keeper that nobody asked for" : NULL;
        if (!keeper || (!is_kind(keeper, "dummy") && !is_kind(keeper, "tun")))
                return "there is no keeper";
        if (keeper->flags & IFF_UP)
                return "the keeper is up";
        if (memcmp(keeper->mac, was->mac, MAC_LEN) != 0 || keeper->mtu_bytes != was->mtu_bytes)
                return "the keeper's MAC or MTU are not the pod's";
        for (size_t i = 0; i < record->original->n_addrs; i++) {
                const struct ns_addr *addr = &record->original->addrs[i];

                if (addr->ifindex == POD_IFINDEX && addr->scope < RT_SCOPE_LINK &&
                    !judge_find_address(s, keeper->ifindex, addr))
                        return "an address of the pod's is not on the keeper";
        }
        if (count_addresses(s, keeper->ifindex, 255) !=
            count_addresses(record->original, POD_IFINDEX, RT_SCOPE_LINK))
                return "the keeper has addresses that are not the pod's";
        return NULL;
}

const char *judge_graft(struct engine *e)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = engine_observe(e);
        _cleanup_(cleanup_plan_free) struct plan *rest = engine_plan(e, NETSETUP_UP);
        const struct record *record = e->ns.record;
        bool wants_filter = record->conf.filter && !record->conf.filter_missing;
        const char *why = NULL;

        if (rest->n_ops > 0)
                return judge_say("there is still something to do: %s", rest->ops[0].text);
        if ((why = judge_nic(s, record)) || (why = judge_wiring(s, record)) ||
            (why = judge_keeper(s, record)))
                return why;
        if (wants_filter != (s->n_filters == 1))
                return wants_filter ? "there is no filter" : "there is a filter";
        return NULL;
}

/* --- nothing left of it --- */

const char *judge_no_trace(const struct engine *e)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = engine_observe(e);

        for (size_t i = 0; i < s->n_links; i++) {
                const struct ns_link *link = &s->links[i];

                if (graft_is_marked(link))
                        return judge_say("'%s' still carries the mark", link->name);
                if (strcmp(link->name, BRIDGE) == 0 || strcmp(link->name, TAP) == 0 ||
                    strcmp(link->name, NIC) == 0 ||
                    (strcmp(link->name, KEEPER) == 0 && link->ifindex != POD_IFINDEX))
                        return judge_say("there is still '%s'", link->name);
        }
        return s->n_filters ? "the filter is still there" : NULL;
}
