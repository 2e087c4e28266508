/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder_process.h - podgraft-dhcpd as a process: one for all the taps of a pod
 *
 * Who serves a tap is told by the lock on its lease file. One that runs can take nothing new: to
 * serve another set of taps, another one takes over.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "podgraft/dhcp.h"

/* One tap to be served. */
struct responder_tap {
        const struct podnet *net;
        const char *const *options; /* the user's, for dhcp_conf_from_podnet() */
        size_t n_options;
        uint32_t lease_sec;
        const char *shared_path; /* the lease file */
        bool is_adopted;         /* the record was lost: the lease file may have been, too */
};

/* What they have in common. */
struct responder_how {
        const char *log_path;   /* responder_serve() only; NULL: it is silent */
        bool guarded;           /* responder_serve() only: a guardian revives it, not its parent */
        const char *mount_path; /* with guarded: it ends with that mount, which names the pod's
                                   namespace; NULL: none does */
        struct notes *notes;    /* what did not fit into a lease; may be NULL */
};

/**
 * responder_serve() - see to it that exactly these taps are served, by one process
 * Returns when it serves. It runs in a session and, where possible, a PID namespace of its own and
 * keeps none of our descriptors. Warns of the parts of its sandbox that cannot be had.
 *
 * With a guardian, one that serves just these is left alone, unless a guest is to be told something
 * else by now. Otherwise the new one is made ready, its sockets open, before whoever serves any of
 * the taps is ended: what guests send meanwhile is answered by the new one, which knows their
 * leases. Whoever kills us in between, one of the two serves.
 * @leaving: lease files of taps that are served no more; their guests are told that their routers
 * are none any more. None there, and nobody who serves it, is fine
 * @n: 0: end whoever serves those that are leaving
 * @ret_pid: 0: it has no number in this PID namespace, or n is 0
 * Return: 0; -ETIMEDOUT, or -EIO with the responder's own words; -ESRCH: who serves now runs where
 * this process cannot signal it. Whatever hinders a new one is found before anything is ended.
 */
int responder_serve(const struct responder_tap *taps, size_t n, const char *const *leaving,
                    size_t n_leaving, const struct responder_how *how, pid_t *ret_pid,
                    struct error *err);

/** responder_exec_foreground() - become podgraft-dhcpd; returns on failure only */
int responder_exec_foreground(const struct responder_tap *taps, size_t n,
                              const struct responder_how *how, struct error *err);

/**
 * responder_is_alive() - a process holds the lock of the lease file
 * @ret_pid: its number; 0: it has none in this PID namespace. May be NULL
 */
bool responder_is_alive(const char *shared_path, pid_t *ret_pid);

/** responder_tells() - what @tap's guest is to be told is what who serves it was started with */
bool responder_tells(const struct responder_tap *tap);

/**
 * responder_holder() - which process serves, as the lock of the lease file @shared_path tells
 * @tap: a user that cannot open the lock is told whether a packet socket is bound to it; NULL: none
 * Return: its pid; -1: a process that has no number in this PID namespace; 0: none
 */
pid_t responder_holder(const char *shared_path, const char *tap);

/** responder_await() - wait until a process serves @tap; Return: false after @timeout_msec */
bool responder_await(const char *shared_path, const char *tap, int timeout_msec);

/**
 * responder_stop() - end whoever serves it, and all else that one serves; wait until it is gone
 * The guests are told that their routers are none any more. Fine if there is none, or no file.
 * Return: 0; -EBUSY: it does not end; -ESRCH: it runs where this process cannot signal it
 */
int responder_stop(const char *shared_path, struct error *err);

/** responder_remove_log() - and the one before it */
void responder_remove_log(const char *log_path);
