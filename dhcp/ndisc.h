/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ndisc.h - neighbour discovery between wire and values (RFC 4861, 4191, 8106)
 */
#pragma once

#include "dhcp/frame.h"
#include "dhcp/ndisc_protocol.h"

/* What is read of a solicitation, or of a neighbour advertisement. */
struct nd_message {
        uint8_t type;                   /* enum nd_type; never an advertisement of a router's */
        struct in6_addr target;         /* of neighbour messages */
        bool is_solicited, is_override; /* of an advertisement */
        bool has_mac;
        uint8_t mac[MAC_LEN]; /* of the sender, in an advertisement of the target */
};

enum nd_flaw {
        ND_FLAW_NONE,
        ND_FLAW_TYPE,      /* not for us */
        ND_FLAW_HOP_LIMIT, /* it came from beyond the link */
        ND_FLAW_LENGTH,
        ND_FLAW_CODE,
        ND_FLAW_OPTIONS,   /* one is empty, runs over the end, or is not as long as it must be */
        ND_FLAW_ADDRESSES, /* its source, destination and target cannot stand together */
};

/**
 * ndisc_parse() - read a FRAME_ICMP6, with all the checks of RFC 4861 sections 6.1.1, 7.1.1, 7.1.2
 * Return: ND_FLAW_NONE; else what is wrong, and *ret is untouched
 */
enum nd_flaw ndisc_parse(const struct frame *f, struct nd_message *ret);

/* Whole messages, their checksums 0: frame_write_icmp6() makes them. */

/** ndisc_write_ns() - without the sender's MAC, as may be to a unicast address (section 4.3) */
void ndisc_write_ns(struct writer *w, const struct in6_addr *target);

/** ndisc_write_na() - @flags: ND_NA_… */
void ndisc_write_na(struct writer *w, uint8_t flags, const struct in6_addr *target,
                    const uint8_t mac[MAC_LEN]);

/** ndisc_write_ra() - up to the options; @flags: ND_RA_… and a preference */
void ndisc_write_ra(struct writer *w, uint8_t flags, uint16_t lifetime_sec);

/* Options of a router advertisement; lifetimes are as long as a router's, or infinite. */
void write_nd_mac(struct writer *w, enum nd_option code, const uint8_t mac[MAC_LEN]);
void write_nd_mtu(struct writer *w, uint32_t mtu_bytes);
/** write_nd_prefix() - on-link, not autonomous; host bits do not matter */
void write_nd_prefix(struct writer *w, const struct ip_prefix *prefix);
void write_nd_route(struct writer *w, const struct ip_prefix *dst);
void write_nd_rdnss(struct writer *w, const struct in6_addr *servers, size_t n);
void write_nd_dnssl(struct writer *w, const char (*domains)[PODNET_DOMAIN_LEN], size_t n);

enum nd_withdrawal {
        ND_WITHDRAW_NOTHING,
        ND_WITHDRAW_ROUTES,
        ND_WITHDRAW_ALL, /* name servers and search lists, too */
};

/** write_nd_options() - options that are encoded already; what is withdrawn has a lifetime of 0 */
void write_nd_options(struct writer *w, const uint8_t *options, size_t len, enum nd_withdrawal how);
