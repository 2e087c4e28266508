/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_settle.c - when a late interface is taken for complete, by a clock of the test's own
 */
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

#include "netsetup/netlink.h"
#include "tests/unit/netstate_fixture.h"

#define NEVER 0xffffffffu /* in milliseconds, as all of them */

/* What comes, and when, to a pod that is waited for five seconds; and when it is gone on with. */
struct pod {
        const char *name;
        unsigned link, up, address, route; /* NEVER: they do not */
        unsigned addresses_every;          /* more of them without end; 0: no */
        unsigned held_up_at, held_up_for;  /* the first look from then on: after it has looked */
        int result;
        unsigned from, to;
};

static const struct pod *pod;
static unsigned now;
static bool is_running, was_held_up;

int clock_gettime(clockid_t clock, struct timespec *ret)
{
        if (!is_running)
                return (int)syscall(SYS_clock_gettime, clock, ret);
        *ret = (struct timespec){ .tv_sec = 100 + now / 1000, .tv_nsec = now % 1000 * 1000000 };
        return 0;
}

int poll(struct pollfd *fds, nfds_t n, int timeout_msec)
{
        (void)fds, (void)n;
        now += (unsigned)timeout_msec;
        return 0;
}

int observe(struct netlink *nl, struct netstate **ret, struct error *err)
{
        struct netstate *s = netstate_new();

        (void)nl, (void)err;
        if (now >= pod->link)
                add_link(s, NIC, "eth0", "veth")->flags = now >= pod->up ? IFF_UP : 0;
        if (now >= pod->address)
                add_address(s, NIC, "10.244.1.7/24");
        if (now >= pod->route)
                add_route(s, NIC, "0.0.0.0/0", "10.244.1.1");
        for (unsigned at = 0; pod->addresses_every && at <= now; at += pod->addresses_every)
                add_address(s, NIC + 1, "10.244.2.7/24");
        now += 5;
        if (now >= pod->held_up_at && !was_held_up) {
                was_held_up = true;
                now += pod->held_up_for;
        }
        *ret = s;
        return 0;
}

static const struct pod pods[] = {
        { "there already", 0, 0, 0, 0, 0, NEVER, 0, 0, 0, 20 },
        { "up, and its address comes", 0, 0, 700, 1400, 0, NEVER, 0, 0, 2400, 2600 },
        { "late", 500, 600, 1300, 2000, 0, NEVER, 0, 0, 3000, 3200 },
        { "held up while it comes", 100, 100, 400, 500, 0, 200, 2000, 0, 3200, 3500 },
        { "without an address", 0, 0, NEVER, NEVER, 0, NEVER, 0, 0, 1000, 1200 },
        { "late, without an address", 500, 500, NEVER, NEVER, 0, NEVER, 0, 0, 1500, 1700 },
        { "never at rest", 500, 500, 600, 700, 100, NEVER, 0, 0, 5000, 5100 },
        { "never up", 500, NEVER, NEVER, NEVER, 0, NEVER, 0, 0, 5000, 5100 },
        { "never", NEVER, NEVER, NEVER, NEVER, 0, NEVER, 0, -ETIMEDOUT, 5000, 5100 },
};

START_TEST(test_settle_wait_interface_table)
{
        struct error err = ERROR_INIT;
        int r;

        pod = &pods[_i];
        now = 0;
        was_held_up = false;
        is_running = true;
        r = observe_wait_interface(NULL, "eth0", 5, NULL, &err);
        is_running = false;
        ck_assert_msg(r == pod->result, "%s: %d %s", pod->name, r, err.message);
        ck_assert_msg(now >= pod->from && now <= pod->to, "%s: after %u ms", pod->name, now);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_settle_wait_interface_table, 0, ARRAY_SIZE(pods));
}

int main(void)
{
        return unit_main("settle", add_tests);
}
