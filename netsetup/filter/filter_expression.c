/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_expression.c - expressions of nf_tables to netlink attributes and back
 *
 * Numbers are big endian, whatever the field (linux/netfilter/nf_tables.h). Not libnftnl: it would
 * bring the shared libmnl into each start of podgraft, 6 % of the instructions of an 'up'.
 */
#include "netsetup/filter/filter_expression.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <stdbool.h>
#include <string.h>

#include "netsetup/hash.h"
#include "podgraft/cleanup.h"

/* --- attributes --- */

static void put_value(struct filter_batch *b, uint16_t type, const void *value, size_t len)
{
        size_t nest = filter_batch_open(b, type);

        filter_batch_put(b, NFTA_DATA_VALUE, value, len);
        filter_batch_close(b, nest);
}

/* The number in @a, or one that is nowhere expected. */
static uint32_t be32_of(struct nlattr *a)
{
        uint32_t be32;

        if (!a || nla_len(a) < (int)sizeof(be32))
                return UINT32_MAX;
        memcpy(&be32, nla_data(a), sizeof(be32));
        return ntohl(be32);
}

static bool is_number(struct nlattr *a, uint32_t wanted)
{
        return be32_of(a) == wanted;
}

/* Numbers that fit the fields of a struct filter_expression. */
static bool take_byte(struct nlattr *a, uint8_t *ret)
{
        uint32_t value = be32_of(a);

        *ret = (uint8_t)value;
        return value <= UINT8_MAX;
}

static bool take_value(struct nlattr *nest, struct filter_expression *ret)
{
        struct nlattr *a[NFTA_DATA_MAX + 1];

        if (!nest || nla_parse_nested(a, NFTA_DATA_MAX, nest, NULL) < 0 || !a[NFTA_DATA_VALUE] ||
            nla_len(a[NFTA_DATA_VALUE]) > FILTER_DATA_MAX)
                return false;
        ret->len = (uint8_t)nla_len(a[NFTA_DATA_VALUE]);
        memcpy(ret->data, nla_data(a[NFTA_DATA_VALUE]), ret->len);
        return true;
}

/* --- one writer and one reader a kind --- */

static void write_meta(struct filter_batch *b, const struct filter_expression *e)
{
        filter_batch_put_be32(b, NFTA_META_DREG, NFT_REG_1);
        filter_batch_put_be32(b, NFTA_META_KEY, e->what);
}

static bool read_meta(struct nlattr **a, struct filter_expression *ret)
{
        return is_number(a[NFTA_META_DREG], NFT_REG_1) && take_byte(a[NFTA_META_KEY], &ret->what);
}

static void write_payload(struct filter_batch *b, const struct filter_expression *e)
{
        filter_batch_put_be32(b, NFTA_PAYLOAD_DREG, NFT_REG_1);
        filter_batch_put_be32(b, NFTA_PAYLOAD_BASE, e->what);
        filter_batch_put_be32(b, NFTA_PAYLOAD_OFFSET, e->offset);
        filter_batch_put_be32(b, NFTA_PAYLOAD_LEN, e->len);
}

static bool read_payload(struct nlattr **a, struct filter_expression *ret)
{
        return is_number(a[NFTA_PAYLOAD_DREG], NFT_REG_1) &&
               take_byte(a[NFTA_PAYLOAD_BASE], &ret->what) &&
               take_byte(a[NFTA_PAYLOAD_OFFSET], &ret->offset) &&
               take_byte(a[NFTA_PAYLOAD_LEN], &ret->len);
}

static void write_exthdr(struct filter_batch *b, const struct filter_expression *e)
{
        filter_batch_put_be32(b, NFTA_EXTHDR_DREG, NFT_REG_1);
        filter_batch_put(b, NFTA_EXTHDR_TYPE, &e->what, sizeof(e->what));
        filter_batch_put_be32(b, NFTA_EXTHDR_OFFSET, e->offset);
        filter_batch_put_be32(b, NFTA_EXTHDR_LEN, e->len);
}

static bool read_exthdr(struct nlattr **a, struct filter_expression *ret)
{
        if (!a[NFTA_EXTHDR_TYPE] || nla_len(a[NFTA_EXTHDR_TYPE]) < 1)
                return false;
        ret->what = nla_get_u8(a[NFTA_EXTHDR_TYPE]);
        /* Kernels tell flags and operation where they are not zero; some tell zeros, too. */
        return is_number(a[NFTA_EXTHDR_DREG], NFT_REG_1) &&
               (!a[NFTA_EXTHDR_FLAGS] || is_number(a[NFTA_EXTHDR_FLAGS], 0)) &&
               (!a[NFTA_EXTHDR_OP] || is_number(a[NFTA_EXTHDR_OP], NFT_EXTHDR_OP_IPV6)) &&
               take_byte(a[NFTA_EXTHDR_OFFSET], &ret->offset) &&
               take_byte(a[NFTA_EXTHDR_LEN], &ret->len);
}

static void write_mask(struct filter_batch *b, const struct filter_expression *e)
{
        static const uint8_t zeros[FILTER_DATA_MAX];

        filter_batch_put_be32(b, NFTA_BITWISE_SREG, NFT_REG_1);
        filter_batch_put_be32(b, NFTA_BITWISE_DREG, NFT_REG_1);
        filter_batch_put_be32(b, NFTA_BITWISE_LEN, e->len);
        put_value(b, NFTA_BITWISE_MASK, e->data, e->len);
        put_value(b, NFTA_BITWISE_XOR, zeros, e->len);
}

static bool read_mask(struct nlattr **a, struct filter_expression *ret)
{
        static const uint8_t zeros[FILTER_DATA_MAX];
        struct filter_expression xor = { 0 };

        return is_number(a[NFTA_BITWISE_SREG], NFT_REG_1) &&
               is_number(a[NFTA_BITWISE_DREG], NFT_REG_1) &&
               (!a[NFTA_BITWISE_OP] || is_number(a[NFTA_BITWISE_OP], NFT_BITWISE_BOOL)) &&
               take_value(a[NFTA_BITWISE_XOR], &xor) && memcmp(xor.data, zeros, xor.len) == 0 &&
               take_value(a[NFTA_BITWISE_MASK], ret);
}

static void write_compare(struct filter_batch *b, const struct filter_expression *e)
{
        filter_batch_put_be32(b, NFTA_CMP_SREG, NFT_REG_1);
        filter_batch_put_be32(b, NFTA_CMP_OP, e->what);
        put_value(b, NFTA_CMP_DATA, e->data, e->len);
}

static bool read_compare(struct nlattr **a, struct filter_expression *ret)
{
        return is_number(a[NFTA_CMP_SREG], NFT_REG_1) && take_byte(a[NFTA_CMP_OP], &ret->what) &&
               take_value(a[NFTA_CMP_DATA], ret);
}

static void write_counter(struct filter_batch *b _unused_,
                          const struct filter_expression *e _unused_)
{
}

static bool read_counter(struct nlattr **a _unused_, struct filter_expression *ret _unused_)
{
        return true; /* what it has counted is no part of the rule */
}

static void write_verdict(struct filter_batch *b, const struct filter_expression *e)
{
        size_t data, verdict;

        filter_batch_put_be32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
        data = filter_batch_open(b, NFTA_IMMEDIATE_DATA);
        verdict = filter_batch_open(b, NFTA_DATA_VERDICT);
        filter_batch_put_be32(b, NFTA_VERDICT_CODE, (uint32_t)(int8_t)e->what);
        if (e->len > 0)
                filter_batch_put(b, NFTA_VERDICT_CHAIN, e->data, e->len);
        filter_batch_close(b, verdict);
        filter_batch_close(b, data);
}

static bool read_verdict(struct nlattr **a, struct filter_expression *ret)
{
        struct nlattr *data[NFTA_DATA_MAX + 1], *verdict[NFTA_VERDICT_MAX + 1], *chain;

        if (!is_number(a[NFTA_IMMEDIATE_DREG], NFT_REG_VERDICT) || !a[NFTA_IMMEDIATE_DATA] ||
            nla_parse_nested(data, NFTA_DATA_MAX, a[NFTA_IMMEDIATE_DATA], NULL) < 0 ||
            !data[NFTA_DATA_VERDICT] ||
            nla_parse_nested(verdict, NFTA_VERDICT_MAX, data[NFTA_DATA_VERDICT], NULL) < 0)
                return false;
        ret->what = (uint8_t)be32_of(verdict[NFTA_VERDICT_CODE]);
        chain = verdict[NFTA_VERDICT_CHAIN];
        if (chain && nla_len(chain) <= FILTER_DATA_MAX) {
                ret->len = (uint8_t)nla_len(chain);
                memcpy(ret->data, nla_data(chain), ret->len);
        }
        return !chain || nla_len(chain) <= FILTER_DATA_MAX;
}

static const struct {
        const char *name; /* the kernel's */
        void (*write)(struct filter_batch *b, const struct filter_expression *e);
        bool (*read)(struct nlattr **attributes, struct filter_expression *ret);
} kinds[] = {
        [FILTER_META] = { "meta", write_meta, read_meta },
        [FILTER_PAYLOAD] = { "payload", write_payload, read_payload },
        [FILTER_EXTHDR] = { "exthdr", write_exthdr, read_exthdr },
        [FILTER_MASK] = { "bitwise", write_mask, read_mask },
        [FILTER_COMPARE] = { "cmp", write_compare, read_compare },
        [FILTER_COUNTER] = { "counter", write_counter, read_counter },
        [FILTER_VERDICT] = { "immediate", write_verdict, read_verdict },
};
_Static_assert(ARRAY_SIZE(kinds) == FILTER_OTHER, "a kind of expression has no row");

/* --- any kind --- */

void filter_expression_write(struct filter_batch *b, const struct filter_expression *e)
{
        size_t element = filter_batch_open(b, NFTA_LIST_ELEM), data;

        filter_batch_put_string(b, NFTA_EXPR_NAME, kinds[e->kind].name);
        data = filter_batch_open(b, NFTA_EXPR_DATA);
        kinds[e->kind].write(b, e);
        filter_batch_close(b, data);
        filter_batch_close(b, element);
}

/* Room for the attributes of every kind. */
#define ATTRIBUTES_MAX 16
_Static_assert(NFTA_META_MAX <= ATTRIBUTES_MAX && NFTA_PAYLOAD_MAX <= ATTRIBUTES_MAX &&
                       NFTA_EXTHDR_MAX <= ATTRIBUTES_MAX && NFTA_BITWISE_MAX <= ATTRIBUTES_MAX &&
                       NFTA_CMP_MAX <= ATTRIBUTES_MAX && NFTA_COUNTER_MAX <= ATTRIBUTES_MAX &&
                       NFTA_IMMEDIATE_MAX <= ATTRIBUTES_MAX,
               "an expression has more attributes than are read");

/* The attributes of @element and the row of its kind, or -1. */
static int open_element(struct nlattr *element, struct nlattr *ret[ATTRIBUTES_MAX + 1])
{
        struct nlattr *e[NFTA_EXPR_MAX + 1];

        int kind = 0;

        if (nla_parse_nested(e, NFTA_EXPR_MAX, element, NULL) < 0 || !e[NFTA_EXPR_NAME])
                return -1;
        while (nla_strcmp(e[NFTA_EXPR_NAME], kinds[kind].name) != 0)
                if (++kind == ARRAY_SIZE(kinds))
                        return -1;
        if (!e[NFTA_EXPR_DATA] ||
            nla_parse_nested(ret, ATTRIBUTES_MAX, e[NFTA_EXPR_DATA], NULL) < 0)
                return -1;
        return kind;
}

void filter_expression_read(struct nlattr *element, struct filter_expression *ret)
{
        struct nlattr *a[ATTRIBUTES_MAX + 1];
        int kind = open_element(element, a);

        *ret = (struct filter_expression){ .kind = kind < 0 ? FILTER_OTHER : (uint8_t)kind };
        if (kind >= 0 && !kinds[kind].read(a, ret))
                *ret = (struct filter_expression){ .kind = FILTER_OTHER };
}

static uint64_t be64_of(struct nlattr *a)
{
        uint64_t be64 = 0;

        if (a && nla_len(a) >= (int)sizeof(be64))
                memcpy(&be64, nla_data(a), sizeof(be64));
        return be64toh(be64);
}

void filter_expression_count(struct nlattr *element, uint64_t *ret_packets, uint64_t *ret_bytes)
{
        struct nlattr *a[ATTRIBUTES_MAX + 1];
        bool is_counter = open_element(element, a) == FILTER_COUNTER;

        *ret_packets = is_counter ? be64_of(a[NFTA_COUNTER_PACKETS]) : 0;
        *ret_bytes = is_counter ? be64_of(a[NFTA_COUNTER_BYTES]) : 0;
}

size_t filter_expression_size(const struct filter_expression *e)
{
        bool has_data = e->kind != FILTER_PAYLOAD && e->kind != FILTER_EXTHDR;

        return offsetof(struct filter_expression, data) + (has_data ? e->len : 0);
}

uint64_t filter_expression_hash(uint64_t hash, const struct filter_expression *e)
{
        return e->kind == FILTER_COMMENT ? hash : hash_bytes(hash, e, filter_expression_size(e));
}
