/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox.c - the stages of giving things up, each with what it must and must not keep
 *
 * What other programs give up the same way is in common/confine.c.
 *
 * The network namespace stays as it is: leaving it would cost the node a namespace for each pod,
 * and without socket() in the allowlist nothing more of it can be reached than the open sockets.
 */
#include "dhcp/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "podgraft/confine.h"
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

int sandbox_close_others(const int *keep, size_t n, struct error *err)
{
        return confine_close_others(keep, n, err);
}

/* --- stage two: new privileges --- */

/* Must keep: what it has. Must not keep: a way to more by exec. Landlock wants this first. */
static int stage_no_new_privileges(uint32_t *parts, struct error *err)
{
        int r = confine_no_new_privileges(err);

        if (r < 0)
                return r;
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

/*
 * Must keep: what is open. Must not keep: any way to name a file, also where the root could not
 * be emptied; TCP; signals and abstract sockets that lead out.
 */
static void stage_landlock(uint32_t *parts)
{
        if (confine_files())
                HAVE(parts, LANDLOCK);
}

/* --- stage five: capabilities --- */

/* Must keep: the user it runs as. Must not keep: a capability, to be read or traced by others. */
static int stage_capabilities(uint32_t *parts, struct error *err)
{
        bool bounding;
        int r = confine_capabilities(&bounding, err);

        if (r < 0)
                return r;
        if (bounding)
                HAVE(parts, EMPTY_BOUNDING_SET);
        HAVE(parts, NO_CAPABILITIES);
        return 0;
}

/* --- stage six: resources --- */

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
        if ((r = confine_limit(RLIMIT_CORE, 0, err)) < 0 ||
            (r = confine_limit(RLIMIT_MEMLOCK, 0, err)) < 0 ||
            (r = confine_limit(RLIMIT_MSGQUEUE, 0, err)) < 0 ||
            (r = confine_limit(RLIMIT_FSIZE, file_room(conf->log_fd), err)) < 0 ||
            (r = confine_limit(RLIMIT_NOFILE, descriptors(conf->role), err)) < 0)
                return r;
        if (!SANITIZED && ((r = confine_limit(RLIMIT_DATA, 0, err)) < 0 ||
                           (r = confine_limit(RLIMIT_STACK, STACK_MOST_BYTES, err)) < 0))
                return r;
        if (conf->role == SANDBOX_WORKER && (r = confine_limit(RLIMIT_NPROC, 0, err)) < 0)
                return r;
        HAVE(parts, RESOURCE_LIMITS);
        return 0;
}

/* --- stage seven: system calls --- */

/* Must keep: what sandbox_filter.c lists. Must not keep: any other; it kills there and then. */
static void stage_calls(enum sandbox_role role, uint32_t *parts)
{
        struct sock_filter code[SANDBOX_FILTER_MAX];

        if (!SANITIZED && confine_calls(code, sandbox_filter(role, code)))
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
        if ((r = confine_limit(RLIMIT_NOFILE, 0, err)) < 0 ||
            (r = confine_limit(RLIMIT_NPROC, 0, err)) < 0)
                return r;
        stage_calls(SANDBOX_WORKER, parts);
        return 0;
}
