/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Free root ports of a definition, and the ones that are added. */
#include <stdlib.h>
#include <string.h>

#include "podgraft/domain.h"
#include "tests/unit/unit.h"

#define ROOT "<controller type='pci' index='0' model='pcie-root'/>"
#define PORT(n)                                                                                    \
        "<controller type='pci' index='" n "' model='pcie-root-port'>"                             \
        "<model name='pcie-root-port'/><target chassis='" n "' port='0x8'/>"                       \
        "<address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/></controller>"
#define CARD(bus)                                                                                  \
        "<interface type='ethernet'>"                                                              \
        "<address type='pci' domain='0x0000' bus='" bus "' slot='0x00' function='0x0'/>"           \
        "</interface>"
#define DOMAIN(inside) "<domain><devices>" inside "</devices></domain>"

static const struct {
        const char *xml;
        unsigned n;
} definitions[] = {
        { DOMAIN(""), 0 },
        { DOMAIN(ROOT), 0 },
        { DOMAIN(ROOT PORT("1")), 1 },
        { DOMAIN(ROOT PORT("1") CARD("0x01")), 0 },
        { DOMAIN(ROOT PORT("1") PORT("2") CARD("0x02")), 1 },
        { DOMAIN(ROOT PORT("10") PORT("16") CARD("0x10")), 1 }, /* 0x10 is 16 */
        { DOMAIN("<controller type='usb' index='1' model='qemu-xhci'/>"), 0 },
};

START_TEST(test_ports_are_free_without_a_device_on_their_bus)
{
        ck_assert_uint_eq(domain_free_ports(definitions[_i].xml), definitions[_i].n);
}
END_TEST

static size_t count(const char *text, const char *word)
{
        size_t n = 0;

        for (; (text = strstr(text, word)); text++)
                n++;
        return n;
}

START_TEST(test_ports_are_added_until_four_are_free)
{
        char *xml = domain_add_ports(DOMAIN(ROOT PORT("1") PORT("2") CARD("0x02")));

        ck_assert_ptr_nonnull(xml);
        ck_assert_uint_eq(count(xml, "<controller type='pci' model='pcie-root-port'/>"), 3);
        ck_assert_uint_eq(count(xml, "</devices></domain>"), 1);
        ck_assert_uint_eq(count(xml, "<interface"), 1);
        free(xml);
}
END_TEST

START_TEST(test_ports_are_not_added_where_there_are_enough_or_none_is_of_use)
{
        ck_assert_ptr_null(domain_add_ports(DOMAIN(ROOT PORT("1") PORT("2") PORT("3") PORT("4"))));
        ck_assert_ptr_null(domain_add_ports(
                DOMAIN("<controller type='pci' index='0' model='pci-root'/>" CARD("0x00"))));
        ck_assert_ptr_null(domain_add_ports("<domain/>"));
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_ports_are_free_without_a_device_on_their_bus, 0,
                            ARRAY_SIZE(definitions));
        tcase_add_test(tc, test_ports_are_added_until_four_are_free);
        tcase_add_test(tc, test_ports_are_not_added_where_there_are_enough_or_none_is_of_use);
}

int main(void)
{
        return unit_main("ports", add_tests);
}
