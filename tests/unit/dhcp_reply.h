/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp_reply.h - a reply as a client reads it: what is not right in it fails the test
 *
 * It shares no code with what is tested. The options of all three places are joined (RFC 3396).
 */
#pragma once

#include "dhcp/dhcp4_decide.h"
#include "tests/unit/dhcp_fixture.h"

struct reply_view {
        char codes[2048]; /* in their order; "/" before those in file, "//" before those in sname */
        uint8_t overload;
        struct in_addr ciaddr, yiaddr, siaddr;
        char sname[65], file[129]; /* where no options stand in them */
        struct {
                size_t n, len;   /* parts, bytes */
                uint8_t part[8]; /* bytes of each part */
                uint8_t data[DHCP4_REPLY_MAX];
        } option[256];
};

/* Return: bytes before the end option */
static inline size_t view_options(struct reply_view *v, const uint8_t *data, size_t len)
{
        size_t at = 0;

        for (;;) {
                uint8_t code, n;

                ck_assert_uint_lt(at, len);
                code = data[at];
                if (code == DHCP4_OPT_END)
                        break;
                ck_assert_uint_ne(code, DHCP4_OPT_PAD); /* none of ours stands between options */
                ck_assert_uint_lt(at + 1, len);
                n = data[at + 1];
                ck_assert_uint_le(at + 2 + n, len);
                memcpy(v->option[code].data + v->option[code].len, data + at + 2, n);
                v->option[code].len += n;
                if (v->option[code].n < sizeof(v->option[code].part))
                        v->option[code].part[v->option[code].n] = n;
                v->option[code].n++;
                sprintf(v->codes + strlen(v->codes), "%s%u", *v->codes ? " " : "", code);
                at += 2u + n;
        }
        for (size_t i = at + 1; i < len; i++)
                ck_assert_uint_eq(data[i], 0);
        return at;
}

static inline struct reply_view *view(const struct dhcp4_reply *reply)
{
        static struct reply_view v;
        uint8_t *copy = exact_copy(reply->data, reply->len);

        memset(&v, 0, offsetof(struct reply_view, option));
        for (size_t i = 0; i < ARRAY_SIZE(v.option); i++)
                v.option[i].n = v.option[i].len = 0;
        ck_assert_uint_ge(reply->len, 300);
        ck_assert_uint_le(reply->len, DHCP4_REPLY_MAX);
        ck_assert_mem_eq(copy, "\2\1\6", 3);
        ck_assert_mem_eq(copy + 8, "\0\0", 2); /* secs */
        memcpy(&v.ciaddr, copy + 12, 4);
        memcpy(&v.yiaddr, copy + 16, 4);
        memcpy(&v.siaddr, copy + 20, 4);
        ck_assert_mem_eq(copy + 24, "\0\0\0\0", 4); /* giaddr */
        ck_assert_mem_eq(copy + 28, guest_mac, MAC_LEN);
        ck_assert_mem_eq(copy + 34, "\0\0\0\0\0\0\0\0\0\0", 10);
        ck_assert_mem_eq(copy + 236, "\x63\x82\x53\x63", 4);
        view_options(&v, copy + 240, reply->len - 240);
        if (v.option[52].n > 0) {
                ck_assert_uint_eq(v.option[52].len, 1);
                v.overload = v.option[52].data[0];
                ck_assert(v.overload >= 1 && v.overload <= 3);
        }
        if (v.overload & 1) {
                strcat(v.codes, " /");
                view_options(&v, copy + 108, 128);
        } else {
                memcpy(v.file, copy + 108, 128);
        }
        if (v.overload & 2) {
                strcat(v.codes, " //");
                view_options(&v, copy + 44, 64);
        } else {
                memcpy(v.sname, copy + 44, 64);
        }
        free(copy);
        return &v;
}

/* Option @code is there and is exactly these bytes. */
static inline void assert_option(const struct reply_view *v, uint8_t code, const void *data,
                                 size_t len)
{
        ck_assert_msg(v->option[code].n > 0, "no option %u", code);
        ck_assert_msg(v->option[code].len == len, "option %u has %zu bytes, not %zu", code,
                      v->option[code].len, len);
        ck_assert_mem_eq(v->option[code].data, data, len);
}

static inline void assert_no_option(const struct reply_view *v, uint8_t code)
{
        ck_assert_msg(v->option[code].n == 0, "there is option %u", code);
}

static inline uint8_t type_of(const struct dhcp4_reply *reply)
{
        const struct reply_view *v = view(reply);

        return v->option[53].len == 1 ? v->option[53].data[0] : 0;
}

static inline struct dhcp4_request request(uint8_t type)
{
        struct dhcp4_request req = { .xid = 1, .type = type, .message_bytes = 300 };

        memcpy(req.chaddr, guest_mac, MAC_LEN);
        memcpy(req.link_mac, guest_mac, MAC_LEN);
        return req;
}

static inline void ask_for(struct dhcp4_request *req, const char *codes, uint8_t n)
{
        memcpy(req->parameters.data, codes, n);
        req->parameters.len = n;
}
