/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpd.c - podgraft-dhcpd: everything it needs arrives as open descriptors
 */
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "dhcp/responder.h"
#include "dhcp/sandbox.h"
#include "podgraft/log.h"

struct descriptors {
        int socket, conf, shared, ready, log;
};

static int parse_arguments(int argc, char **argv, struct descriptors *ret, bool *ret_version)
{
        static const struct option options[] = {
                { "socket-fd", required_argument, NULL, 's' },
                { "conf-fd", required_argument, NULL, 'c' },
                { "shared-fd", required_argument, NULL, 'm' },
                { "ready-fd", required_argument, NULL, 'r' },
                { "log-fd", required_argument, NULL, 'l' },
                { "version", no_argument, NULL, 'V' },
                { 0 },
        };
        struct descriptors d = { -1, -1, -1, -1, -1 };
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
                int fd = optarg ? atoi(optarg) : -1;

                switch (c) {
                case 's':
                        d.socket = fd;
                        break;
                case 'c':
                        d.conf = fd;
                        break;
                case 'm':
                        d.shared = fd;
                        break;
                case 'r':
                        d.ready = fd;
                        break;
                case 'l':
                        d.log = fd;
                        break;
                case 'V':
                        *ret_version = true;
                        return 0;
                default:
                        return -EINVAL;
                }
        }
        if (d.socket < 0 || d.conf < 0 || d.shared < 0 || optind != argc)
                return -EINVAL;
        *ret = d;
        return 0;
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

static int serve(const struct descriptors *d, struct error *err)
{
        static struct dhcp_conf conf;
        struct transport transport;
        struct responder responder = { .conf = &conf, .transport = &transport };
        int r = read_conf(d->conf, &conf, err);

        if (r < 0)
                return r;
        /* Proof of life, and that there is only one of us. */
        if (flock(d->shared, LOCK_EX | LOCK_NB) < 0)
                return error_errno(err, -errno, "another responder serves this tap");
        responder.shared = mmap(NULL, sizeof(*responder.shared), PROT_READ | PROT_WRITE, MAP_SHARED,
                                d->shared, 0);
        if (responder.shared == MAP_FAILED)
                return error_errno(err, -errno, "map the shared file");
        r = sandbox_enter(err);
        if (r < 0)
                return r;
        transport_from_socket(d->socket, &transport);
        return responder_run(&responder, d->ready, err);
}

int main(int argc, char **argv)
{
        struct descriptors d = { -1, -1, -1, -1, -1 };
        struct error err = ERROR_INIT;
        bool version = false;

        if (parse_arguments(argc, argv, &d, &version) < 0) {
                log_error("usage", "podgraft-dhcpd is started by podgraft, not by hand");
                return ERROR_USAGE;
        }
        if (version) {
                printf("podgraft-dhcpd %s\n", PODGRAFT_VERSION);
                return 0;
        }
        log_setup("podgraft-dhcpd", LOG_LEVEL_INFO, LOG_FORMAT_TEXT, d.log);
        if (serve(&d, &err) == 0)
                return 0;
        /* Whoever waits for us to be ready gets the reason instead. */
        if (d.ready >= 0 && write(d.ready, err.message, strlen(err.message)) < 0)
                return ERROR_FAILED;
        log_error("failed", "%s", err.message);
        return ERROR_FAILED;
}
