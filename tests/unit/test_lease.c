/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/dhcp_fixture.h"

static struct ip_prefix prefix(const char *text)
{
        struct ip_prefix p;

        ck_assert_int_eq(ip_prefix_parse(text, &p), 0);
        return p;
}

static void add_route(struct podnet *net, const char *dst, const char *gateway)
{
        struct podnet_route route = { .dst = prefix(dst) };

        if (gateway)
                route.gateway = prefix(gateway).addr;
        ck_assert_int_eq(podnet_add_route(net, &route), 0);
}

/* --- the lease --- */

START_TEST(test_conf_from_podnet_keeps_ipv4_and_puts_default_last)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = podnet_new();
        struct ip_prefix address = prefix("10.244.1.7/24"), six = prefix("fd00::7/64");
        struct ip_addr dns = prefix("10.96.0.10").addr, dns6 = prefix("fd00::a").addr;
        static struct dhcp_conf conf;

        strcpy(net->tap, "tap0");
        net->mtu_bytes = 1450;
        podnet_add_address(net, &six);
        podnet_add_address(net, &address);
        add_route(net, "0.0.0.0/0", "10.244.1.1");
        add_route(net, "::/0", "fd00::1");
        add_route(net, "10.96.5.1/12", "10.244.1.1");
        add_route(net, "169.254.1.1/32", NULL);
        podnet_add_nameserver(net, &dns6);
        podnet_add_nameserver(net, &dns);
        ck_assert_int_eq(dhcp_conf_from_podnet(net, &conf, NULL, NULL), 0);
        ck_assert_uint_eq(conf.address.s_addr, ip("10.244.1.7").s_addr);
        ck_assert_uint_eq(conf.prefix_len, 24);
        ck_assert_uint_eq(conf.lease_sec, DHCP_LEASE_INFINITE);
        ck_assert_uint_eq(conf.n_routes, 3);
        ck_assert_uint_eq(conf.routes[0].dst.s_addr, ip("10.96.0.0").s_addr); /* no host bits */
        ck_assert_uint_eq(conf.routes[1].gateway.s_addr, 0);
        ck_assert_uint_eq(conf.routes[2].prefix_len, 0);
        ck_assert_uint_eq(conf.n_dns, 1);
        ck_assert_uint_eq(conf.dns[0].s_addr, ip("10.96.0.10").s_addr);
}
END_TEST

START_TEST(test_conf_from_podnet_too_much_is_left_out_with_notes)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = podnet_new();
        struct ip_addr dns = prefix("10.96.0.10").addr;
        struct notes notes = { 0 };
        static struct dhcp_conf conf;

        add_route(net, "0.0.0.0/0", "10.0.0.1");
        for (int i = 0; i < DHCP_MAX_ROUTES + 5; i++)
                add_route(net, "10.0.0.0/8", "10.0.0.1");
        for (int i = 0; i < DHCP_MAX_DNS + 1; i++)
                podnet_add_nameserver(net, &dns);
        for (int i = 0; i < DHCP_MAX_SEARCHES + 1; i++)
                podnet_add_search(net, "example");
        ck_assert_int_eq(dhcp_conf_from_podnet(net, &conf, &notes, NULL), 0);
        ck_assert_uint_eq(conf.n_routes, DHCP_MAX_ROUTES);
        ck_assert_uint_eq(conf.routes[DHCP_MAX_ROUTES - 1].prefix_len, 0); /* never crowded out */
        ck_assert_uint_eq(conf.n_dns, DHCP_MAX_DNS);
        ck_assert_uint_eq(conf.n_searches, DHCP_MAX_SEARCHES);
        ck_assert_uint_eq(notes.n, 3);
        notes_done(&notes);
}
END_TEST

START_TEST(test_conf_from_podnet_no_address_serves_nothing)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = podnet_new();
        struct ip_prefix six = prefix("fd00::7/64");
        static struct dhcp_conf conf;

        podnet_add_address(net, &six);
        ck_assert_int_eq(dhcp_conf_from_podnet(net, &conf, NULL, NULL), 0);
        ck_assert_uint_eq(conf.address.s_addr, 0);
}
END_TEST

/* --- the shared mapping --- */

static char dir[] = "/tmp/podgraft-unit.XXXXXX";
static char path[64];

static void make_dir(void)
{
        ck_assert_ptr_nonnull(mkdtemp(dir));
        snprintf(path, sizeof(path), "%s/lease", dir);
}

static void remove_dir(void)
{
        unlink(path);
        rmdir(dir);
        strcpy(strrchr(dir, '.'), ".XXXXXX");
}

static int create(void)
{
        int fd = -1;

        ck_assert_int_eq(dhcp_shared_create(path, &fd, NULL), 0);
        return fd;
}

START_TEST(test_shared_create_twice_keeps_what_was_counted)
{
        _cleanup_close_ int first = create(), second = -1;
        struct dhcp_shared shared;

        ck_assert_int_eq(pread(first, &shared, sizeof(shared), 0), sizeof(shared));
        shared.ack = 7;
        ck_assert_int_eq(pwrite(first, &shared, sizeof(shared), 0), sizeof(shared));
        second = create();
        ck_assert_int_eq(pread(second, &shared, sizeof(shared), 0), sizeof(shared));
        ck_assert_uint_eq(shared.ack, 7);
}
END_TEST

START_TEST(test_shared_create_over_another_version_begins_anew)
{
        _cleanup_close_ int first = create(), second = -1;
        const struct dhcp_shared *shared;
        int fd;

        ck_assert_int_eq(pwrite(first, "xxxxxxxxyyyyyyyy", 16, 0), 16);
        ck_assert_int_eq(dhcp_shared_open(path, &shared, &fd, NULL), -EINVAL);
        second = create();
        ck_assert_int_eq(dhcp_shared_open(path, &shared, &fd, NULL), 0);
        ck_assert_uint_eq(shared->responder_pid, 0);
        dhcp_shared_close(shared, fd);
}
END_TEST

START_TEST(test_shared_open_short_or_missing_file_is_refused)
{
        _cleanup_close_ int fd = create();
        const struct dhcp_shared *shared;
        int map_fd;

        ck_assert_int_eq(ftruncate(fd, 20), 0);
        ck_assert_int_eq(dhcp_shared_open(path, &shared, &map_fd, NULL), -EINVAL);
        unlink(path);
        ck_assert_int_eq(dhcp_shared_open(path, &shared, &map_fd, NULL), -ENOENT);
}
END_TEST

/* A process that holds the lock until it is killed. */
static pid_t hold_lock(void)
{
        int pair[2];
        char byte;
        pid_t pid;

        ck_assert_int_eq(pipe(pair), 0);
        pid = fork();
        if (pid == 0) {
                int fd;

                close(pair[0]);
                if (dhcp_shared_create(path, &fd, NULL) < 0 || dhcp_shared_lock(fd, NULL) < 0 ||
                    write(pair[1], "x", 1) != 1)
                        _exit(1);
                for (;;)
                        pause();
        }
        close(pair[1]);
        ck_assert_int_eq(read(pair[0], &byte, 1), 1);
        close(pair[0]);
        return pid;
}

START_TEST(test_shared_lock_tells_its_owner_while_it_lives)
{
        _cleanup_close_ int fd = create(), reader = open(path, O_RDONLY | O_CLOEXEC);
        struct error err = ERROR_INIT;
        pid_t pid;

        ck_assert_int_eq(dhcp_shared_owner(reader), 0);
        ck_assert(!dhcp_shared_is_alive(reader));
        pid = hold_lock();
        ck_assert_int_eq(dhcp_shared_owner(reader), pid);
        ck_assert(dhcp_shared_is_alive(reader));
        ck_assert_int_eq(dhcp_shared_lock(fd, &err), -EBUSY);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        ck_assert_int_eq(dhcp_shared_owner(reader), 0);
        ck_assert_int_eq(dhcp_shared_lock(fd, NULL), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_checked_fixture(tc, make_dir, remove_dir);
        tcase_add_test(tc, test_conf_from_podnet_keeps_ipv4_and_puts_default_last);
        tcase_add_test(tc, test_conf_from_podnet_too_much_is_left_out_with_notes);
        tcase_add_test(tc, test_conf_from_podnet_no_address_serves_nothing);
        tcase_add_test(tc, test_shared_create_twice_keeps_what_was_counted);
        tcase_add_test(tc, test_shared_create_over_another_version_begins_anew);
        tcase_add_test(tc, test_shared_open_short_or_missing_file_is_refused);
        tcase_add_test(tc, test_shared_lock_tells_its_owner_while_it_lives);
}

int main(void)
{
        return fixture_main("lease", add_tests);
}
