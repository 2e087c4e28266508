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

/*
 * What one <interface> is to become. Plain values from the command line of podgraft-domain; zero
 * and NULL leave alone what is there.
 */
struct domain_interface {
        const char *alias;  /* the one that has <alias name='ua-<alias>'/>; NULL: any */
        bool by_alias_only; /* where none has it, add one */
        const char *tap;    /* "tap0" */
        const char *mac;    /* "aa:bb:cc:00:00:07" */
        unsigned mtu_bytes;
        unsigned queues;         /* 1 is said only together with a driver */
        const char *driver;      /* "vhost" */
        const char *model;       /* "e1000e"; "virtio" is also either of its generations */
        unsigned boot_order;     /* and then it has its ROM to boot from */
        bool no_rom;             /* unless there is a boot order */
        const char *pci_address; /* "0000:81:01.0" */
        unsigned acpi_index;
        const char *link_state; /* "down"; "up" where something is said of it */
};

/**
 * domain_xml_patch() - point @n interfaces of the domain at the pod's taps
 * Which is meant is told by the alias, then (of several) by tap or MAC, then by the order.
 * They come into the order of @wanted, in the places that they have in the document.
 * @xml: @len bytes, at most DOMAIN_XML_MAX, without a DTD; no other file or network is ever read
 * @ret_xml: the new document, NUL-terminated, to be freed; @ret_name: the domain's <name>
 * Idempotent: patching the result gives the result. What is not asked for stays as it was.
 * Return: 0; -EINVAL (ERROR_USAGE): empty, malformed, a <!DOCTYPE>, not a <domain>, no <devices>;
 * -EFBIG (ERROR_USAGE): it or the result is larger than DOMAIN_XML_MAX, which is also the most that
 * libvirt's protocol takes (REMOTE_STRING_MAX).
 */
#define DOMAIN_XML_MAX (4u << 20)
int domain_xml_patch(const char *xml, size_t len, const struct domain_interface *wanted, size_t n,
                     char **ret_xml, char **ret_name, struct error *err);

/**
 * domain_xml_network() - what the domain asks of podgraft in its metadata, if anything
 * The element <podgraft:network xmlns:podgraft="urn:podgraft:1"> is looked for.
 * @ret: "key=value" and a NUL each, @ret_len bytes: "network=yes", "attribute:NAME" for its
 * attributes, "mac" and "target" of the <interface> that domain_xml_patch() would take for a single
 * one, "tap:NAME" with the MAC of each <interface> that names its target; to be freed
 * Return: 1; 0 the domain asks for nothing; errors as domain_xml_patch()
 */
int domain_xml_network(const char *xml, size_t len, char **ret, size_t *ret_len, struct error *err);

/* What podgraft-domain may use, for all of its XML; thousands of times what a real one takes. */
#define DOMAIN_MEMORY_MAX (384u << 20) /* bytes of address space */
#define DOMAIN_CPU_SEC    10

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

/** domain_attach() - give the guest that runs an interface; @xml: <interface>, whose tap is there
 */
int domain_attach(struct domain_connection *connection, const char *xml, struct error *err);

/**
 * domain_detach() - ask the guest that runs to let go of the interface of @tap
 * It does so when it likes: domain_has_tap() tells.
 * Return: 0, also where it has none
 */
int domain_detach(struct domain_connection *connection, const char *tap, struct error *err);

/** domain_has_tap() - Return: 1 an interface of the running guest is on @tap, 0 none; -EIO */
int domain_has_tap(struct domain_connection *connection, const char *tap);

/** domain_free_ports() - how many PCIe root ports are free in @xml, whose devices have their places
 */
unsigned domain_free_ports(const char *xml);

/**
 * domain_add_ports() - @xml, as libvirt prints a definition, with four free root ports
 * Return: to be freed; NULL: it has them, or no use for them
 */
char *domain_add_ports(const char *xml);

/** domain_ended() - true once the guest is gone, with how; -ECONNRESET: libvirt itself is */
int domain_ended(struct domain_connection *connection, bool *ret_ended, enum domain_end *ret_end);

/** domain_forget() - remove the definition that domain_start() made */
void domain_forget(struct domain_connection *connection);

/** domain_kill() - destroy and undefine by name; fine if there is none */
int domain_kill(struct domain_connection *connection, const char *name, struct error *err);
