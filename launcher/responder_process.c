/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/responder_process.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "launcher/process.h"
#include "podgraft/log.h"

#define READY_MSEC 5000
#define STOP_MSEC  2000

/* What podgraft-dhcpd cannot open itself any more. */
struct equipment {
        int socket, conf, shared, nic; /* nic: -1 where there is none to watch */
};

static void equipment_close(struct equipment *e)
{
        cleanup_close(&e->socket);
        cleanup_close(&e->conf);
        cleanup_close(&e->shared);
        cleanup_close(&e->nic);
}

static int conf_file(const struct podnet *net, const struct responder_conf *conf, int *ret,
                     struct error *err)
{
        _cleanup_close_ int fd = memfd_create("dhcp.conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        _cleanup_free_ struct dhcp_conf *lease = malloc(sizeof(*lease));
        int r;

        if (!lease)
                return error_set(err, -ENOMEM, "out of memory");
        r = dhcp_conf_from_podnet(net, lease, conf->notes, err);
        if (r < 0)
                return r;
        lease->lease_sec = conf->lease_sec;
        if (fd < 0 || write(fd, lease, sizeof(*lease)) != sizeof(*lease) ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
                return error_errno(err, -errno, "hand the lease to the responder");
        *ret = take_fd(&fd);
        return 0;
}

static int equip(const struct podnet *net, const struct responder_conf *conf, struct equipment *ret,
                 struct error *err)
{
        unsigned tap = if_nametoindex(net->tap), nic = if_nametoindex(net->nic);
        struct equipment e = { -1, -1, -1, -1 };
        int r;

        if (tap == 0)
                return error_set(err, -ENODEV, "there is no tap '%s'; 'podgraft up' mends that",
                                 net->tap);
        if ((r = dhcp_transport_open(tap, net->mac, &e.socket, err)) < 0 ||
            (nic > 0 && (r = dhcp_watch_open(nic, &e.nic, err)) < 0) ||
            (r = conf_file(net, conf, &e.conf, err)) < 0 ||
            (r = dhcp_shared_create(conf->shared_path, &e.shared, err)) < 0) {
                equipment_close(&e);
                return r;
        }
        *ret = e;
        return 0;
}

struct arguments {
        char text[8][32];
        char *argv[10];
        int n;
};

static void argument_add(struct arguments *a, const char *name, int value)
{
        snprintf(a->text[a->n], sizeof(a->text[a->n]), "--%s=%d", name, value);
        a->argv[a->n + 1] = a->text[a->n];
        a->argv[++a->n + 1] = NULL;
}

static void arguments_common(struct arguments *a, char *program)
{
        *a = (struct arguments){ .argv = { program } };
        argument_add(a, "log-format", (int)log_current_format());
        argument_add(a, "log-level", (int)log_current_level());
}

bool responder_is_alive(const char *shared_path, pid_t *ret_pid)
{
        _cleanup_close_ int fd = open(shared_path, O_RDONLY | O_CLOEXEC);
        pid_t pid = fd < 0 ? 0 : dhcp_shared_owner(fd);

        if (ret_pid)
                *ret_pid = pid > 0 ? pid : 0;
        return pid != 0;
}

/* 'R' means ready; anything else is the reason why not. */
static int await_ready(int fd, pid_t pid, struct error *err)
{
        struct pollfd p = { .fd = fd, .events = POLLIN };
        char text[512];
        ssize_t n = 0;
        int r, status = 0;

        do
                r = poll(&p, 1, READY_MSEC);
        while (r < 0 && errno == EINTR);
        if (r > 0)
                n = read(fd, text, sizeof(text) - 1);
        if (n == 1 && text[0] == 'R')
                return 0;
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        if (r == 0)
                return error_set(err, -ETIMEDOUT, "the responder was not ready within %d ms",
                                 READY_MSEC);
        text[n > 0 ? n : 0] = '\0';
        if (n > 0)
                return error_set(err, -EIO, "start the responder: %s", text);
        return error_set(err, -EIO, "start the responder: it ended without a word: %s",
                         WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "no signal");
}

static int spawn(char *program, const struct responder_conf *conf, const struct equipment *e,
                 int ready_fd, pid_t *ret_pid, struct error *err)
{
        _cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        struct process_fd fds[8] = {
                { e->socket, 3 }, { e->conf, 4 }, { e->shared, 5 }, { ready_fd, 6 }
        };
        size_t n = 4;
        struct arguments a;

        if (null_fd < 0)
                return error_errno(err, -errno, "open '/dev/null'");
        arguments_common(&a, program);
        argument_add(&a, "socket-fd", 3);
        argument_add(&a, "conf-fd", 4);
        argument_add(&a, "shared-fd", 5);
        argument_add(&a, "ready-fd", 6);
        if (e->nic >= 0) {
                fds[n++] = (struct process_fd){ e->nic, 7 };
                argument_add(&a, "nic-fd", 7);
        }
        /* It outlives us: whoever reads our output to its end must not wait for it. */
        fds[n++] = (struct process_fd){ null_fd, STDOUT_FILENO };
        if (conf->log_to_stderr)
                argument_add(&a, "log-fd", STDERR_FILENO);
        else
                fds[n++] = (struct process_fd){ null_fd, STDERR_FILENO };
        return process_spawn(a.argv, fds, n, 0, ret_pid, err);
}

int responder_start(const struct podnet *net, const struct responder_conf *conf, pid_t *ret_pid,
                    struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-dhcpd");
        _cleanup_close_ int ready_read = -1, ready_write = -1;
        struct equipment e;
        int pair[2], r;
        pid_t pid;

        if (responder_is_alive(conf->shared_path, ret_pid))
                return 0;
        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        if (pipe2(pair, O_CLOEXEC) < 0)
                return error_errno(err, -errno, "create a pipe");
        ready_read = pair[0];
        ready_write = pair[1];
        r = equip(net, conf, &e, err);
        if (r < 0)
                return r;
        r = spawn(program, conf, &e, ready_write, &pid, err);
        equipment_close(&e);
        close(take_fd(&ready_write));
        if (r == 0)
                r = await_ready(ready_read, pid, err);
        if (r == 0)
                *ret_pid = pid;
        return r;
}

/* For an exec without a fork: the descriptor keeps its number. */
static void argument_inherit(struct arguments *a, const char *name, int fd)
{
        fcntl(fd, F_SETFD, 0);
        argument_add(a, name, fd);
}

int responder_exec_foreground(const struct podnet *net, const struct responder_conf *conf,
                              struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-dhcpd");
        struct equipment e;
        struct arguments a;
        pid_t pid;
        int r;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        if (responder_is_alive(conf->shared_path, &pid))
                return error_set(err, -EBUSY, "a responder serves this pod already (process %d)",
                                 pid);
        r = equip(net, conf, &e, err);
        if (r < 0)
                return r;
        arguments_common(&a, program);
        argument_inherit(&a, "socket-fd", e.socket);
        argument_inherit(&a, "conf-fd", e.conf);
        argument_inherit(&a, "shared-fd", e.shared);
        if (e.nic >= 0)
                argument_inherit(&a, "nic-fd", e.nic);
        argument_add(&a, "log-fd", STDERR_FILENO);
        execv(program, a.argv);
        r = error_errno(err, -errno, "start '%s'", program);
        equipment_close(&e);
        return r;
}

int responder_stop(const char *shared_path, struct error *err)
{
        _cleanup_close_ int fd = open(shared_path, O_RDONLY | O_CLOEXEC), pidfd = -1;
        struct pollfd p = { .events = POLLIN };
        pid_t pid;

        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0)
                return error_errno(err, -errno, "open '%s'", shared_path);
        pid = dhcp_shared_owner(fd);
        if (pid == 0)
                return 0;
        if (pid < 0)
                return error_set(err, -ESRCH,
                                 "the responder runs in a PID namespace that cannot be seen from "
                                 "here; stop it from there");
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0 && errno != ESRCH)
                return error_errno(err, -errno, "watch the responder (process %d)", pid);
        /* Asked again with the pidfd open: it still owns the lock, so the pidfd is of it. */
        if (pidfd >= 0 && dhcp_shared_owner(fd) == pid) {
                p.fd = pidfd;
                syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
                if (poll(&p, 1, STOP_MSEC) == 0) {
                        syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
                        poll(&p, 1, STOP_MSEC);
                }
        }
        if (dhcp_shared_is_alive(fd))
                return error_set(err, -EBUSY, "the responder (process %d) does not end", pid);
        return 0;
}
