/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_log.c - what went wrong: the error that is handed on, the lines that are logged
 */
#include <fcntl.h>
#include <unistd.h>

#include "podgraft/json.h"
#include "podgraft/log.h"
#include "tests/unit/unit.h"

/* --- errors --- */

START_TEST(test_error_set_twice_keeps_first_cause)
{
        struct error err = ERROR_INIT;

        ck_assert_int_eq(error_set_class(&err, ERROR_USAGE, -EINVAL, "first"), -EINVAL);
        ck_assert_int_eq(error_set(&err, -EIO, "second"), -EIO);
        ck_assert_str_eq(err.message, "first");
        ck_assert_int_eq(err.class, ERROR_USAGE);
        ck_assert_int_eq(err.code, -EINVAL);
}
END_TEST

START_TEST(test_error_context_puts_outermost_first)
{
        struct error err = ERROR_INIT;

        error_errno(&err, -EPERM, "attach '%s'", "eth0-nic");
        ck_assert_int_eq(error_context(&err, "up '%s'", "eth0"), -EPERM);
        ck_assert_str_eq(err.message, "up 'eth0': attach 'eth0-nic': Operation not permitted");
}
END_TEST

START_TEST(test_error_context_long_message_is_cut_not_overrun)
{
        struct error err = ERROR_INIT;
        char text[4000];

        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        error_set(&err, -EIO, "%s", text);
        error_context(&err, "up");
        ck_assert_uint_eq(strlen(err.message), sizeof(err.message) - 1);
        ck_assert_int_eq(strncmp(err.message, "up: xxx", 7), 0);
}
END_TEST

/* --- log lines --- */

static int read_log_line(enum log_format format, const char *message, char *buf, size_t size)
{
        int fds[2];
        ssize_t n;

        ck_assert_int_eq(pipe(fds), 0);
        log_setup("test", LOG_LEVEL_INFO, format, fds[1]);
        log_warning("an-event", "%s", message);
        log_debug("quiet", "not shown");
        close(fds[1]);
        n = read(fds[0], buf, size - 1);
        close(fds[0]);
        buf[n > 0 ? n : 0] = '\0';
        return (int)n;
}

START_TEST(test_log_json_line_parses_and_keeps_message)
{
        static const char message[] = "name 'a\"b\\c'\nnext\tand \x01";
        struct json_object *o;
        char line[512];
        const char *text;

        read_log_line(LOG_FORMAT_JSON, message, line, sizeof(line));
        o = json_tokener_parse(line);
        ck_assert_ptr_nonnull(o);
        ck_assert_int_eq(json_get_string(o, "message", &text, NULL), 0);
        ck_assert_str_eq(text, message);
        ck_assert_int_eq(json_get_string(o, "event", &text, NULL), 0);
        ck_assert_str_eq(text, "an-event");
        json_object_put(o);
}
END_TEST

START_TEST(test_log_text_line_is_one_line_with_level)
{
        char line[512];

        read_log_line(LOG_FORMAT_TEXT, "hello", line, sizeof(line));
        ck_assert_str_eq(line, "test: warning: hello\n");
}
END_TEST

/* A name from outside must neither move the cursor nor make a line of its own. */
START_TEST(test_log_text_line_has_no_control_characters)
{
        char line[512];

        read_log_line(LOG_FORMAT_TEXT, "'\033]0;x\007'\ntest: error: forged \xc2\x9b \xff", line,
                      sizeof(line));
        ck_assert_str_eq(line, "test: warning: '\\x1b]0;x\\x07'\\x0atest: error: forged "
                               "\\xc2\\x9b \\xff\n");
}
END_TEST

START_TEST(test_log_json_line_is_utf8_without_controls)
{
        struct json_object *o;
        char line[512];
        const char *text;

        read_log_line(LOG_FORMAT_JSON, "\177\xc2\x9b\xff\xc3\x9f", line, sizeof(line));
        ck_assert_ptr_nonnull(strstr(line, "\"message\":\"\\u007f\\u009b\\\\xff\xc3\x9f\"}"));
        o = json_tokener_parse(line);
        ck_assert_int_eq(json_get_string(o, "message", &text, NULL), 0);
        ck_assert_str_eq(text, "\177\xc2\x9b\\xff\xc3\x9f");
        json_object_put(o);
}
END_TEST

START_TEST(test_log_line_of_controls_is_cut_not_overrun)
{
        char message[3000], line[8192];
        int n;

        memset(message, '\033', sizeof(message) - 1);
        message[sizeof(message) - 1] = '\0';
        n = read_log_line(LOG_FORMAT_TEXT, message, line, sizeof(line));
        ck_assert_int_le(n, 4096);
        ck_assert_int_gt(n, 4000);
        ck_assert_str_eq(line + n - 5, "\\x1b\n");
        n = read_log_line(LOG_FORMAT_JSON, message, line, sizeof(line));
        ck_assert_int_le(n, 4096);
        ck_assert_str_eq(line + n - 9, "\\u001b\"}\n");
}
END_TEST

/* --- fewer of them --- */

START_TEST(test_log_limit_burst_is_let_through_then_one_per_interval)
{
        struct log_limit limit = { .burst = 2, .interval_msec = 1000 };

        ck_assert(log_limit_pass(&limit, 5000));
        ck_assert(log_limit_pass(&limit, 5000));
        ck_assert(!log_limit_pass(&limit, 5999));
        ck_assert_uint_eq(limit.suppressed, 1);
        ck_assert(log_limit_pass(&limit, 6000));
        ck_assert(!log_limit_pass(&limit, 6001));
        /* A long silence earns the burst again, not more. */
        ck_assert(log_limit_pass(&limit, 1000000));
        ck_assert(log_limit_pass(&limit, 1000000));
        ck_assert(!log_limit_pass(&limit, 1000000));
}
END_TEST

START_TEST(test_log_bound_lines_and_bytes_end)
{
        char path[] = "/tmp/podgraft-log.XXXXXX", text[4096], long_line[2000];
        _cleanup_close_ int fd = mkstemp(path);
        ssize_t n;
        off_t size;

        ck_assert_int_ge(fd, 0);
        unlink(path);
        log_setup("test", LOG_LEVEL_INFO, LOG_FORMAT_TEXT, fd);
        log_bound(2, 3600000);
        for (int i = 0; i < 1000; i++)
                log_info(NULL, "line %d", i);
        n = pread(fd, text, sizeof(text) - 1, 0);
        text[n > 0 ? n : 0] = '\0';
        ck_assert_str_eq(text, "test: line 0\ntest: line 1\n");
        /* The bucket fills again; the next line says how many found it empty. */
        log_bound(1, 50);
        log_info(NULL, "before");
        size = lseek(fd, 0, SEEK_END);
        while (lseek(fd, 0, SEEK_END) == size)
                log_info(NULL, "again");
        n = pread(fd, text, sizeof(text) - 1, size);
        text[n > 0 ? n : 0] = '\0';
        ck_assert_ptr_nonnull(strstr(text, "test: again ("));
        ck_assert_ptr_nonnull(strstr(text, " lines before this one were left out)\n"));
        log_bound(100000, 1);
        memset(long_line, 'x', sizeof(long_line) - 1);
        long_line[sizeof(long_line) - 1] = '\0';
        for (int i = 0; i < 1000; i++)
                log_info(NULL, "%s", long_line);
        size = lseek(fd, 0, SEEK_END);
        ck_assert_int_le(size, LOG_MOST_BYTES);
        ck_assert_int_gt(size, LOG_MOST_BYTES - 16384);
        n = pread(fd, text, 200, size - 200);
        text[n > 0 ? n : 0] = '\0';
        ck_assert_ptr_nonnull(strstr(text, "it logs no more\n"));
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_error_set_twice_keeps_first_cause);
        tcase_add_test(tc, test_error_context_puts_outermost_first);
        tcase_add_test(tc, test_error_context_long_message_is_cut_not_overrun);
        tcase_add_test(tc, test_log_json_line_parses_and_keeps_message);
        tcase_add_test(tc, test_log_text_line_is_one_line_with_level);
        tcase_add_test(tc, test_log_text_line_has_no_control_characters);
        tcase_add_test(tc, test_log_json_line_is_utf8_without_controls);
        tcase_add_test(tc, test_log_line_of_controls_is_cut_not_overrun);
        tcase_add_test(tc, test_log_limit_burst_is_let_through_then_one_per_interval);
        /* The last: after it this process logs no more. */
        tcase_add_test(tc, test_log_bound_lines_and_bytes_end);
}

int main(void)
{
        return unit_main("log", add_tests);
}
