/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * state_text.h - a netstate as lines of text: to compare two, and for people
 */
#pragma once

#include "netsetup/plan.h"

/* What of a state does not matter */
enum state_text_leave_out {
        STATE_EXACT = 0,
        /* Lifetimes go on while one looks: only whether they are limited. */
        STATE_ROUGH_TIMERS = 1,
        /* What down need not give back: the order among links of routes to link-local addresses,
           as who uses them names a link; and when a connected route ends, as several addresses
           share it, each with its own end. */
        STATE_RESTORED = 2,
};

/**
 * state_text() - every object a line, in dump order; neighbours, which have none, sorted
 * Links are named, never numbered. A tap's random MAC is left out. The caller frees.
 */
char *state_text(const struct netstate *state, unsigned leave_out);

/** state_text_same_route() - the same line, but for what is left of an expiry */
bool state_text_same_route(const struct ns_route *a, const struct ns_route *b);

/** state_text_print_op() - an operation to stdout, with all that its object says */
void state_text_print_op(const struct plan_op *op);

/** state_text_print_difference() - the lines that only one has, to stdout, '-' and '+' */
void state_text_print_difference(const char *expected, const char *actual);
