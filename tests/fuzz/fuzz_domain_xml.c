/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_domain_xml.c - any document -> domain_xml_patch(), twice: the second changes nothing
 *
 * The first byte chooses what the interface is to become, and whether there is a second one.
 */
#include "podgraft/domain.h"
#include "tests/fuzz/fuzz.h"

static void must_say_why(const struct error *err, int code)
{
        must(code < 0 && err->code == code && err->class == ERROR_USAGE && err->message[0]);
        must(!strchr(err->message, '\n'));
}

static void choose(uint8_t bits, struct domain_interface wanted[2])
{
        wanted[0].mtu_bytes = 1450;
        wanted[0].queues = bits & 1 ? 4 : 0;
        wanted[0].driver = bits & 4 ? "vhost" : NULL;
        wanted[0].alias = bits & 2 ? "pod" : NULL;
        wanted[0].by_alias_only = bits & 2 && bits & 64;
        wanted[1].alias = bits & 128 ? "blue" : NULL;
        if (bits & 8) {
                wanted[0].model = bits & 1 ? "virtio" : "e1000e";
                wanted[0].pci_address = "0000:81:01.0";
                wanted[0].acpi_index = 7;
        }
        if (bits & 16) {
                wanted[0].boot_order = bits & 1;
                wanted[0].no_rom = true;
                wanted[0].link_state = bits & 4 ? "up" : "down";
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct domain_interface wanted[2] = { { .tap = "tap0", .mac = "aa:bb:cc:00:00:07" },
                                              { .tap = "tap1", .mac = "aa:bb:cc:00:00:08" } };
        char *once = NULL, *twice = NULL, *name = NULL, *same_name = NULL;
        struct error err = ERROR_INIT;
        size_t n;
        int r;

        if (len == 0)
                return 0;
        choose(data[0], wanted);
        n = data[0] & 32 ? 2 : 1;
        r = domain_xml_patch((const char *)data + 1, len - 1, wanted, n, &once, &name, &err);
        if (r < 0) {
                must(!once && !name);
                must_say_why(&err, r);
                return 0;
        }
        must(*name && !strchr(name, '/') && !strchr(name, '\n'));
        must(strstr(once, "<domain") && strstr(once, "dev=\"tap0\""));
        must(n == 1 || (strstr(once, "dev=\"tap1\"") && strstr(once, "00:00:08\"")));
        must(strstr(once, "address=\"aa:bb:cc:00:00:07\"") && strstr(once, "managed=\"no\""));
        r = domain_xml_patch(once, strlen(once), wanted, n, &twice, &same_name, &err);
        must(r == 0 || r == -EFBIG);
        must(r < 0 || (strcmp(once, twice) == 0 && strcmp(name, same_name) == 0));
        free(once);
        free(twice);
        free(name);
        free(same_name);
        return 0;
}
