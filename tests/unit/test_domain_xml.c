/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_domain_xml.c - a domain's XML: what podgraft is asked there, and what it makes of it
 */
#include <string.h>

#include "podgraft/domain.h"
#include "tests/unit/unit.h"

static const struct domain_interface wanted = {
        .tap = "tap0", .mac = "aa:bb:cc:00:00:07", .mtu_bytes = 1450, .queues = 1
};

static char *patch(const char *xml, const struct domain_interface *iface)
{
        struct error err = ERROR_INIT;
        char *out = NULL, *name = NULL;

        assert_ok(domain_xml_patch(xml, strlen(xml), iface, 1, &out, &name, &err), err);
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
          "there is a <!DOCTYPE>" },
        { "<!DOCTYPE domain><domain><name>x</name><devices/></domain>", "there is a <!DOCTYPE>" },
        { "<!DOCTYPE domain SYSTEM "
          "\"http://127.0.0.1/d\"><domain><name>x</name><devices/></domain>",
          "there is a <!DOCTYPE>" },
        { "<?xml version='1.0'?><!-- --><!DOCTYPE d PUBLIC 'p' 'd.dtd' [ <!ATTLIST name a CDATA "
          "'x'> ]>"
          "<domain><name>x</name><devices/></domain>",
          "there is a <!DOCTYPE>" },
        { "<!DOCTYPE", "malformed" },
        { "<domain><name>&undeclared;</name><devices/></domain>", "malformed" },
        { "<domain><name>x</name><!DOCTYPE d><devices/></domain>", "malformed" },
};

/* "<!ENTITY a 'xx…'> <!ENTITY b '&a;&a;…'> …": in attributes these were expanded, to 200 MB here.
 */
START_TEST(test_patch_entities_are_never_expanded)
{
        static char xml[8192];
        struct error err = ERROR_INIT;
        char *out = NULL, *name = NULL, *pairs = NULL;
        size_t len = 0, pairs_len;

        len += (size_t)sprintf(xml, "<!DOCTYPE d [<!ENTITY a0 'xxxxxxxxxxxxxxxxxxxx'>");
        for (int i = 1; i < 8; i++) {
                len += (size_t)sprintf(xml + len, "<!ENTITY a%d '", i);
                for (int n = 0; n < 10; n++)
                        len += (size_t)sprintf(xml + len, "&a%d;", i - 1);
                len += (size_t)sprintf(xml + len, "'>");
        }
        len += (size_t)sprintf(xml + len, "]><domain a='&a7;'><name>x</name><devices/></domain>");
        ck_assert_int_eq(domain_xml_patch(xml, len, &wanted, 1, &out, &name, &err), -EINVAL);
        assert_usage(err, "there is a <!DOCTYPE>");
        ck_assert_int_eq(domain_xml_network(xml, len, &pairs, &pairs_len, NULL), -EINVAL);
        ck_assert(!out && !name && !pairs);
}
END_TEST

START_TEST(test_patch_depth_and_size_are_limited)
{
        static char deep[4096];
        static char large[DOMAIN_XML_MAX];
        static const char begin[] = "<domain><name>x</name><devices/><description>";
        static const char end[] = "</description></domain>";
        struct error err = ERROR_INIT;
        char *out = NULL, *name = NULL;
        size_t len = 0;

        for (int i = 0; i < 1000; i++)
                len += (size_t)sprintf(deep + len, "<a>");
        ck_assert_int_eq(domain_xml_patch(deep, len, &wanted, 1, &out, &name, &err), -EINVAL);
        assert_usage(err, "depth");
        /* As large as may be read, it is larger with an interface in it. */
        memset(large, 'x', sizeof(large));
        memcpy(large, begin, strlen(begin));
        memcpy(large + sizeof(large) - strlen(end), end, strlen(end));
        err = (struct error)ERROR_INIT;
        ck_assert_int_eq(domain_xml_patch(large, sizeof(large), &wanted, 1, &out, &name, &err),
                         -EFBIG);
        assert_usage(err, "with the pod's interfaces is larger than 4194304 bytes");
        ck_assert(!out && !name);
}
END_TEST

START_TEST(test_patch_bad_input_is_named)
{
        struct error err = ERROR_INIT;
        char *out = NULL, *name = NULL;

        ck_assert_int_lt(
                domain_xml_patch(bad[_i].xml, strlen(bad[_i].xml), &wanted, 1, &out, &name, &err),
                0);
        assert_usage(err, bad[_i].says);
        ck_assert_ptr_null(out);
}
END_TEST

/* "key=value;" for each pair */
static const char *network_of(const char *metadata, char ret[512])
{
        char xml[2048], *pairs = NULL;
        size_t len = 0, n = 0;

        snprintf(xml, sizeof(xml),
                 "<domain><name>vm</name><metadata>%s</metadata><devices><interface type='user'>"
                 "<mac address='02:00:00:00:00:01'/></interface><interface type='ethernet'>"
                 "<alias name='ua-two'/><mac address='02:00:00:00:00:02'/><target dev='tap2'/>"
                 "</interface></devices></domain>",
                 metadata);
        ret[0] = '\0';
        if (domain_xml_network(xml, strlen(xml), &pairs, &len, NULL) == 1)
                for (; n < len; n += strlen(pairs + n) + 1)
                        sprintf(ret + strlen(ret), "%s;", pairs + n);
        free(pairs);
        return ret;
}

START_TEST(test_network_of_a_domain_that_asks_has_attributes_and_interface)
{
        char text[512];

        ck_assert_str_eq(network_of("<p:network xmlns:p='urn:podgraft:1' interface='eth0' "
                                    "anti-spoof='yes'/>",
                                    text),
                         "network=yes;attribute:interface=eth0;attribute:anti-spoof=yes;"
                         "mac=02:00:00:00:00:01;tap:tap2=02:00:00:00:00:02;");
        ck_assert_str_eq(network_of("<network xmlns='urn:podgraft:1' alias='two'/>", text),
                         "network=yes;attribute:alias=two;mac=02:00:00:00:00:02;target=tap2;"
                         "tap:tap2=02:00:00:00:00:02;");
}
END_TEST

START_TEST(test_network_of_a_domain_that_does_not_ask_is_nothing)
{
        char text[512];

        ck_assert_str_eq(network_of("<network interface='eth0'/>", text), "");
        ck_assert_str_eq(network_of("<p:network xmlns:p='urn:other:1'/>", text), "");
        ck_assert_str_eq(network_of("<!-- <p:network xmlns:p='urn:podgraft:1'/> -->", text), "");
        ck_assert_str_eq(network_of("<x>urn:podgraft:1</x>", text), "");
}
END_TEST

static char *patch_all(const char *xml, const struct domain_interface *interfaces, size_t n)
{
        struct error err = ERROR_INIT;
        char *out = NULL, *name = NULL;

        assert_ok(domain_xml_patch(xml, strlen(xml), interfaces, n, &out, &name, &err), err);
        free(name);
        return out;
}

START_TEST(test_patch_card_as_asked_for)
{
        struct domain_interface iface = wanted;
        char *out, *twice;

        iface.model = "e1000e";
        iface.boot_order = 2;
        iface.no_rom = true;
        iface.acpi_index = 101;
        iface.pci_address = "0000:81:01.0";
        iface.link_state = "down";
        out = patch("<domain><name>vm</name><devices><interface type='bridge'><rom enabled='no'/>"
                    "<model type='virtio'/></interface></devices></domain>",
                    &iface);
        ck_assert_ptr_nonnull(strstr(out, "<model type=\"e1000e\"/>"));
        ck_assert_ptr_nonnull(strstr(out, "<boot order=\"2\"/>"));
        ck_assert_ptr_null(strstr(out, "<rom"));
        ck_assert_ptr_nonnull(strstr(out, "<acpi index=\"101\"/>"));
        ck_assert_ptr_nonnull(strstr(out, "<address type=\"pci\" domain=\"0x0000\" bus=\"0x81\" "
                                          "slot=\"0x01\" function=\"0x0\"/>"));
        ck_assert_ptr_nonnull(strstr(out, "<link state=\"down\"/>"));
        twice = patch(out, &iface);
        ck_assert_str_eq(out, twice);
        free(out);
        free(twice);
}
END_TEST

START_TEST(test_patch_virtio_is_also_its_generations)
{
        struct domain_interface iface = wanted;
        char *out;

        iface.model = "virtio";
        iface.link_state = "up";
        out = patch("<domain><name>vm</name><devices><interface type='ethernet'>"
                    "<model type='virtio-non-transitional'/></interface></devices></domain>",
                    &iface);
        ck_assert_ptr_nonnull(strstr(out, "<model type=\"virtio-non-transitional\"/>"));
        ck_assert_ptr_null(strstr(out, "<link"));
        free(out);
}
END_TEST

START_TEST(test_patch_driver_only_of_virtio)
{
        struct domain_interface iface = wanted;
        char *out;

        iface.queues = 1;
        iface.driver = "vhost";
        out = patch(bridged, &iface);
        ck_assert_ptr_nonnull(strstr(out, "<driver name=\"vhost\" queues=\"1\"/>"));
        free(out);
        iface.model = "e1000";
        out = patch(bridged, &iface);
        ck_assert_ptr_null(strstr(out, "<driver"));
        free(out);
}
END_TEST

START_TEST(test_patch_by_alias_only_adds_where_there_is_none)
{
        struct domain_interface iface = wanted;
        char *out, *added;

        iface.alias = "blue";
        iface.by_alias_only = true;
        iface.no_rom = true;
        out = patch(bridged, &iface);
        ck_assert_ptr_nonnull(strstr(out, "<source network=\"default\"/>"));
        added = strstr(out, "<alias name=\"ua-blue\"/>");
        ck_assert_ptr_nonnull(added);
        ck_assert_ptr_nonnull(strstr(added, "\n      <target dev=\"tap0\" managed=\"no\"/>\n"));
        ck_assert_ptr_nonnull(strstr(added, "<rom enabled=\"no\"/>"));
        free(out);
}
END_TEST

/* Three of them: the first asked for is known by its alias, the second by its MAC. */
START_TEST(test_patch_several_by_alias_mac_and_order)
{
        static const char xml[] =
                "<domain><name>vm</name><devices>"
                "<interface type='bridge'><mac address='aa:00:00:00:00:02'/></interface>"
                "<interface type='bridge'><model type='e1000'/></interface>"
                "<interface type='bridge'><alias name='ua-blue'/></interface>"
                "</devices></domain>";
        static const struct domain_interface several[] = {
                { .alias = "blue", .tap = "tap1", .mac = "aa:00:00:00:00:01" },
                { .tap = "tap2", .mac = "aa:00:00:00:00:02" },
                { .tap = "tap3", .mac = "aa:00:00:00:00:03" },
                { .tap = "tap4", .mac = "aa:00:00:00:00:04" },
        };
        char *out = patch_all(xml, several, 4), *twice = patch_all(out, several, 4), *at = out;
        /* They are put into the order they are asked for in, so that the guest finds it so. */
        static const char *const order[] = { "ua-blue", "tap1", "aa:00:00:00:00:02", "tap2",
                                             "e1000",   "tap3", "virtio\"",          "tap4" };

        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                at = strstr(at, order[i]);
                ck_assert_msg(at != NULL, "%s is not in its place:\n%s", order[i], out);
        }
        ck_assert_str_eq(out, twice);
        free(out);
        free(twice);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_network_of_a_domain_that_asks_has_attributes_and_interface);
        tcase_add_test(tc, test_network_of_a_domain_that_does_not_ask_is_nothing);
        tcase_add_test(tc, test_patch_network_interface_becomes_ethernet);
        tcase_add_test(tc, test_patch_card_as_asked_for);
        tcase_add_test(tc, test_patch_virtio_is_also_its_generations);
        tcase_add_test(tc, test_patch_driver_only_of_virtio);
        tcase_add_test(tc, test_patch_by_alias_only_adds_where_there_is_none);
        tcase_add_test(tc, test_patch_several_by_alias_mac_and_order);
        tcase_add_test(tc, test_patch_twice_is_patch_once);
        tcase_add_test(tc, test_patch_leaves_the_rest_of_the_text);
        tcase_add_test(tc, test_patch_without_interface_adds_one);
        tcase_add_test(tc, test_patch_alias_chooses_interface);
        tcase_add_test(tc, test_patch_queues_only_for_virtio);
        tcase_add_test(tc, test_patch_entities_are_never_expanded);
        tcase_add_test(tc, test_patch_depth_and_size_are_limited);
        tcase_add_loop_test(tc, test_patch_bad_input_is_named, 0, ARRAY_SIZE(bad));
}

int main(void)
{
        return unit_main("domain_xml", add_tests);
}
