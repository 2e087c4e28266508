/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_expression.h - one expression of an nf_tables rule, as a value
 *
 * A rule is a list of expressions. One loads bytes into register 1, the next compares them; a
 * comparison that does not hold, or bytes that are not there, end the rule without a verdict.
 * The same value is written into a request and read from a dump, so that rules can be compared.
 *
 * A list of rules is a string of such values: each has its first four bytes and as many of .data as
 * .len says. FILTER_RULE begins a rule, FILTER_COMMENT may end it.
 */
#pragma once

#include <netinet/in.h> /* before the kernel's own */

#include <linux/netfilter/nf_tables.h>
#include <netlink/attr.h>
#include <stddef.h>
#include <stdint.h>

#include "netsetup/filter/filter_batch.h"

/* The most frequent ones first: in this order they are looked for. */
enum filter_kind {
        FILTER_COMPARE, /* go on only if it holds */
        FILTER_META,    /* load what the kernel knows of the frame */
        FILTER_VERDICT, /* accept, drop, or go to a chain */
        FILTER_PAYLOAD, /* load bytes of a header */
        FILTER_COUNTER, /* count the frame */
        FILTER_MASK,    /* register &= data */
        FILTER_EXTHDR,  /* load bytes of an IPv6 extension header */
        FILTER_OTHER,   /* nothing that podgraft writes; only read */
        FILTER_RULE,    /* no expression: a rule begins, in chain .what (enum filter_chain) */
        FILTER_COMMENT, /* no expression: what nft(8) lists behind the rule, without a NUL */
};

#define FILTER_DATA_MAX 64 /* bytes: the longest comment; a chain's name has 24, an address 16 */

struct filter_expression {
        uint8_t kind;   /* enum filter_kind */
        uint8_t what;   /* enum nft_meta_keys, nft_payload_bases or nft_cmp_ops; the number of the
                           extension header; the verdict (NF_… or NFT_…, as a signed byte) */
        uint8_t offset; /* bytes into the header, of what is loaded */
        uint8_t len;    /* bytes that are loaded (and none of .data is meant), or of .data */
        uint8_t data[FILTER_DATA_MAX]; /* compared with, or the mask, in the order of the wire; the
                                          chain's name, with its NUL */
};

/** filter_expression_write() - append @e to the list NFTA_RULE_EXPRESSIONS that is open in @batch
 */
void filter_expression_write(struct filter_batch *batch, const struct filter_expression *e);

/**
 * filter_expression_read() - @element of NFTA_RULE_EXPRESSIONS as a value
 * @ret: FILTER_OTHER if filter_expression_write() would not make the same expression
 */
void filter_expression_read(struct nlattr *element, struct filter_expression *ret);

/** filter_expression_count() - what the counter @element has counted; zeros for another one */
void filter_expression_count(struct nlattr *element, uint64_t *ret_packets, uint64_t *ret_bytes);

/** filter_expression_size() - bytes of @e in a list of rules */
size_t filter_expression_size(const struct filter_expression *e);

/** filter_expression_hash() - go on from @hash with @e (netsetup/hash.h); a comment adds nothing */
uint64_t filter_expression_hash(uint64_t hash, const struct filter_expression *e);
