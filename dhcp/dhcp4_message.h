/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_message.h - DHCPv4 between wire and values
 */
#pragma once

#include <netinet/in.h>

#include "dhcp/cursor.h"
#include "dhcp/dhcp4_protocol.h"
#include "podgraft/podnet.h"

/* What the responder reads of a client's message. Addresses are in network byte order. */
struct dhcp4_request {
        uint32_t xid;
        uint16_t secs, flags;
        struct in_addr ciaddr, giaddr;
        uint8_t chaddr[MAC_LEN];

        uint8_t type; /* enum dhcp4_message_type; 0: BOOTP */
        bool has_server_id, has_requested;
        struct in_addr server_id, requested;
        uint16_t max_message_bytes; /* with IP and UDP headers; 0: not told */
        uint8_t client_id[255];
        uint8_t client_id_len;
        uint8_t parameters[255];
        uint8_t n_parameters;
        char host_name[64]; /* printable part, NUL-terminated */
        char vendor_class[64];
};

/**
 * dhcp4_request_parse() - read a BOOTP request of an Ethernet client
 * Options that overflow into file and sname (52) are read, repeated ones are joined (RFC 3396).
 * Return: 0; -EBADMSG: not one; *ret is untouched then
 */
int dhcp4_request_parse(const uint8_t *data, size_t len, struct dhcp4_request *ret);

/* Option writers. A value over 255 bytes is split (RFC 3396). */
void write_option(struct writer *w, uint8_t code, const void *value, size_t len);
void write_option_u8(struct writer *w, uint8_t code, uint8_t value);
void write_option_u16(struct writer *w, uint8_t code, uint16_t value);
void write_option_u32(struct writer *w, uint8_t code, uint32_t value);
void write_option_addr(struct writer *w, uint8_t code, struct in_addr addr);

/**
 * dhcp4_encode_search() - a search list with compression (RFC 3397 section 2)
 * Return: bytes in @ret; domains that do not fit in @size are left out
 */
size_t dhcp4_encode_search(const char (*domains)[PODNET_DOMAIN_LEN], size_t n, uint8_t *ret,
                           size_t size);
