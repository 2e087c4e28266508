/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_model_kernel.c - the model against the kernel
 *
 * Random pods are made and meddled with in a network namespace of the test's own and in the model,
 * operation by operation: both must answer the same, and look the same afterwards. A sequence that
 * fails is shrunk and printed. MODEL_SEED runs one again; with MODEL_SEQUENCES so many from there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/model/random_ops.h"
#include "tests/model/twins.h"
#include "tests/unit/unit.h"

#ifdef PODGRAFT_SANITIZED
#define SEQUENCES 60
#else
#define SEQUENCES 200
#endif
#define MEDDLINGS   30
#define DAD_PERCENT 5 /* waiting for detection takes seconds */

struct sequence {
        uint64_t seed;
        struct twins_setup setup;
        struct plan *ops;
};

static unsigned long n_operations;

static bool sequence_holds(const struct sequence *seq, bool is_told, bool is_quiet)
{
        static struct twins t; /* too large for a stack */
        bool holds = true;

        t = (struct twins){ .is_told = is_told, .is_quiet = is_quiet };
        twins_start(&t, &seq->setup);
        for (size_t i = 0; i < seq->ops->n_ops && holds && !t.model.is_vague; i++)
                holds = twins_execute(&t, &seq->ops->ops[i]);
        n_operations += t.n_operations;
        twins_end(&t);
        return holds;
}

static struct sequence sequence_new(uint64_t seed)
{
        struct random rnd = random_start(seed);
        struct sequence seq = { .seed = seed,
                                .setup.has_dad = random_percent(&rnd, DAD_PERCENT),
                                .setup.promotes = random_percent(&rnd, 25),
                                .ops = plan_new() };

        random_pod(&rnd, seq.ops);
        for (int i = 0; i < MEDDLINGS; i++)
                random_meddling(&rnd, seq.ops);
        return seq;
}

static struct plan *without(const struct plan *plan, size_t skip)
{
        struct plan *shorter = plan_new();

        for (size_t i = 0; i < plan->n_ops; i++)
                if (i != skip)
                        ck_assert_int_eq(plan_add(shorter, &plan->ops[i]), 0);
        return shorter;
}

/* Leave out what is not needed to fail, last first. */
static void sequence_shrink(struct sequence *seq)
{
        bool is_shorter = true;

        while (is_shorter) {
                is_shorter = false;
                for (size_t i = seq->ops->n_ops; i-- > 0;) {
                        struct sequence shorter = *seq;

                        shorter.ops = without(seq->ops, i);
                        if (sequence_holds(&shorter, false, true)) {
                                plan_free(shorter.ops);
                                continue;
                        }
                        plan_free(seq->ops);
                        *seq = shorter;
                        is_shorter = true;
                }
        }
}

static void check_sequence(uint64_t seed)
{
        struct sequence seq = sequence_new(seed);

        if (!sequence_holds(&seq, false, false)) {
                sequence_shrink(&seq);
                printf("MODEL_SEED=%llu,%s%s shrunk to:\n", (unsigned long long)seed,
                       seq.setup.has_dad ? " duplicate detection," : "",
                       seq.setup.promotes ? " promote_secondaries," : "");
                sequence_holds(&seq, true, false);
                fflush(stdout);
                ck_abort_msg("the model and the kernel differ, seed %llu",
                             (unsigned long long)seed);
        }
        plan_free(seq.ops);
}

START_TEST(test_model_random_operations_as_the_kernel)
{
        const char *seed = getenv("MODEL_SEED"), *count = getenv("MODEL_SEQUENCES");
        uint64_t first = seed ? strtoull(seed, NULL, 10) : 0;
        unsigned long n = count ? strtoul(count, NULL, 10) : seed ? 1 : SEQUENCES;

        for (uint64_t i = 0; i < n; i++)
                check_sequence(first + i);
        printf("%lu sequences, %lu operations: the model does what the kernel does\n", n,
               n_operations);
        fflush(stdout);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_set_timeout(tc, 600);
        tcase_add_test(tc, test_model_random_operations_as_the_kernel);
}

int main(void)
{
        return unit_main("model against kernel", add_tests);
}
