/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/finding.h"

#include <linux/capability.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "podgraft/json.h"

void finding_set(struct finding *finding, enum finding_state state, const char *detail, ...)
{
        va_list ap;

        finding->state = state;
        va_start(ap, detail);
        vsnprintf(finding->detail, sizeof(finding->detail), detail, ap);
        va_end(ap);
}

void finding_remedy(struct finding *finding, const char *remedy, ...)
{
        va_list ap;

        va_start(ap, remedy);
        vsnprintf(finding->remedy, sizeof(finding->remedy), remedy, ap);
        va_end(ap);
}

int findings_run(struct findings *findings, const struct check *checks, size_t n, void *user,
                 struct error *err)
{
        struct finding *grown = reallocarray(findings->items, findings->n + n, sizeof(*grown));

        if (!grown)
                return error_set(err, -ENOMEM, "out of memory");
        findings->items = grown;
        for (size_t i = 0; i < n; i++) {
                struct finding *finding = &findings->items[findings->n];

                *finding = (struct finding){ .name = checks[i].name };
                checks[i].look(user, finding);
                if (finding->state == FINDING_SKIPPED)
                        continue;
                if (finding->state != FINDING_OK && !finding->remedy[0] && checks[i].remedy)
                        finding_remedy(finding, "%s", checks[i].remedy);
                findings->n++;
        }
        return 0;
}

enum finding_state findings_worst(const struct findings *findings)
{
        enum finding_state worst = FINDING_OK;

        for (size_t i = 0; i < findings->n; i++)
                if (findings->items[i].state > worst)
                        worst = findings->items[i].state;
        return worst;
}

const char *finding_state_name(enum finding_state state)
{
        switch (state) {
        case FINDING_DEGRADED:
                return "degraded";
        case FINDING_MISSING:
                return "missing";
        default:
                return "ok";
        }
}

struct json_object *findings_to_json(const struct findings *findings)
{
        struct json_object *array = json_object_new_array();

        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = &findings->items[i];
                struct json_object *o = json_object_new_object();

                json_add_string(o, "name", finding->name);
                json_add_string(o, "state", finding_state_name(finding->state));
                json_add_string(o, "detail", finding->detail);
                json_object_object_add(o, "remedy",
                                       finding->remedy[0] ? json_object_new_string(finding->remedy)
                                                          : NULL);
                json_object_array_add(array, o);
        }
        return array;
}

void findings_done(struct findings *findings)
{
        free(findings->items);
        *findings = (struct findings){ 0 };
}

/* --- capabilities --- */

bool capability_is_effective(int capability)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

        return syscall(SYS_capget, &header, sets) == 0 &&
               (sets[capability / 32].effective & 1u << capability % 32);
}

void finding_capability(struct finding *finding, int capability, const char *name,
                        const char *purpose)
{
        if (capability_is_effective(capability)) {
                finding_set(finding, FINDING_MISSING,
                            "CAP_%s is effective, but not in the user namespace that owns this "
                            "network namespace; needed %s",
                            name, purpose);
                finding_remedy(finding, "run in the user namespace that made the network namespace "
                                        "(in Kubernetes: the pod's own containers do)");
        } else if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1) {
                finding_set(finding, FINDING_MISSING,
                            "CAP_%s is not in the bounding set; needed %s", name, purpose);
                finding_remedy(finding, "securityContext: {capabilities: {add: [\"%s\"]}}", name);
        } else {
                finding_set(finding, FINDING_MISSING,
                            "CAP_%s is in the bounding set, but not effective for user %u; "
                            "needed %s",
                            name, geteuid(), purpose);
                finding_remedy(finding,
                               "securityContext: {runAsUser: 0}, and capabilities: {add: [\"%s\"]}",
                               name);
        }
}
