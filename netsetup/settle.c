/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * settle.c - look until the pod's network is there and has come to rest
 */
#include <linux/if_addr.h>
#include <poll.h>

#include "netsetup/netlink.h"
#include "podgraft/loop.h"

#define LOOK_EVERY_MSEC 20
#define SETTLE_MSEC     3000
#define QUIET_MSEC      1000

/* A CNI brings link, addresses and routes one after the other; this tells that it goes on. */
static size_t count_all(const struct netstate *state)
{
        return state->n_addrs + state->n_routes + state->n_nexthops + state->n_neighs;
}

static bool has_address(const struct netstate *state, const struct ns_link *link)
{
        for (size_t i = 0; i < state->n_addrs; i++)
                if (state->addrs[i].ifindex == link->ifindex &&
                    state->addrs[i].scope < RT_SCOPE_LINK)
                        return true;
        return false;
}

int observe_wait_interface(struct netlink *nl, const char *name, unsigned sec,
                           void (*on_wait)(const char *interface, unsigned most_sec),
                           struct error *err)
{
        uint64_t deadline = loop_now_msec() + (uint64_t)sec * 1000, quiet_since = 0;
        size_t before = 0;

        for (bool is_first = true;; is_first = false) {
                _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
                const struct ns_link *link;
                /* A look may take its time, and what it saw first be the oldest. */
                uint64_t began = loop_now_msec(), now;
                int r = observe(nl, &state, err);

                if (r < 0)
                        return r;
                now = loop_now_msec();
                link = netstate_link_by_name(state, name);
                if (!link || !(link->flags & IFF_UP)) {
                        quiet_since = 0;
                } else {
                        if (is_first && has_address(state, link)) /* it is not late at all */
                                return 0;
                        if (quiet_since == 0 || count_all(state) != before)
                                quiet_since = now;
                        before = count_all(state);
                        if (began >= quiet_since + QUIET_MSEC)
                                return 0;
                }
                if (now >= deadline)
                        return link ? 0 /* whoever looks at it next says that it is down */
                                    : error_set_class(err, ERROR_USAGE, -ETIMEDOUT,
                                                      "interface '%s' did not appear within %u s",
                                                      name, sec);
                if (on_wait)
                        on_wait(name, sec);
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
}

int observe_settled(struct netlink *nl, struct netstate **ret, struct error *err)
{
        uint64_t deadline = loop_now_msec() + SETTLE_MSEC;

        for (;;) {
                _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
                bool tentative = false;
                int r = observe(nl, &state, err);

                if (r < 0)
                        return r;
                for (size_t i = 0; i < state->n_addrs; i++)
                        if (state->addrs[i].scope < RT_SCOPE_LINK &&
                            (state->addrs[i].flags & IFA_F_TENTATIVE) &&
                            !(state->addrs[i].flags & IFA_F_DADFAILED))
                                tentative = true;
                if (!tentative || loop_now_msec() >= deadline) {
                        *ret = take_ptr(state);
                        return 0;
                }
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
}
