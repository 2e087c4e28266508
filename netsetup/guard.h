/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guard.h - not the host's own network, and nothing that cannot be bridged; pure
 */
#pragma once

#include "netsetup/netstate.h"

/**
 * guard_host_network() - refuse an interface that looks like the host's own
 * A link with a parent device or without a link kind, or a veth whose peer is in this namespace.
 * /proc/1 is never the test: in a container it is the pod itself.
 * @where: the namespace, for the message
 * Return: 0; -EPERM (ERROR_USAGE) that says which namespace, which interface and why.
 */
int guard_host_network(const struct netstate *state, const struct ns_link *nic, const char *where,
                       struct error *err);

/** guard_bridgeable() - refuse what a bridge cannot take; ERROR_USAGE naming the fix */
int guard_bridgeable(const struct ns_link *nic, struct error *err);

/** guard_names() - refuse when the bridge's or tap's name is taken by something not ours */
int guard_names(const struct netstate *state, const char *bridge, const char *tap,
                const char *nic_name, struct error *err);
