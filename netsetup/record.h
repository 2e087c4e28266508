/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.h - what was before the first change, on disk
 *
 * "<state_dir>/netns-<cookie>/<interface>.json". From it alone either direction can be finished
 * after a SIGKILL at any instruction.
 */
#pragma once

#include "netsetup/graft.h"
#include "netsetup/netlink.h"
#include "podgraft/netsetup.h"

struct record {
        struct netstate *original;
        struct podnet *identity;
        struct graft_conf conf;
        bool adopted;        /* made again from the links' marks: the original may be incomplete */
        bool taken_over;     /* somebody else wired the pod: nothing is changed, ever */
        char *connect_uri;   /* NULL: none or embedded */
        char *domain;        /* NULL: none */
        struct owner run_as; /* who runs the domain, where it is not who runs podgraft */
        char *attachment;    /* a CNI runtime's, "CONTAINER:INTERFACE", which made it; NULL: none */
        char *owner;         /* the domain of a libvirt daemon whose hook made it; NULL: nobody's */
        char **dhcp_options; /* the user's; of no meaning in this layer */
        size_t n_dhcp_options;
        struct netsetup_serving serving; /* likewise; owns its texts */
};

struct record *record_new(void);
struct record *record_free(struct record *record);
DEFINE_CLEANUP(struct record *, record_free)

/** record_set_dhcp_options() - Return: 1: they were others before; 0; -ENOMEM */
int record_set_dhcp_options(struct record *record, const char *const *options, size_t n);

/** record_set_serving() - serving.c; Return: 1: it was another before; 0; -ENOMEM */
int record_set_serving(struct record *record, const struct netsetup_serving *serving);

/**
 * record_find() - the record of this namespace, if any
 * @dir: "<state_dir>/netns-<cookie>"; @interface: NULL: the only one there
 * A record of another boot or namespace is none. Where the namespace's lock is held (@locked), it is
 * renamed aside (".stale") with a note.
 * Return: 1 found, 0 none; ERROR_USAGE: truncated, or of a newer version; nothing was touched.
 */
int record_find(const char *dir, uint64_t cookie, const char *interface, bool locked,
                struct record **ret, struct notes *notes, struct error *err);

struct record_name {
        char interface[IFNAMSIZ];
};

/**
 * record_list() - the interfaces that have a record in @dir, in the order of their names
 * Return: how many; *ret to be freed, also where there are none
 */
size_t record_list(const char *dir, struct record_name **ret);

/**
 * record_write() - make the directories, write a temporary, fsync, rename into place
 * A failure leaves nothing behind, or the record that was there before.
 */
int record_write(const char *dir, uint64_t cookie, const struct record *record, struct error *err);

/**
 * record_remove() - the file, last, and the directory where that leaves it empty
 * What was kept beside it goes first: the interface's lease; with the last record everything but
 * what was set aside. A failure keeps the record.
 */
int record_remove(const char *dir, const struct record *record, struct error *err);

/** record_sweep() - remove what a run that was killed while it wrote a record has left of that */
void record_sweep(const char *dir);

/** record_forget() - remove what was kept beside a record that is lost, where nothing stands */
void record_forget(const char *dir);
