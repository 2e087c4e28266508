/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"

#include <string.h>

#include "launcher/progress.h"
#include "launcher/vif_cache.h"
#include "podgraft/log.h"

/* clang-format off */
const struct command commands[] = {
        { "plan", CMD_PLAN, "what up would change; changes nothing", cmd_plan, 0, NULL, {
          { "--netns pod1", "the pod before and after, and each step on the way" },
          { "--interface net1 --json", "a secondary interface, for a program to read" } } },
        { "up", CMD_UP, "discover, rewire, start the responder; returns when it is ready", cmd_up, 0,
          NULL, {
          { "--netns pod1", "wire and serve the pod that is the network namespace 'pod1'" },
          { "--wait-interface 30 --tap-owner 107:107",
            "the pod this runs in, once it has its interface; QEMU runs as user 107" },
          { "--anti-spoof --lease-time 3600 --dhcp-option ntp-servers=10.0.0.1",
            "hold the guest to its addresses, let it renew, tell it the time" } } },
        { "serve", CMD_SERVE, "the responder in the foreground, after up --no-serve", cmd_serve, 0,
          NULL, {
          { "", "in a container with NET_RAW; another, with NET_ADMIN, did 'up --no-serve'" },
          { "--netns pod1 --log-format json", "with its log for a machine to read" } } },
        { "status", CMD_STATUS, "what stands: identity, wiring, responder, lease", cmd_status, 0,
          NULL, {
          { "--netns pod1", "for a person" },
          { "--json", "for a program" },
          { "--check live", "for kubelet's liveness probe: by its exit status" } } },
        { "wait", CMD_WAIT, "until wired and serving, or until the guest has its lease", cmd_wait, 0,
          NULL, {
          { "--netns pod1", "until 'podgraft up' is through, elsewhere" },
          { "--for lease --timeout 120", "until the guest has its address, two minutes at most" } } },
        { "down", CMD_DOWN, "end what a dead run left, stop the responder, restore, forget",
          cmd_down, 0, NULL, {
          { "--netns pod1", "the pod's network as it was" },
          { "--netns pod1 --force", "though the record is lost: as far as the links' marks tell" } } },
        { "run", CMD_RUN, "up, define and start a libvirt domain, watch it to its end, down",
          cmd_run, 0, NULL, {
          { "--domain vm.xml", "a container's entrypoint, all in one" },
          { "--domain vm.xml --run-as 107:107 --grace 60",
            "QEMU without any privilege; a minute for it to shut down" },
          { "--domain vm.xml --connect qemu:///system", "with the libvirt daemon of this pod" } } },
        { "domain", CMD_DOMAIN, "print a domain's XML with the pod's interface filled in",
          cmd_domain, 0, NULL, {
          { "--netns pod1 --domain vm.xml", "as 'podgraft run' would define it" },
          { "--domain - --alias net1", "from standard input; the <interface> with that alias" } } },
        { "onDefineDomain", CMD_DEFINE, "KubeVirt's sidecar-shim: its domain, with the VMI's interfaces",
          cmd_define, 0, NULL, {
          { "--vmi \"$VMI\" --domain \"$XML\"", "as sidecar-shim calls it; the new XML on standard output" },
          { "--network-status FILE --vmi \"$VMI\" --domain \"$XML\"",
            "with the names of interfaces that Multus has" } } },
        { "doctor", CMD_DOCTOR, "would up work here, and what is missing", cmd_doctor, 0, NULL, {
          { "--netns pod1", "line by line, with a remedy for each miss" },
          { "--json", "for a program; the exit status tells as well" } } },
        { "hook", CMD_HOOK,
          "libvirt's qemu hook: GUEST OPERATION SUB-OPERATION EXTRA, XML on stdin", cmd_hook, 4,
          "GUEST OPERATION SUB-OPERATION EXTRA", {
          { "--install", "make libvirt call podgraft" },
          { "vm prepare begin - <vm.xml", "what libvirt calls before the domain 'vm' starts" } } },
        { "capture", CMD_CAPTURE, "the DHCP, ARP and ND frames on the tap, decoded, or as pcapng",
          cmd_capture, 0, NULL, {
          { "--netns pod1", "a line each, until SIGINT" },
          { "--write guest.pcapng --count 100", "a hundred of them, for Wireshark" } } },
        { "config", CMD_CONFIG, "the effective configuration, and where each value came from",
          cmd_config, 0, NULL, {
          { "--config /etc/podgraft.json", "what that file, the environment and the defaults make" },
          { "--schema", "the JSON Schema of the file" } } },
        { "completion", CMD_COMPLETION, "print what makes a shell complete podgraft's command line",
          cmd_completion, 1, "bash|zsh|fish", {
          { "bash", "for this shell: eval \"$(podgraft completion bash)\"" },
          { "fish", "for good: into ~/.config/fish/completions/podgraft.fish" } } },
};
/* clang-format on */
const size_t n_commands = ARRAY_SIZE(commands);

const struct command *command_find(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                if (strcmp(commands[i].name, name) == 0)
                        return &commands[i];
        return NULL;
}

void commands_print_help(void)
{
        printf("Usage: podgraft COMMAND [OPTION...]\n\n"
               "Grafts a pod's network identity onto the virtual machine inside the pod.\n\n"
               "Commands:\n");
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                printf("  %-10s %s\n", commands[i].name, commands[i].help);
        printf("\n'podgraft COMMAND --help' shows a command's options and examples; podgraft(8) "
               "tells all.\n");
}

void command_print_help(const struct command *command)
{
        printf("Usage: podgraft %s [OPTION...]%s%s%s\n\n%s\n", command->name,
               command->args ? " [" : "", command->args ? command->args : "",
               command->args ? "]" : "", command->help);
        options_print_help(command->bit);
        if (command->bit == CMD_HOOK)
                options_print_attributes();
        printf("\nExamples:\n");
        for (size_t i = 0; i < COMMAND_EXAMPLES && command->examples[i].words; i++)
                printf("  podgraft %s %s\n      %s\n", command->name, command->examples[i].words,
                       command->examples[i].what);
        printf("\nExit status: 0 done, 1 failed and put back, 2 usage, 3 not set up,\n"
               "4 failed and not fully undone ('podgraft down' finishes it),\n"
               "5 not possible here%s\n",
               command->bit == CMD_RUN ? ", 6 the guest crashed, 7 it was killed,\n8 it had to be "
                                         "destroyed"
                                       : "");
}

static enum log_level log_level_of(const char *name)
{
        return !name                          ? LOG_LEVEL_INFO
               : strcmp(name, "error") == 0   ? LOG_LEVEL_ERROR
               : strcmp(name, "warning") == 0 ? LOG_LEVEL_WARNING
               : strcmp(name, "debug") == 0   ? LOG_LEVEL_DEBUG
                                              : LOG_LEVEL_INFO;
}

void log_setup_options(const char *program, const struct options *options)
{
        bool json = options->log_format && strcmp(options->log_format, "json") == 0;

        log_setup(program, log_level_of(options->log_level),
                  json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT, STDERR_FILENO);
}

void notes_log(struct notes *notes)
{
        for (size_t i = 0; i < notes->n; i++)
                log_warning(notes->note[i].event, "%s", notes->note[i].text);
        notes_done(notes);
}

static void tell_wait(const char *interface, unsigned most_sec)
{
        progress_tell(most_sec, "waiting for the interface '%s'", interface);
}

/* A pod that KubeVirt wired is known by what KubeVirt keeps of it. */
static int take_over(const struct options *options, struct netsetup *ns, struct error *err)
{
        const char *interface = options->net.interface ? options->net.interface : "eth0";
        _cleanup_free_ char *path = vif_cache_find(options->vif_cache, interface);
        _cleanup_(cleanup_podnet_free) struct podnet *net = NULL;
        int r;

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        r = vif_cache_read_file(path, &net, err);
        if (r < 0)
                return r;
        if (strcmp(net->interface, interface) != 0)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "--vif-cache '%s' is of '%s', not of '%s'; give the right "
                                       "one, or their directory",
                                       path, net->interface, interface);
        return netsetup_take_over(ns, net, err);
}

int session_open_beside(const struct options *options, enum netsetup_access access,
                        struct netsetup *other, struct netsetup **ret, struct error *err)
{
        struct netsetup_conf conf = options->net;
        struct notes notes = { 0 };
        int r;

        conf.on_wait = tell_wait;
        conf.dhcp_options = options->dhcp_options;
        conf.n_dhcp_options = options->n_dhcp_options;
        conf.serving = (struct netsetup_serving){
                .guarded = !options->no_serve && !options->supervised,
                .lease_sec = options->lease_sec,
                .mount = options->mount,
        };
        r = other ? netsetup_open_beside(other, &conf, ret, &notes, err)
                  : netsetup_open(&conf, access, ret, &notes, err);
        notes_log(&notes);
        if (r == 0 && options->vif_cache && (r = take_over(options, *ret, err)) < 0)
                *ret = netsetup_close(*ret);
        return r;
}

int session_open(const struct options *options, enum netsetup_access access, struct netsetup **ret,
                 struct error *err)
{
        return session_open_beside(options, access, NULL, ret, err);
}

char *lease_path(const struct netsetup *ns)
{
        const struct podnet *net = netsetup_identity(ns);
        char *path;

        if (!net || asprintf(&path, "%s/%s.lease", netsetup_dir(ns), net->interface) < 0)
                return NULL;
        return path;
}

char *log_path(const struct netsetup *ns)
{
        char *path;

        return asprintf(&path, "%s/responder.log", netsetup_dir(ns)) < 0 ? NULL : path;
}
