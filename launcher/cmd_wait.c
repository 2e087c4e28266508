/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <string.h>
#include <time.h>

#include "launcher/commands.h"

#define LOOK_EVERY_MSEC 20

static uint64_t now_msec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Return: true if it is so; else @why says what is missing. */
static bool is_so(const struct options *options, const char **why, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        _cleanup_free_ char *path = NULL;
        const struct dhcp_shared *shared;
        bool alive, bound;
        int fd;

        if (netsetup_open(&options->net, NETSETUP_READ, &ns, NULL, err) < 0)
                return false;
        *why = "nothing is set up here";
        if (!netsetup_is_recorded(ns))
                return false;
        if (strcmp(options->wait_for, "ready") == 0 &&
            !podnet_first_address(netsetup_identity(ns), AF_INET))
                return true; /* wired, and there is nothing to serve */
        path = lease_path(ns);
        *why = "the responder is not running";
        if (!path || dhcp_shared_open(path, &shared, &fd, NULL) < 0)
                return false;
        alive = dhcp_shared_is_alive(fd);
        bound = atomic_load(&shared->lease_state) == DHCP_LEASE_BOUND;
        dhcp_shared_close(shared, fd);
        if (!alive)
                return false;
        *why = "the guest has no lease";
        return strcmp(options->wait_for, "lease") != 0 || bound;
}

int cmd_wait(const struct options *options, struct error *err)
{
        uint64_t deadline = now_msec() + (uint64_t)options->timeout_sec * 1000;
        const char *why = NULL;

        while (!is_so(options, &why, err)) {
                if (err->code)
                        return err->code;
                if (now_msec() >= deadline)
                        return error_set_class(err, ERROR_NOT_SET_UP, -ETIMEDOUT,
                                               "still not %s after %u s: %s", options->wait_for,
                                               options->timeout_sec, why);
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
        return 0;
}
