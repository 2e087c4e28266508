/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fault/shim.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <string.h>
#include <unistd.h>

static const char *number(int n)
{
        static char text[16];

        snprintf(text, sizeof(text), "%d", n);
        return text;
}

/* --- files --- */

static bool is_file(int fd)
{
        struct stat st;

        return fd > STDERR_FILENO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static const char *file_name(int fd)
{
        static char name[PATH_MAX];
        char link[32];
        ssize_t n;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, name, sizeof(name) - 1);
        name[n > 0 ? n : 0] = '\0';
        return name;
}

static bool opens_to_change(int flags)
{
        return (flags & O_CREAT) || (flags & O_ACCMODE) != O_RDONLY;
}

static mode_t mode_argument(int flags, va_list ap)
{
        return (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(ap, mode_t) : 0;
}

#define WRAP_OPEN(name)                                                                            \
        int name(const char *path, int flags, ...)                                                 \
        {                                                                                          \
                unsigned k;                                                                        \
                mode_t mode;                                                                       \
                va_list ap;                                                                        \
                int code, r;                                                                       \
                                                                                                   \
                REAL(name);                                                                        \
                va_start(ap, flags);                                                               \
                mode = mode_argument(flags, ap);                                                   \
                va_end(ap);                                                                        \
                if (!shim_is_active() || !opens_to_change(flags))                                  \
                        return real(path, flags, mode);                                            \
                code = shim_before(&k, "open", path);                                              \
                if (code) {                                                                        \
                        errno = code;                                                              \
                        return -1;                                                                 \
                }                                                                                  \
                r = real(path, flags, mode);                                                       \
                shim_after(k);                                                                     \
                return r;                                                                          \
        }
#define WRAP_OPENAT(name)                                                                          \
        int name(int dir, const char *path, int flags, ...)                                        \
        {                                                                                          \
                unsigned k;                                                                        \
                mode_t mode;                                                                       \
                va_list ap;                                                                        \
                int code, r;                                                                       \
                                                                                                   \
                REAL(name);                                                                        \
                va_start(ap, flags);                                                               \
                mode = mode_argument(flags, ap);                                                   \
                va_end(ap);                                                                        \
                if (!shim_is_active() || !opens_to_change(flags))                                  \
                        return real(dir, path, flags, mode);                                       \
                code = shim_before(&k, "openat", path);                                            \
                if (code) {                                                                        \
                        errno = code;                                                              \
                        return -1;                                                                 \
                }                                                                                  \
                r = real(dir, path, flags, mode);                                                  \
                shim_after(k);                                                                     \
                return r;                                                                          \
        }

WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP_OPENAT(openat)
WRAP_OPENAT(openat64)
WRAP(int, creat, (const char *path, mode_t mode), (path, mode), true, path)
WRAP_AS(FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode),
        *mode != 'r' || strchr(mode, '+'), path)
WRAP_AS(FILE *, NULL, fopen64, (const char *path, const char *mode), (path, mode),
        *mode != 'r' || strchr(mode, '+'), path)
WRAP(ssize_t, write, (int fd, const void *data, size_t len), (fd, data, len), is_file(fd),
     file_name(fd))
WRAP(ssize_t, writev, (int fd, const struct iovec *iov, int n), (fd, iov, n), is_file(fd),
     file_name(fd))
WRAP(ssize_t, pwrite, (int fd, const void *data, size_t len, off_t at), (fd, data, len, at),
     is_file(fd), file_name(fd))
WRAP(ssize_t, pwrite64, (int fd, const void *data, size_t len, off64_t at), (fd, data, len, at),
     is_file(fd), file_name(fd))
WRAP(int, ftruncate, (int fd, off_t len), (fd, len), is_file(fd), file_name(fd))
WRAP(int, ftruncate64, (int fd, off64_t len), (fd, len), is_file(fd), file_name(fd))
WRAP(int, fsync, (int fd), (fd), true, file_name(fd))
WRAP(int, fdatasync, (int fd), (fd), true, file_name(fd))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), true, file_name(fd))
WRAP(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid), true, file_name(fd))
WRAP(int, chmod, (const char *path, mode_t mode), (path, mode), true, path)
WRAP(int, chown, (const char *path, uid_t uid, gid_t gid), (path, uid, gid), true, path)
WRAP(int, rename, (const char *from, const char *to), (from, to), true, to)
WRAP(int, renameat, (int dir, const char *from, int to_dir, const char *to),
     (dir, from, to_dir, to), true, to)
WRAP(int, renameat2, (int dir, const char *from, int to_dir, const char *to, unsigned flags),
     (dir, from, to_dir, to, flags), true, to)
WRAP(int, link, (const char *from, const char *to), (from, to), true, to)
WRAP(int, symlink, (const char *text, const char *path), (text, path), true, path)
WRAP(int, unlink, (const char *path), (path), true, path)
WRAP(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags), true, path)
WRAP(int, remove, (const char *path), (path), true, path)
WRAP(int, rmdir, (const char *path), (path), true, path)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), true, path)
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode), true, path)

/* --- processes and namespaces --- */

WRAP(int, execv, (const char *path, char *const argv[]), (path, argv), true, path)
WRAP(int, execve, (const char *path, char *const argv[], char *const env[]), (path, argv, env),
     true, path)
WRAP(int, execvp, (const char *path, char *const argv[]), (path, argv), true, path)
WRAP(int, kill, (pid_t pid, int signo), (pid, signo), signo != 0, number(signo))
WRAP(int, setns, (int fd, int type), (fd, type), true, file_name(fd))
WRAP(int, unshare, (int flags), (flags), true, "")

pid_t fork(void)
{
        unsigned k;
        int code;
        pid_t r;

        REAL(fork);
        if (!shim_is_active())
                return real();
        code = shim_before(&k, "fork", "");
        if (code) {
                errno = code;
                return -1;
        }
        r = real();
        if (r != 0)
                shim_after(k);
        return r;
}

/* With a stack and a function of the child's own. */
int clone(int (*function)(void *), void *stack, int flags, void *user, ...)
{
        unsigned k = 0;
        int code, pid;

        REAL(clone);
        if (!shim_is_active())
                return real(function, stack, flags, user);
        code = shim_before(&k, "clone", "");
        if (code) {
                errno = code;
                return -1;
        }
        pid = real(function, stack, flags, user);
        shim_after(k);
        return pid;
}

/* Its child may only exec: a fork serves it as well, and can be wrapped. */
pid_t vfork(void)
{
        return fork();
}

/* These return what went wrong. */
#define WRAP_SPAWN(name)                                                                           \
        int name(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,          \
                 const posix_spawnattr_t *attr, char *const argv[], char *const env[])             \
        {                                                                                          \
                unsigned k;                                                                        \
                int r;                                                                             \
                                                                                                   \
                REAL(name);                                                                        \
                if (!shim_is_active())                                                             \
                        return real(pid, path, actions, attr, argv, env);                          \
                r = shim_before(&k, #name, path);                                                  \
                if (r == 0) {                                                                      \
                        r = real(pid, path, actions, attr, argv, env);                             \
                        shim_after(k);                                                             \
                }                                                                                  \
                return r;                                                                          \
        }

WRAP_SPAWN(posix_spawn)
WRAP_SPAWN(posix_spawnp)

int prctl(int option, ...)
{
        unsigned long a[4];
        unsigned k;
        va_list ap;
        int code, r;

        REAL(prctl);
        va_start(ap, option);
        for (int i = 0; i < 4; i++)
                a[i] = va_arg(ap, unsigned long);
        va_end(ap);
        if (!shim_is_active() || option != PR_SET_CHILD_SUBREAPER)
                return real(option, a[0], a[1], a[2], a[3]);
        code = shim_before(&k, "prctl", "PR_SET_CHILD_SUBREAPER");
        if (code) {
                errno = code;
                return -1;
        }
        r = real(option, a[0], a[1], a[2], a[3]);
        shim_after(k);
        return r;
}

static const char *call_name(long nr)
{
        switch (nr) {
        case SYS_pidfd_send_signal:
                return "pidfd_send_signal";
        case SYS_clone:
                return "clone";
        case SYS_clone3:
                return "clone3";
        case SYS_kill:
                return "kill";
        case SYS_tgkill:
                return "tgkill";
        case SYS_setns:
                return "setns";
        case SYS_unshare:
                return "unshare";
        case SYS_memfd_create:
                return "memfd_create";
        case SYS_renameat2:
                return "renameat2";
        case SYS_mount:
                return "mount";
        case SYS_umount2:
                return "umount2";
        case SYS_pivot_root:
                return "pivot_root";
        default:
                return NULL;
        }
}

long syscall(long nr, ...)
{
        const char *name = call_name(nr);
        unsigned k = 0;
        va_list ap;
        long a[6], r;
        int code;

        REAL(syscall);
        va_start(ap, nr);
        for (int i = 0; i < 6; i++)
                a[i] = va_arg(ap, long);
        va_end(ap);
        /* This file's own kill is meant. */
        if (!shim_is_active() || !name || (nr == SYS_kill && a[0] == getpid()))
                return real(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
        code = shim_before(&k, name, "");
        if (code) {
                errno = code;
                return -1;
        }
        r = real(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (r != 0 || (nr != SYS_clone && nr != SYS_clone3))
                shim_after(k);
        return r;
}

/* --- descriptors, names, taps --- */

static const char *family_name(int family)
{
        return family == AF_UNIX      ? "AF_UNIX"
               : family == AF_PACKET  ? "AF_PACKET"
               : family == AF_NETLINK ? "AF_NETLINK"
                                      : "another family";
}

WRAP(int, socket, (int family, int type, int protocol), (family, type, protocol), true,
     family_name(family))
WRAP(int, bind, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len),
     address->sa_family != AF_NETLINK, family_name(address->sa_family))
WRAP(int, listen, (int fd, int backlog), (fd, backlog), true, "")
WRAP(int, socketpair, (int family, int type, int protocol, int fds[2]),
     (family, type, protocol, fds), true, "")
WRAP(int, pipe2, (int fds[2], int flags), (fds, flags), true, "")
WRAP(int, dup2, (int from, int to), (from, to), true, number(to))
WRAP(int, memfd_create, (const char *name, unsigned flags), (name, flags), true, name)
WRAP(int, epoll_create1, (int flags), (flags), true, "")
WRAP(int, signalfd, (int fd, const sigset_t *mask, int flags), (fd, mask, flags), true, "")
WRAP(int, timerfd_create, (clockid_t clock, int flags), (clock, flags), true, "")

static const char *tun_request_name(unsigned long request)
{
        switch (request) {
        case TUNSETIFF:
                return "TUNSETIFF";
        case TUNSETOWNER:
                return "TUNSETOWNER";
        case TUNSETGROUP:
                return "TUNSETGROUP";
        case TUNSETPERSIST:
                return "TUNSETPERSIST";
        case TUNSETLINK:
                return "TUNSETLINK";
        default:
                return NULL;
        }
}

int ioctl(int fd, unsigned long request, ...)
{
        const char *name = tun_request_name(request);
        unsigned k;
        va_list ap;
        void *argument;
        int code, r;

        REAL(ioctl);
        va_start(ap, request);
        argument = va_arg(ap, void *);
        va_end(ap);
        if (!shim_is_active() || !name)
                return real(fd, request, argument);
        code = shim_before(&k, "ioctl", name);
        if (code) {
                errno = code;
                return -1;
        }
        r = real(fd, request, argument);
        shim_after(k);
        return r;
}
