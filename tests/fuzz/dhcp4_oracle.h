/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_oracle.h - a second opinion on DHCPv4 messages, written apart from dhcp/
 *
 * Slow and simple: each question walks the message again.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>

#include "dhcp/cursor.h"
#include "podgraft/dhcp.h"
#include "tests/fuzz/fuzz.h"

struct oracle {
        const uint8_t *data;
        size_t len;
        uint8_t op, htype, hlen;
        uint32_t xid;
        uint16_t flags;
        struct in_addr ciaddr, yiaddr, siaddr, giaddr;
        const uint8_t *chaddr; /* sixteen bytes */
};

/* RFC 2131 section 2; Return: false: too short, or without the cookie */
static inline bool oracle_read(const uint8_t *data, size_t len, struct oracle *ret)
{
        struct reader r = reader_init(data, len);

        *ret = (struct oracle){ .data = data, .len = len };
        ret->op = reader_u8(&r);
        ret->htype = reader_u8(&r);
        ret->hlen = reader_u8(&r);
        reader_u8(&r);
        ret->xid = reader_u32(&r);
        reader_u16(&r);
        ret->flags = reader_u16(&r);
        reader_copy(&r, &ret->ciaddr, 4);
        reader_copy(&r, &ret->yiaddr, 4);
        reader_copy(&r, &ret->siaddr, 4);
        reader_copy(&r, &ret->giaddr, 4);
        ret->chaddr = reader_take(&r, 16);
        reader_take(&r, 64 + 128);
        return reader_u32(&r) == 0x63825363 && !r.failed;
}

struct oracle_value {
        uint8_t data[4096];
        size_t len; /* bytes */
        unsigned n; /* how often it was there */
};

static inline void oracle_value_clear(struct oracle_value *value)
{
        value->len = value->n = 0; /* not the bytes: that would take longer than all the rest */
}

/* One option area into @ret, as far as it is well-formed; Return: false where it is not. */
static inline bool oracle_area(const uint8_t *area, size_t len, uint8_t code,
                               struct oracle_value *ret)
{
        struct reader r = reader_init(area, len);

        for (;;) {
                uint8_t c = reader_u8(&r), n;
                const uint8_t *value;

                if (r.failed || c == 255)
                        return !r.failed;
                if (c == 0)
                        continue;
                n = reader_u8(&r);
                value = reader_take(&r, n);
                if (!value)
                        return false;
                if (c != code)
                        continue;
                ret->n++;
                if (ret->len + n <= sizeof(ret->data)) {
                        memcpy(ret->data + ret->len, value, n);
                        ret->len += n;
                }
        }
}

/*
 * All of an option, joined as RFC 3396 section 7 says: options, then file, then sname.
 * Return: false: an area is malformed, or has no end
 */
static inline bool oracle_option(const struct oracle *m, uint8_t code, struct oracle_value *ret)
{
        const uint8_t *options = m->data + 240;
        uint8_t where;
        bool good;

        oracle_value_clear(ret);
        good = oracle_area(options, m->len - 240, 52, ret);
        where = ret->len == 1 ? ret->data[0] : 0;
        oracle_value_clear(ret);
        good = oracle_area(options, m->len - 240, code, ret) && good;
        if (where & 1)
                good = oracle_area(m->data + 108, 128, code, ret) && good;
        if (where & 2)
                good = oracle_area(m->data + 44, 64, code, ret) && good;
        return good;
}

/* RFC 2132 section 9.3 knows the values 1 to 3, and says nothing of two options 52. */
static inline bool oracle_is_ambiguous(const struct oracle *m)
{
        static struct oracle_value overload;

        oracle_value_clear(&overload);
        oracle_area(m->data + 240, m->len - 240, 52, &overload);
        return overload.n > 1 || (overload.n == 1 && (overload.len != 1 || overload.data[0] == 0 ||
                                                      overload.data[0] > 3));
}

/* A name of RFC 1035 section 4.1.4 at @at within @list; Return: where the next begins, 0: broken */
static inline size_t oracle_name(const struct oracle_value *list, size_t at, char ret[1024])
{
        size_t next = 0, used = 0;

        for (int jumps = 0; jumps < 64 && at < list->len;) {
                uint8_t label = list->data[at];

                if (label == 0) {
                        ret[used ? used - 1 : 0] = '\0';
                        return next ? next : at + 1;
                }
                if (label >= 0xc0) { /* backwards only, or it would not end */
                        size_t to;

                        if (at + 1 >= list->len)
                                return 0;
                        to = (size_t)(label & 0x3f) << 8 | list->data[at + 1];
                        if (to >= at)
                                return 0;
                        if (!next)
                                next = at + 2;
                        at = to;
                        jumps++;
                        continue;
                }
                if (label > 63 || at + 1 + label > list->len || used + label + 1 >= 1024)
                        return 0;
                memcpy(ret + used, list->data + at + 1, label);
                used += label;
                ret[used++] = '.';
                at += 1u + label;
        }
        return 0;
}
