/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * domain_main.c - podgraft-domain: a domain's XML in, the patched XML out
 *
 * A process of its own, because libxml2 costs more to load than everything else podgraft does,
 * and because it parses outside of anything privileged.
 */
#include <getopt.h>
#include <string.h>

#include "podgraft/domain.h"
#include "podgraft/log.h"

struct arguments {
        struct domain_interface interface;
        bool name_only;
};

static int parse_arguments(int argc, char **argv, struct arguments *ret)
{
        static const struct option options[] = {
                { "tap", required_argument, NULL, 't' },
                { "mac", required_argument, NULL, 'm' },
                { "mtu", required_argument, NULL, 'u' },
                { "queues", required_argument, NULL, 'q' },
                { "alias", required_argument, NULL, 'a' },
                { "name-only", no_argument, NULL, 'n' },
                { 0 },
        };
        struct arguments a = { .interface = { .tap = "tap0", .mac = "", .mtu_bytes = 1500 } };
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
                switch (c) {
                case 't':
                        a.interface.tap = optarg;
                        break;
                case 'm':
                        a.interface.mac = optarg;
                        break;
                case 'u':
                        a.interface.mtu_bytes = (unsigned)strtoul(optarg, NULL, 10);
                        break;
                case 'q':
                        a.interface.queues = (unsigned)strtoul(optarg, NULL, 10);
                        break;
                case 'a':
                        a.interface.alias = optarg;
                        break;
                case 'n':
                        a.name_only = true;
                        break;
                default:
                        return -EINVAL;
                }
        }
        if (optind != argc || (!a.name_only && !*a.interface.mac))
                return -EINVAL;
        *ret = a;
        return 0;
}

/* One byte more than is allowed, so that too much is noticed. */
static size_t read_input(char *buf, size_t size)
{
        size_t len = 0, n;

        while (len < size && (n = fread(buf + len, 1, size - len, stdin)) > 0)
                len += n;
        return len;
}

int main(int argc, char **argv)
{
        static char input[DOMAIN_XML_MAX + 2];
        struct error err = ERROR_INIT;
        struct arguments args;
        char *xml, *name;
        size_t len;

        log_setup("podgraft-domain", LOG_LEVEL_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
        if (parse_arguments(argc, argv, &args) < 0) {
                log_error("usage", "podgraft-domain is started by podgraft; see 'podgraft domain'");
                return ERROR_USAGE;
        }
        len = read_input(input, sizeof(input) - 1);
        if (domain_xml_patch(input, len, &args.interface, &xml, &name, &err) < 0) {
                log_error("failed", "%s", err.message);
                return (int)err.class;
        }
        if (args.name_only)
                puts(name);
        else
                fputs(xml, stdout);
        free(xml);
        free(name);
        return fflush(stdout) == 0 ? 0 : ERROR_FAILED;
}
