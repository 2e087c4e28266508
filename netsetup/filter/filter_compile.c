/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_compile.c - the text of filter.c as netlink messages, without libnftables
 *
 * The text stays what the filter is: it is read by people, hashed for drift, and nft lists the same
 * again. But a library that is loaded, in a process of its own (it ends the one it is in where its
 * socket cannot be opened), takes longer than all the rest of 'podgraft up': 2.5 ms of 5.5. What
 * the usual filter says is few kinds of words, so they are translated here, to the same expressions
 * that libnftables makes of them; a test compares the two as nft lists them. A word that is not
 * known makes the whole text libnftables' business.
 *
 *     add|flush|delete table|chain|rule bridge podgraft …, see filter.c
 */
#include "netsetup/filter/filter_compile.h"

#include <netinet/in.h> /* before the kernel's own */

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "netsetup/filter/filter.h"
#include "netsetup/filter/filter_compiler.h"
#include "netsetup/filter/filter_message.h"
#include "netsetup/request.h"

#define HOOK_INPUT   1 /* NF_BR_LOCAL_IN, NF_BR_FORWARD of linux/netfilter_bridge.h, which no */
#define HOOK_FORWARD 2 /* program can include together with net/if.h */

#define EXPRESSION_MOST 512 /* those of one word, and what ends a rule */

/* --- messages --- */

int filter_append(struct filter_compiler *c, struct nl_msg *msg)
{
        struct nlmsghdr *nlh = msg ? nlmsg_hdr(msg) : NULL;
        size_t len = nlh ? NLMSG_ALIGN(nlh->nlmsg_len) : 0;
        bool fits = nlh && len <= FILTER_BATCH_MOST - c->batch->len;

        if (fits) {
                nlh->nlmsg_seq = c->seq++;
                nlh->nlmsg_pid = 0;
                memcpy(c->batch->data + c->batch->len, nlh, nlh->nlmsg_len);
                c->batch->len += len;
        }
        nlmsg_free(msg);
        return fits ? 0 : -ENOSYS;
}

static int append_mark(struct filter_compiler *c, int type)
{
        struct nfgenmsg header = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };

        return filter_append(c, request_new_for(type, 0, &header, sizeof(header), 0));
}

/* --- rules --- */

static int compile_interface(struct filter_compiler *c, struct nl_msg *msg, enum nft_meta_keys key)
{
        char name[IFNAMSIZ];

        filter_put_meta(msg, key);
        if (filter_take(c, "{")) {
                if (filter_compile_set(c, &filter_set_of_interfaces) < 0)
                        return -ENOSYS;
                filter_put_lookup(msg, c->set_id);
                return 0;
        }
        if (!filter_take_quoted(c, name, sizeof(name)))
                return -ENOSYS;
        filter_put_equal(msg, name, sizeof(name));
        return 0;
}

static int compile_port(struct filter_compiler *c, struct nl_msg *msg)
{
        unsigned offset, port;

        if (filter_take(c, "sport"))
                offset = 0;
        else if (filter_take(c, "dport"))
                offset = 2;
        else
                return -ENOSYS;
        if (!filter_take_number(c, UINT16_MAX, &port))
                return -ENOSYS;
        filter_put_payload(msg, NFT_PAYLOAD_TRANSPORT_HEADER, offset, 2);
        filter_put_equal_be16(msg, port);
        return 0;
}

static int compile_meta(struct filter_compiler *c, struct nl_msg *msg)
{
        unsigned number;
        uint8_t protocol;

        if (filter_take(c, "protocol") && filter_take(c, "ip6")) {
                filter_put_meta(msg, NFT_META_PROTOCOL);
                filter_put_equal_be16(msg, ETH_P_IPV6);
                return 0;
        }
        if (!filter_take(c, "l4proto") || !filter_take_number(c, UINT8_MAX, &number))
                return -ENOSYS;
        protocol = (uint8_t)number;
        filter_put_meta(msg, NFT_META_L4PROTO);
        filter_put_equal(msg, &protocol, sizeof(protocol));
        return 0;
}

/* What looks into the IPv4 header says first that there is one. */
static int compile_first_fragment(struct filter_compiler *c, struct nl_msg *msg)
{
        if (!filter_take(c, "frag-off") || !filter_take(c, "&") || !filter_take(c, "0x1fff") ||
            !filter_take(c, "==") || !filter_take(c, "0"))
                return -ENOSYS;
        filter_put_meta(msg, NFT_META_PROTOCOL);
        filter_put_equal_be16(msg, ETH_P_IP);
        filter_put_payload(msg, NFT_PAYLOAD_NETWORK_HEADER, 6, 2);
        filter_put_mask_be16(msg, 0x1fff);
        filter_put_equal_be16(msg, 0);
        return 0;
}

/* Sixteen bytes from the ninth on: the target of neighbour discovery */
static int compile_target(struct filter_compiler *c, struct nl_msg *msg)
{
        if (!filter_take(c, "{") || filter_compile_set(c, &filter_set_of_targets) < 0)
                return -ENOSYS;
        filter_put_payload(msg, NFT_PAYLOAD_TRANSPORT_HEADER, 8, 16);
        filter_put_lookup(msg, c->set_id);
        return 0;
}

static int compile_expression(struct filter_compiler *c, struct nl_msg *msg)
{
        if (filter_take(c, "th"))
                return compile_port(c, msg);
        if (filter_take(c, "meta"))
                return compile_meta(c, msg);
        if (filter_take(c, "ip"))
                return compile_first_fragment(c, msg);
        if (filter_take(c, "iifname"))
                return compile_interface(c, msg, NFT_META_IIFNAME);
        if (filter_take(c, "oifname"))
                return compile_interface(c, msg, NFT_META_OIFNAME);
        if (filter_take(c, "@th,64,128"))
                return compile_target(c, msg);
        if (filter_take(c, "counter")) {
                filter_put_counter(msg);
                return 0;
        }
        if (filter_take(c, "drop")) {
                filter_put_drop(msg);
                return 0;
        }
        return -ENOSYS;
}

/* libnftnl's udata.h: type 0 is a comment, whose length counts its NUL. */
static int compile_comment(struct filter_compiler *c, struct nl_msg *msg)
{
        char userdata[2 + 128];
        size_t len;

        if (!filter_take_quoted(c, userdata + 2, sizeof(userdata) - 2))
                return -ENOSYS;
        len = strlen(userdata + 2) + 1;
        userdata[0] = 0;
        userdata[1] = (char)len;
        nla_put(msg, NFTA_RULE_USERDATA, (int)(2 + len), userdata);
        return 0;
}

static bool has_room(struct nl_msg *msg)
{
        return nlmsg_get_max_size(msg) - nlmsg_hdr(msg)->nlmsg_len >= EXPRESSION_MOST;
}

static int compile_rule(struct filter_compiler *c)
{
        struct nl_msg *msg = filter_message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
        struct nlattr *expressions;
        char chain[NFT_CHAIN_MAXNAMELEN];
        int r = 0;

        if (!msg)
                return -ENOSYS;
        if (!filter_take_name(c, chain, sizeof(chain))) {
                nlmsg_free(msg);
                return -ENOSYS;
        }
        nla_put_string(msg, NFTA_RULE_CHAIN, chain);
        expressions = nla_nest_start(msg, NFTA_RULE_EXPRESSIONS);
        while (r == 0 && !filter_is_at_end(c) && !filter_take(c, "comment"))
                r = has_room(msg) ? compile_expression(c, msg) : -ENOSYS;
        nla_nest_end(msg, expressions);
        if (r == 0 && !filter_is_at_end(c))
                r = compile_comment(c, msg);
        if (r < 0 || !filter_is_at_end(c)) {
                nlmsg_free(msg);
                return -ENOSYS;
        }
        return filter_append(c, msg); /* after the sets it refers to */
}

/* --- tables and chains --- */

/* { type filter hook forward priority -200; policy accept; } */
static int compile_hook(struct filter_compiler *c, struct nl_msg *msg)
{
        static const char filter[] = "{ type filter hook ",
                          rest[] = " priority -200; policy accept; }";
        struct nlattr *hook;
        unsigned number;

        filter_skip_spaces(c);
        if (strncmp(c->at, filter, sizeof(filter) - 1) != 0)
                return -ENOSYS;
        c->at += sizeof(filter) - 1;
        if (filter_take(c, "input"))
                number = HOOK_INPUT;
        else if (filter_take(c, "forward"))
                number = HOOK_FORWARD;
        else
                return -ENOSYS;
        if (strcmp(c->at, rest) != 0)
                return -ENOSYS;
        c->at += sizeof(rest) - 1;
        hook = nla_nest_start(msg, NFTA_CHAIN_HOOK);
        filter_put_be32(msg, NFTA_HOOK_HOOKNUM, number);
        filter_put_be32(msg, NFTA_HOOK_PRIORITY, (uint32_t)-200);
        nla_nest_end(msg, hook);
        filter_put_be32(msg, NFTA_CHAIN_POLICY, NF_ACCEPT);
        nla_put_string(msg, NFTA_CHAIN_TYPE, "filter");
        return 0;
}

static int compile_chain(struct filter_compiler *c, int type, int flags, int name_attribute)
{
        struct nl_msg *msg = filter_message(type, flags);
        char chain[NFT_CHAIN_MAXNAMELEN];

        if (!msg)
                return -ENOSYS;
        if (filter_take_name(c, chain, sizeof(chain))) {
                nla_put_string(msg, name_attribute, chain);
                if (filter_is_at_end(c) ||
                    (type == NFT_MSG_NEWCHAIN && compile_hook(c, msg) == 0 && filter_is_at_end(c)))
                        return filter_append(c, msg);
        }
        nlmsg_free(msg);
        return -ENOSYS;
}

static int compile_line(struct filter_compiler *c)
{
        if (strcmp(c->at, "add table bridge " FILTER_TABLE) == 0)
                return filter_append(c, filter_message(NFT_MSG_NEWTABLE, NLM_F_CREATE));
        if (strcmp(c->at, "delete table bridge " FILTER_TABLE) == 0)
                return filter_append(c, filter_message(NFT_MSG_DELTABLE, 0));
        if (filter_take(c, "add rule bridge " FILTER_TABLE))
                return compile_rule(c);
        if (filter_take(c, "add chain bridge " FILTER_TABLE))
                return compile_chain(c, NFT_MSG_NEWCHAIN, NLM_F_CREATE, NFTA_CHAIN_NAME);
        if (filter_take(c, "flush chain bridge " FILTER_TABLE)) /* all its rules */
                return compile_chain(c, NFT_MSG_DELRULE, 0, NFTA_RULE_CHAIN);
        if (filter_take(c, "delete chain bridge " FILTER_TABLE))
                return compile_chain(c, NFT_MSG_DELCHAIN, 0, NFTA_CHAIN_NAME);
        return -ENOSYS;
}

/* The kernel answers for each message that asks for it, and for each that it refuses. */
static void acknowledge_last(struct filter_batch *batch)
{
        struct nlmsghdr *nlh = (struct nlmsghdr *)batch->data;

        for (size_t at = 0; at < batch->len; at += NLMSG_ALIGN(nlh->nlmsg_len))
                nlh = (struct nlmsghdr *)(batch->data + at);
        nlh->nlmsg_flags |= NLM_F_ACK;
        batch->last = nlh->nlmsg_seq;
}

int filter_compile(const char *commands, struct filter_batch *ret)
{
        struct filter_compiler c = { .batch = ret };
        _cleanup_free_ char *copy = strdup(commands);
        char *rest = copy, *line;

        ret->len = 0;
        if (!copy || append_mark(&c, NFNL_MSG_BATCH_BEGIN) < 0)
                return -ENOSYS;
        while ((line = strsep(&rest, "\n"))) {
                if (!*line)
                        continue;
                c.at = line;
                if (compile_line(&c) < 0)
                        return -ENOSYS;
        }
        acknowledge_last(ret);
        return append_mark(&c, NFNL_MSG_BATCH_END);
}
