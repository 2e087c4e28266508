/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netsetup.c - the story: open, plan, up, down
 */
#include <inttypes.h>
#include <string.h>

#include "netsetup/graft.h"
#include "netsetup/guard.h"
#include "netsetup/plan.h"
#include "netsetup/record.h"
#include "netsetup/tap.h"
#include "podgraft/json.h"

#define CONVERGE_TRIES 3

struct netsetup {
        struct netsetup_conf conf;
        struct netlink *nl;
        int lock_fd;
        uint64_t cookie;
        char *dir;
        struct record *record; /* original and identity: recorded, or to be */
        bool is_recorded;
};

int netsetup_open(const struct netsetup_conf *conf, enum netsetup_access access,
                  struct netsetup **ret, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = calloc(1, sizeof(*ns));
        int r;

        if (!ns)
                return error_set(err, -ENOMEM, "out of memory");
        ns->conf = *conf;
        ns->lock_fd = -1;
        if ((r = netlink_open(&ns->nl, err)) < 0 ||
            (r = netlink_namespace_cookie(ns->nl, &ns->cookie, err)) < 0)
                return r;
        if (asprintf(&ns->dir, "%s/netns-%" PRIu64, conf->state_dir, ns->cookie) < 0) {
                ns->dir = NULL;
                return error_set(err, -ENOMEM, "out of memory");
        }
        if (access == NETSETUP_WRITE && (r = record_lock(&ns->lock_fd, err)) < 0)
                return r;
        r = record_find(ns->dir, ns->cookie, conf->interface, &ns->record, notes, err);
        if (r < 0)
                return r;
        ns->is_recorded = r == 1;
        *ret = take_ptr(ns);
        return 0;
}

struct netsetup *netsetup_close(struct netsetup *ns)
{
        if (!ns)
                return NULL;
        record_free(ns->record);
        netlink_close(ns->nl);
        if (ns->lock_fd >= 0)
                close(ns->lock_fd);
        free(ns->dir);
        free(ns);
        return NULL;
}

bool netsetup_is_recorded(const struct netsetup *ns)
{
        return ns->is_recorded;
}

const struct podnet *netsetup_identity(const struct netsetup *ns)
{
        return ns->record ? ns->record->identity : NULL;
}

const char *netsetup_dir(const struct netsetup *ns)
{
        return ns->dir;
}

/* --- discovery of a pod that is not recorded --- */

static void describe_namespace(char ret[64])
{
        ssize_t n = readlink("/proc/thread-self/ns/net", ret, 63);

        strcpy(ret + (n > 0 ? n : 0), n > 0 ? "" : "(unknown)");
}

static int check_pod(const struct netsetup *ns, const struct netstate *state,
                     const struct ns_link *nic, struct error *err)
{
        char where[64];
        int r = guard_bridgeable(nic, err);

        if (r < 0 || ns->conf.allow_host_network)
                return r;
        describe_namespace(where);
        return guard_host_network(state, nic, where, err);
}

static int discover(struct netsetup *ns, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_record_free) struct record *record = record_new();
        struct resolvconf dns = { 0 };
        const struct ns_link *nic;
        int r;

        if (!record)
                return error_set(err, -ENOMEM, "out of memory");
        if (ns->conf.wait_interface_sec > 0 &&
            (r = observe_wait_interface(ns->nl, ns->conf.interface ? ns->conf.interface : "eth0",
                                        ns->conf.wait_interface_sec, err)) < 0)
                return r;
        if ((r = observe_settle(ns->nl, err)) < 0 ||
            (r = observe(ns->nl, &record->original, err)) < 0 ||
            (r = graft_find_interface(record->original, &ns->conf, &nic, err)) < 0 ||
            (r = check_pod(ns, record->original, nic, err)) < 0)
                return r;
        if (resolvconf_read(ns->conf.resolv_conf ? ns->conf.resolv_conf : "/etc/resolv.conf", &dns,
                            notes) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        r = graft_identity(record->original, nic, &ns->conf, &dns, &record->identity, notes, err);
        resolvconf_done(&dns);
        if (r < 0)
                return r;
        r = guard_names(record->original, record->identity->bridge, record->identity->tap,
                        record->identity->nic, err);
        if (r < 0)
                return r;
        record->has_tap_owner = ns->conf.has_tap_owner;
        record->tap_uid = ns->conf.tap_uid;
        record->tap_gid = ns->conf.tap_gid;
        record_free(ns->record);
        ns->record = take_ptr(record);
        return 0;
}

/* --- diff and apply --- */

static int make_plan(struct netsetup *ns, enum netsetup_direction direction, struct plan **ret,
                     struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = NULL, *target = NULL;
        const struct podnet *net = ns->record->identity;
        struct netsetup_conf conf = ns->conf;
        struct ns_link *nic = netstate_link_by_name(ns->record->original, net->interface);
        struct diff_scope scope = { .bridge = net->bridge, .tap = net->tap };
        int r;

        if (!nic)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the record has no interface '%s'", net->interface);
        scope.nic_ifindex = nic->ifindex;
        r = observe(ns->nl, &current, err);
        if (r < 0)
                return r;
        if (direction == NETSETUP_DOWN)
                return plan_diff(current, ns->record->original, &scope, ret, err);
        conf.has_tap_owner = ns->record->has_tap_owner;
        conf.tap_uid = ns->record->tap_uid;
        conf.tap_gid = ns->record->tap_gid;
        r = graft_target(ns->record->original, net, &conf, &target, err);
        return r < 0 ? r : plan_diff(current, target, &scope, ret, err);
}

/* What the kernel does on its own is noticed, not hoped for: look again until nothing is left. */
static int converge(struct netsetup *ns, enum netsetup_direction direction, struct error *err)
{
        for (int i = 0; i < CONVERGE_TRIES; i++) {
                _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
                size_t done;
                int r = make_plan(ns, direction, &plan, err);

                if (r < 0)
                        return r;
                if (plan->n_ops == 0)
                        return 0;
                r = plan_apply(plan, kernel_execute, ns->nl, &done, err);
                if (r < 0)
                        return r;
        }

        _cleanup_(cleanup_plan_free) struct plan *rest = NULL;
        int r = make_plan(ns, direction, &rest, err);

        if (r < 0 || rest->n_ops == 0)
                return r;
        return error_set(err, -EAGAIN, "something works against us: still to do after %d tries: %s",
                         CONVERGE_TRIES, rest->ops[0].text);
}

int netsetup_plan(struct netsetup *ns, enum netsetup_direction direction, struct plan **ret,
                  struct notes *notes, struct error *err)
{
        int r;

        if (!ns->is_recorded) {
                r = discover(ns, notes, err);
                if (r < 0)
                        return r;
        }
        return make_plan(ns, direction, ret, err);
}

static int undo(struct netsetup *ns, int failure, struct error *err)
{
        struct error second = ERROR_INIT;
        int r = converge(ns, NETSETUP_DOWN, &second);

        if (r == 0)
                r = record_remove(ns->dir, ns->record, &second);
        if (r == 0) {
                ns->is_recorded = false;
                return failure;
        }
        if (err) {
                err->class = ERROR_HALF_DONE;
                error_append(err, "; putting it back failed too: ");
                error_append(err, second.message);
        }
        return failure;
}

int netsetup_up(struct netsetup *ns, struct notes *notes, struct error *err)
{
        bool was_recorded = ns->is_recorded;
        int r;

        if (!was_recorded) {
                if ((r = discover(ns, notes, err)) < 0 || (r = tap_check(err)) < 0 ||
                    (r = record_write(ns->dir, ns->cookie, ns->record, err)) < 0)
                        return r;
                ns->is_recorded = true;
        }
        r = converge(ns, NETSETUP_UP, err);
        if (r == 0)
                return 0;
        if (err)
                error_context(err, "wire '%s'", ns->record->identity->interface);
        /* A graft that stood before is not torn down because mending it failed. */
        return was_recorded ? r : undo(ns, r, err);
}

int netsetup_down(struct netsetup *ns, struct notes *notes _unused_, struct error *err)
{
        int r;

        if (!ns->is_recorded)
                return 0;
        r = converge(ns, NETSETUP_DOWN, err);
        if (r == 0)
                r = record_remove(ns->dir, ns->record, err);
        if (r < 0) {
                if (err)
                        err->class = ERROR_HALF_DONE;
                return error_context(err, "restore '%s'", ns->record->identity->interface);
        }
        ns->is_recorded = false;
        return 0;
}

/* --- what stands --- */

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
        return o;
}

int netsetup_links_json(struct netsetup *ns, struct json_object **ret, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        const struct podnet *net = ns->record->identity;
        struct error gone = ERROR_INIT;
        struct json_object *o, *drift;
        int r;

        r = observe(ns->nl, &state, err);
        if (r < 0)
                return r;
        o = json_object_new_object();
        json_object_object_add(o, "nic", link_view(state, net->nic));
        json_object_object_add(o, "bridge", link_view(state, net->bridge));
        json_object_object_add(o, "tap", link_view(state, net->tap));
        json_object_object_add(o, "drift", drift = json_object_new_array());
        if (make_plan(ns, NETSETUP_UP, &plan, &gone) < 0)
                json_object_array_add(drift, json_object_new_string(gone.message));
        for (size_t i = 0; plan && i < plan->n_ops; i++)
                json_object_array_add(drift, json_object_new_string(plan->ops[i].text));
        *ret = o;
        return 0;
}

int netsetup_record_domain(struct netsetup *ns, const char *connect_uri, const char *domain,
                           struct error *err)
{
        struct record *record = ns->record;

        free(record->connect_uri);
        free(record->domain);
        record->connect_uri = connect_uri ? strdup(connect_uri) : NULL;
        record->domain = domain ? strdup(domain) : NULL;
        if ((connect_uri && !record->connect_uri) || (domain && !record->domain))
                return error_set(err, -ENOMEM, "out of memory");
        return record_write(ns->dir, ns->cookie, record, err);
}

const char *netsetup_recorded_domain(const struct netsetup *ns, const char **ret_connect_uri)
{
        *ret_connect_uri = ns->record ? ns->record->connect_uri : NULL;
        return ns->record && ns->is_recorded ? ns->record->domain : NULL;
}
