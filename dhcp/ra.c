/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/ra.h"

#include "dhcp/ndisc_protocol.h"

void ra_begin(struct ra_schedule *s, uint64_t now_msec)
{
        *s = (struct ra_schedule){ .next_msec = now_msec, .reply_msec = RA_NEVER };
}

/* Section 6.2.6: within MIN_DELAY_BETWEEN_RAS of the last one none goes to everybody. */
static uint64_t not_before(const struct ra_schedule *s, uint64_t now_msec)
{
        uint64_t earliest = s->last_msec + ND_MIN_DELAY_BETWEEN_RAS_MSEC;

        return s->last_msec == 0 || earliest < now_msec ? now_msec : earliest;
}

static void tell_everybody_at(struct ra_schedule *s, uint64_t msec)
{
        /* "ignore the random delay and send the advertisement at the already-scheduled time" */
        if (msec < s->next_msec)
                s->next_msec = msec;
}

void ra_asked(struct ra_schedule *s, const struct in6_addr *src, uint64_t now_msec, uint32_t random)
{
        uint32_t delay_msec = random % ND_MAX_RA_DELAY_MSEC;

        /* "MAY choose to unicast the response directly to the soliciting host's address" */
        if (IN6_IS_ADDR_UNSPECIFIED(src)) {
                tell_everybody_at(s, not_before(s, now_msec) + delay_msec);
                return;
        }
        /* "If a single advertisement is sent in response to multiple solicitations, the delay is
         * relative to the first solicitation." */
        if (s->reply_msec != RA_NEVER && IN6_ARE_ADDR_EQUAL(src, &s->asker))
                return;
        /* Two who ask at once share one that goes to everybody. */
        if (s->reply_msec != RA_NEVER) {
                tell_everybody_at(s, not_before(s, s->reply_msec));
                s->reply_msec = RA_NEVER;
                return;
        }
        s->asker = *src;
        s->reply_msec = now_msec + delay_msec;
}

void ra_changed(struct ra_schedule *s, uint64_t now_msec)
{
        tell_everybody_at(s, not_before(s, now_msec));
}

uint64_t ra_next(const struct ra_schedule *s)
{
        return s->reply_msec < s->next_msec ? s->reply_msec : s->next_msec;
}

/* Section 6.2.4: uniformly distributed, and for the initial ones not later than 16 s. */
static uint64_t interval_msec(const struct ra_schedule *s, uint32_t random)
{
        uint64_t msec = ND_MIN_RA_INTERVAL_MSEC +
                        random % (ND_MAX_RA_INTERVAL_MSEC - ND_MIN_RA_INTERVAL_MSEC + 1);

        if (s->n_told < ND_MAX_INITIAL_RAS && msec > ND_MAX_INITIAL_RA_INTERVAL_MSEC)
                return ND_MAX_INITIAL_RA_INTERVAL_MSEC;
        return msec;
}

enum ra_due ra_take(struct ra_schedule *s, uint64_t now_msec, uint32_t random,
                    struct in6_addr *ret_asker)
{
        if (s->next_msec <= now_msec) {
                if (s->n_told < ND_MAX_INITIAL_RAS)
                        s->n_told++;
                s->last_msec = now_msec;
                s->next_msec = now_msec + interval_msec(s, random);
                s->reply_msec = RA_NEVER; /* whoever asked hears it, too */
                return RA_DUE_EVERYBODY;
        }
        if (s->reply_msec <= now_msec) {
                s->reply_msec = RA_NEVER;
                *ret_asker = s->asker;
                return RA_DUE_ASKER;
        }
        return RA_DUE_NONE;
}
