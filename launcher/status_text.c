/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/status_text.h"

#include <stdarg.h>
#include <string.h>

#include "launcher/picture.h"
#include "podgraft/error.h"
#include "podgraft/text.h"

struct screen {
        const struct terminal *t;
        const struct podnet *net;
        time_t now;
};

/* --- rows --- */

/* @label: "" continues the row above */
_printf_(4, 5) static void row(const struct screen *s, const char *label, enum style style,
                               const char *fmt, ...)
{
        va_list ap;

        fprintf(s->t->out, "%-10s %s", label, style_begin(s->t, style));
        va_start(ap, fmt);
        text_vprintf(s->t->out, fmt, ap);
        va_end(ap);
        fprintf(s->t->out, "%s\n", style_end(s->t, style));
}

static struct json_object *part_of(struct json_object *o, const char *key)
{
        struct json_object *value;

        return json_object_object_get_ex(o, key, &value) ? value : NULL;
}

static const char *text_of(struct json_object *o, const char *key)
{
        return json_object_get_string(part_of(o, key));
}

static bool is_true(struct json_object *o, const char *key)
{
        return json_object_get_boolean(part_of(o, key));
}

static long long number_of(struct json_object *o, const char *key)
{
        return json_object_get_int64(part_of(o, key));
}

const char *age_format(long long sec, char buf[AGE_TEXT_LEN])
{
        static const struct {
                long long sec;
                const char *name, *rest_name;
                long long rest_sec;
        } units[] = {
                { 86400, "d", "h", 3600 },
                { 3600, "h", "min", 60 },
                { 60, "min", NULL, 1 },
        };

        if (sec < 0)
                sec = 0;
        for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
                long long rest = sec % units[i].sec / units[i].rest_sec;

                if (sec < units[i].sec)
                        continue;
                if (units[i].rest_name && rest > 0)
                        snprintf(buf, AGE_TEXT_LEN, "%lld %s %lld %s", sec / units[i].sec,
                                 units[i].name, rest, units[i].rest_name);
                else
                        snprintf(buf, AGE_TEXT_LEN, "%lld %s", sec / units[i].sec, units[i].name);
                return buf;
        }
        snprintf(buf, AGE_TEXT_LEN, "%lld s", sec);
        return buf;
}

/* Of the time under @key. */
static const char *age_of(const struct screen *s, struct json_object *o, const char *key,
                          char buf[AGE_TEXT_LEN])
{
        return age_format(s->now - number_of(o, key), buf);
}

/* --- who the pod is --- */

static void print_identity(const struct screen *s)
{
        char text[IP_PREFIX_TEXT_LEN], gateway[IP_ADDR_TEXT_LEN];
        const struct podnet *net = s->net;

        for (size_t i = 0; i < net->n_routes; i++) {
                const struct podnet_route *route = &net->routes[i];
                bool is_default = route->dst.len == 0, via = route->gateway.family != AF_UNSPEC;

                row(s, i ? "" : "routes", STYLE_NONE, "%s%s%s",
                    is_default ? "default" : ip_prefix_format(&route->dst, text),
                    via ? " via " : "", via ? ip_addr_format(&route->gateway, gateway) : "");
        }
        row(s, "mtu", STYLE_NONE, "%u", net->mtu_bytes);
        for (size_t i = 0; i < net->n_nameservers; i++)
                row(s, i ? "" : "dns", STYLE_NONE, "%s",
                    ip_addr_format(&net->nameservers[i], text));
        for (size_t i = 0; i < net->n_searches; i++)
                row(s, i ? "" : "search", STYLE_NONE, "%s", net->searches[i]);
        if (net->hostname[0])
                row(s, "host name", STYLE_NONE, "%s", net->hostname);
}

/* --- what stands --- */

static void print_drift(const struct screen *s, struct json_object *links)
{
        struct json_object *drift = part_of(links, "drift");
        size_t n = drift ? json_object_array_length(drift) : 0;
        bool taken_over = is_true(links, "taken_over");

        if (n == 0) {
                row(s, "wiring", STYLE_GOOD,
                    taken_over ? "somebody else's, which podgraft only serves" : "as it should be");
                return;
        }
        row(s, "wiring", STYLE_BAD,
            taken_over ? "has lost what somebody else made, and podgraft does not mend:"
                       : "has drifted; 'podgraft up' mends it:");
        for (size_t i = 0; i < n; i++)
                row(s, "", STYLE_BAD, "%s",
                    json_object_get_string(json_object_array_get_idx(drift, i)));
}

/* What was recorded of it may have gone since, and not everybody may look. */
static void print_filter(const struct screen *s, struct json_object *links, const char *recorded,
                         enum style style)
{
        struct json_object *as_recorded = NULL;
        bool unseen = json_object_object_get_ex(links, "filter_as_recorded", &as_recorded) &&
                      !as_recorded;

        if (json_object_get_boolean(as_recorded))
                row(s, "filter", style, "%s", recorded);
        else if (unseen)
                row(s, "filter", STYLE_DOUBTFUL,
                    "unknown: only NET_ADMIN may look; as recorded: %s", recorded);
        else
                row(s, "filter", STYLE_BAD, "not as recorded: %s", recorded);
        if (is_true(links, "meets_ip_rules"))
                row(s, "", STYLE_DOUBTFUL,
                    "and the guest's frames %spass through iptables (bridge-nf-call-iptables)",
                    unseen ? "may " : "");
}

static void print_containment(const struct screen *s, struct json_object *links)
{
        static const struct {
                const char *state;
                enum style style;
                const char *text;
        } filters[] = {
                { "on", STYLE_GOOD, "the guest's DHCP stays in, a foreign server's stays out" },
                { "anti-spoof", STYLE_GOOD,
                  "the guest's DHCP stays in, a foreign server's stays out; only its MAC and the "
                  "pod's "
                  "addresses leave" },
                { "missing", STYLE_BAD, "none: this kernel cannot filter on bridges" },
                { "off", STYLE_DOUBTFUL, "off, as asked for" },
        };
        const char *filter = text_of(links, "filter");
        struct json_object *keeper = part_of(links, "keeper");

        if (is_true(links, "taken_over"))
                filter = NULL; /* nobody was asked */
        for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
                if (filter && strcmp(filter, filters[i].state) == 0)
                        print_filter(s, links, filters[i].text, filters[i].style);
        if (keeper)
                row(s, "keeper", STYLE_NONE, "'%s' has the pod's addresses, for who looks for them",
                    text_of(keeper, "name"));
        if (is_true(links, "adopted"))
                row(s, "record", STYLE_DOUBTFUL,
                    "was lost, and made again from the marks on the links");
}

/* --- who serves --- */

/* What of it is there: all, or which parts are not. */
static void print_sandbox(const struct screen *s, struct json_object *sandbox)
{
        char missing[256] = "";
        size_t len = 0, n = 0;

        json_object_object_foreach(sandbox, name, value)
        {
                n++;
                if (!json_object_get_boolean(value) && len < sizeof(missing))
                        len += (size_t)snprintf(missing + len, sizeof(missing) - len, "%s%s",
                                                len ? ", " : "", name);
        }
        if (len > 0)
                row(s, "sandbox", STYLE_DOUBTFUL, "lacks %s", missing);
        else
                row(s, "sandbox", STYLE_GOOD, "whole, all %zu parts", n);
}

static void print_restarts(const struct screen *s, struct json_object *responder)
{
        const char *by_signal = text_of(responder, "worker_ended_by_signal");
        const char *with_status = text_of(responder, "worker_ended_with_status");
        char age[AGE_TEXT_LEN];

        if (number_of(responder, "restarts") == 0)
                return;
        if (!by_signal && !with_status)
                row(s, "", STYLE_DOUBTFUL, "was started again %s times",
                    text_of(responder, "restarts"));
        else
                row(s, "", STYLE_DOUBTFUL,
                    "was started again %s times, after it had ended %s %s, %s ago",
                    text_of(responder, "restarts"), by_signal ? "by signal" : "with status",
                    by_signal ? by_signal : with_status,
                    age_of(s, responder, "worker_ended_at", age));
}

static void print_responder(const struct screen *s, struct json_object *responder)
{
        const char *pid = text_of(responder, "pid"), *worker = text_of(responder, "worker");
        struct json_object *sandbox = part_of(responder, "sandbox");
        char age[AGE_TEXT_LEN];

        if (!podnet_is_served(s->net)) {
                row(s, "responder", STYLE_NONE, "none: the pod has no address to serve");
                return;
        }
        if (!is_true(responder, "alive")) {
                row(s, "responder", STYLE_BAD, "not running; 'podgraft up' starts it");
                return;
        }
        age_of(s, responder, "started_at", age);
        if (!pid)
                row(s, "responder", STYLE_GOOD,
                    "serves for %s, in a PID namespace that cannot be seen from here", age);
        else if (!worker)
                row(s, "responder", STYLE_BAD, "is about to be started again by process %s", pid);
        else if (strcmp(pid, worker) != 0)
                row(s, "responder", STYLE_GOOD,
                    "serves for %s as process %s, guarded by process %s", age, worker, pid);
        else
                row(s, "responder", STYLE_GOOD, "serves for %s as process %s", age, worker);
        print_restarts(s, responder);
        if (sandbox)
                print_sandbox(s, sandbox);
}

/* --- whom --- */

static void print_bound(const struct screen *s, const char *label, struct json_object *lease)
{
        long long given = number_of(lease, "first_acked_at");
        char age[AGE_TEXT_LEN], renewed[AGE_TEXT_LEN];

        /* A lease that was given back in between is another one. */
        if (number_of(lease, "released_at") > given || number_of(lease, "declined_at") > given)
                given = number_of(lease, "acked_at");
        age_format(s->now - given, age);
        if (number_of(lease, "renewals") > 0)
                row(s, label, STYLE_GOOD, "%s for %s, renewed %s ago", text_of(lease, "address"),
                    age, age_of(s, lease, "renewed_at", renewed));
        else
                row(s, label, STYLE_GOOD, "%s for %s", text_of(lease, "address"), age);
}

static void print_state(const struct screen *s, const char *label, struct json_object *lease,
                        const char *state)
{
        char age[AGE_TEXT_LEN], key[32];

        if (strcmp(state, "bound") == 0) {
                print_bound(s, label, lease);
                return;
        }
        snprintf(key, sizeof(key), "%s_at", state);
        row(s, label, STYLE_DOUBTFUL, "%s %s ago", state, age_of(s, lease, key, age));
}

static void print_lease(const struct screen *s, struct json_object *lease)
{
        struct json_object *lease6 = lease ? part_of(lease, "ipv6") : NULL;
        const char *state = lease ? text_of(lease, "state") : "none";
        const char *state6 = lease6 ? text_of(lease6, "state") : "none";
        const char *used = lease ? text_of(lease, "used_address") : NULL;
        char age[AGE_TEXT_LEN];

        if (strcmp(state, "none") != 0)
                print_state(s, "lease", lease, state);
        else if (strcmp(state6, "none") == 0)
                row(s, "lease", STYLE_NONE, "none: no guest has asked for it");
        if (strcmp(state6, "none") != 0)
                print_state(s, "lease", lease6, state6);
        if (lease && text_of(lease, "guest_hostname"))
                row(s, "guest", STYLE_NONE, "calls itself '%s'", text_of(lease, "guest_hostname"));
        if (lease && text_of(lease, "guest_vendor_class"))
                row(s, "client", STYLE_NONE, "'%s'", text_of(lease, "guest_vendor_class"));
        if (used)
                row(s, "uses", STYLE_NONE, "%s, seen %s ago", used,
                    age_of(s, lease, "used_at", age));
        if (lease6 && text_of(lease6, "used_address"))
                row(s, "uses", STYLE_NONE, "%s, seen %s ago", text_of(lease6, "used_address"),
                    age_of(s, lease6, "used_at", age));
}

static void print_counters(const struct screen *s, struct json_object *counters)
{
        const char *separator = "messages   ";
        size_t column = 0;

        json_object_object_foreach(counters, name, value)
        {
                if (json_object_get_int64(value) == 0)
                        continue;
                if (column > 60) {
                        separator = ",\n           ";
                        column = 0;
                }
                column += (size_t)fprintf(s->t->out, "%s%s %s", separator, name,
                                          json_object_get_string(value));
                separator = ", ";
        }
        if (*separator == ',')
                fprintf(s->t->out, "\n");
}

void status_print(const struct terminal *t, const struct podnet *net, struct json_object *status,
                  time_t now)
{
        const struct screen s = { .t = t, .net = net, .now = now };
        struct json_object *links = part_of(status, "links");
        struct json_object *responder = part_of(status, "responder");
        struct json_object *warnings = part_of(status, "warnings");

        picture_graft(t, net, links);
        fprintf(t->out, "\n");
        print_identity(&s);
        print_drift(&s, links);
        print_containment(&s, links);
        print_responder(&s, responder);
        if (podnet_has_lease(net, AF_INET) || podnet_has_lease(net, AF_INET6))
                print_lease(&s, part_of(status, "lease"));
        if (part_of(responder, "counters"))
                print_counters(&s, part_of(responder, "counters"));
        if (text_of(status, "domain"))
                row(&s, "domain", STYLE_NONE, "%s (%s)", text_of(status, "domain"),
                    text_of(status, "connect"));
        for (size_t i = 0; i < json_object_array_length(warnings); i++)
                row(&s, "warning", STYLE_DOUBTFUL, "%s",
                    json_object_get_string(json_object_array_get_idx(warnings, i)));
}
