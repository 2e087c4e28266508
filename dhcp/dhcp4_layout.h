/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_layout.h - where in a message its options stand: three places, the first come first served
 */
#pragma once

#include "dhcp/cursor.h"
#include "dhcp/dhcp4_protocol.h"

/* In the order in which RFC 3396 joins what it finds there. */
enum area {
        AREA_OPTIONS,
        AREA_FILE,
        AREA_SNAME,
        N_AREAS
};

#define ENDED(field_len) ((field_len)-1) /* RFC 2131 section 4.1: each ends with an end option */

/* One option. */
struct piece {
        const uint8_t *value;
        uint16_t len;         /* bytes; a search list may have lost its end */
        uint16_t in[N_AREAS]; /* how many of them stand where */
        uint8_t code;
        uint8_t areas; /* bit by enum area; 0: left out */
};

/**
 * layout() - find room for each of @pieces, the most wanted first
 * @room: bytes for options in the message's own place, its end option not counted
 * @may_overload: file and sname can be used, where the first place is too small
 * Return: the value of option 52, for which room is left; 0: it is not needed
 */
uint8_t layout(struct piece *pieces, size_t n, size_t room, bool may_overload);

/** layout_write() - what of @piece stands in @area, as one option or several (RFC 3396) */
void layout_write(struct writer *w, const struct piece *piece, enum area area);
