/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/responder.h"

#include <string.h>

#include "dhcp/dhcp4_decide.h"
#include "dhcp/events.h"
#include "dhcp/frame.h"
#include "podgraft/log.h"
#include "podgraft/loop.h"

#define COUNT(r, name) EVENTS_COUNT((r)->shared, name)

void responder_send(struct responder *r, const uint8_t *frame, int len)
{
        if (len < 0 || r->transport->send(r->transport, frame, (size_t)len) < 0)
                COUNT(r, send_failed);
}

/* Whose MAC belongs to @ip? Only ours and the fixed ones: all else answers for itself. */
static const uint8_t *mac_of(const struct dhcp_conf *conf, struct in_addr ip)
{
        if (ip.s_addr == conf->server_ip.s_addr)
                return conf->server_mac;
        for (uint32_t i = 0; i < conf->n_neighbours && i < DHCP_MAX_NEIGHBOURS; i++)
                if (ip.s_addr == conf->neighbours[i].ip.s_addr)
                        return conf->neighbours[i].mac;
        return NULL;
}

static void handle_arp(struct responder *r, const struct frame *f)
{
        const uint8_t *mac;
        uint8_t reply[64];

        /* Who asks in somebody else's name would have the answer sent there. */
        if (memcmp(f->arp_sender_mac, r->conf->guest_mac, MAC_LEN) != 0) {
                COUNT(r, drop_other_client);
                return;
        }
        events_note_arp(r->shared, r->conf, f);
        if (f->kind != FRAME_ARP_REQUEST)
                return;
        COUNT(r, arp_request);
        /* The guest's own duplicate detection must find silence, whatever is fixed. */
        mac = f->dst_ip.s_addr == r->conf->address.s_addr ? NULL : mac_of(r->conf, f->dst_ip);
        if (!mac)
                return;
        COUNT(r, arp_reply);
        responder_send(r, reply, frame_write_arp_reply(reply, sizeof(reply), mac, f->dst_ip, f));
}

static void log_lease(const struct responder *r)
{
        static struct log_limit limit = { .burst = 10, .interval_msec = 60000 };
        uint32_t state = atomic_load(&r->shared->lease_state);

        if (!log_limit_pass(&limit, loop_now_msec()))
                return;
        if (state == DHCP_LEASE_BOUND)
                log_info("lease-bound", "the guest on '%s' has its lease", r->conf->tap);
        else if (state == DHCP_LEASE_RELEASED)
                log_info("lease-released", "the guest on '%s' gave its lease back", r->conf->tap);
        else if (state == DHCP_LEASE_DECLINED)
                log_warning("lease-declined",
                            "the guest on '%s' says that somebody else uses its address; it is "
                            "offered again, as it has no other",
                            r->conf->tap);
}

static void handle_dhcp(struct responder *r, const struct frame *f)
{
        struct dhcp4_request req;
        struct dhcp4_reply reply;
        uint8_t out[DHCP4_REPLY_MAX + 64];
        enum dhcp4_event event;
        enum dhcp4_flaw flaw = dhcp4_request_parse(f->payload, f->payload_len, &req);

        if (flaw != DHCP4_FLAW_NONE) {
                events_note_flaw(r->shared, flaw);
                return;
        }
        memcpy(req.link_mac, f->src_mac, MAC_LEN);
        event = dhcp4_decide(r->conf, &req, &reply);
        if (events_note_dhcp(r->shared, r->conf, &req, event))
                log_lease(r);
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
        /* A DHCP client is known by its chaddr; its frames may come from another address. */
        if (f.kind != FRAME_MALFORMED && f.kind != FRAME_UDP &&
            memcmp(f.src_mac, r->conf->guest_mac, MAC_LEN) != 0) {
                COUNT(r, drop_other_client);
                return;
        }
        switch (f.kind) {
        case FRAME_ARP_REQUEST:
        case FRAME_ARP_REPLY:
                handle_arp(r, &f);
                break;
        case FRAME_UDP:
                if (f.dst_port != DHCP4_SERVER_PORT || r->conf->address.s_addr == 0)
                        COUNT(r, drop_unknown);
                else if (f.src_port == 0) /* RFC 768: nobody to answer */
                        COUNT(r, drop_port);
                else
                        handle_dhcp(r, &f);
                break;
        case FRAME_UDP6:
                responder_handle_dhcp6(r, &f);
                break;
        case FRAME_ICMP6:
                responder6_handle(r, &f);
                break;
        case FRAME_VLAN:
                COUNT(r, drop_vlan);
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

bool responder_is_over(struct responder *r)
{
        if (r->over)
                return true;
        if (r->transport->is_gone(r->transport))
                r->over = "tap";
        else if (r->nic && r->nic->is_gone(r->nic))
                r->over = "pod's interface";
        if (!r->over)
                return false;
        if (r->lock >= 0)
                close(r->lock);
        r->lock = -1;
        return true;
}

void responders_end(struct responder *responders, size_t n, bool another_follows)
{
        for (size_t i = 0; i < n; i++) {
                struct responder *r = &responders[i];

                if (r->over)
                        continue;
                if (another_follows)
                        atomic_store(&r->shared->is_handed_over, 1);
                if (!another_follows || atomic_load(&r->shared->is_leaving))
                        responder6_farewell(r);
        }
}
