/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netlink.h - one rtnetlink socket in the calling thread's namespace
 */
#pragma once

#include "netsetup/netstate.h"
#include "podgraft/error.h"

struct netlink;

int netlink_open(struct netlink **ret, struct error *err);
struct netlink *netlink_close(struct netlink *nl);
DEFINE_CLEANUP(struct netlink *, netlink_close)

/** netlink_namespace_cookie() - SO_NETNS_COOKIE of the namespace the socket lives in */
int netlink_namespace_cookie(struct netlink *nl, uint64_t *ret, struct error *err);

/** observe() - dump links, addresses, routes, next hops, neighbours; no link is changed */
int observe(struct netlink *nl, struct netstate **ret, struct error *err);

/** observe_wait_interface() - wait until a link called @name is up; -ETIMEDOUT after @sec
 * without any; 0 if there is one, but down */
int observe_wait_interface(struct netlink *nl, const char *name, unsigned sec, struct error *err);

/** observe_settle() - wait (bounded, 3 s) until no address is tentative in duplicate detection */
int observe_settle(struct netlink *nl, struct error *err);

/**
 * observe_message() - append what one RTM_NEW… message tells to @state
 * @data: the payload, as kept in struct raw_message
 * Return: 0; -EINVAL not a message of that type; -ENOMEM
 */
int observe_message(int type, const void *data, size_t len, struct netstate *state);
