/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_guardian.c - what a guardian takes for its end
 */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "dhcp/guardian.h"
#include "tests/unit/unit.h"

#define PARTS 0x10 /* of a sandbox: the first worker says that it has them */

/* A pipe is at no place, thus no pread(); the kernel's mountinfo now and then has no memory. */
START_TEST(test_guardian_unreadable_mount_is_no_end)
{
        struct dhcp_shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        struct responder responder = { .shared = shared };
        struct error err = ERROR_INIT;
        struct guardian *guardian;
        int mount[2], over, r;

        ck_assert_ptr_ne(shared, MAP_FAILED);
        ck_assert_int_eq(pipe(mount), 0);
        assert_ok(guardian_new(&responder, 1, mount[0], &guardian, &err), err);
        r = guardian_run(guardian, PARTS, -1, &over, &err);
        if (r == GUARDIAN_IN_WORKER)
                syscall(SYS_exit_group, 0);  /* _exit() is a sanitizer's */
        ck_assert_int_eq(r, GUARDIAN_ENDED); /* as its worker did */
        ck_assert_uint_eq(atomic_load(&shared->sandbox) & PARTS, PARTS);
        guardian_free(guardian);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_guardian_unreadable_mount_is_no_end);
}

int main(void)
{
        return unit_main("guardian", add_tests);
}
