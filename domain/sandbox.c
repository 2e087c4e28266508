/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox.c - what podgraft-domain gives up: libxml2 parses what a VMI's author wrote, for root
 *
 * No namespaces: with no capability, no file to name and no socket to make there is nothing in
 * them, and they would take longer than the parsing.
 */
#include "domain/sandbox.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifdef PODGRAFT_SANITIZED
#define SANITIZED true /* what the sanitizers' reports need is not to be foreseen */
#else
#define SANITIZED false
#endif

#define OUTPUT_MOST_BYTES (16u << 20) /* where the output is a file */

static const struct call_rule allowed[] = {
        { __NR_brk, CALL_ANY, 0 },
        { __NR_write, CALL_ANY, 0 },
        /* Memory that can be executed never comes again: nor has mprotect() a row. */
        { __NR_mmap, 2, PROT_READ | PROT_WRITE },
        { __NR_munmap, CALL_ANY, 0 },
        { __NR_mremap, CALL_ANY, 0 },
        { __NR_madvise, CALL_ANY, 0 },
        { __NR_futex, CALL_ANY, 0 },         /* libxml2's locks */
        { __NR_clock_gettime, CALL_ANY, 0 }, /* its seed, where the vDSO cannot */
        { __NR_gettimeofday, CALL_ANY, 0 },
#ifdef __NR_time
        { __NR_time, CALL_ANY, 0 },
#endif
        { __NR_getrandom, CALL_ANY, 0 },
        { __NR_exit_group, CALL_ANY, 0 },
};

/* What iconv() and stdio can do without: the encoding is then unknown, the file not a terminal. */
static const struct call_rule refused[] = {
        { __NR_openat, CALL_ANY, 0 },
#ifdef __NR_open
        { __NR_open, CALL_ANY, 0 },
#endif
#ifdef __NR_access
        { __NR_access, CALL_ANY, 0 },
#endif
        { __NR_faccessat, CALL_ANY, 0 },
#ifdef __NR_newfstatat
        { __NR_newfstatat, CALL_ANY, 0 },
#endif
        { __NR_fstat, CALL_ANY, 0 },      { __NR_lseek, CALL_ANY, 0 },
};

unsigned short domain_sandbox_filter(struct sock_filter ret[DOMAIN_FILTER_MAX])
{
        unsigned short n = confine_filter_begin(ret);

        _Static_assert(CONFINE_FILTER_SIZE(ARRAY_SIZE(allowed) + ARRAY_SIZE(refused)) <=
                               DOMAIN_FILTER_MAX,
                       "room for the program");
        n = confine_filter_add(ret, n, allowed, ARRAY_SIZE(allowed), SECCOMP_RET_ALLOW);
        n = confine_filter_add(ret, n, refused, ARRAY_SIZE(refused), SECCOMP_RET_ERRNO | EACCES);
        return confine_filter_end(ret, n);
}

/* Soft a second before hard: SIGXCPU tells what it was, SIGKILL would not. */
static int limit_time(struct error *err)
{
        struct rlimit limit;
        int r = confine_limit(RLIMIT_CPU, DOMAIN_CPU_SEC + 1, err);

        if (r < 0)
                return r;
        if (getrlimit(RLIMIT_CPU, &limit) < 0)
                return error_errno(err, -errno, "look at the limit of CPU time");
        if (limit.rlim_cur > 1)
                limit.rlim_cur--;
        signal(SIGXCPU, SIG_DFL);
        return setrlimit(RLIMIT_CPU, &limit) < 0 ? error_errno(err, -errno, "limit the CPU time")
                                                 : 0;
}

static int limit_resources(struct error *err)
{
        static const struct {
                int resource;
                rlim_t most;
                bool also_sanitized;
        } limits[] = {
                { RLIMIT_CORE, 0, true },    { RLIMIT_FSIZE, OUTPUT_MOST_BYTES, true },
                { RLIMIT_NOFILE, 0, false }, /* a report opens files; leak detection clones */
                { RLIMIT_NPROC, 0, false },  { RLIMIT_AS, DOMAIN_MEMORY_MAX, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
                int r = !SANITIZED || limits[i].also_sanitized
                                ? confine_limit(limits[i].resource, limits[i].most, err)
                                : 0;

                if (r < 0)
                        return r;
        }
        return limit_time(err);
}

int domain_sandbox_enter(struct error *err)
{
        struct sock_filter code[DOMAIN_FILTER_MAX];
        bool bounding;
        int r;

        if ((r = confine_close_others(NULL, 0, err)) < 0 ||
            (r = confine_no_new_privileges(err)) < 0)
                return r;
        if (!SANITIZED)
                confine_files();
        if ((r = confine_capabilities(&bounding, err)) < 0 || (r = limit_resources(err)) < 0)
                return r;
        if (!SANITIZED)
                confine_calls(code, domain_sandbox_filter(code));
        return 0;
}
