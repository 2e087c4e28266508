/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * domain.h - the guest's side: its XML (libxml2 only) and its life (libvirt only)
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "podgraft/error.h"
#include "podgraft/podnet.h"

/* libpodgraft-domxml: links libxml2, used by podgraft-domain only */

/* What one <interface> is to become. Plain values from the command line of podgraft-domain. */
struct domain_interface {
        const char
                *alias; /* look for <alias name='ua-<alias>'/> first; NULL: the first <interface> */
        const char *tap; /* "tap0" */
        const char *mac; /* "aa:bb:cc:00:00:07" */
        unsigned mtu_bytes;
        unsigned queues; /* 0 or 1: leave <driver queues> alone */
};

/**
 * domain_xml_patch() - point an interface of the domain at the pod's tap
 * @xml: @len bytes, at most DOMAIN_XML_MAX; no external entity or network is ever loaded
 * @ret_xml: the new document, NUL-terminated, to be freed; @ret_name: the domain's <name>
 * Idempotent: patching the result gives the result. What is not the interface's type, source,
 * target, mac, mtu or queues stays as it was.
 * Return: 0; -EINVAL (ERROR_USAGE): empty, malformed, not a <domain>, no <devices>;
 * -EFBIG (ERROR_USAGE): larger than DOMAIN_XML_MAX.
 */
#define DOMAIN_XML_MAX (4u << 20)
int domain_xml_patch(const char *xml, size_t len, const struct domain_interface *iface,
                     char **ret_xml, char **ret_name, struct error *err);

/* libpodgraft-libvirt: links libvirt, used by podgraft-launcher only */

enum domain_end {
        DOMAIN_END_SHUTDOWN,  /* the guest shut down */
        DOMAIN_END_CRASHED,   /* the guest crashed: exit 6 */
        DOMAIN_END_KILLED,    /* QEMU was killed: exit 7 */
        DOMAIN_END_DESTROYED, /* it had to be destroyed after the grace: exit 8 */
};

struct domain_connection;

/**
 * domain_connect() - open libvirt, with its event loop in a thread of its own
 * @uri: NULL: the embedded QEMU driver under @root, whose etc/qemu.conf is written first
 */
int domain_connect(const char *uri, const char *root, struct domain_connection **ret,
                   struct error *err);
struct domain_connection *domain_disconnect(struct domain_connection *connection);
DEFINE_CLEANUP(struct domain_connection *, domain_disconnect)

/** domain_event_fd() - readable when domain_ended() may have something new to say */
int domain_event_fd(const struct domain_connection *connection);

/**
 * domain_start() - define the domain and start it
 * A definition of the same name that an earlier run left is replaced; a guest of that name that
 * still runs is an error.
 */
int domain_start(struct domain_connection *connection, const char *xml, struct error *err);

/** domain_pid() - QEMU's process id, 0 where it cannot be seen */
pid_t domain_pid(const struct domain_connection *connection);

int domain_shutdown(struct domain_connection *connection, struct error *err);
int domain_destroy(struct domain_connection *connection, struct error *err);

/** domain_ended() - true once the guest is gone, with how; -ECONNRESET: libvirt itself is */
int domain_ended(struct domain_connection *connection, bool *ret_ended, enum domain_end *ret_end);

/** domain_forget() - remove the definition that domain_start() made */
void domain_forget(struct domain_connection *connection);

/** domain_kill() - destroy and undefine by name; fine if there is none */
int domain_kill(struct domain_connection *connection, const char *name, struct error *err);
