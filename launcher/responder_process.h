/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder_process.h - podgraft-dhcpd as a process: start, look, stop
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "podgraft/dhcp.h"

struct responder_conf {
        uint32_t lease_sec;
        const char *shared_path;
        bool log_to_stderr;  /* responder_start() only: it keeps our stderr; else it is silent */
        struct notes *notes; /* what did not fit into the lease; may be NULL */
};

/**
 * responder_start() - start podgraft-dhcpd for @net in this namespace; returns when it serves
 * One that is alive already is left alone. It runs in a session of its own and keeps none of our
 * descriptors, unless conf->log_to_stderr.
 * Return: 0; -ETIMEDOUT, or -EIO with the responder's own words
 */
int responder_start(const struct podnet *net, const struct responder_conf *conf, pid_t *ret_pid,
                    struct error *err);

/** responder_exec_foreground() - become podgraft-dhcpd; returns on failure only */
int responder_exec_foreground(const struct podnet *net, const struct responder_conf *conf,
                              struct error *err);

/**
 * responder_is_alive() - somebody holds the lock on the mapping file
 * @ret_pid: its number; 0: it has none in this PID namespace. May be NULL
 */
bool responder_is_alive(const char *shared_path, pid_t *ret_pid);

/**
 * responder_stop() - end it, wait until it is gone; fine if there is none, or no file
 * Return: 0; -EBUSY: it does not end; -ESRCH: it runs where this process cannot signal it
 */
int responder_stop(const char *shared_path, struct error *err);
