/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tests/unit/dhcp_fixture.h"

START_TEST(test_reader_numbers_are_big_endian)
{
        static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7 };
        uint8_t *copy = exact_copy(bytes, sizeof(bytes));
        struct reader r = reader_init(copy, sizeof(bytes));

        ck_assert_uint_eq(reader_u8(&r), 0x01);
        ck_assert_uint_eq(reader_u16(&r), 0x0203);
        ck_assert_uint_eq(reader_u32(&r), 0x04050607);
        ck_assert(!r.failed);
        ck_assert_uint_eq(r.left, 0);
        free(copy);
}
END_TEST

START_TEST(test_reader_past_the_end_fails_for_good)
{
        uint8_t *copy = exact_copy("\1\2\3", 3);
        struct reader r = reader_init(copy, 3);

        ck_assert_uint_eq(reader_u32(&r), 0);
        ck_assert(r.failed);
        /* What would have fit before the failure is refused after it. */
        ck_assert_ptr_null(reader_take(&r, 0));
        ck_assert_uint_eq(reader_u8(&r), 0);
        free(copy);
}
END_TEST

START_TEST(test_reader_take_of_huge_length_does_not_wrap)
{
        struct reader r = reader_init("abc", 3);

        ck_assert_ptr_null(reader_take(&r, SIZE_MAX));
        ck_assert(r.failed);
}
END_TEST

START_TEST(test_reader_copy_on_failure_leaves_target_alone)
{
        struct reader r = reader_init("ab", 2);
        char target[4] = "xyz";

        reader_copy(&r, target, 3);
        ck_assert_str_eq(target, "xyz");
}
END_TEST

START_TEST(test_writer_overflow_fails_for_good_and_writes_nothing_more)
{
        uint8_t *buf = exact_copy("\0\0\0", 3);
        struct writer w = writer_init(buf, 3);

        write_u16(&w, 0x0102);
        write_u16(&w, 0x0304);
        write_u8(&w, 5); /* this one would fit */
        ck_assert_int_eq(writer_finish(&w), -EMSGSIZE);
        ck_assert_mem_eq(buf, "\1\2\0", 3);
        free(buf);
}
END_TEST

START_TEST(test_writer_filled_to_the_last_byte_succeeds)
{
        uint8_t *buf = exact_copy("\0\0\0\0", 4);
        struct writer w = writer_init(buf, 4);

        write_u32(&w, 0x01020304);
        write_bytes(&w, NULL, 0);
        ck_assert_int_eq(writer_finish(&w), 4);
        ck_assert_mem_eq(buf, "\1\2\3\4", 4);
        free(buf);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_reader_numbers_are_big_endian);
        tcase_add_test(tc, test_reader_past_the_end_fails_for_good);
        tcase_add_test(tc, test_reader_take_of_huge_length_does_not_wrap);
        tcase_add_test(tc, test_reader_copy_on_failure_leaves_target_alone);
        tcase_add_test(tc, test_writer_overflow_fails_for_good_and_writes_nothing_more);
        tcase_add_test(tc, test_writer_filled_to_the_last_byte_succeeds);
}

int main(void)
{
        return unit_main("cursor", add_tests);
}
