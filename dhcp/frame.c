/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/frame.h"

#include <errno.h>

enum {
        ETHERTYPE_IPV4 = 0x0800,
        ETHERTYPE_ARP_ = 0x0806,
        ARP_HTYPE_ETHERNET = 1,
        ARP_OP_REQUEST = 1,
        ARP_OP_REPLY = 2,
        IP_MIN_HEADER = 20,
        UDP_HEADER = 8,
        IP_PROTOCOL_UDP = 17,
};

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

/* RFC 768: pseudo header, UDP header and data. */
static uint16_t udp_checksum(struct in_addr src, struct in_addr dst, const void *udp, size_t len)
{
        uint32_t acc = sum(0, &src, 4);

        acc = sum(acc, &dst, 4);
        return fold(sum(acc + IP_PROTOCOL_UDP + (uint32_t)len, udp, len));
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
                 plen == 4 && op == ARP_OP_REQUEST)
                f->kind = FRAME_ARP_REQUEST;
        else
                f->kind = FRAME_UNKNOWN;
}

static void parse_udp(const uint8_t *udp, size_t len, bool partial_checksum, struct frame *f)
{
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
        /* Zero means that the sender made none. */
        if (checksum != 0 && !partial_checksum &&
            udp_checksum(f->src_ip, f->dst_ip, udp, udp_len) != 0) {
                f->kind = FRAME_BAD_CHECKSUM;
                return;
        }
        f->kind = FRAME_UDP;
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
                parse_udp(udp, total - header_len, partial_checksum, f);
}

struct frame frame_parse(const uint8_t *data, size_t len, bool partial_checksum)
{
        struct reader r = reader_init(data, len);
        struct frame f = { .kind = FRAME_MALFORMED };
        uint16_t ethertype;

        reader_copy(&r, f.dst_mac, MAC_LEN);
        reader_copy(&r, f.src_mac, MAC_LEN);
        ethertype = reader_u16(&r);
        if (r.failed)
                return f;
        if (ethertype == ETHERTYPE_IPV4)
                parse_ipv4(&r, partial_checksum, &f);
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

int frame_write_udp(uint8_t *buf, size_t size, const uint8_t src_mac[MAC_LEN],
                    const uint8_t dst_mac[MAC_LEN], struct in_addr src, struct in_addr dst,
                    uint16_t src_port, uint16_t dst_port, const uint8_t *payload, size_t len)
{
        uint8_t header[IP_MIN_HEADER], udp[UDP_HEADER];
        struct writer w = writer_init(buf, size), h = writer_init(header, sizeof(header)),
                      u = writer_init(udp, sizeof(udp));
        uint32_t acc;
        uint16_t checksum;

        if (len > 65535 - IP_MIN_HEADER - UDP_HEADER)
                return -EMSGSIZE;
        write_u8(&h, 4 << 4 | IP_MIN_HEADER / 4);
        write_u8(&h, 0xc0); /* class selector 6, as network control traffic has it */
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

        write_u16(&u, src_port);
        write_u16(&u, dst_port);
        write_u16(&u, (uint16_t)(UDP_HEADER + len));
        write_u16(&u, 0);
        acc = sum(0, &src, 4);
        acc = sum(acc, &dst, 4) + IP_PROTOCOL_UDP + UDP_HEADER + (uint32_t)len;
        acc = sum(acc, udp, sizeof(udp));
        checksum = fold(sum(acc, payload, len));
        checksum = htons(checksum ? checksum : 0xffff); /* RFC 768: zero means none */
        memcpy(udp + 6, &checksum, 2);

        write_ethernet(&w, dst_mac, src_mac, ETHERTYPE_IPV4);
        write_bytes(&w, header, sizeof(header));
        write_bytes(&w, udp, sizeof(udp));
        write_bytes(&w, payload, len);
        return writer_finish(&w);
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
