/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_kernel.c - read, install and remove the packet filter
 *
 * What is read back is hashed as what is written is (netsetup/filter/filter_batch.h): a rule that
 * somebody changed, added, removed or moved makes another hash.
 */
#include <netinet/in.h> /* before the kernel's own */

#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <unistd.h>

#include "netsetup/filter/filter.h"
#include "netsetup/filter/filter_batch.h"
#include "netsetup/filter/filter_expression.h"
#include "netsetup/request.h"

#define NFT_TYPE(message) ((NFNL_SUBSYS_NFTABLES << 8) | (message))

/* --- what the kernel has --- */

/* The chains of one tap. */
struct scanned {
        struct ns_filter filter;
        uint64_t chains[FILTER_N_CHAINS]; /* the hash of each without its rules; 0: there is none */
        uint64_t hashes[FILTER_N_CHAINS]; /* with them */
};

struct scan {
        struct scanned *filters;
        size_t n_filters;
        unsigned n_others; /* chains in our table that belong to no graft */
        bool has_table;
        uint32_t table_flags; /* NFT_TABLE_F_…: a dormant table filters nothing */
};

static void scan_done(struct scan *scan)
{
        free(scan->filters);
}

static bool is_ours(struct nlattr *table)
{
        return table && strcmp(nla_get_string(table), FILTER_TABLE) == 0;
}

/* Return: enum filter_chain, and the tap's name; -1: the chain belongs to no graft */
static int chain_of(struct nlattr *name, const char **ret_tap)
{
        const char *text = name ? nla_get_string(name) : "";

        for (int i = 0; i < FILTER_N_CHAINS; i++) {
                size_t len = strlen(filter_chain_words[i]);

                if (strncmp(text, filter_chain_words[i], len) == 0 && text[len] != '\0' &&
                    strlen(text + len) < IFNAMSIZ) {
                        *ret_tap = text + len;
                        return i;
                }
        }
        return -1;
}

static struct scanned *scan_find(struct scan *scan, const char *tap)
{
        for (size_t i = 0; i < scan->n_filters; i++)
                if (strcmp(scan->filters[i].filter.tap, tap) == 0)
                        return &scan->filters[i];
        return NULL;
}

static struct scanned *scan_add(struct scan *scan, const char *tap)
{
        struct scanned *grown =
                reallocarray(scan->filters, scan->n_filters + 1, sizeof(*scan->filters));
        struct scanned *added;

        if (!grown)
                return NULL;
        scan->filters = grown;
        added = &grown[scan->n_filters++];
        memset(added, 0, sizeof(*added));
        strcpy(added->filter.tap, tap);
        return added;
}

static uint32_t be32_of(struct nlattr *a)
{
        uint32_t be32 = 0;

        if (a && nla_len(a) >= (int)sizeof(be32))
                memcpy(&be32, nla_data(a), sizeof(be32));
        return ntohl(be32);
}

static int on_table(struct nlmsghdr *nlh, void *user)
{
        struct scan *scan = user;
        struct nlattr *a[NFTA_TABLE_MAX + 1];

        if (nlh->nlmsg_type == NFT_TYPE(NFT_MSG_NEWTABLE) &&
            nlmsg_parse(nlh, sizeof(struct nfgenmsg), a, NFTA_TABLE_MAX, NULL) >= 0 &&
            is_ours(a[NFTA_TABLE_NAME])) {
                scan->has_table = true;
                scan->table_flags = be32_of(a[NFTA_TABLE_FLAGS]);
        }
        return 0;
}

static struct filter_hook hook_of(struct nlattr **chain)
{
        struct nlattr *hook[NFTA_HOOK_MAX + 1];
        struct filter_hook ret = { .is_base = chain[NFTA_CHAIN_HOOK] != NULL };

        if (ret.is_base &&
            nla_parse_nested(hook, NFTA_HOOK_MAX, chain[NFTA_CHAIN_HOOK], NULL) >= 0) {
                ret.number = be32_of(hook[NFTA_HOOK_HOOKNUM]);
                ret.priority = be32_of(hook[NFTA_HOOK_PRIORITY]);
                ret.policy = be32_of(chain[NFTA_CHAIN_POLICY]);
        }
        return ret;
}

static int on_chain(struct nlmsghdr *nlh, void *user)
{
        struct scan *scan = user;
        struct nlattr *a[NFTA_CHAIN_MAX + 1];
        struct filter_hook hook;
        struct scanned *s;
        const char *tap;
        int chain;

        if (nlh->nlmsg_type != NFT_TYPE(NFT_MSG_NEWCHAIN) ||
            nlmsg_parse(nlh, sizeof(struct nfgenmsg), a, NFTA_CHAIN_MAX, NULL) < 0 ||
            !is_ours(a[NFTA_CHAIN_TABLE]))
                return 0;
        chain = chain_of(a[NFTA_CHAIN_NAME], &tap);
        if (chain < 0) {
                scan->n_others++;
                return 0;
        }
        s = scan_find(scan, tap);
        if (!s && !(s = scan_add(scan, tap)))
                return -ENOMEM;
        hook = hook_of(a);
        s->chains[chain] = s->hashes[chain] =
                filter_batch_hash_chain((enum filter_chain)chain, &hook);
        return 0;
}

static void read_rule(struct nlattr *expressions, enum filter_chain chain, struct ns_filter *filter,
                      uint64_t *hash)
{
        const struct filter_expression begin = { .kind = FILTER_RULE, .what = (uint8_t)chain };
        struct filter_expression e;
        uint64_t packets, bytes;
        struct nlattr *element;
        int rest;

        filter->n_rules++;
        *hash = filter_expression_hash(*hash, &begin);
        nla_for_each_nested(element, expressions, rest)
        {
                filter_expression_read(element, &e);
                *hash = filter_expression_hash(*hash, &e);
                if (e.kind != FILTER_COUNTER) /* only rules that drop count */
                        continue;
                filter_expression_count(element, &packets, &bytes);
                filter->dropped_packets += packets;
                filter->dropped_bytes += bytes;
        }
}

static int on_rule(struct nlmsghdr *nlh, void *user)
{
        struct scan *scan = user;
        struct nlattr *a[NFTA_RULE_MAX + 1];
        struct scanned *s;
        const char *tap;
        int chain;

        if (nlh->nlmsg_type != NFT_TYPE(NFT_MSG_NEWRULE) ||
            nlmsg_parse(nlh, sizeof(struct nfgenmsg), a, NFTA_RULE_MAX, NULL) < 0 ||
            !is_ours(a[NFTA_RULE_TABLE]) || !a[NFTA_RULE_EXPRESSIONS])
                return 0;
        chain = chain_of(a[NFTA_RULE_CHAIN], &tap);
        s = chain >= 0 ? scan_find(scan, tap) : NULL;
        if (s)
                read_rule(a[NFTA_RULE_EXPRESSIONS], (enum filter_chain)chain, &s->filter,
                          &s->hashes[chain]);
        return 0;
}

static void restart_tables(void *user)
{
        ((struct scan *)user)->has_table = false;
}

static void restart_chains(void *user)
{
        struct scan *scan = user;

        scan->n_filters = 0;
        scan->n_others = 0;
}

static void restart_rules(void *user)
{
        struct scan *scan = user;

        for (size_t i = 0; i < scan->n_filters; i++) {
                struct scanned *s = &scan->filters[i];

                s->filter.n_rules = 0;
                s->filter.dropped_packets = s->filter.dropped_bytes = 0;
                memcpy(s->hashes, s->chains, sizeof(s->hashes));
        }
}

static int no_privilege(const char *what, struct error *err)
{
        return error_set_class(err, ERROR_CANNOT, -EPERM,
                               "%s: %s; this needs CAP_NET_ADMIN in the network namespace (add "
                               "NET_ADMIN to the container's securityContext.capabilities)",
                               what, strerror(EPERM));
}

/* What a kernel without nf_tables, or its module, answers. */
static bool is_missing(int code)
{
        return code == -EINVAL || code == -EOPNOTSUPP || code == -EPROTONOSUPPORT ||
               code == -EAFNOSUPPORT;
}

/* Return: 1; 0 where there is no nf_tables, and thus nothing; negative errno. */
static int scan_kernel(struct netlink *route, struct scan *scan, struct error *err)
{
        struct netlink *nl;
        struct nfgenmsg header = { .nfgen_family = NFPROTO_BRIDGE };
        struct error own = ERROR_INIT;
        int r;

        r = netlink_netfilter(route, &nl, &own);
        if (r == 0)
                r = netlink_dump(nl, NFT_TYPE(NFT_MSG_GETTABLE), &header, sizeof(header), on_table,
                                 restart_tables, scan, &own);
        if (is_missing(r))
                return 0;
        if (r == 0 && scan->has_table)
                r = netlink_dump(nl, NFT_TYPE(NFT_MSG_GETCHAIN), &header, sizeof(header), on_chain,
                                 restart_chains, scan, &own);
        if (r == 0 && scan->n_filters > 0)
                r = netlink_dump(nl, NFT_TYPE(NFT_MSG_GETRULE), &header, sizeof(header), on_rule,
                                 restart_rules, scan, &own);
        if (r == 0)
                return 1;
        if (r == -EPERM)
                return no_privilege("read the packet filter", err);
        return error_set(err, r, "read the packet filter: %s", own.message);
}

static int take_over(const struct scan *scan, struct netstate *state)
{
        for (size_t i = 0; i < scan->n_filters; i++) {
                struct ns_filter *filter = netstate_add_filter(state);

                if (!filter)
                        return -ENOMEM;
                *filter = scan->filters[i].filter;
                filter->hash = scan->table_flags; /* ours has none */
                for (size_t chain = 0; chain < FILTER_N_CHAINS; chain++)
                        filter->hash += scan->filters[i].hashes[chain];
        }
        return 0;
}

int filter_observe(struct netlink *nl, struct netstate *state, struct error *err)
{
        _cleanup_(scan_done) struct scan scan = { 0 };
        int r = scan_kernel(nl, &scan, err);

        if (r > 0)
                r = take_over(&scan, state);
        return r == -ENOMEM ? error_set(err, r, "out of memory") : r;
}

/* --- somebody else's --- */

static int on_ip_table(struct nlmsghdr *nlh, void *user)
{
        struct nfgenmsg *header = nlmsg_data(nlh);

        if (nlh->nlmsg_type == NFT_TYPE(NFT_MSG_NEWTABLE) &&
            (header->nfgen_family == NFPROTO_IPV4 || header->nfgen_family == NFPROTO_IPV6 ||
             header->nfgen_family == NFPROTO_INET))
                *(bool *)user = true;
        return 0;
}

static void restart_ip_tables(void *user)
{
        *(bool *)user = false;
}

/* The tables of iptables-legacy, a line each; empty or not there without any. */
static bool has_legacy_tables(void)
{
        _cleanup_close_ int fd = open("/proc/net/ip_tables_names", O_RDONLY | O_CLOEXEC);
        char c;

        return fd >= 0 && read(fd, &c, 1) == 1;
}

bool filter_meets_ip_rules(struct netlink *route)
{
        struct netlink *nl;
        struct nfgenmsg header = { .nfgen_family = NFPROTO_UNSPEC };
        bool found = false;

        if (has_legacy_tables())
                return true;
        /* Without the privilege to look the answer is the one that warns. */
        if (netlink_netfilter(route, &nl, NULL) < 0 ||
            netlink_dump(nl, NFT_TYPE(NFT_MSG_GETTABLE), &header, sizeof(header), on_ip_table,
                         restart_ip_tables, &found, NULL) < 0)
                return true;
        return found;
}

/* --- changes --- */

static int no_nf_tables(struct error *err)
{
        return error_set_class(err, ERROR_CANNOT, -EOPNOTSUPP,
                               "this kernel has no nf_tables (module 'nf_tables')");
}

/*
 * The transactions refer to nothing that they do not make, so "no such file" is the kernel not
 * finding the bridge family's chain type, "not supported" an expression.
 */
static int refused(int code, const char *kernel, struct error *err)
{
        char text[NETLINK_TEXT_MOST + 64];

        snprintf(text, sizeof(text), "%s%s%s%s", strerror(-code), *kernel ? " (" : "", kernel,
                 *kernel ? ")" : "");
        if (code == -EPERM)
                return no_privilege("nf_tables", err);
        if (code == -ENOENT || (code != -EINVAL && is_missing(code)))
                return error_set_class(err, ERROR_CANNOT, -EOPNOTSUPP,
                                       "this kernel's nf_tables lacks a part (CONFIG_NF_TABLES_"
                                       "BRIDGE, CONFIG_NFT_…): %s",
                                       text);
        return error_set(err, code, "nf_tables: %s", text);
}

/* The length of the message that ends a transaction. */
#define END_LEN (NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg)))

/* The kernel answers each message that it refuses, and the last if all was done. */
static uint32_t acknowledge_last(const struct raw_message *messages)
{
        struct nlmsghdr *nlh = (struct nlmsghdr *)messages->data, *last = nlh;

        for (size_t at = 0; at < messages->len - END_LEN; at += NLMSG_ALIGN(last->nlmsg_len))
                last = (struct nlmsghdr *)(messages->data + at);
        last->nlmsg_flags |= NLM_F_ACK;
        return last->nlmsg_seq;
}

/*
 * @dry: without the message that ends it the kernel checks a transaction and drops it (as nft(8)
 * does for --check).
 */
static int run(struct netlink *route, const struct raw_message *messages, bool dry,
               struct error *err)
{
        uint32_t last = acknowledge_last(messages);
        char text[NETLINK_TEXT_MOST];
        struct error own = ERROR_INIT;
        struct netlink *nl;
        int r = netlink_netfilter(route, &nl, &own);

        if (is_missing(r))
                return no_nf_tables(err);
        if (r < 0)
                return error_set(err, r, "%s", own.message);
        r = netlink_batch(nl, messages->data, messages->len - (dry ? END_LEN : 0), last, text,
                          &own);
        return r == 0 ? 0 : refused(r, text, err);
}

/* Chains that are there are emptied: all of them, before a rule leads to one. */
static int install(struct netlink *nl, const struct ns_filter *filter, bool dry, struct error *err)
{
        struct filter_batch batch;
        int r;

        filter_batch_begin(&batch);
        filter_batch_add_table(&batch);
        for (unsigned i = 0; i < FILTER_N_CHAINS; i++)
                filter_batch_add_chain(&batch, i, filter->tap);
        for (unsigned i = 0; i < FILTER_N_CHAINS; i++)
                filter_batch_flush_chain(&batch, i, filter->tap);
        filter_batch_add_rules(&batch, &filter->raw, filter->tap);
        if (filter_batch_end(&batch) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        r = run(nl, &batch.messages, dry, err);
        free(batch.messages.data);
        return r;
}

int filter_apply(struct netlink *nl, const struct ns_filter *filter, struct error *err)
{
        int r = install(nl, filter, false, err);

        return r < 0 ? error_context(err, "install the packet filter of '%s'", filter->tap) : 0;
}

/* All rules go before the chains that they lead to. */
static void remove_chains(struct filter_batch *batch, const struct scanned *s)
{
        for (unsigned i = 0; i < FILTER_N_CHAINS; i++)
                if (s->chains[i])
                        filter_batch_flush_chain(batch, i, s->filter.tap);
        for (unsigned i = 0; i < FILTER_N_CHAINS; i++)
                if (s->chains[i])
                        filter_batch_delete_chain(batch, i, s->filter.tap);
}

int filter_remove(struct netlink *nl, const char *tap, bool last, struct error *err)
{
        _cleanup_(scan_done) struct scan scan = { 0 };
        struct filter_batch batch;
        struct scanned *s;
        int r = scan_kernel(nl, &scan, err);

        if (r <= 0 || !scan.has_table)
                return r < 0 ? r : 0;
        s = scan_find(&scan, tap);
        last = last && scan.n_others == 0 && scan.n_filters == (s ? 1 : 0);
        if (!s && !last)
                return 0;
        filter_batch_begin(&batch);
        if (s)
                remove_chains(&batch, s);
        if (last)
                filter_batch_delete_table(&batch);
        if (filter_batch_end(&batch) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        r = run(nl, &batch.messages, false, err);
        free(batch.messages.data);
        return r < 0 ? error_context(err, "remove the packet filter of '%s'", tap) : 0;
}

int filter_probe(struct netlink *nl, struct error *err)
{
        struct ip_prefix addresses[2] = { 0 };
        struct podnet net = { .nic = "podgraft-nic",
                              .tap = "podgraft-probe",
                              .mac = { 2, 0, 0, 0, 0, 1 },
                              .addresses = addresses,
                              .n_addresses = 2 };
        struct ns_filter filter;
        int r;

        ip_prefix_parse("192.0.2.1/32", &addresses[0]);
        ip_prefix_parse("2001:db8::1/128", &addresses[1]);
        if (filter_make(&net, true, &filter) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        r = install(nl, &filter, true, err);
        free(filter.raw.data);
        return r;
}
