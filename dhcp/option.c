/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option.c - the table of DHCPv4 options: adding one is adding a row
 *
 * Names are IANA's ("BOOTP Vendor Extensions and DHCP Options"), made into words.
 */
#include "dhcp/option.h"

#include <ctype.h>
#include <string.h>

/* clang-format off */
static const struct dhcp_option_row rows[] = {
        { DHCP4_NEXT_SERVER, TYPE_ADDR, "next-server", NULL },
        { 1, TYPE_OWNED, "subnet-mask", "it is that of the pod's address" },
        { 2, TYPE_S32, "time-offset", NULL },
        { 3, TYPE_OWNED, "router", "it is the default route of classless-routes" },
        { 4, TYPE_ADDRS, "time-servers", NULL },
        { 5, TYPE_ADDRS, "name-servers", NULL },
        { 6, TYPE_ADDRS, "dns-servers", NULL },
        { 7, TYPE_ADDRS, "log-servers", NULL },
        { 8, TYPE_ADDRS, "quotes-servers", NULL },
        { 9, TYPE_ADDRS, "lpr-servers", NULL },
        { 10, TYPE_ADDRS, "impress-servers", NULL },
        { 11, TYPE_ADDRS, "rlp-servers", NULL },
        { 12, TYPE_OWNED, "hostname", "give it with --hostname" },
        { 13, TYPE_U16, "boot-file-size", NULL },
        { 14, TYPE_TEXT, "merit-dump-file", NULL },
        { 15, TYPE_TEXT, "domain-name", NULL },
        { 16, TYPE_ADDR, "swap-server", NULL },
        { 17, TYPE_TEXT, "root-path", NULL },
        { 18, TYPE_TEXT, "extensions-path", NULL },
        { 19, TYPE_FLAG, "ip-forwarding", NULL },
        { 20, TYPE_FLAG, "source-routing", NULL },
        { 21, TYPE_ADDR_PAIRS, "policy-filter", NULL },
        { 22, TYPE_U16, "max-reassembly", NULL },
        { 23, TYPE_U8, "default-ttl", NULL },
        { 24, TYPE_U32, "mtu-timeout", NULL },
        { 25, TYPE_U16S, "mtu-plateau", NULL },
        { 26, TYPE_OWNED, "mtu", "give it with --mtu" },
        { 27, TYPE_FLAG, "mtu-subnet", NULL },
        { 28, TYPE_OWNED, "broadcast", "it is that of the pod's address" },
        { 29, TYPE_FLAG, "mask-discovery", NULL },
        { 30, TYPE_FLAG, "mask-supplier", NULL },
        { 31, TYPE_FLAG, "router-discovery", NULL },
        { 32, TYPE_ADDR, "router-request", NULL },
        { 33, TYPE_ADDR_PAIRS, "static-routes", NULL },
        { 34, TYPE_FLAG, "trailers", NULL },
        { 35, TYPE_U32, "arp-timeout", NULL },
        { 36, TYPE_FLAG, "ieee-802-3", NULL },
        { 37, TYPE_U8, "default-tcp-ttl", NULL },
        { 38, TYPE_U32, "keepalive-time", NULL },
        { 39, TYPE_FLAG, "keepalive-data", NULL },
        { 40, TYPE_TEXT, "nis-domain", NULL },
        { 41, TYPE_ADDRS, "nis-servers", NULL },
        { 42, TYPE_ADDRS, "ntp-servers", NULL },
        { 43, TYPE_HEX, "vendor-specific", NULL },
        { 44, TYPE_ADDRS, "netbios-name-servers", NULL },
        { 45, TYPE_ADDRS, "netbios-dist-servers", NULL },
        { 46, TYPE_U8, "netbios-node-type", NULL },
        { 47, TYPE_TEXT, "netbios-scope", NULL },
        { 48, TYPE_ADDRS, "x-window-font", NULL },
        { 49, TYPE_ADDRS, "x-window-manager", NULL },
        { 50, TYPE_OWNED, "requested-address", "only a client sends it" },
        { 51, TYPE_OWNED, "lease-time", "give it with --lease-time" },
        { 52, TYPE_OWNED, "overload", "it is used where a reply needs it" },
        { 53, TYPE_OWNED, "message-type", "it is the message's own" },
        { 54, TYPE_OWNED, "server-id", "the guest knows the responder by it" },
        { 55, TYPE_OWNED, "parameter-list", "only a client sends it" },
        { 56, TYPE_OWNED, "message", "it is a refusal's reason" },
        { 57, TYPE_OWNED, "max-message", "only a client sends it" },
        { 58, TYPE_OWNED, "renewal-time", "it follows from --lease-time" },
        { 59, TYPE_OWNED, "rebinding-time", "it follows from --lease-time" },
        { 60, TYPE_TEXT, "vendor-class", NULL },
        { 61, TYPE_OWNED, "client-id", "the client's own is sent back" },
        { 62, TYPE_TEXT, "netware-domain", NULL },
        { 63, TYPE_HEX, "netware-options", NULL },
        { 64, TYPE_TEXT, "nisplus-domain", NULL },
        { 65, TYPE_ADDRS, "nisplus-servers", NULL },
        { 66, TYPE_TEXT, "tftp-server-name", NULL },
        { 67, TYPE_TEXT, "bootfile-name", NULL },
        { 68, TYPE_ADDRS, "home-agents", NULL },
        { 69, TYPE_ADDRS, "smtp-servers", NULL },
        { 70, TYPE_ADDRS, "pop3-servers", NULL },
        { 71, TYPE_ADDRS, "nntp-servers", NULL },
        { 72, TYPE_ADDRS, "www-servers", NULL },
        { 73, TYPE_ADDRS, "finger-servers", NULL },
        { 74, TYPE_ADDRS, "irc-servers", NULL },
        { 75, TYPE_ADDRS, "streettalk-servers", NULL },
        { 76, TYPE_ADDRS, "stda-servers", NULL },
        { 77, TYPE_OWNED, "user-class", "only a client sends it" },
        { 80, TYPE_OWNED, "rapid-commit", "a client that offers it gets it" },
        { 81, TYPE_OWNED, "client-fqdn", "nobody here updates the DNS; see --hostname" },
        { 82, TYPE_OWNED, "relay-agent", "a relay's own is sent back" },
        { 90, TYPE_OWNED, "authentication", "the responder does not authenticate" },
        { 91, TYPE_OWNED, "last-transaction-time", "only a lease query is answered so" },
        { 92, TYPE_OWNED, "associated-ip", "only a lease query is answered so" },
        { 93, TYPE_OWNED, "client-arch", "only a client sends it" },
        { 94, TYPE_OWNED, "client-ndi", "only a client sends it" },
        { 97, TYPE_OWNED, "client-uuid", "the client's own is sent back" },
        { 100, TYPE_TEXT, "tz-posix", NULL },
        { 101, TYPE_TEXT, "tz-name", NULL },
        { 108, TYPE_U32, "ipv6-only-preferred", NULL },
        { 112, TYPE_ADDRS, "netinfo-servers", NULL },
        { 113, TYPE_TEXT, "netinfo-tag", NULL },
        { 114, TYPE_TEXT, "captive-portal", NULL },
        { 116, TYPE_OWNED, "auto-config", "the guest always gets an address" },
        { 117, TYPE_U16S, "name-service-search", NULL },
        { 118, TYPE_OWNED, "subnet-selection", "only a client sends it" },
        { 119, TYPE_DOMAINS, "domain-search", NULL },
        { 120, TYPE_HEX, "sip-servers", NULL },
        { 121, TYPE_ROUTES, "classless-routes", NULL },
        { 124, TYPE_HEX, "vendor-identifying-class", NULL },
        { 125, TYPE_HEX, "vendor-identifying-specific", NULL },
        { 138, TYPE_ADDRS, "capwap-servers", NULL },
        { 145, TYPE_OWNED, "forcerenew-nonce", "the responder does not authenticate" },
        { 150, TYPE_ADDRS, "tftp-server-address", NULL },
        { 208, TYPE_HEX, "pxelinux-magic", NULL },
        { 209, TYPE_TEXT, "pxelinux-configfile", NULL },
        { 210, TYPE_TEXT, "pxelinux-pathprefix", NULL },
        { 211, TYPE_U32, "pxelinux-reboottime", NULL },
        { 249, TYPE_ROUTES, "ms-classless-routes", NULL },
        { 252, TYPE_TEXT, "wpad-url", NULL },
};
/* clang-format on */

const struct dhcp_option_row *dhcp_option_table(size_t *ret_n)
{
        *ret_n = ARRAY_SIZE(rows);
        return rows;
}

/* --- one of the user's options --- */

/* Codes of the one family mean something else in the other. */
struct table {
        const struct dhcp_option_row *rows;
        size_t n;
        int64_t last_code;
        bool is_v6;
};

static struct table table_of(bool is_v6)
{
        struct table table = { .is_v6 = is_v6,
                               .last_code = is_v6 ? UINT16_MAX : DHCP4_OPT_END - 1 };

        table.rows = is_v6 ? dhcp_option6_table(&table.n) : dhcp_option_table(&table.n);
        return table;
}

static const struct dhcp_option_row *row_by_name(const struct table *table, const char *name,
                                                 size_t len)
{
        for (size_t i = 0; i < table->n; i++)
                if (strlen(table->rows[i].name) == len &&
                    strncmp(table->rows[i].name, name, len) == 0)
                        return &table->rows[i];
        return NULL;
}

/* No client asks for code 0, which is none of DHCP's: it has a name only. */
static const struct dhcp_option_row *row_by_code(const struct table *table, int64_t code)
{
        for (size_t i = 0; i < table->n; i++)
                if (table->rows[i].code == code && code != DHCP4_NEXT_SERVER)
                        return &table->rows[i];
        return NULL;
}

/* Which option "NAME" or "CODE" is; one that has no row gets one in @unnamed. */
static const struct dhcp_option_row *find_row(const struct table *table, const char *text,
                                              size_t len, struct dhcp_option_row *unnamed)
{
        char number[6] = "";
        const struct dhcp_option_row *row;
        int64_t code;

        if (len == 0 || !isdigit((unsigned char)*text))
                return row_by_name(table, text, len);
        if (len >= sizeof(number))
                return NULL;
        memcpy(number, text, len);
        if (option_parse_number(number, 1, table->last_code, &code) < 0)
                return NULL;
        row = row_by_code(table, code);
        if (row)
                return row;
        *unnamed = (struct dhcp_option_row){ .code = (uint16_t)code, .type = TYPE_HEX };
        return unnamed;
}

static bool skip_prefix(const char **text, const char *prefix)
{
        if (strncmp(*text, prefix, strlen(prefix)) != 0)
                return false;
        *text += strlen(prefix);
        return true;
}

static int parse_after_prefix(const struct table *table, const char *text, const char *name,
                              uint16_t *ret_code, struct writer *w, struct error *err)
{
        size_t len = strcspn(name, "=");
        const struct dhcp_option_row *row;
        struct dhcp_option_row unnamed;
        int r;

        if (name[len] != '=')
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "'%.64s': give [6:][ipxe:]NAME=VALUE or "
                                       "[6:][ipxe:]CODE=VALUE, such as ntp-servers=10.0.0.1",
                                       text);
        row = find_row(table, name, len, &unnamed);
        if (!row)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "'%.64s': there is no option '%.*s'%s; give a code from 1 "
                                       "to %lld or a name ('help' lists them)",
                                       text, len < 64 ? (int)len : 64, name,
                                       table->is_v6 ? " of DHCPv6" : "",
                                       (long long)table->last_code);
        if (row->type == TYPE_OWNED)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "'%.64s': option %u (%s) cannot be given: %s", text,
                                       row->code, row->name, row->why);
        *ret_code = row->code;
        r = option_encode(row, table->is_v6, name + len + 1, w, err);
        if (r < 0)
                error_context(err, "'%.64s'", text);
        return r;
}

int option_parse(const char *text, struct option_key *ret, struct writer *w, struct error *err)
{
        const char *name = text;
        struct option_key key = { .is_v6 = skip_prefix(&name, "6:") };
        struct table table = table_of(key.is_v6);
        int r;

        key.audience = skip_prefix(&name, "ipxe:") ? DHCP_IPXE : DHCP_EVERYBODY;
        r = parse_after_prefix(&table, text, name, &key.code, w, err);
        if (r < 0)
                return r;
        *ret = key;
        return 0;
}

const char *dhcp_option_name(bool is_v6, const char *key)
{
        struct table table = table_of(is_v6);

        for (size_t i = 0; i < table.n; i++) {
                const char *name = table.rows[i].name, *k = key;

                while (*k && *k == (*name == '-' ? '_' : *name))
                        k++, name++;
                if (*k == '\0' && *name == '\0')
                        return table.rows[i].name;
        }
        return NULL;
}

static void print_table(FILE *f, const struct table *table)
{
        for (size_t i = 0; i < table->n; i++) {
                const struct dhcp_option_row *row = &table->rows[i];
                char code[8] = "", name[64];

                if (row->type == TYPE_OWNED)
                        continue;
                if (row->code != DHCP4_NEXT_SERVER)
                        snprintf(code, sizeof(code), "%u", row->code);
                snprintf(name, sizeof(name), "%s%s", table->is_v6 ? "6:" : "", row->name);
                fprintf(f, "%4s  %-28s %s\n", code, name, option_expects(row->type));
        }
}

void dhcp_options_print(FILE *f)
{
        struct table v4 = table_of(false), v6 = table_of(true);

        print_table(f, &v4);
        print_table(f, &v6);
}
