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

/** netlink_find_link() - the ifindex of the link called @name; -ENODEV there is none */
int netlink_find_link(struct netlink *nl, const char *name);

/** netlink_describe_namespace() - the calling thread's, for messages: "net:[4026531840]" */
void netlink_describe_namespace(char ret[64]);

/** observe() - dump links, addresses, routes, next hops, neighbours; no link is changed */
int observe(struct netlink *nl, struct netstate **ret, struct error *err);

/**
 * observe_wait_interface() - wait until a link called @name is up
 * @on_wait: called before each further look; may be NULL
 * Where it comes late, or has no address yet, also until nothing has changed for a second: addresses
 * and routes follow it.
 * Return: 0, also if there is one, but down; -ETIMEDOUT after @sec without any
 */
int observe_wait_interface(struct netlink *nl, const char *name, unsigned sec,
                           void (*on_wait)(const char *interface, unsigned most_sec),
                           struct error *err);

/** observe_settled() - observe() once no address is tentative in duplicate detection
 * 3 s at most. Link-local ones are not waited for: a pod that has just come up has one for a second
 * or two, and its guest should not wait for an address that nobody will use. */
int observe_settled(struct netlink *nl, struct netstate **ret, struct error *err);

/**
 * observe_message() - append what one RTM_NEW… message tells to @state
 * @data: the payload, as kept in struct raw_message
 * Return: 0; -EINVAL not a message of that type; -ENOMEM
 */
int observe_message(int type, const void *data, size_t len, struct netstate *state);
