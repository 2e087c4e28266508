/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * converge.c - look, plan, apply, until nothing is left to do
 *
 * What the kernel does on its own is noticed, not hoped for. And what it refuses to take back is
 * told and left: while the pod was grafted others may have deleted what a route or a neighbour
 * needs, and the rest of the pod must not wait for that.
 */
#include "netsetup/session.h"

#include <string.h>

#define CONVERGE_TRIES 3

/* Operations of a restore that the kernel refused, and why. */
struct refusals {
        struct plan *plan;
        int *codes;
        bool can_try_again; /* something was done since: they may have waited for it */
};

static int scope_of(const struct netsetup *ns, struct diff_scope *ret, struct error *err)
{
        const struct podnet *net = ns->record->identity;
        const struct ns_link *nic = netstate_link_by_name(ns->record->original, net->interface);

        if (!nic)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the record has no interface '%s'", net->interface);
        *ret = (struct diff_scope){
                .nic_ifindex = nic->ifindex,
                .bridge = net->bridge,
                .tap = net->tap,
                .keeper = net->interface,
                .adopted = ns->record->adopted,
        };
        return 0;
}

int session_pod_ifindex(const struct netsetup *ns, int *ret, struct error *err)
{
        struct diff_scope scope = { 0 };
        int r = scope_of(ns, &scope, err);

        if (r == 0)
                *ret = scope.nic_ifindex;
        return r;
}

static int diff(struct netsetup *ns, const struct netstate *current,
                enum netsetup_direction direction, const struct plan *refused, struct plan **ret,
                struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *target = NULL;
        struct diff_scope scope;
        int r;

        if (ns->record->taken_over) { /* whatever it is, it is as it should be */
                *ret = plan_new();
                return *ret ? 0 : error_set(err, -ENOMEM, "out of memory");
        }
        r = scope_of(ns, &scope, err);
        if (r < 0)
                return r;
        scope.refused = refused;
        if (direction == NETSETUP_DOWN)
                return plan_diff(current, ns->record->original, &scope, ret, err);
        r = graft_target(ns->record->original, ns->record->identity, &ns->record->conf, &target,
                         err);
        return r < 0 ? r : plan_diff(current, target, &scope, ret, err);
}

int session_diff(struct netsetup *ns, const struct netstate *current,
                 enum netsetup_direction direction, struct plan **ret, struct error *err)
{
        return diff(ns, current, direction, NULL, ret, err);
}

static int look(struct netsetup *ns, const struct kernel *kernel, enum netsetup_direction direction,
                const struct refusals *refusals, struct plan **ret, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = NULL;
        int r = kernel->observe(kernel->self, &current, err);

        return r < 0 ? r : diff(ns, current, direction, refusals->plan, ret, err);
}

/* --- what is refused --- */

static int remember(struct refusals *refusals, const struct plan_op *op, int code)
{
        int *codes = reallocarray(refusals->codes, refusals->plan->n_ops + 1, sizeof(*codes));

        if (!codes)
                return -ENOMEM;
        refusals->codes = codes;
        codes[refusals->plan->n_ops] = code;
        return plan_add(refusals->plan, op);
}

static int forget(struct refusals *refusals)
{
        plan_free(refusals->plan);
        refusals->plan = plan_new();
        refusals->can_try_again = false;
        return refusals->plan ? 0 : -ENOMEM;
}

static void tell(const struct refusals *refusals, struct notes *notes)
{
        for (size_t i = 0; i < refusals->plan->n_ops; i++)
                notes_add(notes, "not-restored",
                          "not restored, because the kernel does not take it as things are now: %s "
                          "(%s)",
                          refusals->plan->ops[i].text, strerror(-refusals->codes[i]));
}

/* --- applying --- */

/* The kernel cannot filter on bridges: say so and keep going, arp_ignore is there in any case. */
static void do_without_filter(struct netsetup *ns, const struct error *why, struct notes *notes)
{
        notes_add(notes, "filter-missing",
                  "there is no filter: %s. The guest's DHCP requests can leave the pod, and a "
                  "foreign server can answer them; the kernel needs CONFIG_NF_TABLES_BRIDGE",
                  why->message);
        ns->record->conf.filter_missing = true;
}

static int apply(struct netsetup *ns, const struct kernel *kernel,
                 enum netsetup_direction direction, const struct plan *plan,
                 struct refusals *refusals, struct notes *notes, struct error *err)
{
        for (size_t at = 0, done; at < plan->n_ops; at++) {
                struct plan rest = { .ops = plan->ops + at, .n_ops = plan->n_ops - at };
                struct error failure = ERROR_INIT;
                int r = plan_apply(&rest, kernel, &done, &failure);

                refusals->can_try_again |= done > 0;
                if (r == 0)
                        return 0;
                at += done;
                if (r == -EOPNOTSUPP && plan->ops[at].type == PLAN_FILTER_SET) {
                        do_without_filter(ns, &failure, notes);
                } else if (direction == NETSETUP_DOWN && plan_op_is_refused(&plan->ops[at], r)) {
                        if (remember(refusals, &plan->ops[at], r) < 0)
                                return error_set(err, -ENOMEM, "out of memory");
                } else {
                        if (err && err->code == 0)
                                *err = failure;
                        return r;
                }
        }
        return 0;
}

static int converge(struct netsetup *ns, const struct kernel *kernel,
                    enum netsetup_direction direction, struct refusals *refusals,
                    struct notes *notes, struct error *err)
{
        for (int tries = 0, retries = 0;; tries++) {
                _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
                int r = look(ns, kernel, direction, refusals, &plan, err);

                if (r == 0 && plan->n_ops == 0 && refusals->plan->n_ops > 0 &&
                    refusals->can_try_again && retries++ < CONVERGE_TRIES) {
                        tries = 0;
                        plan = plan_free(plan);
                        r = forget(refusals) < 0
                                    ? error_set(err, -ENOMEM, "out of memory")
                                    : look(ns, kernel, direction, refusals, &plan, err);
                }
                if (r < 0)
                        return r;
                if (plan->n_ops == 0) {
                        tell(refusals, notes);
                        return 0;
                }
                /* What was refused has rounds of its own: without a source, then again with it. */
                if (tries == (refusals->plan->n_ops > 0 ? 2 * CONVERGE_TRIES : CONVERGE_TRIES))
                        return error_set(err, -EAGAIN,
                                         "something works against us: still to do after %d tries: "
                                         "%s",
                                         CONVERGE_TRIES, plan->ops[0].text);
                r = apply(ns, kernel, direction, plan, refusals, notes, err);
                if (r < 0)
                        return r;
        }
}

int session_converge(struct netsetup *ns, const struct kernel *kernel,
                     enum netsetup_direction direction, struct notes *notes, struct error *err)
{
        struct refusals refusals = { .plan = plan_new() };
        int r = refusals.plan ? converge(ns, kernel, direction, &refusals, notes, err)
                              : error_set(err, -ENOMEM, "out of memory");

        plan_free(refusals.plan);
        free(refusals.codes);
        return r;
}
