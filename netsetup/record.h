/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.h - what was before the first change, on disk; and the namespace's lock
 *
 * "<state_dir>/netns-<cookie>/<interface>.json". From it alone either direction can be finished
 * after a SIGKILL at any instruction.
 */
#pragma once

#include "netsetup/netlink.h"
#include "podgraft/netsetup.h"

struct record {
        struct netstate *original;
        struct podnet *identity;
        /* The configuration that the target follows from besides the identity. */
        bool has_tap_owner;
        uint32_t tap_uid, tap_gid;
        char *connect_uri; /* NULL: none or embedded */
        char *domain;      /* NULL: none */
};

struct record *record_new(void);
struct record *record_free(struct record *record);
DEFINE_CLEANUP(struct record *, record_free)

/**
 * record_find() - the record of this namespace, if any
 * @dir: "<state_dir>/netns-<cookie>"; @interface: NULL: the only one there
 * A record of another boot or namespace is renamed aside (".stale") with a note.
 * Return: 1 found, 0 none; ERROR_USAGE: truncated, or of a newer version; nothing was touched.
 */
int record_find(const char *dir, uint64_t cookie, const char *interface, struct record **ret,
                struct notes *notes, struct error *err);

/** record_write() - make the directories, write a temporary, fsync, rename into place */
int record_write(const char *dir, uint64_t cookie, const struct record *record, struct error *err);

/** record_remove() - the file, and the directory where that leaves it empty */
int record_remove(const char *dir, const struct record *record, struct error *err);

/**
 * record_lock() - one writer per network namespace, whatever the state directory
 * An abstract AF_UNIX socket: such names belong to the namespace, and vanish with the process.
 * Return: 0; -EBUSY after ten seconds, naming the holder
 */
int record_lock(int *ret_fd, struct error *err);
