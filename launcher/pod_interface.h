/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pod_interface.h - what is asked for one of the pod's interfaces, beyond what is for all of them
 *
 * An entry of "interfaces" in the file for --config becomes one of these, and so does whatever else
 * knows a pod's interfaces. Zero and NULL: as the common options say. Strings are borrowed.
 */
#pragma once

#include "podgraft/dhcp.h"
#include "podgraft/podnet.h"

#define POD_INTERFACES_MAX 32

struct pod_interface {
        const char *name; /* "net1", as the pod knows it; NULL: the default route's, else eth0 */
        bool has_mac;
        uint8_t mac[MAC_LEN]; /* the guest's */
        uint32_t mtu_bytes;
        uint32_t queues;
        const char *dhcp; /* "both", "v4", "v6", "off" */
        const char *ipv6; /* "auto", "ra-only", "slaac", "off" */
        uint32_t lease_sec;
        const char *dhcp_options[DHCP_MAX_USER_OPTIONS]; /* in the place of the common ones */
        size_t n_dhcp_options;
        const char *hostname;
        const char *resolv_conf; /* path */

        /* Of the domain's <interface> */
        const char *alias; /* the one with <alias name='ua-ALIAS'/>; NULL: the name */
        const char *model; /* "virtio", "e1000e" */
        uint32_t boot_order;
        const char *pci_address; /* "0000:81:00.0" */
        uint32_t acpi_index;
        const char *link_state; /* "up", "down": what the guest sees of its cable */
        bool no_rom;            /* unless there is a boot order */
};

struct options;

/** pod_interface_apply() - @options become those of @interface alone */
void pod_interface_apply(const struct pod_interface *interface, struct options *options);

/** options_n_interfaces() - how many are asked for; 0: none is named */
size_t options_n_interfaces(const struct options *options);

/** options_for() - those of the @i-th interface alone; what is borrowed is @options' */
void options_for(const struct options *options, size_t i, struct options *ret);

/**
 * options_for_name() - those of the interface @name, whether it is asked for or not
 * @name: must outlive @ret
 */
void options_for_name(const struct options *options, const char *name, struct options *ret);
