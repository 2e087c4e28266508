/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "netsetup/netlink.h"

/**
 * addr_add() - put an address on the link @ifindex
 * Attributes that no field names are replayed from addr->raw; lifetimes, flags and label are the
 * fields'. An address that is there already is replaced.
 */
int addr_add(struct netlink *nl, int ifindex, const char *ifname, const struct ns_addr *addr,
             struct error *err);
int addr_delete(struct netlink *nl, int ifindex, const char *ifname, const struct ns_addr *addr,
                struct error *err);
