/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * server.h - a DHCP server under test: started, weighed, stopped
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/types.h>

#include "podgraft/error.h"

/* What the guest is to be told; the same for every server. */
struct served {
        const char *tap;
        uint8_t mac[6];
        const char *shared_path; /* where podgraft's responder keeps its counters */
};

struct server {
        char *const *argv; /* NULL: podgraft's own responder */
        const struct served *served;
        pid_t pid; /* it leads a session, whose processes are the server */
        /* CLOCK_MONOTONIC, just before; for podgraft before it opens the responder's sockets */
        uint64_t exec_nsec;
};

struct memory {
        unsigned long rss_kib, pss_kib, private_dirty_kib;
        unsigned processes, threads;
};

/** server_start() - fork and exec, without waiting for it to be ready */
int server_start(struct server *server, struct error *err);

/** server_find() - how far server_start() came; Return: 0: not yet, 1: @pid is there, or errno */
int server_find(struct server *server);

void server_stop(struct server *server);

/** server_memory() - of all its processes, after a sync: what was just written counts as dirty */
struct memory server_memory(const struct server *server);

/** server_cpu_nsec() - time on a CPU so far, of all its threads (schedstat) */
uint64_t server_cpu_nsec(const struct server *server);
