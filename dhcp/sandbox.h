/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "podgraft/error.h"

/**
 * sandbox_enter() - give up what the responder does not need
 * Must: the descriptors it serves with, and memory. Must not: any capability, new privileges,
 * new descriptors, new processes, core dumps.
 */
int sandbox_enter(struct error *err);
