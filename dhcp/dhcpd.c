/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpd.c - podgraft-dhcpd: everything it needs arrives as open descriptors
 */
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "dhcp/responder.h"
#include "dhcp/sandbox.h"
#include "podgraft/log.h"

struct arguments {
        int socket, conf, shared, nic, ready, log; /* descriptors; -1: not given */
        enum log_format log_format;
        enum log_level log_level;
        bool version;
};

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
        const struct option options[] = {
                { "socket-fd", required_argument, &a->socket, 0 },
                { "conf-fd", required_argument, &a->conf, 0 },
                { "shared-fd", required_argument, &a->shared, 0 },
                { "nic-fd", required_argument, &a->nic, 0 },
                { "ready-fd", required_argument, &a->ready, 0 },
                { "log-fd", required_argument, &a->log, 0 },
                { "log-format", required_argument, NULL, 'f' },
                { "log-level", required_argument, NULL, 'l' },
                { "version", no_argument, NULL, 'V' },
                { 0 },
        };
        int c, index;

        while ((c = getopt_long(argc, argv, "", options, &index)) != -1)
                switch (c) {
                case 0: /* a descriptor */
                        *options[index].flag = atoi(optarg);
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
                default:
                        return -EINVAL;
                }
        return a->socket < 0 || a->conf < 0 || a->shared < 0 || optind != argc ? -EINVAL : 0;
}

/* The configuration comes from podgraft itself; a wrong one is a mismatch of versions. */
static int read_conf(int fd, struct dhcp_conf *ret, struct error *err)
{
        if (pread(fd, ret, sizeof(*ret), 0) != sizeof(*ret) || ret->magic != DHCP_CONF_MAGIC ||
            ret->size != sizeof(*ret))
                return error_set(err, -EPROTO,
                                 "the configuration is not of this version; are podgraft and "
                                 "podgraft-dhcpd of the same build?");
        if (ret->n_routes > DHCP_MAX_ROUTES || ret->n_dns > DHCP_MAX_DNS ||
            ret->n_searches > DHCP_MAX_SEARCHES || ret->prefix_len > 32)
                return error_set(err, -EPROTO, "the configuration is out of range");
        for (uint32_t i = 0; i < ret->n_routes; i++)
                if (ret->routes[i].prefix_len > 32)
                        return error_set(err, -EPROTO, "the configuration is out of range");
        return 0;
}

static int serve(const struct arguments *a, struct error *err)
{
        static struct dhcp_conf conf;
        const int keep[] = { a->socket, a->conf, a->shared, a->nic, a->ready, a->log };
        struct transport transport, nic;
        struct responder responder;
        struct dhcp_shared *shared;
        int r;

        /* Before the lock: closing another descriptor of the same file would give it up. */
        if ((r = sandbox_close_others(keep, ARRAY_SIZE(keep), err)) < 0 ||
            (r = read_conf(a->conf, &conf, err)) < 0 || (r = dhcp_shared_lock(a->shared, err)) < 0)
                return r;
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, a->shared, 0);
        if (shared == MAP_FAILED)
                return error_errno(err, -errno, "map the shared file");
        transport_from_socket(a->socket, &transport);
        transport_from_socket(a->nic, &nic);
        responder = (struct responder){ .conf = &conf, .shared = shared, .transport = &transport };
        tzset(); /* gmtime_r() would read the time zone's file, too late */
        return responder_run(&responder, a->nic >= 0 ? &nic : NULL, sandbox_enter, a->ready, err);
}

int main(int argc, char **argv)
{
        struct arguments a = { -1, -1, -1, -1, -1, -1, LOG_FORMAT_TEXT, LOG_LEVEL_INFO, false };
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
        /* _exit: the sandbox has no room for what exit() may do. */
        if (serve(&a, &err) == 0)
                _exit(0);
        log_error("failed", "%s", err.message);
        /* Whoever waits for us to be ready gets the reason instead. */
        if (a.ready >= 0 && write(a.ready, err.message, strlen(err.message)) < 0)
                log_debug(NULL, "nobody waits for the reason");
        _exit(ERROR_FAILED);
}
