/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/namespace.h"
#include "launcher/plug.h"
#include "launcher/plugging.h"
#include "launcher/ready.h"
#include "launcher/responder_process.h"
#include "launcher/supervisor.h"
#include "launcher/wire.h"
#include "launcher/wiring.h"
#include "podgraft/log.h"

#define RESPONDER_WAIT_MSEC 10000
#define RESTORE_LOCK_SEC    120 /* nobody comes after us who would put the pod back */

/* The domain's XML with the pod's interfaces in it; nothing has been touched yet. */
static int prepare_domain(const struct options *options, struct wiring *w, char **ret_xml,
                          size_t *ret_len, char **ret_name, struct error *err)
{
        struct domain_text text = { 0 };
        int r = wiring_identify(w, NULL, err); /* its warnings will be said by up */

        if (r == 0)
                r = domain_text_read(options->domain, NULL, &text, err);
        if (r == 0)
                r = wiring_fill_in(w, &text, ret_xml, ret_len, ret_name, err);
        domain_text_done(&text);
        return r;
}

/* Each record names the guest: from any of them it can be ended. */
static int record_domain(const struct options *options, struct wiring *w, const char *name,
                         struct error *err)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < w->n; i++)
                r = netsetup_record_domain(w->ns[i], options->connect, name, &options->run_as, err);
        return r;
}

/* A wired pod: record who the guest will be, serve it, start it, watch it. */
static int live(const struct options *options, struct wiring *w, const char *xml, size_t len,
                const char *name, int mark, struct error *err)
{
        _cleanup_free_ char *root = NULL;
        pid_t responder;
        int r;

        /* Another's takes over: one that a killed run left is nobody's child, not to be revived. */
        if ((r = record_domain(options, w, name, err)) < 0 ||
            (r = wire_serve(w->ns, w->n, false, &responder, err)) < 0 ||
            (r = wire_make_libvirt_root(w->ns[0], &options->run_as, &root, err)) < 0 ||
            (r = plugging_claim(w, err)) < 0 || (r = ready_tell(options, err)) < 0 ||
            /* Without the lock: others may come and go while the guest runs. */
            (r = wiring_reopen(w, options, NETSETUP_READ, err)) < 0)
                return r;
        return supervisor_run(options, w, root, xml, len, name, responder, mark, err);
}

/* The responder is another container's: it may still be on its way. */
static int await_responder(const struct netsetup *ns, struct error *err)
{
        _cleanup_free_ char *lease = lease_path(ns);
        const struct podnet *net = netsetup_identity(ns);

        if (!lease)
                return error_set(err, -ENOMEM, "out of memory");
        if (!podnet_is_served(net) || responder_await(lease, net->tap, RESPONDER_WAIT_MSEC))
                return 0;
        log_warning("responder-missing",
                    "no responder serves '%s' after %d s: the guest gets no lease until 'podgraft "
                    "serve' runs",
                    net->interface, RESPONDER_WAIT_MSEC / 1000);
        return 0;
}

static int await_responders(const struct wiring *w, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < w->n; i++)
                r = await_responder(w->ns[i], err);
        return r;
}

/* All of them must have been wired by somebody else. */
static int check_recorded(const struct wiring *w, struct error *err)
{
        for (size_t i = 0; i < w->n; i++)
                if (!netsetup_is_recorded(w->ns[i]))
                        return error_set_class(err, ERROR_NOT_SET_UP, -ENOENT,
                                               "nothing is set up here%s%s%s; 'podgraft up "
                                               "--no-serve' wires the pod first, in an init "
                                               "container",
                                               w->n > 1 ? " of '" : "",
                                               w->n > 1 ? w->options[i].net.interface : "",
                                               w->n > 1 ? "'" : "");
        return 0;
}

/*
 * Wired by somebody else, served by somebody else: define, start and watch, nothing more. Needs no
 * privilege at all, and no write access to the record.
 */
static int run_attached(const struct options *options, struct error *err)
{
        _cleanup_(wiring_close) struct wiring w = { 0 };
        _cleanup_free_ char *xml = NULL, *name = NULL;
        size_t len = 0;
        int r;

        if ((r = supervisor_prepare(err)) < 0 ||
            (r = wiring_open(options, NETSETUP_READ, WIRING_WANTED, &w, err)) < 0 ||
            (r = check_recorded(&w, err)) < 0 ||
            (r = prepare_domain(options, &w, &xml, &len, &name, err)) < 0 ||
            (r = wire_clear_libvirt(options, name, err)) < 0 ||
            (r = await_responders(&w, err)) < 0 || (r = ready_tell(options, err)) < 0)
                return r;
        r = supervisor_run(options, &w, options->libvirt_dir, xml, len, name, 0, -1, err);
        if (r >= 0 && wire_clear_libvirt(options, name, err) < 0)
                log_warning("libvirt-left", "%s", err->message);
        return r;
}

/* What the guest had at its end. Return: @r, unless that fails */
static int restore(const struct options *options, struct wiring *w, int r, struct error *err)
{
        struct options patient = *options;
        struct error undo = ERROR_INIT;
        int undone;

        patient.net.wait_lock_sec = RESTORE_LOCK_SEC;
        undone = w->n > 0 ? wiring_reopen(w, &patient, NETSETUP_WRITE, &undo)
                          : wiring_open(&patient, NETSETUP_WRITE, WIRING_WANTED, w, &undo);
        if (undone < 0 || wire_down(w->ns, w->n, &undo) < 0) {
                log_error("undo-failed", "%s; 'podgraft down' finishes it", undo.message);
                err->class = ERROR_HALF_DONE;
                return r < 0 ? r : (int)ERROR_HALF_DONE;
        }
        log_info("restored", "the pod's network is as it was");
        return r;
}

int cmd_run(const struct options *options, struct error *err)
{
        _cleanup_(wiring_close) struct wiring w = { 0 };
        _cleanup_free_ char *xml = NULL, *name = NULL;
        _cleanup_(netns_lock_release) struct netns_lock mark = NETNS_LOCK_NONE;
        size_t len = 0;
        bool is_up;
        int r;

        if (!options->domain)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "give the domain's XML with --domain FILE");
        if (options->connect && (r = namespace_check_daemon(options->connect, err)) < 0)
                return r;
        if (options->attached)
                return run_attached(options, err);
        if ((r = supervisor_prepare(err)) < 0 ||
            (r = wiring_open(options, NETSETUP_WRITE, WIRING_WANTED, &w, err)) < 0 ||
            (r = plug_run_begin(&mark, err)) < 0 ||
            (r = prepare_domain(options, &w, &xml, &len, &name, err)) < 0 ||
            /* A killed run may have left its guest; two must never share an address. */
            (r = wire_end_guest(w.ns, w.n, err)) < 0)
                return r;
        r = wiring_up(&w, err);
        is_up = r == 0;
        if (is_up)
                r = live(options, &w, xml, len, name, mark.name_fd, err);
        netns_lock_release(&mark);
        return is_up ? restore(options, &w, r, err) : wiring_put_back(&w, r, err);
}
