/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "launcher/checks.h"
#include "launcher/commands.h"
#include "launcher/namespace.h"
#include "launcher/terminal.h"
#include "podgraft/json.h"
#include "podgraft/text.h"

/* Everything that up relies on, then what only run does. */
static int examine(const struct options *options, struct findings *findings, struct error *err)
{
        struct error refusal = ERROR_INIT;
        struct notes notes = { 0 };
        bool refused = false;
        int r = 0;

        if (options->netns) {
                refused = namespace_enter(options->netns, &refusal) < 0;
                if (refused && refusal.class != ERROR_CANNOT) {
                        *err = refusal;
                        return err->code;
                }
                r = checks_enter(refused, findings, err);
        }
        if (r == 0 && !refused) {
                r = netsetup_doctor(&options->net, findings, &notes, err);
                notes_log(&notes);
        }
        if (r < 0 || (r = checks_responder(!refused, findings, err)) < 0)
                return r;
        return checks_run(findings, err);
}

static void print_mark(const struct terminal *t, enum finding_state state)
{
        static const struct {
                enum style style;
                const char *utf8, *ascii;
        } marks[] = {
                [FINDING_OK] = { STYLE_GOOD, "✓", "+" },
                [FINDING_DEGRADED] = { STYLE_DOUBTFUL, "!", "!" },
                [FINDING_MISSING] = { STYLE_BAD, "✗", "x" },
        };

        printf("%s%s%s ", style_begin(t, marks[state].style),
               terminal_glyph(t, marks[state].utf8, marks[state].ascii),
               style_end(t, marks[state].style));
}

static void print_names(const struct findings *findings, enum finding_state state,
                        const char *before)
{
        for (size_t i = 0; i < findings->n; i++)
                if (findings->items[i].state == state) {
                        printf("%s%s", before, findings->items[i].name);
                        before = ", ";
                }
}

static void print_text(const struct findings *findings)
{
        struct terminal t = terminal_of(stdout);

        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = &findings->items[i];

                print_mark(&t, finding->state);
                printf("%-17s ", finding->name);
                text_print(stdout, finding->detail);
                if (finding->remedy[0])
                        printf("\n%19s %s ", "", terminal_glyph(&t, "→", "->"));
                text_print(stdout, finding->remedy);
                printf("\n");
        }
        printf("\n'podgraft up' would %s",
               findings_worst(findings) == FINDING_MISSING ? "fail" : "work");
        print_names(findings, FINDING_MISSING, "; missing: ");
        print_names(findings, FINDING_DEGRADED, "; degraded: ");
        printf("\n");
}

static void print_json(const struct findings *findings)
{
        struct json_object *o = json_object_new_object();

        json_add_bool(o, "ok", findings_worst(findings) != FINDING_MISSING);
        json_object_object_add(o, "checks", findings_to_json(findings));
        json_print(stdout, o);
        json_object_put(o);
}

int cmd_doctor(const struct options *options, struct error *err)
{
        struct findings findings = { 0 };
        int r = examine(options, &findings, err);

        if (r == 0) {
                if (options->json)
                        print_json(&findings);
                else
                        print_text(&findings);
                r = findings_worst(&findings) == FINDING_MISSING ? ERROR_CANNOT : 0;
        }
        findings_done(&findings);
        return r;
}
