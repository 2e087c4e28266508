/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unit.h - what every test with Check ends with, and what several of them say alike
 *
 * Check's own variables hold: CK_FORK, CK_VERBOSITY, CK_RUN_CASE, CK_DEFAULT_TIMEOUT,
 * CK_LOG_FILE_NAME.
 */
#pragma once

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "podgraft/error.h"

/**
 * unit_main() - run the tests of one program
 * @name: the suite's and its test case's, as the log has it
 * @add: puts the tests into the test case: tests, loops, fixtures, and a timeout if it needs its
 * own Return: main()'s
 */
static inline int unit_main(const char *name, void (*add)(TCase *tc))
{
        Suite *suite = suite_create(name);
        TCase *tc = tcase_create(name);
        SRunner *runner = srunner_create(suite);
        int failed;

        add(tc);
        suite_add_tcase(suite, tc);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* --- what a struct error says; macros, so that Check names the test's own line --- */

/* @call returned 0; if not, the test fails with the reason it gave. */
#define assert_ok(call, err) ck_assert_msg((call) == 0, "%s", (err).message)

/* @text is in the message. */
#define assert_says(err, text)                                                                     \
        ck_assert_msg(strstr((err).message, text), "got  '%s'\nwant '…%s…'", (err).message, text)

/* It is the user's mistake, and the message says @text. */
#define assert_usage(err, text)                                                                    \
        do {                                                                                       \
                ck_assert_int_eq((err).class, ERROR_USAGE);                                        \
                assert_says(err, text);                                                            \
        } while (0)

/* The same, of a message that begins with @source, a colon and @text. */
#define assert_usage_of(err, source, text)                                                         \
        do {                                                                                       \
                ck_assert_int_eq((err).class, ERROR_USAGE);                                        \
                ck_assert_msg(strncmp((err).message, source ": ", strlen(source ": ")) == 0 &&     \
                                      strncmp((err).message + strlen(source ": "), text,           \
                                              strlen(text)) == 0,                                  \
                              "got  '%s'\nwant '" source ": %s…'", (err).message, text);           \
        } while (0)

/* JSON from a test's text, where it has single quotes; the caller frees it. */
static inline char *json_of(const char *text)
{
        char *json = strdup(text);

        ck_assert_ptr_nonnull(json);
        for (char *p = json; *p; p++)
                *p = *p == '\'' ? '"' : *p;
        return json;
}
