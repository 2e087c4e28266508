/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_options.c - which interfaces are asked for, and what each gets of what was said
 */
#include "launcher/options.h"
#include "tests/unit/unit_dir.h"

static char file[64];

static void write_file(const char *text)
{
        _cleanup_free_ char *json = json_of(text);
        FILE *f;

        snprintf(file, sizeof(file), "%s/config.json", unit_dir);
        f = fopen(file, "w");
        ck_assert_ptr_nonnull(f);
        ck_assert_int_ge(fputs(json, f), 0);
        ck_assert_int_eq(fclose(f), 0);
}

/* 'podgraft run' with @json in its file, unless that is NULL, and up to four words more. */
static int parse(const char *json, const char *const words[4], struct options *ret,
                 struct error *err)
{
        char *argv[8] = { "--config", file };
        int argc = json ? 2 : 0;

        if (json)
                write_file(json);
        for (int i = 0; i < 4 && words[i]; i++)
                argv[argc++] = (char *)words[i];
        return options_parse(CMD_RUN, 0, argc, argv, ret, err);
}

static const char *name_at(const struct options *options, size_t i)
{
        static struct options one;

        options_for(options, i, &one);
        return one.net.interface ? one.net.interface : "";
}

START_TEST(test_options_without_interface_ask_for_whichever_is_found)
{
        struct options options;

        ck_assert_int_eq(parse(NULL, (const char *[4]){ NULL }, &options, NULL), 0);
        ck_assert_uint_eq(options_n_interfaces(&options), 0);
        ck_assert_str_eq(name_at(&options, 0), "");
        options_done(&options);
}
END_TEST

START_TEST(test_options_repeated_interface_asks_for_each_in_order)
{
        const char *const words[4] = { "--interface", "net1", "--interface=eth0" };
        struct options options;

        ck_assert_int_eq(parse(NULL, words, &options, NULL), 0);
        ck_assert_uint_eq(options_n_interfaces(&options), 2);
        ck_assert_str_eq(name_at(&options, 0), "net1");
        ck_assert_str_eq(name_at(&options, 1), "eth0");
        options_done(&options);
}
END_TEST

START_TEST(test_options_blanks_part_names_in_one_value)
{
        struct options options = { 0 };

        ck_assert_int_eq(options_set("interface", " eth0\n net1 ", &options, NULL), 0);
        ck_assert_uint_eq(options_n_interfaces(&options), 2);
        ck_assert_str_eq(name_at(&options, 0), "eth0");
        ck_assert_str_eq(name_at(&options, 1), "net1");
        options_done(&options);
}
END_TEST

static const char list[] =
        "{'mtu': 1500, 'hostname': 'vm', 'dhcp_option': {'66': 'a'}, 'interfaces': ["
        "  {'name': 'eth0'},"
        "  {'name': 'net1', 'mac': '02:00:00:00:00:09', 'mtu': 1400, 'queues': 2,"
        "   'dhcp': 'v4', 'ipv6': 'off', 'lease_time': 600, 'dhcp_option': {'67': 'b'},"
        "   'hostname': 'vm1', 'resolv_conf': '/r', 'alias': 'red', 'model': 'e1000e',"
        "   'boot_order': 2, 'acpi_index': 7, 'pci_address': '0000:0a:00.0'}]}";

START_TEST(test_options_entry_overrides_what_is_common)
{
        struct options options, one;

        ck_assert_int_eq(parse(list, (const char *[4]){ NULL }, &options, NULL), 0);
        ck_assert_uint_eq(options_n_interfaces(&options), 2);
        options_for(&options, 0, &one);
        ck_assert_str_eq(one.net.interface, "eth0");
        ck_assert_uint_eq(one.net.mtu_bytes, 1500);
        ck_assert_uint_eq(one.net.queues, 1);
        ck_assert(!one.net.has_mac && !one.alias && !one.model);
        ck_assert_uint_eq(one.n_dhcp_options, 1);
        ck_assert_str_eq(one.dhcp_options[0], "66=a");
        options_for(&options, 1, &one);
        ck_assert_str_eq(one.net.interface, "net1");
        ck_assert(one.net.has_mac && one.net.mac[5] == 9);
        ck_assert_uint_eq(one.net.mtu_bytes, 1400);
        ck_assert_uint_eq(one.net.queues, 2);
        ck_assert_str_eq(one.net.dhcp, "v4");
        ck_assert_str_eq(one.net.ipv6, "off");
        ck_assert_uint_eq(one.lease_sec, 600);
        ck_assert_uint_eq(one.n_dhcp_options, 1);
        ck_assert_str_eq(one.dhcp_options[0], "67=b");
        ck_assert_str_eq(one.net.hostname, "vm1");
        ck_assert_str_eq(one.net.resolv_conf, "/r");
        ck_assert_str_eq(one.alias, "red");
        ck_assert_str_eq(one.model, "e1000e");
        ck_assert_uint_eq(one.boot_order, 2);
        ck_assert_uint_eq(one.acpi_index, 7);
        ck_assert_str_eq(one.pci_address, "0000:0a:00.0");
        options_done(&options);
}
END_TEST

START_TEST(test_options_interface_chooses_from_the_list)
{
        const char *const words[4] = { "--interface", "net1", "--interface", "net2" };
        struct options options, one;

        ck_assert_int_eq(parse(list, words, &options, NULL), 0);
        ck_assert_uint_eq(options_n_interfaces(&options), 2);
        options_for(&options, 0, &one);
        ck_assert_uint_eq(one.net.mtu_bytes, 1400);
        options_for(&options, 1, &one);
        ck_assert_str_eq(one.net.interface, "net2");
        ck_assert_uint_eq(one.net.mtu_bytes, 1500);
        options_done(&options);
}
END_TEST

static const struct {
        const char *json, *said;
        const char *words[4];
} refused[] = {
        { NULL, "'a' is given twice", { "--interface", "a", "--interface", "a" } },
        { NULL, "the value is empty", { "--interface", " " } },
        { NULL, "cannot share one alias", { "--interface", "a b", "--alias", "x" } },
        { NULL,
          "cannot share one MAC address",
          { "--interface=a", "--interface=b", "--mac", "02:00:00:00:00:01" } },
        { "{'interfaces': {}}", "give a list of 1 to 32 objects", { NULL } },
        { "{'interfaces': []}", "give a list of 1 to 32 objects", { NULL } },
        { "{'interfaces': ['a']}", "give each interface as an object", { NULL } },
        { "{'interfaces': [{'mtu': 1400}]}", "with a 'name'", { NULL } },
        { "{'interfaces': [{'name': 'a/b'}]}", "'a/b': give 1 to 15 bytes", { NULL } },
        { "{'interfaces': [{'name': 'a'}, {'name': 'a'}]}", "'a' is there twice", { NULL } },
        { "{'interfaces': [{'name': 'a', 'grace': 3}]}", "key 'grace' is unknown", { NULL } },
        { "{'interfaces': [{'name': 'a', 'mtu': 'x'}]}",
          "'a': key 'mtu': give a number",
          { NULL } },
        { "{'interfaces': [{'name': 'a', 'mtu': 7}]}", "a number from 68", { NULL } },
        { "{'interfaces': [{'name': 'a', 'pci_address': '1:0.0'}]}",
          "give an address such as 0000:81:00.0",
          { NULL } },
        { "{'model': 'virtio'}", "key 'model' is unknown", { NULL } },
};

START_TEST(test_options_wrong_interfaces_are_refused_with_a_reason)
{
        struct error err = ERROR_INIT;
        struct options options;

        ck_assert_int_lt(parse(refused[_i].json, refused[_i].words, &options, &err), 0);
        assert_usage(err, refused[_i].said);
        options_done(&options);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_unchecked_fixture(tc, unit_dir_make, unit_dir_remove);
        tcase_add_test(tc, test_options_without_interface_ask_for_whichever_is_found);
        tcase_add_test(tc, test_options_repeated_interface_asks_for_each_in_order);
        tcase_add_test(tc, test_options_blanks_part_names_in_one_value);
        tcase_add_test(tc, test_options_entry_overrides_what_is_common);
        tcase_add_test(tc, test_options_interface_chooses_from_the_list);
        tcase_add_loop_test(tc, test_options_wrong_interfaces_are_refused_with_a_reason, 0,
                            ARRAY_SIZE(refused));
}

int main(void)
{
        return unit_main("options", add_tests);
}
