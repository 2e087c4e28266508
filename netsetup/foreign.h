/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * foreign.h - inside netsetup: a pod that somebody else wired; what podgraft does is serve
 *
 * Every link is somebody else's and stays as it is: up records, down forgets, nothing between them
 * is a difference.
 */
#pragma once

#include "netsetup/session.h"

struct json_object;

/** foreign_is() - is it, or is it to be, one of those? */
bool foreign_is(const struct netsetup *ns);

/* As netsetup_identify(), netsetup_up() and netsetup_down(). */
int foreign_identify(struct netsetup *ns, struct notes *notes, struct error *err);
int foreign_up(struct netsetup *ns, struct notes *notes, struct error *err);
int foreign_down(struct netsetup *ns, struct error *err);

/** foreign_drift() - what is gone of the wiring, a text each */
void foreign_drift(const struct netsetup *ns, const struct netstate *state,
                   struct json_object *drift);
