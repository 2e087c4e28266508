/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp_fake.h - a transport that has what a test put into it
 */
#pragma once

#include <sys/eventfd.h>

#include "dhcp/frame.h"
#include "dhcp/transport.h"
#include "tests/unit/dhcp_fixture.h"

/* Frames that are there to receive, errors among them; then what its interface is like. */
struct fake {
        struct transport transport;
        struct {
                uint8_t data[600];
                int len; /* negative: the error that receiving gives */
        } queue[4];
        unsigned n, next;
        uint8_t sent[4][1600];
        size_t sent_len[4];
        unsigned n_sent;
        int gone_after; /* looks until is_gone() says so; -1: never */
        void (*when_empty)(void);
};

static inline ssize_t fake_receive(struct transport *t, void *buf, size_t size,
                                   struct transport_info *ret_info)
{
        struct fake *fake = (struct fake *)t;
        uint64_t count;

        *ret_info = (struct transport_info){ 0 };
        if (fake->next == fake->n) {
                ck_assert_int_eq(read(t->fd, &count, sizeof(count)), sizeof(count));
                if (fake->when_empty)
                        fake->when_empty();
                return 0;
        }
        if (fake->queue[fake->next].len < 0) { /* as with a socket: said once */
                int error = fake->queue[fake->next++].len;

                if (fake->next == fake->n)
                        ck_assert_int_eq(read(t->fd, &count, sizeof(count)), sizeof(count));
                return error;
        }
        ck_assert_uint_le((size_t)fake->queue[fake->next].len, size);
        memcpy(buf, fake->queue[fake->next].data, (size_t)fake->queue[fake->next].len);
        return fake->queue[fake->next++].len;
}

static inline int fake_send(struct transport *t, const void *frame, size_t len)
{
        struct fake *fake = (struct fake *)t;

        ck_assert_uint_lt(fake->n_sent, ARRAY_SIZE(fake->sent));
        memcpy(fake->sent[fake->n_sent], frame, len);
        fake->sent_len[fake->n_sent++] = len;
        return 0;
}

static inline bool fake_is_gone(struct transport *t)
{
        struct fake *fake = (struct fake *)t;

        return fake->gone_after >= 0 && fake->gone_after-- == 0;
}

static inline void fake_init(struct fake *fake)
{
        memset(fake, 0, sizeof(*fake));
        fake->transport = (struct transport){ fake_receive, fake_send, fake_is_gone,
                                              eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK) };
        fake->gone_after = -1;
        ck_assert_int_ge(fake->transport.fd, 0);
}

static inline void queue_dhcp(struct fake *fake, const struct dhcp_conf *conf, uint8_t type,
                              bool selecting)
{
        struct message m;

        message_begin(&m, "0.0.0.0");
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, type);
        if (selecting) {
                write_option_addr(&m.w, DHCP4_OPT_SERVER_ID, conf->server_ip);
                write_option_addr(&m.w, DHCP4_OPT_REQUESTED_ADDRESS, conf->address);
        }
        write_u8(&m.w, DHCP4_OPT_END);
        fake->queue[fake->n].len =
                frame_write_udp(fake->queue[fake->n].data, sizeof(fake->queue[0].data), guest_mac,
                                (const uint8_t *)"\xff\xff\xff\xff\xff\xff", ip("0.0.0.0"),
                                ip("255.255.255.255"), 68, 67, m.data, m.w.len);
        ck_assert_int_gt(fake->queue[fake->n++].len, 0);
}
