/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp6_decide.h - what a single-client DHCPv6 server says to a message; pure
 */
#pragma once

#include "dhcp/dhcp6_reply.h"

enum dhcp6_event { /* what became of the message, for lease state and counters */
        DHCP6_EVENT_SILENT_RELAYED,
        DHCP6_EVENT_SILENT_UNKNOWN, /* a message type that no client sends */
        DHCP6_EVENT_SILENT_NO_CLIENT_ID,
        DHCP6_EVENT_SILENT_SERVER_ID, /* there is one that must not be, or none that must be */
        DHCP6_EVENT_SILENT_OTHER_SERVER,
        DHCP6_EVENT_SILENT_IA,         /* one that must not be */
        DHCP6_EVENT_SILENT_NO_ADDRESS, /* nothing to confirm */
        DHCP6_EVENT_SILENT_UNICAST,
        DHCP6_EVENT_SILENT_UNBUILT, /* the reply could not be put together */
        DHCP6_EVENT_OFFERED,
        DHCP6_EVENT_ACKED,
        DHCP6_EVENT_REFUSED, /* no address in what was offered or acknowledged */
        DHCP6_EVENT_CONFIRMED,
        DHCP6_EVENT_NOT_ON_LINK,
        DHCP6_EVENT_USE_MULTICAST,
        DHCP6_EVENT_INFORMED,
        DHCP6_EVENT_DECLINED,
        DHCP6_EVENT_RELEASED,
        DHCP6_EVENT_NO_BINDING, /* declined or released what is not the pod's */
};

/** dhcp6_decide() - the reply to @req, or silence (ret->len 0) */
enum dhcp6_event dhcp6_decide(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                              struct dhcp6_reply *ret);
