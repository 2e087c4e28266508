/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/namespace.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "podgraft/libvirt_uri.h"
#include "podgraft/name.h"

/* A name wins over a process id of the same digits: names are chosen, process ids happen. */
static int namespace_open(const char *spec)
{
        char path[512];
        int fd;

        if (strchr(spec, '/'))
                return open(spec, O_RDONLY | O_CLOEXEC);
        if (!file_name_is_valid(spec)) {
                errno = ENOENT;
                return -1;
        }
        snprintf(path, sizeof(path), "/run/netns/%s", spec);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT && spec[strspn(spec, "0123456789")] == '\0') {
                snprintf(path, sizeof(path), "/proc/%s/ns/net", spec);
                fd = open(path, O_RDONLY | O_CLOEXEC);
        }
        return fd;
}

const char *namespace_mount(const char *spec, char *buf, size_t size)
{
        char path[PATH_MAX];
        _cleanup_free_ char *real = NULL;

        if (!strchr(spec, '/') && !file_name_is_valid(spec))
                return NULL;
        snprintf(path, sizeof(path), "%s%s", strchr(spec, '/') ? "" : "/run/netns/", spec);
        real = realpath(path, NULL); /* the links under /proc lead to no path */
        if (!real || strlen(real) >= size)
                return NULL;
        return strcpy(buf, real);
}

int namespace_enter(const char *spec, struct error *err)
{
        _cleanup_close_ int fd = namespace_open(spec);

        if (fd < 0)
                return error_set_class(
                        err, ERROR_USAGE, -errno,
                        "--netns '%s': %s; give a name that 'ip netns list' shows, a path, or the "
                        "id of a process that lives in it",
                        spec, errno == ENOENT ? "no such network namespace" : strerror(errno));
        if (setns(fd, CLONE_NEWNET) == 0)
                return 0;
        if (errno == EPERM)
                return error_set_class(err, ERROR_CANNOT, -errno,
                                       "--netns '%s': entering a network namespace needs "
                                       "CAP_SYS_ADMIN; run as root or inside the namespace",
                                       spec);
        if (errno != EINVAL)
                return error_errno(err, -errno, "--netns '%s': enter it", spec);
        return error_set_class(err, ERROR_USAGE, -EINVAL,
                               "--netns '%s': that is not a network namespace", spec);
}

/* The daemon's sockets for a local URI, the modular daemon's first. */
static int daemon_connect(const char *uri)
{
        static const char *const paths[] = { "/run/libvirt/virtqemud-sock",
                                             "/run/libvirt/libvirt-sock" };
        const char *given = strstr(uri, "?socket=");
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        for (size_t i = 0; fd >= 0 && i < (given ? 1 : ARRAY_SIZE(paths)); i++) {
                snprintf(address.sun_path, sizeof(address.sun_path), "%s",
                         given ? given + strlen("?socket=") : paths[i]);
                if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
                        return take_fd(&fd);
        }
        return -1;
}

int namespace_check_daemon(const char *uri, struct error *err)
{
        _cleanup_close_ int fd = -1;
        struct stat ours, theirs;
        struct ucred peer = { 0 };
        socklen_t len = sizeof(peer);
        char path[64];

        if (libvirt_uri_check(uri, err) < 0)
                return error_context(err, "--connect");
        fd = daemon_connect(uri);
        if (fd < 0)
                return error_set_class(err, ERROR_USAGE, -ENOENT,
                                       "--connect '%s': no libvirt daemon answers; start one in "
                                       "the pod's network namespace, or leave --connect out",
                                       uri);
        /* The credentials are those of whoever called listen(): the daemon, or its activator. */
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
                return error_errno(err, -errno, "ask who listens for '%s'", uri);
        snprintf(path, sizeof(path), "/proc/%d/ns/net", peer.pid);
        if (stat("/proc/thread-self/ns/net", &ours) < 0 || stat(path, &theirs) < 0)
                return error_set_class(err, ERROR_USAGE, -errno,
                                       "--connect '%s': cannot see the daemon's network namespace "
                                       "(%s: %s)",
                                       uri, path, strerror(errno));
        if (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev)
                return error_set_class(
                        err, ERROR_USAGE, -EXDEV,
                        "--connect '%s': the daemon (process %d) lives in another network "
                        "namespace and would not find the tap; start one in the pod's, or leave "
                        "--connect out",
                        uri, peer.pid);
        return 0;
}
