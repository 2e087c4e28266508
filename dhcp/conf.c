/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/conf.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct reader conf_options(const struct dhcp_options *options)
{
        size_t n = options->n_bytes;

        return reader_init(options->bytes, n <= sizeof(options->bytes) ? n : 0);
}

bool conf_option_next(struct reader *r, struct conf_option *ret)
{
        struct conf_option option;

        option.code = reader_u16(r);
        option.audience = reader_u8(r);
        option.len = reader_u16(r);
        option.value = reader_take(r, option.len);
        if (r->failed)
                return false;
        *ret = option;
        return true;
}

bool conf_option_find(const struct dhcp_options *options, enum dhcp_audience audience,
                      uint16_t code, struct conf_option *ret)
{
        struct reader r = conf_options(options);
        struct conf_option option;

        while (conf_option_next(&r, &option))
                if (option.code == code && option.audience == audience) {
                        *ret = option;
                        return true;
                }
        return false;
}

int conf_option_put(struct dhcp_options *options, enum dhcp_audience audience, uint16_t code,
                    const void *value, size_t len)
{
        struct writer w = writer_init(options->bytes, sizeof(options->bytes));
        int n;

        w.len = options->n_bytes;
        write_u16(&w, code);
        write_u8(&w, (uint8_t)audience);
        write_u16(&w, (uint16_t)len);
        write_bytes(&w, value, len);
        n = writer_finish(&w);
        if (n < 0 || len > UINT16_MAX)
                return -ENOSPC;
        options->n_bytes = (uint32_t)n;
        return 0;
}

/*
 * FNV-1a: told from others of this pod's, not kept from anybody. A word at a time, of the mapping
 * itself: a copy would be memory that the responder keeps.
 */
uint64_t dhcp_conf_fingerprint(const struct dhcp_conf *conf)
{
        const size_t lease = offsetof(struct dhcp_conf, lease_sec);
        uint64_t hash = 0xcbf29ce484222325u, word;

        _Static_assert(sizeof(*conf) % sizeof(word) == 0, "the last bytes would not count");
        _Static_assert(offsetof(struct dhcp_conf, lease_sec) % sizeof(word) <= 4, "in one word");
        for (size_t i = 0; i < sizeof(*conf); i += sizeof(word)) {
                memcpy(&word, (const char *)conf + i, sizeof(word));
                if (i == lease - lease % sizeof(word)) /* it may differ */
                        memset((char *)&word + lease % sizeof(word), 0, sizeof(conf->lease_sec));
                hash = (hash ^ word) * 0x100000001b3u;
                hash ^= hash >> 32; /* the upper half of a word counts in all of it */
        }
        return hash;
}

/* Whole, and each with a code that its family has. */
static bool are_sound(const struct dhcp_options *options, uint16_t last_code)
{
        struct reader r = conf_options(options);
        struct conf_option option;

        while (r.left > 0)
                if (!conf_option_next(&r, &option) || option.code > last_code)
                        return false;
        return options->n_bytes <= sizeof(options->bytes);
}

bool conf_is_sound(const struct dhcp_conf *conf)
{
        return conf->magic == DHCP_CONF_MAGIC && conf->size == sizeof(*conf) &&
               conf->n_addresses6 <= DHCP_MAX_ADDRESSES6 && are_sound(&conf->options, UINT8_MAX) &&
               are_sound(&conf->options6, UINT16_MAX);
}
