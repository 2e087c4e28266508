/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * events6.h - what the guest does over DHCPv6, told in the shared mapping
 */
#pragma once

#include "dhcp/dhcp6_decide.h"
#include "dhcp/events.h"

/** events6_note_flaw() - count what is no message by what is wrong with it */
void events6_note_flaw(struct dhcp_shared *shared, enum dhcp6_flaw flaw);

/**
 * events6_note_dhcp() - count a message of the guest's, and what became of its lease
 * Return: true if the lease changed its state
 */
bool events6_note_dhcp(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                       const struct dhcp6_request *req, enum dhcp6_event event);
