/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/sandbox.h"

#include <cap-ng.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Nothing to gain by exec, nothing to leak by a core. */
static int stage_privileges(struct error *err)
{
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
                return error_errno(err, -errno, "renounce new privileges");
        capng_clear(CAPNG_SELECT_BOTH);
        /*
         * The bounding set first, while there may be a SETPCAP to shrink it with; without one it
         * stays, and no_new_privs makes it worth nothing.
         */
        if (capng_apply(CAPNG_SELECT_BOUNDS) < 0 &&
            capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
                return error_set(err, -EPERM, "empty the capability bounding set");
        if (capng_apply(CAPNG_SELECT_CAPS) < 0)
                return error_set(err, -EPERM, "drop the capabilities");
        return 0;
}

static int stage_limits(struct error *err)
{
        static const struct {
                int resource;
                rlim_t most;
        } limits[] = { { RLIMIT_CORE, 0 }, { RLIMIT_NPROC, 0 }, { RLIMIT_FSIZE, 1 << 20 } };

        for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
                struct rlimit limit = { limits[i].most, limits[i].most };

                if (setrlimit((__rlimit_resource_t)limits[i].resource, &limit) < 0)
                        return error_errno(err, -errno, "limit resource %d", limits[i].resource);
        }
        return 0;
}

int sandbox_enter(struct error *err)
{
        int r = stage_limits(err);

        return r < 0 ? r : stage_privileges(err);
}
