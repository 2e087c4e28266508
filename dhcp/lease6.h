/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lease6.h - an identity as what the guest is told of IPv6
 */
#pragma once

#include "dhcp/cursor.h"
#include "podgraft/dhcp.h"

/* A router advertisement is no longer, so that it fits every IPv6 link (RFC 8200 section 5). */
#define RA_OPTIONS_MAX (1280 - 40 - 16 - 8) /* bytes besides the sender's MAC */

/* In a configuration: what one advertisement carries. */
struct conf_ra {
        uint8_t router; /* in conf->routers6 */
        uint16_t len;   /* bytes */
        const uint8_t *options;
};

/** conf_ras() - for conf_ra_next() */
struct reader conf_ras(const struct dhcp_conf *conf);

/** conf_ra_next() - Return: false: that was the last one, or what follows is none */
bool conf_ra_next(struct reader *r, struct conf_ra *ret);

/** lease6_make() - fill in the IPv6 part of @conf, of which the rest is there already */
void lease6_make(const struct podnet *net, struct dhcp_conf *conf, struct notes *notes);
