/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/pod_interface.h"

#include <string.h>

#include "launcher/options.h"

#define TAKE(field, value)                                                                         \
        do {                                                                                       \
                if (value)                                                                         \
                        (field) = (value);                                                         \
        } while (0)

void pod_interface_apply(const struct pod_interface *interface, struct options *options)
{
        struct netsetup_conf *net = &options->net;

        TAKE(net->interface, interface->name);
        if (interface->has_mac) {
                net->has_mac = true;
                memcpy(net->mac, interface->mac, MAC_LEN);
        }
        TAKE(net->mtu_bytes, interface->mtu_bytes);
        TAKE(net->queues, interface->queues);
        TAKE(net->dhcp, interface->dhcp);
        TAKE(net->ipv6, interface->ipv6);
        if (interface->hostname)
                net->default_hostname = false;
        TAKE(net->hostname, interface->hostname);
        if (interface->resolv_conf)
                net->default_resolv_conf = false;
        TAKE(net->resolv_conf, interface->resolv_conf);
        TAKE(options->lease_sec, interface->lease_sec);
        if (interface->n_dhcp_options > 0) {
                memcpy(options->dhcp_options, interface->dhcp_options,
                       sizeof(options->dhcp_options));
                options->n_dhcp_options = interface->n_dhcp_options;
        }
        TAKE(options->alias, interface->alias);
        TAKE(options->model, interface->model);
        TAKE(options->boot_order, interface->boot_order);
        TAKE(options->pci_address, interface->pci_address);
        TAKE(options->acpi_index, interface->acpi_index);
        TAKE(options->link_state, interface->link_state);
        TAKE(options->no_rom, interface->no_rom);
}

size_t options_n_interfaces(const struct options *options)
{
        return options->n_names > 0 ? options->n_names : options->n_interfaces;
}

void options_for_name(const struct options *options, const char *name, struct options *ret)
{
        *ret = *options;
        ret->net.interface = name;
        for (size_t i = 0; i < options->n_interfaces; i++)
                if (options->interfaces[i].name && strcmp(options->interfaces[i].name, name) == 0)
                        pod_interface_apply(&options->interfaces[i], ret);
}

void options_for(const struct options *options, size_t i, struct options *ret)
{
        if (options->n_names > 0) {
                options_for_name(options, options->names[i], ret);
                return;
        }
        *ret = *options;
        if (i < options->n_interfaces)
                pod_interface_apply(&options->interfaces[i], ret);
}
