/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder.h - frames in, replies out, counters on the way
 */
#pragma once

#include "dhcp/frame.h"
#include "dhcp/responder6.h"
#include "dhcp/transport.h"
#include "podgraft/dhcp.h"

struct responder {
        const struct dhcp_conf *conf;
        struct dhcp_shared *shared;
        struct transport *transport;
        /* The pod's, to see it go, and to hear of gateways that are followed; NULL: not watched */
        struct transport *nic;
        int lock; /* the lock of the lease file, held; -1: somebody else has it, or nobody
                     has to */
        const char *over;  /* what is gone, "tap" or "pod's interface"; NULL: nothing is */
        uint64_t now_msec; /* loop_now_msec() as this turn of the loop began */
        struct nd_state nd;
};

/** responder_handle() - one frame; never fails: what cannot be answered is counted */
void responder_handle(struct responder *r, const uint8_t *frame, size_t len,
                      const struct transport_info *info);

/** responder_handle_dhcp6() - a UDP packet over IPv6 from the guest's MAC */
void responder_handle_dhcp6(struct responder *r, const struct frame *f);

/** responder_send() - @len: as frame_write_…() told; what cannot be sent is counted */
void responder_send(struct responder *r, const uint8_t *frame, int len);

/**
 * responder_is_over() - look whether its tap or the pod's interface is gone
 * Then the lock is given up: nobody serves there any more.
 */
bool responder_is_over(struct responder *r);

/**
 * responders_end() - before the end: tell the guests that their routers are none any more
 * @another_follows: a responder that will go on, but for those that are leaving: only they are told
 */
void responders_end(struct responder *responders, size_t n, bool another_follows);
