/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * terminal.h - what the reader of an output can show: colour, line art
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct terminal {
        FILE *out;
        bool is_terminal;
        bool colour; /* a terminal, and NO_COLOR is not set */
        bool utf8;   /* the locale's character set, else ASCII */
};

/** terminal_of() - by isatty() and LC_ALL, LC_CTYPE, LANG, NO_COLOR, TERM */
struct terminal terminal_of(FILE *out);

enum style {
        STYLE_NONE,
        STYLE_STRONG,
        STYLE_GOOD,
        STYLE_DOUBTFUL,
        STYLE_BAD,
};

/** style_begin() - the escape sequence, "" where there is no colour; style_end() ends it */
const char *style_begin(const struct terminal *t, enum style style);
const char *style_end(const struct terminal *t, enum style style);

/** terminal_glyph() - @utf8, or @ascii where the locale is not of that character set */
const char *terminal_glyph(const struct terminal *t, const char *utf8, const char *ascii);
