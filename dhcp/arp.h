/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arp.h - ARP for IPv4 over Ethernet (RFC 826), between wire and values
 */
#pragma once

#include <netinet/in.h>

#include "dhcp/cursor.h"
#include "podgraft/podnet.h"

enum {
        ARP_HTYPE_ETHERNET = 1,
        ARP_OP_REQUEST = 1,
        ARP_OP_REPLY = 2,
};

struct arp_packet {
        uint16_t op;
        uint8_t sender_mac[MAC_LEN], target_mac[MAC_LEN];
        struct in_addr sender_ip, target_ip; /* network byte order */
};

/** arp_parse() - Return: 0; -EBADMSG: not ARP for IPv4 over Ethernet; *ret is untouched then */
int arp_parse(const uint8_t *data, size_t len, struct arp_packet *ret);

/** arp_write_reply() - "the address you ask for is at @mac"; the ARP packet without Ethernet */
void arp_write_reply(struct writer *w, const uint8_t mac[MAC_LEN],
                     const struct arp_packet *request);
