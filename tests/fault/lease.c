/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lease - the shortest DHCP client: where QEMU would stand, one exchange from DISCOVER to ACK
 *
 *   lease POD-NETNS TAP MAC
 *
 * It prints the address that was acknowledged; fails when there is none within ten seconds.
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/tap.h"

#define TRANSACTION 0x70670001u
#define TRIES       50
#define TRY_MSEC    200

enum {
        DISCOVER = 1,
        OFFER = 2,
        REQUEST = 3,
        ACK = 5
};

struct packet {
        struct ether_header ether;
        struct iphdr ip;
        struct udphdr udp;
        uint8_t op, htype, hlen, hops;
        uint32_t xid;
        uint16_t secs, flags;
        struct in_addr ciaddr, yiaddr, siaddr, giaddr;
        uint8_t chaddr[16], sname[64], file[128];
        uint32_t cookie;
        uint8_t options[312];
} __attribute__((packed));

static uint16_t ip_checksum(const struct iphdr *ip)
{
        uint16_t words[sizeof(*ip) / 2];
        uint32_t sum = 0;

        memcpy(words, ip, sizeof(words));
        for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
                sum += words[i];
        sum = (sum & 0xffff) + (sum >> 16);
        return (uint16_t) ~(sum + (sum >> 16));
}

static void ask(int fd, const uint8_t *mac, uint8_t type, struct in_addr address,
                struct in_addr server)
{
        struct packet p = { .op = 1,
                            .htype = 1,
                            .hlen = 6,
                            .xid = htonl(TRANSACTION),
                            .cookie = htonl(0x63825363) };
        struct iphdr ip = { .version = 4,
                            .ihl = 5,
                            .ttl = 64,
                            .protocol = IPPROTO_UDP,
                            .tot_len = htons(sizeof(p) - sizeof(p.ether)),
                            .daddr = INADDR_BROADCAST };
        uint8_t *o = p.options;

        memset(p.ether.ether_dhost, 0xff, 6);
        memcpy(p.ether.ether_shost, mac, 6);
        p.ether.ether_type = htons(ETHERTYPE_IP);
        ip.check = ip_checksum(&ip);
        p.ip = ip;
        p.udp.source = htons(68);
        p.udp.dest = htons(67);
        p.udp.len = htons(sizeof(p) - sizeof(p.ether) - sizeof(p.ip));
        memcpy(p.chaddr, mac, 6);
        *o++ = 53;
        *o++ = 1;
        *o++ = type;
        if (type == REQUEST) {
                *o++ = 50;
                *o++ = 4;
                o = mempcpy(o, &address, 4);
                *o++ = 54;
                *o++ = 4;
                o = mempcpy(o, &server, 4);
        }
        *o = 255;
        if (write(fd, &p, sizeof(p)) < 0)
                die("write to the tap");
}

/* The value of a four-byte or one-byte option, zero if it is not there. */
static uint32_t option(const struct packet *p, size_t len, uint8_t code)
{
        const uint8_t *o = p->options, *end = (const uint8_t *)p + len;
        uint32_t value = 0;

        while (end - o >= 2 && *o != 255) {
                if (*o == 0) {
                        o++;
                        continue;
                }
                if (end - o < 2 + o[1])
                        break;
                if (*o == code && (o[1] == 1 || o[1] == 4))
                        memcpy(&value, o + 2, o[1]);
                o += 2 + o[1];
        }
        return value;
}

/* Wait for an answer of @type. Return: false if none comes in time. */
static bool answered(int fd, uint8_t type, struct packet *p, size_t *ret_len)
{
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

        while (poll(&poll_fd, 1, TRY_MSEC) > 0) {
                ssize_t n = read(fd, p, sizeof(*p));

                if (n > (ssize_t)offsetof(struct packet, options) &&
                    p->ether.ether_type == htons(ETHERTYPE_IP) && p->ip.protocol == IPPROTO_UDP &&
                    p->udp.dest == htons(68) && p->xid == htonl(TRANSACTION) &&
                    option(p, (size_t)n, 53) == type) {
                        *ret_len = (size_t)n;
                        return true;
                }
        }
        return false;
}

int main(int argc, char **argv)
{
        struct in_addr none = { 0 }, server;
        struct packet p;
        uint8_t mac[6];
        size_t len;
        int fd;

        if (argc != 4 || sscanf(argv[3], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2],
                                &mac[3], &mac[4], &mac[5]) != 6) {
                fprintf(stderr, "usage: %s POD-NETNS TAP MAC\n", argv[0]);
                return 2;
        }
        enter(argv[1]);
        fd = tap_open(argv[2]);
        for (int i = 0; i < TRIES; i++) {
                ask(fd, mac, DISCOVER, none, none);
                if (!answered(fd, OFFER, &p, &len))
                        continue;
                server.s_addr = option(&p, len, 54);
                ask(fd, mac, REQUEST, p.yiaddr, server);
                if (!answered(fd, ACK, &p, &len))
                        continue;
                puts(inet_ntoa(p.yiaddr));
                return 0;
        }
        fprintf(stderr, "no lease\n");
        return 1;
}
