/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_properties.c - the engine over the model: many random pods, every way things can go
 *
 * MODEL_SEED=N runs one scenario and tells every step; MODEL_SCENARIOS=N says how many.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/model/scenario.h"
#include "tests/unit/unit.h"

#ifdef PODGRAFT_SANITIZED
#define SCENARIOS 8000
#else
#define SCENARIOS 100000
#endif

/* Every operation of one pod in so many is the one at which it ends; else one at random. */
#define EXHAUSTIVE_EVERY 20

static unsigned long n_ways, n_failures, max_failures = 1;

static void report(struct scenario *s, const char *why)
{
        printf("fails: %s\n", why);
        scenario_shrink(s, why);
        scenario_run(s, false, &why, NULL);
        printf("shrunk, it fails: %s\n", why);
        scenario_print(s);
        scenario_run(s, true, &why, NULL);
        fflush(stdout);
}

static enum scenario_result play(struct scenario *s, bool *ret_was_cut)
{
        const char *why = NULL;
        enum scenario_result result = scenario_run(s, false, &why, ret_was_cut);

        n_ways++;
        if (result == SCENARIO_FAILS) {
                report(s, why);
                n_failures++;
        }
        return result;
}

/* At each operation of up and of down, and out of it by up and by down. */
static void play_every_way(struct scenario *s)
{
        for (int way = 0; way < 4; way++) {
                bool was_cut = true;

                s->cut_in_down = way & 1;
                s->recover_by_up = way & 2;
                for (s->cut = 1; was_cut && n_failures < max_failures; s->cut++)
                        play(s, &was_cut);
        }
}

static enum scenario_result check_scenario(uint64_t seed)
{
        struct scenario s = scenario_new(seed);
        enum scenario_result result = play(&s, NULL);

        if ((s.property == PROPERTY_CRASH || s.property == PROPERTY_FAILURE) &&
            seed / N_PROPERTIES % EXHAUSTIVE_EVERY == 0 && result == SCENARIO_HOLDS)
                play_every_way(&s);
        scenario_done(&s);
        return result;
}

START_TEST(test_engine_random_pods_every_property_holds)
{
        const char *seed = getenv("MODEL_SEED"), *count = getenv("MODEL_SCENARIOS");
        const char *keep_going = getenv("MODEL_FAILURES");
        uint64_t first = seed ? strtoull(seed, NULL, 10) : 0;
        unsigned long n = count ? strtoul(count, NULL, 10) : seed ? 1 : SCENARIOS;
        unsigned long played[N_PROPERTIES] = { 0 }, refused[N_PROPERTIES] = { 0 };

        if (keep_going)
                max_failures = strtoul(keep_going, NULL, 10);
        for (uint64_t i = 0; i < n && n_failures < max_failures; i++) {
                unsigned property = (unsigned)((first + i) % N_PROPERTIES);

                played[property]++;
                if (check_scenario(first + i) == SCENARIO_REFUSED)
                        refused[property]++;
        }
        for (int i = 0; i < N_PROPERTIES; i++)
                printf("%-12s %7lu pods, %lu of them refused\n", property_names[i], played[i],
                       refused[i]);
        printf("%lu ways from pod to pod in all, %lu of them fail\n", n_ways, n_failures);
        fflush(stdout);
        ck_assert_msg(n_failures == 0, "%lu scenarios fail", n_failures);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_set_timeout(tc, 600);
        tcase_add_test(tc, test_engine_random_pods_every_property_holds);
}

int main(void)
{
        return unit_main("properties", add_tests);
}
