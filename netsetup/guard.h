/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guard.h - not the host's own network, and nothing that cannot be bridged; pure
 */
#pragma once

#include "netsetup/netstate.h"

/* Why an interface is refused, and what to do instead; the subject, its name, is left out. */
struct refusal {
        int code; /* negative errno */
        char why[256];
        char remedy[256];
};

/**
 * guard_refuses() - can a bridge take the interface, and would the guest be reached through it?
 * Return: true and *ret where not
 */
bool guard_refuses(const struct ns_link *nic, struct refusal *ret);

/** guard_bridgeable() - guard_refuses() as an error: ERROR_USAGE with the remedy in the message */
int guard_bridgeable(const struct ns_link *nic, struct error *err);

/**
 * guard_is_host() - does the interface look like the host's own?
 * A link with a parent device or without a link kind, or a veth whose peer is in this namespace.
 * /proc/1 is never the test: in a container it is the pod itself.
 * @where: the namespace, for the text
 * Return: true and *ret where it does
 */
bool guard_is_host(const struct netstate *state, const struct ns_link *nic, const char *where,
                   struct refusal *ret);

/** guard_host_network() - guard_is_host() as an error: -EPERM, ERROR_USAGE */
int guard_host_network(const struct netstate *state, const struct ns_link *nic, const char *where,
                       struct error *err);

/** guard_mac() - refuse a guest's MAC that the interface would not let pass */
int guard_mac(const struct ns_link *nic, const uint8_t mac[MAC_LEN], struct error *err);

/** guard_names() - refuse when the bridge's or tap's name is taken by something not ours */
int guard_names(const struct netstate *state, const char *bridge, const char *tap,
                const char *nic_name, struct error *err);
