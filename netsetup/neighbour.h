/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * neighbour.h - who is where on the pod's link
 */
#pragma once

#include "netsetup/netlink.h"

/**
 * neighbour_find_gateways() - ask for the IPv6 gateways that graft_learn_gateways() misses
 * Takes the time that they take to answer, and not long: who does not is found out by the guest
 * later on, and that is no error.
 * Return: 0; -ENOMEM
 */
int neighbour_find_gateways(struct netlink *nl, int ifindex, struct podnet *net);
