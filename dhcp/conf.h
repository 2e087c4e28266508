/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conf.h - the options in a struct dhcp_conf: encoded, the most wanted first
 *
 * Each is: code, audience, length (two bytes), value. The value is what goes on the wire, of any
 * length. Code 0, which is no option, holds the next server's address (siaddr).
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
        uint8_t code;
        uint8_t audience; /* enum dhcp_audience */
        uint16_t len;     /* bytes */
        const uint8_t *value;
};

/** conf_options() - for conf_option_next() */
struct reader conf_options(const struct dhcp_conf *conf);

/** conf_option_next() - Return: false: that was the last one, or what follows is none */
bool conf_option_next(struct reader *r, struct conf_option *ret);

/** conf_option_find() - the option for exactly this audience; Return: false: there is none */
bool conf_option_find(const struct dhcp_conf *conf, enum dhcp_audience audience, uint8_t code,
                      struct conf_option *ret);

/** conf_option_put() - append one; Return: 0; -ENOSPC, and nothing is appended */
int conf_option_put(struct dhcp_conf *conf, enum dhcp_audience audience, uint8_t code,
                    const void *value, size_t len);

/*
 * The options of DHCPv6, in options6[], are: code (two bytes), audience, length (two bytes), value.
 */
struct conf_option6 {
        uint16_t code;
        uint8_t audience; /* enum dhcp_audience */
        uint16_t len;     /* bytes */
        const uint8_t *value;
};

/* As those above. */
struct reader conf_options6(const struct dhcp_conf *conf);
bool conf_option6_next(struct reader *r, struct conf_option6 *ret);
bool conf_option6_find(const struct dhcp_conf *conf, enum dhcp_audience audience, uint16_t code,
                       struct conf_option6 *ret);
int conf_option6_put(struct dhcp_conf *conf, enum dhcp_audience audience, uint16_t code,
                     const void *value, size_t len);

/** conf_is_sound() - the configuration is of this version and its options are whole */
bool conf_is_sound(const struct dhcp_conf *conf);
