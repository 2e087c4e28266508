/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_libvirt_uri.c - which libvirt daemons podgraft connects to
 */
#include "podgraft/libvirt_uri.h"
#include "tests/unit/unit.h"

#define LONG "012345678901234567890123456789012"

static const char *const taken[] = {
        "qemu:///system",
        "qemu:///session",
        "qemu+unix:///system",
        "qemu+unix:///session",
        "qemu:///system?socket=/run/libvirt/virtqemud-sock",
        "qemu+unix:///system?socket=/run/pod one/sock",
        "qemu:///system?socket=/" LONG LONG LONG "0123456",
};

static const char *const refused[] = {
        "",
        "qemu",
        "qemu:///",
        "qemu:///embed",
        "qemu:///embed?root=/tmp/x",
        "qemu:///systems",
        "qemu:///system/",
        "qemu:///system?",
        "qemu:///system?command=/tmp/x",
        "qemu:///system?socket=sock",
        "qemu:///system?socket=/run/sock&command=/tmp/x",
        "qemu:///system?socket=/run/sock;command=/tmp/x",
        "qemu:///system?socket=/run%26command=/tmp/x",
        "qemu:///system?socket=/run/sock#x",
        "qemu+ext:///system?command=/tmp/x",
        "qemu+ext:///system?socket=/run/sock",
        "qemu+ssh:///system",
        "qemu+ssh://host/system?command=/tmp/x",
        "qemu+unix://host/system",
        "qemu+tcp:///system",
        "qemu://host/system",
        "QEMU:///system",
        " qemu:///system",
        "test:///default",
        "vbox+ext:///session?command=/tmp/x",
        /* of the 108 bytes of a socket's path the last is a NUL */
        "qemu:///system?socket=/" LONG LONG LONG "01234567",
};

START_TEST(test_libvirt_uri_of_local_daemon_is_taken)
{
        struct error err = ERROR_INIT;

        assert_ok(libvirt_uri_check(taken[_i], &err), err);
}
END_TEST

START_TEST(test_libvirt_uri_of_anything_else_is_refused)
{
        struct error err = ERROR_INIT;

        ck_assert_msg(libvirt_uri_check(refused[_i], &err) == -EINVAL, "'%s'", refused[_i]);
        assert_usage(err, "give a local one");
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_libvirt_uri_of_local_daemon_is_taken, 0, ARRAY_SIZE(taken));
        tcase_add_loop_test(tc, test_libvirt_uri_of_anything_else_is_refused, 0,
                            ARRAY_SIZE(refused));
}

int main(void)
{
        return unit_main("libvirt_uri", add_tests);
}
