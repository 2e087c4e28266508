/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_kernel.c - read, install and remove the packet filter
 *
 * filter_compile.c turns the text of filter.c into a transaction, filter_nft.c what is more than
 * that knows. Reading back is done over raw netlink: libnftables would list the whole ruleset of
 * the namespace to do it.
 */
#include <netinet/in.h> /* before the kernel's own */

#include <endian.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <unistd.h>

#include "netsetup/filter/filter.h"
#include "netsetup/filter/filter_compile.h"
#include "netsetup/filter/filter_nft.h"
#include "netsetup/request.h"

/* --- what the kernel has --- */

#define NFT_TYPE(message) ((NFNL_SUBSYS_NFTABLES << 8) | (message))

struct scan {
        struct netstate *state;
        size_t first;      /* of the filters in there that this scan found */
        unsigned n_others; /* chains in our table that belong to no graft */
        bool has_table;
};

static bool is_ours(struct nlattr *table)
{
        return table && strcmp(nla_get_string(table), FILTER_TABLE) == 0;
}

static const char *chain_tap(const char *chain)
{
        return strncmp(chain, FILTER_INPUT, strlen(FILTER_INPUT)) == 0
                       ? chain + strlen(FILTER_INPUT)
               : strncmp(chain, FILTER_FORWARD, strlen(FILTER_FORWARD)) == 0
                       ? chain + strlen(FILTER_FORWARD)
                       : NULL;
}

static struct ns_filter *scan_find(struct scan *scan, const char *tap)
{
        for (size_t i = scan->first; i < scan->state->n_filters; i++)
                if (strcmp(scan->state->filters[i].tap, tap) == 0)
                        return &scan->state->filters[i];
        return NULL;
}

static int on_table(struct nlmsghdr *nlh, void *user)
{
        struct scan *scan = user;
        struct nlattr *a[NFTA_TABLE_MAX + 1];

        if (nlh->nlmsg_type == NFT_TYPE(NFT_MSG_NEWTABLE) &&
            nlmsg_parse(nlh, sizeof(struct nfgenmsg), a, NFTA_TABLE_MAX, NULL) >= 0 &&
            is_ours(a[NFTA_TABLE_NAME]))
                scan->has_table = true;
        return 0;
}

static int on_chain(struct nlmsghdr *nlh, void *user)
{
        struct scan *scan = user;
        struct nlattr *a[NFTA_CHAIN_MAX + 1];
        struct ns_filter *filter;
        const char *tap;

        if (nlh->nlmsg_type != NFT_TYPE(NFT_MSG_NEWCHAIN) ||
            nlmsg_parse(nlh, sizeof(struct nfgenmsg), a, NFTA_CHAIN_MAX, NULL) < 0 ||
            !is_ours(a[NFTA_CHAIN_TABLE]) || !a[NFTA_CHAIN_NAME])
                return 0;
        tap = chain_tap(nla_get_string(a[NFTA_CHAIN_NAME]));
        if (!tap || strlen(tap) >= IFNAMSIZ) {
                scan->n_others++;
                return 0;
        }
        if (scan_find(scan, tap))
                return 0;
        filter = netstate_add_filter(scan->state);
        if (!filter)
                return -ENOMEM;
        strcpy(filter->tap, tap);
        return 0;
}

/* Rules carry comments as type 0, length and text among their userdata (libnftnl's udata.h). */
static void read_fingerprint(struct nlattr *attr, char ret[17])
{
        const uint8_t *data = nla_data(attr);
        size_t prefix = strlen(FILTER_COMMENT);

        if (nla_len(attr) < (int)(2 + prefix + 16) || data[0] != 0 || data[1] < prefix + 16 ||
            memcmp(data + 2, FILTER_COMMENT, prefix) != 0)
                return;
        memcpy(ret, data + 2 + prefix, 16);
        ret[16] = '\0';
}

/* Only rules that drop count. */
static void read_counters(struct nlattr *expressions, struct ns_filter *filter)
{
        struct nlattr *item, *expression[NFTA_EXPR_MAX + 1], *counter[NFTA_COUNTER_MAX + 1];
        uint64_t be64;
        int rest;

        nla_for_each_nested(item, expressions, rest)
        {
                if (nla_parse_nested(expression, NFTA_EXPR_MAX, item, NULL) < 0 ||
                    !expression[NFTA_EXPR_NAME] || !expression[NFTA_EXPR_DATA] ||
                    strcmp(nla_get_string(expression[NFTA_EXPR_NAME]), "counter") != 0 ||
                    nla_parse_nested(counter, NFTA_COUNTER_MAX, expression[NFTA_EXPR_DATA], NULL) <
                            0 ||
                    !counter[NFTA_COUNTER_PACKETS] || !counter[NFTA_COUNTER_BYTES])
                        continue;
                memcpy(&be64, nla_data(counter[NFTA_COUNTER_PACKETS]), sizeof(be64));
                filter->dropped_packets += be64toh(be64);
                memcpy(&be64, nla_data(counter[NFTA_COUNTER_BYTES]), sizeof(be64));
                filter->dropped_bytes += be64toh(be64);
        }
}

static int on_rule(struct nlmsghdr *nlh, void *user)
{
        struct scan *scan = user;
        struct nlattr *a[NFTA_RULE_MAX + 1];
        struct ns_filter *filter;
        const char *tap;

        if (nlh->nlmsg_type != NFT_TYPE(NFT_MSG_NEWRULE) ||
            nlmsg_parse(nlh, sizeof(struct nfgenmsg), a, NFTA_RULE_MAX, NULL) < 0 ||
            !is_ours(a[NFTA_RULE_TABLE]) || !a[NFTA_RULE_CHAIN])
                return 0;
        tap = chain_tap(nla_get_string(a[NFTA_RULE_CHAIN]));
        filter = tap ? scan_find(scan, tap) : NULL;
        if (!filter)
                return 0;
        filter->n_rules++;
        if (a[NFTA_RULE_EXPRESSIONS])
                read_counters(a[NFTA_RULE_EXPRESSIONS], filter);
        if (a[NFTA_RULE_USERDATA])
                read_fingerprint(a[NFTA_RULE_USERDATA], filter->fingerprint);
        return 0;
}

static void restart_tables(void *user)
{
        ((struct scan *)user)->has_table = false;
}

static void restart_chains(void *user)
{
        struct scan *scan = user;

        scan->state->n_filters = scan->first;
        scan->n_others = 0;
}

static void restart_rules(void *user)
{
        struct scan *scan = user;

        for (size_t i = scan->first; i < scan->state->n_filters; i++) {
                scan->state->filters[i].n_rules = 0;
                scan->state->filters[i].dropped_packets = 0;
                scan->state->filters[i].dropped_bytes = 0;
                scan->state->filters[i].fingerprint[0] = '\0';
        }
}

static int no_privilege(const char *what, struct error *err)
{
        return error_set_class(err, ERROR_CANNOT, -EPERM,
                               "%s: %s; this needs CAP_NET_ADMIN in the network namespace (add "
                               "NET_ADMIN to the container's securityContext.capabilities)",
                               what, strerror(EPERM));
}

/* Return: 1; 0 where there is no nf_tables, and thus nothing; negative errno. */
static int scan_kernel(struct netlink *route, struct scan *scan, struct error *err)
{
        struct netlink *nl;
        struct nfgenmsg header = { .nfgen_family = NFPROTO_BRIDGE };
        struct error own = ERROR_INIT;
        int r;

        scan->first = scan->state->n_filters;
        r = netlink_netfilter(route, &nl, &own);
        if (r == 0)
                r = netlink_dump(nl, NFT_TYPE(NFT_MSG_GETTABLE), &header, sizeof(header), on_table,
                                 restart_tables, scan, &own);
        if (filter_is_missing(r))
                return 0;
        if (r == 0 && scan->has_table)
                r = netlink_dump(nl, NFT_TYPE(NFT_MSG_GETCHAIN), &header, sizeof(header), on_chain,
                                 restart_chains, scan, &own);
        if (r == 0 && scan->state->n_filters > scan->first)
                r = netlink_dump(nl, NFT_TYPE(NFT_MSG_GETRULE), &header, sizeof(header), on_rule,
                                 restart_rules, scan, &own);
        if (r == 0)
                return 1;
        if (r == -EPERM)
                return no_privilege("read the packet filter", err);
        return error_set(err, r, "read the packet filter: %s", own.message);
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
        /* Who may not look is told too much rather than too little. */
        if (netlink_netfilter(route, &nl, NULL) < 0 ||
            netlink_dump(nl, NFT_TYPE(NFT_MSG_GETTABLE), &header, sizeof(header), on_ip_table,
                         restart_ip_tables, &found, NULL) < 0)
                return true;
        return found;
}

int filter_observe(struct netlink *nl, struct netstate *state, struct error *err)
{
        struct scan scan = { .state = state };
        int r = scan_kernel(nl, &scan, err);

        return r < 0 ? r : 0;
}

/* --- changes --- */

static int no_nf_tables(struct error *err)
{
        return error_set_class(err, ERROR_CANNOT, -EOPNOTSUPP,
                               "this kernel has no nf_tables (module 'nf_tables')");
}

/* Return: -ENOSYS it is libnftables' business */
static int run_compiled(struct netlink *route, const char *commands, struct error *err)
{
        struct netlink *nl;
        struct filter_batch batch;
        char text[NETLINK_TEXT_MOST], message[512];
        struct error own = ERROR_INIT;
        int r = filter_compile(commands, &batch);

        if (r < 0)
                return r;
        r = netlink_netfilter(route, &nl, &own);
        if (filter_is_missing(r))
                return no_nf_tables(err);
        if (r < 0)
                return error_set(err, r, "%s", own.message);
        r = netlink_batch(nl, batch.data, batch.len, batch.last, text, &own);
        if (r == 0)
                return 0;
        if (r == -EPERM)
                return no_privilege("nf_tables", err);
        snprintf(message, sizeof(message), "%s%s%s%s", strerror(-r), *text ? " (" : "", text,
                 *text ? ")" : "");
        return filter_nft_failed(message, r, err);
}

/* Ask the kernel, then libnftables. */
static int run(struct netlink *nl, const char *commands, bool dry, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *there = netstate_new();
        struct scan scan = { .state = there };
        int r = dry ? -ENOSYS : run_compiled(nl, commands, err);

        if (r != -ENOSYS)
                return r;
        if (!there)
                return error_set(err, -ENOMEM, "out of memory");
        r = scan_kernel(nl, &scan, err);
        if (r < 0)
                return r;
        return r == 0 ? no_nf_tables(err) : filter_nft_run(commands, dry, err);
}

int filter_apply(struct netlink *nl, const struct ns_filter *filter, struct error *err)
{
        int r = run(nl, filter->ruleset, false, err);

        return r < 0 ? error_context(err, "install the packet filter of '%s'", filter->tap) : 0;
}

static void remove_chain(FILE *text, const char *prefix, const char *tap)
{
        /* Made first, so that it does not matter whether it is there. */
        for (size_t i = 0; i < 3; i++)
                fprintf(text, "%s chain bridge " FILTER_TABLE " %s%s\n",
                        (const char *[]){ "add", "flush", "delete" }[i], prefix, tap);
}

static int remove_text(const struct scan *scan, const char *tap, bool last, char **ret)
{
        size_t len;
        FILE *text = open_memstream(ret, &len);
        bool others = scan->n_others > 0;

        if (!text)
                return -ENOMEM;
        for (size_t i = 0; i < scan->state->n_filters; i++) {
                if (strcmp(scan->state->filters[i].tap, tap) != 0) {
                        others = true;
                        continue;
                }
                remove_chain(text, FILTER_INPUT, tap);
                remove_chain(text, FILTER_FORWARD, tap);
        }
        if (last && !others)
                fputs("delete table bridge " FILTER_TABLE "\n", text);
        return fclose(text) == 0 ? 0 : -ENOMEM;
}

int filter_remove(struct netlink *nl, const char *tap, bool last, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *there = netstate_new();
        _cleanup_free_ char *text = NULL;
        struct scan scan = { .state = there };
        int r;

        if (!there)
                return error_set(err, -ENOMEM, "out of memory");
        r = scan_kernel(nl, &scan, err);
        if (r == 0 || (r > 0 && !scan.has_table))
                return 0;
        if (r > 0)
                r = remove_text(&scan, tap, last, &text);
        if (r == -ENOMEM)
                return error_set(err, r, "out of memory");
        if (r == 0 && text[0])
                r = run_compiled(nl, text, err);
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
        r = filter_make(&net, true, &filter);
        if (r < 0)
                return error_set(err, r, "out of memory");
        r = run(nl, filter.ruleset, true, err);
        free(filter.ruleset);
        return r;
}
