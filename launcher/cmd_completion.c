/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "launcher/completion.h"

enum completion_value completion_value(const struct option_row *row)
{
        static const struct {
                const char *name; /* NULL: any */
                const char *arg;
                enum completion_value value;
        } rules[] = {
                { NULL, "FILE", COMPLETE_FILES },       { NULL, "DIR", COMPLETE_DIRECTORIES },
                { "netns", NULL, COMPLETE_NAMESPACES }, { "interface", NULL, COMPLETE_INTERFACES },
                { "dhcp-option", NULL, COMPLETE_DHCP },
        };

        if (row->type == VALUE_CHOICE)
                return COMPLETE_WORDS;
        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                if ((!rules[i].name || strcmp(rules[i].name, row->name) == 0) &&
                    (!rules[i].arg || (row->arg && strcmp(rules[i].arg, row->arg) == 0)))
                        return rules[i].value;
        return COMPLETE_NOTHING;
}

int cmd_completion(const struct options *options, struct error *err)
{
        static const struct {
                const char *shell;
                void (*print)(void);
        } shells[] = {
                { "bash", completion_bash },
                { "zsh", completion_zsh },
                { "fish", completion_fish },
        };

        for (size_t i = 0; options->n_args == 1 && i < ARRAY_SIZE(shells); i++)
                if (strcmp(options->args[0], shells[i].shell) == 0) {
                        shells[i].print();
                        return 0;
                }
        return error_set_class(err, ERROR_USAGE, -EINVAL, "give the shell: bash, zsh or fish");
}
