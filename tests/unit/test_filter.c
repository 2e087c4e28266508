/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_filter.c - the packet filter: its rules as values, and in a namespace of its own as nft(8)
 * lists them
 *
 * Each test runs in a process of its own (Check forks), which may thus take a new namespace.
 */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "netsetup/filter/filter.h"
#include "netsetup/filter/filter_batch.h"
#include "netsetup/filter/filter_expression.h"
#include "netsetup/graft.h"
#include "tests/unit/unit.h"

/* --- kernels without nf_tables: libnl's and libmnl's socket() is this one --- */

static int netfilter_errno; /* 0: as the kernel says */

int socket(int domain, int type, int protocol)
{
        if (netfilter_errno && domain == AF_NETLINK && protocol == NETLINK_NETFILTER) {
                errno = netfilter_errno;
                return -1;
        }
        return (int)syscall(SYS_socket, domain, type, protocol);
}

/* --- values --- */

static struct podnet *graft(const char *addresses)
{
        struct podnet *net = podnet_new();
        char text[256], *save = NULL;

        strcpy(net->nic, "eth0-nic");
        strcpy(net->bridge, "k6t-eth0");
        strcpy(net->tap, "tap0");
        ck_assert_int_eq(mac_parse("aa:bb:cc:00:00:07", net->mac), 0);
        ck_assert_int_eq(mac_parse("02:00:00:00:00:01", net->server_mac), 0);
        strcpy(text, addresses);
        for (char *one = strtok_r(text, " ", &save); one; one = strtok_r(NULL, " ", &save)) {
                struct ip_prefix prefix;

                ck_assert_int_eq(ip_prefix_parse(one, &prefix), 0);
                ck_assert_int_eq(podnet_add_address(net, &prefix), 0);
        }
        graft_tell(&(struct netsetup_conf){ 0 }, net);
        return net;
}

static struct ns_filter filter_of(const char *addresses, bool anti_spoof)
{
        struct podnet *net = graft(addresses);
        struct ns_filter filter;

        ck_assert_int_eq(filter_make(net, anti_spoof, &filter), 0);
        podnet_free(net);
        return filter;
}

/* Addresses, and whether spoofing is kept from: what the rules depend on. */
static const struct {
        const char *addresses;
        bool anti_spoof;
} grafts[] = {
        { "", false },
        { "10.244.1.7/24", false },
        { "fd00::7/64", false },
        { "", true },
        { "10.244.1.7/24 10.244.1.9/32", true },
        { "10.244.1.7/24 fd00::7/64", true },
};

START_TEST(test_filter_make_hash_tells_rules_apart)
{
        struct ns_filter filters[ARRAY_SIZE(grafts)];

        for (size_t i = 0; i < ARRAY_SIZE(grafts); i++) {
                struct ns_filter again = filter_of(grafts[i].addresses, grafts[i].anti_spoof);

                filters[i] = filter_of(grafts[i].addresses, grafts[i].anti_spoof);
                ck_assert(filters[i].hash == again.hash);
                for (size_t k = 0; k < i; k++)
                        ck_assert(filters[i].hash != filters[k].hash);
                free(again.raw.data);
        }
        for (size_t i = 0; i < ARRAY_SIZE(grafts); i++)
                free(filters[i].raw.data);
}
END_TEST

/* Each expression that the rules consist of, there and back. */
START_TEST(test_filter_expression_read_is_what_was_written)
{
        struct ns_filter filter = filter_of("10.244.1.7/24 fd00::7/64", true);
        unsigned kinds = 0;

        for (size_t at = 0; at < filter.raw.len;) {
                const struct filter_expression *e = (const void *)(filter.raw.data + at);
                struct filter_batch batch = { 0 };
                struct filter_expression got;

                at += filter_expression_size(e);
                if (e->kind < FILTER_OTHER) {
                        filter_expression_write(&batch, e);
                        filter_expression_read((struct nlattr *)batch.messages.data, &got);
                        ck_assert_mem_eq(&got, e, filter_expression_size(e));
                        kinds |= 1u << e->kind;
                }
                free(batch.messages.data);
        }
        ck_assert_uint_eq(kinds, (1u << FILTER_OTHER) - 1);
        free(filter.raw.data);
}
END_TEST

START_TEST(test_filter_expression_read_of_another_kind_is_other)
{
        struct filter_batch batch = { 0 };
        size_t element = filter_batch_open(&batch, NFTA_LIST_ELEM);
        struct filter_expression got;

        filter_batch_put_string(&batch, NFTA_EXPR_NAME, "lookup");
        filter_batch_close(&batch, filter_batch_open(&batch, NFTA_EXPR_DATA));
        filter_batch_close(&batch, element);
        filter_expression_read((struct nlattr *)batch.messages.data, &got);
        ck_assert_uint_eq(got.kind, FILTER_OTHER);
        free(batch.messages.data);
}
END_TEST

START_TEST(test_netstate_copy_keeps_filters)
{
        struct netstate *s = netstate_new(), *copy;

        *netstate_add_filter(s) = filter_of("10.244.1.7/24", false);
        copy = netstate_copy(s);
        ck_assert_uint_eq(copy->n_filters, 1);
        ck_assert_uint_eq(copy->filters[0].raw.len, s->filters[0].raw.len);
        ck_assert_mem_eq(copy->filters[0].raw.data, s->filters[0].raw.data, s->filters[0].raw.len);
        ck_assert_ptr_ne(copy->filters[0].raw.data, s->filters[0].raw.data);
        netstate_free(s);
        netstate_free(copy);
}
END_TEST

/* --- the kernel --- */

static struct netlink *nl;

static void own_namespace(void)
{
        ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
        ck_assert_int_eq(netlink_open(&nl, NULL), 0);
}

#define LIST "nft -s list ruleset"

static void listing(const char *command, char *ret, size_t size)
{
        FILE *nft = popen(command, "r");
        size_t n = fread(ret, 1, size - 1, nft);

        ret[n] = '\0';
        ck_assert_int_eq(pclose(nft), 0);
}

static void nft(const char *commands)
{
        char line[512];

        snprintf(line, sizeof(line), "nft '%s'", commands);
        ck_assert_int_eq(system(line), 0);
}

static void apply(const struct ns_filter *filter)
{
        struct error err = ERROR_INIT;

        assert_ok(filter_apply(nl, filter, &err), err);
}

/* What is observed for @tap; all zero if nothing is. */
static struct ns_filter observed(const char *tap)
{
        struct netstate *s = netstate_new();
        struct ns_filter found = { 0 };
        struct error err = ERROR_INIT;

        assert_ok(filter_observe(nl, s, &err), err);
        for (size_t i = 0; i < s->n_filters; i++) {
                ck_assert_ptr_null(s->filters[i].raw.data);
                if (strcmp(s->filters[i].tap, tap) == 0)
                        found = s->filters[i];
        }
        netstate_free(s);
        return found;
}

static void check_same(const struct ns_filter *wanted)
{
        struct ns_filter found = observed(wanted->tap);

        ck_assert_str_eq(found.tap, wanted->tap);
        ck_assert_uint_eq(found.n_rules, wanted->n_rules);
        ck_assert(found.hash == wanted->hash);
}

START_TEST(test_filter_apply_every_ruleset_is_observed_and_repeatable)
{
        static char first[65536], second[65536];

        own_namespace();
        for (size_t i = 0; i < ARRAY_SIZE(grafts); i++) {
                struct ns_filter filter = filter_of(grafts[i].addresses, grafts[i].anti_spoof);

                apply(&filter);
                check_same(&filter);
                listing(LIST, first, sizeof(first));
                apply(&filter);
                check_same(&filter);
                listing(LIST, second, sizeof(second));
                ck_assert_str_eq(first, second);
                free(filter.raw.data);
        }
}
END_TEST

/* What nft makes of the rules of @chain, without what it writes around them. */
static void check_rules(const char *chain, const char *expected)
{
        static char text[65536];
        char command[128], *save = NULL, got[16384] = "";

        snprintf(command, sizeof(command), "nft -s list chain bridge podgraft %s", chain);
        listing(command, text, sizeof(text));
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                if (strncmp(line, "\t\t", 2) != 0 || strncmp(line + 2, "type ", 5) == 0)
                        continue;
                strcat(strcat(got, line + 2), "\n");
        }
        ck_assert_str_eq(got, expected);
}

#define ORDINARY                                                                                   \
        "@nh,0,8 0x45 th dport != 67 th dport != 68 accept\n"                                      \
        "@nh,48,8 0x6 th dport != 546 th dport != 547 accept\n"                                    \
        "@nh,48,8 0x11 th dport != 546 th dport != 547 accept\n"
#define FRAGMENTS                                                                                  \
        "ip frag-off & 8191 != 0 accept\n"                                                         \
        "frag frag-off != 0 accept\n"                                                              \
        "frag nexthdr != tcp frag nexthdr != udp frag nexthdr != ipv6-icmp frag nexthdr != esp "   \
        "frag nexthdr != sctp frag nexthdr != gre frag nexthdr != ipencap frag nexthdr != ipv6 "   \
        "counter drop comment \"fragments with extension headers in them\"\n"
#define DHCP                                                                                       \
        "th dport 67 meta l4proto udp meta protocol ip iifname \"tap0\" "                          \
        "counter drop comment \"DHCP, from the guest\"\n"                                          \
        "th dport 68 meta l4proto udp meta protocol ip oifname \"tap0\" "                          \
        "counter drop comment \"DHCP, to the guest\"\n"                                            \
        "th dport 547 meta l4proto udp meta protocol ip6 iifname \"tap0\" "                        \
        "counter drop comment \"DHCPv6, from the guest\"\n"                                        \
        "th dport 546 meta l4proto udp meta protocol ip6 oifname \"tap0\" "                        \
        "counter drop comment \"DHCPv6, to the guest\"\n"                                          \
        "icmpv6 type nd-router-solicit iifname \"tap0\" "                                          \
        "counter drop comment \"router solicitations, from the guest\"\n"                          \
        "icmpv6 type nd-router-advert oifname \"tap0\" "                                           \
        "counter drop comment \"router advertisements, to the guest\"\n"                           \
        "icmpv6 type nd-redirect oifname \"tap0\" "                                                \
        "counter drop comment \"redirects, to the guest\"\n"
/* Only where podgraft is who advertises. The first is the server's, the mask covers the routers'.
 */
#define MADE_UP                                                                                    \
        "icmpv6 type nd-neighbor-solicit @th,64,128 0xfe80000000000000000000fffe000001 "           \
        "iifname \"tap0\" "                                                                        \
        "counter drop comment \"neighbour solicitations for podgraft, from the guest\"\n"          \
        "icmpv6 type nd-neighbor-solicit "                                                         \
        "@th,64,128 & 0xfffffffffffffffffffffffff8ffffff == 0xfe800000000000000000000000000001 "   \
        "iifname \"tap0\" "                                                                        \
        "counter drop comment \"neighbour solicitations for podgraft, from the guest\"\n"
#define PASSING                                                                                    \
        "meta l4proto != udp meta l4proto != ipv6-icmp accept\n"                                   \
        "th dport >= 0 accept\n"                                                                   \
        "meta protocol 0x0004 @nh,0,16 0x4242 accept\n"                                            \
        "meta protocol 0x0004 @nh,0,16 0xfefe accept\n"                                            \
        "meta protocol != arp meta protocol != 0x8035 meta protocol != 0x8847 "                    \
        "meta protocol != 0x8848 meta protocol != 0x8863 meta protocol != 0x8864 "                 \
        "meta protocol != 0x888e meta protocol != 0x88cc meta protocol != 0x8809 "                 \
        "meta protocol != 0x88f7 "                                                                 \
        "counter drop comment \"no whole IP header, several VLAN tags, another protocol\"\n"
#define OTHER_MAC "ether saddr != aa:bb:cc:00:00:07 counter drop comment \"another source MAC\"\n"
#define ARP       "arp htype 1 arp ptype ip arp hlen 6 arp plen 4 arp saddr ether aa:bb:cc:00:00:07 "
#define RARP      "meta protocol 0x8035 @nh,0,48 0x108000604 @nh,64,48 0xaabbcc000007 accept\n"

START_TEST(test_filter_apply_without_anti_spoof_says_what_passes)
{
        struct ns_filter filter = filter_of("10.244.1.7/24", false);

        own_namespace();
        apply(&filter);
        check_rules("input_tap0", "iifname \"eth0-nic\" drop\niifname \"tap0\" drop\n");
        check_rules("forward_tap0", ORDINARY "iifname \"tap0\" goto pass_tap0\n"
                                             "oifname \"tap0\" goto pass_tap0\n");
        check_rules("from_tap0", "");
        check_rules("ip6_tap0", "");
        check_rules("pass_tap0", FRAGMENTS DHCP PASSING);
        free(filter.raw.data);
}
END_TEST

START_TEST(test_filter_apply_without_address_lets_all_pass)
{
        struct ns_filter filter = filter_of("", false);

        own_namespace();
        apply(&filter);
        check_rules("input_tap0", "iifname \"eth0-nic\" drop\niifname \"tap0\" drop\n");
        check_rules("forward_tap0", "");
        check_rules("pass_tap0", "");
        free(filter.raw.data);
}
END_TEST

START_TEST(test_filter_apply_ipv6_answers_for_the_made_up_routers)
{
        struct ns_filter filter = filter_of("fd00::7/64", false);

        own_namespace();
        apply(&filter);
        check_rules("pass_tap0", FRAGMENTS DHCP MADE_UP PASSING);
        free(filter.raw.data);
}
END_TEST

START_TEST(test_filter_apply_anti_spoof_says_whose_frames_leave)
{
        struct podnet *net = graft("10.244.1.7/24 fd00::7/64");
        struct podnet_route via = { .gateway = { .family = AF_INET6 } };
        struct ns_filter filter;

        inet_pton(AF_INET6, "fe80::1", &via.gateway.v6);
        podnet_add_route(net, &via);
        podnet_add_route(net, &via); /* once is enough */
        ck_assert_int_eq(filter_make(net, true, &filter), 0);
        own_namespace();
        apply(&filter);
        check_same(&filter);
        check_rules("forward_tap0", "iifname \"tap0\" goto from_tap0\n" ORDINARY
                                    "oifname \"tap0\" goto pass_tap0\n");
        check_rules("from_tap0",
                    "@nh,96,32 0xaf40107 th dport != 67 "
                    "ether saddr aa:bb:cc:00:00:07 ether type ip accept\n"
                    "@nh,48,8 0x6 @nh,64,128 0xfd000000000000000000000000000007 th dport != 547 "
                    "ether saddr aa:bb:cc:00:00:07 ether type ip6 accept\n"
                    "@nh,48,8 0x11 @nh,64,128 0xfd000000000000000000000000000007 th dport != 547 "
                    "ether saddr aa:bb:cc:00:00:07 ether type ip6 accept\n" OTHER_MAC
                    "vlan id != 0 counter drop comment \"a VLAN id\"\n"
                    "ether type 8021ad vlan id != 0 counter drop comment \"a VLAN id\"\n" ARP
                    "arp saddr ip 0.0.0.0 accept\n" ARP "arp saddr ip 10.244.1.7 accept\n" RARP
                    "ip saddr 10.244.1.7 goto pass_tap0\n"
                    "ip6 saddr fd00::7 goto ip6_tap0\n"
                    "ip6 saddr fe80::1 counter drop comment "
                    "\"the gateway's address as the source\"\n"
                    "ip6 saddr :: goto ip6_tap0\n"
                    "meta protocol ip6 @nh,64,16 & 0xffc0 == 0xfe80 goto ip6_tap0\n"
                    "counter drop comment \"another source address, or another protocol\"\n");
        check_rules("ip6_tap0",
                    "icmpv6 type nd-neighbor-advert @th,64,128 0xfe800000000000000000000000000001 "
                    "counter drop comment \"neighbour advertisements for the gateway\"\n"
                    "@nh,32,24 0x183a @th,0,8 0x88 "
                    "@th,64,128 0xfd000000000000000000000000000007 goto pass_tap0\n"
                    "@nh,32,24 0x203a @th,0,8 0x88 @th,192,64 0x201aabbcc000007 "
                    "@th,64,128 0xfd000000000000000000000000000007 goto pass_tap0\n"
                    "@nh,32,24 0x183a @th,0,8 0x88 @th,64,16 & 0xffc0 == 0xfe80 goto pass_tap0\n"
                    "@nh,32,24 0x203a @th,0,8 0x88 @th,192,64 0x201aabbcc000007 "
                    "@th,64,16 & 0xffc0 == 0xfe80 goto pass_tap0\n"
                    "@nh,32,24 0x183a @th,0,8 0x87 goto pass_tap0\n"
                    "@nh,32,24 0x203a @th,0,8 0x87 @th,192,64 0x101aabbcc000007 goto pass_tap0\n"
                    "@nh,32,24 0x203a @th,0,8 0x87 @th,192,16 0xe01 goto pass_tap0\n"
                    "@nh,32,24 0x83a @th,0,8 0x85 goto pass_tap0\n"
                    "@nh,32,24 0x103a @th,0,8 0x85 @th,64,64 0x101aabbcc000007 goto pass_tap0\n"
                    "icmpv6 type nd-router-advert counter drop comment "
                    "\"router advertisements, from the guest\"\n"
                    "icmpv6 type nd-redirect counter drop comment "
                    "\"redirects, from the guest\"\n"
                    "icmpv6 type != nd-router-advert icmpv6 type != nd-redirect "
                    "icmpv6 type 133-137 counter drop comment "
                    "\"neighbour discovery for another MAC or address\"\n"
                    "goto pass_tap0\n");
        free(filter.raw.data);
        podnet_free(net);
}
END_TEST

START_TEST(test_filter_apply_anti_spoof_without_address_enforces_the_mac)
{
        struct ns_filter filter = filter_of("", true);

        own_namespace();
        apply(&filter);
        check_rules("forward_tap0", "iifname \"tap0\" goto from_tap0\n");
        check_rules("from_tap0", OTHER_MAC ARP
                    "accept\n" RARP
                    "meta protocol arp counter drop comment \"ARP with another MAC\"\n"
                    "meta protocol 0x8035 counter drop comment \"RARP with another MAC\"\n"
                    "meta protocol ip6 goto ip6_tap0\n"
                    "goto pass_tap0\n");
        check_rules("pass_tap0", FRAGMENTS PASSING);
        free(filter.raw.data);
}
END_TEST

/* A graft of podgraft 0.1.0 and before had two chains and sets; another's options had other rules.
 */
START_TEST(test_filter_apply_replaces_what_is_there)
{
        struct ns_filter strict = filter_of("10.244.1.7/24", true),
                         plain = filter_of("10.244.1.7/24", false);

        own_namespace();
        nft("add table bridge podgraft");
        nft("add chain bridge podgraft forward_tap0 "
            "{ type filter hook forward priority -200; policy accept; }");
        nft("add rule bridge podgraft forward_tap0 iifname { \"tap0\", \"x\" } drop");
        apply(&strict);
        check_same(&strict);
        apply(&plain);
        check_same(&plain);
        free(strict.raw.data);
        free(plain.raw.data);
}
END_TEST

START_TEST(test_filter_apply_many_addresses)
{
        char addresses[64 * 48] = "";
        struct podnet *net = graft("");
        struct ns_filter filter;

        for (int i = 0; i < 64; i++) {
                struct ip_prefix prefix;

                snprintf(addresses, sizeof(addresses), i % 2 ? "10.244.1.%d/24" : "fd00::%d/64", i);
                ck_assert_int_eq(ip_prefix_parse(addresses, &prefix), 0);
                ck_assert_int_eq(podnet_add_address(net, &prefix), 0);
        }
        ck_assert_int_eq(filter_make(net, true, &filter), 0);
        own_namespace();
        apply(&filter);
        check_same(&filter);
        free(filter.raw.data);
        podnet_free(net);
}
END_TEST

static const struct {
        const char *nic, *tap;
} odd_names[] = {
        { "eth0.5@x-nic", "tap0" }, { "$e;th{}'#", "tap0123456789ab" },
        { "eth*", "tap*" },         { "eth\\*", "ta\\p" },
        { "et\"h", "t\"p" },
};

START_TEST(test_filter_apply_odd_names_are_taken_literally)
{
        char text[16384];

        own_namespace();
        for (size_t i = 0; i < ARRAY_SIZE(odd_names); i++) {
                struct podnet *net = graft("10.244.1.7/24");
                struct ns_filter filter;

                strcpy(net->nic, odd_names[i].nic);
                strcpy(net->tap, odd_names[i].tap);
                ck_assert_int_eq(filter_make(net, false, &filter), 0);
                apply(&filter);
                check_same(&filter);
                /* A wildcard would be compared without the NULs behind it. */
                listing("nft --debug=netlink list ruleset | grep -A1 iifname -m1", text,
                        sizeof(text));
                ck_assert_ptr_nonnull(strstr(text, " 0x00000000 ]"));
                free(filter.raw.data);
                podnet_free(net);
        }
}
END_TEST

#define FIRST_RULE                                                                                 \
        "handle $(nft -a list chain bridge podgraft forward_tap0 | "                               \
        "sed -n \"s/.* accept # handle //p\" | head -1)"

/* Whatever is done to the rules, how many they are or what they say, the hash is another. */
static const char *const meddling[] = {
        "nft add rule bridge podgraft forward_tap0 accept",
        "nft insert rule bridge podgraft forward_tap0 accept",
        "nft flush chain bridge podgraft input_tap0",
        "nft flush chain bridge podgraft pass_tap0",
        "nft flush table bridge podgraft",
        "nft 'add chain bridge podgraft forward_tap0 { policy drop; }'",
        "nft 'add table bridge podgraft { flags dormant; }'",
        "nft replace rule bridge podgraft forward_tap0 " FIRST_RULE " accept",
        "nft replace rule bridge podgraft forward_tap0 " FIRST_RULE " th dport != 67 accept",
};

START_TEST(test_filter_observe_drift_shows)
{
        struct ns_filter filter = filter_of("10.244.1.7/24", false);

        own_namespace();
        apply(&filter);
        check_same(&filter);
        ck_assert_int_eq(system(meddling[_i]), 0);
        ck_assert(observed("tap0").hash != filter.hash);
        apply(&filter);
        check_same(&filter);
        free(filter.raw.data);
}
END_TEST

START_TEST(test_filter_remove_takes_only_its_own)
{
        struct ns_filter filter = filter_of("10.244.1.7/24", false), second;
        struct podnet *net = graft("10.244.2.7/24");
        struct error err = ERROR_INIT;
        char before[16384], after[16384];

        own_namespace();
        nft("add table bridge podgraft2");
        nft("add chain bridge podgraft2 input_tap0 { type filter hook input priority 0; }");
        nft("add rule bridge podgraft2 input_tap0 ether type 0x1234 drop");
        listing(LIST, before, sizeof(before));
        strcpy(net->tap, "tap1");
        ck_assert_int_eq(filter_make(net, true, &second), 0);
        apply(&filter);
        apply(&second);
        assert_ok(filter_remove(nl, "tap0", false, &err), err);
        ck_assert_str_eq(observed("tap0").tap, "");
        check_same(&second);
        ck_assert_int_eq(filter_remove(nl, "tap0", false, &err), 0);
        ck_assert_int_eq(filter_remove(nl, "tap1", true, &err), 0);
        listing(LIST, after, sizeof(after));
        ck_assert_str_eq(before, after);
        ck_assert_int_eq(filter_remove(nl, "tap1", true, &err), 0);
        free(filter.raw.data);
        free(second.raw.data);
        podnet_free(net);
}
END_TEST

START_TEST(test_filter_remove_last_leaves_a_strangers_chain)
{
        struct ns_filter filter = filter_of("10.244.1.7/24", false);
        struct error err = ERROR_INIT;
        char text[16384];

        own_namespace();
        apply(&filter);
        nft("add chain bridge podgraft mine");
        ck_assert_int_eq(filter_remove(nl, "tap0", true, &err), 0);
        listing(LIST, text, sizeof(text));
        ck_assert_str_eq(text, "table bridge podgraft {\n\tchain mine {\n\t}\n}\n");
        nft("delete chain bridge podgraft mine");
        /* An empty table is the last's. */
        ck_assert_int_eq(filter_remove(nl, "tap0", true, &err), 0);
        listing(LIST, text, sizeof(text));
        ck_assert_str_eq(text, "");
        free(filter.raw.data);
}
END_TEST

START_TEST(test_filter_probe_changes_nothing)
{
        struct error err = ERROR_INIT;
        char text[16384];

        own_namespace();
        assert_ok(filter_probe(nl, &err), err);
        listing(LIST, text, sizeof(text));
        ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(test_filter_without_nf_tables_is_not_supported_but_observes_none)
{
        struct ns_filter filter = filter_of("10.244.1.7/24", false);
        struct error err = ERROR_INIT;

        own_namespace();
        netfilter_errno = EPROTONOSUPPORT;
        ck_assert_str_eq(observed("tap0").tap, "");
        ck_assert_int_eq(filter_remove(nl, "tap0", true, &err), 0);
        ck_assert_int_eq(filter_apply(nl, &filter, &err), -EOPNOTSUPP);
        ck_assert_int_eq(err.class, ERROR_CANNOT);
        error_clear(&err);
        ck_assert_int_eq(filter_probe(nl, &err), -EOPNOTSUPP);
        free(filter.raw.data);
}
END_TEST

/* An IPv6 extension header's kind that is nowhere stands for an expression that a kernel lacks. */
START_TEST(test_filter_refused_expression_changes_nothing)
{
        struct ns_filter filter = filter_of("10.244.1.7/24", false);
        struct ns_filter bad = filter_of("10.244.1.7/24", true);
        struct error err = ERROR_INIT;

        own_namespace();
        apply(&filter);
        for (size_t at = 0; at < bad.raw.len;) {
                struct filter_expression *e = (void *)(bad.raw.data + at);

                at += filter_expression_size(e);
                if (e->kind == FILTER_META)
                        e->what = 0xfe; /* no such key */
        }
        ck_assert_int_eq(filter_apply(nl, &bad, &err), -EOPNOTSUPP);
        ck_assert_int_eq(err.class, ERROR_CANNOT);
        assert_says(err,
                    "install the packet filter of 'tap0': this kernel's nf_tables lacks a part");
        check_same(&filter);
        free(filter.raw.data);
        free(bad.raw.data);
}
END_TEST

START_TEST(test_filter_without_privilege_says_which)
{
        struct ns_filter filter = filter_of("10.244.1.7/24", false);
        struct netstate *s = netstate_new();
        struct error err = ERROR_INIT;

        own_namespace();
        ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
        ck_assert_int_eq(filter_observe(nl, s, &err), -EPERM);
        ck_assert_int_eq(err.class, ERROR_CANNOT);
        assert_says(err, "NET_ADMIN");
        error_clear(&err);
        ck_assert_int_eq(filter_apply(nl, &filter, &err), -EPERM);
        ck_assert_int_eq(err.class, ERROR_CANNOT);
        netstate_free(s);
        free(filter.raw.data);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_filter_make_hash_tells_rules_apart);
        tcase_add_test(tc, test_filter_expression_read_is_what_was_written);
        tcase_add_test(tc, test_filter_expression_read_of_another_kind_is_other);
        tcase_add_test(tc, test_netstate_copy_keeps_filters);
        tcase_add_test(tc, test_filter_apply_every_ruleset_is_observed_and_repeatable);
        tcase_add_test(tc, test_filter_apply_without_anti_spoof_says_what_passes);
        tcase_add_test(tc, test_filter_apply_without_address_lets_all_pass);
        tcase_add_test(tc, test_filter_apply_ipv6_answers_for_the_made_up_routers);
        tcase_add_test(tc, test_filter_apply_anti_spoof_says_whose_frames_leave);
        tcase_add_test(tc, test_filter_apply_anti_spoof_without_address_enforces_the_mac);
        tcase_add_test(tc, test_filter_apply_replaces_what_is_there);
        tcase_add_test(tc, test_filter_apply_many_addresses);
        tcase_add_test(tc, test_filter_apply_odd_names_are_taken_literally);
        tcase_add_loop_test(tc, test_filter_observe_drift_shows, 0, ARRAY_SIZE(meddling));
        tcase_add_test(tc, test_filter_remove_takes_only_its_own);
        tcase_add_test(tc, test_filter_remove_last_leaves_a_strangers_chain);
        tcase_add_test(tc, test_filter_probe_changes_nothing);
        tcase_add_test(tc, test_filter_without_nf_tables_is_not_supported_but_observes_none);
        tcase_add_test(tc, test_filter_refused_expression_changes_nothing);
        tcase_add_test(tc, test_filter_without_privilege_says_which);
}

int main(void)
{
        return unit_main("filter", add_tests);
}
