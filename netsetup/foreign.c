/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/foreign.h"

#include <string.h>

#include "netsetup/netlink.h"
#include "netsetup/observe.h"
#include "podgraft/json.h"

bool foreign_is(const struct netsetup *ns)
{
        return ns->foreign || (ns->is_recorded && ns->record->taken_over);
}

int netsetup_take_over(struct netsetup *ns, const struct podnet *net, struct error *err)
{
        if (ns->is_recorded && !ns->record->taken_over)
                return error_set_class(err, ERROR_USAGE, -EEXIST,
                                       "'%s' was wired by podgraft itself, there is nothing to "
                                       "take over; leave --vif-cache out",
                                       net->interface);
        podnet_free(ns->foreign);
        ns->foreign = podnet_copy(net);
        return ns->foreign ? 0 : error_set(err, -ENOMEM, "out of memory");
}

/* --- who the pod is --- */

/* NULL: *err says that it is not there */
static const struct ns_link *need_link(const struct netstate *state, const char *name,
                                       const char *kind, struct error *err)
{
        const struct ns_link *link = netstate_link_by_name(state, name);

        if (link && (!kind || strcmp(link->kind, kind) == 0))
                return link;
        error_set_class(err, ERROR_NOT_SET_UP, -ENODEV,
                        "there is no %s '%s': this pod has not been wired yet",
                        kind ? "tap" : "interface", name);
        return NULL;
}

/* The names are KubeVirt's, which are ours; what the server is called, the cache knows. */
static int fill_in_links(struct netsetup *ns, const struct netstate *state, struct podnet *net,
                         struct error *err)
{
        const struct ns_link *tap, *bridge;
        struct in_addr server = net->server_ip;

        graft_name_links(net, graft_index(net->interface));
        if (server.s_addr)
                net->server_ip = server;
        tap = need_link(state, net->tap, "tun", err);
        if (!tap || !need_link(state, net->nic, NULL, err))
                return -ENODEV;
        bridge = netstate_link_by_name(state, net->bridge);
        if (bridge)
                memcpy(net->server_mac, bridge->mac, MAC_LEN);
        else
                graft_derive_mac(net->mac, "bridge", net->server_mac);
        if (ns->conf.mtu_bytes || net->mtu_bytes == 0)
                net->mtu_bytes = ns->conf.mtu_bytes ? ns->conf.mtu_bytes : tap->mtu_bytes;
        return 0;
}

static int fill_in(struct netsetup *ns, const struct netstate *state, struct podnet *net,
                   struct notes *notes, struct error *err)
{
        const struct netsetup_conf *conf = &ns->conf;
        struct resolvconf dns = { 0 };
        int r = fill_in_links(ns, state, net, err);

        if (r < 0)
                return r;
        if (conf->has_mac)
                memcpy(net->mac, conf->mac, MAC_LEN);
        net->queues = conf->queues ? conf->queues : 1;
        if (conf->hostname && strlen(conf->hostname) < sizeof(net->hostname))
                strcpy(net->hostname, conf->hostname);
        r = resolvconf_read(conf->resolv_conf ? conf->resolv_conf : "/etc/resolv.conf", &dns,
                            notes);
        if (r == 0)
                r = graft_add_dns(&dns, net);
        resolvconf_done(&dns);
        if (r < 0)
                return error_set(err, -ENOMEM, "out of memory");
        if (net->n_addresses == 0)
                notes_add(notes, "no-address", "'%s' has no address: the guest will be served none",
                          net->interface);
        graft_tell(conf, net);
        return 0;
}

static int make_record(struct netsetup *ns, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_record_free) struct record *record = record_new();
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
        int r;

        if (!record || !(record->identity = podnet_copy(ns->foreign)))
                return error_set(err, -ENOMEM, "out of memory");
        if ((r = observe(ns->nl, &state, err)) < 0 ||
            (r = fill_in(ns, state, record->identity, notes, err)) < 0)
                return r;
        record->taken_over = true;
        record->conf.keep_address = netstate_link_by_name(state, ns->foreign->interface);
        record->original = take_ptr(state);
        record_free(ns->record);
        ns->record = take_ptr(record);
        return 0;
}

int foreign_identify(struct netsetup *ns, struct notes *notes, struct error *err)
{
        return ns->is_recorded || !ns->foreign ? 0 : make_record(ns, notes, err);
}

/* --- up, down --- */

/* What layers above have in the record of a run before stays in it. */
static int renew(struct netsetup *ns, struct notes *notes, struct error *err)
{
        struct record *old = ns->record;
        int r;

        ns->record = NULL;
        r = make_record(ns, notes, err);
        if (r < 0) {
                ns->record = old;
                return r;
        }
        ns->record->connect_uri = take_ptr(old->connect_uri);
        ns->record->domain = take_ptr(old->domain);
        ns->record->owner = take_ptr(old->owner);
        ns->record->run_as = old->run_as;
        record_free(old);
        return 0;
}

int foreign_up(struct netsetup *ns, struct notes *notes, struct error *err)
{
        int r = 0;

        if (ns->foreign)
                r = ns->is_recorded ? renew(ns, notes, err) : make_record(ns, notes, err);
        else
                graft_tell(&ns->conf, ns->record->identity);
        if (r < 0)
                return r;
        if (record_set_dhcp_options(ns->record, ns->conf.dhcp_options, ns->conf.n_dhcp_options) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        r = record_write(ns->dir, ns->cookie, ns->record, err);
        ns->is_recorded |= r == 0;
        return r;
}

int foreign_down(struct netsetup *ns, struct error *err)
{
        int r = record_remove(ns->dir, ns->record, err);

        if (r == 0)
                ns->is_recorded = false;
        else if (err)
                err->class = ERROR_HALF_DONE;
        return r;
}

void foreign_drift(const struct netsetup *ns, const struct netstate *state,
                   struct json_object *drift)
{
        const struct podnet *net = ns->record->identity;
        const char *const names[] = { net->nic, net->tap };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                char text[64];

                if (netstate_link_by_name(state, names[i]))
                        continue;
                snprintf(text, sizeof(text), "link %s: gone", names[i]);
                json_object_array_add(drift, json_object_new_string(text));
        }
}
