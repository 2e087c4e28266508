/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder.h - frames in, replies out, counters on the way
 */
#pragma once

#include "dhcp/transport.h"
#include "podgraft/dhcp.h"

struct responder {
        const struct dhcp_conf *conf;
        struct dhcp_shared *shared;
        struct transport *transport;
};

/** responder_handle() - one frame; never fails: what cannot be answered is counted */
void responder_handle(struct responder *r, const uint8_t *frame, size_t len,
                      const struct transport_info *info);

/**
 * responder_run() - serve until SIGTERM or SIGINT, or until the tap or the pod's NIC is gone
 * @nic: the pod's, only to see it go; NULL: not watched
 * @enter_sandbox: called when all descriptors are open, before the first frame; may be NULL
 * @ready_fd: gets one byte when frames are answered from now on, and is closed; -1: nobody waits
 * Return: 0, or negative errno where not even the loop could be set up
 */
int responder_run(struct responder *r, struct transport *nic,
                  int (*enter_sandbox)(struct error *err), int ready_fd, struct error *err);
