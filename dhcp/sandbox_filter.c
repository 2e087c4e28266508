/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_filter.c - the allowlist of system calls, written by hand
 *
 * What is called most comes first.
 */
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "dhcp/sandbox.h"
#include "podgraft/confine.h"

#ifdef __s390x__
#define CLONE_FLAGS_ARG 1
#else
#define CLONE_FLAGS_ARG 0
#endif

#define ANY CALL_ANY

static const struct call_rule worker_calls[] = {
        { __NR_recvmsg, ANY, 0 },
        /* To nobody by name: an address would choose another interface than the tap. */
        { __NR_sendto, 4, 0 },
        { __NR_epoll_pwait, ANY, 0 },
        { __NR_clock_gettime, ANY, 0 }, /* where the vDSO cannot */
        { __NR_write, ANY, 0 },         /* the log, the ready byte */
        { __NR_read, ANY, 0 },          /* signalfd, timerfd */
        { __NR_timerfd_settime, ANY, 0 },
        { __NR_getsockname, ANY, 0 }, /* is the interface gone? */
        { __NR_close, ANY, 0 },
        { __NR_exit_group, ANY, 0 },
};

/* Filters only ever narrow: a guardian has its worker's calls, and those to become one. */
static const struct call_rule guardian_calls[] = {
        { __NR_clone, CLONE_FLAGS_ARG, CLONE_PIDFD | SIGCHLD },
        { __NR_waitid, ANY, 0 },
        { __NR_pidfd_send_signal, ANY, 0 },
        { __NR_prctl, 0, PR_SET_PDEATHSIG },
        { __NR_prctl, 0, PR_SET_SECCOMP },
        { __NR_prlimit64, 0, 0 },
        { __NR_pread64, ANY, 0 }, /* is the mount there that names the namespace? */
};

unsigned short sandbox_filter(enum sandbox_role role, struct sock_filter ret[SANDBOX_FILTER_MAX])
{
        unsigned short n = confine_filter_begin(ret);

        _Static_assert(CONFINE_FILTER_SIZE(ARRAY_SIZE(worker_calls) + ARRAY_SIZE(guardian_calls)) <=
                               SANDBOX_FILTER_MAX,
                       "room for the longest program");
        n = confine_filter_add(ret, n, worker_calls, ARRAY_SIZE(worker_calls), SECCOMP_RET_ALLOW);
        if (role == SANDBOX_GUARDIAN)
                n = confine_filter_add(ret, n, guardian_calls, ARRAY_SIZE(guardian_calls),
                                       SECCOMP_RET_ALLOW);
        return confine_filter_end(ret, n);
}
