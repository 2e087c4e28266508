/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_reply.c - collect what the client is told, have room found for it, write it
 *
 * It is collected in the order of importance: a guest that cannot route or resolve is worse off
 * than one without a name. The writing then follows the client's own order.
 */
#include "dhcp/dhcp4_reply.h"

#include "dhcp/conf.h"
#include "dhcp/dhcp4_layout.h"

#define PIECES_MAX (DHCP_MAX_USER_OPTIONS + 32)

struct assembly {
        struct piece pieces[PIECES_MAX]; /* the most wanted first */
        size_t n, n_leading;             /* those first that DHCP itself is made of */
        uint8_t by_code[256];            /* index + 1; 0: none */
        uint8_t numbers[16], n_numbers;  /* values made here */
        struct in_addr next_server;
};

/* --- collect --- */

/* Of two with the same code the later one counts: iPXE's own after everybody's. */
static void add(struct assembly *a, uint8_t code, const void *value, size_t len)
{
        if (a->by_code[code] == 0) {
                if (a->n == PIECES_MAX)
                        return;
                a->by_code[code] = (uint8_t)++a->n;
        }
        a->pieces[a->by_code[code] - 1] =
                (struct piece){ .value = value, .len = (uint16_t)len, .code = code };
}

static void add_u32(struct assembly *a, uint8_t code, uint32_t value)
{
        struct writer w = writer_init(a->numbers, sizeof(a->numbers));

        w.len = a->n_numbers;
        write_u32(&w, value);
        add(a, code, a->numbers + a->n_numbers, 4);
        a->n_numbers = (uint8_t)w.len;
}

static bool asks_for(const struct dhcp4_request *req, uint8_t code)
{
        return memchr(req->parameters.data, code, req->parameters.len) != NULL;
}

static void collect_lease(struct assembly *a, const struct dhcp_conf *conf)
{
        add_u32(a, DHCP4_OPT_LEASE_TIME, conf->lease_sec);
        if (conf->lease_sec == DHCP_LEASE_INFINITE)
                return;
        add_u32(a, DHCP4_OPT_T1, conf->lease_sec / 2); /* RFC 2131 section 4.4.5 */
        add_u32(a, DHCP4_OPT_T2, (uint32_t)((uint64_t)conf->lease_sec * 7 / 8));
}

/* What DHCP itself is made of; @type is the reply's and lives as long as @a. */
static void collect_protocol(struct assembly *a, const struct dhcp_conf *conf,
                             const struct dhcp4_request *req, const uint8_t *type)
{
        add(a, DHCP4_OPT_MESSAGE_TYPE, type, 1);
        add(a, DHCP4_OPT_SERVER_ID, &conf->server_ip, 4);
        if (*type != DHCP4_NAK && req->type != DHCP4_INFORM)
                collect_lease(a, conf);
        /* RFC 4039 section 4: the option is in a DHCPACK that answers a DHCPDISCOVER. */
        if (*type == DHCP4_ACK && req->type == DHCP4_DISCOVER)
                add(a, DHCP4_OPT_RAPID_COMMIT, "", 0);
        /* RFC 6842 section 3: "the server MUST return the 'client identifier' option, unaltered" */
        if (req->client_id.len > 0)
                add(a, DHCP4_OPT_CLIENT_ID, req->client_id.data, req->client_id.len);
        /* RFC 4578 section 2.3: 17 bytes, which PXE wants in every message, from both sides. */
        if (*type != DHCP4_NAK && req->client_uuid.len == 17)
                add(a, DHCP4_OPT_CLIENT_UUID, req->client_uuid.data, req->client_uuid.len);
        a->n_leading = a->n;
}

static void collect_parameter(struct assembly *a, const struct dhcp4_request *req,
                              const struct conf_option *option)
{
        uint8_t code = (uint8_t)option->code;

        if (code == DHCP4_NEXT_SERVER) {
                if (option->len == 4)
                        memcpy(&a->next_server, option->value, 4);
                return;
        }
        /* RFC 8925 section 3.3: it MUST NOT be sent to a client that does not ask for it. */
        if (code == DHCP4_OPT_IPV6_ONLY && !asks_for(req, code))
                return;
        /* Windows before Vista asks for, and knows, only a number of its own for the routes. */
        if (code == DHCP4_OPT_CLASSLESS_ROUTES && asks_for(req, DHCP4_OPT_MS_ROUTES) &&
            !asks_for(req, code))
                code = DHCP4_OPT_MS_ROUTES;
        add(a, code, option->value, option->len);
}

static void collect_parameters(struct assembly *a, const struct dhcp_conf *conf,
                               const struct dhcp4_request *req)
{
        struct reader r = conf_options(&conf->options);
        struct conf_option option;
        uint8_t routes;

        while (conf_option_next(&r, &option))
                if (option.audience == DHCP_EVERYBODY || req->is_ipxe)
                        collect_parameter(a, req, &option);
        routes = a->by_code[DHCP4_OPT_CLASSLESS_ROUTES];
        if (routes && a->by_code[DHCP4_OPT_MS_ROUTES] == 0 && asks_for(req, DHCP4_OPT_MS_ROUTES))
                add(a, DHCP4_OPT_MS_ROUTES, a->pieces[routes - 1].value, a->pieces[routes - 1].len);
}

/* --- write --- */

/* @left: by code, what is still to be written in this area. */
static void write_once(struct writer *w, const struct assembly *a, enum area area, uint8_t code,
                       bool *left)
{
        if (!left[code])
                return;
        left[code] = false;
        /* RFC 2132 section 3.3: with a router, "the subnet mask option MUST be first". */
        if (code == DHCP4_OPT_ROUTER)
                write_once(w, a, area, DHCP4_OPT_SUBNET_MASK, left);
        layout_write(w, &a->pieces[a->by_code[code] - 1], area);
}

static void write_area(struct writer *w, const struct assembly *a, enum area area,
                       const struct dhcp4_request *req)
{
        bool left[256] = { false }, has_relay_agent;

        for (size_t i = 0; i < a->n; i++)
                left[a->pieces[i].code] = a->pieces[i].areas & 1 << area;
        has_relay_agent = left[DHCP4_OPT_RELAY_AGENT];
        left[DHCP4_OPT_RELAY_AGENT] = false;
        for (size_t i = 0; i < a->n_leading; i++)
                write_once(w, a, area, a->pieces[i].code, left);
        /* RFC 2132 section 9.8: a server must try the "order requested by the client". */
        for (size_t i = 0; i < req->parameters.len; i++)
                write_once(w, a, area, req->parameters.data[i], left);
        for (size_t i = a->n_leading; i < a->n; i++)
                write_once(w, a, area, a->pieces[i].code, left);
        /* RFC 3046 section 2.2: it is the last one. */
        left[DHCP4_OPT_RELAY_AGENT] = has_relay_agent;
        write_once(w, a, area, DHCP4_OPT_RELAY_AGENT, left);
}

/* sname or file: options where they overflow into it, else @code's text if it fits with its NUL. */
static void write_field(struct writer *w, const struct assembly *a, enum area area, uint8_t code,
                        size_t size, bool is_overloaded, const struct dhcp4_request *req)
{
        const struct piece *p = a->by_code[code] ? &a->pieces[a->by_code[code] - 1] : NULL;
        size_t end = w->len + size;

        if (is_overloaded) {
                write_area(w, a, area, req);
                write_u8(w, DHCP4_OPT_END);
        } else if (p && p->len < size) {
                write_bytes(w, p->value, p->len);
        }
        if (w->len < end)
                write_zeros(w, end - w->len);
}

/* RFC 2131 table 3. */
static void write_fixed(struct writer *w, const struct assembly *a, const struct dhcp4_request *req,
                        uint8_t type, struct in_addr yiaddr, uint8_t overload)
{
        struct in_addr ciaddr = { type == DHCP4_ACK || type == 0 ? req->ciaddr.s_addr : 0 };

        write_u8(w, BOOTP_REPLY);
        write_u8(w, BOOTP_HTYPE_ETHERNET);
        write_u8(w, MAC_LEN);
        write_u8(w, 0); /* hops */
        write_u32(w, req->xid);
        write_u16(w, 0); /* secs */
        write_u16(w, req->flags);
        write_bytes(w, &ciaddr, 4);
        write_bytes(w, &yiaddr, 4);
        write_bytes(w, &a->next_server, 4);
        write_bytes(w, &req->giaddr, 4);
        write_bytes(w, req->chaddr, MAC_LEN);
        write_zeros(w, 10); /* the rest of chaddr */
        write_field(w, a, AREA_SNAME, DHCP4_OPT_TFTP_SERVER_NAME, BOOTP_SNAME_LEN,
                    overload & DHCP4_OVERLOAD_SNAME, req);
        write_field(w, a, AREA_FILE, DHCP4_OPT_BOOTFILE_NAME, BOOTP_FILE_LEN,
                    overload & DHCP4_OVERLOAD_FILE, req);
        write_u32(w, DHCP4_COOKIE);
}

/* Room for the message, in bytes, without IP and UDP headers. */
static size_t message_room(const struct dhcp_conf *conf, const struct dhcp4_request *req)
{
        size_t link = conf->mtu_bytes ? conf->mtu_bytes : 1500, room;

        /*
         * RFC 2132 section 9.10: "The minimum legal value is 576 octets", which is also what a
         * client that says nothing must take (RFC 2131 section 2). BOOTP's vendor area has 64
         * bytes; a client that sent more has more.
         */
        if (req->type == 0)
                room = req->message_bytes;
        else if (req->max_message_bytes > DHCP4_MIN_MAX_MESSAGE)
                room = req->max_message_bytes - DHCP4_IP_UDP_LEN;
        else
                room = DHCP4_MIN_MAX_MESSAGE - DHCP4_IP_UDP_LEN;
        if (room > DHCP4_REPLY_MAX)
                room = DHCP4_REPLY_MAX;
        if (room + DHCP4_IP_UDP_LEN > link)
                room = link > DHCP4_IP_UDP_LEN ? link - DHCP4_IP_UDP_LEN : 0;
        return room > BOOTP_MIN_LEN ? room : BOOTP_MIN_LEN;
}

int dhcp4_reply_build(const struct dhcp_conf *conf, const struct dhcp4_request *req, uint8_t type,
                      struct in_addr yiaddr, struct dhcp4_reply *ret)
{
        static const char wrong_address[] = "this is not the guest's address here";
        size_t room = message_room(conf, req);
        struct writer w = writer_init(ret->data, room);
        struct assembly a;
        uint8_t overload;
        int len;

        a.n = a.n_leading = a.n_numbers = 0;
        a.next_server.s_addr = 0;
        memset(a.by_code, 0, sizeof(a.by_code));
        ret->len = 0;
        if (req->type != 0)
                collect_protocol(&a, conf, req, &type);
        /* RFC 2131 table 3: a NAK has no parameters; "Message SHOULD" be there. */
        if (type == DHCP4_NAK)
                add(&a, DHCP4_OPT_MESSAGE, wrong_address, sizeof(wrong_address) - 1);
        else
                collect_parameters(&a, conf, req);
        /* RFC 3046 section 2.2: servers "SHALL echo the entire contents [...] in all replies". */
        if (req->relay_agent.len > 0)
                add(&a, DHCP4_OPT_RELAY_AGENT, req->relay_agent.data, req->relay_agent.len);
        /* BOOTP knows no option 52. */
        overload = layout(a.pieces, a.n, ENDED(room - DHCP4_HEADER_LEN), req->type != 0);
        write_fixed(&w, &a, req, type, yiaddr, overload);
        write_area(&w, &a, AREA_OPTIONS, req);
        if (overload)
                write_option_u8(&w, DHCP4_OPT_OVERLOAD, overload);
        write_u8(&w, DHCP4_OPT_END);
        if (w.len < BOOTP_MIN_LEN)
                write_zeros(&w, BOOTP_MIN_LEN - w.len);
        len = writer_finish(&w);
        if (len < 0)
                return len;
        ret->len = (size_t)len;
        return 0;
}
