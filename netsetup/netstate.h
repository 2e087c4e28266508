/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netstate.h - what the kernel has in one network namespace, as a value
 *
 * Filled by observe.c, computed by graft.c, compared by diff.c, kept in the record as JSON.
 * Objects keep their raw netlink message next to the fields the code reasons about, so that a
 * restore replays attributes that no field names (next-hop ids, expiry, address protocol).
 */
#pragma once

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "podgraft/error.h"
#include "podgraft/podnet.h"

struct json_object;

/* The payload of an RTM_NEW… message as dumped: family header plus attributes, no nlmsghdr. */
struct raw_message {
        uint8_t *data;
        size_t len; /* bytes; 0: there is none, the fields are all there is */
};

/* Documentation/networking/ip-sysctl.rst, arp_ignore */
#define ARP_IGNORE_OTHERS 1 /* no reply but for the addresses of the link it came in by */
#define ARP_IGNORE_ALL    8 /* no reply for any local address */

struct ns_link {
        int ifindex; /* 0: not in the kernel yet, known by its name */
        char name[IFNAMSIZ];
        char kind[16];       /* IFLA_INFO_KIND: "veth", "bridge", "tun"; "" for none */
        char parent_dev[64]; /* IFLA_PARENT_DEV_NAME; "" for none */
        char alias[256];     /* IFLA_IFALIAS */
        uint16_t arp_type;   /* ARPHRD_… */
        uint8_t mac_len;     /* bytes; 6 for what we can graft */
        uint8_t mac[32];
        uint32_t mtu_bytes;
        uint32_t flags;                                      /* IFF_… */
        uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes; /* since it was made; not compared */
        int master;                 /* ifindex, 0: none. In a target: see master_name */
        char master_name[IFNAMSIZ]; /* filled by observe too */
        int peer;                   /* IFLA_LINK: ifindex of the peer or lower link, 0: none */
        bool has_peer_nsid;         /* IFLA_LINK_NETNSID: the peer lives in another namespace */
        int peer_nsid;

        int addr_gen_mode; /* IFLA_INET6_ADDR_GEN_MODE, -1: no IPv6 on it */
        int arp_ignore;    /* IPV4_DEVCONF_ARP_IGNORE, -1: not known, or not to be changed */

        struct { /* kind "bridge" */
                bool stp;
                uint32_t forward_delay_csec; /* 1/100 s, as IFLA_BR_FORWARD_DELAY */
                bool mcast_snooping;
        } br;
        struct { /* has a bridge as its master */
                bool learning;
                bool takes_nic_mac; /* frames for the MAC of a macvlan next to it come here */
        } port;
        struct { /* kind "tun", type tap */
                bool is_tap;
                bool persist;
                bool multi_queue;
                bool has_owner, has_group;
                uint32_t owner, group;
        } tun;
};

struct ns_addr {
        int ifindex;
        struct ip_prefix prefix; /* IFA_LOCAL, else IFA_ADDRESS */
        struct ip_addr peer;     /* IFA_ADDRESS where it differs from IFA_LOCAL */
        uint32_t flags;          /* IFA_F_… */
        uint8_t scope;           /* RT_SCOPE_… */
        char label[IFNAMSIZ];
        uint32_t preferred_sec, valid_sec; /* UINT32_MAX: forever; at time of observation */
        struct raw_message raw;
};

struct ns_route {
        uint8_t family;
        uint32_t table;
        uint8_t type; /* RTN_… */
        uint8_t scope;
        uint8_t protocol; /* RTPROT_… */
        uint8_t tos;
        struct ip_prefix dst; /* len 0: default */
        uint32_t metric;
        int ifindex;            /* RTA_OIF; 0: none (blackhole, multipath, next-hop object) */
        struct ip_addr gateway; /* RTA_GATEWAY or RTA_VIA */
        struct ip_addr prefsrc;
        uint32_t flags; /* RTNH_F_ONLINK among them; RTM_F_CLONED are not observed */
        uint32_t nexthop_id;
        uint32_t mtu_bytes;   /* RTAX_MTU, 0: none */
        uint32_t expires_sec; /* from the observation on; 0: never */
        unsigned n_hops;      /* of RTA_MULTIPATH, 0: single */
        int hop_ifindex[8];   /* the first eight */
        struct ip_addr hop_gateway[8];
        uint32_t hop_flags[8];
        struct raw_message raw;
};

struct ns_nexthop {
        uint32_t id;
        int ifindex;
        struct ip_addr gateway;
        uint8_t protocol; /* RTPROT_… */
        bool group;
        unsigned n_members;    /* of a group */
        uint32_t first_member; /* id; a group has neither ifindex nor gateway of its own */
        struct raw_message raw;
};

struct ns_neigh {
        int ifindex;
        struct ip_addr addr;
        uint8_t mac_len;
        uint8_t mac[32];
        uint16_t state; /* NUD_… */
        uint8_t flags;  /* NTF_… */
        struct raw_message raw;
};

/* The chains of one graft in table "bridge podgraft"; netsetup/filter/filter.h */
struct ns_filter {
        char tap[IFNAMSIZ];
        uint64_t hash;    /* of chains and rules; another version's or options' make another */
        unsigned n_rules; /* in all its chains */
        uint64_t dropped_packets, dropped_bytes; /* by its rules; not compared */
        struct raw_message raw; /* the rules, as netsetup/filter/filter_expression.h says; none
                                   where observed */
};

struct netstate {
        struct ns_link *links; /* in dump order */
        size_t n_links;
        struct ns_addr *addrs;
        size_t n_addrs;
        struct ns_route *routes; /* every table but local; every device */
        size_t n_routes;
        struct ns_nexthop *nexthops;
        size_t n_nexthops;
        struct ns_neigh *neighs; /* permanent, noarp, proxy, extern_learn; the gateways' */
        size_t n_neighs;
        struct ns_filter *filters; /* not in the JSON: made from the identity, or observed */
        size_t n_filters;
        bool filters_unknown;    /* the observer may not see them */
        unsigned n_policy_rules; /* rules beyond the kernel's own */
        uint64_t observed_realtime_usec;
};

struct netstate *netstate_new(void); /* NULL: out of memory */
struct netstate *netstate_free(struct netstate *state);
DEFINE_CLEANUP(struct netstate *, netstate_free)
struct netstate *netstate_copy(const struct netstate *state);

/* Appenders return the new, zeroed element, or NULL: out of memory. */
struct ns_link *netstate_add_link(struct netstate *state);
struct ns_addr *netstate_add_addr(struct netstate *state);
struct ns_route *netstate_add_route(struct netstate *state);
struct ns_nexthop *netstate_add_nexthop(struct netstate *state);
struct ns_neigh *netstate_add_neigh(struct netstate *state);
struct ns_filter *netstate_add_filter(struct netstate *state);

/** netstate_copy_addr() - append a copy of @addr with its raw message; NULL: out of memory */
struct ns_addr *netstate_copy_addr(struct netstate *state, const struct ns_addr *addr);
struct ns_route *netstate_copy_route(struct netstate *state, const struct ns_route *route);

/**
 * netstate_collides() - would the kernel take the one for the other on one link?
 * It has an IPv6 address once; an IPv4 one once for each prefix that it is in, which is its peer's
 * where it has one.
 */
bool netstate_collides(const struct ns_addr *a, const struct ns_addr *b);

/* netstate_route.c */
/** netstate_is_default_route() - unicast, of the main table */
bool netstate_is_default_route(const struct ns_route *route, int family);
/**
 * netstate_route_device(), …_gateway() - where @route leads; by several hops: where the first does
 * Its own, or those of its next-hop object. Return: the ifindex, or 0; the address, or none
 */
int netstate_route_device(const struct netstate *state, const struct ns_route *route);
struct ip_addr netstate_route_gateway(const struct netstate *state, const struct ns_route *route);
/** netstate_route_hops() - how many hops share @route's traffic; 0: it has no list of them */
unsigned netstate_route_hops(const struct netstate *state, const struct ns_route *route);

/** netstate_find_route() - the same route, with or without regard to its preferred source; or NULL
 */
const struct ns_route *netstate_find_route(const struct netstate *state,
                                           const struct ns_route *route, bool with_source);

/**
 * netstate_is_part_of() - are all ways of @route among the hops of @multipath, which has more?
 * The kernel makes one of IPv6 routes by gateways that agree in destination and metric, whoever
 * added them.
 */
bool netstate_is_part_of(const struct ns_route *route, const struct ns_route *multipath);

struct ns_link *netstate_link_by_name(const struct netstate *state, const char *name);
struct ns_link *netstate_link_by_index(const struct netstate *state, int ifindex);

struct json_object *netstate_to_json(const struct netstate *state);
int netstate_from_json(struct json_object *object, struct netstate **ret, struct error *err);
