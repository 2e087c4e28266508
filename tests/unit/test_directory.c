/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_directory.c - which directories are safe from others, and what removal leaves alone
 *
 * Needs root, as which it makes what belongs to others.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "podgraft/directory.h"
#include "tests/unit/unit_dir.h"

#define OTHER 65534

/* Each test has a directory of its own in the program's, with which it goes. */
static const char *in_dir(const char *name)
{
        static char path[PATH_MAX];

        snprintf(path, sizeof(path), "%s/%d/%s", unit_dir, (int)getpid(), name);
        return path;
}

static void make_own(void)
{
        umask(022);
        ck_assert_int_eq(chmod(unit_dir, 0755), 0);
        ck_assert_int_eq(mkdir(in_dir(""), 0755), 0);
}

static void make(const char *name, uid_t uid, mode_t mode)
{
        ck_assert_int_eq(mkdir(in_dir(name), 0700), 0);
        ck_assert_int_eq(chown(in_dir(name), uid, uid), 0);
        ck_assert_int_eq(chmod(in_dir(name), mode), 0);
}

static void make_file(const char *name)
{
        int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_EXCL, 0644);

        ck_assert_int_ge(fd, 0);
        close(fd);
}

static void make_link(const char *name, const char *target, uid_t uid)
{
        ck_assert_int_eq(symlink(target, in_dir(name)), 0);
        ck_assert_int_eq(lchown(in_dir(name), uid, uid), 0);
}

static bool exists(const char *name)
{
        struct stat st;

        return lstat(in_dir(name), &st) == 0;
}

/* --- is it safe? --- */

/* What is at "p", and what is asked for: "p", or what is in it. */
static const struct {
        const char *name, *path;
        uid_t uid;
        mode_t mode;
        unsigned how;
        const char *says; /* NULL: it is safe */
} table[] = {
        { "ours", "p", 0, 0755, 0, NULL },
        { "ours, above", "p/x", 0, 0755, DIRECTORY_MAKE, NULL },
        { "another's", "p", OTHER, 0755, 0, "belongs to user 65534" },
        { "another's, above", "p/x", OTHER, 0755, DIRECTORY_MAKE, "belongs to user 65534" },
        { "another's, sticky, above", "p/x", OTHER, 01777, DIRECTORY_MAKE,
          "belongs to user 65534" },
        { "others write", "p", 0, 0757, 0, "can be written by others (mode 0757)" },
        { "a group writes", "p", 0, 0775, 0, "can be written by others (mode 0775)" },
        { "others write, above", "p/x", 0, 0777, DIRECTORY_MAKE, "chmod go-w" },
        { "a group writes, above", "p/x", 0, 0770, DIRECTORY_MAKE, "chmod go-w" },
        { "sticky", "p", 0, 01777, 0, "can be written by others (mode 1777)" },
        { "sticky, asked for so", "p", 0, 01777, DIRECTORY_SHARED, NULL },
        { "not sticky, asked for so", "p", 0, 0777, DIRECTORY_SHARED, "chmod go-w" },
        { "sticky, above", "p/x", 0, 01777, DIRECTORY_MAKE, NULL },
};

START_TEST(test_directory_check_table)
{
        char path[PATH_MAX];
        struct error err = ERROR_INIT;
        int r;

        make("p", table[_i].uid, table[_i].mode);
        snprintf(path, sizeof(path), "%s", in_dir(table[_i].path));
        r = directory_check(path, table[_i].how, "--state-dir", &err);
        if (table[_i].says) {
                ck_assert_msg(r < 0, "%s", table[_i].name);
                assert_usage(err, table[_i].says);
                assert_says(err, "--state-dir '");
                ck_assert(!exists("p/x"));
        } else {
                ck_assert_msg(r == 1, "%s: %s", table[_i].name, err.message);
        }
}
END_TEST

START_TEST(test_directory_check_without_one_is_zero)
{
        struct error err = ERROR_INIT;

        ck_assert_int_eq(directory_check(in_dir("a/b"), 0, "x", &err), 0);
        ck_assert_int_eq(err.code, 0);
        ck_assert(!exists("a"));
}
END_TEST

START_TEST(test_directory_check_makes_what_is_missing)
{
        struct error err = ERROR_INIT;
        struct stat st;

        ck_assert_int_eq(directory_check(in_dir("a//b/c/"), DIRECTORY_MAKE, "x", &err), 1);
        ck_assert_int_eq(stat(in_dir("a/b/c"), &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0755);
}
END_TEST

START_TEST(test_directory_check_refuses_what_is_no_directory)
{
        struct error err = ERROR_INIT;

        make_file("p");
        ck_assert_int_eq(directory_check(in_dir("p"), DIRECTORY_MAKE, "x", &err), -ENOTDIR);
        assert_usage(err, "Not a directory");
        error_clear(&err);
        ck_assert_int_eq(directory_check(in_dir("p/x"), DIRECTORY_MAKE, "x", &err), -ENOTDIR);
}
END_TEST

START_TEST(test_directory_check_follows_links_of_ours)
{
        struct error err = ERROR_INIT;

        make("real", 0, 0755);
        make_link("relative", "real", 0);
        make_link("twice", "relative/../relative", 0);
        ck_assert_msg(directory_check(in_dir("twice/x"), DIRECTORY_MAKE, "x", &err) == 1, "%s",
                      err.message);
        ck_assert(exists("real/x"));
        ck_assert_int_eq(directory_check(in_dir("relative"), DIRECTORY_NO_LINK, "x", &err),
                         -ENOTDIR);
}
END_TEST

START_TEST(test_directory_check_refuses_links_of_others)
{
        struct error err = ERROR_INIT;

        make("real", 0, 0755);
        make("tmp", 0, 01777);
        make_link("tmp/link", "../real", OTHER);
        ck_assert_int_lt(directory_check(in_dir("tmp/link"), DIRECTORY_MAKE, "x", &err), 0);
        assert_usage(err, "the symbolic link");
        error_clear(&err);
        ck_assert_int_lt(directory_check(in_dir("tmp/link/x"), DIRECTORY_MAKE, "x", &err), 0);
        ck_assert(!exists("real/x"));
}
END_TEST

START_TEST(test_directory_check_refuses_links_into_unsafe_places)
{
        struct error err = ERROR_INIT;

        make("open", 0, 0777);
        make("open/x", 0, 0755);
        make_link("link", "open/x", 0);
        ck_assert_int_lt(directory_check(in_dir("link"), 0, "x", &err), 0);
        assert_usage(err, "chmod go-w");
}
END_TEST

START_TEST(test_directory_check_ends_where_links_lead_in_a_circle)
{
        struct error err = ERROR_INIT;

        make_link("a", "b", 0);
        make_link("b", "a", 0);
        ck_assert_int_eq(directory_check(in_dir("a"), 0, "x", &err), -ELOOP);
}
END_TEST

START_TEST(test_directory_check_of_an_emptydir_makes_it_sticky)
{
        struct error err = ERROR_INIT;
        struct stat st;

        make("run", 0, 0777);
        ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
        ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        ck_assert_int_eq(mount("none", in_dir("run"), "tmpfs", 0, "mode=777"), 0);
        ck_assert_int_eq(directory_check(in_dir("run/podgraft"), 0, "x", &err), 0);
        ck_assert_int_eq(stat(in_dir("run"), &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0777); /* by a look it is not changed */
        ck_assert_int_eq(directory_check(in_dir("run/podgraft"), DIRECTORY_MAKE, "x", &err), 1);
        ck_assert_int_eq(stat(in_dir("run"), &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 01777);
        umount(in_dir("run"));
}
END_TEST

START_TEST(test_directory_check_by_an_ordinary_user_accepts_roots_volume)
{
        struct error err = ERROR_INIT;

        make("run", 0, 0777);
        ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
        ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        ck_assert_int_eq(mount(in_dir("run"), in_dir("run"), NULL, MS_BIND, NULL), 0);
        ck_assert_int_eq(seteuid(OTHER), 0);
        ck_assert_msg(directory_check(in_dir("run/libvirt"), DIRECTORY_MAKE, "x", &err) == 1, "%s",
                      err.message);
        ck_assert_int_eq(seteuid(0), 0);
        umount(in_dir("run"));
}
END_TEST

/* --- removal --- */

static int open_dir(const char *name)
{
        int fd = open(in_dir(name), O_RDONLY | O_DIRECTORY);

        ck_assert_int_ge(fd, 0);
        return fd;
}

START_TEST(test_directory_remove_takes_a_tree_and_no_more)
{
        int fd;

        make("victim", 0, 0755);
        make_file("victim/file");
        make("tree", OTHER, 0755);
        make("tree/a", OTHER, 0755);
        make("tree/a/b", OTHER, 0);
        make_file("tree/a/b/file");
        make_link("tree/a/link", "../../victim", OTHER);
        make_link("tree/nowhere", "nowhere", OTHER);
        ck_assert_int_eq(mkfifo(in_dir("tree/fifo"), 0600), 0);
        fd = open_dir("");
        ck_assert_int_eq(directory_remove(fd, "tree", OTHER), 0);
        ck_assert(!exists("tree"));
        ck_assert(exists("victim/file"));
        ck_assert_int_eq(directory_remove(fd, "tree", OTHER), 0); /* there is none */
        make_link("link", "victim", 0);
        ck_assert_int_eq(directory_remove(fd, "link", OTHER), 0);
        ck_assert(!exists("link") && exists("victim/file"));
}
END_TEST

START_TEST(test_directory_remove_of_a_third_users_directory_is_refused)
{
        make("tree", OTHER, 0755);
        make("tree/a", 1000, 0755);
        make_file("tree/a/file");
        make_file("tree/file");
        ck_assert_int_eq(directory_remove(open_dir(""), "tree", OTHER), -EPERM);
        ck_assert(exists("tree/a/file"));
        ck_assert(!exists("tree/file"));
        /* the first one's that is met is the tree's */
        ck_assert_int_eq(directory_remove(open_dir(""), "tree", DIRECTORY_ANY_USER), -EPERM);
        ck_assert(exists("tree/a/file"));
}
END_TEST

START_TEST(test_directory_remove_leaves_what_is_mounted)
{
        make("tree", 0, 0755);
        make("tree/mount", 0, 0755);
        ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
        ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        ck_assert_int_eq(mount("none", in_dir("tree/mount"), "tmpfs", 0, NULL), 0);
        make_file("tree/mount/file");
        ck_assert_int_eq(directory_remove(open_dir(""), "tree", OTHER), -EXDEV);
        ck_assert(exists("tree/mount/file"));
        umount(in_dir("tree/mount"));
}
END_TEST

START_TEST(test_directory_remove_is_bounded_in_depth)
{
        int fd = open_dir("");

        for (int i = 0; i < 100; i++) {
                int next;

                ck_assert_int_eq(mkdirat(fd, "deep", 0755), 0);
                next = openat(fd, "deep", O_RDONLY | O_DIRECTORY);
                close(fd);
                fd = next;
        }
        ck_assert_int_eq(directory_remove(open_dir(""), "deep", OTHER), -ELOOP);
}
END_TEST

static bool is_kept(const char *name)
{
        return strcmp(name, "kept") == 0;
}

START_TEST(test_directory_clear_keeps_what_it_is_told_to_at_the_top)
{
        make("tree", 0, 0755);
        make_file("tree/kept");
        make_file("tree/file");
        make("tree/a", 0, 0755);
        make_file("tree/a/kept");
        ck_assert_int_eq(directory_clear(open_dir("tree"), is_kept, OTHER), 0);
        ck_assert(exists("tree/kept"));
        ck_assert(!exists("tree/file") && !exists("tree/a"));
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_unchecked_fixture(tc, unit_dir_make, unit_dir_remove);
        tcase_add_checked_fixture(tc, make_own, NULL);
        tcase_add_loop_test(tc, test_directory_check_table, 0, ARRAY_SIZE(table));
        tcase_add_test(tc, test_directory_check_without_one_is_zero);
        tcase_add_test(tc, test_directory_check_makes_what_is_missing);
        tcase_add_test(tc, test_directory_check_refuses_what_is_no_directory);
        tcase_add_test(tc, test_directory_check_follows_links_of_ours);
        tcase_add_test(tc, test_directory_check_refuses_links_of_others);
        tcase_add_test(tc, test_directory_check_refuses_links_into_unsafe_places);
        tcase_add_test(tc, test_directory_check_ends_where_links_lead_in_a_circle);
        tcase_add_test(tc, test_directory_check_of_an_emptydir_makes_it_sticky);
        tcase_add_test(tc, test_directory_check_by_an_ordinary_user_accepts_roots_volume);
        tcase_add_test(tc, test_directory_remove_takes_a_tree_and_no_more);
        tcase_add_test(tc, test_directory_remove_of_a_third_users_directory_is_refused);
        tcase_add_test(tc, test_directory_remove_leaves_what_is_mounted);
        tcase_add_test(tc, test_directory_remove_is_bounded_in_depth);
        tcase_add_test(tc, test_directory_clear_keeps_what_it_is_told_to_at_the_top);
}

int main(void)
{
        return unit_main("directory", add_tests);
}
