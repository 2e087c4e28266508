/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * completion_zsh.c - specifications for zsh's _arguments, see zshcompsys(1)
 */
#include <stdio.h>
#include <string.h>

#include "launcher/completion.h"

/* Within single quotes; @special: what _arguments or _describe would read otherwise. */
static void print_escaped(const char *text, const char *special)
{
        for (; *text; text++)
                if (*text == '\'')
                        printf("'\\''");
                else if (strchr(special, *text))
                        printf("\\%c", *text);
                else
                        putchar(*text);
}

static void print_action(const struct option_row *row)
{
        size_t len;

        switch (completion_value(row)) {
        case COMPLETE_WORDS:
                printf("(");
                for (const char *word = NULL; (word = option_word(row, word, &len));)
                        printf("%.*s ", (int)len, word);
                printf(")");
                break;
        case COMPLETE_FILES:
                printf("_files");
                break;
        case COMPLETE_DIRECTORIES:
                printf("_files -/");
                break;
        case COMPLETE_NAMESPACES:
                printf("_podgraft_namespaces");
                break;
        case COMPLETE_INTERFACES:
                printf("_podgraft_interfaces");
                break;
        case COMPLETE_DHCP:
                printf("_podgraft_dhcp_options");
                break;
        case COMPLETE_NOTHING:
                break;
        }
}

/* '--mtu=[help]:BYTES:action'; "::" where the value may be left out, "*" where it may come again */
static void print_option(const struct option_row *row)
{
        printf("        '%s--%s%s[", row->type == VALUE_DHCP || row->type == VALUE_NAMES ? "*" : "",
               row->name, row->arg ? "=" : "");
        print_escaped(row->help, "[]\\");
        printf("]");
        if (row->arg) {
                printf(option_is_fine_alone(row) ? "::" : ":");
                print_escaped(row->arg, ":[]\\");
                printf(":");
                print_action(row);
        }
        printf("' \\\n");
}

static void print_command(const struct command *command)
{
        printf("    %s)\n      _arguments -S \\\n", command->name);
        for (size_t i = 0; i < n_option_rows; i++)
                if (option_is_known(&option_rows[i], command->bit))
                        print_option(&option_rows[i]);
        if (command->max_args == 1) {
                printf("        ':argument:(");
                for (const char *c = command->args; *c; c++)
                        putchar(*c == '|' ? ' ' : *c);
                printf(")' \\\n");
        }
        printf("        && return 0\n      ;;\n");
}

static void print_list(const char *name, const char *command, const char *options)
{
        printf("_podgraft_%s() {\n"
               "  local -a list\n"
               "  list=(${(f)\"$(%s)\"})\n"
               "  compadd %s-a list\n"
               "}\n",
               name, command, options);
}

void completion_zsh(void)
{
        printf("#compdef podgraft\n# made by 'podgraft completion zsh'\n");
        print_list("namespaces", COMPLETION_NAMESPACES, "");
        print_list("interfaces", COMPLETION_INTERFACES, "");
        print_list("dhcp_options", COMPLETION_DHCP, "-S '' ");
        printf("_podgraft() {\n"
               "  local -a commands\n"
               "  commands=(\n");
        for (size_t i = 0; i < n_commands; i++) {
                printf("    '%s:", commands[i].name);
                print_escaped(commands[i].help, ":\\");
                printf("'\n");
        }
        printf("  )\n"
               "  if ((CURRENT == 2)); then\n"
               "    _describe command commands\n"
               "    return\n"
               "  fi\n"
               "  shift words\n"
               "  ((CURRENT--))\n"
               "  case $words[1] in\n"
               "    help) _describe command commands ;;\n");
        for (size_t i = 0; i < n_commands; i++)
                print_command(&commands[i]);
        printf("  esac\n"
               "}\n"
               /* Loaded by compinit it is the function's body, else it is to be registered. */
               "if [ \"$funcstack[1]\" = _podgraft ]; then _podgraft \"$@\"; else compdef "
               "_podgraft "
               "podgraft; fi\n");
}
