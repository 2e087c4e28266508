/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox.h - giving up what the responder does not need, in stages
 */
#pragma once

#include <stddef.h>

#include "podgraft/error.h"

/**
 * sandbox_close_others() - stage one, first thing in main()
 * Must keep: @keep (negative ones are skipped), stdin, stdout, stderr. Must not keep: anything else
 * that was inherited.
 */
int sandbox_close_others(const int *keep, size_t n, struct error *err);

/**
 * sandbox_enter() - the other stages, when everything is open and before a guest's first byte
 * Must keep: reading and writing what is open, waiting, the time, ending. Must not keep: any
 * capability, a way to new privileges, new descriptors, new processes, other system calls.
 */
int sandbox_enter(struct error *err);
