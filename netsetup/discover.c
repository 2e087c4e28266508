/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * discover.c - who the pod is, where no record says it: by its interface, or by the marks of a
 * graft
 */
#include <string.h>

#include "netsetup/foreign.h"
#include "netsetup/guard.h"
#include "netsetup/neighbour.h"
#include "netsetup/session.h"

static int check_pod(const struct netsetup *ns, const struct netstate *state,
                     const struct ns_link *nic, struct error *err)
{
        char where[64];
        int r = guard_bridgeable(nic, err);

        if (r < 0 || ns->conf.allow_host_network || guard_host_network(state, nic, "", NULL) == 0)
                return r;
        netlink_describe_namespace(where);
        return guard_host_network(state, nic, where, err);
}

/* The identity of @nic in @original, and the configuration: a record, not written yet. */
static int make_record(struct netsetup *ns, struct netstate **original, const struct ns_link *nic,
                       unsigned index, bool adopted, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_record_free) struct record *record = record_new();
        struct resolvconf dns = { 0 };
        int r;

        if (!record ||
            resolvconf_read(ns->conf.resolv_conf ? ns->conf.resolv_conf : "/etc/resolv.conf", &dns,
                            notes) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        r = graft_identity(*original, nic, &ns->conf, &dns, &record->identity, notes, err);
        resolvconf_done(&dns);
        if (r < 0)
                return r;
        graft_name_links(record->identity, index);
        record->adopted = adopted;
        if (ns->conf.attachment && !(record->attachment = strdup(ns->conf.attachment)))
                return error_set(err, -ENOMEM, "out of memory");
        record->original = take_ptr(*original);
        record_free(ns->record);
        ns->record = take_ptr(record);
        session_take_configuration(ns);
        if (record_set_dhcp_options(ns->record, ns->conf.dhcp_options, ns->conf.n_dhcp_options) <
                    0 ||
            record_set_serving(ns->record, &ns->conf.serving) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        return 0;
}

/* The one that will be taken, if it is there already: it need not be called eth0. */
static int wait_interface(struct netsetup *ns, struct netstate **state, struct error *err)
{
        const struct ns_link *nic;
        char name[IFNAMSIZ];
        int r;

        if (ns->conf.interface || graft_find_interface(*state, &ns->conf, &nic, NULL) < 0)
                snprintf(name, sizeof(name), "%s",
                         ns->conf.interface ? ns->conf.interface : "eth0");
        else
                snprintf(name, sizeof(name), "%s", nic->name);
        *state = netstate_free(*state);
        r = observe_wait_interface(ns->nl, name, ns->conf.wait_interface_sec, ns->conf.on_wait,
                                   err);
        return r < 0 ? r : observe_settled(ns->nl, state, err);
}

static int discover(struct netsetup *ns, struct netstate **state, struct notes *notes,
                    struct error *err)
{
        const struct ns_link *nic;
        struct podnet *net;
        int r, nic_index;
        unsigned index;

        if (ns->conf.wait_interface_sec > 0 && (r = wait_interface(ns, state, err)) < 0)
                return r;
        if ((r = graft_find_interface(*state, &ns->conf, &nic, err)) < 0 ||
            (r = check_pod(ns, *state, nic, err)) < 0 ||
            (ns->conf.has_mac && (r = guard_mac(nic, ns->conf.mac, err)) < 0))
                return r;
        ns->seen = netstate_copy(*state);
        if (!ns->seen || session_take_over(ns, *state, nic->ifindex) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        nic_index = nic->ifindex;
        index = session_choose_index(ns, *state, nic->name);
        if ((r = make_record(ns, state, nic, index, false, notes, err)) < 0)
                return r;
        net = ns->record->identity;
        /* Once it is rewired, the pod cannot ask any more. Who only looks (plan) asks nobody. */
        if (ns->has_lock && net->ra == PODNET_TOLD_BY_US &&
            neighbour_find_gateways(ns->nl, nic_index, net) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        if (ns->has_lock && net->ra == PODNET_TOLD_BY_US)
                ns->seen = netstate_free(ns->seen); /* that took its time */
        return guard_names(ns->record->original, net->bridge, net->tap, net->nic, err);
}

/* What looks like the beginning of @interface's graft may be that of another with its tap. */
static bool is_anothers(struct netsetup *ns, const struct netstate *state, const char *interface)
{
        for (size_t i = 0; i < state->n_links; i++)
                if (graft_is_marked_for(&state->links[i], interface))
                        return false;
        return session_choose_index(ns, state, interface) != graft_index(interface);
}

/* A graft that stands, but whose record is lost. Return: 1 made again in memory, 0 there is none.
 */
static int adopt(struct netsetup *ns, const struct netstate *state, struct notes *notes,
                 struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *original = NULL;
        char name[IFNAMSIZ];
        int r = graft_from_alias(state, ns->conf.interface, &original, name, notes);
        unsigned index;

        if (r < 0)
                return error_set(err, r, "out of memory");
        if (r == 0 || is_anothers(ns, state, name))
                return 0;
        index = graft_alias_index(state, name);
        r = make_record(ns, &original, netstate_link_by_name(original, name), index, true, notes,
                        err);
        if (r < 0)
                return r;
        notes_add(
                notes, "record-lost",
                "the record of '%s' is lost; who the pod was is taken from the marks on its links",
                name);
        return 1;
}

int netsetup_adopt(struct netsetup *ns, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
        int r;

        if (ns->is_recorded)
                return 0;
        r = observe(ns->nl, &state, err);
        if (r == 0)
                r = adopt(ns, state, notes, err);
        ns->is_recorded = r == 1;
        return r;
}

int session_find_out(struct netsetup *ns, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
        int r = observe_settled(ns->nl, &state, err);

        ns->seen = netstate_free(ns->seen); /* by an earlier look: it may be another by now */
        if (r == 0)
                r = adopt(ns, state, notes, err);
        return r != 0 ? r : discover(ns, &state, notes, err);
}

int netsetup_identify(struct netsetup *ns, struct notes *notes, struct error *err)
{
        int r = 0;

        if (foreign_is(ns))
                return foreign_identify(ns, notes, err);
        if (!ns->is_recorded)
                r = session_find_out(ns, notes, err);
        return r < 0 ? r : 0;
}
