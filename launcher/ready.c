/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/ready.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "podgraft/log.h"

/* sd_notify(3): one datagram; a service manager that cannot be told is no reason to fail. */
static void tell_service_manager(void)
{
        static const char word[] = "READY=1";
        const char *path = getenv("NOTIFY_SOCKET");
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -1;
        socklen_t len;

        if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(address.sun_path))
                return;
        memcpy(address.sun_path, path, strlen(path));
        len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
        if (path[0] == '@') /* an abstract name */
                address.sun_path[0] = '\0';
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 ||
            sendto(fd, word, strlen(word), MSG_NOSIGNAL, (struct sockaddr *)&address, len) < 0)
                log_warning("notify-failed", "tell '%s' that podgraft is ready: %s", path,
                            strerror(errno));
}

int ready_check(const struct options *options, struct error *err)
{
        if (options->ready_fd == 0 || fcntl((int)options->ready_fd, F_SETFD, FD_CLOEXEC) == 0)
                return 0;
        return error_set_class(err, ERROR_USAGE, -errno,
                               "--ready-fd %u: %s; give a descriptor that is open for writing",
                               options->ready_fd, strerror(errno));
}

int ready_tell(const struct options *options, struct error *err)
{
        static const char word[] = "ready\n";
        int fd = (int)options->ready_fd;

        tell_service_manager();
        if (fd == 0)
                return 0;
        if (write(fd, word, strlen(word)) < 0)
                return error_errno(err, -errno, "--ready-fd %d", fd);
        close(fd);
        return 0;
}
