/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder_process.h - podgraft-dhcpd as a process: start, look, stop
 */
#pragma once

#include <sys/types.h>

#include "podgraft/dhcp.h"

struct responder_conf {
        uint32_t lease_sec;
        const char *shared_path;
};

/**
 * responder_start() - start podgraft-dhcpd for @net in this namespace; returns when it serves
 * One that is alive already is left alone.
 */
int responder_start(const struct podnet *net, const struct responder_conf *conf, pid_t *ret_pid,
                    struct error *err);

/** responder_exec_foreground() - become podgraft-dhcpd; returns on failure only */
int responder_exec_foreground(const struct podnet *net, const struct responder_conf *conf,
                              struct error *err);

/** responder_stop() - end it, wait until it is gone; fine if there is none */
int responder_stop(const char *shared_path, struct error *err);
