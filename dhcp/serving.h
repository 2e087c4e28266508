/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * serving.h - the responders of a pod's taps, on one loop
 *
 * One that has nothing left to serve, because its tap or the pod's interface is gone, ends alone;
 * when the last one has, so does the loop.
 */
#pragma once

#include "dhcp/responder.h"

struct serving_start {
        /* End on SIGTERM and SIGINT, with a farewell, on SIGHUP without; not where a guardian does
         */
        bool signals;
        /*
         * Called when all descriptors are open, before the first frame. Return: 0; 1: there is
         * nothing to do any more for this process; negative errno. May be NULL.
         */
        int (*enter_sandbox)(void *user, struct error *err);
        void (*on_over)(void *user); /* one of several has nothing left to serve; may be NULL */
        void *user;
        int ready_fd; /* gets one byte when frames are answered, and is closed; -1: nobody waits */
};

/**
 * serving_run() - serve until told to end, or until nothing is left to serve
 * Return: 0, or negative errno where not even the loop could be set up
 */
int serving_run(struct responder *responders, size_t n, const struct serving_start *start,
                struct error *err);
