/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Without setlocale(): a container's image has seldom any locale, and the name says enough. */
static bool is_utf8(void)
{
        static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };

        for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
                const char *value = getenv(variables[i]), *charset;

                if (!value || !*value)
                        continue;
                charset = strchr(value, '.');
                return charset && (strncasecmp(charset + 1, "utf-8", 5) == 0 ||
                                   strncasecmp(charset + 1, "utf8", 4) == 0);
        }
        return false;
}

/* https://no-color.org: any value but the empty one. */
static bool is_colour_wanted(void)
{
        const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

        return !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

struct terminal terminal_of(FILE *out)
{
        struct terminal t = { .out = out, .is_terminal = isatty(fileno(out)), .utf8 = is_utf8() };

        t.colour = t.is_terminal && is_colour_wanted();
        return t;
}

const char *style_begin(const struct terminal *t, enum style style)
{
        static const char *const sequences[] = {
                [STYLE_NONE] = "",         [STYLE_STRONG] = "\033[1m",
                [STYLE_GOOD] = "\033[32m", [STYLE_DOUBTFUL] = "\033[33m",
                [STYLE_BAD] = "\033[31m",
        };

        return t->colour ? sequences[style] : "";
}

const char *style_end(const struct terminal *t, enum style style)
{
        return t->colour && style != STYLE_NONE ? "\033[0m" : "";
}

const char *terminal_glyph(const struct terminal *t, const char *utf8, const char *ascii)
{
        return t->utf8 ? utf8 : ascii;
}
