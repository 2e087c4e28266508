/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_dhcp4_message.c - bytes of a guest -> dhcp4_request_parse(); then values -> bytes -> values
 */
#include "dhcp/dhcp4_message.h"
#include "tests/fuzz/dhcp4_oracle.h"

static void must_be_printable(const char *text, size_t size)
{
        must(memchr(text, '\0', size));
        for (; *text; text++)
                must(*text >= 0x20 && *text < 0x7f);
}

/* All of it, or as much as there is room for. */
static void must_begin(const struct dhcp4_bytes *bytes, const struct oracle_value *value)
{
        must(bytes->len == (value->len < 255 ? value->len : 255));
        must(memcmp(bytes->data, value->data, bytes->len) == 0);
}

/* What was read is what is there, whoever reads it. */
static void must_agree(const struct dhcp4_request *req, const uint8_t *data, size_t len)
{
        static struct oracle_value value;
        struct oracle m;

        must(oracle_read(data, len, &m));
        must(m.op == 1 && m.htype == 1 && m.hlen == 6);
        must(req->xid == m.xid && req->flags == m.flags);
        must(req->ciaddr.s_addr == m.ciaddr.s_addr && req->giaddr.s_addr == m.giaddr.s_addr);
        must(memcmp(req->chaddr, m.chaddr, MAC_LEN) == 0);
        if (oracle_is_ambiguous(&m))
                return;
        oracle_option(&m, DHCP4_OPT_MESSAGE_TYPE, &value);
        must(req->type == (value.n ? value.data[0] : 0));
        oracle_option(&m, DHCP4_OPT_CLIENT_ID, &value);
        must_begin(&req->client_id, &value);
        oracle_option(&m, DHCP4_OPT_PARAMETER_LIST, &value);
        must_begin(&req->parameters, &value);
        oracle_option(&m, DHCP4_OPT_RELAY_AGENT, &value);
        must_begin(&req->relay_agent, &value);
        oracle_option(&m, DHCP4_OPT_CLIENT_UUID, &value);
        must_begin(&req->client_uuid, &value);
        oracle_option(&m, DHCP4_OPT_RAPID_COMMIT, &value);
        must(req->has_rapid_commit == (value.n > 0));
        oracle_option(&m, DHCP4_OPT_SERVER_ID, &value);
        must(req->has_server_id <= (value.len >= 4));
        oracle_option(&m, DHCP4_OPT_REQUESTED_ADDRESS, &value);
        must(req->has_requested <= (value.len >= 4));
}

static void write_if_any(struct writer *w, uint8_t code, const struct dhcp4_bytes *bytes)
{
        if (bytes->len)
                write_option(w, code, bytes->data, bytes->len);
}

static size_t build(const struct dhcp4_request *req, uint8_t *buf, size_t size)
{
        struct writer w = writer_init(buf, size);
        int len;

        write_u8(&w, BOOTP_REQUEST);
        write_u8(&w, BOOTP_HTYPE_ETHERNET);
        write_u8(&w, MAC_LEN);
        write_u8(&w, 0);
        write_u32(&w, req->xid);
        write_u16(&w, req->secs);
        write_u16(&w, req->flags);
        write_bytes(&w, &req->ciaddr, 4);
        write_zeros(&w, 8);
        write_bytes(&w, &req->giaddr, 4);
        write_bytes(&w, req->chaddr, MAC_LEN);
        write_zeros(&w, 10 + 64 + 128);
        write_u32(&w, DHCP4_COOKIE);
        if (req->type)
                write_option_u8(&w, DHCP4_OPT_MESSAGE_TYPE, req->type);
        if (req->has_server_id)
                write_option_addr(&w, DHCP4_OPT_SERVER_ID, req->server_id);
        if (req->has_requested)
                write_option_addr(&w, DHCP4_OPT_REQUESTED_ADDRESS, req->requested);
        if (req->max_message_bytes)
                write_option_u16(&w, DHCP4_OPT_MAX_MESSAGE, req->max_message_bytes);
        write_if_any(&w, DHCP4_OPT_CLIENT_ID, &req->client_id);
        write_if_any(&w, DHCP4_OPT_PARAMETER_LIST, &req->parameters);
        write_if_any(&w, DHCP4_OPT_RELAY_AGENT, &req->relay_agent);
        write_if_any(&w, DHCP4_OPT_CLIENT_UUID, &req->client_uuid);
        if (req->has_rapid_commit)
                write_option(&w, DHCP4_OPT_RAPID_COMMIT, "", 0);
        if (req->is_ipxe)
                write_option(&w, DHCP4_OPT_USER_CLASS, "\4iPXE", 5);
        if (req->host_name[0])
                write_option(&w, DHCP4_OPT_HOST_NAME, req->host_name, strlen(req->host_name));
        if (req->vendor_class[0])
                write_option(&w, DHCP4_OPT_VENDOR_CLASS, req->vendor_class,
                             strlen(req->vendor_class));
        write_u8(&w, DHCP4_OPT_END);
        len = writer_finish(&w);
        must(len > 0);
        return (size_t)len;
}

static void must_be_same(const struct dhcp4_bytes *a, const struct dhcp4_bytes *b)
{
        must(a->len == b->len && memcmp(a->data, b->data, a->len) == 0);
}

static void must_be_equal(const struct dhcp4_request *a, const struct dhcp4_request *b)
{
        must(a->xid == b->xid && a->secs == b->secs && a->flags == b->flags && a->type == b->type);
        must(a->ciaddr.s_addr == b->ciaddr.s_addr && a->giaddr.s_addr == b->giaddr.s_addr);
        must(memcmp(a->chaddr, b->chaddr, MAC_LEN) == 0);
        must(a->has_server_id == b->has_server_id && a->server_id.s_addr == b->server_id.s_addr);
        must(a->has_requested == b->has_requested && a->requested.s_addr == b->requested.s_addr);
        must(a->max_message_bytes == b->max_message_bytes);
        must(a->has_rapid_commit == b->has_rapid_commit && a->is_ipxe == b->is_ipxe);
        must_be_same(&a->client_id, &b->client_id);
        must_be_same(&a->parameters, &b->parameters);
        must_be_same(&a->relay_agent, &b->relay_agent);
        must_be_same(&a->client_uuid, &b->client_uuid);
        must(strcmp(a->host_name, b->host_name) == 0);
        must(strcmp(a->vendor_class, b->vendor_class) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        static struct dhcp4_request req, untouched, again;
        uint8_t built[2048];

        memset(&req, 0xa5, sizeof(req));
        memcpy(&untouched, &req, sizeof(req));
        if (dhcp4_request_parse(data, len, &req) != DHCP4_FLAW_NONE) {
                must(memcmp(&req, &untouched, sizeof(req)) == 0);
                return 0;
        }
        must_be_printable(req.host_name, sizeof(req.host_name));
        must_be_printable(req.vendor_class, sizeof(req.vendor_class));
        must_agree(&req, data, len);
        must(dhcp4_request_parse(built, build(&req, built, sizeof(built)), &again) ==
             DHCP4_FLAW_NONE);
        must_be_equal(&req, &again);
        return 0;
}
