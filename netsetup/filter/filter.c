/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter.c - what may pass between the guest and the wire, as rules of nftables' bridge family
 *
 * The rules say what passes; the rest is dropped and counted. What the kernel knows of a frame:
 *
 * - It takes one VLAN tag (802.1Q, 802.1ad) off before the bridge. "meta protocol" is what stands
 *   behind it: a second tag where there are two. A Linux host takes any number of tags with id 0
 *   off, so that a frame with two is what the filter would have to see and cannot: it does not
 * pass.
 * - "meta l4proto" and the transport header are there only where the whole of the IP header is
 *   right, and the chain of IPv6 extension headers ends in an upper-layer header within this frame
 *   (RFC 7112). A rule that looks at one does not match otherwise.
 * - Of a fragment that is not the first there is no transport header; kernels before 5.17 read
 *   data in its place.
 *
 *     forward ──> plain TCP, UDP, other IPv4 ──> accept
 *        │
 *        ├── from the guest, --anti-spoof ──> from ──> ip6 ─┐
 *        └── from or to the guest ──────────────────────────┴──> pass ──> accept, or drop
 *
 * Frames of other bridges in the namespace meet these chains too: each names the tap before it
 * drops, but for those that only frames of this graft are sent to.
 */
#include "netsetup/filter/filter.h"

#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <string.h>

#include "netsetup/filter/filter_rule.h"

/* --- input --- */

/*
 * The pod's own IP stack hears nothing: it must not answer ARP for the guest's address, which the
 * placeholder interface still carries, nor configure itself from the segment. Frames are told by
 * the bridge's ports, because "meta ibrname" is an expression that kernels may lack.
 */
static void make_input(struct rules *s)
{
        const char *const ports[] = { s->net->nic, s->net->tap };

        for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
                rule_begin(s, FILTER_INPUT);
                rule_match_interface(s, NFT_META_IIFNAME, ports[i]);
                rule_end_with(s, NF_DROP);
        }
}

/* --- forward --- */

/*
 * Every data frame meets these rules, so they consist of what nf_tables evaluates without a
 * function call: one, two or four bytes of the headers, and numbers to compare. That there is a
 * transport header at all says that the frame is IP, its header is right, and it is no later
 * fragment. Of IPv6 only what stands right behind the fixed header passes here (in an IPv4 header,
 * that byte belongs to a fragment's offset). All else goes on to where it is looked at closely.
 *
 * Most of the filter's cost is that there is a chain at all: an empty one costs a small packet 1 to
 * 3 %.
 */
static void make_ordinary4(struct rules *s)
{
        const uint8_t version_and_length = 0x45; /* IPv4 without options: RFC 791, section 3.1 */

        rule_begin(s, FILTER_FORWARD);
        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 0, &version_and_length, 1);
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
        rule_compare_be16(s, NFT_CMP_NEQ, PORT_DHCP4_SERVER);
        rule_compare_be16(s, NFT_CMP_NEQ, PORT_DHCP4_CLIENT);
        rule_accept(s);
}

static void make_ordinary6(struct rules *s, uint8_t protocol)
{
        rule_begin(s, FILTER_FORWARD);
        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 6, &protocol, sizeof(protocol));
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
        rule_compare_be16(s, NFT_CMP_NEQ, PORT_DHCP6_CLIENT);
        rule_compare_be16(s, NFT_CMP_NEQ, PORT_DHCP6_SERVER);
        rule_accept(s);
}

static void make_forward(struct rules *s, bool keeps_apart, bool anti_spoof)
{
        const char *tap = s->net->tap;

        if (anti_spoof) {
                rule_begin(s, FILTER_FORWARD);
                rule_match_interface(s, NFT_META_IIFNAME, tap);
                rule_go(s, FILTER_FROM);
        }
        if (!keeps_apart)
                return;
        make_ordinary4(s);
        make_ordinary6(s, IPPROTO_TCP);
        make_ordinary6(s, IPPROTO_UDP);
        if (!anti_spoof) {
                rule_begin(s, FILTER_FORWARD);
                rule_match_interface(s, NFT_META_IIFNAME, tap);
                rule_go(s, FILTER_PASS);
        }
        rule_begin(s, FILTER_FORWARD);
        rule_match_interface(s, NFT_META_OIFNAME, tap);
        rule_go(s, FILTER_PASS);
}

/* --- pass --- */

/* Bytes of an IPv6 fragment header (RFC 8200, section 4.5); a frame without one does not match. */
static void load_fragment(struct rules *s, uint8_t offset, uint8_t len)
{
        rule_add(s, &(struct filter_expression){ .kind = FILTER_EXTHDR,
                                                 .what = IPPROTO_FRAGMENT,
                                                 .offset = offset,
                                                 .len = len });
}

/* What belongs to a later fragment is judged by the first one, without which it is nothing. */
static void make_later_fragments(struct rules *s)
{
        rule_begin(s, FILTER_PASS);
        rule_match_protocol(s, ETH_P_IP);
        rule_load(s, NFT_PAYLOAD_NETWORK_HEADER, 6, 2);
        rule_mask_be16(s, 0x1fff);
        rule_compare_be16(s, NFT_CMP_NEQ, 0);
        rule_accept(s);

        rule_begin(s, FILTER_PASS);
        rule_match_protocol(s, ETH_P_IPV6);
        load_fragment(s, 2, 2);
        rule_mask_be16(s, 0xfff8);
        rule_compare_be16(s, NFT_CMP_NEQ, 0);
        rule_accept(s);
}

/* What may stand right behind a fragment header: the beginning of one of these, eight bytes at
 * least (a fragment's length is a multiple of that), says enough to judge it. */
static const uint8_t fragmented_protocols[] = {
        IPPROTO_TCP,  IPPROTO_UDP, IPPROTO_ICMPV6, IPPROTO_ESP,
        IPPROTO_SCTP, IPPROTO_GRE, IPPROTO_IPIP,   IPPROTO_IPV6,
};

/*
 * RFC 7112: a first fragment has the whole header chain. With another extension header behind the
 * fragment header it may end before the upper-layer header, and the kernel would take what follows
 * the packet in the frame for it. So no extension header may stand there.
 */
static void drop_cut_fragments(struct rules *s)
{
        rule_begin(s, FILTER_PASS);
        rule_match_protocol(s, ETH_P_IPV6);
        load_fragment(s, 0, 1);
        for (size_t i = 0; i < ARRAY_SIZE(fragmented_protocols); i++)
                rule_compare_byte(s, NFT_CMP_NEQ, fragmented_protocols[i]);
        rule_drop(s, "fragments with extension headers in them");
}

/*
 * DHCP is told by the destination port alone: clients and servers may send from any (RFC 2131,
 * section 4.1; RFC 8415, section 7.2).
 */
static void drop_datagrams(struct rules *s, unsigned ethertype, unsigned port,
                           enum nft_meta_keys direction, const char *comment)
{
        rule_begin(s, FILTER_PASS);
        rule_match_port(s, port);
        rule_match_l4proto(s, IPPROTO_UDP);
        rule_match_protocol(s, ethertype);
        rule_match_interface(s, direction, s->net->tap);
        rule_drop(s, comment);
}

static void drop_icmp6(struct rules *s, uint8_t type, enum nft_meta_keys direction,
                       const char *comment)
{
        rule_begin(s, FILTER_PASS);
        rule_match_icmp6(s, type);
        rule_match_interface(s, direction, s->net->tap);
        rule_drop(s, comment);
}

/*
 * What the guest asks the made-up routers is answered on the tap. A router that it sends such a
 * question to, because it has the made-up router's MAC, would look for that one itself, and say
 * that it does not find it.
 */
static void drop_made_up_between(struct rules *s, unsigned first, unsigned last)
{
        struct in6_addr addr = podnet_link_local(s->net, first);
        struct filter_expression mask = { .kind = FILTER_MASK, .len = sizeof(addr) };

        memset(mask.data, 0xff, mask.len);
        for (unsigned i = first + 1; i <= last; i++) {
                struct in6_addr other = podnet_link_local(s->net, i);

                for (size_t byte = 0; byte < mask.len; byte++)
                        mask.data[byte] &= (uint8_t) ~(addr.s6_addr[byte] ^ other.s6_addr[byte]);
        }
        for (size_t byte = 0; byte < mask.len; byte++)
                addr.s6_addr[byte] &= mask.data[byte];
        rule_begin(s, FILTER_PASS);
        rule_match_icmp6(s, ND_NEIGHBOUR_SOLICITATION);
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 8, sizeof(addr));
        if (last > first)
                rule_add(s, &mask);
        rule_compare(s, NFT_CMP_EQ, &addr, sizeof(addr));
        rule_match_interface(s, NFT_META_IIFNAME, s->net->tap);
        rule_drop(s, "neighbour solicitations for podgraft, from the guest");
}

/* The server's address, and those of the routers, which differ in a few bits. */
static void drop_made_up(struct rules *s)
{
        drop_made_up_between(s, 0, 0);
        drop_made_up_between(s, 1, PODNET_MADE_UP_MAX);
}

/*
 * Protocols other than IP that pass: those that a host or a router speaks on a link, and that carry
 * no frame which a host would take out unasked. ARP; RARP, by which QEMU announces a guest that
 * moved; what network labs use.
 */
static const uint16_t passing_ethertypes[] = {
        ETH_P_ARP,      ETHERTYPE_RARP, ETH_P_MPLS_UC, ETH_P_MPLS_MC,
        ETH_P_PPP_DISC, ETH_P_PPP_SES,  0x888e, /* EAPOL: IEEE 802.1X */
        ETHERTYPE_LLDP, ETH_P_SLOW,             /* LACP */
        ETH_P_1588,                             /* PTP */
};
/* Of 802.3 frames with an LLC header those with these two service access points; not SNAP (0xaaaa),
 * behind which there can be IP. */
static const uint16_t passing_llc[] = { 0x4242 /* STP */, 0xfefe /* IS-IS */ };

/* IP whose upper-layer header is there, so that the rules before this one have seen it. */
static void make_known_ip(struct rules *s)
{
        rule_begin(s, FILTER_PASS);
        rule_load_meta(s, NFT_META_L4PROTO);
        rule_compare_byte(s, NFT_CMP_NEQ, IPPROTO_UDP);
        rule_compare_byte(s, NFT_CMP_NEQ, IPPROTO_ICMPV6);
        rule_accept(s);

        rule_begin(s, FILTER_PASS);
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
        rule_compare_be16(s, NFT_CMP_GTE, 0);
        rule_accept(s);
}

static void make_other_protocols(struct rules *s)
{
        for (size_t i = 0; i < ARRAY_SIZE(passing_llc); i++) {
                rule_begin(s, FILTER_PASS);
                rule_match_protocol(s, ETH_P_802_2);
                rule_load(s, NFT_PAYLOAD_NETWORK_HEADER, 0, 2);
                rule_compare_be16(s, NFT_CMP_EQ, passing_llc[i]);
                rule_accept(s);
        }
        rule_begin(s, FILTER_PASS);
        rule_load_meta(s, NFT_META_PROTOCOL);
        for (size_t i = 0; i < ARRAY_SIZE(passing_ethertypes); i++)
                rule_compare_be16(s, NFT_CMP_NEQ, passing_ethertypes[i]);
        rule_drop(s, "no whole IP header, several VLAN tags, another protocol");
}

static void make_pass(struct rules *s)
{
        make_later_fragments(s);
        drop_cut_fragments(s);
        if (s->own_dhcp4) {
                drop_datagrams(s, ETH_P_IP, PORT_DHCP4_SERVER, NFT_META_IIFNAME,
                               "DHCP, from the guest");
                drop_datagrams(s, ETH_P_IP, PORT_DHCP4_CLIENT, NFT_META_OIFNAME,
                               "DHCP, to the guest");
        }
        if (s->own_dhcp6) {
                drop_datagrams(s, ETH_P_IPV6, PORT_DHCP6_SERVER, NFT_META_IIFNAME,
                               "DHCPv6, from the guest");
                drop_datagrams(s, ETH_P_IPV6, PORT_DHCP6_CLIENT, NFT_META_OIFNAME,
                               "DHCPv6, to the guest");
        }
        if (s->own_ra) { /* the guest's routers are those that podgraft tells it of, or none */
                drop_icmp6(s, ND_ROUTER_SOLICITATION, NFT_META_IIFNAME,
                           "router solicitations, from the guest");
                drop_icmp6(s, ND_ROUTER_ADVERTISEMENT, NFT_META_OIFNAME,
                           "router advertisements, to the guest");
                drop_icmp6(s, ND_REDIRECT, NFT_META_OIFNAME, "redirects, to the guest");
        }
        if (s->net->ra == PODNET_TOLD_BY_US)
                drop_made_up(s);
        make_known_ip(s);
        make_other_protocols(s);
}

/* --- all of it --- */

int filter_make(const struct podnet *net, bool anti_spoof, struct ns_filter *ret)
{
        struct rules s = { .net = net,
                           .own_dhcp4 = net->dhcp4 != PODNET_TOLD_BY_SEGMENT,
                           .own_dhcp6 = net->dhcp6 != PODNET_TOLD_BY_SEGMENT,
                           .own_ra = net->ra != PODNET_TOLD_BY_SEGMENT };
        bool keeps_apart = s.own_dhcp4 || s.own_dhcp6 || s.own_ra;
        struct ns_filter filter = { 0 };

        for (unsigned i = 0; i < FILTER_N_CHAINS; i++)
                s.hashes[i] = filter_batch_hash_chain(i, &filter_hooks[i]);
        make_input(&s);
        make_forward(&s, keeps_apart, anti_spoof);
        if (anti_spoof) {
                rules_make_from(&s);
                rules_make_ip6(&s);
        }
        if (keeps_apart || anti_spoof)
                make_pass(&s);
        if (s.is_short) {
                free(s.list.data);
                return -ENOMEM;
        }
        for (size_t i = 0; i < FILTER_N_CHAINS; i++)
                filter.hash += s.hashes[i];
        memcpy(filter.tap, net->tap, IFNAMSIZ);
        filter.n_rules = s.n_rules;
        filter.raw = s.list;
        *ret = filter;
        return 0;
}
