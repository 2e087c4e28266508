/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_vif_cache.c - any text as KubeVirt's cache -> who the pod is, and once more as JSON
 */
#include "launcher/vif_cache.h"
#include "podgraft/json.h"
#include "podgraft/name.h"
#include "tests/fuzz/fuzz.h"

/* On the link, then by gateways, then the default route. */
static unsigned rank(const struct podnet_route *route)
{
        return route->dst.len == 0 ? 2 : route->gateway.family == AF_INET ? 1 : 0;
}

static void check_identity(const struct podnet *net)
{
        must(interface_name_is_valid(net->interface));
        must(!(net->mac[0] & 1) && net->n_addresses <= 1);
        must(net->mtu_bytes == 0 || (net->mtu_bytes >= 68 && net->mtu_bytes <= 65535));
        must(net->n_addresses > 0 || net->n_routes == 0);
        for (size_t i = 0; i < net->n_addresses; i++)
                must(net->addresses[i].addr.family == AF_INET && net->addresses[i].len <= 32);
        for (size_t i = 0; i < net->n_routes; i++) {
                must(net->routes[i].dst.addr.family == AF_INET && net->routes[i].dst.len <= 32);
                must(i == 0 || rank(&net->routes[i - 1]) <= rank(&net->routes[i]));
                must(rank(&net->routes[i]) < 2 || i + 1 == net->n_routes);
        }
}

static void check_json(struct podnet *net)
{
        struct json_object *json, *same;
        struct error err = ERROR_INIT;
        struct podnet *again = NULL;

        /* The cache does not say them. */
        strcpy(net->nic, "eth0-nic");
        strcpy(net->bridge, "k6t-eth0");
        strcpy(net->tap, "tap0");
        json = podnet_to_json(net);
        must(podnet_from_json(json, &again, &err) == 0);
        same = podnet_to_json(again);
        must(strcmp(json_object_to_json_string(json), json_object_to_json_string(same)) == 0);
        json_object_put(same);
        json_object_put(json);
        podnet_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct error err = ERROR_INIT;
        struct podnet *net = NULL;
        char *text = malloc(len + 1);

        must(text);
        memcpy(text, data, len);
        text[len] = '\0';
        if (vif_cache_read(text, len, "cache", &net, &err) < 0) {
                must(!net && err.class == ERROR_USAGE && err.message[0]);
        } else {
                check_identity(net);
                if (net->n_addresses > 0 && net->mtu_bytes > 0)
                        check_json(net);
        }
        podnet_free(net);
        free(text);
        return 0;
}
