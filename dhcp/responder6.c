/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/responder6.h"

#include <string.h>

#include "dhcp/events.h"
#include "dhcp/lease6.h"
#include "dhcp/responder.h"
#include "podgraft/log.h"

#define COUNT(r, name) EVENTS_COUNT((r)->shared, name)
#define FRAME_MOST     (1280 + 14) /* bytes */

static const struct in6_addr all_nodes = { { { 0xff, 2, [15] = 1 } } };

/* Marsaglia's xorshift: delays are to be spread, not to be unforeseeable. */
static uint32_t next_random(struct nd_state *nd)
{
        nd->random ^= nd->random << 13;
        nd->random ^= nd->random >> 17;
        nd->random ^= nd->random << 5;
        return nd->random;
}

/* --- say --- */

/*
 * @to: the guest, or all nodes. Unasked, it may be that nobody is there: a tap that QEMU has not
 * opened yet takes nothing.
 */
static bool say(struct responder *r, const uint8_t src_mac[MAC_LEN], const struct in6_addr *src,
                const struct in6_addr *to, const struct writer *message)
{
        uint8_t frame[FRAME_MOST], dst_mac[MAC_LEN];
        int len = writer_finish(message);

        memcpy(dst_mac, r->conf->guest_mac, MAC_LEN);
        if (IN6_IS_ADDR_MULTICAST(to))
                frame_multicast_mac(to, dst_mac);
        if (len > 0)
                len = frame_write_icmp6(frame, sizeof(frame), src_mac, dst_mac, src, to,
                                        message->buf, (size_t)len);
        return len > 0 && r->transport->send(r->transport, frame, (size_t)len) == 0;
}

static void say_reply(struct responder *r, const uint8_t src_mac[MAC_LEN],
                      const struct in6_addr *src, const struct in6_addr *to,
                      const struct writer *message)
{
        if (!say(r, src_mac, src, to, message))
                COUNT(r, send_failed);
}

static const uint8_t *router_mac(const struct responder *r, size_t i)
{
        return gateway_is_known(&r->nd.gateways[i]) ? r->nd.gateways[i].mac : NULL;
}

enum ra_tone {
        RA_AS_IT_IS,
        RA_FAREWELL,
};

/* Everything one router has to tell, in one advertisement or several. */
static bool advertise(struct responder *r, const struct conf_ra *ra, const struct in6_addr *to,
                      enum ra_tone tone)
{
        const struct dhcp_router6 *router = &r->conf->routers6[ra->router];
        const uint8_t *mac = router_mac(r, ra->router);
        bool leads = tone == RA_AS_IT_IS && (mac || !router->is_made_up);
        bool is_default = leads && router->is_default;
        uint8_t buf[FRAME_MOST];
        struct writer w = writer_init(buf, sizeof(buf));

        /* RFC 4191 section 2.2: a preference only where there is a lifetime. */
        ndisc_write_ra(&w,
                       (r->conf->serves_dhcp6 ? ND_RA_MANAGED | ND_RA_OTHER : 0) |
                               (is_default ? ND_PREFERENCE_HIGH : 0),
                       is_default ? ND_LIFETIME_SEC : 0);
        if (mac)
                write_nd_mac(&w, ND_OPT_SOURCE_MAC, mac);
        write_nd_options(&w, ra->options, ra->len,
                         tone == RA_FAREWELL ? ND_WITHDRAW_ALL
                         : leads             ? ND_WITHDRAW_NOTHING
                                             : ND_WITHDRAW_ROUTES);
        COUNT(r, router_advert);
        return say(r, mac ? mac : r->conf->server_mac, &router->link_local, to, &w);
}

static bool advertise_all(struct responder *r, const struct in6_addr *to, enum ra_tone tone)
{
        struct reader ras = conf_ras(r->conf);
        struct conf_ra ra;
        bool all = true;

        while (conf_ra_next(&ras, &ra))
                if (ra.router < r->conf->n_routers6 && ra.router < DHCP_MAX_ROUTERS6)
                        all &= advertise(r, &ra, to, tone);
        return all;
}

/* RFC 4861 section 7.2.6: whoever has the old MAC in mind hears of the new one. */
static void tell_of_mac(struct responder *r, size_t i)
{
        const struct dhcp_router6 *router = &r->conf->routers6[i];
        uint8_t buf[64];
        struct writer w = writer_init(buf, sizeof(buf));

        ndisc_write_na(&w, ND_NA_ROUTER | ND_NA_OVERRIDE, &router->link_local,
                       r->nd.gateways[i].mac);
        COUNT(r, neighbour_advert);
        say(r, r->nd.gateways[i].mac, &router->link_local, &all_nodes, &w);
}

/*
 * What it knows of the gateway the guest takes for granted for half a minute. Another MAC that does
 * not override (RFC 4861 section 7.2.5: "If the state of the cache entry is REACHABLE, set it to
 * STALE, but do not update the entry in any other way") has it make sure. A guest that knows
 * nothing would take that MAC for the gateway's: it hears nothing of it while nobody has found the
 * gateway.
 */
static void make_guest_doubt(struct responder *r, size_t i)
{
        const struct dhcp_router6 *router = &r->conf->routers6[i];
        const uint8_t *mac = router_mac(r, i);
        uint8_t buf[64];
        struct writer w = writer_init(buf, sizeof(buf));

        if (!mac)
                return;
        ndisc_write_na(&w, ND_NA_ROUTER, &router->gateway, r->conf->server_mac);
        COUNT(r, neighbour_advert);
        say(r, mac, &router->gateway, &r->nd.guest_ip, &w);
}

/* In the gateway's name, so that the guest has to find out where it is; see gateway.h. */
static void make_guest_ask(struct responder *r, size_t i)
{
        const struct dhcp_router6 *router = &r->conf->routers6[i];
        const uint8_t *mac = router_mac(r, i);
        uint8_t buf[64];
        struct writer w = writer_init(buf, sizeof(buf));

        if (gateway_began_to_ask(&r->nd.gateways[i]))
                make_guest_doubt(r, i);
        ndisc_write_ns(&w, &r->nd.guest_ip);
        COUNT(r, gateway_ask);
        say(r, mac ? mac : r->conf->server_mac, &router->gateway, &r->nd.guest_ip, &w);
}

/* --- hear the guest --- */

static void doubt(struct responder *r, size_t i)
{
        if (r->conf->routers6[i].is_followed && !IN6_IS_ADDR_UNSPECIFIED(&r->nd.guest_ip))
                gateway_doubt(&r->nd.gateways[i], r->now_msec);
}

static size_t n_routers(const struct dhcp_conf *conf)
{
        return conf->n_routers6 < DHCP_MAX_ROUTERS6 ? conf->n_routers6 : DHCP_MAX_ROUTERS6;
}

static void handle_router_solicitation(struct responder *r, const struct frame *f)
{
        COUNT(r, router_solicit);
        if (!r->conf->serves_ra)
                return;
        ra_asked(&r->nd.ra, &f->src_ip6, r->now_msec, next_random(&r->nd));
        for (size_t i = 0; i < n_routers(r->conf); i++)
                if (!router_mac(r, i))
                        doubt(r, i);
}

static bool is_guests(const struct dhcp_conf *conf, const struct in6_addr *ip)
{
        for (uint32_t i = 0; i < conf->n_addresses6 && i < DHCP_MAX_ADDRESSES6; i++)
                if (IN6_ARE_ADDR_EQUAL(ip, &conf->addresses6[i].ip))
                        return true;
        return false;
}

/*
 * Whose MAC belongs to @target? Only ours, the routers' that were made up, and the fixed ones: all
 * else answers for itself. @ret_router: it is one, which an answer has to say, or it would be none
 * any more (RFC 4861 section 7.2.5).
 */
static const uint8_t *mac_of(struct responder *r, const struct in6_addr *target, bool *ret_router)
{
        const struct dhcp_conf *conf = r->conf;

        *ret_router = false;
        for (size_t i = 0; i < n_routers(conf); i++) {
                if (!IN6_ARE_ADDR_EQUAL(target, &conf->routers6[i].link_local))
                        continue;
                *ret_router = true;
                if (!conf->routers6[i].is_made_up)
                        break;
                doubt(r, i);
                return router_mac(r, i);
        }
        for (uint32_t i = 0; i < conf->n_fixed6 && i < DHCP_MAX_NEIGHBOURS; i++)
                if (IN6_ARE_ADDR_EQUAL(target, &conf->fixed6[i].ip))
                        return conf->fixed6[i].mac;
        return IN6_ARE_ADDR_EQUAL(target, &conf->server_ip6) ? conf->server_mac : NULL;
}

static void handle_neighbour_solicitation(struct responder *r, const struct frame *f,
                                          const struct nd_message *m)
{
        bool is_nobody = IN6_IS_ADDR_UNSPECIFIED(&f->src_ip6), is_router;
        const uint8_t *mac;
        uint8_t buf[64], flags;
        struct writer w = writer_init(buf, sizeof(buf));

        COUNT(r, neighbour_solicit);
        /* The guest's own duplicate detection must find silence, whatever is fixed. */
        mac = is_guests(r->conf, &m->target) ? NULL : mac_of(r, &m->target, &is_router);
        if (!mac)
                return;
        /* Section 7.2.4: to who has no address yet it goes to everybody, and nobody asked. */
        flags = (uint8_t)(ND_NA_OVERRIDE | (is_nobody ? 0 : ND_NA_SOLICITED) |
                          (is_router ? ND_NA_ROUTER : 0));
        ndisc_write_na(&w, flags, &m->target, mac);
        COUNT(r, neighbour_advert);
        say_reply(r, mac, &m->target, is_nobody ? &all_nodes : &f->src_ip6, &w);
}

void responder6_handle(struct responder *r, const struct frame *f)
{
        struct nd_message m;
        enum nd_flaw flaw = ndisc_parse(f, &m);

        if (flaw == ND_FLAW_TYPE)
                COUNT(r, drop_unknown);
        else if (flaw != ND_FLAW_NONE)
                COUNT(r, drop_nd);
        if (flaw != ND_FLAW_NONE)
                return;
        if (!IN6_IS_ADDR_UNSPECIFIED(&f->src_ip6)) {
                r->nd.guest_ip = f->src_ip6;
                events_note_nd(r->shared, r->conf, &f->src_ip6);
        }
        if (m.type == ND_ROUTER_SOLICITATION)
                handle_router_solicitation(r, f);
        else if (m.type == ND_NEIGHBOUR_SOLICITATION)
                handle_neighbour_solicitation(r, f, &m);
}

/* --- hear the segment --- */

static void learn(struct responder *r, size_t i)
{
        static struct log_limit limit = { .burst = 5, .interval_msec = 60000 };
        const struct dhcp_router6 *router = &r->conf->routers6[i];
        char mac[MAC_TEXT_LEN];

        memcpy(&r->shared->learnt[i].gateway, &router->gateway, sizeof(router->gateway));
        memcpy(r->shared->learnt[i].mac, r->nd.gateways[i].mac, MAC_LEN);
        COUNT(r, gateway_change);
        tell_of_mac(r, i);
        ra_changed(&r->nd.ra, r->now_msec);
        if (log_limit_pass(&limit, r->now_msec))
                log_info("gateway-changed", "the IPv6 gateway is at %s now",
                         mac_format(r->nd.gateways[i].mac, mac));
}

static bool is_a_routers(const struct responder *r, const uint8_t mac[MAC_LEN])
{
        for (size_t i = 0; i < n_routers(r->conf); i++)
                if (memcmp(r->nd.gateways[i].mac, mac, MAC_LEN) == 0)
                        return true;
        return false;
}

void responder6_overhear(struct responder *r, const uint8_t *packet, size_t len,
                         const struct transport_info *info)
{
        struct frame f = frame_parse_ipv6(packet, len, info->partial_checksum);
        struct nd_message m;
        bool is_strange;

        if (info->tagged || f.kind != FRAME_ICMP6 || ndisc_parse(&f, &m) != ND_FLAW_NONE)
                return;
        /* Somebody looks for the guest who was not its gateway so far: is he now? */
        is_strange = m.type == ND_NEIGHBOUR_SOLICITATION && m.has_mac &&
                     is_guests(r->conf, &m.target) && !is_a_routers(r, m.mac);
        for (size_t i = 0; i < n_routers(r->conf); i++)
                if (gateway_heard(&r->nd.gateways[i], r->conf, &r->conf->routers6[i], &f.src_ip6,
                                  &m))
                        learn(r, i);
                else if (is_strange)
                        doubt(r, i);
}

/* --- in time --- */

void responder6_begin(struct responder *r)
{
        const uint8_t *mac = r->conf->guest_mac;

        memset(&r->nd, 0, sizeof(r->nd));
        r->nd.random =
                (uint32_t)(r->now_msec * 2654435761u) ^
                ((uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5]) ^
                1;
        if (r->nd.random == 0)
                r->nd.random = 1;
        ra_begin(&r->nd.ra, r->now_msec);
        for (size_t i = 0; i < n_routers(r->conf); i++) {
                const struct dhcp_router6 *router = &r->conf->routers6[i];

                memcpy(r->nd.gateways[i].mac, router->mac, MAC_LEN);
                if (router->is_followed &&
                    IN6_ARE_ADDR_EQUAL(&r->shared->learnt[i].gateway, &router->gateway))
                        memcpy(r->nd.gateways[i].mac, r->shared->learnt[i].mac, MAC_LEN);
        }
}

uint64_t responder6_next(const struct responder *r)
{
        uint64_t next = r->conf->serves_ra ? ra_next(&r->nd.ra) : RA_NEVER;

        for (size_t i = 0; i < n_routers(r->conf); i++)
                if (r->nd.gateways[i].asks_left > 0 && r->nd.gateways[i].ask_msec < next)
                        next = r->nd.gateways[i].ask_msec;
        return next;
}

void responder6_act(struct responder *r)
{
        struct in6_addr asker;
        enum ra_due due;

        for (size_t i = 0; i < n_routers(r->conf); i++)
                if (gateway_take_ask(&r->nd.gateways[i], r->now_msec))
                        make_guest_ask(r, i);
        while (r->conf->serves_ra && (due = ra_take(&r->nd.ra, r->now_msec, next_random(&r->nd),
                                                    &asker)) != RA_DUE_NONE) {
                if (due == RA_DUE_EVERYBODY)
                        advertise_all(r, &all_nodes, RA_AS_IT_IS);
                else if (!advertise_all(r, &asker, RA_AS_IT_IS))
                        COUNT(r, send_failed);
        }
}

void responder6_farewell(struct responder *r)
{
        if (r->conf->serves_ra)
                advertise_all(r, &all_nodes, RA_FAREWELL);
}
