/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp6_message.h - DHCPv6 between wire and values
 */
#pragma once

#include <netinet/in.h>

#include "dhcp/cursor.h"
#include "dhcp/dhcp6_protocol.h"

#define DHCP6_MAX_IAS       8   /* in one message; clients have one, rarely two */
#define DHCP6_MAX_LISTED    16  /* addresses in one IA */
#define DHCP6_MAX_REQUESTED 128 /* codes in the option request option */
#define DHCP6_MAX_FQDN      255 /* bytes of a name on the wire; RFC 1035 section 2.3.4 */

/* An identity association: a set of addresses that the client manages together. */
struct dhcp6_ia {
        uint16_t code; /* DHCP6_OPT_IA_NA, _IA_TA, _IA_PD */
        uint8_t iaid[4];
        uint8_t n_listed;
        struct in6_addr listed[DHCP6_MAX_LISTED]; /* not of IA_PD */
};

/* What the responder reads of a client's message. */
struct dhcp6_request {
        uint8_t type; /* enum dhcp6_message_type */
        uint8_t transaction[3];
        bool has_client_id, has_server_id, has_rapid_commit, has_fqdn, has_option_request;
        bool is_ipxe;    /* its user class says so */
        bool is_unicast; /* sent to the responder's own address; for the caller to set */
        uint8_t client_id[DHCP6_DUID_MAX], client_id_len;
        uint8_t server_id[DHCP6_DUID_MAX], server_id_len;
        uint8_t n_ias;
        struct dhcp6_ia ias[DHCP6_MAX_IAS];
        uint8_t n_requested;
        uint16_t requested[DHCP6_MAX_REQUESTED];
        uint8_t fqdn_flags, fqdn_len;
        uint8_t fqdn[DHCP6_MAX_FQDN]; /* as it came, proven to be labels */
};

enum dhcp6_flaw { /* why a message is none; each has a counter of its own */
        DHCP6_FLAW_NONE = 0,
        DHCP6_FLAW_LENGTH,  /* it ends before its options */
        DHCP6_FLAW_OPTIONS, /* one runs over the end, is not as long as it must be, or is there
                               twice or more often than anybody needs it */
};

/**
 * dhcp6_request_parse() - read a client's message; a relay's is known by its type alone
 * Return: DHCP6_FLAW_NONE; else what is wrong, and *ret is untouched
 */
enum dhcp6_flaw dhcp6_request_parse(const uint8_t *data, size_t len, struct dhcp6_request *ret);

/** write_option6() - one option with its value */
void write_option6(struct writer *w, uint16_t code, const void *value, size_t len);

/** write_status6() - the Status Code option; @message is for people */
void write_status6(struct writer *w, enum dhcp6_status status, const char *message);

/**
 * begin_option6() - the header of an option whose value is written next
 * Return: for end_option6(), which fills in the length
 */
size_t begin_option6(struct writer *w, uint16_t code);
void end_option6(struct writer *w, size_t begin);
