/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shim.c - counts what a program changes, and lets the k-th change fail, or ends it there
 *
 * Preloaded before libc (LD_PRELOAD), it acts in the process whose program is named
 * $FAULT_PROGRAM ("podgraft" if it is not set) and in what that forks, until an exec: the programs
 * it starts run without it. Environment:
 *
 *   FAULT_LOG   file; one line is appended for each call: its number k, what, on what. A call in
 *               a forked child is marked "child".
 *   FAULTS      what to do, separated by commas:
 *                   K:fail:ERRNO    call K is not executed and fails with this (decimal) errno
 *                   K+:fail:ERRNO   so do it and all that follow
 *                   K:kill-before   the process is killed (SIGKILL) in place of the call
 *                   K:kill-after    the process is killed once the call has returned
 *                   K:stop          the process stops (SIGSTOP) before the call, until SIGCONT
 *
 * What counts: netlink requests that change something (an nftables batch is one), TUN ioctls,
 * changes of files but standard input and output, processes made, replaced and signalled, names
 * bound, namespaces entered, and descriptors made, because they can run out at any moment.
 *
 * A netlink request reports its failure in an acknowledgement: the request is swallowed, and the
 * next look at the socket finds what the kernel would have written.
 */
#include "tests/fault/shim.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- what is to happen --- */

enum action {
        FAIL,
        KILL_BEFORE,
        KILL_AFTER,
        STOP
};

struct fault {
        unsigned k;
        bool and_on;
        enum action action;
        int code; /* errno */
};

/* One sequence of numbers for the program and what it forks. */
struct shared {
        atomic_uint count;
        pid_t program;
};

static struct fault faults[8];
static size_t n_faults;
static struct shared *shared; /* NULL: not in this process */
static int log_fd = -1;

static bool parse_fault(char *text, struct fault *ret)
{
        static const struct {
                const char *name;
                enum action action;
        } actions[] = { { ":kill-before", KILL_BEFORE },
                        { ":kill-after", KILL_AFTER },
                        { ":stop", STOP } };
        char *rest;

        ret->k = (unsigned)strtoul(text, &rest, 10);
        ret->and_on = *rest == '+';
        rest += ret->and_on;
        if (strncmp(rest, ":fail:", 6) == 0) {
                ret->action = FAIL;
                ret->code = atoi(rest + 6);
                return ret->code > 0;
        }
        for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
                if (strcmp(rest, actions[i].name) == 0) {
                        ret->action = actions[i].action;
                        return true;
                }
        return false;
}

__attribute__((constructor)) static void shim_start(void)
{
        const char *program = getenv("FAULT_PROGRAM"), *path = getenv("FAULT_LOG");
        char *plan = getenv("FAULTS"), *copy, *save = NULL;
        int fd;

        if (strcmp(program_invocation_short_name, program ? program : "podgraft") != 0)
                return;
        unsetenv("LD_PRELOAD");
        copy = strdup(plan ? plan : "");
        for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save))
                if (n_faults == sizeof(faults) / sizeof(*faults) ||
                    !parse_fault(p, &faults[n_faults++])) {
                        fprintf(stderr, "shim: FAULTS: what is '%s'?\n", p);
                        _exit(125);
                }
        free(copy);
        if (path) {
                fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
                /* High up, where it is in nobody's way. */
                log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 500);
                close(fd);
                if (log_fd < 0) {
                        fprintf(stderr, "shim: FAULT_LOG: %s: %s\n", path, strerror(errno));
                        _exit(125);
                }
        }
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
        shared->program = getpid();
}

bool shim_is_active(void)
{
        return shared;
}

static const struct fault *fault_at(unsigned k, enum action action)
{
        for (size_t i = 0; i < n_faults; i++)
                if (faults[i].action == action &&
                    (faults[i].k == k || (faults[i].and_on && faults[i].k < k)))
                        return &faults[i];
        return NULL;
}

static void signal_self(int signo)
{
        syscall(SYS_kill, getpid(), signo);
}

int shim_before(unsigned *ret_k, const char *what, const char *on)
{
        unsigned k = *ret_k = atomic_fetch_add(&shared->count, 1) + 1;
        const struct fault *fault;
        char line[512];
        int n = snprintf(line, sizeof(line), "%u%s %s %s\n", k,
                         getpid() == shared->program ? "" : " child", what, on);

        if (log_fd >= 0)
                syscall(SYS_write, log_fd, line, n < (int)sizeof(line) ? n : (int)sizeof(line) - 1);
        if (fault_at(k, STOP))
                signal_self(SIGSTOP);
        if (fault_at(k, KILL_BEFORE))
                signal_self(SIGKILL);
        fault = fault_at(k, FAIL);
        return fault ? fault->code : 0;
}

void shim_after(unsigned k)
{
        if (fault_at(k, KILL_AFTER))
                signal_self(SIGKILL);
}
