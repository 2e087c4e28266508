/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder_status.h - what the responder and its guest are up to, for status
 */
#pragma once

#include <json-c/json.h>
#include <stdio.h>

#include "podgraft/podnet.h"

struct responder_status {
        bool alive;                    /* a responder or its guardian */
        bool serves;                   /* no: it is about to be started again */
        struct json_object *responder; /* alive, pid, worker, sandbox, restarts, counters */
        struct json_object *lease;     /* NULL: no guest was ever served */
        struct json_object *warnings;  /* array of sentences */
};

/** responder_status_read() - from the shared mapping at @shared_path, which may be missing */
struct responder_status responder_status_read(const char *shared_path, const struct podnet *net);

/** responder_status_done() - release the JSON */
void responder_status_done(struct responder_status *status);
