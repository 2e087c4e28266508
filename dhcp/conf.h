/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conf.h - the options in a struct dhcp_conf, of either family: encoded, the most wanted first
 *
 * Each is: code (two bytes), audience, length (two bytes), value. The value is what goes on the
 * wire, of any length. Code 0, which is no option, holds DHCPv4's next server (siaddr).
 */
#pragma once

#include "dhcp/cursor.h"
#include "podgraft/dhcp.h"

#define DHCP4_NEXT_SERVER 0

enum dhcp_audience {
        DHCP_EVERYBODY,
        DHCP_IPXE, /* clients whose user class (77) is "iPXE"; goes before everybody's */
};

struct conf_option {
        uint16_t code;
        uint8_t audience; /* enum dhcp_audience */
        uint16_t len;     /* bytes */
        const uint8_t *value;
};

/** conf_options() - for conf_option_next() */
struct reader conf_options(const struct dhcp_options *options);

/** conf_option_next() - Return: false: that was the last one, or what follows is none */
bool conf_option_next(struct reader *r, struct conf_option *ret);

/** conf_option_find() - the option for exactly this audience; Return: false: there is none */
bool conf_option_find(const struct dhcp_options *options, enum dhcp_audience audience,
                      uint16_t code, struct conf_option *ret);

/** conf_option_put() - append one; Return: 0; -ENOSPC, and nothing is appended */
int conf_option_put(struct dhcp_options *options, enum dhcp_audience audience, uint16_t code,
                    const void *value, size_t len);

/** conf_is_sound() - the configuration is of this version and its options are whole */
bool conf_is_sound(const struct dhcp_conf *conf);
