/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-c/json.h>

#include "launcher/commands.h"
#include "launcher/picture.h"

static void print_json(const struct podnet *net, const struct plan *plan)
{
        struct json_object *o = json_object_new_object();

        json_object_object_add(o, "identity", podnet_to_json(net));
        json_object_object_add(o, "operations", plan_to_json(plan));
        puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
                                                       JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(o);
}

static void print_text(const struct podnet *net, const struct plan *plan)
{
        size_t n = plan_n_ops(plan);

        picture_before_after(stdout, net);
        if (n == 0) {
                printf("\nnothing to do\n");
                return;
        }
        printf("\n%zu operations\n", n);
        for (size_t i = 0; i < n; i++)
                printf("%3zu  %s\n", i + 1, plan_op_text(plan, i));
}

int cmd_plan(const struct options *options, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        struct notes notes = { 0 };
        int r;

        r = session_open(options, NETSETUP_READ, &ns, err);
        if (r < 0)
                return r;
        r = netsetup_plan(ns, NETSETUP_UP, &plan, &notes, err);
        notes_log(&notes);
        if (r < 0)
                return r;
        if (options->json)
                print_json(netsetup_identity(ns), plan);
        else
                print_text(netsetup_identity(ns), plan);
        return 0;
}
