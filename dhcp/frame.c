/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/frame.h"

#include <errno.h>

enum {
        ETHERTYPE_IPV4 = 0x0800,
        ETHERTYPE_ARP_ = 0x0806,
        ETHERTYPE_IPV6_ = 0x86dd,
        ETHERTYPE_VLAN = 0x8100,
        ETHERTYPE_VLAN_SERVICE = 0x88a8,
        ARP_HTYPE_ETHERNET = 1,
        ARP_OP_REQUEST = 1,
        ARP_OP_REPLY = 2,
        IP_MIN_HEADER = 20,
        UDP_HEADER = 8,
        ICMP6_HEADER = 4, /* type, code, checksum */
        IP_PROTOCOL_UDP = 17,
        IP_PROTOCOL_FRAGMENT = 44,
        IP_PROTOCOL_ICMP6 = 58,
};

#define TRAFFIC_CLASS 0xc0u /* class selector 6, as network control traffic has it */

/* RFC 1071: the ones' complement sum, to be folded and inverted at the end. */
static uint32_t sum(uint32_t acc, const void *data, size_t len)
{
        struct reader r = reader_init(data, len);

        while (r.left > 1)
                acc += reader_u16(&r);
        if (r.left == 1)
                acc += (uint32_t)reader_u8(&r) << 8;
        return acc;
}

static uint16_t fold(uint32_t acc)
{
        while (acc >> 16)
                acc = (acc & 0xffff) + (acc >> 16);
        return (uint16_t)~acc;
}

/* The sum over what a checksum covers besides UDP or ICMPv6 itself: RFC 768; RFC 8200, 8.1. */
static uint32_t pseudo_header(const void *src, const void *dst, size_t addr_len, uint8_t protocol,
                              size_t len)
{
        uint32_t acc = sum(0, src, addr_len);

        acc = sum(acc, dst, addr_len) + protocol;
        return acc + (uint32_t)(len >> 16) + (uint32_t)(len & 0xffff);
}

static void parse_arp(struct reader *r, struct frame *f)
{
        uint16_t htype = reader_u16(r), ptype = reader_u16(r);
        uint8_t hlen = reader_u8(r), plen = reader_u8(r);
        uint16_t op = reader_u16(r);

        reader_copy(r, f->arp_sender_mac, MAC_LEN);
        reader_copy(r, &f->src_ip, 4);
        reader_take(r, MAC_LEN);
        reader_copy(r, &f->dst_ip, 4);
        if (r->failed)
                f->kind = FRAME_MALFORMED;
        else if (htype == ARP_HTYPE_ETHERNET && ptype == ETHERTYPE_IPV4 && hlen == MAC_LEN &&
                 plen == 4 && (op == ARP_OP_REQUEST || op == ARP_OP_REPLY))
                f->kind = op == ARP_OP_REQUEST ? FRAME_ARP_REQUEST : FRAME_ARP_REPLY;
        else
                f->kind = FRAME_UNKNOWN;
}

static void parse_udp(const uint8_t *udp, size_t len, const void *src, const void *dst,
                      size_t addr_len, bool partial_checksum, struct frame *f)
{
        bool is_v6 = addr_len == sizeof(struct in6_addr);
        struct reader r = reader_init(udp, len);
        uint16_t udp_len, checksum;

        f->src_port = reader_u16(&r);
        f->dst_port = reader_u16(&r);
        udp_len = reader_u16(&r);
        checksum = reader_u16(&r);
        if (r.failed || udp_len < UDP_HEADER || udp_len > len) {
                f->kind = FRAME_MALFORMED;
                return;
        }
        /* Zero means that the sender made none, which IPv6 does not allow (RFC 8200, 8.1). */
        if (!partial_checksum && (checksum != 0 || is_v6) &&
            (checksum == 0 || fold(sum(pseudo_header(src, dst, addr_len, IP_PROTOCOL_UDP, udp_len),
                                       udp, udp_len)) != 0)) {
                f->kind = FRAME_BAD_CHECKSUM;
                return;
        }
        f->kind = is_v6 ? FRAME_UDP6 : FRAME_UDP;
        f->payload_len = udp_len - UDP_HEADER;
        f->payload = reader_take(&r, f->payload_len);
}

static void parse_ipv4(struct reader *r, bool partial_checksum, struct frame *f)
{
        struct reader header = *r;
        uint8_t version_ihl = reader_u8(r), protocol;
        size_t header_len = (size_t)(version_ihl & 15) * 4;
        uint16_t total, fragment;
        const uint8_t *whole, *udp;

        reader_u8(r); /* DSCP, ECN */
        total = reader_u16(r);
        reader_u16(r); /* identification */
        fragment = reader_u16(r);
        reader_u8(r); /* TTL */
        protocol = reader_u8(r);
        reader_u16(r); /* checksum */
        reader_copy(r, &f->src_ip, 4);
        reader_copy(r, &f->dst_ip, 4);
        f->kind = FRAME_MALFORMED;
        whole = reader_take(&header, header_len);
        if (r->failed || !whole || version_ihl >> 4 != 4 || header_len < IP_MIN_HEADER ||
            total < header_len)
                return;
        if (fold(sum(0, whole, header_len)) != 0) {
                f->kind = FRAME_BAD_CHECKSUM;
                return;
        }
        if (fragment & 0x3fff) { /* more fragments, or not the first */
                f->kind = FRAME_FRAGMENT;
                return;
        }
        if (protocol != IP_PROTOCOL_UDP) {
                f->kind = FRAME_UNKNOWN;
                return;
        }
        udp = reader_take(&header, total - header_len); /* padding behind it is not ours */
        if (udp)
                parse_udp(udp, total - header_len, &f->src_ip, &f->dst_ip, 4, partial_checksum, f);
}

static void parse_icmp6(const uint8_t *message, size_t len, bool partial_checksum, struct frame *f)
{
        f->kind = FRAME_MALFORMED;
        if (len < ICMP6_HEADER)
                return;
        f->payload = message;
        f->payload_len = len;
        f->kind = partial_checksum || fold(sum(pseudo_header(&f->src_ip6, &f->dst_ip6, 16,
                                                             IP_PROTOCOL_ICMP6, len),
                                               message, len)) == 0
                          ? FRAME_ICMP6
                          : FRAME_BAD_CHECKSUM;
}

static void parse_ipv6(struct reader *r, bool partial_checksum, struct frame *f)
{
        uint8_t version = reader_u8(r) >> 4, next_header;
        const uint8_t *payload;
        size_t len;

        reader_take(r, 3); /* traffic class, flow label */
        len = reader_u16(r);
        next_header = reader_u8(r);
        f->hop_limit = reader_u8(r);
        reader_copy(r, &f->src_ip6, 16);
        reader_copy(r, &f->dst_ip6, 16);
        payload = reader_take(r, len); /* padding behind it is not ours */
        f->kind = FRAME_MALFORMED;
        if (!payload || version != 6)
                return;
        if (next_header == IP_PROTOCOL_UDP)
                parse_udp(payload, len, &f->src_ip6, &f->dst_ip6, 16, partial_checksum, f);
        else if (next_header == IP_PROTOCOL_ICMP6)
                parse_icmp6(payload, len, partial_checksum, f);
        else
                f->kind = next_header == IP_PROTOCOL_FRAGMENT ? FRAME_FRAGMENT : FRAME_UNKNOWN;
}

struct frame frame_parse_ipv6(const uint8_t *data, size_t len, bool partial_checksum)
{
        struct reader r = reader_init(data, len);
        struct frame f = { .kind = FRAME_MALFORMED };

        parse_ipv6(&r, partial_checksum, &f);
        return f;
}

struct frame frame_parse(const uint8_t *data, size_t len, bool partial_checksum)
{
        struct reader r = reader_init(data, len);
        struct frame f = { .kind = FRAME_MALFORMED };
        bool is_tagged = false;
        uint16_t ethertype;

        reader_copy(&r, f.dst_mac, MAC_LEN);
        reader_copy(&r, f.src_mac, MAC_LEN);
        ethertype = reader_u16(&r);
        /* The kernel took the outer tag off; IEEE 802.1Q: id 0 carries a priority only. */
        if (ethertype == ETHERTYPE_VLAN || ethertype == ETHERTYPE_VLAN_SERVICE) {
                is_tagged = reader_u16(&r) & 0xfff;
                ethertype = reader_u16(&r);
        }
        if (r.failed)
                return f;
        if (is_tagged)
                f.kind = FRAME_VLAN;
        else if (ethertype == ETHERTYPE_IPV4)
                parse_ipv4(&r, partial_checksum, &f);
        else if (ethertype == ETHERTYPE_IPV6_)
                parse_ipv6(&r, partial_checksum, &f);
        else if (ethertype == ETHERTYPE_ARP_)
                parse_arp(&r, &f);
        else
                f.kind = FRAME_UNKNOWN;
        return f;
}

static void write_ethernet(struct writer *w, const uint8_t dst[MAC_LEN], const uint8_t src[MAC_LEN],
                           uint16_t ethertype)
{
        write_bytes(w, dst, MAC_LEN);
        write_bytes(w, src, MAC_LEN);
        write_u16(w, ethertype);
}

/* Also over the data behind it; @pseudo: pseudo_header()'s. */
static void write_udp_header(struct writer *w, uint32_t pseudo, uint16_t src_port,
                             uint16_t dst_port, const uint8_t *payload, size_t len)
{
        uint8_t udp[UDP_HEADER];
        struct writer u = writer_init(udp, sizeof(udp));
        uint16_t checksum;

        write_u16(&u, src_port);
        write_u16(&u, dst_port);
        write_u16(&u, (uint16_t)(UDP_HEADER + len));
        checksum = fold(sum(sum(pseudo, udp, u.len), payload, len));
        write_u16(&u, checksum ? checksum : 0xffff); /* RFC 768: zero means none */
        write_bytes(w, udp, sizeof(udp));
}

int frame_write_udp(uint8_t *buf, size_t size, const uint8_t src_mac[MAC_LEN],
                    const uint8_t dst_mac[MAC_LEN], struct in_addr src, struct in_addr dst,
                    uint16_t src_port, uint16_t dst_port, const uint8_t *payload, size_t len)
{
        uint8_t header[IP_MIN_HEADER];
        struct writer w = writer_init(buf, size), h = writer_init(header, sizeof(header));
        uint16_t checksum;

        if (len > 65535 - IP_MIN_HEADER - UDP_HEADER)
                return -EMSGSIZE;
        write_u8(&h, 4 << 4 | IP_MIN_HEADER / 4);
        write_u8(&h, TRAFFIC_CLASS);
        write_u16(&h, (uint16_t)(IP_MIN_HEADER + UDP_HEADER + len));
        write_u16(&h, 0);
        write_u16(&h, 0x4000); /* do not fragment */
        write_u8(&h, 64);
        write_u8(&h, IP_PROTOCOL_UDP);
        write_u16(&h, 0);
        write_bytes(&h, &src, 4);
        write_bytes(&h, &dst, 4);
        checksum = htons(fold(sum(0, header, sizeof(header))));
        memcpy(header + 10, &checksum, 2);

        write_ethernet(&w, dst_mac, src_mac, ETHERTYPE_IPV4);
        write_bytes(&w, header, sizeof(header));
        write_udp_header(&w, pseudo_header(&src, &dst, 4, IP_PROTOCOL_UDP, UDP_HEADER + len),
                         src_port, dst_port, payload, len);
        write_bytes(&w, payload, len);
        return writer_finish(&w);
}

static void write_ip6_header(struct writer *w, const struct in6_addr *src,
                             const struct in6_addr *dst, uint8_t next_header, uint8_t hop_limit,
                             size_t len)
{
        write_u32(w, 6u << 28 | TRAFFIC_CLASS << 20);
        write_u16(w, (uint16_t)len);
        write_u8(w, next_header);
        write_u8(w, hop_limit);
        write_bytes(w, src, 16);
        write_bytes(w, dst, 16);
}

int frame_write_udp6(uint8_t *buf, size_t size, const uint8_t src_mac[MAC_LEN],
                     const uint8_t dst_mac[MAC_LEN], const struct in6_addr *src,
                     const struct in6_addr *dst, uint16_t src_port, uint16_t dst_port,
                     const uint8_t *payload, size_t len)
{
        struct writer w = writer_init(buf, size);

        if (len > 65535 - UDP_HEADER)
                return -EMSGSIZE;
        write_ethernet(&w, dst_mac, src_mac, ETHERTYPE_IPV6_);
        write_ip6_header(&w, src, dst, IP_PROTOCOL_UDP, 64, UDP_HEADER + len);
        write_udp_header(&w, pseudo_header(src, dst, 16, IP_PROTOCOL_UDP, UDP_HEADER + len),
                         src_port, dst_port, payload, len);
        write_bytes(&w, payload, len);
        return writer_finish(&w);
}

int frame_write_icmp6(uint8_t *buf, size_t size, const uint8_t src_mac[MAC_LEN],
                      const uint8_t dst_mac[MAC_LEN], const struct in6_addr *src,
                      const struct in6_addr *dst, const uint8_t *message, size_t len)
{
        struct writer w = writer_init(buf, size);
        uint32_t acc = pseudo_header(src, dst, 16, IP_PROTOCOL_ICMP6, len);

        if (len < ICMP6_HEADER || len > 65535)
                return -EMSGSIZE;
        acc = sum(acc, message, 2);
        write_ethernet(&w, dst_mac, src_mac, ETHERTYPE_IPV6_);
        write_ip6_header(&w, src, dst, IP_PROTOCOL_ICMP6, 255, len);
        write_bytes(&w, message, 2);
        write_u16(&w, fold(sum(acc, message + ICMP6_HEADER, len - ICMP6_HEADER)));
        write_bytes(&w, message + ICMP6_HEADER, len - ICMP6_HEADER);
        return writer_finish(&w);
}

void frame_multicast_mac(const struct in6_addr *group, uint8_t ret[MAC_LEN])
{
        ret[0] = ret[1] = 0x33;
        memcpy(ret + 2, group->s6_addr + 12, 4);
}

int frame_write_arp_reply(uint8_t *buf, size_t size, const uint8_t mac[MAC_LEN], struct in_addr ip,
                          const struct frame *request)
{
        struct writer w = writer_init(buf, size);

        write_ethernet(&w, request->arp_sender_mac, mac, ETHERTYPE_ARP_);
        write_u16(&w, ARP_HTYPE_ETHERNET);
        write_u16(&w, ETHERTYPE_IPV4);
        write_u8(&w, MAC_LEN);
        write_u8(&w, 4);
        write_u16(&w, ARP_OP_REPLY);
        write_bytes(&w, mac, MAC_LEN);
        write_bytes(&w, &ip, 4);
        write_bytes(&w, request->arp_sender_mac, MAC_LEN);
        write_bytes(&w, &request->src_ip, 4);
        return writer_finish(&w);
}
