/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_message.c - messages of nf_tables and the expressions that rules consist of
 *
 * An expression works on one register: it loads something into it, compares what is in it, or gives
 * a verdict. Numbers are big endian, whatever the field.
 */
#include "netsetup/filter/filter_message.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>

#include "netsetup/filter/filter.h"
#include "netsetup/request.h"

#define MESSAGE_ROOM 2048 /* bytes for attributes; a rule of filter.c takes 700 */

struct nl_msg *filter_message(int type, int flags)
{
        struct nfgenmsg header = { .nfgen_family = NFPROTO_BRIDGE };
        struct nl_msg *msg = request_new_for((NFNL_SUBSYS_NFTABLES << 8) | type, flags, &header,
                                             sizeof(header), MESSAGE_ROOM);

        if (msg)
                nla_put_string(msg, NFTA_TABLE_NAME, FILTER_TABLE); /* first in all of them */
        return msg;
}

void filter_put_be32(struct nl_msg *msg, int type, uint32_t value)
{
        nla_put_u32(msg, type, htonl(value));
}

/* --- expressions: each is a name, and data in a nest --- */

struct expression {
        struct nlattr *element, *data;
};

static struct expression expression_begin(struct nl_msg *msg, const char *name)
{
        struct expression e = { .element = nla_nest_start(msg, NFTA_LIST_ELEM) };

        nla_put_string(msg, NFTA_EXPR_NAME, name);
        e.data = nla_nest_start(msg, NFTA_EXPR_DATA);
        return e;
}

static void expression_end(struct nl_msg *msg, struct expression e)
{
        nla_nest_end(msg, e.data);
        nla_nest_end(msg, e.element);
}

void filter_put_value(struct nl_msg *msg, int type, const void *value, size_t len)
{
        struct nlattr *nest = nla_nest_start(msg, type);

        nla_put(msg, NFTA_DATA_VALUE, (int)len, value);
        nla_nest_end(msg, nest);
}

void filter_put_meta(struct nl_msg *msg, enum nft_meta_keys key)
{
        struct expression e = expression_begin(msg, "meta");

        filter_put_be32(msg, NFTA_META_DREG, NFT_REG_1);
        filter_put_be32(msg, NFTA_META_KEY, key);
        expression_end(msg, e);
}

void filter_put_payload(struct nl_msg *msg, enum nft_payload_bases base, unsigned offset,
                        unsigned len)
{
        struct expression e = expression_begin(msg, "payload");

        filter_put_be32(msg, NFTA_PAYLOAD_DREG, NFT_REG_1);
        filter_put_be32(msg, NFTA_PAYLOAD_BASE, base);
        filter_put_be32(msg, NFTA_PAYLOAD_OFFSET, offset);
        filter_put_be32(msg, NFTA_PAYLOAD_LEN, len);
        expression_end(msg, e);
}

void filter_put_equal(struct nl_msg *msg, const void *value, size_t len)
{
        struct expression e = expression_begin(msg, "cmp");

        filter_put_be32(msg, NFTA_CMP_SREG, NFT_REG_1);
        filter_put_be32(msg, NFTA_CMP_OP, NFT_CMP_EQ);
        filter_put_value(msg, NFTA_CMP_DATA, value, len);
        expression_end(msg, e);
}

void filter_put_mask_be16(struct nl_msg *msg, uint16_t mask)
{
        const uint16_t be16 = htons(mask), zero = 0;
        struct expression e = expression_begin(msg, "bitwise");

        filter_put_be32(msg, NFTA_BITWISE_SREG, NFT_REG_1);
        filter_put_be32(msg, NFTA_BITWISE_DREG, NFT_REG_1);
        filter_put_be32(msg, NFTA_BITWISE_LEN, sizeof(be16));
        filter_put_value(msg, NFTA_BITWISE_MASK, &be16, sizeof(be16));
        filter_put_value(msg, NFTA_BITWISE_XOR, &zero, sizeof(zero));
        expression_end(msg, e);
}

void filter_put_equal_be16(struct nl_msg *msg, unsigned value)
{
        const uint16_t be16 = htons((uint16_t)value);

        filter_put_equal(msg, &be16, sizeof(be16));
}

void filter_put_drop(struct nl_msg *msg)
{
        struct expression e = expression_begin(msg, "immediate");
        struct nlattr *data, *verdict;

        filter_put_be32(msg, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
        data = nla_nest_start(msg, NFTA_IMMEDIATE_DATA);
        verdict = nla_nest_start(msg, NFTA_DATA_VERDICT);
        filter_put_be32(msg, NFTA_VERDICT_CODE, NF_DROP);
        nla_nest_end(msg, verdict);
        nla_nest_end(msg, data);
        expression_end(msg, e);
}

void filter_put_lookup(struct nl_msg *msg, uint32_t set_id)
{
        struct expression e = expression_begin(msg, "lookup");

        filter_put_be32(msg, NFTA_LOOKUP_SREG, NFT_REG_1);
        nla_put_string(msg, NFTA_LOOKUP_SET, FILTER_SET);
        filter_put_be32(msg, NFTA_LOOKUP_SET_ID, set_id);
        expression_end(msg, e);
}

void filter_put_counter(struct nl_msg *msg)
{
        expression_end(msg, expression_begin(msg, "counter"));
}
