/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/responder.h"

#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "dhcp/dhcp4_decide.h"
#include "dhcp/frame.h"
#include "podgraft/log.h"
#include "podgraft/loop.h"

#define FRAME_MAX       2048  /* bytes; a longer one is no DHCP message of a guest */
#define BATCH           64    /* frames in one go, so that signals get their turn in a flood */
#define GONE_FIRST_MSEC 10    /* an interface goes down a moment before it is gone */
#define GONE_MOST_MSEC  30000 /* one that was down already goes without another word */
#define COUNT(r, name)  atomic_fetch_add_explicit(&(r)->shared->name, 1, memory_order_relaxed)

static uint64_t clock_usec(clockid_t clock)
{
        struct timespec now;

        clock_gettime(clock, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void responder_send(struct responder *r, const uint8_t *frame, int len)
{
        if (len < 0 || r->transport->send(r->transport, frame, (size_t)len) < 0)
                COUNT(r, send_failed);
}

static void handle_arp(struct responder *r, const struct frame *f)
{
        uint8_t reply[64];

        COUNT(r, arp_request);
        /* Only our own address; the guest's own duplicate detection must find silence. */
        if (f->dst_ip.s_addr != r->conf->server_ip.s_addr)
                return;
        COUNT(r, arp_reply);
        responder_send(r, reply,
                       frame_write_arp_reply(reply, sizeof(reply), r->conf->server_mac,
                                             r->conf->server_ip, f));
}

static void note_lease(struct responder *r, enum dhcp_lease_state state)
{
        static struct log_limit limit = { .burst = 10, .interval_msec = 10000 };

        if (state == DHCP_LEASE_BOUND) {
                uint64_t now = clock_usec(CLOCK_REALTIME), none = 0;

                atomic_compare_exchange_strong(&r->shared->first_acked_realtime_usec, &none, now);
                atomic_store(&r->shared->acked_realtime_usec, now);
                atomic_store(&r->shared->acked_address, r->conf->address.s_addr);
        }
        atomic_store(&r->shared->lease_state, state);
        if (!log_limit_pass(&limit, clock_usec(CLOCK_MONOTONIC) / 1000))
                return;
        if (state == DHCP_LEASE_BOUND)
                log_info("lease-bound", "the guest has its lease");
        else if (state == DHCP_LEASE_DECLINED)
                log_warning("lease-declined",
                            "the guest says that somebody else uses its address; it is offered "
                            "again, as it has no other");
}

static void handle_event(struct responder *r, enum dhcp4_event event)
{
        switch (event) {
        case DHCP4_EVENT_SILENT_OTHER_CLIENT:
                COUNT(r, drop_other_client);
                break;
        case DHCP4_EVENT_SILENT_OTHER_SERVER:
                COUNT(r, drop_other_server);
                break;
        case DHCP4_EVENT_SILENT_RELAYED:
                COUNT(r, drop_relayed);
                break;
        case DHCP4_EVENT_SILENT_UNKNOWN:
                COUNT(r, drop_unknown);
                break;
        case DHCP4_EVENT_OFFERED:
                COUNT(r, offer);
                /* A bound guest that starts over has its lease until it says otherwise. */
                if (atomic_load(&r->shared->lease_state) != DHCP_LEASE_BOUND)
                        note_lease(r, DHCP_LEASE_OFFERED);
                break;
        case DHCP4_EVENT_ACKED:
                COUNT(r, ack);
                note_lease(r, DHCP_LEASE_BOUND);
                break;
        case DHCP4_EVENT_NAKED:
                COUNT(r, nak);
                break;
        case DHCP4_EVENT_INFORMED:
                COUNT(r, ack);
                break;
        case DHCP4_EVENT_DECLINED:
                note_lease(r, DHCP_LEASE_DECLINED);
                break;
        case DHCP4_EVENT_RELEASED:
                note_lease(r, DHCP_LEASE_RELEASED);
                break;
        }
}

static void count_request(struct responder *r, uint8_t type)
{
        switch (type) {
        case DHCP4_DISCOVER:
                COUNT(r, discover);
                break;
        case DHCP4_REQUEST:
                COUNT(r, request);
                break;
        case DHCP4_INFORM:
                COUNT(r, inform);
                break;
        case DHCP4_DECLINE:
                COUNT(r, decline);
                break;
        case DHCP4_RELEASE:
                COUNT(r, release);
                break;
        }
}

static void note_guest(struct responder *r, const struct dhcp4_request *req)
{
        _Static_assert(sizeof(r->shared->guest_hostname) == sizeof(req->host_name), "same room");
        _Static_assert(sizeof(r->shared->guest_vendor_class) == sizeof(req->vendor_class),
                       "same room");
        if (req->host_name[0])
                memcpy(r->shared->guest_hostname, req->host_name, sizeof(req->host_name));
        if (req->vendor_class[0])
                memcpy(r->shared->guest_vendor_class, req->vendor_class, sizeof(req->vendor_class));
}

static void handle_dhcp(struct responder *r, const struct frame *f)
{
        struct dhcp4_request req;
        struct dhcp4_reply reply;
        uint8_t out[DHCP4_REPLY_MAX + 64];
        enum dhcp4_event event;

        if (dhcp4_request_parse(f->payload, f->payload_len, &req) < 0) {
                COUNT(r, drop_malformed);
                return;
        }
        event = dhcp4_decide(r->conf, &req, &reply);
        if (event != DHCP4_EVENT_SILENT_OTHER_CLIENT) {
                count_request(r, req.type);
                note_guest(r, &req);
        }
        handle_event(r, event);
        if (reply.len == 0)
                return;
        responder_send(r, out,
                       frame_write_udp(out, sizeof(out), r->conf->server_mac, reply.dst_mac,
                                       r->conf->server_ip, reply.dst_ip, DHCP4_SERVER_PORT,
                                       DHCP4_CLIENT_PORT, reply.data, reply.len));
}

void responder_handle(struct responder *r, const uint8_t *frame, size_t len,
                      const struct transport_info *info)
{
        struct frame f;

        COUNT(r, frames);
        if (info->tagged) {
                COUNT(r, drop_vlan);
                return;
        }
        f = frame_parse(frame, len, info->partial_checksum);
        if (f.kind != FRAME_MALFORMED && memcmp(f.src_mac, r->conf->guest_mac, MAC_LEN) != 0) {
                COUNT(r, drop_other_client);
                return;
        }
        switch (f.kind) {
        case FRAME_ARP_REQUEST:
                handle_arp(r, &f);
                break;
        case FRAME_UDP:
                if (f.dst_port == DHCP4_SERVER_PORT && f.src_port != 0)
                        handle_dhcp(r, &f);
                else
                        COUNT(r, drop_unknown);
                break;
        case FRAME_FRAGMENT:
                COUNT(r, drop_fragment);
                break;
        case FRAME_BAD_CHECKSUM:
                COUNT(r, drop_checksum);
                break;
        case FRAME_MALFORMED:
                COUNT(r, drop_malformed);
                break;
        case FRAME_UNKNOWN:
                COUNT(r, drop_unknown);
                break;
        }
}

struct serving {
        struct responder *responder;
        struct transport *nic; /* may be NULL */
        struct loop *loop;
        struct loop_source *gone_timer;
        uint64_t gone_msec;
};

/* Quit if an interface is gone, else look again later: being gone comes without a message. */
static int look_for_gone(struct serving *s)
{
        struct responder *r = s->responder;
        const char *what = NULL;

        if (r->transport->is_gone(r->transport))
                what = "tap";
        else if (s->nic && s->nic->is_gone(s->nic))
                what = "pod's interface";
        if (what) {
                log_info("interface-gone", "the %s is gone, nobody is left to serve on '%s'", what,
                         r->conf->tap);
                loop_quit(s->loop, 0);
                return 0;
        }
        loop_timer_set(s->gone_timer, s->gone_msec);
        s->gone_msec = s->gone_msec * 2 < GONE_MOST_MSEC ? s->gone_msec * 2 : GONE_MOST_MSEC;
        return 0;
}

static int on_gone_timer(void *user)
{
        return look_for_gone(user);
}

static int on_interface_error(struct serving *s)
{
        s->gone_msec = GONE_FIRST_MSEC;
        return look_for_gone(s);
}

static int on_frames(int fd _unused_, uint32_t events _unused_, void *user)
{
        struct serving *s = user;
        struct transport *t = s->responder->transport;
        uint8_t buf[FRAME_MAX];

        for (int i = 0; i < BATCH; i++) {
                struct transport_info info;
                ssize_t n = t->receive(t, buf, sizeof(buf), &info);

                if (n < 0)
                        return on_interface_error(s);
                if (n == 0)
                        return 0;
                responder_handle(s->responder, buf, (size_t)n, &info);
        }
        return 0;
}

static int on_nic(int fd _unused_, uint32_t events _unused_, void *user)
{
        struct serving *s = user;
        struct transport *nic = s->nic;
        struct transport_info info;
        uint8_t none[1];

        /* Nothing passes its filter; receiving takes the error off the socket. */
        return nic->receive(nic, none, sizeof(none), &info) < 0 ? on_interface_error(s) : 0;
}

static int on_signal(const struct signalfd_siginfo *info _unused_, void *user)
{
        struct serving *s = user;

        loop_quit(s->loop, 0);
        return 0;
}

static int serving_watch(struct serving *s, struct error *err)
{
        struct responder *responder = s->responder;
        sigset_t mask;
        int r;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        if ((r = loop_add_signals(s->loop, &mask, on_signal, s, err)) < 0 ||
            (r = loop_add_timer(s->loop, on_gone_timer, s, &s->gone_timer, err)) < 0 ||
            (r = loop_add_io(s->loop, responder->transport->fd, EPOLLIN, on_frames, s, NULL, err)) <
                    0)
                return r;
        if (s->nic)
                return loop_add_io(s->loop, s->nic->fd, EPOLLIN, on_nic, s, NULL, err);
        return 0;
}

int responder_run(struct responder *responder, struct transport *nic,
                  int (*enter_sandbox)(struct error *err), int ready_fd, struct error *err)
{
        _cleanup_(cleanup_loop_free) struct loop *loop = NULL;
        struct serving s = { .responder = responder, .nic = nic, .gone_msec = GONE_FIRST_MSEC };
        int r = loop_new(&loop, err);

        if (r < 0)
                return r;
        s.loop = loop;
        r = serving_watch(&s, err);
        if (r < 0)
                return r;
        atomic_store(&responder->shared->responder_pid, (uint32_t)getpid());
        if (enter_sandbox && (r = enter_sandbox(err)) < 0)
                return r;
        if (ready_fd >= 0) {
                if (write(ready_fd, "R", 1) != 1)
                        log_debug(NULL, "nobody waits for us to be ready");
                close(ready_fd);
        }
        return loop_run(loop, err);
}
