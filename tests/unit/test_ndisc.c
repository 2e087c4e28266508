/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/ndisc.h"
#include "tests/unit/dhcp_fixture.h"

static const uint8_t gateway_mac[MAC_LEN] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

/* --- read --- */

/* A message as it came from @src to @dst, with hop limit 255; its bytes are an exact copy. */
static enum nd_flaw parse_as(const char *src, const char *dst, uint8_t hop_limit, const void *bytes,
                             size_t len, struct nd_message *ret)
{
        uint8_t *copy = exact_copy(bytes, len);
        struct frame f = { .kind = FRAME_ICMP6,
                           .src_ip6 = ip6(src),
                           .dst_ip6 = ip6(dst),
                           .hop_limit = hop_limit,
                           .payload = copy,
                           .payload_len = len };
        enum nd_flaw flaw = ndisc_parse(&f, ret);

        free(copy);
        return flaw;
}

#define RS     "\x85\0\0\0\0\0\0\0"
#define RA     "\x86\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define NS     "\x87\0\0\0\0\0\0\0"
#define NA(f)  "\x88\0\0\0" f "\0\0\0"
#define FE80_1 "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
#define FF02_1 "\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
#define SOURCE "\1\1\x02\x11\x22\x33\x44\x55"
#define TARGET "\2\1\x02\x11\x22\x33\x44\x55"
#define NONCE                                                                                      \
        "\x0e\1\1\2\3\4\5\6" /* RFC 3971, which Linux sends in its detection of duplicates         \
                              */
#define SOLICITED_NODE "ff02::1:ff00:1"

static const struct {
        const char *name, *src, *dst;
        uint8_t hop_limit;
        const char *bytes;
        size_t len;
        enum nd_flaw flaw;
} messages[] = {
#define ROW(name, src, dst, hops, bytes, flaw)                                                     \
        {                                                                                          \
                name, src, dst, hops, bytes, sizeof(bytes) - 1, flaw                               \
        }
        ROW("RS", "fe80::7", "ff02::2", 255, RS, ND_FLAW_NONE),
        ROW("RS with a MAC", "fe80::7", "ff02::2", 255, RS SOURCE, ND_FLAW_NONE),
        ROW("RS from nobody", "::", "ff02::2", 255, RS, ND_FLAW_NONE),
        ROW("RS from nobody with a MAC", "::", "ff02::2", 255, RS SOURCE, ND_FLAW_ADDRESSES),
        ROW("RS from a group", "ff02::9", "ff02::2", 255, RS, ND_FLAW_ADDRESSES),
        ROW("RS from beyond", "fe80::7", "ff02::2", 254, RS, ND_FLAW_HOP_LIMIT),
        ROW("RS with a code", "fe80::7", "ff02::2", 255, "\x85\1\0\0\0\0\0\0", ND_FLAW_CODE),
        ROW("RS with an empty option", "fe80::7", "ff02::2", 255, RS "\1\0\0\0\0\0\0\0",
            ND_FLAW_OPTIONS),
        ROW("RS with half an option", "fe80::7", "ff02::2", 255, RS "\1\1\0\0", ND_FLAW_OPTIONS),
        ROW("RS with a byte of one", "fe80::7", "ff02::2", 255, RS "\1", ND_FLAW_OPTIONS),
        ROW("RS with a MAC of 14 bytes", "fe80::7", "ff02::2", 255,
            RS "\1\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0", ND_FLAW_OPTIONS),
        ROW("RS with what is not known", "fe80::7", "ff02::2", 255, RS NONCE SOURCE, ND_FLAW_NONE),
        ROW("RA", "fe80::1", "ff02::1", 255, RA, ND_FLAW_TYPE),
        ROW("redirect", "fe80::1", "fe80::7", 255, "\x89\0\0\0\0\0\0\0" FE80_1 FE80_1,
            ND_FLAW_TYPE),
        ROW("echo request", "fe80::7", "fe80::1", 64, "\x80\0\0\0\0\1\0\1", ND_FLAW_TYPE),
        ROW("NS", "fe80::7", SOLICITED_NODE, 255, NS FE80_1 SOURCE, ND_FLAW_NONE),
        ROW("NS to one node", "fe80::7", "fe80::1", 255, NS FE80_1, ND_FLAW_NONE),
        ROW("NS of who has no address", "::", SOLICITED_NODE, 255, NS FE80_1 NONCE, ND_FLAW_NONE),
        ROW("the same with a MAC", "::", SOLICITED_NODE, 255, NS FE80_1 SOURCE, ND_FLAW_ADDRESSES),
        ROW("the same to all nodes", "::", "ff02::1", 255, NS FE80_1, ND_FLAW_ADDRESSES),
        ROW("NS for a group", "fe80::7", "ff02::1", 255, NS FF02_1, ND_FLAW_ADDRESSES),
        ROW("NS from beyond", "2001:db8::7", "fe80::1", 64, NS FE80_1, ND_FLAW_HOP_LIMIT),
        ROW("NA", "fe80::1", "fe80::7", 255, NA("\xe0") FE80_1 TARGET, ND_FLAW_NONE),
        ROW("NA without a MAC", "fe80::1", "fe80::7", 255, NA("\xc0") FE80_1, ND_FLAW_NONE),
        ROW("NA to all nodes", "fe80::1", "ff02::1", 255, NA("\xa0") FE80_1 TARGET, ND_FLAW_NONE),
        ROW("NA to all nodes, asked for", "fe80::1", "ff02::1", 255, NA("\xe0") FE80_1 TARGET,
            ND_FLAW_ADDRESSES),
        ROW("NA for a group", "fe80::1", "fe80::7", 255, NA("\xe0") FF02_1, ND_FLAW_ADDRESSES),
        ROW("NA from nobody", "::", "fe80::7", 255, NA("\xe0") FE80_1, ND_FLAW_ADDRESSES),
#undef ROW
};

START_TEST(test_ndisc_parse_table)
{
        struct nd_message m = { .type = 0xaa };
        enum nd_flaw flaw = parse_as(messages[_i].src, messages[_i].dst, messages[_i].hop_limit,
                                     messages[_i].bytes, messages[_i].len, &m);

        ck_assert_msg(flaw == messages[_i].flaw, "%s: %d", messages[_i].name, flaw);
        /* Untouched on failure. */
        ck_assert_uint_eq(m.type, flaw == ND_FLAW_NONE ? (uint8_t)messages[_i].bytes[0] : 0xaa);
}
END_TEST

START_TEST(test_ndisc_parse_every_truncation_of_the_fixed_part_is_refused)
{
        static const char na[] = NA("\xe0") FE80_1;
        struct nd_message m;

        for (size_t len = 2; len < sizeof(na) - 1; len++)
                ck_assert_int_eq(parse_as("fe80::1", "fe80::7", 255, na, len, &m), ND_FLAW_LENGTH);
}
END_TEST

START_TEST(test_ndisc_parse_tells_target_flags_and_mac)
{
        static const char na[] = NA("\x60") FE80_1 NONCE TARGET;
        struct in6_addr target = ip6("fe80::1");
        struct nd_message m;

        ck_assert_int_eq(parse_as("fe80::1", "fe80::7", 255, na, sizeof(na) - 1, &m), ND_FLAW_NONE);
        ck_assert_mem_eq(&m.target, &target, 16);
        ck_assert(m.is_solicited && m.is_override && m.has_mac);
        ck_assert_mem_eq(m.mac, gateway_mac, MAC_LEN);
}
END_TEST

/* Section 4.3: of a solicitation the source's MAC counts, of an advertisement the target's. */
START_TEST(test_ndisc_parse_the_other_ends_mac_is_none)
{
        static const char ns[] = NS FE80_1 TARGET, na[] = NA("\xe0") FE80_1 SOURCE;
        struct nd_message m;

        ck_assert_int_eq(parse_as("fe80::7", "fe80::1", 255, ns, sizeof(ns) - 1, &m), ND_FLAW_NONE);
        ck_assert(!m.has_mac);
        ck_assert_int_eq(parse_as("fe80::1", "fe80::7", 255, na, sizeof(na) - 1, &m), ND_FLAW_NONE);
        ck_assert(!m.has_mac);
}
END_TEST

/* --- write --- */

static uint8_t written[4096];
static struct writer w;

static void begin(void)
{
        w = writer_init(written, sizeof(written));
}

static void assert_written(const char *bytes, size_t len)
{
        ck_assert_int_eq(writer_finish(&w), (int)len);
        ck_assert_mem_eq(written, bytes, len);
}
#define WRITTEN(bytes) assert_written(bytes, sizeof(bytes) - 1)

START_TEST(test_ndisc_what_is_written_is_parsed)
{
        struct in6_addr target = ip6("fe80::1");
        struct nd_message m;

        begin();
        ndisc_write_ns(&w, &target);
        WRITTEN(NS FE80_1);
        ck_assert_int_eq(parse_as("fd00::1", "fe80::1", 255, written, w.len, &m), ND_FLAW_NONE);
        ck_assert_mem_eq(&m.target, &target, 16);
        begin();
        ndisc_write_na(&w, ND_NA_ROUTER | ND_NA_SOLICITED | ND_NA_OVERRIDE, &target, gateway_mac);
        WRITTEN(NA("\xe0") FE80_1 TARGET);
        ck_assert_int_eq(parse_as("fe80::1", "fe80::7", 255, written, w.len, &m), ND_FLAW_NONE);
        ck_assert(m.is_solicited && m.is_override);
        ck_assert_mem_eq(m.mac, gateway_mac, MAC_LEN);
}
END_TEST

START_TEST(test_ndisc_write_ra_known_bytes)
{
        begin();
        ndisc_write_ra(&w, ND_RA_MANAGED | ND_RA_OTHER | ND_PREFERENCE_HIGH, 1800);
        write_nd_mac(&w, ND_OPT_SOURCE_MAC, gateway_mac);
        write_nd_mtu(&w, 1450);
        WRITTEN("\x86\0\0\0\x40\xc8\7\x08\0\0\0\0\0\0\0\0" SOURCE "\5\1\0\0\0\0\5\xaa");
}
END_TEST

static struct ip_prefix prefix(const char *text)
{
        struct ip_prefix ret;

        ck_assert_int_eq(ip_prefix_parse(text, &ret), 0);
        return ret;
}

static const struct {
        const char *prefix;
        const char *bytes; /* of the prefix itself, 16 */
} prefixes[] = {
        { "fd00:1::7/64", "\xfd\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0" },
        { "fd00:1:2:3f0f::7/57", "\xfd\0\0\1\0\2\x3f\0\0\0\0\0\0\0\0\0" },
        { "fd00:1::100/128", "\xfd\0\0\1\0\0\0\0\0\0\0\0\0\0\1\0" },
        { "fd00:1::101/127", "\xfd\0\0\1\0\0\0\0\0\0\0\0\0\0\1\0" },
        { "fd00::/0", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
};

START_TEST(test_ndisc_write_prefix_is_on_link_and_without_host_bits)
{
        struct ip_prefix p = prefix(prefixes[_i].prefix);
        uint8_t head[16] = { 3, 4, p.len, 0x80, 255, 255, 255, 255, 255, 255, 255, 255 };

        begin();
        write_nd_prefix(&w, &p);
        ck_assert_int_eq(writer_finish(&w), 32);
        ck_assert_mem_eq(written, head, 16);
        ck_assert_mem_eq(written + 16, prefixes[_i].bytes, 16);
}
END_TEST

static const struct {
        const char *prefix;
        const char *bytes;
        size_t len;
} routes[] = {
#define ROW(prefix, bytes)                                                                         \
        {                                                                                          \
                prefix, bytes, sizeof(bytes) - 1                                                   \
        }
        ROW("::/0", "\x18\1\0\x08\0\0\7\x08"),
        ROW("fd00:9::1/48", "\x18\2\x30\x08\0\0\7\x08\xfd\0\0\x09\0\0\0\0"),
        ROW("fd00:9::/64", "\x18\2\x40\x08\0\0\7\x08\xfd\0\0\x09\0\0\0\0"),
        ROW("fd00:9::/65", "\x18\3\x41\x08\0\0\7\x08\xfd\0\0\x09\0\0\0\0\0\0\0\0\0\0\0\0"),
        ROW("fd00:9::1/128", "\x18\3\x80\x08\0\0\7\x08\xfd\0\0\x09\0\0\0\0\0\0\0\0\0\0\0\1"),
#undef ROW
};

START_TEST(test_ndisc_write_route_is_as_long_as_its_prefix)
{
        struct ip_prefix p = prefix(routes[_i].prefix);

        begin();
        write_nd_route(&w, &p);
        assert_written(routes[_i].bytes, routes[_i].len);
}
END_TEST

static const char domains[2][PODNET_DOMAIN_LEN] = { "svc.local", "a" };
#define RDNSS(lifetime) "\x19\5\0\0" lifetime "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0a" FE80_1
#define DNSSL(lifetime) "\x1f\3\0\0" lifetime "\3svc\5local\0\1a\0\0\0"
#define TTL             "\0\0\7\x08"

START_TEST(test_ndisc_write_dns_known_bytes)
{
        struct in6_addr servers[2] = { ip6("fd00::a"), ip6("fe80::1") };

        begin();
        write_nd_rdnss(&w, servers, 2);
        WRITTEN(RDNSS(TTL));
        begin();
        write_nd_dnssl(&w, domains, 2);
        WRITTEN(DNSSL(TTL));
}
END_TEST

#define MTU             "\5\1\0\0\0\0\5\xaa"
#define ROUTE(lifetime) "\x18\2\x30\x08" lifetime "\xfd\0\0\x09\0\0\0\0"

START_TEST(test_ndisc_write_options_withdraws_as_asked)
{
        static const char options[] = MTU ROUTE(TTL) RDNSS(TTL) DNSSL(TTL);
        uint8_t *copy = exact_copy(options, sizeof(options) - 1);

        begin();
        write_nd_options(&w, copy, sizeof(options) - 1, ND_WITHDRAW_NOTHING);
        assert_written(options, sizeof(options) - 1);
        begin();
        write_nd_options(&w, copy, sizeof(options) - 1, ND_WITHDRAW_ROUTES);
        WRITTEN(MTU ROUTE("\0\0\0\0") RDNSS(TTL) DNSSL(TTL));
        begin();
        write_nd_options(&w, copy, sizeof(options) - 1, ND_WITHDRAW_ALL);
        WRITTEN(MTU ROUTE("\0\0\0\0") RDNSS("\0\0\0\0") DNSSL("\0\0\0\0"));
        free(copy);
}
END_TEST

START_TEST(test_ndisc_write_options_broken_ones_fail)
{
        static const char *const broken[] = { "\5\0\0\0\0\0\0\0", "\5\2\0\0\0\0\0\0" };

        for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
                uint8_t *copy = exact_copy(broken[i], 8);

                begin();
                write_nd_options(&w, copy, 8, ND_WITHDRAW_NOTHING);
                ck_assert_int_lt(writer_finish(&w), 0);
                free(copy);
        }
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_ndisc_parse_table, 0, ARRAY_SIZE(messages));
        tcase_add_test(tc, test_ndisc_parse_every_truncation_of_the_fixed_part_is_refused);
        tcase_add_test(tc, test_ndisc_parse_tells_target_flags_and_mac);
        tcase_add_test(tc, test_ndisc_parse_the_other_ends_mac_is_none);
        tcase_add_test(tc, test_ndisc_what_is_written_is_parsed);
        tcase_add_test(tc, test_ndisc_write_ra_known_bytes);
        tcase_add_loop_test(tc, test_ndisc_write_prefix_is_on_link_and_without_host_bits, 0,
                            ARRAY_SIZE(prefixes));
        tcase_add_loop_test(tc, test_ndisc_write_route_is_as_long_as_its_prefix, 0,
                            ARRAY_SIZE(routes));
        tcase_add_test(tc, test_ndisc_write_dns_known_bytes);
        tcase_add_test(tc, test_ndisc_write_options_withdraws_as_asked);
        tcase_add_test(tc, test_ndisc_write_options_broken_ones_fail);
}

int main(void)
{
        return unit_main("ndisc", add_tests);
}
