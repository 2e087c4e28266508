/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmi_network.c - a VMI's networks, and what the pod calls their interfaces
 *
 * Computed by KubeVirt's two schemes: a hash of the network's name, and in older pods the ordinal
 * of the secondary network. What Multus says it really made comes before both.
 */
#include <string.h>

#include "launcher/cni.h"
#include "launcher/vmi_node.h"
#include "podgraft/json.h"
#include "podgraft/name.h"

#define DEFAULT_INTERFACE "eth0"

int vmi_interface_name_read(const struct vmi_node *parent, const char *key, char ret[IFNAMSIZ],
                            struct error *err)
{
        struct vmi_node node;
        const char *name;
        int r = vmi_node_text(parent, key, &node, &name, err);

        if (r <= 0)
                return r;
        if (!interface_name_is_valid(name))
                return vmi_error(&node, err, "'%.32s' is no name of an interface", name);
        snprintf(ret, IFNAMSIZ, "%s", name);
        return 1;
}

/* --- spec.networks --- */

static struct vmi_interface *find_interface(struct vmi *vmi, const char *name)
{
        for (size_t i = 0; i < vmi->n_interfaces; i++)
                if (strcmp(vmi->interfaces[i].name, name) == 0)
                        return &vmi->interfaces[i];
        return NULL;
}

/* Return: 1 the network is the pod's own, 0 it is a secondary one */
static int read_kind(const struct vmi_node *network, const char **ret_attachment, struct error *err)
{
        struct vmi_node pod, multus, node;
        int is_pod = vmi_node_get(network, "pod", json_type_object, &pod, err), is_multus, r;

        if (is_pod < 0 ||
            (is_multus = vmi_node_get(network, "multus", json_type_object, &multus, err)) < 0)
                return -EINVAL;
        if (is_pod && is_multus)
                return vmi_error(network, err,
                                 "it is both 'pod' and 'multus'; leave one of them out");
        if (!is_multus)
                return is_pod; /* others are of devices, which are no business of ours */
        r = vmi_node_text(&multus, "networkName", &node, ret_attachment, err);
        if (r == 0)
                return vmi_error(&multus, err,
                                 "it has no 'networkName'; give that of a "
                                 "NetworkAttachmentDefinition");
        if (r < 0 || (r = vmi_node_get(&multus, "default", json_type_boolean, &node, err)) < 0)
                return r;
        return r > 0 && json_object_get_boolean(node.value);
}

static void name_interface(struct vmi_interface *interface, unsigned ordinal)
{
        if (interface->is_default) {
                strcpy(interface->pod_interface, DEFAULT_INTERFACE);
                return;
        }
        cni_binding_interface(interface->name, interface->pod_interface);
        snprintf(interface->ordinal_interface, IFNAMSIZ, "net%u", ordinal);
}

static int read_network(const struct vmi_node *network, struct vmi *vmi, bool *seen_default,
                        unsigned *ordinal, struct error *err)
{
        const char *name = NULL, *attachment = NULL;
        struct vmi_interface *interface;
        struct vmi_node node;
        int r = vmi_node_text(network, "name", &node, &name, err), is_default;

        if (r == 0)
                return vmi_error(network, err, "it has no name");
        if (r < 0 || (is_default = read_kind(network, &attachment, err)) < 0)
                return -EINVAL;
        if (is_default && *seen_default)
                return vmi_error(network, err,
                                 "it is the second that is 'pod' or a multus default; a pod has "
                                 "one");
        *seen_default |= is_default;
        if (attachment && !is_default)
                (*ordinal)++; /* also where the guest has no interface in it */
        interface = find_interface(vmi, name);
        if (!interface)
                return 0;
        if (interface->pod_interface[0])
                return vmi_error(&node, err, "'%.64s' is there twice", name);
        interface->is_default = is_default;
        interface->attachment = attachment;
        name_interface(interface, *ordinal);
        return 0;
}

int vmi_networks_read(const struct vmi_node *spec, struct vmi *vmi, struct error *err)
{
        struct vmi_node networks, network;
        bool seen_default = false;
        unsigned ordinal = 0;
        int r = vmi_node_get(spec, "networks", json_type_array, &networks, err);

        for (size_t i = 0; r > 0 && i < json_object_array_length(networks.value); i++)
                if (vmi_node_item(&networks, i, json_type_object, &network, err) < 0 ||
                    read_network(&network, vmi, &seen_default, &ordinal, err) < 0)
                        return -EINVAL;
        for (size_t i = 0; r >= 0 && i < vmi->n_interfaces; i++) {
                if (vmi->interfaces[i].pod_interface[0])
                        continue;
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "spec.domain.devices.interfaces[%zu].name: '%.64s' is none "
                                       "of spec.networks; add it there",
                                       i, vmi->interfaces[i].name);
        }
        return r < 0 ? r : 0;
}

/* --- Multus' annotation --- */

struct attached {
        const char *name;         /* "namespace/definition" */
        char interface[IFNAMSIZ]; /* "": it says none */
        bool is_default;
};

static int read_attached(const struct vmi_node *list, size_t i, struct attached *ret,
                         struct error *err)
{
        struct vmi_node entry, node;
        int r;

        *ret = (struct attached){ 0 };
        if (vmi_node_item(list, i, json_type_object, &entry, err) < 0 ||
            vmi_node_text(&entry, "name", &node, &ret->name, err) < 0 ||
            vmi_interface_name_read(&entry, "interface", ret->interface, err) < 0 ||
            (r = vmi_node_get(&entry, "default", json_type_boolean, &node, err)) < 0)
                return -EINVAL;
        ret->is_default = r > 0 && json_object_get_boolean(node.value);
        return 0;
}

/* "blue" of a VMI in the namespace "vms" is "vms/blue" to Multus. */
static bool is_of(const struct vmi *vmi, const struct vmi_interface *interface,
                  const struct attached *attached)
{
        const char *name = interface->attachment;
        char whole[600];

        if (!name || !attached->name || attached->is_default)
                return false;
        if (strchr(name, '/'))
                snprintf(whole, sizeof(whole), "%s", name);
        else
                snprintf(whole, sizeof(whole), "%s/%s", vmi->namespace, name);
        return strcmp(attached->name, whole) == 0 || strcmp(attached->name, name) == 0;
}

/* Several networks may use one definition: they come in the order of the VMI's interfaces. */
static bool is_taken(const struct vmi *vmi, const struct vmi_interface *but, const char *name)
{
        for (size_t i = 0; i < vmi->n_interfaces; i++)
                if (&vmi->interfaces[i] != but && vmi->interfaces[i].is_confirmed &&
                    strcmp(vmi->interfaces[i].pod_interface, name) == 0)
                        return true;
        return false;
}

static void confirm(struct vmi_interface *interface, const char *name)
{
        snprintf(interface->pod_interface, IFNAMSIZ, "%s", name);
        interface->is_confirmed = true;
}

static void match_by_interface(struct vmi *vmi, const struct attached *attached)
{
        for (size_t i = 0; i < vmi->n_interfaces; i++) {
                struct vmi_interface *interface = &vmi->interfaces[i];

                if (interface->is_confirmed)
                        continue;
                if (interface->is_default
                            ? attached->is_default
                            : strcmp(interface->pod_interface, attached->interface) == 0 ||
                                      strcmp(interface->ordinal_interface, attached->interface) ==
                                              0)
                        confirm(interface, attached->interface);
        }
}

static void match_by_definition(struct vmi *vmi, const struct attached *attached)
{
        for (size_t i = 0; i < vmi->n_interfaces; i++) {
                struct vmi_interface *interface = &vmi->interfaces[i];

                if (interface->is_confirmed || interface->is_default ||
                    !is_of(vmi, interface, attached) ||
                    is_taken(vmi, interface, attached->interface))
                        continue;
                confirm(interface, attached->interface);
                return;
        }
}

static int take_status(struct vmi *vmi, const struct vmi_node *list, struct error *err)
{
        size_t n = json_object_array_length(list->value);
        struct attached attached;

        for (size_t i = 0; i < 2 * n; i++) {
                if (read_attached(list, i % n, &attached, err) < 0)
                        return -EINVAL;
                if (!attached.interface[0])
                        continue;
                if (i < n)
                        match_by_interface(vmi, &attached);
                else
                        match_by_definition(vmi, &attached);
        }
        return 0;
}

int vmi_take_network_status(struct vmi *vmi, const char *text, size_t len, const char *source,
                            struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *json = NULL;
        struct vmi_node list = { .path = "" };
        int r = 0;

        if (strspn(text, " \t\r\n") == len)
                return 0;
        if (json_parse(text, len, "the annotation", &json, err) < 0)
                r = -EINVAL;
        else if (!json_object_is_type(json, json_type_array))
                r = error_set(err, -EINVAL, "it is no JSON list");
        list.value = json;
        if (r == 0)
                r = take_status(vmi, &list, err);
        if (r == 0)
                return 0;
        if (err)
                err->class = ERROR_USAGE;
        return error_context(err, "%s", source);
}
