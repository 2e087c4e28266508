/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lease.c - an identity and the user's wishes as what the guest is told
 *
 * The order is that of importance, which counts where a reply has no room for all: the network
 * first, then what the user asked for, then what a guest can do without.
 */
#include <arpa/inet.h>

#include "dhcp/lease6.h"
#include "dhcp/lease_dhcp6.h"
#include "dhcp/option.h"

#define SEARCH_MAX 1024 /* bytes; few replies have room for as much */

/* --- what follows from the identity; an empty value is not sent --- */

static uint32_t netmask(uint8_t prefix_len)
{
        return prefix_len == 0 ? 0 : 0xffffffffu << (32 - prefix_len);
}

static void make_mask(const struct podnet *net, struct writer *w, struct notes *notes _unused_)
{
        const struct ip_prefix *address = podnet_first_address(net, AF_INET);

        if (address)
                write_u32(w, netmask(address->len));
}

/* RFC 3021: a /31 has no broadcast address, nor has a /32. */
static void make_broadcast(const struct podnet *net, struct writer *w, struct notes *notes _unused_)
{
        const struct ip_prefix *address = podnet_first_address(net, AF_INET);

        if (address && address->len < 31)
                write_u32(w, ntohl(address->addr.v4.s_addr) | ~netmask(address->len));
}

/*
 * RFC 3442: "a DHCP client that requests 121 MUST ignore the Router option", so the default route
 * is in here too, last, because clients install in order and its gateway may need a route that
 * stands before it. It is the one that must not be crowded out.
 */
static void make_routes(const struct podnet *net, struct writer *w, struct notes *notes)
{
        uint32_t n = 0;

        for (int defaults = 0; defaults < 2; defaults++) {
                uint32_t limit = defaults ? DHCP_MAX_ROUTES : DHCP_MAX_ROUTES - 1;

                for (size_t i = 0; i < net->n_routes; i++) {
                        const struct podnet_route *route = &net->routes[i];
                        struct in_addr gateway = { 0 };

                        if (route->dst.addr.family != AF_INET ||
                            (route->dst.len == 0) != (defaults == 1))
                                continue;
                        if (n == limit) {
                                notes_add(notes, "not-told",
                                          "the guest gets only the first %u routes", limit);
                                break;
                        }
                        if (route->gateway.family == AF_INET)
                                gateway = route->gateway.v4;
                        write_route(w, &route->dst, gateway);
                        n++;
                }
        }
}

static void make_dns(const struct podnet *net, struct writer *w, struct notes *notes)
{
        uint32_t n = 0;

        for (size_t i = 0; i < net->n_nameservers; i++) {
                if (net->nameservers[i].family != AF_INET)
                        continue;
                if (n++ == DHCP_MAX_DNS) {
                        notes_add(notes, "not-told",
                                  "the guest gets only the first %u name servers", DHCP_MAX_DNS);
                        return;
                }
                write_bytes(w, &net->nameservers[i].v4, 4);
        }
}

static void make_mtu(const struct podnet *net, struct writer *w, struct notes *notes _unused_)
{
        if (net->mtu_bytes >= 68 && net->mtu_bytes <= UINT16_MAX) /* RFC 2132 section 5.1 */
                write_u16(w, (uint16_t)net->mtu_bytes);
}

/* The most specific search domain is the guest's own: the longest. */
static void make_domain(const struct podnet *net, struct writer *w, struct notes *notes _unused_)
{
        const char *longest = "";

        for (size_t i = 0; i < net->n_searches; i++)
                if (strlen(net->searches[i]) > strlen(longest))
                        longest = net->searches[i];
        write_bytes(w, longest, strlen(longest));
}

static void make_hostname(const struct podnet *net, struct writer *w, struct notes *notes _unused_)
{
        write_bytes(w, net->hostname, strlen(net->hostname));
}

static void make_search(const struct podnet *net, struct writer *w, struct notes *notes)
{
        struct writer list = writer_init(w->buf, SEARCH_MAX < w->size ? SEARCH_MAX : w->size);
        size_t n = write_domains(&list, (const char(*)[PODNET_DOMAIN_LEN])net->searches,
                                 net->n_searches);

        if (n < net->n_searches)
                notes_add(notes, "not-told", "the guest gets only the first %zu search domains", n);
        w->len = list.len;
}

static const struct {
        uint8_t code;
        void (*make)(const struct podnet *net, struct writer *w, struct notes *notes);
} important[] = {
        { DHCP4_OPT_SUBNET_MASK, make_mask },
        { DHCP4_OPT_CLASSLESS_ROUTES, make_routes },
        { DHCP4_OPT_ROUTER, NULL }, /* follows from the routes, whoever gave them */
        { DHCP4_OPT_DNS, make_dns },
        { DHCP4_OPT_MTU, make_mtu },
        { DHCP4_OPT_DOMAIN_NAME, make_domain },
}, dispensable[] = {
        { DHCP4_OPT_BROADCAST, make_broadcast },
        { DHCP4_OPT_HOST_NAME, make_hostname },
        { DHCP4_OPT_DOMAIN_SEARCH, make_search },
};

/* --- the user's --- */

static int too_much(struct error *err)
{
        return error_set_class(err, ERROR_USAGE, -EINVAL,
                               "too many DHCP options: at most %u, with %u bytes together",
                               DHCP_MAX_USER_OPTIONS, DHCP_USER_BYTES);
}

/* All of them into @ret, a configuration with nothing else in it. */
static int parse_options(const char *const *options, size_t n, struct dhcp_conf *ret,
                         struct error *err)
{
        uint8_t value[DHCP_USER_BYTES];
        size_t total = 0;

        ret->options.n_bytes = ret->options6.n_bytes = 0;
        if (n > DHCP_MAX_USER_OPTIONS)
                return too_much(err);
        for (size_t i = 0; i < n; i++) {
                struct writer w = writer_init(value, sizeof(value));
                struct conf_option before;
                struct dhcp_options *given;
                struct option_key key;
                int r = option_parse(options[i], &key, &w, err);

                if (r < 0)
                        return r;
                given = key.is_v6 ? &ret->options6 : &ret->options;
                if (conf_option_find(given, key.audience, key.code, &before))
                        return error_set_class(err, ERROR_USAGE, -EINVAL,
                                               "'%.64s': that option was given already",
                                               options[i]);
                total += w.len;
                if (total > DHCP_USER_BYTES ||
                    conf_option_put(given, key.audience, key.code, w.buf, w.len) < 0)
                        return too_much(err);
        }
        return 0;
}

int dhcp_options_check(const char *const *options, size_t n, struct error *err)
{
        struct dhcp_conf user;

        return parse_options(options, n, &user, err);
}

/* --- together --- */

/* The gateways of the default routes in an encoded 121, for clients that know only option 3. */
static void routers_of_routes(const struct dhcp_conf *conf, struct writer *w)
{
        struct conf_option routes;
        struct reader r;

        if (!conf_option_find(&conf->options, DHCP_EVERYBODY, DHCP4_OPT_CLASSLESS_ROUTES, &routes))
                return;
        r = reader_init(routes.value, routes.len);
        while (r.left > 0 && !r.failed) {
                uint8_t prefix_len = reader_u8(&r);
                const uint8_t *gateway;

                reader_take(&r, (size_t)(prefix_len + 7) / 8);
                gateway = reader_take(&r, 4);
                if (gateway && prefix_len == 0 && memcmp(gateway, "\0\0\0\0", 4) != 0)
                        write_bytes(w, gateway, 4);
        }
}

static void put_made(struct dhcp_conf *conf, const struct podnet *net, const struct dhcp_conf *user,
                     uint8_t code,
                     void (*make)(const struct podnet *net, struct writer *w, struct notes *notes),
                     struct notes *notes)
{
        uint8_t value[DHCP_USER_BYTES];
        struct writer w = writer_init(value, sizeof(value));
        struct conf_option given;

        _Static_assert(sizeof(value) >= DHCP_MAX_ROUTES * 9, "the longest routes fit");
        if (conf_option_find(&user->options, DHCP_EVERYBODY, code, &given))
                write_bytes(&w, given.value, given.len);
        else if (make)
                make(net, &w, notes);
        else
                routers_of_routes(conf, &w);
        if (w.len > 0)
                conf_option_put(&conf->options, DHCP_EVERYBODY, code, value, w.len);
}

/*
 * Where the boot file is fetched from, for boot loaders that look at siaddr alone: unless given,
 * the TFTP server, if it has an address.
 */
static void put_next_server(struct dhcp_conf *conf, const struct dhcp_conf *user,
                            enum dhcp_audience audience)
{
        char text[IP_ADDR_TEXT_LEN];
        struct conf_option option;
        struct in_addr addr;

        if (conf_option_find(&user->options, audience, DHCP4_NEXT_SERVER, &option))
                return;
        if (conf_option_find(&user->options, audience, DHCP4_OPT_TFTP_SERVER_NAME, &option) &&
            option.len < sizeof(text)) {
                memcpy(text, option.value, option.len);
                text[option.len] = '\0';
                if (inet_pton(AF_INET, text, &addr) == 1) {
                        conf_option_put(&conf->options, audience, DHCP4_NEXT_SERVER, &addr, 4);
                        return;
                }
        }
        if (conf_option_find(&user->options, audience, DHCP4_OPT_TFTP_SERVERS, &option) &&
            option.len >= 4)
                conf_option_put(&conf->options, audience, DHCP4_NEXT_SERVER, option.value, 4);
}

static bool is_made(const struct conf_option *option)
{
        for (size_t i = 0; i < ARRAY_SIZE(important); i++)
                if (option->audience == DHCP_EVERYBODY && option->code == important[i].code)
                        return true;
        for (size_t i = 0; i < ARRAY_SIZE(dispensable); i++)
                if (option->audience == DHCP_EVERYBODY && option->code == dispensable[i].code)
                        return true;
        return false;
}

/* The first count most; more than the responder holds are left out. */
static void put_neighbours(struct dhcp_conf *conf, const struct podnet *net)
{
        for (size_t i = 0; i < net->n_neighbours && conf->n_neighbours < DHCP_MAX_NEIGHBOURS; i++) {
                if (net->neighbours[i].addr.family != AF_INET || net->neighbours[i].is_learnt)
                        continue;
                conf->neighbours[conf->n_neighbours].ip = net->neighbours[i].addr.v4;
                memcpy(conf->neighbours[conf->n_neighbours++].mac, net->neighbours[i].mac, MAC_LEN);
        }
}

int dhcp_conf_from_podnet(const struct podnet *net, const char *const *options, size_t n_options,
                          struct dhcp_conf *ret, struct notes *notes, struct error *err)
{
        const struct ip_prefix *address = podnet_first_address(net, AF_INET);
        struct dhcp_conf conf = { .magic = DHCP_CONF_MAGIC, .size = sizeof(conf) }, user;
        struct reader given;
        struct conf_option option;
        int r = parse_options(options, n_options, &user, err);

        if (r < 0)
                return r;
        strcpy(conf.tap, net->tap);
        memcpy(conf.guest_mac, net->mac, MAC_LEN);
        memcpy(conf.server_mac, net->server_mac, MAC_LEN);
        conf.server_ip = net->server_ip;
        conf.mtu_bytes = net->mtu_bytes > UINT16_MAX ? UINT16_MAX : (uint16_t)net->mtu_bytes;
        conf.lease_sec = DHCP_LEASE_INFINITE;
        if (address && net->dhcp4 == PODNET_TOLD_BY_US)
                conf.address = address->addr.v4;
        put_neighbours(&conf, net);
        lease6_make(net, &conf, notes);
        lease_dhcp6_make(net, &user, &conf, notes);
        for (size_t i = 0; i < ARRAY_SIZE(important); i++)
                put_made(&conf, net, &user, important[i].code, important[i].make, notes);
        for (given = conf_options(&user.options); conf_option_next(&given, &option);)
                if (!is_made(&option))
                        conf_option_put(&conf.options, (enum dhcp_audience)option.audience,
                                        option.code, option.value, option.len);
        put_next_server(&conf, &user, DHCP_EVERYBODY);
        put_next_server(&conf, &user, DHCP_IPXE);
        for (size_t i = 0; i < ARRAY_SIZE(dispensable); i++)
                put_made(&conf, net, &user, dispensable[i].code, dispensable[i].make, notes);
        *ret = conf;
        return 0;
}
