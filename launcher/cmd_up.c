/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/wire.h"
#include "podgraft/log.h"

/* What was not there before must not stay behind a failure. */
static int put_back(struct netsetup *ns, bool was_recorded, int r, struct error *err)
{
        struct error undo = ERROR_INIT;

        if (was_recorded)
                return r;
        if (wire_down(ns, &undo) < 0 && err) {
                log_error("undo-failed", "%s; 'podgraft down' finishes it", undo.message);
                err->class = ERROR_HALF_DONE;
        }
        return r;
}

int cmd_up(const struct options *options, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        pid_t responder;
        bool was_recorded;
        int r;

        r = session_open(options, NETSETUP_WRITE, &ns, err);
        if (r < 0)
                return r;
        was_recorded = netsetup_is_recorded(ns);
        r = wire_up(ns, err);
        if (r < 0)
                return r;
        if (options->no_serve)
                return 0;
        r = wire_serve(options, ns, &responder, err);
        if (r < 0)
                return put_back(ns, was_recorded, r, err);
        return 0;
}
