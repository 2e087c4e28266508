/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_responder.c - a configuration (seven bytes) and frames, one after the other, through the
 * responder: Ethernet, ARP, IPv4, UDP and all that is behind them
 *
 * A frame is a byte of flags, two of length, and the frame. Checksums are the fuzzer's bane, so
 * a flag has them made right.
 */
#include "dhcp/frame.h"
#include "dhcp/responder.h"
#include "podgraft/log.h"
#include "tests/fuzz/dhcp4_conf.h"

#define FRAMES_MOST 16

enum {
        FLAG_PARTIAL_CHECKSUM = 1,
        FLAG_TAGGED = 2,
        FLAG_MEND_CHECKSUM = 4,
        FLAG_SEND_FAILS = 8,
};

struct wire {
        struct transport transport;
        uint8_t sent[2048];
        size_t len;
        unsigned n;
        bool fails;
};

static int wire_send(struct transport *t, const void *frame, size_t len)
{
        struct wire *wire = (struct wire *)t;

        must(len <= sizeof(wire->sent));
        memcpy(wire->sent, frame, len);
        wire->len = len;
        wire->n++;
        return wire->fails ? -ENOBUFS : 0;
}

/* RFC 1071, of an IPv4 header without options or with. */
static void mend_checksum(uint8_t *frame, size_t len)
{
        size_t header = len > 14 ? (frame[14] & 15u) * 4u : 0;
        uint32_t sum = 0;

        if (header < 20 || len < 14 + header)
                return;
        frame[24] = frame[25] = 0;
        for (size_t i = 14; i < 14 + header; i += 2)
                sum += (uint32_t)frame[i] << 8 | frame[i + 1];
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        frame[24] = (uint8_t)(~sum >> 8);
        frame[25] = (uint8_t)~sum;
}

/* Who may be said to have @ip: the responder, or a fixed neighbour. */
static const uint8_t *owner(const struct dhcp_conf *conf, const uint8_t ip[4])
{
        must(memcmp(ip, &conf->address, 4) != 0);
        if (memcmp(ip, &conf->server_ip, 4) == 0)
                return conf->server_mac;
        for (uint32_t i = 0; i < conf->n_neighbours; i++)
                if (memcmp(ip, &conf->neighbours[i].ip, 4) == 0)
                        return conf->neighbours[i].mac;
        must(false);
        return NULL;
}

static void must_be_for_the_guest(const struct dhcp_conf *conf, const struct wire *wire)
{
        static const uint8_t everybody[MAC_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        uint8_t *exact = malloc(wire->len);
        struct frame f;

        must(exact);
        memcpy(exact, wire->sent, wire->len);
        f = frame_parse(exact, wire->len, false);
        must(memcmp(f.dst_mac, conf->guest_mac, MAC_LEN) == 0 ||
             memcmp(f.dst_mac, everybody, MAC_LEN) == 0 ||
             (f.kind == FRAME_ICMP6 && f.dst_mac[0] == 0x33 && f.dst_mac[1] == 0x33));
        if (f.kind == FRAME_UDP) { /* so its checksums are right */
                must(memcmp(f.src_mac, conf->server_mac, MAC_LEN) == 0);
                must(f.src_ip.s_addr == conf->server_ip.s_addr);
                must(f.src_port == 67 && f.dst_port == 68);
                must(f.payload_len >= 300);
        } else if (f.kind == FRAME_UDP6) {
                must(memcmp(f.src_mac, conf->server_mac, MAC_LEN) == 0);
                must(memcmp(f.dst_mac, conf->guest_mac, MAC_LEN) == 0);
                must(memcmp(&f.src_ip6, &conf->server_ip6, 16) == 0);
                must(f.src_port == 547 && f.dst_port == 546 && f.dst_ip6.s6_addr[0] != 0xff);
                must(f.payload_len > 4 && (f.payload[0] == 2 || f.payload[0] == 7));
        } else if (f.kind == FRAME_ICMP6) {
                must(f.hop_limit == 255);
        } else {
                must(f.kind == FRAME_ARP_REPLY && wire->len == 42);
                must(memcmp(exact + 12, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x02", 10) == 0);
                must(memcmp(exact + 22, owner(conf, exact + 28), MAC_LEN) == 0);
                must(memcmp(f.src_mac, exact + 22, MAC_LEN) == 0);
                must(memcmp(exact + 32, conf->guest_mac, MAC_LEN) == 0);
        }
        free(exact);
}

/* Every frame is one drop, or one message that the guest had a right to send. */
static uint64_t outcomes(const struct dhcp_shared *s)
{
        return s->drop_other_client + s->drop_other_server + s->drop_other_address +
               s->drop_malformed + s->drop_length + s->drop_op + s->drop_htype + s->drop_hlen +
               s->drop_cookie + s->drop_options + s->drop_type + s->drop_relayed + s->drop_port +
               s->drop_vlan + s->drop_fragment + s->drop_checksum + s->drop_unknown +
               s->drop_source + s->drop_client_id + s->drop_server_id + s->drop_ia +
               s->drop_no_address + s->drop_unicast + s->drop_nd;
}

static void handle(struct responder *r, struct wire *wire, uint8_t *frame, size_t len,
                   uint8_t flags)
{
        struct transport_info info = { .partial_checksum = flags & FLAG_PARTIAL_CHECKSUM,
                                       .tagged = flags & FLAG_TAGGED };
        uint64_t frames = r->shared->frames, drops = outcomes(r->shared),
                 failed = r->shared->send_failed;

        uint64_t arps = r->shared->arp_reply;

        wire->n = 0;
        wire->fails = flags & FLAG_SEND_FAILS;
        responder_handle(r, frame, len, &info);
        must(r->shared->frames == frames + 1);
        must(outcomes(r->shared) <= drops + 1);
        must(wire->n <= 1);
        must(r->shared->send_failed == failed + (wire->n && wire->fails));
        if (wire->n == 0)
                return;
        must(outcomes(r->shared) == drops); /* what is dropped is not answered */
        must(!info.tagged);
        /* A DHCP client may send from another address than its chaddr; who asks by ARP not. */
        must(memcmp(frame + 6, r->conf->guest_mac, MAC_LEN) == 0 || r->shared->arp_reply == arps);
        /* Only IPv6 has a reply that may not fit: what is taken back is listed. */
        must(r->shared->build_failed == 0 || r->conf->serves_dhcp6);
        must_be_for_the_guest(r->conf, wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        static struct dhcp_conf conf;
        static struct dhcp_shared shared;
        static struct wire wire = { .transport = { .send = wire_send } };
        struct responder responder = { .conf = &conf,
                                       .shared = &shared,
                                       .transport = &wire.transport };
        struct reader r = reader_init(data, len);

        log_setup("fuzz", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT, -1);
        memset(&shared, 0, sizeof(shared));
        fuzz_conf(&r, &conf, NULL);
        for (int i = 0; i < FRAMES_MOST && r.left > 0 && !r.failed; i++) {
                uint8_t flags = reader_u8(&r), *exact;
                size_t n = reader_u16(&r);
                const uint8_t *frame = reader_take(&r, n = n > r.left ? r.left : n);

                if (!frame || !(exact = malloc(n ? n : 1)))
                        break;
                memcpy(exact, frame, n);
                if (flags & FLAG_MEND_CHECKSUM)
                        mend_checksum(exact, n);
                handle(&responder, &wire, exact, n, flags);
                free(exact);
        }
        must(memchr(shared.guest_hostname, '\0', sizeof(shared.guest_hostname)));
        must(memchr(shared.guest_vendor_class, '\0', sizeof(shared.guest_vendor_class)));
        return 0;
}
