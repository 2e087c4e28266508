/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * commands.h - the subcommands, one row each, and what they share
 */
#pragma once

#include "launcher/options.h"

struct command {
        const char *name;
        enum command_bit bit;
        const char *help;
        /* Return: the exit status, or negative with *err set, whose class is the exit status. */
        int (*run)(const struct options *options, struct error *err);
};

/** command_find() - the row called @name, or NULL */
const struct command *command_find(const char *name);
void commands_print_help(void);

int cmd_plan(const struct options *options, struct error *err);
int cmd_up(const struct options *options, struct error *err);
int cmd_serve(const struct options *options, struct error *err);
int cmd_status(const struct options *options, struct error *err);
int cmd_wait(const struct options *options, struct error *err);
int cmd_down(const struct options *options, struct error *err);
int cmd_run(const struct options *options, struct error *err);
int cmd_domain(const struct options *options, struct error *err);

/** notes_log() - say the libraries' warnings on stderr and forget them */
void notes_log(struct notes *notes);

/** session_open() - netsetup_open() with the libraries' warnings said */
int session_open(const struct options *options, enum netsetup_access access, struct netsetup **ret,
                 struct error *err);

/** lease_path() - where the responder's shared mapping of this pod is; to be freed */
char *lease_path(const struct netsetup *ns);
