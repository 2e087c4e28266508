/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option.h - DHCPv4 options between wire and values; the codes are in dhcp4_protocol.h
 */
#pragma once

#include <netinet/in.h>

#include "dhcp/cursor.h"
#include "dhcp/dhcp4_protocol.h"
#include "podgraft/dhcp.h"

/* One option as it stands on the wire; @value points into the message. */
struct option {
        uint8_t code;
        uint8_t len; /* bytes */
        const uint8_t *value;
};

/* Options one after the other: those of the options field, then those in file, then in sname. */
struct option_iter {
        struct reader areas[3];
        unsigned n_areas, area;
        bool failed; /* an option ran over the end of its area */
};

/**
 * option_iter_init() - begin; looks for option 52 in @options to know what else holds options
 * @file, @sname: the fields of the fixed part; the order is that of RFC 3396 section 5
 */
void option_iter_init(struct option_iter *it, struct reader options, struct reader file,
                      struct reader sname);

/** option_next() - false at the end, and for good at the first broken option (it->failed) */
bool option_next(struct option_iter *it, struct option *ret);

/* The value, where it has exactly the length of its type; *ret is untouched otherwise. */
bool option_u8(const struct option *option, uint8_t *ret);
bool option_u16(const struct option *option, uint16_t *ret);
bool option_addr(const struct option *option, struct in_addr *ret);

/* Writers. A value over 255 bytes is split (RFC 3396 section 6). */
void write_option(struct writer *w, uint8_t code, const void *value, size_t len);
void write_option_u8(struct writer *w, uint8_t code, uint8_t value);
void write_option_u16(struct writer *w, uint8_t code, uint16_t value);
void write_option_u32(struct writer *w, uint8_t code, uint32_t value);
void write_option_addr(struct writer *w, uint8_t code, struct in_addr addr);

/**
 * write_option_routes() - classless static routes (RFC 3442), in the order given
 * A destination has its significant bytes only; an on-link route has 0.0.0.0 as its router.
 * Nothing is written for no routes: the option's minimum length is 5.
 */
void write_option_routes(struct writer *w, uint8_t code, const struct dhcp4_route *routes,
                         size_t n_routes);

/**
 * write_option_search() - a search list with compression (RFC 3397 section 2)
 * @domains: valid names without a trailing dot; what makes the list longer than
 * OPTION_SEARCH_MAX bytes is left out, whole domains from the end
 */
#define OPTION_SEARCH_MAX 1024
void write_option_search(struct writer *w, uint8_t code, const char (*domains)[PODNET_DOMAIN_LEN],
                         size_t n_domains);
