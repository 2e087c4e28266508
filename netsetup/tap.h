/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "netsetup/netstate.h"

#define TUN_DEVICE "/dev/net/tun"

/**
 * tap_add() - a persistent tap that is down: link's name, owner, group, queues
 * Return: 0; ERROR_CANNOT where /dev/net/tun is missing or may not be used, with the remedy.
 */
int tap_add(const struct ns_link *link, struct error *err);

/** tap_check() - is /dev/net/tun what it should be? Opens it and changes nothing. */
int tap_check(struct error *err);
