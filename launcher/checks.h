/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checks.h - what doctor looks at besides the network: how the responder and the guest are started
 */
#pragma once

#include "podgraft/finding.h"

/** checks_enter() - may the network namespace of --netns be entered? @refused: it was not */
int checks_enter(bool refused, struct findings *findings, struct error *err);

/** checks_responder() - may it listen in this network namespace, does its sandbox close? */
int checks_responder(bool in_namespace, struct findings *findings, struct error *err);

/** checks_run() - what only 'podgraft run' needs: a miss degrades */
int checks_run(struct findings *findings, struct error *err);
