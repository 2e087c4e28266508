/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_common.c - what every layer uses: the loop, JSON in files, findings, SHA-256
 */
#include <sys/epoll.h>

#include "podgraft/finding.h"
#include "podgraft/json.h"
#include "podgraft/loop.h"
#include "podgraft/sha256.h"
#include "tests/unit/unit_dir.h"

/* --- the loop --- */

static int count_and_quit(void *user)
{
        loop_quit(user, 5);
        return 0;
}

static int fail_on_read(int fd, uint32_t events _unused_, void *user)
{
        char byte;

        ck_assert_int_eq(read(fd, &byte, 1), 1);
        (*(int *)user)++;
        return -EBADMSG;
}

START_TEST(test_loop_timer_quits_with_its_code)
{
        struct loop_source *timer;
        struct loop *loop;

        ck_assert_int_eq(loop_new(&loop, NULL), 0);
        ck_assert_int_eq(loop_add_timer(loop, count_and_quit, loop, &timer, NULL), 0);
        loop_timer_set(timer, 1);
        ck_assert_int_eq(loop_run(loop, NULL), 5);
        loop_free(loop);
}
END_TEST

START_TEST(test_loop_callback_failure_ends_loop)
{
        struct loop *loop;
        int fds[2], calls = 0;

        ck_assert_int_eq(pipe(fds), 0);
        ck_assert_int_eq(write(fds[1], "x", 1), 1);
        ck_assert_int_eq(loop_new(&loop, NULL), 0);
        ck_assert_int_eq(loop_add_io(loop, fds[0], EPOLLIN, fail_on_read, &calls, NULL, NULL), 0);
        ck_assert_int_eq(loop_run(loop, NULL), -EBADMSG);
        ck_assert_int_eq(calls, 1);
        loop_free(loop);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

START_TEST(test_loop_backoff_doubles_and_begins_anew_after_a_sound_life)
{
        static const uint32_t expected[] = { 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000 };
        struct loop_backoff backoff = { 0 };

        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                loop_backoff_begin(&backoff);
                ck_assert_uint_eq(loop_backoff_next(&backoff), expected[i]);
        }
        loop_backoff_begin(&backoff);
        backoff.begun_msec -= 60000;
        ck_assert_uint_eq(loop_backoff_next(&backoff), 100);
}
END_TEST

/* --- JSON in files --- */

START_TEST(test_json_file_truncated_is_named_as_such)
{
        char path[64];
        struct json_object *o = json_object_new_object(), *back = NULL;
        struct error err = ERROR_INIT;
        uint64_t n;

        snprintf(path, sizeof(path), "%s/file.json", unit_dir);
        json_add_u64(o, "n", 7);
        json_add_string(o, "text", "hello");
        ck_assert_int_eq(json_write_file(path, o, &err), 0);
        ck_assert_int_eq(json_read_file(path, &back, &err), 0);
        ck_assert_int_eq(json_get_u64(back, "n", 10, &n, &err), 0);
        ck_assert_uint_eq(n, 7);
        ck_assert_int_eq(json_get_u64(back, "n", 6, &n, &err), -EINVAL);
        json_object_put(back);
        error_clear(&err);

        ck_assert_int_eq(truncate(path, 9), 0);
        ck_assert_int_eq(json_read_file(path, &back, &err), -EINVAL);
        assert_says(err, "truncated");
        error_clear(&err);

        ck_assert_int_eq(unlink(path), 0);
        ck_assert_int_eq(json_read_file(path, &back, &err), -ENOENT);
        ck_assert_int_eq(rmdir(unit_dir), 0); /* nothing else was left in it */
        json_object_put(o);
}
END_TEST

/* --- findings --- */

static void look_well(void *user, struct finding *ret)
{
        finding_set(ret, FINDING_OK, "well, %s", (const char *)user);
}

static void look_away(void *user _unused_, struct finding *ret _unused_)
{
}

static void look_worse(void *user _unused_, struct finding *ret)
{
        finding_set(ret, FINDING_DEGRADED, "worse");
}

static void look_ill(void *user _unused_, struct finding *ret)
{
        finding_set(ret, FINDING_MISSING, "ill");
        finding_remedy(ret, "stay in bed");
}

START_TEST(test_findings_run_keeps_what_applies_and_the_remedy_that_is_closer)
{
        static const struct check checks[] = { { "a", look_well, "nothing" },
                                               { "b", look_away, "nothing" },
                                               { "c", look_worse, "tea" },
                                               { "d", look_ill, "nothing" } };
        _cleanup_free_ char *expected =
                json_of("[{'name':'a','state':'ok','detail':'well, thanks','remedy':null},"
                        "{'name':'c','state':'degraded','detail':'worse','remedy':'tea'},"
                        "{'name':'d','state':'missing','detail':'ill','remedy':'stay in bed'}]");
        _cleanup_(cleanup_json_unref) struct json_object *o = NULL;
        struct findings findings = { 0 };

        ck_assert_int_eq(findings_worst(&findings), FINDING_OK);
        ck_assert_int_eq(findings_run(&findings, checks, 3, "thanks", NULL), 0);
        ck_assert_int_eq(findings_worst(&findings), FINDING_DEGRADED);
        ck_assert_int_eq(findings_run(&findings, checks + 3, 1, NULL, NULL), 0);
        ck_assert_int_eq(findings_worst(&findings), FINDING_MISSING);
        o = findings_to_json(&findings);
        ck_assert_str_eq(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), expected);
        findings_done(&findings);
}
END_TEST

/* --- SHA-256 --- */

/* FIPS 180-4's own examples, and lengths around a block's end. */
static const struct {
        size_t len;
        const char *data, *hash; /* no data: so many times 'a' */
} hashes[] = {
        { 0, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { 3, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { 56, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { 55, NULL, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
        { 63, NULL, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
        { 64, NULL, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
        { 119, NULL, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
        { 1000, NULL, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3" },
};

START_TEST(test_sha256_table)
{
        uint8_t hash[SHA256_LEN];
        char *data = malloc(hashes[_i].len + 1), text[2 * SHA256_LEN + 1];

        memset(data, 'a', hashes[_i].len);
        if (hashes[_i].data)
                memcpy(data, hashes[_i].data, hashes[_i].len);
        sha256(data, hashes[_i].len, hash);
        for (int i = 0; i < SHA256_LEN; i++)
                snprintf(text + 2 * i, 3, "%02x", hash[i]);
        ck_assert_str_eq(text, hashes[_i].hash);
        free(data);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_unchecked_fixture(tc, unit_dir_make, unit_dir_remove);
        tcase_add_test(tc, test_loop_timer_quits_with_its_code);
        tcase_add_test(tc, test_loop_callback_failure_ends_loop);
        tcase_add_test(tc, test_loop_backoff_doubles_and_begins_anew_after_a_sound_life);
        tcase_add_test(tc, test_json_file_truncated_is_named_as_such);
        tcase_add_test(tc, test_findings_run_keeps_what_applies_and_the_remedy_that_is_closer);
        tcase_add_loop_test(tc, test_sha256_table, 0, ARRAY_SIZE(hashes));
}

int main(void)
{
        return unit_main("common", add_tests);
}
