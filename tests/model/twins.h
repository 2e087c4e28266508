/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * twins.h - a kernel's namespace and a model of it, side by side
 *
 * The namespace is the calling process's only; the one it was in before is untouched, and the one
 * made here goes with the process, or with the next. Uses Check's assertions.
 */
#pragma once

#include "netsetup/netlink.h"
#include "tests/model/model.h"

struct twins {
        struct netlink *nl;
        struct model model;
        bool is_told;               /* tell every operation on stdout */
        bool is_quiet;              /* tell not even a difference */
        unsigned long n_operations; /* that both have done */
};

/* How the pod's kernel is set up, and what its first link is. */
struct twins_setup {
        bool has_dad, promotes;
        bool is_macvlan; /* else a veth */
};

/** twins_start() - a new namespace with a pod's links that are down, and the same in the model */
void twins_start(struct twins *t, const struct twins_setup *setup);
void twins_end(struct twins *t);

/** twins_execute() - both do @op. Return: they answer the same and look the same */
bool twins_execute(struct twins *t, const struct plan_op *op);

/** twins_are_equal() - wait (bounded) until they look the same; tells the difference */
bool twins_are_equal(struct twins *t, unsigned leave_out);
