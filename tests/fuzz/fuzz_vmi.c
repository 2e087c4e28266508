/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_vmi.c - any VirtualMachineInstance; behind a NUL, any network-status of Multus
 *
 * What was read, written as a VMI again, reads the same; its DHCP options are options.
 */
#include "launcher/options.h"
#include "launcher/vmi.h"
#include "podgraft/json.h"
#include "podgraft/name.h"
#include "tests/fuzz/fuzz.h"

static void must_say_why(const struct error *err)
{
        must(err->code == -EINVAL && err->class == ERROR_USAGE && err->message[0]);
}

/* --- written again --- */

static struct json_object *write_interface(const struct vmi_interface *one)
{
        static const char *const states[] = { "up", "down", "absent" };
        struct json_object *o = json_object_new_object(), *binding = json_object_new_object();
        char mac[MAC_TEXT_LEN];

        json_add_string(o, "name", one->name);
        json_add_string(binding, "name", VMI_PLUGIN);
        json_object_object_add(o, one->is_ours ? "binding" : "masquerade", binding);
        if (one->is_ours) /* which virtio is said once for all */
                json_add_string(o, "model",
                                strncmp(one->model, "virtio", 6) == 0 ? "virtio" : one->model);
        if (one->has_mac)
                json_add_string(o, "macAddress", mac_format(one->mac, mac));
        if (one->boot_order)
                json_add_u64(o, "bootOrder", one->boot_order);
        json_add_u64(o, "acpiIndex", one->acpi_index);
        if (one->pci_address)
                json_add_string(o, "pciAddress", one->pci_address);
        json_add_string(o, "state", states[one->state]);
        return o;
}

static struct json_object *write_network(const struct vmi_interface *one)
{
        struct json_object *o = json_object_new_object(), *kind = json_object_new_object();

        json_add_string(o, "name", one->name);
        if (one->attachment) {
                json_add_string(kind, "networkName", one->attachment);
                json_add_bool(kind, "default", one->is_default);
        }
        json_object_object_add(o, one->attachment || !one->is_default ? "multus" : "pod", kind);
        if (!one->attachment && !one->is_default)
                json_add_string(kind, "networkName", "device");
        return o;
}

static struct json_object *write_again(const struct vmi *vmi)
{
        struct json_object *root = json_object_new_object(), *spec = json_object_new_object(),
                           *domain = json_object_new_object(), *devices = json_object_new_object(),
                           *interfaces = json_object_new_array(),
                           *networks = json_object_new_array();
        bool transitional = false;

        for (size_t i = 0; i < vmi->n_interfaces; i++) {
                json_object_array_add(interfaces, write_interface(&vmi->interfaces[i]));
                json_object_array_add(networks, write_network(&vmi->interfaces[i]));
                transitional |= vmi->interfaces[i].is_ours &&
                                strcmp(vmi->interfaces[i].model, "virtio-transitional") == 0;
        }
        json_object_object_add(devices, "interfaces", interfaces);
        json_add_bool(devices, "useVirtioTransitional", transitional);
        json_object_object_add(domain, "devices", devices);
        json_object_object_add(spec, "domain", domain);
        json_object_object_add(spec, "networks", networks);
        json_add_string(spec, "hostname", vmi->hostname);
        if (vmi->subdomain)
                json_add_string(spec, "subdomain", vmi->subdomain);
        json_object_object_add(root, "spec", spec);
        return root;
}

static void must_be_same(const struct vmi_interface *a, const struct vmi_interface *b)
{
        must(strcmp(a->name, b->name) == 0 && a->is_ours == b->is_ours);
        must(!a->is_ours || strcmp(a->model, b->model) == 0);
        must(a->has_mac == b->has_mac && memcmp(a->mac, b->mac, MAC_LEN) == 0);
        must(a->boot_order == b->boot_order && a->acpi_index == b->acpi_index);
        must(!a->pci_address == !b->pci_address);
        must(!a->pci_address || strcmp(a->pci_address, b->pci_address) == 0);
        must(a->state == b->state && a->is_default == b->is_default);
}

static void check_written(const struct vmi *vmi)
{
        struct json_object *json = write_again(vmi);
        const char *text = json_object_to_json_string(json);
        struct error err = ERROR_INIT;
        struct vmi again;

        must(vmi_read(text, strlen(text), "again", NULL, &again, &err) == 0);
        must(again.n_interfaces == vmi->n_interfaces);
        must(strcmp(again.hostname, vmi->hostname) == 0);
        must(!again.subdomain == !vmi->subdomain);
        for (size_t i = 0; i < vmi->n_interfaces; i++)
                must_be_same(&vmi->interfaces[i], &again.interfaces[i]);
        vmi_done(&again);
        json_object_put(json);
}

/* --- what it is good for --- */

static void check_interface(const struct vmi_interface *one)
{
        static struct options options;
        struct json_object *keys = json_object_new_object();
        struct error err = ERROR_INIT;

        must(one->binding && interface_name_is_valid(one->pod_interface));
        must(one->queues <= VMI_MAX_QUEUES);
        must(!one->has_mac || !(one->mac[0] & 1));
        json_object_object_add(keys, "dhcp_option", json_object_get(one->dhcp_options));
        if (options_take(keys, &options, &err) < 0) /* all together may be too many */
                must(err.class == ERROR_USAGE && err.message[0]);
        options_done(&options);
        json_object_put(keys);
}

static void check_search(const struct vmi *vmi)
{
        static const char searches[][PODNET_DOMAIN_LEN] = { "vms.svc.cluster.local",
                                                            "cluster.local" };
        char domain[PODNET_DOMAIN_LEN];

        vmi_search_domain(vmi, searches, 2, domain);
        must(!*domain == (!vmi->subdomain || strlen(vmi->subdomain) > 233 ||
                          strcmp(vmi->subdomain, "vms") == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct error err = ERROR_INIT;
        struct vmi vmi;
        char *text = malloc(len + 1), *status;

        must(text);
        memcpy(text, data, len);
        text[len] = '\0';
        status = text + strlen(text);
        if (vmi_read(text, strlen(text), "the VMI", NULL, &vmi, &err) < 0) {
                must_say_why(&err);
                free(text);
                return 0;
        }
        check_written(&vmi);
        check_search(&vmi);
        if (status < text + len &&
            vmi_take_network_status(&vmi, status + 1, (size_t)(text + len - status - 1), "status",
                                    &err) < 0)
                must_say_why(&err);
        for (size_t i = 0; i < vmi.n_interfaces; i++)
                check_interface(&vmi.interfaces[i]);
        vmi_done(&vmi);
        free(text);
        return 0;
}
