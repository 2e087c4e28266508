/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * commands.h - the subcommands, one row each, and what they share
 */
#pragma once

#include "launcher/options.h"

#define COMMAND_EXAMPLES 3

struct command {
        const char *name;
        enum command_bit bit;
        const char *help;
        /* Return: the exit status, or negative with *err set, whose class is the exit status. */
        int (*run)(const struct options *options, struct error *err);
        unsigned max_args; /* arguments that are no options */
        const char *args;  /* what they are: "GUEST OPERATION", or a choice, "a|b"; NULL: none */
        struct {
                const char *words; /* after "podgraft" and the command */
                const char *what;
        } examples[COMMAND_EXAMPLES];
};

extern const struct command commands[];
extern const size_t n_commands;

/** command_find() - the row called @name, or NULL */
const struct command *command_find(const char *name);
void commands_print_help(void);
void command_print_help(const struct command *command);

int cmd_plan(const struct options *options, struct error *err);
int cmd_up(const struct options *options, struct error *err);
int cmd_serve(const struct options *options, struct error *err);
int cmd_status(const struct options *options, struct error *err);
int cmd_wait(const struct options *options, struct error *err);
int cmd_down(const struct options *options, struct error *err);
int cmd_run(const struct options *options, struct error *err);
int cmd_domain(const struct options *options, struct error *err);
int cmd_define(const struct options *options, struct error *err);
int cmd_doctor(const struct options *options, struct error *err);
int cmd_hook(const struct options *options, struct error *err);

/** hook_never_fails() - would libvirt kill a guest for it? Also of a command line with errors. */
bool hook_never_fails(int argc, char **argv);

int cmd_capture(const struct options *options, struct error *err);
int cmd_config(const struct options *options, struct error *err);
int cmd_completion(const struct options *options, struct error *err);

/** log_setup_options() - log on stderr, in the format and from the level that @options say */
void log_setup_options(const char *program, const struct options *options);

/** notes_log() - say the libraries' warnings on stderr and forget them */
void notes_log(struct notes *notes);

/** session_open() - netsetup_open() with the libraries' warnings said; @options outlive it */
int session_open(const struct options *options, enum netsetup_access access, struct netsetup **ret,
                 struct error *err);

/** session_open_beside() - likewise netsetup_open_beside(), unless @other is NULL */
int session_open_beside(const struct options *options, enum netsetup_access access,
                        struct netsetup *other, struct netsetup **ret, struct error *err);

/** lease_path() - where the responder's shared mapping of this pod is; to be freed */
char *lease_path(const struct netsetup *ns);

/** log_path() - where the pod's responder writes its log; to be freed */
char *log_path(const struct netsetup *ns);
