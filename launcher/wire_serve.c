/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire_serve.c - which interfaces of the pod one responder is to serve
 *
 * With a guardian: all whose records say so. Each keeps what it was told by the command that
 * brought it up, whoever starts the next responder.
 */
#include <limits.h>
#include <net/if.h>
#include <string.h>

#include "launcher/commands.h"
#include "launcher/responder_process.h"
#include "launcher/wire.h"
#include "podgraft/log.h"

struct serving_set {
        struct netsetup *others[DHCP_MAX_TAPS]; /* opened for this */
        size_t n_others;
        struct responder_tap taps[DHCP_MAX_TAPS];
        char *paths[DHCP_MAX_TAPS];
        size_t n;
        const char *mount;
};

static void set_done(struct serving_set *set)
{
        while (set->n > 0)
                free(set->paths[--set->n]);
        while (set->n_others > 0)
                netsetup_close(set->others[--set->n_others]);
}

static int set_add(struct serving_set *set, const struct netsetup *ns, struct error *err)
{
        const struct netsetup_serving *serving = netsetup_recorded_serving(ns);
        struct responder_tap *tap = &set->taps[set->n];
        char *path = lease_path(ns);

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        *tap = (struct responder_tap){ .net = netsetup_identity(ns),
                                       .lease_sec = serving->lease_sec,
                                       .shared_path = path,
                                       .is_adopted = netsetup_is_adopted(ns) };
        tap->options = netsetup_recorded_dhcp_options(ns, &tap->n_options);
        if (!set->mount)
                set->mount = serving->mount;
        set->paths[set->n++] = path;
        return 0;
}

static bool is_among(const char *interface, struct netsetup *const *ns, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(netsetup_identity(ns[i])->interface, interface) == 0)
                        return true;
        return false;
}

static int open_other(struct netsetup *ns, const char *interface, struct netsetup **ret,
                      struct error *err)
{
        const char *dir = netsetup_dir(ns), *name = strrchr(dir, '/');
        char state_dir[PATH_MAX];
        const struct netsetup_conf conf = { .state_dir = state_dir, .interface = interface };
        struct notes notes = { 0 };
        int r;

        snprintf(state_dir, sizeof(state_dir), "%.*s", (int)(name - dir), dir);
        r = netsetup_open_beside(ns, &conf, ret, &notes, err);
        notes_log(&notes);
        return r;
}

/* One whose tap is gone is half wired, by a command that was killed: it is up's, or down's. */
static bool is_to_serve(const struct netsetup *ns, bool guarded)
{
        const struct podnet *net = netsetup_identity(ns);
        const char *connect;

        return netsetup_is_recorded(ns) && podnet_is_served(net) &&
               netsetup_recorded_serving(ns)->guarded == guarded &&
               (guarded || !netsetup_recorded_domain(ns, &connect)) && if_nametoindex(net->tap) > 0;
}

enum unreadable {
        UNREADABLE_FAILS,
        UNREADABLE_IS_LEFT_OUT, /* where something has to go, whatever else there is */
};

/* The recorded ones but those in @but, where @guarded is who is to serve them. */
static int set_add_others(struct serving_set *set, struct netsetup *ns, bool guarded,
                          struct netsetup *const *but, size_t n_but, enum unreadable unreadable,
                          struct error *err)
{
        _cleanup_free_ char(*names)[IFNAMSIZ] = NULL;
        size_t n = netsetup_recorded_interfaces(ns, &names);

        for (size_t i = 0; i < n && set->n_others < DHCP_MAX_TAPS && set->n < DHCP_MAX_TAPS; i++) {
                struct error failure = ERROR_INIT;
                struct netsetup *other;
                int r;

                if (is_among(names[i], but, n_but))
                        continue;
                r = open_other(ns, names[i], &other, &failure);
                if (r < 0 && unreadable == UNREADABLE_FAILS)
                        return error_set_class(err, failure.class, r, "%s", failure.message);
                if (r < 0) {
                        log_warning("record-unreadable", "'%s' is not served any more: %s",
                                    names[i], failure.message);
                        continue;
                }
                set->others[set->n_others++] = other;
                if (is_to_serve(other, guarded) && (r = set_add(set, other, err)) < 0)
                        return r;
        }
        return 0;
}

static int serve_set(const struct serving_set *set, const struct netsetup *ns, bool guarded,
                     const char *const *leaving, size_t n_leaving, pid_t *ret_pid,
                     struct error *err)
{
        _cleanup_free_ char *log = log_path(ns);
        struct notes notes = { 0 };
        const struct responder_how how = {
                .log_path = log, .guarded = guarded, .mount_path = set->mount, .notes = &notes
        };
        int r;

        if (!log)
                return error_set(err, -ENOMEM, "out of memory");
        r = responder_serve(set->taps, set->n, leaving, n_leaving, &how, ret_pid, err);
        notes_log(&notes);
        return r;
}

/* --- up, and run --- */

static bool has_something_to_serve(const struct podnet *net)
{
        if (podnet_is_served(net))
                return true;
        log_warning("nothing-to-serve", "'%s' has %s: it is wired, but nothing is served",
                    net->interface,
                    net->n_addresses > 0 ? "no address that is to be told" : "no address");
        return false;
}

/* @rest: what else is to be served with a guardian */
static int serve_rest_without(const struct serving_set *rest, struct netsetup *const *ns, size_t n,
                              struct error *err)
{
        struct serving_set leaving = { 0 };
        pid_t pid;
        int r = 0;

        for (size_t i = 0; r == 0 && i < n && i < DHCP_MAX_TAPS; i++)
                r = set_add(&leaving, ns[i], err);
        if (r == 0)
                r = serve_set(rest, ns[0], true, (const char *const *)leaving.paths, leaving.n,
                              &pid, err);
        set_done(&leaving);
        return r;
}

/* Who serves these may serve others as well, which are not their caller's. */
static int leave_rest(struct netsetup *const *ns, size_t n, struct error *err)
{
        struct serving_set rest = { 0 };
        int r = set_add_others(&rest, ns[0], true, ns, n, UNREADABLE_IS_LEFT_OUT, err);

        if (r == 0 && rest.n > 0)
                r = serve_rest_without(&rest, ns, n, err);
        set_done(&rest);
        return r;
}

int wire_serve(struct netsetup *const *ns, size_t n, bool guarded, pid_t *ret_pid,
               struct error *err)
{
        struct serving_set set = { 0 };
        int r = 0;

        *ret_pid = 0;
        for (size_t i = 0; r == 0 && i < n && i < DHCP_MAX_TAPS; i++)
                if (has_something_to_serve(netsetup_identity(ns[i])))
                        r = set_add(&set, ns[i], err);
        if (r == 0 && set.n > 0)
                r = guarded ? set_add_others(&set, ns[0], true, ns, n, UNREADABLE_FAILS, err)
                            : leave_rest(ns, n, err);
        if (r == 0 && set.n > 0)
                r = serve_set(&set, ns[0], guarded, NULL, 0, ret_pid, err);
        set_done(&set);
        return r;
}

int wire_serve_without(struct netsetup *const *ns, size_t n, struct netsetup *leaving,
                       pid_t *ret_pid, struct error *err)
{
        _cleanup_free_ char *lease = lease_path(leaving);
        const char *const leases[] = { lease };
        struct serving_set set = { 0 };
        int r = lease ? 0 : error_set(err, -ENOMEM, "out of memory");

        for (size_t i = 0; r == 0 && i < n && i < DHCP_MAX_TAPS; i++)
                if (podnet_is_served(netsetup_identity(ns[i])))
                        r = set_add(&set, ns[i], err);
        *ret_pid = 0;
        if (r == 0)
                r = serve_set(&set, leaving, false, leases, 1, ret_pid, err);
        set_done(&set);
        return r;
}

bool wire_is_told(const struct netsetup *ns)
{
        struct serving_set set = { 0 };
        bool is_told = set_add(&set, ns, NULL) == 0 && responder_tells(&set.taps[0]);

        set_done(&set);
        return is_told;
}

/* --- down --- */

int wire_unserve(struct netsetup *const *ns, size_t n, struct error *err)
{
        struct serving_set rest = { 0 };
        bool guarded = false;
        int r;

        for (size_t i = 0; i < n; i++)
                guarded |= netsetup_recorded_serving(ns[i])->guarded;
        /* Whoever serves the others without a guardian is not ours to start again. */
        r = guarded ? set_add_others(&rest, ns[0], true, ns, n, UNREADABLE_IS_LEFT_OUT, err) : 0;
        if (r == 0)
                r = serve_rest_without(&rest, ns, n, err);
        set_done(&rest);
        return r;
}

/* --- serve --- */

static int set_add_named(struct serving_set *set, const struct options *options,
                         struct netsetup *ns, struct error *err)
{
        int r = set_add(set, ns, err);

        for (size_t i = 1; r == 0 && i < options->n_names; i++) {
                struct netsetup *other;

                r = open_other(ns, options->names[i], &other, err);
                if (r < 0)
                        return r;
                set->others[set->n_others++] = other;
                if (!netsetup_is_recorded(other))
                        return error_set_class(err, ERROR_NOT_SET_UP, -ENOENT,
                                               "'%s' is not set up here", options->names[i]);
                r = set_add(set, other, err);
        }
        return r;
}

int wire_serve_foreground(const struct options *options, struct netsetup *ns, struct error *err)
{
        const struct responder_how how = { 0 };
        struct serving_set set = { 0 };
        int r = options->n_names > 0
                        ? 0
                        : set_add_others(&set, ns, false, NULL, 0, UNREADABLE_FAILS, err);

        if (r == 0 && set.n == 0)
                r = set_add_named(&set, options, ns, err);
        for (size_t i = 0; r == 0 && i < set.n; i++)
                if (!podnet_is_served(set.taps[i].net))
                        r = error_set_class(err, ERROR_USAGE, -ENODATA,
                                            "'%s' has no address that is to be told, there is "
                                            "nothing to serve",
                                            set.taps[i].net->interface);
        if (r == 0)
                r = responder_exec_foreground(set.taps, set.n, &how, err);
        set_done(&set);
        return r;
}
