/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/filter/filter_batch.h"

#include <netinet/in.h> /* before the kernel's own */

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "netsetup/filter/filter.h"
#include "netsetup/filter/filter_expression.h"
#include "netsetup/hash.h"

/* NF_BR_LOCAL_IN and NF_BR_FORWARD of linux/netfilter_bridge.h, which no program can include
 * together with net/if.h */
#define HOOK_INPUT   1
#define HOOK_FORWARD 2
#define PRIORITY     ((uint32_t)-200) /* as NF_BR_PRI_FILTER_BRIDGED: nft calls it "filter" */

const char *const filter_chain_words[FILTER_N_CHAINS] = {
        [FILTER_INPUT] = "input_", [FILTER_FORWARD] = "forward_", [FILTER_FROM] = "from_",
        [FILTER_IP6] = "ip6_",     [FILTER_PASS] = "pass_",
};

const struct filter_hook filter_hooks[FILTER_N_CHAINS] = {
        [FILTER_INPUT] = { true, HOOK_INPUT, PRIORITY, NF_ACCEPT },
        [FILTER_FORWARD] = { true, HOOK_FORWARD, PRIORITY, NF_ACCEPT },
};

void filter_chain_name(enum filter_chain chain, const char *tap, char ret[FILTER_CHAIN_NAME_MAX])
{
        snprintf(ret, FILTER_CHAIN_NAME_MAX, "%s%.*s", filter_chain_words[chain], IFNAMSIZ - 1,
                 tap);
}

uint64_t filter_batch_hash_chain(enum filter_chain chain, const struct filter_hook *hook)
{
        return hash_bytes(hash_bytes(HASH_START, filter_chain_words[chain],
                                     strlen(filter_chain_words[chain])),
                          hook, sizeof(*hook));
}

/* --- attributes and messages --- */

/* Room for @len bytes more, zeroed up to the next alignment; NULL: there is none */
static uint8_t *grow(struct filter_batch *b, size_t len)
{
        size_t aligned = NLMSG_ALIGN(len), size = b->size;
        uint8_t *at;

        while (size < b->messages.len + aligned)
                size = size ? 2 * size : 8192;
        if (size > b->size && !b->is_short) {
                uint8_t *grown = realloc(b->messages.data, size);

                b->is_short = !grown;
                if (grown) {
                        b->messages.data = grown;
                        b->size = size;
                }
        }
        if (b->is_short)
                return NULL;
        at = b->messages.data + b->messages.len;
        memset(at + len, 0, aligned - len);
        b->messages.len += aligned;
        return at;
}

void filter_batch_put(struct filter_batch *b, uint16_t type, const void *data, size_t len)
{
        const struct nlattr header = { .nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + len) };
        uint8_t *at = grow(b, NLA_HDRLEN + len);

        if (!at)
                return;
        memcpy(at, &header, sizeof(header));
        memcpy(at + NLA_HDRLEN, data, len);
}

void filter_batch_put_be32(struct filter_batch *b, uint16_t type, uint32_t value)
{
        const uint32_t be32 = htonl(value);

        filter_batch_put(b, type, &be32, sizeof(be32));
}

void filter_batch_put_string(struct filter_batch *b, uint16_t type, const char *text)
{
        filter_batch_put(b, type, text, strlen(text) + 1);
}

size_t filter_batch_open(struct filter_batch *b, uint16_t type)
{
        size_t opened = b->messages.len;

        filter_batch_put(b, type | NLA_F_NESTED, "", 0);
        return opened;
}

void filter_batch_close(struct filter_batch *b, size_t opened)
{
        if (!b->is_short)
                ((struct nlattr *)(b->messages.data + opened))->nla_len =
                        (uint16_t)(b->messages.len - opened);
}

static void message_begin(struct filter_batch *b, int type, int flags,
                          const struct nfgenmsg *family)
{
        struct nlmsghdr header = { .nlmsg_type = (uint16_t)type,
                                   .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
                                   .nlmsg_seq = b->seq++ };
        uint8_t *at;

        b->message = b->messages.len;
        at = grow(b, sizeof(header) + sizeof(*family));
        if (!at)
                return;
        memcpy(at, &header, sizeof(header));
        memcpy(at + sizeof(header), family, sizeof(*family));
}

static void message_end(struct filter_batch *b)
{
        if (!b->is_short)
                ((struct nlmsghdr *)(b->messages.data + b->message))->nlmsg_len =
                        (uint32_t)(b->messages.len - b->message);
}

static void table_message_begin(struct filter_batch *b, int type, int flags)
{
        static const struct nfgenmsg bridge = { .nfgen_family = NFPROTO_BRIDGE };

        message_begin(b, (NFNL_SUBSYS_NFTABLES << 8) | type, flags, &bridge);
        filter_batch_put_string(b, NFTA_TABLE_NAME, FILTER_TABLE); /* first in all of them */
}

static void mark(struct filter_batch *b, int type)
{
        const struct nfgenmsg tables = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };

        message_begin(b, type, 0, &tables);
        message_end(b);
}

void filter_batch_begin(struct filter_batch *b)
{
        *b = (struct filter_batch){ 0 };
        mark(b, NFNL_MSG_BATCH_BEGIN);
}

int filter_batch_end(struct filter_batch *b)
{
        mark(b, NFNL_MSG_BATCH_END);
        if (!b->is_short)
                return 0;
        free(b->messages.data);
        b->messages = (struct raw_message){ 0 };
        return -ENOMEM;
}

/* --- tables and chains --- */

void filter_batch_add_table(struct filter_batch *b)
{
        table_message_begin(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
        filter_batch_put_be32(b, NFTA_TABLE_FLAGS, 0); /* one that is dormant wakes up */
        message_end(b);
}

void filter_batch_delete_table(struct filter_batch *b)
{
        table_message_begin(b, NFT_MSG_DELTABLE, 0);
        message_end(b);
}

static void put_chain(struct filter_batch *b, uint16_t attribute, enum filter_chain chain,
                      const char *tap)
{
        char name[FILTER_CHAIN_NAME_MAX];

        filter_chain_name(chain, tap, name);
        filter_batch_put_string(b, attribute, name);
}

static void put_hook(struct filter_batch *b, const struct filter_hook *hook)
{
        size_t nest = filter_batch_open(b, NFTA_CHAIN_HOOK);

        filter_batch_put_be32(b, NFTA_HOOK_HOOKNUM, hook->number);
        filter_batch_put_be32(b, NFTA_HOOK_PRIORITY, hook->priority);
        filter_batch_close(b, nest);
        filter_batch_put_be32(b, NFTA_CHAIN_POLICY, hook->policy);
        filter_batch_put_string(b, NFTA_CHAIN_TYPE, "filter");
}

void filter_batch_add_chain(struct filter_batch *b, enum filter_chain chain, const char *tap)
{
        table_message_begin(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
        put_chain(b, NFTA_CHAIN_NAME, chain, tap);
        if (filter_hooks[chain].is_base)
                put_hook(b, &filter_hooks[chain]);
        message_end(b);
}

void filter_batch_flush_chain(struct filter_batch *b, enum filter_chain chain, const char *tap)
{
        table_message_begin(b, NFT_MSG_DELRULE, 0);
        put_chain(b, NFTA_RULE_CHAIN, chain, tap);
        message_end(b);
}

void filter_batch_delete_chain(struct filter_batch *b, enum filter_chain chain, const char *tap)
{
        table_message_begin(b, NFT_MSG_DELCHAIN, 0);
        put_chain(b, NFTA_CHAIN_NAME, chain, tap);
        message_end(b);
}

/* --- rules --- */

/* libnftnl's udata.h: user data are type, length and value; type 0 is a comment, with its NUL. */
static void put_comment(struct filter_batch *b, const struct filter_expression *comment)
{
        uint8_t userdata[2 + FILTER_DATA_MAX + 1] = { 0 };
        uint8_t len = comment->len + 1;

        userdata[1] = len;
        memcpy(userdata + 2, comment->data, comment->len);
        filter_batch_put(b, NFTA_RULE_USERDATA, userdata, 2u + len);
}

/* One rule from @at on. Return: where the next one begins */
static size_t add_rule(struct filter_batch *b, const struct raw_message *rules, size_t at,
                       const char *tap)
{
        const struct filter_expression *e = (const void *)(rules->data + at);
        size_t list;

        table_message_begin(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
        put_chain(b, NFTA_RULE_CHAIN, e->what, tap);
        list = filter_batch_open(b, NFTA_RULE_EXPRESSIONS);
        while ((at += filter_expression_size(e)) < rules->len) {
                e = (const void *)(rules->data + at);
                if (e->kind == FILTER_RULE || e->kind == FILTER_COMMENT)
                        break;
                filter_expression_write(b, e);
        }
        filter_batch_close(b, list);
        if (at < rules->len && e->kind == FILTER_COMMENT) {
                put_comment(b, e);
                at += filter_expression_size(e);
        }
        message_end(b);
        return at;
}

void filter_batch_add_rules(struct filter_batch *b, const struct raw_message *rules,
                            const char *tap)
{
        for (size_t at = 0; at < rules->len;)
                at = add_rule(b, rules, at, tap);
}
