/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * completion_fish.c - one 'complete' for each command and option, see complete(1) of fish
 */
#include <stdio.h>

#include "launcher/completion.h"

static void print_quoted(const char *text)
{
        putchar('\'');
        for (; *text; text++) {
                if (*text == '\'' || *text == '\\')
                        putchar('\\');
                putchar(*text);
        }
        putchar('\'');
}

/* -x: needs a value, which is no file's name; -F: which is one */
static void print_value(const struct option_row *row)
{
        size_t len;

        switch (completion_value(row)) {
        case COMPLETE_WORDS:
                printf(option_is_fine_alone(row) ? " -f -a '" : " -x -a '");
                for (const char *word = NULL; (word = option_word(row, word, &len));)
                        printf("%.*s ", (int)len, word);
                printf("'");
                break;
        case COMPLETE_FILES:
                printf(" -r -F");
                break;
        case COMPLETE_DIRECTORIES:
                printf(" -x -a '(__fish_complete_directories)'");
                break;
        case COMPLETE_NAMESPACES:
                printf(" -x -a ");
                print_quoted("(" COMPLETION_NAMESPACES ")");
                break;
        case COMPLETE_INTERFACES:
                printf(" -x -a ");
                print_quoted("(" COMPLETION_INTERFACES ")");
                break;
        case COMPLETE_DHCP:
                printf(" -x -a ");
                print_quoted("(" COMPLETION_DHCP ")");
                break;
        case COMPLETE_NOTHING:
                printf(" -x");
                break;
        }
}

/* fish takes it for the value only behind '='; behind a space it is a word like any other. */
static void print_words_after(const struct option_row *row)
{
        size_t len;

        printf("complete -c podgraft -n '__fish_prev_arg_in --%s' -a '", row->name);
        for (const char *word = NULL; (word = option_word(row, word, &len));)
                printf("%.*s ", (int)len, word);
        printf("'\n");
}

static void print_option(const struct option_row *row)
{
        printf("complete -c podgraft -n '__fish_seen_subcommand_from");
        for (size_t i = 0; i < n_commands; i++)
                if (option_is_known(row, commands[i].bit))
                        printf(" %s", commands[i].name);
        printf("' -l %s", row->name);
        if (row->arg)
                print_value(row);
        printf(" -d ");
        print_quoted(row->help);
        printf("\n");
        if (row->arg && option_is_fine_alone(row))
                print_words_after(row);
}

void completion_fish(void)
{
        printf("# fish completion for podgraft; made by 'podgraft completion fish'\n"
               "complete -c podgraft -f\n");
        for (size_t i = 0; i < n_commands; i++) {
                const struct command *command = &commands[i];

                printf("complete -c podgraft -n '__fish_use_subcommand' -a %s -d ", command->name);
                print_quoted(command->help);
                printf("\n");
                if (command->max_args != 1)
                        continue;
                printf("complete -c podgraft -n '__fish_seen_subcommand_from %s' -a '",
                       command->name);
                for (const char *c = command->args; *c; c++)
                        putchar(*c == '|' ? ' ' : *c);
                printf("'\n");
        }
        for (size_t i = 0; i < n_option_rows; i++)
                print_option(&option_rows[i]);
}
