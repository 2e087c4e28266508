/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/dhcp4_layout.h"

#include "dhcp/dhcp4_message.h"

#define OVERLOAD_LEN 3 /* of option 52 */

/* --- the parts that one value goes in --- */

static bool is_routes(const struct piece *p)
{
        return p->code == DHCP4_OPT_CLASSLESS_ROUTES || p->code == DHCP4_OPT_MS_ROUTES;
}

static size_t route_len(const struct piece *p, size_t at)
{
        struct reader r = reader_init(p->value + at, p->len - at);
        size_t n = 1u + (reader_u8(&r) + 7u) / 8 + 4;

        return n <= p->len - at ? n : p->len - at;
}

/*
 * The most bytes from @at on that can be one option of at most @most bytes. A route is not torn, so
 * that who looks at each option for itself finds whole ones.
 */
static size_t part_len(const struct piece *p, size_t at, size_t most)
{
        size_t n = 0;

        if (most > 255)
                most = 255;
        if (p->len - at <= most)
                return p->len - at;
        if (!is_routes(p))
                return most;
        while (n + route_len(p, at + n) <= most)
                n += route_len(p, at + n);
        return n;
}

/* The bytes from @at on that fit in @left, which is made less by them and by what is around them.
 */
static size_t parts_len(const struct piece *p, size_t at, size_t *left)
{
        size_t n = 0;

        while (at + n<p->len && * left> 2) {
                size_t part = part_len(p, at + n, *left - 2);

                if (part == 0)
                        break;
                n += part;
                *left -= 2 + part;
        }
        return n;
}

void layout_write(struct writer *w, const struct piece *piece, enum area area)
{
        struct piece here = *piece;
        size_t at = 0;

        for (int i = 0; i < (int)area; i++)
                at += piece->in[i];
        here.len = (uint16_t)(at + piece->in[area]);
        do {
                size_t part = part_len(&here, at, 255);

                write_option(w, piece->code, piece->value + at, part);
                at += part;
        } while (at < here.len);
}

/* --- finding room --- */

static void occupy(struct piece *p, enum area area, size_t n)
{
        p->in[area] = (uint16_t)n;
        p->areas |= (uint8_t)(1 << area);
}

/* Whole, in the first area that has room. */
static bool place(struct piece *p, size_t left[N_AREAS])
{
        for (int i = 0; i < N_AREAS; i++) {
                size_t rest = left[i];

                if (rest < 2 || parts_len(p, 0, &rest) < p->len)
                        continue;
                left[i] = p->len > 0 ? rest : rest - 2;
                occupy(p, (enum area)i, p->len);
                return true;
        }
        return false;
}

/* RFC 3396: what no area has room for can begin in one and go on in the next. */
static void spread(struct piece *p, size_t left[N_AREAS])
{
        size_t rest[N_AREAS], in[N_AREAS], at = 0;

        memcpy(rest, left, sizeof(rest));
        for (int i = 0; i < N_AREAS; i++) {
                in[i] = parts_len(p, at, &rest[i]);
                at += in[i];
        }
        if (at < p->len)
                return;
        memcpy(left, rest, sizeof(rest));
        for (int i = 0; i < N_AREAS; i++)
                if (in[i] > 0)
                        occupy(p, (enum area)i, in[i]);
}

/*
 * A search list (RFC 3397) without its last domain. What a name is compressed to stands before it,
 * so that nothing points to what is cut off.
 */
static uint16_t without_last_domain(const struct piece *p)
{
        struct reader r = reader_init(p->value, p->len);
        size_t begin = 0;

        while (r.left > 0 && !r.failed) {
                uint8_t label = reader_u8(&r);

                if (label >= 0xc0) /* a pointer ends the name: one more byte */
                        reader_u8(&r);
                else
                        reader_take(&r, label);
                if ((label == 0 || label >= 0xc0) && r.left > 0)
                        begin = p->len - r.left;
        }
        return (uint16_t)begin;
}

static void place_what_fits(struct piece *p, size_t left[N_AREAS])
{
        if (place(p, left))
                return;
        if (p->code == DHCP4_OPT_DOMAIN_SEARCH)
                do
                        p->len = without_last_domain(p);
                while (p->len > 0 && !place(p, left));
        /* Not all clients join options: only those are torn that cannot do without, or are anyway.
         */
        else if (is_routes(p) || p->len > 255)
                spread(p, left);
}

uint8_t layout(struct piece *pieces, size_t n, size_t room, bool may_overload)
{
        size_t left[N_AREAS] = { room };
        uint8_t overload = 0;
        size_t i;

        for (i = 0; i < n && place(&pieces[i], left); i++)
                ;
        if (i == n)
                return 0;
        for (i = 0; i < n; i++) {
                pieces[i].areas = 0;
                memset(pieces[i].in, 0, sizeof(pieces[i].in));
        }
        left[AREA_OPTIONS] = room;
        if (may_overload) {
                left[AREA_OPTIONS] -= OVERLOAD_LEN;
                left[AREA_FILE] = ENDED(BOOTP_FILE_LEN);
                left[AREA_SNAME] = ENDED(BOOTP_SNAME_LEN);
        }
        for (i = 0; i < n; i++)
                place_what_fits(&pieces[i], left);
        for (i = 0; i < n; i++) {
                if (pieces[i].areas & 1 << AREA_FILE)
                        overload |= DHCP4_OVERLOAD_FILE;
                if (pieces[i].areas & 1 << AREA_SNAME)
                        overload |= DHCP4_OVERLOAD_SNAME;
        }
        return overload;
}
