/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/commands.h"
#include "launcher/picture.h"
#include "launcher/wiring.h"
#include "podgraft/json.h"
#include "podgraft/text.h"

static struct json_object *to_json(const struct podnet *net, const struct plan *plan)
{
        struct json_object *o = json_object_new_object();

        json_object_object_add(o, "identity", podnet_to_json(net));
        json_object_object_add(o, "operations", plan_to_json(plan));
        return o;
}

static void print_steps(const struct terminal *t, const struct plan *plan)
{
        size_t n = plan_n_ops(plan);

        if (n == 0) {
                fprintf(t->out, "%snothing to do%s\n", style_begin(t, STYLE_GOOD),
                        style_end(t, STYLE_GOOD));
                return;
        }
        fprintf(t->out, "%zu step%s\n", n, n == 1 ? "" : "s");
        for (size_t i = 0; i < n; i++) {
                fprintf(t->out, "%4zu  ", i + 1);
                text_print(t->out, plan_op_text(plan, i));
                fputc('\n', t->out);
        }
}

static void print_title(const struct terminal *t, const char *title)
{
        fprintf(t->out, "%s%s%s\n", style_begin(t, STYLE_STRONG), title,
                style_end(t, STYLE_STRONG));
}

/* A graft that stands is shown as it is, with what up would mend. */
static int print_text(struct netsetup *ns, const struct plan *plan, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *links = NULL;
        const struct podnet *net = netsetup_identity(ns);
        struct terminal t = terminal_of(stdout);

        if (netsetup_is_recorded(ns)) {
                int r = netsetup_links_json(ns, &links, err);

                if (r < 0)
                        return r;
                print_title(&t, "now");
        } else {
                print_title(&t, "before");
                picture_pod(&t, net);
                fprintf(t.out, "\n");
                print_title(&t, "after");
        }
        picture_graft(&t, net, links);
        fprintf(t.out, "\n");
        print_steps(&t, plan);
        return 0;
}

/* Of one interface, after those before it. */
static int show(const struct options *options, struct netsetup *ns, struct json_object *all,
                struct error *err)
{
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        struct notes notes = { 0 };
        int r = netsetup_plan(ns, NETSETUP_UP, &plan, &notes, err);

        notes_log(&notes);
        if (r < 0)
                return r;
        if (!options->json)
                return print_text(ns, plan, err);
        json_object_array_add(all, to_json(netsetup_identity(ns), plan));
        return 0;
}

int cmd_plan(const struct options *options, struct error *err)
{
        _cleanup_(wiring_close) struct wiring w = { 0 };
        _cleanup_(cleanup_json_unref) struct json_object *all = json_object_new_array();
        int r = wiring_open(options, NETSETUP_READ, WIRING_WANTED, &w, err);

        for (size_t i = 0; r == 0 && i < w.n; i++) {
                if (i > 0 && !options->json)
                        putchar('\n');
                r = show(options, w.ns[i], all, err);
        }
        if (r == 0 && options->json)
                wiring_print_json(all);
        return r;
}
