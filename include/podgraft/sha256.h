/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sha256.h - the hash that KubeVirt names a secondary network's interfaces by
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32 /* bytes */

/** sha256() - of @len bytes; FIPS 180-4. Not for secrets: its time tells of nothing but @len */
void sha256(const void *data, size_t len, uint8_t ret[SHA256_LEN]);
