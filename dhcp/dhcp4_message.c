/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/dhcp4_message.h"

/* --- reading --- */

/* A value that may come in parts, RFC 3396: "all such options should be concatenated". */
struct fixed {
        uint8_t data[4];
        uint8_t len, size; /* bytes */
};

/* The options whose length is fixed, while they are collected. */
struct collected {
        struct fixed type, server_id, requested, max_message, overload;
        struct dhcp4_bytes user_class;
};

/* Text from a stranger: what is not printable ASCII becomes '?'. */
static void copy_printable(char *ret, size_t size, const uint8_t *value, size_t len)
{
        size_t used = strlen(ret);

        for (size_t i = 0; i < len && used + 1 < size && value[i] != 0; i++)
                ret[used++] = value[i] >= 0x20 && value[i] < 0x7f ? (char)value[i] : '?';
        ret[used] = '\0';
}

static bool take_bytes(struct dhcp4_bytes *ret, const uint8_t *value, size_t len)
{
        size_t room = sizeof(ret->data) - ret->len;

        if (len > room)
                len = room;
        if (len > 0)
                memcpy(ret->data + ret->len, value, len);
        ret->len += (uint8_t)len;
        return true;
}

/*
 * One whole value, in parts or not. Whole ones that follow are ignored: clients are known to send
 * such an option twice without meaning to split it, and the first one counts.
 * Return: false where the parts do not make one value.
 */
static bool take_fixed(struct fixed *ret, uint8_t size, const uint8_t *value, size_t len)
{
        ret->size = size;
        if (ret->len == size)
                return len == size;
        if (len == 0 || len > (size_t)(size - ret->len))
                return false;
        memcpy(ret->data + ret->len, value, len);
        ret->len += (uint8_t)len;
        return true;
}

/* Return: false where the message cannot be understood without this option. */
static bool take_option(struct dhcp4_request *req, struct collected *c, uint8_t code,
                        const uint8_t *value, size_t len)
{
        switch (code) {
        case DHCP4_OPT_MESSAGE_TYPE:
                return take_fixed(&c->type, 1, value, len);
        case DHCP4_OPT_SERVER_ID:
                return take_fixed(&c->server_id, 4, value, len);
        case DHCP4_OPT_REQUESTED_ADDRESS:
                return take_fixed(&c->requested, 4, value, len);
        case DHCP4_OPT_MAX_MESSAGE:
                return take_fixed(&c->max_message, 2, value, len);
        case DHCP4_OPT_OVERLOAD:
                return take_fixed(&c->overload, 1, value, len);
        case DHCP4_OPT_RAPID_COMMIT:
                req->has_rapid_commit = true;
                return len == 0; /* RFC 4039 section 4 */
        case DHCP4_OPT_CLIENT_ID:
                return take_bytes(&req->client_id, value, len);
        case DHCP4_OPT_RELAY_AGENT:
                return take_bytes(&req->relay_agent, value, len);
        case DHCP4_OPT_CLIENT_UUID:
                return take_bytes(&req->client_uuid, value, len);
        case DHCP4_OPT_PARAMETER_LIST:
                return take_bytes(&req->parameters, value, len);
        case DHCP4_OPT_USER_CLASS:
                return take_bytes(&c->user_class, value, len);
        case DHCP4_OPT_HOST_NAME:
                copy_printable(req->host_name, sizeof(req->host_name), value, len);
                return true;
        case DHCP4_OPT_VENDOR_CLASS:
                copy_printable(req->vendor_class, sizeof(req->vendor_class), value, len);
                return true;
        }
        return true;
}

static bool parse_options(struct reader r, struct dhcp4_request *req, struct collected *c)
{
        while (r.left > 0) {
                uint8_t code = reader_u8(&r), len;
                const uint8_t *value;

                if (code == DHCP4_OPT_PAD)
                        continue;
                if (code == DHCP4_OPT_END)
                        return true;
                len = reader_u8(&r);
                value = reader_take(&r, len);
                if (!value || !take_option(req, c, code, value, len))
                        return false;
        }
        return !r.failed; /* a missing end option is forgiven */
}

/*
 * RFC 3004 section 4: "len, user class data" any number of times; iPXE sends its name bare.
 */
static bool is_ipxe(const struct dhcp4_bytes *user_class)
{
        struct reader r = reader_init(user_class->data, user_class->len);

        if (user_class->len == 4 && memcmp(user_class->data, "iPXE", 4) == 0)
                return true;
        while (r.left > 0 && !r.failed) {
                uint8_t len = reader_u8(&r);
                const uint8_t *class = reader_take(&r, len);

                if (class && len == 4 && memcmp(class, "iPXE", 4) == 0)
                        return true;
        }
        return false;
}

static bool is_whole(const struct fixed *f)
{
        return f->len == f->size; /* both zero: not sent */
}

/* Return: false where an option is not as long as it must be. */
static bool conclude(struct dhcp4_request *req, const struct collected *c)
{
        struct reader number = reader_init(c->max_message.data, c->max_message.len);

        if (!is_whole(&c->type) || !is_whole(&c->server_id) || !is_whole(&c->requested) ||
            !is_whole(&c->max_message))
                return false;
        /* A broken type does not make it BOOTP, which would be answered. */
        if (c->type.len > 0 && c->type.data[0] == 0)
                return false;
        req->type = c->type.data[0];
        req->has_server_id = c->server_id.len > 0;
        memcpy(&req->server_id, c->server_id.data, 4);
        req->has_requested = c->requested.len > 0;
        memcpy(&req->requested, c->requested.data, 4);
        req->max_message_bytes = reader_u16(&number);
        req->is_ipxe = is_ipxe(&c->user_class);
        return true;
}

enum dhcp4_flaw dhcp4_request_parse(const uint8_t *data, size_t len, struct dhcp4_request *ret)
{
        struct reader r = reader_init(data, len);
        struct dhcp4_request req = { .message_bytes =
                                             len > UINT16_MAX ? UINT16_MAX : (uint16_t)len };
        struct collected c = { 0 };
        const uint8_t *sname, *file;
        uint8_t op, htype, hlen;
        uint32_t cookie;

        op = reader_u8(&r);
        htype = reader_u8(&r);
        hlen = reader_u8(&r);
        reader_u8(&r); /* hops */
        req.xid = reader_u32(&r);
        req.secs = reader_u16(&r);
        req.flags = reader_u16(&r);
        reader_copy(&r, &req.ciaddr, 4);
        reader_take(&r, 8); /* yiaddr, siaddr */
        reader_copy(&r, &req.giaddr, 4);
        reader_copy(&r, req.chaddr, MAC_LEN);
        reader_take(&r, 10); /* the rest of chaddr */
        sname = reader_take(&r, BOOTP_SNAME_LEN);
        file = reader_take(&r, BOOTP_FILE_LEN);
        cookie = reader_u32(&r);
        if (r.failed)
                return DHCP4_FLAW_LENGTH;
        if (op != BOOTP_REQUEST)
                return DHCP4_FLAW_OP;
        if (htype != BOOTP_HTYPE_ETHERNET)
                return DHCP4_FLAW_HTYPE;
        if (hlen != MAC_LEN)
                return DHCP4_FLAW_HLEN;
        if (cookie != DHCP4_COOKIE)
                return DHCP4_FLAW_COOKIE;
        memcpy(req.link_mac, req.chaddr, MAC_LEN);
        if (!parse_options(r, &req, &c))
                return DHCP4_FLAW_OPTIONS;
        /*
         * RFC 2131 section 4.1: "the 'file' field [...] MUST be interpreted next [...], followed by
         * the 'sname' field". What option 52 says in there means nothing any more.
         */
        if ((c.overload.data[0] & DHCP4_OVERLOAD_FILE) &&
            !parse_options(reader_init(file, BOOTP_FILE_LEN), &req, &c))
                return DHCP4_FLAW_OPTIONS;
        if ((c.overload.data[0] & DHCP4_OVERLOAD_SNAME) &&
            !parse_options(reader_init(sname, BOOTP_SNAME_LEN), &req, &c))
                return DHCP4_FLAW_OPTIONS;
        if (!conclude(&req, &c))
                return DHCP4_FLAW_OPTIONS;
        *ret = req;
        return DHCP4_FLAW_NONE;
}

/* --- writing --- */

void write_option(struct writer *w, uint8_t code, const void *value, size_t len)
{
        const uint8_t *p = value;

        do {
                size_t part = len > 255 ? 255 : len;

                write_u8(w, code);
                write_u8(w, (uint8_t)part);
                write_bytes(w, p, part);
                p += part;
                len -= part;
        } while (len > 0);
}

void write_option_u8(struct writer *w, uint8_t code, uint8_t value)
{
        write_option(w, code, &value, 1);
}

void write_option_u16(struct writer *w, uint8_t code, uint16_t value)
{
        uint16_t be = htons(value);

        write_option(w, code, &be, 2);
}

void write_option_u32(struct writer *w, uint8_t code, uint32_t value)
{
        uint32_t be = htonl(value);

        write_option(w, code, &be, 4);
}

void write_option_addr(struct writer *w, uint8_t code, struct in_addr addr)
{
        write_option(w, code, &addr, 4);
}
