/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * finding.h - what was looked at, how it is, and what to do about it; values for doctor to print
 *
 * A layer has a table of checks, each of which fills one finding in; findings_run() walks it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "podgraft/error.h"

struct json_object;

enum finding_state {
        FINDING_SKIPPED,  /* does not apply here; never kept */
        FINDING_OK,       /* as it should be */
        FINDING_DEGRADED, /* up works, a part of it less well */
        FINDING_MISSING,  /* up fails */
};

struct finding {
        const char *name; /* stable, for machines: "net-admin"; static */
        enum finding_state state;
        char detail[512];
        char remedy[512]; /* "": nothing to do */
};

struct findings {
        struct finding *items;
        size_t n;
};

struct check {
        const char *name;
        /* Fills the finding in; must not change anything. @user is the table's own. */
        void (*look)(void *user, struct finding *ret);
        const char *remedy; /* where the check names none; NULL: it does, or none is needed */
};

/** finding_set() - how it is; to be called once by a check, or not at all: skipped */
void finding_set(struct finding *finding, enum finding_state state, const char *detail, ...)
        _printf_(3, 4);

/** finding_remedy() - what to do, where the table's row does not know */
void finding_remedy(struct finding *finding, const char *remedy, ...) _printf_(2, 3);

/** findings_run() - walk a table of checks, keep what they find; -ENOMEM */
int findings_run(struct findings *findings, const struct check *checks, size_t n, void *user,
                 struct error *err);

/** findings_worst() - FINDING_OK for none */
enum finding_state findings_worst(const struct findings *findings);
const char *finding_state_name(enum finding_state state); /* "ok", "degraded", "missing" */

/** findings_to_json() - array of {name, state, detail, remedy}; remedy is null where none is */
struct json_object *findings_to_json(const struct findings *findings);

void findings_done(struct findings *findings);

/**
 * finding_capability() - a capability that an attempt was refused for is missing: where it got lost
 * @capability: CAP_…
 * @name: without CAP_: "NET_ADMIN"
 * @purpose: "to change links"
 */
void finding_capability(struct finding *finding, int capability, const char *name,
                        const char *purpose);

/** capability_is_effective() - does the calling thread have it? */
bool capability_is_effective(int capability);
