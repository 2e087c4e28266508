/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * transport.h - frames to and from the guest: a packet socket, or a fake in tests
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct transport_info {
        bool partial_checksum;
        bool tagged; /* came with a VLAN tag other than a priority tag (id 0) */
};

struct transport {
        /** @receive: bytes in @buf, 0: nothing there, negative errno */
        ssize_t (*receive)(struct transport *t, void *buf, size_t size,
                           struct transport_info *ret_info);
        int (*send)(struct transport *t, const void *frame, size_t len);
        /** @is_gone: the interface does not exist any more; one that is down does */
        bool (*is_gone)(struct transport *t);
        int fd;
};

/** transport_from_socket() - of dhcp_transport_open()'s or dhcp_watch_open()'s; not owned */
void transport_from_socket(int fd, struct transport *ret);
