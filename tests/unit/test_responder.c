/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_responder.c - the loop around the decision; the frames themselves are in test_dhcp4.c
 */
#include <fcntl.h>
#include <signal.h>

#include "dhcp/serving.h"
#include "tests/unit/dhcp_fake.h"

static struct dhcp_conf conf;
static struct dhcp_shared shared;

static void terminate(void)
{
        raise(SIGTERM);
}

static int run(struct fake *tap, struct fake *nic, int ready_fd)
{
        struct responder r = { .conf = &conf,
                               .shared = &shared,
                               .transport = &tap->transport,
                               .nic = nic ? &nic->transport : NULL,
                               .lock = -1 };
        int result;
        const struct serving_start start = { .signals = true, .ready_fd = ready_fd };

        conf = fixture_conf();
        result = serving_run(&r, 1, &start, NULL);
        close(tap->transport.fd);
        if (nic)
                close(nic->transport.fd);
        return result;
}

START_TEST(test_responder_run_serves_then_ends_on_sigterm)
{
        static struct fake tap;
        int pair[2];
        char byte;

        conf = fixture_conf();
        fake_init(&tap);
        queue_dhcp(&tap, &conf, DHCP4_DISCOVER, false);
        queue_dhcp(&tap, &conf, DHCP4_REQUEST, true);
        tap.when_empty = terminate;
        ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
        ck_assert_int_eq(run(&tap, NULL, pair[1]), 0);
        ck_assert_uint_eq(tap.n_sent, 2);
        ck_assert_uint_eq(shared.offer, 1);
        ck_assert_uint_eq(shared.ack, 1);
        ck_assert_uint_eq(shared.lease_state, DHCP_LEASE_BOUND);
        ck_assert_uint_eq(shared.acked_address, conf.address.s_addr);
        ck_assert_uint_gt(shared.first_acked_realtime_usec, 0);
        ck_assert_uint_gt(shared.started_realtime_usec, 0);
        ck_assert_int_eq(read(pair[0], &byte, 1), 1);
        ck_assert_int_eq(byte, 'R');
        ck_assert_int_eq(read(pair[0], &byte, 1), 0); /* and our end of the pipe is closed */
        close(pair[0]);
}
END_TEST

START_TEST(test_responder_run_tap_only_down_serves_on)
{
        static struct fake tap;

        conf = fixture_conf();
        fake_init(&tap);
        tap.queue[tap.n++].len = -ENETDOWN;
        queue_dhcp(&tap, &conf, DHCP4_DISCOVER, false);
        tap.when_empty = terminate;
        ck_assert_int_eq(run(&tap, NULL, -1), 0);
        ck_assert_uint_eq(shared.offer, 1);
}
END_TEST

/* The kernel says "down" a moment before the interface is gone, and then nothing any more. */
START_TEST(test_responder_run_tap_gone_later_ends)
{
        static struct fake tap;

        fake_init(&tap);
        tap.queue[tap.n++].len = -ENETDOWN;
        tap.gone_after = 3;
        ck_assert_int_eq(run(&tap, NULL, -1), 0);
        ck_assert_int_eq(tap.gone_after, -1);
}
END_TEST

START_TEST(test_responder_run_nic_gone_ends)
{
        static struct fake tap, nic;
        uint64_t count;

        fake_init(&tap);
        ck_assert_int_eq(read(tap.transport.fd, &count, sizeof(count)), sizeof(count));
        fake_init(&nic);
        nic.queue[nic.n++].len = -ENETDOWN;
        nic.gone_after = 1;
        ck_assert_int_eq(run(&tap, &nic, -1), 0);
}
END_TEST

static int no_sandbox(void *user _unused_, struct error *err)
{
        return error_set(err, -EPERM, "no sandbox today");
}

START_TEST(test_responder_run_without_its_sandbox_serves_nobody)
{
        static struct fake tap;
        struct responder r = {
                .conf = &conf, .shared = &shared, .transport = &tap.transport, .lock = -1
        };
        const struct serving_start start = { .enter_sandbox = no_sandbox, .ready_fd = -1 };
        struct error err = ERROR_INIT;

        conf = fixture_conf();
        fake_init(&tap);
        queue_dhcp(&tap, &conf, DHCP4_DISCOVER, false);
        ck_assert_int_eq(serving_run(&r, 1, &start, &err), -EPERM);
        ck_assert_str_eq(err.message, "no sandbox today");
        ck_assert_uint_eq(tap.n_sent, 0);
        close(tap.transport.fd);
}
END_TEST

static int nothing_to_do(void *user, struct error *err _unused_)
{
        *(bool *)user = true;
        return 1;
}

/* As in a guardian, whose workers served. */
START_TEST(test_responder_run_with_nothing_to_do_any_more_ends)
{
        static struct fake tap;
        struct responder r = {
                .conf = &conf, .shared = &shared, .transport = &tap.transport, .lock = -1
        };
        bool asked = false;
        const struct serving_start start = { .enter_sandbox = nothing_to_do,
                                             .user = &asked,
                                             .ready_fd = -1 };

        conf = fixture_conf();
        fake_init(&tap);
        queue_dhcp(&tap, &conf, DHCP4_DISCOVER, false);
        ck_assert_int_eq(serving_run(&r, 1, &start, NULL), 0);
        ck_assert(asked);
        ck_assert_uint_eq(tap.n_sent, 0);
        close(tap.transport.fd);
}
END_TEST

/* A worker before this one heard of it, and ended before it could look. */
START_TEST(test_responder_run_tap_gone_at_start_ends)
{
        static struct fake tap;

        fake_init(&tap);
        tap.gone_after = 0;
        ck_assert_int_eq(run(&tap, NULL, -1), 0);
        ck_assert_int_eq(tap.gone_after, -1);
}
END_TEST

static void states(const uint8_t *types, size_t n, enum dhcp_lease_state state)
{
        static struct fake tap;
        struct responder r = {
                .conf = &conf, .shared = &shared, .transport = &tap.transport, .lock = -1
        };

        conf = fixture_conf();
        memset(&shared, 0, sizeof(shared));
        fake_init(&tap);
        for (size_t i = 0; i < n; i++) {
                struct transport_info info = { 0 };

                tap.n = 0;
                queue_dhcp(&tap, &conf, types[i], types[i] == DHCP4_REQUEST);
                responder_handle(&r, tap.queue[0].data, (size_t)tap.queue[0].len, &info);
        }
        ck_assert_uint_eq(shared.lease_state, state);
        close(tap.transport.fd);
}

static const struct {
        uint8_t types[4];
        size_t n;
        enum dhcp_lease_state state;
} lives[] = {
        { { DHCP4_DISCOVER }, 1, DHCP_LEASE_OFFERED },
        { { DHCP4_DISCOVER, DHCP4_REQUEST }, 2, DHCP_LEASE_BOUND },
        { { DHCP4_DISCOVER, DHCP4_REQUEST, DHCP4_DISCOVER }, 3, DHCP_LEASE_BOUND },
        { { DHCP4_DISCOVER, DHCP4_REQUEST, DHCP4_RELEASE }, 3, DHCP_LEASE_RELEASED },
        { { DHCP4_DISCOVER, DHCP4_REQUEST, DHCP4_DECLINE }, 3, DHCP_LEASE_DECLINED },
        { { DHCP4_DISCOVER, DHCP4_REQUEST, DHCP4_RELEASE, DHCP4_DISCOVER }, 4, DHCP_LEASE_OFFERED },
};

START_TEST(test_responder_lease_state_follows_the_guest)
{
        states(lives[_i].types, lives[_i].n, lives[_i].state);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_responder_run_serves_then_ends_on_sigterm);
        tcase_add_test(tc, test_responder_run_tap_only_down_serves_on);
        tcase_add_test(tc, test_responder_run_tap_gone_later_ends);
        tcase_add_test(tc, test_responder_run_nic_gone_ends);
        tcase_add_test(tc, test_responder_run_without_its_sandbox_serves_nobody);
        tcase_add_test(tc, test_responder_run_with_nothing_to_do_any_more_ends);
        tcase_add_test(tc, test_responder_run_tap_gone_at_start_ends);
        tcase_add_loop_test(tc, test_responder_lease_state_follows_the_guest, 0, ARRAY_SIZE(lives));
}

int main(void)
{
        return unit_main("responder", add_tests);
}
