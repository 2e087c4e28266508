/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_reply.h - a reply put together so that it fits; pure
 */
#pragma once

#include "dhcp/dhcp4_message.h"
#include "podgraft/dhcp.h"

#define DHCP4_REPLY_MAX 1500

struct dhcp4_reply {
        uint8_t data[DHCP4_REPLY_MAX];
        size_t len;            /* bytes; 0: silence */
        struct in_addr dst_ip; /* network byte order */
        uint8_t dst_mac[MAC_LEN];
};

/**
 * dhcp4_reply_build() - fill in ret->data and ret->len
 * @type: DHCP4_OFFER, DHCP4_ACK, DHCP4_NAK; 0: BOOTP
 * What does not fit in what the client takes (57) goes into file and sname (52); where that is too
 * little as well, the least wanted is left out.
 * Return: 0; -EMSGSIZE, with ret->len 0
 */
int dhcp4_reply_build(const struct dhcp_conf *conf, const struct dhcp4_request *req, uint8_t type,
                      struct in_addr yiaddr, struct dhcp4_reply *ret);
