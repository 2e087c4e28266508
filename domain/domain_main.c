/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * domain_main.c - podgraft-domain: a domain's XML in, the patched XML out
 *
 * A process of its own, because libxml2 costs more to load than everything else podgraft does,
 * and because it parses outside of anything privileged: the input is read, everything is given up,
 * then the XML is looked at.
 */
#include <getopt.h>
#include <string.h>

#include "domain/sandbox.h"
#include "podgraft/log.h"

#define INTERFACES_MAX 64

struct arguments {
        struct domain_interface interfaces[INTERFACES_MAX];
        size_t n;
        bool name_only;
        bool network; /* print what the domain asks of podgraft */
};

static unsigned number(const char *text)
{
        return (unsigned)strtoul(text, NULL, 10);
}

/* Of the interface that the last --tap began. Return: false: there is no such option */
static bool take_setting(int option, const char *value, struct domain_interface *interface)
{
        switch (option) {
        case 'm':
                interface->mac = value;
                return true;
        case 'u':
                interface->mtu_bytes = number(value);
                return true;
        case 'q':
                interface->queues = number(value);
                return true;
        case 'a':
                interface->alias = value;
                return true;
        case 'x':
                interface->by_alias_only = true;
                return true;
        case 'd':
                interface->driver = value;
                return true;
        case 'M':
                interface->model = value;
                return true;
        case 'b':
                interface->boot_order = number(value);
                return true;
        case 'r':
                interface->no_rom = true;
                return true;
        case 'p':
                interface->pci_address = value;
                return true;
        case 'i':
                interface->acpi_index = number(value);
                return true;
        case 'l':
                interface->link_state = value;
                return true;
        default:
                return false;
        }
}

static int parse_arguments(int argc, char **argv, struct arguments *ret)
{
        static const struct option options[] = {
                { "tap", required_argument, NULL, 't' },
                { "mac", required_argument, NULL, 'm' },
                { "mtu", required_argument, NULL, 'u' },
                { "queues", required_argument, NULL, 'q' },
                { "alias", required_argument, NULL, 'a' },
                { "by-alias-only", no_argument, NULL, 'x' },
                { "driver", required_argument, NULL, 'd' },
                { "model", required_argument, NULL, 'M' },
                { "boot-order", required_argument, NULL, 'b' },
                { "no-rom", no_argument, NULL, 'r' },
                { "pci-address", required_argument, NULL, 'p' },
                { "acpi-index", required_argument, NULL, 'i' },
                { "link-state", required_argument, NULL, 'l' },
                { "name-only", no_argument, NULL, 'n' },
                { "network", no_argument, NULL, 'w' },
                { 0 },
        };
        struct arguments a = { 0 };
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (c == 'n')
                        a.name_only = true;
                else if (c == 'w')
                        a.network = true;
                else if (c == 't' && a.n < INTERFACES_MAX)
                        a.interfaces[a.n++].tap = optarg; /* what follows is of this one */
                else if (a.n == 0 || !take_setting(c, optarg, &a.interfaces[a.n - 1]))
                        return -EINVAL;
        }
        if (optind != argc || (!a.name_only && !a.network && a.n == 0))
                return -EINVAL;
        *ret = a;
        return 0;
}

/* At most @size bytes, one more than is allowed, so that too much is noticed. */
static int read_input(char *buf, size_t size, size_t *ret_len, struct error *err)
{
        size_t len = 0;
        ssize_t n = 0;

        while (len < size &&
               ((n = read(STDIN_FILENO, buf + len, size - len)) > 0 || (n < 0 && errno == EINTR)))
                len += n > 0 ? (size_t)n : 0;
        if (n < 0)
                return error_errno(err, -errno, "read the XML");
        *ret_len = len;
        return 0;
}

/* Plainly: stdio would look at what it writes to. */
static int write_output(const char *data, size_t len, struct error *err)
{
        while (len > 0) {
                ssize_t n = write(STDOUT_FILENO, data, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(err, -errno, "write the XML");
                data += n;
                len -= (size_t)n;
        }
        return 0;
}

static int print_network(const char *input, size_t len, struct error *err)
{
        char *text = NULL;
        size_t text_len = 0;
        int r = domain_xml_network(input, len, &text, &text_len, err);

        if (r == 1)
                r = write_output(text, text_len, err);
        free(text);
        return r;
}

static int print_patched(const char *input, size_t len, const struct arguments *args,
                         struct error *err)
{
        _cleanup_free_ char *xml = NULL, *name = NULL;
        int r = domain_xml_patch(input, len, args->interfaces, args->n, &xml, &name, err);

        if (r < 0)
                return r;
        if (!args->name_only)
                return write_output(xml, strlen(xml), err);
        r = write_output(name, strlen(name), err);
        return r < 0 ? r : write_output("\n", 1, err);
}

int main(int argc, char **argv)
{
        static char input[DOMAIN_XML_MAX + 2];
        struct error err = ERROR_INIT;
        struct arguments args;
        size_t len = 0;
        int r;

        log_setup("podgraft-domain", LOG_LEVEL_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
        if (argc == 2 && strcmp(argv[1], "--version") == 0) {
                puts("podgraft-domain " PODGRAFT_VERSION);
                return 0;
        }
        if (parse_arguments(argc, argv, &args) < 0) {
                log_error("usage", "podgraft-domain is started by podgraft; see 'podgraft domain'");
                return ERROR_USAGE;
        }
        if ((r = read_input(input, sizeof(input) - 1, &len, &err)) == 0 &&
            (r = domain_sandbox_enter(&err)) == 0)
                r = args.network ? print_network(input, len, &err)
                                 : print_patched(input, len, &args, &err);
        if (r < 0)
                log_error("failed", "%s", err.message);
        return r < 0 ? (int)err.class : 0;
}
