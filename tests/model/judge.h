/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * judge.h - is the pod as it should be? Asked of the model, in words of its own: that the diff is
 * empty only says that the engine agrees with itself
 *
 * A judge returns NULL, or what is wrong; the text is static.
 */
#pragma once

#include "tests/model/engine.h"

/** judge_graft() - the pod's interface, bridge, tap, keeper and filter stand, and nothing is left
 */
const char *judge_graft(struct engine *e);

/** judge_no_trace() - no link, mark or filter of podgraft's is left */
const char *judge_no_trace(const struct engine *e);

/* What there was just before down, and what the record says of before up. */
struct witness {
        struct netstate *before_down, *original;
};

struct witness *judge_witness(const struct engine *e);
struct witness *judge_witness_free(struct witness *w);
DEFINE_CLEANUP(struct witness *, judge_witness_free)

/**
 * judge_restored() - after down, where others changed the pod meanwhile
 * The interface is what it was; the original's addresses are there in their order, and those that
 * others gave the pod; of the original's routes only those are missing that the kernel refuses;
 * what belongs to others is untouched.
 */
const char *judge_restored(const struct witness *w, const struct model *m, bool is_told);

/**
 * judge_excuse() - take the routes and next hops out of @expected that are missing because the
 * kernel refuses them as things are: one that was made by a gateway whose way is gone by now lives
 * on, but cannot be made again
 */
void judge_excuse(struct netstate *expected, const struct model *m);

/** judge_intact() - the pod's interface and its addresses are there, as podgraft never touched them
 */
const char *judge_intact(const struct witness *w, const struct engine *e);

/**
 * judge_adopted() - after down from a lost record
 * What the keeper had is there; and all that a mark tells which is not marked as incomplete.
 */
const char *judge_adopted(const struct witness *w, const struct model *m, bool is_told);

/* What the judges share */
const char *judge_say(const char *format, const char *name);
const struct ns_addr *judge_find_address(const struct netstate *s, int ifindex,
                                         const struct ns_addr *addr);
