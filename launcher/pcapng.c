/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/pcapng.h"

#include <string.h>

enum {
        BLOCK_SECTION = 0x0a0d0d0a, /* section 4.1 */
        BLOCK_INTERFACE = 1,        /* section 4.2 */
        BLOCK_FRAME = 6,            /* section 4.3, the enhanced one */
        OPTION_NAME = 2,            /* if_name */
        LINK_ETHERNET = 1,
};

static void put_u16(FILE *f, uint16_t v)
{
        fwrite(&v, sizeof(v), 1, f);
}

static void put_u32(FILE *f, uint32_t v)
{
        fwrite(&v, sizeof(v), 1, f);
}

static size_t padded(size_t len)
{
        return (len + 3) & ~(size_t)3;
}

static void put_padded(FILE *f, const void *data, size_t len)
{
        static const uint8_t zeros[4];

        fwrite(data, 1, len, f);
        fwrite(zeros, 1, padded(len) - len, f);
}

void pcapng_begin(FILE *f)
{
        put_u32(f, BLOCK_SECTION);
        put_u32(f, 28);
        put_u32(f, 0x1a2b3c4d);
        put_u16(f, 1);
        put_u16(f, 0);
        put_u32(f, UINT32_MAX); /* the section's length: not known */
        put_u32(f, UINT32_MAX);
        put_u32(f, 28);
}

void pcapng_interface(FILE *f, const char *name)
{
        uint32_t len = (uint32_t)(20 + 4 + padded(strlen(name)) + 4);

        put_u32(f, BLOCK_INTERFACE);
        put_u32(f, len);
        put_u16(f, LINK_ETHERNET);
        put_u16(f, 0);
        put_u32(f, 0); /* frames are whole */
        put_u16(f, OPTION_NAME);
        put_u16(f, (uint16_t)strlen(name));
        put_padded(f, name, strlen(name));
        put_u32(f, 0); /* no more options */
        put_u32(f, len);
}

void pcapng_frame(FILE *f, size_t interface, uint64_t usec, const uint8_t *data, size_t len)
{
        uint32_t total = (uint32_t)(32 + padded(len));

        put_u32(f, BLOCK_FRAME);
        put_u32(f, total);
        put_u32(f, (uint32_t)interface);
        put_u32(f, (uint32_t)(usec >> 32)); /* microseconds, unless an option says otherwise */
        put_u32(f, (uint32_t)usec);
        put_u32(f, (uint32_t)len);
        put_u32(f, (uint32_t)len);
        put_padded(f, data, len);
        put_u32(f, total);
}
