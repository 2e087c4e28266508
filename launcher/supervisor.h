/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervisor.h - the life of a guest, watched from its network's side
 *
 * podgraft run is PID 1 of a container, or a child subreaper. libvirt itself must not be PID 1: it
 * daemonises QEMU and its probes and hangs where nobody reaps them. So the supervisor reaps
 * everything, podgraft-launcher speaks to libvirt, and QEMU's wait status tells how it ended.
 */
#pragma once

#include "launcher/wiring.h"

/** supervisor_prepare() - become a reaper, block the signals; before the first child */
int supervisor_prepare(struct error *err);

/**
 * supervisor_run() - start the guest in a wired pod and watch it to its end
 * @mark_fd: name_fd of plug_run_begin()'s lock; -1: with --attached, or another has the name
 * Return: the exit status: 0 shut down, 6 crashed, 7 killed, 8 destroyed after the grace; negative
 * with *err set where the guest could not be started or its launcher was lost. The guest is gone
 * in any case; the network is the caller's to put back.
 */
int supervisor_run(const struct options *options, struct wiring *w, const char *root,
                   const char *xml, size_t len, const char *name, pid_t responder, int mark_fd,
                   struct error *err);
