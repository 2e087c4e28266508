/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frame.h - frames made by hand, sent at one end of a pod and awaited at the other
 *
 * The program stands where QEMU would, behind the tap, and on the node's end of the pod's veth at
 * the same time. The guest is aa:bb:cc:00:00:06, 10.244.1.7 and fd00::7. After each frame goes a
 * marker that every filter lets through: a frame that has not come before its marker was stopped.
 */
#pragma once

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "tests/lib/tap.h"

/* Each CPU has a queue of its own for what goes through a veth: from two of them a marker could
 * overtake its frame. */
static inline void stay_on_one_cpu(void)
{
        cpu_set_t set;
        int cpu = sched_getcpu();

        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        if (cpu < 0 || sched_setaffinity(0, sizeof(set), &set) < 0)
                die("stay on one CPU");
}

/* --- frames --- */

struct frame {
        uint8_t data[256];
        size_t len; /* bytes */
};

static const uint8_t guest_mac[6] = { 0xaa, 0xbb, 0xcc, 0, 0, 6 };
static const uint8_t other_mac[6] = { 2, 0, 0, 0, 0, 0x99 };
static const uint8_t node_mac[6] = { 2, 0, 0, 0, 0, 1 };

static inline void put(struct frame *f, const void *data, size_t len)
{
        memcpy(f->data + f->len, data, len);
        f->len += len;
}

static inline void put16(struct frame *f, unsigned value)
{
        put(f, (uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

static inline void put_ip(struct frame *f, const char *text)
{
        uint8_t addr[16];
        int family = strchr(text, ':') ? AF_INET6 : AF_INET;

        if (inet_pton(family, text, addr) != 1)
                die(text);
        put(f, addr, family == AF_INET ? 4 : 16);
}

static inline struct frame ethernet(const uint8_t source[6], unsigned type)
{
        struct frame f = { 0 };

        put(&f, "\xff\xff\xff\xff\xff\xff", 6);
        put(&f, source, 6);
        put16(&f, type);
        return f;
}

/* @fragment: the whole field, flags and offset in 8 bytes. */
static inline struct frame ipv4(const uint8_t mac[6], const char *source, uint8_t protocol,
                                unsigned fragment, const void *payload, size_t len)
{
        struct frame f = ethernet(mac, 0x0800);

        put(&f, "\x45\0", 2);
        put16(&f, (unsigned)(20 + len));
        put16(&f, 1);
        put16(&f, fragment);
        put(&f, (uint8_t[]){ 64, protocol, 0, 0 }, 4);
        put_ip(&f, source);
        put_ip(&f, "255.255.255.255");
        /* A bridge that hands frames to iptables drops those whose checksum is wrong. */
        put_ipv4_checksum(f.data + 14);
        put(&f, payload, len);
        return f;
}

static inline struct frame ipv6(const uint8_t mac[6], const char *source, uint8_t next,
                                const void *payload, size_t len)
{
        struct frame f = ethernet(mac, 0x86dd);

        put(&f, "\x60\0\0\0", 4);
        put16(&f, (unsigned)len);
        put(&f, (uint8_t[]){ next, 255 }, 2);
        put_ip(&f, source);
        put_ip(&f, "ff02::1");
        put(&f, payload, len);
        return f;
}

struct ports {
        uint8_t bytes[16];
};

/* A UDP header with eight bytes of payload, or the beginning of a TCP header. */
static inline struct ports ports(unsigned from, unsigned to)
{
        return (struct ports){ { (uint8_t)(from >> 8), (uint8_t)from, (uint8_t)(to >> 8),
                                 (uint8_t)to, 0, 16 } };
}

static inline struct frame udp4(const uint8_t mac[6], const char *source, unsigned from,
                                unsigned to)
{
        struct ports p = ports(from, to);

        return ipv4(mac, source, IPPROTO_UDP, 0, &p, sizeof(p));
}

static inline struct frame udp6(const uint8_t mac[6], const char *source, unsigned from,
                                unsigned to)
{
        struct ports p = ports(from, to);

        return ipv6(mac, source, IPPROTO_UDP, &p, sizeof(p));
}

/* The same behind a hop-by-hop header that is all padding. */
static inline struct frame udp6_extended(const uint8_t mac[6], const char *source, unsigned from,
                                         unsigned to)
{
        struct ports p = ports(from, to);
        uint8_t payload[24] = { IPPROTO_UDP, 0, 1, 4 };

        memcpy(payload + 8, &p, sizeof(p));
        return ipv6(mac, source, IPPROTO_HOPOPTS, payload, sizeof(payload));
}

/* @offset of the fragment in 8 bytes; what follows looks like the beginning of a DHCPv6 request. */
static inline struct frame udp6_fragment(const uint8_t mac[6], const char *source, unsigned offset)
{
        struct ports p = ports(546, 547);
        uint8_t payload[24] = { IPPROTO_UDP, 0, (uint8_t)(offset >> 5),
                                (uint8_t)(offset << 3 | 1) };

        memcpy(payload + 8, &p, sizeof(p));
        return ipv6(mac, source, IPPROTO_FRAGMENT, payload, sizeof(payload));
}

static inline struct frame icmp6(const uint8_t mac[6], const char *source, uint8_t type,
                                 const char *target)
{
        struct frame message = { .data = { type }, .len = 8 };

        put_ip(&message, target);
        return ipv6(mac, source, IPPROTO_ICMPV6, message.data, message.len);
}

/* Neighbour discovery with an option (1, 2: a MAC; 14: a nonce), or without. @target: NULL in a
 * router solicitation. */
static inline struct frame discovery(const uint8_t mac[6], const char *source, uint8_t type,
                                     const char *target, uint8_t option, const uint8_t value[6])
{
        struct frame message = { .data = { type }, .len = 8 };

        if (target)
                put_ip(&message, target);
        if (option) {
                put(&message, (uint8_t[]){ option, 1 }, 2);
                put(&message, value, 6);
        }
        return ipv6(mac, source, IPPROTO_ICMPV6, message.data, message.len);
}

/* @type: 0x0806 ARP, 0x8035 RARP */
static inline struct frame arp_of_type(unsigned type, const uint8_t mac[6],
                                       const uint8_t sender_mac[6], const char *sender)
{
        struct frame f = ethernet(mac, type);

        put(&f, "\0\1\x08\0\6\4\0", 7);
        put(&f, type == 0x0806 ? "\1" : "\3", 1);
        put(&f, sender_mac, 6);
        put_ip(&f, sender);
        put(&f, "\0\0\0\0\0\0", 6);
        put_ip(&f, "10.244.1.1");
        return f;
}

static inline struct frame arp(const uint8_t mac[6], const uint8_t sender_mac[6],
                               const char *sender)
{
        return arp_of_type(0x0806, mac, sender_mac, sender);
}

/* 802.3 with an LLC header of two service access points. */
static inline struct frame llc(const uint8_t mac[6], unsigned access_points)
{
        struct frame f = ethernet(mac, 46);

        put16(&f, access_points);
        put(&f, "\3", 1);
        f.len = 60;
        return f;
}

static inline struct frame other(const uint8_t mac[6], unsigned type)
{
        struct frame f = ethernet(mac, type);

        f.len = 60;
        return f;
}

/* --- both ends --- */

enum side {
        GUEST,
        NODE
};
static int ends[2];

static inline void open_link(const char *name)
{
        struct sockaddr_ll addr = { .sll_family = AF_PACKET,
                                    .sll_protocol = htons(ETH_P_ALL),
                                    .sll_ifindex = (int)if_nametoindex(name) };
        int one = 1, size = 4 << 20;

        ends[NODE] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        if (ends[NODE] < 0 || addr.sll_ifindex == 0 ||
            setsockopt(ends[NODE], SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0 ||
            setsockopt(ends[NODE], SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
            bind(ends[NODE], (struct sockaddr *)&addr, sizeof(addr)) < 0)
                die(name);
}

static inline void send_frame(enum side from, const struct frame *f)
{
        if (write(ends[from], f->data, f->len) != (ssize_t)f->len)
                die("send");
}

static inline void receive(enum side at, struct frame *ret)
{
        struct pollfd fd = { .fd = ends[at], .events = POLLIN };
        ssize_t n;

        if (poll(&fd, 1, 10000) <= 0) {
                fprintf(stderr, "a marker did not arrive at the %s\n",
                        at == GUEST ? "guest" : "node");
                exit(2);
        }
        n = read(ends[at], ret->data, sizeof(ret->data));
        if (n < 0)
                die("receive");
        ret->len = (size_t)n;
}

static inline bool is_same(const struct frame *a, const struct frame *b)
{
        return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static inline struct frame marker(enum side from)
{
        static unsigned serial;
        struct frame f = from == GUEST ? udp4(guest_mac, "10.244.1.7", 9, 9)
                                       : udp4(node_mac, "10.244.1.1", 9, 9);

        serial++;
        memcpy(f.data + f.len - sizeof(serial), &serial, sizeof(serial));
        return f;
}

/* A bridge's port forwards only some time after its carrier came. */
static inline void wait_until_open(enum side from)
{
        struct pollfd fd = { .fd = ends[!from], .events = POLLIN };
        struct frame end, got = { 0 };

        for (int tries = 0; tries < 200; tries++) {
                end = marker(from);
                send_frame(from, &end);
                while (!is_same(&got, &end) && poll(&fd, 1, 50) > 0)
                        receive(!from, &got);
                if (is_same(&got, &end))
                        return;
        }
        fprintf(stderr, "nothing arrives at the %s\n", from == GUEST ? "node" : "guest");
        exit(2);
}

/* Does @f come out at the other side? @seen is how it looks there. */
static inline bool passes(enum side from, const struct frame *f, const struct frame *seen)
{
        struct frame end = marker(from), got;
        bool passed = false;

        send_frame(from, f);
        send_frame(from, &end);
        do {
                receive(!from, &got);
                passed |= is_same(&got, seen);
        } while (!is_same(&got, &end));
        return passed;
}

/* --- what the filter is meant to do --- */

enum mode {
        OPEN,
        FILTER,
        ANTI_SPOOF,
        NO_ADDRESS, /* and anti-spoof */
        N_MODES
};

/* open_ends() - POD-NETNS TAP NODE-NETNS VETH MODE of a command line */
static inline enum mode open_ends(char **argv)
{
        static const char *const modes[N_MODES] = { "open", "filter", "anti-spoof", "no-address" };
        int mode = 0;

        for (int i = 1; i <= 5; i++)
                if (!argv[i]) {
                        fprintf(stderr, "usage: %s POD-NETNS TAP NODE-NETNS VETH MODE\n", argv[0]);
                        exit(2);
                }
        while (strcmp(argv[5], modes[mode]) != 0)
                if (++mode == N_MODES) {
                        fprintf(stderr, "no such mode: %s\n", argv[5]);
                        exit(2);
                }
        stay_on_one_cpu();
        enter(argv[1]);
        ends[GUEST] = tap_open(argv[2]);
        enter(argv[3]);
        open_link(argv[4]);
        wait_until_open(GUEST);
        wait_until_open(NODE);
        return (enum mode)mode;
}
