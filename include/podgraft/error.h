/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * error.h - one way to fail: a negative errno, a message, and what it means for the caller
 *
 * The first cause wins; each layer may add context, outermost first:
 *     up 'eth0': attach 'eth0-nic' to bridge 'k6t-eth0': Operation not permitted
 * A function that takes a struct error passes it last. NULL is allowed and discards the message.
 */
#pragma once

#include "podgraft/cleanup.h"

/* What a failure means to whoever started the program; the value is the exit status. */
enum error_class {
        ERROR_FAILED = 1,     /* the network is as it was before */
        ERROR_USAGE = 2,      /* usage, configuration, bad input: nothing touched */
        ERROR_NOT_SET_UP = 3, /* nothing stands here, or the awaited did not come */
        ERROR_HALF_DONE = 4,  /* could not be fully undone; the record is kept */
        ERROR_CANNOT = 5,     /* this machine or these privileges cannot */
};

struct error {
        int code; /* negative errno, 0: no error */
        enum error_class class;
        char message[2048];
};

#define ERROR_INIT                                                                                 \
        {                                                                                          \
                .code = 0, .class = ERROR_FAILED                                                   \
        }

/**
 * error_set() - record the cause of a failure, unless one is recorded already
 * @code: negative errno
 * Return: @code, so that it can be returned at once.
 * The text says what failed, for what, and what to do; strerror is not appended.
 */
int error_set(struct error *err, int code, const char *fmt, ...) _printf_(3, 4);

/** error_set_class() - like error_set(), with what it means for the caller */
int error_set_class(struct error *err, enum error_class class, int code, const char *fmt, ...)
        _printf_(4, 5);

/** error_errno() - like error_set(), with ": " and strerror(-code) appended */
int error_errno(struct error *err, int code, const char *fmt, ...) _printf_(3, 4);

/**
 * error_context() - put "what was being done: " in front of the message
 * Return: the code recorded in @err.
 */
int error_context(struct error *err, const char *fmt, ...) _printf_(2, 3);

/** error_append() - add to the end of the message: a remedy, a second failure */
void error_append(struct error *err, const char *text);

/** error_clear() - forget a failure that was dealt with */
void error_clear(struct error *err);

/*
 * Warnings: things a library noticed that its caller may tell the user. Libraries never log.
 */
struct notes {
        struct note {
                const char *event; /* stable short name, as for log_write() */
                char *text;        /* a whole sentence */
        } *note;
        size_t n;
};

/** notes_add() - silently dropped when out of memory or @notes is NULL; @event must outlive it */
void notes_add(struct notes *notes, const char *event, const char *fmt, ...) _printf_(3, 4);

/** notes_done() - release the sentences, not the struct */
void notes_done(struct notes *notes);
