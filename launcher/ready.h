/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ready.h - tell whoever started us that the pod is wired and served
 */
#pragma once

#include "launcher/options.h"

/** ready_check() - is the descriptor of --ready-fd open? Keeps it from whatever we start. */
int ready_check(const struct options *options, struct error *err);

/**
 * ready_tell() - "ready" and a newline on the descriptor of --ready-fd, which is closed then; and
 * READY=1 to the socket that NOTIFY_SOCKET names (sd_notify(3))
 * Return: 0; -EBADF and the like for a descriptor that cannot be written to
 */
int ready_tell(const struct options *options, struct error *err);
