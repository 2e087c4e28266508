/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/ndisc.h"

#include <string.h>

/* --- read --- */

static enum nd_flaw parse_options(struct reader *r, enum nd_option wanted, struct nd_message *m)
{
        while (r->left > 0) {
                uint8_t code = reader_u8(r), units = reader_u8(r);
                const uint8_t *value;

                /* "All included options have a length that is greater than zero." */
                if (r->failed || units == 0)
                        return ND_FLAW_OPTIONS;
                value = reader_take(r, (size_t)units * ND_OPTION_UNIT - 2);
                if (!value)
                        return ND_FLAW_OPTIONS;
                if (code != wanted)
                        continue;
                if (units * ND_OPTION_UNIT != ND_OPT_MAC_LEN)
                        return ND_FLAW_OPTIONS;
                memcpy(m->mac, value, MAC_LEN);
                m->has_mac = true;
        }
        return ND_FLAW_NONE;
}

/* RFC 4291 section 2.7.1 */
static bool is_solicited_node(const struct in6_addr *ip)
{
        static const uint8_t begin[13] = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff };

        return memcmp(ip, begin, sizeof(begin)) == 0;
}

static bool are_addresses_right(const struct frame *f, const struct nd_message *m)
{
        bool is_nobody = IN6_IS_ADDR_UNSPECIFIED(&f->src_ip6);

        if (IN6_IS_ADDR_MULTICAST(&f->src_ip6))
                return false;
        switch (m->type) {
        case ND_ROUTER_SOLICITATION:
                return !is_nobody || !m->has_mac;
        case ND_NEIGHBOUR_SOLICITATION:
                return !IN6_IS_ADDR_MULTICAST(&m->target) &&
                       (!is_nobody || (!m->has_mac && is_solicited_node(&f->dst_ip6)));
        default: /* "If the IP Destination Address is a multicast address the Solicited flag is 0"
                  */
                return !is_nobody && !IN6_IS_ADDR_MULTICAST(&m->target) &&
                       (!m->is_solicited || !IN6_IS_ADDR_MULTICAST(&f->dst_ip6));
        }
}

enum nd_flaw ndisc_parse(const struct frame *f, struct nd_message *ret)
{
        struct reader r = reader_init(f->payload, f->payload_len);
        struct nd_message m = { .type = reader_u8(&r) };
        uint8_t code = reader_u8(&r), flags;
        enum nd_flaw flaw;

        if (m.type != ND_ROUTER_SOLICITATION && m.type != ND_NEIGHBOUR_SOLICITATION &&
            m.type != ND_NEIGHBOUR_ADVERTISEMENT)
                return ND_FLAW_TYPE;
        if (f->hop_limit != ND_HOP_LIMIT)
                return ND_FLAW_HOP_LIMIT;
        if (code != 0)
                return ND_FLAW_CODE;
        reader_u16(&r); /* checksum */
        flags = reader_u8(&r);
        reader_take(&r, 3);
        if (m.type != ND_ROUTER_SOLICITATION)
                reader_copy(&r, &m.target, sizeof(m.target));
        if (m.type == ND_NEIGHBOUR_ADVERTISEMENT) {
                m.is_solicited = flags & ND_NA_SOLICITED;
                m.is_override = flags & ND_NA_OVERRIDE;
        }
        if (r.failed)
                return ND_FLAW_LENGTH;
        flaw = parse_options(
                &r, m.type == ND_NEIGHBOUR_ADVERTISEMENT ? ND_OPT_TARGET_MAC : ND_OPT_SOURCE_MAC,
                &m);
        if (flaw == ND_FLAW_NONE && !are_addresses_right(f, &m))
                flaw = ND_FLAW_ADDRESSES;
        if (flaw == ND_FLAW_NONE)
                *ret = m;
        return flaw;
}

/* --- write --- */

static void write_head(struct writer *w, enum nd_type type)
{
        write_u8(w, (uint8_t)type);
        write_u8(w, 0);  /* code */
        write_u16(w, 0); /* checksum */
}

static void write_option_head(struct writer *w, enum nd_option code, size_t len_bytes)
{
        write_u8(w, (uint8_t)code);
        write_u8(w, (uint8_t)(len_bytes / ND_OPTION_UNIT));
}

void ndisc_write_ns(struct writer *w, const struct in6_addr *target)
{
        write_head(w, ND_NEIGHBOUR_SOLICITATION);
        write_u32(w, 0);
        write_bytes(w, target, sizeof(*target));
}

void ndisc_write_na(struct writer *w, uint8_t flags, const struct in6_addr *target,
                    const uint8_t mac[MAC_LEN])
{
        write_head(w, ND_NEIGHBOUR_ADVERTISEMENT);
        write_u32(w, (uint32_t)flags << 24);
        write_bytes(w, target, sizeof(*target));
        write_nd_mac(w, ND_OPT_TARGET_MAC, mac);
}

void ndisc_write_ra(struct writer *w, uint8_t flags, uint16_t lifetime_sec)
{
        write_head(w, ND_ROUTER_ADVERTISEMENT);
        write_u8(w, ND_CUR_HOP_LIMIT);
        write_u8(w, flags);
        write_u16(w, lifetime_sec);
        write_u32(w, 0); /* reachable time: the host's own */
        write_u32(w, 0); /* retransmission timer: likewise */
}

void write_nd_mac(struct writer *w, enum nd_option code, const uint8_t mac[MAC_LEN])
{
        write_option_head(w, code, ND_OPT_MAC_LEN);
        write_bytes(w, mac, MAC_LEN);
}

void write_nd_mtu(struct writer *w, uint32_t mtu_bytes)
{
        write_option_head(w, ND_OPT_MTU, 8);
        write_u16(w, 0);
        write_u32(w, mtu_bytes);
}

/* The first @n_bytes of a prefix, with zeros for host bits. */
static void write_masked(struct writer *w, const struct ip_prefix *prefix, size_t n_bytes)
{
        for (size_t i = 0; i < n_bytes; i++) {
                unsigned bits = prefix->len > i * 8 ? prefix->len - (unsigned)i * 8 : 0;
                uint8_t mask = bits >= 8 ? 0xff : (uint8_t)(0xff00 >> bits);

                write_u8(w, prefix->addr.v6.s6_addr[i] & mask);
        }
}

void write_nd_prefix(struct writer *w, const struct ip_prefix *prefix)
{
        write_option_head(w, ND_OPT_PREFIX, 32);
        write_u8(w, prefix->len);
        write_u8(w, ND_PREFIX_ON_LINK);
        write_u32(w, ND_INFINITE); /* valid */
        write_u32(w, ND_INFINITE); /* preferred */
        write_u32(w, 0);
        write_masked(w, prefix, 16);
}

/* RFC 4191 section 2.3: as much of the prefix as its length needs. */
void write_nd_route(struct writer *w, const struct ip_prefix *dst)
{
        size_t n_bytes = dst->len > 64 ? 16 : dst->len > 0 ? 8 : 0;

        write_option_head(w, ND_OPT_ROUTE, 8 + n_bytes);
        write_u8(w, dst->len);
        write_u8(w, ND_PREFERENCE_HIGH);
        write_u32(w, ND_LIFETIME_SEC);
        write_masked(w, dst, n_bytes);
}

void write_nd_rdnss(struct writer *w, const struct in6_addr *servers, size_t n)
{
        write_option_head(w, ND_OPT_RDNSS, 8 + n * 16);
        write_u16(w, 0);
        write_u32(w, ND_LIFETIME_SEC);
        write_bytes(w, servers, n * 16);
}

/* RFC 1035 section 3.1, and RFC 8106 section 5.2: not compressed */
static void write_domain(struct writer *w, const char *domain)
{
        while (*domain) {
                size_t len = strcspn(domain, ".");

                write_u8(w, (uint8_t)len);
                write_bytes(w, domain, len);
                domain += len + (domain[len] == '.');
        }
        write_u8(w, 0);
}

void write_nd_dnssl(struct writer *w, const char (*domains)[PODNET_DOMAIN_LEN], size_t n)
{
        size_t len = 8, padded;

        for (size_t i = 0; i < n; i++)
                len += strlen(domains[i]) + 2;
        padded = (len + ND_OPTION_UNIT - 1) / ND_OPTION_UNIT * ND_OPTION_UNIT;
        write_option_head(w, ND_OPT_DNSSL, padded);
        write_u16(w, 0);
        write_u32(w, ND_LIFETIME_SEC);
        for (size_t i = 0; i < n; i++)
                write_domain(w, domains[i]);
        write_zeros(w, padded - len);
}

static bool is_withdrawn(uint8_t code, enum nd_withdrawal how)
{
        switch (code) {
        case ND_OPT_ROUTE:
                return how != ND_WITHDRAW_NOTHING;
        case ND_OPT_RDNSS:
        case ND_OPT_DNSSL:
                return how == ND_WITHDRAW_ALL;
        default:
                return false;
        }
}

void write_nd_options(struct writer *w, const uint8_t *options, size_t len, enum nd_withdrawal how)
{
        struct reader r = reader_init(options, len);

        while (r.left > 0) {
                uint8_t code = reader_u8(&r), units = reader_u8(&r);
                const uint8_t *head = reader_take(&r, 2);
                uint32_t lifetime_sec = reader_u32(&r);
                size_t n_rest = units > 0 ? (size_t)(units - 1) * ND_OPTION_UNIT : 0;
                const uint8_t *rest = reader_take(&r, n_rest);

                if (r.failed || units == 0) {
                        w->failed = true;
                        return;
                }
                write_u8(w, code);
                write_u8(w, units);
                write_bytes(w, head, 2);
                write_u32(w, is_withdrawn(code, how) ? 0 : lifetime_sec);
                write_bytes(w, rest, n_rest);
        }
}
