/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/guardian.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "dhcp/events.h"
#include "dhcp/sandbox.h"
#include "podgraft/log.h"
#include "podgraft/loop.h"

struct guardian {
        struct responder *responders;
        size_t n;
        struct loop *loop;
        struct loop_source *revive_timer;
        int mount;    /* of launcher/mount_watch.h; -1: there is none */
        int leash[2]; /* a pipe whose writing end only the guardian holds: it lives */
        int over[2];  /* a pipe by which a worker says that one of the responders is over */
        int worker;   /* pidfd; -1: there is none */
        int ready_fd;
        uint32_t sandbox;
        struct loop_backoff backoff;
        struct error *err;
};

static void close_once(int *fd)
{
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
}

static int worker_begin(struct guardian *g)
{
        char byte;
        int r;

        close_once(&g->leash[1]);
        close_once(&g->over[0]);
        r = sandbox_narrow(&g->sandbox, g->err);
        if (r < 0)
                return r;
        /* It died before the worker was tied to it: nobody would end the worker. */
        if (read(g->leash[0], &byte, 1) == 0)
                return error_set(g->err, -ESRCH, "the guardian is gone");
        close_once(&g->leash[0]);
        for (size_t i = 0; i < g->n; i++)
                atomic_store(&g->responders[i].shared->sandbox, g->sandbox);
        return GUARDIAN_IN_WORKER;
}

/* As fork(), whose bookkeeping for threads would need more system calls. */
static long clone_worker(int *ret_pidfd)
{
        const unsigned long flags = CLONE_PIDFD | SIGCHLD;

#ifdef __s390x__
        return syscall(SYS_clone, NULL, flags, ret_pidfd, NULL, NULL);
#else
        return syscall(SYS_clone, flags, NULL, ret_pidfd, NULL, NULL);
#endif
}

/* Return: in how many milliseconds */
static uint32_t revive_later(struct guardian *g)
{
        uint32_t msec = loop_backoff_next(&g->backoff);

        loop_timer_set(g->revive_timer, msec);
        return msec;
}

/* Return: GUARDIAN_IN_WORKER in the worker, 0 in the guardian, which goes on also if there is none
 */
static int worker_fork(struct guardian *g)
{
        long pid = clone_worker(&g->worker);

        if (pid == 0)
                return worker_begin(g);
        loop_backoff_begin(&g->backoff);
        close_once(&g->ready_fd);
        if (pid < 0) {
                int r = -errno;

                g->worker = -1;
                log_error("worker-failed", "fork a worker: %s; trying again in %u ms", strerror(-r),
                          revive_later(g));
        }
        return 0;
}

static int on_revive(void *user)
{
        struct guardian *g = user;
        int r = worker_fork(g);

        if (r != 0)
                loop_quit(g->loop, r);
        return r < 0 ? r : 0;
}

/* Return: true if there was one to reap, with how it ended in @ret as waitid() tells it. */
static bool worker_reap(struct guardian *g, int options, siginfo_t *ret)
{
        ret->si_pid = 0;
        if (g->worker < 0 ||
            waitid((idtype_t)P_PIDFD, (id_t)g->worker, ret, WEXITED | options) < 0 ||
            ret->si_pid == 0)
                return false;
        close_once(&g->worker);
        return true;
}

static void note_worker_end(struct guardian *g, uint32_t wait_status)
{
        for (size_t i = 0; i < g->n; i++) {
                struct dhcp_shared *shared = g->responders[i].shared;

                atomic_store(&shared->worker_wait_status, wait_status);
                atomic_store(&shared->worker_ended_realtime_usec, events_realtime_usec());
        }
}

static void on_worker_end(struct guardian *g)
{
        siginfo_t info;

        if (!worker_reap(g, WNOHANG, &info))
                return;
        if (info.si_code == CLD_EXITED && info.si_status == 0) {
                loop_quit(g->loop, GUARDIAN_ENDED); /* nothing is left to serve, it has said so */
                return;
        }
        note_worker_end(
                g, (uint32_t)(info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status));
        log_warning("worker-ended", "the worker ended (%s %d); the next one starts in %u ms",
                    info.si_code == CLD_EXITED ? "status" : "signal", info.si_status,
                    revive_later(g));
}

/* The worker has nothing to save, and may be stuck. */
static void end_both(struct guardian *g, enum guardian_outcome outcome)
{
        siginfo_t end;

        if (g->worker >= 0 && syscall(SYS_pidfd_send_signal, g->worker, SIGKILL, NULL, 0) == 0)
                worker_reap(g, 0, &end);
        loop_quit(g->loop, outcome);
}

static int on_signal(const struct signalfd_siginfo *info, void *user)
{
        struct guardian *g = user;

        if (info->ssi_signo == SIGCHLD)
                on_worker_end(g);
        else
                end_both(g, info->ssi_signo == SIGHUP ? GUARDIAN_TAKEN_OVER : GUARDIAN_ENDED);
        return 0;
}

/*
 * In a chroot the mounts outside of it are in the mount namespace, too, and it tells of them. Where
 * it cannot be read (-ENOMEM), it is: an end would be for good.
 */
static bool is_mounted(int fd)
{
        char text[2 * PATH_MAX];
        size_t length = 0;
        ssize_t n;

        while ((n = pread(fd, text + length, sizeof(text) - 1 - length, (off_t)length)) > 0)
                length += (size_t)n;
        text[length] = '\0';
        return n < 0 || strstr(text, " - nsfs ") != NULL;
}

static bool is_removed(const struct guardian *g)
{
        if (g->mount < 0 || is_mounted(g->mount))
                return false;
        log_info("namespace-removed", "the pod's namespace was removed: nothing is left to serve");
        return true;
}

static int on_mount(int fd _unused_, uint32_t events _unused_, void *user)
{
        struct guardian *g = user;

        if (is_removed(g))
                end_both(g, GUARDIAN_ENDED);
        return 0;
}

/* A worker's word is a reason to look, no more: which one is over, the sockets tell. */
static int on_over(int fd, uint32_t events _unused_, void *user)
{
        struct guardian *g = user;
        char bytes[64];

        while (read(fd, bytes, sizeof(bytes)) > 0)
                ;
        for (size_t i = 0; i < g->n; i++)
                responder_is_over(&g->responders[i]);
        return 0;
}

static int make_pipes(struct guardian *g, struct error *err)
{
        if (pipe2(g->leash, O_CLOEXEC | O_NONBLOCK) < 0 ||
            pipe2(g->over, O_CLOEXEC | O_NONBLOCK) < 0)
                return error_errno(err, -errno, "create a pipe");
        return 0;
}

int guardian_new(struct responder *responders, size_t n, int mount_fd, struct guardian **ret,
                 struct error *err)
{
        struct guardian *g = calloc(1, sizeof(*g));
        sigset_t mask;
        int r;

        if (!g)
                return error_set(err, -ENOMEM, "out of memory");
        *g = (struct guardian){ .responders = responders,
                                .n = n,
                                .mount = mount_fd,
                                .leash = { -1, -1 },
                                .over = { -1, -1 },
                                .worker = -1,
                                .ready_fd = -1 };
        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGHUP);
        if ((r = make_pipes(g, err)) < 0 || (r = loop_new(&g->loop, err)) < 0 ||
            (r = loop_add_signals(g->loop, &mask, on_signal, g, err)) < 0 ||
            (r = loop_add_timer(g->loop, on_revive, g, &g->revive_timer, err)) < 0 ||
            (r = loop_add_io(g->loop, g->over[0], EPOLLIN, on_over, g, NULL, err)) < 0 ||
            (mount_fd >= 0 &&
             (r = loop_add_io(g->loop, mount_fd, EPOLLPRI, on_mount, g, NULL, err)) < 0)) {
                guardian_free(g);
                return r;
        }
        *ret = g;
        return 0;
}

struct guardian *guardian_free(struct guardian *guardian)
{
        if (!guardian)
                return NULL;
        loop_free(guardian->loop);
        close_once(&guardian->mount);
        close_once(&guardian->leash[0]);
        close_once(&guardian->leash[1]);
        close_once(&guardian->over[0]);
        close_once(&guardian->over[1]);
        close_once(&guardian->worker);
        free(guardian);
        return NULL;
}

int guardian_run(struct guardian *guardian, uint32_t sandbox, int ready_fd, int *ret_over_fd,
                 struct error *err)
{
        int r;

        guardian->sandbox = sandbox;
        guardian->ready_fd = ready_fd;
        guardian->err = err;
        for (size_t i = 0; i < guardian->n; i++) {
                struct dhcp_shared *shared = guardian->responders[i].shared;

                atomic_store(&shared->guardian_sandbox, sandbox);
                atomic_store(&shared->is_guarded, 1);
        }
        /* What happened before it was polled, a poll does not tell. */
        if (is_removed(guardian))
                return GUARDIAN_ENDED;
        r = worker_fork(guardian);
        if (r == 0)
                r = loop_run(guardian->loop, err);
        if (r == GUARDIAN_IN_WORKER) {
                *ret_over_fd = guardian->over[1];
                guardian->over[1] = -1;
        }
        return r;
}
