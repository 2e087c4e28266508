/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loop.h - sources with callbacks over epoll, signalfd and timerfd
 */
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/signalfd.h>

#include "podgraft/error.h"

struct loop;
struct loop_source;

/* A callback's negative return ends the loop with that code; a bad packet is not an error. */
typedef int (*loop_io_fn)(int fd, uint32_t epoll_events, void *user);
typedef int (*loop_signal_fn)(const struct signalfd_siginfo *info, void *user);
typedef int (*loop_timer_fn)(void *user);

int loop_new(struct loop **ret, struct error *err);
struct loop *loop_free(struct loop *loop);
DEFINE_CLEANUP(struct loop *, loop_free)

/** loop_add_io() - watch @fd (not owned); @ret may be NULL when it lives as long as the loop */
int loop_add_io(struct loop *loop, int fd, uint32_t epoll_events, loop_io_fn fn, void *user,
                struct loop_source **ret, struct error *err);

/** loop_add_signals() - block @mask in this thread and deliver its signals to @fn */
int loop_add_signals(struct loop *loop, const sigset_t *mask, loop_signal_fn fn, void *user,
                     struct error *err);

/** loop_add_timer() - a disarmed timer; arm it with loop_timer_set() */
int loop_add_timer(struct loop *loop, loop_timer_fn fn, void *user, struct loop_source **ret,
                   struct error *err);

/** loop_timer_set() - fire once after @msec milliseconds; 0 disarms */
void loop_timer_set(struct loop_source *timer, uint64_t msec);

/** loop_remove() - stop watching; takes NULL; returns NULL */
struct loop_source *loop_remove(struct loop_source *source);

/** loop_run() - dispatch until loop_quit(); Return: the code given to loop_quit(), or a callback's
 */
int loop_run(struct loop *loop, struct error *err);
void loop_quit(struct loop *loop, int code);

/** loop_now_msec() - CLOCK_MONOTONIC */
uint64_t loop_now_msec(void);

/*
 * How long to wait before a process that ended is started again: 100 ms, doubled up to 10 s, and
 * from the start again after one that lived for a minute. Zero is where to begin.
 */
struct loop_backoff {
        uint64_t begun_msec;
        uint32_t msec;
};

/** loop_backoff_begin() - it was started */
void loop_backoff_begin(struct loop_backoff *backoff);

/** loop_backoff_next() - it ended; Return: milliseconds to wait */
uint32_t loop_backoff_next(struct loop_backoff *backoff);
