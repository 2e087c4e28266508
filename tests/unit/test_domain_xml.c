/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <string.h>

#include "podgraft/domain.h"

static const struct domain_interface wanted = {
        .tap = "tap0", .mac = "aa:bb:cc:00:00:07", .mtu_bytes = 1450, .queues = 1
};

static char *patch(const char *xml, const struct domain_interface *iface)
{
        struct error err = ERROR_INIT;
        char *out = NULL, *name = NULL;

        ck_assert_msg(domain_xml_patch(xml, strlen(xml), iface, &out, &name, &err) == 0, "%s",
                      err.message);
        ck_assert_str_eq(name, "vm");
        free(name);
        return out;
}

static const char bridged[] = "<?xml version=\"1.0\"?>\n"
                              "<!-- mine -->\n"
                              "<domain type='qemu' xmlns:q='urn:q'>\n"
                              "  <name>vm</name>\n"
                              "  <q:odd a=\"1\"   b='2'/>\n"
                              "  <devices>\n"
                              "    <disk/>\n"
                              "    <interface type='network'>\n"
                              "      <mac address='52:54:00:00:00:01'/>\n"
                              "      <source network='default'/>\n"
                              "      <model type='virtio'/>\n"
                              "      <boot order='1'/>\n"
                              "    </interface>\n"
                              "  </devices>\n"
                              "</domain>\n";

START_TEST(test_patch_network_interface_becomes_ethernet)
{
        char *out = patch(bridged, &wanted);

        ck_assert_ptr_nonnull(strstr(out, "<interface type=\"ethernet\">"));
        ck_assert_ptr_nonnull(strstr(out, "<mac address=\"aa:bb:cc:00:00:07\"/>"));
        ck_assert_ptr_nonnull(strstr(out, "<target dev=\"tap0\" managed=\"no\"/>"));
        ck_assert_ptr_nonnull(strstr(out, "<mtu size=\"1450\"/>"));
        ck_assert_ptr_null(strstr(out, "<source"));
        ck_assert_ptr_nonnull(strstr(out, "<boot order=\"1\"/>"));
        ck_assert_ptr_nonnull(strstr(out, "<!-- mine -->"));
        ck_assert_ptr_nonnull(strstr(out, "<q:odd a=\"1\" b=\"2\"/>"));
        ck_assert_ptr_null(strstr(out, "queues"));
        free(out);
}
END_TEST

START_TEST(test_patch_twice_is_patch_once)
{
        char *once = patch(bridged, &wanted), *twice = patch(once, &wanted);

        ck_assert_str_eq(once, twice);
        free(once);
        free(twice);
}
END_TEST

START_TEST(test_patch_leaves_the_rest_of_the_text)
{
        char *out = patch(bridged, &wanted);
        const char *line = bridged;

        /* Every line outside of the interface is there again, but for quotes. */
        for (int n = 0; *line; n++) {
                size_t len = strcspn(line, "\n");

                if ((n < 4 || n == 5 || n == 6 || n > 11) && n != 2) {
                        char copy[256];

                        snprintf(copy, sizeof(copy), "%.*s\n", (int)len, line);
                        ck_assert_msg(strstr(out, copy) != NULL, "lost: %s", copy);
                }
                line += len + 1;
        }
        free(out);
}
END_TEST

START_TEST(test_patch_without_interface_adds_one)
{
        char *out =
                patch("<domain><name>vm</name><devices>\n  <disk/>\n</devices></domain>", &wanted);

        ck_assert_ptr_nonnull(strstr(out, "<interface type=\"ethernet\">"));
        ck_assert_ptr_nonnull(strstr(out, "<model type=\"virtio\"/>"));
        free(out);
        out = patch("<domain><name>vm</name><devices/></domain>", &wanted);
        ck_assert_ptr_nonnull(strstr(out, "<target dev=\"tap0\" managed=\"no\"/>"));
        free(out);
}
END_TEST

START_TEST(test_patch_alias_chooses_interface)
{
        struct domain_interface iface = wanted;
        char *out;

        iface.alias = "blue";
        out = patch("<domain><name>vm</name><devices>"
                    "<interface type='user'><model type='e1000'/></interface>"
                    "<interface type='bridge'><alias name='ua-blue'/></interface>"
                    "</devices></domain>",
                    &iface);
        ck_assert_ptr_nonnull(strstr(out, "<interface type=\"user\"><model"));
        ck_assert_ptr_nonnull(
                strstr(out, "<interface type=\"ethernet\"><alias name=\"ua-blue\"/>"));
        free(out);
}
END_TEST

START_TEST(test_patch_queues_only_for_virtio)
{
        struct domain_interface iface = wanted;
        char *out;

        iface.queues = 4;
        out = patch(bridged, &iface);
        ck_assert_ptr_nonnull(strstr(out, "<driver queues=\"4\"/>"));
        free(out);
        out = patch("<domain><name>vm</name><devices><interface type='user'>"
                    "<model type='e1000'/></interface></devices></domain>",
                    &iface);
        ck_assert_ptr_null(strstr(out, "queues"));
        free(out);
}
END_TEST

static const struct {
        const char *xml, *says;
} bad[] = {
        { "", "empty" },
        { "  \n", "empty" },
        { "<domain><name>x</name><devices></domain>", "malformed XML in line 1" },
        { "not xml", "malformed" },
        { "<network/>", "no libvirt domain" },
        { "<domain><name>x</name></domain>", "no <devices>" },
        { "<domain><devices/></domain>", "no usable <name>" },
        { "<domain><name>../x</name><devices/></domain>", "no usable <name>" },
        { "<!DOCTYPE d [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"
          "<domain><name>&e;</name><devices/></domain>",
          "no usable <name>" },
};

START_TEST(test_patch_bad_input_is_named)
{
        struct error err = ERROR_INIT;
        char *out = NULL, *name = NULL;

        ck_assert_int_lt(
                domain_xml_patch(bad[_i].xml, strlen(bad[_i].xml), &wanted, &out, &name, &err), 0);
        ck_assert_int_eq(err.class, ERROR_USAGE);
        ck_assert_msg(strstr(err.message, bad[_i].says) != NULL, "%s", err.message);
        ck_assert_ptr_null(out);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("domain_xml");
        TCase *tc = tcase_create("domain_xml");
        SRunner *runner;
        int failed;

        tcase_add_test(tc, test_patch_network_interface_becomes_ethernet);
        tcase_add_test(tc, test_patch_twice_is_patch_once);
        tcase_add_test(tc, test_patch_leaves_the_rest_of_the_text);
        tcase_add_test(tc, test_patch_without_interface_adds_one);
        tcase_add_test(tc, test_patch_alias_chooses_interface);
        tcase_add_test(tc, test_patch_queues_only_for_virtio);
        tcase_add_loop_test(tc, test_patch_bad_input_is_named, 0, ARRAY_SIZE(bad));
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
