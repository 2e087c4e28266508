/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_decide.h - what a single-client server says to a message; pure
 */
#pragma once

#include "dhcp/dhcp4_reply.h"

enum dhcp4_event { /* what became of the message, for lease state and counters */
        DHCP4_EVENT_SILENT_OTHER_CLIENT, /* not the guest's chaddr */
        DHCP4_EVENT_SILENT_OTHER_SERVER,
        DHCP4_EVENT_SILENT_OTHER_ADDRESS, /* declined or released one that is not the guest's */
        DHCP4_EVENT_SILENT_RELAYED,
        DHCP4_EVENT_SILENT_UNKNOWN, /* a message type that no client sends */
        DHCP4_EVENT_SILENT_UNBUILT, /* the reply could not be put together */
        DHCP4_EVENT_OFFERED,
        DHCP4_EVENT_ACKED,
        DHCP4_EVENT_NAKED,
        DHCP4_EVENT_INFORMED,
        DHCP4_EVENT_DECLINED,
        DHCP4_EVENT_RELEASED,
};

/** dhcp4_decide() - the reply to @req, or silence (ret->len 0) */
enum dhcp4_event dhcp4_decide(const struct dhcp_conf *conf, const struct dhcp4_request *req,
                              struct dhcp4_reply *ret);
