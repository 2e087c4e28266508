/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/podnet.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

struct podnet *podnet_new(void)
{
        return calloc(1, sizeof(struct podnet));
}

struct podnet *podnet_free(struct podnet *net)
{
        if (!net)
                return NULL;
        free(net->addresses);
        free(net->routes);
        free(net->neighbours);
        free(net->nameservers);
        free(net->searches);
        free(net);
        return NULL;
}

/* Make room for one more of @size bytes and copy @element there. */
static int append(void **array, size_t *n, size_t size, const void *element)
{
        char *grown = reallocarray(*array, *n + 1, size);

        if (!grown)
                return -ENOMEM;
        memcpy(grown + *n * size, element, size);
        *array = grown;
        (*n)++;
        return 0;
}

int podnet_add_address(struct podnet *net, const struct ip_prefix *address)
{
        return append((void **)&net->addresses, &net->n_addresses, sizeof(*address), address);
}

int podnet_add_route(struct podnet *net, const struct podnet_route *route)
{
        return append((void **)&net->routes, &net->n_routes, sizeof(*route), route);
}

int podnet_add_neighbour(struct podnet *net, const struct podnet_neighbour *neighbour)
{
        return append((void **)&net->neighbours, &net->n_neighbours, sizeof(*neighbour), neighbour);
}

int podnet_add_nameserver(struct podnet *net, const struct ip_addr *server)
{
        return append((void **)&net->nameservers, &net->n_nameservers, sizeof(*server), server);
}

/* RFC 1035 section 2.3.4: anything else has no place in a DHCP option. */
static bool domain_is_encodable(const char *domain)
{
        size_t label = 0;

        for (const char *p = domain; *p; p++) {
                if (*p == '.' && label == 0)
                        return false;
                label = *p == '.' ? 0 : label + 1;
                if (label > 63)
                        return false;
        }
        return label > 0 && strlen(domain) <= 253;
}

int podnet_add_search(struct podnet *net, const char *domain)
{
        char text[PODNET_DOMAIN_LEN] = { 0 };

        if (!domain_is_encodable(domain))
                return -EINVAL;
        strcpy(text, domain);
        return append((void **)&net->searches, &net->n_searches, sizeof(text), text);
}

struct podnet *podnet_copy(const struct podnet *net)
{
        _cleanup_(cleanup_podnet_free) struct podnet *copy = podnet_new();
        int r = 0;

        if (!copy)
                return NULL;
        *copy = *net;
        copy->addresses = NULL;
        copy->routes = NULL;
        copy->neighbours = NULL;
        copy->nameservers = NULL;
        copy->searches = NULL;
        copy->n_addresses = copy->n_routes = copy->n_neighbours = copy->n_nameservers =
                copy->n_searches = 0;
        for (size_t i = 0; r == 0 && i < net->n_addresses; i++)
                r = podnet_add_address(copy, &net->addresses[i]);
        for (size_t i = 0; r == 0 && i < net->n_routes; i++)
                r = podnet_add_route(copy, &net->routes[i]);
        for (size_t i = 0; r == 0 && i < net->n_neighbours; i++)
                r = podnet_add_neighbour(copy, &net->neighbours[i]);
        for (size_t i = 0; r == 0 && i < net->n_nameservers; i++)
                r = podnet_add_nameserver(copy, &net->nameservers[i]);
        for (size_t i = 0; r == 0 && i < net->n_searches; i++)
                r = podnet_add_search(copy, net->searches[i]);
        return r == 0 ? take_ptr(copy) : NULL;
}

const struct ip_prefix *podnet_first_address(const struct podnet *net, int family)
{
        for (size_t i = 0; i < net->n_addresses; i++)
                if (net->addresses[i].addr.family == family)
                        return &net->addresses[i];
        return NULL;
}

/* RFC 4291 appendix A: modified EUI-64; of who is made up it is no EUI-64. */
struct in6_addr podnet_link_local(const struct podnet *net, unsigned i)
{
        const uint8_t *mac = net->server_mac;
        struct in6_addr ip = { .s6_addr = { 0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2], 0xff,
                                            0xfe, mac[3], mac[4], mac[5] } };

        if (i > 0) {
                ip.s6_addr[11] = 0;
                ip.s6_addr[12] = (uint8_t)i;
        }
        return ip;
}

bool podnet_has_lease(const struct podnet *net, int family)
{
        return podnet_first_address(net, family) &&
               (family == AF_INET ? net->dhcp4 : net->dhcp6) == PODNET_TOLD_BY_US;
}

bool podnet_is_served(const struct podnet *net)
{
        return podnet_has_lease(net, AF_INET) || podnet_has_lease(net, AF_INET6) ||
               (podnet_first_address(net, AF_INET6) && net->ra == PODNET_TOLD_BY_US);
}

const struct ip_addr *podnet_default_gateway(const struct podnet *net, int family)
{
        for (size_t i = 0; i < net->n_routes; i++) {
                const struct podnet_route *route = &net->routes[i];

                if (route->dst.len == 0 && route->dst.addr.family == family &&
                    route->gateway.family != AF_UNSPEC)
                        return &route->gateway;
        }
        return NULL;
}

/* RFC 1035 section 2.3.4 lengths; underscores are not host names but real search domains. */
bool podnet_clean_domain(const char *word, char ret[PODNET_DOMAIN_LEN])
{
        size_t len = strlen(word), label = 0;

        if (len > 0 && word[len - 1] == '.')
                len--;
        if (len == 0 || len > 253)
                return false;
        for (size_t i = 0; i < len; i++) {
                unsigned char c = (unsigned char)word[i];

                if (c == '.') {
                        if (label == 0 || word[i - 1] == '-')
                                return false;
                        label = 0;
                } else {
                        if (!isalnum(c) && c != '_' && (c != '-' || label == 0))
                                return false;
                        if (++label > 63)
                                return false;
                }
                ret[i] = (char)tolower(c);
        }
        ret[len] = '\0';
        return label > 0 && ret[len - 1] != '-';
}

int mac_parse(const char *text, uint8_t ret[MAC_LEN])
{
        uint8_t mac[MAC_LEN];

        for (int i = 0; i < MAC_LEN; i++) {
                char pair[3] = { text[0], text[0] ? text[1] : '\0', '\0' };

                if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
                        return -EINVAL;
                mac[i] = (uint8_t)strtoul(pair, NULL, 16);
                text += 2;
                if (*text != (i < MAC_LEN - 1 ? ':' : '\0'))
                        return -EINVAL;
                text++;
        }
        memcpy(ret, mac, MAC_LEN);
        return 0;
}

const char *mac_format(const uint8_t mac[MAC_LEN], char buf[MAC_TEXT_LEN])
{
        snprintf(buf, MAC_TEXT_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                 mac[4], mac[5]);
        return buf;
}

int ip_addr_parse(const char *text, struct ip_addr *ret)
{
        struct ip_addr addr = { 0 };

        if (inet_pton(AF_INET, text, &addr.v4) == 1)
                addr.family = AF_INET;
        else if (inet_pton(AF_INET6, text, &addr.v6) == 1)
                addr.family = AF_INET6;
        else
                return -EINVAL;
        *ret = addr;
        return 0;
}

int ip_prefix_parse(const char *text, struct ip_prefix *ret)
{
        char buf[IP_PREFIX_TEXT_LEN];
        struct ip_prefix prefix = { 0 };
        unsigned long len;
        char *slash, *end;
        int r;

        if (strlen(text) >= sizeof(buf))
                return -EINVAL;
        strcpy(buf, text);
        slash = strchr(buf, '/');
        if (slash)
                *slash = '\0';
        r = ip_addr_parse(buf, &prefix.addr);
        if (r < 0)
                return r;
        prefix.len = prefix.addr.family == AF_INET ? 32 : 128;
        if (slash) {
                if (!isdigit((unsigned char)slash[1]))
                        return -EINVAL;
                len = strtoul(slash + 1, &end, 10);
                if (*end != '\0' || len > prefix.len)
                        return -EINVAL;
                prefix.len = (uint8_t)len;
        }
        *ret = prefix;
        return 0;
}

const char *ip_addr_format(const struct ip_addr *addr, char buf[IP_ADDR_TEXT_LEN])
{
        if (addr->family == AF_UNSPEC ||
            !inet_ntop(addr->family,
                       addr->family == AF_INET ? (const void *)&addr->v4 : (const void *)&addr->v6,
                       buf, IP_ADDR_TEXT_LEN))
                strcpy(buf, "none");
        return buf;
}

bool ip_prefix_has(const struct ip_prefix *prefix, const struct ip_addr *addr)
{
        const uint8_t *a = (const uint8_t *)&prefix->addr.v6, *b = (const uint8_t *)&addr->v6;
        unsigned bytes = prefix->len / 8, bits = prefix->len % 8;

        if (prefix->addr.family != addr->family || memcmp(a, b, bytes) != 0)
                return false;
        return bits == 0 || (a[bytes] ^ b[bytes]) >> (8 - bits) == 0;
}

const char *ip_prefix_format(const struct ip_prefix *prefix, char buf[IP_PREFIX_TEXT_LEN])
{
        size_t n;

        ip_addr_format(&prefix->addr, buf);
        n = strlen(buf);
        snprintf(buf + n, IP_PREFIX_TEXT_LEN - n, "/%u", prefix->len);
        return buf;
}

bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b)
{
        if (a->family != b->family)
                return false;
        switch (a->family) {
        case AF_INET:
                return a->v4.s_addr == b->v4.s_addr;
        case AF_INET6:
                return memcmp(&a->v6, &b->v6, sizeof(a->v6)) == 0;
        default:
                return true;
        }
}
