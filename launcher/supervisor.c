/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "launcher/domain_process.h"
#include "launcher/plugging.h"
#include "launcher/process.h"
#include "launcher/run_progress.h"
#include "launcher/wire.h"
#include "podgraft/domain.h"
#include "podgraft/log.h"
#include "podgraft/loop.h"

/* Exit statuses that only run has. */
enum {
        EXIT_CRASHED = 6,
        EXIT_KILLED = 7,
        EXIT_DESTROYED = 8
};

/*
 * For libvirt to destroy a guest before we do it: it gives QEMU ten seconds for SIGTERM, and up to
 * half a minute more for SIGKILL.
 */
#define DESTROY_PATIENCE_MSEC 45000
#define ASK_EVERY_MSEC        5000 /* again: a guest that boots does not hear the first time */

struct supervisor {
        const struct options *options;
        struct wiring *w;
        const char *name;
        struct loop *loop;
        struct loop_source *event_source, *ask_timer, *grace_timer, *revive_timer;
        struct domain_launcher launcher;
        char line[1024]; /* of the launcher's events, while it arrives */
        size_t line_len;

        struct run_progress progress;
        struct plugging plugging; /* not with --attached */
        pid_t responder;
        struct loop_backoff backoff;
        pid_t qemu; /* 0: not known yet, or reaped */
        int qemu_wait_status;
        bool qemu_reaped;
        struct {
                pid_t pid;
                int wait_status;
        } strangers[16]; /* the last that were reaped: QEMU may end before we hear of it */
        unsigned n_strangers;
        int launcher_wait_status;

        bool stopping;   /* the guest was asked to shut down */
        bool destroying; /* it was told to */
        bool ended;
        enum domain_end end;
        struct error *err;
};

int supervisor_prepare(struct error *err)
{
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        /* Blocked from here on: one that comes while the pod is being wired is kept for later. */
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return error_errno(err, -errno, "block signals");
        signal(SIGPIPE, SIG_IGN);
        if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
                return error_errno(err, -errno, "become a reaper of orphans");
        return 0;
}

static void launcher_tell(struct supervisor *s, const char *word)
{
        /* A launcher that is gone is noticed by its SIGCHLD. */
        if (s->launcher.control_fd >= 0 && write(s->launcher.control_fd, word, strlen(word)) < 0)
                log_debug(NULL, "the launcher does not listen: %s", strerror(errno));
}

static void guest_destroy(struct supervisor *s, const char *why)
{
        s->stopping = true;
        s->destroying = true;
        log_warning("guest-destroy", "%s; destroying the guest '%s'", why, s->name);
        launcher_tell(s, "destroy\n");
        loop_timer_set(s->grace_timer, DESTROY_PATIENCE_MSEC);
}

static int on_grace_over(void *user)
{
        struct supervisor *s = user;

        if (!s->destroying) {
                guest_destroy(s, "the guest did not shut down in time");
                return 0;
        }
        /* libvirt does not get it done. The launcher's end is handled like any loss of it. */
        log_error("launcher-stuck", "libvirt does not end the guest '%s'; killing the launcher",
                  s->name);
        process_kill(&s->options->run_as, s->launcher.pid, SIGKILL);
        return 0;
}

/* Until it shuts down or the grace is over. */
static int ask_to_shut_down(void *user)
{
        struct supervisor *s = user;

        if (s->destroying)
                return 0;
        launcher_tell(s, "shutdown\n");
        loop_timer_set(s->ask_timer, ASK_EVERY_MSEC);
        return 0;
}

static int on_stop_signal(struct supervisor *s, int signo)
{
        if (s->stopping) {
                guest_destroy(s, "asked to stop a second time");
                return 0;
        }
        s->stopping = true;
        run_progress_end(&s->progress);
        log_info("guest-shutdown", "%s: asking the guest '%s' to shut down, for %u s at most",
                 strsignal(signo), s->name, s->options->grace_sec);
        if (s->options->grace_sec == 0) {
                guest_destroy(s, "there is no time to shut down");
                return 0;
        }
        loop_timer_set(s->grace_timer, (uint64_t)s->options->grace_sec * 1000);
        return ask_to_shut_down(s);
}

/* Return: in how many milliseconds */
static uint32_t revive_later(struct supervisor *s)
{
        uint32_t msec = loop_backoff_next(&s->backoff);

        loop_timer_set(s->revive_timer, msec);
        return msec;
}

static void on_responder_end(struct supervisor *s, int wait_status)
{
        static struct log_limit limit = { .burst = 10, .interval_msec = 600000 };
        uint32_t msec;

        s->responder = 0;
        if (s->ended)
                return;
        msec = revive_later(s);
        /* A guest that can end it must not fill the log with that. */
        if (log_limit_pass(&limit, loop_now_msec()))
                log_warning("responder-ended",
                            "the responder ended (wait status %#x); starting it again in %u ms",
                            wait_status, msec);
}

/* @leaving: an interface that the guest has no more; NULL: none */
static void serve(struct supervisor *s, struct netsetup *leaving)
{
        bool has_any = s->options->attached || s->plugging.n > 0;
        size_t n = has_any ? s->w->n : 0;
        struct error err = ERROR_INIT;
        int r = 0;

        loop_backoff_begin(&s->backoff);
        if (leaving)
                r = wire_serve_without(s->w->ns, n, leaving, &s->responder, &err);
        else if (has_any)
                r = wire_serve(s->w->ns, n, false, &s->responder, &err);
        if (r < 0) {
                log_error("responder-failed", "start the responder again: %s", err.message);
                s->responder = 0;
                revive_later(s);
        }
}

static int on_revive(void *user)
{
        serve(user, NULL);
        return 0;
}

static void take_qemu_status(struct supervisor *s, int wait_status)
{
        s->qemu = 0;
        s->qemu_reaped = true;
        s->qemu_wait_status = wait_status;
}

/* Everything that ends below us is reaped here: ours, QEMU and its helpers, strangers. */
static void reap(struct supervisor *s)
{
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
                if (pid == s->launcher.pid) {
                        s->launcher_wait_status = status;
                        s->launcher.pid = 0;
                        loop_quit(s->loop, 0);
                } else if (pid == s->responder) {
                        on_responder_end(s, status);
                } else if (pid == s->qemu) {
                        take_qemu_status(s, status);
                } else {
                        size_t i = s->n_strangers++ % ARRAY_SIZE(s->strangers);

                        s->strangers[i].pid = pid;
                        s->strangers[i].wait_status = status;
                }
        }
}

static int on_signal(const struct signalfd_siginfo *info, void *user)
{
        struct supervisor *s = user;

        if (info->ssi_signo != SIGCHLD)
                return on_stop_signal(s, (int)info->ssi_signo);
        reap(s);
        return 0;
}

static void on_event(struct supervisor *s, char *line)
{
        static const struct {
                const char *word;
                enum domain_end end;
        } ends[] = {
                { "shutdown", DOMAIN_END_SHUTDOWN },
                { "crashed", DOMAIN_END_CRASHED },
                { "failed", DOMAIN_END_KILLED },
                { "destroyed", DOMAIN_END_DESTROYED },
        };
        char *rest = strchr(line, ' ');

        if (rest)
                *rest++ = '\0';
        else
                rest = line + strlen(line);
        if (strcmp(line, "started") == 0) {
                s->progress.guest_runs = true;
                s->qemu = (pid_t)atoi(rest);
                /* The launcher runs as the guest's user. What is ours is not for it to name. */
                if (s->qemu == s->launcher.pid || s->qemu == s->responder)
                        s->qemu = 0;
                log_info("guest-started", "the guest '%s' runs as process %d", s->name, s->qemu);
                for (size_t i = 0; s->qemu > 0 && i < ARRAY_SIZE(s->strangers); i++)
                        if (s->strangers[i].pid == s->qemu)
                                take_qemu_status(s, s->strangers[i].wait_status);
        } else if (strcmp(line, "ended") == 0) {
                s->ended = true;
                run_progress_end(&s->progress);
                s->end = DOMAIN_END_KILLED;
                for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
                        if (strcmp(ends[i].word, rest) == 0)
                                s->end = ends[i].end;
                log_info("guest-ended", "the guest '%s' ended: %s", s->name, rest);
        } else if (strcmp(line, "attached") == 0 || strcmp(line, "detached") == 0 ||
                   strcmp(line, "refused") == 0) {
                plugging_event(&s->plugging, line, rest);
        } else if (strcmp(line, "error") == 0) {
                error_set(s->err, -EIO, "guest '%s': %s", s->name, rest);
        }
}

static int on_event_data(int fd, uint32_t events _unused_, void *user)
{
        struct supervisor *s = user;
        ssize_t n;

        /* A line that does not fit is cut; what is cut off is nobody's command. */
        if (s->line_len == sizeof(s->line) - 1)
                s->line_len--;
        n = read(fd, s->line + s->line_len, sizeof(s->line) - 1 - s->line_len);
        if (n <= 0) {
                s->event_source = loop_remove(s->event_source);
                return 0;
        }
        s->line_len += (size_t)n;
        for (;;) {
                char *newline = memchr(s->line, '\n', s->line_len);
                size_t len;

                if (!newline)
                        return 0;
                *newline = '\0';
                len = (size_t)(newline + 1 - s->line);
                on_event(s, s->line);
                s->line_len -= len;
                memmove(s->line, s->line + len, s->line_len);
        }
}

/* --- interfaces that come and go --- */

static void on_plug_tell(void *user, const char *line)
{
        launcher_tell(user, line);
}

static void on_plug_serve(void *user, struct netsetup *leaving)
{
        serve(user, leaving);
}

static int supervisor_watch(struct supervisor *s, struct error *err)
{
        sigset_t mask;
        int r;

        sigemptyset(&mask);
        sigaddset(&mask, SIGCHLD);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        if ((r = loop_new(&s->loop, err)) < 0 ||
            (r = loop_add_signals(s->loop, &mask, on_signal, s, err)) < 0 ||
            (r = loop_add_timer(s->loop, ask_to_shut_down, s, &s->ask_timer, err)) < 0 ||
            (r = loop_add_timer(s->loop, on_grace_over, s, &s->grace_timer, err)) < 0 ||
            (r = loop_add_timer(s->loop, on_revive, s, &s->revive_timer, err)) < 0 ||
            (r = run_progress_begin(&s->progress, s->loop, err)) < 0)
                return r;
        r = loop_add_io(s->loop, s->launcher.event_fd, EPOLLIN, on_event_data, s, &s->event_source,
                        err);
        return r < 0 || s->options->attached ? r : plugging_begin(&s->plugging, s->loop, err);
}

/* What the launcher wrote before it ended may still be in the pipe. */
static void drain_events(struct supervisor *s)
{
        struct pollfd p = { .fd = s->launcher.event_fd, .events = POLLIN };

        while (s->event_source && poll(&p, 1, 0) > 0)
                on_event_data(s->launcher.event_fd, EPOLLIN, s);
}

/*
 * The launcher is gone and did not say that the guest ended. QEMU is our child (we reap orphans),
 * so its number is its own until we have reaped it.
 */
static int end_lost_guest(struct supervisor *s)
{
        struct error err = ERROR_INIT;
        int r;

        if (s->qemu > 0 && waitpid(s->qemu, NULL, WNOHANG) == 0 &&
            process_kill(&s->options->run_as, s->qemu, SIGKILL) == 0)
                waitpid(s->qemu, NULL, 0);
        s->qemu = 0;
        /* Without --attached the down that follows ends what is left of it. */
        r = s->options->attached ? wire_clear_libvirt(s->options, s->name, &err) : 0;
        if (r < 0)
                log_error("guest-left", "%s", err.message);
        return error_set(s->err, -EIO,
                         "the launcher of the guest '%s' ended unexpectedly (wait status %#x); "
                         "the guest was ended with it",
                         s->name, s->launcher_wait_status);
}

static int exit_status(const struct supervisor *s)
{
        if (s->end == DOMAIN_END_SHUTDOWN)
                return 0;
        if (s->destroying)
                return EXIT_DESTROYED;
        if (s->end == DOMAIN_END_CRASHED)
                return EXIT_CRASHED;
        /* libvirt says "failed" of any QEMU that vanished; its wait status knows which. */
        if (s->qemu_reaped && !WIFSIGNALED(s->qemu_wait_status) && s->end == DOMAIN_END_KILLED)
                return EXIT_CRASHED;
        if (s->qemu_reaped && WIFSIGNALED(s->qemu_wait_status) &&
            (WTERMSIG(s->qemu_wait_status) == SIGABRT || WTERMSIG(s->qemu_wait_status) == SIGSEGV))
                return EXIT_CRASHED;
        return EXIT_KILLED;
}

static void supervisor_done(struct supervisor *s)
{
        plugging_end(&s->plugging);
        loop_free(s->loop);
        if (s->launcher.event_fd >= 0)
                close(s->launcher.event_fd);
        if (s->launcher.control_fd >= 0)
                close(s->launcher.control_fd);
}

int supervisor_run(const struct options *options, struct wiring *w, const char *root,
                   const char *xml, size_t len, const char *name, pid_t responder, int mark_fd,
                   struct error *err)
{
        struct supervisor s = {
                .options = options,
                .w = w,
                .name = name,
                .responder = responder,
                .progress = { .w = w, .guest = name },
                .plugging = { .options = options,
                              .w = w,
                              .mark_fd = mark_fd,
                              .tell = on_plug_tell,
                              .serve = on_plug_serve },
                .launcher = { .event_fd = -1, .control_fd = -1 },
                .err = err,
        };
        int r;

        s.plugging.user = &s;
        r = domain_launch(options->connect, root, &options->run_as, xml, len, &s.launcher, err);
        if (r < 0)
                return r;
        r = supervisor_watch(&s, err);
        if (r == 0)
                r = loop_run(s.loop, err);
        if (r == 0) {
                drain_events(&s);
                reap(&s);
        }
        if (s.launcher.pid > 0) { /* the loop itself failed */
                process_kill(&options->run_as, s.launcher.pid, SIGKILL);
                waitpid(s.launcher.pid, &s.launcher_wait_status, 0);
        }
        if (!s.ended)
                r = err->code < 0 && s.qemu == 0 ? err->code : end_lost_guest(&s);
        else
                r = exit_status(&s);
        supervisor_done(&s);
        return r;
}
