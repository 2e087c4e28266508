/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/error.h"

#include <stdarg.h>
#include <string.h>

static int error_vset(struct error *err, enum error_class class, int code, const char *fmt,
                      va_list ap)
{
        if (!err || err->code != 0) /* the first cause wins */
                return code;
        err->code = code;
        err->class = class;
        vsnprintf(err->message, sizeof(err->message), fmt, ap);
        return code;
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        error_vset(err, ERROR_FAILED, code, fmt, ap);
        va_end(ap);
        return code;
}

int error_set_class(struct error *err, enum error_class class, int code, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        error_vset(err, class, code, fmt, ap);
        va_end(ap);
        return code;
}

int error_errno(struct error *err, int code, const char *fmt, ...)
{
        char what[sizeof(err->message)];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(what, sizeof(what), fmt, ap);
        va_end(ap);
        return error_set(err, code, "%s: %s", what, strerror(-code));
}

/* A message that outgrows its room loses its tail. */
static void message_append(struct error *err, const char *text)
{
        size_t len = strlen(err->message);

        while (*text && len < sizeof(err->message) - 1)
                err->message[len++] = *text++;
        err->message[len] = '\0';
}

int error_context(struct error *err, const char *fmt, ...)
{
        char cause[sizeof(err->message)];
        va_list ap;

        if (!err)
                return -EIO;
        memcpy(cause, err->message, sizeof(cause));
        va_start(ap, fmt);
        vsnprintf(err->message, sizeof(err->message), fmt, ap);
        va_end(ap);
        message_append(err, ": ");
        message_append(err, cause);
        return err->code;
}

void error_append(struct error *err, const char *text)
{
        if (err)
                message_append(err, text);
}

void error_clear(struct error *err)
{
        if (err)
                *err = (struct error)ERROR_INIT;
}

void notes_add(struct notes *notes, const char *event, const char *fmt, ...)
{
        struct note *grown;
        char *text = NULL;
        va_list ap;
        int n;

        if (!notes)
                return;
        va_start(ap, fmt);
        n = vasprintf(&text, fmt, ap);
        va_end(ap);
        if (n < 0)
                return;
        grown = reallocarray(notes->note, notes->n + 1, sizeof(*grown));
        if (!grown) {
                free(text);
                return;
        }
        notes->note = grown;
        notes->note[notes->n++] = (struct note){ .event = event, .text = text };
}

void notes_done(struct notes *notes)
{
        for (size_t i = 0; i < notes->n; i++)
                free(notes->note[i].text);
        free(notes->note);
        *notes = (struct notes){ 0 };
}
