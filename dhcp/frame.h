/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frame.h - Ethernet, ARP, IPv4 and UDP around a DHCP message
 */
#pragma once

#include <netinet/in.h>

#include "dhcp/cursor.h"
#include "podgraft/podnet.h"

enum frame_kind {
        FRAME_MALFORMED,
        FRAME_UNKNOWN, /* nothing for us */
        FRAME_FRAGMENT,
        FRAME_BAD_CHECKSUM,
        FRAME_ARP_REQUEST,
        FRAME_UDP,
};

struct frame {
        enum frame_kind kind;
        uint8_t src_mac[MAC_LEN], dst_mac[MAC_LEN];
        struct in_addr src_ip, dst_ip; /* ARP: sender and target; network byte order */
        uint8_t arp_sender_mac[MAC_LEN];
        uint16_t src_port, dst_port; /* host byte order */
        const uint8_t *payload;      /* UDP; into the parsed bytes */
        size_t payload_len;
};

/**
 * frame_parse() - what a frame is
 * @partial_checksum: the kernel says the UDP checksum is not filled in yet (offload)
 * Every length is proven here, whatever a kernel filter looked at before.
 */
struct frame frame_parse(const uint8_t *data, size_t len, bool partial_checksum);

/** frame_write_udp() - Return: frame length in bytes, or -EMSGSIZE */
int frame_write_udp(uint8_t *buf, size_t size, const uint8_t src_mac[MAC_LEN],
                    const uint8_t dst_mac[MAC_LEN], struct in_addr src, struct in_addr dst,
                    uint16_t src_port, uint16_t dst_port, const uint8_t *payload, size_t len);

/** frame_write_arp_reply() - "@ip is at @mac", to the asker; RFC 826 */
int frame_write_arp_reply(uint8_t *buf, size_t size, const uint8_t mac[MAC_LEN], struct in_addr ip,
                          const struct frame *request);
