/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmi_node.h - inside the VMI's reader: a value together with its place in the JSON
 */
#pragma once

#include <json-c/json.h>
#include <stdint.h>

#include "launcher/vmi.h"

struct vmi_node {
        struct json_object *value;
        char path[160]; /* "spec.domain.devices.interfaces[1]" */
};

/** vmi_node_get() - a member; Return: 1, 0 it is missing or null, -EINVAL it is of another type */
int vmi_node_get(const struct vmi_node *parent, const char *key, enum json_type type,
                 struct vmi_node *ret, struct error *err);
/** vmi_node_text() - as vmi_node_get(); an empty text is a missing one */
int vmi_node_text(const struct vmi_node *parent, const char *key, struct vmi_node *ret_node,
                  const char **ret, struct error *err);
/** vmi_node_number() - as vmi_node_get(), also for what is not within 0..@max */
int vmi_node_number(const struct vmi_node *parent, const char *key, unsigned max, unsigned *ret,
                    struct error *err);
/** vmi_node_item() - the @i-th of a list; -EINVAL where it is not of @type */
int vmi_node_item(const struct vmi_node *list, size_t i, enum json_type type, struct vmi_node *ret,
                  struct error *err);

/** vmi_error() - "<the node's place>: <what is wrong, and what to do>"; Return: -EINVAL */
int vmi_error(const struct vmi_node *node, struct error *err, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* vmi_interface.c */
/** vmi_interface_read() - all of one interface that its own object says */
int vmi_interface_read(const struct vmi_node *node, const char *plugin, struct vmi_interface *ret,
                       struct error *err);
/** vmi_mac_read() - of spec or status */
int vmi_mac_read(const struct vmi_node *parent, const char *key, bool *ret_has,
                 uint8_t ret[MAC_LEN], struct error *err);

/* vmi_network.c */
/** vmi_networks_read() - whose network each interface is, and so what the pod calls it */
int vmi_networks_read(const struct vmi_node *spec, struct vmi *vmi, struct error *err);

/** vmi_interface_name_read() - as vmi_node_text(); -EINVAL for what cannot be one */
int vmi_interface_name_read(const struct vmi_node *parent, const char *key, char ret[IFNAMSIZ],
                            struct error *err);

/* vmi_cpu.c */
/** vmi_queues_read() - how many queues KubeVirt gives to the guest's interfaces; 0: says nothing */
int vmi_queues_read(const struct vmi_node *domain, unsigned *ret, struct error *err);
