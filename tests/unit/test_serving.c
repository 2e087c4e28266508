/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_serving.c - several responders on one loop: each for itself, until the last is over
 */
#include <fcntl.h>
#include <signal.h>

#include "dhcp/serving.h"
#include "tests/unit/dhcp_fake.h"

#define TAPS 3

static struct dhcp_conf confs[TAPS];
static struct dhcp_shared shared[TAPS];
static struct fake taps[TAPS], nic;
static struct responder responders[TAPS];
static unsigned n_over;

static void begin(void)
{
        memset(shared, 0, sizeof(shared));
        n_over = 0;
        for (size_t i = 0; i < TAPS; i++) {
                confs[i] = fixture_conf();
                sprintf(confs[i].tap, "tap%zu", i);
                confs[i].address.s_addr = htonl(ntohl(confs[i].address.s_addr) + (uint32_t)i);
                fake_init(&taps[i]);
                responders[i] = (struct responder){ .conf = &confs[i],
                                                    .shared = &shared[i],
                                                    .transport = &taps[i].transport,
                                                    .lock = open("/dev/null", O_RDWR) };
                ck_assert_int_ge(responders[i].lock, 0);
        }
}

/* A lock that was given up is a descriptor that was closed. */
static bool is_locked(size_t i)
{
        return responders[i].lock >= 0 && fcntl(responders[i].lock, F_GETFD) >= 0;
}

static void end(void)
{
        for (size_t i = 0; i < TAPS; i++) {
                close(taps[i].transport.fd);
                if (responders[i].lock >= 0)
                        close(responders[i].lock);
        }
}

static void count_over(void *user)
{
        ck_assert_ptr_eq(user, responders);
        n_over++;
}

static int run(void)
{
        const struct serving_start start = {
                .signals = true, .on_over = count_over, .user = responders, .ready_fd = -1
        };

        return serving_run(responders, TAPS, &start, NULL);
}

static void terminate(void)
{
        raise(SIGTERM);
}

START_TEST(test_serving_each_guest_has_its_own)
{
        begin();
        for (size_t i = 0; i < TAPS; i++) {
                queue_dhcp(&taps[i], &confs[i], DHCP4_DISCOVER, false);
                if (i > 0)
                        queue_dhcp(&taps[i], &confs[i], DHCP4_REQUEST, true);
        }
        taps[2].when_empty = terminate;
        ck_assert_int_eq(run(), 0);
        for (size_t i = 0; i < TAPS; i++) {
                ck_assert_uint_eq(shared[i].offer, 1);
                ck_assert_uint_eq(shared[i].ack, i > 0);
                ck_assert_uint_eq(taps[i].n_sent, i > 0 ? 2 : 1);
                ck_assert_uint_eq(shared[i].acked_address, i > 0 ? confs[i].address.s_addr : 0);
                ck_assert(is_locked(i));
        }
        ck_assert_uint_eq(n_over, 0);
        end();
}
END_TEST

/* The second's tap goes with a frame in its queue; the others have theirs answered after that. */
static void ask_the_others(void)
{
        if (!responders[1].over) /* its end may come a moment later: ask for another turn */
                ck_assert_int_eq(write(taps[0].transport.fd, &(uint64_t){ 1 }, 8), 8);
        else
                raise(SIGTERM);
}

START_TEST(test_serving_tap_gone_ends_that_one)
{
        begin();
        taps[1].queue[taps[1].n++].len = -ENETDOWN;
        taps[1].gone_after = 2;
        queue_dhcp(&taps[2], &confs[2], DHCP4_DISCOVER, false);
        taps[0].when_empty = ask_the_others;
        ck_assert_int_eq(run(), 0);
        ck_assert_str_eq(responders[1].over, "tap");
        ck_assert(!is_locked(1));
        ck_assert(is_locked(0));
        ck_assert(is_locked(2));
        ck_assert_uint_eq(n_over, 1);
        ck_assert_uint_eq(shared[2].offer, 1);
        end();
}
END_TEST

START_TEST(test_serving_nic_gone_ends_that_one)
{
        begin();
        fake_init(&nic);
        nic.queue[nic.n++].len = -ENETDOWN;
        nic.gone_after = 1;
        responders[1].nic = &nic.transport;
        taps[0].when_empty = ask_the_others;
        ck_assert_int_eq(run(), 0);
        ck_assert_str_eq(responders[1].over, "pod's interface");
        ck_assert(!is_locked(1));
        ck_assert_uint_eq(n_over, 1);
        close(nic.transport.fd);
        end();
}
END_TEST

START_TEST(test_serving_over_at_start_is_not_served)
{
        begin();
        taps[0].gone_after = 0;
        queue_dhcp(&taps[0], &confs[0], DHCP4_DISCOVER, false);
        queue_dhcp(&taps[1], &confs[1], DHCP4_DISCOVER, false);
        taps[1].when_empty = terminate;
        ck_assert_int_eq(run(), 0);
        ck_assert_uint_eq(taps[0].n_sent, 0);
        ck_assert_uint_eq(shared[0].started_realtime_usec, 0);
        ck_assert_uint_eq(shared[1].offer, 1);
        ck_assert_uint_eq(n_over, 1);
        end();
}
END_TEST

START_TEST(test_serving_last_one_over_ends_all)
{
        begin();
        for (size_t i = 0; i < TAPS; i++) {
                taps[i].queue[taps[i].n++].len = -ENETDOWN;
                taps[i].gone_after = (int)i + 1;
        }
        ck_assert_int_eq(run(), 0);
        for (size_t i = 0; i < TAPS; i++)
                ck_assert(!is_locked(i));
        ck_assert_uint_eq(n_over, TAPS - 1); /* of the last the end of all tells */
        end();
}
END_TEST

/* --- farewells --- */

static const struct {
        bool another_follows;
        unsigned told[TAPS]; /* the second is leaving, the third's tap is gone */
} farewells[] = {
        { false, { 1, 1, 0 } },
        { true, { 0, 1, 0 } },
};

START_TEST(test_responders_end_tells_whom_nobody_serves_any_more)
{
        begin();
        for (size_t i = 0; i < TAPS; i++) {
                struct writer w = writer_init(confs[i].ra, sizeof(confs[i].ra));

                confs[i].serves_ra = true;
                confs[i].n_routers6 = 1;
                write_u8(&w, 0); /* of router 0, without options */
                write_u16(&w, 0);
                confs[i].n_ra_bytes = (uint32_t)writer_finish(&w);
        }
        shared[1].is_leaving = 1;
        taps[2].gone_after = 0;
        ck_assert(responder_is_over(&responders[2]));
        responders_end(responders, TAPS, farewells[_i].another_follows);
        for (size_t i = 0; i < TAPS; i++)
                ck_assert_uint_eq(taps[i].n_sent, farewells[_i].told[i]);
        ck_assert_uint_eq(shared[0].is_handed_over, farewells[_i].another_follows);
        end();
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_serving_each_guest_has_its_own);
        tcase_add_test(tc, test_serving_tap_gone_ends_that_one);
        tcase_add_test(tc, test_serving_nic_gone_ends_that_one);
        tcase_add_test(tc, test_serving_over_at_start_is_not_served);
        tcase_add_test(tc, test_serving_last_one_over_ends_all);
        tcase_add_loop_test(tc, test_responders_end_tells_whom_nobody_serves_any_more, 0,
                            ARRAY_SIZE(farewells));
}

int main(void)
{
        return unit_main("serving", add_tests);
}
