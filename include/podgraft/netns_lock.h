/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netns_lock.h - locks that belong to a network namespace and need CAP_NET_ADMIN in it
 *
 * A lock is a group of nfnetlink_log (NFLOG) that a netlink socket is bound to. The kernel gives a
 * group to one socket, per network namespace and only to a process with CAP_NET_ADMIN there, and
 * takes it back when the socket is closed. No packet is logged to these groups. Mount, PID and user
 * namespaces, root directory and state directory do not matter.
 *
 * Beside the group the holder listens on an abstract AF_UNIX name. It tells who holds (SO_PEERCRED)
 * and wakes those that wait; any process can bind it first, so it decides nothing. Only on a kernel
 * without nfnetlink_log the name is the lock.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "podgraft/error.h"

enum netns_lock_which {
        NETNS_LOCK_WRITER, /* one changes the namespace's network */
        NETNS_LOCK_RUN,    /* one 'podgraft run' lives */
};

struct netns_lock {
        int name_fd;  /* listens on the name; -1: another process has the name */
        int group_fd; /* bound to the group; -1: a kernel without nfnetlink_log */
};

#define NETNS_LOCK_NONE ((struct netns_lock){ -1, -1 })

/**
 * netns_lock_try() - take it in the calling thread's network namespace, without waiting
 * Released by netns_lock_release(), or by the kernel when the process ends.
 * Return: 0; -EBUSY it is held; -EPERM no CAP_NET_ADMIN in this namespace; another errno
 */
int netns_lock_try(enum netns_lock_which which, struct netns_lock *ret);

/** netns_lock_release() - fine if it is not held */
void netns_lock_release(struct netns_lock *lock);

static inline bool netns_lock_has(const struct netns_lock *lock)
{
        return lock->name_fd >= 0 || lock->group_fd >= 0;
}

/** netns_lock_is_held() - by any process; asking does not take it */
bool netns_lock_is_held(enum netns_lock_which which);

/**
 * netns_lock_connect() - to the process that listens on the lock's name
 * @ret_holder: its pid here; 0 where it cannot be told: it is in another PID namespace, or its user
 * is neither root nor ours. A hint: who holds the lock is not always who has its name.
 * Return: a descriptor, which polls readable when the connection ends; negative errno
 */
int netns_lock_connect(enum netns_lock_which which, pid_t *ret_holder);

/** netns_lock_error() - what a failed netns_lock_try() means; sets ERROR_CANNOT for -EPERM */
int netns_lock_error(int r, const char *what, struct error *err);
