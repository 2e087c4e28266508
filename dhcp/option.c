/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/option.h"

/* --- reading --- */

static bool area_next(struct reader *r, struct option *ret)
{
        uint8_t code;

        do {
                if (r->left == 0) /* a missing end option is forgiven */
                        return false;
                code = reader_u8(r);
        } while (code == DHCP4_OPT_PAD);
        if (code == DHCP4_OPT_END)
                return false;
        ret->code = code;
        ret->len = reader_u8(r);
        ret->value = reader_take(r, ret->len);
        return ret->value != NULL;
}

void option_iter_init(struct option_iter *it, struct reader options, struct reader file,
                      struct reader sname)
{
        struct reader scan = options;
        struct option option;
        uint8_t overload = 0;

        /* Only here: option 52 inside file or sname means nothing. */
        while (area_next(&scan, &option))
                if (option.code == DHCP4_OPT_OVERLOAD)
                        option_u8(&option, &overload);
        *it = (struct option_iter){ .failed = scan.failed };
        it->areas[it->n_areas++] = options;
        if (overload & DHCP4_OVERLOAD_FILE)
                it->areas[it->n_areas++] = file;
        if (overload & DHCP4_OVERLOAD_SNAME)
                it->areas[it->n_areas++] = sname;
}

bool option_next(struct option_iter *it, struct option *ret)
{
        for (; !it->failed && it->area < it->n_areas; it->area++) {
                struct reader *r = &it->areas[it->area];

                if (area_next(r, ret))
                        return true;
                it->failed = r->failed;
        }
        return false;
}

bool option_u8(const struct option *option, uint8_t *ret)
{
        if (option->len != 1)
                return false;
        *ret = option->value[0];
        return true;
}

bool option_u16(const struct option *option, uint16_t *ret)
{
        struct reader r = reader_init(option->value, option->len);

        if (option->len != 2)
                return false;
        *ret = reader_u16(&r);
        return true;
}

bool option_addr(const struct option *option, struct in_addr *ret)
{
        if (option->len != 4)
                return false;
        memcpy(ret, option->value, 4);
        return true;
}

/* --- writing --- */

void write_option(struct writer *w, uint8_t code, const void *value, size_t len)
{
        struct reader r = reader_init(value, len);

        do {
                size_t part = r.left > 255 ? 255 : r.left;

                write_u8(w, code);
                write_u8(w, (uint8_t)part);
                if (part > 0)
                        write_bytes(w, reader_take(&r, part), part);
        } while (r.left > 0);
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

void write_option_routes(struct writer *w, uint8_t code, const struct dhcp4_route *routes,
                         size_t n_routes)
{
        uint8_t buf[DHCP_MAX_ROUTES * 9];
        struct writer value = writer_init(buf, sizeof(buf));

        for (size_t i = 0; i < n_routes; i++) {
                write_u8(&value, routes[i].prefix_len);
                write_bytes(&value, &routes[i].dst, (size_t)(routes[i].prefix_len + 7) / 8);
                write_bytes(&value, &routes[i].gateway, 4);
        }
        if (value.failed)
                w->failed = true;
        else if (value.len > 0)
                write_option(w, code, buf, value.len);
}

/* A name that was written, whole or as the end of one, and where. */
struct seen_name {
        const char *name;
        uint16_t offset; /* bytes from the beginning of the value */
};

struct seen_names {
        struct seen_name names[128];
        size_t n;
};

static const struct seen_name *seen_find(const struct seen_names *seen, const char *name)
{
        for (size_t i = 0; i < seen->n; i++)
                if (strcmp(seen->names[i].name, name) == 0)
                        return &seen->names[i];
        return NULL;
}

static void write_domain(struct writer *w, const char *domain, struct seen_names *seen)
{
        while (*domain) {
                const struct seen_name *before = seen_find(seen, domain);
                size_t label = strcspn(domain, ".");

                if (before) {
                        /* RFC 1035 section 4.1.4: two one bits, then fourteen of offset. */
                        write_u16(w, (uint16_t)(0xc000 | before->offset));
                        return;
                }
                if (label == 0 || label > 63) {
                        w->failed = true; /* no valid name; the two top bits would be a pointer */
                        return;
                }
                if (seen->n < ARRAY_SIZE(seen->names))
                        seen->names[seen->n++] = (struct seen_name){ domain, (uint16_t)w->len };
                write_u8(w, (uint8_t)label);
                write_bytes(w, domain, label);
                domain += label;
                domain += *domain == '.';
        }
        write_u8(w, 0);
}

void write_option_search(struct writer *w, uint8_t code, const char (*domains)[PODNET_DOMAIN_LEN],
                         size_t n_domains)
{
        _Static_assert(OPTION_SEARCH_MAX < 0x4000, "every offset fits into a pointer");
        uint8_t buf[OPTION_SEARCH_MAX];
        struct writer value = writer_init(buf, sizeof(buf));
        struct seen_names seen = { .n = 0 };

        for (size_t i = 0; i < n_domains; i++) {
                struct writer before = value;
                size_t n_before = seen.n;

                write_domain(&value, domains[i], &seen);
                if (value.failed) {
                        value = before;
                        seen.n = n_before;
                }
        }
        if (value.len > 0)
                write_option(w, code, buf, value.len);
}
