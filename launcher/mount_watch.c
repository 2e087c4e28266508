/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount_watch.c - a mount namespace with nothing in it but the mount to be watched
 *
 * A container runtime names a pod's namespace by a mount: it mounts it on a file; in the end it
 * unmounts it and removes the file. The kernel tells of that in mountinfo, which can be polled. But
 * the node's own mountinfo changes with every container that comes and goes: it would wake every
 * responder there is, to read through hundreds of lines. So a child makes a mount namespace
 *
 *     /        an empty file system with one file,
 *     /name    on that file the runtime's, a slave of the mount it is in,
 *     /name    and on that the namespace
 *
 * and opens its mountinfo, which keeps the mount namespace when the child is gone. Unmounting in
 * the runtime's place takes the mount away here (mount_namespaces(7), umount propagation); removing
 * the runtime's file takes what is mounted on it in all mount namespaces (kernel 3.18), also where
 * nothing propagates. Either happens once, and nothing else ever happens in here.
 *
 * Not so where podgraft runs in a chroot: pivot_root() leaves what is mounted outside of that in the
 * mount namespace, which tells of it, too. Hence who is woken looks whether an nsfs is mounted still.
 */
#include "launcher/mount_watch.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PLACE "/dev" /* any directory: what it hides is hidden from the child only */
#define FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/*
 * The file under the mount at @dir/@name is seen where the directory is bound without what is
 * mounted in it.
 */
static int stack_mounts(const char *dir, const char *name)
{
        char path[PATH_MAX];
        int fd;

        /* Its root, a directory and a file. */
        if (mount("empty", PLACE, "tmpfs", FLAGS, "mode=0755,size=4k,nr_inodes=3") < 0 ||
            mkdir(PLACE "/dir", 0) < 0 || (fd = open(PLACE "/name", O_CREAT | O_CLOEXEC, 0)) < 0)
                return -errno;
        close(fd);
        snprintf(path, sizeof(path), PLACE "/dir/%s", name);
        if (mount(dir, PLACE "/dir", NULL, MS_BIND, NULL) < 0 ||
            mount(path, PLACE "/name", NULL, MS_BIND, NULL) < 0 ||
            umount2(PLACE "/dir", MNT_DETACH) < 0 || rmdir(PLACE "/dir") < 0)
                return -errno;
        snprintf(path, sizeof(path), "%s/%s", dir, name);
        return mount(path, PLACE "/name", NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

/* In the child, which shares its descriptors with us. @slot: the one to fill. */
static int fill_slot(const char *dir, const char *name, int slot)
{
        _cleanup_close_ int proc = open("/proc", O_PATH | O_CLOEXEC), info = -1;
        int r;

        if (proc < 0 || unshare(CLONE_NEWNS) < 0 ||
            mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return -errno;
        r = stack_mounts(dir, name);
        if (r < 0)
                return r;
        /* Opened with the new root, as mountinfo keeps the root that it was opened with. */
        if (chdir(PLACE) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
            umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ||
            (info = openat(proc, "self/mountinfo", O_RDONLY | O_CLOEXEC)) < 0 ||
            dup3(info, slot, O_CLOEXEC) < 0)
                return -errno;
        return 0;
}

int mount_watch_open(const char *path, int *ret, struct error *err)
{
        _cleanup_close_ int slot = open("/dev/null", O_RDONLY | O_CLOEXEC);
        _cleanup_free_ char *dir = realpath(path, NULL);
        int status = 0;
        char *name;
        pid_t pid;

        if (!dir || slot < 0)
                return error_errno(err, -errno, "watch the mount '%s'", path);
        name = strrchr(dir, '/');
        *name++ = '\0';
        pid = (pid_t)syscall(SYS_clone,
#ifdef __s390x__
                             NULL, CLONE_FILES | CLONE_VFORK | SIGCHLD,
#else
                             CLONE_FILES | CLONE_VFORK | SIGCHLD, NULL,
#endif
                             NULL, NULL, NULL);
        if (pid == 0)
                _exit(-fill_slot(*dir ? dir : "/", name, slot));
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
                return error_errno(err, -errno, "watch the mount '%s'", path);
        if (!WIFEXITED(status) || WEXITSTATUS(status))
                return error_errno(err, WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO,
                                   "watch the mount '%s'", path);
        *ret = take_fd(&slot);
        return 0;
}
