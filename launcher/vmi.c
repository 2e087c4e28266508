/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmi.c - a VirtualMachineInstance: its whole, and the values in it with their places
 */
#include "launcher/vmi.h"

#include <stdarg.h>
#include <string.h>

#include "launcher/vmi_node.h"
#include "podgraft/json.h"

#define SERVICES ".svc."

/* --- values and their places --- */

int vmi_error(const struct vmi_node *node, struct error *err, const char *format, ...)
{
        char text[512];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        return error_set_class(err, ERROR_USAGE, -EINVAL, "%s: %s", node->path, text);
}

static int check_type(struct vmi_node *node, enum json_type type, struct error *err)
{
        /* Whoever asks for null takes any. */
        if (type == json_type_null || json_object_is_type(node->value, type))
                return 1;
        return vmi_error(node, err, "it is of type %s, and must be of type %s",
                         json_type_to_name(json_object_get_type(node->value)),
                         json_type_to_name(type));
}

int vmi_node_get(const struct vmi_node *parent, const char *key, enum json_type type,
                 struct vmi_node *ret, struct error *err)
{
        struct json_object *value;

        if (!json_object_object_get_ex(parent->value, key, &value) || !value)
                return 0;
        ret->value = value;
        snprintf(ret->path, sizeof(ret->path), "%.120s%s%.32s", parent->path,
                 *parent->path ? "." : "", key);
        return check_type(ret, type, err);
}

int vmi_node_text(const struct vmi_node *parent, const char *key, struct vmi_node *ret_node,
                  const char **ret, struct error *err)
{
        int r = vmi_node_get(parent, key, json_type_string, ret_node, err);
        const char *text;
        size_t len;

        if (r <= 0)
                return r;
        text = json_object_get_string(ret_node->value);
        len = (size_t)json_object_get_string_len(ret_node->value);
        if (strlen(text) != len)
                return vmi_error(ret_node, err, "there is a NUL in it");
        if (len == 0)
                return 0;
        *ret = text;
        return 1;
}

int vmi_node_number(const struct vmi_node *parent, const char *key, unsigned max, unsigned *ret,
                    struct error *err)
{
        struct vmi_node node;
        int r = vmi_node_get(parent, key, json_type_int, &node, err);
        int64_t value;

        if (r <= 0)
                return r;
        value = json_object_get_int64(node.value);
        if (value < 0 || value > (int64_t)max)
                return vmi_error(&node, err, "%lld is out of range; give at most %u",
                                 (long long)value, max);
        *ret = (unsigned)value;
        return 1;
}

int vmi_node_item(const struct vmi_node *list, size_t i, enum json_type type, struct vmi_node *ret,
                  struct error *err)
{
        ret->value = json_object_array_get_idx(list->value, i);
        snprintf(ret->path, sizeof(ret->path), "%.120s[%zu]", list->path, i);
        return check_type(ret, type, err);
}

/* --- the whole --- */

/* As KubeVirt makes it: what is asked for, else the first label of the VMI's name. */
static int read_hostname(const struct vmi_node *spec, const char *name, struct vmi *ret,
                         struct error *err)
{
        struct vmi_node node;
        const char *hostname = NULL;
        size_t len;

        if (vmi_node_text(spec, "hostname", &node, &hostname, err) < 0)
                return -EINVAL;
        if (!hostname)
                hostname = name ? name : "";
        len = strcspn(hostname, ".");
        if (len > sizeof(ret->hostname) - 1)
                len = sizeof(ret->hostname) - 1;
        while (len > 0 && hostname[len - 1] == '-')
                len--;
        snprintf(ret->hostname, sizeof(ret->hostname), "%.*s", (int)len, hostname);
        return 0;
}

static int read_names(const struct vmi_node *root, const struct vmi_node *spec, struct vmi *ret,
                      struct error *err)
{
        struct vmi_node metadata, node;
        const char *name = NULL;
        int r = vmi_node_get(root, "metadata", json_type_object, &metadata, err);

        ret->namespace = "default";
        if (r < 0 ||
            (r > 0 && (vmi_node_text(&metadata, "name", &node, &name, err) < 0 ||
                       vmi_node_text(&metadata, "namespace", &node, &ret->namespace, err) < 0)))
                return -EINVAL;
        if (vmi_node_text(spec, "subdomain", &node, &ret->subdomain, err) < 0)
                return -EINVAL;
        return read_hostname(spec, name, ret, err);
}

static int check_kind(const struct vmi_node *root, struct error *err)
{
        struct vmi_node kind;
        const char *text;
        int r = vmi_node_text(root, "kind", &kind, &text, err);

        if (r <= 0 || strcmp(text, "VirtualMachineInstance") == 0)
                return r < 0 ? r : 0;
        return vmi_error(&kind, err,
                         "'%.64s' is another kind; give what 'kubectl get vmi NAME -o json' prints",
                         text);
}

/* Return: which virtio KubeVirt gives the guest where "virtio" or nothing is asked for, or NULL */
static const char *read_virtio(const struct vmi_node *devices, struct error *err)
{
        struct vmi_node node;
        int r = vmi_node_get(devices, "useVirtioTransitional", json_type_boolean, &node, err);

        return r < 0                                          ? NULL
               : r > 0 && json_object_get_boolean(node.value) ? "virtio-transitional"
                                                              : "virtio-non-transitional";
}

static int read_interfaces(const struct vmi_node *devices, const char *plugin, unsigned queues,
                           struct vmi *ret, struct error *err)
{
        const char *virtio = read_virtio(devices, err);
        struct vmi_node list, node;
        size_t n;
        int r = virtio ? vmi_node_get(devices, "interfaces", json_type_array, &list, err) : -EINVAL;

        if (r <= 0)
                return r;
        n = json_object_array_length(list.value);
        if (n > VMI_MAX_INTERFACES)
                return vmi_error(&list, err, "there are %zu; give at most %d", n,
                                 VMI_MAX_INTERFACES);
        ret->interfaces = calloc(n + 1, sizeof(*ret->interfaces));
        if (!ret->interfaces)
                return error_set(err, -ENOMEM, "out of memory");
        for (size_t i = 0; i < n; i++) {
                struct vmi_interface *one = &ret->interfaces[ret->n_interfaces++];

                if (vmi_node_item(&list, i, json_type_object, &node, err) < 0 ||
                    vmi_interface_read(&node, plugin, one, err) < 0)
                        return -EINVAL;
                for (size_t k = 0; k < i; k++)
                        if (strcmp(ret->interfaces[k].name, one->name) == 0)
                                return vmi_error(&node, err, "'%.64s' is there twice", one->name);
                if (strcmp(one->model, "virtio") == 0) {
                        one->model = virtio;
                        one->queues = queues; /* others have one */
                }
        }
        return 0;
}

/* What the guest had before a restart or a migration, it keeps. */
static int read_interface_status(const struct vmi_node *node, struct vmi *vmi, struct error *err)
{
        struct vmi_node name;
        const char *text = "";

        if (vmi_node_text(node, "name", &name, &text, err) < 0)
                return -EINVAL;
        for (size_t i = 0; i < vmi->n_interfaces; i++) {
                struct vmi_interface *one = &vmi->interfaces[i];

                if (strcmp(one->name, text) != 0)
                        continue;
                if ((!one->has_mac &&
                     vmi_mac_read(node, "mac", &one->has_mac, one->mac, err) < 0) ||
                    vmi_interface_name_read(node, "podInterfaceName", one->pod_interface, err) < 0)
                        return -EINVAL;
        }
        return 0;
}

static int read_status(const struct vmi_node *root, struct vmi *vmi, struct error *err)
{
        struct vmi_node status, list, node;
        int r = vmi_node_get(root, "status", json_type_object, &status, err);

        if (r > 0)
                r = vmi_node_get(&status, "interfaces", json_type_array, &list, err);
        for (size_t i = 0; r > 0 && i < json_object_array_length(list.value); i++)
                if (vmi_node_item(&list, i, json_type_object, &node, err) < 0 ||
                    read_interface_status(&node, vmi, err) < 0)
                        return -EINVAL;
        return r < 0 ? r : 0;
}

static int read_spec(const struct vmi_node *root, const char *plugin, struct vmi *ret,
                     struct error *err)
{
        struct vmi_node spec, domain, devices;
        unsigned queues = 0;
        int r = vmi_node_get(root, "spec", json_type_object, &spec, err);

        if (r == 0)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "spec: it is missing; give a whole VirtualMachineInstance");
        if (r < 0 || (r = read_names(root, &spec, ret, err)) < 0 ||
            (r = vmi_node_get(&spec, "domain", json_type_object, &domain, err)) < 0)
                return r;
        if (r > 0 && ((r = vmi_queues_read(&domain, &queues, err)) < 0 ||
                      (r = vmi_node_get(&domain, "devices", json_type_object, &devices, err)) < 0))
                return r;
        if (r > 0 && (r = read_interfaces(&devices, plugin, queues, ret, err)) < 0)
                return r;
        r = vmi_networks_read(&spec, ret, err);
        return r < 0 ? r : read_status(root, ret, err);
}

int vmi_read(const char *text, size_t len, const char *source, const char *plugin, struct vmi *ret,
             struct error *err)
{
        struct vmi vmi = { 0 };
        struct vmi_node root = { .path = "" };
        int r = json_parse(text, len, "the JSON", &vmi.json, err);

        root.value = vmi.json;
        if (r == 0 && !json_object_is_type(vmi.json, json_type_object))
                r = error_set(err, -EINVAL, "it is no JSON object");
        if (r == 0)
                r = check_kind(&root, err);
        if (r == 0)
                r = read_spec(&root, plugin ? plugin : VMI_PLUGIN, &vmi, err);
        if (r == 0) {
                *ret = vmi;
                return 0;
        }
        vmi_done(&vmi);
        if (err)
                err->class = ERROR_USAGE;
        return error_context(err, "%s", source);
}

void vmi_done(struct vmi *vmi)
{
        for (size_t i = 0; i < vmi->n_interfaces; i++)
                json_object_put(vmi->interfaces[i].dhcp_options);
        free(vmi->interfaces);
        json_object_put(vmi->json);
        *vmi = (struct vmi){ 0 };
}

void vmi_search_domain(const struct vmi *vmi, const char (*searches)[PODNET_DOMAIN_LEN],
                       size_t n_searches, char ret[PODNET_DOMAIN_LEN])
{
        const char *longest = "";
        size_t len = vmi->subdomain ? strlen(vmi->subdomain) : 0;

        ret[0] = '\0';
        for (size_t i = 0; i < n_searches; i++)
                if (strstr(searches[i], SERVICES) && strlen(searches[i]) > strlen(longest))
                        longest = searches[i];
        if (len == 0 || !*longest || len + 1 + strlen(longest) >= PODNET_DOMAIN_LEN ||
            (strncmp(longest, vmi->subdomain, len) == 0 && longest[len] == '.'))
                return;
        snprintf(ret, PODNET_DOMAIN_LEN, "%s.%s", vmi->subdomain, longest);
}
