/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lease_dhcp6.h - an identity and the user's wishes as options of DHCPv6
 */
#pragma once

#include "podgraft/dhcp.h"

/**
 * lease_dhcp6_make() - fill in @conf->options6
 * @user: a configuration with nothing in it but the user's options
 */
void lease_dhcp6_make(const struct podnet *net, const struct dhcp_conf *user,
                      struct dhcp_conf *conf, struct notes *notes);
