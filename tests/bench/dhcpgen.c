/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpgen - start a DHCP server, be its guest, and say as JSON what it took
 *
 *   dhcpgen NAME TAP MAC [COMMAND...]     no COMMAND: podgraft's own responder
 *
 * TAP is a persistent tap of this network namespace that the server serves. In order: from exec to
 * the first OFFER, several times; memory; exchanges one after the other, for latency and CPU;
 * exchanges at rates, for the highest that loses less than one in a hundred; memory again.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "podgraft/podnet.h"
#include "tests/bench/guest.h"
#include "tests/bench/server.h"

#define STARTS          7
#define START_MOST_SEC  10
#define SERIAL_COUNT    2000
#define SERIAL_MOST_SEC 2
#define REPLY_MOST_NSEC 1000000000ull
#define RATE_SEC        0.3 /* at one rate, or what it takes for RATE_COUNT exchanges */
#define RATE_COUNT      120
#define RATE_MOST_SEC   3
#define RATE_TOP        200000       /* exchanges a second */
#define LAST_NSEC       200000000ull /* for what is under way when the last is sent */
#define USEC            1000ull
#define SEC             1000000000ull

static int compare_u64(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

/* A sorted sample's quantile, in microseconds. */
static double quantile(const uint64_t *sorted, size_t n, double q)
{
        return n ? (double)sorted[(size_t)(q * (double)(n - 1))] / 1000 : 0;
}

static void print_quantiles(const char *name, uint64_t *nsec, size_t n)
{
        qsort(nsec, n, sizeof(*nsec), compare_u64);
        printf("\"%s\": {\"min\": %.1f, \"median\": %.1f, \"p99\": %.1f}", name,
               quantile(nsec, n, 0), quantile(nsec, n, 0.5), quantile(nsec, n, 0.99));
}

/* --- start --- */

/* Discovering all the while, as a guest would that was there first. Return: nanoseconds, or 0 */
static uint64_t start(struct guest *g, struct server *server, struct error *err)
{
        uint64_t began, now, next = 0, answered = 0;
        struct reply reply;
        uint32_t xid = 1;

        guest_drain(g, 1000); /* the last words of the one before */
        began = now_nsec();
        if (server_start(server, err) < 0)
                return 0;
        while ((now = now_nsec()) - began < START_MOST_SEC * SEC) {
                int r = server_find(server);

                if (r < 0) {
                        error_errno(err, r, "start the server");
                        return 0;
                }
                if (!answered && guest_receive(g, &reply) && reply.type == 2)
                        answered = now_nsec();
                if (answered && r == 1)
                        return answered - server->exec_nsec;
                if (!answered && now >= next) {
                        guest_discover(g, xid++);
                        next = now + 50 * USEC;
                }
        }
        error_set(err, -ETIMEDOUT, "the server did not answer");
        return 0;
}

/*
 * Before whatever else the machine does, where that is allowed, as it would be most of a start's
 * time. Children inherit it. For the rest it is not for us: real-time scheduling has its own cost,
 * which would count as the server's CPU time.
 */
static void come_first(bool on)
{
        struct sched_param param = { .sched_priority = on };

        sched_setscheduler(0, on ? SCHED_RR : SCHED_OTHER, &param);
}

/* The last one is left running. */
static int measure_starts(struct guest *g, struct server *server, struct error *err)
{
        uint64_t took[STARTS];

        come_first(true);
        for (int i = 0; i < STARTS; i++) {
                took[i] = start(g, server, err);
                if (took[i] == 0)
                        return err->code;
                server_stop(server);
        }
        come_first(false);
        print_quantiles("first_offer_usec", took, STARTS);
        if (start(g, server, err) == 0)
                return err->code;
        guest_drain(g, 20000);
        return 0;
}

/* --- one after the other --- */

/* Return: nanoseconds until a reply of @type, 0: none */
static uint64_t await(struct guest *g, uint32_t xid, uint8_t type, uint64_t since)
{
        struct reply reply;
        uint64_t now;

        while ((now = now_nsec()) - since < REPLY_MOST_NSEC) {
                guest_wait(g, 100);
                if (guest_receive(g, &reply) && reply.xid == xid && reply.type == type)
                        return now_nsec() - since;
        }
        return 0;
}

/* What a server touches for its first exchange it will have touched for good. */
static void warm_up(struct guest *g)
{
        guest_discover(g, 0x8000);
        if (await(g, 0x8000, 2, now_nsec()) && guest_request(g, 0x8000) == 0)
                await(g, 0x8000, 5, now_nsec());
}

static void measure_serial(struct guest *g, const struct server *server)
{
        static uint64_t offers[SERIAL_COUNT], acks[SERIAL_COUNT];
        uint64_t cpu = server_cpu_nsec(server), began = now_nsec(), sent;
        size_t n = 0, lost = 0;
        uint32_t xid = 0x10000;

        while (n + lost < SERIAL_COUNT && now_nsec() - began < SERIAL_MOST_SEC * SEC) {
                xid++;
                sent = now_nsec();
                if (guest_discover(g, xid) < 0 || !(offers[n] = await(g, xid, 2, sent))) {
                        lost++;
                        continue;
                }
                sent = now_nsec();
                if (guest_request(g, xid) < 0 || !(acks[n] = await(g, xid, 5, sent)))
                        lost++;
                else
                        n++;
        }
        cpu = server_cpu_nsec(server) - cpu;
        print_quantiles("offer_usec", offers, n);
        printf(", ");
        print_quantiles("ack_usec", acks, n);
        printf(", \"serial_exchanges\": %zu, \"serial_lost\": %zu, "
               "\"cpu_msec_per_10000\": %.1f",
               n, lost, n ? (double)cpu / (double)n / 100 : 0);
}

/* --- at a rate --- */

struct attempt {
        double rate; /* what it came to, exchanges a second; the generator has its limits too */
        double loss; /* the part of them that got no ACK */
};

/* Each exchange begins at its time, whatever became of the others. */
static struct attempt attempt(struct guest *g, double rate)
{
        static uint8_t acked[RATE_TOP * RATE_MOST_SEC];
        static uint32_t base = 0x100000;
        double seconds = RATE_COUNT / rate < RATE_SEC ? RATE_SEC : RATE_COUNT / rate;
        size_t n = (size_t)(rate * (seconds < RATE_MOST_SEC ? seconds : RATE_MOST_SEC)), sent = 0,
               good = 0;
        uint64_t began = now_nsec(), interval = (uint64_t)(1e9 / rate), now, all_sent = 0;
        struct reply reply;

        n = n ? n : 1;
        memset(acked, 0, n);
        while (good < n && (!all_sent || now_nsec() - all_sent < LAST_NSEC)) {
                now = now_nsec();
                if (sent < n && now - began >= sent * interval) {
                        guest_discover(g, base + (uint32_t)sent++);
                        if (sent == n)
                                all_sent = now;
                }
                for (int i = 0; i < 8 && guest_receive(g, &reply); i++) {
                        uint32_t at = reply.xid - base;

                        if (at >= n)
                                continue;
                        if (reply.type == 2)
                                guest_request(g, reply.xid);
                        else if (reply.type == 5 && !acked[at]) {
                                acked[at] = 1;
                                good++;
                        }
                }
        }
        base += (uint32_t)n;
        guest_drain(g, 20000);
        return (struct attempt){ n < 2 ? rate : (double)(n - 1) * 1e9 / (double)(all_sent - began),
                                 1 - (double)good / (double)n };
}

/* One bad attempt may be the machine's fault. */
static struct attempt better_of_two(struct guest *g, double rate)
{
        struct attempt a = attempt(g, rate);

        return a.loss < 0.01 ? a : attempt(g, rate);
}

/* Double, or quarter, until it turns; then halve the distance. */
static double highest_rate(struct guest *g, bool *ret_generator_limited)
{
        double good = 0, bad = 0, next = 4000, best = 0;

        *ret_generator_limited = false;
        for (int i = 0; i < 12 && next >= 1 && next <= RATE_TOP; i++) {
                struct attempt a = better_of_two(g, next);

                if (a.loss < 0.01) {
                        good = next;
                        best = a.rate > best ? a.rate : best;
                        if (a.rate < 0.95 * next) {
                                *ret_generator_limited = true;
                                break;
                        }
                } else {
                        bad = next;
                }
                next = !bad ? good * 2 : !good ? bad / 4 : (good + bad) / 2;
                if (good && bad && bad - good < 0.06 * good)
                        break;
        }
        return best;
}

/* --- the whole --- */

static void print_memory(const char *name, const struct server *server)
{
        struct memory m = server_memory(server);

        printf(", \"%s\": {\"rss_kib\": %lu, \"pss_kib\": %lu, \"private_dirty_kib\": %lu, "
               "\"processes\": %u, \"threads\": %u}",
               name, m.rss_kib, m.pss_kib, m.private_dirty_kib, m.processes, m.threads);
}

static int measure(struct guest *g, struct server *server, struct error *err)
{
        int r = measure_starts(g, server, err);
        bool limited;
        double rate;

        if (r < 0)
                return r;
        warm_up(g);
        print_memory("memory_idle", server);
        printf(", ");
        measure_serial(g, server);
        rate = highest_rate(g, &limited);
        printf(", \"highest_rate\": %.0f, \"generator_limited\": %s", rate,
               limited ? "true" : "false");
        print_memory("memory_after", server);
        return 0;
}

int main(int argc, char **argv)
{
        struct served served = { .shared_path = getenv("DHCPGEN_SHARED") };
        struct server server = { .served = &served };
        struct error err = ERROR_INIT;
        struct guest g;
        int r;

        if (argc < 4 || mac_parse(argv[3], served.mac) < 0) {
                fprintf(stderr, "usage: %s NAME TAP MAC [COMMAND...]\n", argv[0]);
                return 2;
        }
        served.tap = argv[2];
        server.argv = argc > 4 ? argv + 4 : NULL;
        r = guest_open(&g, served.tap, served.mac, &err);
        if (r == 0) {
                printf("{\"server\": \"%s\", ", argv[1]);
                r = measure(&g, &server, &err);
                printf("}\n");
                server_stop(&server);
        }
        if (r < 0)
                fprintf(stderr, "dhcpgen: %s: %s\n", argv[1], err.message);
        return r < 0;
}
