/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wrappings - what the filter makes of messages that hide behind other headers
 *
 *   wrappings POD-NETNS TAP NODE-NETNS VETH open|filter|anti-spoof|no-address
 *
 * Each message that the filter knows, and data, both ways, behind every wrapping of the link (zero
 * to three VLAN tags of both kinds, with id 0 and 5, with LLC/SNAP and without) and of IP (options,
 * extension headers, fragments). What may pass is said in may_pass(), from SECURITY.md, not from
 * the rules. Prints how many of each passed; what should not have, or should; exits 1 if there was
 * any.
 */
#include "podgraft/cleanup.h"
#include "tests/lib/frame.h"

/* --- messages --- */

#define G   guest_mac
#define O   other_mac
#define N   node_mac
#define G4  "10.244.1.7"
#define N4  "10.244.1.1"
#define G6  "fd00::7"
#define GLL "fe80::7"
#define NLL "fe80::1"

/* Messages of neighbour discovery, which a guest may send in plain shapes only. */
enum kind {
        DATA,
        DISCOVERY
};

static struct frame tcp(const uint8_t mac[6], const char *source)
{
        struct ports p = ports(5000, 5001);

        return strchr(source, ':') ? ipv6(mac, source, IPPROTO_TCP, &p, sizeof(p))
                                   : ipv4(mac, source, IPPROTO_TCP, 0, &p, sizeof(p));
}

struct message {
        const char *name;
        enum side from;
        enum kind kind;
        const char *expected; /* "+" passes, "-" does not: plain, in each mode */
        struct frame frame;
};

static struct message messages[64];
static unsigned n_messages;

static void message(enum side from, const char *name, enum kind kind, const char *expected,
                    struct frame frame)
{
        messages[n_messages++] = (struct message){ name, from, kind, expected, frame };
}

static void make_messages(void)
{
        message(GUEST, "UDP", DATA, "++++", udp4(G, G4, 5000, 5001));
        message(GUEST, "TCP", DATA, "++++", tcp(G, G4));
        message(GUEST, "UDP over IPv6", DATA, "++++", udp6(G, G6, 5000, 5001));
        message(GUEST, "TCP over IPv6", DATA, "++++", tcp(G, G6));
        message(GUEST, "ARP", DATA, "++++", arp(G, G, G4));
        message(GUEST, "ARP with another MAC", DATA, "++--", arp(G, O, G4));
        message(GUEST, "ARP for another address", DATA, "++-+", arp(G, G, "10.244.1.8"));
        message(GUEST, "DHCP request", DATA, "+--+", udp4(G, "0.0.0.0", 68, 67));
        message(GUEST, "DHCP renewal", DATA, "+--+", udp4(G, G4, 68, 67));
        message(GUEST, "DHCPv6 request", DATA, "+--+", udp6(G, GLL, 546, 547));
        message(GUEST, "RS", DISCOVERY, "+--+", discovery(G, GLL, 133, NULL, 1, G));
        message(GUEST, "RA", DISCOVERY, "++-+", icmp6(G, GLL, 134, "::"));
        message(GUEST, "redirect", DISCOVERY, "++-+", icmp6(G, GLL, 137, "fd00::9"));
        message(GUEST, "NS", DISCOVERY, "++++", discovery(G, G6, 135, "fd00::9", 1, G));
        message(GUEST, "NS with another MAC", DISCOVERY, "++--",
                discovery(G, G6, 135, "fd00::9", 1, O));
        message(GUEST, "NA", DISCOVERY, "++++", discovery(G, G6, 136, G6, 2, G));
        message(GUEST, "NA with another MAC", DISCOVERY, "++--", discovery(G, G6, 136, G6, 2, O));
        message(GUEST, "NA for another address", DISCOVERY, "++-+",
                discovery(G, G6, 136, "fd00::8", 2, G));
        message(GUEST, "NA for the gateway", DISCOVERY, "++-+", discovery(G, G6, 136, NLL, 2, G));

        message(NODE, "UDP", DATA, "++++", udp4(N, N4, 5000, 5001));
        message(NODE, "TCP", DATA, "++++", tcp(N, N4));
        message(NODE, "TCP over IPv6", DATA, "++++", tcp(N, NLL));
        message(NODE, "ARP", DATA, "++++", arp(N, N, N4));
        message(NODE, "DHCP answer", DATA, "+--+", udp4(N, N4, 67, 68));
        message(NODE, "DHCPv6 answer", DATA, "+--+", udp6(N, NLL, 547, 546));
        message(NODE, "RA", DATA, "+--+", icmp6(N, NLL, 134, "::"));
        message(NODE, "redirect", DATA, "+--+", icmp6(N, NLL, 137, "fd00::9"));
        message(NODE, "NS", DATA, "++++", discovery(N, NLL, 135, G6, 1, N));
        message(NODE, "NA", DATA, "++++", discovery(N, NLL, 136, NLL, 2, N));
}

static bool is_type(const struct frame *f, unsigned type)
{
        return (unsigned)(f->data[12] << 8 | f->data[13]) == type;
}

/* --- wrappings of IP --- */

enum ip_wrapping {
        PLAIN,
        HOP_BY_HOP, /* IPv6 extension headers */
        DESTINATION,
        ROUTING,
        SEVERAL,
        OPTIONS,    /* of IPv4 */
        ATOMIC,     /* a fragment header on what is no fragment: RFC 6946 */
        FIRST,      /* a first fragment with the upper-layer header */
        CUT,        /* a first fragment whose header chain ends in another one: RFC 7112 */
        CUT_PADDED, /* the same; what follows the packet in the frame looks like its end */
        CUT_NESTED, /* and an atomic fragment before it */
        LATER,      /* a fragment whose data look like the message */
        N_IP_WRAPPINGS
};
static const char *const ip_wrapping_names[N_IP_WRAPPINGS] = {
        "plain",   "hop-by-hop",     "destination options", "routing header",
        "several", "IPv4 options",   "atomic fragment",     "first fragment",
        "cut",     "cut and padded", "cut, padded, nested", "later fragment",
};

/* Put @header (a multiple of 8 bytes, its next header left out) behind the fixed IPv6 header. */
static void insert6(struct frame *f, uint8_t type, const void *header, size_t len)
{
        memmove(f->data + 54 + len, f->data + 54, f->len - 54);
        memcpy(f->data + 54, header, len);
        f->data[54] = f->data[20];
        f->data[20] = type;
        f->len += len;
        f->data[18] = (uint8_t)((f->len - 54) >> 8);
        f->data[19] = (uint8_t)(f->len - 54);
}

static const uint8_t padding[8] = { 0, 0, 1, 4 }; /* PadN: options of either kind */
static const uint8_t routing[8] = { 0, 0, 4, 0 }; /* a type that a host skips: none left */

/* Return: has @f such a wrapping? */
static bool wrap_ip6(struct frame *f, enum ip_wrapping w)
{
        switch (w) {
        case HOP_BY_HOP:
                insert6(f, IPPROTO_HOPOPTS, padding, sizeof(padding));
                return true;
        case DESTINATION:
                insert6(f, IPPROTO_DSTOPTS, padding, sizeof(padding));
                return true;
        case ROUTING:
                insert6(f, IPPROTO_ROUTING, routing, sizeof(routing));
                return true;
        case SEVERAL:
                for (int i = 0; i < 3; i++)
                        insert6(f, IPPROTO_DSTOPTS, padding, sizeof(padding));
                insert6(f, IPPROTO_ROUTING, routing, sizeof(routing));
                insert6(f, IPPROTO_HOPOPTS, padding, sizeof(padding));
                return true;
        case ATOMIC:
                insert6(f, IPPROTO_FRAGMENT, (uint8_t[8]){ 0 }, 8);
                return true;
        case FIRST:
                insert6(f, IPPROTO_FRAGMENT, (uint8_t[8]){ 0, 0, 0, 1 }, 8);
                return true;
        case CUT: /* the message itself would come in the next one */
        case CUT_PADDED:
        case CUT_NESTED:
                insert6(f, IPPROTO_DSTOPTS, padding, sizeof(padding));
                insert6(f, IPPROTO_FRAGMENT, (uint8_t[8]){ 0, 0, 0, 1 }, 8);
                f->len = 54 + 16;
                f->data[18] = 0;
                f->data[19] = 16;
                if (w == CUT_NESTED)
                        insert6(f, IPPROTO_FRAGMENT, (uint8_t[8]){ 0 }, 8);
                if (w != CUT)
                        put(f, "\x13\x88\x13\x89\0\x8\0\0", 8); /* ports 5000 and 5001 */
                return true;
        case LATER:
                insert6(f, IPPROTO_FRAGMENT, (uint8_t[8]){ 0, 0, 0, 8 }, 8);
                return true;
        default:
                return w == PLAIN;
        }
}

static bool wrap_ip4(struct frame *f, enum ip_wrapping w)
{
        unsigned total = f->len - 14;

        if (w == OPTIONS) { /* three no-operations and an end */
                memmove(f->data + 38, f->data + 34, f->len - 34);
                memcpy(f->data + 34, "\1\1\1", 4);
                f->data[14] = 0x46;
                f->len += 4;
                total += 4;
                f->data[16] = (uint8_t)(total >> 8);
                f->data[17] = (uint8_t)total;
                return true;
        }
        if (w == FIRST)
                f->data[20] = 0x20;
        else if (w == LATER)
                f->data[21] = 1;
        else
                return w == PLAIN;
        put_ipv4_checksum(f->data + 14);
        return true;
}

static bool wrap_ip(struct frame *f, enum ip_wrapping w)
{
        return is_type(f, 0x86dd)   ? wrap_ip6(f, w)
               : is_type(f, 0x0800) ? wrap_ip4(f, w)
                                    : w == PLAIN;
}

/* --- wrappings of the link --- */

#define TAGS_MAX 3

struct link_wrapping {
        unsigned n_tags;
        struct {
                uint16_t type; /* EtherType of the tag */
                uint8_t id;
        } tags[TAGS_MAX]; /* the outermost first */
        bool is_snap;
};

/* The @i-th of all wrappings; false: there are no more */
static bool link_wrapping(unsigned i, struct link_wrapping *ret)
{
        unsigned n = 1;

        *ret = (struct link_wrapping){ .is_snap = i & 1 };
        for (i >>= 1; i >= n; n *= 4, ret->n_tags++)
                i -= n;
        if (ret->n_tags > TAGS_MAX)
                return false;
        for (unsigned tag = 0; tag < ret->n_tags; tag++, i >>= 2) {
                ret->tags[tag].type = i & 1 ? 0x88a8 : 0x8100;
                ret->tags[tag].id = i & 2 ? 5 : 0;
        }
        return true;
}

static void insert(struct frame *f, size_t at, const void *data, size_t len)
{
        memmove(f->data + at + len, f->data + at, f->len - at);
        memcpy(f->data + at, data, len);
        f->len += len;
}

static void wrap_link(struct frame *f, const struct link_wrapping *w)
{
        if (w->is_snap) { /* RFC 1042: in place of the EtherType a length, and the EtherType last */
                unsigned length = (unsigned)f->len - 12 + 6;
                const uint8_t llc_snap[8] = { (uint8_t)(length >> 8), (uint8_t)length, 0xaa, 0xaa,
                                              3 };

                insert(f, 12, llc_snap, sizeof(llc_snap));
        }
        for (unsigned i = w->n_tags; i > 0; i--) {
                const uint16_t type = w->tags[i - 1].type;
                const uint8_t tag[4] = { (uint8_t)(type >> 8), (uint8_t)type, 0,
                                         w->tags[i - 1].id };

                insert(f, 12, tag, sizeof(tag));
        }
}

/* --- what may pass --- */

static bool has_vlan_id(const struct link_wrapping *w)
{
        for (unsigned i = 0; i < w->n_tags; i++)
                if (w->tags[i].id)
                        return true;
        return false;
}

static bool may_pass(enum mode mode, const struct message *m, enum ip_wrapping ip,
                     const struct link_wrapping *link)
{
        if (mode == OPEN || (mode == NO_ADDRESS && m->from == NODE))
                return true;
        if (link->n_tags > 1 || link->is_snap)
                return false;
        if (mode == ANTI_SPOOF && m->from == GUEST && has_vlan_id(link))
                return false;
        if (ip == CUT || ip == CUT_PADDED || ip == CUT_NESTED)
                return false;
        /* A later fragment is judged by its sender only: 0.0.0.0 is not the guest's. */
        if (ip == LATER)
                return mode != ANTI_SPOOF || m->from == NODE || m->frame.data[26] != 0 ||
                       is_type(&m->frame, 0x86dd);
        if (m->kind == DISCOVERY && ip != PLAIN && (mode == ANTI_SPOOF || mode == NO_ADDRESS) &&
            strcmp(m->name, "RA") != 0 && strcmp(m->name, "redirect") != 0)
                return false;
        return m->expected[mode] == '+';
}

/* --- trying --- */

#define BATCH 64 /* frames on their way at once: less than any queue holds */

struct tried {
        struct frame seen; /* as it looks at the other end */
        enum ip_wrapping ip;
        struct link_wrapping link;
        bool passed;
};

static unsigned n_tried, n_wrong;

static void tell(const struct message *m, const struct tried *t)
{
        printf("%s's %s, %s", m->from == GUEST ? "guest" : "node", m->name,
               ip_wrapping_names[t->ip]);
        for (unsigned i = 0; i < t->link.n_tags; i++)
                printf(", tag %04x id %u", t->link.tags[i].type, t->link.tags[i].id);
        printf("%s: %s\n", t->link.is_snap ? ", SNAP" : "", t->passed ? "passed" : "was stopped");
}

/* Each frame has a number, where no rule looks: a packet socket does not show the outermost tag,
 * and without it some look alike. */
static void put_number(struct frame *f, unsigned number)
{
        uint8_t *at = f->data + (is_type(f, 0x0800)   ? 18   /* identification */
                                 : is_type(f, 0x86dd) ? 16   /* flow label */
                                                      : 32); /* ARP: target MAC */

        at[0] = (uint8_t)(number >> 8);
        at[1] = (uint8_t)number;
        if (is_type(f, 0x0800))
                put_ipv4_checksum(f->data + 14);
}

static void send_tried(const struct message *m, struct tried *t)
{
        struct frame f = m->frame;

        put_number(&f, n_tried++);
        wrap_ip(&f, t->ip);
        wrap_link(&f, &t->link);
        send_frame(m->from, &f);
        t->seen = f;
        if (m->from == GUEST && t->link.n_tags > 0) {
                memmove(t->seen.data + 12, f.data + 16, f.len - 16);
                t->seen.len -= 4;
        }
}

static void await(const struct message *m, struct tried *tried, unsigned n)
{
        struct frame end = marker(m->from), got;

        send_frame(m->from, &end);
        do {
                receive(!m->from, &got);
                for (unsigned i = 0; i < n; i++)
                        tried[i].passed |= is_same(&got, &tried[i].seen);
        } while (!is_same(&got, &end));
}

static void try_message(enum mode mode, const struct message *m)
{
        unsigned n_all = 0, n_passed = 0, n_may = 0, n = 0;
        struct tried tried[BATCH];

        for (unsigned ip = 0; ip < N_IP_WRAPPINGS; ip++) {
                struct frame probe = m->frame;
                struct link_wrapping link;

                if (!wrap_ip(&probe, (enum ip_wrapping)ip))
                        continue;
                for (unsigned i = 0; link_wrapping(i, &link) || n > 0; i++) {
                        if (link_wrapping(i, &link)) {
                                tried[n] = (struct tried){ .ip = ip, .link = link };
                                send_tried(m, &tried[n++]);
                                if (n < BATCH)
                                        continue;
                        }
                        await(m, tried, n);
                        for (; n > 0; n--) {
                                bool may = may_pass(mode, m, ip, &tried[n - 1].link);

                                n_all++;
                                n_may += may;
                                n_passed += tried[n - 1].passed;
                                if (tried[n - 1].passed == may)
                                        continue;
                                if (n_wrong++ < 20)
                                        tell(m, &tried[n - 1]);
                        }
                }
        }
        printf("%-6s %-24s %5u frames, %5u passed, %5u may\n", m->from == GUEST ? "guest" : "node",
               m->name, n_all, n_passed, n_may);
}

int main(int argc _unused_, char **argv)
{
        enum mode mode = open_ends(argv);

        make_messages();
        for (unsigned i = 0; i < n_messages; i++)
                try_message(mode, &messages[i]);
        printf("%u frames, %u not as expected\n", n_tried, n_wrong);
        return n_wrong ? 1 : 0;
}
