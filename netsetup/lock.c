/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lock.c - one writer per network namespace: an abstract AF_UNIX socket, bound while it works
 */
#include "netsetup/lock.h"

#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "podgraft/loop.h"

#define LOCK_NAME "podgraft"
/* Who gives an interface to a guest that boots, or takes one from it, has it for half a minute. */
#define LOCK_WAIT_SEC 35

/* Wait until whoever holds the lock lets go of it. Return: 1 it did, 0 try again, -ETIMEDOUT */
static int wait_for_holder(const struct sockaddr_un *address, socklen_t len, uint64_t until_msec,
                           pid_t *ret_holder)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct pollfd p = { .fd = fd, .events = POLLIN };
        uint64_t now_msec = loop_now_msec();
        struct ucred peer = { 0 };
        socklen_t peer_len = sizeof(peer);
        int r;

        if (now_msec >= until_msec)
                return -ETIMEDOUT;
        if (fd < 0 || connect(fd, (const struct sockaddr *)address, len) < 0) {
                /* It has let go by now, it has bound and does not listen yet, or so many wait. */
                (void)poll(NULL, 0, 1);
                return 0;
        }
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) == 0)
                *ret_holder = peer.pid;
        /* It never accepts or writes: the only event is its end. */
        r = poll(&p, 1, (int)(until_msec - now_msec));
        return r > 0 ? 1 : 0;
}

int lock_take(unsigned wait_sec, int *ret_fd, struct error *err)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        socklen_t len = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(LOCK_NAME);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        uint64_t wait_msec = (wait_sec ? wait_sec : LOCK_WAIT_SEC) * UINT64_C(1000);
        uint64_t until_msec = loop_now_msec() + wait_msec;
        pid_t holder = 0;

        if (fd < 0)
                return error_errno(err, -errno, "create the lock");
        memcpy(address.sun_path + 1, LOCK_NAME, strlen(LOCK_NAME));
        while (bind(fd, (struct sockaddr *)&address, len) < 0) {
                int r = errno == EADDRINUSE ? wait_for_holder(&address, len, until_msec, &holder)
                                            : error_errno(err, -errno, "take the lock");

                if (r == -ETIMEDOUT)
                        return error_set(err, -EBUSY,
                                         "another podgraft (process %d%s) is at work in this "
                                         "network namespace, for more than %" PRIu64
                                         " s; try again when it has ended",
                                         holder, holder > 0 ? "" : ": not to be seen from here",
                                         wait_msec / 1000);
                if (r < 0)
                        return r;
                if (r == 1) /* the loser of a race waits for its winner */
                        until_msec = loop_now_msec() + wait_msec;
        }
        if (listen(fd, 64) < 0)
                return error_errno(err, -errno, "hold the lock");
        *ret_fd = take_fd(&fd);
        return 0;
}
