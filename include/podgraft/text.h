/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * text.h - text from outside, made fit for a terminal and a log
 *
 * The kernel allows control characters in a link's name, alias and altnames; records,
 * configurations and what libvirt says may have any. Written as they are, they move the cursor,
 * change colours or answer for the user (terminal escape sequences), and a line feed makes one log
 * line two. Whoever writes text for people escapes it there, at the edge: the log, status, plan,
 * doctor, errors.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "podgraft/cleanup.h"

/* Each byte becomes at most "\x1b". */
#define TEXT_ESCAPED_LEN(len) (4 * (len) + 1)

/**
 * text_take() - the next character of a text that does not end here
 * Printable is: valid UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF) that is none
 * of the controls C0 (U+0000 to U+001F), DEL (U+007F) and C1 (U+0080 to U+009F).
 * @ret_printable: whether it may be shown as it is
 * Return: its bytes, 1 to 4; 1 for a byte that belongs to no character
 */
size_t text_take(const char *text, bool *ret_printable);

/** text_is_printable() - is every character of it? Also "". */
bool text_is_printable(const char *text);

/**
 * text_escape() - @text with each byte of what is not printable as \xNN (lower-case hexadecimal)
 * Backslashes of its own stay as they are: the result is to be read, not to be read back.
 * @ret: always terminated, never cut inside of a character or an escape; TEXT_ESCAPED_LEN() is
 * always enough
 * Return: bytes in @ret, without the NUL
 */
size_t text_escape(const char *text, char *ret, size_t size);

/* bytes: "\u0085" and a NUL */
#define TEXT_JSON_LEN 7

/**
 * text_json() - one character of a text as a JSON string has it (RFC 8259 section 7)
 * Beyond what JSON demands, DEL and the controls C1 are escaped too (\u009b), for terminals; and a
 * byte that belongs to no character becomes the text "\xNN", because JSON is UTF-8 (section 8.1).
 * @text: as for text_take(). Return: the bytes of @text that @ret stands for
 */
size_t text_json(const char *text, char ret[TEXT_JSON_LEN]);

/** text_print() - text_escape() to a file; @text may be NULL: nothing is written */
void text_print(FILE *f, const char *text);

/** text_vprintf() - the same with a format; also the format's own controls are escaped */
void text_vprintf(FILE *f, const char *fmt, va_list ap);
