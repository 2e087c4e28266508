/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netsetup.c - the story: open, plan, up, down
 */
#include <inttypes.h>
#include <string.h>

#include "netsetup/foreign.h"
#include "netsetup/graft.h"
#include "netsetup/session.h"
#include "netsetup/tap.h"
#include "podgraft/directory.h"
#include "podgraft/name.h"

/* Of the namespace, unless another session has it already. */
static int open_kernel(struct netsetup *ns, enum netsetup_access access, struct error *err)
{
        int r;

        if ((r = netlink_open(&ns->nl, err)) < 0 ||
            (r = netlink_namespace_cookie(ns->nl, &ns->cookie, err)) < 0)
                return r;
        if (access != NETSETUP_WRITE)
                return 0;
        r = lock_take(ns->conf.wait_lock_sec, &ns->lock, err);
        ns->has_lock = r == 0;
        return r;
}

/* One that does not exist, or that we may not look into, has no record. */
static int check_dir(const struct netsetup *ns, struct error *err)
{
        int r;

        if (ns->beside) /* the same, looked at for that one */
                return 0;
        r = directory_check(ns->dir, 0, "--state-dir", err);
        if (r != -EACCES)
                return r < 0 ? r : 0;
        error_clear(err);
        return 0;
}

static int open_beside(const struct netsetup_conf *conf, enum netsetup_access access,
                       struct netsetup *beside, struct netsetup **ret, struct notes *notes,
                       struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = calloc(1, sizeof(*ns));
        int r;

        if (!ns)
                return error_set(err, -ENOMEM, "out of memory");
        if (conf->interface && !interface_name_is_valid(conf->interface))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "'%s' is no interface's name; give " INTERFACE_NAME_RULE,
                                       conf->interface);
        ns->conf = *conf;
        ns->lock = NETNS_LOCK_NONE;
        ns->beside = beside;
        if (beside) { /* all are closed before the first of them */
                ns->nl = beside->nl;
                ns->cookie = beside->cookie;
                ns->has_lock = beside->has_lock;
        } else if ((r = open_kernel(ns, access, err)) < 0) {
                return r;
        }
        if (asprintf(&ns->dir, "%s/netns-%" PRIu64, conf->state_dir, ns->cookie) < 0) {
                ns->dir = NULL;
                return error_set(err, -ENOMEM, "out of memory");
        }
        if ((r = check_dir(ns, err)) < 0 ||
            (r = record_find(ns->dir, ns->cookie, conf->interface, ns->has_lock, &ns->record, notes,
                             err)) < 0)
                return r;
        ns->is_recorded = r == 1;
        if (ns->has_lock && !ns->is_recorded)
                record_sweep(ns->dir);
        *ret = take_ptr(ns);
        return 0;
}

int netsetup_open(const struct netsetup_conf *conf, enum netsetup_access access,
                  struct netsetup **ret, struct notes *notes, struct error *err)
{
        return open_beside(conf, access, NULL, ret, notes, err);
}

int netsetup_open_beside(struct netsetup *other, const struct netsetup_conf *conf,
                         struct netsetup **ret, struct notes *notes, struct error *err)
{
        return open_beside(conf, NETSETUP_READ, other, ret, notes, err);
}

struct netsetup *netsetup_close(struct netsetup *ns)
{
        if (!ns)
                return NULL;
        record_free(ns->record);
        podnet_free(ns->foreign);
        netstate_free(ns->seen);
        if (!ns->beside) {
                netlink_close(ns->nl);
                netns_lock_release(&ns->lock);
        }
        free(ns->dir);
        free(ns);
        return NULL;
}

bool netsetup_is_beside(const struct netsetup *ns)
{
        return ns->beside;
}

size_t netsetup_recorded_interfaces(const struct netsetup *ns, char (**ret)[IFNAMSIZ])
{
        struct record_name *names;
        size_t n = record_list(ns->dir, &names);

        _Static_assert(sizeof(*names) == IFNAMSIZ, "a name and nothing else");
        *ret = (char(*)[IFNAMSIZ])names;
        return n;
}

bool netsetup_is_recorded(const struct netsetup *ns)
{
        return ns->is_recorded;
}

bool netsetup_is_adopted(const struct netsetup *ns)
{
        return ns->record && ns->record->adopted;
}

const struct podnet *netsetup_identity(const struct netsetup *ns)
{
        return ns->record ? ns->record->identity : NULL;
}

const char *netsetup_dir(const struct netsetup *ns)
{
        return ns->dir;
}

/* --- diff and apply --- */

/* Where the record was made this moment, what it was made from still holds: nothing was changed. */
static int observe_unless_seen(struct netsetup *ns, struct netstate **ret, struct error *err)
{
        *ret = take_ptr(ns->seen);
        return *ret ? 0 : observe(ns->nl, ret, err);
}

static int make_plan(struct netsetup *ns, enum netsetup_direction direction, struct plan **ret,
                     struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = NULL;
        int r = observe_unless_seen(ns, &current, err);

        return r < 0 ? r : session_diff(ns, current, direction, ret, err);
}

static int look(void *self, struct netstate **ret, struct error *err)
{
        return observe_unless_seen(self, ret, err);
}

static int execute(void *self, const struct plan_op *op, struct error *err)
{
        return kernel_execute(((struct netsetup *)self)->nl, op, err);
}

static size_t execute_several(void *self, const struct plan_op *ops, size_t n_ops)
{
        return kernel_execute_several(((struct netsetup *)self)->nl, ops, n_ops);
}

static int converge(struct netsetup *ns, enum netsetup_direction direction, struct notes *notes,
                    struct error *err)
{
        const struct kernel kernel = { look, execute, execute_several, ns };

        return session_converge(ns, &kernel, direction, notes, err);
}

int netsetup_plan(struct netsetup *ns, enum netsetup_direction direction, struct plan **ret,
                  struct notes *notes, struct error *err)
{
        int r = 0;

        if (foreign_is(ns))
                r = foreign_identify(ns, notes, err);
        else if (!ns->is_recorded)
                r = session_find_out(ns, notes, err);
        else if ((r = session_take_wishes(ns, notes, err)) >= 0)
                session_take_configuration(ns);
        return r < 0 ? r : make_plan(ns, direction, ret, err);
}

static int undo(struct netsetup *ns, int failure, struct error *err)
{
        struct error second = ERROR_INIT;
        int r = converge(ns, NETSETUP_DOWN, NULL, &second);

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

/*
 * A graft stands: its interface may have been replaced, others may have given the pod addresses,
 * and this command line may ask for something else than the one that made it.
 */
static int resume(struct netsetup *ns, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = NULL;
        int ifindex = 0, r, other_guest, other_options, other_serving;
        bool changed;

        if ((r = session_pod_ifindex(ns, &ifindex, err)) < 0 ||
            (r = observe(ns->nl, &current, err)) < 0)
                return r;
        if (!netstate_link_by_index(current, ifindex))
                return netsetup_down(ns, notes, err);
        other_guest = session_take_wishes(ns, notes, err);
        if (other_guest < 0)
                return other_guest;
        r = session_merge(ns, current, notes);
        other_options =
                record_set_dhcp_options(ns->record, ns->conf.dhcp_options, ns->conf.n_dhcp_options);
        other_serving = record_set_serving(ns->record, &ns->conf.serving);
        if (r < 0 || other_options < 0 || other_serving < 0)
                return error_set(err, -ENOMEM, "out of memory");
        changed = session_take_configuration(ns);
        return changed || other_guest || other_options || other_serving || r > 0
                       ? record_write(ns->dir, ns->cookie, ns->record, err)
                       : 0;
}

int netsetup_up(struct netsetup *ns, struct notes *notes, struct error *err)
{
        bool was_recorded, had_filter;
        int r;

        if (foreign_is(ns))
                return foreign_up(ns, notes, err);
        if (ns->is_recorded && (r = resume(ns, notes, err)) < 0)
                return r;
        was_recorded = ns->is_recorded;
        if (!was_recorded) {
                if ((r = session_find_out(ns, notes, err)) < 0)
                        return r;
                was_recorded = r == 1; /* a graft that stood, whoever knew of it */
                if ((r = tap_check(err)) < 0 ||
                    (r = record_write(ns->dir, ns->cookie, ns->record, err)) < 0)
                        return r;
                ns->is_recorded = true;
        }
        had_filter = !ns->record->conf.filter_missing;
        r = converge(ns, NETSETUP_UP, notes, err);
        if (r == 0 && had_filter && ns->record->conf.filter_missing)
                r = record_write(ns->dir, ns->cookie, ns->record, err);
        if (r == 0) {
                if (!was_recorded)
                        session_note_bridge_nf(ns->nl, notes);
                return 0;
        }
        if (err)
                error_context(err, "wire '%s'", ns->record->identity->interface);
        /* A graft that stood before is not torn down because mending it failed. */
        return was_recorded ? r : undo(ns, r, err);
}

/* What came to the pod while it was grafted is its own and goes back with it. */
static int before_down(struct netsetup *ns, struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = NULL;
        int ifindex = 0, r;

        if ((r = session_pod_ifindex(ns, &ifindex, err)) < 0 ||
            (r = observe(ns->nl, &current, err)) < 0)
                return r;
        if (!netstate_link_by_index(current, ifindex)) {
                notes_add(notes, "interface-gone",
                          "the pod's interface is gone, and its network with it: only what was "
                          "made around '%s' is removed",
                          ns->record->identity->interface);
                return 0;
        }
        r = session_merge(ns, current, NULL);
        if (r < 0)
                return error_set(err, r, "out of memory");
        /* An adopted record is on no disk yet, and the marks go with the links. */
        return r > 0 || ns->record->adopted ? record_write(ns->dir, ns->cookie, ns->record, err)
                                            : 0;
}

int netsetup_down(struct netsetup *ns, struct notes *notes, struct error *err)
{
        int r;

        if (!ns->is_recorded) {
                record_forget(ns->dir);
                return 0;
        }
        if (ns->record->taken_over)
                return foreign_down(ns, err);
        r = before_down(ns, notes, err);
        if (r == 0)
                r = converge(ns, NETSETUP_DOWN, notes, err);
        if (r == 0)
                r = record_remove(ns->dir, ns->record, err);
        if (r < 0) {
                if (err)
                        err->class = ERROR_HALF_DONE;
                return error_context(err, "restore '%s'", ns->record->identity->interface);
        }
        if (ns->record->adopted)
                notes_add(notes, "restored-from-marks",
                          "'%s' was restored from the marks on its links, because its record was "
                          "lost: compare it with what it should be",
                          ns->record->identity->interface);
        ns->is_recorded = false;
        return 0;
}

/* --- what the layers above keep in the record --- */

int netsetup_record_domain(struct netsetup *ns, const char *connect_uri, const char *domain,
                           const struct owner *run_as, struct error *err)
{
        struct record *record = ns->record;

        if (domain && !file_name_is_valid(domain))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the domain's name '%s' cannot be a file's: give it one "
                                       "without '/'",
                                       domain);
        free(record->connect_uri);
        free(record->domain);
        record->connect_uri = connect_uri ? strdup(connect_uri) : NULL;
        record->domain = domain ? strdup(domain) : NULL;
        record->run_as = run_as ? *run_as : (struct owner){ 0 };
        if ((connect_uri && !record->connect_uri) || (domain && !record->domain))
                return error_set(err, -ENOMEM, "out of memory");
        return record_write(ns->dir, ns->cookie, record, err);
}

const char *netsetup_recorded_domain(const struct netsetup *ns, const char **ret_connect_uri)
{
        *ret_connect_uri = ns->record ? ns->record->connect_uri : NULL;
        return ns->record && ns->is_recorded ? ns->record->domain : NULL;
}

int netsetup_record_owner(struct netsetup *ns, const char *owner, struct error *err)
{
        char *copy = strdup(owner);

        if (!copy)
                return error_set(err, -ENOMEM, "out of memory");
        free(ns->record->owner);
        ns->record->owner = copy;
        return record_write(ns->dir, ns->cookie, ns->record, err);
}

const char *netsetup_recorded_owner(const struct netsetup *ns)
{
        return ns->record && ns->is_recorded ? ns->record->owner : NULL;
}

const char *netsetup_recorded_attachment(const struct netsetup *ns)
{
        return ns->record && ns->is_recorded ? ns->record->attachment : NULL;
}

const struct owner *netsetup_recorded_run_as(const struct netsetup *ns)
{
        return &ns->record->run_as;
}

const char *const *netsetup_recorded_dhcp_options(const struct netsetup *ns, size_t *ret_n)
{
        *ret_n = ns->record ? ns->record->n_dhcp_options : 0;
        return ns->record ? (const char *const *)ns->record->dhcp_options : NULL;
}
