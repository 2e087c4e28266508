/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_compile.h - nft's language, as much of it as podgraft's own rules need, as netlink messages
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FILTER_BATCH_MOST 16384 /* bytes */

/* One transaction, from NFNL_MSG_BATCH_BEGIN to _END; numbered from 0. */
struct filter_batch {
        uint8_t data[FILTER_BATCH_MOST];
        size_t len;
        uint32_t last; /* the sequence number of the message that is to be acknowledged */
};

/**
 * filter_compile() - the transaction that @commands, a line each, are; pure
 * Understands what filter.c writes without anti-spoofing, and what removes chains and table.
 * Return: 0; -ENOSYS something else is in there: libnftables knows it, or says what is wrong
 */
int filter_compile(const char *commands, struct filter_batch *ret);
