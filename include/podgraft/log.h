/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log.h - diagnostics on stderr, as text or as JSON lines
 *
 * Only launcher/ and the responder's loop log; libraries return errors. Whole sentences, names in
 * single quotes, the consequence stated.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "podgraft/cleanup.h"

enum log_level {
        LOG_LEVEL_ERROR,
        LOG_LEVEL_WARNING,
        LOG_LEVEL_INFO,
        LOG_LEVEL_DEBUG
};
enum log_format {
        LOG_FORMAT_TEXT,
        LOG_FORMAT_JSON
};

/** log_setup() - set what is written and how; the default is text at LOG_LEVEL_INFO, to fd 2 */
void log_setup(const char *program, enum log_level level, enum log_format format, int fd);
enum log_level log_current_level(void);
enum log_format log_current_format(void);

/**
 * log_write() - write one line, in one write(2)
 * Control characters in what is told, line feeds too, are escaped (text.h).
 * @event: stable short name such as "guest-started", for machines; NULL for none
 */
void log_write(enum log_level level, const char *event, const char *fmt, ...) _printf_(3, 4);

#define log_error(event, ...)   log_write(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warning(event, ...) log_write(LOG_LEVEL_WARNING, event, __VA_ARGS__)
#define log_info(event, ...)    log_write(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...)   log_write(LOG_LEVEL_DEBUG, event, __VA_ARGS__)

/** log_before_line() - @fn makes room for a line, where something else shows on the same terminal
 */
void log_before_line(void (*fn)(void));

/* A bucket that lets @burst lines through, then one more each @interval_msec. */
struct log_limit {
        uint32_t burst;
        uint32_t interval_msec;
        uint64_t last_msec;
        uint32_t tokens;
        uint32_t suppressed; /* lines swallowed since the last one that went out */
        bool started;
};

/** log_limit_pass() - true if a line may go out now; @now_msec from CLOCK_MONOTONIC */
bool log_limit_pass(struct log_limit *limit, uint64_t now_msec);

#define LOG_MOST_BYTES (256 * 1024)

/**
 * log_bound() - for a process whose lines a guest can provoke
 * From now on at most @burst lines at once, then one more each @interval_msec, LOG_MOST_BYTES in
 * all; what was left out is told with the next line.
 */
void log_bound(uint32_t burst, uint32_t interval_msec);
