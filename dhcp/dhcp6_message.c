/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/dhcp6_message.h"

enum {
        IA_FIXED_LEN = 12,      /* bytes: IAID, T1, T2; section 21.4 and 21.21 */
        IA_TA_FIXED_LEN = 4,    /* bytes: IAID; section 21.5 */
        ADDRESS_FIXED_LEN = 24, /* bytes: address, two lifetimes; section 21.6 */
        LABEL_MAX = 63,         /* bytes; RFC 1035 section 2.3.4 */
};

/* --- read --- */

/* The next option; its value gets a reader of its own. Return: false: that was the last, or none */
static bool next_option(struct reader *r, uint16_t *ret_code, struct reader *ret_value)
{
        const uint8_t *value;
        size_t len;

        if (r->left == 0)
                return false;
        *ret_code = reader_u16(r);
        len = reader_u16(r);
        value = reader_take(r, len);
        *ret_value = reader_init(value, len);
        return value;
}

/*
 * Section 11.1: a type and 1 to 128 bytes that "MUST be treated as opaque". More than one of them
 * cannot be told apart: section 16, "a message that contains more than one [...] option than are
 * permitted".
 */
static bool read_duid(struct reader *value, bool *has, uint8_t duid[DHCP6_DUID_MAX], uint8_t *len)
{
        if (*has || value->left < 3 || value->left > DHCP6_DUID_MAX)
                return false;
        *has = true;
        *len = (uint8_t)value->left;
        reader_copy(value, duid, value->left);
        return true;
}

static bool read_listed(struct reader *value, struct dhcp6_ia *ia)
{
        struct reader option;
        uint16_t code;

        while (next_option(value, &code, &option)) {
                if (code != DHCP6_OPT_IA_ADDRESS)
                        continue;
                if (option.left < ADDRESS_FIXED_LEN || ia->n_listed == DHCP6_MAX_LISTED)
                        return false;
                reader_copy(&option, &ia->listed[ia->n_listed++], sizeof(struct in6_addr));
        }
        return !value->failed;
}

static bool read_ia(struct reader *value, uint16_t code, struct dhcp6_request *req)
{
        size_t fixed_len = code == DHCP6_OPT_IA_TA ? IA_TA_FIXED_LEN : IA_FIXED_LEN;
        struct dhcp6_ia *ia = &req->ias[req->n_ias];

        if (value->left < fixed_len || req->n_ias == DHCP6_MAX_IAS)
                return false;
        req->n_ias++;
        ia->code = code;
        reader_copy(value, ia->iaid, sizeof(ia->iaid));
        reader_take(value, fixed_len - sizeof(ia->iaid)); /* T1 and T2: section 21.4, a wish */
        /* What prefixes it lists does not matter: there are none. */
        return code == DHCP6_OPT_IA_PD || read_listed(value, ia);
}

static bool read_option_request(struct reader *value, struct dhcp6_request *req)
{
        if (value->left % 2 != 0)
                return false;
        req->has_option_request = true;
        while (value->left > 0 && req->n_requested < DHCP6_MAX_REQUESTED)
                req->requested[req->n_requested++] = reader_u16(value);
        return true;
}

/* Section 21.15: each class with its length before it. */
static bool read_user_class(struct reader *value, struct dhcp6_request *req)
{
        while (value->left > 0) {
                size_t len = reader_u16(value);
                const uint8_t *class = reader_take(value, len);

                if (!class)
                        return false;
                if (len == 4 && memcmp(class, "iPXE", 4) == 0)
                        req->is_ipxe = true;
        }
        return !value->failed;
}

/*
 * RFC 4704 section 4.2: labels, with a zero-length one at the end if the name is fully qualified.
 * Compressed ones are no labels (RFC 8415 section 10).
 */
static bool read_fqdn(struct reader *value, struct dhcp6_request *req)
{
        uint8_t flags = reader_u8(value);
        struct reader labels = *value;
        size_t len = value->left;

        if (value->failed || req->has_fqdn || len > DHCP6_MAX_FQDN)
                return false;
        while (labels.left > 0) {
                uint8_t label = reader_u8(&labels);

                if (label > LABEL_MAX || (label == 0 && labels.left > 0))
                        return false;
                reader_take(&labels, label);
                if (labels.failed)
                        return false;
        }
        req->has_fqdn = true;
        req->fqdn_flags = flags;
        req->fqdn_len = (uint8_t)len;
        reader_copy(value, req->fqdn, len);
        return true;
}

static bool read_option(uint16_t code, struct reader *value, struct dhcp6_request *req)
{
        switch (code) {
        case DHCP6_OPT_CLIENT_ID:
                return read_duid(value, &req->has_client_id, req->client_id, &req->client_id_len);
        case DHCP6_OPT_SERVER_ID:
                return read_duid(value, &req->has_server_id, req->server_id, &req->server_id_len);
        case DHCP6_OPT_IA_NA:
        case DHCP6_OPT_IA_TA:
        case DHCP6_OPT_IA_PD:
                return read_ia(value, code, req);
        case DHCP6_OPT_OPTION_REQUEST:
                return read_option_request(value, req);
        case DHCP6_OPT_RAPID_COMMIT:
                req->has_rapid_commit = true;
                return value->left == 0;
        case DHCP6_OPT_USER_CLASS:
                return read_user_class(value, req);
        case DHCP6_OPT_FQDN:
                return read_fqdn(value, req);
        default: /* section 16: "silently ignored" */
                return true;
        }
}

enum dhcp6_flaw dhcp6_request_parse(const uint8_t *data, size_t len, struct dhcp6_request *ret)
{
        struct dhcp6_request req = { 0 };
        struct reader r = reader_init(data, len), value;
        uint16_t code;

        req.type = reader_u8(&r);
        reader_copy(&r, req.transaction, sizeof(req.transaction));
        if (r.failed)
                return DHCP6_FLAW_LENGTH;
        /* Section 9: a relay's message has another header. */
        if (req.type != DHCP6_RELAY_FORWARD && req.type != DHCP6_RELAY_REPLY) {
                while (next_option(&r, &code, &value))
                        if (!read_option(code, &value, &req))
                                return DHCP6_FLAW_OPTIONS;
                if (r.failed)
                        return DHCP6_FLAW_OPTIONS;
        }
        *ret = req;
        return DHCP6_FLAW_NONE;
}

/* --- write --- */

void write_option6(struct writer *w, uint16_t code, const void *value, size_t len)
{
        if (len > UINT16_MAX) {
                w->failed = true;
                return;
        }
        write_u16(w, code);
        write_u16(w, (uint16_t)len);
        write_bytes(w, value, len);
}

void write_status6(struct writer *w, enum dhcp6_status status, const char *message)
{
        size_t begin = begin_option6(w, DHCP6_OPT_STATUS_CODE);

        write_u16(w, (uint16_t)status);
        write_bytes(w, message, strlen(message));
        end_option6(w, begin);
}

size_t begin_option6(struct writer *w, uint16_t code)
{
        write_u16(w, code);
        write_u16(w, 0);
        return w->len;
}

void end_option6(struct writer *w, size_t begin)
{
        struct writer header = writer_init(w->buf, begin);

        if (w->failed)
                return;
        header.len = begin - 2;
        write_u16(&header, (uint16_t)(w->len - begin));
}
