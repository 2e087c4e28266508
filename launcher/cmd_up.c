/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/plug.h"
#include "launcher/ready.h"
#include "launcher/wire.h"
#include "launcher/wiring.h"
#include "podgraft/log.h"

/* Should run be killed, its guest is to be found by the record of any of its interfaces. */
static int record_guest(const struct wiring *w, const struct netsetup *other, struct error *err)
{
        const char *connect, *domain = netsetup_recorded_domain(other, &connect);
        int r = 0;

        for (size_t i = 0; r == 0 && domain && i < w->n; i++)
                r = netsetup_record_domain(w->ns[i], connect, domain,
                                           netsetup_recorded_run_as(other), err);
        return r;
}

static int find_guest(const struct options *options, const struct wiring *w, struct error *err)
{
        _cleanup_free_ char(*names)[IFNAMSIZ] = NULL;
        size_t n = netsetup_recorded_interfaces(w->ns[0], &names);
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                _cleanup_(cleanup_netsetup_close) struct netsetup *other = NULL;
                const char *connect;
                struct options own;

                options_for_name(options, names[i], &own);
                r = session_open_beside(&own, NETSETUP_WRITE, w->ns[0], &other, err);
                if (r == 0 && netsetup_recorded_domain(other, &connect))
                        return record_guest(w, other, err);
        }
        return r;
}

/* Whoever runs the guest's QEMU opens its taps. */
static void take_tap_owner(struct options *own)
{
        _cleanup_(wiring_close) struct wiring w = { 0 };
        struct error ignored = ERROR_INIT;
        struct options all = *own;
        const char *connect;

        all.n_names = 0;
        all.net.interface = NULL;
        if (own->net.tap_owner.given ||
            wiring_open(&all, NETSETUP_READ, WIRING_STANDING, &w, &ignored) < 0)
                return;
        for (size_t i = 0; i < w.n; i++)
                if (netsetup_recorded_domain(w.ns[i], &connect))
                        own->net.tap_owner = *netsetup_recorded_run_as(w.ns[i]);
}

/* They are for the guest of a run that lives here: it serves them, too. */
static int give_to_guest(const struct options *options, const struct wiring *w, struct error *err)
{
        int r = find_guest(options, w, err);

        for (size_t i = 0; r == 0 && i < w->n; i++) {
                const char *name = netsetup_identity(w->ns[i])->interface;

                r = plug_in(netsetup_dir(w->ns[i]), name, &w->options[i], err);
                if (r == 0 && podnet_is_served(netsetup_identity(w->ns[i])) &&
                    !wire_is_told(w->ns[i]))
                        log_warning("told-later",
                                    "what the guest is to be told of '%s' is another by now; it "
                                    "hears that when 'podgraft run' starts it anew",
                                    name);
        }
        return r;
}

/* Whether a run lives is asked with the lock had: one that begins has it until its mark is there.
 */
static int open_wanted(struct options *own, struct wiring *w, struct error *err)
{
        int r = wiring_open(own, NETSETUP_WRITE, WIRING_WANTED, w, err);

        own->supervised = r == 0 && plug_run_lives(); /* and serves them */
        if (!own->supervised)
                return r;
        wiring_close(w);
        take_tap_owner(own);
        return wiring_open(own, NETSETUP_WRITE, WIRING_WANTED, w, err);
}

int cmd_up(const struct options *options, struct error *err)
{
        _cleanup_(wiring_close) struct wiring w = { 0 };
        struct options own = *options;
        pid_t responder;
        int r = open_wanted(&own, &w, err);

        if (r < 0)
                return r;
        r = wiring_up(&w, err);
        if (r == 0 && own.supervised)
                r = give_to_guest(&own, &w, err);
        else if (r == 0 && !options->no_serve)
                r = wire_serve(w.ns, w.n, true, &responder, err);
        if (r == 0)
                r = ready_tell(options, err);
        return r < 0 ? wiring_put_back(&w, r, err) : 0;
}
