/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options.c - the table of options: adding one is adding a row
 */
#include "launcher/options.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum option_type {
        OPTION_FLAG,   /* bool */
        OPTION_TEXT,   /* const char *, not empty */
        OPTION_CHOICE, /* const char *, one of the words in .arg, separated by '|' */
        OPTION_NUMBER, /* uint32_t within .min and .max */
        OPTION_LEASE,  /* uint32_t seconds, or "infinite" */
        OPTION_MAC,    /* netsetup_conf.mac */
        OPTION_OWNER,  /* netsetup_conf.tap_uid, .tap_gid */
};

struct option_row {
        const char *name;
        const char *arg; /* how --help shows the value; NULL: none */
        enum option_type type;
        size_t offset;
        uint32_t min, max;
        unsigned commands;
        const char *help;
};

#define FIELD(f)  offsetof(struct options, f)
#define CMD_WIRES (CMD_PLAN | CMD_UP | CMD_RUN | CMD_DOMAIN)
#define CMD_ALL   (~0u)

/* clang-format off */
static const struct option_row rows[] = {
        { "netns", "NAME|PATH|PID", OPTION_TEXT, FIELD(netns), 0, 0, CMD_ALL,
          "work in that network namespace" },
        { "interface", "NAME", OPTION_TEXT, FIELD(net.interface), 0, 0, CMD_ALL,
          "the pod's interface (default: the default route's, else eth0)" },
        { "state-dir", "DIR", OPTION_TEXT, FIELD(net.state_dir), 0, 0, CMD_ALL,
          "where records are kept (default: /run/podgraft)" },
        { "mac", "MAC", OPTION_MAC, 0, 0, 0, CMD_WIRES,
          "the guest's MAC address (default: the pod interface's)" },
        { "mtu", "BYTES", OPTION_NUMBER, FIELD(net.mtu_bytes), 68, 65535, CMD_WIRES,
          "MTU of bridge, tap and guest (default: the pod interface's)" },
        { "tap-owner", "UID:GID", OPTION_OWNER, 0, 0, 0, CMD_WIRES,
          "who may open the tap without privileges" },
        { "queues", "N", OPTION_NUMBER, FIELD(net.queues), 1, 256, CMD_WIRES,
          "queues of the tap and the guest's interface (default: 1)" },
        { "resolv-conf", "FILE", OPTION_TEXT, FIELD(net.resolv_conf), 0, 0, CMD_WIRES,
          "nameservers and search list (default: /etc/netns/NAME/resolv.conf, /etc/resolv.conf)" },
        { "hostname", "NAME", OPTION_TEXT, FIELD(net.hostname), 0, 0, CMD_WIRES,
          "the guest's host name (default: the pod's; with --netns none)" },
        { "wait-interface", "SECONDS", OPTION_NUMBER, FIELD(net.wait_interface_sec), 0, 3600,
          CMD_WIRES, "wait for the interface to appear (default: 0)" },
        { "allow-host-network", NULL, OPTION_FLAG, FIELD(net.allow_host_network), 0, 0,
          CMD_PLAN | CMD_UP | CMD_RUN, "rewire even what looks like the host's own interface" },
        { "lease-time", "SECONDS", OPTION_LEASE, FIELD(lease_sec), 0, 0,
          CMD_UP | CMD_SERVE | CMD_RUN, "of the guest's address (default: infinite)" },
        { "no-serve", NULL, OPTION_FLAG, FIELD(no_serve), 0, 0, CMD_UP,
          "wire only; 'podgraft serve' answers later" },
        { "domain", "FILE", OPTION_TEXT, FIELD(domain), 0, 0, CMD_RUN | CMD_DOMAIN,
          "libvirt domain XML, '-' for standard input" },
        { "alias", "NAME", OPTION_TEXT, FIELD(alias), 0, 0, CMD_RUN | CMD_DOMAIN,
          "use the <interface> whose <alias name='ua-NAME'/> (default: the first)" },
        { "connect", "URI", OPTION_TEXT, FIELD(connect), 0, 0, CMD_RUN,
          "a libvirt daemon in the pod's namespace (default: embedded in the process)" },
        { "grace", "SECONDS", OPTION_NUMBER, FIELD(grace_sec), 0, 86400, CMD_RUN,
          "between asking the guest to shut down and destroying it (default: 30)" },
        { "for", "ready|lease", OPTION_CHOICE, FIELD(wait_for), 0, 0, CMD_WAIT,
          "wait until wired and serving, or until the guest has its lease (default: ready)" },
        { "timeout", "SECONDS", OPTION_NUMBER, FIELD(timeout_sec), 0, 86400, CMD_WAIT,
          "give up after that long (default: 60)" },
        { "check", NULL, OPTION_FLAG, FIELD(check), 0, 0, CMD_STATUS,
          "print nothing, exit 0 if wired and serving, else 3" },
        { "json", NULL, OPTION_FLAG, FIELD(json), 0, 0, CMD_PLAN | CMD_STATUS,
          "print JSON" },
        { "log-format", "text|json", OPTION_CHOICE, FIELD(log_format), 0, 0, CMD_ALL,
          "of the diagnostics on standard error (default: text)" },
        { "log-level", "error|warning|info|debug", OPTION_CHOICE, FIELD(log_level), 0, 0, CMD_ALL,
          "least important message to show (default: info)" },
        { "help", NULL, OPTION_FLAG, FIELD(help), 0, 0, CMD_ALL, "show this and exit" },
};
/* clang-format on */

static int parse_number(const struct option_row *row, const char *value, uint32_t *ret,
                        struct error *err)
{
        char *end = NULL;
        unsigned long n;

        errno = 0;
        n = strtoul(value, &end, 10);
        if (!isdigit((unsigned char)*value) || *end || errno || n < row->min || n > row->max)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "--%s '%s': give a number from %u to %u", row->name, value,
                                       row->min, row->max);
        *ret = (uint32_t)n;
        return 0;
}

/* Is @value one of the words of "a|b|c"? */
static bool is_choice(const char *choices, const char *value)
{
        size_t len = strlen(value);

        for (const char *word = choices; len > 0 && *word;) {
                size_t n = strcspn(word, "|");

                if (n == len && strncmp(word, value, n) == 0)
                        return true;
                word += n + (word[n] == '|');
        }
        return false;
}

static int parse_owner(const char *value, struct netsetup_conf *conf, struct error *err)
{
        unsigned uid, gid;
        char rest;

        if (!isdigit((unsigned char)*value) || sscanf(value, "%u:%u%c", &uid, &gid, &rest) != 2)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "--tap-owner '%s': give UID:GID in numbers, such as 107:107",
                                       value);
        conf->has_tap_owner = true;
        conf->tap_uid = uid;
        conf->tap_gid = gid;
        return 0;
}

static int row_store(const struct option_row *row, const char *value, struct options *options,
                     struct error *err)
{
        void *field = (char *)options + row->offset;
        struct option_row bounds = *row;

        switch (row->type) {
        case OPTION_FLAG:
                *(bool *)field = true;
                return 0;
        case OPTION_TEXT:
                if (!*value)
                        return error_set_class(err, ERROR_USAGE, -EINVAL,
                                               "--%s: the value is empty; give %s", row->name,
                                               row->arg);
                *(const char **)field = value;
                return 0;
        case OPTION_CHOICE:
                if (!is_choice(row->arg, value))
                        return error_set_class(err, ERROR_USAGE, -EINVAL, "--%s '%s': give %s",
                                               row->name, value, row->arg);
                *(const char **)field = value;
                return 0;
        case OPTION_LEASE:
                if (strcmp(value, "infinite") == 0) {
                        *(uint32_t *)field = DHCP_LEASE_INFINITE;
                        return 0;
                }
                bounds.min = 10; /* a client that renews at half of less would do nothing else */
                bounds.max = DHCP_LEASE_INFINITE - 1;
                return parse_number(&bounds, value, field, err);
        case OPTION_NUMBER:
                return parse_number(row, value, field, err);
        case OPTION_MAC:
                if (mac_parse(value, options->net.mac) < 0 || (options->net.mac[0] & 1))
                        return error_set_class(err, ERROR_USAGE, -EINVAL,
                                               "--mac '%s': give a unicast address such as "
                                               "02:00:00:00:00:07",
                                               value);
                options->net.has_mac = true;
                return 0;
        case OPTION_OWNER:
                return parse_owner(value, &options->net, err);
        }
        return 0;
}

static const struct option_row *row_find(enum command_bit command, const char *name, size_t len)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if ((rows[i].commands & command) && strlen(rows[i].name) == len &&
                    strncmp(rows[i].name, name, len) == 0)
                        return &rows[i];
        return NULL;
}

int options_parse(enum command_bit command, int argc, char **argv, struct options *ret,
                  struct error *err)
{
        struct options options = {
                .net.state_dir = "/run/podgraft",
                .lease_sec = DHCP_LEASE_INFINITE,
                .grace_sec = 30,
                .timeout_sec = 60,
                .wait_for = "ready",
        };

        for (int i = 0; i < argc; i++) {
                const char *arg = argv[i], *value = NULL;
                const struct option_row *row;
                size_t len;
                int r;

                if (strcmp(arg, "-h") == 0)
                        arg = "--help";
                if (strncmp(arg, "--", 2) != 0)
                        return error_set_class(err, ERROR_USAGE, -EINVAL,
                                               "unexpected argument '%s'; options begin with --",
                                               arg);
                len = strcspn(arg + 2, "=");
                row = row_find(command, arg + 2, len);
                if (!row)
                        return error_set_class(err, ERROR_USAGE, -EINVAL,
                                               "unknown option '%s'; --help lists the options",
                                               arg);
                if (arg[2 + len] == '=')
                        value = arg + 2 + len + 1;
                if (!row->arg && value)
                        return error_set_class(err, ERROR_USAGE, -EINVAL, "--%s takes no value",
                                               row->name);
                if (row->arg && !value) {
                        if (i + 1 >= argc)
                                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                                       "--%s needs a value: %s", row->name,
                                                       row->arg);
                        value = argv[++i];
                }
                r = row_store(row, value, &options, err);
                if (r < 0)
                        return r;
        }
        *ret = options;
        return 0;
}

void options_resolve(struct options *options)
{
        if (!options->net.resolv_conf && options->netns && !strchr(options->netns, '/')) {
                snprintf(options->resolv_conf_buf, sizeof(options->resolv_conf_buf),
                         "/etc/netns/%s/resolv.conf", options->netns);
                if (access(options->resolv_conf_buf, F_OK) == 0)
                        options->net.resolv_conf = options->resolv_conf_buf;
        }
        if (!options->net.resolv_conf)
                options->net.resolv_conf = "/etc/resolv.conf";
        /* From outside, the UTS name is the node's, which is no business of the guest's. */
        if (!options->net.hostname && !options->netns &&
            gethostname(options->hostname_buf, sizeof(options->hostname_buf) - 1) == 0)
                options->net.hostname = options->hostname_buf;
}

void options_print_help(enum command_bit command)
{
        printf("\nOptions:\n");
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char left[64];

                if (!(rows[i].commands & command))
                        continue;
                snprintf(left, sizeof(left), "--%s%s%s", rows[i].name, rows[i].arg ? " " : "",
                         rows[i].arg ? rows[i].arg : "");
                if (strlen(left) > 26)
                        printf("  %s\n  %-26s %s\n", left, "", rows[i].help);
                else
                        printf("  %-26s %s\n", left, rows[i].help);
        }
}
