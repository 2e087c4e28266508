/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process.h - children: where their programs are, how they start, what they said
 */
#pragma once

#include <sys/types.h>

#include "podgraft/error.h"

/**
 * process_libexec() - path of one of podgraft's own helper programs; to be freed
 * PODGRAFT_LIBEXECDIR in the environment wins over the installed place, for build trees.
 */
char *process_libexec(const char *name);

struct process_fd {
        int fd;     /* in the parent; stays open there */
        int target; /* its number in the child */
};

/**
 * process_spawn() - fork and exec, in a session of its own, with an empty signal mask
 * @fds: what the child gets besides stdin (/dev/null unless given), stdout (stderr's) and stderr
 * @death_signal: what the child gets when the calling thread dies; 0: nothing
 * Return: 0; the errno of a failed exec, by name of the program.
 */
int process_spawn(char *const argv[], const struct process_fd *fds, size_t n_fds, int death_signal,
                  pid_t *ret, struct error *err);

struct process_result {
        int wait_status;
        char *out, *err; /* NUL-terminated; to be freed with process_result_done() */
        size_t out_len;
};

/** process_capture() - run to the end with @stdin_fd, keep what it wrote */
int process_capture(char *const argv[], int stdin_fd, struct process_result *ret,
                    struct error *err);
void process_result_done(struct process_result *result);
