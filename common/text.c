/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/text.h"

#include <stdint.h>
#include <string.h>

/*
 * RFC 3629 section 3: what the first byte says of the length, and the least value of that length.
 * Return: bytes; 0: it begins no character
 */
static size_t sequence_len(unsigned char first, uint32_t *ret_bits, uint32_t *ret_least)
{
        static const struct {
                unsigned char mask, mark;
                uint32_t least;
        } forms[] = { { 0x80, 0x00, 0 },
                      { 0xe0, 0xc0, 0x80 },
                      { 0xf0, 0xe0, 0x800 },
                      { 0xf8, 0xf0, 0x10000 } };

        for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
                if ((first & forms[i].mask) == forms[i].mark) {
                        *ret_bits = first & (unsigned char)~forms[i].mask;
                        *ret_least = forms[i].least;
                        return i + 1;
                }
        return 0;
}

static bool is_control(uint32_t character)
{
        return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

size_t text_take(const char *text, bool *ret_printable)
{
        uint32_t character, least;
        size_t len = sequence_len((unsigned char)*text, &character, &least);

        *ret_printable = false;
        for (size_t i = 1; i < len; i++) {
                unsigned char next = (unsigned char)text[i];

                if ((next & 0xc0) != 0x80) /* also the NUL: it is never passed */
                        return 1;
                character = character << 6 | (next & 0x3f);
        }
        if (len == 0 || character < least || character > 0x10ffff ||
            (character >= 0xd800 && character <= 0xdfff))
                return 1;
        *ret_printable = !is_control(character);
        return len;
}

bool text_is_printable(const char *text)
{
        bool printable = true;

        while (*text && printable)
                text += text_take(text, &printable);
        return printable;
}

size_t text_escape(const char *text, char *ret, size_t size)
{
        static const char digits[] = "0123456789abcdef";
        size_t len = 0;

        if (size == 0)
                return 0;
        while (*text) {
                bool printable;
                size_t n = text_take(text, &printable);

                if (len + (printable ? n : 4 * n) >= size)
                        break;
                if (printable) {
                        memcpy(ret + len, text, n);
                        len += n;
                }
                for (size_t i = 0; !printable && i < n; i++) {
                        unsigned char byte = (unsigned char)text[i];

                        ret[len++] = '\\';
                        ret[len++] = 'x';
                        ret[len++] = digits[byte >> 4];
                        ret[len++] = digits[byte & 15];
                }
                text += n;
        }
        ret[len] = '\0';
        return len;
}

size_t text_json(const char *text, char ret[TEXT_JSON_LEN])
{
        bool printable;
        size_t n = text_take(text, &printable);
        unsigned char c = (unsigned char)*text;

        if (printable && c != '"' && c != '\\') {
                memcpy(ret, text, n);
                ret[n] = '\0';
        } else if (printable) {
                snprintf(ret, TEXT_JSON_LEN, "\\%c", c);
        } else if (c < 0x80 || n == 2) { /* U+0080 to U+009f end in a byte of their number */
                snprintf(ret, TEXT_JSON_LEN, "\\u%04x", (unsigned char)text[n - 1]);
        } else {
                snprintf(ret, TEXT_JSON_LEN, "\\\\x%02x", c);
        }
        return n;
}

void text_print(FILE *f, const char *text)
{
        char escaped[TEXT_ESCAPED_LEN(4)], character[5];

        while (text && *text) {
                bool printable;
                size_t n = text_take(text, &printable);

                memcpy(character, text, n);
                character[n] = '\0';
                text_escape(character, escaped, sizeof(escaped));
                fputs(escaped, f);
                text += n;
        }
}

void text_vprintf(FILE *f, const char *fmt, va_list ap)
{
        _cleanup_free_ char *text = NULL;

        if (vasprintf(&text, fmt, ap) < 0)
                text = NULL;
        text_print(f, text);
}
