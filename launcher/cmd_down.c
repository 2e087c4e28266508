/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/wire.h"
#include "podgraft/log.h"

int cmd_down(const struct options *options, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        int r;

        r = session_open(options, NETSETUP_WRITE, &ns, err);
        if (r < 0)
                return r;
        if (!netsetup_is_recorded(ns)) {
                log_info("nothing-stands", "nothing is set up here, nothing to take down");
                return 0;
        }
        return wire_down(ns, err);
}
