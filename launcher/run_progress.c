/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/run_progress.h"

#include "launcher/commands.h"
#include "launcher/probe.h"
#include "launcher/progress.h"

#define LOOK_EVERY_MSEC 200

/* Nothing to wait for: it has them, or nobody serves it. */
static bool has_leases(const struct wiring *w)
{
        const char *why;

        for (size_t i = 0; i < w->n; i++)
                if (probe(w->ns[i], PROBE_READY, &why, NULL) == 0)
                        return false;
        return true;
}

static int on_look(void *user)
{
        struct run_progress *p = user;

        if (p->guest_runs && has_leases(p->w)) {
                run_progress_end(p);
                return 0;
        }
        if (p->guest_runs)
                progress_tell(0, "the guest '%s' starts; waiting for it to take its address",
                              p->guest);
        else
                progress_tell(0, "starting the guest '%s'", p->guest);
        loop_timer_set(p->timer, LOOK_EVERY_MSEC);
        return 0;
}

int run_progress_begin(struct run_progress *p, struct loop *loop, struct error *err)
{
        int r;

        if (!progress_is_wanted())
                return 0;
        r = loop_add_timer(loop, on_look, p, &p->timer, err);
        if (r == 0)
                loop_timer_set(p->timer, LOOK_EVERY_MSEC);
        return r;
}

void run_progress_end(struct run_progress *p)
{
        if (p->timer)
                loop_timer_set(p->timer, 0);
        progress_end();
}
