/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_filter.c - the packet filter: its rules as text, and in a namespace of its own as rules
 *
 * Each test runs in a process of its own (Check forks), which may thus take a new namespace.
 */
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "netsetup/filter/filter.h"
#include "netsetup/filter/filter_compile.h"
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

/* --- the text --- */

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

/* What the rules of @chain say, one a line, without what each of them starts with. */
static void rules_of(const struct ns_filter *filter, const char *chain, char ret[16384])
{
        _cleanup_free_ char *text = strdup(filter->ruleset);
        char start[64], *save = NULL;

        snprintf(start, sizeof(start), "add rule bridge podgraft %s_%s ", chain, filter->tap);
        ret[0] = '\0';
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                if (strncmp(line, start, strlen(start)) != 0)
                        continue;
                strcat(ret, line + strlen(start));
                strcat(ret, "\n");
        }
}

#define DHCP                                                                                       \
        "th dport 67 meta l4proto 17 ip frag-off & 0x1fff == 0 iifname \"tap0\" "                  \
        "counter drop comment \"DHCP, from the guest\"\n"                                          \
        "th dport 68 meta l4proto 17 ip frag-off & 0x1fff == 0 oifname \"tap0\" "                  \
        "counter drop comment \"DHCP, to the guest\"\n"                                            \
        "th dport 547 meta l4proto 17 meta protocol ip6 iifname \"tap0\" "                         \
        "counter drop comment \"DHCPv6, from the guest\"\n"                                        \
        "th dport 546 meta l4proto 17 meta protocol ip6 oifname \"tap0\" "                         \
        "counter drop comment \"DHCPv6, to the guest\"\n"                                          \
        "th sport 34048 meta l4proto 58 iifname \"tap0\" "                                         \
        "counter drop comment \"router solicitations, from the guest\"\n"                          \
        "th sport 34304 meta l4proto 58 oifname \"tap0\" "                                         \
        "counter drop comment \"router advertisements, to the guest\"\n"                           \
        "th sport 35072 meta l4proto 58 oifname \"tap0\" "                                         \
        "counter drop comment \"redirects, to the guest\"\n"
/* Only where podgraft is who advertises. The first is the server's, then come the routers'. */
#define MADE_UP                                                                                    \
        "th sport 34560 meta l4proto 58 @th,64,128 { "                                             \
        "0xfe80000000000000000000fffe000001, 0xfe800000000000000000000001000001, "                 \
        "0xfe800000000000000000000002000001, 0xfe800000000000000000000003000001, "                 \
        "0xfe800000000000000000000004000001 } iifname \"tap0\" "                                   \
        "counter drop comment \"neighbour solicitations for podgraft, from the guest\"\n"
#define MAC_ONLY                                                                                   \
        "iifname != \"tap0\" accept\n"                                                             \
        "ether saddr != aa:bb:cc:00:00:07 counter drop\n"                                          \
        "meta protocol arp arp saddr ether != aa:bb:cc:00:00:07 counter drop\n"
#define NO_ROUTER "meta l4proto 58 icmpv6 type { 134, 137 } counter drop\n"

static const struct {
        const char *addresses;
        bool anti_spoof;
        const char *forward;
} forwards[] = {
        { "", false, "" },
        { "10.244.1.7/24", false, DHCP },
        { "fd00::7/64", false, DHCP MADE_UP },
        { "", true, MAC_ONLY },
        { "10.244.1.7/24 10.244.1.9/32", true,
          DHCP "ip saddr { 10.244.1.7, 10.244.1.9 } ether saddr aa:bb:cc:00:00:07 accept\n" MAC_ONLY
                  NO_ROUTER "meta l4proto 58 icmpv6 type 136 @th,64,10 != 0x3fa counter drop\n"
               "ip6 saddr { ::, fe80::/10 } accept\n"
               "meta protocol arp arp saddr ip { 0.0.0.0, 10.244.1.7, 10.244.1.9 } accept\n"
               "meta protocol 0x8035 accept\n"
               "counter drop\n" },
        { "fd00::7/64", true,
          DHCP MADE_UP MAC_ONLY NO_ROUTER
          "meta l4proto 58 icmpv6 type 136 @th,64,10 != 0x3fa "
          "@th,64,128 != { 0xfd000000000000000000000000000007 } counter drop\n"
          "ip6 saddr { fd00::7 } accept\n"
          "ip6 saddr { ::, fe80::/10 } accept\n"
          "meta protocol arp arp saddr ip { 0.0.0.0 } accept\n"
          "meta protocol 0x8035 accept\n"
          "counter drop\n" },
};

START_TEST(test_filter_make_forward_table)
{
        struct ns_filter filter = filter_of(forwards[_i].addresses, forwards[_i].anti_spoof);
        char forward[16384];

        rules_of(&filter, "forward", forward);
        ck_assert_str_eq(forward, forwards[_i].forward);
        free(filter.ruleset);
}
END_TEST

START_TEST(test_filter_make_input_is_deaf_with_and_without_address)
{
        for (int i = 0; i < 2; i++) {
                struct ns_filter filter = filter_of(i ? "10.244.1.7/24" : "", false);
                char input[16384], expected[256];

                rules_of(&filter, "input", input);
                snprintf(expected, sizeof(expected),
                         "iifname { \"eth0-nic\", \"tap0\" } drop comment \"podgraft %s\"\n",
                         filter.fingerprint);
                ck_assert_str_eq(input, expected);
                free(filter.ruleset);
        }
}
END_TEST

START_TEST(test_filter_make_fingerprint_tells_rulesets_apart)
{
        struct ns_filter plain = filter_of("10.244.1.7/24", false);
        struct ns_filter again = filter_of("10.244.1.7/24", false);
        struct ns_filter strict = filter_of("10.244.1.7/24", true);
        struct ns_filter other = filter_of("10.244.1.8/24", true);

        ck_assert_uint_eq(strlen(plain.fingerprint), 16);
        ck_assert_str_eq(plain.fingerprint, again.fingerprint);
        ck_assert_str_ne(plain.fingerprint, strict.fingerprint);
        ck_assert_str_ne(strict.fingerprint, other.fingerprint);
        ck_assert_uint_eq(plain.n_rules, 8);
        free(plain.ruleset);
        free(again.ruleset);
        free(strict.ruleset);
        free(other.ruleset);
}
END_TEST

static const struct {
        const char *nic, *tap;
        int result;
        const char *quoted;
} odd_names[] = {
        { "eth0.5@x-nic", "tap0", 0, "{ \"eth0.5@x-nic\", \"tap0\" }" },
        { "$e;th{}'#", "tap0123456789ab", 0, "{ \"$e;th{}'#\", \"tap0123456789ab\" }" },
        { "eth*x", "tap0", 0, "{ \"eth*x\", \"tap0\" }" },
        { "eth*", "tap0", 0, "{ \"eth\\*\", \"tap0\" }" },
        { "eth\\*", "tap0", -EINVAL, NULL },
        { "et\"h", "tap0", -EINVAL, NULL },
        { "eth0-nic", "tap 0", -EINVAL, NULL },
        { "eth0-nic", "", -EINVAL, NULL },
};

START_TEST(test_filter_make_odd_names_are_quoted_or_refused)
{
        struct podnet *net = graft("10.244.1.7/24");
        struct ns_filter filter = { 0 };

        strcpy(net->nic, odd_names[_i].nic);
        strcpy(net->tap, odd_names[_i].tap);
        ck_assert_int_eq(filter_make(net, false, &filter), odd_names[_i].result);
        if (odd_names[_i].quoted)
                ck_assert_ptr_nonnull(strstr(filter.ruleset, odd_names[_i].quoted));
        else
                ck_assert_ptr_null(filter.ruleset);
        free(filter.ruleset);
        podnet_free(net);
}
END_TEST

START_TEST(test_netstate_copy_keeps_filters)
{
        struct netstate *s = netstate_new(), *copy;

        *netstate_add_filter(s) = filter_of("10.244.1.7/24", false);
        copy = netstate_copy(s);
        ck_assert_uint_eq(copy->n_filters, 1);
        ck_assert_str_eq(copy->filters[0].ruleset, s->filters[0].ruleset);
        ck_assert_ptr_ne(copy->filters[0].ruleset, s->filters[0].ruleset);
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

#define LIST "nft list ruleset"

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
                ck_assert_ptr_null(s->filters[i].ruleset);
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
        ck_assert_str_eq(found.fingerprint, wanted->fingerprint);
        ck_assert_uint_eq(found.n_rules, wanted->n_rules);
}

START_TEST(test_filter_apply_every_ruleset_is_observed_and_repeatable)
{
        char first[16384], second[16384];

        own_namespace();
        for (size_t i = 0; i < ARRAY_SIZE(forwards); i++) {
                struct ns_filter filter = filter_of(forwards[i].addresses, forwards[i].anti_spoof);

                apply(&filter);
                check_same(&filter);
                listing(LIST, first, sizeof(first));
                apply(&filter);
                check_same(&filter);
                listing(LIST, second, sizeof(second));
                ck_assert_str_eq(first, second);
                free(filter.ruleset);
        }
}
END_TEST

START_TEST(test_filter_apply_odd_names_are_taken_literally)
{
        char text[16384];

        own_namespace();
        for (size_t i = 0; i < ARRAY_SIZE(odd_names); i++) {
                struct podnet *net = graft("10.244.1.7/24");
                struct ns_filter filter;

                strcpy(net->nic, odd_names[i].nic);
                strcpy(net->tap, odd_names[i].tap);
                if (filter_make(net, false, &filter) == 0) {
                        apply(&filter);
                        check_same(&filter);
                        /* A wildcard makes a set of ranges, whose ends are flagged 1. */
                        listing("nft --debug=netlink list ruleset", text, sizeof(text));
                        ck_assert_ptr_nonnull(strstr(text, " : 0 [end]"));
                        ck_assert_ptr_null(strstr(text, " : 1 [end]"));
                        free(filter.ruleset);
                }
                podnet_free(net);
        }
}
END_TEST

START_TEST(test_filter_observe_drift_shows)
{
        struct ns_filter filter = filter_of("10.244.1.7/24", false);

        own_namespace();
        apply(&filter);
        nft("add rule bridge podgraft forward_tap0 accept");
        ck_assert_uint_eq(observed("tap0").n_rules, filter.n_rules + 1);
        nft("flush chain bridge podgraft input_tap0");
        ck_assert_str_eq(observed("tap0").fingerprint, "");
        nft("flush table bridge podgraft");
        ck_assert_str_eq(observed("tap0").tap, "tap0");
        ck_assert_uint_eq(observed("tap0").n_rules, 0);
        apply(&filter);
        check_same(&filter);
        free(filter.ruleset);
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
        free(filter.ruleset);
        free(second.ruleset);
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
        free(filter.ruleset);
}
END_TEST

/* By the nft program, as it reads the text itself. */
static void apply_by_nft(const struct ns_filter *filter)
{
        FILE *nft = popen("nft -f -", "w");

        ck_assert_int_ge(fputs(filter->ruleset, nft), 0);
        ck_assert_int_eq(pclose(nft), 0);
}

START_TEST(test_filter_compile_is_what_nft_makes_of_it)
{
        char ours[16384], theirs[16384];
        static struct filter_batch batch;

        own_namespace();
        for (size_t i = 0; i < ARRAY_SIZE(forwards); i++) {
                struct ns_filter filter = filter_of(forwards[i].addresses, forwards[i].anti_spoof);

                ck_assert_int_eq(filter_compile(filter.ruleset, &batch),
                                 forwards[i].anti_spoof ? -ENOSYS : 0);
                apply(&filter);
                listing("nft -s list ruleset", ours, sizeof(ours));
                nft("flush ruleset");
                apply_by_nft(&filter);
                listing("nft -s list ruleset", theirs, sizeof(theirs));
                ck_assert_str_eq(ours, theirs);
                nft("flush ruleset");
                free(filter.ruleset);
        }
}
END_TEST

START_TEST(test_filter_compile_unknown_words_are_left_to_libnftables)
{
        static const char *const commands[] = {
                "add rule nonsense\n",
                "add rule bridge podgraft\n",
                "add rule bridge other x drop\n",
                "add rule bridge podgraft x accept\n",
                "add rule bridge podgraft x th dport 65536 drop\n",
                "add rule bridge podgraft x th dport 67x drop\n",
                "add rule bridge podgraft x th port 67 drop\n",
                "add rule bridge podgraft x ip6 saddr ::1 drop\n",
                "add rule bridge podgraft x ip frag-off & 0x1fff != 0 drop\n",
                "add rule bridge podgraft x meta protocol ip6x drop\n",
                "add rule bridge podgraft x meta l4proto 256 drop\n",
                "add rule bridge podgraft x iifname tap0 drop\n",
                "add rule bridge podgraft x iifname \"tap*\" drop\n",
                "add rule bridge podgraft x iifname \"tap\\\\*\" drop\n",
                "add rule bridge podgraft x iifname \"tap0 drop\n",
                "add rule bridge podgraft x iifname \"0123456789abcdef\" drop\n",
                "add rule bridge podgraft x iifname { \"a\", \"b\" drop\n",
                "add rule bridge podgraft x @th,64,128 { 0xfe80 } drop\n",
                "add rule bridge podgraft x drop comment \"a\" drop\n",
                "add chain bridge podgraft x { type nat hook input priority 0; }\n",
                ("add chain bridge podgraft x { type filter hook output priority -200; policy "
                 "accept; }\n"),
                "add table ip podgraft\n",
                "flush ruleset\n",
        };
        static struct filter_batch batch;
        char much[4096] = "add rule bridge podgraft x";

        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                ck_assert_msg(filter_compile(commands[i], &batch) == -ENOSYS, "%s", commands[i]);
        while (strlen(much) < sizeof(much) - 8)
                strcat(much, " drop");
        ck_assert_int_eq(filter_compile(much, &batch), -ENOSYS);
}
END_TEST

START_TEST(test_filter_apply_bad_ruleset_changes_nothing_and_quotes_nft)
{
        struct ns_filter filter = filter_of("10.244.1.7/24", false), bad = filter;
        struct error err = ERROR_INIT;

        own_namespace();
        apply(&filter);
        bad.ruleset = (char *)"flush chain bridge podgraft input_tap0\nadd rule nonsense\n";
        ck_assert_int_lt(filter_apply(nl, &bad, &err), 0);
        ck_assert_str_eq(err.message, "install the packet filter of 'tap0': nft: syntax error, "
                                      "unexpected newline, expecting string");
        check_same(&filter);
        free(filter.ruleset);
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
        free(filter.ruleset);
}
END_TEST

START_TEST(test_filter_missing_expression_is_not_supported)
{
        /* A chain type that is nowhere stands for one that this kernel was built without. */
        struct ns_filter filter = { .tap = "tap0",
                                    .ruleset = (char *)"add table bridge podgraft\n"
                                                       "add chain bridge podgraft x "
                                                       "{ type nat hook input priority 0; }\n" };
        struct error err = ERROR_INIT;

        own_namespace();
        ck_assert_int_eq(filter_apply(nl, &filter, &err), -EOPNOTSUPP);
        ck_assert_int_eq(err.class, ERROR_CANNOT);
        assert_says(err, "CONFIG_NF_TABLES_BRIDGE");
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
        free(filter.ruleset);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_filter_make_forward_table, 0, ARRAY_SIZE(forwards));
        tcase_add_test(tc, test_filter_make_input_is_deaf_with_and_without_address);
        tcase_add_test(tc, test_filter_make_fingerprint_tells_rulesets_apart);
        tcase_add_loop_test(tc, test_filter_make_odd_names_are_quoted_or_refused, 0,
                            ARRAY_SIZE(odd_names));
        tcase_add_test(tc, test_netstate_copy_keeps_filters);
        tcase_add_test(tc, test_filter_apply_every_ruleset_is_observed_and_repeatable);
        tcase_add_test(tc, test_filter_apply_odd_names_are_taken_literally);
        tcase_add_test(tc, test_filter_observe_drift_shows);
        tcase_add_test(tc, test_filter_remove_takes_only_its_own);
        tcase_add_test(tc, test_filter_remove_last_leaves_a_strangers_chain);
        tcase_add_test(tc, test_filter_compile_is_what_nft_makes_of_it);
        tcase_add_test(tc, test_filter_compile_unknown_words_are_left_to_libnftables);
        tcase_add_test(tc, test_filter_apply_bad_ruleset_changes_nothing_and_quotes_nft);
        tcase_add_test(tc, test_filter_probe_changes_nothing);
        tcase_add_test(tc, test_filter_without_nf_tables_is_not_supported_but_observes_none);
        tcase_add_test(tc, test_filter_missing_expression_is_not_supported);
        tcase_add_test(tc, test_filter_without_privilege_says_which);
}

int main(void)
{
        return unit_main("filter", add_tests);
}
