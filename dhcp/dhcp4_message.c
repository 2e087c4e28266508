/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/dhcp4_message.h"

#include <errno.h>

#include "dhcp/option.h"

/* Text from a stranger: what is not printable ASCII becomes '?'. */
static void append_printable(char *ret, size_t size, const struct option *option)
{
        size_t used = strlen(ret);

        for (size_t i = 0; i < option->len && used + 1 < size && option->value[i] != 0; i++) {
                char c = (char)option->value[i];

                ret[used++] = c >= 0x20 && c < 0x7f ? c : '?';
        }
        ret[used] = '\0';
}

static void append_bytes(uint8_t ret[255], uint8_t *ret_len, const struct option *option)
{
        size_t room = 255u - *ret_len, n = option->len < room ? option->len : room;
        struct writer w = writer_init(ret, 255);

        w.len = *ret_len;
        write_bytes(&w, option->value, n);
        *ret_len = (uint8_t)w.len;
}

/* Return: 0, or -EBADMSG where the message cannot be understood without this option. */
static int take_option(struct dhcp4_request *req, const struct option *option)
{
        switch (option->code) {
        case DHCP4_OPT_MESSAGE_TYPE:
                /* RFC 2131 section 3: "must be included"; a broken one does not make it BOOTP. */
                if (req->type == 0 && (!option_u8(option, &req->type) || req->type == 0))
                        return -EBADMSG;
                break;
        case DHCP4_OPT_SERVER_ID:
                if (!req->has_server_id)
                        req->has_server_id = option_addr(option, &req->server_id);
                break;
        case DHCP4_OPT_REQUESTED_ADDRESS:
                if (!req->has_requested)
                        req->has_requested = option_addr(option, &req->requested);
                break;
        case DHCP4_OPT_MAX_MESSAGE:
                if (req->max_message_bytes == 0)
                        option_u16(option, &req->max_message_bytes);
                break;
        case DHCP4_OPT_CLIENT_ID:
                append_bytes(req->client_id, &req->client_id_len, option);
                break;
        case DHCP4_OPT_PARAMETER_LIST:
                append_bytes(req->parameters, &req->n_parameters, option);
                break;
        case DHCP4_OPT_HOST_NAME:
                append_printable(req->host_name, sizeof(req->host_name), option);
                break;
        case DHCP4_OPT_VENDOR_CLASS:
                append_printable(req->vendor_class, sizeof(req->vendor_class), option);
                break;
        }
        return 0;
}

static struct reader reader_of(struct reader *r, size_t n)
{
        const uint8_t *p = reader_take(r, n);

        return reader_init(p, p ? n : 0);
}

int dhcp4_request_parse(const uint8_t *data, size_t len, struct dhcp4_request *ret)
{
        struct reader r = reader_init(data, len), sname, file;
        struct dhcp4_request req = { 0 };
        struct option_iter it;
        struct option option;
        uint8_t op, htype, hlen;

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
        reader_take(&r, BOOTP_CHADDR_LEN - MAC_LEN);
        sname = reader_of(&r, BOOTP_SNAME_LEN);
        file = reader_of(&r, BOOTP_FILE_LEN);
        if (reader_u32(&r) != DHCP4_COOKIE || r.failed)
                return -EBADMSG;
        if (op != BOOTP_REQUEST || htype != BOOTP_HTYPE_ETHERNET || hlen != MAC_LEN)
                return -EBADMSG;
        option_iter_init(&it, r, file, sname);
        while (option_next(&it, &option))
                if (take_option(&req, &option) < 0)
                        return -EBADMSG;
        if (it.failed)
                return -EBADMSG;
        *ret = req;
        return 0;
}
