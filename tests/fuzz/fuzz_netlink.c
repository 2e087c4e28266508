/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_netlink.c - any messages as those of the kernel's dumps -> what is observed
 *
 * Each is a byte that chooses the kind, a byte for its length, and what is behind the netlink
 * header. Names that come out are links' names, lengths of prefixes those of their families; all
 * of it can be put into a record, and comes out of that as the same.
 */
#include "netsetup/observe.h"
#include "podgraft/json.h"
#include "podgraft/name.h"
#include "tests/fuzz/fuzz.h"

static const struct {
        uint16_t type;
        int (*fn)(struct nlmsghdr *nlh, void *user);
} kinds[] = {
        { RTM_NEWLINK, observe_on_link },   { RTM_NEWADDR, observe_on_addr },
        { RTM_NEWROUTE, observe_on_route }, { RTM_NEWNEXTHOP, observe_on_nexthop },
        { RTM_NEWNEIGH, observe_on_neigh }, { RTM_NEWRULE, observe_on_rule },
};

/* In a block of exactly its size, as libnl hands it on. */
static void give(size_t kind, const uint8_t *data, size_t len, struct netstate *state)
{
        struct observation o = { .state = state, .all_neighs = state };
        struct nlmsghdr *nlh = malloc(NLMSG_HDRLEN + len);

        must(nlh);
        *nlh = (struct nlmsghdr){ .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + len),
                                  .nlmsg_type = kinds[kind].type };
        memcpy(nlmsg_data(nlh), data, len);
        must(kinds[kind].fn(nlh, &o) == 0);
        free(nlh);
}

static void check(const struct netstate *s)
{
        for (size_t i = 0; i < s->n_links; i++) {
                const struct ns_link *link = &s->links[i];

                must(link_name_is_valid(link->name) && link->ifindex > 0);
                must(link->mac_len <= sizeof(link->mac));
                must(memchr(link->alias, 0, sizeof(link->alias)));
                must(memchr(link->kind, 0, sizeof(link->kind)));
        }
        for (size_t i = 0; i < s->n_addrs; i++) {
                must(s->addrs[i].prefix.len <= 128 && s->addrs[i].raw.len > 0);
                must(memchr(s->addrs[i].label, 0, IFNAMSIZ));
        }
        for (size_t i = 0; i < s->n_routes; i++) {
                const struct ns_route *route = &s->routes[i];

                must(route->dst.len <= (route->family == AF_INET ? 32 : 128));
                must(route->n_hops <= 8);
        }
        for (size_t i = 0; i < s->n_neighs; i++)
                must(s->neighs[i].mac_len <= sizeof(s->neighs[i].mac));
}

/* @state through a record */
static struct netstate *recorded(const struct netstate *state)
{
        struct json_object *o = netstate_to_json(state);
        struct netstate *again = NULL;
        struct error err = ERROR_INIT;

        must(netstate_from_json(o, &again, &err) == 0);
        must(again->n_links == state->n_links && again->n_addrs == state->n_addrs &&
             again->n_routes == state->n_routes && again->n_nexthops == state->n_nexthops &&
             again->n_neighs == state->n_neighs);
        check(again);
        json_object_put(o);
        return again;
}

/* A message's end is aligned on its first way through, as all of the kernel's are. */
static void check_record(const struct netstate *state)
{
        struct netstate *once = recorded(state), *twice = recorded(once);
        struct json_object *o = netstate_to_json(once), *same = netstate_to_json(twice);

        must(strcmp(json_object_to_json_string(o), json_object_to_json_string(same)) == 0);
        json_object_put(same);
        json_object_put(o);
        netstate_free(twice);
        netstate_free(once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct netstate *state = netstate_new();

        must(state);
        while (len >= 2) {
                size_t kind = data[0] % (sizeof(kinds) / sizeof(kinds[0])), n = data[1];

                data += 2;
                len -= 2;
                n = n < len ? n : len;
                give(kind, data, n, state);
                data += n;
                len -= n;
        }
        check(state);
        check_record(state);
        netstate_free(state);
        return 0;
}
