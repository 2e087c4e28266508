/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/responder_status.h"

#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "launcher/responder_process.h"
#include "podgraft/dhcp.h"
#include "podgraft/json.h"

/* --- the mapping as JSON --- */

static void add_address(struct json_object *o, const char *key, uint32_t be32)
{
        struct ip_addr address = { .family = AF_INET, .v4.s_addr = be32 };
        char text[IP_ADDR_TEXT_LEN];

        if (be32)
                json_add_string(o, key, ip_addr_format(&address, text));
}

static void add_time(struct json_object *o, const char *key, uint64_t realtime_usec)
{
        if (realtime_usec)
                json_add_u64(o, key, realtime_usec / 1000000);
}

static void add_text(struct json_object *o, const char *key, const char from[64])
{
        char text[64];

        dhcp_shared_text(from, text);
        if (text[0])
                json_add_string(o, key, text);
}

static struct json_object *lease6_to_json(const struct dhcp_shared *shared,
                                          const struct in6_addr *own)
{
        struct ip_addr used = { .family = AF_INET6 };
        uint64_t used_usec;
        struct ip_addr address = { .family = AF_INET6, .v6 = dhcp_shared_address6(shared) };
        struct json_object *o = json_object_new_object();
        char text[IP_ADDR_TEXT_LEN];

        json_add_string(o, "state", dhcp_lease_state_name(atomic_load(&shared->lease6_state)));
        if (!IN6_IS_ADDR_UNSPECIFIED(&address.v6))
                json_add_string(o, "address", ip_addr_format(&address, text));
#define X(name) add_time(o, #name "_at", atomic_load(&shared->name##6_realtime_usec));
        DHCP_TIMES6(X)
#undef X
        json_add_u64(o, "renewals", atomic_load(&shared->renew6) + atomic_load(&shared->rebind6));
        json_add_bool(o, "conflict", dhcp_shared_is_conflict6(shared));
        if (dhcp_shared_used_address6(shared, own, &used.v6, &used_usec)) {
                json_add_string(o, "used_address", ip_addr_format(&used, text));
                add_time(o, "used_at", used_usec);
        }
        return o;
}

static struct json_object *lease_to_json(const struct dhcp_shared *shared, const struct podnet *net,
                                         uint32_t own)
{
        const struct ip_prefix *own6 = podnet_first_address(net, AF_INET6);
        struct json_object *o = json_object_new_object();
        uint64_t used_usec;
        uint32_t used = dhcp_shared_used_address(shared, own, &used_usec);

        json_add_string(o, "state", dhcp_lease_state_name(atomic_load(&shared->lease_state)));
        add_address(o, "address", atomic_load(&shared->acked_address));
#define X(name) add_time(o, #name "_at", atomic_load(&shared->name##_realtime_usec));
        DHCP_TIMES(X)
#undef X
        json_add_u64(o, "renewals", atomic_load(&shared->renew));
        json_add_bool(o, "conflict", dhcp_shared_is_conflict(shared));
        add_address(o, "declined_address", atomic_load(&shared->declined_address));
        add_address(o, "used_address", used);
        add_time(o, "used_at", used_usec);
        add_text(o, "guest_hostname", shared->guest_hostname);
        add_text(o, "guest_vendor_class", shared->guest_vendor_class);
        json_object_object_add(o, "ipv6",
                               lease6_to_json(shared, own6 ? &own6->addr.v6 : &in6addr_any));
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

static struct json_object *sandbox_to_json(uint32_t parts)
{
        struct json_object *o = json_object_new_object();

#define X(name, text) json_add_bool(o, text, parts & 1u << DHCP_SANDBOX_##name);
        DHCP_SANDBOX_PARTS(X)
#undef X
        return o;
}

/* A guardian has one child or none. Return: 0: none; -1: cannot be seen from here */
static pid_t worker_of(pid_t guardian)
{
        _cleanup_fclose_ FILE *f = NULL;
        char path[64];
        pid_t pid;

        snprintf(path, sizeof(path), "/proc/%d/task/%d/children", guardian, guardian);
        f = fopen(path, "re");
        if (!f)
                return -1;
        return fscanf(f, "%d", &pid) == 1 ? pid : 0;
}

static void add_worker_end(struct json_object *o, const struct dhcp_shared *shared)
{
        int status = (int)atomic_load(&shared->worker_wait_status);

        if (atomic_load(&shared->worker_ended_realtime_usec) == 0)
                return;
        json_add_u64(o, WIFSIGNALED(status) ? "worker_ended_by_signal" : "worker_ended_with_status",
                     (uint64_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
        add_time(o, "worker_ended_at", atomic_load(&shared->worker_ended_realtime_usec));
}

/* Those that were found somewhere else than when the pod was wired, or first then. */
static struct json_object *gateways_to_json(const struct dhcp_shared *shared)
{
        struct json_object *list = json_object_new_array();
        char text[IP_ADDR_TEXT_LEN];

        for (size_t i = 0; i < DHCP_MAX_ROUTERS6; i++) {
                struct ip_addr address = { .family = AF_INET6, .v6 = shared->learnt[i].gateway };
                struct json_object *o;

                if (IN6_IS_ADDR_UNSPECIFIED(&address.v6))
                        continue;
                json_object_array_add(list, o = json_object_new_object());
                json_add_string(o, "address", ip_addr_format(&address, text));
                json_add_string(o, "mac", mac_format(shared->learnt[i].mac, text));
        }
        return list;
}

static struct json_object *responder_to_json(const struct dhcp_shared *shared, pid_t owner,
                                             pid_t worker)
{
        struct json_object *o = json_object_new_object();
        bool guarded = atomic_load(&shared->is_guarded);

        json_add_bool(o, "alive", owner != 0);
        json_object_object_add(o, "pid", owner > 0 ? json_object_new_int(owner) : NULL);
        json_add_bool(o, "guarded", guarded);
        json_object_object_add(o, "worker", worker > 0 ? json_object_new_int(worker) : NULL);
        add_worker_end(o, shared);
        json_add_u64(o, "restarts", atomic_load(&shared->restarts));
        add_time(o, "started_at", atomic_load(&shared->started_realtime_usec));
        if (owner != 0)
                json_object_object_add(o, "sandbox",
                                       sandbox_to_json(atomic_load(&shared->sandbox)));
        if (owner != 0 && guarded)
                json_object_object_add(o, "guardian_sandbox",
                                       sandbox_to_json(atomic_load(&shared->guardian_sandbox)));
        json_object_object_add(o, "gateways", gateways_to_json(shared));
        json_object_object_add(o, "counters", counters_to_json(shared));
        return o;
}

/* --- what is not as it should be --- */

_printf_(2, 3) static void warn(struct json_object *warnings, const char *fmt, ...)
{
        char text[512];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        json_object_array_add(warnings, json_object_new_string(text));
}

static const char *format_be32(uint32_t be32, char text[IP_ADDR_TEXT_LEN])
{
        struct ip_addr address = { .family = AF_INET, .v4.s_addr = be32 };

        return ip_addr_format(&address, text);
}

static bool is_pods(const struct podnet *net, uint32_t be32)
{
        for (size_t i = 0; i < net->n_addresses; i++)
                if (net->addresses[i].addr.family == AF_INET &&
                    net->addresses[i].addr.v4.s_addr == be32)
                        return true;
        return false;
}

static void warn_of_guest(struct json_object *warnings, const struct dhcp_shared *shared,
                          const struct podnet *net, uint32_t own)
{
        char text[IP_ADDR_TEXT_LEN], other[IP_ADDR_TEXT_LEN];
        uint64_t when;
        uint32_t used = dhcp_shared_used_address(shared, own, &when);

        if (dhcp_shared_is_conflict(shared))
                warn(warnings,
                     "address conflict: the guest declined %s, it says that somebody else on the "
                     "link uses it",
                     format_be32(atomic_load(&shared->declined_address), text));
        if (used && used != own && !is_pods(net, used))
                warn(warnings, "the guest uses %s, not the pod's %s (seen in its ARP)",
                     format_be32(used, other), format_be32(own, text));
}

static void warn_of_guest6(struct json_object *warnings, const struct dhcp_shared *shared,
                           const struct podnet *net)
{
        const struct ip_prefix *own = podnet_first_address(net, AF_INET6);
        struct ip_addr used = { .family = AF_INET6 };
        char text[IP_ADDR_TEXT_LEN], other[IP_ADDR_TEXT_LEN];
        uint64_t when;

        if (dhcp_shared_is_conflict6(shared))
                warn(warnings, "address conflict: the guest declined an IPv6 address, it says that "
                               "somebody else on the link uses it");
        if (!own || net->ra == PODNET_TOLD_BY_SEGMENT ||
            !dhcp_shared_used_address6(shared, &own->addr.v6, &used.v6, &when))
                return;
        for (size_t i = 0; i < net->n_addresses; i++)
                if (ip_addr_equal(&net->addresses[i].addr, &used))
                        return;
        warn(warnings, "the guest uses %s, not the pod's %s (seen in its neighbour discovery)",
             ip_addr_format(&used, other), ip_addr_format(&own->addr, text));
}

static void warn_of_sandbox(struct json_object *warnings, const struct dhcp_shared *shared)
{
        char missing[256];

        if (*dhcp_sandbox_missing(atomic_load(&shared->sandbox), missing, sizeof(missing)))
                warn(warnings, "the responder's sandbox lacks: %s", missing);
}

struct responder_status responder_status_read(const char *shared_path, const struct podnet *net)
{
        const struct ip_prefix *address = podnet_first_address(net, AF_INET);
        struct responder_status status = { .warnings = json_object_new_array() };
        uint32_t own = address ? address->addr.v4.s_addr : 0;
        const struct dhcp_shared *shared;
        pid_t owner, worker;
        int fd;

        if (dhcp_shared_open(shared_path, &shared, &fd, NULL) < 0) {
                status.responder = json_object_new_object();
                json_add_bool(status.responder, "alive", false);
                json_object_object_add(status.responder, "pid", NULL);
                return status;
        }
        owner = responder_holder(shared_path, net->tap);
        worker = owner > 0 && atomic_load(&shared->is_guarded) ? worker_of(owner) : owner;
        status.alive = owner != 0;
        status.serves = worker != 0;
        status.responder = responder_to_json(shared, owner, worker);
        status.lease = lease_to_json(shared, net, own);
        if (status.alive)
                warn_of_sandbox(status.warnings, shared);
        warn_of_guest(status.warnings, shared, net, own);
        warn_of_guest6(status.warnings, shared, net);
        dhcp_shared_close(shared, fd);
        return status;
}

void responder_status_done(struct responder_status *status)
{
        json_object_put(status->responder);
        json_object_put(status->lease);
        json_object_put(status->warnings);
}
