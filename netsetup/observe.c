/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * observe.c - fill a netstate from the kernel's dumps
 */
#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <string.h>
#include <time.h>

#include "netsetup/filter/filter.h"
#include "netsetup/fdb.h"
#include "netsetup/observe.h"

/* --- neighbours worth keeping --- */

static bool is_gateway(const struct netstate *state, const struct ip_addr *addr)
{
        for (size_t i = 0; i < state->n_routes; i++) {
                if (ip_addr_equal(&state->routes[i].gateway, addr))
                        return true;
                for (unsigned h = 0; h < state->routes[i].n_hops; h++)
                        if (ip_addr_equal(&state->routes[i].hop_gateway[h], addr))
                                return true;
        }
        return false;
}

/* What somebody configured is kept; what the kernel learned only where it is a gateway. */
static int pick_neighs(struct observation *o)
{
        for (size_t i = 0; i < o->all_neighs->n_neighs; i++) {
                struct ns_neigh *neigh = &o->all_neighs->neighs[i], *kept;
                struct ns_link *link = netstate_link_by_index(o->state, neigh->ifindex);

                if (neigh->addr.family == AF_UNSPEC || (link && (link->flags & IFF_LOOPBACK)))
                        continue;
                /* Multicast mappings are NOARP too; the kernel makes them itself. */
                if (neigh->addr.family == AF_INET6 && neigh->addr.v6.s6_addr[0] == 0xff)
                        continue;
                if (neigh->addr.family == AF_INET && IN_MULTICAST(ntohl(neigh->addr.v4.s_addr)))
                        continue;
                if (!(neigh->state & (NUD_PERMANENT | NUD_NOARP)) &&
                    !(neigh->flags & (NTF_PROXY | NTF_EXT_LEARNED)) &&
                    !is_gateway(o->state, &neigh->addr))
                        continue;
                kept = netstate_add_neigh(o->state);
                if (!kept)
                        return -ENOMEM;
                *kept = *neigh;
                neigh->raw = (struct raw_message){ 0 }; /* moved */
        }
        return 0;
}

/* --- the whole --- */

static void restart_links(void *user)
{
        ((struct observation *)user)->state->n_links = 0;
}

#define RESTART(what, where)                                                                       \
        static void restart_##what(void *user)                                                     \
        {                                                                                          \
                struct netstate *s = ((struct observation *)user)->where;                          \
                for (size_t i = 0; i < s->n_##what; i++)                                           \
                        free(s->what[i].raw.data);                                                 \
                s->n_##what = 0;                                                                   \
        }
RESTART(addrs, state)
RESTART(routes, state)
RESTART(nexthops, state)
RESTART(neighs, all_neighs)

static void restart_proxies(void *user)
{
        struct observation *o = user;

        while (o->all_neighs->n_neighs > o->n_learned)
                free(o->all_neighs->neighs[--o->all_neighs->n_neighs].raw.data);
}

static void restart_rules(void *user)
{
        ((struct observation *)user)->state->n_policy_rules = 0;
}

static void fill_master_names(struct netstate *state)
{
        for (size_t i = 0; i < state->n_links; i++) {
                struct ns_link *master = netstate_link_by_index(state, state->links[i].master);

                if (state->links[i].master && master)
                        memcpy(state->links[i].master_name, master->name, IFNAMSIZ);
        }
}

/* Kernels may lack next-hop objects (before 5.3) or policy rules: then there are none. */
static int unless_lacking(int r, struct error *err)
{
        if (r != -EOPNOTSUPP)
                return r;
        error_clear(err);
        return 0;
}

static int observe_into(struct netlink *nl, struct observation *o, struct error *err)
{
        struct ifinfomsg link = { 0 };
        struct ifaddrmsg addr = { 0 };
        struct rtmsg route = { 0 };
        struct nhmsg hop = { 0 };
        struct ndmsg neigh = { 0 };
        struct fib_rule_hdr rule = { 0 };
        struct error filter_error = ERROR_INIT;
        int r;

        if ((r = netlink_dump(nl, RTM_GETLINK, &link, sizeof(link), observe_on_link, restart_links,
                              o, err)) < 0 ||
            (r = netlink_dump(nl, RTM_GETADDR, &addr, sizeof(addr), observe_on_addr, restart_addrs,
                              o, err)) < 0 ||
            (r = netlink_dump(nl, RTM_GETROUTE, &route, sizeof(route), observe_on_route,
                              restart_routes, o, err)) < 0 ||
            (r = netlink_dump(nl, RTM_GETNEIGH, &neigh, sizeof(neigh), observe_on_neigh,
                              restart_neighs, o, err)) < 0)
                return r;
        /* Proxy entries come only when asked for. */
        neigh.ndm_flags = NTF_PROXY;
        o->n_learned = o->all_neighs->n_neighs;
        r = netlink_dump(nl, RTM_GETNEIGH, &neigh, sizeof(neigh), observe_on_neigh, restart_proxies,
                         o, err);
        if (r < 0)
                return r;
        if ((r = unless_lacking(netlink_dump(nl, RTM_GETNEXTHOP, &hop, sizeof(hop),
                                             observe_on_nexthop, restart_nexthops, o, err),
                                err)) < 0 ||
            (r = unless_lacking(netlink_dump(nl, RTM_GETRULE, &rule, sizeof(rule), observe_on_rule,
                                             restart_rules, o, err),
                                err)) < 0)
                return r;
        fill_master_names(o->state);
        r = fdb_observe(nl, o->state, err);
        if (r < 0)
                return r;
        /* nf_tables wants a privilege for looking; who has none is told of no filter's drift. */
        r = filter_observe(nl, o->state, &filter_error);
        o->state->filters_unknown = r == -EPERM;
        if (r < 0 && r != -EPERM) {
                if (err && err->code == 0)
                        *err = filter_error;
                return r;
        }
        return pick_neighs(o) < 0 ? error_set(err, -ENOMEM, "out of memory") : 0;
}

int observe(struct netlink *nl, struct netstate **ret, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = netstate_new();
        _cleanup_(cleanup_netstate_free) struct netstate *neighs = netstate_new();
        struct observation o = { .state = state, .all_neighs = neighs };
        struct timespec now;
        int r;

        if (!state || !neighs)
                return error_set(err, -ENOMEM, "out of memory");
        clock_gettime(CLOCK_REALTIME, &now);
        state->observed_realtime_usec =
                (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
        r = observe_into(nl, &o, err);
        if (r < 0)
                return error_context(err, "observe the network");
        *ret = take_ptr(state);
        return 0;
}
