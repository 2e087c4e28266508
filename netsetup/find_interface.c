/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * find_interface.c - which interface is the pod's
 */
#include <stdio.h>
#include <string.h>

#include "netsetup/graft.h"

static const struct ns_link *default_route_link(const struct netstate *state, int family)
{
        const struct ns_route *best = NULL;

        for (size_t i = 0; i < state->n_routes; i++)
                if (netstate_is_default_route(&state->routes[i], family) &&
                    (!best || state->routes[i].metric < best->metric))
                        best = &state->routes[i];
        return best ? netstate_link_by_index(state, netstate_route_device(state, best)) : NULL;
}

static int interface_missing(const struct netstate *state, const char *name, const char *why,
                             struct error *err)
{
        char names[512] = "";
        size_t len = 0;

        for (size_t i = 0; i < state->n_links && len < sizeof(names) - IFNAMSIZ - 2; i++)
                if (!(state->links[i].flags & IFF_LOOPBACK))
                        len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
                                                len ? ", " : "", state->links[i].name);
        return error_set_class(err, ERROR_USAGE, -ENODEV,
                               "there is no interface '%s' in this network namespace%s; it has: "
                               "%s. Give another with --interface, the right namespace with "
                               "--netns, or time with --wait-interface",
                               name, why, len ? names : "none");
}

int graft_find_interface(const struct netstate *state, const struct netsetup_conf *conf,
                         const struct ns_link **ret, struct error *err)
{
        const struct ns_link *link;

        if (conf->interface) {
                link = netstate_link_by_name(state, conf->interface);
                if (!link)
                        return interface_missing(state, conf->interface, "", err);
        } else {
                link = default_route_link(state, AF_INET);
                if (!link)
                        link = default_route_link(state, AF_INET6);
                if (!link)
                        link = netstate_link_by_name(state, "eth0");
                if (!link)
                        return interface_missing(state, "eth0", " and no default route", err);
        }
        *ret = link;
        return 0;
}
