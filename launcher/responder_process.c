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

#define READY_MSEC 5000
#define STOP_MSEC  2000

struct equipment {
        int socket, conf, shared;
};

static void equipment_close(struct equipment *e)
{
        cleanup_close(&e->socket);
        cleanup_close(&e->conf);
        cleanup_close(&e->shared);
}

static int conf_file(const struct podnet *net, const struct responder_conf *conf, int *ret,
                     struct error *err)
{
        _cleanup_close_ int fd = memfd_create("dhcp.conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        _cleanup_free_ struct dhcp_conf *lease = malloc(sizeof(*lease));
        int r;

        if (!lease)
                return error_set(err, -ENOMEM, "out of memory");
        r = dhcp_conf_from_podnet(net, lease, NULL, err);
        if (r < 0)
                return r;
        lease->lease_sec = conf->lease_sec;
        if (fd < 0 || write(fd, lease, sizeof(*lease)) != sizeof(*lease) ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
                return error_errno(err, -errno, "hand the lease to the responder");
        *ret = take_fd(&fd);
        return 0;
}

/* What podgraft-dhcpd cannot open itself any more. */
static int equip(const struct podnet *net, const struct responder_conf *conf, struct equipment *ret,
                 struct error *err)
{
        unsigned ifindex = if_nametoindex(net->tap);
        struct equipment e = { -1, -1, -1 };
        int r;

        if (ifindex == 0)
                return error_set(err, -ENODEV, "there is no tap '%s'; 'podgraft up' mends that",
                                 net->tap);
        if ((r = dhcp_transport_open(ifindex, net->mac, &e.socket, err)) < 0 ||
            (r = conf_file(net, conf, &e.conf, err)) < 0 ||
            (r = dhcp_shared_create(conf->shared_path, &e.shared, err)) < 0) {
                equipment_close(&e);
                return r;
        }
        *ret = e;
        return 0;
}

static pid_t alive_pid(const char *shared_path)
{
        const struct dhcp_shared *shared;
        pid_t pid = 0;
        int fd;

        if (dhcp_shared_open(shared_path, &shared, &fd, NULL) < 0)
                return 0;
        if (dhcp_shared_is_alive(fd))
                pid = (pid_t)atomic_load(&shared->responder_pid);
        dhcp_shared_close(shared, fd);
        return pid;
}

/* 'R' means ready; anything else is the reason why not. */
static int await_ready(int fd, pid_t pid, struct error *err)
{
        struct pollfd p = { .fd = fd, .events = POLLIN };
        char text[512];
        ssize_t n = 0;
        int r;

        do
                r = poll(&p, 1, READY_MSEC);
        while (r < 0 && errno == EINTR);
        if (r > 0)
                n = read(fd, text, sizeof(text) - 1);
        if (n == 1 && text[0] == 'R')
                return 0;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        if (r == 0)
                return error_set(err, -ETIMEDOUT, "the responder was not ready within %d ms",
                                 READY_MSEC);
        text[n > 0 ? n : 0] = '\0';
        return error_set(err, -EIO, "start the responder: %s",
                         n > 0 ? text : "it ended without a word");
}

int responder_start(const struct podnet *net, const struct responder_conf *conf, pid_t *ret_pid,
                    struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-dhcpd");
        _cleanup_close_ int ready_read = -1, ready_write = -1, null_fd = -1;
        struct equipment e;
        int pair[2], r;
        pid_t pid;

        pid = alive_pid(conf->shared_path);
        if (pid > 0) {
                *ret_pid = pid;
                return 0;
        }
        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        r = equip(net, conf, &e, err);
        if (r < 0)
                return r;
        if (pipe2(pair, O_CLOEXEC) < 0) {
                equipment_close(&e);
                return error_errno(err, -errno, "create a pipe");
        }
        ready_read = pair[0];
        ready_write = pair[1];
        null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

        /* It outlives us: whoever reads our output to its end must not wait for it. */
        struct process_fd fds[] = { { null_fd, STDOUT_FILENO },
                                    { null_fd, STDERR_FILENO },
                                    { e.socket, 3 },
                                    { e.conf, 4 },
                                    { e.shared, 5 },
                                    { ready_write, 6 } };
        char *argv[] = { program,         "--socket-fd=3", "--conf-fd=4",
                         "--shared-fd=5", "--ready-fd=6",  NULL };

        r = process_spawn(argv, fds, ARRAY_SIZE(fds), 0, &pid, err);
        equipment_close(&e);
        close(take_fd(&ready_write));
        if (r == 0)
                r = await_ready(ready_read, pid, err);
        if (r == 0)
                *ret_pid = pid;
        return r;
}

int responder_exec_foreground(const struct podnet *net, const struct responder_conf *conf,
                              struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-dhcpd");
        char socket_fd[32], conf_fd[32], shared_fd[32];
        struct equipment e;
        int r;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        if (alive_pid(conf->shared_path) > 0)
                return error_set(err, -EBUSY, "a responder serves this pod already (process %d)",
                                 alive_pid(conf->shared_path));
        r = equip(net, conf, &e, err);
        if (r < 0)
                return r;
        snprintf(socket_fd, sizeof(socket_fd), "--socket-fd=%d", e.socket);
        snprintf(conf_fd, sizeof(conf_fd), "--conf-fd=%d", e.conf);
        snprintf(shared_fd, sizeof(shared_fd), "--shared-fd=%d", e.shared);
        fcntl(e.socket, F_SETFD, 0);
        fcntl(e.conf, F_SETFD, 0);
        fcntl(e.shared, F_SETFD, 0);
        execl(program, program, socket_fd, conf_fd, shared_fd, "--log-fd=2", (char *)NULL);
        r = error_errno(err, -errno, "start '%s'", program);
        equipment_close(&e);
        return r;
}

int responder_stop(const char *shared_path, struct error *err)
{
        const struct dhcp_shared *shared;
        _cleanup_close_ int pidfd = -1;
        struct pollfd p = { .events = POLLIN };
        int fd, r = 0;

        if (dhcp_shared_open(shared_path, &shared, &fd, NULL) < 0)
                return 0;
        /* The number is believed only while the lock is held, looked at after the pidfd is open. */
        pidfd = (int)syscall(SYS_pidfd_open, (pid_t)atomic_load(&shared->responder_pid), 0);
        if (pidfd >= 0 && dhcp_shared_is_alive(fd)) {
                p.fd = pidfd;
                syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
                if (poll(&p, 1, STOP_MSEC) == 0) {
                        syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
                        poll(&p, 1, STOP_MSEC);
                }
        }
        if (dhcp_shared_is_alive(fd))
                r = error_set(err, -EBUSY, "the responder (process %u) does not end",
                              atomic_load(&shared->responder_pid));
        dhcp_shared_close(shared, fd);
        return r;
}
