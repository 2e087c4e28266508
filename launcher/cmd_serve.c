/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/responder_process.h"

int cmd_serve(const struct options *options, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        _cleanup_free_ char *path = NULL;
        struct responder_conf conf = { .lease_sec = options->lease_sec };
        const struct podnet *net;
        int r;

        /* Reads the record only: the lock is for those who rewire. */
        r = session_open(options, NETSETUP_READ, &ns, err);
        if (r < 0)
                return r;
        if (!netsetup_is_recorded(ns))
                return error_set_class(err, ERROR_NOT_SET_UP, -ENOENT,
                                       "nothing is set up here; 'podgraft up --no-serve' wires "
                                       "the pod first");
        net = netsetup_identity(ns);
        if (!podnet_first_address(net, AF_INET))
                return error_set_class(err, ERROR_USAGE, -ENODATA,
                                       "'%s' has no IPv4 address, there is nothing to serve",
                                       net->interface);
        path = lease_path(ns);
        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        conf.shared_path = path;
        return responder_exec_foreground(net, &conf, err);
}
