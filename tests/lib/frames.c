/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frames - what passes between the guest and the wire, frame by frame
 *
 *   frames POD-NETNS TAP NODE-NETNS VETH open|filter|anti-spoof|no-address
 *
 * Prints what went otherwise than the mode says; exits 1 if anything did.
 */
#include "podgraft/cleanup.h"
#include "tests/lib/frame.h"

/* --- one of each --- */

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
        try(m, GUEST, "RARP", arp_of_type(0x8035, g, g, "0.0.0.0"), "++++");
        try(m, GUEST, "IPv6", udp6(g, "fd00::7", 5000, 5001), "++++");
        try(m, GUEST, "IPv6, link-local", udp6(g, "fe80::7", 5000, 5001), "++++");
        try(m, GUEST, "NS of DAD", icmp6(g, "::", 135, "fd00::7"), "++++");
        try(m, GUEST, "NA", icmp6(g, "fe80::7", 136, "fd00::7"), "++++");
        try(m, GUEST, "NA, link-local", icmp6(g, "fe80::7", 136, "fe80::7"), "++++");
        try(m, GUEST, "NS with its MAC", discovery(g, "fd00::7", 135, "fd00::9", 1, g), "++++");
        try(m, GUEST, "NS with a nonce", discovery(g, "::", 135, "fd00::7", 14, o), "++++");
        try(m, GUEST, "NA with its MAC", discovery(g, "fd00::7", 136, "fd00::7", 2, g), "++++");
        try(m, GUEST, "LLDP", other(g, 0x88cc), "++-+");
        try(m, GUEST, "IS-IS", llc(g, 0xfefe), "++-+");
        try(m, GUEST, "MPLS", other(g, 0x8847), "++-+");
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
        try(m, GUEST, "RS", discovery(g, "fe80::7", 133, NULL, 0, NULL), "+--+");
        try(m, GUEST, "RS with its MAC", discovery(g, "fe80::7", 133, NULL, 1, g), "+--+");
        try(m, GUEST, "RS from ::", discovery(g, "::", 133, NULL, 0, NULL), "+--+");

        try(m, GUEST, "UDP from another MAC", udp4(o, "10.244.1.7", 5000, 5001), "++--");
        try(m, GUEST, "ARP from another MAC", arp(o, g, "10.244.1.7"), "++--");
        try(m, GUEST, "ARP for another MAC", arp(g, o, "10.244.1.7"), "++--");
        try(m, GUEST, "RARP from another MAC", arp_of_type(0x8035, o, o, "0.0.0.0"), "++--");
        try(m, GUEST, "RARP for another MAC", arp_of_type(0x8035, g, o, "0.0.0.0"), "++--");
        try(m, GUEST, "NS with another MAC", discovery(g, "fd00::7", 135, "fd00::9", 1, o), "++--");
        try(m, GUEST, "NA with another MAC", discovery(g, "fd00::7", 136, "fd00::7", 2, o), "++--");
        try(m, GUEST, "RS with another MAC", discovery(g, "fe80::7", 133, NULL, 1, o), "+---");
        try(m, GUEST, "IPv6 from another MAC", udp6(o, "fd00::7", 5000, 5001), "++--");
        try(m, GUEST, "UDP from another address", udp4(g, "10.244.1.8", 5000, 5001), "++-+");
        try(m, GUEST, "UDP from 0.0.0.0", udp4(g, "0.0.0.0", 5000, 5001), "++-+");
        try(m, GUEST, "ARP for another address", arp(g, g, "10.244.1.8"), "++-+");
        try(m, GUEST, "IPv6 from another address", udp6(g, "fd00::8", 5000, 5001), "++-+");
        try(m, GUEST, "NA for another address", icmp6(g, "fe80::7", 136, "fd00::8"), "++-+");
        try(m, GUEST, "NA of another address", icmp6(g, "fd00::8", 136, "fd00::7"), "++-+");
        try(m, GUEST, "RA", icmp6(g, "fe80::7", 134, "::"), "++-+");
        try(m, GUEST, "redirect", icmp6(g, "fe80::7", 137, "fd00::9"), "++-+");
        try(m, GUEST, "NA for the gateway", icmp6(g, "fe80::7", 136, "fe80::1"), "++-+");
        try(m, GUEST, "NA of the gateway", icmp6(g, "fe80::1", 136, "fd00::7"), "++-+");
        try(m, GUEST, "another EtherType", other(g, 0x88b5), "+---");
        try(m, GUEST, "802.3 with SNAP", llc(g, 0xaaaa), "+---");
        try(m, GUEST, "802.3 with Novell's checksum", llc(g, 0xffff), "+---");

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
        try(m, NODE, "LLDP to the guest", other(n, 0x88cc), "++++");
        try(m, NODE, "another EtherType to the guest", other(n, 0x88b5), "+--+");
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

int main(int argc _unused_, char **argv)
{
        enum mode mode = open_ends(argv);

        try_each(mode);
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
