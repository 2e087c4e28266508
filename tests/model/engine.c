/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/model/engine.h"

#include <stdlib.h>
#include <string.h>

#include "netsetup/graft.h"
#include "netsetup/guard.h"

static int observe_model(void *self, struct netstate **ret, struct error *err)
{
        (void)err;
        *ret = model_observe(self);
        return 0;
}

static void settle_model(void *self)
{
        model_settle(self);
}

void engine_on_model(struct engine *e, struct model *model)
{
        e->kernel = (struct kernel){ observe_model, model_execute, NULL, model };
        e->settle = settle_model;
}

struct netstate *engine_observe(const struct engine *e)
{
        struct netstate *state = NULL;

        if (e->kernel.observe(e->kernel.self, &state, NULL) < 0)
                abort();
        return state;
}

/* --- who the pod is --- */

static int make_record(struct engine *e, struct netstate **original, const struct ns_link *nic,
                       bool adopted, struct error *err)
{
        static const struct resolvconf no_dns;
        struct record *record = record_new();
        struct notes notes = { 0 };
        int r = graft_identity(*original, nic, &e->ns.conf, &no_dns, &record->identity, &notes,
                               err);

        notes_done(&notes);
        if (r < 0) {
                record_free(record);
                return r;
        }
        record->adopted = adopted;
        record->original = take_ptr(*original);
        record->conf = (struct graft_conf){
                .tap_owner = e->ns.conf.tap_owner,
                .keep_address = !e->ns.conf.no_keep_address,
                .filter = !e->ns.conf.no_filter,
                .anti_spoof = e->ns.conf.anti_spoof,
        };
        record_free(e->ns.record);
        e->ns.record = record;
        return 0;
}

static int discover(struct engine *e, struct netstate **state, struct error *err)
{
        const struct ns_link *nic;
        const struct podnet *net;
        int r;

        if ((r = graft_find_interface(*state, &e->ns.conf, &nic, err)) < 0 ||
            (r = guard_bridgeable(nic, err)) < 0 ||
            (r = guard_host_network(*state, nic, "of the test", err)) < 0 ||
            (r = make_record(e, state, nic, false, err)) < 0)
                return r;
        net = e->ns.record->identity;
        return guard_names(e->ns.record->original, net->bridge, net->tap, net->nic, err);
}

static int adopt(struct engine *e, const struct netstate *state, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *original = NULL;
        struct notes notes = { 0 };
        char name[IFNAMSIZ];
        int r = graft_from_alias(state, e->ns.conf.interface, &original, name, &notes);

        notes_done(&notes);
        if (r != 1)
                return r;
        r = make_record(e, &original, netstate_link_by_name(original, name), true, err);
        return r < 0 ? r : 1;
}

int engine_adopt(struct engine *e, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = engine_observe(e);
        int r = adopt(e, state, err);

        e->ns.is_recorded = r == 1;
        return r;
}

/* Return: 1 adopted, 0 discovered */
static int find_out(struct engine *e, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
        int r;

        e->settle(e->kernel.self);
        state = engine_observe(e);
        r = adopt(e, state, err);
        return r != 0 ? r : discover(e, &state, err);
}

static int pod_ifindex(const struct engine *e)
{
        const struct record *record = e->ns.record;
        const struct ns_link *nic =
                netstate_link_by_name(record->original, record->identity->interface);

        return nic ? nic->ifindex : 0;
}

static bool has_nic(const struct engine *e, const struct netstate *current)
{
        return netstate_link_by_index(current, pod_ifindex(e)) != NULL;
}

/* --- diff and apply --- */

static int execute(void *kernel, const struct plan_op *op, struct error *err)
{
        struct engine *e = kernel;
        int r = e->before ? e->before(e->user, op) : 0;

        if (r < 0)
                return error_set(err, r, "%s: %s", op->text, strerror(-r));
        return e->kernel.execute(e->kernel.self, op, err);
}

/* Nothing is made to fail between them: what @before stands for is for one by one. */
static size_t execute_several(void *kernel, const struct plan_op *ops, size_t n_ops)
{
        struct engine *e = kernel;
        size_t n = e->kernel.execute_several ? e->kernel.execute_several(e->kernel.self, ops, n_ops)
                                             : 0;

        for (size_t i = 0; e->before && i < n; i++)
                e->before(e->user, &ops[i]);
        return n;
}

static int look(void *kernel, struct netstate **ret, struct error *err)
{
        struct engine *e = kernel;

        return e->kernel.observe(e->kernel.self, ret, err);
}

static int converge(struct engine *e, enum netsetup_direction direction, struct error *err)
{
        const struct kernel watched = { look, execute, execute_several, e };

        return session_converge(&e->ns, &watched, direction, NULL, err);
}

struct plan *engine_plan(struct engine *e, enum netsetup_direction direction)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = engine_observe(e);
        struct plan *plan = NULL;

        return session_diff(&e->ns, current, direction, &plan, NULL) == 0 ? plan : plan_new();
}

/* --- up and down --- */

void engine_forget(struct engine *e)
{
        e->ns.record = record_free(e->ns.record);
        e->ns.is_recorded = false;
}

static int resume(struct engine *e, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = engine_observe(e);

        if (!has_nic(e, current))
                return engine_down(e, err);
        return session_merge(&e->ns, current, NULL);
}

int engine_up(struct engine *e, struct error *err)
{
        bool was_recorded;
        int r;

        if (e->ns.is_recorded && (r = resume(e, err)) < 0)
                return r;
        was_recorded = e->ns.is_recorded;
        if (!was_recorded) {
                r = find_out(e, err);
                if (r < 0)
                        return r;
                was_recorded = r == 1;
                e->ns.is_recorded = true;
        }
        r = converge(e, NETSETUP_UP, err);
        if (r == 0 || was_recorded || e->is_killed)
                return r;
        if (converge(e, NETSETUP_DOWN, NULL) == 0)
                engine_forget(e);
        else if (err)
                err->class = ERROR_HALF_DONE;
        return r;
}

int engine_down(struct engine *e, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *current = engine_observe(e);
        int r = 0;

        if (!e->ns.is_recorded)
                return 0;
        if (has_nic(e, current))
                r = session_merge(&e->ns, current, NULL);
        if (r >= 0)
                r = converge(e, NETSETUP_DOWN, err);
        if (r == 0)
                engine_forget(e);
        return r;
}
