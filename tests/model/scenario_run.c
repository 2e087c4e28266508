/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scenario_run.c - play a scenario: build the pod, let podgraft and the others do theirs, judge
 */
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include "tests/model/judge.h"
#include "tests/model/model_internal.h"
#include "tests/model/scenario.h"
#include "tests/model/state_text.h"

struct world {
        struct model model;
        struct model untouched; /* the same pod, which podgraft never saw */
        struct engine engine;
        const struct scenario *s;
        unsigned n_ops;   /* of podgraft's, in this run */
        unsigned n_marks; /* of them those that follow what is known: marks and filter */
        size_t n_meddled; /* how many of the meddlings have been done */
        bool is_cut_armed, was_cut;
        bool is_told;
};

/* --- the others --- */

static void tell(const struct world *w, const char *who, const struct plan_op *op, int r)
{
        if (!w->is_told)
                return;
        printf("  %-9s ", who);
        state_text_print_op(op);
        if (r < 0)
                printf("            %s\n", strerror(-r));
}

static void others_do(struct world *w, struct model *m, const char *who, const struct plan_op *op)
{
        int r = model_execute(m, op, NULL);

        tell(w, who, op, r);
}

static void meddle_all(struct world *w)
{
        for (; w->n_meddled < w->s->meddling->n_ops; w->n_meddled++)
                others_do(w, &w->model, "others", &w->s->meddling->ops[w->n_meddled]);
}

/* Before each operation of podgraft's: the others' that are due, and the end of the process. */
static int before_operation(void *user, const struct plan_op *op)
{
        struct world *w = user;

        w->n_ops++;
        w->n_marks += op->type == PLAN_LINK_SET_ALIAS || op->type == PLAN_FILTER_SET;
        while (w->s->property == PROPERTY_INTERLEAVED && w->n_meddled < w->s->meddling->n_ops &&
               w->s->meddle_at[w->n_meddled] < w->n_ops)
                others_do(w, &w->model, "others", &w->s->meddling->ops[w->n_meddled++]);
        if (w->is_cut_armed && w->n_ops == w->s->cut) {
                w->is_cut_armed = false;
                w->was_cut = true;
                w->engine.is_killed = w->s->property != PROPERTY_FAILURE;
                tell(w, w->engine.is_killed ? "killed at" : "fails", op, 0);
                return -EINTR;
        }
        tell(w, "podgraft", op, 0);
        return 0;
}

/* --- podgraft --- */

static int run(struct world *w, enum netsetup_direction direction, struct error *err)
{
        int r;

        w->n_ops = w->n_marks = 0;
        w->engine.is_killed = false;
        if (w->is_told)
                printf("  --- podgraft %s\n", direction == NETSETUP_UP ? "up" : "down");
        *err = (struct error)ERROR_INIT;
        r = direction == NETSETUP_UP ? engine_up(&w->engine, err) : engine_down(&w->engine, err);
        if (w->is_told && r < 0)
                printf("  --- failed: %s\n", err->message);
        return r;
}

static void pass_time(struct world *w)
{
        model_pass_time(&w->model, w->s->elapsed_sec);
        model_pass_time(&w->untouched, w->s->elapsed_sec);
}

static enum scenario_result fail(const char **ret_why, const char *format, const char *detail)
{
        static char why[2304];

        snprintf(why, sizeof(why), format, detail);
        *ret_why = why;
        return SCENARIO_FAILS;
}

/* --- the steps that properties are made of --- */

static enum scenario_result up(struct world *w, const char **ret_why)
{
        struct error err;
        const char *why;
        int r = run(w, NETSETUP_UP, &err);

        if (r < 0 && err.class == ERROR_USAGE && !w->engine.ns.is_recorded)
                return SCENARIO_REFUSED;
        if (r < 0)
                return fail(ret_why, "up fails: %s", err.message);
        why = judge_graft(&w->engine);
        return why ? fail(ret_why, "after up %s", why) : SCENARIO_HOLDS;
}

static enum scenario_result down(struct world *w, const char **ret_why)
{
        struct error err;

        if (run(w, NETSETUP_DOWN, &err) < 0)
                return fail(ret_why, "down fails: %s", err.message);
        return SCENARIO_HOLDS;
}

/* The pod must be as if podgraft had never been there. */
static enum scenario_result judge_untouched(struct world *w, const char **ret_why)
{
        _cleanup_(cleanup_netstate_free) struct netstate *expected = NULL, *is = NULL;
        _cleanup_free_ char *expected_text = NULL, *is_text = NULL;

        model_settle(&w->model);
        model_settle(&w->untouched);
        expected = model_observe(&w->untouched);
        judge_excuse(expected, &w->model);
        is = model_observe(&w->model);
        expected_text = state_text(expected, STATE_RESTORED);
        is_text = state_text(is, STATE_RESTORED);
        if (strcmp(expected_text, is_text) == 0)
                return SCENARIO_HOLDS;
        if (w->is_told)
                state_text_print_difference(expected_text, is_text);
        return fail(ret_why, "%s", "after down the pod is not as it was");
}

/* --- properties --- */

#define STEP(step)                                                                                 \
        do {                                                                                       \
                enum scenario_result result = (step);                                              \
                if (result != SCENARIO_HOLDS)                                                      \
                        return result;                                                             \
        } while (0)

static enum scenario_result round_trip(struct world *w, const char **ret_why)
{
        STEP(up(w, ret_why));
        pass_time(w);
        STEP(up(w, ret_why));
        if (w->n_ops > 0)
                return fail(ret_why, "%s", "a second up still has something to do");
        STEP(down(w, ret_why));
        return judge_untouched(w, ret_why);
}

static enum scenario_result cut(struct world *w, const char **ret_why)
{
        const struct scenario *s = w->s;
        struct error err;
        int r;

        if (s->cut_in_down) {
                STEP(up(w, ret_why));
                pass_time(w);
        }
        w->is_cut_armed = true;
        r = run(w, s->cut_in_down ? NETSETUP_DOWN : NETSETUP_UP, &err);
        if (r < 0 && err.class == ERROR_USAGE && !w->engine.ns.is_recorded)
                return SCENARIO_REFUSED;
        if (r < 0 && r != -EINTR)
                return fail(ret_why, "it fails for another reason: %s", err.message);
        w->is_cut_armed = false;
        /* What failed has put everything back itself. */
        if (r < 0 && s->property == PROPERTY_FAILURE && !s->cut_in_down) {
                if (w->engine.ns.is_recorded)
                        return fail(ret_why, "%s", "the undo failed");
                return judge_untouched(w, ret_why);
        }
        if (s->recover_by_up)
                STEP(up(w, ret_why));
        STEP(down(w, ret_why));
        return judge_untouched(w, ret_why);
}

/* What others may do that no down can mend; the pod's interface is then gone, or refused. */
static bool is_pod_lost(struct world *w)
{
        return !model_link(&w->model, POD_IFINDEX);
}

static enum scenario_result meddled(struct world *w, const char **ret_why)
{
        _cleanup_(cleanup_judge_witness_free) struct witness *witness = NULL;
        enum scenario_result result;
        const char *why;
        struct error err;
        int r = run(w, NETSETUP_UP, &err);

        if (w->s->property == PROPERTY_MEDDLING && r < 0)
                return err.class == ERROR_USAGE ? SCENARIO_REFUSED
                                                : fail(ret_why, "up fails: %s", err.message);
        if (w->s->recover_by_up || w->s->property == PROPERTY_MEDDLING)
                meddle_all(w);
        if (w->s->recover_by_up && !is_pod_lost(w)) {
                w->n_ops = 0;
                result = up(w, ret_why);
                if (result != SCENARIO_HOLDS)
                        return result;
        }
        if (w->s->property == PROPERTY_INTERLEAVED) {
                run(w, NETSETUP_DOWN, &err); /* may fail, while the others are at it */
                meddle_all(w);
        }
        if (!w->engine.ns.is_recorded) {
                why = judge_no_trace(&w->engine);
                return why ? fail(ret_why, "after down %s", why) : SCENARIO_HOLDS;
        }
        witness = judge_witness(&w->engine);
        STEP(down(w, ret_why));
        why = judge_no_trace(&w->engine);
        if (!why)
                why = judge_restored(witness, &w->model, w->is_told);
        return why ? fail(ret_why, "after down %s", why) : SCENARIO_HOLDS;
}

static enum scenario_result lost_record(struct world *w, const char **ret_why)
{
        _cleanup_(cleanup_judge_witness_free) struct witness *witness = NULL;
        enum scenario_result result;
        const char *why;
        struct error err;

        w->is_cut_armed = w->s->cut_in_down; /* here: in the middle of up */
        if (run(w, NETSETUP_UP, &err) < 0 && !w->engine.is_killed)
                return err.class == ERROR_USAGE ? SCENARIO_REFUSED
                                                : fail(ret_why, "up fails: %s", err.message);
        w->is_cut_armed = false;
        witness = judge_witness(&w->engine);
        engine_forget(&w->engine);
        if (w->s->recover_by_up) {
                result = up(w, ret_why);
                /* What is not marked yet has a name that up wants. */
                if (result == SCENARIO_REFUSED && !judge_intact(witness, &w->engine))
                        return SCENARIO_HOLDS;
                if (result != SCENARIO_HOLDS)
                        return result == SCENARIO_FAILS
                                       ? result
                                       : fail(ret_why, "%s", "up refuses a pod it has taken apart");
                if (!w->s->cut_in_down && w->n_ops > w->n_marks) /* these may tell less now */
                        return fail(ret_why, "%s", "an adopted graft is changed");
        } else if (engine_adopt(&w->engine, &err) != 1) {
                why = judge_intact(witness, &w->engine);
                return why ? fail(ret_why, "nothing is marked, and %s", why) : SCENARIO_HOLDS;
        }
        STEP(down(w, ret_why));
        why = judge_no_trace(&w->engine);
        if (!why)
                why = judge_adopted(witness, &w->model, w->is_told);
        return why ? fail(ret_why, "after down %s", why) : SCENARIO_HOLDS;
}

static void build(struct world *w)
{
        static const char *const names[POD_LINKS] = { "eth0", "net1", "net2" };
        const struct scenario *s = w->s;

        model_init(&w->model);
        w->model.has_dad = s->has_dad;
        w->model.promotes = s->promotes;
        w->model.renames_down_only = s->renames_down_only;
        w->model.has_dummy = s->has_dummy;
        w->model.has_no_filter = s->has_no_filter;
        w->model.next_ifindex = FIRST_MADE;
        for (int i = 0; i < POD_LINKS; i++) {
                const uint8_t mac[MAC_LEN] = { 0x0a, 0x58, 10, 1, 0, (uint8_t)(i + 1) };

                model_add_link(&w->model, POD_IFINDEX + i, names[i],
                               i == 0 && s->is_macvlan ? "macvlan" : "veth", mac,
                               i == 0 ? 1450 : 1500);
        }
        for (size_t i = 0; i < s->pod->n_ops; i++)
                others_do(w, &w->model, "pod", &s->pod->ops[i]);
        model_settle(&w->model);
        model_copy(&w->untouched, &w->model);
}

enum scenario_result scenario_run(const struct scenario *s, bool is_told, const char **ret_why,
                                  bool *ret_was_cut)
{
        static enum scenario_result (*const properties[N_PROPERTIES])(struct world *,
                                                                      const char **) = {
                [PROPERTY_ROUND_TRIP] = round_trip, [PROPERTY_CRASH] = cut,
                [PROPERTY_FAILURE] = cut,           [PROPERTY_MEDDLING] = meddled,
                [PROPERTY_INTERLEAVED] = meddled,   [PROPERTY_LOST_RECORD] = lost_record,
        };
        static struct world w; /* too large for a stack */
        enum scenario_result result;

        memset(&w.engine, 0, sizeof(w.engine));
        w.s = s;
        w.n_ops = 0;
        w.n_meddled = 0;
        w.is_cut_armed = w.was_cut = false;
        w.is_told = is_told;
        build(&w);
        engine_on_model(&w.engine, &w.model);
        w.engine.ns.conf = s->conf;
        w.engine.before = before_operation;
        w.engine.user = &w;
        result = w.model.is_vague ? SCENARIO_REFUSED : properties[s->property](&w, ret_why);
        if (w.model.is_vague)
                result = SCENARIO_REFUSED;
        engine_forget(&w.engine);
        if (ret_was_cut)
                *ret_was_cut = w.was_cut;
        return result;
}
