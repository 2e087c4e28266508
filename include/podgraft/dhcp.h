/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp.h - the single-client DHCP responder: configuration in, lease and counters out
 *
 * The responder of a pod is a process of its own (podgraft-dhcpd) that gets everything as open
 * descriptors: for each tap the packet socket, the configuration (a sealed memfd holding struct
 * dhcp_conf) and the shared mapping (a file holding struct dhcp_shared); and the ready socket. Both
 * structs are flat, so that they cross the process boundary as they are and need no parser.
 *
 * On the ready socket, messages of one byte, then a reason where there is one:
 *
 *     podgraft-dhcpd   DHCP_PREPARED   all that can fail has been done, but for the locks
 *     podgraft         DHCP_GO         whoever has the locks is about to end: wait for them
 *     podgraft-dhcpd   DHCP_READY      frames are answered; or else the reason why not
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "podgraft/error.h"
#include "podgraft/podnet.h"

#define DHCP_CONF_MAGIC   0x70676331u /* "pgc1" */
#define DHCP_SHARED_MAGIC 0x70677331u /* "pgs1" */

#define DHCP_MAX_ROUTES       128
#define DHCP_MAX_DNS          16
#define DHCP_MAX_NEIGHBOURS   16
#define DHCP_MAX_USER_OPTIONS 64
#define DHCP_USER_BYTES       2048 /* of the user's options, encoded */
#define DHCP_OPTION_BYTES     6144 /* of all options of one family, encoded */
#define DHCP_LEASE_INFINITE   UINT32_MAX
#define DHCP_MAX_TAPS         64 /* that one responder serves */

#define DHCP_MAX_ADDRESSES6 16
#define DHCP_MAX_ROUTERS6   4
#define DHCP_RA_BYTES       4096 /* of options of router advertisements, encoded */

/* The most wanted first; dhcp/conf.h */
struct dhcp_options {
        uint32_t n_bytes;
        uint8_t bytes[DHCP_OPTION_BYTES];
};

/* A router as the guest sees it: a source of router advertisements on the tap. */
struct dhcp_router6 {
        struct in6_addr link_local; /* its own, or made up for one of which none is known */
        struct in6_addr gateway;    /* what the pod knew it by; :: where there is no gateway */
        uint8_t mac[MAC_LEN];       /* zeros: not known, or found out by the guest itself */
        bool is_made_up;            /* neighbour solicitations for link_local are ours to answer */
        bool is_followed;           /* its MAC is that of whoever answers for the gateway */
        bool is_default;            /* of the guest's default route */
};

/*
 * The lease of one guest. Addresses in network byte order, numbers in host order. What the guest
 * is told about its network is encoded already (dhcp/conf.h): who parses a stranger's bytes has
 * nothing to encode.
 */
struct dhcp_conf {
        uint32_t magic;
        uint32_t size; /* sizeof(struct dhcp_conf) of the writer */
        char tap[IFNAMSIZ];
        uint32_t tap_ifindex;
        uint8_t guest_mac[MAC_LEN];
        uint8_t server_mac[MAC_LEN];
        struct in_addr server_ip;
        struct in_addr address; /* 0: nothing is served over DHCPv4 */
        uint16_t mtu_bytes;     /* of the tap: no reply is longer */
        uint32_t lease_sec;     /* DHCP_LEASE_INFINITE by default */
        uint32_t n_neighbours;
        struct {
                struct in_addr ip;
                uint8_t mac[MAC_LEN];
        } neighbours[DHCP_MAX_NEIGHBOURS]; /* ARP for them is answered with their MAC */
        struct dhcp_options options;

        /* IPv6; dhcp/lease6.c */
        bool serves_ra, serves_dhcp6;
        struct in6_addr server_ip6; /* link-local, of server_mac; the source of DHCPv6 replies */
        uint32_t n_addresses6;
        struct {
                struct in6_addr ip;
                uint8_t prefix_len;        /* bits of it that are on-link: 128 for none */
        } addresses6[DHCP_MAX_ADDRESSES6]; /* the pod's, the preferred first */
        uint32_t n_routers6;               /* the default router first */
        struct dhcp_router6 routers6[DHCP_MAX_ROUTERS6];
        uint32_t n_fixed6;
        struct {
                struct in6_addr ip;
                uint8_t mac[MAC_LEN];
        } fixed6[DHCP_MAX_NEIGHBOURS]; /* as neighbours, for neighbour solicitations */
        uint32_t n_ra_bytes;
        uint8_t ra[DHCP_RA_BYTES]; /* dhcp/ndisc.h: what each advertisement carries */
        struct dhcp_options options6;
};

enum dhcp_lease_state {
        DHCP_LEASE_NONE,
        DHCP_LEASE_OFFERED,
        DHCP_LEASE_BOUND,
        DHCP_LEASE_RELEASED,
        DHCP_LEASE_DECLINED,
};

/* Counters, one row each: name in C, name in JSON. */
/* clang-format off */
#define DHCP_COUNTERS(X)                                                                           \
        X(frames)                                                                                  \
        X(discover) X(request) X(inform) X(decline) X(release)                                     \
        X(offer) X(ack) X(renew) X(nak)                                                            \
        X(arp_request) X(arp_reply)                                                                \
        X(solicit) X(request6) X(confirm6) X(renew6) X(rebind6) X(release6) X(decline6)            \
        X(information_request)                                                                     \
        X(advertise) X(reply6) X(no_address6) X(not_on_link6) X(no_binding6) X(use_multicast6)     \
        X(drop_other_client) X(drop_other_server) X(drop_other_address) X(drop_malformed)          \
        X(drop_length) X(drop_op) X(drop_htype) X(drop_hlen) X(drop_cookie) X(drop_options)        \
        X(drop_type) X(drop_relayed) X(drop_port) X(drop_source) X(drop_vlan) X(drop_fragment)     \
        X(drop_checksum) X(drop_client_id) X(drop_server_id) X(drop_ia) X(drop_no_address)         \
        X(drop_unicast) X(drop_unknown)                                                            \
        X(build_failed) X(send_failed)                                                             \
        X(router_solicit) X(router_advert) X(neighbour_solicit) X(neighbour_advert)                \
        X(gateway_ask) X(gateway_change) X(drop_nd)
/* clang-format on */

/* When something was last so, CLOCK_REALTIME in microseconds, 0 for never: in C and in JSON
 * ("_at"). */
#define DHCP_TIMES(X)  X(offered) X(acked) X(first_acked) X(renewed) X(naked) X(declined) X(released)
#define DHCP_TIMES6(X) X(offered) X(acked) X(first_acked) X(renewed) X(declined) X(released)

/* Parts of the responder's sandbox: in C and in JSON. */
#define DHCP_SANDBOX_PARTS(X)                                                                      \
        X(MOUNT_NAMESPACE, "mount_namespace")                                                      \
        X(IPC_NAMESPACE, "ipc_namespace")                                                          \
        X(UTS_NAMESPACE, "uts_namespace")                                                          \
        X(PID_NAMESPACE, "pid_namespace")                                                          \
        X(EMPTY_ROOT, "empty_root")                                                                \
        X(LANDLOCK, "landlock")                                                                    \
        X(NO_CAPABILITIES, "no_capabilities")                                                      \
        X(EMPTY_BOUNDING_SET, "empty_bounding_set")                                                \
        X(NO_NEW_PRIVILEGES, "no_new_privileges")                                                  \
        X(RESOURCE_LIMITS, "resource_limits")                                                      \
        X(SYSTEM_CALL_FILTER, "system_call_filter")

enum dhcp_sandbox_part {
#define X(name, text) DHCP_SANDBOX_##name,
        DHCP_SANDBOX_PARTS(X)
#undef X
        DHCP_SANDBOX_N_PARTS
};

#define DHCP_PREPARED "P"
#define DHCP_GO       "G"
#define DHCP_READY    "R"

/*
 * Written by the responder, read by anyone; survives the responder. Whoever reads trusts it
 * no more than the guest: a guest that took the responder over can write here what it likes.
 */
struct dhcp_shared {
        uint32_t magic;
        uint32_t size;
        _Atomic uint32_t sandbox; /* of who answers: bits by enum dhcp_sandbox_part */
        _Atomic uint32_t guardian_sandbox;
        _Atomic uint32_t is_guarded; /* the lock is a guardian's, a child of which answers */
        _Atomic uint32_t is_leaving; /* podgraft's word: whoever takes over does not serve this */
        _Atomic uint32_t is_handed_over; /* whoever answered ended so that another one can go on */
        _Atomic uint64_t conf_fingerprint; /* of what the guest is told, by whoever answers now */
        _Atomic uint32_t restarts;
        _Atomic uint32_t worker_wait_status; /* how the last worker of a guardian's ended */
        _Atomic uint64_t worker_ended_realtime_usec;
        _Atomic uint32_t lease_state;      /* enum dhcp_lease_state */
        _Atomic uint32_t acked_address;    /* be32 */
        _Atomic uint32_t declined_address; /* be32; what the guest found in use by somebody else */
        /* The guest as a sender of ARP: when with its own address, and when with which other. */
        _Atomic uint32_t other_address; /* be32 */
        _Atomic uint64_t own_seen_realtime_usec;
        _Atomic uint64_t other_seen_realtime_usec;
        _Atomic uint64_t started_realtime_usec; /* the process that answers now */
        /* The same by neighbour discovery, of addresses that reach beyond the link. */
        _Atomic uint64_t own6_seen_realtime_usec;
        _Atomic uint64_t other6_seen_realtime_usec;
        struct in6_addr other6;
        struct {
                struct in6_addr gateway; /* ::, or one that was followed, and where it was last */
                uint8_t mac[MAC_LEN];
        } learnt[DHCP_MAX_ROUTERS6];
#define X(name) _Atomic uint64_t name##_realtime_usec;
        DHCP_TIMES(X)
#undef X
        _Atomic uint32_t lease6_state;      /* enum dhcp_lease_state, of DHCPv6 */
        _Atomic uint64_t acked_address6[2]; /* the first; to be read with dhcp_shared_address6() */
#define X(name) _Atomic uint64_t name##6_realtime_usec;
        DHCP_TIMES6(X)
#undef X
#define X(name) _Atomic uint64_t name;
        DHCP_COUNTERS(X)
#undef X
        char guest_hostname[64]; /* to be read with dhcp_shared_text() */
        char guest_vendor_class[64];
};

/**
 * dhcp_options_check() - is each of the user's options one, and does its value fit its type?
 * @options: "[6:][ipxe:]NAME|CODE=[TYPE:]VALUE" each; the names are in dhcp/option.c, option6.c
 * Return: 0; -EINVAL (ERROR_USAGE) naming the option and what it takes
 */
int dhcp_options_check(const char *const *options, size_t n, struct error *err);

/** dhcp_option_name() - the name of the option that JSON calls @key ("ntp_servers"), or NULL */
const char *dhcp_option_name(bool is_v6, const char *key);

/** dhcp_options_print() - the names, codes and types of all options that can be given */
void dhcp_options_print(FILE *f);

/**
 * dhcp_conf_from_podnet() - turn an identity into a lease; lease_sec is the caller's to change
 * @options: the user's, as for dhcp_options_check(); they go before what follows from @net
 * Return: 0, with @ret->address 0 where the pod has no IPv4 address; -EINVAL (ERROR_USAGE): an
 * option of the user's. What does not fit is left out with a note.
 */
int dhcp_conf_from_podnet(const struct podnet *net, const char *const *options, size_t n_options,
                          struct dhcp_conf *ret, struct notes *notes, struct error *err);

/**
 * dhcp_frame_describe() - a frame of DHCP, DHCPv6, ARP or neighbour discovery in one line
 * @data: from the Ethernet header on, a VLAN tag in its place
 * Return: false: it is none of those, or too short to tell
 */
bool dhcp_frame_describe(const uint8_t *data, size_t len, char *ret, size_t size);

/** dhcp_conf_fingerprint() - equal where the same tap is told the same, for however long */
uint64_t dhcp_conf_fingerprint(const struct dhcp_conf *conf);

/** dhcp_transport_open() - a non-blocking AF_PACKET socket on @ifindex with its filter attached */
int dhcp_transport_open(unsigned ifindex, const uint8_t guest_mac[MAC_LEN], int *ret_fd,
                        struct error *err);

/**
 * dhcp_watch_open() - a packet socket that cannot send and learns when @ifindex goes away
 * The responder's own sockets pin the namespace: it has to end when the pod's NIC was taken.
 * @hears_neighbours: it receives neighbour solicitations and advertisements, else nothing
 */
int dhcp_watch_open(unsigned ifindex, bool hears_neighbours, int *ret_fd, struct error *err);

/** dhcp_conf_follows_gateway() - has a responder to hear of neighbours? */
bool dhcp_conf_follows_gateway(const struct dhcp_conf *conf);

/** dhcp_shared_create() - make or reuse the mapping file at @path; counters are kept on reuse */
int dhcp_shared_create(const char *path, int *ret_fd, struct error *err);

/** dhcp_shared_open() - map the file read-only; release with dhcp_shared_close() */
int dhcp_shared_open(const char *path, const struct dhcp_shared **ret, int *ret_fd,
                     struct error *err);
void dhcp_shared_close(const struct dhcp_shared *shared, int fd);

/**
 * dhcp_lock_create() - make or open the lock of the lease file @path: "<path>.lock", mode 0600
 * A file of its own: any user may read the lease file, and could hold a read lock on it, which
 * keeps others from a write lock. A file with another mode is tightened. Return: 0; -EPERM: it
 * belongs to another user, or is no regular file
 */
int dhcp_lock_create(const char *path, int *ret_fd, struct error *err);

/**
 * dhcp_lock_take() - have the write lock for as long as this process lives; @fd:
 * dhcp_lock_create()'s A POSIX record lock: closing any other descriptor of the file in this
 * process gives it up. Return: 0; -EBUSY: another responder holds it
 */
int dhcp_lock_take(int fd, struct error *err);

/**
 * dhcp_lock_holder() - which process holds the lock of the lease file @path
 * Only a write lock counts. Looking does not take it, so that it cannot keep a responder from
 * starting. A responder of a version without the lock file is found by its lock on the lease file.
 * @ret: its number in this PID namespace; -1: it has none here; 0: there is no such process
 * Return: 0; -EACCES: this user may not look; -EPERM: another user made the file, or can open it
 */
int dhcp_lock_holder(const char *path, pid_t *ret);

/** dhcp_shared_leave() - tell who holds the lock that whoever takes over does not serve this any
 * more
 */
int dhcp_shared_leave(const char *path, struct error *err);

const char *dhcp_lease_state_name(uint32_t state);

/** dhcp_sandbox_missing() - the parts that @parts lacks, by their JSON names; "" for none */
const char *dhcp_sandbox_missing(uint32_t parts, char *buf, size_t size);

/** dhcp_shared_text() - what of a text in the mapping may go to a terminal: printable ASCII */
void dhcp_shared_text(const char from[64], char ret[64]);

/** dhcp_shared_address6() - the first of the guest's addresses over DHCPv6, or :: */
struct in6_addr dhcp_shared_address6(const struct dhcp_shared *shared);

/**
 * dhcp_shared_used_address() - the address the guest is seen to use, as a sender of ARP
 * @own: the one it was given, be32; another is told only if this one was not seen for a minute
 * Return: be32, 0 where none was seen; @ret_realtime_usec tells when
 */
uint32_t dhcp_shared_used_address(const struct dhcp_shared *shared, uint32_t own,
                                  uint64_t *ret_realtime_usec);

/**
 * dhcp_shared_used_address6() - likewise, as a sender of neighbour discovery
 * Return: false: none was seen yet
 */
bool dhcp_shared_used_address6(const struct dhcp_shared *shared, const struct in6_addr *own,
                               struct in6_addr *ret, uint64_t *ret_realtime_usec);

/** dhcp_shared_is_conflict() - the guest said that its address is taken, and has not had it since
 */
bool dhcp_shared_is_conflict(const struct dhcp_shared *shared);

/** dhcp_shared_is_conflict6() - the same, of one of its IPv6 addresses */
bool dhcp_shared_is_conflict6(const struct dhcp_shared *shared);
