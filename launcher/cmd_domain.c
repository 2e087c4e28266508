/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/wiring.h"

int cmd_domain(const struct options *options, struct error *err)
{
        _cleanup_(wiring_close) struct wiring w = { 0 };
        _cleanup_free_ char *xml = NULL;
        struct domain_text text = { 0 };
        struct notes notes = { 0 };
        size_t len;
        int r;

        if (!options->domain)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "give the domain's XML with --domain FILE");
        r = wiring_open(options, NETSETUP_READ, WIRING_WANTED, &w, err);
        if (r < 0)
                return r;
        r = wiring_identify(&w, &notes, err);
        notes_log(&notes);
        if (r < 0)
                return r;
        r = domain_text_read(options->domain, NULL, &text, err);
        if (r == 0)
                r = wiring_fill_in(&w, &text, &xml, &len, NULL, err);
        domain_text_done(&text);
        if (r < 0)
                return r;
        fwrite(xml, 1, len, stdout);
        return 0;
}
