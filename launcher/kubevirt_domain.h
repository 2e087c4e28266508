/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kubevirt_domain.h - a VMI's interfaces as they belong into its domain's XML; pure but for the
 * pod's links, which the caller looks at
 */
#pragma once

#include "launcher/vmi.h"
#include "podgraft/domain.h"

/* What the pod has of an interface; zero: it does not have it. */
struct kubevirt_link {
        unsigned mtu_bytes;             /* of the tap */
        bool knows_queues, multi_queue; /* is the tap one of several queues? */
        bool has_mac;
        uint8_t mac[MAC_LEN]; /* of whatever bears the pod interface's name */
};

/** kubevirt_tap() - what KubeVirt calls the tap of the pod's interface called @pod_interface */
void kubevirt_tap(const struct vmi_interface *interface, const char *pod_interface,
                  char ret[IFNAMSIZ]);

/**
 * kubevirt_domain_interface() - the <interface> that KubeVirt itself would make
 * @mac: a buffer of the caller's; @ret borrows it, @tap and what @interface has
 * Return: 0; -EINVAL (ERROR_USAGE): tap and VMI do not fit together
 */
int kubevirt_domain_interface(const struct vmi_interface *interface,
                              const struct kubevirt_link *link, const char *tap,
                              char mac[MAC_TEXT_LEN], struct domain_interface *ret,
                              struct error *err);
