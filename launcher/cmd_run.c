/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/namespace.h"
#include "launcher/responder_process.h"
#include "launcher/supervisor.h"
#include "launcher/wire.h"
#include "podgraft/log.h"

/* The domain's XML with the pod's interface in it; nothing has been touched yet. */
static int prepare_domain(const struct options *options, struct netsetup *ns, char **ret_xml,
                          size_t *ret_len, char **ret_name, struct error *err)
{
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        int r;

        if (!netsetup_is_recorded(ns)) {
                /* Its warnings will be said by up. */
                r = netsetup_plan(ns, NETSETUP_UP, &plan, NULL, err);
                if (r < 0)
                        return r;
        }
        return domain_fill_in(options->domain, options->alias, netsetup_identity(ns), ret_xml,
                              ret_len, ret_name, err);
}

/* A wired pod: record who the guest will be, serve it, start it, watch it. */
static int live(const struct options *options, struct netsetup *ns, const char *xml, size_t len,
                const char *name, struct error *err)
{
        _cleanup_free_ char *lease = lease_path(ns);
        pid_t responder;
        int r;

        if (!lease)
                return error_set(err, -ENOMEM, "out of memory");
        /* One that a killed run left is nobody's child: it could not be revived. */
        if ((r = netsetup_record_domain(ns, options->connect, name, err)) < 0 ||
            (r = responder_stop(lease, err)) < 0 ||
            (r = wire_serve(options, ns, &responder, err)) < 0)
                return r;
        return supervisor_run(options, ns, xml, len, name, responder, err);
}

int cmd_run(const struct options *options, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        _cleanup_free_ char *xml = NULL, *name = NULL;
        struct error undo = ERROR_INIT;
        size_t len = 0;
        int r;

        if (!options->domain)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "give the domain's XML with --domain FILE");
        if (options->connect && (r = namespace_check_daemon(options->connect, err)) < 0)
                return r;
        if ((r = supervisor_prepare(err)) < 0 ||
            (r = session_open(options, NETSETUP_WRITE, &ns, err)) < 0 ||
            (r = prepare_domain(options, ns, &xml, &len, &name, err)) < 0 ||
            /* A killed run may have left its guest; two must never share an address. */
            (r = wire_end_guest(ns, err)) < 0 || (r = wire_up(ns, err)) < 0)
                return r;
        r = live(options, ns, xml, len, name, err);
        if (wire_down(ns, &undo) < 0) {
                log_error("undo-failed", "%s; 'podgraft down' finishes it", undo.message);
                err->class = ERROR_HALF_DONE;
                return r < 0 ? r : (int)ERROR_HALF_DONE;
        }
        log_info("restored", "the pod's network is as it was");
        return r;
}
