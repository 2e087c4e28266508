/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * link.h - single operations on links; each is one request unless it says otherwise
 *
 * All return 0 or a negative errno with *err set; EPERM is ERROR_CANNOT.
 */
#pragma once

#include "netsetup/netlink.h"

/** link_add_bridge() - a bridge that is down, with link's name, MAC, MTU and bridge attributes */
int link_add_bridge(struct netlink *nl, const struct ns_link *link, struct error *err);
int link_delete(struct netlink *nl, int ifindex, const char *name, struct error *err);
/**
 * link_rename() - in place; where the kernel says EBUSY (before 6.2) by down, rename, up
 * The down takes IPv6 addresses and routes with it: whoever observes again sees what is missing.
 */
int link_rename(struct netlink *nl, int ifindex, const char *name, const char *new_name,
                struct error *err);
/** link_set_mac() - on the live link; with down and up where the driver says EBUSY */
int link_set_mac(struct netlink *nl, int ifindex, const char *name, const uint8_t *mac, size_t len,
                 struct error *err);
int link_set_mtu(struct netlink *nl, int ifindex, const char *name, uint32_t mtu_bytes,
                 struct error *err);
/** link_set_master() - 0 takes it out of its bridge */
int link_set_master(struct netlink *nl, int ifindex, const char *name, int master,
                    const char *master_name, struct error *err);
int link_set_learning(struct netlink *nl, int ifindex, const char *name, bool learning,
                      struct error *err);
int link_set_bridge(struct netlink *nl, int ifindex, const struct ns_link *link, struct error *err);
/** link_set_addr_gen_mode() - whether the kernel makes a link-local address by itself */
int link_set_addr_gen_mode(struct netlink *nl, int ifindex, const char *name, int mode,
                           struct error *err);
int link_set_alias(struct netlink *nl, int ifindex, const char *name, const char *alias,
                   struct error *err);
int link_set_up(struct netlink *nl, int ifindex, const char *name, bool up, struct error *err);
/** link_find() - ifindex by name; -ENODEV */
int link_find(struct netlink *nl, const char *name, int *ret, struct error *err);
