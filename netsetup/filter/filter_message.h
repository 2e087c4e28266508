/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_message.h - messages of nf_tables for the table of netsetup/filter/filter.h
 */
#pragma once

#include <netinet/in.h> /* before the kernel's own */

#include <linux/netfilter/nf_tables.h>
#include <netlink/msg.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_SET "__set%d" /* the kernel gives a set without a name a number */

/** filter_message() - NFT_MSG_… about the table, whose name is in it; NULL: out of memory */
struct nl_msg *filter_message(int type, int flags);

void filter_put_be32(struct nl_msg *msg, int type, uint32_t value);
/** filter_put_value() - @value as NFTA_DATA_VALUE in a nest of @type */
void filter_put_value(struct nl_msg *msg, int type, const void *value, size_t len);

/* Expressions, for NFTA_RULE_EXPRESSIONS. Each needs less than 128 bytes. */
void filter_put_meta(struct nl_msg *msg, enum nft_meta_keys key);
void filter_put_payload(struct nl_msg *msg, enum nft_payload_bases base, unsigned offset,
                        unsigned len);
void filter_put_equal(struct nl_msg *msg, const void *value, size_t len);
void filter_put_equal_be16(struct nl_msg *msg, unsigned value);
void filter_put_mask_be16(struct nl_msg *msg, uint16_t mask);
void filter_put_lookup(struct nl_msg *msg, uint32_t set_id);
void filter_put_counter(struct nl_msg *msg);
void filter_put_drop(struct nl_msg *msg);
