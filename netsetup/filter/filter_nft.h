/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_nft.h - a packet filter by libnftables, and what an answer about one means
 */
#pragma once

#include <stdbool.h>

#include "podgraft/error.h"

/** filter_is_missing() - is @code what a kernel without nf_tables, or its module, answers? */
bool filter_is_missing(int code);

/**
 * filter_nft_run() - let libnftables execute @commands, in one transaction
 * @dry: its dry run; nothing changes
 * Return: 0; -EOPNOTSUPP (ERROR_CANNOT) there is no such library; else as filter_nft_failed()
 */
int filter_nft_run(const char *commands, bool dry, struct error *err);

/**
 * filter_nft_failed() - a refusal of nf_tables as an error
 * @text: libnftables' own, or the kernel's; @code: negative errno
 * Return: -EOPNOTSUPP (ERROR_CANNOT) the kernel's nf_tables lacks a part; else @code
 */
int filter_nft_failed(const char *text, int code, struct error *err);
