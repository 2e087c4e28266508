/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * podnet.h - who the pod is on the network, as a plain value
 *
 * netsetup finds it out, dhcp turns it into a lease, domain into an <interface>. Nothing in here
 * refers to the kernel or to libvirt.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "podgraft/error.h"

#define MAC_LEN           6
#define MAC_TEXT_LEN      18 /* with the terminating NUL */
#define PODNET_DOMAIN_LEN 256

/* An address of either family; IPv4 lives in v4, both in network byte order. */
struct ip_addr {
        uint8_t family; /* AF_INET, AF_INET6, or AF_UNSPEC for none */
        union {
                struct in_addr v4;
                struct in6_addr v6;
        };
};

struct ip_prefix {
        struct ip_addr addr; /* host bits kept: 10.244.1.7/24 */
        uint8_t len;         /* bits */
};

struct podnet_route {
        struct ip_prefix dst;   /* len 0: the default route */
        struct ip_addr gateway; /* AF_UNSPEC: on-link */
        uint32_t metric;        /* 0: highest precedence */
};

struct podnet_neighbour {
        struct ip_addr addr;
        uint8_t mac[MAC_LEN];
        bool is_learnt; /* an IPv6 gateway, which answers for itself and may change; else one that
                           the pod knows by a fixed entry, because nobody answers for it */
};

/* Who tells the guest of one thing. What is not the segment's is kept from and to it. */
enum podnet_teller {
        PODNET_TOLD_BY_US,
        PODNET_TOLD_BY_NOBODY,
        PODNET_TOLD_BY_SEGMENT,
};

struct podnet {
        char interface[IFNAMSIZ]; /* the pod interface as the pod knew it: "eth0" */
        char nic[IFNAMSIZ];       /* its name while grafted: "eth0-nic" */
        char bridge[IFNAMSIZ];    /* "k6t-eth0" */
        char tap[IFNAMSIZ];       /* "tap0" */
        unsigned index;           /* of the interface among the pod's: 0 the primary */

        uint8_t mac[MAC_LEN];        /* the guest's: the pod's own unless --mac */
        uint8_t server_mac[MAC_LEN]; /* who serves, seen by the guest: the bridge's */
        struct in_addr server_ip;    /* 169.254.75.1<index> */
        uint32_t mtu_bytes;          /* payload, no Ethernet header */
        unsigned queues;             /* of the tap: 1 or more */

        struct ip_prefix *addresses; /* global ones, the preferred of each family first */
        size_t n_addresses;
        struct podnet_route *routes; /* in the order a client must install them: on-link routes
                                        first, the default route of each family last */
        size_t n_routes;
        struct podnet_neighbour *neighbours;
        size_t n_neighbours;
        struct ip_addr *nameservers;
        size_t n_nameservers;
        char (*searches)[PODNET_DOMAIN_LEN]; /* valid, lower case, no trailing dot */
        size_t n_searches;
        char hostname[PODNET_DOMAIN_LEN]; /* "" for none */

        uint8_t dhcp4, dhcp6, ra; /* enum podnet_teller: addresses; routers and what is on-link */
};

struct podnet *podnet_new(void); /* NULL: out of memory */
struct podnet *podnet_free(struct podnet *net);
DEFINE_CLEANUP(struct podnet *, podnet_free)
struct podnet *podnet_copy(const struct podnet *net);

/* Appenders; Return: 0 or -ENOMEM */
int podnet_add_address(struct podnet *net, const struct ip_prefix *address);
int podnet_add_route(struct podnet *net, const struct podnet_route *route);
int podnet_add_neighbour(struct podnet *net, const struct podnet_neighbour *neighbour);
int podnet_add_nameserver(struct podnet *net, const struct ip_addr *server);
int podnet_add_search(struct podnet *net, const char *domain); /* or -EINVAL: no such domain */

/** podnet_first_address() - the first address of @family, or NULL */
const struct ip_prefix *podnet_first_address(const struct podnet *net, int family);

/** podnet_has_lease() - does the guest get an address of @family from us, over DHCP? */
bool podnet_has_lease(const struct podnet *net, int family);

/** podnet_is_served() - is there anything that the guest hears from us? */
bool podnet_is_served(const struct podnet *net);

/* Of IPv6 routers whose own link-local address is not used; more are not told. */
#define PODNET_MADE_UP_MAX 4

/**
 * podnet_link_local() - addresses of podgraft's own on the tap, which are on no interface
 * @i: 0: who serves, by the server's MAC; 1 to PODNET_MADE_UP_MAX: made up for the @i-th router
 */
struct in6_addr podnet_link_local(const struct podnet *net, unsigned i);

/** podnet_default_gateway() - gateway of @family's default route, or NULL (none, or on-link) */
const struct ip_addr *podnet_default_gateway(const struct podnet *net, int family);

/* Text; parsers return 0 or -EINVAL and leave *ret untouched on failure. */
int mac_parse(const char *text, uint8_t ret[MAC_LEN]);
const char *mac_format(const uint8_t mac[MAC_LEN], char buf[MAC_TEXT_LEN]);
int ip_addr_parse(const char *text, struct ip_addr *ret);
int ip_prefix_parse(const char *text, struct ip_prefix *ret); /* no length: host prefix */
#define IP_ADDR_TEXT_LEN   INET6_ADDRSTRLEN
#define IP_PREFIX_TEXT_LEN (INET6_ADDRSTRLEN + 4)
const char *ip_addr_format(const struct ip_addr *addr, char buf[IP_ADDR_TEXT_LEN]);
const char *ip_prefix_format(const struct ip_prefix *prefix, char buf[IP_PREFIX_TEXT_LEN]);
/** ip_prefix_has() - is @addr in @prefix, whose host bits do not matter? */
bool ip_prefix_has(const struct ip_prefix *prefix, const struct ip_addr *addr);
bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b);

/**
 * podnet_clean_domain() - @word as a search domain: lower case, without the trailing dot
 * Return: false: it is none
 */
bool podnet_clean_domain(const char *word, char ret[PODNET_DOMAIN_LEN]);

/*
 * JSON, for the record, status --json and the launcher child. The keys are those of the fields;
 * addresses as text. Only programs that link json-c may call these (common/podnet_json.c).
 */
struct json_object;
struct json_object *podnet_to_json(const struct podnet *net);
int podnet_from_json(struct json_object *object, struct podnet **ret, struct error *err);
