/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_option.c - the table of options, and values from text to the wire
 */
#include "dhcp/option.h"
#include "tests/unit/dhcp_fixture.h"

static const struct {
        const char *text;
        uint16_t code;
        const char *value;
        size_t len;
} good[] = {
        { "ntp-servers=10.0.0.1", 42, "\12\0\0\1", 4 },
        { "42=10.0.0.1, 10.0.0.2", 42, "\12\0\0\1\12\0\0\2", 8 },
        { "ntp-servers=ip:10.0.0.1", 42, "\12\0\0\1", 4 },
        { "ntp-servers=hex:0102", 42, "\1\2", 2 },
        { "next-server=10.0.0.1", DHCP4_NEXT_SERVER, "\12\0\0\1", 4 },
        { "static-routes=10.1.0.0,10.0.0.1", 33, "\12\1\0\0\12\0\0\1", 8 },
        { "ip-forwarding=on", 19, "\1", 1 },
        { "ip-forwarding=off", 19, "\0", 1 },
        { "default-ttl=255", 23, "\377", 1 },
        { "boot-file-size=513", 13, "\2\1", 2 },
        { "mtu-plateau=68, 1500", 25, "\0\104\5\334", 4 },
        { "ipv6-only-preferred=1800", 108, "\0\0\7\10", 4 },
        { "arp-timeout=4294967295", 35, "\377\377\377\377", 4 },
        { "time-offset=-3600", 2, "\377\377\361\360", 4 },
        { "bootfile-name=http://10.0.0.1/a=b,c", 67, "http://10.0.0.1/a=b,c", 21 },
        { "bootfile-name=text:hex:00", 67, "hex:00", 6 },
        { "tftp-server-name=10.0.0.1", 66, "10.0.0.1", 8 },
        { "vendor-specific=01:02:ff", 43, "\1\2\377", 3 },
        { "43=0102FF", 43, "\1\2\377", 3 },
        { "domain-search=B.example., a.B.example", 119, "\1b\7example\0\1a\300\0", 15 },
        { "classless-routes=10.0.0.0/8 via 10.1.0.1, 10.9.0.0/16,default via 10.1.0.2", 121,
          "\10\12\12\1\0\1\20\12\11\0\0\0\0\0\12\1\0\2", 18 },
        { "classless-routes=10.255.255.255/12 via 10.1.0.1", 121, "\14\12\360\12\1\0\1", 7 },
        { "249=default via 10.1.0.2", 249, "\0\12\1\0\2", 5 },
        { "captive-portal=https://portal.example/", 114, "https://portal.example/", 23 },
        /* codes without a name */
        { "230=0a0b", 230, "\12\13", 2 },
        { "230=text:foo", 230, "foo", 3 },
        { "254=ip:10.0.0.1,10.0.0.2", 254, "\12\0\0\1\12\0\0\2", 8 },
        { "224=u8:7", 224, "\7", 1 },
        { "224=u16:7", 224, "\0\7", 2 },
        { "224=u16s:7,8", 224, "\0\7\0\10", 4 },
        { "224=u32:7", 224, "\0\0\0\7", 4 },
        { "224=s32:-1", 224, "\377\377\377\377", 4 },
        { "224=flag:on", 224, "\1", 1 },
        { "224=domains:a.example", 224, "\1a\7example", 11 },
        { "224=routes:default via 10.0.0.1", 224, "\0\12\0\0\1", 5 },
        /* DHCPv6 */
        { "6:dns-servers=fd00::1,fd00::2", 23,
          "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 32 },
        { "6:domain-search=a.example,b.example", 24, "\1a\7example\0\1b\7example", 22 },
        { "6:nis-domain=a.example", 29, "\1a\7example", 11 },
        { "6:ntp-servers=fd00::1", 56, "\0\1\0\x10\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 20 },
        { "6:ntp-servers=ff02::101", 56, "\0\2\0\x10\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\1\1", 20 },
        { "6:ntp-servers=a.example,fd00::1", 56,
          "\0\3\0\x0b\1a\7example\0\0\1\0\x10\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 35 },
        { "6:bootfile-url=tftp://[fd00::1]/x", 59, "tftp://[fd00::1]/x", 18 },
        { "6:bootfile-param=quiet,a=b", 60, "\0\5quiet\0\3a=b", 12 },
        { "6:sol-max-rt=3600", 82, "\0\0\x0e\x10", 4 },
        { "6:65001=0a0b", 65001, "\12\13", 2 },
        { "6:65001=text:x", 65001, "x", 1 },
        { "6:65001=ip:fd00::1", 65001, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16 },
        { "6:65001=domains:a.example", 65001, "\1a\7example", 11 },
        { "6:vendor-specific=0000000a", 17, "\0\0\0\12", 4 },
        { "6:dns-servers=hex:00", 23, "", 1 },
};

START_TEST(test_option_value_is_encoded)
{
        uint8_t value[256];
        struct writer w = writer_init(value, sizeof(value));
        struct option_key key;
        struct error err = ERROR_INIT;

        assert_ok(option_parse(good[_i].text, &key, &w, &err), err);
        ck_assert_int_eq(key.audience, DHCP_EVERYBODY);
        ck_assert_int_eq(key.is_v6, strncmp(good[_i].text, "6:", 2) == 0);
        ck_assert_uint_eq(key.code, good[_i].code);
        ck_assert_msg(w.len == good[_i].len && memcmp(value, good[_i].value, w.len) == 0, "%s",
                      good[_i].text);
}
END_TEST

static const struct {
        const char *text;
        const char *says; /* part of the message */
} bad[] = {
        { "6:dns-servers=10.0.0.1",
          "DHCPv6 option 23 (dns-servers) takes IPv6 addresses, such as fd00::1,fd00::2" },
        { "6:dns-servers=", "takes IPv6 addresses" },
        { "6:dns-servers=text:a", "takes IPv6 addresses" },
        { "6:nis-domain=a.example,b.example", "takes one domain name" },
        { "6:ntp-servers=10.0.0.1", "takes IPv6 addresses or names" },
        { "6:domain-search=-", "takes domain names" },
        { "6:bootfile-param=a,,b", "takes texts" },
        { "6:65001=routes:default", "takes hexadecimal bytes" },
        { "6:router=fd00::1", "there is no option 'router' of DHCPv6" },
        { "6:0=00", "give a code from 1 to 65535" },
        { "6:65536=00", "give a code from 1 to 65535" },
        { "6:ia-na=00", "option 3 (ia-na) cannot be given: it has the pod's addresses" },
        { "6:client-fqdn=00", "cannot be given" },
        { "6:ntp-servers", "give [6:][ipxe:]NAME=VALUE" },
        { "ipxe:6:bootfile-url=x", "there is no option '6:bootfile-url'" },
        { "dns-servers=fd00::1", "takes IPv4 addresses" },
        { "ntp-servers", "give [6:][ipxe:]NAME=VALUE" },
        { "", "give [6:][ipxe:]NAME=VALUE" },
        { "ntp-server=10.0.0.1", "there is no option 'ntp-server'" },
        { "=10.0.0.1", "there is no option ''" },
        { "0=ff", "give a code from 1 to 254" },
        { "255=ff", "give a code from 1 to 254" },
        { "1000=ff", "give a code from 1 to 254" },
        { "4294967338=10.0.0.1", "give a code from 1 to 254" },
        { "42x=10.0.0.1", "give a code from 1 to 254" },
        { "NTP-SERVERS=10.0.0.1", "there is no option" },
        { "ntp-servers=", "option 42 (ntp-servers) takes IPv4 addresses" },
        { "ntp-servers=10.0.0", "option 42 (ntp-servers) takes IPv4 addresses" },
        { "ntp-servers=fd00::1", "'fd00::1' is not" },
        { "ntp-servers=10.0.0.1,", "takes IPv4 addresses" },
        { "ntp-servers=,10.0.0.1", "takes IPv4 addresses" },
        { "ntp-servers=10.0.0.1 10.0.0.2", "takes IPv4 addresses" },
        { "ntp-servers=time.example", "takes IPv4 addresses" },
        { "ntp-servers=text:10.0.0.1", "takes IPv4 addresses" },
        { "next-server=10.0.0.1,10.0.0.2", "next-server takes one IPv4 address" },
        { "swap-server=x", "option 16 (swap-server) takes one IPv4 address" },
        { "static-routes=10.1.0.0", "takes pairs of IPv4 addresses" },
        { "ip-forwarding=1", "takes on or off" },
        { "default-ttl=256", "takes a number from 0 to 255" },
        { "default-ttl=-1", "takes a number from 0 to 255" },
        { "default-ttl=0x10", "takes a number from 0 to 255" },
        { "boot-file-size=65536", "takes a number from 0 to 65535" },
        { "mtu-plateau=1,x", "takes numbers from 0 to 65535" },
        { "arp-timeout=4294967296", "takes a number from 0 to 4294967295" },
        { "arp-timeout=99999999999999999999", "takes a number from 0 to 4294967295" },
        { "time-offset=2147483648", "takes a number from -2147483648 to 2147483647" },
        { "bootfile-name=", "option 67 (bootfile-name) takes text" },
        { "vendor-specific=1", "takes hexadecimal bytes" },
        { "vendor-specific=", "takes hexadecimal bytes" },
        { "vendor-specific=01:", "takes hexadecimal bytes" },
        { "vendor-specific=0g", "takes hexadecimal bytes" },
        { "domain-search=-a.example", "takes domain names" },
        { "domain-search=a..example", "takes domain names" },
        { "domain-search=10.0.0.1,", "takes domain names" },
        { "classless-routes=10.0.0.0/33", "takes routes" },
        { "classless-routes=10.0.0.0/8 via", "takes routes" },
        { "classless-routes=10.0.0.0/8 via fd00::1", "takes routes" },
        { "classless-routes=fd00::/8", "takes routes" },
        { "230=foo", "'foo' is not (another type goes in front of its value: text:" },
        { "230=u8:256", "option 230 takes a number from 0 to 255" },
        /* podgraft's own */
        { "53=hex:01", "option 53 (message-type) cannot be given" },
        { "server-id=10.0.0.1", "option 54 (server-id) cannot be given" },
        { "51=60", "option 51 (lease-time) cannot be given: give it with --lease-time" },
        { "hostname=x", "--hostname" },
        { "26=1400", "--mtu" },
        { "router=10.0.0.1", "classless-routes" },
        { "50=10.0.0.1", "only a client sends it" },
        { "55=hex:01", "only a client sends it" },
        { "61=hex:01", "cannot be given" },
        { "82=hex:01", "cannot be given" },
        { "ipxe:53=hex:01", "cannot be given" },
};

START_TEST(test_option_bad_value_is_refused_by_name_and_type)
{
        uint8_t value[256];
        struct writer w = writer_init(value, sizeof(value));
        struct option_key key;
        struct error err = ERROR_INIT;

        ck_assert_msg(option_parse(bad[_i].text, &key, &w, &err) == -EINVAL, "%s", bad[_i].text);
        assert_usage(err, bad[_i].says);
        assert_says(err, bad[_i].text);
}
END_TEST

START_TEST(test_option_ipxe_prefix_is_an_audience)
{
        uint8_t value[256];
        struct writer w = writer_init(value, sizeof(value));
        struct option_key key;

        ck_assert_int_eq(option_parse("ipxe:67=x", &key, &w, NULL), 0);
        ck_assert_int_eq(key.audience, DHCP_IPXE);
        ck_assert_uint_eq(key.code, 67);
        ck_assert_int_eq(option_parse("6:ipxe:59=x", &key, &w, NULL), 0);
        ck_assert(key.is_v6);
        ck_assert_int_eq(key.audience, DHCP_IPXE);
        ck_assert_uint_eq(key.code, 59);
}
END_TEST

START_TEST(test_options_check_twice_is_refused_unless_for_different_clients)
{
        static const char *const twice[] = { "67=a", "bootfile-name=b" };
        static const char *const both[] = { "67=a", "ipxe:67=b" };
        struct error err = ERROR_INIT;

        ck_assert_int_eq(dhcp_options_check(twice, 2, &err), -EINVAL);
        assert_says(err, "'bootfile-name=b': that option was given already");
        ck_assert_int_eq(dhcp_options_check(both, 2, NULL), 0);
}
END_TEST

START_TEST(test_options_check_too_many_or_too_long_is_refused)
{
        static char texts[DHCP_MAX_USER_OPTIONS + 1][16], longest[DHCP_USER_BYTES + 16];
        const char *options[DHCP_MAX_USER_OPTIONS + 1];
        const char *const one[] = { longest };
        struct error err = ERROR_INIT;

        for (int i = 0; i <= DHCP_MAX_USER_OPTIONS; i++) {
                snprintf(texts[i], sizeof(texts[i]), "%d=00", 151 + i);
                options[i] = texts[i];
        }
        ck_assert_int_eq(dhcp_options_check(options, 50, NULL), 0);
        ck_assert_int_eq(dhcp_options_check(options, DHCP_MAX_USER_OPTIONS + 1, &err), -EINVAL);
        assert_says(err, "too many DHCP options: at most 64");
        memset(longest, 'x', sizeof(longest) - 1);
        memcpy(longest, "67=", 3);
        longest[3 + DHCP_USER_BYTES] = '\0';
        ck_assert_int_eq(dhcp_options_check(one, 1, NULL), 0);
        longest[3 + DHCP_USER_BYTES] = 'x';
        error_clear(&err);
        ck_assert_int_eq(dhcp_options_check(one, 1, &err), -EINVAL);
        assert_says(err, "option 67 (bootfile-name): the value is too long");
}
END_TEST

START_TEST(test_option_table_is_sound)
{
        size_t n;
        const struct dhcp_option_row *rows = _i ? dhcp_option6_table(&n) : dhcp_option_table(&n);

        for (size_t i = 0; i < n; i++) {
                ck_assert(i == 0 || rows[i].code > rows[i - 1].code);
                ck_assert_ptr_nonnull(rows[i].name);
                ck_assert(strpbrk(rows[i].name, "=:_") == NULL);
                ck_assert((rows[i].type == TYPE_OWNED) == (rows[i].why != NULL));
                for (size_t k = 0; k < i; k++)
                        ck_assert_str_ne(rows[i].name, rows[k].name);
        }
}
END_TEST

START_TEST(test_option_names_in_json_have_underscores)
{
        ck_assert_str_eq(dhcp_option_name(false, "ntp_servers"), "ntp-servers");
        ck_assert_str_eq(dhcp_option_name(false, "router"),
                         "router"); /* to be refused with its reason */
        ck_assert_ptr_null(dhcp_option_name(false, "ntp-servers"));
        ck_assert_ptr_null(dhcp_option_name(false, "ntp_server"));
        ck_assert_ptr_null(dhcp_option_name(false, "ntp_servers_"));
        ck_assert_ptr_null(dhcp_option_name(false, ""));
}
END_TEST

/* --- search lists (RFC 3397) --- */

START_TEST(test_domains_compression_points_back)
{
        static const uint8_t expected[] = "\4blue\3svc\7example\0\3red\xc0\x05";
        static const char domains[][PODNET_DOMAIN_LEN] = { "blue.svc.example", "red.svc.example" };
        uint8_t buf[128];
        struct writer w = writer_init(buf, sizeof(buf));

        ck_assert_uint_eq(write_domains(&w, domains, 2), 2);
        ck_assert_uint_eq(w.len, sizeof(expected) - 1);
        ck_assert_mem_eq(buf, expected, w.len);
}
END_TEST

START_TEST(test_domains_that_do_not_fit_are_not_begun)
{
        static const char domains[][PODNET_DOMAIN_LEN] = { "a.example", "b.example", "c.example" };
        uint8_t *buf = malloc(15);
        struct writer w = writer_init(buf, 15);

        ck_assert_uint_eq(write_domains(&w, domains, 3), 2);
        ck_assert_uint_eq(w.len, 15);
        w = writer_init(buf, 14);
        ck_assert_uint_eq(write_domains(&w, domains, 3), 1);
        ck_assert_uint_eq(w.len, 11);
        ck_assert(!w.failed);
        free(buf);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_option_value_is_encoded, 0, ARRAY_SIZE(good));
        tcase_add_loop_test(tc, test_option_bad_value_is_refused_by_name_and_type, 0,
                            ARRAY_SIZE(bad));
        tcase_add_test(tc, test_option_ipxe_prefix_is_an_audience);
        tcase_add_test(tc, test_options_check_twice_is_refused_unless_for_different_clients);
        tcase_add_test(tc, test_options_check_too_many_or_too_long_is_refused);
        tcase_add_loop_test(tc, test_option_table_is_sound, 0, 2);
        tcase_add_test(tc, test_option_names_in_json_have_underscores);
        tcase_add_test(tc, test_domains_compression_points_back);
        tcase_add_test(tc, test_domains_that_do_not_fit_are_not_begun);
}

int main(void)
{
        return unit_main("option", add_tests);
}
