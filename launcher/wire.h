/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire.h - up and down with everything that stands on them, shared by up, run and down
 */
#pragma once

#include "launcher/options.h"

/** wire_up() - netsetup_up() with its warnings said */
int wire_up(struct netsetup *ns, struct error *err);

/**
 * wire_serve() - see to it that these interfaces of the pod are served, all by one responder
 * @ns: sessions in the same namespace; those that have nothing to serve are warned of
 * @guarded: with a guardian, for a caller that does not stay to revive it. It serves whatever else
 * is recorded in this namespace to be served so, too; who is served already notices nothing
 * @ret_pid: the responder's process, 0 if there is nothing to serve
 * Return: 0; on failure whoever was served before is served still
 */
int wire_serve(struct netsetup *const *ns, size_t n, bool guarded, pid_t *ret_pid,
               struct error *err);

/**
 * wire_serve_without() - of run's guest @leaving is to be served no more, these still
 * Its guest is told that its routers are none any more; @n: may be 0
 * Return: as wire_serve(), without a guardian
 */
int wire_serve_without(struct netsetup *const *ns, size_t n, struct netsetup *leaving,
                       pid_t *ret_pid, struct error *err);

/**
 * wire_serve_foreground() - become the responder of the interfaces that are named, else of all that
 * were recorded with --no-serve, else of @ns's; returns on failure only
 */
int wire_serve_foreground(const struct options *options, struct netsetup *ns, struct error *err);

/** wire_is_told() - is the guest of @ns told what its record says by now? */
bool wire_is_told(const struct netsetup *ns);

/**
 * wire_unserve() - these interfaces are about to go: serve them no more, but the pod's others still
 * Their guests are told that their routers are none any more. Fine where nobody serves them.
 * Return: 0; -EBUSY, -ESRCH: as responder_stop()
 */
int wire_unserve(struct netsetup *const *ns, size_t n, struct error *err);

/**
 * wire_down() - end the guest a dead run left, serve these no more, restore, forget; last one first
 * From a guest that a living run supervises they are unplugged first: -ETIMEDOUT, with nothing
 * changed, where it does not let go. A guest or responder that cannot be ended leaves the records for
 * a later try: ERROR_HALF_DONE. One interface that cannot be restored does not keep the others.
 */
int wire_down(struct netsetup *const *ns, size_t n, struct error *err);

/** wire_end_guest() - end the guest that the records name, if any */
int wire_end_guest(struct netsetup *const *ns, size_t n, struct error *err);

/**
 * wire_make_libvirt_root() - the embedded driver's directory, writable for @as
 * Without CAP_CHOWN: it gets the group of @as as it is made.
 */
int wire_make_libvirt_root(const struct netsetup *ns, const struct owner *as, char **ret,
                           struct error *err);

/**
 * wire_clear_libvirt() - run --attached: end what an earlier one left under --libvirt-dir, make the
 * directory anew
 */
int wire_clear_libvirt(const struct options *options, const char *domain, struct error *err);

/** wire_libvirt_root() - directory of the embedded driver; to be freed */
char *wire_libvirt_root(const struct netsetup *ns);
