/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scenario.h - a random pod, what podgraft does with it and what others do meanwhile
 *
 * Everything follows from the seed. A scenario that fails is shrunk by leaving parts out.
 */
#pragma once

#include "tests/model/engine.h"
#include "tests/model/random_ops.h"

enum property {
        /* up, nothing left to do, time, down: the pod is as it would be without podgraft */
        PROPERTY_ROUND_TRIP,
        /* killed at any operation of up or of down, then up and down, or down: as it was */
        PROPERTY_CRASH,
        /* an operation of up fails: it is undone at once; one of down fails: the next finishes */
        PROPERTY_FAILURE,
        /* others change the pod between two runs: up converges, down restores, theirs stays */
        PROPERTY_MEDDLING,
        /* they do it between two operations: the next run does all that */
        PROPERTY_INTERLEAVED,
        /* the record is lost, also after a kill: up adopts what stands, down restores what is known
         */
        PROPERTY_LOST_RECORD,
        N_PROPERTIES
};

extern const char *const property_names[N_PROPERTIES];

#define SCENARIO_MEDDLINGS 8

struct scenario {
        uint64_t seed;
        enum property property;

        /* the kernel */
        bool has_dad, promotes, renames_down_only, has_dummy, has_no_filter;
        bool is_macvlan; /* the pod's interface, else a veth */

        /* what the user asks for */
        struct netsetup_conf conf;

        struct plan *pod;                           /* makes it */
        struct plan *meddling;                      /* what others do */
        unsigned meddle_at[SCENARIO_MEDDLINGS * 4]; /* after so many operations of ours */

        unsigned cut; /* the operation at which it is killed or fails, from 1 */
        bool cut_in_down, recover_by_up;
        uint32_t elapsed_sec; /* between up and down */
};

struct scenario scenario_new(uint64_t seed);
void scenario_done(struct scenario *s);

enum scenario_result {
        SCENARIO_HOLDS,
        SCENARIO_REFUSED, /* podgraft refuses such a pod, or the kernel's doing is not determined */
        SCENARIO_FAILS,
};

/**
 * scenario_run() - build the pod in a fresh model and check the property
 * @is_told: tell every step on stdout
 * @ret_why: what does not hold; static
 * @ret_was_cut: there was an operation s->cut; may be NULL
 */
enum scenario_result scenario_run(const struct scenario *s, bool is_told, const char **ret_why,
                                  bool *ret_was_cut);

/** scenario_shrink() - leave out whatever is not needed to fail in the same way */
void scenario_shrink(struct scenario *s, const char *why);

/** scenario_print() - what it is, on stdout; then scenario_run() tells how it goes */
void scenario_print(const struct scenario *s);
