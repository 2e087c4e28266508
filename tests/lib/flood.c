/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flood - a guest gone mad: opens the pod's tap as QEMU would and writes frames at a rate, while it
 * also holds, one after the other, valid exchanges from DISCOVER to ACK and times them
 *
 *   flood POD-NETNS TAP MAC garbage|requests|quiet FRAMES FRAMES-PER-SECOND
 *
 * Prints "frames N rate N/s exchanges N median N us worst N us unanswered N".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define RETRY_USEC    200000 /* a lost message is sent again; real clients wait for longer */
#define PATIENCE_USEC 20000000
#define MOST_TIMES    100000
#define PROBE_XID     0x70670000u /* and the exchange's number */

enum {
        ETH = 14,
        IP = 20,
        UDP = 8,
        HEADERS = ETH + IP + UDP,
        BOOTP = 240
};
enum {
        DISCOVER = 1,
        OFFER = 2,
        REQUEST = 3,
        ACK = 5
};

static uint8_t mac[6];

static void die(const char *what)
{
        perror(what);
        exit(1);
}

static uint64_t now_usec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint32_t noise(void)
{
        static uint32_t x = 2463534242u; /* the same garbage each time */

        x ^= x << 13;
        x ^= x >> 17;
        return x ^= x << 5;
}

static int tap_open(const char *netns, const char *name)
{
        struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
        char path[256];
        int fd;

        snprintf(path, sizeof(path), "/run/netns/%s", netns);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
                die(path);
        close(fd);
        snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
        fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
                die(name);
        return fd;
}

/* --- frames --- */

static void put16(uint8_t *at, unsigned value)
{
        at[0] = (uint8_t)(value >> 8);
        at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
        put16(at, value >> 16);
        put16(at + 2, value & 0xffff);
}

/* Ethernet, IPv4 and UDP around @len bytes, as a client without an address sends them. */
static size_t put_headers(uint8_t *f, size_t len)
{
        uint32_t sum = 0;

        memset(f, 0xff, 6);
        memcpy(f + 6, mac, 6);
        put16(f + 12, 0x0800);
        memset(f + ETH, 0, IP + UDP);
        f[ETH] = 0x45;
        put16(f + ETH + 2, (unsigned)(IP + UDP + len));
        f[ETH + 8] = 64;
        f[ETH + 9] = 17;
        memset(f + ETH + 16, 0xff, 4);
        for (int i = 0; i < IP; i += 2)
                sum += (uint32_t)f[ETH + i] << 8 | f[ETH + i + 1];
        sum = (sum & 0xffff) + (sum >> 16);
        put16(f + ETH + 10, ~sum & 0xffff);
        put16(f + ETH + IP, 68);
        put16(f + ETH + IP + 2, 67);
        put16(f + ETH + IP + 4, (unsigned)(UDP + len)); /* checksum 0: none was made */
        return HEADERS + len;
}

/* @requested, @server: network byte order; 0: none */
static size_t put_message(uint8_t *f, uint8_t type, uint32_t xid, uint32_t requested,
                          uint32_t server)
{
        uint8_t *m = f + HEADERS, *o = m + BOOTP;

        memset(m, 0, 300);
        m[0] = m[1] = 1;
        m[2] = 6;
        put32(m + 4, xid);
        memcpy(m + 28, mac, 6);
        put32(m + 236, 0x63825363);
        *o++ = 53, *o++ = 1, *o++ = type;
        if (requested)
                *o++ = 50, *o++ = 4, memcpy(o, &requested, 4), o += 4;
        if (server)
                *o++ = 54, *o++ = 4, memcpy(o, &server, 4), o += 4;
        *o = 255;
        return put_headers(f, 300);
}

static size_t put_arp(uint8_t *f, uint32_t target)
{
        static const uint8_t fixed[] = { 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1 };

        memset(f, 0xff, 6);
        memcpy(f + 6, mac, 6);
        memcpy(f + 12, fixed, sizeof(fixed));
        memcpy(f + 22, mac, 6);
        put32(f + 28, 0x0af40107);
        memset(f + 32, 0, 6);
        put32(f + 38, target);
        return 42;
}

/* Most of it gets past the socket's filter, so that the parser has to do with it. */
static size_t put_garbage(uint8_t *f)
{
        size_t len = 1 + noise() % 1400;

        switch (noise() % 8) {
        case 0: /* noise as a payload */
                for (size_t i = 0; i < len; i += 4) {
                        uint32_t word = noise();

                        memcpy(f + HEADERS + i, &word, 4);
                }
                return put_headers(f, len);
        case 1: /* cut short */
                return put_message(f, DISCOVER, noise(), 0, 0) * (noise() % 100) / 100 + 1;
        case 2: /* options of noise */
                put_message(f, DISCOVER, noise(), 0, 0);
                for (size_t i = HEADERS + BOOTP; i < HEADERS + 300; i++)
                        f[i] = (uint8_t)noise();
                return HEADERS + 300;
        case 3: /* types that no client sends */
                return put_message(f, (uint8_t)noise(), noise(), noise(), noise());
        case 4: /* a bit flipped anywhere */
                len = put_message(f, REQUEST, noise(), noise(), 0);
                f[noise() % len] ^= (uint8_t)(1u << noise() % 8);
                return len;
        case 5: /* tagged */
                len = put_message(f, DISCOVER, noise(), 0, 0);
                memmove(f + 16, f + 12, len - 12);
                put16(f + 12, 0x8100);
                put16(f + 14, noise() & 0xfff);
                return len + 4;
        case 6:
                return put_arp(f, noise() % 2 ? 0xa9fe4b0a : noise());
        default: /* DECLINE and RELEASE, whose every change would be a line in the log */
                return put_message(f, noise() % 2 ? 4 : 7, noise(), 0, 0);
        }
}

/* --- a valid exchange at a time, between the flood's frames --- */

struct probe {
        unsigned number; /* of the exchange */
        uint8_t waiting_for;
        uint32_t address, server;
        uint64_t begun_usec, sent_usec;
        uint64_t *times;
        size_t n_times, n_unanswered;
};

static void probe_send(int tap, struct probe *p)
{
        uint8_t f[600];
        size_t len = put_message(f, p->waiting_for == OFFER ? DISCOVER : REQUEST,
                                 PROBE_XID + p->number, p->waiting_for == OFFER ? 0 : p->address,
                                 p->waiting_for == OFFER ? 0 : p->server);

        p->sent_usec = now_usec();
        if (write(tap, f, len) < 0 && errno != EAGAIN)
                die("write to the tap");
}

static void probe_begin(int tap, struct probe *p)
{
        p->number++;
        p->waiting_for = OFFER;
        p->begun_usec = now_usec();
        probe_send(tap, p);
}

static void probe_hear(int tap, struct probe *p, const uint8_t *f, size_t len)
{
        const uint8_t *m = f + HEADERS;
        uint32_t xid;

        if (len < HEADERS + BOOTP + 9 || f[ETH + 9] != 17 || f[ETH + IP + 3] != 68)
                return;
        memcpy(&xid, m + 4, 4);
        if (ntohl(xid) != PROBE_XID + p->number || m[BOOTP] != 53 || m[BOOTP + 2] != p->waiting_for)
                return;
        if (p->waiting_for == OFFER) {
                memcpy(&p->address, m + 16, 4);
                memcpy(&p->server, m + BOOTP + 5, 4);
                p->waiting_for = ACK;
                probe_send(tap, p);
                return;
        }
        if (p->n_times < MOST_TIMES)
                p->times[p->n_times++] = now_usec() - p->begun_usec;
        p->waiting_for = 0;
}

/* Hear all replies there are; then look whether it is time for something. */
static void probe_step(int tap, struct probe *p)
{
        uint8_t f[2048];
        ssize_t n;
        uint64_t now;

        while ((n = read(tap, f, sizeof(f))) > 0)
                probe_hear(tap, p, f, (size_t)n);
        now = now_usec();
        if (p->waiting_for && now - p->begun_usec >= PATIENCE_USEC) {
                p->n_unanswered++;
                p->waiting_for = 0;
        }
        if (!p->waiting_for && now - p->begun_usec >= 20000)
                probe_begin(tap, p);
        else if (p->waiting_for && now - p->sent_usec >= RETRY_USEC)
                probe_send(tap, p);
}

static int compare(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
        struct probe probe = { .times = calloc(MOST_TIMES, sizeof(uint64_t)) };
        unsigned long frames, rate, sent = 0;
        uint64_t begin;
        uint8_t f[2048];
        bool garbage, quiet;
        unsigned b[6];
        int tap;

        if (argc != 7 || !probe.times ||
            sscanf(argv[3], "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6) {
                fprintf(stderr, "usage: %s POD-NETNS TAP MAC garbage|requests|quiet FRAMES RATE\n",
                        argv[0]);
                return 2;
        }
        for (int i = 0; i < 6; i++)
                mac[i] = (uint8_t)b[i];
        garbage = strcmp(argv[4], "garbage") == 0;
        quiet = strcmp(argv[4], "quiet") == 0;
        frames = strtoul(argv[5], NULL, 10);
        rate = strtoul(argv[6], NULL, 10);
        tap = tap_open(argv[1], argv[2]);
        begin = now_usec();
        while (sent < frames || probe.waiting_for) {
                uint64_t due = (now_usec() - begin) * rate / 1000000;
                /* No more than this at once: what was missed while others ran is not made up for
                 * in one burst that no socket has room for. */
                unsigned long burst = due > sent ? due - sent : 0;

                for (unsigned long i = 0; i < burst && i < 64 && sent < frames; i++, sent++) {
                        size_t len =
                                garbage ? put_garbage(f) : put_message(f, DISCOVER, noise(), 0, 0);

                        /* A frame that the tap refuses is one that it refused. */
                        if (!quiet && write(tap, f, len) < 0 && errno != EAGAIN && errno != EINVAL)
                                die("write to the tap");
                }
                probe_step(tap, &probe);
        }
        qsort(probe.times, probe.n_times, sizeof(*probe.times), compare);
        printf("frames %lu rate %llu/s exchanges %zu median %llu us worst %llu us unanswered %zu\n",
               sent, (unsigned long long)(sent * 1000000ull / (now_usec() - begin + 1)),
               probe.n_times,
               (unsigned long long)(probe.n_times ? probe.times[probe.n_times / 2] : 0),
               (unsigned long long)(probe.n_times ? probe.times[probe.n_times - 1] : 0),
               probe.n_unanswered);
        free(probe.times);
        return 0;
}
