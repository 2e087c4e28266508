/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter.c - what may pass between the guest and the wire, as rules of nftables' bridge family
 */
#include "netsetup/filter/filter.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>

#include "netsetup/hash.h"

struct ruleset {
        FILE *text;
        const struct podnet *net;
        unsigned n_rules;
};

static void _printf_(3, 4) rule_add(struct ruleset *set, const char *chain, const char *fmt, ...)
{
        va_list ap;

        fprintf(set->text, "add rule bridge " FILTER_TABLE " %s%s ", chain, set->net->tap);
        va_start(ap, fmt);
        vfprintf(set->text, fmt, ap);
        va_end(ap);
        fputc('\n', set->text);
        set->n_rules++;
}

/* An interface's name between quotes. A '*' at the end would be a wildcard, unless escaped. */
static void quote_name(const char *name, char ret[IFNAMSIZ + 3])
{
        size_t len = strlen(name);
        bool star = len > 0 && name[len - 1] == '*';

        snprintf(ret, IFNAMSIZ + 3, "\"%.*s%s\"", (int)(star ? len - 1 : len), name,
                 star ? "\\*" : "");
}

/* No '"' can be quoted; where nft undoes an escape it drops every other backslash too. */
static bool can_be_written(const struct podnet *net)
{
        return !strpbrk(net->nic, "\"\\") && net->tap[0] != '\0' &&
               net->tap[strspn(net->tap, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789._-")] == '\0';
}

/* An address as nft takes it where it knows the field: as text. */
static void put_text(const struct ip_addr *addr, char ret[IP_ADDR_TEXT_LEN])
{
        ip_addr_format(addr, ret);
}

/* An IPv6 address as nft takes it where it knows only bits: "0xfd00…" */
static void put_number(const struct ip_addr *addr, char ret[IP_ADDR_TEXT_LEN])
{
        int at = snprintf(ret, IP_ADDR_TEXT_LEN, "0x");

        for (size_t i = 0; i < sizeof(addr->v6.s6_addr); i++)
                at += snprintf(ret + at, IP_ADDR_TEXT_LEN - (size_t)at, "%02x",
                               addr->v6.s6_addr[i]);
}

/* "10.244.1.7, 10.244.1.8": the pod's addresses of one family, after @first; "" for none at all */
static char *address_list(const struct podnet *net, int family, const char *first,
                          void (*put)(const struct ip_addr *addr, char ret[IP_ADDR_TEXT_LEN]))
{
        _cleanup_free_ char *list = strdup(first);

        for (size_t i = 0; list && i < net->n_addresses; i++) {
                char *longer, text[IP_ADDR_TEXT_LEN];

                if (net->addresses[i].addr.family != family)
                        continue;
                put(&net->addresses[i].addr, text);
                if (asprintf(&longer, "%s%s%s", list, list[0] ? ", " : "", text) < 0)
                        return NULL;
                free(list);
                list = longer;
        }
        return take_ptr(list);
}

/*
 * The pod's own IP stack hears nothing: it must not answer ARP for the guest's address, which the
 * keeper still carries, nor configure itself from the segment. Frames are told by the bridge's
 * ports, because "meta ibrname" is an expression that kernels may lack.
 */
static void make_input(struct ruleset *set, const char *fingerprint)
{
        char nic[IFNAMSIZ + 3];

        quote_name(set->net->nic, nic);
        rule_add(set, FILTER_INPUT, "iifname { %s, \"%s\" } drop comment \"" FILTER_COMMENT "%s\"",
                 nic, set->net->tap, fingerprint);
}

/*
 * The two DHCP worlds. Messages are told by their destination port alone: clients and servers may
 * send from any (RFC 2131 section 4.1, RFC 8415 section 7.2).
 *
 * Every data frame meets these rules, so each begins with what nf_tables evaluates without a
 * function call: two bytes where a port would be, and a number to compare. (34048 is 0x8500, type
 * and code of a router solicitation, 34304 of an advertisement, 35072 of a redirect; a host takes
 * none with another code.) Only what follows makes it exact: in the bridge family the
 * kernel finds ports even in an IPv4 fragment that is not the first.
 *
 * Most of the filter's cost is that there is a chain at all (an empty one costs a small packet 1 to
 * 3 %, these rules 1 to 2 % more). Letting TCP and high ports pass before them made it slower: what
 * tells them apart are function calls.
 */
static void make_dhcp4(struct ruleset *set)
{
        const char *tap = set->net->tap;

        rule_add(set, FILTER_FORWARD,
                 "th dport 67 meta l4proto 17 ip frag-off & 0x1fff == 0 iifname \"%s\" "
                 "counter drop comment \"DHCP, from the guest\"",
                 tap);
        rule_add(set, FILTER_FORWARD,
                 "th dport 68 meta l4proto 17 ip frag-off & 0x1fff == 0 oifname \"%s\" "
                 "counter drop comment \"DHCP, to the guest\"",
                 tap);
}

static void make_dhcp6(struct ruleset *set)
{
        const char *tap = set->net->tap;

        rule_add(set, FILTER_FORWARD,
                 "th dport 547 meta l4proto 17 meta protocol ip6 iifname \"%s\" "
                 "counter drop comment \"DHCPv6, from the guest\"",
                 tap);
        rule_add(set, FILTER_FORWARD,
                 "th dport 546 meta l4proto 17 meta protocol ip6 oifname \"%s\" "
                 "counter drop comment \"DHCPv6, to the guest\"",
                 tap);
}

/*
 * Who the guest looks for there is answered for on the tap. A router that it sends such a question
 * to, because it has the made-up router's MAC, would look for that one itself, and say that it does
 * not find it. (34560 is 0x8700, a neighbour solicitation, whose target is 64 bits into it.)
 */
static void make_made_up(struct ruleset *set)
{
        char list[(PODNET_MADE_UP_MAX + 1) * IP_ADDR_TEXT_LEN] = "";
        size_t at = 0;

        for (unsigned i = 0; i <= PODNET_MADE_UP_MAX; i++) {
                struct ip_addr addr = { .family = AF_INET6, .v6 = podnet_link_local(set->net, i) };
                char text[IP_ADDR_TEXT_LEN];

                put_number(&addr, text);
                at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i > 0 ? ", " : "",
                                       text);
        }
        rule_add(set, FILTER_FORWARD,
                 "th sport 34560 meta l4proto 58 @th,64,128 { %s } iifname \"%s\" "
                 "counter drop comment \"neighbour solicitations for podgraft, from the guest\"",
                 list, set->net->tap);
}

/* The guest's routers are those that podgraft tells it of, or none. */
static void make_ra(struct ruleset *set)
{
        const char *tap = set->net->tap;

        rule_add(set, FILTER_FORWARD,
                 "th sport 34048 meta l4proto 58 iifname \"%s\" "
                 "counter drop comment \"router solicitations, from the guest\"",
                 tap);
        rule_add(set, FILTER_FORWARD,
                 "th sport 34304 meta l4proto 58 oifname \"%s\" "
                 "counter drop comment \"router advertisements, to the guest\"",
                 tap);
        rule_add(set, FILTER_FORWARD,
                 "th sport 35072 meta l4proto 58 oifname \"%s\" "
                 "counter drop comment \"redirects, to the guest\"",
                 tap);
}

/*
 * A guest is no router. And whose address a neighbour advertisement (136) is about stands in its
 * target, 64 bits into the message (RFC 4861, section 4.4): the pod's, or link-local (0x3fa).
 */
static void make_nd(struct ruleset *set, const char *targets)
{
        rule_add(set, FILTER_FORWARD, "meta l4proto 58 icmpv6 type { 134, 137 } counter drop");
        rule_add(set, FILTER_FORWARD,
                 "meta l4proto 58 icmpv6 type 136 @th,64,10 != 0x3fa%s%s%s counter drop",
                 targets[0] ? " @th,64,128 != { " : "", targets, targets[0] ? " }" : "");
}

/*
 * The guest's IPv4 data passes at the first rule; nothing that is not the guest's goes further than
 * the second. "meta protocol", because "ether type" sees the tag of a frame that has one.
 */
static int make_anti_spoof(struct ruleset *set)
{
        _cleanup_free_ char *v4 = address_list(set->net, AF_INET, "", put_text);
        _cleanup_free_ char *arp = address_list(set->net, AF_INET, "0.0.0.0", put_text);
        _cleanup_free_ char *v6 = address_list(set->net, AF_INET6, "", put_text);
        _cleanup_free_ char *targets = address_list(set->net, AF_INET6, "", put_number);
        char mac[MAC_TEXT_LEN];

        if (!v4 || !arp || !v6 || !targets)
                return -ENOMEM;
        mac_format(set->net->mac, mac);
        if (v4[0])
                rule_add(set, FILTER_FORWARD, "ip saddr { %s } ether saddr %s accept", v4, mac);
        rule_add(set, FILTER_FORWARD, "iifname != \"%s\" accept", set->net->tap);
        rule_add(set, FILTER_FORWARD, "ether saddr != %s counter drop", mac);
        rule_add(set, FILTER_FORWARD, "meta protocol arp arp saddr ether != %s counter drop", mac);
        if (set->net->n_addresses == 0)
                return 0;
        make_nd(set, targets);
        if (v6[0])
                rule_add(set, FILTER_FORWARD, "ip6 saddr { %s } accept", v6);
        rule_add(set, FILTER_FORWARD, "ip6 saddr { ::, fe80::/10 } accept");
        rule_add(set, FILTER_FORWARD, "meta protocol arp arp saddr ip { %s } accept", arp);
        rule_add(set, FILTER_FORWARD, "meta protocol 0x8035 accept"); /* RARP: QEMU, migrated */
        rule_add(set, FILTER_FORWARD, "counter drop");
        return 0;
}

static int make_text(const struct podnet *net, bool anti_spoof, const char *fingerprint, char **ret,
                     unsigned *ret_n_rules)
{
        _cleanup_free_ char *text = NULL;
        size_t len;
        struct ruleset set = { .text = open_memstream(&text, &len), .net = net };
        int r = 0;

        if (!set.text)
                return -ENOMEM;
        fprintf(set.text,
                "add table bridge " FILTER_TABLE "\n"
                "add chain bridge " FILTER_TABLE " " FILTER_INPUT "%s "
                "{ type filter hook input priority -200; policy accept; }\n"
                "add chain bridge " FILTER_TABLE " " FILTER_FORWARD "%s "
                "{ type filter hook forward priority -200; policy accept; }\n"
                "flush chain bridge " FILTER_TABLE " " FILTER_INPUT "%s\n"
                "flush chain bridge " FILTER_TABLE " " FILTER_FORWARD "%s\n",
                net->tap, net->tap, net->tap, net->tap);
        make_input(&set, fingerprint);
        if (net->dhcp4 != PODNET_TOLD_BY_SEGMENT)
                make_dhcp4(&set);
        if (net->dhcp6 != PODNET_TOLD_BY_SEGMENT)
                make_dhcp6(&set);
        if (net->ra != PODNET_TOLD_BY_SEGMENT)
                make_ra(&set);
        if (net->ra == PODNET_TOLD_BY_US)
                make_made_up(&set);
        if (anti_spoof)
                r = make_anti_spoof(&set);
        if (fclose(set.text) != 0)
                r = -ENOMEM;
        if (r < 0)
                return r;
        *ret = take_ptr(text);
        *ret_n_rules = set.n_rules;
        return 0;
}

int filter_make(const struct podnet *net, bool anti_spoof, struct ns_filter *ret)
{
        struct ns_filter filter = { 0 };
        _cleanup_free_ char *text = NULL;
        int r;

        if (!can_be_written(net))
                return -EINVAL;
        r = make_text(net, anti_spoof, "", &text, &filter.n_rules);
        if (r < 0)
                return r;
        snprintf(filter.fingerprint, sizeof(filter.fingerprint), "%016llx",
                 (unsigned long long)hash_bytes(HASH_START, text, strlen(text)));
        memcpy(filter.tap, net->tap, IFNAMSIZ);
        r = make_text(net, anti_spoof, filter.fingerprint, &filter.ruleset, &filter.n_rules);
        if (r < 0)
                return r;
        *ret = filter;
        return 0;
}
