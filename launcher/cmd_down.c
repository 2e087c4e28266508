/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/plug.h"
#include "launcher/wire.h"
#include "launcher/wiring.h"
#include "podgraft/log.h"

/* No record: nothing stands, or it was lost. Return: 1 a graft to take down, 0 none. */
static int look_for_lost(const struct options *options, struct netsetup *ns, struct error *err)
{
        struct notes notes = { 0 };
        int r = netsetup_adopt(ns, &notes, err);

        if (r == 1 && !options->force) {
                notes_done(&notes);
                return error_set(err, -ENOENT,
                                 "a graft of '%s' stands here, but its record is lost (was the "
                                 "state directory kept?); 'podgraft down --force' restores what "
                                 "the marks on its links tell, 'podgraft up' goes on with it",
                                 netsetup_identity(ns)->interface);
        }
        notes_log(&notes);
        return r;
}

/* Return: 1 there is something to take down, 0 there is not */
static int is_standing(const struct options *options, struct netsetup *ns, struct error *err)
{
        const char *owner = netsetup_recorded_owner(ns);

        if (!netsetup_is_recorded(ns))
                return look_for_lost(options, ns, err);
        if (owner && !options->force)
                return error_set(err, -EBUSY,
                                 "the domain '%s' of a libvirt daemon uses it; 'virsh destroy %s' "
                                 "takes it down through podgraft's hook, 'podgraft down --force' "
                                 "takes it from under the guest",
                                 owner, owner);
        return 1;
}

/* Return: how many were taken down */
static int take_down(const struct options *options, struct wiring *w, struct error *err)
{
        struct netsetup *standing[POD_INTERFACES_MAX];
        size_t n = 0;
        int r;

        for (size_t i = 0; i < w->n; i++) {
                r = is_standing(options, w->ns[i], err);
                if (r < 0)
                        return r;
                if (r == 1)
                        standing[n++] = w->ns[i];
        }
        r = n > 0 ? wire_down(standing, n, err) : netsetup_down(w->ns[0], NULL, err);
        return r < 0 ? r : (int)n;
}

int cmd_down(const struct options *options, struct error *err)
{
        int n, all = 0;

        /* Of several whose records are lost only one is found at a time. */
        do {
                _cleanup_(wiring_close) struct wiring w = { 0 };
                int r = wiring_open(options, NETSETUP_WRITE, WIRING_STANDING, &w, err);

                if (r < 0)
                        return r;
                /* Asked with the lock had: a run that begins has it until its mark is there. */
                if (options->n_names == 0 && plug_run_lives())
                        return error_set(err, -EBUSY,
                                         "'podgraft run' lives in this network namespace; end it "
                                         "with SIGTERM, or name with --interface what its guest is "
                                         "to lose");
                n = take_down(options, &w, err);
                if (n < 0)
                        return n;
                all += n;
        } while (n > 0 && options->force && options->n_names == 0);
        if (all == 0)
                log_info("nothing-stands", "nothing is set up here, nothing to take down");
        return 0;
}
