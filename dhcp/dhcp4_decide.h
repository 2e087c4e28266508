/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_decide.h - what a single-client server says to a message; pure
 */
#pragma once

#include "dhcp/dhcp4_message.h"
#include "podgraft/dhcp.h"

enum dhcp4_event { /* what became of the message, for lease state and counters */
        DHCP4_EVENT_SILENT_OTHER_CLIENT, /* not the guest's chaddr */
        DHCP4_EVENT_SILENT_OTHER_SERVER,
        DHCP4_EVENT_SILENT_RELAYED,
        DHCP4_EVENT_SILENT_UNKNOWN,
        DHCP4_EVENT_OFFERED,
        DHCP4_EVENT_ACKED,
        DHCP4_EVENT_NAKED,
        DHCP4_EVENT_INFORMED,
        DHCP4_EVENT_DECLINED,
        DHCP4_EVENT_RELEASED,
};

#define DHCP4_REPLY_MAX 1500

struct dhcp4_reply {
        uint8_t data[DHCP4_REPLY_MAX];
        size_t len;            /* bytes; 0: silence */
        struct in_addr dst_ip; /* network byte order */
        uint8_t dst_mac[MAC_LEN];
};

/** dhcp4_decide() - the reply to @req, or silence (ret->len 0) */
enum dhcp4_event dhcp4_decide(const struct dhcp_conf *conf, const struct dhcp4_request *req,
                              struct dhcp4_reply *ret);
