/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main.c - podgraft COMMAND [OPTION…]: parse, enter the namespace, run the command's row
 */
#include <string.h>

#include "launcher/cni_main.h"
#include "launcher/commands.h"
#include "launcher/namespace.h"
#include "launcher/option_vmi.h"
#include "launcher/progress.h"
#include "launcher/ready.h"
#include "podgraft/log.h"

/* podgraft by another name: a container runtime runs a plugin by its file's. */
static bool is_called(const char *path, const char *name)
{
        const char *slash = path ? strrchr(path, '/') : NULL;

        return path && strcmp(slash ? slash + 1 : path, name) == 0;
}

/* Results that could not be written are a failure too: a full disk, a closed pipe. */
static int flush_results(struct error *err)
{
        if (fflush(stdout) == 0 && !ferror(stdout))
                return 0;
        return error_errno(err, -EIO, "write to standard output");
}

static int run_with(const struct command *command, struct options *options, const struct vmi *vmi,
                    struct error *err)
{
        int r, status;

        if (options->help || options->list_dhcp_options) {
                if (options->help)
                        command_print_help(command);
                else
                        dhcp_options_print(stdout);
                return flush_results(err);
        }
        log_setup_options("podgraft", options);
        r = ready_check(options, err);
        if (r < 0)
                return r;
        options_resolve(options);
        r = option_vmi_resolve(options, vmi, err);
        if (r < 0)
                return r;
        options->supervised = command->bit == CMD_RUN;
        if (options->netns)
                options->mount = namespace_mount(options->netns, options->mount_buf,
                                                 sizeof(options->mount_buf));
        /* For doctor, not to be let in is a finding. */
        if (options->netns && command->bit != CMD_DOCTOR) {
                r = namespace_enter(options->netns, err);
                if (r < 0)
                        return r;
        }
        option_vmi_settle(options, vmi);
        status = command->run(options, err);
        progress_end();
        r = status < 0 ? status : flush_results(err);
        return r < 0 ? r : status;
}

static int run_command(const struct command *command, int argc, char **argv, struct error *err)
{
        struct options options;
        struct vmi vmi = { 0 };
        int r = options_parse(command->bit, command->max_args, argc, argv, &options, err);

        if (r == 0 && command->bit != CMD_DEFINE && !options.help) /* there it is no file */
                r = option_vmi_take(&options, &vmi, err);
        if (r == 0)
                r = run_with(command, &options, &vmi, err);
        vmi_done(&vmi);
        options_done(&options);
        return r;
}

/* Return: the exit status */
static int run_and_tell(const struct command *command, int argc, char **argv)
{
        struct error err = ERROR_INIT;
        int r = run_command(command, argc, argv, &err);

        if (r >= 0)
                return r;
        log_error("failed", "%s: %s", command->name, err.message[0] ? err.message : strerror(-r));
        if (command->bit == CMD_HOOK && hook_never_fails(argc, argv))
                return 0;
        return (int)err.class;
}

static bool is_help(const char *word)
{
        return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

int main(int argc, char **argv)
{
        static char help[] = "--help";
        const struct command *command;
        struct error err = ERROR_INIT;

        /* Before anything that needs a privilege. */
        if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
                printf("podgraft %s\n", PODGRAFT_VERSION);
                return flush_results(&err) < 0 ? EXIT_FAILURE : 0;
        }
        if (is_called(argv[0], "podgraft-cni"))
                return cni_main();
        if (is_called(argv[0], "onDefineDomain"))
                return run_and_tell(command_find("onDefineDomain"), argc - 1, argv + 1);
        if (argc >= 2 && is_help(argv[1]) && argc == 2) {
                commands_print_help();
                return flush_results(&err) < 0 ? EXIT_FAILURE : 0;
        }
        if (argc >= 2 && is_help(argv[1])) { /* "help up" is "up --help" */
                argv[1] = argv[2];
                argv[2] = help;
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
        return run_and_tell(command, argc - 2, argv + 2);
}
