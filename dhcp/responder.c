/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/responder.h"

#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "dhcp/dhcp4_decide.h"
#include "dhcp/frame.h"
#include "podgraft/log.h"
#include "podgraft/loop.h"

#define FRAME_MAX      2048 /* bytes; a longer one is no DHCP message of a guest */
#define BATCH          64   /* frames in one go, so that signals get their turn in a flood */
#define COUNT(r, name) atomic_fetch_add_explicit(&(r)->shared->name, 1, memory_order_relaxed)

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
                if (atomic_load(&r->shared->lease_state) == DHCP_LEASE_NONE)
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
        struct loop *loop;
};

static int on_frames(int fd _unused_, uint32_t events _unused_, void *user)
{
        struct serving *s = user;
        struct transport *t = s->responder->transport;
        uint8_t buf[FRAME_MAX];

        for (int i = 0; i < BATCH; i++) {
                struct transport_info info;
                ssize_t n = t->receive(t, buf, sizeof(buf), &info);

                if (n == 0 || n == -ENETDOWN) /* a tap that is down may come up again */
                        return 0;
                if (n <
                    0) { /* -ENODEV, -ENXIO: it is gone, and an open socket pins its namespace */
                        log_info("tap-gone", "the tap '%s' is gone", s->responder->conf->tap);
                        loop_quit(s->loop, 0);
                        return 0;
                }
                responder_handle(s->responder, buf, (size_t)n, &info);
        }
        return 0;
}

static int on_signal(const struct signalfd_siginfo *info _unused_, void *user)
{
        struct serving *s = user;

        loop_quit(s->loop, 0);
        return 0;
}

int responder_run(struct responder *r, int ready_fd, struct error *err)
{
        _cleanup_(cleanup_loop_free) struct loop *loop = NULL;
        struct serving s = { .responder = r };
        sigset_t mask;
        int result;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        if ((result = loop_new(&loop, err)) < 0)
                return result;
        s.loop = loop;
        if ((result = loop_add_signals(loop, &mask, on_signal, &s, err)) < 0 ||
            (result = loop_add_io(loop, r->transport->fd, EPOLLIN, on_frames, &s, NULL, err)) < 0)
                return result;
        atomic_store(&r->shared->responder_pid, (uint32_t)getpid());
        if (ready_fd >= 0) {
                if (write(ready_fd, "R", 1) != 1)
                        log_debug(NULL, "nobody waits for us to be ready");
                close(ready_fd);
        }
        return loop_run(loop, err);
}
