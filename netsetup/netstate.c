/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/netstate.h"

#include <string.h>

struct netstate *netstate_new(void)
{
        return calloc(1, sizeof(struct netstate));
}

struct netstate *netstate_free(struct netstate *s)
{
        if (!s)
                return NULL;
        for (size_t i = 0; i < s->n_addrs; i++)
                free(s->addrs[i].raw.data);
        for (size_t i = 0; i < s->n_routes; i++)
                free(s->routes[i].raw.data);
        for (size_t i = 0; i < s->n_nexthops; i++)
                free(s->nexthops[i].raw.data);
        for (size_t i = 0; i < s->n_neighs; i++)
                free(s->neighs[i].raw.data);
        for (size_t i = 0; i < s->n_filters; i++)
                free(s->filters[i].raw.data);
        free(s->links);
        free(s->addrs);
        free(s->routes);
        free(s->nexthops);
        free(s->neighs);
        free(s->filters);
        free(s);
        return NULL;
}

static void *grow(void **array, size_t *n, size_t size)
{
        char *grown = reallocarray(*array, *n + 1, size);

        if (!grown)
                return NULL;
        *array = grown;
        memset(grown + *n * size, 0, size);
        return grown + (*n)++ * size;
}

struct ns_link *netstate_add_link(struct netstate *s)
{
        return grow((void **)&s->links, &s->n_links, sizeof(*s->links));
}

struct ns_addr *netstate_add_addr(struct netstate *s)
{
        return grow((void **)&s->addrs, &s->n_addrs, sizeof(*s->addrs));
}

struct ns_route *netstate_add_route(struct netstate *s)
{
        return grow((void **)&s->routes, &s->n_routes, sizeof(*s->routes));
}

struct ns_nexthop *netstate_add_nexthop(struct netstate *s)
{
        return grow((void **)&s->nexthops, &s->n_nexthops, sizeof(*s->nexthops));
}

struct ns_neigh *netstate_add_neigh(struct netstate *s)
{
        return grow((void **)&s->neighs, &s->n_neighs, sizeof(*s->neighs));
}

struct ns_filter *netstate_add_filter(struct netstate *s)
{
        return grow((void **)&s->filters, &s->n_filters, sizeof(*s->filters));
}

static int raw_copy(struct raw_message *raw)
{
        uint8_t *data;

        if (raw->len == 0) {
                raw->data = NULL;
                return 0;
        }
        data = malloc(raw->len);
        if (data)
                memcpy(data, raw->data, raw->len);
        raw->data = data;
        return data ? 0 : -ENOMEM;
}

struct ns_addr *netstate_copy_addr(struct netstate *state, const struct ns_addr *addr)
{
        struct ns_addr *copy = netstate_add_addr(state);

        if (!copy)
                return NULL;
        *copy = *addr;
        if (raw_copy(&copy->raw) < 0) {
                state->n_addrs--;
                return NULL;
        }
        return copy;
}

struct ns_route *netstate_copy_route(struct netstate *state, const struct ns_route *route)
{
        struct ns_route *copy = netstate_add_route(state);

        if (!copy)
                return NULL;
        *copy = *route;
        if (raw_copy(&copy->raw) < 0) {
                state->n_routes--;
                return NULL;
        }
        return copy;
}

/* Append copies of @n elements that carry a raw message. */
#define COPY_RAW(member, add)                                                                      \
        for (size_t i = 0; i < state->n_##member; i++) {                                           \
                __typeof__(state->member) element = add(copy);                                     \
                if (!element)                                                                      \
                        return NULL;                                                               \
                *element = state->member[i];                                                       \
                if (raw_copy(&element->raw) < 0)                                                   \
                        return NULL;                                                               \
        }

struct netstate *netstate_copy(const struct netstate *state)
{
        _cleanup_(cleanup_netstate_free) struct netstate *copy = netstate_new();

        if (!copy)
                return NULL;
        copy->n_policy_rules = state->n_policy_rules;
        copy->observed_realtime_usec = state->observed_realtime_usec;
        for (size_t i = 0; i < state->n_links; i++) {
                struct ns_link *link = netstate_add_link(copy);

                if (!link)
                        return NULL;
                *link = state->links[i];
        }
        COPY_RAW(addrs, netstate_add_addr)
        COPY_RAW(routes, netstate_add_route)
        COPY_RAW(nexthops, netstate_add_nexthop)
        COPY_RAW(neighs, netstate_add_neigh)
        COPY_RAW(filters, netstate_add_filter)
        return take_ptr(copy);
}

struct ns_link *netstate_link_by_name(const struct netstate *state, const char *name)
{
        for (size_t i = 0; i < state->n_links; i++)
                if (strcmp(state->links[i].name, name) == 0)
                        return &state->links[i];
        return NULL;
}

struct ns_link *netstate_link_by_index(const struct netstate *state, int ifindex)
{
        for (size_t i = 0; i < state->n_links; i++)
                if (state->links[i].ifindex == ifindex)
                        return &state->links[i];
        return NULL;
}

bool netstate_collides(const struct ns_addr *a, const struct ns_addr *b)
{
        struct ip_prefix net = a->prefix;

        if (!ip_addr_equal(&a->prefix.addr, &b->prefix.addr))
                return false;
        if (a->peer.family)
                net.addr = a->peer;
        return a->prefix.addr.family == AF_INET6 ||
               (a->prefix.len == b->prefix.len &&
                ip_prefix_has(&net, b->peer.family ? &b->peer : &b->prefix.addr));
}
