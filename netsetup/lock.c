/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lock.c - one writer per network namespace: wait for the lock, but not for ever
 */
#include "netsetup/lock.h"

#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

#include "podgraft/loop.h"

/* Who gives an interface to a guest that boots, or takes one from it, has it for half a minute. */
#define LOCK_WAIT_SEC 35
#define LOOK_MIN_MSEC 1
#define LOOK_MAX_MSEC 20

struct waiter {
        uint64_t until_msec; /* whatever happens meanwhile */
        int look_msec;
        int fd; /* connected to the process that has the lock's name; -1 */
        pid_t holder;
};

/*
 * Until the holder's name goes, at most for a moment: the process that has the name need not be the
 * holder, and need not keep a connection. The kernel tells nothing when a group becomes free.
 */
static void wait_for_holder(struct waiter *w)
{
        uint64_t began_msec = loop_now_msec();
        struct pollfd p = { .events = POLLIN };
        pid_t holder = 0;
        int r;

        if (w->fd < 0)
                w->fd = netns_lock_connect(NETNS_LOCK_WRITER, &holder);
        if (holder > 0)
                w->holder = holder;
        p.fd = w->fd; /* poll() only waits where it is negative */
        r = poll(&p, 1, w->fd < 0 ? w->look_msec : LOOK_MAX_MSEC);
        if (r > 0) {
                close(w->fd);
                w->fd = -1;
                if (loop_now_msec() == began_msec)
                        poll(NULL, 0, w->look_msec);
        }
        w->look_msec = w->look_msec * 2 > LOOK_MAX_MSEC ? LOOK_MAX_MSEC : w->look_msec * 2;
}

int lock_take(unsigned wait_sec, struct netns_lock *ret, struct error *err)
{
        uint64_t wait_msec = (wait_sec ? wait_sec : LOCK_WAIT_SEC) * UINT64_C(1000);
        struct waiter w = { .until_msec = loop_now_msec() + wait_msec,
                            .look_msec = LOOK_MIN_MSEC,
                            .fd = -1 };
        int r;

        while ((r = netns_lock_try(NETNS_LOCK_WRITER, ret)) == -EBUSY &&
               loop_now_msec() < w.until_msec)
                wait_for_holder(&w);
        if (w.fd >= 0)
                close(w.fd);
        if (r == -EBUSY)
                return error_set(err, -EBUSY,
                                 "another podgraft (process %d%s) is at work in this network "
                                 "namespace, for more than %" PRIu64 " s; try again when it has "
                                 "ended",
                                 w.holder, w.holder > 0 ? "" : ": not to be seen from here",
                                 wait_msec / 1000);
        return r < 0 ? netns_lock_error(r, "take the lock", err) : 0;
}
