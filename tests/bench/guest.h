/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guest.h - a guest as QEMU would have it: the far end of a tap, speaking DHCP in raw frames
 *
 * It says what a guest says (source 0.0.0.0, broadcast, giaddr 0, one MAC, full checksums), not
 * what a relay or a load generator of many clients would.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "podgraft/error.h"

struct guest {
        int tap;
        uint8_t mac[6];
        /* From the last OFFER. */
        struct in_addr server_id, address;
};

struct reply {
        uint32_t xid;
        uint8_t type; /* 2: OFFER, 5: ACK, 6: NAK */
        struct in_addr server_id, yiaddr;
        size_t len; /* bytes of the message */
};

uint64_t now_nsec(void); /* CLOCK_MONOTONIC */

/** guest_open() - attach to the persistent tap @name of this network namespace, non-blocking */
int guest_open(struct guest *ret, const char *name, const uint8_t mac[6], struct error *err);

/** guest_discover(), guest_request() - send; Return: 0 or a negative errno */
int guest_discover(struct guest *g, uint32_t xid);
int guest_request(struct guest *g, uint32_t xid);

/** guest_receive() - the next DHCP reply to us; Return: false: nothing there now */
bool guest_receive(struct guest *g, struct reply *ret);

/** guest_wait() - sleep until there is something to receive, or for @msec */
void guest_wait(struct guest *g, int msec);

/** guest_drain() - forget what has arrived, and what arrives within @usec of silence */
void guest_drain(struct guest *g, unsigned usec);
