/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scenario.c - make, shrink and print scenarios; scenario_run.c plays them
 */
#include "tests/model/scenario.h"

#include <stdio.h>
#include <string.h>

const char *const property_names[N_PROPERTIES] = {
        [PROPERTY_ROUND_TRIP] = "round trip",   [PROPERTY_CRASH] = "crash",
        [PROPERTY_FAILURE] = "failure",         [PROPERTY_MEDDLING] = "meddling",
        [PROPERTY_INTERLEAVED] = "interleaved", [PROPERTY_LOST_RECORD] = "lost record",
};

struct scenario scenario_new(uint64_t seed)
{
        struct random rnd = random_start(seed);
        struct scenario s = { .seed = seed,
                              .property = (enum property)(seed % N_PROPERTIES),
                              .has_dad = random_percent(&rnd, 50),
                              .promotes = random_percent(&rnd, 25),
                              .renames_down_only = random_percent(&rnd, 25),
                              .has_dummy = random_percent(&rnd, 50),
                              .has_no_filter = random_percent(&rnd, 10),
                              .is_macvlan = random_percent(&rnd, 10),
                              .pod = plan_new(),
                              .meddling = plan_new() };

        s.conf.interface = "eth0";
        if (random_percent(&rnd, 15))
                s.conf.mtu_bytes = 1280 + random_below(&rnd, 400);
        s.conf.queues = random_percent(&rnd, 20) ? 4 : 0;
        if (random_percent(&rnd, 30))
                s.conf.tap_owner = (struct owner){ true, 107, 107 };
        s.conf.no_keep_address = random_percent(&rnd, 20);
        s.conf.no_filter = random_percent(&rnd, 20);
        s.conf.anti_spoof = random_percent(&rnd, 20);
        s.cut = 1 + random_below(&rnd, 40);
        s.cut_in_down = random_percent(&rnd, 50);
        s.recover_by_up = random_percent(&rnd, 50);
        s.elapsed_sec = random_percent(&rnd, 50) ? random_below(&rnd, 400) : 0;
        random_pod(&rnd, s.pod);
        if (s.property == PROPERTY_MEDDLING || s.property == PROPERTY_INTERLEAVED)
                for (unsigned n = 1 + random_below(&rnd, SCENARIO_MEDDLINGS); n > 0; n--)
                        random_meddling(&rnd, s.meddling);
        for (size_t i = 0; i < ARRAY_SIZE(s.meddle_at); i++)
                s.meddle_at[i] = (i ? s.meddle_at[i - 1] : 0) + random_below(&rnd, 12);
        return s;
}

void scenario_done(struct scenario *s)
{
        s->pod = plan_free(s->pod);
        s->meddling = plan_free(s->meddling);
}

/* --- shrinking --- */

/* For the same reason? Names and addresses in it may change on the way. */
static char reason[24];

static bool fails(const struct scenario *s)
{
        const char *why;

        return scenario_run(s, false, &why, NULL) == SCENARIO_FAILS &&
               strncmp(why, reason, sizeof(reason) - 1) == 0;
}

static struct plan *without(const struct plan *plan, size_t skip)
{
        struct plan *shorter = plan_new();

        for (size_t i = 0; i < plan->n_ops; i++)
                if (i != skip && plan_add(shorter, &plan->ops[i]) < 0)
                        abort();
        return shorter;
}

/* Leave out operations of one list, last first. Return: any? */
static bool shrink_plan(struct scenario *s, struct plan **plan, bool is_meddling)
{
        bool any = false;

        for (size_t i = (*plan)->n_ops; i-- > 0;) {
                struct plan *whole = *plan;
                struct scenario before = *s;

                *plan = without(whole, i);
                if (is_meddling)
                        memmove(&s->meddle_at[i], &s->meddle_at[i + 1],
                                sizeof(s->meddle_at) - (i + 1) * sizeof(s->meddle_at[0]));
                if (fails(s)) {
                        plan_free(whole);
                        any = true;
                        continue;
                }
                plan_free(*plan);
                *s = before;
                *plan = whole;
        }
        return any;
}

#define TRY(change)                                                                                \
        do {                                                                                       \
                struct scenario before = *s;                                                       \
                change;                                                                            \
                if (memcmp(&before, s, sizeof(before)) != 0 && fails(s))                           \
                        any = true;                                                                \
                else                                                                               \
                        *s = before;                                                               \
        } while (0)

/* The plain kernel and the plain command line, where that is enough. */
static bool shrink_settings(struct scenario *s)
{
        bool any = false;

        TRY(s->has_dad = false);
        TRY(s->promotes = false);
        TRY(s->renames_down_only = false);
        TRY(s->has_dummy = false);
        TRY(s->has_no_filter = false);
        TRY(s->is_macvlan = false);
        TRY(s->conf.mtu_bytes = 0);
        TRY(s->conf.queues = 0);
        TRY(s->conf.tap_owner.given = false);
        TRY(s->conf.no_keep_address = true);
        TRY(s->conf.no_filter = true);
        TRY(s->conf.anti_spoof = false);
        TRY(s->elapsed_sec = 0);
        TRY(s->cut = s->cut > 1 ? s->cut - 1 : 1);
        return any;
}

void scenario_shrink(struct scenario *s, const char *why)
{
        bool any = true;

        snprintf(reason, sizeof(reason), "%s", why);

        while (any) {
                any = shrink_plan(s, &s->meddling, true);
                any |= shrink_plan(s, &s->pod, false);
                any |= shrink_settings(s);
        }
}

/* --- for people --- */

void scenario_print(const struct scenario *s)
{
        printf("MODEL_SEED=%llu: %s\n", (unsigned long long)s->seed, property_names[s->property]);
        printf("  kernel:%s%s%s%s%s\n", s->has_dad ? " duplicate detection" : "",
               s->promotes ? " promotes secondaries" : "",
               s->renames_down_only ? " renames what is down only" : "",
               s->has_dummy ? " dummy" : "", s->has_no_filter ? " no filter" : "");
        if (s->is_macvlan)
                printf("  the pod's interface is a macvlan\n");
        printf("  options:");
        if (s->conf.mtu_bytes)
                printf(" --mtu %u", s->conf.mtu_bytes);
        if (s->conf.queues)
                printf(" --queues %u", s->conf.queues);
        if (s->conf.tap_owner.given)
                printf(" --tap-owner %u:%u", s->conf.tap_owner.uid, s->conf.tap_owner.gid);
        printf("%s%s%s\n", s->conf.no_keep_address ? " --no-keep-address" : "",
               s->conf.no_filter ? " --no-filter" : "", s->conf.anti_spoof ? " --anti-spoof" : "");
        if (s->property == PROPERTY_LOST_RECORD)
                printf("  the record is lost%s, then %s\n",
                       s->cut_in_down ? " by a kill in the middle of up" : "",
                       s->recover_by_up ? "up and down" : "down");
        if (s->property == PROPERTY_CRASH || s->property == PROPERTY_FAILURE)
                printf("  %s at operation %u of %s, then %s\n",
                       s->property == PROPERTY_CRASH ? "killed" : "failing", s->cut,
                       s->cut_in_down ? "down" : "up", s->recover_by_up ? "up and down" : "down");
        if (s->elapsed_sec)
                printf("  %u s between up and down\n", s->elapsed_sec);
}
