/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmi_interface.c - one of a VMI's spec.domain.devices.interfaces
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "launcher/vmi_node.h"

#define MAX_ACPI_INDEX 16383 /* QEMU's */
#define MAX_BOOT_ORDER 65535
#define PRIVATE_FIRST  224
#define PRIVATE_LAST   254
#define DHCP_VALUE_MAX 255 /* bytes, of one option */

/* Members of an interface that say how it is bound; exactly one of them is there. */
static const char *const bindings[] = {
        "bridge",          "binding",         "masquerade",
        "sriov",           "passt",           "passtBinding",
        "macvtap",         "slirp",           "deprecatedMacvtap",
        "deprecatedPasst", "deprecatedSlirp",
};

static const char *const models[] = {
        "virtio", "e1000", "e1000e", "igb", "ne2k_pci", "pcnet", "rtl8139",
};

static int read_plugin(const struct vmi_node *binding, const char *plugin,
                       struct vmi_interface *ret, struct error *err)
{
        struct vmi_node name;
        int r = vmi_node_text(binding, "name", &name, &ret->binding, err);

        if (r < 0)
                return r;
        if (r == 0)
                return vmi_error(binding, err, "it has no name; give the network binding plugin's");
        ret->is_ours = strcmp(ret->binding, plugin) == 0;
        return 0;
}

static int read_binding(const struct vmi_node *node, const char *plugin, struct vmi_interface *ret,
                        struct error *err)
{
        for (size_t i = 0; i < ARRAY_SIZE(bindings); i++) {
                struct vmi_node binding;
                int r = vmi_node_get(node, bindings[i], json_type_object, &binding, err);

                if (r == 0)
                        continue;
                if (r > 0 && ret->binding)
                        return vmi_error(&binding, err,
                                         "the interface is bound by '%.64s' already; leave one of "
                                         "them out",
                                         ret->binding);
                if (r > 0 && strcmp(bindings[i], "binding") == 0) {
                        r = read_plugin(&binding, plugin, ret, err);
                } else {
                        ret->binding = bindings[i];
                        ret->is_ours = strcmp(bindings[i], "bridge") == 0;
                }
                if (r < 0)
                        return r;
        }
        if (ret->binding)
                return 0;
        return vmi_error(node, err, "it has no binding; add \"bridge\": {}");
}

static bool is_word_of(const char *const *words, size_t n, const char *word)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(words[i], word) == 0)
                        return true;
        return false;
}

static int read_model(const struct vmi_node *node, struct vmi_interface *ret, struct error *err)
{
        struct vmi_node model;
        int r = vmi_node_text(node, "model", &model, &ret->model, err);

        if (r < 0)
                return r;
        if (r == 0)
                ret->model = "virtio";
        else if (ret->is_ours && !is_word_of(models, ARRAY_SIZE(models), ret->model))
                return vmi_error(&model, err,
                                 "'%.32s' is unknown; give virtio, e1000, e1000e, igb, ne2k_pci, "
                                 "pcnet or rtl8139",
                                 ret->model);
        return 0;
}

int vmi_mac_read(const struct vmi_node *parent, const char *key, bool *ret_has,
                 uint8_t ret[MAC_LEN], struct error *err)
{
        static const uint8_t none[MAC_LEN];
        struct vmi_node node;
        const char *text;
        uint8_t mac[MAC_LEN];
        char colons[MAC_TEXT_LEN];
        int r = vmi_node_text(parent, key, &node, &text, err);

        if (r <= 0)
                return r;
        snprintf(colons, sizeof(colons), "%s", strlen(text) < sizeof(colons) ? text : "");
        for (char *p = colons; *p; p++)
                *p = *p == '-' ? ':' : *p; /* KubeVirt takes DE-AD-00-00-BE-AF as well */
        if (mac_parse(colons, mac) < 0 || (mac[0] & 1) || memcmp(mac, none, MAC_LEN) == 0)
                return vmi_error(&node, err,
                                 "'%.32s' is no MAC of an interface; give a unicast address such "
                                 "as 02:00:00:00:00:07",
                                 text);
        memcpy(ret, mac, MAC_LEN);
        *ret_has = true;
        return 0;
}

static bool is_pci_address(const char *text)
{
        static const char form[] = "xxxx:xx:xx.o";

        if (strlen(text) != sizeof(form) - 1)
                return false;
        for (size_t i = 0; form[i]; i++) {
                bool good = form[i] == 'x'   ? isxdigit((unsigned char)text[i])
                            : form[i] == 'o' ? text[i] >= '0' && text[i] <= '7'
                                             : text[i] == form[i];

                if (!good)
                        return false;
        }
        return true;
}

static int read_place(const struct vmi_node *node, struct vmi_interface *ret, struct error *err)
{
        struct vmi_node address, boot;
        int r;

        if (vmi_node_number(node, "bootOrder", MAX_BOOT_ORDER, &ret->boot_order, err) < 0 ||
            vmi_node_number(node, "acpiIndex", MAX_ACPI_INDEX, &ret->acpi_index, err) < 0 ||
            (r = vmi_node_get(node, "bootOrder", json_type_int, &boot, err)) < 0)
                return -EINVAL;
        if (r > 0 && ret->boot_order == 0)
                return vmi_error(&boot, err, "it is counted from 1");
        r = vmi_node_text(node, "pciAddress", &address, &ret->pci_address, err);
        if (r > 0 && !is_pci_address(ret->pci_address))
                return vmi_error(&address, err,
                                 "'%.32s' is no PCI address; give one such as 0000:81:01.0",
                                 ret->pci_address);
        return r < 0 ? r : 0;
}

static int read_state(const struct vmi_node *node, struct vmi_interface *ret, struct error *err)
{
        static const char *const states[] = { "up", "down", "absent" };
        struct vmi_node state;
        const char *text;
        int r = vmi_node_text(node, "state", &state, &text, err);

        if (r <= 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
                if (strcmp(states[i], text) == 0) {
                        ret->state = (enum vmi_state)i;
                        return 0;
                }
        }
        return vmi_error(&state, err, "'%.32s' is unknown; give up, down or absent", text);
}

/* --- dhcpOptions --- */

/* @name: with the type of the value, so that none is read out of the value itself */
static int add_option(struct vmi_interface *ret, const char *name, const char *value,
                      const struct vmi_node *node, struct error *err)
{
        char text[DHCP_VALUE_MAX + 40];

        if (strlen(value) > DHCP_VALUE_MAX)
                return vmi_error(node, err, "it has more than the %d bytes of a DHCP option",
                                 DHCP_VALUE_MAX);
        snprintf(text, sizeof(text), "%s:%s", name, value);
        json_object_array_add(ret->dhcp_options, json_object_new_string(text));
        return 0;
}

static int add_text(const struct vmi_node *options, const char *key, const char *name,
                    struct vmi_interface *ret, struct error *err)
{
        struct vmi_node node;
        const char *value;
        int r = vmi_node_text(options, key, &node, &value, err);

        return r <= 0 ? r : add_option(ret, name, value, &node, err);
}

static int add_time_servers(const struct vmi_node *options, struct vmi_interface *ret,
                            struct error *err)
{
        struct vmi_node list, item;
        char all[DHCP_VALUE_MAX + 1] = "";
        size_t used = 0;
        int r = vmi_node_get(options, "ntpServers", json_type_array, &list, err);

        for (size_t i = 0; r > 0 && i < json_object_array_length(list.value); i++) {
                const char *text;
                struct in_addr address;

                if (vmi_node_item(&list, i, json_type_string, &item, err) < 0)
                        return -EINVAL;
                text = json_object_get_string(item.value);
                if (inet_pton(AF_INET, text, &address) != 1)
                        return vmi_error(&item, err,
                                         "'%.64s' is no IPv4 address, which is all that DHCP can "
                                         "tell of a time server",
                                         text);
                if (used + strlen(text) + 2 > sizeof(all))
                        return vmi_error(&list, err, "there are too many; DHCP can tell of 15");
                used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i ? "," : "",
                                         text);
        }
        return r <= 0 || !*all ? r : add_option(ret, "ntp-servers=ip", all, &list, err);
}

static int add_private(const struct vmi_node *options, struct vmi_interface *ret, struct error *err)
{
        struct vmi_node list, item, node;
        int r = vmi_node_get(options, "privateOptions", json_type_array, &list, err);

        for (size_t i = 0; r > 0 && i < json_object_array_length(list.value); i++) {
                unsigned code = 0;
                const char *value = NULL;
                char name[32];

                if (vmi_node_item(&list, i, json_type_object, &item, err) < 0 ||
                    vmi_node_number(&item, "option", UINT16_MAX, &code, err) < 0 ||
                    vmi_node_text(&item, "value", &node, &value, err) < 0)
                        return -EINVAL;
                if (code < PRIVATE_FIRST || code > PRIVATE_LAST)
                        return vmi_error(&item, err, "'option' is %u; give one from %d to %d", code,
                                         PRIVATE_FIRST, PRIVATE_LAST);
                if (!value)
                        return vmi_error(&item, err, "it has no 'value'; give a text");
                snprintf(name, sizeof(name), "%u=text", code);
                if (add_option(ret, name, value, &node, err) < 0)
                        return -EINVAL;
        }
        return r < 0 ? r : 0;
}

static int read_dhcp_options(const struct vmi_node *node, struct vmi_interface *ret,
                             struct error *err)
{
        struct vmi_node options;
        int r = vmi_node_get(node, "dhcpOptions", json_type_object, &options, err);

        if (r <= 0)
                return r;
        if ((r = add_text(&options, "bootFileName", "bootfile-name=text", ret, err)) < 0 ||
            (r = add_text(&options, "tftpServerName", "tftp-server-name=text", ret, err)) < 0 ||
            (r = add_time_servers(&options, ret, err)) < 0)
                return r;
        return add_private(&options, ret, err);
}

int vmi_interface_read(const struct vmi_node *node, const char *plugin, struct vmi_interface *ret,
                       struct error *err)
{
        struct vmi_node name;
        int r;

        ret->dhcp_options = json_object_new_array();
        if (!ret->dhcp_options)
                return error_set(err, -ENOMEM, "out of memory");
        r = vmi_node_text(node, "name", &name, &ret->name, err);
        if (r == 0)
                return vmi_error(node, err, "it has no name; give that of one of spec.networks");
        if (r < 0 || (r = read_binding(node, plugin, ret, err)) < 0 ||
            (r = read_model(node, ret, err)) < 0 ||
            (r = vmi_mac_read(node, "macAddress", &ret->has_mac, ret->mac, err)) < 0 ||
            (r = read_place(node, ret, err)) < 0 || (r = read_state(node, ret, err)) < 0)
                return r;
        return read_dhcp_options(node, ret, err);
}
