/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_message.h - DHCPv4 between wire and values
 */
#pragma once

#include <netinet/in.h>

#include "dhcp/cursor.h"
#include "dhcp/dhcp4_protocol.h"
#include "podgraft/podnet.h"

/* A value of up to 255 bytes that a client sent; empty: it did not. */
struct dhcp4_bytes {
        uint8_t data[255];
        uint8_t len;
};

/* What the responder reads of a client's message. Addresses are in network byte order. */
struct dhcp4_request {
        uint32_t xid;
        uint16_t secs, flags;
        struct in_addr ciaddr, giaddr;
        uint8_t chaddr[MAC_LEN];
        uint8_t link_mac[MAC_LEN]; /* whom the frame was from; chaddr unless the caller knows better
                                    */
        uint16_t message_bytes;

        uint8_t type; /* enum dhcp4_message_type; 0: BOOTP */
        bool has_server_id, has_requested;
        bool has_rapid_commit;
        bool is_ipxe; /* its user class says so */
        struct in_addr server_id, requested;
        uint16_t max_message_bytes; /* with IP and UDP headers; 0: not told */
        struct dhcp4_bytes client_id, relay_agent, client_uuid, parameters;
        char host_name[64]; /* printable part, NUL-terminated */
        char vendor_class[64];
};

enum dhcp4_flaw { /* why a message is none; each has a counter of its own */
        DHCP4_FLAW_NONE = 0,
        DHCP4_FLAW_LENGTH, /* it ends before its options */
        DHCP4_FLAW_OP,
        DHCP4_FLAW_HTYPE,
        DHCP4_FLAW_HLEN,
        DHCP4_FLAW_COOKIE,
        DHCP4_FLAW_OPTIONS, /* one runs over the end, or is not as long as it must be */
};

/**
 * dhcp4_request_parse() - read a BOOTP request of an Ethernet client
 * Options that overflow into file and sname (52) are read, repeated ones are joined (RFC 3396).
 * Return: DHCP4_FLAW_NONE; else what is wrong, and *ret is untouched
 */
enum dhcp4_flaw dhcp4_request_parse(const uint8_t *data, size_t len, struct dhcp4_request *ret);

/* Option writers. A value over 255 bytes is split (RFC 3396). */
void write_option(struct writer *w, uint8_t code, const void *value, size_t len);
void write_option_u8(struct writer *w, uint8_t code, uint8_t value);
void write_option_u16(struct writer *w, uint8_t code, uint16_t value);
void write_option_u32(struct writer *w, uint8_t code, uint32_t value);
void write_option_addr(struct writer *w, uint8_t code, struct in_addr addr);
