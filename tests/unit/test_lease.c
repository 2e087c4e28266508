/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/dhcp_fixture.h"
#include "tests/unit/unit_dir.h"

/* --- the lease --- */

static void assert_value(const struct dhcp_conf *conf, enum dhcp_audience audience, uint8_t code,
                         const void *value, size_t len)
{
        struct conf_option option;

        ck_assert_msg(conf_option_find(&conf->options, audience, code, &option), "no option %u",
                      code);
        ck_assert_uint_eq(option.len, len);
        ck_assert_mem_eq(option.value, value, len);
}

static void assert_none(const struct dhcp_conf *conf, uint8_t code)
{
        struct conf_option option;

        ck_assert(!conf_option_find(&conf->options, DHCP_EVERYBODY, code, &option));
}

START_TEST(test_conf_from_podnet_keeps_ipv4_and_puts_default_last)
{
        struct podnet *net = podnet_new();
        struct ip_prefix address, six;
        struct dhcp_conf conf;

        ck_assert_int_eq(ip_prefix_parse("10.244.1.7/24", &address), 0);
        ck_assert_int_eq(ip_prefix_parse("fd00::7/64", &six), 0);
        net->mtu_bytes = 1450;
        podnet_add_address(net, &six);
        podnet_add_address(net, &address);
        add_route(net, "0.0.0.0/0", "10.244.1.1");
        add_route(net, "::/0", "fd00::1");
        add_route(net, "10.96.5.1/12", "10.244.1.1"); /* no host bits */
        add_route(net, "169.254.1.1/32", NULL);
        add_nameserver(net, "fd00::a");
        add_nameserver(net, "10.96.0.10");
        conf = conf_of(net, NULL);
        ck_assert(conf_is_sound(&conf));
        ck_assert_uint_eq(conf.address.s_addr, ip("10.244.1.7").s_addr);
        ck_assert_uint_eq(conf.mtu_bytes, 1450);
        ck_assert_uint_eq(conf.lease_sec, DHCP_LEASE_INFINITE);
        assert_value(&conf, DHCP_EVERYBODY, 1, "\377\377\377\0", 4);
        assert_value(&conf, DHCP_EVERYBODY, 121,
                     "\14\12\140\12\364\1\1\40\251\376\1\1\0\0\0\0\0\12\364\1\1", 21);
        assert_value(&conf, DHCP_EVERYBODY, 3, "\12\364\1\1", 4);
        assert_value(&conf, DHCP_EVERYBODY, 6, "\12\140\0\12", 4);
        assert_none(&conf, 12);
        assert_none(&conf, 119);
}
END_TEST

START_TEST(test_conf_from_podnet_too_much_is_left_out_with_notes)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = bare_net("10.244.1.7/24");
        struct notes notes = { 0 };
        struct conf_option option;
        struct dhcp_conf conf;

        add_route(net, "0.0.0.0/0", "10.0.0.1");
        for (int i = 0; i < DHCP_MAX_ROUTES + 5; i++)
                add_route(net, "10.0.0.0/8", "10.0.0.1");
        for (int i = 0; i < DHCP_MAX_DNS + 1; i++)
                add_nameserver(net, "10.96.0.10");
        for (int i = 0; i < 600; i++)
                podnet_add_search(net, "search.example");
        ck_assert_int_eq(dhcp_conf_from_podnet(net, NULL, 0, &conf, &notes, NULL), 0);
        ck_assert(conf_is_sound(&conf));
        ck_assert(conf_option_find(&conf.options, DHCP_EVERYBODY, 121, &option));
        ck_assert_uint_eq(option.len, (DHCP_MAX_ROUTES - 1) * 6 + 5);
        /* The default route is never crowded out. */
        ck_assert_mem_eq(option.value + option.len - 5, "\0\12\0\0\1", 5);
        ck_assert(conf_option_find(&conf.options, DHCP_EVERYBODY, 6, &option));
        ck_assert_uint_eq(option.len, DHCP_MAX_DNS * 4);
        ck_assert(conf_option_find(&conf.options, DHCP_EVERYBODY, 119, &option));
        ck_assert_uint_le(option.len, 1024);
        ck_assert_uint_gt(option.len, 600);
        ck_assert_uint_eq(notes.n, 3);
        notes_done(&notes);
}
END_TEST

START_TEST(test_conf_from_podnet_no_address_serves_nothing)
{
        struct podnet *net = podnet_new();
        struct ip_prefix six;
        struct dhcp_conf conf;

        ck_assert_int_eq(ip_prefix_parse("fd00::7/64", &six), 0);
        podnet_add_address(net, &six);
        conf = conf_of(net, NULL);
        ck_assert_uint_eq(conf.address.s_addr, 0);
}
END_TEST

/* --- what the user asked for --- */

START_TEST(test_conf_user_options_go_before_what_follows_from_the_pod)
{
        static const char *const options[] = {
                "dns-servers=1.1.1.1",     "classless-routes=default via 10.244.1.9",
                "domain-search=a.example", "domain-name=b.example",
                "230=text:mine",           NULL
        };
        struct dhcp_conf conf = conf_of(fixture_net(), options);

        assert_value(&conf, DHCP_EVERYBODY, 6, "\1\1\1\1", 4);
        assert_value(&conf, DHCP_EVERYBODY, 121, "\0\12\364\1\11", 5);
        assert_value(&conf, DHCP_EVERYBODY, 3, "\12\364\1\11", 4); /* it follows 121 */
        assert_value(&conf, DHCP_EVERYBODY, 119, "\1a\7example", 11);
        assert_value(&conf, DHCP_EVERYBODY, 15, "b.example", 9);
        assert_value(&conf, DHCP_EVERYBODY, 230, "mine", 4);
}
END_TEST

/* siaddr, unless given, is the TFTP server's address; iPXE may have one of its own. */
static const struct {
        const char *options[3];
        const char *everybody, *ipxe; /* NULL: none */
} next_servers[] = {
        { { "bootfile-name=x" }, NULL, NULL },
        { { "next-server=10.0.0.1", "tftp-server-name=10.0.0.2" }, "10.0.0.1", NULL },
        { { "tftp-server-name=10.0.0.2", "150=10.0.0.3" }, "10.0.0.2", NULL },
        { { "tftp-server-name=boot.example", "150=10.0.0.3,10.0.0.4" }, "10.0.0.3", NULL },
        { { "tftp-server-name=boot.example" }, NULL, NULL },
        { { "ipxe:tftp-server-name=10.0.0.5" }, NULL, "10.0.0.5" },
        { { "next-server=10.0.0.1", "ipxe:next-server=10.0.0.6" }, "10.0.0.1", "10.0.0.6" },
};

START_TEST(test_conf_next_server)
{
        struct dhcp_conf conf;
        const char *options[4] = { 0 };
        struct conf_option option;
        struct in_addr addr;

        memcpy(options, next_servers[_i].options, sizeof(next_servers[_i].options));
        conf = conf_of(fixture_net(), options);
        if (next_servers[_i].everybody) {
                addr = ip(next_servers[_i].everybody);
                assert_value(&conf, DHCP_EVERYBODY, DHCP4_NEXT_SERVER, &addr, 4);
        } else {
                assert_none(&conf, DHCP4_NEXT_SERVER);
        }
        if (next_servers[_i].ipxe) {
                addr = ip(next_servers[_i].ipxe);
                assert_value(&conf, DHCP_IPXE, DHCP4_NEXT_SERVER, &addr, 4);
        } else {
                ck_assert(!conf_option_find(&conf.options, DHCP_IPXE, DHCP4_NEXT_SERVER, &option));
        }
}
END_TEST

/* All that can be given at once, at its longest, finds room. */
START_TEST(test_conf_largest_configuration_is_whole)
{
        struct podnet *net = bare_net("10.244.1.7/24");
        static char texts[DHCP_MAX_USER_OPTIONS][64];
        const char *options[DHCP_MAX_USER_OPTIONS + 1] = { 0 };
        struct conf_option option;
        struct dhcp_conf conf;

        memset(net->hostname, 'h', PODNET_DOMAIN_LEN - 1);
        for (int i = 0; i < DHCP_MAX_ROUTES; i++)
                add_route(net, "0.0.0.0/0", "10.0.0.1");
        for (int i = 0; i < DHCP_MAX_DNS; i++)
                add_nameserver(net, "10.96.0.10");
        for (int i = 0; i < 600; i++)
                podnet_add_search(net, "search.example");
        for (int i = 0; i < DHCP_MAX_USER_OPTIONS; i++) {
                snprintf(texts[i], sizeof(texts[i]), "%s%d=text:%032d", i < 32 ? "ipxe:" : "",
                         160 + i % 32, i);
                options[i] = texts[i];
        }
        conf = conf_of(net, options);
        ck_assert(conf_is_sound(&conf));
        ck_assert(conf_option_find(&conf.options, DHCP_EVERYBODY, 119,
                                   &option)); /* the last one put */
        ck_assert_uint_gt(option.len, 600);
}
END_TEST

START_TEST(test_conf_broken_one_is_not_sound)
{
        struct dhcp_conf good = fixture_conf(), conf = good;

        conf.magic++;
        ck_assert(!conf_is_sound(&conf));
        conf = good;
        conf.size--;
        ck_assert(!conf_is_sound(&conf));
        conf = good;
        conf.options.n_bytes = sizeof(conf.options.bytes) + 1;
        ck_assert(!conf_is_sound(&conf));
        conf = good;
        conf.options.n_bytes--;
        ck_assert(!conf_is_sound(&conf));
        conf = good;
        ck_assert_int_eq(conf_option_put(&conf.options, DHCP_EVERYBODY, 256, "", 0), 0);
        ck_assert(!conf_is_sound(&conf)); /* no code of DHCPv4's */
        conf = good;
        ck_assert_int_eq(conf_option_put(&conf.options6, DHCP_EVERYBODY, 256, "", 0), 0);
        ck_assert(conf_is_sound(&conf));
}
END_TEST

/* --- the shared mapping --- */

static char path[64];

/* Whatever the last test left. */
static void begin_without_lease(void)
{
        snprintf(path, sizeof(path), "%s/lease", unit_dir);
        unlink(path);
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
        ck_assert_uint_eq(shared->ack, 0);
        dhcp_shared_close(shared, fd);
}
END_TEST

/* Of another version, it may be mapped by who serves: with a shorter file that one gets SIGBUS. */
START_TEST(test_shared_create_that_fails_leaves_what_is_mapped)
{
        _cleanup_close_ int first = create();
        struct rlimit before, none;
        struct stat st;
        int fd, r;

        ck_assert_int_eq(pwrite(first, "xxxxxxxxyyyyyyyy", 16, 0), 16);
        signal(SIGXFSZ, SIG_IGN);
        ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
        none = (struct rlimit){ 0, before.rlim_max };
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
        r = dhcp_shared_create(path, &fd, NULL);
        setrlimit(RLIMIT_FSIZE, &before); /* Check writes, too */
        ck_assert_int_eq(r, -EFBIG);
        ck_assert_int_eq(fstat(first, &st), 0);
        ck_assert_int_eq(st.st_size, sizeof(struct dhcp_shared));
}
END_TEST

START_TEST(test_shared_create_over_a_longer_file_shortens_it)
{
        _cleanup_close_ int first = create(), second = -1;
        struct stat st;

        ck_assert_int_eq(pwrite(first, "x", 1, 10000), 1);
        ck_assert_int_eq(pwrite(first, "xxxxxxxxyyyyyyyy", 16, 0), 16);
        second = create();
        ck_assert_int_eq(fstat(second, &st), 0);
        ck_assert_int_eq(st.st_size, sizeof(struct dhcp_shared));
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

/* What each kind of process does to the lock file, or to the lease file. */
static int lock_file(const char *suffix, int flags, short type)
{
        char file[PATH_MAX];
        struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
        int fd;

        snprintf(file, sizeof(file), "%s%s", path, suffix);
        fd = open(file, flags);
        return fd < 0 ? -errno : fcntl(fd, F_SETLK, &lock) < 0 ? -errno : 0;
}

static int take_as_responder(void)
{
        int fd;

        return dhcp_lock_create(path, &fd, NULL) < 0 ? -1 : dhcp_lock_take(fd, NULL);
}

static int take_as_older_responder(void)
{
        return lock_file("", O_RDWR, F_WRLCK);
}

static int read_lease(void)
{
        return lock_file("", O_RDONLY, F_RDLCK);
}

static int read_lock(void)
{
        return lock_file(".lock", O_RDONLY, F_RDLCK);
}

/* A process that did it, until it is killed. */
static pid_t process_that(int (*did)(void))
{
        int pair[2];
        char byte;
        pid_t pid;

        ck_assert_int_eq(pipe(pair), 0);
        pid = fork();
        if (pid == 0) {
                close(pair[0]);
                if (did() < 0 || write(pair[1], "x", 1) != 1)
                        _exit(1);
                for (;;)
                        pause();
        }
        close(pair[1]);
        ck_assert_int_eq(read(pair[0], &byte, 1), 1);
        close(pair[0]);
        return pid;
}

static void end(pid_t pid)
{
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
}

static pid_t holder(void)
{
        pid_t pid = -2;

        ck_assert_int_eq(dhcp_lock_holder(path, &pid), 0);
        return pid;
}

static void remove_files(void)
{
        char lock[PATH_MAX];

        snprintf(lock, sizeof(lock), "%s.lock", path);
        unlink(lock);
        unlink(path);
}

START_TEST(test_lock_tells_its_holder_while_it_lives)
{
        _cleanup_close_ int lease _unused_ = create(), fd = -1;
        struct error err = ERROR_INIT;
        pid_t pid;

        remove_files();
        ck_assert_int_eq(holder(), 0);
        assert_ok(dhcp_lock_create(path, &fd, &err), err);
        ck_assert_int_eq(holder(), 0);
        pid = process_that(take_as_responder);
        ck_assert_int_eq(holder(), pid);
        ck_assert_int_eq(dhcp_lock_take(fd, NULL), -EBUSY);
        end(pid);
        ck_assert_int_eq(holder(), 0);
        ck_assert_int_eq(dhcp_lock_take(fd, NULL), 0);
}
END_TEST

START_TEST(test_lock_of_an_older_responder_is_seen)
{
        _cleanup_close_ int lease _unused_ = create(), fd = -1;
        pid_t pid = process_that(take_as_older_responder);

        ck_assert_int_eq(holder(), pid);
        ck_assert_int_eq(dhcp_lock_create(path, &fd, NULL), 0);
        ck_assert_int_eq(holder(), pid);
        end(pid);
        ck_assert_int_eq(holder(), 0);
}
END_TEST

START_TEST(test_lock_that_is_only_read_has_no_holder)
{
        _cleanup_close_ int lease _unused_ = create(), fd = -1;
        pid_t first, second;

        ck_assert_int_eq(dhcp_lock_create(path, &fd, NULL), 0);
        first = process_that(read_lease);
        second = process_that(read_lock);
        ck_assert_int_eq(holder(), 0);
        end(second);
        /* What anybody may read is not what a responder locks. */
        ck_assert_int_eq(dhcp_lock_take(fd, NULL), 0);
        end(first);
}
END_TEST

START_TEST(test_lock_is_its_owners_alone)
{
        _cleanup_close_ int lease _unused_ = create(), fd = -1;
        char lock[PATH_MAX];
        struct stat st;
        pid_t pid;

        snprintf(lock, sizeof(lock), "%s.lock", path);
        remove_files();
        close(open(lock, O_WRONLY | O_CREAT, 0600));
        ck_assert_int_eq(chmod(lock, 0622), 0); /* another user could hold a write lock */
        ck_assert_int_eq(dhcp_lock_holder(path, &pid), -EPERM);
        ck_assert_int_eq(chmod(lock, 0644), 0); /* or a read lock, which does not count */
        ck_assert_int_eq(dhcp_lock_holder(path, &pid), 0);
        ck_assert_int_eq(pid, 0);
        ck_assert_int_eq(dhcp_lock_create(path, &fd, NULL), 0);
        ck_assert_int_eq(fstat(fd, &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0600);
        ck_assert_int_eq(chown(lock, 65534, 65534), 0);
        ck_assert_int_eq(dhcp_lock_holder(path, &pid), -EPERM);
        ck_assert_int_eq(dhcp_lock_create(path, &fd, NULL), -EPERM);
        remove_files();
        ck_assert_int_eq(symlink("elsewhere", lock), 0);
        ck_assert_int_eq(dhcp_lock_create(path, &fd, NULL), -ELOOP);
        ck_assert_int_eq(dhcp_lock_holder(path, &pid), -ELOOP);
        remove_files();
        ck_assert_int_eq(mkfifo(lock, 0600), 0); /* which does not make anybody wait */
        ck_assert_int_eq(dhcp_lock_holder(path, &pid), -EPERM);
        remove_files();
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_unchecked_fixture(tc, unit_dir_make, unit_dir_remove);
        tcase_add_checked_fixture(tc, begin_without_lease, NULL);
        tcase_add_test(tc, test_conf_from_podnet_keeps_ipv4_and_puts_default_last);
        tcase_add_test(tc, test_conf_from_podnet_too_much_is_left_out_with_notes);
        tcase_add_test(tc, test_conf_from_podnet_no_address_serves_nothing);
        tcase_add_test(tc, test_conf_user_options_go_before_what_follows_from_the_pod);
        tcase_add_loop_test(tc, test_conf_next_server, 0, ARRAY_SIZE(next_servers));
        tcase_add_test(tc, test_conf_largest_configuration_is_whole);
        tcase_add_test(tc, test_conf_broken_one_is_not_sound);
        tcase_add_test(tc, test_shared_create_twice_keeps_what_was_counted);
        tcase_add_test(tc, test_shared_create_over_another_version_begins_anew);
        tcase_add_test(tc, test_shared_create_that_fails_leaves_what_is_mapped);
        tcase_add_test(tc, test_shared_create_over_a_longer_file_shortens_it);
        tcase_add_test(tc, test_shared_open_short_or_missing_file_is_refused);
        tcase_add_test(tc, test_lock_tells_its_holder_while_it_lives);
        tcase_add_test(tc, test_lock_of_an_older_responder_is_seen);
        tcase_add_test(tc, test_lock_that_is_only_read_has_no_holder);
        tcase_add_test(tc, test_lock_is_its_owners_alone);
}

int main(void)
{
        return unit_main("lease", add_tests);
}
