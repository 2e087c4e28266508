/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_hook.c - libvirt's qemu hook: GUEST OPERATION SUB-OPERATION EXTRA, the domain's XML on stdin
 *
 *     prepare begin              up, before libvirt looks for the tap; its failure stops the start
 *     release end                down; comes in every case, after a failed prepare too
 *     reconnect, attach begin    up again, the responder revived; never fails: it would kill the
 *                                guest
 *     migrate, restore begin     the XML with this pod's interface, on stdout
 *
 * Protocol: https://libvirt.org/hooks.html. libvirt waits for us and must not be called from here;
 * it also waits until nobody holds the pipes it gave us.
 */
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>

#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/hook_install.h"
#include "launcher/option_table.h"
#include "launcher/wire.h"
#include "launcher/wiring.h"
#include "podgraft/log.h"

#define DEADLINE_SEC 30
#define LOCK_SEC     20 /* less than that, to say who has it */

struct hook {
        const char *guest;
        struct options options; /* the command line's, and the domain's on top */
        struct domain_text text;
        struct domain_request request;
        struct wiring w;
};

/* --- what the domain asks for --- */

static int take_attributes(struct hook *hook, struct error *err)
{
        const char *at = NULL, *value;
        char *name;
        int r;

        while ((r = domain_request_next(&hook->request, &at, &name, &value)) == 1) {
                r = options_set(name, value, &hook->options, err);
                free(name);
                if (r < 0)
                        return r;
        }
        return r < 0 ? error_set(err, r, "out of memory") : 0;
}

static int parse_mac(const char *text, uint8_t ret[MAC_LEN], struct error *err)
{
        return mac_parse(text, ret) < 0
                       ? error_set_class(err, ERROR_USAGE, -EINVAL,
                                         "the domain's MAC address '%s' is none", text)
                       : 0;
}

/*
 * libvirt gives a domain without a MAC one of its own: whatever is in the XML, the guest has it.
 * That of one of several is known once it is known which tap is whose.
 */
static int take_mac(struct hook *hook, struct error *err)
{
        struct netsetup_conf *net = &hook->options.net;

        if (!hook->request.mac || options_n_interfaces(&hook->options) > 1)
                return 0;
        net->has_mac = true;
        return parse_mac(hook->request.mac, net->mac, err);
}

/* Return: 1 the domain asks for podgraft; 0 it does not */
static int read_domain(struct hook *hook, struct error *err)
{
        int r = domain_text_read("-", "the domain's XML", &hook->text, err);

        if (r < 0 || !domain_text_may_ask(&hook->text))
                return r;
        r = domain_request_read(&hook->text, &hook->request, err);
        if (r <= 0)
                return r;
        r = take_attributes(hook, err);
        log_setup_options("podgraft", &hook->options); /* the domain may have a say in it */
        if (r == 0)
                r = take_mac(hook, err);
        return r < 0 ? r : 1;
}

/* --- the pod --- */

static int check_owner(struct hook *hook, struct netsetup *ns, struct error *err)
{
        const char *owner = netsetup_recorded_owner(ns);

        if (!netsetup_is_recorded(ns) || (owner && strcmp(owner, hook->guest) == 0))
                return 0;
        return error_set(err, -EBUSY,
                         "'%s' is in use by %s%s%s; give this domain another interface",
                         netsetup_identity(ns)->interface, owner ? "the domain '" : "",
                         owner ? owner : "another graft", owner ? "'" : "");
}

static int check_owners(struct hook *hook, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < hook->w.n; i++)
                r = check_owner(hook, hook->w.ns[i], err);
        return r;
}

/* libvirt looks for the tap by the name that is in the XML. */
static int check_target(struct hook *hook, const struct podnet *net, struct error *err)
{
        const char *target = hook->request.target;

        if (hook->w.n > 1 ? domain_request_mac(&hook->request, net->tap) != NULL
                          : target && strcmp(target, net->tap) == 0)
                return 0;
        if (hook->w.n > 1)
                return error_set_class(
                        err, ERROR_USAGE, -EINVAL,
                        "the domain has no <interface> with <target dev='%s' "
                        "managed='no'/> for the pod's '%s'; 'podgraft domain' prints "
                        "it",
                        net->tap, net->interface);
        return error_set_class(
                err, ERROR_USAGE, -EINVAL,
                "the domain's <interface> has %s%s%s, the pod's tap is '%s': give it "
                "type='ethernet' and <target dev='%s' managed='no'/>, as 'podgraft "
                "domain' prints it",
                target ? "the target '" : "no target", target ? target : "", target ? "'" : "",
                net->tap, net->tap);
}

/* The interface's entry in the list of interfaces, made if there is none; NULL: there are too many
 */
static struct pod_interface *entry_of(struct options *options, const char *name)
{
        struct pod_interface *entry;

        for (size_t i = 0; i < options->n_interfaces; i++)
                if (strcmp(options->interfaces[i].name, name) == 0)
                        return &options->interfaces[i];
        if (options->n_interfaces == POD_INTERFACES_MAX)
                return NULL;
        entry = &options->interfaces[options->n_interfaces++];
        *entry = (struct pod_interface){ .name = options_keep(options, name, strlen(name)) };
        return entry;
}

/* Who the pod is tells the taps, the taps tell the MACs, and these who its guest is. */
static int take_macs(struct hook *hook, struct error *err)
{
        int r;

        for (size_t i = 0; i < hook->w.n; i++) {
                const struct podnet *net = netsetup_identity(hook->w.ns[i]);
                const char *mac = domain_request_mac(&hook->request, net->tap);
                struct pod_interface *entry = entry_of(&hook->options, net->interface);

                if (!entry || !mac || !*mac)
                        continue;
                entry->has_mac = true;
                r = parse_mac(mac, entry->mac, err);
                if (r < 0)
                        return r;
        }
        r = wiring_reopen(&hook->w, &hook->options, NETSETUP_WRITE, err);
        /* It lets go of the lock: another domain may have come in between. */
        return r < 0 ? r : check_owners(hook, err);
}

/* Sessions of what the domain asks for, which nobody else has; nothing is touched yet. */
static int open_pod(struct hook *hook, struct error *err)
{
        struct wiring *w = &hook->w;
        int r = wiring_open(&hook->options, NETSETUP_WRITE, WIRING_WANTED, w, err);

        if (r == 0)
                r = check_owners(hook, err);
        if (r == 0)
                r = wiring_identify(w, NULL, err);
        for (size_t i = 0; r == 0 && i < w->n; i++)
                r = check_target(hook, netsetup_identity(w->ns[i]), err);
        return r == 0 && w->n > 1 ? take_macs(hook, err) : r;
}

static int bring_up(struct hook *hook, struct error *err)
{
        struct wiring *w = &hook->w;
        pid_t responder;
        int r = wiring_up(w, err);

        for (size_t i = 0; r == 0 && i < w->n; i++)
                r = netsetup_record_owner(w->ns[i], hook->guest, err);
        return r < 0 ? r : wire_serve(w->ns, w->n, true, &responder, err);
}

/* --- the operations --- */

static int hook_prepare(struct hook *hook, struct error *err)
{
        int r = open_pod(hook, err);

        if (r < 0)
                return r;
        r = bring_up(hook, err);
        return r < 0 ? wiring_put_back(&hook->w, r, err) : 0;
}

static int hook_release(struct hook *hook, struct error *err)
{
        struct netsetup *own[POD_INTERFACES_MAX];
        struct wiring *w = &hook->w;
        size_t n = 0;
        int r = wiring_open(&hook->options, NETSETUP_WRITE, WIRING_WANTED, w, err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < w->n; i++) {
                const char *owner = netsetup_recorded_owner(w->ns[i]);

                /* It comes after a prepare that was refused, too: then it is somebody else's. */
                if (owner && strcmp(owner, hook->guest) == 0)
                        own[n++] = w->ns[i];
        }
        return n > 0 ? wire_down(own, n, err) : 0;
}

static int hook_revive(struct hook *hook, struct error *err)
{
        struct wiring *w = &hook->w;
        int r = wiring_open(&hook->options, NETSETUP_WRITE, WIRING_WANTED, w, err);

        if (r == 0)
                r = check_owners(hook, err);
        if (r == 0)
                r = bring_up(hook, err);
        if (r < 0) {
                log_error("revive-failed", "the network of '%s' is not as it should be: %s",
                          hook->guest, err->message);
                error_clear(err);
        }
        return 0;
}

static int hook_rewrite(struct hook *hook, struct error *err)
{
        _cleanup_free_ char *xml = NULL;
        struct wiring *w = &hook->w;
        size_t len;
        int r;

        if ((r = wiring_open(&hook->options, NETSETUP_READ, WIRING_WANTED, w, err)) < 0 ||
            (r = wiring_identify(w, NULL, err)) < 0 ||
            (r = wiring_fill_in(w, &hook->text, &xml, &len, NULL, err)) < 0)
                return r;
        fwrite(xml, 1, len, stdout);
        return 0;
}

static const struct operation {
        const char *name, *sub;
        int (*run)(struct hook *hook, struct error *err);
        bool never_fails;
} operations[] = {
        { "prepare", "begin", hook_prepare, false }, { "release", "end", hook_release, false },
        { "reconnect", "begin", hook_revive, true }, { "attach", "begin", hook_revive, true },
        { "migrate", "begin", hook_rewrite, false }, { "restore", "begin", hook_rewrite, false },
};

static const struct operation *operation_find(const char *name, const char *sub)
{
        for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
                if (strcmp(operations[i].name, name) == 0 && strcmp(operations[i].sub, sub) == 0)
                        return &operations[i];
        return NULL;
}

bool hook_never_fails(int argc, char **argv)
{
        for (int i = 1; i + 1 < argc; i++) {
                const struct operation *operation = operation_find(argv[i], argv[i + 1]);

                if (operation && operation->never_fails)
                        return true;
        }
        return false;
}

/* --- the deadline --- */

static int status_at_deadline;

static void end_at_deadline(int signal_number)
{
        static const char text[] =
                "podgraft: error: hook: not done within 30 s; the release that follows, or "
                "'podgraft down', finishes it\n";

        (void)signal_number;
        if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0) {
                /* libvirt does not listen any more. */
        }
        _exit(status_at_deadline);
}

/* libvirt waits for ever, and takes whatever is not 0 for a reason to kill a guest that runs. */
static void set_deadline(const struct operation *operation)
{
        _Static_assert(DEADLINE_SEC == 30, "the text says how many");
        status_at_deadline = operation->never_fails ? 0 : ERROR_HALF_DONE;
        signal(SIGALRM, end_at_deadline);
        alarm(DEADLINE_SEC);
}

static int operate(const struct operation *operation, const struct options *options,
                   struct error *err)
{
        struct hook hook = { .guest = options->args[0], .options = *options };
        int r;

        hook.options.file = hook.options.texts = NULL; /* those stay the caller's */
        hook.options.net.wait_lock_sec = LOCK_SEC;
        /* Nothing that libvirt left open goes on to the responder. */
        close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
        set_deadline(operation);
        r = read_domain(&hook, err);
        if (r == 1)
                r = operation->run(&hook, err);
        wiring_close(&hook.w);
        options_done(&hook.options);
        domain_request_done(&hook.request);
        domain_text_done(&hook.text);
        if (r < 0 && operation->never_fails) {
                log_error("hook-failed", "%s", err->message);
                return 0;
        }
        return r;
}

int cmd_hook(const struct options *options, struct error *err)
{
        const struct operation *operation;

        if (options->install || options->uninstall)
                return options->install ? hook_install(options->hooks_dir, err)
                                        : hook_uninstall(options->hooks_dir, err);
        if (options->n_args < 3)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "libvirt calls it with GUEST OPERATION SUB-OPERATION EXTRA "
                                       "and the domain's XML on standard input; '--install' makes "
                                       "it do so");
        operation = operation_find(options->args[1], options->args[2]);
        return operation ? operate(operation, options, err) : 0;
}
