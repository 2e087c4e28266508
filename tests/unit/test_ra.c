/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_ra.c - which router advertisement is due when, and in doubt about whom the guest is asked
 */
#include "dhcp/gateway.h"
#include "dhcp/ndisc_protocol.h"
#include "dhcp/ra.h"
#include "tests/unit/dhcp_fixture.h"

#define BEGIN 1000000u /* milliseconds; any */

static struct ra_schedule s;
static struct in6_addr asker;

static void setup(void)
{
        ra_begin(&s, BEGIN);
}

/* All advertisements to everybody until @end, with @random; their number. */
static unsigned run_until(uint64_t end, uint32_t random)
{
        unsigned n = 0;

        while (ra_next(&s) <= end) {
                uint64_t now = ra_next(&s);
                enum ra_due due;

                while ((due = ra_take(&s, now, random, &asker)) != RA_DUE_NONE)
                        n += due == RA_DUE_EVERYBODY;
        }
        return n;
}

START_TEST(test_ra_first_is_due_at_once_and_once)
{
        ck_assert_uint_eq(ra_next(&s), BEGIN);
        ck_assert_int_eq(ra_take(&s, BEGIN, 0, &asker), RA_DUE_EVERYBODY);
        ck_assert_int_eq(ra_take(&s, BEGIN, 0, &asker), RA_DUE_NONE);
}
END_TEST

/* Section 6.2.4: the first three at most 16 s apart, the others 200 to 600 s. */
START_TEST(test_ra_intervals_are_those_of_the_rfc)
{
        static const uint32_t randoms[] = { 0, 1, 399999, 400000, UINT32_MAX };

        for (size_t i = 0; i < ARRAY_SIZE(randoms); i++) {
                uint64_t last = BEGIN;

                setup();
                for (int n = 0; n < 10; n++) {
                        uint64_t now = ra_next(&s), gap = now - last;

                        ck_assert_int_eq(ra_take(&s, now, randoms[i], &asker), RA_DUE_EVERYBODY);
                        if (n > 0 && n < 3) {
                                ck_assert_uint_le(gap, ND_MAX_INITIAL_RA_INTERVAL_MSEC);
                        } else if (n >= 3) {
                                ck_assert_uint_ge(gap, ND_MIN_RA_INTERVAL_MSEC);
                                ck_assert_uint_le(gap, ND_MAX_RA_INTERVAL_MSEC);
                        }
                        last = now;
                }
        }
}
END_TEST

START_TEST(test_ra_asker_is_answered_alone_within_half_a_second)
{
        struct in6_addr guest = ip6("fe80::7");

        run_until(BEGIN, 0);
        ra_asked(&s, &guest, BEGIN + 1, 1234567);
        ck_assert_uint_gt(ra_next(&s), BEGIN);
        ck_assert_uint_lt(ra_next(&s), BEGIN + 1 + ND_MAX_RA_DELAY_MSEC);
        ck_assert_int_eq(ra_take(&s, ra_next(&s), 0, &asker), RA_DUE_ASKER);
        ck_assert_mem_eq(&asker, &guest, 16);
}
END_TEST

/* "the delay is relative to the first solicitation": a flood of them has one answer. */
START_TEST(test_ra_flood_of_solicitations_has_one_answer)
{
        struct in6_addr guest = ip6("fe80::7");
        uint64_t due;

        run_until(BEGIN, 0);
        ra_asked(&s, &guest, BEGIN + 1, 300);
        due = ra_next(&s);
        for (unsigned i = 0; i < 1000; i++)
                ra_asked(&s, &guest, BEGIN + 2, i * 7919);
        ck_assert_uint_eq(ra_next(&s), due);
        ck_assert_int_eq(ra_take(&s, due, 0, &asker), RA_DUE_ASKER);
        ck_assert_int_eq(ra_take(&s, due, 0, &asker), RA_DUE_NONE);
}
END_TEST

/* Section 6.2.6: not within MIN_DELAY_BETWEEN_RAS of the last one to everybody. */
START_TEST(test_ra_asker_without_address_waits_for_the_next_to_everybody)
{
        struct in6_addr nobody = ip6("::");

        run_until(BEGIN, 0);
        ra_asked(&s, &nobody, BEGIN + 1, 499);
        ck_assert_uint_eq(ra_next(&s), BEGIN + ND_MIN_DELAY_BETWEEN_RAS_MSEC + 499);
        ck_assert_int_eq(ra_take(&s, ra_next(&s), 0, &asker), RA_DUE_EVERYBODY);
}
END_TEST

START_TEST(test_ra_asker_without_address_is_answered_at_once_later)
{
        struct in6_addr nobody = ip6("::");

        run_until(BEGIN, 0);
        ra_asked(&s, &nobody, BEGIN + 10000, 100);
        ck_assert_uint_eq(ra_next(&s), BEGIN + 10100);
}
END_TEST

START_TEST(test_ra_two_askers_share_one_to_everybody)
{
        struct in6_addr one = ip6("fe80::7"), other = ip6("fd00::7");

        run_until(BEGIN, 0);
        ra_asked(&s, &one, BEGIN + 5000, 100);
        ra_asked(&s, &other, BEGIN + 5001, 200);
        ck_assert_int_eq(ra_take(&s, ra_next(&s), 0, &asker), RA_DUE_EVERYBODY);
        ck_assert_uint_ge(ra_next(&s), BEGIN + 5000 + 16000);
}
END_TEST

START_TEST(test_ra_change_is_told_soon_but_not_too_soon)
{
        run_until(BEGIN, 0);
        ra_changed(&s, BEGIN + 10);
        ck_assert_uint_eq(ra_next(&s), BEGIN + ND_MIN_DELAY_BETWEEN_RAS_MSEC);
        run_until(BEGIN + ND_MIN_DELAY_BETWEEN_RAS_MSEC, 0);
        ra_changed(&s, BEGIN + 60000);
        ck_assert_uint_le(ra_next(&s), BEGIN + 60000);
}
END_TEST

/* Whatever is asked and changed, however often. */
START_TEST(test_ra_to_everybody_never_more_often_than_every_three_seconds)
{
        static const char *const sources[] = { "::", "fe80::7", "fd00::7" };
        uint64_t last = 0;

        for (uint32_t i = 0; i < 100000; i++) {
                uint64_t now = BEGIN + i;
                struct in6_addr src = ip6(sources[i * 2654435761u % 3]);

                ra_asked(&s, &src, now, i * 40503u);
                if (i % 100 == 0)
                        ra_changed(&s, now);
                if (ra_take(&s, now, i * 69069u, &asker) != RA_DUE_EVERYBODY)
                        continue;
                ck_assert(last == 0 || now - last >= ND_MIN_DELAY_BETWEEN_RAS_MSEC);
                last = now;
        }
        ck_assert_uint_gt(last, BEGIN);
}
END_TEST

/* --- the gateway --- */

static struct dhcp_conf conf;
static struct dhcp_router6 router;
static struct gateway g;

static void setup_gateway(void)
{
        conf = fixture_conf();
        router = (struct dhcp_router6){ .gateway = ip6("fd00:1::1"),
                                        .is_made_up = true,
                                        .is_followed = true };
        g = (struct gateway){ .mac = { 2, 0, 0, 0, 0, 9 } };
}

static const struct {
        const char *name;
        uint8_t type;
        const char *src, *target;
        bool solicited, override, has_mac;
        const char *mac;
        bool is_new;
} told[] = {
        { "its answer", 136, "fd00:1::1", "fd00:1::1", true, true, true, "\2\0\0\0\0\x0a", true },
        { "its answer from another address", 136, "fe80::1", "fd00:1::1", true, true, true,
          "\2\0\0\0\0\x0a", true },
        { "a proxy's", 136, "fe80::1", "fd00:1::1", true, false, true, "\2\0\0\0\0\x0a", true },
        { "unasked", 136, "fd00:1::1", "fd00:1::1", false, true, true, "\2\0\0\0\0\x0a", true },
        { "unasked, not to override", 136, "fd00:1::1", "fd00:1::1", false, false, true,
          "\2\0\0\0\0\x0a", false },
        { "what is known", 136, "fd00:1::1", "fd00:1::1", true, true, true, "\2\0\0\0\0\x09",
          false },
        { "without a MAC", 136, "fd00:1::1", "fd00:1::1", true, true, false, "\0\0\0\0\0\0",
          false },
        { "somebody else's", 136, "fd00:1::2", "fd00:1::2", true, true, true, "\2\0\0\0\0\x0a",
          false },
        { "a group's MAC", 136, "fd00:1::1", "fd00:1::1", true, true, true, "\3\0\0\0\0\x0a",
          false },
        { "no MAC", 136, "fd00:1::1", "fd00:1::1", true, true, true, "\0\0\0\0\0\0", false },
        { "the guest's MAC", 136, "fd00:1::1", "fd00:1::1", true, true, true,
          "\xaa\xbb\xcc\0\0\x07", false },
        { "the bridge's MAC", 136, "fd00:1::1", "fd00:1::1", true, true, true, "\2\0\0\0\0\1",
          false },
        { "it asks", 135, "fd00:1::1", "fd00:1::7", false, false, true, "\2\0\0\0\0\x0a", true },
        { "somebody else asks for it", 135, "fd00:1::2", "fd00:1::1", false, false, true,
          "\2\0\0\0\0\x0a", false },
        { "it solicits routers", 133, "fd00:1::1", "::", false, false, true, "\2\0\0\0\0\x0a",
          true },
};

static bool hear(size_t i)
{
        struct in6_addr src = ip6(told[i].src);
        struct nd_message m = { .type = told[i].type,
                                .target = ip6(told[i].target),
                                .is_solicited = told[i].solicited,
                                .is_override = told[i].override,
                                .has_mac = told[i].has_mac };

        memcpy(m.mac, told[i].mac, MAC_LEN);
        return gateway_heard(&g, &conf, &router, &src, &m);
}

START_TEST(test_gateway_heard_table)
{
        ck_assert_msg(hear((size_t)_i) == told[_i].is_new, "%s", told[_i].name);
        ck_assert_mem_eq(g.mac, told[_i].is_new ? "\2\0\0\0\0\x0a" : "\2\0\0\0\0\x09", MAC_LEN);
}
END_TEST

START_TEST(test_gateway_that_is_not_followed_hears_nothing)
{
        router.is_followed = false;
        ck_assert(!hear(0));
}
END_TEST

START_TEST(test_gateway_doubt_asks_five_times_three_seconds_apart)
{
        unsigned n = 0;

        ck_assert(!gateway_take_ask(&g, BEGIN));
        gateway_doubt(&g, BEGIN);
        for (uint64_t now = BEGIN; now < BEGIN + 60000; now++)
                if (gateway_take_ask(&g, now)) {
                        ck_assert_uint_eq(now, BEGIN + n * GATEWAY_INTERVAL_MSEC);
                        n++;
                }
        ck_assert_uint_eq(n, GATEWAY_ASKS);
}
END_TEST

START_TEST(test_gateway_an_answer_ends_the_asking)
{
        gateway_doubt(&g, BEGIN);
        ck_assert(gateway_take_ask(&g, BEGIN));
        hear(5); /* it is where it was */
        ck_assert(!gateway_take_ask(&g, BEGIN + 60000));
}
END_TEST

/* The guest, or the segment, may give reason to ask as often as it likes. */
START_TEST(test_gateway_flood_of_doubts_asks_every_three_seconds)
{
        unsigned n = 0;

        for (uint64_t now = BEGIN; now < BEGIN + 30000; now++) {
                gateway_doubt(&g, now);
                if (gateway_take_ask(&g, now)) {
                        n++;
                        hear(5);
                }
        }
        ck_assert_uint_eq(n, 10);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_checked_fixture(tc, setup, NULL);
        tcase_add_checked_fixture(tc, setup_gateway, NULL);
        tcase_add_test(tc, test_ra_first_is_due_at_once_and_once);
        tcase_add_test(tc, test_ra_intervals_are_those_of_the_rfc);
        tcase_add_test(tc, test_ra_asker_is_answered_alone_within_half_a_second);
        tcase_add_test(tc, test_ra_flood_of_solicitations_has_one_answer);
        tcase_add_test(tc, test_ra_asker_without_address_waits_for_the_next_to_everybody);
        tcase_add_test(tc, test_ra_asker_without_address_is_answered_at_once_later);
        tcase_add_test(tc, test_ra_two_askers_share_one_to_everybody);
        tcase_add_test(tc, test_ra_change_is_told_soon_but_not_too_soon);
        tcase_add_test(tc, test_ra_to_everybody_never_more_often_than_every_three_seconds);
        tcase_add_loop_test(tc, test_gateway_heard_table, 0, ARRAY_SIZE(told));
        tcase_add_test(tc, test_gateway_that_is_not_followed_hears_nothing);
        tcase_add_test(tc, test_gateway_doubt_asks_five_times_three_seconds_apart);
        tcase_add_test(tc, test_gateway_an_answer_ends_the_asking);
        tcase_add_test(tc, test_gateway_flood_of_doubts_asks_every_three_seconds);
}

int main(void)
{
        return unit_main("ra", add_tests);
}
