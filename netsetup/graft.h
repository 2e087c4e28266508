/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * graft.h - netstate × configuration → who the pod is, and the state we want; pure
 */
#pragma once

#include "netsetup/netstate.h"
#include "netsetup/resolvconf.h"
#include "podgraft/netsetup.h"

/**
 * graft_find_interface() - the pod's interface: conf's, else the lowest-metric default route's
 * (IPv4 before IPv6), else eth0
 * Return: 0; ERROR_USAGE naming what is missing and what there is instead.
 */
int graft_find_interface(const struct netstate *state, const struct netsetup_conf *conf,
                         const struct ns_link **ret, struct error *err);

/**
 * graft_identity() - who the pod is, as seen on @nic
 * @dns: nameservers and search list
 */
int graft_identity(const struct netstate *state, const struct ns_link *nic,
                   const struct netsetup_conf *conf, const struct resolvconf *dns,
                   struct podnet **ret, struct notes *notes, struct error *err);

/**
 * graft_target() - the state of the bridge binding, from the pod's original state
 * The pod interface keeps its ifindex; bridge and tap have ifindex 0 and are known by name.
 */
int graft_target(const struct netstate *original, const struct podnet *net,
                 const struct netsetup_conf *conf, struct netstate **ret, struct error *err);

/** graft_alias() - the mark podgraft leaves on each of its links; the MAC is the pod's own */
void graft_alias(const struct podnet *net, const uint8_t pod_mac[MAC_LEN], char ret[256]);
#define GRAFT_ALIAS_PREFIX "podgraft:"
