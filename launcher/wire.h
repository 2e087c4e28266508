/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire.h - up and down with everything that stands on them, shared by up, run and down
 */
#pragma once

#include "launcher/options.h"

/** wire_up() - netsetup_up() with its warnings said */
int wire_up(struct netsetup *ns, struct error *err);

/**
 * wire_serve() - start the responder, unless the pod has nothing to serve
 * @ret_pid: its process, 0 if there is nothing to serve
 */
int wire_serve(const struct options *options, struct netsetup *ns, pid_t *ret_pid,
               struct error *err);

/**
 * wire_down() - end the guest a dead run left, stop the responder, restore, forget
 * A guest or responder that cannot be ended leaves the record for a later try: ERROR_HALF_DONE.
 */
int wire_down(struct netsetup *ns, struct error *err);

/** wire_end_guest() - end the recorded guest, if any */
int wire_end_guest(struct netsetup *ns, struct error *err);

/** wire_libvirt_root() - directory of the embedded driver; to be freed */
char *wire_libvirt_root(const struct netsetup *ns);
