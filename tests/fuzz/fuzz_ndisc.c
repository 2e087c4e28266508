/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_ndisc.c - a pod (a byte), and what its guest and its segment say of neighbours and routers,
 * one message after the other on a clock that the input drives, through the responder as a router
 *
 * An event is a byte of what it is, a byte of addresses, one of time, two of length, and the ICMPv6
 * message, around which a packet with a right checksum is made; or a whole packet as it stands.
 *
 * Whatever is said: only the guest is answered, by rules that are written here once more, and never
 * for its own addresses; advertisements to everybody and asks keep their distance; a gateway's MAC
 * is one that was told on the segment.
 */
#include <arpa/inet.h>

#include "dhcp/lease6.h"
#include "dhcp/responder.h"
#include "podgraft/log.h"
#include "tests/fuzz/fuzz.h"

#define EVENTS_MOST 64

enum {
        EVENT_SEGMENT = 1, /* not the guest's, but the segment's */
        EVENT_WHOLE = 2,   /* an IPv6 packet as it stands */
        EVENT_OTHER_MAC = 4,
        EVENT_TAGGED = 8,
        EVENT_SEND_FAILS = 16,
        EVENT_PARTIAL = 32,
        EVENT_NEAR = 64,   /* hop limit 255 */
        EVENT_LATER = 128, /* what is due happens first */
};

static const uint8_t guest_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 7 };
static const uint8_t other_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 8 };
static const uint8_t gateway_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 9 };
static const uint8_t server_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 1 };

static struct dhcp_conf conf;
static struct dhcp_shared shared;

static struct wire {
        struct transport transport;
        bool fails;
        unsigned n, n_ra, n_ask;
        uint64_t last_ra_msec, last_ask_msec[DHCP_MAX_ROUTERS6];
} wire;

static struct responder responder;

static struct in6_addr ip6(const char *text)
{
        struct in6_addr addr;

        must(inet_pton(AF_INET6, text, &addr) == 1);
        return addr;
}

static bool is(const struct in6_addr *a, const struct in6_addr *b)
{
        return memcmp(a, b, 16) == 0;
}

static bool is_guests(const struct in6_addr *ip)
{
        for (uint32_t i = 0; i < conf.n_addresses6; i++)
                if (is(ip, &conf.addresses6[i].ip))
                        return true;
        return false;
}

/* --- what is sent --- */

static void must_be_an_ra(const struct frame *f)
{
        bool is_router = false;
        size_t at = 16;

        must(f->payload_len >= 16 && f->payload_len <= 1240 && f->payload[1] == 0);
        must(conf.serves_ra);
        for (uint32_t i = 0; i < conf.n_routers6; i++)
                is_router |= is(&f->src_ip6, &conf.routers6[i].link_local);
        must(is_router && IN6_IS_ADDR_LINKLOCAL(&f->src_ip6));
        while (at < f->payload_len) {
                size_t len = f->payload_len - at >= 2 ? f->payload[at + 1] * 8u : 0;

                must(len > 0 && len <= f->payload_len - at);
                /* Never autonomous: the guest is to have the pod's addresses. */
                must(f->payload[at] != 3 || (len == 32 && (f->payload[at + 3] & 0x40) == 0));
                must(f->payload[at] != 1 || memcmp(f->payload + at + 2, f->src_mac, 6) == 0);
                at += len;
        }
        /* Several advertisements of one time count as one. */
        if (!IN6_IS_ADDR_MULTICAST(&f->dst_ip6))
                return;
        must(wire.n_ra++ == 0 || responder.now_msec == wire.last_ra_msec ||
             responder.now_msec - wire.last_ra_msec >= ND_MIN_DELAY_BETWEEN_RAS_MSEC);
        wire.last_ra_msec = responder.now_msec;
}

/* In the name of a gateway that is followed: what makes a guest doubt its MAC, but believe no
 * other. */
static void must_be_a_doubt(const struct frame *f, const struct nd_message *m)
{
        bool is_followed = false;

        for (uint32_t i = 0; i < conf.n_routers6; i++)
                is_followed |=
                        conf.routers6[i].is_followed && is(&m->target, &conf.routers6[i].gateway);
        must(is_followed && !m->is_solicited && is(&f->dst_ip6, &responder.nd.guest_ip));
        must(is(&m->target, &f->src_ip6) && memcmp(m->mac, conf.server_mac, MAC_LEN) == 0);
}

static void must_be_an_na(const struct frame *f)
{
        struct nd_message m = { 0 };
        struct frame copy = *f;

        must(ndisc_parse(&copy, &m) == ND_FLAW_NONE && m.has_mac);
        if (!m.is_override) {
                must_be_a_doubt(f, &m);
                return;
        }
        must(is(&m.target, &f->src_ip6) && memcmp(m.mac, f->src_mac, MAC_LEN) == 0);
        must(!is_guests(&m.target) && memcmp(m.mac, conf.guest_mac, MAC_LEN) != 0);
        must(m.is_solicited == !IN6_IS_ADDR_MULTICAST(&f->dst_ip6));
        for (uint32_t i = 0; i < conf.n_routers6; i++)
                must(!is(&m.target, &conf.routers6[i].link_local) || (f->payload[4] & 0x80));
}

/* In the name of a gateway that is followed, without its MAC. */
static void must_be_an_ask(const struct frame *f)
{
        struct in6_addr target;

        must(f->payload_len == 24);
        memcpy(&target, f->payload + 8, 16);
        must(is(&target, &f->dst_ip6) && is(&target, &responder.nd.guest_ip));
        for (uint32_t i = 0; i < conf.n_routers6; i++) {
                const struct dhcp_router6 *router = &conf.routers6[i];

                if (!router->is_followed || !is(&f->src_ip6, &router->gateway))
                        continue;
                must(wire.last_ask_msec[i] == 0 ||
                     responder.now_msec - wire.last_ask_msec[i] >= GATEWAY_INTERVAL_MSEC);
                wire.last_ask_msec[i] = responder.now_msec;
                return;
        }
        must(false);
}

static int wire_send(struct transport *t, const void *frame, size_t len)
{
        uint8_t *exact = malloc(len);
        struct frame f;

        (void)t;
        must(exact && len <= 1294);
        memcpy(exact, frame, len);
        f = frame_parse(exact, len, false); /* so its checksum is right */
        must(f.kind == FRAME_ICMP6 && f.hop_limit == 255);
        must(IN6_IS_ADDR_MULTICAST(&f.dst_ip6) ? memcmp(f.dst_mac, "\x33\x33\0\0\0\1", MAC_LEN) == 0
                                               : memcmp(f.dst_mac, conf.guest_mac, MAC_LEN) == 0);
        must(!(f.src_mac[0] & 1) && memcmp(f.src_mac, conf.guest_mac, MAC_LEN) != 0);
        if (f.payload[0] == 134)
                must_be_an_ra(&f);
        else if (f.payload[0] == 136)
                must_be_an_na(&f);
        else if (f.payload[0] == 135)
                must_be_an_ask(&f);
        else
                must(false);
        wire.n++;
        free(exact);
        return wire.fails ? -ENOBUFS : 0;
}

/* --- what is heard --- */

static struct in6_addr choose(unsigned which)
{
        static const char *const texts[] = { "::",        "fe80::7", "fd00:1::7",
                                             "fd00:1::1", "fe80::1", "fd00:1::2",
                                             "ff02::1",   "ff02::2", "fd00:9::1" };

        which %= ARRAY_SIZE(texts) + 3;
        if (which < ARRAY_SIZE(texts))
                return ip6(texts[which]);
        return which == ARRAY_SIZE(texts)       ? conf.server_ip6
               : which == ARRAY_SIZE(texts) + 1 ? conf.routers6[0].link_local
                                                : conf.routers6[1].link_local;
}

/* The packet of an event, with its Ethernet header; NULL: it is too long. */
static uint8_t *make_frame(uint8_t what, uint8_t addresses, const uint8_t *body, size_t n,
                           size_t *ret_len)
{
        struct in6_addr src = choose(addresses & 15), dst = choose(addresses >> 4);
        const uint8_t *mac = what & EVENT_OTHER_MAC ? other_mac : guest_mac;
        uint8_t frame[2048], *exact;
        int len = 14 + (int)n;

        if (n > sizeof(frame) - 54)
                return NULL;
        if (what & EVENT_WHOLE) {
                memcpy(frame, server_mac, MAC_LEN);
                memcpy(frame + 6, mac, MAC_LEN);
                memcpy(frame + 12, "\x86\xdd", 2);
                memcpy(frame + 14, body, n);
        } else {
                len = frame_write_icmp6(frame, sizeof(frame), mac, server_mac, &src, &dst, body, n);
                if (len < 0)
                        return NULL;
                if (!(what & EVENT_NEAR))
                        frame[21] = 64;
        }
        *ret_len = (size_t)len;
        exact = malloc(*ret_len);
        must(exact);
        memcpy(exact, frame, *ret_len);
        return exact;
}

/* What was parsed is written, and is the same; options besides the one MAC are not kept. */
static void must_be_written_the_same(const struct frame *f)
{
        struct nd_message m = { 0 }, again = { 0 };
        uint8_t buf[64], flags;
        struct writer w = writer_init(buf, sizeof(buf));
        struct frame copy = *f;

        if (f->kind != FRAME_ICMP6 || ndisc_parse(f, &m) != ND_FLAW_NONE ||
            m.type == ND_ROUTER_SOLICITATION)
                return;
        flags = (uint8_t)((m.is_solicited ? ND_NA_SOLICITED : 0) |
                          (m.is_override ? ND_NA_OVERRIDE : 0));
        if (m.type == ND_NEIGHBOUR_ADVERTISEMENT)
                ndisc_write_na(&w, flags, &m.target, m.mac);
        else
                ndisc_write_ns(&w, &m.target);
        if (m.type == ND_NEIGHBOUR_SOLICITATION && m.has_mac)
                write_nd_mac(&w, ND_OPT_SOURCE_MAC, m.mac);
        if (m.type == ND_NEIGHBOUR_ADVERTISEMENT)
                m.has_mac = true;
        copy.payload = buf;
        copy.payload_len = (size_t)writer_finish(&w);
        must(ndisc_parse(&copy, &again) == ND_FLAW_NONE);
        must(again.type == m.type && is(&again.target, &m.target) &&
             again.is_solicited == m.is_solicited && again.is_override == m.is_override &&
             again.has_mac == m.has_mac && memcmp(again.mac, m.mac, MAC_LEN) == 0);
}

static void happen(uint8_t what, const uint8_t *frame, size_t len)
{
        const struct frame parsed = frame_parse(frame, len, false);
        struct transport_info info = { .partial_checksum = what & EVENT_PARTIAL,
                                       .tagged = what & EVENT_TAGGED };
        struct gateway before[DHCP_MAX_ROUTERS6];
        unsigned sent = wire.n;
        uint64_t changes = shared.gateway_change;

        must_be_written_the_same(&parsed);
        memcpy(before, responder.nd.gateways, sizeof(before));
        if (what & EVENT_SEGMENT) {
                responder6_overhear(&responder, frame + 14, len - 14, &info);
                must(wire.n - sent == shared.gateway_change - changes);
        } else {
                responder_handle(&responder, frame, len, &info);
                must(wire.n - sent <= 1 && shared.gateway_change == changes);
                must(wire.n == sent || !(what & (EVENT_OTHER_MAC | EVENT_TAGGED)));
        }
        for (size_t i = 0; i < DHCP_MAX_ROUTERS6; i++) {
                const uint8_t *mac = responder.nd.gateways[i].mac;
                bool is_new = memcmp(mac, before[i].mac, MAC_LEN) != 0;

                must(!is_new || (i < conf.n_routers6 && conf.routers6[i].is_followed));
                must(!is_new || (what & EVENT_SEGMENT && !(what & EVENT_TAGGED)));
                must(!is_new || memmem(frame, len, mac, MAC_LEN));
        }
}

static void add_route(struct podnet *net, const char *dst, const char *gateway)
{
        struct podnet_route route = { 0 };

        must(ip_prefix_parse(dst, &route.dst) == 0 && ip_addr_parse(gateway, &route.gateway) == 0);
        must(podnet_add_route(net, &route) == 0);
}

/* By bits: two gateways or one, of which address, with which neighbours; what is told. */
static void make_pod(uint8_t pod)
{
        struct podnet *net = podnet_new();
        struct podnet_neighbour neighbour = { .is_learnt = pod & 8 };
        const char *gateway = pod & 1 ? "fd00:1::1" : "fe80::1";
        struct ip_prefix address;

        must(net && ip_prefix_parse(pod & 2 ? "fd00:1::7/64" : "fd00:1::7/128", &address) == 0);
        must(podnet_add_address(net, &address) == 0);
        strcpy(net->tap, "tap0");
        memcpy(net->mac, guest_mac, MAC_LEN);
        memcpy(net->server_mac, server_mac, MAC_LEN);
        net->mtu_bytes = 1450;
        must(ip_addr_parse(gateway, &neighbour.addr) == 0);
        memcpy(neighbour.mac, gateway_mac, MAC_LEN);
        if (pod & 4)
                must(podnet_add_neighbour(net, &neighbour) == 0);
        if (pod & 16)
                add_route(net, "fd00:9::/48", "fd00:1::2");
        if (!(pod & 32))
                add_route(net, "::/0", gateway);
        if (pod & 64)
                net->dhcp6 = PODNET_TOLD_BY_NOBODY;
        if (pod & 128)
                net->ra = PODNET_TOLD_BY_NOBODY;
        must(dhcp_conf_from_podnet(net, NULL, 0, &conf, NULL, NULL) == 0);
        podnet_free(net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct reader r = reader_init(data, len);

        log_setup("fuzz", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT, -1);
        memset(&shared, 0, sizeof(shared));
        wire = (struct wire){ .transport.send = wire_send };
        make_pod(reader_u8(&r));
        responder = (struct responder){
                .conf = &conf, .shared = &shared, .transport = &wire.transport, .now_msec = 1000000
        };
        responder6_begin(&responder);
        for (int i = 0; i < EVENTS_MOST && r.left > 0 && !r.failed; i++) {
                uint8_t what = reader_u8(&r), addresses = reader_u8(&r), time = reader_u8(&r);
                size_t n = reader_u16(&r), frame_len;
                const uint8_t *body = reader_take(&r, n = n > r.left ? r.left : n);
                uint8_t *frame = body ? make_frame(what, addresses, body, n, &frame_len) : NULL;

                wire.fails = what & EVENT_SEND_FAILS;
                responder.now_msec += (uint64_t)time * time;
                if (what & EVENT_LATER)
                        responder6_act(&responder);
                if (!frame)
                        continue;
                happen(what, frame, frame_len);
                free(frame);
        }
        responder.now_msec += 1000000;
        responder6_act(&responder);
        must(responder6_next(&responder) > responder.now_msec);
        responder6_farewell(&responder);
        return 0;
}
