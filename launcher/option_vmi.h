/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option_vmi.h - --vmi: KubeVirt's VMI as options, its interfaces as the list of interfaces
 */
#pragma once

#include "launcher/options.h"
#include "launcher/vmi.h"

/**
 * option_vmi_take() - read --vmi and --network-status, where they are given, into @options
 * @ret: must outlive @options, and then go with vmi_done(); empty where no VMI is given
 * Return: 0; ERROR_USAGE naming file and place
 */
int option_vmi_take(struct options *options, struct vmi *ret, struct error *err);

/**
 * option_vmi_resolve() - the VMI's own domain in front of the guest's search list
 * After options_resolve(), outside of the network namespace: the file that it is read from may be
 * the node's.
 */
int option_vmi_resolve(struct options *options, const struct vmi *vmi, struct error *err);

/** option_vmi_settle() - within the namespace: which of KubeVirt's names does this pod have? */
void option_vmi_settle(struct options *options, const struct vmi *vmi);

/** option_vmi_add_search() - resolv.conf's @text with the VMI's domain; NULL: it has none */
char *option_vmi_add_search(const struct vmi *vmi, const char *text);
