/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_netlink.c - dumps that do not go as they should: the kernel's own, changed on their way
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "netsetup/request.h"
#include "tests/unit/netstate_fixture.h"

#define NOBODYS_TYPE 0x7ff
#define LOOPBACK     1 /* each namespace's */

/* What happens to the dumps of one type. */
static struct {
        int type;
        bool is_lacking; /* the kernel knows no such type */
        int done_code;
        unsigned interruptions; /* how many of them are still to be interrupted */
        uint32_t seq;
} fault;
static unsigned clock_step_sec, clock_sec;

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
        struct nlmsghdr *nlh = msg->msg_iov[0].iov_base;

        if (nlh->nlmsg_type == fault.type) {
                fault.seq = nlh->nlmsg_seq;
                nlh->nlmsg_type = fault.is_lacking ? NOBODYS_TYPE : nlh->nlmsg_type;
        }
        return syscall(SYS_sendmsg, fd, msg, flags);
}

static void spoil(struct nlmsghdr *nlh)
{
        if (nlh->nlmsg_type != NLMSG_DONE || nlh->nlmsg_seq != fault.seq)
                return;
        if (fault.done_code)
                memcpy(NLMSG_DATA(nlh), &fault.done_code, sizeof(fault.done_code));
        if (fault.interruptions > 0) {
                fault.interruptions--;
                nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
        }
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
        ssize_t n = syscall(SYS_recvmsg, fd, msg, flags);
        int left = (int)n;

        for (struct nlmsghdr *nlh = msg->msg_iov[0].iov_base; nlmsg_ok(nlh, left);
             nlh = nlmsg_next(nlh, &left))
                spoil(nlh);
        return n;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
        if (clock_step_sec == 0)
                return (int)syscall(SYS_clock_gettime, clock, ret);
        *ret = (struct timespec){ .tv_sec = clock_sec += clock_step_sec };
        return 0;
}

static int count(struct nlmsghdr *nlh, void *user)
{
        const struct ifinfomsg *link = NLMSG_DATA(nlh);

        if (nlh->nlmsg_type == RTM_NEWLINK && link->ifi_index == LOOPBACK)
                ++*(unsigned *)user;
        return 0;
}

static void count_anew(void *user)
{
        *(unsigned *)user = 0;
}

/* @ret_n: how many loopbacks are among the links */
static int dump_links(unsigned *ret_n, struct error *err)
{
        _cleanup_(cleanup_netlink_close) struct netlink *nl = NULL;
        struct ifinfomsg header = { 0 };
        int r;

        assert_ok(netlink_open(&nl, err), *err);
        *ret_n = 0;
        fault.type = RTM_GETLINK;
        r = netlink_dump(nl, RTM_GETLINK, &header, sizeof(header), count, count_anew, ret_n, err);
        clock_step_sec = 0;
        return r;
}

START_TEST(test_dump_that_the_kernel_breaks_off_fails)
{
        struct error err = ERROR_INIT;
        unsigned n;

        fault.done_code = -EMSGSIZE;
        ck_assert_int_eq(dump_links(&n, &err), -EMSGSIZE);
}
END_TEST

START_TEST(test_dump_interrupted_a_hundred_times_is_whole)
{
        struct error err = ERROR_INIT;
        unsigned n;

        fault.interruptions = 100;
        assert_ok(dump_links(&n, &err), err);
        ck_assert_uint_eq(fault.interruptions, 0);
        ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(test_dump_interrupted_for_seconds_fails)
{
        struct error err = ERROR_INIT;
        unsigned n;

        fault.interruptions = UINT32_MAX;
        clock_step_sec = 1;
        ck_assert_int_eq(dump_links(&n, &err), -EAGAIN);
        assert_says(err, "changes faster than it can be read");
}
END_TEST

static const struct {
        int type;
        bool is_lacking;
        int done_code, result;
} optional[] = {
        { RTM_GETNEXTHOP, true, 0, 0 },
        { RTM_GETNEXTHOP, false, -ENOMEM, -ENOMEM },
        { RTM_GETRULE, true, 0, 0 },
        { RTM_GETRULE, false, -EAGAIN, -EAGAIN },
};

START_TEST(test_observe_only_what_the_kernel_lacks_may_be_missing)
{
        _cleanup_(cleanup_netlink_close) struct netlink *nl = NULL;
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
        struct error err = ERROR_INIT;

        assert_ok(netlink_open(&nl, &err), err);
        fault.type = optional[_i].type;
        fault.is_lacking = optional[_i].is_lacking;
        fault.done_code = optional[_i].done_code;
        ck_assert_msg(observe(nl, &state, &err) == optional[_i].result, "%s", err.message);
        ck_assert_int_eq(err.code, optional[_i].result);
        ck_assert_uint_ne(fault.seq, 0);
}
END_TEST

static void begin(void)
{
        memset(&fault, 0, sizeof(fault));
}

static void add_tests(TCase *tc)
{
        tcase_add_checked_fixture(tc, begin, NULL);
        tcase_add_test(tc, test_dump_that_the_kernel_breaks_off_fails);
        tcase_add_test(tc, test_dump_interrupted_a_hundred_times_is_whole);
        tcase_add_test(tc, test_dump_interrupted_for_seconds_fails);
        tcase_add_loop_test(tc, test_observe_only_what_the_kernel_lacks_may_be_missing, 0,
                            ARRAY_SIZE(optional));
}

int main(void)
{
        return unit_main("netlink", add_tests);
}
