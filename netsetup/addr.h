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

/**
 * addr_copy_to() - append @addr to @state as an address of the link @ifindex
 * @flags: IFA_F_… it is to have there; @keep_label: else it is labelled like the link
 * The raw message is made anew to match, so that the record tells the same as the fields.
 * Return: 0; -ENOMEM; -EINVAL: @addr carries no message
 */
int addr_copy_to(struct netstate *state, const struct ns_addr *addr, int ifindex, uint32_t flags,
                 bool keep_label);

/**
 * addr_add_connected_route() - append to @state the route that the kernel makes with @addr
 * None is appended where the kernel makes none (IFA_F_NOPREFIXROUTE, an IPv4 /32 without a peer),
 * or where another address has brought the same along. Return: 0; -ENOMEM
 */
int addr_add_connected_route(struct netstate *state, const struct ns_addr *addr);
