/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter.h - the packet filter that keeps the guest's and the segment's DHCP worlds apart
 *
 * One table for all grafts of a network namespace, "bridge podgraft". Each graft owns chains in it,
 * named after its tap: "input_<tap>" cuts the pod's own IP stack off the wire, "forward_<tap>" and
 * those it goes to look at what passes between the guest and the wire. Nothing else in the table,
 * and no other table, is ever changed; the table goes with its last chain.
 */
#pragma once

#include "netsetup/netlink.h"
#include "podgraft/error.h"
#include "podgraft/podnet.h"

#define FILTER_TABLE "podgraft"

/**
 * filter_make() - the rules for one graft; pure
 * @net: names, MAC, addresses and gateways of the graft, and which of DHCPv4, DHCPv6 and router
 * advertisements are not the segment's: these do not pass, nor does what could hide them. All three
 * are the segment's where there is no address; then everything passes.
 * @anti_spoof: only frames with the guest's MAC (Ethernet source, ARP and RARP sender, options of
 * neighbour discovery) and the pod's addresses (IPv4 source, ARP sender or a probe's 0.0.0.0, IPv6
 * source, fe80::/10 but for the gateway's, ::) leave, RARP too; no other EtherType, no VLAN id, no
 * router advertisement, redirect, or neighbour advertisement for another's address. Without any
 * address only the MAC is enforced.
 * @ret: all of it is set; @ret->raw.data is the caller's to free.
 * Return: 0; -ENOMEM
 */
int filter_make(const struct podnet *net, bool anti_spoof, struct ns_filter *ret);

/**
 * filter_observe() - append one ns_filter to @state for each graft that has chains in the table
 * Three dumps at most, tens of microseconds. No table, or a kernel without nf_tables: none.
 * Return: 0; -EPERM (ERROR_CANNOT) without CAP_NET_ADMIN, which nf_tables wants for reading too.
 */
int filter_observe(struct netlink *nl, struct netstate *state, struct error *err);

/** filter_meets_ip_rules() - has the namespace packet filter rules for IP, of iptables or nft? */
bool filter_meets_ip_rules(struct netlink *nl);

/**
 * filter_apply() - make the kernel have @filter, in one transaction
 * What its chains held before is replaced.
 * Return: 0; -EOPNOTSUPP this kernel has no nf_tables, no bridge family of it, or lacks an
 * expression; -EPERM (ERROR_CANNOT); else a negative errno.
 */
int filter_apply(struct netlink *nl, const struct ns_filter *filter, struct error *err);

/**
 * filter_remove() - remove the chains of the graft with @tap
 * @last: the table too, unless somebody else put a chain into it
 * Return: 0, also where there is nothing to remove; otherwise as filter_apply().
 */
int filter_remove(struct netlink *nl, const char *tap, bool last, struct error *err);

/**
 * filter_probe() - would filter_apply() work here? A dry run, with anti-spoof; nothing changes
 * Return: as filter_apply().
 */
int filter_probe(struct netlink *nl, struct error *err);
