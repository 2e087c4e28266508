/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/frame.h"

#include <errno.h>

enum {
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

/* RFC 768: what the checksum covers besides the UDP header and data; @len of those two. */
static uint32_t pseudo_sum(struct in_addr src, struct in_addr dst, size_t len)
{
        return sum(sum(0, &src, 4), &dst, 4) + IP_PROTOCOL_UDP + (uint32_t)len;
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
            fold(sum(pseudo_sum(f->src_ip, f->dst_ip, udp_len), udp, udp_len)) != 0) {
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
        if (ethertype == FRAME_TYPE_IPV4) {
                parse_ipv4(&r, partial_checksum, &f);
        } else if (ethertype == FRAME_TYPE_ARP) {
                f.kind = FRAME_ARP;
                f.payload_len = r.left;
                f.payload = reader_take(&r, f.payload_len);
        } else {
                f.kind = FRAME_UNKNOWN;
        }
        return f;
}

void frame_write_ethernet(struct writer *w, const uint8_t dst[MAC_LEN], const uint8_t src[MAC_LEN],
                          uint16_t type)
{
        write_bytes(w, dst, MAC_LEN);
        write_bytes(w, src, MAC_LEN);
        write_u16(w, type);
}

/* Twice: once with a checksum of zero to compute it from, once with the result. */
static void write_ipv4_header(struct writer *w, struct in_addr src, struct in_addr dst,
                              size_t total)
{
        uint16_t checksum = 0;

        for (int pass = 0; pass < 2; pass++) {
                uint8_t header[IP_MIN_HEADER];
                struct writer h = writer_init(header, sizeof(header));

                write_u8(&h, 4 << 4 | IP_MIN_HEADER / 4);
                write_u8(&h, 0xc0); /* class selector 6, as network control traffic has it */
                write_u16(&h, (uint16_t)total);
                write_u16(&h, 0);
                write_u16(&h, 0x4000); /* do not fragment */
                write_u8(&h, 64);
                write_u8(&h, IP_PROTOCOL_UDP);
                write_u16(&h, checksum);
                write_bytes(&h, &src, 4);
                write_bytes(&h, &dst, 4);
                if (pass == 0)
                        checksum = fold(sum(0, header, sizeof(header)));
                else
                        write_bytes(w, header, sizeof(header));
        }
}

static void write_udp_header(struct writer *w, struct in_addr src, struct in_addr dst,
                             uint16_t src_port, uint16_t dst_port, const uint8_t *payload,
                             size_t len)
{
        uint32_t acc = sum(pseudo_sum(src, dst, UDP_HEADER + len), payload, len);
        uint16_t checksum;

        acc += (uint32_t)src_port + dst_port + UDP_HEADER + (uint32_t)len;
        checksum = fold(acc);
        write_u16(w, src_port);
        write_u16(w, dst_port);
        write_u16(w, (uint16_t)(UDP_HEADER + len));
        write_u16(w, checksum ? checksum : 0xffff); /* RFC 768: zero means that there is none */
}

int frame_write_udp(uint8_t *buf, size_t size, const uint8_t src_mac[MAC_LEN],
                    const uint8_t dst_mac[MAC_LEN], struct in_addr src, struct in_addr dst,
                    uint16_t src_port, uint16_t dst_port, const uint8_t *payload, size_t len)
{
        struct writer w = writer_init(buf, size);

        if (len > 65535 - IP_MIN_HEADER - UDP_HEADER)
                return -EMSGSIZE;
        frame_write_ethernet(&w, dst_mac, src_mac, FRAME_TYPE_IPV4);
        write_ipv4_header(&w, src, dst, IP_MIN_HEADER + UDP_HEADER + len);
        write_udp_header(&w, src, dst, src_port, dst_port, payload, len);
        write_bytes(&w, payload, len);
        return writer_finish(&w);
}
