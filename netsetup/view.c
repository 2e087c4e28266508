/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * view.c - what stands, and how far it is from what should
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "netsetup/filter/filter.h"
#include "netsetup/foreign.h"
#include "netsetup/session.h"
#include "podgraft/json.h"

/* Per network namespace; the file is there when br_netfilter is loaded. */
static bool bridge_nf_calls_iptables(void)
{
        _cleanup_close_ int fd =
                open("/proc/sys/net/bridge/bridge-nf-call-iptables", O_RDONLY | O_CLOEXEC);
        char value = '0';

        return fd >= 0 && read(fd, &value, 1) == 1 && value == '1';
}

void session_note_bridge_nf(struct netlink *nl, struct notes *notes)
{
        /* It is 1 wherever br_netfilter is loaded; without rules nothing comes of it. */
        if (bridge_nf_calls_iptables() && filter_meets_ip_rules(nl))
                notes_add(notes, "bridge-netfilter",
                          "net.bridge.bridge-nf-call-iptables is 1: the guest's frames pass "
                          "through iptables, whose rules may drop them; 'sysctl -w "
                          "net.bridge.bridge-nf-call-iptables=0' in this namespace ends that");
}

static struct json_object *link_view(const struct netstate *state, const char *name)
{
        const struct ns_link *link = netstate_link_by_name(state, name);
        struct json_object *o;
        char mac[MAC_TEXT_LEN];

        if (!link)
                return NULL;
        o = json_object_new_object();
        json_add_string(o, "name", link->name);
        json_add_string(o, "kind", link->kind);
        json_add_string(o, "mac", mac_format(link->mac, mac));
        json_add_u64(o, "mtu", link->mtu_bytes);
        json_add_string(o, "master", link->master_name);
        json_add_bool(o, "up", link->flags & IFF_UP);
        json_add_u64(o, "rx_packets", link->rx_packets);
        json_add_u64(o, "rx_bytes", link->rx_bytes);
        json_add_u64(o, "tx_packets", link->tx_packets);
        json_add_u64(o, "tx_bytes", link->tx_bytes);
        return o;
}

static const char *filter_view(const struct graft_conf *conf)
{
        return !conf->filter          ? "off"
               : conf->filter_missing ? "missing"
               : conf->anti_spoof     ? "anti-spoof"
                                      : "on";
}

static void add_filter_counters(struct json_object *o, const struct netstate *state,
                                const char *tap)
{
        for (size_t i = 0; i < state->n_filters; i++)
                if (strcmp(state->filters[i].tap, tap) == 0) {
                        json_add_u64(o, "filter_dropped_packets",
                                     state->filters[i].dropped_packets);
                        json_add_u64(o, "filter_dropped_bytes", state->filters[i].dropped_bytes);
                }
}

/* @ret_filter: that of the filter is part of it */
static struct json_object *drift_view(struct netsetup *ns, const struct netstate *state,
                                      bool *ret_filter)
{
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        struct json_object *drift = json_object_new_array();
        struct error gone = ERROR_INIT;
        struct notes news = { 0 };

        *ret_filter = false;
        if (ns->record->taken_over) {
                foreign_drift(ns, state, drift);
                return drift;
        }
        session_merge(ns, state, &news);
        for (size_t i = 0; i < news.n; i++)
                json_object_array_add(drift, json_object_new_string(news.note[i].text));
        notes_done(&news);
        if (session_diff(ns, state, NETSETUP_UP, &plan, &gone) < 0)
                json_object_array_add(drift, json_object_new_string(gone.message));
        for (size_t i = 0; plan && i < plan->n_ops; i++) {
                json_object_array_add(drift, json_object_new_string(plan->ops[i].text));
                *ret_filter |= plan->ops[i].type == PLAN_FILTER_SET ||
                               plan->ops[i].type == PLAN_FILTER_DEL;
        }
        return drift;
}

int netsetup_links_json(struct netsetup *ns, struct json_object **ret, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
        const struct podnet *net = ns->record->identity;
        struct json_object *o, *drift;
        bool filter_drifts;
        int r = observe(ns->nl, &state, err);

        if (r < 0)
                return r;
        drift = drift_view(ns, state, &filter_drifts);
        o = json_object_new_object();
        json_object_object_add(o, "nic", link_view(state, net->nic));
        json_object_object_add(o, "bridge", link_view(state, net->bridge));
        json_object_object_add(o, "tap", link_view(state, net->tap));
        json_object_object_add(o, "keeper",
                               ns->record->conf.keep_address ? link_view(state, net->interface)
                                                             : NULL);
        json_add_string(o, "filter", filter_view(&ns->record->conf));
        json_object_object_add(o, "filter_as_recorded",
                               state->filters_unknown ? NULL
                                                      : json_object_new_boolean(!filter_drifts));
        add_filter_counters(o, state, net->tap);
        json_add_bool(o, "bridge_nf_call_iptables", bridge_nf_calls_iptables());
        json_add_bool(o, "meets_ip_rules",
                      bridge_nf_calls_iptables() && filter_meets_ip_rules(ns->nl));
        json_add_bool(o, "adopted", ns->record->adopted);
        json_add_bool(o, "taken_over", ns->record->taken_over);
        json_object_object_add(o, "drift", drift);
        *ret = o;
        return 0;
}
