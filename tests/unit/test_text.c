/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_text.c - which texts are names, and what becomes of text before it meets a terminal
 */
#include "podgraft/json.h"
#include "podgraft/name.h"
#include "podgraft/text.h"
#include "tests/unit/unit.h"

/* --- names --- */

static const struct {
        const char *name;
        bool is_link, is_interface;
} names[] = {
        { "eth0", true, true },
        { "a", true, true },
        { "fifteen-bytes-x", true, true },
        { "sixteen-bytes-xx", false, false },
        { "", false, false },
        { ".", false, false },
        { "..", false, false },
        { "...", true, true },
        { ".hidden", true, true },
        { "-n", true, true },
        { "eth0.5", true, true },
        { "eth@0", true, true },
        { "et\"h\\0", true, true },
        { "a/b", false, false },
        { "../../X", false, false },
        { "/", false, false },
        { "eth0:1", false, false },
        { "eth 0", false, false },
        { " eth0", false, false },
        { "eth0\n", false, false },
        { "eth\t0", false, false },
        { "eth\v0", false, false },
        { "eth\f0", false, false },
        { "eth\r0", false, false },
        { "eth%d", true, false },       /* a template */
        { "eth\0330", true, false },    /* ESC */
        { "eth\0010", true, false },    /* C0 */
        { "eth\1770", true, false },    /* DEL */
        { "eth\xc2\x9b", true, false }, /* C1: CSI */
        { "eth\x9b", true, false },     /* no UTF-8 */
        { "eth\xc3", true, false },
        { "eth\xc3\x9f", true, true },              /* sharp s */
        { "\xe7\xb6\xb2\xe8\xb7\xaf", true, true }, /* "network" in Chinese */
        { "eth\xc3\xa0", false, false },            /* a with grave: has the byte 0xa0 */
        { "eth\xa0", false, false },
};

START_TEST(test_name_of_a_link_is_what_the_kernel_takes)
{
        ck_assert_msg(link_name_is_valid(names[_i].name) == names[_i].is_link, "'%s'",
                      names[_i].name);
}
END_TEST

START_TEST(test_name_of_an_interface_can_be_shown_and_filed)
{
        ck_assert_msg(interface_name_is_valid(names[_i].name) == names[_i].is_interface, "'%s'",
                      names[_i].name);
}
END_TEST

START_TEST(test_name_of_a_container_is_the_specifications)
{
        static const char *const good[] = { "a", "0", "c1", "A_b.c-d", "9.." };
        static const char *const bad[] = { "",     ".",   "..",  "-a",  "_a",       "a/b",
                                           "../a", "a b", "a:b", "a\n", "a\xc3\x9f" };
        char text[202];

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                ck_assert_msg(container_id_is_valid(good[i]), "'%s'", good[i]);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                ck_assert_msg(!container_id_is_valid(bad[i]), "'%s'", bad[i]);
        memset(text, 'a', sizeof(text));
        text[201] = '\0';
        ck_assert(!container_id_is_valid(text));
        text[200] = '\0';
        ck_assert(container_id_is_valid(text));
}
END_TEST

START_TEST(test_name_of_a_file_is_one_component)
{
        static const char *const bad[] = { "", ".", "..", "/", "a/b", "a/", "/a" };
        char text[257];

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                ck_assert_msg(!file_name_is_valid(bad[i]), "'%s'", bad[i]);
        ck_assert(file_name_is_valid("a b\n"));
        ck_assert(file_name_is_valid("..."));
        memset(text, 'a', sizeof(text));
        text[256] = '\0';
        ck_assert(!file_name_is_valid(text));
        text[255] = '\0';
        ck_assert(file_name_is_valid(text));
}
END_TEST

/* --- text --- */

static const struct {
        const char *text, *escaped;
} texts[] = {
        { "", "" },
        { "plain, with 'quotes' and \\", "plain, with 'quotes' and \\" },
        { "Gr\xc3\xbc\xc3\x9f"
          "e \xe2\x94\x80 \xf0\x9f\x90\xa7",
          "Gr\xc3\xbc\xc3\x9f"
          "e \xe2\x94\x80 \xf0\x9f\x90\xa7" },
        { "\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m" },
        { "two\nlines\tand\r", "two\\x0alines\\x09and\\x0d" },
        { "\001\037\177", "\\x01\\x1f\\x7f" },
        { "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f\xc2\xa0" },
        { "\x80\xff\xfe", "\\x80\\xff\\xfe" },
        { "\xc3", "\\xc3" }, /* cut off */
        { "\xe2\x94"
          "a",
          "\\xe2\\x94"
          "a" },
        { "\xc0\x9b\xe0\x80\x9b", "\\xc0\\x9b\\xe0\\x80\\x9b" }, /* not of the shortest form */
        { "\xed\xa0\x80", "\\xed\\xa0\\x80" },                   /* a surrogate */
        { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },          /* beyond U+10FFFF */
};

START_TEST(test_text_is_escaped_where_it_is_not_printable)
{
        char escaped[256], *printed = NULL;
        size_t len, printed_len;
        FILE *f = open_memstream(&printed, &printed_len);

        len = text_escape(texts[_i].text, escaped, sizeof(escaped));
        ck_assert_str_eq(escaped, texts[_i].escaped);
        ck_assert_uint_eq(len, strlen(escaped));
        ck_assert_uint_lt(len, TEXT_ESCAPED_LEN(strlen(texts[_i].text)));
        ck_assert(text_is_printable(escaped));
        ck_assert_int_eq(text_is_printable(texts[_i].text),
                         strcmp(texts[_i].text, texts[_i].escaped) == 0);
        text_print(f, texts[_i].text);
        ck_assert_int_eq(fclose(f), 0);
        ck_assert_str_eq(printed, texts[_i].escaped);
        free(printed);
}
END_TEST

/* Of every size there is: terminated, a beginning of the whole, no character or escape in halves.
 */
START_TEST(test_text_escape_is_cut_between_characters)
{
        static const char text[] = "a\xc3\x9f\033\xe2\x94\x80\xff";
        char whole[64], part[64];

        text_escape(text, whole, sizeof(whole));
        ck_assert_uint_eq(text_escape(text, part, 0), 0);
        for (size_t size = 1; size <= strlen(whole) + 1; size++) {
                memset(part, 'x', sizeof(part));
                ck_assert_uint_lt(text_escape(text, part, size), size);
                ck_assert_int_eq(strncmp(whole, part, strlen(part)), 0);
                ck_assert(text_is_printable(part));
                ck_assert(!strchr(part, '\\') || strlen(strchr(part, '\\')) >= 4);
        }
        ck_assert_str_eq(part, whole);
}
END_TEST

START_TEST(test_json_print_is_json_and_moves_no_cursor)
{
        struct json_object *o = json_object_new_object(), *back = NULL;
        char *printed = NULL;
        const char *text;
        size_t len;
        FILE *f = open_memstream(&printed, &len);

        json_add_string(o, "a", "\"\\/\033[0m\n\177\xc2\x9b\xff\xc3\x9f");
        json_print(f, o);
        ck_assert_int_eq(fclose(f), 0);
        ck_assert_str_eq(printed, "{\n  \"a\":\"\\\"\\\\/\\u001b[0m\\n\\u007f\\u009b\\\\xff\xc3\x9f"
                                  "\"\n}\n");
        ck_assert_int_eq(json_parse(printed, len, "it", &back, NULL), 0);
        ck_assert_int_eq(json_get_string(back, "a", &text, NULL), 0);
        ck_assert_str_eq(text, "\"\\/\033[0m\n\177\xc2\x9b\\xff\xc3\x9f");
        json_object_put(back);
        json_object_put(o);
        free(printed);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_name_of_a_link_is_what_the_kernel_takes, 0, ARRAY_SIZE(names));
        tcase_add_loop_test(tc, test_name_of_an_interface_can_be_shown_and_filed, 0,
                            ARRAY_SIZE(names));
        tcase_add_test(tc, test_name_of_a_container_is_the_specifications);
        tcase_add_test(tc, test_name_of_a_file_is_one_component);
        tcase_add_loop_test(tc, test_text_is_escaped_where_it_is_not_printable, 0,
                            ARRAY_SIZE(texts));
        tcase_add_test(tc, test_text_escape_is_cut_between_characters);
        tcase_add_test(tc, test_json_print_is_json_and_moves_no_cursor);
}

int main(void)
{
        return unit_main("text", add_tests);
}
