/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options.c - the table of options: adding one is adding a row
 *
 * Where values come from, and in which order, is in option_sources.c.
 */
#include <ctype.h>
#include <string.h>

#include "launcher/option_table.h"
#include "podgraft/json.h"
#include "podgraft/name.h"

#define FIELD(f)    offsetof(struct options, f)
#define CMD_GRAFTS  (CMD_PLAN | CMD_UP | CMD_RUN)
#define CMD_WIRES   (CMD_GRAFTS | CMD_DOMAIN)
#define CMD_ALL     (~(unsigned)(CMD_TYPED | CMD_NETWORK | CMD_INTERFACE | CMD_COMPLETION))
#define HELP_COLUMN 29
#define HELP_WIDTH  79

/* clang-format off */
const struct option_row option_rows[] = {
        { "netns", "NAME|PATH|PID", VALUE_TEXT, FIELD(netns), CMD_ALL, 0, 0, "the one it runs in",
          "work in that network namespace" },
        { "interface", "NAME", VALUE_NAMES, FIELD(net.interface), CMD_ALL | CMD_NETWORK, 0, 0,
          "the default route's, else eth0", "an interface of the pod's; can be repeated" },
        { "state-dir", "DIR", VALUE_TEXT, FIELD(net.state_dir), CMD_ALL | CMD_NETWORK, 0, 0,
          "=/run/podgraft", "where records are kept" },
        { "config", "FILE", VALUE_TEXT, FIELD(config), CMD_ALL, 0, 0, "none",
          "JSON file with options; the environment and the command line come before it" },
        { "mac", "MAC", VALUE_MAC, 0, CMD_WIRES | CMD_INTERFACE, 0, 0, "the pod interface's",
          "the guest's MAC address" },
        { "mtu", "BYTES", VALUE_NUMBER, FIELD(net.mtu_bytes), CMD_WIRES | CMD_INTERFACE | CMD_NETWORK, 68, 65535,
          "the pod interface's", "MTU that the guest is told" },
        { "tap-owner", "UID:GID", VALUE_OWNER, FIELD(net.tap_owner), CMD_WIRES | CMD_NETWORK, 0, 0, "nobody",
          "who may open the tap without privileges" },
        { "queues", "N", VALUE_NUMBER, FIELD(net.queues), CMD_WIRES | CMD_INTERFACE | CMD_NETWORK, 1, 256, "=1",
          "queues of the tap and the guest's interface" },
        { "resolv-conf", "FILE", VALUE_TEXT, FIELD(net.resolv_conf), CMD_WIRES | CMD_INTERFACE | CMD_NETWORK, 0, 0,
          "/etc/netns/NAME/resolv.conf, else /etc/resolv.conf", "nameservers and search list" },
        { "hostname", "NAME", VALUE_TEXT, FIELD(net.hostname), CMD_WIRES | CMD_INTERFACE | CMD_NETWORK, 0, 0,
          "the pod's; with --netns none", "the guest's host name" },
        { "wait-interface", "SECONDS", VALUE_NUMBER, FIELD(net.wait_interface_sec),
          CMD_WIRES | CMD_NETWORK, 0, 3600, "=0", "wait for the interface to appear" },
        { "allow-host-network", NULL, VALUE_FLAG, FIELD(net.allow_host_network),
          CMD_GRAFTS | CMD_DOCTOR | CMD_NETWORK, 0, 0, NULL,
          "rewire even what looks like the host's own interface" },
        { "no-keep-address", NULL, VALUE_FLAG, FIELD(net.no_keep_address), CMD_GRAFTS | CMD_NETWORK,
          0, 0, NULL, "keep no interface with the pod's old name and addresses" },
        { "no-filter", NULL, VALUE_FLAG, FIELD(net.no_filter), CMD_GRAFTS | CMD_NETWORK, 0, 0, NULL,
          "let the guest use an outside DHCP server: filter nothing" },
        { "anti-spoof", NULL, VALUE_FLAG, FIELD(net.anti_spoof), CMD_GRAFTS | CMD_NETWORK, 0, 0,
          NULL, "let only the guest's MAC and the pod's addresses out" },
        { "force", NULL, VALUE_FLAG, FIELD(force), CMD_DOWN | CMD_TYPED, 0, 0, NULL,
          "without a record: restore what the links' marks tell, and list what they do not" },
        { "dhcp", "both|v4|v6|off", VALUE_CHOICE, FIELD(net.dhcp), CMD_GRAFTS | CMD_INTERFACE | CMD_NETWORK, 0, 0, "=both",
          "which DHCP podgraft answers; the other is the segment's" },
        { "ipv6", "auto|ra-only|slaac|off", VALUE_CHOICE, FIELD(net.ipv6), CMD_GRAFTS | CMD_INTERFACE | CMD_NETWORK, 0, 0,
          "=auto", "tell the guest of IPv6 as the pod has it; without DHCPv6; let the segment's routers tell "
          "it; let nobody" },
        { "lease-time", "SECONDS", VALUE_LEASE, FIELD(lease_sec), CMD_UP | CMD_RUN | CMD_INTERFACE | CMD_NETWORK, 0, 0,
          "=infinite", "of the guest's address" },
        { "dhcp-option", "NAME|CODE=VALUE", VALUE_DHCP, 0, CMD_GRAFTS | CMD_INTERFACE | CMD_NETWORK, 0, 0, "none",
          "tell the guest by DHCP as well; can be repeated; 'help' lists names and types" },
        { "no-serve", NULL, VALUE_FLAG, FIELD(no_serve), CMD_UP, 0, 0, NULL,
          "wire only; 'podgraft serve' answers later" },
        { "domain", "FILE", VALUE_TEXT, FIELD(domain), CMD_RUN | CMD_DOMAIN | CMD_DEFINE, 0, 0, NULL,
          "libvirt domain XML, '-' for standard input; of onDefineDomain the XML itself" },
        { "vmi", "FILE", VALUE_TEXT, FIELD(vmi), CMD_WIRES | CMD_DEFINE, 0, 0, "none",
          "KubeVirt's VirtualMachineInstance; of onDefineDomain the JSON itself" },
        { "network-status", "FILE", VALUE_TEXT, FIELD(network_status), CMD_WIRES | CMD_DEFINE, 0, 0, "none",
          "Multus' annotation of that name, which knows what the pod's interfaces are called" },
        { "vif-cache", "FILE", VALUE_TEXT, FIELD(vif_cache), CMD_GRAFTS, 0, 0, "none",
          "serve a pod that KubeVirt wired, by what it keeps of it there; change nothing" },
        { "alias", "NAME", VALUE_TEXT, FIELD(alias), CMD_RUN | CMD_DOMAIN | CMD_INTERFACE | CMD_NETWORK, 0, 0,
          "the first", "use the <interface> whose <alias name='ua-NAME'/>" },
        { "model", "NAME", VALUE_TEXT, FIELD(model), CMD_INTERFACE, 0, 0, "the domain's, else virtio",
          "of the domain's <interface>" },
        { "boot-order", "N", VALUE_NUMBER, FIELD(boot_order), CMD_INTERFACE, 1, 999, "none",
          "of the domain's <interface>" },
        { "pci-address", "ADDRESS", VALUE_PCI, FIELD(pci_address), CMD_INTERFACE, 0, 0,
          "in the order of the interfaces", "of the domain's <interface>" },
        { "acpi-index", "N", VALUE_NUMBER, FIELD(acpi_index), CMD_INTERFACE, 1, 16383, "none",
          "of the domain's <interface>: the guest calls it enoN" },
        { "connect", "URI", VALUE_TEXT, FIELD(connect), CMD_RUN, 0, 0, "embedded in the process",
          "a libvirt daemon in the pod's namespace" },
        { "run-as", "UID:GID", VALUE_OWNER, FIELD(run_as), CMD_RUN, 0, 0, "podgraft's own",
          "who runs libvirt and QEMU, without any capability; owns the tap too" },
        { "attached", NULL, VALUE_FLAG, FIELD(attached), CMD_RUN, 0, 0, NULL,
          "neither wire nor serve nor restore: other containers of the pod do" },
        { "libvirt-dir", "DIR", VALUE_TEXT, FIELD(libvirt_dir), CMD_RUN, 0, 0,
          "=/var/lib/podgraft/libvirt", "files of the embedded libvirt, with --attached" },
        { "ready-fd", "N", VALUE_NUMBER, FIELD(ready_fd), CMD_UP | CMD_RUN | CMD_TYPED, 3, 1023,
          "none", "write a line to that descriptor once wired and serving, and close it" },
        { "grace", "SECONDS", VALUE_NUMBER, FIELD(grace_sec), CMD_RUN, 0, 86400, "=30",
          "between asking the guest to shut down and destroying it" },
        { "for", "ready|lease", VALUE_CHOICE, FIELD(wait_for), CMD_WAIT | CMD_TYPED, 0, 0, "=ready",
          "wait until wired and serving, or until the guest has its lease" },
        { "timeout", "SECONDS", VALUE_NUMBER, FIELD(timeout_sec), CMD_WAIT | CMD_TYPED, 0, 86400,
          "=60", "give up after that long" },
        { "check", "[startup|ready|live]", VALUE_CHOICE, FIELD(check), CMD_STATUS | CMD_TYPED, 0, 0,
          "startup", "print nothing, exit 0 if wired and serving, if the guest has its lease, or if "
          "the responder lives, else 3" },
        { "json", NULL, VALUE_FLAG, FIELD(json), CMD_PLAN | CMD_STATUS | CMD_CONFIG | CMD_DOCTOR | CMD_TYPED,
          0, 0, NULL, "print JSON" },
        { "prometheus", NULL, VALUE_FLAG, FIELD(prometheus), CMD_STATUS | CMD_TYPED, 0, 0, NULL,
          "print metrics for Prometheus" },
        { "output", "FILE", VALUE_TEXT, FIELD(output), CMD_STATUS | CMD_TYPED, 0, 0, "standard output",
          "with --prometheus: a file for a textfile collector, replaced as a whole" },
        { "schema", NULL, VALUE_FLAG, FIELD(schema), CMD_CONFIG | CMD_TYPED, 0, 0, NULL,
          "print the JSON Schema of the file for --config" },
        { "write", "FILE", VALUE_TEXT, FIELD(write), CMD_CAPTURE | CMD_TYPED, 0, 0, NULL,
          "write a pcapng file instead of lines" },
        { "count", "N", VALUE_NUMBER, FIELD(count), CMD_CAPTURE | CMD_TYPED, 1, UINT32_MAX, "all",
          "end after so many frames" },
        { "install", NULL, VALUE_FLAG, FIELD(install), CMD_HOOK | CMD_TYPED, 0, 0, NULL,
          "make libvirt call podgraft" },
        { "uninstall", NULL, VALUE_FLAG, FIELD(uninstall), CMD_HOOK | CMD_TYPED, 0, 0, NULL,
          "undo --install" },
        { "hooks-dir", "DIR", VALUE_TEXT, FIELD(hooks_dir), CMD_HOOK | CMD_TYPED, 0, 0,
          "=/etc/libvirt/hooks", "where libvirt looks for hooks" },
        { "log-format", "text|json", VALUE_CHOICE, FIELD(log_format), CMD_ALL | CMD_NETWORK, 0, 0,
          "=text", "of the diagnostics on standard error" },
        { "log-level", "error|warning|info|debug", VALUE_CHOICE, FIELD(log_level),
          CMD_ALL | CMD_NETWORK, 0, 0, "=info", "least important message to show" },
        { "help", NULL, VALUE_FLAG, FIELD(help), CMD_ALL | CMD_COMPLETION | CMD_TYPED, 0, 0, NULL,
          "show this and exit" },
};
/* clang-format on */
const size_t n_option_rows = ARRAY_SIZE(option_rows);

_Static_assert(ARRAY_SIZE(option_rows) <= OPTIONS_MAX, "struct options has room for every row");

static int parse_number(const struct option_row *row, const char *label, const char *value,
                        uint32_t *ret, struct error *err)
{
        char *end = NULL;
        unsigned long n;

        errno = 0;
        n = strtoul(value, &end, 10);
        if (!isdigit((unsigned char)*value) || *end || errno || n < row->min || n > row->max)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "%s '%s': give a number from %u to %u", label, value,
                                       row->min, row->max);
        *ret = (uint32_t)n;
        return 0;
}

const char *option_word(const struct option_row *row, const char *after, size_t *len)
{
        const char *word = after ? after + *len : row->arg;

        word += strspn(word, "[|]");
        *len = strcspn(word, "|]");
        return *len > 0 ? word : NULL;
}

bool option_has_word(const struct option_row *row, const char *value)
{
        size_t len;

        for (const char *word = NULL; (word = option_word(row, word, &len));)
                if (strlen(value) == len && strncmp(word, value, len) == 0)
                        return true;
        return false;
}

bool option_is_fine_alone(const struct option_row *row)
{
        return !row->arg || row->arg[0] == '[';
}

static int parse_owner(const char *label, const char *value, struct owner *ret, struct error *err)
{
        unsigned uid, gid;
        char rest;

        if (!isdigit((unsigned char)*value) || sscanf(value, "%u:%u%c", &uid, &gid, &rest) != 2)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "%s '%s': give UID:GID in numbers, such as 107:107", label,
                                       value);
        *ret = (struct owner){ true, uid, gid };
        return 0;
}

static int parse_flag(const char *label, const char *value, bool *ret, struct error *err)
{
        static const char *const yes[] = { "yes", "true", "on", "1" };
        static const char *const no[] = { "no", "false", "off", "0" };

        for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
                if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
                        *ret = strcmp(value, yes[i]) == 0;
                        return 0;
                }
        return error_set_class(err, ERROR_USAGE, -EINVAL, "%s '%s': give yes or no", label, value);
}

static int parse_lease(const struct option_row *row, const char *label, const char *value,
                       uint32_t *ret, struct error *err)
{
        struct option_row bounds = *row;

        if (strcmp(value, "infinite") == 0) {
                *ret = DHCP_LEASE_INFINITE;
                return 0;
        }
        bounds.min = 10; /* a client that renews at half of less would do nothing else */
        bounds.max = DHCP_LEASE_INFINITE - 1;
        return parse_number(&bounds, label, value, ret, err);
}

/* All that were given so far are looked at together: none may be there twice. */
static int parse_dhcp(const char *label, const char *value, struct options *options,
                      struct error *err)
{
        int r;

        if (strcmp(value, "help") == 0) {
                options->list_dhcp_options = true;
                return 0;
        }
        if (options->n_dhcp_options == ARRAY_SIZE(options->dhcp_options))
                return error_set_class(err, ERROR_USAGE, -EINVAL, "%s: at most %u can be given",
                                       label, DHCP_MAX_USER_OPTIONS);
        options->dhcp_options[options->n_dhcp_options++] = value;
        r = dhcp_options_check(options->dhcp_options, options->n_dhcp_options, err);
        return r < 0 ? error_context(err, "%s", label) : 0;
}

const char *options_keep(struct options *options, const char *text, size_t len)
{
        struct json_object *kept = json_object_new_string_len(text, (int)len);

        if (!options->texts)
                options->texts = json_object_new_array();
        json_object_array_add(options->texts, kept);
        return json_object_get_string(kept);
}

static int parse_one_name(const char *label, const char *name, struct options *options,
                          struct error *err)
{
        if (!interface_name_is_valid(name))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "%s '%s': give " INTERFACE_NAME_RULE, label, name);
        for (size_t i = 0; i < options->n_names; i++)
                if (strcmp(options->names[i], name) == 0)
                        return error_set_class(err, ERROR_USAGE, -EINVAL, "%s: '%s' is given twice",
                                               label, name);
        if (options->n_names == ARRAY_SIZE(options->names))
                return error_set_class(err, ERROR_USAGE, -EINVAL, "%s: at most %u can be given",
                                       label, POD_INTERFACES_MAX);
        options->names[options->n_names++] = name;
        options->net.interface = options->names[0];
        return 0;
}

/* Where one value has to hold many, blanks part them: no interface has any in its name. */
static int parse_names(const char *label, const char *value, struct options *options,
                       struct error *err)
{
        static const char blanks[] = " \t\r\n";

        if (!value[strspn(value, blanks)])
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "%s: the value is empty; give NAME", label);
        while (*(value += strspn(value, blanks))) {
                size_t len = strcspn(value, blanks);
                const char *name = value[len] ? options_keep(options, value, len) : value;
                int r = parse_one_name(label, name, options, err);

                if (r < 0)
                        return r;
                value += len;
        }
        return 0;
}

/* As sysfs and lspci write it. */
static int parse_pci(const char *label, const char *value, const char **ret, struct error *err)
{
        static const char form[] = "xxxx:xx:xx.7";
        bool good = strlen(value) == strlen(form);

        for (size_t i = 0; good && i < strlen(form); i++)
                good = form[i] == 'x'   ? isxdigit((unsigned char)value[i])
                       : form[i] == '7' ? value[i] >= '0' && value[i] <= '7'
                                        : value[i] == form[i];
        if (!good)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "%s '%s': give an address such as 0000:81:00.0", label,
                                       value);
        *ret = value;
        return 0;
}

static int parse_value(const struct option_row *row, const char *label, const char *value,
                       struct options *options, struct error *err)
{
        void *field = (char *)options + row->offset;

        switch (row->type) {
        case VALUE_FLAG:
                return parse_flag(label, value, field, err);
        case VALUE_TEXT:
                if (!*value)
                        return error_set_class(err, ERROR_USAGE, -EINVAL,
                                               "%s: the value is empty; give %s", label, row->arg);
                *(const char **)field = value;
                return 0;
        case VALUE_CHOICE:
                if (!option_has_word(row, value))
                        return error_set_class(err, ERROR_USAGE, -EINVAL, "%s '%s': give %s", label,
                                               value, row->arg);
                *(const char **)field = value;
                return 0;
        case VALUE_LEASE:
                return parse_lease(row, label, value, field, err);
        case VALUE_NUMBER:
                return parse_number(row, label, value, field, err);
        case VALUE_MAC:
                if (mac_parse(value, options->net.mac) < 0 || (options->net.mac[0] & 1))
                        return error_set_class(err, ERROR_USAGE, -EINVAL,
                                               "%s '%s': give a unicast address such as "
                                               "02:00:00:00:00:07",
                                               label, value);
                options->net.has_mac = true;
                return 0;
        case VALUE_OWNER:
                return parse_owner(label, value, field, err);
        case VALUE_NAMES:
                return parse_names(label, value, options, err);
        case VALUE_PCI:
                return parse_pci(label, value, field, err);
        case VALUE_DHCP:
                return parse_dhcp(label, value, options, err);
        }
        return 0;
}

int option_store(const struct option_row *row, const char *label, const char *value,
                 enum option_source source, struct options *options, struct error *err)
{
        struct option_given *given = &options->given[row - option_rows];
        int r;

        /* Like any other, a list of one source replaces what came from the source before. */
        if (row->type == VALUE_DHCP && given->source != source)
                options->n_dhcp_options = 0;
        if (row->type == VALUE_NAMES && given->source != source)
                options->n_names = 0;
        r = parse_value(row, label, value, options, err);
        if (r < 0)
                return r;
        *given = (struct option_given){ source, value };
        return 0;
}

bool option_is_common(const struct option_row *row)
{
        return !(row->commands & CMD_TYPED) && row->commands != CMD_INTERFACE;
}

bool option_is_known(const struct option_row *row, enum command_bit command)
{
        if (command == CMD_CONFIG && option_is_common(row))
                return true; /* it shows what the others would take */
        return row->commands & command;
}

const struct option_row *option_find(enum command_bit command, const char *name, size_t len)
{
        for (size_t i = 0; i < n_option_rows; i++)
                if (option_is_known(&option_rows[i], command) &&
                    strlen(option_rows[i].name) == len &&
                    strncmp(option_rows[i].name, name, len) == 0)
                        return &option_rows[i];
        return NULL;
}

const char *option_key(const struct option_row *row, char ret[32])
{
        snprintf(ret, 32, "%s", row->name);
        for (char *p = ret; *p; p++)
                *p = *p == '-' ? '_' : *p;
        return ret;
}

/* Breaks lines between words; @column: where the cursor is. */
static size_t print_wrapped(const char *text, size_t column, size_t indent)
{
        while (*(text += strspn(text, " "))) {
                size_t len = strcspn(text, " ");

                if (column + 1 + len > HELP_WIDTH) {
                        printf("\n%*s", (int)indent, "");
                        column = indent;
                }
                printf(" %.*s", (int)len, text);
                column += 1 + len;
                text += len;
        }
        return column;
}

static void print_row(const struct option_row *row)
{
        char left[64], standard[64];
        size_t column;

        snprintf(left, sizeof(left), "--%s%s%s", row->name, row->arg ? " " : "",
                 row->arg ? row->arg : "");
        if (strlen(left) > HELP_COLUMN - 3)
                printf("  %s\n%*s", left, HELP_COLUMN - 1, "");
        else
                printf("  %-*s", HELP_COLUMN - 3, left);
        column = print_wrapped(row->help, HELP_COLUMN - 1, HELP_COLUMN - 1);
        if (row->standard) {
                snprintf(standard, sizeof(standard), "(%s: %s)",
                         option_is_fine_alone(row) ? "alone" : "default",
                         row->standard + (row->standard[0] == '='));
                print_wrapped(standard, column, HELP_COLUMN - 1);
        }
        printf("\n");
}

void options_print_help(enum command_bit command)
{
        printf("\nOptions:\n");
        for (size_t i = 0; i < n_option_rows; i++)
                if (option_is_known(&option_rows[i], command))
                        print_row(&option_rows[i]);
}

void options_print_attributes(void)
{
        size_t column = 1;

        printf("\nAttributes of <podgraft:network> in the domain's metadata:\n ");
        for (size_t i = 0; i < n_option_rows; i++) {
                if (option_rows[i].commands & CMD_NETWORK)
                        column = print_wrapped(option_rows[i].name, column, 1);
        }
        printf("\n");
}
