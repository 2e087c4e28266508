/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cursor.h - bytes in and out, with failures that stick; the only pointer arithmetic in dhcp/
 *
 * Numbers are big-endian on the wire. After a failure a reader gives zeros and NULL, a writer
 * writes nothing; it is asked once, at the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
        const uint8_t *p;
        size_t left; /* bytes */
        bool failed;
};

static inline struct reader reader_init(const void *data, size_t len)
{
        return (struct reader){ .p = data, .left = len };
}

/** reader_take() - the next @n bytes, or NULL */
static inline const uint8_t *reader_take(struct reader *r, size_t n)
{
        const uint8_t *p = r->p;

        if (r->failed || n > r->left) {
                r->failed = true;
                return NULL;
        }
        r->p += n;
        r->left -= n;
        return p;
}

static inline uint8_t reader_u8(struct reader *r)
{
        const uint8_t *p = reader_take(r, 1);

        return p ? p[0] : 0;
}

static inline uint16_t reader_u16(struct reader *r)
{
        const uint8_t *p = reader_take(r, 2);

        return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t reader_u32(struct reader *r)
{
        const uint8_t *p = reader_take(r, 4);

        return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

/** reader_copy() - the next @n bytes into @ret, which stays as it was on failure */
static inline void reader_copy(struct reader *r, void *ret, size_t n)
{
        const uint8_t *p = reader_take(r, n);

        if (p)
                memcpy(ret, p, n);
}

struct writer {
        uint8_t *buf;
        size_t size, len; /* bytes */
        bool failed;
};

static inline struct writer writer_init(void *buf, size_t size)
{
        return (struct writer){ .buf = buf, .size = size };
}

static inline void write_bytes(struct writer *w, const void *data, size_t n)
{
        if (w->failed || n > w->size - w->len) {
                w->failed = true;
                return;
        }
        if (n > 0)
                memcpy(w->buf + w->len, data, n);
        w->len += n;
}

static inline void write_u8(struct writer *w, uint8_t v)
{
        write_bytes(w, &v, 1);
}

static inline void write_u16(struct writer *w, uint16_t v)
{
        uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

        write_bytes(w, b, 2);
}

static inline void write_u32(struct writer *w, uint32_t v)
{
        write_u16(w, (uint16_t)(v >> 16));
        write_u16(w, (uint16_t)v);
}

static inline void write_zeros(struct writer *w, size_t n)
{
        if (w->failed || n > w->size - w->len) {
                w->failed = true;
                return;
        }
        memset(w->buf + w->len, 0, n);
        w->len += n;
}

/** writer_finish() - how many bytes were written, or -EMSGSIZE if anything did not fit */
int writer_finish(const struct writer *w);
