/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frame.h - Ethernet, ARP, IPv4, IPv6 and UDP around a DHCP message; ICMPv6
 */
#pragma once

#include <netinet/in.h>

#include "dhcp/cursor.h"
#include "podgraft/podnet.h"

enum frame_kind {
        FRAME_MALFORMED,
        FRAME_UNKNOWN, /* nothing for us */
        FRAME_VLAN,    /* has a tag in it other than a priority tag */
        FRAME_FRAGMENT,
        FRAME_BAD_CHECKSUM,
        FRAME_ARP_REQUEST,
        FRAME_ARP_REPLY,
        FRAME_UDP,
        FRAME_UDP6,
        FRAME_ICMP6,
};

struct frame {
        enum frame_kind kind;
        uint8_t src_mac[MAC_LEN], dst_mac[MAC_LEN];
        struct in_addr src_ip, dst_ip; /* ARP: sender and target; network byte order */
        uint8_t arp_sender_mac[MAC_LEN];
        struct in6_addr src_ip6, dst_ip6;
        uint8_t hop_limit;           /* IPv6 */
        uint16_t src_port, dst_port; /* host byte order */
        const uint8_t *payload;      /* of UDP; all of an ICMPv6 message; into the parsed bytes */
        size_t payload_len;
};

/**
 * frame_parse() - what a frame is
 * @partial_checksum: the kernel says the UDP or ICMPv6 checksum is not filled in yet (offload)
 * Every length is proven here, whatever a kernel filter looked at before. IPv6 extension headers
 * are not followed: neither DHCPv6 nor neighbour discovery has any (RFC 6980 for fragments).
 */
struct frame frame_parse(const uint8_t *data, size_t len, bool partial_checksum);

/** frame_parse_ipv6() - the same for an IPv6 packet without its Ethernet header; the MACs are 0 */
struct frame frame_parse_ipv6(const uint8_t *data, size_t len, bool partial_checksum);

/** frame_write_udp() - Return: frame length in bytes, or -EMSGSIZE */
int frame_write_udp(uint8_t *buf, size_t size, const uint8_t src_mac[MAC_LEN],
                    const uint8_t dst_mac[MAC_LEN], struct in_addr src, struct in_addr dst,
                    uint16_t src_port, uint16_t dst_port, const uint8_t *payload, size_t len);

/** frame_write_udp6() - as frame_write_udp() */
int frame_write_udp6(uint8_t *buf, size_t size, const uint8_t src_mac[MAC_LEN],
                     const uint8_t dst_mac[MAC_LEN], const struct in6_addr *src,
                     const struct in6_addr *dst, uint16_t src_port, uint16_t dst_port,
                     const uint8_t *payload, size_t len);

/**
 * frame_write_icmp6() - with hop limit 255, as neighbour discovery has it (RFC 4861 section 3.1)
 * @message: its checksum field is not looked at
 */
int frame_write_icmp6(uint8_t *buf, size_t size, const uint8_t src_mac[MAC_LEN],
                      const uint8_t dst_mac[MAC_LEN], const struct in6_addr *src,
                      const struct in6_addr *dst, const uint8_t *message, size_t len);

/** frame_multicast_mac() - the address of an IPv6 group's frames; RFC 2464 section 7 */
void frame_multicast_mac(const struct in6_addr *group, uint8_t ret[MAC_LEN]);

/** frame_write_arp_reply() - "@ip is at @mac", to the asker; RFC 826 */
int frame_write_arp_reply(uint8_t *buf, size_t size, const uint8_t mac[MAC_LEN], struct in_addr ip,
                          const struct frame *request);
