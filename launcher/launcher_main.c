/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launcher_main.c - podgraft-launcher: the libvirt child of podgraft run
 *
 *   podgraft-launcher [--connect URI] --root DIR --xml-fd N --event-fd N --control-fd N
 *                     --log-format N --log-level N
 *   podgraft-launcher --connect URI --root DIR --kill NAME
 *
 * It says on the event descriptor, a line each:
 *     started PID        the guest runs; QEMU's process, 0 where it cannot be seen
 *     ended HOW          shutdown, crashed, failed (QEMU vanished), destroyed
 *     error TEXT         why there is no guest, or none any more that we know of
 *     attached TAP       as told to
 *     refused TAP TEXT   why it cannot be attached
 *     detached TAP       the guest has let go of it
 * and takes on the control descriptor: shutdown, destroy, attach TAP XML, detach TAP. At its end of
 * file whoever started us is gone: we leave the guest to the 'podgraft down' that follows.
 */
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "podgraft/domain.h"
#include "podgraft/libvirt_uri.h"
#include "podgraft/log.h"

struct arguments {
        const char *connect, *root, *kill;
        int xml_fd, event_fd, control_fd;
        enum log_format log_format;
        enum log_level log_level;
};

static int parse_arguments(int argc, char **argv, struct arguments *ret)
{
        static const struct option options[] = {
                { "connect", required_argument, NULL, 'u' },
                { "root", required_argument, NULL, 'r' },
                { "kill", required_argument, NULL, 'k' },
                { "xml-fd", required_argument, NULL, 'x' },
                { "event-fd", required_argument, NULL, 'e' },
                { "control-fd", required_argument, NULL, 'c' },
                { "log-format", required_argument, NULL, 'f' },
                { "log-level", required_argument, NULL, 'l' },
                { 0 },
        };
        struct arguments a = {
                .xml_fd = -1, .event_fd = -1, .control_fd = -1, .log_level = LOG_LEVEL_INFO
        };
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
                switch (c) {
                case 'u':
                        a.connect = optarg;
                        break;
                case 'r':
                        a.root = optarg;
                        break;
                case 'k':
                        a.kill = optarg;
                        break;
                case 'x':
                        a.xml_fd = atoi(optarg);
                        break;
                case 'e':
                        a.event_fd = atoi(optarg);
                        break;
                case 'c':
                        a.control_fd = atoi(optarg);
                        break;
                case 'f':
                        a.log_format = (enum log_format)atoi(optarg);
                        break;
                case 'l':
                        a.log_level = (enum log_level)atoi(optarg);
                        break;
                default:
                        return -EINVAL;
                }
        }
        if (!a.root || optind != argc ||
            (!a.kill && (a.xml_fd < 0 || a.event_fd < 0 || a.control_fd < 0)))
                return -EINVAL;
        *ret = a;
        return 0;
}

static char *read_xml(int fd)
{
        char *xml = malloc(2 * DOMAIN_XML_MAX + 1);
        size_t len = 0;
        ssize_t n;

        while (xml && len < 2 * DOMAIN_XML_MAX &&
               (n = read(fd, xml + len, 2 * DOMAIN_XML_MAX - len)) > 0)
                len += (size_t)n;
        if (xml)
                xml[len] = '\0';
        return xml;
}

static const char *end_name(enum domain_end end)
{
        switch (end) {
        case DOMAIN_END_SHUTDOWN:
                return "shutdown";
        case DOMAIN_END_CRASHED:
                return "crashed";
        case DOMAIN_END_DESTROYED:
                return "destroyed";
        case DOMAIN_END_KILLED:
                break;
        }
        return "failed";
}

/* --- what we are told --- */

#define LEAVING_MAX     32
#define LOOK_EVERY_MSEC 50
#define ASK_EVERY_LOOKS 100 /* again: a guest that boots does not hear the first time */

/* Interfaces that the guest was asked to let go of. */
struct leaving {
        char tap[16];
        unsigned looks;
};

struct watched {
        const struct arguments *args;
        struct domain_connection *connection;
        struct leaving leaving[LEAVING_MAX];
        size_t n_leaving;
        char line[4096]; /* of the commands, while it arrives */
        size_t len;
};

static void take_attach(struct watched *w, char *rest)
{
        struct error err = ERROR_INIT;
        char *xml = strchr(rest, ' ');

        if (!xml)
                return;
        *xml++ = '\0';
        if (domain_attach(w->connection, xml, &err) < 0)
                dprintf(w->args->event_fd, "refused %s %s\n", rest, err.message);
        else
                dprintf(w->args->event_fd, "attached %s\n", rest);
}

static void take_detach(struct watched *w, const char *tap)
{
        struct error err = ERROR_INIT;
        size_t len = strlen(tap);

        if (w->n_leaving == LEAVING_MAX || len >= sizeof(w->leaving[0].tap))
                return;
        if (domain_detach(w->connection, tap, &err) < 0)
                log_warning("detach-failed", "%s", err.message);
        memcpy(w->leaving[w->n_leaving].tap, tap, len + 1);
        w->leaving[w->n_leaving++].looks = 0;
}

static void take_command(struct watched *w, char *line)
{
        struct error err = ERROR_INIT;

        if (strcmp(line, "shutdown") == 0 && domain_shutdown(w->connection, &err) < 0)
                log_warning("shutdown-failed", "%s", err.message);
        else if (strcmp(line, "destroy") == 0 && domain_destroy(w->connection, &err) < 0)
                log_warning("destroy-failed", "%s", err.message);
        else if (strncmp(line, "attach ", 7) == 0)
                take_attach(w, line + 7);
        else if (strncmp(line, "detach ", 7) == 0)
                take_detach(w, line + 7);
}

/* The words may come in pieces and several at once. Return: false at the end of file. */
static bool take_commands(struct watched *w)
{
        ssize_t n = read(w->args->control_fd, w->line + w->len, sizeof(w->line) - w->len);
        char *newline;

        if (n <= 0)
                return n < 0 && (errno == EINTR || errno == EAGAIN);
        w->len += (size_t)n;
        while ((newline = memchr(w->line, '\n', w->len))) {
                size_t used = (size_t)(newline + 1 - w->line);

                *newline = '\0';
                take_command(w, w->line);
                w->len -= used;
                memmove(w->line, w->line + used, w->len);
        }
        if (w->len == sizeof(w->line))
                w->len = 0;
        return true;
}

static void look_at_leaving(struct watched *w)
{
        for (size_t i = 0; i < w->n_leaving;) {
                struct leaving *one = &w->leaving[i];

                if (domain_has_tap(w->connection, one->tap) == 0) {
                        dprintf(w->args->event_fd, "detached %s\n", one->tap);
                        *one = w->leaving[--w->n_leaving];
                        continue;
                }
                if (++one->looks % ASK_EVERY_LOOKS == 0)
                        domain_detach(w->connection, one->tap, NULL);
                i++;
        }
}

/* Return: 0 the guest ended; 1 nobody wants to know any more; negative: libvirt is gone. */
static int watch(const struct arguments *args, struct domain_connection *connection,
                 enum domain_end *ret_end)
{
        static struct watched w;
        struct pollfd polls[2] = { { .fd = domain_event_fd(connection), .events = POLLIN },
                                   { .fd = args->control_fd, .events = POLLIN } };

        w = (struct watched){ .args = args, .connection = connection };
        for (;;) {
                bool ended = false;
                int r;

                if (poll(polls, 2, w.n_leaving > 0 ? LOOK_EVERY_MSEC : -1) < 0 && errno != EINTR)
                        return -errno;
                r = domain_ended(connection, &ended, ret_end);
                if (r < 0)
                        return r;
                if (ended)
                        return 0;
                look_at_leaving(&w);
                if (polls[1].revents && !take_commands(&w))
                        return 1;
        }
}

static int live(const struct arguments *args, struct error *err)
{
        _cleanup_(cleanup_domain_disconnect) struct domain_connection *connection = NULL;
        _cleanup_free_ char *xml = read_xml(args->xml_fd);
        enum domain_end end = DOMAIN_END_KILLED;
        int r;

        if (!xml)
                return error_set(err, -ENOMEM, "out of memory");
        if ((r = domain_connect(args->connect, args->root, &connection, err)) < 0 ||
            (r = domain_start(connection, xml, err)) < 0)
                return r;
        dprintf(args->event_fd, "started %d\n", (int)domain_pid(connection));
        r = watch(args, connection, &end);
        if (r < 0)
                return error_set(err, r, "lost the connection to libvirt");
        if (r == 0) {
                dprintf(args->event_fd, "ended %s\n", end_name(end));
                domain_forget(connection);
        }
        return 0;
}

static int end_leftover(const struct arguments *args, struct error *err)
{
        _cleanup_(cleanup_domain_disconnect) struct domain_connection *connection = NULL;
        int r = domain_connect(args->connect, args->root, &connection, err);
        return r < 0 ? r : domain_kill(connection, args->kill, err);
}

int main(int argc, char **argv)
{
        struct error err = ERROR_INIT;
        struct arguments args;
        int r;

        log_setup("podgraft-launcher", LOG_LEVEL_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
        if (argc == 2 && strcmp(argv[1], "--version") == 0) {
                puts("podgraft-launcher " PODGRAFT_VERSION);
                return 0;
        }
        signal(SIGPIPE, SIG_IGN);
        if (parse_arguments(argc, argv, &args) < 0) {
                log_error("usage", "podgraft-launcher is started by podgraft; see 'podgraft run'");
                return ERROR_USAGE;
        }
        log_setup("podgraft-launcher", args.log_level, args.log_format, STDERR_FILENO);
        /* Embedded, as an ordinary user, libvirt keeps files there; nobody else's are its business.
         */
        if (!args.connect)
                setenv("HOME", args.root, 1);
        /* libvirt's children must not hold what our parent waits for. */
        if (!args.kill) {
                fcntl(args.event_fd, F_SETFD, FD_CLOEXEC);
                fcntl(args.control_fd, F_SETFD, FD_CLOEXEC);
                fcntl(args.xml_fd, F_SETFD, FD_CLOEXEC);
        }
        r = args.connect ? libvirt_uri_check(args.connect, &err) : 0;
        if (r == 0)
                r = args.kill ? end_leftover(&args, &err) : live(&args, &err);
        if (r >= 0)
                return 0;
        if (args.kill)
                log_error("failed", "%s", err.message);
        else
                dprintf(args.event_fd, "error %s\n", err.message);
        return ERROR_FAILED;
}
