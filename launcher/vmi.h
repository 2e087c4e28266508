/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmi.h - a VirtualMachineInstance of KubeVirt, as far as it is about the guest's interfaces; pure
 *
 *     JSON ── vmi_read() ──> struct vmi ── vmi_take_network_status() ──> names as Multus has them
 *
 * Errors name the place in the JSON: "spec.domain.devices.interfaces[1].macAddress: …".
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "podgraft/error.h"
#include "podgraft/podnet.h"

struct json_object;

#define VMI_MAX_INTERFACES 64
#define VMI_PLUGIN         "podgraft" /* what KubeVirt's configuration calls our network binding */
#define VMI_MAX_QUEUES     256        /* KubeVirt's, of a tap */

enum vmi_state {
        VMI_STATE_UP,
        VMI_STATE_DOWN,   /* the guest sees no carrier */
        VMI_STATE_ABSENT, /* being unplugged: to be treated as if it were not there */
};

/* Texts are borrowed from the VMI. */
struct vmi_interface {
        const char *name;    /* its own and its network's */
        const char *binding; /* "bridge", "masquerade"; of a plugin the plugin's name */
        bool is_ours;        /* bridge, or a network binding plugin that is podgraft's */
        const char *model;   /* "virtio-non-transitional" where nothing else is said */
        bool has_mac;        /* macAddress, else what status.interfaces says of the last run */
        uint8_t mac[MAC_LEN];
        unsigned boot_order;     /* 0: not booted from */
        unsigned acpi_index;     /* 0: none */
        const char *pci_address; /* "0000:81:01.0"; NULL: libvirt chooses */
        enum vmi_state state;
        unsigned queues;              /* 0: one, and nothing said of it */
        bool is_default;              /* of the pod's primary interface */
        bool is_confirmed;            /* by Multus: pod_interface is no guess */
        const char *attachment;       /* its NetworkAttachmentDefinition: "ns/blue"; NULL: none */
        char pod_interface[IFNAMSIZ]; /* in the pod: "eth0", "pod16477688c0e" */
        char ordinal_interface[IFNAMSIZ]; /* by KubeVirt's older scheme: "net1"; "" for none */
        struct json_object *dhcp_options; /* list of texts as --dhcp-option takes them; owned */
};

struct vmi {
        struct json_object *json; /* owns the texts */
        const char *namespace;
        const char *subdomain; /* NULL: none */
        char hostname[64];     /* as KubeVirt makes it; "" where the VMI has not even a name */
        struct vmi_interface *interfaces; /* in the order of the spec */
        size_t n_interfaces;
};

/**
 * vmi_read() - understand @len bytes of @text with a NUL behind them
 * @source: how errors call it: "--vmi 'vmi.json'"
 * @plugin: name of the network binding plugin that is ours too; NULL: VMI_PLUGIN
 * Return: 0 with @ret to be released; -EINVAL (ERROR_USAGE), with nothing to release
 */
int vmi_read(const char *text, size_t len, const char *source, const char *plugin, struct vmi *ret,
             struct error *err);
void vmi_done(struct vmi *vmi);

/**
 * vmi_take_network_status() - names of the pod's interfaces from Multus' annotation
 * "k8s.v1.cni.cncf.io/network-status": a list of objects with name, interface, default. What it
 * does not name keeps the name that was computed. An empty text is an annotation not yet written.
 */
int vmi_take_network_status(struct vmi *vmi, const char *text, size_t len, const char *source,
                            struct error *err);

/**
 * vmi_search_domain() - the domain in which the guest's own name is found
 * KubeVirt's rule: the subdomain in front of the longest of the pod's search domains that is of
 * services ("ns.svc.cluster.local"). @ret is "" where there is none, or it is there already.
 */
void vmi_search_domain(const struct vmi *vmi, const char (*searches)[PODNET_DOMAIN_LEN],
                       size_t n_searches, char ret[PODNET_DOMAIN_LEN]);
