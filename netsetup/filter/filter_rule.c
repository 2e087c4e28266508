/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/filter/filter_rule.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <string.h>

void rule_add(struct rules *s, const struct filter_expression *e)
{
        size_t len = filter_expression_size(e);

        if (s->list.len + len > s->size) {
                size_t size = s->size ? 2 * s->size : 4096;
                uint8_t *grown = realloc(s->list.data, size);

                s->is_short |= !grown;
                if (!grown)
                        return;
                s->list.data = grown;
                s->size = size;
        }
        memcpy(s->list.data + s->list.len, e, len);
        s->list.len += len;
        s->hashes[s->chain] = filter_expression_hash(s->hashes[s->chain], e);
}

void rule_begin(struct rules *s, enum filter_chain chain)
{
        s->chain = chain;
        s->n_rules++;
        rule_add(s, &(struct filter_expression){ .kind = FILTER_RULE, .what = (uint8_t)chain });
}

void rule_load_meta(struct rules *s, enum nft_meta_keys key)
{
        rule_add(s, &(struct filter_expression){ .kind = FILTER_META, .what = (uint8_t)key });
}

void rule_load(struct rules *s, enum nft_payload_bases base, uint8_t offset, uint8_t len)
{
        rule_add(s, &(struct filter_expression){ .kind = FILTER_PAYLOAD,
                                                 .what = (uint8_t)base,
                                                 .offset = offset,
                                                 .len = len });
}

void rule_compare(struct rules *s, enum nft_cmp_ops op, const void *data, size_t len)
{
        struct filter_expression e = { .kind = FILTER_COMPARE,
                                       .what = (uint8_t)op,
                                       .len = (uint8_t)len };

        memcpy(e.data, data, len);
        rule_add(s, &e);
}

void rule_compare_byte(struct rules *s, enum nft_cmp_ops op, uint8_t value)
{
        rule_compare(s, op, &value, sizeof(value));
}

void rule_compare_be16(struct rules *s, enum nft_cmp_ops op, unsigned value)
{
        const uint16_t be16 = htons((uint16_t)value);

        rule_compare(s, op, &be16, sizeof(be16));
}

void rule_mask_be16(struct rules *s, unsigned mask)
{
        const uint16_t be16 = htons((uint16_t)mask);
        struct filter_expression e = { .kind = FILTER_MASK, .len = sizeof(be16) };

        memcpy(e.data, &be16, sizeof(be16));
        rule_add(s, &e);
}

void rule_match(struct rules *s, enum nft_payload_bases base, uint8_t offset, const void *data,
                size_t len)
{
        rule_load(s, base, offset, (uint8_t)len);
        rule_compare(s, NFT_CMP_EQ, data, len);
}

void rule_match_interface(struct rules *s, enum nft_meta_keys key, const char *name)
{
        char padded[IFNAMSIZ] = "";

        memcpy(padded, name, strnlen(name, IFNAMSIZ - 1));
        rule_load_meta(s, key);
        rule_compare(s, NFT_CMP_EQ, padded, sizeof(padded));
}

void rule_match_protocol(struct rules *s, unsigned ethertype)
{
        rule_load_meta(s, NFT_META_PROTOCOL);
        rule_compare_be16(s, NFT_CMP_EQ, ethertype);
}

void rule_match_l4proto(struct rules *s, uint8_t protocol)
{
        rule_load_meta(s, NFT_META_L4PROTO);
        rule_compare_byte(s, NFT_CMP_EQ, protocol);
}

void rule_match_port(struct rules *s, unsigned destination)
{
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
        rule_compare_be16(s, NFT_CMP_EQ, destination);
}

void rule_match_icmp6(struct rules *s, uint8_t type)
{
        rule_match_l4proto(s, IPPROTO_ICMPV6);
        rule_load(s, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
        rule_compare_byte(s, NFT_CMP_EQ, type);
}

void rule_match_source4(struct rules *s, const struct in_addr *addr)
{
        rule_match_protocol(s, ETH_P_IP);
        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 12, addr, sizeof(*addr));
}

void rule_match_source6(struct rules *s, const struct in6_addr *addr)
{
        rule_match_protocol(s, ETH_P_IPV6);
        rule_match(s, NFT_PAYLOAD_NETWORK_HEADER, 8, addr, sizeof(*addr));
}

void rule_match_target(struct rules *s, const struct in6_addr *addr)
{
        rule_match(s, NFT_PAYLOAD_TRANSPORT_HEADER, 8, addr, sizeof(*addr));
}

void rule_match_link_local(struct rules *s, enum nft_payload_bases base, uint8_t offset)
{
        rule_load(s, base, offset, 2);
        rule_mask_be16(s, 0xffc0);
        rule_compare_be16(s, NFT_CMP_EQ, 0xfe80);
}

void rule_end_with(struct rules *s, int verdict)
{
        rule_add(s,
                 &(struct filter_expression){ .kind = FILTER_VERDICT, .what = (uint8_t)verdict });
}

void rule_accept(struct rules *s)
{
        rule_end_with(s, NF_ACCEPT);
}

void rule_drop(struct rules *s, const char *comment)
{
        struct filter_expression e = { .kind = FILTER_COMMENT, .len = (uint8_t)strlen(comment) };

        rule_add(s, &(struct filter_expression){ .kind = FILTER_COUNTER });
        rule_end_with(s, NF_DROP);
        memcpy(e.data, comment, e.len);
        rule_add(s, &e);
}

void rule_go(struct rules *s, enum filter_chain chain)
{
        char name[FILTER_CHAIN_NAME_MAX];
        struct filter_expression e = { .kind = FILTER_VERDICT, .what = (uint8_t)NFT_GOTO };

        filter_chain_name(chain, s->net->tap, name);
        e.len = (uint8_t)(strlen(name) + 1);
        memcpy(e.data, name, e.len);
        rule_add(s, &e);
}
