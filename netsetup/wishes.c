/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wishes.c - what a command line asks for goes into the record, also where a graft stands
 */
#include <string.h>

#include "netsetup/guard.h"
#include "netsetup/session.h"

/* The guest's own, not what follows from the pod. */
static bool is_the_same_guest(const struct podnet *a, const struct podnet *b)
{
        return memcmp(a->mac, b->mac, MAC_LEN) == 0 && a->mtu_bytes == b->mtu_bytes &&
               a->queues == b->queues && strcmp(a->hostname, b->hostname) == 0;
}

/* As another name server or search list, where it was asked for. Return: 1 another, 0; -ENOMEM */
static int take_dns(struct netsetup *ns, struct notes *notes)
{
        struct podnet *net = ns->record->identity;
        struct resolvconf dns = { 0 };
        int r;

        if (!ns->conf.resolv_conf || ns->conf.default_resolv_conf)
                return 0;
        if (access(ns->conf.resolv_conf, R_OK) < 0) {
                notes_add(notes, "dns-unread",
                          "'%s': %s; the guest keeps the nameservers that it has",
                          ns->conf.resolv_conf, strerror(errno));
                return 0;
        }
        r = resolvconf_read(ns->conf.resolv_conf, &dns, notes);
        if (r == 0 && !graft_has_dns(net, &dns)) {
                net->n_nameservers = net->n_searches = 0;
                r = graft_add_dns(&dns, net) < 0 ? -ENOMEM : 1;
        }
        resolvconf_done(&dns);
        return r;
}

int session_take_wishes(struct netsetup *ns, struct notes *notes, struct error *err)
{
        struct podnet *net = ns->record->identity, told = *net;
        const struct ns_link *nic =
                netstate_link_by_name(ns->record->original, ns->record->identity->interface);
        int r;

        if (!nic)
                return error_set(err, -EINVAL, "the record has no interface '%s'", net->interface);
        if (ns->conf.has_mac && (r = guard_mac(nic, ns->conf.mac, err)) < 0)
                return r;
        r = take_dns(ns, notes);
        if (r < 0)
                return error_set(err, r, "out of memory");
        graft_take_wishes(&ns->conf, nic, net, notes);
        return r == 1 || !is_the_same_guest(net, &told);
}

bool session_take_configuration(struct netsetup *ns)
{
        struct graft_conf *conf = &ns->record->conf, before = *conf;
        struct podnet *net = ns->record->identity, told = *net;

        if (ns->conf.tap_owner.given)
                conf->tap_owner = ns->conf.tap_owner;
        conf->keep_address = !ns->conf.no_keep_address;
        conf->filter = !ns->conf.no_filter;
        conf->filter_missing = false; /* the module may have come meanwhile */
        conf->anti_spoof = ns->conf.anti_spoof;
        graft_tell(&ns->conf, net);
        return net->dhcp4 != told.dhcp4 || net->dhcp6 != told.dhcp6 || net->ra != told.ra ||
               conf->tap_owner.given != before.tap_owner.given ||
               conf->tap_owner.uid != before.tap_owner.uid ||
               conf->tap_owner.gid != before.tap_owner.gid ||
               conf->keep_address != before.keep_address || conf->filter != before.filter ||
               conf->anti_spoof != before.anti_spoof;
}
