/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp6_fixture.h - messages of a DHCPv6 client, and replies as it reads them
 */
#pragma once

#include "dhcp/dhcp6_decide.h"
#include "tests/unit/dhcp_fixture.h"

static const uint8_t client_duid[] = { 0, 1, 0, 1, 1, 2, 3, 4, 0xaa, 0xbb, 0xcc, 0, 0, 7 };
static const uint8_t server_duid[] = { 0, 3, 0, 1, 2, 0, 0, 0, 0, 1 };

/* A pod of both families with two IPv6 addresses. */
static inline struct podnet *dual_net(void)
{
        struct podnet *net = fixture_net();

        add_address(net, "fd00:1::7/64");
        add_address(net, "2001:db8::7/128");
        add_nameserver(net, "fd00:96::a");
        add_nameserver(net, "fd00:96::b");
        return net;
}

static inline struct dhcp_conf dual_conf(void)
{
        return conf_of(dual_net(), NULL);
}

struct message6 {
        uint8_t data[1400];
        struct writer w;
        size_t ia; /* begin of the IA that is being written */
};

/* A message with nothing in it but its header. */
static inline void bare6(struct message6 *m, uint8_t type)
{
        m->w = writer_init(m->data, sizeof(m->data));
        write_u8(&m->w, type);
        write_bytes(&m->w, "\xa1\xb2\xc3", 3);
}

static inline bool names_server(uint8_t type)
{
        return type == DHCP6_REQUEST || type == DHCP6_RENEW || type == DHCP6_RELEASE ||
               type == DHCP6_DECLINE;
}

static inline void message6(struct message6 *m, uint8_t type)
{
        bare6(m, type);
        write_option6(&m->w, DHCP6_OPT_CLIENT_ID, client_duid, sizeof(client_duid));
        if (names_server(type))
                write_option6(&m->w, DHCP6_OPT_SERVER_ID, server_duid, sizeof(server_duid));
}

/* An IA with what is in @addresses, separated by blanks. */
static inline void add_ia(struct message6 *m, uint16_t code, const char *iaid,
                          const char *addresses)
{
        size_t begin = begin_option6(&m->w, code);
        char text[512], *save = NULL;

        write_bytes(&m->w, iaid, 4);
        if (code != DHCP6_OPT_IA_TA)
                write_zeros(&m->w, 8);
        strcpy(text, addresses);
        for (char *a = strtok_r(text, " ", &save); a; a = strtok_r(NULL, " ", &save)) {
                struct in6_addr ip = ip6(a);
                size_t at = begin_option6(&m->w, DHCP6_OPT_IA_ADDRESS);

                write_bytes(&m->w, &ip, 16);
                write_zeros(&m->w, 8);
                end_option6(&m->w, at);
        }
        end_option6(&m->w, begin);
}

static inline enum dhcp6_flaw message6_parse(const struct message6 *m, struct dhcp6_request *ret)
{
        uint8_t *copy = exact_copy(m->data, m->w.len);
        enum dhcp6_flaw flaw = dhcp6_request_parse(copy, m->w.len, ret);

        ck_assert(!m->w.failed);
        free(copy);
        return flaw;
}

/* --- a reply as text: "REPLY/client/status=0/ia 3 one1 300 480 [fd00:1::7 600 600]/23 x32" --- */

/* Parts of such lines: the pod's addresses, given for ever, its name servers and search list. */
#define FOREVER "4294967295"
#define ALWAYS  " " FOREVER " " FOREVER
#define FIRST   " [fd00:1::7" ALWAYS "]"
#define SECOND  " [2001:db8::7" ALWAYS "]"
#define BOTH    FIRST SECOND
#define DNS     "/23 fd00009600000000000000000000000afd00009600000000000000000000000b"
#define SEARCH                                                                                     \
        "/24 0373766307636c7573746572056c6f63616c00"                                               \
        "0764656661756c740373766307636c7573746572056c6f63616c00"

static inline void view_inner(struct reader *r, char *text)
{
        while (r->left > 0) {
                uint16_t code = reader_u16(r), len = reader_u16(r);
                struct reader v = reader_init(reader_take(r, len), len);
                char ip[INET6_ADDRSTRLEN];

                ck_assert(!r->failed);
                if (code == DHCP6_OPT_STATUS_CODE) {
                        sprintf(text + strlen(text), " status=%u", reader_u16(&v));
                        ck_assert_uint_gt(v.left, 0);
                        continue;
                }
                ck_assert_uint_eq(code, DHCP6_OPT_IA_ADDRESS);
                ck_assert_uint_eq(len, 24);
                inet_ntop(AF_INET6, reader_take(&v, 16), ip, sizeof(ip));
                sprintf(text + strlen(text), " [%s", ip);
                sprintf(text + strlen(text), " %u", reader_u32(&v));
                sprintf(text + strlen(text), " %u]", reader_u32(&v));
        }
}

/* The IAIDs of these tests are text. */
static inline const char *view_iaid(struct reader *v)
{
        const uint8_t *iaid = reader_take(v, 4);

        return iaid ? (const char *)iaid : "none";
}

static inline void view_option(uint16_t code, struct reader *v, char *text)
{
        char *end = text + strlen(text);

        switch (code) {
        case DHCP6_OPT_CLIENT_ID:
                ck_assert_uint_eq(v->left, sizeof(client_duid));
                ck_assert_mem_eq(v->p, client_duid, sizeof(client_duid));
                strcpy(end, "/client");
                break;
        case DHCP6_OPT_SERVER_ID: /* always there: not worth a word */
                ck_assert_uint_eq(v->left, sizeof(server_duid));
                ck_assert_mem_eq(v->p, server_duid, sizeof(server_duid));
                break;
        case DHCP6_OPT_STATUS_CODE:
                sprintf(end, "/status=%u", reader_u16(v));
                break;
        case DHCP6_OPT_PREFERENCE:
                sprintf(end, "/preference=%u", reader_u8(v));
                ck_assert_uint_eq(v->left, 0);
                break;
        case DHCP6_OPT_RAPID_COMMIT:
                ck_assert_uint_eq(v->left, 0);
                strcpy(end, "/rapid");
                break;
        case DHCP6_OPT_IA_NA:
        case DHCP6_OPT_IA_PD:
                end += sprintf(end, "/ia %u %.4s", code, view_iaid(v));
                end += sprintf(end, " %u", reader_u32(v));
                sprintf(end, " %u", reader_u32(v));
                view_inner(v, text);
                break;
        case DHCP6_OPT_IA_TA:
                sprintf(end, "/ia %u %.4s", code, view_iaid(v));
                view_inner(v, text);
                break;
        default:
                end += sprintf(end, "/%u ", code);
                while (v->left > 0)
                        end += sprintf(end, "%02x", reader_u8(v));
        }
        ck_assert(!v->failed);
}

/* All of a reply in one line; what is malformed in it fails the test. "" for silence */
static inline const char *view6(const struct dhcp6_reply *reply)
{
        static char text[16384];
        uint8_t *copy = exact_copy(reply->data, reply->len);
        struct reader r = reader_init(copy, reply->len);
        bool has_server_id = false;
        uint8_t type;

        text[0] = '\0';
        if (reply->len > 0) {
                type = reader_u8(&r);
                strcpy(text, type == DHCP6_ADVERTISE ? "ADVERTISE"
                             : type == DHCP6_REPLY   ? "REPLY"
                                                     : "?");
                ck_assert_mem_eq(reader_take(&r, 3), "\xa1\xb2\xc3", 3);
        }
        while (r.left > 0) {
                uint16_t code = reader_u16(&r), len = reader_u16(&r);
                struct reader v = reader_init(reader_take(&r, len), len);

                ck_assert(!r.failed);
                has_server_id = has_server_id || code == DHCP6_OPT_SERVER_ID;
                view_option(code, &v, text);
        }
        ck_assert(reply->len == 0 || has_server_id);
        free(copy);
        return text;
}
