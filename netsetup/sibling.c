/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sibling.c - several interfaces of one pod, grafted together or one after the other
 *
 * Each has an index of its own, which its tap and what serves it are called by.
 *
 * A route of the second may have an address of the first as its source; it went with the address
 * when the first was grafted. It is the second's all the same: its guest needs it, and its down
 * brings it back.
 */
#include <stdio.h>
#include <string.h>

#include "netsetup/session.h"

/* The route went, or (IPv6) forgot its source, when @sibling's addresses did. */
static bool is_taken(const struct netstate *sibling, int sibling_ifindex,
                     const struct ns_route *route)
{
        for (size_t i = 0; i < sibling->n_addrs; i++)
                if (sibling->addrs[i].ifindex == sibling_ifindex &&
                    ip_addr_equal(&sibling->addrs[i].prefix.addr, &route->prefsrc))
                        return true;
        return false;
}

static void drop_route(struct netstate *state, const struct ns_route *route)
{
        size_t at = (size_t)(route - state->routes);

        free(state->routes[at].raw.data);
        memmove(&state->routes[at], &state->routes[at + 1],
                (state->n_routes - at - 1) * sizeof(*route));
        state->n_routes--;
}

static int take_over(struct netstate *original, int ifindex, const struct record *sibling)
{
        const struct ns_link *nic =
                netstate_link_by_name(sibling->original, sibling->identity->interface);

        for (size_t i = 0; nic && i < sibling->original->n_routes; i++) {
                const struct ns_route *route = &sibling->original->routes[i], *have;

                if (route->ifindex != ifindex ||
                    !is_taken(sibling->original, nic->ifindex, route) ||
                    netstate_find_route(original, route, true))
                        continue;
                have = netstate_find_route(original, route, false);
                if (have)
                        drop_route(original, have);
                if (!netstate_copy_route(original, route))
                        return -ENOMEM;
        }
        return 0;
}

int session_take_over(struct netsetup *ns, struct netstate *original, int ifindex)
{
        for (size_t i = 0; i < original->n_links; i++) {
                _cleanup_(cleanup_record_free) struct record *sibling = NULL;
                const struct ns_link *link = &original->links[i];
                struct error unreadable = ERROR_INIT;
                char name[IFNAMSIZ];

                if (strcmp(link->kind, "bridge") != 0 || !graft_marked_name(link, name) ||
                    record_find(ns->dir, ns->cookie, name, ns->has_lock, &sibling, NULL,
                                &unreadable) != 1)
                        continue;
                if (take_over(original, ifindex, sibling) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* --- the index --- */

#define INDEXES 1000 /* of net0 to net999 */

static void take(bool taken[INDEXES], unsigned index)
{
        if (index < INDEXES)
                taken[index] = true;
}

static void take_recorded(struct netsetup *ns, const char *but, bool taken[INDEXES])
{
        _cleanup_free_ struct record_name *names = NULL;
        size_t n = record_list(ns->dir, &names);

        for (size_t i = 0; i < n; i++) {
                _cleanup_(cleanup_record_free) struct record *record = NULL;
                struct error unreadable = ERROR_INIT;

                if (strcmp(names[i].interface, but) != 0 &&
                    record_find(ns->dir, ns->cookie, names[i].interface, ns->has_lock, &record,
                                NULL, &unreadable) == 1)
                        take(taken, record->identity->index);
        }
}

/* Those whose records are lost, too. */
static void take_marked(const struct netstate *state, const char *but, bool taken[INDEXES])
{
        for (size_t i = 0; i < state->n_links; i++) {
                char name[IFNAMSIZ];

                if (graft_marked_name(&state->links[i], name) && strcmp(name, but) != 0)
                        take(taken, graft_alias_index(state, name));
        }
}

static void find_taken(struct netsetup *ns, const struct netstate *state, const char *but,
                       bool taken[INDEXES])
{
        take_recorded(ns, but, taken);
        take_marked(state, but, taken);
        for (const struct netsetup *s = ns->beside; s; s = s->beside)
                if (s->record)
                        take(taken, s->record->identity->index);
}

unsigned session_choose_index(struct netsetup *ns, const struct netstate *state,
                              const char *interface)
{
        unsigned wanted = graft_index(interface), index = 0;
        bool taken[INDEXES] = { false };

        find_taken(ns, state, interface, taken);
        if (!taken[wanted])
                return wanted;
        while (index < INDEXES - 1 && taken[index])
                index++;
        return index;
}
