/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_responder.c - the loop around the decision; the frames themselves are in test_dhcp4.c
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>

#include "dhcp/frame.h"
#include "dhcp/responder.h"
#include "tests/unit/dhcp_fixture.h"

static struct dhcp_conf conf;
static struct dhcp_shared shared;

/* Frames that are there to receive, errors among them; then what its interface is like. */
struct fake {
        struct transport transport;
        struct {
                uint8_t data[600];
                int len; /* negative: the error that receiving gives */
        } queue[4];
        unsigned n, next;
        uint8_t sent[4][1600];
        size_t sent_len[4];
        unsigned n_sent;
        int gone_after; /* looks until is_gone() says so; -1: never */
        void (*when_empty)(void);
};

static ssize_t fake_receive(struct transport *t, void *buf, size_t size,
                            struct transport_info *ret_info)
{
        struct fake *fake = (struct fake *)t;
        uint64_t count;

        *ret_info = (struct transport_info){ 0 };
        if (fake->next == fake->n) {
                ck_assert_int_eq(read(t->fd, &count, sizeof(count)), sizeof(count));
                if (fake->when_empty)
                        fake->when_empty();
                return 0;
        }
        if (fake->queue[fake->next].len < 0) { /* as with a socket: said once */
                int error = fake->queue[fake->next++].len;

                if (fake->next == fake->n)
                        ck_assert_int_eq(read(t->fd, &count, sizeof(count)), sizeof(count));
                return error;
        }
        ck_assert_uint_le((size_t)fake->queue[fake->next].len, size);
        memcpy(buf, fake->queue[fake->next].data, (size_t)fake->queue[fake->next].len);
        return fake->queue[fake->next++].len;
}

static int fake_send(struct transport *t, const void *frame, size_t len)
{
        struct fake *fake = (struct fake *)t;

        ck_assert_uint_lt(fake->n_sent, ARRAY_SIZE(fake->sent));
        memcpy(fake->sent[fake->n_sent], frame, len);
        fake->sent_len[fake->n_sent++] = len;
        return 0;
}

static bool fake_is_gone(struct transport *t)
{
        struct fake *fake = (struct fake *)t;

        return fake->gone_after >= 0 && fake->gone_after-- == 0;
}

static void terminate(void)
{
        raise(SIGTERM);
}

static void fake_init(struct fake *fake)
{
        memset(fake, 0, sizeof(*fake));
        fake->transport = (struct transport){ fake_receive, fake_send, fake_is_gone,
                                              eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK) };
        fake->gone_after = -1;
        ck_assert_int_ge(fake->transport.fd, 0);
}

static void queue_dhcp(struct fake *fake, uint8_t type, bool selecting)
{
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, type);
        if (selecting) {
                write_option_addr(&m.w, DHCP4_OPT_SERVER_ID, conf.server_ip);
                write_option_addr(&m.w, DHCP4_OPT_REQUESTED_ADDRESS, conf.address);
        }
        write_u8(&m.w, DHCP4_OPT_END);
        fake->queue[fake->n].len =
                frame_write_udp(fake->queue[fake->n].data, sizeof(fake->queue[0].data), guest_mac,
                                (const uint8_t *)"\xff\xff\xff\xff\xff\xff", ip("0.0.0.0"),
                                ip("255.255.255.255"), 68, 67, m.data, m.w.len);
        ck_assert_int_gt(fake->queue[fake->n++].len, 0);
}

static int run(struct fake *tap, struct fake *nic, int ready_fd)
{
        struct responder r = { &conf, &shared, &tap->transport };
        int result;

        conf = fixture_conf();
        result = responder_run(&r, nic ? &nic->transport : NULL, NULL, ready_fd, NULL);
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
        queue_dhcp(&tap, DHCP4_DISCOVER, false);
        queue_dhcp(&tap, DHCP4_REQUEST, true);
        tap.when_empty = terminate;
        ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
        ck_assert_int_eq(run(&tap, NULL, pair[1]), 0);
        ck_assert_uint_eq(tap.n_sent, 2);
        ck_assert_uint_eq(shared.offer, 1);
        ck_assert_uint_eq(shared.ack, 1);
        ck_assert_uint_eq(shared.lease_state, DHCP_LEASE_BOUND);
        ck_assert_uint_eq(shared.acked_address, conf.address.s_addr);
        ck_assert_uint_gt(shared.first_acked_realtime_usec, 0);
        ck_assert_uint_eq(shared.responder_pid, (uint32_t)getpid());
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
        queue_dhcp(&tap, DHCP4_DISCOVER, false);
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

static int no_sandbox(struct error *err)
{
        return error_set(err, -EPERM, "no sandbox today");
}

START_TEST(test_responder_run_without_its_sandbox_serves_nobody)
{
        static struct fake tap;
        struct responder r = { &conf, &shared, &tap.transport };
        struct error err = ERROR_INIT;

        conf = fixture_conf();
        fake_init(&tap);
        queue_dhcp(&tap, DHCP4_DISCOVER, false);
        ck_assert_int_eq(responder_run(&r, NULL, no_sandbox, -1, &err), -EPERM);
        ck_assert_str_eq(err.message, "no sandbox today");
        ck_assert_uint_eq(tap.n_sent, 0);
        close(tap.transport.fd);
}
END_TEST

static void states(const uint8_t *types, size_t n, enum dhcp_lease_state state)
{
        static struct fake tap;
        struct responder r = { &conf, &shared, &tap.transport };

        conf = fixture_conf();
        memset(&shared, 0, sizeof(shared));
        fake_init(&tap);
        for (size_t i = 0; i < n; i++) {
                struct transport_info info = { 0 };

                tap.n = 0;
                queue_dhcp(&tap, types[i], types[i] == DHCP4_REQUEST);
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
        tcase_add_loop_test(tc, test_responder_lease_state_follows_the_guest, 0, ARRAY_SIZE(lives));
}

int main(void)
{
        return fixture_main("responder", add_tests);
}
