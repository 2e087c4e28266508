/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netstate_json.c - a netstate in the record, and back
 *
 * Links are stored by field. Addresses, routes, next hops and neighbours are stored as their raw
 * netlink message in hexadecimal, next to a text for people; reading parses the message again
 * with the code that observes (observe_message), so that there is one parser.
 */
#include <string.h>

#include "netsetup/netlink.h"
#include "podgraft/json.h"
#include "podgraft/name.h"

static struct json_object *hex_new(const uint8_t *data, size_t len)
{
        static const char digits[] = "0123456789abcdef";
        _cleanup_free_ char *text = malloc(2 * len + 1);

        if (!text)
                return NULL;
        for (size_t i = 0; i < len; i++) {
                text[2 * i] = digits[data[i] >> 4];
                text[2 * i + 1] = digits[data[i] & 15];
        }
        return json_object_new_string_len(text, (int)(2 * len));
}

static int hex_digit(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_parse(const char *text, uint8_t **ret, size_t *ret_len)
{
        size_t len = strlen(text) / 2;
        _cleanup_free_ uint8_t *data = malloc(len + 1);

        if (!data)
                return -ENOMEM;
        if (strlen(text) % 2)
                return -EINVAL;
        for (size_t i = 0; i < len; i++) {
                int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                data[i] = (uint8_t)(high << 4 | low);
        }
        *ret = take_ptr(data);
        *ret_len = len;
        return 0;
}

static struct json_object *link_to_json(const struct ns_link *link)
{
        struct json_object *o = json_object_new_object();

        json_add_u64(o, "ifindex", (uint64_t)link->ifindex);
        json_add_string(o, "name", link->name);
        json_add_string(o, "kind", link->kind);
        json_add_string(o, "alias", link->alias);
        json_object_object_add(o, "mac", hex_new(link->mac, link->mac_len));
        json_add_u64(o, "arp_type", link->arp_type);
        json_add_u64(o, "mtu_bytes", link->mtu_bytes);
        json_add_u64(o, "flags", link->flags);
        json_add_string(o, "master", link->master_name);
        json_object_object_add(o, "addr_gen_mode", json_object_new_int(link->addr_gen_mode));
        json_object_object_add(o, "arp_ignore", json_object_new_int(link->arp_ignore));
        return o;
}

static int get_number(struct json_object *o, const char *key, uint32_t *ret, struct error *err)
{
        uint64_t value;
        int r = json_get_u64(o, key, UINT32_MAX, &value, err);

        if (r == 0)
                *ret = (uint32_t)value;
        return r;
}

static int get_text(struct json_object *o, const char *key, char *ret, size_t size,
                    struct error *err)
{
        const char *text;
        int r = json_get_string(o, key, &text, err);

        if (r < 0)
                return r;
        if (strlen(text) >= size)
                return error_set(err, -EINVAL, "key '%s' is too long", key);
        strcpy(ret, text);
        return 0;
}

static int link_from_json(struct json_object *o, struct ns_link *link, struct error *err)
{
        _cleanup_free_ uint8_t *mac = NULL;
        struct json_object *mode, *ignore;
        uint32_t ifindex = 0, arp_type = 0;
        const char *text;
        size_t len;
        int r;

        if ((r = get_number(o, "ifindex", &ifindex, err)) < 0 ||
            (r = get_text(o, "name", link->name, sizeof(link->name), err)) < 0 ||
            (r = get_text(o, "kind", link->kind, sizeof(link->kind), err)) < 0 ||
            (r = get_text(o, "alias", link->alias, sizeof(link->alias), err)) < 0 ||
            (r = get_text(o, "master", link->master_name, sizeof(link->master_name), err)) < 0 ||
            (r = get_number(o, "arp_type", &arp_type, err)) < 0 ||
            (r = get_number(o, "mtu_bytes", &link->mtu_bytes, err)) < 0 ||
            (r = get_number(o, "flags", &link->flags, err)) < 0 ||
            (r = json_get_string(o, "mac", &text, err)) < 0)
                return r;
        if (!link_name_is_valid(link->name) ||
            (link->master_name[0] && !link_name_is_valid(link->master_name)))
                return error_set(err, -EINVAL, "key '%s' is no link's name",
                                 link_name_is_valid(link->name) ? "master" : "name");
        if (hex_parse(text, &mac, &len) < 0 || len > sizeof(link->mac))
                return error_set(err, -EINVAL, "key 'mac' is not an address: '%s'", text);
        memcpy(link->mac, mac, len);
        link->mac_len = (uint8_t)len;
        link->ifindex = (int)ifindex;
        link->arp_type = (uint16_t)arp_type;
        if (!json_object_object_get_ex(o, "addr_gen_mode", &mode))
                return error_set(err, -EINVAL, "key 'addr_gen_mode' is missing");
        link->addr_gen_mode = json_object_get_int(mode);
        link->arp_ignore = -1; /* records of before it was kept: it was not changed then */
        if (json_object_object_get_ex(o, "arp_ignore", &ignore))
                link->arp_ignore = json_object_get_int(ignore);
        return 0;
}

static void add_raw(struct json_object *list, const struct raw_message *raw)
{
        json_object_array_add(list, hex_new(raw->data, raw->len));
}

struct json_object *netstate_to_json(const struct netstate *s)
{
        struct json_object *o = json_object_new_object(), *list;

        json_add_u64(o, "observed_realtime_usec", s->observed_realtime_usec);
        json_object_object_add(o, "links", list = json_object_new_array());
        for (size_t i = 0; i < s->n_links; i++)
                json_object_array_add(list, link_to_json(&s->links[i]));
        json_object_object_add(o, "addresses", list = json_object_new_array());
        for (size_t i = 0; i < s->n_addrs; i++)
                add_raw(list, &s->addrs[i].raw);
        json_object_object_add(o, "routes", list = json_object_new_array());
        for (size_t i = 0; i < s->n_routes; i++)
                add_raw(list, &s->routes[i].raw);
        json_object_object_add(o, "nexthops", list = json_object_new_array());
        for (size_t i = 0; i < s->n_nexthops; i++)
                add_raw(list, &s->nexthops[i].raw);
        json_object_object_add(o, "neighbours", list = json_object_new_array());
        for (size_t i = 0; i < s->n_neighs; i++)
                add_raw(list, &s->neighs[i].raw);
        return o;
}

static int raw_list_from_json(struct json_object *o, const char *key, int type,
                              struct netstate *state, struct error *err)
{
        struct json_object *list;
        int r = json_get_array(o, key, &list, err);

        for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++) {
                _cleanup_free_ uint8_t *data = NULL;
                const char *text = json_object_get_string(json_object_array_get_idx(list, i));
                size_t len;

                if (!text || hex_parse(text, &data, &len) < 0 ||
                    observe_message(type, data, len, state) < 0)
                        r = error_set(err, -EINVAL, "element %zu of '%s' is not a netlink message",
                                      i, key);
        }
        return r;
}

int netstate_from_json(struct json_object *o, struct netstate **ret, struct error *err)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = netstate_new();
        struct json_object *list;
        int r;

        if (!s)
                return error_set(err, -ENOMEM, "out of memory");
        if ((r = json_get_u64(o, "observed_realtime_usec", UINT64_MAX, &s->observed_realtime_usec,
                              err)) < 0 ||
            (r = json_get_array(o, "links", &list, err)) < 0)
                return r;
        for (size_t i = 0; i < json_object_array_length(list); i++) {
                struct ns_link *link = netstate_add_link(s);

                if (!link)
                        return error_set(err, -ENOMEM, "out of memory");
                r = link_from_json(json_object_array_get_idx(list, i), link, err);
                if (r < 0)
                        return r;
        }
        if ((r = raw_list_from_json(o, "addresses", RTM_NEWADDR, s, err)) < 0 ||
            (r = raw_list_from_json(o, "routes", RTM_NEWROUTE, s, err)) < 0 ||
            (r = raw_list_from_json(o, "nexthops", RTM_NEWNEXTHOP, s, err)) < 0 ||
            (r = raw_list_from_json(o, "neighbours", RTM_NEWNEIGH, s, err)) < 0)
                return r;
        *ret = take_ptr(s);
        return 0;
}
