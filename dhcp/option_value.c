/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option_value.c - the types of options: from text to what goes on the wire
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp/dhcp6_message.h"
#include "dhcp/option.h"

#define DOMAINS_MAX 128

/* --- encoders: 0, or -EINVAL; what does not fit in @w is noticed by the caller --- */

/* The next of "a, b, c", without the blanks around it. Return: its length; -EINVAL: an empty one */
static int next_item(const char **p, char *ret, size_t size)
{
        const char *begin = *p + strspn(*p, " "), *end = begin + strcspn(begin, ",");
        size_t len = (size_t)(end - begin);

        *p = *end == ',' ? end + 1 : end;
        while (len > 0 && begin[len - 1] == ' ')
                len--;
        if (len == 0 || len >= size || (*end == ',' && end[1] == '\0'))
                return -EINVAL;
        memcpy(ret, begin, len);
        ret[len] = '\0';
        return (int)len;
}

static int parse_v4(const char *text, struct in_addr *ret)
{
        struct ip_addr addr;

        if (ip_addr_parse(text, &addr) < 0 || addr.family != AF_INET)
                return -EINVAL;
        *ret = addr.v4;
        return 0;
}

static int encode_addrs(const char *value, struct writer *w)
{
        char item[IP_ADDR_TEXT_LEN];
        struct in_addr addr;

        do {
                if (next_item(&value, item, sizeof(item)) < 0 || parse_v4(item, &addr) < 0)
                        return -EINVAL;
                write_bytes(w, &addr, 4);
        } while (*value);
        return 0;
}

static int encode_addr(const char *value, struct writer *w)
{
        return strchr(value, ',') ? -EINVAL : encode_addrs(value, w);
}

static int encode_addr_pairs(const char *value, struct writer *w)
{
        size_t commas = 0;

        for (const char *p = value; *p; p++)
                commas += *p == ',';
        return commas % 2 == 1 ? encode_addrs(value, w) : -EINVAL;
}

static int encode_flag(const char *value, struct writer *w)
{
        bool on = strcmp(value, "on") == 0;

        if (!on && strcmp(value, "off") != 0)
                return -EINVAL;
        write_u8(w, on);
        return 0;
}

int option_parse_number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
        char *end = NULL;
        long long n;

        if (!isdigit((unsigned char)text[text[0] == '-']))
                return -EINVAL;
        errno = 0;
        n = strtoll(text, &end, 10);
        if (*end || errno || n < min || n > max)
                return -EINVAL;
        *ret = n;
        return 0;
}

static int encode_u8(const char *value, struct writer *w)
{
        int64_t n;

        if (option_parse_number(value, 0, UINT8_MAX, &n) < 0)
                return -EINVAL;
        write_u8(w, (uint8_t)n);
        return 0;
}

static int encode_u16(const char *value, struct writer *w)
{
        int64_t n;

        if (option_parse_number(value, 0, UINT16_MAX, &n) < 0)
                return -EINVAL;
        write_u16(w, (uint16_t)n);
        return 0;
}

static int encode_u16s(const char *value, struct writer *w)
{
        char item[8];

        do {
                if (next_item(&value, item, sizeof(item)) < 0 || encode_u16(item, w) < 0)
                        return -EINVAL;
        } while (*value);
        return 0;
}

static int encode_u32(const char *value, struct writer *w)
{
        int64_t n;

        if (option_parse_number(value, 0, UINT32_MAX, &n) < 0)
                return -EINVAL;
        write_u32(w, (uint32_t)n);
        return 0;
}

static int encode_s32(const char *value, struct writer *w)
{
        int64_t n;

        if (option_parse_number(value, INT32_MIN, INT32_MAX, &n) < 0)
                return -EINVAL;
        write_u32(w, (uint32_t)(int32_t)n);
        return 0;
}

/* RFC 2132 section 2: text has no NUL at its end. */
static int encode_text(const char *value, struct writer *w)
{
        if (!*value)
                return -EINVAL;
        write_bytes(w, value, strlen(value));
        return 0;
}

static int encode_hex(const char *value, struct writer *w)
{
        if (!*value)
                return -EINVAL;
        while (*value) {
                char byte[3] = { value[0], value[1], '\0' };

                if (!isxdigit((unsigned char)byte[0]) || !isxdigit((unsigned char)byte[1]))
                        return -EINVAL;
                write_u8(w, (uint8_t)strtoul(byte, NULL, 16));
                value += 2;
                if (*value == ':' && value[1])
                        value++;
        }
        return 0;
}

/* Where the name that begins at @suffix was written before. */
struct seen_name {
        const char *suffix;
        uint16_t offset;
};

struct compressor {
        struct seen_name seen[DOMAINS_MAX];
        size_t n, begin; /* of the list, in the writer */
};

static void write_domain(struct writer *w, const char *domain, struct compressor *c)
{
        while (*domain) {
                size_t label = strcspn(domain, "."), at = w->len - c->begin;

                for (size_t i = 0; i < c->n; i++)
                        if (strcmp(c->seen[i].suffix, domain) == 0) {
                                write_u16(w, (uint16_t)(0xc000 | c->seen[i].offset));
                                return;
                        }
                /* RFC 1035 section 4.1.4: a pointer has fourteen bits. */
                if (c->n < ARRAY_SIZE(c->seen) && at < 0x4000)
                        c->seen[c->n++] = (struct seen_name){ domain, (uint16_t)at };
                write_u8(w, (uint8_t)label);
                write_bytes(w, domain, label);
                domain += label + (domain[label] == '.');
        }
        write_u8(w, 0);
}

size_t write_domains(struct writer *w, const char (*domains)[PODNET_DOMAIN_LEN], size_t n)
{
        struct compressor c = { .begin = w->len };

        for (size_t i = 0; i < n; i++) {
                size_t before = w->len;

                write_domain(w, domains[i], &c);
                if (w->failed) {
                        w->failed = false;
                        w->len = before;
                        return i;
                }
        }
        return n;
}

void write_name(struct writer *w, const char *domain)
{
        while (*domain) {
                size_t label = strcspn(domain, ".");

                write_u8(w, (uint8_t)label);
                write_bytes(w, domain, label);
                domain += label + (domain[label] == '.');
        }
        write_u8(w, 0);
}

static int encode_domains(const char *value, struct writer *w)
{
        char domains[DOMAINS_MAX][PODNET_DOMAIN_LEN], item[PODNET_DOMAIN_LEN + 1];
        size_t n = 0;

        do {
                if (n == DOMAINS_MAX || next_item(&value, item, sizeof(item)) < 0 ||
                    !podnet_clean_domain(item, domains[n++]))
                        return -EINVAL;
        } while (*value);
        return write_domains(w, domains, n) == n ? 0 : -EINVAL;
}

void write_route(struct writer *w, const struct ip_prefix *dst, struct in_addr gateway)
{
        uint32_t mask = dst->len == 0 ? 0 : 0xffffffffu << (32 - dst->len);
        struct in_addr network = { htonl(ntohl(dst->addr.v4.s_addr) & mask) };

        write_u8(w, dst->len);
        write_bytes(w, &network, (size_t)(dst->len + 7) / 8);
        write_bytes(w, &gateway, 4);
}

/* "10.0.0.0/8 via 10.1.1.1"; without "via", on the link; "default" for 0.0.0.0/0 */
static int encode_routes(const char *value, struct writer *w)
{
        char item[64];

        do {
                struct in_addr gateway = { 0 };
                struct ip_prefix dst = { .addr.family = AF_INET };
                char *via;

                if (next_item(&value, item, sizeof(item)) < 0)
                        return -EINVAL;
                via = strstr(item, " via ");
                if (via) {
                        *via = '\0';
                        if (parse_v4(via + 5, &gateway) < 0)
                                return -EINVAL;
                }
                if (strcmp(item, "default") != 0 &&
                    (ip_prefix_parse(item, &dst) < 0 || dst.addr.family != AF_INET))
                        return -EINVAL;
                write_route(w, &dst, gateway);
        } while (*value);
        return 0;
}

/* --- encoders of DHCPv6 --- */

static int parse_v6(const char *text, struct in6_addr *ret)
{
        struct ip_addr addr;

        if (ip_addr_parse(text, &addr) < 0 || addr.family != AF_INET6)
                return -EINVAL;
        *ret = addr.v6;
        return 0;
}

static int encode_addrs6(const char *value, struct writer *w)
{
        char item[IP_ADDR_TEXT_LEN];
        struct in6_addr addr;

        do {
                if (next_item(&value, item, sizeof(item)) < 0 || parse_v6(item, &addr) < 0)
                        return -EINVAL;
                write_bytes(w, &addr, sizeof(addr));
        } while (*value);
        return 0;
}

static int encode_names(const char *value, struct writer *w)
{
        char item[PODNET_DOMAIN_LEN + 1], domain[PODNET_DOMAIN_LEN];

        do {
                if (next_item(&value, item, sizeof(item)) < 0 || !podnet_clean_domain(item, domain))
                        return -EINVAL;
                write_name(w, domain);
        } while (*value);
        return 0;
}

static int encode_name(const char *value, struct writer *w)
{
        return strchr(value, ',') ? -EINVAL : encode_names(value, w);
}

/* RFC 5908 section 4: each server in a suboption that says what it is. */
static int encode_ntp(const char *value, struct writer *w)
{
        char item[PODNET_DOMAIN_LEN + 1], domain[PODNET_DOMAIN_LEN];
        struct in6_addr addr;
        struct in_addr v4;
        size_t begin;

        do {
                if (next_item(&value, item, sizeof(item)) < 0 || parse_v4(item, &v4) == 0)
                        return -EINVAL;
                if (parse_v6(item, &addr) == 0) {
                        write_option6(w,
                                      IN6_IS_ADDR_MULTICAST(&addr) ? DHCP6_NTP_MULTICAST
                                                                   : DHCP6_NTP_ADDRESS,
                                      &addr, sizeof(addr));
                        continue;
                }
                if (!podnet_clean_domain(item, domain))
                        return -EINVAL;
                begin = begin_option6(w, DHCP6_NTP_NAME);
                write_name(w, domain);
                end_option6(w, begin);
        } while (*value);
        return 0;
}

/* RFC 5970 section 3.2: each parameter with its length before it. */
static int encode_params(const char *value, struct writer *w)
{
        char item[DHCP_USER_BYTES];

        do {
                int len = next_item(&value, item, sizeof(item));

                if (len < 0)
                        return -EINVAL;
                write_u16(w, (uint16_t)len);
                write_bytes(w, item, (size_t)len);
        } while (*value);
        return 0;
}

/* --- types --- */

static const struct {
        const char *prefix; /* how a value can say that it is of this type */
        const char *expects;
        int (*encode)(const char *value, struct writer *w);
} types[] = {
        [TYPE_ADDRS] = { "ip", "IPv4 addresses, such as 10.0.0.1,10.0.0.2", encode_addrs },
        [TYPE_ADDR] = { "ip", "one IPv4 address, such as 10.0.0.1", encode_addr },
        [TYPE_ADDR_PAIRS] = { "ip", "pairs of IPv4 addresses, such as 10.1.0.0,10.0.0.1",
                              encode_addr_pairs },
        [TYPE_FLAG] = { "flag", "on or off", encode_flag },
        [TYPE_U8] = { "u8", "a number from 0 to 255", encode_u8 },
        [TYPE_U16] = { "u16", "a number from 0 to 65535", encode_u16 },
        [TYPE_U16S] = { "u16s", "numbers from 0 to 65535, such as 68,1500", encode_u16s },
        [TYPE_U32] = { "u32", "a number from 0 to 4294967295", encode_u32 },
        [TYPE_S32] = { "s32", "a number from -2147483648 to 2147483647", encode_s32 },
        [TYPE_TEXT] = { "text", "text", encode_text },
        [TYPE_HEX] = { "hex", "hexadecimal bytes, such as 0a:0b:0c or 0a0b0c", encode_hex },
        [TYPE_DOMAINS] = { "domains", "domain names, such as a.example,b.example", encode_domains },
        [TYPE_ROUTES] = { "routes",
                          "routes, such as '10.0.0.0/8 via 10.1.0.1, default via 10.1.0.2'",
                          encode_routes },
        [TYPE_ADDRS6] = { "ip", "IPv6 addresses, such as fd00::1,fd00::2", encode_addrs6 },
        [TYPE_NAMES] = { "domains", "domain names, such as a.example,b.example", encode_names },
        [TYPE_NAME] = { "domains", "one domain name, such as a.example", encode_name },
        [TYPE_NTP] = { "ntp", "IPv6 addresses or names, such as fd00::1,ntp.example", encode_ntp },
        [TYPE_PARAMS] = { "params", "texts, such as quiet,root=/dev/vda", encode_params },
};

/*
 * The type that "TYPE:" in front of @value names: an address or a name is of the option's family.
 * Return: false: there is none
 */
static bool explicit_type(const char *value, bool is_v6, enum dhcp_type *ret)
{
        size_t first = is_v6 ? FIRST_TYPE_OF_6 : TYPE_ADDRS;

        for (size_t i = first; i < ARRAY_SIZE(types); i++) {
                size_t len = strlen(types[i].prefix);

                if (strncmp(value, types[i].prefix, len) == 0 && value[len] == ':') {
                        *ret = (enum dhcp_type)i;
                        return is_v6 || i <= LAST_TYPE_OF_4;
                }
        }
        return false;
}

const char *option_expects(enum dhcp_type type)
{
        return types[type].expects;
}

static void describe_row(const struct dhcp_option_row *row, bool is_v6, char *ret, size_t size)
{
        const char *family = is_v6 ? "DHCPv6 " : "";

        if (row->code == DHCP4_NEXT_SERVER)
                snprintf(ret, size, "%s", row->name);
        else if (row->name)
                snprintf(ret, size, "%soption %u (%s)", family, row->code, row->name);
        else
                snprintf(ret, size, "%soption %u", family, row->code);
}

int option_encode(const struct dhcp_option_row *row, bool is_v6, const char *value,
                  struct writer *w, struct error *err)
{
        enum dhcp_type type = row->type, given;
        char what[64];

        describe_row(row, is_v6, what, sizeof(what));
        if (explicit_type(value, is_v6, &given)) {
                bool same = strcmp(types[given].prefix, types[type].prefix) == 0;

                if (row->name && !same && given != TYPE_HEX)
                        return error_set_class(err, ERROR_USAGE, -EINVAL, "%s takes %s", what,
                                               types[type].expects);
                if (!same)
                        type = given;
                value += strlen(types[given].prefix) + 1;
        }
        if (types[type].encode(value, w) < 0)
                return error_set_class(err, ERROR_USAGE, -EINVAL, "%s takes %s; '%.64s' is not%s",
                                       what, types[type].expects, value,
                                       row->name || type != TYPE_HEX
                                               ? ""
                                               : " (another type goes in front of its value: "
                                                 "text:, ip:, u8:, u16:, u32:, …)");
        if (w->failed)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "%s: the value is too long; all options together have "
                                       "%u bytes",
                                       what, DHCP_USER_BYTES);
        return 0;
}
