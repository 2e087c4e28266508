/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/probe.h"

#include <string.h>

#include "launcher/commands.h"
#include "launcher/responder_process.h"
#include "podgraft/json.h"

enum probe probe_named(const char *name)
{
        return strcmp(name, "live") == 0    ? PROBE_LIVE
               : strcmp(name, "ready") == 0 ? PROBE_READY
                                            : PROBE_STARTUP;
}

/*
 * Did the guest take what it was offered? A guest that speaks one family only is of use; who waits
 * for its lease waits for both, or to see it use the address that it was not asked to lease.
 */
static bool has_lease(const struct podnet *net, const struct dhcp_shared *shared, enum probe what,
                      const char **ret_why)
{
        bool leases4 = podnet_has_lease(net, AF_INET), leases6 = podnet_has_lease(net, AF_INET6);
        bool has4 = atomic_load(&shared->lease_state) == DHCP_LEASE_BOUND;
        bool has6 = atomic_load(&shared->lease6_state) == DHCP_LEASE_BOUND ||
                    atomic_load(&shared->own6_seen_realtime_usec) > 0;

        *ret_why = leases4 && leases6 && has4 != has6 ? has4 ? "the guest has no lease over DHCPv6"
                                                             : "the guest has no lease over DHCPv4"
                                                      : "the guest has no lease";
        if (leases4 && leases6 && what == PROBE_READY)
                return has4 || has6;
        return (has4 || !leases4) && (has6 || !leases6);
}

/* What serves the guest, and whether it took what it was offered. */
static int probe_responder(const struct netsetup *ns, enum probe what, const char **ret_why)
{
        _cleanup_free_ char *path = lease_path(ns);
        const struct dhcp_shared *shared;
        const char *no_lease;
        bool alive, bound;
        int fd;

        *ret_why = "the responder is not running";
        if (!path || dhcp_shared_open(path, &shared, &fd, NULL) < 0)
                return 0;
        alive = responder_holder(path, netsetup_identity(ns)->tap) != 0;
        bound = has_lease(netsetup_identity(ns), shared, what, &no_lease);
        dhcp_shared_close(shared, fd);
        if (alive && (what == PROBE_READY || what == PROBE_LEASE) && !bound) {
                *ret_why = no_lease;
                return 0;
        }
        return alive;
}

static int probe_wiring(struct netsetup *ns, const char **ret_why, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *links = NULL;
        struct json_object *drift;
        int r = netsetup_links_json(ns, &links, err);

        if (r < 0)
                return r;
        *ret_why = "the wiring is not as it should be";
        return !json_object_object_get_ex(links, "drift", &drift) ||
               json_object_array_length(drift) == 0;
}

int probe(struct netsetup *ns, enum probe what, const char **ret_why, struct error *err)
{
        int r;

        *ret_why = "nothing is set up here";
        if (!netsetup_is_recorded(ns))
                return 0;
        /* The cheaper question first. */
        r = podnet_is_served(netsetup_identity(ns)) ? probe_responder(ns, what, ret_why) : 1;
        return r == 1 && what == PROBE_STARTUP ? probe_wiring(ns, ret_why, err) : r;
}
