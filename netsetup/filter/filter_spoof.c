/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_spoof.c - anti-spoofing: what leaves has the guest's MAC and the pod's addresses, wherever
 * in the frame they stand
 */
#include "netsetup/filter/filter_rule.h"

#include <linux/if_ether.h>
#include <string.h>

/* --- from --- */

/* Source MAC and EtherType are neighbours in a frame without a tag: one load for both. */
static void match_untagged(struct rules *s, unsigned ethertype)
{
        uint8_t bytes[MAC_LEN + 2];

        memcpy(bytes, s->net->mac, MAC_LEN);
        bytes[MAC_LEN] = (uint8_t)(ethertype >> 8);
        bytes[MAC_LEN + 1] = (uint8_t)ethertype;
        rule_match(s, NFT_PAYLOAD_LL_HEADER, 6, bytes, sizeof(bytes));
}

/* The guest's data passes at the first rules: what make_ordinary4() and 6() say, and who it is. */
static void make_own_data4(struct rules *s, const struct in_addr *own)
{
        rule_begin(s, FILTER_FROM);
        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 12, own, sizeof(*own));
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
        rule_compare_be16(s, NFT_CMP_NEQ, PORT_DHCP4_SERVER);
        match_untagged(s, ETH_P_IP);
        rule_accept(s);
}

static void make_own_data6(struct rules *s, const struct in6_addr *own, uint8_t protocol)
{
        rule_begin(s, FILTER_FROM);
        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 6, &protocol, sizeof(protocol));
        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 8, own, sizeof(*own));
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
        rule_compare_be16(s, NFT_CMP_NEQ, PORT_DHCP6_SERVER);
        match_untagged(s, ETH_P_IPV6);
        rule_accept(s);
}

static void make_own_data(struct rules *s, const struct ip_addr *own)
{
        if (own->family == AF_INET) {
                make_own_data4(s, &own->v4);
                return;
        }
        make_own_data6(s, &own->v6, IPPROTO_TCP);
        make_own_data6(s, &own->v6, IPPROTO_UDP);
}

static void drop_other_macs(struct rules *s)
{
        rule_begin(s, FILTER_FROM);
        rule_load(s, NFT_PAYLOAD_LL_HEADER, 6, MAC_LEN);
        rule_compare(s, NFT_CMP_NEQ, s->net->mac, MAC_LEN);
        rule_drop(s, "another source MAC");
}

/* A tag with id 0 is a priority only. (The kernel shows the tag where the frame had it.) */
static void drop_vlans(struct rules *s)
{
        const unsigned tags[] = { ETH_P_8021Q, ETH_P_8021AD };

        for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
                rule_begin(s, FILTER_FROM);
                rule_load(s, NFT_PAYLOAD_LL_HEADER, 12, 2);
                rule_compare_be16(s, NFT_CMP_EQ, tags[i]);
                rule_load(s, NFT_PAYLOAD_LL_HEADER, 14, 2);
                rule_mask_be16(s, 0x0fff);
                rule_compare_be16(s, NFT_CMP_NEQ, 0);
                rule_drop(s, "a VLAN id");
        }
}

/* Ethernet and IPv4, with addresses of their lengths (RFC 826): what follows is where it should be.
 */
static void match_arp(struct rules *s, unsigned ethertype)
{
        rule_match_protocol(s, ethertype);
        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 0, "\0\1\x08\0\6\4", 6);
}

/* @sender: in network byte order; NULL: any */
static void accept_arp(struct rules *s, unsigned ethertype, const struct in_addr *sender)
{
        uint8_t bytes[MAC_LEN + sizeof(*sender)];

        memcpy(bytes, s->net->mac, MAC_LEN);
        if (sender)
                memcpy(bytes + MAC_LEN, sender, sizeof(*sender));
        rule_begin(s, FILTER_FROM);
        match_arp(s, ethertype);
        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 8, bytes, sender ? sizeof(bytes) : MAC_LEN);
        rule_accept(s);
}

static void drop_protocol(struct rules *s, unsigned ethertype, const char *comment)
{
        rule_begin(s, FILTER_FROM);
        rule_match_protocol(s, ethertype);
        rule_drop(s, comment);
}

/* Each IPv6 gateway of the pod's that the guest could pretend to be. */
static void each_gateway(struct rules *s, void (*each)(struct rules *s, const struct in6_addr *gw))
{
        for (size_t i = 0; i < s->net->n_routes; i++) {
                const struct ip_addr *gateway = &s->net->routes[i].gateway;
                size_t first = 0;

                while (!ip_addr_equal(&s->net->routes[first].gateway, gateway))
                        first++;
                if (gateway->family == AF_INET6 && first == i)
                        each(s, &gateway->v6);
        }
}

static void drop_gateway_source(struct rules *s, const struct in6_addr *gateway)
{
        rule_begin(s, FILTER_FROM);
        rule_match_source6(s, gateway);
        rule_drop(s, "the gateway's address as the source");
}

/* The segment's DHCP server, where it is the guest's: a client has no address yet. */
static void accept_discover(struct rules *s)
{
        const struct in_addr none = { INADDR_ANY };

        rule_begin(s, FILTER_FROM);
        rule_match_source4(s, &none);
        rule_match_l4proto(s, IPPROTO_UDP);
        rule_match_port(s, PORT_DHCP4_SERVER);
        rule_accept(s);
}

static void make_sources(struct rules *s)
{
        const struct in6_addr none = IN6ADDR_ANY_INIT;

        for (size_t i = 0; i < s->net->n_addresses; i++) {
                const struct ip_addr *own = &s->net->addresses[i].addr;

                rule_begin(s, FILTER_FROM);
                if (own->family == AF_INET)
                        rule_match_source4(s, &own->v4);
                else
                        rule_match_source6(s, &own->v6);
                rule_go(s, own->family == AF_INET ? FILTER_PASS : FILTER_IP6);
        }
        if (!s->own_dhcp4)
                accept_discover(s);
        each_gateway(s, drop_gateway_source);
        rule_begin(s, FILTER_FROM);
        rule_match_source6(s, &none);
        rule_go(s, FILTER_IP6);
        rule_begin(s, FILTER_FROM);
        rule_match_protocol(s, ETH_P_IPV6);
        rule_match_link_local(s, NFT_PAYLOAD_NETWORK_HEADER, 8);
        rule_go(s, FILTER_IP6);
}

static void make_from_addresses(struct rules *s)
{
        const struct podnet *net = s->net;
        const struct in_addr none = { INADDR_ANY };

        for (size_t i = 0; i < net->n_addresses; i++)
                make_own_data(s, &net->addresses[i].addr);
        drop_other_macs(s);
        drop_vlans(s);
        accept_arp(s, ETH_P_ARP, &none); /* a probe: RFC 5227 */
        for (size_t i = 0; i < net->n_addresses; i++)
                if (net->addresses[i].addr.family == AF_INET)
                        accept_arp(s, ETH_P_ARP, &net->addresses[i].addr.v4);
        accept_arp(s, ETHERTYPE_RARP, NULL);
        make_sources(s);
        rule_begin(s, FILTER_FROM);
        rule_drop(s, "another source address, or another protocol");
}

/* Without an address to compare with only the MAC is enforced, wherever it stands. */
static void make_from_mac_only(struct rules *s)
{
        drop_other_macs(s);
        accept_arp(s, ETH_P_ARP, NULL);
        accept_arp(s, ETHERTYPE_RARP, NULL);
        drop_protocol(s, ETH_P_ARP, "ARP with another MAC");
        drop_protocol(s, ETHERTYPE_RARP, "RARP with another MAC");
        rule_begin(s, FILTER_FROM);
        rule_match_protocol(s, ETH_P_IPV6);
        rule_go(s, FILTER_IP6);
        rule_begin(s, FILTER_FROM);
        rule_go(s, FILTER_PASS);
}

void rules_make_from(struct rules *s)
{
        if (s->net->n_addresses > 0)
                make_from_addresses(s);
        else
                make_from_mac_only(s);
}

/* --- ip6 --- */

/*
 * Neighbour discovery in one of few shapes: right behind the IPv6 header, @len bytes long, with
 * nothing behind them or one option. So no option is left that could name another MAC, whatever the
 * order of options, and there is no extension header to hide one behind.
 */
static void match_shape(struct rules *s, uint8_t type, uint8_t len)
{
        const uint8_t length_and_next[] = { 0, len, IPPROTO_ICMPV6 };

        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 4, length_and_next, sizeof(length_and_next));
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
        rule_compare_byte(s, NFT_CMP_EQ, type);
}

static void match_mac_option(struct rules *s, uint8_t at, uint8_t option)
{
        uint8_t bytes[2 + MAC_LEN] = { option, 1 };

        memcpy(bytes + 2, s->net->mac, MAC_LEN);
        rule_match(s, NFT_PAYLOAD_TRANSPORT_HEADER, at, bytes, sizeof(bytes));
}

/* @len: bytes of the message without options */
static void make_solicitations(struct rules *s, uint8_t type, uint8_t len)
{
        rule_begin(s, FILTER_IP6);
        match_shape(s, type, len);
        rule_go(s, FILTER_PASS);

        rule_begin(s, FILTER_IP6);
        match_shape(s, type, len + 8);
        match_mac_option(s, len, ND_OPTION_SOURCE_MAC);
        rule_go(s, FILTER_PASS);
}

static void make_nonce(struct rules *s)
{
        rule_begin(s, FILTER_IP6);
        match_shape(s, ND_NEIGHBOUR_SOLICITATION, 32);
        rule_match(s, NFT_PAYLOAD_TRANSPORT_HEADER, 24, (uint8_t[]){ ND_OPTION_NONCE, 1 }, 2);
        rule_go(s, FILTER_PASS);
}

/* @target: NULL: any link-local address, or any at all where the pod has none */
static void make_advertisements(struct rules *s, const struct in6_addr *target)
{
        for (unsigned with_option = 0; with_option <= 1; with_option++) {
                rule_begin(s, FILTER_IP6);
                match_shape(s, ND_NEIGHBOUR_ADVERT, with_option ? 32 : 24);
                if (with_option)
                        match_mac_option(s, 24, ND_OPTION_TARGET_MAC);
                if (target)
                        rule_match_target(s, target);
                else if (s->net->n_addresses > 0)
                        rule_match_link_local(s, NFT_PAYLOAD_TRANSPORT_HEADER, 8);
                rule_go(s, FILTER_PASS);
        }
}

static void drop_gateway_target(struct rules *s, const struct in6_addr *gateway)
{
        rule_begin(s, FILTER_IP6);
        rule_match_icmp6(s, ND_NEIGHBOUR_ADVERT);
        rule_match_target(s, gateway);
        rule_drop(s, "neighbour advertisements for the gateway");
}

/* A guest is no router, and speaks for its own addresses with its own MAC only (RFC 4861). */
void rules_make_ip6(struct rules *s)
{
        const struct podnet *net = s->net;

        each_gateway(s, drop_gateway_target);
        for (size_t i = 0; i < net->n_addresses; i++)
                if (net->addresses[i].addr.family == AF_INET6)
                        make_advertisements(s, &net->addresses[i].addr.v6);
        make_advertisements(s, NULL);
        make_solicitations(s, ND_NEIGHBOUR_SOLICITATION, 24);
        make_nonce(s);
        make_solicitations(s, ND_ROUTER_SOLICITATION, 8);
        if (net->n_addresses > 0) {
                rule_begin(s, FILTER_IP6);
                rule_match_icmp6(s, ND_ROUTER_ADVERTISEMENT);
                rule_drop(s, "router advertisements, from the guest");
                rule_begin(s, FILTER_IP6);
                rule_match_icmp6(s, ND_REDIRECT);
                rule_drop(s, "redirects, from the guest");
        }
        rule_begin(s, FILTER_IP6);
        rule_match_l4proto(s, IPPROTO_ICMPV6);
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
        rule_compare_byte(s, NFT_CMP_NEQ, ND_ROUTER_ADVERTISEMENT);
        rule_compare_byte(s, NFT_CMP_NEQ, ND_REDIRECT);
        rule_compare_byte(s, NFT_CMP_GTE, ND_ROUTER_SOLICITATION);
        rule_compare_byte(s, NFT_CMP_LTE, ND_REDIRECT);
        rule_drop(s, "neighbour discovery for another MAC or address");
        rule_begin(s, FILTER_IP6);
        rule_go(s, FILTER_PASS);
}
