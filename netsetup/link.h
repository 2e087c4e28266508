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
/**
 * link_add_keeper() - a dummy that is down; where the kernel has none, a persistent tap
 * Two requests in that case. Only link's name is used: MAC and MTU are set afterwards, on either.
 */
int link_add_keeper(struct netlink *nl, const struct ns_link *link, struct error *err);
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
/**
 * link_set_ip() - what the kernel's IP does by itself on the link: link-local addresses, ARP
 * replies
 * @link: addr_gen_mode and arp_ignore; -1 leaves either as it is. Needs no writable /proc/sys.
 */
int link_set_ip(struct netlink *nl, int ifindex, const char *name, const struct ns_link *link,
                struct error *err);
int link_set_alias(struct netlink *nl, int ifindex, const char *name, const char *alias,
                   struct error *err);
int link_set_up(struct netlink *nl, int ifindex, const char *name, bool up, struct error *err);

/* What one request may set; what is zero is left as it is. */
struct link_settings {
        const struct ns_link *mac; /* its MAC */
        uint32_t mtu_bytes;
        const char *new_name;
        const char *alias;
        int master;               /* ifindex */
        const struct ns_link *ip; /* as for link_set_ip() */
        bool up;
};

/**
 * link_set_several() - all of it in one request, for which the kernel takes its lock once
 * It goes in the kernel's order (do_setlink()): MAC, MTU, name, alias, master, up, IP; where it
 * refuses one, those before it are done and the others not.
 * Return: 0 or a negative errno, without a message: whoever does them one by one gets that
 */
int link_set_several(struct netlink *nl, int ifindex, const struct link_settings *settings);

/** link_find() - ifindex by name; -ENODEV */
int link_find(struct netlink *nl, const char *name, int *ret, struct error *err);
/**
 * link_kind_probe() - does the kernel know links of @kind, or have a module for them?
 * Asks for one by a name that no link may have, so that none is made. Loads the module, as making
 * a link does.
 * Return: 0; -EOPNOTSUPP it does not; -EPERM without NET_ADMIN it does not say
 */
int link_kind_probe(struct netlink *nl, const char *kind, struct error *err);
