/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/progress.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "launcher/terminal.h"
#include "podgraft/log.h"
#include "podgraft/text.h"

#define CLEAR_LINE "\r\033[K"

static struct {
        bool running;
        uint64_t since_msec;
        unsigned shown_sec; /* 0: there is no line */
} progress;

static uint64_t now_msec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool progress_is_wanted(void)
{
        struct terminal t = terminal_of(stderr);

        return t.is_terminal && log_current_format() == LOG_FORMAT_TEXT &&
               log_current_level() >= LOG_LEVEL_INFO;
}

static void clear(void)
{
        if (progress.shown_sec > 0)
                fputs(CLEAR_LINE, stderr);
        progress.shown_sec = 0;
}

void progress_tell(unsigned most_sec, const char *fmt, ...)
{
        unsigned sec;
        va_list ap;

        if (!progress_is_wanted())
                return;
        if (!progress.running) {
                progress.running = true;
                progress.since_msec = now_msec();
                log_before_line(clear);
        }
        sec = (unsigned)((now_msec() - progress.since_msec) / 1000);
        if (sec == progress.shown_sec)
                return;
        progress.shown_sec = sec;
        fputs(CLEAR_LINE, stderr);
        va_start(ap, fmt);
        text_vprintf(stderr, fmt, ap);
        va_end(ap);
        if (most_sec > 0)
                fprintf(stderr, " (%u of %u s)", sec, most_sec);
        else
                fprintf(stderr, " (%u s)", sec);
}

void progress_end(void)
{
        clear();
        progress.running = false;
}
