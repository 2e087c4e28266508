/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder_holder.h - who holds the locks on lease files, and how they end
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "podgraft/dhcp.h"

struct holders {
        struct {
                pid_t pid;
                int pidfd;
        } at[DHCP_MAX_TAPS];
        size_t n;
};

/**
 * holders_find() - add who holds the lock on the lease file @path, if anybody does
 * Return: 0; -ESRCH: somebody who cannot be signalled from here; -EACCES, -EPERM: the lock cannot
 * be looked at, or not be believed
 */
int holders_find(struct holders *h, const char *path, struct error *err);

/**
 * holders_find_strays() - add who serves @tap without a lease file that anybody knows
 * Warns where somebody listens there who cannot be seen from here.
 */
void holders_find_strays(struct holders *h, const char *tap, unsigned ifindex);

/** has_packet_socket() - one that is bound to @tap, of any process; making one needs CAP_NET_RAW */
bool has_packet_socket(const char *tap);

/**
 * holders_end() - signal them all, wait until they are gone, kill those that do not go
 * Return: 0; one that this user may not signal, which is not waited for
 */
pid_t holders_end(const struct holders *h, int signo);

void holders_done(struct holders *h);
