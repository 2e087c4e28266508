/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/serving.h"

#include <sys/epoll.h>

#include "dhcp/events.h"
#include "podgraft/log.h"
#include "podgraft/loop.h"

#define FRAME_MAX       2048  /* bytes; a longer one is no DHCP message of a guest */
#define BATCH           64    /* frames in one go, so that others get their turn in a flood */
#define GONE_FIRST_MSEC 10    /* an interface goes down a moment before it is gone */
#define GONE_MOST_MSEC  30000 /* one that was down already goes without another word */

struct serving;

/* One of the taps. */
struct place {
        struct serving *serving;
        struct responder *responder;
        struct loop_source *gone_timer, *nd_timer;
        uint64_t gone_msec;
};

struct serving {
        const struct serving_start *start;
        struct loop *loop;
        struct responder *responders;
        struct place *places;
        size_t n, n_left;
};

/* Return: true if it is, for the first time or still */
static bool end_if_over(struct place *p)
{
        struct serving *s = p->serving;
        struct responder *r = p->responder;

        if (r->over)
                return true;
        if (!responder_is_over(r))
                return false;
        log_info("interface-gone", "the %s is gone, nobody is left to serve on '%s'", r->over,
                 r->conf->tap);
        loop_timer_set(p->gone_timer, 0);
        loop_timer_set(p->nd_timer, 0);
        if (--s->n_left == 0)
                loop_quit(s->loop, 0);
        else if (s->start->on_over)
                s->start->on_over(s->start->user);
        return true;
}

/* End it if an interface is gone, else look again later: being gone comes without a message. */
static int look_for_gone(struct place *p)
{
        if (end_if_over(p))
                return 0;
        loop_timer_set(p->gone_timer, p->gone_msec);
        p->gone_msec = p->gone_msec * 2 < GONE_MOST_MSEC ? p->gone_msec * 2 : GONE_MOST_MSEC;
        return 0;
}

static int on_gone_timer(void *user)
{
        return look_for_gone(user);
}

/* The interface only went down, for as long as the socket is bound to it. */
static int on_interface_error(struct place *p)
{
        p->gone_msec = GONE_FIRST_MSEC;
        return look_for_gone(p);
}

/* Something may be due earlier now. */
static void await_next(struct place *p)
{
        struct responder *r = p->responder;
        uint64_t next = responder6_next(r);

        if (next == RA_NEVER)
                loop_timer_set(p->nd_timer, 0);
        else
                loop_timer_set(p->nd_timer, next > r->now_msec ? next - r->now_msec : 1);
}

static int on_nd_timer(void *user)
{
        struct place *p = user;

        p->responder->now_msec = loop_now_msec();
        responder6_act(p->responder);
        await_next(p);
        return 0;
}

/* A socket of one that is over is read as well, or it would wake us again and again. */
static int receive_all(struct place *p, struct transport *t,
                       void (*handle)(struct responder *, const uint8_t *, size_t,
                                      const struct transport_info *))
{
        struct responder *r = p->responder;
        uint64_t next = responder6_next(r);
        uint8_t buf[FRAME_MAX];

        r->now_msec = loop_now_msec();
        for (int i = 0; i < BATCH; i++) {
                struct transport_info info;
                ssize_t n = t->receive(t, buf, sizeof(buf), &info);

                if (n < 0)
                        return on_interface_error(p);
                if (n == 0)
                        break;
                if (!r->over)
                        handle(r, buf, (size_t)n, &info);
        }
        if (!r->over && responder6_next(r) != next)
                await_next(p);
        return 0;
}

static int on_frames(int fd _unused_, uint32_t events _unused_, void *user)
{
        struct place *p = user;

        return receive_all(p, p->responder->transport, responder_handle);
}

/* Where no gateway is followed nothing passes its filter; receiving takes the error off it. */
static int on_nic(int fd _unused_, uint32_t events _unused_, void *user)
{
        struct place *p = user;

        return receive_all(p, p->responder->nic, responder6_overhear);
}

/* SIGHUP: another one takes over, and the guests' routers stay what they are. */
static int on_signal(const struct signalfd_siginfo *info, void *user)
{
        struct serving *s = user;

        responders_end(s->responders, s->n, info->ssi_signo == SIGHUP);
        loop_quit(s->loop, 0);
        return 0;
}

static int watch_signals(struct serving *s, struct error *err)
{
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGHUP);
        return loop_add_signals(s->loop, &mask, on_signal, s, err);
}

static int watch_place(struct place *p, struct error *err)
{
        struct loop *loop = p->serving->loop;
        struct responder *r = p->responder;
        int ret;

        if ((ret = loop_add_timer(loop, on_gone_timer, p, &p->gone_timer, err)) < 0 ||
            (ret = loop_add_timer(loop, on_nd_timer, p, &p->nd_timer, err)) < 0 ||
            (ret = loop_add_io(loop, r->transport->fd, EPOLLIN, on_frames, p, NULL, err)) < 0)
                return ret;
        return r->nic ? loop_add_io(loop, r->nic->fd, EPOLLIN, on_nic, p, NULL, err) : 0;
}

static int serving_watch(struct serving *s, struct error *err)
{
        int r = s->start->signals ? watch_signals(s, err) : 0;

        for (size_t i = 0; r == 0 && i < s->n; i++) {
                s->places[i] = (struct place){ .serving = s,
                                               .responder = &s->responders[i],
                                               .gone_msec = GONE_FIRST_MSEC };
                r = watch_place(&s->places[i], err);
        }
        return r;
}

/* The only word that is said of an interface's end may have come to a worker before this one. */
static void begin(struct serving *s)
{
        for (size_t i = 0; i < s->n; i++) {
                struct responder *r = &s->responders[i];

                if (end_if_over(&s->places[i]))
                        continue;
                events_note_start(r->shared);
                r->now_msec = loop_now_msec();
                responder6_begin(r);
                await_next(&s->places[i]);
        }
}

int serving_run(struct responder *responders, size_t n, const struct serving_start *start,
                struct error *err)
{
        _cleanup_(cleanup_loop_free) struct loop *loop = NULL;
        _cleanup_free_ struct place *places = calloc(n, sizeof(*places));
        struct serving s = {
                .start = start, .responders = responders, .places = places, .n = n, .n_left = n
        };
        int r;

        if (!places)
                return error_set(err, -ENOMEM, "out of memory");
        r = loop_new(&loop, err);
        if (r < 0)
                return r;
        s.loop = loop;
        r = serving_watch(&s, err);
        if (r < 0)
                return r;
        if (start->enter_sandbox && (r = start->enter_sandbox(start->user, err)) != 0)
                return r < 0 ? r : 0;
        begin(&s);
        if (start->ready_fd >= 0) {
                if (write(start->ready_fd, DHCP_READY, 1) != 1)
                        log_debug(NULL, "nobody waits for us to be ready");
                close(start->ready_fd);
        }
        return s.n_left == 0 ? 0 : loop_run(loop, err);
}
