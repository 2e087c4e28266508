/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_filter.c - the allowlist of system calls, written by hand
 *
 * Arguments that are pointers cannot be looked into, so a call is allowed as it is or for one
 * value of one argument. What is called most comes first.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "dhcp/sandbox.h"

#if defined(__x86_64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_AARCH64
#elif defined(__s390x__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_PPC64LE
#elif defined(__riscv) && __riscv_xlen == 64
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_RISCV64
#else
#error "add this architecture's AUDIT_ARCH_ constant"
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARG_LOW(n)  (offsetof(struct seccomp_data, args) + 8 * (n))
#define ARG_HIGH(n) (ARG_LOW(n) + 4)
#else
#define ARG_HIGH(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define ARG_LOW(n)  (ARG_HIGH(n) + 4)
#endif

#ifdef __s390x__
#define CLONE_FLAGS_ARG 1
#else
#define CLONE_FLAGS_ARG 0
#endif

#define ANY (-1)

struct allowed_call {
        uint32_t number;
        int arg;        /* ANY, or which argument must be ... */
        uint32_t value; /* ... this */
};

static const struct allowed_call worker_calls[] = {
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
static const struct allowed_call guardian_calls[] = {
        { __NR_clone, CLONE_FLAGS_ARG, CLONE_PIDFD | SIGCHLD },
        { __NR_waitid, ANY, 0 },
        { __NR_pidfd_send_signal, ANY, 0 },
        { __NR_prctl, 0, PR_SET_PDEATHSIG },
        { __NR_prctl, 0, PR_SET_SECCOMP },
        { __NR_prlimit64, 0, 0 },
        { __NR_pread64, ANY, 0 }, /* is the mount there that names the namespace? */
};

static unsigned short add_calls(struct sock_filter *code, unsigned short at,
                                const struct allowed_call *calls, size_t n)
{
        const struct sock_filter load_number =
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));

        for (size_t i = 0; i < n; i++) {
                const struct allowed_call *call = &calls[i];

                if (call->arg == ANY) {
                        code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                                  call->number, 0, 1);
                        code[at++] =
                                (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
                        continue;
                }
                code[at++] =
                        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->number, 0, 6);
                code[at++] =
                        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG_HIGH(call->arg));
                code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
                code[at++] =
                        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARG_LOW(call->arg));
                code[at++] =
                        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call->value, 0, 1);
                code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
                code[at++] = load_number;
        }
        return at;
}

unsigned short sandbox_filter(enum sandbox_role role, struct sock_filter ret[SANDBOX_FILTER_MAX])
{
        static const struct sock_filter begin[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_NATIVE, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                /* The x32 numbers of x86_64 have a bit of their own and equal none of ours. */
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        };
        unsigned short n = ARRAY_SIZE(begin);

        _Static_assert(
                ARRAY_SIZE(begin) + 1 +
                                7 * (ARRAY_SIZE(worker_calls) + ARRAY_SIZE(guardian_calls)) <=
                        SANDBOX_FILTER_MAX,
                "room for the longest program");
        memcpy(ret, begin, sizeof(begin));
        n = add_calls(ret, n, worker_calls, ARRAY_SIZE(worker_calls));
        if (role == SANDBOX_GUARDIAN)
                n = add_calls(ret, n, guardian_calls, ARRAY_SIZE(guardian_calls));
        ret[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        return n;
}
