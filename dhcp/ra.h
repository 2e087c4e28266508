/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ra.h - which router advertisement is due when (RFC 4861 sections 6.2.4 to 6.2.6); pure
 *
 * Times are of a clock that only runs forward, in milliseconds; @random is any number.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define RA_NEVER UINT64_MAX

struct ra_schedule {
        uint64_t next_msec;  /* of the next one to everybody */
        uint64_t last_msec;  /* of the last one; 0: there was none */
        unsigned n_told;     /* of those to everybody, counted up to the initial ones */
        uint64_t reply_msec; /* of one to whoever asked; RA_NEVER: nobody did */
        struct in6_addr asker;
};

/** ra_begin() - the first one is due at once */
void ra_begin(struct ra_schedule *s, uint64_t now_msec);

/** ra_asked() - a router solicitation from @src, which may be :: */
void ra_asked(struct ra_schedule *s, const struct in6_addr *src, uint64_t now_msec,
              uint32_t random);

/** ra_changed() - what is told is not what was told: as soon as may be */
void ra_changed(struct ra_schedule *s, uint64_t now_msec);

/** ra_next() - when one is due */
uint64_t ra_next(const struct ra_schedule *s);

enum ra_due {
        RA_DUE_NONE,
        RA_DUE_ASKER, /* *ret_asker */
        RA_DUE_EVERYBODY,
};

/** ra_take() - what is due now; the caller sends it. Again, until there is none. */
enum ra_due ra_take(struct ra_schedule *s, uint64_t now_msec, uint32_t random,
                    struct in6_addr *ret_asker);
