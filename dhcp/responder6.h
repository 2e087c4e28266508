/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder6.h - the responder as an IPv6 router: what it hears, what it says and when
 */
#pragma once

#include "dhcp/gateway.h"
#include "dhcp/ra.h"

struct responder;
struct transport_info;

struct nd_state {
        struct ra_schedule ra;
        struct gateway gateways[DHCP_MAX_ROUTERS6]; /* as conf->routers6 */
        struct in6_addr guest_ip;                   /* one that the guest has; :: for none yet */
        uint32_t random;
};

/** responder6_begin() - before the first frame; what an earlier responder found out counts */
void responder6_begin(struct responder *r);

/** responder6_handle() - a FRAME_ICMP6 of the guest's */
void responder6_handle(struct responder *r, const struct frame *f);

/** responder6_overhear() - an IPv6 packet on the pod's interface, without its Ethernet header */
void responder6_overhear(struct responder *r, const uint8_t *packet, size_t len,
                         const struct transport_info *info);

/** responder6_next() - when there is something to say unasked, on r->now_msec's clock; RA_NEVER */
uint64_t responder6_next(const struct responder *r);

/** responder6_act() - say what is due at r->now_msec */
void responder6_act(struct responder *r);

/**
 * responder6_farewell() - tell the guest that its routers are none any more (RFC 4861, 6.2.5)
 * Needs no responder6_begin() before.
 */
void responder6_farewell(struct responder *r);
