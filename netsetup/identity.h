/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * identity.h - inside graft_identity()
 */
#pragma once

#include "netsetup/graft.h"

/**
 * identity_routes() - what the guest's own address does not bring along
 * @net: has its addresses already
 * Return: 0; -ENOMEM
 */
int identity_routes(const struct netstate *state, const struct ns_link *nic, struct podnet *net,
                    struct notes *notes);
