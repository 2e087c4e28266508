/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe.h - the questions of kubelet's probes, each answered in a few milliseconds
 */
#pragma once

#include "podgraft/netsetup.h"

enum probe {
        PROBE_STARTUP, /* wired as recorded, and served: looks at the kernel's state */
        PROBE_READY,   /* the guest has a lease, from a responder that lives */
        PROBE_LEASE,   /* likewise, and one of each family that there is one of */
        PROBE_LIVE,    /* the responder lives: reads two files, asks for one lock */
};

/** probe_named() - "startup", "ready" or "live" */
enum probe probe_named(const char *name);

/**
 * probe() - is it so?
 * Where nothing is served, being wired is enough.
 * Return: 1; 0 with what is missing in @ret_why; negative, with *err set, where it cannot be told
 */
int probe(struct netsetup *ns, enum probe what, const char **ret_why, struct error *err);
