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

/* What the user asked for; strings are borrowed. Zero means "not given" everywhere. */
struct netsetup_conf {
        const char *state_dir;   /* "/run/podgraft" */
        const char *interface;   /* NULL: the lowest-metric default route's, else eth0 */
        const char *resolv_conf; /* path; NULL: /etc/resolv.conf */
        const char *hostname;    /* NULL: the guest gets none */
        bool has_mac;            /* the guest's MAC, where it is not to be the pod's */
        uint8_t mac[MAC_LEN];
        uint32_t mtu_bytes;
        bool has_tap_owner;
        uid_t tap_uid;
        gid_t tap_gid;
        unsigned queues; /* 0 and 1: one queue, no IFF_MULTI_QUEUE */
        unsigned wait_interface_sec;
        bool allow_host_network;
};

enum netsetup_access {
        NETSETUP_READ,  /* no lock: plan, status, wait */
        NETSETUP_WRITE, /* takes the namespace's lock: up, down, run */
};

struct netsetup;
struct plan;

/**
 * netsetup_open() - start a session in the calling thread's network namespace
 * Reads the record if there is one. A record of another boot or namespace is set aside, with a
 * note. With NETSETUP_WRITE the namespace's lock (an abstract socket) is waited for, 10 s at most.
 * Return: 0; ERROR_USAGE for a record that is truncated or of a newer version (nothing touched);
 * -EBUSY the lock is held, and by which process.
 */
int netsetup_open(const struct netsetup_conf *conf, enum netsetup_access access,
                  struct netsetup **ret, struct notes *notes, struct error *err);
struct netsetup *netsetup_close(struct netsetup *ns);
DEFINE_CLEANUP(struct netsetup *, netsetup_close)

/** netsetup_is_recorded() - a graft stands here, whole or half */
bool netsetup_is_recorded(const struct netsetup *ns);

/** netsetup_identity() - who the pod is; NULL before the first successful plan or up here */
const struct podnet *netsetup_identity(const struct netsetup *ns);

/**
 * netsetup_dir() - this namespace's directory under the state directory
 * "<state_dir>/netns-<cookie>"; made by netsetup_up(), removed by netsetup_down(). Holds
 * "<interface>.json" (the record); the launcher keeps "<interface>.lease" (the responder's shared
 * mapping), "libvirt/" and "domain.json" there.
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
 * Return: 0 also where nothing stands; ERROR_HALF_DONE with the record kept.
 */
int netsetup_down(struct netsetup *ns, struct notes *notes, struct error *err);

/**
 * netsetup_links_json() - the wiring as it is now: name, kind, mac, mtu, master, up for each of
 * nic, bridge, tap (null where missing), and "drift": what up would still change, as text
 */
int netsetup_links_json(struct netsetup *ns, struct json_object **ret, struct error *err);

/* Keeping facts of the layers above in the record, so that a later down can find them. */
int netsetup_record_domain(struct netsetup *ns, const char *connect_uri, const char *domain,
                           struct error *err);
const char *netsetup_recorded_domain(const struct netsetup *ns, const char **ret_connect_uri);

/* The plan as data */
struct plan *plan_free(struct plan *plan);
DEFINE_CLEANUP(struct plan *, plan_free)
size_t plan_n_ops(const struct plan *plan);
/** plan_op_text() - one operation as a line: "link eth0: rename to eth0-nic"; borrowed */
const char *plan_op_text(const struct plan *plan, size_t i);
struct json_object *plan_to_json(const struct plan *plan); /* array of {op, text, ...} */
