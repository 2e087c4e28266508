/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vif_cache.h - what KubeVirt keeps of an interface whose pod it wired; pure
 *
 * "vif-cache-eth0.json": Go's JSON of addresses, bytes in base64. From it a pod is known whose
 * interface has lost its address to the guest.
 */
#pragma once

#include <stddef.h>

#include "podgraft/error.h"
#include "podgraft/podnet.h"

/**
 * vif_cache_read() - who the pod is, as far as KubeVirt's cache tells
 * Interface, MAC, MTU, IPv4 address, routes, server. With IPAMDisabled there is no address.
 * @text: @len bytes with a NUL behind them; @source: how errors call it
 * Return: 0 with *ret to be freed; -EINVAL (ERROR_USAGE) naming the place in the JSON
 */
int vif_cache_read(const char *text, size_t len, const char *source, struct podnet **ret,
                   struct error *err);

/** vif_cache_read_file() - the same of a file */
int vif_cache_read_file(const char *path, struct podnet **ret, struct error *err);

/** vif_cache_find() - FILE itself, or DIR/vif-cache-<interface>.json; to be freed */
char *vif_cache_find(const char *path, const char *interface);
