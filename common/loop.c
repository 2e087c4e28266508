/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/loop.h"

#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

enum source_type {
        SOURCE_IO,
        SOURCE_SIGNALS,
        SOURCE_TIMER
};

struct loop_source {
        struct loop *loop;
        struct loop_source *next;
        enum source_type type;
        int fd;
        bool owned; /* the loop opened it */
        bool dead;  /* removed; freed once no dispatch can see it any more */
        union {
                loop_io_fn io;
                loop_signal_fn signal;
                loop_timer_fn timer;
        };
        void *user;
};

struct loop {
        int epoll_fd;
        bool quit;
        int code;
        struct loop_source *sources;
};

int loop_new(struct loop **ret, struct error *err)
{
        struct loop *loop = calloc(1, sizeof(*loop));

        if (!loop)
                return error_set(err, -ENOMEM, "out of memory");
        loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (loop->epoll_fd < 0) {
                free(loop);
                return error_errno(err, -errno, "create an epoll descriptor");
        }
        *ret = loop;
        return 0;
}

static void source_release(struct loop_source *source)
{
        if (source->owned)
                close(source->fd);
        free(source);
}

struct loop *loop_free(struct loop *loop)
{
        if (!loop)
                return NULL;
        while (loop->sources) {
                struct loop_source *next = loop->sources->next;

                source_release(loop->sources);
                loop->sources = next;
        }
        close(loop->epoll_fd);
        free(loop);
        return NULL;
}

/* Takes @source; closes an owned descriptor on failure. */
static int loop_attach(struct loop *loop, struct loop_source source, uint32_t epoll_events,
                       struct loop_source **ret, struct error *err)
{
        struct loop_source *s = malloc(sizeof(*s));
        struct epoll_event event = { .events = epoll_events, .data.ptr = s };
        int r;

        if (!s) {
                if (source.owned)
                        close(source.fd);
                return error_set(err, -ENOMEM, "out of memory");
        }
        *s = source;
        s->loop = loop;
        if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, s->fd, &event) < 0) {
                r = error_errno(err, -errno, "watch descriptor %d", s->fd);
                source_release(s);
                return r;
        }
        s->next = loop->sources;
        loop->sources = s;
        if (ret)
                *ret = s;
        return 0;
}

int loop_add_io(struct loop *loop, int fd, uint32_t epoll_events, loop_io_fn fn, void *user,
                struct loop_source **ret, struct error *err)
{
        return loop_attach(
                loop, (struct loop_source){ .type = SOURCE_IO, .fd = fd, .io = fn, .user = user },
                epoll_events, ret, err);
}

int loop_add_signals(struct loop *loop, const sigset_t *mask, loop_signal_fn fn, void *user,
                     struct error *err)
{
        int fd;

        if (sigprocmask(SIG_BLOCK, mask, NULL) < 0)
                return error_errno(err, -errno, "block signals");
        fd = signalfd(-1, mask, SFD_CLOEXEC | SFD_NONBLOCK);
        if (fd < 0)
                return error_errno(err, -errno, "create a signal descriptor");
        return loop_attach(loop,
                           (struct loop_source){ .type = SOURCE_SIGNALS,
                                                 .fd = fd,
                                                 .owned = true,
                                                 .signal = fn,
                                                 .user = user },
                           EPOLLIN, NULL, err);
}

int loop_add_timer(struct loop *loop, loop_timer_fn fn, void *user, struct loop_source **ret,
                   struct error *err)
{
        int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

        if (fd < 0)
                return error_errno(err, -errno, "create a timer");
        return loop_attach(
                loop,
                (struct loop_source){
                        .type = SOURCE_TIMER, .fd = fd, .owned = true, .timer = fn, .user = user },
                EPOLLIN, ret, err);
}

void loop_timer_set(struct loop_source *timer, uint64_t msec)
{
        struct itimerspec when = {
                .it_value = { .tv_sec = (time_t)(msec / 1000),
                              .tv_nsec = (long)(msec % 1000) * 1000000 },
        };

        timerfd_settime(timer->fd, 0, &when, NULL);
}

struct loop_source *loop_remove(struct loop_source *source)
{
        if (source && !source->dead) {
                epoll_ctl(source->loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
                source->dead = true;
        }
        return NULL;
}

static void loop_bury(struct loop *loop)
{
        struct loop_source **at = &loop->sources;

        while (*at) {
                struct loop_source *s = *at;

                if (s->dead) {
                        *at = s->next;
                        source_release(s);
                } else {
                        at = &s->next;
                }
        }
}

static int source_dispatch(struct loop_source *s, uint32_t events)
{
        struct signalfd_siginfo info;
        uint64_t expirations;
        int r = 0;

        switch (s->type) {
        case SOURCE_IO:
                return s->io(s->fd, events, s->user);
        case SOURCE_SIGNALS:
                while (r >= 0 && read(s->fd, &info, sizeof(info)) == sizeof(info))
                        r = s->signal(&info, s->user);
                return r;
        case SOURCE_TIMER:
                if (read(s->fd, &expirations, sizeof(expirations)) != sizeof(expirations))
                        return 0; /* re-armed in between */
                return s->timer(s->user);
        }
        return 0;
}

int loop_run(struct loop *loop, struct error *err)
{
        struct epoll_event events[16];
        int n, r;

        loop->quit = false;
        while (!loop->quit) {
                /* The system call is the same everywhere, epoll_wait()'s is not. */
                n = epoll_pwait(loop->epoll_fd, events, ARRAY_SIZE(events), -1, NULL);
                if (n < 0 && errno != EINTR)
                        return error_errno(err, -errno, "wait for events");
                for (int i = 0; i < n && !loop->quit; i++) {
                        struct loop_source *s = events[i].data.ptr;

                        if (s->dead)
                                continue;
                        r = source_dispatch(s, events[i].events);
                        if (r < 0)
                                return r;
                }
                loop_bury(loop);
        }
        return loop->code;
}

void loop_quit(struct loop *loop, int code)
{
        loop->quit = true;
        loop->code = code;
}

uint64_t loop_now_msec(void)
{
        struct timespec now = { 0 };

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#define BACKOFF_FIRST_MSEC 100
#define BACKOFF_MOST_MSEC  10000
#define BACKOFF_SOUND_MSEC 60000

void loop_backoff_begin(struct loop_backoff *backoff)
{
        backoff->begun_msec = loop_now_msec();
}

uint32_t loop_backoff_next(struct loop_backoff *backoff)
{
        if (loop_now_msec() - backoff->begun_msec >= BACKOFF_SOUND_MSEC)
                backoff->msec = 0;
        backoff->msec = backoff->msec ? backoff->msec * 2 : BACKOFF_FIRST_MSEC;
        if (backoff->msec > BACKOFF_MOST_MSEC)
                backoff->msec = BACKOFF_MOST_MSEC;
        return backoff->msec;
}
