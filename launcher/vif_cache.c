/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/vif_cache.h"

#include <string.h>
#include <sys/stat.h>

#include "launcher/vmi_node.h"
#include "podgraft/json.h"

#define MIN_MTU 68
#define MAX_MTU 65535

/* --- Go's values --- */

static int base64_digit(char c)
{
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char *at = c ? strchr(digits, c) : NULL;

        return at ? (int)(at - digits) : -1;
}

/* Exactly @n bytes. */
static bool base64_decode(const char *text, uint8_t *ret, size_t n)
{
        uint32_t bits = 0;
        unsigned n_bits = 0;
        size_t done = 0;

        for (; *text && *text != '='; text++) {
                int digit = base64_digit(*text);

                if (digit < 0)
                        return false;
                bits = bits << 6 | (unsigned)digit;
                n_bits += 6;
                if (n_bits < 8)
                        continue;
                n_bits -= 8;
                if (done == n)
                        return false;
                ret[done++] = (uint8_t)(bits >> n_bits);
        }
        return done == n && strspn(text, "=") == strlen(text);
}

static int read_bytes(const struct vmi_node *parent, const char *key, uint8_t *ret, size_t n,
                      struct error *err)
{
        struct vmi_node node;
        const char *text;
        int r = vmi_node_text(parent, key, &node, &text, err);

        if (r == 0)
                return vmi_error(parent, err, "'%s' is missing", key);
        if (r > 0 && !base64_decode(text, ret, n))
                return vmi_error(&node, err, "'%.64s' is not %zu bytes in base64", text, n);
        return r;
}

/* Return: 1, 0 it is missing or empty */
static int read_ip(const struct vmi_node *parent, const char *key, struct ip_addr *ret,
                   struct error *err)
{
        struct vmi_node node;
        const char *text;
        int r = vmi_node_text(parent, key, &node, &text, err);

        if (r > 0 && (ip_addr_parse(text, ret) < 0 || ret->family != AF_INET))
                return vmi_error(&node, err, "'%.64s' is no IPv4 address", text);
        return r;
}

/* {"IP": "10.96.0.0", "Mask": "//AAAA=="}; Return: 1, 0 there is no IP in it */
static int read_network(const struct vmi_node *node, struct ip_prefix *ret, struct error *err)
{
        struct ip_prefix prefix = { 0 };
        uint8_t mask[4];
        uint32_t bits;
        int r = read_ip(node, "IP", &prefix.addr, err);

        if (r <= 0)
                return r;
        if (read_bytes(node, "Mask", mask, sizeof(mask), err) < 0)
                return -EINVAL;
        bits = (uint32_t)mask[0] << 24 | (uint32_t)mask[1] << 16 | (uint32_t)mask[2] << 8 | mask[3];
        while (prefix.len < 32 && bits & 1u << (31 - prefix.len))
                prefix.len++;
        if (prefix.len < 32 && bits << prefix.len)
                return vmi_error(node, err, "its mask has holes");
        *ret = prefix;
        return 1;
}

/* --- routes --- */

/* The default route is the gateway's, which comes last; what is on the link comes first. */
static int add_route(const struct vmi_node *node, bool on_link, struct podnet *net,
                     struct error *err)
{
        struct podnet_route route = { 0 };
        struct vmi_node dst;
        int r, gateway;

        if ((gateway = read_ip(node, "Gw", &route.gateway, err)) < 0 ||
            (r = vmi_node_get(node, "Dst", json_type_object, &dst, err)) <= 0 ||
            (r = read_network(&dst, &route.dst, err)) <= 0)
                return gateway < 0 ? gateway : r;
        if (route.dst.len == 0 || (gateway == 0) != on_link)
                return 0;
        return podnet_add_route(net, &route) < 0 ? error_set(err, -ENOMEM, "out of memory") : 0;
}

/* Where "Gateway" is empty, a route without a destination may have it. */
static int find_gateway(const struct vmi_node *list, struct ip_addr *ret, struct error *err)
{
        struct vmi_node route, dst;

        for (size_t i = 0; list && i < json_object_array_length(list->value); i++) {
                int r;

                if (vmi_node_item(list, i, json_type_object, &route, err) < 0 ||
                    (r = vmi_node_get(&route, "Dst", json_type_object, &dst, err)) < 0 ||
                    (r == 0 && ret->family == AF_UNSPEC && read_ip(&route, "Gw", ret, err) < 0))
                        return -EINVAL;
        }
        return 0;
}

static int read_routes(const struct vmi_node *root, struct podnet *net, struct error *err)
{
        struct podnet_route by_default = { .dst.addr.family = AF_INET };
        struct vmi_node list, route;
        int r = vmi_node_get(root, "Routes", json_type_array, &list, err), there = r;
        size_t n = r > 0 ? json_object_array_length(list.value) : 0;

        if (r < 0 || (r = read_ip(root, "Gateway", &by_default.gateway, err)) < 0)
                return r;
        for (size_t i = 0; i < 2 * n; i++)
                if (vmi_node_item(&list, i % n, json_type_object, &route, err) < 0 ||
                    add_route(&route, i < n, net, err) < 0)
                        return -EINVAL;
        if (find_gateway(there ? &list : NULL, &by_default.gateway, err) < 0)
                return -EINVAL;
        if (by_default.gateway.family == AF_UNSPEC)
                return 0;
        return podnet_add_route(net, &by_default) < 0 ? error_set(err, -ENOMEM, "out of memory")
                                                      : 0;
}

/* --- the whole --- */

static int read_lease(const struct vmi_node *root, struct podnet *net, struct error *err)
{
        struct ip_prefix address;
        struct vmi_node node;
        int r = vmi_node_get(root, "IPAMDisabled", json_type_boolean, &node, err);

        if (r < 0 || (r > 0 && json_object_get_boolean(node.value)))
                return r < 0 ? r : 0;
        if ((r = vmi_node_get(root, "IP", json_type_object, &node, err)) <= 0 ||
            (r = read_network(&node, &address, err)) <= 0)
                return r;
        if (podnet_add_address(net, &address) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        return read_routes(root, net, err);
}

static int read_root(const struct vmi_node *root, struct podnet *net, struct error *err)
{
        struct ip_addr server = { 0 };
        unsigned mtu = 0;
        int r = vmi_interface_name_read(root, "Name", net->interface, err);

        if (r == 0)
                return vmi_error(root, err, "'Name' is missing: it is no vif-cache of KubeVirt's");
        if (r < 0 || read_bytes(root, "MAC", net->mac, MAC_LEN, err) < 0 ||
            (r = read_ip(root, "AdvertisingIPAddr", &server, err)) < 0)
                return -EINVAL;
        if (r > 0)
                net->server_ip = server.v4;
        if (net->mac[0] & 1)
                return vmi_error(root, err, "'MAC' is that of a group");
        if ((r = vmi_node_number(root, "Mtu", MAX_MTU, &mtu, err)) < 0)
                return r;
        if (mtu > 0 && mtu < MIN_MTU)
                return vmi_error(root, err, "'Mtu' is %u; IPv4 needs %u", mtu, MIN_MTU);
        net->mtu_bytes = mtu;
        return read_lease(root, net, err);
}

static int read_json(struct json_object *json, const char *source, struct podnet **ret,
                     struct error *err)
{
        _cleanup_(cleanup_podnet_free) struct podnet *net = podnet_new();
        struct vmi_node root = { .value = json, .path = "vif-cache" };
        int r;

        if (!net)
                return error_set(err, -ENOMEM, "out of memory");
        r = json_object_is_type(json, json_type_object)
                    ? read_root(&root, net, err)
                    : error_set_class(err, ERROR_USAGE, -EINVAL, "it is no JSON object");
        if (r < 0)
                return error_context(err, "%s", source);
        *ret = take_ptr(net);
        return 0;
}

int vif_cache_read(const char *text, size_t len, const char *source, struct podnet **ret,
                   struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *json = NULL;
        int r = json_parse(text, len, source, &json, err);

        if (r == 0)
                return read_json(json, source, ret, err);
        if (err)
                err->class = ERROR_USAGE;
        return r;
}

int vif_cache_read_file(const char *path, struct podnet **ret, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *json = NULL;
        char source[256];
        int r = json_read_file(path, &json, err);

        snprintf(source, sizeof(source), "--vif-cache '%.200s'", path);
        if (r == 0)
                return read_json(json, source, ret, err);
        if (err)
                err->class = ERROR_USAGE;
        return error_context(err, "--vif-cache");
}

char *vif_cache_find(const char *path, const char *interface)
{
        struct stat st;
        char *found = NULL;

        if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
                return strdup(path);
        return asprintf(&found, "%s/vif-cache-%s.json", path, interface) < 0 ? NULL : found;
}
