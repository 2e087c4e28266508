/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main.c - podgraft COMMAND [OPTION…]: parse, enter the namespace, run the command's row
 */
#include <string.h>

#include "launcher/commands.h"
#include "launcher/namespace.h"
#include "podgraft/log.h"

static enum log_level log_level_of(const char *name)
{
        return !name                          ? LOG_LEVEL_INFO
               : strcmp(name, "error") == 0   ? LOG_LEVEL_ERROR
               : strcmp(name, "warning") == 0 ? LOG_LEVEL_WARNING
               : strcmp(name, "debug") == 0   ? LOG_LEVEL_DEBUG
                                              : LOG_LEVEL_INFO;
}

static void print_command_help(const struct command *command)
{
        printf("Usage: podgraft %s [OPTION…]\n\n%s\n", command->name, command->help);
        options_print_help(command->bit);
        printf("\nExit status: 0 done, 1 failed and put back, 2 usage, 3 not set up,\n"
               "4 failed and not fully undone ('podgraft down' finishes it), 5 not possible "
               "here%s\n",
               command->bit == CMD_RUN ? ",\n6 the guest crashed, 7 it was killed, 8 it had to be "
                                         "destroyed"
                                       : "");
}

/* Results that could not be written are a failure too: a full disk, a closed pipe. */
static int flush_results(struct error *err)
{
        if (fflush(stdout) == 0 && !ferror(stdout))
                return 0;
        return error_errno(err, -EIO, "write to standard output");
}

static int run_command(const struct command *command, int argc, char **argv, struct error *err)
{
        struct options options;
        int r, status;

        r = options_parse(command->bit, argc, argv, &options, err);
        if (r < 0)
                return r;
        if (options.help) {
                print_command_help(command);
                return flush_results(err);
        }
        log_setup("podgraft", log_level_of(options.log_level),
                  options.log_format && strcmp(options.log_format, "json") == 0 ? LOG_FORMAT_JSON
                                                                                : LOG_FORMAT_TEXT,
                  STDERR_FILENO);
        options_resolve(&options);
        if (options.netns) {
                r = namespace_enter(options.netns, err);
                if (r < 0)
                        return r;
        }
        status = command->run(&options, err);
        r = status < 0 ? status : flush_results(err);
        return r < 0 ? r : status;
}

int main(int argc, char **argv)
{
        const struct command *command;
        struct error err = ERROR_INIT;
        int r;

        /* Before anything that needs a privilege. */
        if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
                printf("podgraft %s\n", PODGRAFT_VERSION);
                return flush_results(&err) < 0 ? EXIT_FAILURE : 0;
        }
        if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                          strcmp(argv[1], "help") == 0)) {
                commands_print_help();
                return flush_results(&err) < 0 ? EXIT_FAILURE : 0;
        }
        command = argc >= 2 ? command_find(argv[1]) : NULL;
        if (!command) {
                if (argc >= 2)
                        log_error("usage", "there is no command '%s'; 'podgraft --help' lists them",
                                  argv[1]);
                else
                        log_error("usage", "give a command; 'podgraft --help' lists them");
                return ERROR_USAGE;
        }
        r = run_command(command, argc - 2, argv + 2, &err);
        if (r >= 0)
                return r;
        log_error("failed", "%s: %s", command->name, err.message[0] ? err.message : strerror(-r));
        return (int)err.class;
}
