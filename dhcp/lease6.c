/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lease6.c - an identity as what the guest is told of IPv6: its addresses, and the routers it is
 * to see, with what each of them advertises
 */
#include "dhcp/lease6.h"

#include <string.h>

#include "dhcp/ndisc.h"

#define MIN_MTU 1280 /* bytes; RFC 8200 section 5 */

struct reader conf_ras(const struct dhcp_conf *conf)
{
        return reader_init(conf->ra, conf->n_ra_bytes <= sizeof(conf->ra) ? conf->n_ra_bytes : 0);
}

bool conf_ra_next(struct reader *r, struct conf_ra *ret)
{
        struct conf_ra ra;

        ra.router = reader_u8(r);
        ra.len = reader_u16(r);
        ra.options = reader_take(r, ra.len);
        if (r->failed)
                return false;
        *ret = ra;
        return true;
}

/* --- addresses --- */

static void put_addresses(const struct podnet *net, struct dhcp_conf *conf, struct notes *notes)
{
        for (size_t i = 0; i < net->n_addresses; i++) {
                const struct ip_prefix *address = &net->addresses[i];

                if (address->addr.family != AF_INET6)
                        continue;
                if (conf->n_addresses6 == DHCP_MAX_ADDRESSES6) {
                        notes_add(notes, "not-told",
                                  "the guest gets only the first %u IPv6 addresses",
                                  DHCP_MAX_ADDRESSES6);
                        return;
                }
                conf->addresses6[conf->n_addresses6].ip = address->addr.v6;
                conf->addresses6[conf->n_addresses6++].prefix_len = address->len;
        }
}

static void put_fixed(const struct podnet *net, struct dhcp_conf *conf)
{
        for (size_t i = 0; i < net->n_neighbours && conf->n_fixed6 < DHCP_MAX_NEIGHBOURS; i++) {
                const struct podnet_neighbour *neighbour = &net->neighbours[i];

                if (neighbour->addr.family != AF_INET6 || neighbour->is_learnt)
                        continue;
                conf->fixed6[conf->n_fixed6].ip = neighbour->addr.v6;
                memcpy(conf->fixed6[conf->n_fixed6++].mac, neighbour->mac, MAC_LEN);
        }
}

/* --- routers --- */

static const struct podnet_neighbour *find_neighbour(const struct podnet *net,
                                                     const struct ip_addr *addr)
{
        for (size_t i = 0; i < net->n_neighbours; i++)
                if (ip_addr_equal(&net->neighbours[i].addr, addr))
                        return &net->neighbours[i];
        return NULL;
}

/*
 * RFC 4861 section 6.1.2: "Routers must use their link-local address as the source". The one of a
 * gateway that is known by another address nobody here knows, so it gets one that is nobody's. So
 * does one that answers as a host (the pod's kernel did not mind): section 7.2.5 has the guest drop
 * it from its routers.
 */
static void make_router(const struct podnet *net, const struct dhcp_conf *conf,
                        const struct ip_addr *gateway, struct dhcp_router6 *ret)
{
        const struct podnet_neighbour *neighbour = find_neighbour(net, gateway);
        struct dhcp_router6 router = { .link_local = gateway->v6, .gateway = gateway->v6 };

        if (!IN6_IS_ADDR_LINKLOCAL(&gateway->v6) || (neighbour && neighbour->is_learnt)) {
                router.link_local = podnet_link_local(net, conf->n_routers6 + 1);
                router.is_made_up = true;
        }
        /* Who answers for itself by the address that the guest uses is found out by the guest. */
        if (neighbour && (router.is_made_up || !neighbour->is_learnt))
                memcpy(router.mac, neighbour->mac, MAC_LEN);
        router.is_followed = router.is_made_up && (!neighbour || neighbour->is_learnt);
        *ret = router;
}

/* The index of the router for @gateway, made if there was none; -1: there are too many. */
static int find_router(const struct podnet *net, const struct ip_addr *gateway,
                       struct dhcp_conf *conf)
{
        for (uint32_t i = 0; i < conf->n_routers6; i++)
                if (IN6_ARE_ADDR_EQUAL(&conf->routers6[i].gateway, &gateway->v6))
                        return (int)i;
        if (conf->n_routers6 == DHCP_MAX_ROUTERS6)
                return -1;
        make_router(net, conf, gateway, &conf->routers6[conf->n_routers6]);
        return (int)conf->n_routers6++;
}

static bool is_by_gateway(const struct podnet_route *route)
{
        return route->dst.addr.family == AF_INET6 && route->gateway.family == AF_INET6;
}

static bool is_default(const struct podnet_route *route)
{
        return route->dst.len == 0;
}

/* The default router first. Without any, somebody has to say what is on-link, and who resolves. */
static void put_routers(const struct podnet *net, struct dhcp_conf *conf, struct notes *notes)
{
        bool too_many = false;

        for (int pass = 0; pass < 2; pass++)
                for (size_t i = 0; i < net->n_routes; i++) {
                        const struct podnet_route *route = &net->routes[i];
                        int router;

                        if (!is_by_gateway(route) || is_default(route) != (pass == 0))
                                continue;
                        router = find_router(net, &route->gateway, conf);
                        too_many |= router < 0;
                        if (router >= 0 && is_default(route))
                                conf->routers6[router].is_default = true;
                }
        if (too_many)
                notes_add(notes, "not-told",
                          "the guest gets only the IPv6 routes of the first %u gateways",
                          DHCP_MAX_ROUTERS6);
        if (conf->n_routers6 == 0)
                conf->routers6[conf->n_routers6++].link_local = conf->server_ip6;
}

/* --- what they advertise --- */

/* The message that is being put together, and those before it. */
struct advertisements {
        struct dhcp_conf *conf;
        uint8_t router;
        uint8_t options[RA_OPTIONS_MAX];
        struct writer w;
        bool is_full;
};

static void begin(struct advertisements *a, uint8_t router)
{
        a->router = router;
        a->w = writer_init(a->options, sizeof(a->options));
}

static void finish(struct advertisements *a)
{
        struct writer all = writer_init(a->conf->ra, sizeof(a->conf->ra));

        if (a->w.len == 0 && a->conf->n_ra_bytes > 0)
                return;
        all.len = a->conf->n_ra_bytes;
        write_u8(&all, a->router);
        write_u16(&all, (uint16_t)a->w.len);
        write_bytes(&all, a->options, a->w.len);
        if (all.failed)
                a->is_full = true;
        else
                a->conf->n_ra_bytes = (uint32_t)all.len;
        begin(a, a->router);
}

/* RFC 4861 section 6.2.3: what does not fit goes into another advertisement. */
static void add(struct advertisements *a, const uint8_t *option, size_t len)
{
        if (len > a->w.size - a->w.len)
                finish(a);
        write_bytes(&a->w, option, len);
}

static void add_prefix(struct advertisements *a, const struct ip_prefix *prefix)
{
        uint8_t option[32];
        struct writer w = writer_init(option, sizeof(option));

        write_nd_prefix(&w, prefix);
        add(a, option, w.len);
}

static bool is_same_prefix(const struct ip_prefix *a, const struct ip_prefix *b)
{
        return a->len == b->len && ip_prefix_has(a, &b->addr);
}

/* Addresses that bring their prefix along are before @n. */
static bool is_told(const struct podnet *net, size_t n, const struct ip_prefix *prefix)
{
        for (size_t i = 0; i < n; i++)
                if (is_same_prefix(&net->addresses[i], prefix))
                        return true;
        return false;
}

/* What the pod has on-link, by its addresses or by a route; a gateway out of its network, too. */
static void add_on_link(struct advertisements *a, const struct podnet *net)
{
        for (size_t i = 0; i < net->n_addresses; i++) {
                const struct ip_prefix *address = &net->addresses[i];

                if (address->addr.family == AF_INET6 && address->len < 128 &&
                    !is_told(net, i, address))
                        add_prefix(a, address);
        }
        for (size_t i = 0; i < net->n_routes; i++) {
                const struct podnet_route *route = &net->routes[i];

                if (route->dst.addr.family == AF_INET6 && route->gateway.family == AF_UNSPEC &&
                    !is_told(net, net->n_addresses, &route->dst))
                        add_prefix(a, &route->dst);
        }
}

static void add_dns(struct advertisements *a, const struct podnet *net, struct notes *notes)
{
        struct in6_addr servers[DHCP_MAX_DNS];
        uint8_t option[RA_OPTIONS_MAX];
        struct writer w = writer_init(option, sizeof(option));
        size_t n = 0, n_searches = net->n_searches;

        for (size_t i = 0; i < net->n_nameservers && n < DHCP_MAX_DNS; i++)
                if (net->nameservers[i].family == AF_INET6)
                        servers[n++] = net->nameservers[i].v6;
        if (n > 0)
                write_nd_rdnss(&w, servers, n);
        add(a, option, w.len);
        do {
                w = writer_init(option, sizeof(option));
                write_nd_dnssl(&w, (const char(*)[PODNET_DOMAIN_LEN])net->searches, n_searches);
        } while (w.failed && n_searches-- > 0);
        if (n_searches < net->n_searches)
                notes_add(notes, "not-told",
                          "router advertisements have only the first %zu search domains",
                          n_searches);
        if (n_searches > 0)
                add(a, option, w.len);
}

static void add_routes(struct advertisements *a, const struct podnet *net)
{
        for (size_t i = 0; i < net->n_routes; i++) {
                const struct podnet_route *route = &net->routes[i];
                uint8_t option[24];
                struct writer w = writer_init(option, sizeof(option));

                if (!is_by_gateway(route) || is_default(route) ||
                    find_router(net, &route->gateway, a->conf) != a->router)
                        continue;
                write_nd_route(&w, &route->dst);
                add(a, option, w.len);
        }
}

static void put_advertisements(const struct podnet *net, struct dhcp_conf *conf,
                               struct notes *notes)
{
        struct advertisements a = { .conf = conf };
        uint8_t option[8];
        struct writer w = writer_init(option, sizeof(option));

        begin(&a, 0);
        if (net->mtu_bytes >= MIN_MTU) {
                write_nd_mtu(&w, net->mtu_bytes);
                add(&a, option, w.len);
        }
        add_on_link(&a, net);
        add_dns(&a, net, notes);
        for (uint32_t i = 0; i < conf->n_routers6; i++) {
                add_routes(&a, net);
                finish(&a);
                begin(&a, (uint8_t)(i + 1));
        }
        if (a.is_full)
                notes_add(notes, "not-told",
                          "router advertisements have no room for all of the pod's routes");
}

void lease6_make(const struct podnet *net, struct dhcp_conf *conf, struct notes *notes)
{
        _Static_assert(DHCP_MAX_ROUTERS6 <= PODNET_MADE_UP_MAX, "an address for each router");
        conf->server_ip6 = podnet_link_local(net, 0);
        put_addresses(net, conf, notes);
        put_fixed(net, conf);
        conf->serves_dhcp6 = conf->n_addresses6 > 0 && net->dhcp6 == PODNET_TOLD_BY_US;
        conf->serves_ra = conf->n_addresses6 > 0 && net->ra == PODNET_TOLD_BY_US;
        if (!conf->serves_ra)
                return;
        put_routers(net, conf, notes);
        put_advertisements(net, conf, notes);
}

bool dhcp_conf_follows_gateway(const struct dhcp_conf *conf)
{
        for (uint32_t i = 0; i < conf->n_routers6; i++)
                if (conf->routers6[i].is_followed)
                        return true;
        return false;
}
