/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * interface.c - one <interface> for each of the pod's: found, or added, and pointed at its tap
 */
#include "domain/interface.h"

#include <stdio.h>
#include <string.h>

/* --- finding the interface --- */

static bool has_alias(const xmlNode *interface, const char *alias)
{
        xmlNode *node = tree_child(interface, "alias");
        char wanted[256];

        snprintf(wanted, sizeof(wanted), "ua-%s", alias);
        return node && tree_attribute_is(node, "name", wanted);
}

/* hostdev and vdpa pass hardware through: there is no tap in them. */
static bool is_networked(xmlNode *interface)
{
        return !tree_attribute_is(interface, "type", "hostdev") &&
               !tree_attribute_is(interface, "type", "vdpa");
}

xmlNode *interface_find(const xmlNode *devices, const char *alias)
{
        xmlNode *first = NULL;

        for (xmlNode *node = devices->children; node; node = node->next) {
                if (!tree_is_element(node, "interface"))
                        continue;
                if (alias && has_alias(node, alias))
                        return node;
                if (!first && is_networked(node))
                        first = node;
        }
        return first;
}

/* --- the patch of one --- */

/* What belongs to other types of interface and is refused or misread for 'ethernet'. */
static const char *const foreign[] = { "source", "virtualport",  "portForward", "backend",
                                       "ip",     "route",        "script",      "vlan",
                                       "actual", "backenddomain" };

static const char *const virtio[] = { "virtio", "virtio-transitional", "virtio-non-transitional" };

static bool is_virtio(xmlNode *interface)
{
        xmlNode *model = tree_child(interface, "model");

        for (size_t i = 0; i < ARRAY_SIZE(virtio); i++)
                if (!model || tree_attribute_is(model, "type", virtio[i]))
                        return true;
        return false;
}

static bool is_virtio_model(const char *model)
{
        for (size_t i = 0; i < ARRAY_SIZE(virtio); i++)
                if (strcmp(model, virtio[i]) == 0)
                        return true;
        return false;
}

static void set_number(xmlNode *node, const char *name, unsigned number)
{
        char text[16];

        snprintf(text, sizeof(text), "%u", number);
        tree_set_attribute(node, name, text);
}

/* Which of its generations a virtio card is of, the domain knows best. */
static void patch_model(xmlNode *interface, const char *model)
{
        if (model &&
            (!is_virtio_model(model) || !is_virtio(interface) || !tree_child(interface, "model")))
                tree_set_attribute(tree_need_child(interface, "model"), "type", model);
}

/* Only virtio has queues; libvirt refuses them elsewhere. */
static void patch_driver(xmlNode *interface, const struct domain_interface *wanted)
{
        if (!is_virtio(interface) || (wanted->queues <= 1 && !wanted->driver) ||
            wanted->queues == 0)
                return;
        if (wanted->driver)
                tree_set_attribute(tree_need_child(interface, "driver"), "name", wanted->driver);
        set_number(tree_need_child(interface, "driver"), "queues", wanted->queues);
}

/* libvirt's four parts of "0000:81:01.0" */
static void patch_address(xmlNode *interface, const char *address)
{
        static const char *const parts[] = { "domain", "bus", "slot", "function" };
        const char *p = address;
        xmlNode *node;

        if (!address)
                return;
        node = tree_need_child(interface, "address");
        tree_set_attribute(node, "type", "pci");
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
                size_t len = strcspn(p, ":.");
                char text[16];

                snprintf(text, sizeof(text), "0x%.*s", (int)len, p);
                tree_set_attribute(node, parts[i], text);
                p += len + (p[len] != '\0');
        }
}

static void patch_link(xmlNode *interface, const char *state)
{
        if (state && (strcmp(state, "up") != 0 || tree_child(interface, "link")))
                tree_set_attribute(tree_need_child(interface, "link"), "state", state);
}

/* What the network card is to the guest, where somebody asks for it. */
static void patch_card(xmlNode *interface, const struct domain_interface *wanted)
{
        patch_model(interface, wanted->model);
        patch_driver(interface, wanted);
        patch_address(interface, wanted->pci_address);
        patch_link(interface, wanted->link_state);
        if (wanted->acpi_index)
                set_number(tree_need_child(interface, "acpi"), "index", wanted->acpi_index);
        if (wanted->boot_order) {
                tree_remove_children(interface, "rom"); /* the guest boots from it */
                set_number(tree_need_child(interface, "boot"), "order", wanted->boot_order);
        } else if (wanted->no_rom) {
                tree_set_attribute(tree_need_child(interface, "rom"), "enabled", "no");
        }
}

static void patch_interface(xmlNode *interface, const struct domain_interface *wanted)
{
        xmlNode *target;

        tree_set_attribute(interface, "type", "ethernet");
        xmlUnsetProp(interface, X("trustGuestRxFilters")); /* macvtap's */
        for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
                tree_remove_children(interface, foreign[i]);
        if (wanted->mac)
                tree_set_attribute(tree_need_child(interface, "mac"), "address", wanted->mac);
        target = tree_need_child(interface, "target");
        tree_set_attribute(target, "dev", wanted->tap);
        tree_set_attribute(target, "managed", "no");
        if (wanted->mtu_bytes)
                set_number(tree_need_child(interface, "mtu"), "size", wanted->mtu_bytes);
        patch_card(interface, wanted);
}

static xmlNode *add_interface(xmlNode *devices, const struct domain_interface *wanted)
{
        xmlNode *interface = xmlNewDocNode(devices->doc, NULL, X("interface"), NULL), *node;
        char indent[128], name[256];

        tree_indent(devices, "\n    ", indent);
        tree_append(devices, interface, indent);
        node = tree_need_child(interface, "model");
        xmlSetProp(node, X("type"), X(wanted->model ? wanted->model : "virtio"));
        if (wanted->alias) {
                snprintf(name, sizeof(name), "ua-%s", wanted->alias);
                xmlSetProp(tree_need_child(interface, "alias"), X("name"), X(name));
        }
        return interface;
}

/* --- several --- */

static bool child_has(xmlNode *interface, const char *child, const char *name, const char *value)
{
        xmlNode *node = value ? tree_child(interface, child) : NULL;

        return node && tree_attribute_is(node, name, value);
}

/* What an <interface> can be known by, the surest first. */
enum likeness {
        BY_ALIAS,
        BY_TARGET,
        BY_MAC,
        BY_ORDER,
};

static bool is_like(xmlNode *interface, const struct domain_interface *wanted, enum likeness by)
{
        switch (by) {
        case BY_ALIAS:
                return wanted->alias && has_alias(interface, wanted->alias);
        case BY_TARGET:
                return is_networked(interface) &&
                       child_has(interface, "target", "dev", wanted->tap);
        case BY_MAC:
                return is_networked(interface) &&
                       child_has(interface, "mac", "address", wanted->mac);
        case BY_ORDER:
                return is_networked(interface);
        }
        return false;
}

static bool is_taken(xmlNode *const *taken, size_t n, const xmlNode *node)
{
        for (size_t i = 0; i < n; i++)
                if (taken[i] == node)
                        return true;
        return false;
}

/* @taken has NULL for those of @wanted that have none yet. */
static void match(const xmlNode *devices, const struct domain_interface *wanted, size_t n,
                  enum likeness by, xmlNode **taken)
{
        for (size_t i = 0; i < n; i++) {
                if (taken[i] || (by != BY_ALIAS && wanted[i].by_alias_only))
                        continue;
                for (xmlNode *node = devices->children; node && !taken[i]; node = node->next)
                        if (tree_is_element(node, "interface") && !is_taken(taken, n, node) &&
                            is_like(node, &wanted[i], by))
                                taken[i] = node;
        }
}

/*
 * libvirt gives places on the bus in the order of the document, where nothing else is said: what is
 * ours there takes its turns in the order it is wanted in. The blanks stay where they are.
 */
static int put_in_order(xmlNode *devices, xmlNode *const *taken, size_t n)
{
        _cleanup_free_ xmlNode **places = calloc(n + 1, sizeof(*places));
        size_t k = 0;

        if (!places)
                return -ENOMEM;
        for (xmlNode *node = devices->children; node && k < n; node = node->next)
                if (is_taken(taken, n, node)) {
                        places[k] = xmlNewDocComment(devices->doc, X("")); /* keeps the place */
                        if (!places[k])
                                return -ENOMEM;
                        xmlAddPrevSibling(node, places[k++]);
                }
        for (size_t i = 0; i < k; i++)
                xmlFreeNode(xmlReplaceNode(places[i], taken[i]));
        return 0;
}

int interface_patch_all(xmlNode *devices, const struct domain_interface *wanted, size_t n)
{
        _cleanup_free_ xmlNode **taken = calloc(n + 1, sizeof(*taken));

        if (!taken)
                return -ENOMEM;
        match(devices, wanted, n, BY_ALIAS, taken);
        if (n > 1) { /* a single one is the first, whatever it was before */
                match(devices, wanted, n, BY_TARGET, taken);
                match(devices, wanted, n, BY_MAC, taken);
        }
        match(devices, wanted, n, BY_ORDER, taken);
        for (size_t i = 0; i < n; i++) {
                if (!taken[i])
                        taken[i] = add_interface(devices, &wanted[i]);
                patch_interface(taken[i], &wanted[i]);
        }
        return put_in_order(devices, taken, n);
}
