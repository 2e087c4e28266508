/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * boots - a guest behind the tap that boots again and again, and believes any DHCP server
 *
 *   boots POD-NETNS TAP TIMES [SECONDS]
 *
 * Each boot is DISCOVER, the first OFFER, REQUEST, ACK, with a transaction of its own; the guest is
 * aa:bb:cc:00:00:06. With SECONDS it goes on until two servers have offered, that long at most.
 * Prints, of each server that said anything: its identifier, its address offered last, its OFFERs,
 * ACKs and NAKs. Exits 1 if a boot got no lease.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <time.h>

#include "tests/lib/tap.h"

enum {
        DISCOVER = 1,
        OFFER = 2,
        REQUEST = 3,
        ACK = 5,
        NAK = 6
};

#define BOOTP   (14 + 20 + 8) /* where it begins in the frame */
#define OPTIONS (BOOTP + 240)

struct message {
        unsigned type;
        uint32_t xid;
        uint8_t yiaddr[4], server[4];
};

static struct server {
        uint8_t id[4], yiaddr[4];
        unsigned said[8]; /* by message type */
} servers[16];
static unsigned n_servers;

static size_t build(const struct message *m, uint8_t frame[400])
{
        static const uint8_t start[] = {
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xbb, 0xcc, 0,  0, 6, 8, 0, /* Ethernet */
                0x45, 0,    0,    0,    0,    0,    0,    0,    64,   17, 0, 0, 0, 0,
                0,    0,    255,  255,  255,  255,           /* IPv4 */
                0,    68,   0,    67,   0,    0,    0,    0, /* UDP */
                1,    1,    6,    0                          /* BOOTREQUEST, Ethernet */
        };
        size_t len = OPTIONS;

        memset(frame, 0, 400);
        memcpy(frame, start, sizeof(start));
        memcpy(frame + BOOTP + 4, &m->xid, 4);
        frame[BOOTP + 10] = 0x80; /* broadcast the answers */
        memcpy(frame + BOOTP + 28, start + 6, 6);
        memcpy(frame + BOOTP + 236, "\x63\x82\x53\x63", 4);
        memcpy(frame + len, (uint8_t[]){ 53, 1, (uint8_t)m->type }, 3);
        len += 3;
        if (m->type == REQUEST) {
                memcpy(frame + len, "\x32\4", 2);
                memcpy(frame + len + 2, m->yiaddr, 4);
                memcpy(frame + len + 6, "\x36\4", 2);
                memcpy(frame + len + 8, m->server, 4);
                len += 12;
        }
        frame[len++] = 255;
        len = len < BOOTP + 300 ? BOOTP + 300 : len;
        frame[16] = (uint8_t)((len - 14) >> 8);
        frame[17] = (uint8_t)(len - 14);
        frame[38] = (uint8_t)((len - 34) >> 8);
        frame[39] = (uint8_t)(len - 34);
        put_ipv4_checksum(frame + 14);
        return len;
}

/* False for what is no DHCP answer. */
static bool parse(const uint8_t *frame, size_t len, struct message *ret)
{
        struct message m = { 0 };

        if (len < OPTIONS || memcmp(frame + 12, "\x08\0\x45", 3) != 0 || frame[23] != 17 ||
            memcmp(frame + 36, "\0\x44", 2) != 0 || frame[BOOTP] != 2)
                return false;
        memcpy(&m.xid, frame + BOOTP + 4, 4);
        memcpy(m.yiaddr, frame + BOOTP + 16, 4);
        for (size_t i = OPTIONS; i + 1 < len && frame[i] != 255;) {
                size_t n = frame[i + 1];

                if (frame[i] == 0) {
                        i++;
                        continue;
                }
                if (i + 2 + n > len)
                        break;
                if (frame[i] == 53 && n == 1)
                        m.type = frame[i + 2];
                if (frame[i] == 54 && n == 4)
                        memcpy(m.server, frame + i + 2, 4);
                i += 2 + n;
        }
        *ret = m;
        return m.type < 8;
}

static void count(const struct message *m)
{
        unsigned i = 0;

        while (i < n_servers && memcmp(servers[i].id, m->server, 4) != 0)
                i++;
        if (i == sizeof(servers) / sizeof(servers[0]))
                return;
        if (i == n_servers)
                memcpy(servers[n_servers++].id, m->server, 4);
        if (m->type == OFFER)
                memcpy(servers[i].yiaddr, m->yiaddr, 4);
        servers[i].said[m->type]++;
}

/* Wait for an answer with @xid and @type (0: any at all), counting all. False: none in @msec. */
static bool await(int tap, uint32_t xid, unsigned type, int msec, struct message *ret)
{
        struct pollfd fd = { .fd = tap, .events = POLLIN };
        static uint8_t frame[65536];
        struct timespec now;
        int64_t deadline;

        clock_gettime(CLOCK_MONOTONIC, &now);
        deadline = now.tv_sec * 1000 + now.tv_nsec / 1000000 + msec;
        for (;;) {
                ssize_t n;

                clock_gettime(CLOCK_MONOTONIC, &now);
                msec = (int)(deadline - (now.tv_sec * 1000 + now.tv_nsec / 1000000));
                if (msec <= 0 || poll(&fd, 1, msec) <= 0)
                        return false;
                n = read(tap, frame, sizeof(frame));
                if (n < 0)
                        die("read");
                if (!parse(frame, (size_t)n, ret))
                        continue;
                count(ret);
                if (type == 0 || (ret->xid == xid && (ret->type == type || ret->type == NAK)))
                        return true;
        }
}

/* Send @m until it is answered, as a client does. */
static bool ask(int tap, const struct message *m, unsigned answer, struct message *ret)
{
        uint8_t frame[400];
        size_t len = build(m, frame);

        for (int tries = 0; tries < 20; tries++) {
                if (write(tap, frame, len) < 0 && errno != EIO)
                        die("write");
                if (await(tap, m->xid, answer, 500, ret))
                        return ret->type == answer;
        }
        return false;
}

static bool boot(int tap)
{
        static uint32_t xid = 0x10000;

        /* Who is refused starts again. */
        for (int tries = 0; tries < 10; tries++) {
                struct message discover = { .type = DISCOVER, .xid = htonl(xid++) };
                struct message offer, request, ack;

                if (!ask(tap, &discover, OFFER, &offer))
                        continue;
                request = offer;
                request.type = REQUEST;
                if (ask(tap, &request, ACK, &ack))
                        return true;
        }
        return false;
}

static bool two_offered(void)
{
        unsigned n = 0;

        for (unsigned i = 0; i < n_servers; i++)
                n += servers[i].said[OFFER] > 0;
        return n > 1;
}

int main(int argc, char **argv)
{
        unsigned leased = 0, times;
        int tap;

        if (argc < 4)
                return fprintf(stderr, "usage: %s POD-NETNS TAP TIMES [SECONDS]\n", argv[0]), 2;
        enter(argv[1]);
        tap = tap_open(argv[2]);
        times = (unsigned)atoi(argv[3]);
        for (unsigned i = 0; i < times; i++)
                leased += boot(tap);
        if (argc > 4) {
                struct message any;

                /* A bridge's port opens some time after its carrier came. */
                for (time_t end = time(NULL) + atoi(argv[4]); !two_offered() && time(NULL) < end;)
                        if (!await(tap, 0, 0, 3000, &any))
                                boot(tap);
        }
        for (unsigned i = 0; i < n_servers; i++) {
                char id[INET_ADDRSTRLEN], yiaddr[INET_ADDRSTRLEN];

                inet_ntop(AF_INET, servers[i].id, id, sizeof(id));
                inet_ntop(AF_INET, servers[i].yiaddr, yiaddr, sizeof(yiaddr));
                printf("%s %s %u %u %u\n", id, yiaddr, servers[i].said[OFFER], servers[i].said[ACK],
                       servers[i].said[NAK]);
        }
        return leased == times ? 0 : 1;
}
