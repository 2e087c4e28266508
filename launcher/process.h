/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process.h - children: where their programs are, how they start, what they said
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "podgraft/error.h"
#include "podgraft/netsetup.h"

/**
 * process_libexec() - path of one of podgraft's own helper programs; to be freed
 * PODGRAFT_LIBEXECDIR in the environment wins over the installed place, for build trees.
 */
char *process_libexec(const char *name);

struct process_fd {
        int fd;     /* in the parent; stays open there */
        int target; /* its number in the child, or PROCESS_SAME_FD */
};

#define PROCESS_SAME_FD (-1) /* which must not be another's target */

/* How a child starts; zero means nothing special. */
struct process_how {
        int death_signal; /* what it gets when the calling thread dies */
        bool apart;       /* process 1 of a PID namespace of its own, where there can be one */
        const struct owner *as; /* as whom; not given: as we are. No capability survives it */
};

/**
 * process_spawn() - fork and exec, in a session of its own, with an empty signal mask
 * @fds: what the child gets besides stdin (/dev/null unless given), stdout (stderr's) and stderr
 * @how: NULL: nothing special
 * Return: 0; the errno of a failed exec, by name of the program.
 */
int process_spawn(char *const argv[], const struct process_fd *fds, size_t n_fds,
                  const struct process_how *how, pid_t *ret, struct error *err);

/**
 * process_call_as() - run @call in a child that is @as, and wait for it
 * For what that user may do and we may not, having no CAP_KILL or CAP_DAC_OVERRIDE. Where @as is
 * not given it is called here.
 * Return: what @call returned, 0 or a negative errno
 */
int process_call_as(const struct owner *as, int (*call)(void *user), void *user);

/** process_kill() - signal a process that runs as @as */
int process_kill(const struct owner *as, pid_t pid, int signo);

struct process_result {
        int wait_status;
        char *out, *err; /* NUL-terminated; to be freed with process_result_done() */
        size_t out_len;
};

/** process_capture() - run to the end with @stdin_fd (-1: none) as @as, keep what it wrote */
int process_capture(char *const argv[], int stdin_fd, const struct owner *as,
                    struct process_result *ret, struct error *err);
void process_result_done(struct process_result *result);
