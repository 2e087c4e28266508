/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_engine_kernel.c - the engine over the kernel and over the model
 *
 * test_properties.c says what up and down make of hundred thousand pods in the model. Here a sample
 * of them is a namespace: the same engine, with raw messages and a record that has been JSON, must
 * leave kernel and model alike after every step. MODEL_SEED runs one again and tells all of it;
 * with MODEL_SEQUENCES so many from there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netsetup/record_json.h"
#include "tests/model/judge.h"
#include "tests/model/random_ops.h"
#include "tests/model/state_text.h"
#include "tests/model/twins.h"
#include "tests/unit/unit.h"

#ifdef PODGRAFT_SANITIZED
#define PODS 20
#else
#define PODS 60
#endif
#define MEDDLINGS 3

/* One engine on each side. */
struct grafts {
        struct twins twins;
        struct engine kernel, model;
        bool is_told;
};

static unsigned long n_pods, n_operations;

static int observe_kernel(void *self, struct netstate **ret, struct error *err)
{
        return observe(self, ret, err);
}

static void settle_kernel(void *self)
{
        struct netstate *state = NULL;

        ck_assert_int_eq(observe_settled(self, &state, NULL), 0);
        netstate_free(state);
}

static int tell(void *user, const struct plan_op *op)
{
        struct grafts *g = user;

        n_operations++;
        if (g->is_told)
                state_text_print_op(op);
        return 0;
}

/* What another process would read of it. */
static void reread_record(struct engine *e)
{
        struct record *read = NULL;
        struct json_object *o;
        struct error err = ERROR_INIT;

        if (!e->ns.is_recorded)
                return;
        o = record_to_json(1, e->ns.record);
        ck_assert_msg(record_from_json(o, &read, &err) == 0, "%s", err.message);
        json_object_put(o);
        record_free(e->ns.record);
        e->ns.record = read;
}

/* Return: both did the same and look the same */
static bool both(struct grafts *g, enum netsetup_direction direction, int *ret)
{
        int (*run)(struct engine *, struct error *) =
                direction == NETSETUP_UP ? engine_up : engine_down;
        struct error kernel = ERROR_INIT, model = ERROR_INIT;
        int rm;

        if (g->is_told)
                printf("--- %s\n", direction == NETSETUP_UP ? "up" : "down");
        *ret = run(&g->kernel, &kernel);
        rm = run(&g->model, &model);
        if (g->is_told && *ret < 0)
                printf("      %s\n", kernel.message);
        if (*ret != rm) {
                if (g->is_told)
                        printf("over the kernel: %d (%s), over the model: %d (%s)\n", *ret,
                               kernel.message, rm, model.message);
                return false;
        }
        reread_record(&g->kernel);
        return twins_are_equal(&g->twins, STATE_ROUGH_TIMERS | STATE_RESTORED);
}

/* As long as it is determined what they do. */
static bool both_execute(struct grafts *g, const struct plan *ops)
{
        for (size_t i = 0; i < ops->n_ops && !g->twins.model.is_vague; i++)
                if (!twins_execute(&g->twins, &ops->ops[i]))
                        return false;
        return true;
}

static bool grafts_hold(struct grafts *g, const struct plan *pod, const struct plan *meddling)
{
        const char *why;
        int r;

        if (!both_execute(g, pod))
                return false;
        if (g->twins.model.is_vague)
                return true;
        if (!both(g, NETSETUP_UP, &r))
                return false;
        if (r < 0) /* podgraft refuses it */
                return true;
        n_pods++;
        why = judge_graft(&g->kernel);
        if (!why && !both_execute(g, meddling))
                return false;
        if (g->twins.model.is_vague)
                return true;
        if (!why && meddling->n_ops > 0 && !both(g, NETSETUP_UP, &r))
                return false;
        if (!why && !both(g, NETSETUP_DOWN, &r))
                return false;
        if (why && g->is_told)
                printf("%s\n", why);
        return !why;
}

static bool pod_holds(uint64_t seed, bool is_told)
{
        static struct grafts g; /* too large for a stack */
        struct random rnd = random_start(seed);
        struct plan *pod = plan_new(), *meddling = plan_new();
        struct twins_setup setup = { .has_dad = random_percent(&rnd, 5),
                                     .promotes = random_percent(&rnd, 25),
                                     .is_macvlan = random_percent(&rnd, 15) };
        bool older = random_percent(&rnd, 15), is_special = older || setup.is_macvlan, holds;

        memset(&g, 0, sizeof(g));
        g.is_told = g.twins.is_told = is_told;
        twins_start(&g.twins, &setup);
        g.twins.model.renames_down_only = older;
        g.kernel.kernel = (struct kernel){ observe_kernel, kernel_execute, kernel_execute_several,
                                           g.twins.nl };
        g.kernel.settle = settle_kernel;
        engine_on_model(&g.model, &g.twins.model);
        g.kernel.before = g.model.before = NULL;
        g.kernel.before = tell;
        g.kernel.user = &g;
        g.kernel.ns.conf.interface = "eth0";
        g.kernel.ns.conf.no_keep_address = random_percent(&rnd, 20);
        g.kernel.ns.conf.no_filter = random_percent(&rnd, 20);
        g.model.ns.conf = g.kernel.ns.conf;
        random_pod(&rnd, pod);
        /* An older kernel is played by link_rename(), for an interface that is up. */
        if (older)
                setenv("PODGRAFT_TEST_RENAME_DOWN", "1", 1);
        for (unsigned n = !is_special && random_percent(&rnd, 50) ? MEDDLINGS : 0; n > 0; n--)
                random_meddling(&rnd, meddling);
        holds = grafts_hold(&g, pod, meddling);
        unsetenv("PODGRAFT_TEST_RENAME_DOWN");
        engine_forget(&g.kernel);
        engine_forget(&g.model);
        twins_end(&g.twins);
        plan_free(pod);
        plan_free(meddling);
        return holds;
}

START_TEST(test_engine_over_the_kernel_as_over_the_model)
{
        const char *seed = getenv("MODEL_SEED"), *count = getenv("MODEL_SEQUENCES");
        uint64_t first = seed ? strtoull(seed, NULL, 10) : 0;
        unsigned long n = count ? strtoul(count, NULL, 10) : seed ? 1 : PODS;

        for (uint64_t i = first; i < first + n; i++)
                if (!pod_holds(i, false)) {
                        printf("MODEL_SEED=%llu\n", (unsigned long long)i);
                        pod_holds(i, true);
                        fflush(stdout);
                        ck_abort_msg("kernel and model end differently, seed %llu",
                                     (unsigned long long)i);
                }
        printf("%lu pods, %lu operations of the engine: over the kernel as over the model\n",
               n_pods, n_operations);
        fflush(stdout);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_set_timeout(tc, 600);
        tcase_add_test(tc, test_engine_over_the_kernel_as_over_the_model);
}

int main(void)
{
        return unit_main("engine over the kernel", add_tests);
}
