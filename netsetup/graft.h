/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * graft.h - netstate × configuration → who the pod is, and the state we want; pure
 *
 *     find_interface.c  which interface
 *     identity.c        who the pod is on it: struct podnet
 *     graft.c           the state of the bridge binding: the target that up makes
 *     alias.c           the identity once more, in the alias of podgraft's links
 *     alias_read.c      what can be made of that when the record is lost
 *     names.c           names and MACs
 */
#pragma once

#include "netsetup/netstate.h"
#include "netsetup/resolvconf.h"
#include "podgraft/netsetup.h"

/* What the target follows from besides the identity; kept in the record. */
struct graft_conf {
        struct owner tap_owner;
        bool keep_address; /* the pod's addresses stay visible on a keeper */
        bool filter;
        bool filter_missing; /* wanted, but the kernel cannot: nothing to wait for */
        bool anti_spoof;
};

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
 * graft_take_wishes() - what conf asks for otherwise than the graft that stands has it
 * MAC, MTU, queues and host name; what it does not ask for stays as it is.
 * @nic: as it was
 */
void graft_take_wishes(const struct netsetup_conf *conf, const struct ns_link *nic,
                       struct podnet *net, struct notes *notes);

/**
 * graft_learn_gateways() - IPv6 gateways that the guest is told the MACs of become neighbours
 * Not those with a link-local address who say that they are routers: the guest finds them itself.
 * @ret_missing: one that @state does not know; NULL: they are all there
 * Return: 0; -ENOMEM
 */
int graft_learn_gateways(const struct netstate *state, int ifindex, struct podnet *net,
                         const struct ip_addr **ret_missing);

/** graft_add_dns() - nameservers and search list; Return: 0; -ENOMEM */
int graft_add_dns(const struct resolvconf *dns, struct podnet *net);

/** graft_has_dns() - is it this that @net has? */
bool graft_has_dns(const struct podnet *net, const struct resolvconf *dns);

/** graft_tell() - who tells the guest of what, as conf and the pod's addresses have it */
void graft_tell(const struct netsetup_conf *conf, struct podnet *net);

/**
 * graft_target() - the state of the bridge binding, from the pod's original state
 * The pod interface keeps its ifindex; bridge, tap and keeper have ifindex 0 and are known by
 * name. The keeper's addresses have ifindex 0 too: nothing else in a target has.
 */
int graft_target(const struct netstate *original, const struct podnet *net,
                 const struct graft_conf *conf, struct netstate **ret, struct error *err);

/**
 * graft_keeps_mac() - must the pod interface keep its MAC, so that only that one can be the
 * guest's? Such an interface is a macvlan; the bridge is told to lead the MAC's frames to the tap.
 */
bool graft_keeps_mac(const struct ns_link *nic);

/* names.c */
/** graft_index() - the index that @interface has where no other has it: of net3 it is 3, else 0 */
unsigned graft_index(const char *interface);
/** graft_name_links() - bridge, tap and the rest of @net->interface, whose index is @index */
void graft_name_links(struct podnet *net, unsigned index);
/** graft_derive_mac() - locally administered, unicast, the same for the same pod at each run */
void graft_derive_mac(const uint8_t pod_mac[MAC_LEN], const char *label, uint8_t ret[MAC_LEN]);

/* alias.c, alias_read.c */
#define GRAFT_ALIAS_PREFIX "podgraft:"
#define GRAFT_ALIAS_LEN    256

/**
 * graft_alias() - the mark podgraft leaves on each of its links
 * Says what the interface was, as far as 255 bytes reach: a lost record can be made again from it.
 */
void graft_alias(const struct netstate *original, const struct podnet *net,
                 char ret[GRAFT_ALIAS_LEN]);

/** graft_is_marked() - @link carries podgraft's alias */
bool graft_is_marked(const struct ns_link *link);
/**
 * graft_marked_name() - the interface, as the pod knew it, that the mark on @link names
 * Whoever has NET_ADMIN in the pod writes what they like into an alias.
 * Return: false, @ret untouched: there is no mark, or interface_name_is_valid() refuses the name
 */
bool graft_marked_name(const struct ns_link *link, char ret[IFNAMSIZ]);
/** graft_is_marked_for() - of the graft of @interface, as the pod knew it */
bool graft_is_marked_for(const struct ns_link *link, const char *interface);

/** graft_alias_index() - the index of the standing graft of @interface, by its mark */
unsigned graft_alias_index(const struct netstate *current, const char *interface);

/**
 * graft_from_alias() - the original state, as far as the marks of a standing graft tell it
 * @interface: the pod interface as the pod knew it, or NULL: whichever is marked
 * @ret_name: that name; @unknown: what the marks do not tell, a sentence each
 * The addresses come from the keeper where there is one: with labels and lifetimes.
 * Return: 1 with *ret, 0: no marks, or their pod interface is gone; -ENOMEM
 */
int graft_from_alias(const struct netstate *current, const char *interface, struct netstate **ret,
                     char ret_name[IFNAMSIZ], struct notes *unknown);
