/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * confine.h - giving up what a program that reads untrusted bytes does not need
 *
 * The responder and podgraft-domain share these pieces; which of them, in which order and with
 * which system calls, each program says itself: dhcp/sandbox.c, domain/sandbox.c. None of them
 * needs a privilege. A process that has threads must not use them: they are of the calling thread.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "podgraft/error.h"

/**
 * confine_close_others() - close every descriptor but stdin, stdout, stderr and @keep
 * @keep: @n descriptors in any order; negative ones are skipped
 */
int confine_close_others(const int *keep, size_t n, struct error *err);

/**
 * confine_no_new_privileges() - an exec gives no more than there is; prctl(2), PR_SET_NO_NEW_PRIVS
 * Landlock and a system-call filter want this first.
 */
int confine_no_new_privileges(struct error *err);

/**
 * confine_files() - Landlock without a rule: no file can be named any more, what is open stays
 * Also no TCP, no signals and abstract sockets that lead out, as far as the kernel knows these.
 * Return: false: the kernel or the container has no Landlock
 */
bool confine_files(void);

/**
 * confine_capabilities() - empty all five sets; no core, no tracer (PR_SET_DUMPABLE)
 * @ret_bounding: whether the bounding set is empty, which needs SETPCAP; without it no_new_privs
 * makes that set worth nothing
 */
int confine_capabilities(bool *ret_bounding, struct error *err);

/** confine_limit() - setrlimit(2), hard and soft; where the hard limit is lower, that one stays */
int confine_limit(int resource, rlim_t most, struct error *err);

/* One system call of a filter. Pointers cannot be looked into: a number, or one value of one
 * argument. */
struct call_rule {
        uint32_t number;
        int arg;        /* CALL_ANY, or which argument must be ... */
        uint32_t value; /* ... this, its upper half 0 */
};
#define CALL_ANY (-1)

/* Instructions of a program with @rules calls at most. */
#define CONFINE_FILTER_SIZE(rules) (5 + 7 * (rules))

/**
 * confine_filter_begin() - a filter's first instructions: other architectures' calls kill the
 * process confine_filter_add() - @n calls, answered with @answer (SECCOMP_RET_ALLOW; _ERRNO with a
 * number) confine_filter_end() - every other call kills the process
 * @code: has room for CONFINE_FILTER_SIZE(); @at: instructions so far
 * Return: instructions so far
 */
unsigned short confine_filter_begin(struct sock_filter *code);
unsigned short confine_filter_add(struct sock_filter *code, unsigned short at,
                                  const struct call_rule *rules, size_t n, uint32_t answer);
unsigned short confine_filter_end(struct sock_filter *code, unsigned short at);

/** confine_calls() - have the kernel run the filter. Return: false: it has none, or may not */
bool confine_calls(struct sock_filter *code, unsigned short n);
