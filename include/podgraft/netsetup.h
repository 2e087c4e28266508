/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netsetup.h - the pod's network: find out who the pod is, rewire it, put it back
 *
 * Everything happens in the network namespace the calling thread is in. One session, opened with
 * netsetup_open(), holds the lock while it may change anything:
 *
 *     netsetup_open() ── reads the record, if a graft stands here
 *        netsetup_plan()   what up or down would do, as data; changes nothing
 *        netsetup_up()     record, then diff(current, target), applied until empty
 *        netsetup_down()   diff(current, original), applied until empty; then forget the record
 *     netsetup_close()
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "podgraft/error.h"
#include "podgraft/podnet.h"

struct json_object;

struct owner {
        bool given;
        uint32_t uid, gid;
};

/* How an interface is to be served; not read in this layer, kept in the record. */
struct netsetup_serving {
        bool guarded;       /* by the responder that up leaves behind; else by run, or by serve */
        uint32_t lease_sec; /* UINT32_MAX: for ever */
        const char *mount;  /* that names the namespace, for the responder to end with; NULL: none */
};

/* What the user asked for; strings are borrowed. Zero means "not given" everywhere. */
struct netsetup_conf {
        const char *state_dir;   /* "/run/podgraft" */
        const char *interface;   /* NULL: the lowest-metric default route's, else eth0 */
        const char *resolv_conf; /* path; NULL: /etc/resolv.conf */
        const char *hostname;    /* NULL: the guest gets none */
        bool default_resolv_conf, default_hostname; /* nobody asked: a graft keeps what it has */
        bool has_mac;            /* the guest's MAC, where it is not to be the pod's */
        uint8_t mac[MAC_LEN];
        uint32_t mtu_bytes;
        struct owner tap_owner; /* who may open the tap without privileges */
        unsigned queues;        /* 0 and 1: one queue, no IFF_MULTI_QUEUE */
        unsigned wait_interface_sec;
        unsigned wait_lock_sec; /* for one holder; 0: 35 */
        /* Called every now and then while the interface is waited for; NULL: nobody wants to know
         */
        void (*on_wait)(const char *interface, unsigned most_sec);
        bool allow_host_network;
        bool no_keep_address;            /* do not keep the pod's addresses visible on a keeper */
        bool no_filter;                  /* nothing between guest and segment is filtered */
        bool anti_spoof;                 /* only the guest's MAC and the pod's addresses leave */
        const char *ipv6; /* "off", "ra-only", "slaac"; else "auto" */
        const char *dhcp; /* "off", "v4", "v6"; else "both" */
        const char *const *dhcp_options; /* not read in this layer; kept in the record */
        size_t n_dhcp_options;
        struct netsetup_serving serving;
        const char *attachment; /* of a CNI runtime, that asks for the graft; kept in the record of
                                   one that is made; NULL: none */
};

enum netsetup_access {
        NETSETUP_READ,  /* no lock: plan, status, wait */
        NETSETUP_WRITE, /* takes the namespace's lock: up, down, run */
};

struct netsetup;
struct plan;
struct findings;

/**
 * netsetup_open() - start a session in the calling thread's network namespace
 * Reads the record if there is one; of another boot or namespace, it is none. With NETSETUP_WRITE
 * the namespace's lock (netns_lock.h) is waited for, and such a record is set aside, with a
 * note.
 * Return: 0; ERROR_USAGE for a record that is truncated or of a newer version (nothing touched);
 * -EBUSY the lock is held, and by which process.
 */
int netsetup_open(const struct netsetup_conf *conf, enum netsetup_access access,
                  struct netsetup **ret, struct notes *notes, struct error *err);
struct netsetup *netsetup_close(struct netsetup *ns);

/**
 * netsetup_open_beside() - as netsetup_open(), for another interface of the pod that @other is open
 * for: with its access, under its lock
 * Where no record says it, this one's index will be none of @other's or of those that one was opened
 * beside. To be closed before the one that was opened alone.
 */
int netsetup_open_beside(struct netsetup *other, const struct netsetup_conf *conf,
                         struct netsetup **ret, struct notes *notes, struct error *err);

/** netsetup_is_beside() - was it opened beside another, which is to be closed later? */
bool netsetup_is_beside(const struct netsetup *ns);

/**
 * netsetup_recorded_interfaces() - those of this namespace that have a record, in order of names
 * Records of another boot or namespace count until they were set aside.
 * Return: how many; *ret to be freed
 */
size_t netsetup_recorded_interfaces(const struct netsetup *ns, char (**ret)[IFNAMSIZ]);
DEFINE_CLEANUP(struct netsetup *, netsetup_close)

/** netsetup_is_recorded() - a graft stands here, whole or half */
bool netsetup_is_recorded(const struct netsetup *ns);

/**
 * netsetup_adopt() - where a graft stands whose record is lost: make the record again, in memory
 * From the marks on its links and from the keeper; @notes tell what they do not know. netsetup_up()
 * does this by itself; netsetup_down() afterwards restores what is known.
 * Return: 1 adopted, 0 no such graft stands (or its record is there)
 */
int netsetup_adopt(struct netsetup *ns, struct notes *notes, struct error *err);

/** netsetup_is_adopted() - its record was lost, and made again from the marks on the links */
bool netsetup_is_adopted(const struct netsetup *ns);

/**
 * netsetup_identify() - find out who the pod is, unless a record says it; changes nothing
 * Return: errors as of netsetup_up() where nothing was touched
 */
int netsetup_identify(struct netsetup *ns, struct notes *notes, struct error *err);

/**
 * netsetup_take_over() - this pod was wired by somebody else, as KubeVirt does it
 * Before identify, plan or up: those find out what @net does not tell (names, DNS, MTU, what is to
 * be served), up records, and down forgets. No link, address or route is ever changed.
 * @net: interface, MAC, addresses, routes; the server's address and the MTU where they are known
 * Return: 0; ERROR_USAGE: podgraft itself wired it
 */
int netsetup_take_over(struct netsetup *ns, const struct podnet *net, struct error *err);

/** netsetup_identity() - who the pod is; NULL before the first successful identify, plan or up */
const struct podnet *netsetup_identity(const struct netsetup *ns);

/**
 * netsetup_dir() - this namespace's directory under the state directory
 * "<state_dir>/netns-<cookie>"; made by netsetup_up(), removed by netsetup_down(). Holds
 * "<interface>.json" (the record); the launcher keeps "<interface>.lease" (the responder's shared
 * mapping), "responder.log", "libvirt/" and notes of its own there.
 */
const char *netsetup_dir(const struct netsetup *ns);

enum netsetup_direction {
        NETSETUP_UP,
        NETSETUP_DOWN
};

/**
 * netsetup_plan() - the ordered operations that lead from now to the target or the original
 * Return: 0 with *ret (empty when there is nothing to do).
 */
int netsetup_plan(struct netsetup *ns, enum netsetup_direction direction, struct plan **ret,
                  struct notes *notes, struct error *err);

/**
 * netsetup_up() - write the record, then make the kernel match the target
 * Idempotent. On failure everything is put back: ERROR_FAILED, or ERROR_HALF_DONE where that
 * failed too and the record was kept. Bad input, and an interface that looks like the host's own
 * (netsetup/guard.h), is ERROR_USAGE, a missing privilege or device
 * ERROR_CANNOT, both with nothing touched.
 */
int netsetup_up(struct netsetup *ns, struct notes *notes, struct error *err);

/**
 * netsetup_down() - make the kernel match the recorded original, then remove the record
 * Return: 0 also where nothing stands (what a lost record left in netsetup_dir() goes then);
 * ERROR_HALF_DONE with the record kept.
 */
int netsetup_down(struct netsetup *ns, struct notes *notes, struct error *err);

/**
 * netsetup_links_json() - the wiring as it is now
 * name, kind, mac, mtu, master, up for each of nic, bridge, tap, keeper (null where missing);
 * "filter" (off, on, anti-spoof, missing), "filter_as_recorded" (null: who looks may not see it),
 * and "drift": what up would still change, as text.
 */
int netsetup_links_json(struct netsetup *ns, struct json_object **ret, struct error *err);

/**
 * netsetup_doctor() - would up work here? Looks, and changes nothing
 * Appends what it finds of kernel, privileges, devices, the state directory and the interface.
 * Where a graft stands it tells whether it could be made once more.
 * Return: 0, also where something is missing; what was found is in @findings.
 */
int netsetup_doctor(const struct netsetup_conf *conf, struct findings *findings,
                    struct notes *notes, struct error *err);

/* Keeping facts of the layers above in the record, so that a later down can find them. */
int netsetup_record_domain(struct netsetup *ns, const char *connect_uri, const char *domain,
                           const struct owner *run_as, struct error *err);
/** netsetup_recorded_run_as() - who runs the recorded domain; not given: whoever runs podgraft */
const struct owner *netsetup_recorded_run_as(const struct netsetup *ns);
int netsetup_record_owner(struct netsetup *ns, const char *owner, struct error *err);
const char *netsetup_recorded_owner(const struct netsetup *ns); /* NULL: nobody's */
/** netsetup_recorded_attachment() - conf's of the up that made the graft; NULL: it had none */
const char *netsetup_recorded_attachment(const struct netsetup *ns);
const char *netsetup_recorded_domain(const struct netsetup *ns, const char **ret_connect_uri);
/** netsetup_recorded_dhcp_options() - conf's of the up that made or last mended the graft */
const char *const *netsetup_recorded_dhcp_options(const struct netsetup *ns, size_t *ret_n);
/** netsetup_recorded_serving() - likewise; without a record what conf says */
const struct netsetup_serving *netsetup_recorded_serving(const struct netsetup *ns);

/* The plan as data */
struct plan *plan_free(struct plan *plan);
DEFINE_CLEANUP(struct plan *, plan_free)
size_t plan_n_ops(const struct plan *plan);
/** plan_op_text() - one operation as a line: "link eth0: rename to eth0-nic"; borrowed */
const char *plan_op_text(const struct plan *plan, size_t i);
struct json_object *plan_to_json(const struct plan *plan); /* array of {op, text, ...} */
