/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox.h - giving up what the responder does not need, in stages
 *
 *     sandbox_close_others()   first thing in main()
 *     sandbox_enter()          when everything is open, before a guest's first byte
 *     sandbox_close()          likewise, after the last that needs another system call
 *     sandbox_narrow()         in a worker that a guardian forked
 *
 * Which parts were had is a bit each, enum dhcp_sandbox_part. Capabilities, new privileges and
 * limits can be given up everywhere, and failing to is an error; the rest depends on the kernel
 * and on what the container allows.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "podgraft/error.h"

enum sandbox_role {
        SANDBOX_WORKER,   /* answers the guest */
        SANDBOX_GUARDIAN, /* forks workers, each of which narrows itself */
};

struct sandbox_conf {
        enum sandbox_role role;
        bool own_pids; /* process 1 of a PID namespace that is nobody else's */
        int log_fd;    /* -1: none */
};

/**
 * sandbox_close_others() - stage one
 * Must keep: @keep (negative ones are skipped), stdin, stdout, stderr. Must not keep: anything else
 * that was inherited.
 */
int sandbox_close_others(const int *keep, size_t n, struct error *err);

/**
 * sandbox_enter() - the stages up to the last
 * Must keep: reading and writing what is open, waiting, the time, ending; a guardian also: forking
 * and ending a worker. Must not keep: a file system, any capability, a way to new privileges, new
 * descriptors, other processes.
 */
int sandbox_enter(const struct sandbox_conf *conf, uint32_t *ret_parts, struct error *err);

/**
 * sandbox_close() - the last stage: must not keep other system calls
 * It cannot fail; where the kernel has no filter, @parts tells.
 */
void sandbox_close(enum sandbox_role role, uint32_t *parts);

/**
 * sandbox_narrow() - from guardian to worker, after the fork
 * Must keep: what a worker does. Must not keep: forking, new descriptors, a life after the
 * guardian's.
 * @parts: the guardian's
 */
int sandbox_narrow(uint32_t *parts, struct error *err);

/**
 * sandbox_filter() - the system calls of a role as a program; every other call kills the process
 * Return: instructions in @ret, which has room for SANDBOX_FILTER_MAX
 */
#define SANDBOX_FILTER_MAX 128
#define SANDBOX_CALLS_MAX  16 /* different calls a role may make; its rows are counted by a test */
unsigned short sandbox_filter(enum sandbox_role role, struct sock_filter ret[SANDBOX_FILTER_MAX]);
