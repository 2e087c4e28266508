/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_record.c - which record is found by whom
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netsetup/record.h"
#include "tests/unit/unit_dir.h"

#define COOKIE 7

static bool is_seen; /* whatever is looked for, before it is opened */

int access(const char *path, int mode)
{
        return is_seen ? 0 : (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

static void begin(void)
{
        unit_dir_remove();
        ck_assert_int_eq(mkdir(unit_dir, 0700), 0);
}

static void write_of(const char *interface, uint64_t cookie)
{
        _cleanup_(cleanup_record_free) struct record *record = record_new();
        struct error err = ERROR_INIT;

        record->original = netstate_new();
        record->identity = podnet_new();
        strcpy(record->identity->interface, interface);
        graft_name_links(record->identity, 0);
        assert_ok(record_write(unit_dir, cookie, record, &err), err);
}

static bool is_there(const char *name)
{
        char path[64];
        struct stat st;

        snprintf(path, sizeof(path), "%s/%s", unit_dir, name);
        return stat(path, &st) == 0;
}

/* Of @interface, or any; "" where there is none. */
static const char *found(const char *interface, bool locked, struct notes *notes)
{
        _cleanup_(cleanup_record_free) struct record *record = NULL;
        static char name[IFNAMSIZ];
        struct error err = ERROR_INIT;
        int r = record_find(unit_dir, COOKIE, interface, locked, &record, notes, &err);

        ck_assert_msg(r >= 0 && err.code == 0, "%s", err.message);
        strcpy(name, r == 1 ? record->identity->interface : "");
        return name;
}

START_TEST(test_record_of_another_namespace_is_set_aside_under_the_lock_only)
{
        struct notes notes = { 0 };

        write_of("eth0", COOKIE + 1);
        ck_assert_str_eq(found("eth0", false, &notes), "");
        ck_assert_uint_eq(notes.n, 0);
        ck_assert(is_there("eth0.json"));
        ck_assert_str_eq(found("eth0", true, &notes), "");
        ck_assert_uint_eq(notes.n, 1);
        ck_assert_str_eq(notes.note[0].event, "record-set-aside");
        ck_assert(!is_there("eth0.json") && is_there("eth0.json.stale"));
        notes_done(&notes);
}
END_TEST

START_TEST(test_record_of_another_namespace_hides_none)
{
        write_of("net1", COOKIE);
        write_of("eth0", COOKIE + 1);
        write_of("net2", COOKIE + 1);
        ck_assert_str_eq(found(NULL, false, NULL), "net1");
        ck_assert_str_eq(found(NULL, true, NULL), "net1");
}
END_TEST

/* Other files may be called as they like, a record may not. */
START_TEST(test_record_is_called_by_an_interface_s_name)
{
        static const char *const files[] = {
                "...json", "a b.json", "\033x.json", "eth%d.json", "sixteen-bytes-xx.json", ".json"
        };
        static const char *const names[] = { "../X", "..", "", "a/b", "\033" };
        _cleanup_free_ struct record_name *list = NULL;

        write_of("eth0", COOKIE);
        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                char path[96];

                snprintf(path, sizeof(path), "%s/%s", unit_dir, files[i]);
                close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        }
        ck_assert_uint_eq(record_list(unit_dir, &list), 1);
        ck_assert_str_eq(list[0].interface, "eth0");
        ck_assert_str_eq(found(NULL, true, NULL), "eth0");
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_(cleanup_record_free) struct record *record = record_new();
                struct error err = ERROR_INIT;

                ck_assert_str_eq(found(names[i], true, NULL), "");
                record->original = netstate_new();
                record->identity = podnet_new();
                strcpy(record->identity->interface, names[i]);
                ck_assert_int_lt(record_write(unit_dir, COOKIE, record, &err), 0);
                ck_assert_int_lt(record_remove(unit_dir, record, NULL), 0);
        }
        ck_assert_str_eq(found("eth0", true, NULL), "eth0");
}
END_TEST

START_TEST(test_record_that_goes_while_it_is_looked_for_is_none)
{
        is_seen = true;
        ck_assert_str_eq(found("eth0", false, NULL), "");
        is_seen = false;
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_unchecked_fixture(tc, unit_dir_make, unit_dir_remove);
        tcase_add_checked_fixture(tc, begin, NULL);
        tcase_add_test(tc, test_record_of_another_namespace_is_set_aside_under_the_lock_only);
        tcase_add_test(tc, test_record_of_another_namespace_hides_none);
        tcase_add_test(tc, test_record_is_called_by_an_interface_s_name);
        tcase_add_test(tc, test_record_that_goes_while_it_is_looked_for_is_none);
}

int main(void)
{
        return unit_main("record", add_tests);
}
