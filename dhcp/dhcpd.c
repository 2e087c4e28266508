/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpd.c - podgraft-dhcpd: everything it needs arrives as open descriptors
 */
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "dhcp/conf.h"
#include "dhcp/guardian.h"
#include "dhcp/sandbox.h"
#include "dhcp/serving.h"
#include "podgraft/log.h"
#include "podgraft/loop.h"

#define LOG_BURST         50
#define LOG_INTERVAL_MSEC 60000

/* Who has the locks is told to end, and killed where it does not: it does not take that long. */
#define LOCK_MSEC      20000
#define LOCK_LOOK_MSEC 2

struct tap_fds {
        int socket, conf, shared, lock, nic; /* the last: -1 where there is none */
};

struct arguments {
        struct tap_fds taps[DHCP_MAX_TAPS];
        size_t n;
        int ready, log, mount; /* descriptors; -1: not given */
        enum log_format log_format;
        enum log_level log_level;
        int guard;    /* be, or have, a guardian */
        int own_pids; /* if process 1, then of a PID namespace of our own */
        bool version, check;
};

static int parse_tap(const char *text, struct arguments *a)
{
        struct tap_fds t;

        if (a->n == DHCP_MAX_TAPS ||
            sscanf(text, "%d,%d,%d,%d,%d", &t.socket, &t.conf, &t.shared, &t.lock, &t.nic) != 5 ||
            t.socket < 0 || t.conf < 0 || t.shared < 0 || t.lock < 0)
                return -EINVAL;
        a->taps[a->n++] = t;
        return 0;
}

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
        const struct option options[] = {
                { "tap", required_argument, NULL, 't' },
                { "ready-fd", required_argument, &a->ready, 0 },
                { "log-fd", required_argument, &a->log, 0 },
                { "mount-fd", required_argument, &a->mount, 0 },
                { "log-format", required_argument, NULL, 'f' },
                { "log-level", required_argument, NULL, 'l' },
                { "guard", no_argument, &a->guard, 1 },
                { "own-pids", no_argument, &a->own_pids, 1 },
                { "version", no_argument, NULL, 'V' },
                { "check", no_argument, NULL, 'C' },
                { 0 },
        };
        int c, index;

        while ((c = getopt_long(argc, argv, "", options, &index)) != -1)
                switch (c) {
                case 0: /* a descriptor; getopt sets the flags itself */
                        if (optarg)
                                *options[index].flag = atoi(optarg);
                        break;
                case 't':
                        if (parse_tap(optarg, a) < 0)
                                return -EINVAL;
                        break;
                case 'f':
                        a->log_format = (enum log_format)atoi(optarg);
                        break;
                case 'l':
                        a->log_level = (enum log_level)atoi(optarg);
                        break;
                case 'V':
                        a->version = true;
                        return 0;
                case 'C':
                        a->check = true;
                        return 0;
                default:
                        return -EINVAL;
                }
        return a->n == 0 || optind != argc ? -EINVAL : 0;
}

/* --- what each tap needs, as it came --- */

/* Read-only for good: of a sealed file. A wrong one is a mismatch of versions. */
static int map_conf(int fd, const struct dhcp_conf **ret, struct error *err)
{
        const off_t size = (off_t)sizeof(**ret);
        const struct dhcp_conf *map;

        if (lseek(fd, 0, SEEK_END) < size)
                return error_set(err, -EPROTO,
                                 "the configuration is not of this version; are podgraft and "
                                 "podgraft-dhcpd of the same build?");
        map = mmap(NULL, sizeof(*map), PROT_READ, MAP_PRIVATE, fd, 0);
        if (map == MAP_FAILED)
                return error_errno(err, -errno, "map the configuration");
        close(fd);
        if (!conf_is_sound(map))
                return error_set(err, -EPROTO,
                                 "the configuration is not of this version; are podgraft and "
                                 "podgraft-dhcpd of the same build?");
        *ret = map;
        return 0;
}

struct tap {
        struct transport transport, nic;
};

static int tap_open(const struct tap_fds *fds, struct tap *tap, struct responder *ret,
                    struct error *err)
{
        void *shared;
        int r;

        *ret = (struct responder){ .transport = &tap->transport,
                                   .nic = fds->nic >= 0 ? &tap->nic : NULL,
                                   .lock = fds->lock };
        r = map_conf(fds->conf, &ret->conf, err);
        if (r < 0)
                return r;
        shared = mmap(NULL, sizeof(*ret->shared), PROT_READ | PROT_WRITE, MAP_SHARED, fds->shared,
                      0);
        if (shared == MAP_FAILED)
                return error_errno(err, -errno, "map the shared file");
        close(fds->shared);
        ret->shared = shared;
        transport_from_socket(fds->socket, &tap->transport);
        transport_from_socket(fds->nic, &tap->nic);
        return 0;
}

/* --- giving up, and taking over --- */

struct process {
        const struct arguments *arguments;
        struct responder *responders;
        size_t n;
        struct guardian *guardian; /* NULL: somebody else revives us */
        int over_fd; /* a worker's, to tell its guardian that a responder is over; -1: it has none
                      */
};

/* Return: 0; -ECANCELED: nobody is left who would say so */
static int await_go(int fd, struct error *err)
{
        char word;

        if (write(fd, DHCP_PREPARED, 1) != 1 || read(fd, &word, 1) != 1 || word != *DHCP_GO)
                return error_set(err, -ECANCELED,
                                 "podgraft ended before the responder could begin");
        return 0;
}

/* Return: 0; -EBUSY after @timeout_msec */
static int take_lock(int fd, uint64_t until_msec, struct error *err)
{
        int r;

        for (;;) {
                struct error failure = ERROR_INIT;

                r = dhcp_lock_take(fd, &failure);
                if (r != -EBUSY || loop_now_msec() >= until_msec)
                        return r < 0 ? error_set(err, r, "%s", failure.message) : 0;
                poll(NULL, 0, LOCK_LOOK_MSEC);
        }
}

/*
 * Of responders that serve some of the taps and are about to end for us, or of nobody. What the
 * guests send meanwhile waits in our sockets; what came while both had theirs is answered twice,
 * which does a guest no harm: it would, if nobody did.
 */
static int take_locks(struct process *p, struct error *err)
{
        int ready = p->arguments->ready, r = ready >= 0 ? await_go(ready, err) : 0;
        uint64_t until_msec = loop_now_msec() + (ready >= 0 ? LOCK_MSEC : 0);

        for (size_t i = 0; r == 0 && i < p->n; i++) {
                struct responder *responder = &p->responders[i];

                r = take_lock(responder->lock, until_msec, err);
                if (r < 0)
                        return error_context(err, "'%s'", responder->conf->tap);
                atomic_store(&responder->shared->is_leaving, 0);
                atomic_store(&responder->shared->conf_fingerprint,
                             dhcp_conf_fingerprint(responder->conf));
        }
        return r;
}

static void worker_begin(struct process *p)
{
        p->guardian = guardian_free(p->guardian);
        for (size_t i = 0; i < p->n; i++) {
                if (p->responders[i].lock >= 0)
                        close(p->responders[i].lock); /* the lock is the guardian's */
                p->responders[i].lock = -1;
        }
}

/* serving_run()'s; where there is a guardian, only its workers come back with 0. */
static int enter_sandbox(void *user, struct error *err)
{
        struct process *p = user;
        const struct sandbox_conf conf = {
                .role = p->guardian ? SANDBOX_GUARDIAN : SANDBOX_WORKER,
                .own_pids = p->arguments->own_pids && getpid() == 1,
                .log_fd = p->arguments->log,
        };
        char missing[256];
        uint32_t parts = 0;
        int r = sandbox_enter(&conf, &parts, err);

        if (r < 0 || (r = take_locks(p, err)) < 0)
                return r;
        sandbox_close(conf.role, &parts);
        if (*dhcp_sandbox_missing(parts, missing, sizeof(missing)))
                log_warning("sandbox-incomplete", "the sandbox lacks: %s", missing);
        for (size_t i = 0; !p->guardian && i < p->n; i++) {
                atomic_store(&p->responders[i].shared->is_guarded, 0);
                atomic_store(&p->responders[i].shared->sandbox, parts);
        }
        if (!p->guardian)
                return 0;
        r = guardian_run(p->guardian, parts, p->arguments->ready, &p->over_fd, err);
        if (r == GUARDIAN_ENDED || r == GUARDIAN_TAKEN_OVER)
                responders_end(p->responders, p->n, r == GUARDIAN_TAKEN_OVER);
        if (r != GUARDIAN_IN_WORKER)
                return r < 0 ? r : 1;
        worker_begin(p);
        return 0;
}

static void on_over(void *user)
{
        struct process *p = user;

        if (p->over_fd >= 0 && write(p->over_fd, "", 1) < 0)
                log_debug(NULL, "the guardian does not listen");
}

/* --- the story --- */

static int close_others(const struct arguments *a, struct error *err)
{
        const size_t per_tap = sizeof(*a->taps) / sizeof(int);
        int keep[3 + sizeof(struct tap_fds) / sizeof(int) * DHCP_MAX_TAPS] = { a->ready, a->log,
                                                                               a->mount };

        memcpy(&keep[3], a->taps, a->n * sizeof(*a->taps));
        return sandbox_close_others(keep, 3 + per_tap * a->n, err);
}

static int serve(const struct arguments *a, struct error *err)
{
        struct tap *taps = calloc(a->n, sizeof(*taps));
        struct process p = { .arguments = a,
                             .responders = calloc(a->n, sizeof(*p.responders)),
                             .n = a->n,
                             .over_fd = -1 };
        const struct serving_start start = { .signals = !a->guard,
                                             .enter_sandbox = enter_sandbox,
                                             .on_over = on_over,
                                             .user = &p,
                                             .ready_fd = a->ready };
        int r;

        if (!taps || !p.responders)
                return error_set(err, -ENOMEM, "out of memory");
        /* Before the locks: closing another descriptor of the same file would give one up. */
        r = close_others(a, err);
        for (size_t i = 0; r == 0 && i < a->n; i++)
                r = tap_open(&a->taps[i], &taps[i], &p.responders[i], err);
        if (r == 0 && a->guard)
                r = guardian_new(p.responders, p.n, a->mount, &p.guardian, err);
        if (r < 0)
                return r;
        tzset(); /* gmtime_r() would read the time zone's file, too late */
        return serving_run(p.responders, p.n, &start, err);
}

/*
 * Can it be given up here, what is given up before a guest is heard? What cannot is on stdout, but
 * for the PID namespace, which is its parent's to make.
 */
static int check(const struct arguments *a)
{
        const struct sandbox_conf conf = { .role = SANDBOX_WORKER,
                                           .own_pids = true,
                                           .log_fd = a->log };
        struct error err = ERROR_INIT;
        char missing[256];
        uint32_t parts = 0;

        if (sandbox_enter(&conf, &parts, &err) < 0) {
                log_error("failed", "%s", err.message);
                return ERROR_FAILED;
        }
        sandbox_close(conf.role, &parts);
        dhcp_sandbox_missing(parts, missing, sizeof(missing));
        if (*missing && write(STDOUT_FILENO, missing, strlen(missing)) < 0)
                return ERROR_FAILED;
        return 0;
}

int main(int argc, char **argv)
{
        struct arguments a = { .ready = -1, .log = -1, .mount = -1, .log_level = LOG_LEVEL_INFO };
        struct error err = ERROR_INIT;

        if (parse_arguments(argc, argv, &a) < 0) {
                log_error("usage", "podgraft-dhcpd is started by podgraft, not by hand");
                return ERROR_USAGE;
        }
        if (a.version) {
                printf("podgraft-dhcpd %s\n", PODGRAFT_VERSION);
                return 0;
        }
        log_setup("podgraft-dhcpd", a.log_level, a.log_format, a.log);
        log_bound(LOG_BURST, LOG_INTERVAL_MSEC);
        if (a.check)
                _exit(check(&a));
        /* Whoever started us may have been killed: the next podgraft finds us serving. */
        signal(SIGPIPE, SIG_IGN);
        /* _exit: the sandbox has no room for what exit() may do. */
        if (serve(&a, &err) == 0)
                _exit(0);
        log_error("failed", "%s", err.message);
        /* Whoever waits for us to be ready gets the reason instead. */
        if (a.ready >= 0 && write(a.ready, err.message, strlen(err.message)) < 0)
                log_debug(NULL, "nobody waits for the reason");
        _exit(ERROR_FAILED);
}
