/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cni.h - podgraft as a CNI plugin: what the runtime asks, and what it is answered
 *
 *     environment, stdin ── cni_request_read() ──> struct cni_request
 *                               cni_main.c acts: up, down, look
 *     stdout <── cni_result(), cni_failure(), cni_versions()
 *
 * Protocol: https://www.cni.dev/docs/spec/, versions 0.3.1 to 1.1.0.
 */
#pragma once

#include <json-c/json.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "podgraft/error.h"

/* The specification's, section 4 "Error"; from 100 on they are ours. */
enum cni_code {
        CNI_OK = 0,
        CNI_INCOMPATIBLE_VERSION = 1,
        CNI_UNSUPPORTED_FIELD = 2,
        CNI_UNKNOWN_CONTAINER = 3, /* the runtime need not call DEL */
        CNI_BAD_ENVIRONMENT = 4,
        CNI_IO = 5,
        CNI_BAD_CONTENT = 6,
        CNI_BAD_CONFIG = 7,
        CNI_TRY_LATER = 11,
        CNI_NOT_AVAILABLE = 50, /* STATUS */
        CNI_FAILED = 100,       /* the pod's network is as it was before */
        CNI_CANNOT = 101,       /* this node or these privileges cannot */
        CNI_HALF_DONE = 102,    /* not fully undone; DEL finishes it */
        CNI_CHANGED = 103,      /* CHECK: not as ADD left it */
};

enum cni_command {
        CNI_ADD,
        CNI_DEL,
        CNI_CHECK,
        CNI_STATUS,
        CNI_GC,
        CNI_VERSION,
};

/* CNI_…; NULL: not set */
struct cni_environment {
        const char *command, *container_id, *netns, *ifname;
};

struct cni_request {
        enum cni_command command;
        const char *container_id, *netns, *ifname; /* borrowed from the environment; never "" */
        struct json_object *config;                /* the whole of stdin; owned */
        struct json_object *options;  /* podgraft's own in it, as --config has; owned */
        const char *version;          /* one of ours */
        const char *network;          /* its name; NULL: none (STATUS, VERSION) */
        struct json_object *previous; /* prevResult; NULL: none */
        struct json_object *valid;    /* GC: the attachments to keep */
        const char *logic_network; /* args.cni.logicNetworkName: we are KubeVirt's network binding
                                      plugin for this network; NULL: chained */
};

/**
 * cni_request_read() - understand the environment and @len bytes of @text with a NUL behind them
 * Pure. @ret is to be released with cni_request_done(), on failure too: it has what was understood
 * Return: CNI_OK; a code with *err set
 */
enum cni_code cni_request_read(const struct cni_environment *environment, const char *text,
                               size_t len, struct cni_request *ret, struct error *err);
void cni_request_done(struct cni_request *request);

/** cni_version_has() - is the request's version @since or later? */
bool cni_version_has(const struct cni_request *request, const char *since);

/** cni_version() - the @i-th that is spoken, the oldest first; NULL: there are no more */
const char *cni_version(size_t i);

/**
 * cni_resolv_conf() - what the guest is told of DNS, as resolv.conf(5); to be freed
 * The configuration's "dns", else prevResult's; NULL: neither has a nameserver or domain
 */
char *cni_resolv_conf(const struct cni_request *request);

/** cni_is_valid() - GC: is the attachment one of "cni.dev/valid-attachments"? */
bool cni_is_valid(const struct cni_request *request, const char *container_id, const char *ifname);

/**
 * cni_binding_interface() - KubeVirt's name of a secondary network's pod interface
 * "pod" and the first 11 digits of the SHA-256 of the network's name
 */
void cni_binding_interface(const char *logic_network, char ret[IFNAMSIZ]);

/**
 * cni_result() - ADD's: the previous result, and after its interfaces bridge, tap and guest
 * @links: netsetup_links_json()'s
 * @guest_mac: as text
 */
struct json_object *cni_result(const struct cni_request *request, struct json_object *links,
                               const char *guest_mac);

/** cni_result_has() - CHECK: are our interfaces in prevResult as they are in @links? */
bool cni_result_has(const struct cni_request *request, struct json_object *links,
                    const char *guest_mac, struct error *err);

struct json_object *cni_failure(const struct cni_request *request, enum cni_code code,
                                const char *message);
struct json_object *cni_versions(const struct cni_request *request);

/** cni_code_of() - what a failure of ours means to a runtime */
enum cni_code cni_code_of(const struct error *err);
