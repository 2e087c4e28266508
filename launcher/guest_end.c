/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guest_end.c - the end of a guest whose supervisor is gone: its processes and its status
 *
 * Without libvirt, which is in no process any more: one that takes up a guest that was half started
 * when it was killed may never let go of it again.
 */
#include "launcher/guest_end.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STRAY_MSEC  30000
#define HOLDERS_MAX 8 /* of one guest's pid file, one after the other */

static bool is_ours(const char *program)
{
        const char *base = strrchr(program, '/');

        base = base ? base + 1 : program;
        return strncmp(base, "qemu", 4) == 0 || strcmp(base, "podgraft-launcher") == 0;
}

/* Is @c one of a name in a path? What stands around a path (=, ", a comma) is none. */
static bool is_of_name(char c)
{
        return isalnum((unsigned char)c) || (c && strchr("._-+@~", c));
}

/* Is the directory @root, or a file under it, named in @line? A longer name is another's. */
static bool names_path(const char *line, size_t len, const char *root)
{
        const char *end = line + len, *at = line;

        while ((at = memmem(at, (size_t)(end - at), root, strlen(root)))) {
                char before = at > line ? at[-1] : '\0', after = at[strlen(root)];

                if (!is_of_name(before) && before != '/' && !is_of_name(after))
                        return true;
                at++;
        }
        return false;
}

/* Does the command line of @pid name a file under @root? */
static bool works_for(pid_t pid, const char *root)
{
        char path[64], line[65536];
        _cleanup_close_ int fd = -1;
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
        if (n <= 0)
                return false;
        line[n] = '\0';
        return is_ours(line) && names_path(line, (size_t)n, root);
}

/* QEMU closes its disks before it ends. */
static void end_process(int pidfd)
{
        static const int signals[] = { SIGTERM, SIGKILL };
        struct pollfd p = { .fd = pidfd, .events = POLLIN };

        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                if (syscall(SYS_pidfd_send_signal, pidfd, signals[i], NULL, 0) < 0 ||
                    poll(&p, 1, STRAY_MSEC) > 0)
                        return;
}

/*
 * The guest's QEMU, those that libvirt asks for their capabilities, a launcher that is about to end
 * or between fork and exec. The root is this namespace's alone.
 */
static int end_strays(void *user)
{
        const char *root = user;
        DIR *proc = opendir("/proc");
        struct dirent *entry;

        while (proc && (entry = readdir(proc))) {
                pid_t pid = (pid_t)atoi(entry->d_name);
                _cleanup_close_ int pidfd = -1;

                if (pid <= 0 || !works_for(pid, root))
                        continue;
                /* Looked at again once it is held, as numbers are reused. */
                pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
                if (pidfd >= 0 && works_for(pid, root))
                        end_process(pidfd);
        }
        if (proc)
                closedir(proc);
        return 0;
}

struct guest {
        const char *root, *name;
};

/*
 * Where libvirt keeps its status and QEMU's pid files. These directories are of the user that QEMU
 * runs as: a link in place of one would lead to others' files.
 */
static int open_state(const char *root)
{
        const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        _cleanup_close_ int top = open(root, flags), run = openat(top, "run", flags);

        return openat(run, "qemu", flags);
}

/*
 * Which process has the write lock on the guest's pid file? QEMU has it to its end, also where its
 * process cannot be seen. The directory, and the file's text, are of the user that QEMU runs as,
 * and of a guest that took QEMU over: the text is not read, a file that is no regular one is none,
 * and a lock of another kind than QEMU takes (read, open file description) is not QEMU's. Return:
 * its number; -1: it has none in this PID namespace; 0: there is no such process
 */
static pid_t qemu_holder(const struct guest *guest)
{
        struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
        _cleanup_close_ int dir = open_state(guest->root), fd = -1;
        _cleanup_free_ char *name = NULL;
        struct stat st;

        if (strchr(guest->name, '/') || asprintf(&name, "%s.pid", guest->name) < 0) {
                name = NULL;
                return 0;
        }
        fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
            fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK || lock.l_pid < 0)
                return 0;
        return lock.l_pid > 0 ? lock.l_pid : -1;
}

/*
 * One that has another name by now, too. The kernel's word is that it has the lock, and as this
 * runs as QEMU's user, it ends no other user's process. Return: 0; -EBUSY: one has it still
 */
static int end_holder(void *user)
{
        const struct guest *guest = user;
        pid_t pid = qemu_holder(guest);

        for (int i = 0; pid > 0 && i < HOLDERS_MAX; i++) {
                _cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

                /* Asked again with the pidfd open: it still has the lock, so the pidfd is of it. */
                if (pidfd >= 0 && qemu_holder(guest) == pid)
                        end_process(pidfd);
                pid = qemu_holder(guest);
        }
        return pid == 0 ? 0 : -EBUSY;
}

/* What the next libvirt would take up again. */
static int forget_status(void *user)
{
        int fd = open_state(user);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!d && fd >= 0)
                close(fd);
        while (d && (entry = readdir(d)))
                unlinkat(dirfd(d), entry->d_name, 0); /* directories stay */
        if (d)
                closedir(d);
        return 0;
}

int guest_end(const char *root, const struct owner *as, const char *name, struct error *err)
{
        struct guest guest = { root, name };

        process_call_as(as, end_strays, (void *)root);
        if (process_call_as(as, end_holder, &guest) < 0)
                return error_set(err, -EBUSY,
                                 "end the guest '%s': its QEMU cannot be seen from here, or does "
                                 "not end; is it in another PID namespace?",
                                 name);
        process_call_as(as, forget_status, (void *)root);
        return 0;
}
