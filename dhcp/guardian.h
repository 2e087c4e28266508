/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guardian.h - who keeps the responder alive where no supervisor does
 *
 *     podgraft-dhcpd --guard
 *       guardian   holds the locks and the sockets, hears no guest; ends on SIGTERM, with the last
 *                  tap, or with the mount that names the pod's namespace, which the sockets pin
 *         worker   answers; forked again when it ends, with its sockets and what it knew (the
 *                  shared mappings) where they were
 *
 * One guardian and one worker have all the taps of a pod. The lock of one that is over is given up
 * while they go on with the others.
 */
#pragma once

#include "dhcp/responder.h"

struct guardian;

/**
 * guardian_new() - everything that has to be opened before the sandbox closes
 * @responders: borrowed; of them it looks at the sockets and writes to the mappings
 * @mount_fd: of launcher/mount_watch.h; -1: the pod's namespace is not named by a mount. From now
 * on the guardian's to close
 */
int guardian_new(struct responder *responders, size_t n, int mount_fd, struct guardian **ret,
                 struct error *err);
struct guardian *guardian_free(struct guardian *guardian);
DEFINE_CLEANUP(struct guardian *, guardian_free)

enum guardian_outcome {
        GUARDIAN_ENDED, /* told to (SIGTERM), or nothing is left to serve; no worker lives any more
                         */
        GUARDIAN_IN_WORKER,  /* which is to serve and then to end */
        GUARDIAN_TAKEN_OVER, /* as the first, but another responder follows (SIGHUP) */
};

/**
 * guardian_run() - fork workers; to be called inside of the sandbox
 * @sandbox: its parts so far
 * @ready_fd: the first worker's to write to; closed in the guardian
 * @ret_over_fd: in a worker: where it writes a byte when one of the responders is over
 * Return: enum guardian_outcome, or negative errno
 */
int guardian_run(struct guardian *guardian, uint32_t sandbox, int ready_fd, int *ret_over_fd,
                 struct error *err);
