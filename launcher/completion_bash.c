/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * completion_bash.c - a function that fills COMPREPLY; it uses nothing of the bash-completion
 * package
 */
#include <stdio.h>

#include "launcher/completion.h"

static void print_commands(void)
{
        for (size_t i = 0; i < n_commands; i++)
                printf("%s ", commands[i].name);
}

static void print_words(const struct option_row *row)
{
        size_t len;

        for (const char *word = NULL; (word = option_word(row, word, &len));)
                printf("%.*s ", (int)len, word);
}

/* What follows an option. Where its value may be left out, the next option may follow as well. */
static void print_value_case(const struct option_row *row)
{
        printf("    --%s) ", row->name);
        switch (completion_value(row)) {
        case COMPLETE_WORDS:
                printf("words=\"");
                print_words(row);
                printf("\"");
                break;
        case COMPLETE_FILES:
                printf("compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "
                       "\"$cur\")");
                break;
        case COMPLETE_DIRECTORIES:
                printf("compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "
                       "\"$cur\")");
                break;
        case COMPLETE_NAMESPACES:
                printf("words=$(%s)", COMPLETION_NAMESPACES);
                break;
        case COMPLETE_INTERFACES:
                printf("words=$(%s)", COMPLETION_INTERFACES);
                break;
        case COMPLETE_DHCP:
                printf("compopt -o nospace 2>/dev/null; words=$(%s)", COMPLETION_DHCP);
                break;
        case COMPLETE_NOTHING:
                break;
        }
        printf(option_is_fine_alone(row) ? " ;;\n" : "; whole=yes ;;\n");
}

static void print_value_cases(void)
{
        const char *separator = "    ";

        for (size_t i = 0; i < n_option_rows; i++)
                if (option_rows[i].arg && completion_value(&option_rows[i]) != COMPLETE_NOTHING)
                        print_value_case(&option_rows[i]);
        for (size_t i = 0; i < n_option_rows; i++)
                if (option_rows[i].arg && completion_value(&option_rows[i]) == COMPLETE_NOTHING) {
                        printf("%s--%s", separator, option_rows[i].name);
                        separator = "|";
                }
        printf(") whole=yes ;;\n");
}

static void print_options_case(const struct command *command)
{
        printf("    %s) words+=\" ", command->name);
        for (size_t i = 0; i < n_option_rows; i++)
                if (option_is_known(&option_rows[i], command->bit))
                        printf("--%s ", option_rows[i].name);
        printf("\"");
        if (command->max_args == 1) {
                printf("; [ \"${cur#-}\" != \"$cur\" ] || words=\"");
                for (const char *c = command->args; *c; c++)
                        putchar(*c == '|' ? ' ' : *c);
                printf("\"");
        }
        printf(" ;;\n");
}

void completion_bash(void)
{
        printf("# bash completion for podgraft; made by 'podgraft completion bash'\n"
               "_podgraft() {\n"
               "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words= "
               "whole=\n"
               "  COMPREPLY=()\n"
               "  # '=' is a word of its own here.\n"
               "  if [ \"$cur\" = = ]; then cur=\n"
               "  elif [ \"$prev\" = = ] && [ \"$COMP_CWORD\" -gt 2 ]; then "
               "prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
               "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
               "    COMPREPLY=($(compgen -W \"");
        print_commands();
        printf("help --help --version\" -- \"$cur\"))\n"
               "    return\n"
               "  fi\n"
               "  case $prev in\n");
        print_value_cases();
        printf("  esac\n"
               "  [ -n \"$whole\" ] || case ${COMP_WORDS[1]} in\n"
               "    help) words=\"");
        print_commands();
        printf("\" ;;\n");
        for (size_t i = 0; i < n_commands; i++)
                print_options_case(&commands[i]);
        printf("  esac\n"
               "  [ -n \"${COMPREPLY[0]+set}\" ] || COMPREPLY=($(compgen -W \"$words\" -- "
               "\"$cur\"))\n"
               "}\n"
               "complete -F _podgraft podgraft\n");
}
