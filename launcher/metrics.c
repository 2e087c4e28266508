/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/metrics.h"

#include <net/if.h>
#include <string.h>

#include "podgraft/text.h"

/* One row each; the value is where the path leads: "links.tap.rx_bytes". */
static const struct metric {
        const char *name, *type, *path, *help;
} metrics[] = {
        { "podgraft_responder_alive", "gauge", "responder.alive", "Whether the responder lives." },
        { "podgraft_responder_restarts_total", "counter", "responder.restarts",
          "Times the responder was revived." },
        { "podgraft_lease_acked_timestamp_seconds", "gauge", "lease.acked_at",
          "When the guest's lease was last confirmed, in seconds since 1970." },
        { "podgraft_lease_renewals_total", "counter", "lease.renewals", "Renewals of the lease." },
        { "podgraft_lease_conflict", "gauge", "lease.conflict",
          "Whether the guest found its address in use by somebody else." },
        { "podgraft_lease6_acked_timestamp_seconds", "gauge", "lease.ipv6.acked_at",
          "When the guest's DHCPv6 lease was last confirmed, in seconds since 1970." },
        { "podgraft_lease6_renewals_total", "counter", "lease.ipv6.renewals",
          "Renewals of the DHCPv6 lease." },
        { "podgraft_guest_transmit_packets_total", "counter", "links.tap.rx_packets",
          "Frames the guest sent." },
        { "podgraft_guest_transmit_bytes_total", "counter", "links.tap.rx_bytes",
          "Bytes the guest sent." },
        { "podgraft_guest_receive_packets_total", "counter", "links.tap.tx_packets",
          "Frames sent to the guest." },
        { "podgraft_guest_receive_bytes_total", "counter", "links.tap.tx_bytes",
          "Bytes sent to the guest." },
        { "podgraft_filter_dropped_packets_total", "counter", "links.filter_dropped_packets",
          "Frames the filter dropped." },
        { "podgraft_filter_dropped_bytes_total", "counter", "links.filter_dropped_bytes",
          "Bytes the filter dropped." },
};

static struct json_object *find(struct json_object *o, const char *path)
{
        char key[32];

        while (o && *path) {
                size_t len = strcspn(path, ".");

                snprintf(key, sizeof(key), "%.*s", (int)len, path);
                if (!json_object_object_get_ex(o, key, &o))
                        return NULL;
                path += len + (path[len] == '.');
        }
        return o;
}

static void print_head(FILE *f, const char *name, const char *type, const char *help)
{
        fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/*
 * Prometheus' text format: "label_value can be any sequence of UTF-8 characters, but the backslash
 * (\), double-quote ("), and line feed (\n) characters have to be escaped". What else is not
 * printable is a terminal's business: escaped before that, by text_escape().
 */
static void print_label(FILE *f, const char *interface)
{
        char text[TEXT_ESCAPED_LEN(IFNAMSIZ)];

        text_escape(interface, text, sizeof(text));
        fputs("interface=\"", f);
        for (const char *p = text; *p; p++)
                fprintf(f, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
        fputc('"', f);
}

static void print_value(FILE *f, const char *name, const char *interface, struct json_object *value)
{
        fprintf(f, "%s{", name);
        print_label(f, interface);
        fprintf(f, "} %lld\n",
                json_object_is_type(value, json_type_boolean)
                        ? (long long)json_object_get_boolean(value)
                        : (long long)json_object_get_int64(value));
}

static bool is_wired(struct json_object *status)
{
        struct json_object *drift = find(status, "links.drift");

        return drift && json_object_array_length(drift) == 0;
}

static bool is_state_bound(struct json_object *state)
{
        return state && strcmp(json_object_get_string(state), "bound") == 0;
}

static bool is_bound(struct json_object *status)
{
        return is_state_bound(find(status, "lease.state"));
}

static bool is_bound6(struct json_object *status)
{
        return is_state_bound(find(status, "lease.ipv6.state"));
}

static const char *interface_of(struct json_object *status)
{
        return json_object_get_string(find(status, "identity.interface"));
}

/* One of @all, which are walked once for each metric: its samples stand together. */
static struct json_object *at(struct json_object *all, size_t i)
{
        return i < json_object_array_length(all) ? json_object_array_get_idx(all, i) : NULL;
}

static void print_flag(FILE *f, const char *name, const char *help,
                       bool (*is_on)(struct json_object *status), struct json_object *all)
{
        struct json_object *status;

        print_head(f, name, "gauge", help);
        for (size_t i = 0; (status = at(all, i)); i++) {
                struct json_object *value = json_object_new_boolean(is_on(status));

                print_value(f, name, interface_of(status), value);
                json_object_put(value);
        }
}

static void print_metric(FILE *f, size_t m, struct json_object *all)
{
        struct json_object *status;
        bool begun = false;

        for (size_t i = 0; (status = at(all, i)); i++) {
                struct json_object *value = find(status, metrics[m].path);

                if (!value)
                        continue;
                if (!begun)
                        print_head(f, metrics[m].name, metrics[m].type, metrics[m].help);
                begun = true;
                print_value(f, metrics[m].name, interface_of(status), value);
        }
}

static void print_messages(FILE *f, struct json_object *all)
{
        static const char name[] = "podgraft_responder_events_total";
        struct json_object *status;
        bool begun = false;

        for (size_t i = 0; (status = at(all, i)); i++) {
                struct json_object *counters = find(status, "responder.counters");

                if (!counters)
                        continue;
                if (!begun)
                        print_head(f, name, "counter",
                                   "Messages by kind, and frames dropped by reason.");
                begun = true;
                json_object_object_foreach(counters, key, value)
                {
                        fprintf(f, "%s{", name);
                        print_label(f, interface_of(status));
                        fprintf(f, ",event=\"%s\"} %lld\n", key,
                                (long long)json_object_get_int64(value));
                }
        }
}

void metrics_print(FILE *f, struct json_object *all)
{
        print_flag(f, "podgraft_wired", "Whether the wiring is as it should be.", is_wired, all);
        print_flag(f, "podgraft_lease_bound", "Whether the guest has its lease.", is_bound, all);
        print_flag(f, "podgraft_lease6_bound", "Whether the guest has its lease of DHCPv6.",
                   is_bound6, all);
        for (size_t m = 0; m < ARRAY_SIZE(metrics); m++)
                print_metric(f, m, all);
        print_messages(f, all);
}
