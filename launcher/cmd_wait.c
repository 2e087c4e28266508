/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <string.h>
#include <time.h>

#include "launcher/commands.h"
#include "launcher/probe.h"
#include "launcher/progress.h"
#include "launcher/wiring.h"

#define LOOK_EVERY_MSEC 20

static uint64_t now_msec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* As probe(); each time anew, because a graft may come or go meanwhile. */
static int look(const struct options *options, const char **ret_why, struct error *err)
{
        _cleanup_(wiring_close) struct wiring w = { 0 };
        /* Wired and serving, once up is over, is a responder that lives. */
        enum probe what = strcmp(options->wait_for, "lease") == 0 ? PROBE_LEASE : PROBE_LIVE;
        int r = wiring_open(options, NETSETUP_READ, WIRING_STANDING, &w, err);

        if (r < 0)
                return r;
        r = 1;
        for (size_t i = 0; r == 1 && i < w.n; i++)
                r = probe(w.ns[i], what, ret_why, err);
        return r;
}

int cmd_wait(const struct options *options, struct error *err)
{
        uint64_t deadline = now_msec() + (uint64_t)options->timeout_sec * 1000;
        const char *why = NULL;
        int r;

        while ((r = look(options, &why, err)) == 0) {
                if (now_msec() >= deadline)
                        return error_set_class(err, ERROR_NOT_SET_UP, -ETIMEDOUT,
                                               "gave up after %u s: %s", options->timeout_sec, why);
                progress_tell(options->timeout_sec, "waiting: %s", why);
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
        return r < 0 ? r : 0;
}
