/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <time.h>

#include "launcher/commands.h"
#include "launcher/picture.h"
#include "podgraft/json.h"

/* The responder's side of the story, copied out of the shared mapping. */
struct serving {
        bool alive;
        pid_t pid;
        struct json_object *lease, *counters;
};

static struct json_object *lease_to_json(const struct dhcp_shared *shared)
{
        struct json_object *o = json_object_new_object();
        uint32_t state = atomic_load(&shared->lease_state);
        struct ip_addr address = { .family = AF_INET };
        char text[IP_ADDR_TEXT_LEN];

        json_add_string(o, "state", dhcp_lease_state_name(state));
        address.v4.s_addr = atomic_load(&shared->acked_address);
        if (address.v4.s_addr) {
                json_add_string(o, "address", ip_addr_format(&address, text));
                json_add_u64(o, "acked_at", atomic_load(&shared->acked_realtime_usec) / 1000000);
                json_add_u64(o, "first_acked_at",
                             atomic_load(&shared->first_acked_realtime_usec) / 1000000);
        }
        if (shared->guest_hostname[0])
                json_add_string(o, "guest_hostname", shared->guest_hostname);
        if (shared->guest_vendor_class[0])
                json_add_string(o, "guest_vendor_class", shared->guest_vendor_class);
        return o;
}

static struct json_object *counters_to_json(const struct dhcp_shared *shared)
{
        struct json_object *o = json_object_new_object();

#define X(name) json_add_u64(o, #name, atomic_load(&shared->name));
        DHCP_COUNTERS(X)
#undef X
        return o;
}

static struct serving look_at_responder(const struct netsetup *ns)
{
        _cleanup_free_ char *path = lease_path(ns);
        const struct dhcp_shared *shared;
        struct serving serving = { 0 };
        int fd;

        if (!path || dhcp_shared_open(path, &shared, &fd, NULL) < 0)
                return serving;
        serving.alive = dhcp_shared_is_alive(fd);
        if (serving.alive)
                serving.pid = (pid_t)atomic_load(&shared->responder_pid);
        serving.lease = lease_to_json(shared);
        serving.counters = counters_to_json(shared);
        dhcp_shared_close(shared, fd);
        return serving;
}

static struct json_object *status_to_json(struct netsetup *ns, struct error *err)
{
        struct serving serving = look_at_responder(ns);
        struct json_object *o = json_object_new_object(), *links = NULL, *responder;
        const char *connect = NULL, *domain = netsetup_recorded_domain(ns, &connect);

        json_object_object_add(o, "identity", podnet_to_json(netsetup_identity(ns)));
        if (netsetup_links_json(ns, &links, err) < 0) {
                json_object_put(serving.lease);
                json_object_put(serving.counters);
                return json_unref(o);
        }
        json_object_object_add(o, "links", links);
        json_object_object_add(o, "responder", responder = json_object_new_object());
        json_add_bool(responder, "alive", serving.alive);
        json_object_object_add(responder, "pid",
                               serving.alive ? json_object_new_int(serving.pid) : NULL);
        json_object_object_add(responder, "counters", serving.counters);
        json_object_object_add(o, "lease", serving.lease);
        if (domain) {
                json_add_string(o, "domain", domain);
                json_add_string(o, "connect", connect ? connect : "embedded");
        }
        return o;
}

static const char *text_of(struct json_object *o, const char *key)
{
        struct json_object *value;

        return json_object_object_get_ex(o, key, &value) && value ? json_object_get_string(value)
                                                                  : NULL;
}

static void print_drift(struct json_object *links)
{
        struct json_object *drift;

        if (!json_object_object_get_ex(links, "drift", &drift) ||
            !json_object_is_type(drift, json_type_array) || json_object_array_length(drift) == 0) {
                printf("wiring     as it should be\n");
                return;
        }
        printf("wiring     has drifted; 'podgraft up' mends it:\n");
        for (size_t i = 0; i < json_object_array_length(drift); i++)
                printf("           %s\n",
                       json_object_get_string(json_object_array_get_idx(drift, i)));
}

static void print_lease(struct json_object *lease)
{
        struct json_object *at;
        const char *address = text_of(lease, "address");

        printf("lease      %s", lease ? text_of(lease, "state") : "none");
        if (address && json_object_object_get_ex(lease, "acked_at", &at))
                printf(": %s, confirmed %lld s ago", address,
                       (long long)(time(NULL) - json_object_get_int64(at)));
        printf("\n");
}

static void print_text(struct netsetup *ns, struct json_object *status)
{
        const struct podnet *net = netsetup_identity(ns);
        char text[IP_PREFIX_TEXT_LEN];
        struct json_object *o;

        picture_wiring(stdout, net);
        printf("\n");
        for (size_t i = 0; i < net->n_routes; i++) {
                const struct podnet_route *route = &net->routes[i];

                printf("%-10s %s", i == 0 ? "routes" : "",
                       route->dst.len == 0 ? "default" : ip_prefix_format(&route->dst, text));
                if (route->gateway.family != AF_UNSPEC)
                        printf(" via %s", ip_addr_format(&route->gateway, text));
                printf("\n");
        }
        printf("mtu        %u\n", net->mtu_bytes);
        for (size_t i = 0; i < net->n_nameservers; i++)
                printf("%-10s %s\n", i == 0 ? "dns" : "",
                       ip_addr_format(&net->nameservers[i], text));
        for (size_t i = 0; i < net->n_searches; i++)
                printf("%-10s %s\n", i == 0 ? "search" : "", net->searches[i]);
        json_object_object_get_ex(status, "links", &o);
        print_drift(o);
        json_object_object_get_ex(status, "responder", &o);
        if (text_of(o, "pid"))
                printf("responder  serves as process %s\n", text_of(o, "pid"));
        else
                printf("responder  not running\n");
        json_object_object_get_ex(status, "lease", &o);
        print_lease(o);
        if (text_of(status, "domain"))
                printf("domain     %s (%s)\n", text_of(status, "domain"),
                       text_of(status, "connect"));
}

/* Wired as recorded, and serving if there is something to serve. */
static bool is_healthy(struct netsetup *ns, struct json_object *status)
{
        struct json_object *links, *drift, *responder;

        json_object_object_get_ex(status, "links", &links);
        json_object_object_get_ex(status, "responder", &responder);
        if (json_object_object_get_ex(links, "drift", &drift) &&
            json_object_array_length(drift) > 0)
                return false;
        return text_of(responder, "pid") || !podnet_first_address(netsetup_identity(ns), AF_INET);
}

int cmd_status(const struct options *options, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        _cleanup_(cleanup_json_unref) struct json_object *status = NULL;
        int r;

        r = session_open(options, NETSETUP_READ, &ns, err);
        if (r < 0)
                return r;
        if (!netsetup_is_recorded(ns)) {
                if (options->check)
                        return ERROR_NOT_SET_UP;
                return error_set_class(err, ERROR_NOT_SET_UP, -ENOENT, "nothing is set up here");
        }
        status = status_to_json(ns, err);
        if (!status)
                return err->code < 0 ? err->code : -ENOMEM;
        if (options->check)
                return is_healthy(ns, status) ? 0 : ERROR_NOT_SET_UP;
        if (options->json)
                puts(json_object_to_json_string_ext(
                        status, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
        else
                print_text(ns, status);
        return 0;
}
