/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox.c - the stages of giving things up, each with what it must and must not keep
 *
 * Plain system calls: libcap-ng and libseccomp would double the private memory of a process that
 * runs once for each pod.
 *
 * The network namespace stays as it is: leaving it would cost the node a namespace for each pod,
 * and without socket() in the allowlist nothing more of it can be reached than the open sockets.
 */
#include "dhcp/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "podgraft/dhcp.h"
#include "podgraft/log.h"

#ifdef PODGRAFT_SANITIZED
#define SANITIZED true /* what the sanitizers' reports need is not to be foreseen */
#else
#define SANITIZED false
#endif

#define STACK_MOST_BYTES (256 * 1024)

#define HAVE(parts, name) (*(parts) |= 1u << DHCP_SANDBOX_##name)

/* --- stage one: descriptors --- */

static int compare_int(const void *a, const void *b)
{
        int x = *(const int *)a, y = *(const int *)b;

        return (x > y) - (x < y);
}

int sandbox_close_others(const int *keep, size_t n, struct error *err)
{
        _cleanup_free_ int *sorted = calloc(n, sizeof(*sorted));
        unsigned next = STDERR_FILENO + 1; /* the lowest descriptor not looked at yet */

        if (!sorted)
                return error_set(err, -ENOMEM, "out of memory");
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

/* --- stage two: new privileges --- */

/* Must keep: what it has. Must not keep: a way to more by exec. Landlock wants this first. */
static int stage_no_new_privileges(uint32_t *parts, struct error *err)
{
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return error_errno(err, -errno, "renounce new privileges");
        HAVE(parts, NO_NEW_PRIVILEGES);
        return 0;
}

/* --- stage three: namespaces --- */

/*
 * Must keep: the sockets that are open. Must not keep: the mounts, message queues, shared memory
 * and host name of others. Without CAP_SYS_ADMIN a user namespace lends it, where the kernel and
 * the container's own seccomp profile let it; nothing has to be mapped into it.
 */
static void stage_namespaces(bool own_pids, uint32_t *parts)
{
        if (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
                HAVE(parts, MOUNT_NAMESPACE);
        if (unshare(CLONE_NEWIPC) == 0)
                HAVE(parts, IPC_NAMESPACE);
        if (unshare(CLONE_NEWUTS) == 0)
                HAVE(parts, UTS_NAMESPACE);
        if (own_pids)
                HAVE(parts, PID_NAMESPACE);
}

/* --- stage four: files --- */

/* An empty tmpfs over any directory there is, then the old root goes with all that is under it. */
static bool root_by_mount(void)
{
        static const char *const places[] = { "/proc", "/dev", "/sys", "/run", "/tmp" };
        size_t i = 0;

        /* Or it would be mounted in everybody's namespace. Fails in a chroot. */
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return false;
        while (mount("empty", places[i], "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                     "mode=0555,size=4k,nr_inodes=2") < 0)
                if (++i == ARRAY_SIZE(places))
                        return false;
        return chdir(places[i]) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
               umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

/*
 * The root is shared with a child that makes its own directory in /proc the root and ends: an
 * empty directory that no path leads to any more, and none had to be made for it.
 */
static bool root_by_chroot(void)
{
        int status;
        pid_t pid = (pid_t)syscall(SYS_clone,
#ifdef __s390x__
                                   NULL, CLONE_FS | CLONE_VFORK | SIGCHLD,
#else
                                   CLONE_FS | CLONE_VFORK | SIGCHLD, NULL,
#endif
                                   NULL, NULL, NULL);

        if (pid == 0)
                _exit(chroot("/proc/self/fdinfo") < 0 || chdir("/") < 0);
        return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
               WEXITSTATUS(status) == 0;
}

/* Must keep: what is open. Must not keep: a file or directory that a path leads to. */
static void stage_root(uint32_t *parts)
{
        if (((*parts & 1u << DHCP_SANDBOX_MOUNT_NAMESPACE) && root_by_mount()) || root_by_chroot())
                HAVE(parts, EMPTY_ROOT);
}

/* Kernels after the headers this is built with; include/uapi/linux/landlock.h */
struct ruleset {
        uint64_t fs, net, scoped;
};

/*
 * Must keep: what is open. Must not keep: any way to name a file, also where the root could not
 * be emptied; TCP; signals and abstract sockets that lead out. No rule is added, so nothing is
 * allowed.
 */
static void stage_landlock(uint32_t *parts)
{
        struct ruleset all = { 0 };
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        /* By ABI 1 to 6: the file system's bits, the network's, the scopes. */
        static const struct {
                uint8_t fs, net, scoped, size;
        } bits[] = { { 13, 0, 0, 8 },  { 14, 0, 0, 8 },  { 15, 0, 0, 8 },
                     { 15, 2, 0, 16 }, { 16, 2, 0, 16 }, { 16, 2, 2, 24 } };
        int fd;

        if (abi < 1)
                return;
        if (abi > (long)ARRAY_SIZE(bits))
                abi = ARRAY_SIZE(bits);
        all.fs = (1u << bits[abi - 1].fs) - 1;
        all.net = (1u << bits[abi - 1].net) - 1;
        all.scoped = (1u << bits[abi - 1].scoped) - 1;
        fd = (int)syscall(SYS_landlock_create_ruleset, &all, (size_t)bits[abi - 1].size, 0);
        if (fd < 0)
                return;
        if (syscall(SYS_landlock_restrict_self, fd, 0) == 0)
                HAVE(parts, LANDLOCK);
        close(fd);
}

/* --- stage five: capabilities --- */

/* Must keep: the user it runs as. Must not keep: a capability, to be read or traced by others. */
static int stage_capabilities(uint32_t *parts, struct error *err)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

        /*
         * The bounding set first, while there may be a SETPCAP to shrink it with (-EPERM: there is
         * none, and no_new_privs makes the set worth nothing); -EINVAL: past the last capability.
         */
        for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
                ;
        if (errno == EINVAL)
                HAVE(parts, EMPTY_BOUNDING_SET);
        else if (errno != EPERM)
                return error_errno(err, -errno, "empty the capability bounding set");
        /* Emptying the inheritable set empties the ambient one. */
        if (syscall(SYS_capset, &header, none) < 0)
                return error_errno(err, -errno, "drop the capabilities");
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return error_errno(err, -errno, "forbid to be traced");
        HAVE(parts, NO_CAPABILITIES);
        return 0;
}

/* --- stage six: resources --- */

static int limit_to(int resource, rlim_t most, struct error *err)
{
        struct rlimit limit = { most, most };

        if (setrlimit((__rlimit_resource_t)resource, &limit) < 0)
                return error_errno(err, -errno, "limit resource %d to %llu", resource,
                                   (unsigned long long)most);
        return 0;
}

/* Where the log is a file, it may grow by this much and no more; to any other file not at all. */
static rlim_t file_room(int log_fd)
{
        struct stat st;

        if (log_fd < 0 || fstat(log_fd, &st) < 0 || !S_ISREG(st.st_mode))
                return 0;
        return (rlim_t)st.st_size + LOG_MOST_BYTES;
}

/* A guardian opens one descriptor: of its worker. */
static rlim_t descriptors(enum sandbox_role role)
{
        int lowest = role == SANDBOX_GUARDIAN ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0) : -1;

        if (lowest < 0)
                return 0;
        close(lowest);
        return (rlim_t)lowest + 1;
}

/*
 * Must keep: the memory it has, a log. Must not keep: more memory, core dumps of guest data, room
 * on a disk; a worker also: new descriptors and processes.
 */
static int stage_limits(const struct sandbox_conf *conf, uint32_t *parts, struct error *err)
{
        int r;

        /* A full or closed log must not end what it tells of. */
        signal(SIGPIPE, SIG_IGN);
        signal(SIGXFSZ, SIG_IGN);
        if ((r = limit_to(RLIMIT_CORE, 0, err)) < 0 || (r = limit_to(RLIMIT_MEMLOCK, 0, err)) < 0 ||
            (r = limit_to(RLIMIT_MSGQUEUE, 0, err)) < 0 ||
            (r = limit_to(RLIMIT_FSIZE, file_room(conf->log_fd), err)) < 0 ||
            (r = limit_to(RLIMIT_NOFILE, descriptors(conf->role), err)) < 0)
                return r;
        if (!SANITIZED && ((r = limit_to(RLIMIT_DATA, 0, err)) < 0 ||
                           (r = limit_to(RLIMIT_STACK, STACK_MOST_BYTES, err)) < 0))
                return r;
        if (conf->role == SANDBOX_WORKER && (r = limit_to(RLIMIT_NPROC, 0, err)) < 0)
                return r;
        HAVE(parts, RESOURCE_LIMITS);
        return 0;
}

/* --- stage seven: system calls --- */

/* Must keep: what sandbox_filter.c lists. Must not keep: any other; it kills there and then. */
static void stage_calls(enum sandbox_role role, uint32_t *parts)
{
        struct sock_filter code[SANDBOX_FILTER_MAX];
        struct sock_fprog program = { .filter = code };

        if (SANITIZED)
                return;
        program.len = sandbox_filter(role, code);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
                HAVE(parts, SYSTEM_CALL_FILTER);
}

int sandbox_enter(const struct sandbox_conf *conf, uint32_t *ret_parts, struct error *err)
{
        uint32_t parts = 0;
        int r = stage_no_new_privileges(&parts, err);

        if (r < 0)
                return r;
        stage_namespaces(conf->own_pids, &parts);
        stage_root(&parts);
        stage_landlock(&parts);
        if ((r = stage_capabilities(&parts, err)) < 0 || (r = stage_limits(conf, &parts, err)) < 0)
                return r;
        *ret_parts = parts;
        return 0;
}

void sandbox_close(enum sandbox_role role, uint32_t *parts)
{
        stage_calls(role, parts);
}

int sandbox_narrow(uint32_t *parts, struct error *err)
{
        int r;

        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                return error_errno(err, -errno, "tie the worker to its guardian");
        if ((r = limit_to(RLIMIT_NOFILE, 0, err)) < 0 || (r = limit_to(RLIMIT_NPROC, 0, err)) < 0)
                return r;
        stage_calls(SANDBOX_WORKER, parts);
        return 0;
}
