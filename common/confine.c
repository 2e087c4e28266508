/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * confine.c - descriptors, new privileges, files, capabilities and resources: given up
 *
 * Plain system calls: libcap-ng and libseccomp would double the private memory of the responder,
 * which runs once for each pod.
 */
#include "podgraft/confine.h"

#include <linux/capability.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* --- descriptors --- */

static int compare_int(const void *a, const void *b)
{
        int x = *(const int *)a, y = *(const int *)b;

        return (x > y) - (x < y);
}

int confine_close_others(const int *keep, size_t n, struct error *err)
{
        _cleanup_free_ int *sorted = calloc(n ? n : 1, sizeof(*sorted));
        unsigned next = STDERR_FILENO + 1; /* the lowest descriptor not looked at yet */

        if (!sorted)
                return error_set(err, -ENOMEM, "out of memory");
        if (n > 0)
                memcpy(sorted, keep, n * sizeof(*sorted));
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

/* --- new privileges, files, capabilities --- */

int confine_no_new_privileges(struct error *err)
{
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return error_errno(err, -errno, "renounce new privileges");
        return 0;
}

/* Kernels after the headers this is built with; include/uapi/linux/landlock.h */
struct ruleset {
        uint64_t fs, net, scoped;
};

bool confine_files(void)
{
        struct ruleset all = { 0 };
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        /* By ABI 1 to 6: the file system's bits, the network's, the scopes. */
        static const struct {
                uint8_t fs, net, scoped, size;
        } bits[] = { { 13, 0, 0, 8 },  { 14, 0, 0, 8 },  { 15, 0, 0, 8 },
                     { 15, 2, 0, 16 }, { 16, 2, 0, 16 }, { 16, 2, 2, 24 } };
        bool done;
        int fd;

        if (abi < 1)
                return false;
        if (abi > (long)ARRAY_SIZE(bits))
                abi = ARRAY_SIZE(bits);
        all.fs = (1u << bits[abi - 1].fs) - 1;
        all.net = (1u << bits[abi - 1].net) - 1;
        all.scoped = (1u << bits[abi - 1].scoped) - 1;
        fd = (int)syscall(SYS_landlock_create_ruleset, &all, (size_t)bits[abi - 1].size, 0);
        if (fd < 0)
                return false;
        done = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
        close(fd);
        return done;
}

int confine_capabilities(bool *ret_bounding, struct error *err)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

        /*
         * The bounding set first, while there may be a SETPCAP to shrink it with (-EPERM: there is
         * none, and no_new_privs makes the set worth nothing); -EINVAL: past the last capability.
         */
        for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
                ;
        if (errno != EINVAL && errno != EPERM)
                return error_errno(err, -errno, "empty the capability bounding set");
        *ret_bounding = errno == EINVAL;
        /* Emptying the inheritable set empties the ambient one. */
        if (syscall(SYS_capset, &header, none) < 0)
                return error_errno(err, -errno, "drop the capabilities");
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return error_errno(err, -errno, "forbid to be traced");
        return 0;
}

/* --- resources --- */

int confine_limit(int resource, rlim_t most, struct error *err)
{
        struct rlimit limit = { most, most }, now;
        __rlimit_resource_t which = (__rlimit_resource_t)resource;

        if (setrlimit(which, &limit) == 0)
                return 0;
        /* Who is limited already must not ask for more, and need not. */
        if (errno == EPERM && getrlimit(which, &now) == 0 && now.rlim_max < most) {
                limit.rlim_cur = limit.rlim_max = now.rlim_max;
                if (setrlimit(which, &limit) == 0)
                        return 0;
        }
        return error_errno(err, -errno, "limit resource %d to %llu", resource,
                           (unsigned long long)most);
}
