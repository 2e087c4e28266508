/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wiring.h - the pod's interfaces that a command is about: a session for each, under one lock
 */
#pragma once

#include "launcher/options.h"

struct wiring {
        size_t n;
        struct options *options; /* each one's own */
        struct netsetup **ns;
        bool *stood; /* there was a record of it before the command did anything */
        size_t n_up; /* how many of them wiring_up() has dealt with */
        char (*names)[IFNAMSIZ];
};

/* Which interfaces where --interface names none. */
enum wiring_which {
        WIRING_WANTED,   /* those of the file's list, else those that stand, else the one found */
        WIRING_STANDING, /* those that stand, else the one found */
};

/**
 * wiring_open() - sessions for the interfaces that @options ask for; @options outlive them
 * Named ones are in the order of the names, those that stand in the order of their indexes.
 * Return: 0 with one interface or more; errors as netsetup_open(), naming the interface
 */
int wiring_open(const struct options *options, enum netsetup_access access, enum wiring_which which,
                struct wiring *ret, struct error *err);
void wiring_close(struct wiring *w);

/** wiring_open_names() - likewise, for these, which are copied */
int wiring_open_names(const struct options *options, enum netsetup_access access,
                      const char (*names)[IFNAMSIZ], size_t n, struct wiring *ret,
                      struct error *err);

/** wiring_reopen() - new sessions for the same interfaces; @w is closed in any case */
int wiring_reopen(struct wiring *w, const struct options *options, enum netsetup_access access,
                  struct error *err);

/** wiring_is_recorded() - is there any record here? */
bool wiring_is_recorded(const struct wiring *w);

struct json_object;

/**
 * wiring_print_json() - on stdout: what there is of the one interface, or of each of several
 * { "interfaces": [ ... ] } for those.
 */
void wiring_print_json(struct json_object *each);

/**
 * wiring_identify() - who the pod is on each of them; changes nothing
 * @notes: what there is to be said; NULL: up will say it
 */
int wiring_identify(struct wiring *w, struct notes *notes, struct error *err);

struct domain_interface;

/**
 * wiring_interface() - what the <interface> of a domain is to be for an interface of the pod
 * @one_of_several: it is known by its name then, where no alias is given
 * @mac: a buffer; @ret borrows it, and what @own and @net have
 */
void wiring_interface(const struct options *own, const struct podnet *net, bool one_of_several,
                      char mac[MAC_TEXT_LEN], struct domain_interface *ret);

struct domain_text;

/** wiring_fill_in() - the domain with all of them filled in; as domain_fill_in() */
int wiring_fill_in(const struct wiring *w, const struct domain_text *text, char **ret_xml,
                   size_t *ret_len, char **ret_name, struct error *err);

/**
 * wiring_up() - rewire them all, in their order
 * All are looked at before the first is touched. On failure those before the failing one stand:
 * wiring_put_back() is next.
 */
int wiring_up(struct wiring *w, struct error *err);

/**
 * wiring_put_back() - after a failure @r: those that were not there before must not stay
 * Return: @r. The class of *err becomes ERROR_FAILED where something had to be put back, and
 * ERROR_HALF_DONE where that failed too
 */
int wiring_put_back(struct wiring *w, int r, struct error *err);

/** wiring_left_alone() - a list of interfaces that are others', by the VMI of up; NULL: no VMI */
struct json_object *wiring_left_alone(const struct wiring *w);
