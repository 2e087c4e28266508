/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option.h - typed options, a table for each family: from text to what goes on the wire
 *
 * Only who makes a configuration needs this; the responder finds the values encoded.
 */
#pragma once

#include "dhcp/conf.h"
#include "dhcp/dhcp4_protocol.h"

enum dhcp_type {
        TYPE_OWNED, /* podgraft's own: cannot be given */
        /* of DHCPv4 only */
        TYPE_ADDRS,
        TYPE_ADDR,
        TYPE_ADDR_PAIRS,
        TYPE_DOMAINS,
        TYPE_ROUTES,
        /* of both */
        TYPE_FLAG,
        TYPE_U8,
        TYPE_U16,
        TYPE_U16S,
        TYPE_U32,
        TYPE_S32,
        TYPE_TEXT,
        TYPE_HEX,
        /* of DHCPv6 only */
        TYPE_ADDRS6,
        TYPE_NAMES,
        TYPE_NAME,
        TYPE_NTP,
        TYPE_PARAMS,

        FIRST_TYPE_OF_6 = TYPE_FLAG,
        LAST_TYPE_OF_4 = TYPE_HEX,
};

struct dhcp_option_row {
        uint16_t code; /* DHCP4_NEXT_SERVER: siaddr */
        enum dhcp_type type;
        const char *name; /* on the command line; in JSON with underscores */
        const char *why;  /* TYPE_OWNED: why it cannot be given */
};

/** dhcp_option_table() - all rows of DHCPv4, by code */
const struct dhcp_option_row *dhcp_option_table(size_t *ret_n);

/** dhcp_option6_table() - all rows of DHCPv6, by code */
const struct dhcp_option_row *dhcp_option6_table(size_t *ret_n);

struct option_key {
        bool is_v6;
        enum dhcp_audience audience;
        uint16_t code;
};

/**
 * option_parse() - one of the user's: "[6:][ipxe:]NAME|CODE=[TYPE:]VALUE"
 * @w: gets the encoded value
 * Return: 0; -EINVAL (ERROR_USAGE) naming the option and what it takes
 */
int option_parse(const char *text, struct option_key *ret, struct writer *w, struct error *err);

/**
 * option_encode() - the value of an option: "[TYPE:]VALUE"
 * Return: as option_parse()
 */
int option_encode(const struct dhcp_option_row *row, bool is_v6, const char *value,
                  struct writer *w, struct error *err);

/** option_expects() - what a value of this type is, for people */
const char *option_expects(enum dhcp_type type);

/** option_parse_number() - Return: 0; -EINVAL: not a decimal number of that range */
int option_parse_number(const char *text, int64_t min, int64_t max, int64_t *ret);

/**
 * write_domains() - a search list with compression (RFC 3397 section 2)
 * @domains: valid, lower case, not empty
 * Return: how many of them were written: the first one that does not fit ends the list
 */
size_t write_domains(struct writer *w, const char (*domains)[PODNET_DOMAIN_LEN], size_t n);

/** write_name() - one name without compression, as DHCPv6 wants it (RFC 8415 section 10) */
void write_name(struct writer *w, const char *domain);

/** write_route() - the destination's significant bytes only, and the gateway (RFC 3442) */
void write_route(struct writer *w, const struct ip_prefix *dst, struct in_addr gateway);
