/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_set.c - a set without a name: { "eth0-nic", "tap0" }
 */
#include <stdio.h>
#include <string.h>

#include "netsetup/filter/filter.h"
#include "netsetup/filter/filter_compiler.h"
#include "netsetup/filter/filter_message.h"

/* nft's own numbers of types (its datatype.h) */
#define TYPE_INTEGER 4
#define TYPE_IFNAME  41

/* An attribute of what nft keeps beside a set, to list it as it was written. In host byte order. */
struct set_note {
        uint8_t type, len; /* of what follows */
        uint32_t value;
} __attribute__((packed));

#define NOTE(type, value)                                                                          \
        {                                                                                          \
                type, sizeof(uint32_t), value                                                      \
        }

static const struct set_note about_interfaces = NOTE(0, 1); /* byte order: the host's */

/* Bits of the transport header: where they are, so that they are listed in hexadecimal. */
static const struct {
        struct set_note byte_order;
        uint8_t key, key_len;
        struct set_note expression;
        uint8_t where, where_len;
        struct set_note protocol, field, base, offset_bits, len_bits;
} __attribute__((packed)) about_target = {
        .byte_order = NOTE(0, 2), /* big endian */
        .key = 3,
        .key_len = 38,
        .expression = NOTE(0, 7), /* payload */
        .where = 1,
        .where_len = 30,
        .protocol = NOTE(0, 0),
        .field = NOTE(1, 0),
        .base = NOTE(2, 3),
        .offset_bits = NOTE(3, 64),
        .len_bits = NOTE(4, 128),
};

/* What a set's elements are. */
struct filter_set_kind {
        uint32_t type, len;
        bool (*take)(struct filter_compiler *c, uint8_t ret[16]);
        const void *notes;
        int notes_len;
};

static bool take_interface(struct filter_compiler *c, uint8_t ret[16])
{
        return filter_take_quoted(c, (char *)ret, IFNAMSIZ);
}

/* 0x and 32 digits */
static bool take_bits(struct filter_compiler *c, uint8_t ret[16])
{
        filter_skip_spaces(c);
        if (strncmp(c->at, "0x", 2) != 0 || strspn(c->at + 2, "0123456789abcdef") != 32)
                return false;
        c->at += 2;
        for (int i = 0; i < 16; i++, c->at += 2)
                if (sscanf(c->at, "%2hhx", &ret[i]) != 1)
                        return false;
        return true;
}

const struct filter_set_kind filter_set_of_interfaces = { TYPE_IFNAME, IFNAMSIZ, take_interface,
                                                          &about_interfaces,
                                                          sizeof(about_interfaces) };
const struct filter_set_kind filter_set_of_targets = { TYPE_INTEGER, 16, take_bits, &about_target,
                                                       sizeof(about_target) };

static struct nl_msg *set_message(struct filter_compiler *c, const struct filter_set_kind *kind,
                                  unsigned n_elements)
{
        struct nl_msg *msg = filter_message(NFT_MSG_NEWSET, NLM_F_CREATE);
        struct nlattr *nest;

        if (!msg)
                return NULL;
        nla_put_string(msg, NFTA_SET_NAME, FILTER_SET);
        filter_put_be32(msg, NFTA_SET_FLAGS, NFT_SET_ANONYMOUS | NFT_SET_CONSTANT);
        filter_put_be32(msg, NFTA_SET_KEY_TYPE, kind->type);
        filter_put_be32(msg, NFTA_SET_KEY_LEN, kind->len);
        filter_put_be32(msg, NFTA_SET_ID, ++c->set_id);
        nest = nla_nest_start(msg, NFTA_SET_DESC);
        filter_put_be32(msg, NFTA_SET_DESC_SIZE, n_elements);
        nla_nest_end(msg, nest);
        nla_put(msg, NFTA_SET_USERDATA, kind->notes_len, kind->notes);
        return msg;
}

static void put_element(struct nl_msg *msg, const void *value, uint32_t len)
{
        struct nlattr *element = nla_nest_start(msg, NFTA_LIST_ELEM);

        filter_put_value(msg, NFTA_SET_ELEM_KEY, value, len);
        nla_nest_end(msg, element);
}

int filter_compile_set(struct filter_compiler *c, const struct filter_set_kind *kind)
{
        uint8_t values[16][16];
        struct nlattr *elements;
        struct nl_msg *msg;
        unsigned n = 0;

        do {
                if (n == ARRAY_SIZE(values) || !kind->take(c, values[n++]))
                        return -ENOSYS;
        } while (filter_take(c, ","));
        if (!filter_take(c, "}") || filter_append(c, set_message(c, kind, n)) < 0)
                return -ENOSYS;
        msg = filter_message(NFT_MSG_NEWSETELEM, NLM_F_CREATE);
        if (!msg)
                return -ENOSYS;
        nla_put_string(msg, NFTA_SET_ELEM_LIST_SET, FILTER_SET);
        filter_put_be32(msg, NFTA_SET_ELEM_LIST_SET_ID, c->set_id);
        elements = nla_nest_start(msg, NFTA_SET_ELEM_LIST_ELEMENTS);
        for (unsigned i = 0; i < n; i++)
                put_element(msg, values[i], kind->len);
        nla_nest_end(msg, elements);
        return filter_append(c, msg);
}
