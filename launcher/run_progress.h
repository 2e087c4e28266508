/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run_progress.h - what run waits for until the guest has its lease, for who looks on
 */
#pragma once

#include "launcher/wiring.h"
#include "podgraft/loop.h"

struct run_progress {
        const struct wiring *w;
        const char *guest;
        bool guest_runs; /* the supervisor's to set */
        struct loop_source *timer;
};

/** run_progress_begin() - from now on, in the loop; does nothing where nobody looks */
int run_progress_begin(struct run_progress *p, struct loop *loop, struct error *err);
void run_progress_end(struct run_progress *p);
