/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/wire.h"

int cmd_serve(const struct options *options, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        int r;

        /* Reads the record only: the lock is for those who rewire. */
        r = session_open(options, NETSETUP_READ, &ns, err);
        if (r < 0)
                return r;
        if (!netsetup_is_recorded(ns))
                return error_set_class(err, ERROR_NOT_SET_UP, -ENOENT,
                                       "nothing is set up here; 'podgraft up --no-serve' wires "
                                       "the pod first");
        return wire_serve_foreground(options, ns, err);
}
