/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/kubevirt_domain.h"

#include <stdio.h>
#include <string.h>

/* "pod16477688c0e" has "tap16477688c0e", "net1" has "tap1"; the primary one has "tap0". */
void kubevirt_tap(const struct vmi_interface *interface, const char *pod_interface,
                  char ret[IFNAMSIZ])
{
        if (interface->is_default)
                strcpy(ret, "tap0");
        else
                snprintf(ret, IFNAMSIZ, "tap%s",
                         strlen(pod_interface) > 3 ? pod_interface + 3 : pod_interface);
}

int kubevirt_domain_interface(const struct vmi_interface *interface,
                              const struct kubevirt_link *link, const char *tap,
                              char mac[MAC_TEXT_LEN], struct domain_interface *ret,
                              struct error *err)
{
        /* QEMU opens it with as many queues as it is told, and then the kernel says EINVAL. */
        if (link->knows_queues && (interface->queues > 1) != link->multi_queue)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "'%s' was made with %s, but the VMI's "
                                       "networkInterfaceMultiqueue and virtual CPUs make %u: wire "
                                       "the pod with --queues %u (\"queues\" in the network of "
                                       "podgraft-cni)",
                                       tap, link->multi_queue ? "several queues" : "one queue",
                                       interface->queues ? interface->queues : 1,
                                       interface->queues ? interface->queues : 1);
        *ret = (struct domain_interface){
                .alias = interface->name,
                .by_alias_only = true,
                .tap = tap,
                .mtu_bytes = link->mtu_bytes,
                .queues = interface->queues,
                .driver = interface->queues > 0 ? "vhost" : NULL,
                .model = interface->model,
                .boot_order = interface->boot_order,
                .no_rom = true,
                .pci_address = interface->pci_address,
                .acpi_index = interface->acpi_index,
                .link_state = interface->state == VMI_STATE_DOWN ? "down" : "up",
        };
        if (interface->has_mac)
                ret->mac = mac_format(interface->mac, mac);
        else if (link->has_mac)
                ret->mac = mac_format(link->mac, mac);
        return 0;
}
