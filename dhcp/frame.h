/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frame.h - Ethernet, IPv4 and UDP around a DHCP message
 */
#pragma once

#include <netinet/in.h>

#include "dhcp/cursor.h"
#include "podgraft/podnet.h"

enum { /* IEEE 802 numbers */
        FRAME_TYPE_IPV4 = 0x0800,
        FRAME_TYPE_ARP = 0x0806,
};

enum frame_kind {
        FRAME_MALFORMED,
        FRAME_UNKNOWN, /* nothing for us */
        FRAME_FRAGMENT,
        FRAME_BAD_CHECKSUM,
        FRAME_ARP,
        FRAME_UDP,
};

struct frame {
        enum frame_kind kind;
        uint8_t src_mac[MAC_LEN], dst_mac[MAC_LEN];
        struct in_addr src_ip, dst_ip; /* UDP; network byte order */
        uint16_t src_port, dst_port;   /* UDP; host byte order */
        const uint8_t *payload;        /* of UDP, or ARP's packet; into the parsed bytes */
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

/** frame_write_ethernet() - the header alone */
void frame_write_ethernet(struct writer *w, const uint8_t dst[MAC_LEN], const uint8_t src[MAC_LEN],
                          uint16_t type);
