/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/domain_process.h"

int cmd_domain(const struct options *options, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        _cleanup_free_ char *xml = NULL;
        struct notes notes = { 0 };
        size_t len;
        int r;

        if (!options->domain)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "give the domain's XML with --domain FILE");
        r = session_open(options, NETSETUP_READ, &ns, err);
        if (r < 0)
                return r;
        if (!netsetup_is_recorded(ns)) {
                r = netsetup_plan(ns, NETSETUP_UP, &plan, &notes, err);
                notes_log(&notes);
                if (r < 0)
                        return r;
        }
        r = domain_fill_in(options->domain, options->alias, netsetup_identity(ns), &xml, &len, NULL,
                           err);
        if (r < 0)
                return r;
        fwrite(xml, 1, len, stdout);
        return 0;
}
