/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_describe.c - a line for a frame; every cut of it is harmless
 */
#include <stdlib.h>
#include <string.h>

#include "podgraft/dhcp.h"
#include "tests/unit/unit.h"

#define ETHER(type)                                                                                \
        "ffffffffffff"                                                                             \
        "aabbcc000006" type
#define IP6                                                                                        \
        "60000000"                                                                                 \
        "0000"                                                                                     \
        "3aff"                                                                                     \
        "fe80000000000000a8bbccfffe000006"                                                         \
        "ff020000000000000000000000000002"

static const struct {
        const char *hex, *line; /* NULL: none of ours */
} frames[] = {
        { ETHER("0806") "0001080006040001aabbcc0000060af40107000000000000"
                        "0af40101",
          "ARP who has 10.244.1.1, tell 10.244.1.7" },
        { ETHER("0806") "0001080006040002aabbcc0000060af40107000000000000"
                        "0af40101",
          "ARP 10.244.1.7 is at aa:bb:cc:00:00:06" },
        { ETHER("8100") "00050806"
                        "0001080006040001aabbcc0000060af40107000000000000"
                        "0af40101",
          "VLAN 5  ARP who has 10.244.1.1, tell 10.244.1.7" },
        { ETHER("86dd") IP6 "8500000000000000",
          "fe80::a8bb:ccff:fe00:6 > ff02::2  router solicitation" },
        { ETHER("86dd") "60000000"
                        "0000"
                        "11ff"
                        "fe80000000000000a8bbccfffe000006"
                        "ff020000000000000000000000010002"
                        "0222022300000000"
                        "01abcdef",
          "fe80::a8bb:ccff:fe00:6 > ff02::1:2  DHCPv6 SOLICIT, xid 0xabcdef" },
        { ETHER("0800") "4500001c00000000401100000af401070af40101"
                        "0044004300000000"
                        "01",
          "10.244.1.7 > 10.244.1.1  DHCP malformed" },
        { ETHER("0800") "4500001c00000000401100000af401070af40101"
                        "0035003500000000",
          NULL },
        { ETHER("0800") "4500001c00000000400600000af401070af40101"
                        "0044004300000000",
          NULL },
        { ETHER("88cc") "00", NULL },
        { "ffff", NULL },
};

static uint8_t *bytes_of(const char *hex, size_t len)
{
        uint8_t *data = malloc(len ? len : 1); /* exact, so that a sanitizer sees every overread */

        for (size_t i = 0; i < len; i++)
                sscanf(hex + 2 * i, "%2hhx", &data[i]);
        return data;
}

START_TEST(test_describe_frame_gives_its_line)
{
        size_t len = strlen(frames[_i].hex) / 2;
        uint8_t *data = bytes_of(frames[_i].hex, len);
        char text[256];

        ck_assert_int_eq(dhcp_frame_describe(data, len, text, sizeof(text)),
                         frames[_i].line != NULL);
        if (frames[_i].line)
                ck_assert_str_eq(text, frames[_i].line);
        free(data);
}
END_TEST

START_TEST(test_describe_cut_frame_is_harmless)
{
        for (size_t len = 0; len < strlen(frames[_i].hex) / 2; len++) {
                uint8_t *data = bytes_of(frames[_i].hex, len);
                char text[16]; /* too small for most lines, too */

                dhcp_frame_describe(data, len, text, sizeof(text));
                ck_assert_uint_lt(strlen(text), sizeof(text));
                free(data);
        }
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_describe_frame_gives_its_line, 0, ARRAY_SIZE(frames));
        tcase_add_loop_test(tc, test_describe_cut_frame_is_harmless, 0, ARRAY_SIZE(frames));
}

int main(void)
{
        return unit_main("describe", add_tests);
}
