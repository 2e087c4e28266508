/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * interface.h - inside domain: which <interface> is meant, and what it becomes
 */
#pragma once

#include "domain/tree.h"
#include "podgraft/domain.h"

/** interface_find() - the one whose alias is @alias, else the first; NULL: there is none */
xmlNode *interface_find(const xmlNode *devices, const char *alias);

/** interface_patch_all() - find or add an <interface> for each of @wanted; Return: 0; -ENOMEM */
int interface_patch_all(xmlNode *devices, const struct domain_interface *wanted, size_t n);
