/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_rule.h - the rules of one graft's filter while they are written
 *
 *     rule_begin(s, FILTER_PASS);             in this chain, behind the rules that it has
 *     rule_match_l4proto(s, IPPROTO_UDP);     each must hold, or the rule ends
 *     rule_match_port(s, 67);
 *     rule_drop(s, "DHCP");                   a verdict ends it
 *
 * Inside netsetup/filter/. Out of memory is remembered in struct rules.
 */
#pragma once

#include "netsetup/filter/filter_batch.h"
#include "netsetup/filter/filter_expression.h"
#include "podgraft/podnet.h"

#define PORT_DHCP4_SERVER 67
#define PORT_DHCP4_CLIENT 68
#define PORT_DHCP6_CLIENT 546
#define PORT_DHCP6_SERVER 547

/* RFC 4861, section 4 */
#define ND_ROUTER_SOLICITATION    133
#define ND_ROUTER_ADVERTISEMENT   134
#define ND_NEIGHBOUR_SOLICITATION 135
#define ND_NEIGHBOUR_ADVERT       136
#define ND_REDIRECT               137
#define ND_OPTION_SOURCE_MAC      1
#define ND_OPTION_TARGET_MAC      2
#define ND_OPTION_NONCE           14 /* RFC 3971; in duplicate address detection: RFC 7527 */

/* What is not in linux/if_ether.h of each kernel that podgraft is built on. */
#define ETHERTYPE_LLDP 0x88cc
#define ETHERTYPE_RARP 0x8035

struct rules {
        const struct podnet *net;
        struct raw_message list;          /* as filter_expression.h says */
        size_t size;                      /* bytes that the list has room for */
        bool is_short;                    /* of memory */
        enum filter_chain chain;          /* of the rule that is written */
        uint64_t hashes[FILTER_N_CHAINS]; /* of the chains and their rules so far */
        unsigned n_rules;
        /* Not the segment's: kept from it, and its own kept from the guest. */
        bool own_dhcp4, own_dhcp6, own_ra;
};

/** rule_begin() - a rule at the end of @chain */
void rule_begin(struct rules *s, enum filter_chain chain);
/** rule_add() - any expression; those below are the usual ones, in host byte order unless said */
void rule_add(struct rules *s, const struct filter_expression *e);
void rule_load_meta(struct rules *s, enum nft_meta_keys key);
void rule_load(struct rules *s, enum nft_payload_bases base, uint8_t offset, uint8_t len);
void rule_compare(struct rules *s, enum nft_cmp_ops op, const void *data, size_t len);
void rule_compare_byte(struct rules *s, enum nft_cmp_ops op, uint8_t value);
void rule_compare_be16(struct rules *s, enum nft_cmp_ops op, unsigned value);
void rule_mask_be16(struct rules *s, unsigned mask);
/* Bytes of a header that must be @data. */
void rule_match(struct rules *s, enum nft_payload_bases base, uint8_t offset, const void *data,
                size_t len);
/* @key: NFT_META_IIFNAME or NFT_META_OIFNAME */
void rule_match_interface(struct rules *s, enum nft_meta_keys key, const char *name);
/* The EtherType behind the one tag that a frame may have. */
void rule_match_protocol(struct rules *s, unsigned ethertype);
void rule_match_l4proto(struct rules *s, uint8_t protocol);
void rule_match_port(struct rules *s, unsigned destination);
void rule_match_icmp6(struct rules *s, uint8_t type);
void rule_match_source4(struct rules *s, const struct in_addr *addr);
void rule_match_source6(struct rules *s, const struct in6_addr *addr);
/* The target of a neighbour solicitation or advertisement. */
void rule_match_target(struct rules *s, const struct in6_addr *addr);
/* Two bytes of an IPv6 address that begin fe80::/10. */
void rule_match_link_local(struct rules *s, enum nft_payload_bases base, uint8_t offset);

/* A verdict ends a rule. */
void rule_end_with(struct rules *s, int verdict);
void rule_accept(struct rules *s);
/* What is dropped is counted, under a name. */
void rule_drop(struct rules *s, const char *comment);
void rule_go(struct rules *s, enum filter_chain chain);

/* filter_spoof.c: the chains of --anti-spoof, which end in FILTER_PASS */
void rules_make_from(struct rules *s);
void rules_make_ip6(struct rules *s);
