/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder_dhcp6.c - a UDP packet to port 547 in, a reply to the guest's port 546 out
 */
#include <string.h>

#include "dhcp/events6.h"
#include "dhcp/responder.h"
#include "podgraft/log.h"
#include "podgraft/loop.h"

#define COUNT(r, name) EVENTS_COUNT((r)->shared, name)

/* ff02::1:2, All_DHCP_Relay_Agents_and_Servers; RFC 8415 section 7.1 */
static const struct in6_addr all_servers = { .s6_addr = { 0xff, 2, [13] = 1, [15] = 2 } };

static bool is_equal(const struct in6_addr *a, const struct in6_addr *b)
{
        return memcmp(a, b, sizeof(*a)) == 0;
}

static void log_lease(const struct responder *r)
{
        static struct log_limit limit = { .burst = 10, .interval_msec = 60000 };
        uint32_t state = atomic_load(&r->shared->lease6_state);

        if (!log_limit_pass(&limit, loop_now_msec()))
                return;
        if (state == DHCP_LEASE_BOUND)
                log_info("lease6-bound", "the guest has its IPv6 lease");
        else if (state == DHCP_LEASE_RELEASED)
                log_info("lease6-released", "the guest gave its IPv6 lease back");
        else if (state == DHCP_LEASE_DECLINED)
                log_warning("lease6-declined",
                            "the guest says that somebody else uses its IPv6 address; it is "
                            "offered again, as it has no other");
}

/* Return: false, and it is counted: nobody who can be answered sent it, or it is not for us */
static bool is_addressed(struct responder *r, const struct frame *f)
{
        if (f->src_port == 0) /* RFC 768: nobody to answer */
                COUNT(r, drop_port);
        else if (f->src_ip6.s6_addr[0] == 0xff || is_equal(&f->src_ip6, &in6addr_any))
                COUNT(r, drop_source);
        else if (!is_equal(&f->dst_ip6, &all_servers) &&
                 !is_equal(&f->dst_ip6, &r->conf->server_ip6))
                COUNT(r, drop_other_server);
        else
                return true;
        return false;
}

void responder_handle_dhcp6(struct responder *r, const struct frame *f)
{
        struct dhcp6_request req;
        struct dhcp6_reply reply;
        uint8_t out[DHCP6_REPLY_MAX + 64];
        enum dhcp6_event event;
        enum dhcp6_flaw flaw;

        if (!r->conf->serves_dhcp6 || f->dst_port != DHCP6_SERVER_PORT) {
                COUNT(r, drop_unknown);
                return;
        }
        if (!is_addressed(r, f))
                return;
        flaw = dhcp6_request_parse(f->payload, f->payload_len, &req);
        if (flaw != DHCP6_FLAW_NONE) {
                events6_note_flaw(r->shared, flaw);
                return;
        }
        req.is_unicast = !is_equal(&f->dst_ip6, &all_servers);
        event = dhcp6_decide(r->conf, &req, &reply);
        if (events6_note_dhcp(r->shared, r->conf, &req, event))
                log_lease(r);
        if (reply.len == 0)
                return;
        /* RFC 8415 section 18.3.10: to the address that the message came from. */
        responder_send(r, out,
                       frame_write_udp6(out, sizeof(out), r->conf->server_mac, r->conf->guest_mac,
                                        &r->conf->server_ip6, &f->src_ip6, DHCP6_SERVER_PORT,
                                        DHCP6_CLIENT_PORT, reply.data, reply.len));
}
