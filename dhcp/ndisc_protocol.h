/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ndisc_protocol.h - the constants of neighbour discovery, with where they come from
 */
#pragma once

enum nd_type { /* ICMPv6 types; RFC 4861 section 4 */
        ND_ROUTER_SOLICITATION = 133,
        ND_ROUTER_ADVERTISEMENT = 134,
        ND_NEIGHBOUR_SOLICITATION = 135,
        ND_NEIGHBOUR_ADVERTISEMENT = 136,
};

enum nd_option {
        ND_OPT_SOURCE_MAC = 1, /* RFC 4861 section 4.6.1 */
        ND_OPT_TARGET_MAC = 2,
        ND_OPT_PREFIX = 3,  /* 4.6.2 */
        ND_OPT_MTU = 5,     /* 4.6.4 */
        ND_OPT_ROUTE = 24,  /* RFC 4191 section 2.3 */
        ND_OPT_RDNSS = 25,  /* RFC 8106 section 5.1 */
        ND_OPT_DNSSL = 31,  /* 5.2 */
        ND_OPTION_UNIT = 8, /* bytes that lengths are counted in */
        ND_OPT_MAC_LEN = 8, /* bytes of an Ethernet address as an option */
};

enum {
        ND_HOP_LIMIT = 255,    /* RFC 4861 section 3.1 */
        ND_CUR_HOP_LIMIT = 64, /* what hosts send with; IANA's default */

        ND_RA_MANAGED = 0x80, /* section 4.2 */
        ND_RA_OTHER = 0x40,
        ND_PREFERENCE_HIGH = 0x08, /* RFC 4191 section 2.1, in both places it can stand */
        ND_PREFIX_ON_LINK = 0x80,  /* RFC 4861 section 4.6.2 */
        ND_PREFIX_AUTONOMOUS = 0x40,

        ND_NA_ROUTER = 0x80, /* section 4.4, of the first of four bytes */
        ND_NA_SOLICITED = 0x40,
        ND_NA_OVERRIDE = 0x20,

        ND_RA_HEADER = 16,      /* bytes before the options; section 4.2 */
        ND_LIFETIME_SEC = 1800, /* AdvDefaultLifetime, section 6.2.1; RFC 8106, 5.1, for DNS */
};
#define ND_INFINITE 0xffffffffu /* seconds */

/* RFC 4861 section 10, and what section 6.2.1 lets be chosen; milliseconds. */
enum {
        ND_MAX_INITIAL_RAS = 3,
        ND_MAX_INITIAL_RA_INTERVAL_MSEC = 16000,
        ND_MIN_DELAY_BETWEEN_RAS_MSEC = 3000,
        ND_MAX_RA_DELAY_MSEC = 500,
        ND_MIN_RA_INTERVAL_MSEC = 200000, /* 0.33 of the maximum, as is the default */
        ND_MAX_RA_INTERVAL_MSEC = 600000,
};
