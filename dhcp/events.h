/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * events.h - what the guest does, told in the shared mapping
 */
#pragma once

#include "dhcp/dhcp4_decide.h"
#include "dhcp/frame.h"

#define EVENTS_COUNT(shared, name)                                                                 \
        atomic_fetch_add_explicit(&(shared)->name, 1, memory_order_relaxed)

uint64_t events_realtime_usec(void);

/** events_note_start() - this process answers from now on; a restart, unless it was handed over */
void events_note_start(struct dhcp_shared *shared);

/** events_note_flaw() - count what is no message by what is wrong with it */
void events_note_flaw(struct dhcp_shared *shared, enum dhcp4_flaw flaw);

/**
 * events_note_dhcp() - count a message of the guest's, and what became of its lease
 * Return: true if the lease changed its state
 */
bool events_note_dhcp(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                      const struct dhcp4_request *req, enum dhcp4_event event);

/** events_note_arp() - the guest sends ARP, request or reply: with which address of its own? */
void events_note_arp(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                     const struct frame *f);

/** events_note_nd() - the guest sends neighbour discovery: with which address of its own? */
void events_note_nd(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                    const struct in6_addr *src);
