/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netsetup/lock.h"
#include "podgraft/loop.h"
#include "tests/unit/unit.h"

static void setup(void)
{
        ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
}

static struct netns_lock take(void)
{
        struct netns_lock lock = NETNS_LOCK_NONE;

        ck_assert_int_eq(netns_lock_try(NETNS_LOCK_WRITER, &lock), 0);
        return lock;
}

START_TEST(test_lock_taken_is_held_until_released)
{
        struct netns_lock lock = take(), other = NETNS_LOCK_NONE;

        ck_assert_int_ge(lock.group_fd, 0);
        ck_assert(netns_lock_is_held(NETNS_LOCK_WRITER));
        ck_assert(!netns_lock_is_held(NETNS_LOCK_RUN));
        ck_assert_int_eq(netns_lock_try(NETNS_LOCK_WRITER, &other), -EBUSY);
        ck_assert(!netns_lock_has(&other));
        netns_lock_release(&lock);
        ck_assert(!netns_lock_has(&lock));
        ck_assert(!netns_lock_is_held(NETNS_LOCK_WRITER));
        lock = take();
        netns_lock_release(&lock);
}
END_TEST

/* A process that takes the lock, and after that what @then says. Its pid; it is ready. */
static pid_t child(int (*begin)(void), void (*then)(int fd))
{
        int pair[2];
        char byte;
        pid_t pid;

        ck_assert_int_eq(pipe(pair), 0);
        pid = fork();
        if (pid == 0) {
                int fd = begin();

                if (fd < 0 || write(pair[1], "x", 1) != 1)
                        _exit(1);
                then(fd);
                _exit(0);
        }
        close(pair[1]);
        ck_assert_int_eq(read(pair[0], &byte, 1), 1);
        close(pair[0]);
        return pid;
}

static void end(pid_t pid)
{
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static int begin_holding(void)
{
        struct netns_lock lock;

        return netns_lock_try(NETNS_LOCK_WRITER, &lock) < 0 ? -1 : 0;
}

/* Without any privilege */
static int begin_squatting(void)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "\0podgraft" };
        socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof("podgraft");
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        if (setresuid(65534, 65534, 65534) < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ||
            listen(fd, 128) < 0)
                return -1;
        return fd;
}

static void just_stay(int fd _unused_)
{
        for (;;)
                pause();
}

static void accept_and_close(int fd)
{
        for (;;)
                close(accept(fd, NULL, NULL));
}

START_TEST(test_lock_of_a_killed_process_is_free)
{
        pid_t pid = child(begin_holding, just_stay), holder;
        struct netns_lock lock = NETNS_LOCK_NONE;
        int fd;

        ck_assert_int_eq(netns_lock_try(NETNS_LOCK_WRITER, &lock), -EBUSY);
        fd = netns_lock_connect(NETNS_LOCK_WRITER, &holder);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(holder, pid);
        end(pid);
        ck_assert_int_eq(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0), 1);
        close(fd);
        lock = take();
        netns_lock_release(&lock);
}
END_TEST

START_TEST(test_lock_whose_name_is_squatted_is_taken)
{
        pid_t pid = child(begin_squatting, just_stay), holder;
        struct netns_lock lock = take();
        int fd = netns_lock_connect(NETNS_LOCK_WRITER, &holder);

        ck_assert_int_lt(lock.name_fd, 0);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(holder, 0); /* not told as the holder */
        close(fd);
        netns_lock_release(&lock);
        end(pid);
}
END_TEST

START_TEST(test_lock_without_net_admin_is_refused)
{
        struct error err = ERROR_INIT;
        struct netns_lock lock = NETNS_LOCK_NONE;

        ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
        ck_assert_int_eq(netns_lock_try(NETNS_LOCK_WRITER, &lock), -EPERM);
        ck_assert_int_eq(lock_take(1, &lock, &err), -EPERM);
        ck_assert_int_eq(err.class, ERROR_CANNOT);
        ck_assert(!netns_lock_has(&lock));
}
END_TEST

static uint64_t cpu_msec(void)
{
        struct rusage usage;

        getrusage(RUSAGE_SELF, &usage);
        return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
               (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void gives_up(void)
{
        uint64_t began = loop_now_msec(), cpu = cpu_msec();
        struct netns_lock lock = NETNS_LOCK_NONE;
        struct error err = ERROR_INIT;

        ck_assert_int_eq(lock_take(1, &lock, &err), -EBUSY);
        ck_assert_uint_ge(loop_now_msec() - began, 1000);
        ck_assert_uint_lt(loop_now_msec() - began, 3000); /* a busy machine's */
        ck_assert_uint_lt(cpu_msec() - cpu, 300);
        ck_assert(!netns_lock_has(&lock));
}

START_TEST(test_wait_for_a_holder_ends_at_its_deadline)
{
        pid_t pid = child(begin_holding, just_stay);
        struct error err = ERROR_INIT;
        struct netns_lock lock = NETNS_LOCK_NONE;
        char expected[64];

        gives_up();
        snprintf(expected, sizeof(expected), "process %d)", pid);
        ck_assert_int_eq(lock_take(1, &lock, &err), -EBUSY);
        assert_says(err, expected);
        end(pid);
}
END_TEST

START_TEST(test_wait_beside_a_squatter_that_ends_connections_ends_at_its_deadline)
{
        pid_t squatter = child(begin_squatting, accept_and_close);
        pid_t holder = child(begin_holding, just_stay);

        gives_up();
        end(holder);
        end(squatter);
}
END_TEST

START_TEST(test_wait_ends_when_the_holder_does)
{
        pid_t squatter = _i ? child(begin_squatting, just_stay) : 0;
        pid_t holder = child(begin_holding, just_stay), killer = fork();
        struct netns_lock lock = NETNS_LOCK_NONE;
        uint64_t began = loop_now_msec();
        struct error err = ERROR_INIT;

        if (killer == 0) {
                poll(NULL, 0, 100);
                kill(holder, SIGKILL);
                _exit(0);
        }
        assert_ok(lock_take(20, &lock, &err), err);
        ck_assert_uint_ge(loop_now_msec() - began, 90);
        ck_assert_uint_lt(loop_now_msec() - began, 5000);
        netns_lock_release(&lock);
        waitpid(killer, NULL, 0);
        end(holder);
        if (squatter)
                end(squatter);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_checked_fixture(tc, setup, NULL);
        tcase_add_test(tc, test_lock_taken_is_held_until_released);
        tcase_add_test(tc, test_lock_of_a_killed_process_is_free);
        tcase_add_test(tc, test_lock_whose_name_is_squatted_is_taken);
        tcase_add_test(tc, test_lock_without_net_admin_is_refused);
        tcase_add_test(tc, test_wait_for_a_holder_ends_at_its_deadline);
        tcase_add_test(tc, test_wait_beside_a_squatter_that_ends_connections_ends_at_its_deadline);
        tcase_add_loop_test(tc, test_wait_ends_when_the_holder_does, 0, 2);
}

int main(void)
{
        return unit_main("netns_lock", add_tests);
}
