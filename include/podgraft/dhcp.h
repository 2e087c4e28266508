/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp.h - the single-client DHCP responder: configuration in, lease and counters out
 *
 * The responder is a process of its own (podgraft-dhcpd) that gets everything as open
 * descriptors: the packet socket on the tap, the configuration (a sealed memfd holding struct
 * dhcp_conf), the shared mapping (a file holding struct dhcp_shared), the ready pipe. Both structs
 * are flat, so that they cross the process boundary as they are and need no parser.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "podgraft/error.h"
#include "podgraft/podnet.h"

#define DHCP_CONF_MAGIC   0x70676331u /* "pgc1" */
#define DHCP_SHARED_MAGIC 0x70677331u /* "pgs1" */

#define DHCP_MAX_ROUTES     128
#define DHCP_MAX_DNS        16
#define DHCP_MAX_SEARCHES   32
#define DHCP_LEASE_INFINITE UINT32_MAX

struct dhcp4_route {
        struct in_addr dst; /* network byte order, host bits zero */
        uint8_t prefix_len;
        struct in_addr gateway; /* 0.0.0.0: on-link */
};

/* The lease of one guest. Addresses in network byte order, numbers in host order. */
struct dhcp_conf {
        uint32_t magic;
        uint32_t size; /* sizeof(struct dhcp_conf) of the writer */
        char tap[IFNAMSIZ];
        uint8_t guest_mac[MAC_LEN];
        uint8_t server_mac[MAC_LEN];
        struct in_addr server_ip;
        struct in_addr address; /* 0: serve nothing over DHCPv4 */
        uint8_t prefix_len;
        uint16_t mtu_bytes; /* option 26 */
        uint32_t lease_sec; /* DHCP_LEASE_INFINITE by default */
        uint32_t n_routes;
        struct dhcp4_route routes[DHCP_MAX_ROUTES]; /* install order; the default route last */
        uint32_t n_dns;
        struct in_addr dns[DHCP_MAX_DNS];
        uint32_t n_searches;
        char searches[DHCP_MAX_SEARCHES][PODNET_DOMAIN_LEN];
        char hostname[PODNET_DOMAIN_LEN];
};

enum dhcp_lease_state {
        DHCP_LEASE_NONE,
        DHCP_LEASE_OFFERED,
        DHCP_LEASE_BOUND,
        DHCP_LEASE_RELEASED,
        DHCP_LEASE_DECLINED,
};

/* Counters, one row each: name in C, name in JSON. */
#define DHCP_COUNTERS(X)                                                                           \
        X(frames)                                                                                  \
        X(discover) X(request) X(inform) X(decline) X(release) X(offer) X(ack) X(nak)              \
                X(arp_request) X(arp_reply) X(drop_other_client) X(drop_other_server)              \
                        X(drop_malformed) X(drop_relayed) X(drop_vlan) X(drop_fragment)            \
                                X(drop_checksum) X(drop_unknown) X(send_failed)

/* Written by the responder only, read by anyone; survives the responder. */
struct dhcp_shared {
        uint32_t magic;
        uint32_t size;
        _Atomic uint32_t responder_pid; /* as it sees itself; dhcp_shared_owner() is the truth */
        _Atomic uint32_t lease_state;   /* enum dhcp_lease_state */
        _Atomic uint32_t acked_address; /* be32 */
        _Atomic uint32_t restarts;
        _Atomic uint64_t acked_realtime_usec; /* last ACK, CLOCK_REALTIME */
        _Atomic uint64_t first_acked_realtime_usec;
#define X(name) _Atomic uint64_t name;
        DHCP_COUNTERS(X)
#undef X
        char guest_hostname[64]; /* printable ASCII, NUL-terminated */
        char guest_vendor_class[64];
};

/**
 * dhcp_conf_from_podnet() - turn an identity into a lease; lease_sec is the caller's to change
 * Return: 0, with @ret->address 0 where the pod has no IPv4 address. What does not fit is left
 * out with a note.
 */
int dhcp_conf_from_podnet(const struct podnet *net, struct dhcp_conf *ret, struct notes *notes,
                          struct error *err);

/** dhcp_transport_open() - a non-blocking AF_PACKET socket on @ifindex with its filter attached */
int dhcp_transport_open(unsigned ifindex, const uint8_t guest_mac[MAC_LEN], int *ret_fd,
                        struct error *err);

/**
 * dhcp_watch_open() - a packet socket that receives nothing and learns when @ifindex goes away
 * The responder's own sockets pin the namespace: it has to end when the pod's NIC was taken.
 */
int dhcp_watch_open(unsigned ifindex, int *ret_fd, struct error *err);

/** dhcp_shared_create() - make or reuse the mapping file at @path; counters are kept on reuse */
int dhcp_shared_create(const char *path, int *ret_fd, struct error *err);

/** dhcp_shared_open() - map the file read-only; release with dhcp_shared_close() */
int dhcp_shared_open(const char *path, const struct dhcp_shared **ret, int *ret_fd,
                     struct error *err);
void dhcp_shared_close(const struct dhcp_shared *shared, int fd);

/**
 * dhcp_shared_lock() - hold the lock on the mapping file for as long as this process lives
 * A POSIX record lock: closing any other descriptor of the file in this process gives it up.
 * Return: 0; -EBUSY: another responder holds it
 */
int dhcp_shared_lock(int fd, struct error *err);

/**
 * dhcp_shared_owner() - who holds the lock, as the kernel tells, in this process's PID namespace
 * Looking does not take the lock, so that it cannot keep a responder from starting.
 * Return: 0: nobody; -1: somebody who has no number in this PID namespace
 */
pid_t dhcp_shared_owner(int fd);

/** dhcp_shared_is_alive() - a responder holds the lock on the mapping file */
bool dhcp_shared_is_alive(int fd);

const char *dhcp_lease_state_name(uint32_t state);
