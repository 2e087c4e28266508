/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frame_fake.h - a transport that keeps the last frame sent, or fails as told
 */
#pragma once

#include <string.h>

#include "dhcp/transport.h"

struct fake {
        struct transport transport;
        uint8_t sent[2048];
        size_t sent_len;
        int fail;
};

static int fake_send(struct transport *t, const void *frame, size_t len)
{
        struct fake *fake = (struct fake *)t;

        if (fake->fail)
                return fake->fail;
        memcpy(fake->sent, frame, len);
        fake->sent_len = len;
        return 0;
}
