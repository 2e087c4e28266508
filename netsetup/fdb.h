/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fdb.h - one forwarding entry: the pod interface's own MAC leads to the tap
 *
 * A macvlan takes frames for its own MAC only, so under a guest it must keep the pod's. The bridge
 * then holds that MAC for its own port's and hands what comes for it to the pod's stack, not to
 * the guest, until the entry is made to lead to the tap.
 */
#pragma once

#include "netsetup/netlink.h"

/**
 * fdb_observe() - fill port.takes_nic_mac of the links of @state
 * Asks the kernel only where a bridge of @state has a macvlan as a port.
 */
int fdb_observe(struct netlink *nl, struct netstate *state, struct error *err);

/** fdb_lead() - frames for @mac go to the port @ifindex, whatever the bridge has learned or knows
 */
int fdb_lead(struct netlink *nl, int ifindex, const char *name, const uint8_t mac[MAC_LEN],
             struct error *err);
