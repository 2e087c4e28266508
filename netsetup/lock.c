/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lock.c - one writer per network namespace: an abstract AF_UNIX socket, bound while it works
 */
#include "netsetup/lock.h"

#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LOCK_NAME      "podgraft"
#define LOCK_WAIT_MSEC 10000

/* Wait until whoever holds the lock lets go of it. Return: 1 gone, 0 still there, its pid. */
static int wait_for_holder(const struct sockaddr_un *address, socklen_t len, int timeout_msec,
                           pid_t *ret_holder)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct pollfd p = { .fd = fd, .events = POLLIN };
        struct ucred peer = { 0 };
        socklen_t peer_len = sizeof(peer);

        if (fd < 0)
                return 1;
        if (connect(fd, (const struct sockaddr *)address, len) < 0) {
                /* It has let go by now, or it has bound and does not listen yet. */
                (void)poll(NULL, 0, 1);
                return 1;
        }
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) == 0)
                *ret_holder = peer.pid;
        /* It never accepts or writes: the only event is its end. */
        return poll(&p, 1, timeout_msec) > 0;
}

int lock_take(int *ret_fd, struct error *err)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        socklen_t len = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(LOCK_NAME);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        pid_t holder = 0;

        if (fd < 0)
                return error_errno(err, -errno, "create the lock");
        memcpy(address.sun_path + 1, LOCK_NAME, strlen(LOCK_NAME));
        /* Each loser of a race waits for its winner, and a millisecond for one not to be heard. */
        for (int i = 0; i < LOCK_WAIT_MSEC; i++) {
                if (bind(fd, (struct sockaddr *)&address, len) == 0) {
                        if (listen(fd, 64) < 0)
                                return error_errno(err, -errno, "hold the lock");
                        *ret_fd = take_fd(&fd);
                        return 0;
                }
                if (errno != EADDRINUSE)
                        return error_errno(err, -errno, "take the lock");
                if (!wait_for_holder(&address, len, LOCK_WAIT_MSEC, &holder))
                        break;
        }
        return error_set(err, -EBUSY,
                         "another podgraft (process %d%s) is at work in this network namespace; if "
                         "it is 'podgraft run', end it with SIGTERM first",
                         holder, holder > 0 ? "" : ": not to be seen from here");
}
