/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * describe.c - one line for a frame of DHCP, ARP or neighbour discovery; for people, pure
 *
 * The bytes are the guest's: everything is read through a cursor, and nothing of it is printed
 * that is not a number or an address.
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dhcp/cursor.h"
#include "dhcp/dhcp4_protocol.h"
#include "podgraft/dhcp.h"

struct line {
        char *text;
        size_t size;
};

static void _printf_(2, 3) put(struct line *line, const char *fmt, ...)
{
        size_t len = strlen(line->text);
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(line->text + len, line->size - len, fmt, ap);
        va_end(ap);
}

static void put_address(struct line *line, int family, const uint8_t *bytes)
{
        char text[INET6_ADDRSTRLEN] = "?";

        if (bytes)
                inet_ntop(family, bytes, text, sizeof(text));
        put(line, "%s", text);
}

/* --- DHCPv4 --- */

static const char *const dhcp4_names[] = {
        [DHCP4_DISCOVER] = "DISCOVER", [DHCP4_OFFER] = "OFFER",   [DHCP4_REQUEST] = "REQUEST",
        [DHCP4_DECLINE] = "DECLINE",   [DHCP4_ACK] = "ACK",       [DHCP4_NAK] = "NAK",
        [DHCP4_RELEASE] = "RELEASE",   [DHCP4_INFORM] = "INFORM",
};

static void put_dhcp4_options(struct line *line, struct reader *r)
{
        while (r->left > 0 && !r->failed) {
                uint8_t code = reader_u8(r), len;
                const uint8_t *value;

                if (code == DHCP4_OPT_PAD)
                        continue;
                if (code == 255)
                        return;
                len = reader_u8(r);
                value = reader_take(r, len);
                if (!value)
                        return;
                if (code == DHCP4_OPT_MESSAGE_TYPE && len == 1)
                        put(line, " %s",
                            value[0] < ARRAY_SIZE(dhcp4_names) && dhcp4_names[value[0]]
                                    ? dhcp4_names[value[0]]
                                    : "of unknown type");
                if (code == DHCP4_OPT_REQUESTED_ADDRESS && len == 4) {
                        put(line, " wants ");
                        put_address(line, AF_INET, value);
                }
                if (code == DHCP4_OPT_SERVER_ID && len == 4) {
                        put(line, " server ");
                        put_address(line, AF_INET, value);
                }
        }
}

static void put_dhcp4(struct line *line, struct reader *r)
{
        uint8_t op = reader_u8(r);
        uint32_t xid;
        const uint8_t *yiaddr;

        reader_take(r, 3);
        xid = reader_u32(r);
        reader_take(r, 8);
        yiaddr = reader_take(r, 4);
        reader_take(r, DHCP4_HEADER_LEN - 4 - 20); /* the rest of the fixed fields */
        put(line, "DHCP");
        if (r->failed || reader_u32(r) != DHCP4_COOKIE) {
                put(line, " malformed");
                return;
        }
        put_dhcp4_options(line, r);
        put(line, ", xid 0x%08x", xid);
        if (op == BOOTP_REPLY) {
                put(line, ", gives ");
                put_address(line, AF_INET, yiaddr);
        }
}

/* --- DHCPv6 (RFC 8415 section 7.3) and neighbour discovery (RFC 4861 section 4) --- */

static const char *const dhcp6_names[] = {
        NULL,     "SOLICIT", "ADVERTISE", "REQUEST", "CONFIRM",     "RENEW",
        "REBIND", "REPLY",   "RELEASE",   "DECLINE", "RECONFIGURE", "INFORMATION-REQUEST",
};

static void put_dhcp6(struct line *line, struct reader *r)
{
        uint32_t head = reader_u32(r);
        uint8_t type = (uint8_t)(head >> 24);

        if (r->failed || type >= ARRAY_SIZE(dhcp6_names) || !dhcp6_names[type])
                put(line, "DHCPv6 malformed");
        else
                put(line, "DHCPv6 %s, xid 0x%06x", dhcp6_names[type], head & 0xffffff);
}

static bool put_nd(struct line *line, struct reader *r)
{
        uint8_t type = reader_u8(r);

        reader_take(r, 7); /* code, checksum, flags */
        switch (type) {
        case ND_ROUTER_SOLICIT:
                put(line, "router solicitation");
                return true;
        case ND_ROUTER_ADVERT:
                put(line, "router advertisement");
                return true;
        case ND_NEIGHBOR_SOLICIT:
                put(line, "who has ");
                put_address(line, AF_INET6, reader_take(r, 16));
                return true;
        case ND_NEIGHBOR_ADVERT:
                put_address(line, AF_INET6, reader_take(r, 16));
                put(line, " is here");
                return true;
        case ND_REDIRECT:
                put(line, "redirect");
                return true;
        default:
                return false;
        }
}

/* --- the layers below --- */

static bool put_udp(struct line *line, struct reader *r, bool v6)
{
        uint16_t source = reader_u16(r), destination = reader_u16(r);

        reader_take(r, 4);
        if (r->failed)
                return false;
        if (!v6 && (source == 67 || source == 68 || destination == 67 || destination == 68))
                put_dhcp4(line, r);
        else if (v6 && (source == 546 || source == 547 || destination == 546 || destination == 547))
                put_dhcp6(line, r);
        else
                return false;
        return true;
}

static bool put_ip4(struct line *line, struct reader *r)
{
        uint8_t first = reader_u8(r), protocol;
        const uint8_t *addresses;

        reader_take(r, 8);
        protocol = reader_u8(r);
        reader_take(r, 2);
        addresses = reader_take(r, 8);
        reader_take(r, (size_t)((first & 15) > 5 ? (first & 15) - 5 : 0) * 4);
        if (r->failed || protocol != IPPROTO_UDP)
                return false;
        put_address(line, AF_INET, addresses);
        put(line, " > ");
        put_address(line, AF_INET, addresses + 4);
        put(line, "  ");
        return put_udp(line, r, false);
}

static bool put_ip6(struct line *line, struct reader *r)
{
        const uint8_t *addresses;
        uint8_t next;

        reader_take(r, 6);
        next = reader_u8(r);
        reader_take(r, 1);
        addresses = reader_take(r, 32);
        if (r->failed)
                return false;
        put_address(line, AF_INET6, addresses);
        put(line, " > ");
        put_address(line, AF_INET6, addresses + 16);
        put(line, "  ");
        return next == IPPROTO_ICMPV6 ? put_nd(line, r)
               : next == IPPROTO_UDP  ? put_udp(line, r, true)
                                      : false;
}

static bool put_arp(struct line *line, struct reader *r)
{
        uint16_t operation;
        const uint8_t *sender, *mac, *target;
        char text[MAC_TEXT_LEN];

        reader_take(r, 6); /* Ethernet and IPv4, as everywhere */
        operation = reader_u16(r);
        mac = reader_take(r, MAC_LEN);
        sender = reader_take(r, 4);
        reader_take(r, MAC_LEN);
        target = reader_take(r, 4);
        if (r->failed)
                return false;
        put(line, "ARP ");
        if (operation == 1) {
                put(line, "who has ");
                put_address(line, AF_INET, target);
                put(line, ", tell ");
                put_address(line, AF_INET, sender);
        } else {
                put_address(line, AF_INET, sender);
                put(line, " is at %s", mac_format(mac, text));
        }
        return true;
}

bool dhcp_frame_describe(const uint8_t *data, size_t len, char *ret, size_t size)
{
        struct reader r = reader_init(data, len);
        struct line line = { ret, size };
        uint16_t type;

        ret[0] = '\0';
        reader_take(&r, 2 * MAC_LEN);
        type = reader_u16(&r);
        if (type == ETHERTYPE_VLAN) {
                put(&line, "VLAN %u  ", reader_u16(&r) & 0xfffu);
                type = reader_u16(&r);
        }
        switch (r.failed ? 0 : type) {
        case ETHERTYPE_ARP:
                return put_arp(&line, &r);
        case ETHERTYPE_IP:
                return put_ip4(&line, &r);
        case ETHERTYPE_IPV6:
                return put_ip6(&line, &r);
        default:
                return false;
        }
}
