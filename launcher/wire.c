/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/wire.h"

#include <ftw.h>

#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/responder_process.h"
#include "podgraft/log.h"

int wire_up(struct netsetup *ns, struct error *err)
{
        struct notes notes = { 0 };
        int r = netsetup_up(ns, &notes, err);

        notes_log(&notes);
        return r;
}

int wire_serve(const struct options *options, struct netsetup *ns, pid_t *ret_pid,
               struct error *err)
{
        const struct podnet *net = netsetup_identity(ns);
        _cleanup_free_ char *path = lease_path(ns);
        struct responder_conf conf = { .lease_sec = options->lease_sec, .shared_path = path };

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        *ret_pid = 0;
        if (!podnet_first_address(net, AF_INET)) {
                log_warning("nothing-to-serve",
                            "'%s' has no IPv4 address: it is wired, but nothing is served",
                            net->interface);
                return 0;
        }
        return responder_start(net, &conf, ret_pid, err);
}

char *wire_libvirt_root(const struct netsetup *ns)
{
        char *path;

        return asprintf(&path, "%s/libvirt", netsetup_dir(ns)) < 0 ? NULL : path;
}

static int remove_entry(const char *path, const struct stat *st _unused_, int type _unused_,
                        struct FTW *ftw _unused_)
{
        return remove(path);
}

int wire_end_guest(struct netsetup *ns, struct error *err)
{
        const char *connect = NULL, *domain = netsetup_recorded_domain(ns, &connect);
        _cleanup_free_ char *root = wire_libvirt_root(ns);
        int r;

        if (!domain)
                return 0;
        if (!root)
                return error_set(err, -ENOMEM, "out of memory");
        r = domain_end(connect, root, domain, err);
        if (r < 0)
                return r;
        return netsetup_record_domain(ns, NULL, NULL, err);
}

int wire_down(struct netsetup *ns, struct error *err)
{
        _cleanup_free_ char *lease = lease_path(ns), *root = wire_libvirt_root(ns);
        struct notes notes = { 0 };
        int first, r;

        if (!lease || !root)
                return error_set(err, -ENOMEM, "out of memory");
        /* The guest first: it must not go on talking with an identity the pod takes back. */
        first = wire_end_guest(ns, err);
        r = responder_stop(lease, err);
        first = first < 0 ? first : r;
        if (first < 0) {
                /* The record says what is left to end; a later down needs it. */
                if (err)
                        err->class = ERROR_HALF_DONE;
                return first;
        }
        unlink(lease);
        nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
        r = netsetup_down(ns, &notes, err);
        notes_log(&notes);
        return r;
}
