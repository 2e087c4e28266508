/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_word.c - the words of a line of nft's language
 */
#include <stdlib.h>
#include <string.h>

#include "netsetup/filter/filter_compiler.h"

void filter_skip_spaces(struct filter_compiler *c)
{
        while (*c->at == ' ')
                c->at++;
}

bool filter_take(struct filter_compiler *c, const char *word)
{
        size_t len = strlen(word);

        filter_skip_spaces(c);
        if (strncmp(c->at, word, len) != 0 ||
            (c->at[len] != ' ' && c->at[len] != '\0' && c->at[len] != ','))
                return false;
        c->at += len;
        return true;
}

bool filter_take_name(struct filter_compiler *c, char *ret, size_t size)
{
        size_t len;

        filter_skip_spaces(c);
        len = strcspn(c->at, " ");
        if (len == 0 || len >= size)
                return false;
        memcpy(ret, c->at, len);
        ret[len] = '\0';
        c->at += len;
        return true;
}

bool filter_take_number(struct filter_compiler *c, unsigned most, unsigned *ret)
{
        char *end;
        unsigned long n;

        filter_skip_spaces(c);
        n = strtoul(c->at, &end, 10);
        if (end == c->at || (*end != ' ' && *end != '\0') || n > most)
                return false;
        c->at = end;
        *ret = (unsigned)n;
        return true;
}

bool filter_take_quoted(struct filter_compiler *c, char *ret, size_t size)
{
        size_t len;

        filter_skip_spaces(c);
        if (*c->at != '"')
                return false;
        len = strcspn(c->at + 1, "\"\\*");
        if (c->at[1 + len] != '"' || len >= size)
                return false;
        memset(ret, 0, size);
        memcpy(ret, c->at + 1, len);
        c->at += len + 2;
        return true;
}

bool filter_is_at_end(struct filter_compiler *c)
{
        filter_skip_spaces(c);
        return *c->at == '\0';
}
