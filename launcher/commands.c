/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"

#include <string.h>

#include "podgraft/log.h"

static const struct command commands[] = {
        { "plan", CMD_PLAN, "what up would change; changes nothing", cmd_plan },
        { "up", CMD_UP, "discover, rewire, start the responder; returns when it is ready", cmd_up },
        { "serve", CMD_SERVE, "the responder in the foreground, after up --no-serve", cmd_serve },
        { "status", CMD_STATUS, "what stands: identity, wiring, responder, lease", cmd_status },
        { "wait", CMD_WAIT, "until wired and serving, or until the guest has its lease", cmd_wait },
        { "down", CMD_DOWN, "end what a dead run left, stop the responder, restore, forget",
          cmd_down },
        { "run", CMD_RUN, "up, define and start a libvirt domain, watch it to its end, down",
          cmd_run },
        { "domain", CMD_DOMAIN, "print a domain's XML with the pod's interface filled in",
          cmd_domain },
};

const struct command *command_find(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                if (strcmp(commands[i].name, name) == 0)
                        return &commands[i];
        return NULL;
}

void commands_print_help(void)
{
        printf("Usage: podgraft COMMAND [OPTION…]\n\n"
               "Grafts a pod's network identity onto the virtual machine inside the pod.\n\n"
               "Commands:\n");
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                printf("  %-9s %s\n", commands[i].name, commands[i].help);
        printf("\n'podgraft COMMAND --help' shows a command's options; podgraft(8) tells all.\n");
}

void notes_log(struct notes *notes)
{
        for (size_t i = 0; i < notes->n; i++)
                log_warning("note", "%s", notes->text[i]);
        notes_done(notes);
}

int session_open(const struct options *options, enum netsetup_access access, struct netsetup **ret,
                 struct error *err)
{
        struct notes notes = { 0 };
        int r = netsetup_open(&options->net, access, ret, &notes, err);

        notes_log(&notes);
        return r;
}

char *lease_path(const struct netsetup *ns)
{
        const struct podnet *net = netsetup_identity(ns);
        char *path;

        if (!net || asprintf(&path, "%s/%s.lease", netsetup_dir(ns), net->interface) < 0)
                return NULL;
        return path;
}
