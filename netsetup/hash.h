/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hash.h - a short name for a long text: FNV-1a, 64 bit, the same on every machine
 *
 * http://www.isthe.com/chongo/tech/comp/fnv/. Not for anything an enemy may choose.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_START 0xcbf29ce484222325u

/** hash_bytes() - go on from @hash, HASH_START for the first piece */
static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
        const uint8_t *p = data;

        for (size_t i = 0; i < len; i++)
                hash = (hash ^ p[i]) * 0x100000001b3u;
        return hash;
}
