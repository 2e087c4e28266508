/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/json.h"
#include "podgraft/name.h"
#include "podgraft/podnet.h"

#include <string.h>

static struct json_object *route_to_json(const struct podnet_route *route)
{
        struct json_object *o = json_object_new_object();
        char text[IP_PREFIX_TEXT_LEN];

        json_add_string(o, "dst", ip_prefix_format(&route->dst, text));
        if (route->gateway.family != AF_UNSPEC)
                json_add_string(o, "gateway", ip_addr_format(&route->gateway, text));
        json_add_u64(o, "metric", route->metric);
        return o;
}

static struct json_object *neighbour_to_json(const struct podnet_neighbour *neighbour)
{
        struct json_object *o = json_object_new_object();
        char text[IP_ADDR_TEXT_LEN];

        json_add_string(o, "address", ip_addr_format(&neighbour->addr, text));
        json_add_string(o, "mac", mac_format(neighbour->mac, text));
        json_add_bool(o, "learnt", neighbour->is_learnt);
        return o;
}

static const char *const tellers[] = { "podgraft", "nobody", "segment" }; /* podnet_teller */

struct json_object *podnet_to_json(const struct podnet *net)
{
        struct json_object *o = json_object_new_object();
        struct json_object *list;
        char text[IP_PREFIX_TEXT_LEN];
        struct ip_addr server = { .family = AF_INET, .v4 = net->server_ip };

        json_add_string(o, "interface", net->interface);
        json_add_string(o, "nic", net->nic);
        json_add_string(o, "bridge", net->bridge);
        json_add_string(o, "tap", net->tap);
        json_add_u64(o, "index", net->index);
        json_add_string(o, "mac", mac_format(net->mac, text));
        json_add_string(o, "server_mac", mac_format(net->server_mac, text));
        json_add_string(o, "server_ip", ip_addr_format(&server, text));
        json_add_u64(o, "mtu_bytes", net->mtu_bytes);
        json_add_u64(o, "queues", net->queues);

        json_object_object_add(o, "addresses", list = json_object_new_array());
        for (size_t i = 0; i < net->n_addresses; i++)
                json_object_array_add(
                        list, json_object_new_string(ip_prefix_format(&net->addresses[i], text)));
        json_object_object_add(o, "routes", list = json_object_new_array());
        for (size_t i = 0; i < net->n_routes; i++)
                json_object_array_add(list, route_to_json(&net->routes[i]));
        json_object_object_add(o, "neighbours", list = json_object_new_array());
        for (size_t i = 0; i < net->n_neighbours; i++)
                json_object_array_add(list, neighbour_to_json(&net->neighbours[i]));
        json_object_object_add(o, "nameservers", list = json_object_new_array());
        for (size_t i = 0; i < net->n_nameservers; i++)
                json_object_array_add(
                        list, json_object_new_string(ip_addr_format(&net->nameservers[i], text)));
        json_object_object_add(o, "searches", list = json_object_new_array());
        for (size_t i = 0; i < net->n_searches; i++)
                json_object_array_add(list, json_object_new_string(net->searches[i]));
        json_add_string(o, "hostname", net->hostname);
        json_add_string(o, "dhcp4", tellers[net->dhcp4]);
        json_add_string(o, "dhcp6", tellers[net->dhcp6]);
        json_add_string(o, "ra", tellers[net->ra]);
        return o;
}

/* Copy the string at @key into a fixed field. */
static int get_text(struct json_object *o, const char *key, char *ret, size_t size,
                    struct error *err)
{
        const char *text;
        int r = json_get_string(o, key, &text, err);

        if (r < 0)
                return r;
        if (strlen(text) >= size)
                return error_set(err, -EINVAL, "key '%s' is longer than %zu bytes", key, size - 1);
        strcpy(ret, text);
        return 0;
}

static int get_name(struct json_object *o, const char *key, char ret[IFNAMSIZ], struct error *err)
{
        int r = get_text(o, key, ret, IFNAMSIZ, err);

        if (r == 0 && !interface_name_is_valid(ret))
                r = error_set(err, -EINVAL, "key '%s' is no interface's name: '%s'", key, ret);
        return r;
}

static int get_mac(struct json_object *o, const char *key, uint8_t ret[MAC_LEN], struct error *err)
{
        const char *text;
        int r = json_get_string(o, key, &text, err);

        if (r == 0 && mac_parse(text, ret) < 0)
                r = error_set(err, -EINVAL, "key '%s' is not a MAC address: '%s'", key, text);
        return r;
}

static int get_unsigned(struct json_object *o, const char *key, uint32_t *ret, struct error *err)
{
        uint64_t value;
        int r = json_get_u64(o, key, UINT32_MAX, &value, err);

        if (r == 0)
                *ret = (uint32_t)value;
        return r;
}

static int get_teller(struct json_object *o, const char *key, uint8_t *ret, struct error *err)
{
        const char *text;
        int r;

        if (!json_has(o, key)) /* an older record */
                return 0;
        r = json_get_string(o, key, &text, err);
        if (r < 0)
                return r;
        for (uint8_t i = 0; i < ARRAY_SIZE(tellers); i++)
                if (strcmp(text, tellers[i]) == 0) {
                        *ret = i;
                        return 0;
                }
        return error_set(err, -EINVAL, "key '%s' is nobody who could tell: '%s'", key, text);
}

static const char *element_text(struct json_object *list, size_t i)
{
        const char *text = json_object_get_string(json_object_array_get_idx(list, i));

        return text ? text : "";
}

static int route_from_json(struct json_object *o, struct podnet_route *ret, struct error *err)
{
        struct podnet_route route = { 0 };
        const char *text;
        int r = json_get_string(o, "dst", &text, err);

        if (r < 0)
                return r;
        if (ip_prefix_parse(text, &route.dst) < 0)
                return error_set(err, -EINVAL, "'%s' is not a route's destination", text);
        if (json_has(o, "gateway")) {
                r = json_get_string(o, "gateway", &text, err);
                if (r == 0 && ip_addr_parse(text, &route.gateway) < 0)
                        r = error_set(err, -EINVAL, "'%s' is not a gateway", text);
                if (r < 0)
                        return r;
        }
        r = get_unsigned(o, "metric", &route.metric, err);
        if (r == 0)
                *ret = route;
        return r;
}

static int get_neighbours(struct json_object *o, struct podnet *net, struct error *err)
{
        struct podnet_neighbour neighbour;
        struct json_object *list;
        const char *text;
        int r;

        if (!json_has(o, "neighbours")) /* an older record */
                return 0;
        r = json_get_array(o, "neighbours", &list, err);
        for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++) {
                struct json_object *element = json_object_array_get_idx(list, i);

                if ((r = json_get_string(element, "address", &text, err)) < 0)
                        return r;
                if (ip_addr_parse(text, &neighbour.addr) < 0)
                        return error_set(err, -EINVAL, "'%s' is not a neighbour", text);
                neighbour.is_learnt = false;
                r = get_mac(element, "mac", neighbour.mac, err);
                if (r == 0 && json_has(element, "learnt"))
                        r = json_get_bool(element, "learnt", &neighbour.is_learnt, err);
                if (r == 0)
                        r = podnet_add_neighbour(net, &neighbour);
        }
        return r;
}

static int get_lists(struct json_object *o, struct podnet *net, struct error *err)
{
        struct json_object *list;
        struct podnet_route route;
        struct ip_prefix prefix;
        struct ip_addr addr;
        int r;

        r = json_get_array(o, "addresses", &list, err);
        for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++)
                r = ip_prefix_parse(element_text(list, i), &prefix) < 0
                            ? error_set(err, -EINVAL, "'%s' is not an address",
                                        element_text(list, i))
                            : podnet_add_address(net, &prefix);
        if (r == 0)
                r = json_get_array(o, "routes", &list, err);
        for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++) {
                r = route_from_json(json_object_array_get_idx(list, i), &route, err);
                if (r == 0)
                        r = podnet_add_route(net, &route);
        }
        if (r == 0)
                r = get_neighbours(o, net, err);
        if (r == 0)
                r = json_get_array(o, "nameservers", &list, err);
        for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++)
                r = ip_addr_parse(element_text(list, i), &addr) < 0
                            ? error_set(err, -EINVAL, "'%s' is not a nameserver",
                                        element_text(list, i))
                            : podnet_add_nameserver(net, &addr);
        if (r == 0)
                r = json_get_array(o, "searches", &list, err);
        for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++) {
                r = podnet_add_search(net, element_text(list, i));
                if (r == -EINVAL)
                        error_set(err, r, "'%s' is not a search domain", element_text(list, i));
        }
        return r;
}

int podnet_from_json(struct json_object *o, struct podnet **ret, struct error *err)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = podnet_new();
        struct ip_addr server;
        char text[IP_ADDR_TEXT_LEN];
        int r;

        if (!net)
                return error_set(err, -ENOMEM, "out of memory");
        if ((r = get_name(o, "interface", net->interface, err)) < 0 ||
            (r = get_name(o, "nic", net->nic, err)) < 0 ||
            (r = get_name(o, "bridge", net->bridge, err)) < 0 ||
            (r = get_name(o, "tap", net->tap, err)) < 0 ||
            (r = get_text(o, "hostname", net->hostname, sizeof(net->hostname), err)) < 0 ||
            (r = get_text(o, "server_ip", text, sizeof(text), err)) < 0 ||
            (r = get_mac(o, "mac", net->mac, err)) < 0 ||
            (r = get_mac(o, "server_mac", net->server_mac, err)) < 0 ||
            (r = get_unsigned(o, "index", &net->index, err)) < 0 ||
            (r = get_unsigned(o, "mtu_bytes", &net->mtu_bytes, err)) < 0 ||
            (r = get_unsigned(o, "queues", &net->queues, err)) < 0 ||
            (r = get_teller(o, "dhcp4", &net->dhcp4, err)) < 0 ||
            (r = get_teller(o, "dhcp6", &net->dhcp6, err)) < 0 ||
            (r = get_teller(o, "ra", &net->ra, err)) < 0)
                return r;
        if (ip_addr_parse(text, &server) < 0 || server.family != AF_INET)
                return error_set(err, -EINVAL, "'%s' is not a server address", text);
        net->server_ip = server.v4;
        r = get_lists(o, net, err);
        if (r < 0)
                return r == -ENOMEM ? error_set(err, r, "out of memory") : r;
        *ret = take_ptr(net);
        return 0;
}
