/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox.c - the stages of giving things up, each with what it must and must not keep
 *
 * Plain system calls: libcap-ng and libseccomp would double the private memory of a process that
 * runs once for each pod.
 */
#include "dhcp/sandbox.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* --- stage one: descriptors --- */

static int compare_int(const void *a, const void *b)
{
        int x = *(const int *)a, y = *(const int *)b;

        return (x > y) - (x < y);
}

int sandbox_close_others(const int *keep, size_t n, struct error *err)
{
        int sorted[16];
        unsigned next = STDERR_FILENO + 1; /* the lowest descriptor not looked at yet */

        if (n > ARRAY_SIZE(sorted))
                return error_set(err, -E2BIG, "too many descriptors to keep");
        for (size_t i = 0; i < n; i++)
                sorted[i] = keep[i];
        qsort(sorted, n, sizeof(*sorted), compare_int);
        for (size_t i = 0; i < n; i++) {
                unsigned fd = (unsigned)sorted[i];

                if (sorted[i] <= STDERR_FILENO)
                        continue;
                if (fd > next && syscall(SYS_close_range, next, fd - 1, 0) < 0)
                        return error_errno(err, -errno, "close inherited descriptors");
                if (fd >= next)
                        next = fd + 1;
        }
        if (syscall(SYS_close_range, next, ~0u, 0) < 0)
                return error_errno(err, -errno, "close inherited descriptors");
        return 0;
}

/* --- stage two: resources --- */

/* Must keep: memory. Must not keep: new descriptors, new processes, core dumps of guest data. */
static int stage_limits(struct error *err)
{
        static const struct {
                int resource;
                const char *name;
        } none[] = { { RLIMIT_CORE, "core size" },
                     { RLIMIT_NOFILE, "descriptors" },
                     { RLIMIT_NPROC, "processes" } };

        for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
                struct rlimit limit = { 0, 0 };

                if (setrlimit((__rlimit_resource_t)none[i].resource, &limit) < 0)
                        return error_errno(err, -errno, "limit %s to none", none[i].name);
        }
        return 0;
}

/* --- stage three: privileges --- */

/* Must keep: the user it runs as. Must not keep: a capability, or a way to one by exec. */
static int stage_privileges(struct error *err)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return error_errno(err, -errno, "renounce new privileges");
        /*
         * The bounding set first, while there may be a SETPCAP to shrink it with (-EPERM: there is
         * none, and no_new_privs makes the set worth nothing); -EINVAL: past the last capability.
         */
        for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
                ;
        if (errno != EINVAL && errno != EPERM)
                return error_errno(err, -errno, "empty the capability bounding set");
        /* Emptying the inheritable set empties the ambient one. */
        if (syscall(SYS_capset, &header, none) < 0)
                return error_errno(err, -errno, "drop the capabilities");
        return 0;
}

/* --- stage four: system calls --- */

#ifdef PODGRAFT_SANITIZED
/* What the sanitizers' reports call is not to be foreseen. */
static int stage_calls(struct error *err _unused_)
{
        return 0;
}
#else
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

/* Must keep: what the loop calls. Must not keep: anything else; it is killed there and then. */
static const uint32_t allowed_calls[] = {
        __NR_recvmsg,
        __NR_sendto,
        __NR_getsockname, /* is the interface gone? */
#ifdef __NR_epoll_wait
        __NR_epoll_wait,
#endif
        __NR_epoll_pwait, /* what glibc makes of epoll_wait() elsewhere */
        __NR_read,        /* signalfd, timerfd */
        __NR_write,       /* the log, the ready byte */
        __NR_timerfd_settime,
        __NR_clock_gettime, /* where the vDSO cannot */
        __NR_restart_syscall,
        __NR_rt_sigreturn,
        __NR_close,
        __NR_exit_group,
};

static int stage_calls(struct error *err)
{
        struct sock_filter code[6 + ARRAY_SIZE(allowed_calls)];
        struct sock_fprog program = { .filter = code };
        const uint8_t n = ARRAY_SIZE(allowed_calls);
        unsigned short len = 0;

        code[len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                   offsetof(struct seccomp_data, arch));
        code[len++] =
                (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_NATIVE, 1, 0);
        code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        code[len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                   offsetof(struct seccomp_data, nr));
        /* The x32 numbers of x86_64 have a bit of their own and equal none of these. */
        for (uint8_t i = 0; i < n; i++)
                code[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                           allowed_calls[i], n - i, 0);
        code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        program.len = len;
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                return error_errno(err, -errno, "limit the system calls");
        return 0;
}

#endif

int sandbox_enter(struct error *err)
{
        int r;

        if ((r = stage_limits(err)) < 0 || (r = stage_privileges(err)) < 0)
                return r;
        return stage_calls(err);
}
