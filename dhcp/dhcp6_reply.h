/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp6_reply.h - what a DHCPv6 server says, put together; pure
 */
#pragma once

#include "dhcp/dhcp6_message.h"
#include "podgraft/dhcp.h"

#define DHCP6_REPLY_MAX 1452 /* bytes: 1500 without IPv6 and UDP headers */
#define DHCP6_NOBODY    UINT8_MAX

struct dhcp6_reply {
        size_t len; /* bytes; 0: silence */
        uint8_t data[DHCP6_REPLY_MAX];
};

/* Which IA of a message gets which of the pod's addresses: an index, or DHCP6_NOBODY. */
struct dhcp6_shares {
        uint8_t ia_of[DHCP_MAX_ADDRESSES6];
};

/* What is in a message besides both identifiers. */
struct dhcp6_content {
        uint8_t type;                      /* DHCP6_ADVERTISE or DHCP6_REPLY */
        const struct dhcp6_shares *shares; /* NULL: no IA is answered with addresses */
        bool has_status, has_options;
        enum dhcp6_status status; /* of the message */
        const char *text;         /* for people */
        bool has_unbound;         /* IAs that have none of the pod's addresses: NoBinding */
};

/** dhcp6_is_pods() - one of the pod's addresses? */
bool dhcp6_is_pods(const struct dhcp_conf *conf, const struct in6_addr *ip);

/** dhcp6_is_bound() - may be said to be a binding: an IA_NA that lists one of the pod's addresses
 */
bool dhcp6_is_bound(const struct dhcp_conf *conf, const struct dhcp6_ia *ia);

/** dhcp6_has_foreign() - lists an address that is not the pod's */
bool dhcp6_has_foreign(const struct dhcp_conf *conf, const struct dhcp6_ia *ia);

/** dhcp6_server_id() - the server's DUID: its link-layer address (RFC 8415 section 11.4) */
void dhcp6_server_id(const struct dhcp_conf *conf, uint8_t ret[DHCP6_DUID_LL_LEN]);

/**
 * dhcp6_reply_build() - write the reply to @req
 * Return: 0; -EMSGSIZE: even what must be in it does not fit; ret->len is 0 then
 */
int dhcp6_reply_build(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                      const struct dhcp6_content *content, struct dhcp6_reply *ret);
