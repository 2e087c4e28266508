/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * progress.h - while something is waited for: one line on standard error, rewritten
 *
 * Only on a terminal, only with a text log, and only after the first second. A log line, and the
 * end of the command, take its place.
 */
#pragma once

#include <stdbool.h>

#include "podgraft/cleanup.h"

/** progress_is_wanted() - is there anybody to see it? */
bool progress_is_wanted(void);

/**
 * progress_tell() - what is waited for; how long is added
 * @most_sec: how long it will be waited for; 0: for ever
 */
_printf_(2, 3) void progress_tell(unsigned most_sec, const char *fmt, ...);

/** progress_end() - the wait is over; the next one begins at zero */
void progress_end(void);
