/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frames - what passes between the guest and the wire, frame by frame
 *
 *   frames POD-NETNS TAP NODE-NETNS VETH open|filter|anti-spoof|no-address
 *
 * Stands where QEMU would, behind the tap, and on the node's end of the pod's veth at the same
 * time. After each frame goes a marker that every filter lets through; a frame that has not come
 * before its marker was stopped. The guest is aa:bb:cc:00:00:06, 10.244.1.7 and fd00::7. Prints
 * what went otherwise than the mode says; exits 1 if anything did.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "tests/lib/tap.h"

/* Each CPU has a queue of its own for what goes through a veth: from two of them a marker could
 * overtake its frame. */
static void stay_on_one_cpu(void)
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

static void put(struct frame *f, const void *data, size_t len)
{
        memcpy(f->data + f->len, data, len);
        f->len += len;
}

static void put16(struct frame *f, unsigned value)
{
        put(f, (uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

static void put_ip(struct frame *f, const char *text)
{
        uint8_t addr[16];
        int family = strchr(text, ':') ? AF_INET6 : AF_INET;

        if (inet_pton(family, text, addr) != 1)
                die(text);
        put(f, addr, family == AF_INET ? 4 : 16);
}

static struct frame ethernet(const uint8_t source[6], unsigned type)
{
        struct frame f = { 0 };

        put(&f, "\xff\xff\xff\xff\xff\xff", 6);
        put(&f, source, 6);
        put16(&f, type);
        return f;
}

/* @fragment: the whole field, flags and offset in 8 bytes. */
static struct frame ipv4(const uint8_t mac[6], const char *source, uint8_t protocol,
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

static struct frame ipv6(const uint8_t mac[6], const char *source, uint8_t next,
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
static struct ports ports(unsigned from, unsigned to)
{
        return (struct ports){ { (uint8_t)(from >> 8), (uint8_t)from, (uint8_t)(to >> 8),
                                 (uint8_t)to, 0, 16 } };
}

static struct frame udp4(const uint8_t mac[6], const char *source, unsigned from, unsigned to)
{
        struct ports p = ports(from, to);

        return ipv4(mac, source, IPPROTO_UDP, 0, &p, sizeof(p));
}

static struct frame udp6(const uint8_t mac[6], const char *source, unsigned from, unsigned to)
{
        struct ports p = ports(from, to);

        return ipv6(mac, source, IPPROTO_UDP, &p, sizeof(p));
}

/* The same behind a hop-by-hop header that is all padding. */
static struct frame udp6_extended(const uint8_t mac[6], const char *source, unsigned from,
                                  unsigned to)
{
        struct ports p = ports(from, to);
        uint8_t payload[24] = { IPPROTO_UDP, 0, 1, 4 };

        memcpy(payload + 8, &p, sizeof(p));
        return ipv6(mac, source, IPPROTO_HOPOPTS, payload, sizeof(payload));
}

/* @offset of the fragment in 8 bytes; what follows looks like the beginning of a DHCPv6 request. */
static struct frame udp6_fragment(const uint8_t mac[6], const char *source, unsigned offset)
{
        struct ports p = ports(546, 547);
        uint8_t payload[24] = { IPPROTO_UDP, 0, (uint8_t)(offset >> 5),
                                (uint8_t)(offset << 3 | 1) };

        memcpy(payload + 8, &p, sizeof(p));
        return ipv6(mac, source, IPPROTO_FRAGMENT, payload, sizeof(payload));
}

static struct frame icmp6(const uint8_t mac[6], const char *source, uint8_t type,
                          const char *target)
{
        struct frame message = { .data = { type }, .len = 8 };

        put_ip(&message, target);
        return ipv6(mac, source, IPPROTO_ICMPV6, message.data, message.len);
}

static struct frame arp(const uint8_t mac[6], const uint8_t sender_mac[6], const char *sender)
{
        struct frame f = ethernet(mac, 0x0806);

        put(&f, "\0\1\x08\0\6\4\0\1", 8);
        put(&f, sender_mac, 6);
        put_ip(&f, sender);
        put(&f, "\0\0\0\0\0\0", 6);
        put_ip(&f, "10.244.1.1");
        return f;
}

static struct frame other(const uint8_t mac[6], unsigned type)
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

static void open_link(const char *name)
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

static void send_frame(enum side from, const struct frame *f)
{
        if (write(ends[from], f->data, f->len) != (ssize_t)f->len)
                die("send");
}

static void receive(enum side at, struct frame *ret)
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

static bool is_same(const struct frame *a, const struct frame *b)
{
        return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static struct frame marker(enum side from)
{
        static unsigned serial;
        struct frame f = from == GUEST ? udp4(guest_mac, "10.244.1.7", 9, 9)
                                       : udp4(node_mac, "10.244.1.1", 9, 9);

        serial++;
        memcpy(f.data + f.len - sizeof(serial), &serial, sizeof(serial));
        return f;
}

/* A bridge's port forwards only some time after its carrier came. */
static void wait_until_open(enum side from)
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
static bool passes(enum side from, const struct frame *f, const struct frame *seen)
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

/* --- one of each --- */

enum mode {
        OPEN,
        FILTER,
        ANTI_SPOOF,
        NO_ADDRESS, /* and anti-spoof */
        N_MODES
};
static const char *const modes[N_MODES] = { "open", "filter", "anti-spoof", "no-address" };
static unsigned n_wrong, n_tried;

/* @expected: "+" or "-" for each mode, in the order of the enum */
static void try(enum mode mode, enum side from, const char *name, struct frame f,
                const char *expected)
{
        struct frame tagged = f;
        bool passed = passes(from, &f, &f);

        n_tried++;
        if (passed != (expected[mode] == '+')) {
                printf("%s: %s\n", name, passed ? "passed" : "was stopped");
                n_wrong++;
        }
        if (from == NODE)
                return;
        /* A priority tag hides nothing; a packet socket shows the frame without it. */
        memcpy(tagged.data + 12, "\x81\0\0\0", 4);
        memcpy(tagged.data + 16, f.data + 12, f.len - 12);
        tagged.len += 4;
        passed = passes(from, &tagged, &f);
        n_tried++;
        if (passed != (expected[mode] == '+')) {
                printf("%s, tagged: %s\n", name, passed ? "passed" : "was stopped");
                n_wrong++;
        }
}

static void try_each(enum mode m)
{
        const uint8_t *g = guest_mac, *o = other_mac, *n = node_mac;
        struct ports p = ports(68, 67);

        try(m, GUEST, "UDP", udp4(g, "10.244.1.7", 5000, 5001), "++++");
        try(m, GUEST, "ARP", arp(g, g, "10.244.1.7"), "++++");
        try(m, GUEST, "ARP probe", arp(g, g, "0.0.0.0"), "++++");
        try(m, GUEST, "RARP", other(g, 0x8035), "++++");
        try(m, GUEST, "IPv6", udp6(g, "fd00::7", 5000, 5001), "++++");
        try(m, GUEST, "IPv6, link-local", udp6(g, "fe80::7", 5000, 5001), "++++");
        try(m, GUEST, "NS of DAD", icmp6(g, "::", 135, "fd00::7"), "++++");
        try(m, GUEST, "NA", icmp6(g, "fe80::7", 136, "fd00::7"), "++++");
        try(m, GUEST, "NA, link-local", icmp6(g, "fe80::7", 136, "fe80::7"), "++++");
        try(m, GUEST, "later fragment", ipv4(g, "10.244.1.7", IPPROTO_UDP, 100, &p, 16), "++++");
        try(m, GUEST, "later fragment, IPv6", udp6_fragment(g, "fd00::7", 100), "++++");

        try(m, GUEST, "DHCP request", udp4(g, "0.0.0.0", 68, 67), "+--+");
        try(m, GUEST, "DHCP renewal", udp4(g, "10.244.1.7", 68, 67), "+--+");
        try(m, GUEST, "DHCP from another port", udp4(g, "10.244.1.7", 1024, 67), "+--+");
        try(m, GUEST, "DHCP, first fragment", ipv4(g, "10.244.1.7", IPPROTO_UDP, 0x2000, &p, 16),
            "+--+");
        try(m, GUEST, "DHCPv6 request", udp6(g, "fe80::7", 546, 547), "+--+");
        try(m, GUEST, "DHCPv6 from another port", udp6(g, "fd00::7", 1024, 547), "+--+");
        try(m, GUEST, "DHCPv6, extended", udp6_extended(g, "fe80::7", 546, 547), "+--+");
        try(m, GUEST, "DHCPv6, first fragment", udp6_fragment(g, "fe80::7", 0), "+--+");
        try(m, GUEST, "RS", icmp6(g, "fe80::7", 133, "::"), "+--+");
        try(m, GUEST, "RS from nobody", icmp6(g, "::", 133, "::"), "+--+");

        try(m, GUEST, "UDP from another MAC", udp4(o, "10.244.1.7", 5000, 5001), "++--");
        try(m, GUEST, "ARP from another MAC", arp(o, g, "10.244.1.7"), "++--");
        try(m, GUEST, "ARP for another MAC", arp(g, o, "10.244.1.7"), "++--");
        try(m, GUEST, "RARP from another MAC", other(o, 0x8035), "++--");
        try(m, GUEST, "IPv6 from another MAC", udp6(o, "fd00::7", 5000, 5001), "++--");
        try(m, GUEST, "UDP from another address", udp4(g, "10.244.1.8", 5000, 5001), "++-+");
        try(m, GUEST, "UDP from 0.0.0.0", udp4(g, "0.0.0.0", 5000, 5001), "++-+");
        try(m, GUEST, "ARP for another address", arp(g, g, "10.244.1.8"), "++-+");
        try(m, GUEST, "IPv6 from another address", udp6(g, "fd00::8", 5000, 5001), "++-+");
        try(m, GUEST, "NA for another address", icmp6(g, "fe80::7", 136, "fd00::8"), "++-+");
        try(m, GUEST, "NA of another address", icmp6(g, "fd00::8", 136, "fd00::7"), "++-+");
        try(m, GUEST, "RA", icmp6(g, "fe80::7", 134, "::"), "++-+");
        try(m, GUEST, "redirect", icmp6(g, "fe80::7", 137, "fd00::9"), "++-+");
        try(m, GUEST, "another EtherType", other(g, 0x88b5), "++-+");
        try(m, GUEST, "802.3", other(g, 46), "++-+");

        try(m, NODE, "UDP to the guest", udp4(n, "10.244.1.1", 5000, 5001), "++++");
        try(m, NODE, "ARP to the guest", arp(n, n, "10.244.1.1"), "++++");
        try(m, NODE, "DHCP to the guest", udp4(n, "10.244.1.1", 67, 68), "+--+");
        try(m, NODE, "DHCP to the guest from another port", udp4(n, "10.244.1.1", 1024, 68),
            "+--+");
        try(m, NODE, "DHCPv6 to the guest", udp6(n, "fe80::1", 547, 546), "+--+");
        try(m, NODE, "DHCPv6 to the guest, extended", udp6_extended(n, "fe80::1", 547, 546),
            "+--+");
        try(m, NODE, "RA to the guest", icmp6(n, "fe80::1", 134, "::"), "+--+");
        try(m, NODE, "redirect to the guest", icmp6(n, "fe80::1", 137, "fd00::9"), "+--+");
        try(m, NODE, "NS to the guest", icmp6(n, "fe80::1", 135, "fd00::7"), "++++");
        try(m, NODE, "NA to the guest", icmp6(n, "fe80::1", 136, "fe80::1"), "++++");
}

/* --- all of a kind --- */

#define BATCH 64 /* frames on their way at once: less than any queue holds */

/* Send @make(0), @make(1), … and compare the values that did not come with @expected. */
static void sweep(enum side from, const char *name, unsigned n, struct frame (*make)(unsigned i),
                  const char *expected)
{
        char stopped[256] = "";

        for (unsigned first = 0; first < n; first += BATCH) {
                struct frame end = marker(from), got, sent[BATCH];
                bool seen[BATCH] = { false };

                for (unsigned i = 0; i < BATCH; i++) {
                        sent[i] = make(first + i);
                        send_frame(from, &sent[i]);
                }
                send_frame(from, &end);
                do {
                        receive(!from, &got);
                        for (unsigned i = 0; i < BATCH; i++)
                                seen[i] |= is_same(&got, &sent[i]);
                } while (!is_same(&got, &end));
                for (unsigned i = 0; i < BATCH; i++)
                        if (!seen[i] && strlen(stopped) < sizeof(stopped) - 16)
                                sprintf(stopped + strlen(stopped), "%u ", first + i);
        }
        n_tried += n;
        if (strcmp(stopped, expected) != 0) {
                printf("%s: stopped %s\n", name, stopped);
                n_wrong++;
        }
}

static struct frame guest_udp4(unsigned port)
{
        return udp4(guest_mac, "10.244.1.7", 5000, port);
}
static struct frame guest_udp6(unsigned port)
{
        return udp6(guest_mac, "fd00::7", 5000, port);
}
static struct frame guest_udp4_source(unsigned port)
{
        return udp4(guest_mac, "10.244.1.7", port, 5001);
}
static struct frame guest_tcp4(unsigned port)
{
        struct ports p = ports(5000, port);

        return ipv4(guest_mac, "10.244.1.7", IPPROTO_TCP, 0, &p, sizeof(p));
}
static struct frame guest_icmp6(unsigned type)
{
        return icmp6(guest_mac, "fe80::7", (uint8_t)type, "::");
}
static struct frame node_icmp6(unsigned type)
{
        return icmp6(node_mac, "fe80::1", (uint8_t)type, "::");
}
static struct frame node_udp4(unsigned port)
{
        return udp4(node_mac, "10.244.1.1", 5000, port);
}

static struct frame node_udp6(unsigned port)
{
        return udp6(node_mac, "fe80::1", 5000, port);
}

int main(int argc, char **argv)
{
        int mode = 0;

        if (argc != 6)
                return fprintf(stderr, "usage: %s POD-NETNS TAP NODE-NETNS VETH MODE\n", argv[0]),
                       2;
        while (strcmp(argv[5], modes[mode]) != 0)
                if (++mode == N_MODES)
                        return fprintf(stderr, "no such mode: %s\n", argv[5]), 2;
        stay_on_one_cpu();
        enter(argv[1]);
        ends[GUEST] = tap_open(argv[2]);
        enter(argv[3]);
        open_link(argv[4]);
        wait_until_open(GUEST);
        wait_until_open(NODE);
        try_each((enum mode)mode);
        if (mode == FILTER) {
                sweep(GUEST, "UDP by destination port", 65536, guest_udp4, "67 ");
                sweep(GUEST, "UDP by source port", 65536, guest_udp4_source, "");
                sweep(GUEST, "UDP over IPv6 by destination port", 1024, guest_udp6, "547 ");
                sweep(GUEST, "TCP by destination port", 1024, guest_tcp4, "");
                sweep(GUEST, "ICMPv6 by type", 256, guest_icmp6, "133 ");
                sweep(NODE, "UDP to the guest by destination port", 1024, node_udp4, "68 ");
                sweep(NODE, "UDP over IPv6 to the guest by destination port", 1024, node_udp6,
                      "546 ");
                sweep(NODE, "ICMPv6 to the guest by type", 256, node_icmp6, "134 137 ");
        }
        printf("%u frames, %u not as expected\n", n_tried, n_wrong);
        return n_wrong ? 1 : 0;
}
