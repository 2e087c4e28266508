/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/dhcp4_message.h"

#include <errno.h>

#define SNAME_LEN 64
#define FILE_LEN  128

/* --- reading --- */

/* Text from a stranger: what is not printable ASCII becomes '?'. */
static void copy_printable(char *ret, size_t size, const uint8_t *value, size_t len)
{
        size_t used = strlen(ret);

        for (size_t i = 0; i < len && used + 1 < size && value[i] != 0; i++)
                ret[used++] = value[i] >= 0x20 && value[i] < 0x7f ? (char)value[i] : '?';
        ret[used] = '\0';
}

static void append_bytes(uint8_t *ret, uint8_t *ret_len, const uint8_t *value, size_t len)
{
        for (size_t i = 0; i < len && *ret_len < 255; i++)
                ret[(*ret_len)++] = value[i];
}

/* The first one counts. */
static void take_addr(const uint8_t *value, size_t len, struct in_addr *ret, bool *ret_has)
{
        if (len != 4 || *ret_has)
                return;
        memcpy(ret, value, 4);
        *ret_has = true;
}

/* Return: false where the message cannot be understood without this option. */
static bool take_option(struct dhcp4_request *req, uint8_t code, const uint8_t *value, size_t len,
                        uint8_t *overload)
{
        switch (code) {
        case DHCP4_OPT_MESSAGE_TYPE:
                /* A broken type does not make it BOOTP, which would be answered. */
                if (len != 1 || value[0] == 0)
                        return false;
                if (req->type == 0)
                        req->type = value[0];
                break;
        case DHCP4_OPT_SERVER_ID:
                take_addr(value, len, &req->server_id, &req->has_server_id);
                break;
        case DHCP4_OPT_REQUESTED_ADDRESS:
                take_addr(value, len, &req->requested, &req->has_requested);
                break;
        case DHCP4_OPT_MAX_MESSAGE:
                if (len == 2)
                        req->max_message_bytes = (uint16_t)(value[0] << 8 | value[1]);
                break;
        case DHCP4_OPT_CLIENT_ID:
                append_bytes(req->client_id, &req->client_id_len, value, len);
                break;
        case DHCP4_OPT_PARAMETER_LIST:
                append_bytes(req->parameters, &req->n_parameters, value, len);
                break;
        case DHCP4_OPT_HOST_NAME:
                copy_printable(req->host_name, sizeof(req->host_name), value, len);
                break;
        case DHCP4_OPT_VENDOR_CLASS:
                copy_printable(req->vendor_class, sizeof(req->vendor_class), value, len);
                break;
        case DHCP4_OPT_OVERLOAD:
                if (len == 1 && overload)
                        *overload = value[0];
                break;
        }
        return true;
}

/* @overload NULL: inside file or sname, where option 52 means nothing. */
static bool parse_options(struct reader r, struct dhcp4_request *req, uint8_t *overload)
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
                if (!value || !take_option(req, code, value, len, overload))
                        return false;
        }
        return !r.failed; /* a missing end option is forgiven */
}

int dhcp4_request_parse(const uint8_t *data, size_t len, struct dhcp4_request *ret)
{
        struct reader r = reader_init(data, len);
        struct dhcp4_request req = { 0 };
        uint8_t op, htype, hlen, overload = 0;
        const uint8_t *sname, *file;

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
        sname = reader_take(&r, SNAME_LEN);
        file = reader_take(&r, FILE_LEN);
        if (reader_u32(&r) != DHCP4_COOKIE || r.failed)
                return -EBADMSG;
        if (op != BOOTP_REQUEST || htype != BOOTP_HTYPE_ETHERNET || hlen != MAC_LEN)
                return -EBADMSG;
        if (!parse_options(r, &req, &overload))
                return -EBADMSG;
        /* RFC 2131 section 4.1: file before sname. */
        if ((overload & 1) && !parse_options(reader_init(file, FILE_LEN), &req, NULL))
                return -EBADMSG;
        if ((overload & 2) && !parse_options(reader_init(sname, SNAME_LEN), &req, NULL))
                return -EBADMSG;
        *ret = req;
        return 0;
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

/* Where the name that begins at @suffix was written before, or 0x4000: nowhere. */
struct seen_name {
        const char *suffix;
        uint16_t offset;
};

static void encode_domain(struct writer *w, const char *domain, struct seen_name *seen,
                          size_t *n_seen, size_t max_seen)
{
        while (*domain) {
                size_t label = strcspn(domain, ".");

                for (size_t i = 0; i < *n_seen; i++)
                        if (strcmp(seen[i].suffix, domain) == 0) {
                                write_u16(w, (uint16_t)(0xc000 | seen[i].offset));
                                return;
                        }
                /* RFC 1035 section 4.1.4: a pointer has fourteen bits. */
                if (*n_seen < max_seen && w->len < 0x4000)
                        seen[(*n_seen)++] = (struct seen_name){ domain, (uint16_t)w->len };
                write_u8(w, (uint8_t)label);
                write_bytes(w, domain, label);
                domain += label + (domain[label] == '.');
        }
        write_u8(w, 0);
}

size_t dhcp4_encode_search(const char (*domains)[PODNET_DOMAIN_LEN], size_t n, uint8_t *ret,
                           size_t size)
{
        struct writer w = writer_init(ret, size);
        struct seen_name seen[128];
        size_t n_seen = 0, good = 0;

        for (size_t i = 0; i < n; i++) {
                encode_domain(&w, domains[i], seen, &n_seen, 128);
                if (w.failed)
                        break;
                good = w.len;
        }
        return good;
}
