/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/log.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "podgraft/text.h"

static struct {
        const char *program;
        enum log_level level;
        enum log_format format;
        int fd;
} log_conf = { "podgraft", LOG_LEVEL_INFO, LOG_FORMAT_TEXT, STDERR_FILENO };

static void (*before_line)(void);

static struct {
        bool on;
        struct log_limit limit;
        size_t bytes;
} bound;

static const char *const level_names[] = { "error", "warning", "info", "debug" };

void log_setup(const char *program, enum log_level level, enum log_format format, int fd)
{
        log_conf.program = program;
        log_conf.level = level;
        log_conf.format = format;
        log_conf.fd = fd;
}

void log_before_line(void (*fn)(void))
{
        before_line = fn;
}

enum log_level log_current_level(void)
{
        return log_conf.level;
}

enum log_format log_current_format(void)
{
        return log_conf.format;
}

static void append_json(char *out, size_t size, size_t *len, const char *text)
{
        while (*text && *len + TEXT_JSON_LEN < size) {
                text += text_json(text, out + *len);
                *len += strlen(out + *len);
        }
        out[*len] = '\0';
}

static size_t format_json(char *line, size_t size, enum log_level level, const char *event,
                          const char *message)
{
        struct timespec now = { 0 };
        struct tm tm;
        char stamp[32];
        size_t len;

        clock_gettime(CLOCK_REALTIME, &now);
        gmtime_r(&now.tv_sec, &tm);
        strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
        len = (size_t)snprintf(line, size,
                               "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"program\":\"%s\"", stamp,
                               now.tv_nsec / 1000000, level_names[level], log_conf.program);
        if (event)
                len += (size_t)snprintf(line + len, size - len, ",\"event\":\"%s\"", event);
        len += (size_t)snprintf(line + len, size - len, ",\"message\":\"");
        append_json(line, size - 3, &len, message);
        len += (size_t)snprintf(line + len, size - len, "\"}\n");
        return len;
}

static size_t format_text(char *line, size_t size, enum log_level level, const char *message)
{
        const char *mark = level == LOG_LEVEL_INFO ? "" : level_names[level];
        int n = snprintf(line, size - 1, "%s: %s%s", log_conf.program, mark, *mark ? ": " : "");
        size_t len = n < 0 ? 0 : (size_t)n;

        len += text_escape(message, line + len, size - 1 - len);
        line[len++] = '\n';
        return len;
}

void log_bound(uint32_t burst, uint32_t interval_msec)
{
        bound.on = true;
        bound.limit = (struct log_limit){ .burst = burst, .interval_msec = interval_msec };
}

/* Return: true if a line may go out; @ret_suffix: what is to be said behind it */
static bool bound_pass(char *ret_suffix, size_t size)
{
        struct timespec now = { 0 };

        if (!bound.on)
                return true;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (bound.bytes >= LOG_MOST_BYTES ||
            !log_limit_pass(&bound.limit,
                            (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000))
                return false;
        if (bound.limit.suppressed > 0)
                snprintf(ret_suffix, size, " (%u lines before this one were left out)",
                         bound.limit.suppressed);
        bound.limit.suppressed = 0;
        return true;
}

static size_t format_line(char *line, size_t size, enum log_level level, const char *event,
                          const char *message)
{
        return log_conf.format == LOG_FORMAT_JSON ? format_json(line, size, level, event, message)
                                                  : format_text(line, size, level, message);
}

void log_write(enum log_level level, const char *event, const char *fmt, ...)
{
        char message[3072], line[4096], suffix[64] = "";
        size_t len;
        va_list ap;

        if (level > log_conf.level || log_conf.fd < 0 || !bound_pass(suffix, sizeof(suffix)))
                return;
        va_start(ap, fmt);
        vsnprintf(message, sizeof(message) - sizeof(suffix), fmt, ap);
        va_end(ap);
        strcat(message, suffix);
        len = format_line(line, sizeof(line), level, event, message);
        if (bound.on && bound.bytes + len > LOG_MOST_BYTES - sizeof(line)) {
                bound.bytes = LOG_MOST_BYTES; /* room is left for this */
                len = format_line(line, sizeof(line), LOG_LEVEL_WARNING, "log-full",
                                  "this process has logged all that it may; it logs no more");
        }
        bound.bytes += len;
        if (before_line)
                before_line();
        /* A log that cannot be written must not stop what it tells of. */
        if (write(log_conf.fd, line, len) < 0)
                return;
}

bool log_limit_pass(struct log_limit *limit, uint64_t now_msec)
{
        if (!limit->started) {
                limit->started = true;
                limit->tokens = limit->burst;
                limit->last_msec = now_msec;
        }
        if (limit->interval_msec > 0) {
                uint64_t earned = (now_msec - limit->last_msec) / limit->interval_msec;

                limit->last_msec += earned * limit->interval_msec;
                limit->tokens = earned >= limit->burst - limit->tokens
                                        ? limit->burst
                                        : limit->tokens + (uint32_t)earned;
        }
        if (limit->tokens == 0) {
                limit->suppressed++;
                return false;
        }
        limit->tokens--;
        return true;
}
