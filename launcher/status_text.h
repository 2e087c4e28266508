/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status_text.h - status for people: from the object that --json prints, and from nothing else
 */
#pragma once

#include <json-c/json.h>
#include <time.h>

#include "launcher/terminal.h"
#include "podgraft/podnet.h"

/** status_print() - @now: seconds since 1970, for the ages */
void status_print(const struct terminal *t, const struct podnet *net, struct json_object *status,
                  time_t now);

#define AGE_TEXT_LEN 32
/** age_format() - "5 s", "3 min", "2 h 5 min", "4 d 2 h"; a clock that was set back is no age */
const char *age_format(long long sec, char buf[AGE_TEXT_LEN]);
