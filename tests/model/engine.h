/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine.h - netsetup's up and down over a model, or over the kernel
 *
 * What netsetup.c and discover.c do around session_converge(), without files and locks: the same
 * discovery, the same undo.
 */
#pragma once

#include "netsetup/session.h"
#include "tests/model/model.h"

struct engine {
        struct kernel kernel;
        void (*settle)(void *kernel); /* let duplicate detection end */
        struct netsetup ns;           /* .conf, .record, .is_recorded; the rest is not there */

        /* Asked before each operation. Return: 0 go on; < 0 it fails with that errno */
        int (*before)(void *user, const struct plan_op *op);
        void *user;
        bool is_killed; /* set by before(): the process ends here, nothing is undone */
};

/** engine_on_model() - e->kernel is @model */
void engine_on_model(struct engine *e, struct model *model);

/** engine_observe() - what there is now; never NULL */
struct netstate *engine_observe(const struct engine *e);

/** engine_up() - netsetup_up(); ERROR_USAGE where the pod is refused, with nothing touched */
int engine_up(struct engine *e, struct error *err);
/** engine_down() - netsetup_down() */
int engine_down(struct engine *e, struct error *err);
/** engine_plan() - what is left to do; never NULL */
struct plan *engine_plan(struct engine *e, enum netsetup_direction direction);
/** engine_forget() - the record is lost */
void engine_forget(struct engine *e);
/** engine_adopt() - netsetup_adopt(): make a lost record again. Return: 1, or 0: nothing is marked
 */
int engine_adopt(struct engine *e, struct error *err);
