/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directory.h - directories that nobody but root and we can change, and removal inside of them
 *
 * A directory is safe where every component of its path is: it belongs to root or to our effective
 * user, and its group and others cannot write to it, or it is sticky like /tmp. Then only root and
 * we can rename or replace anything on the way to it, and a path that was checked once keeps its
 * meaning: what is opened, made or removed by it is where it was checked.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "podgraft/error.h"

enum directory_how {
        DIRECTORY_MAKE = 1,    /* make what is missing, 0755 */
        DIRECTORY_NO_LINK = 2, /* the last component is no symbolic link, not even root's */
        DIRECTORY_SHARED = 4,  /* the last one may be sticky, too: what is in it is yet to be looked at */
};

#define DIRECTORY_ANY_USER ((uid_t)-1)

/**
 * directory_check() - is the directory @path safe (see above)?
 * @how: enum directory_how, combined
 * @option: where the path comes from, for messages: "--state-dir"
 * Symbolic links of root's and our own are followed. A volume (a mount's root) that all may write to
 * without the sticky bit is what Kubernetes makes of an emptyDir: with DIRECTORY_MAKE it is made
 * sticky where it is ours; root's is accepted by other users, who cannot.
 * Return: 1 it is; 0 there is none; ERROR_USAGE: it is not, and why; ERROR_CANNOT: it cannot be made
 */
int directory_check(const char *path, unsigned how, const char *option, struct error *err);

/**
 * directory_open() - check and open it
 * Return: as directory_check(); @ret_fd: to be closed where it is 1; O_PATH, for the ...at() calls
 */
int directory_open(const char *path, unsigned how, const char *option, int *ret_fd,
                   struct error *err);

/** directory_is_mount() - is the root of a mount at @name in @dir? A symbolic link is none. */
bool directory_is_mount(int dir, const char *name);

/** directory_is_trusted() - does a file belong to root or us, and to no others to write to? */
bool directory_is_trusted(const struct stat *st);

/**
 * directory_remove() - remove @name in @dir, a tree with what is in it; by descriptors only
 * No symbolic link is followed, whenever it is put there. What is on another file system stays, and
 * what is in directories of others than our effective user and @other.
 * @other: DIRECTORY_ANY_USER: the owner of the first such directory that is met
 * Return: 0, also if there is none; -EXDEV, -EPERM: see above; -ELOOP: nested more than 64 deep;
 * else as unlinkat(2). What can be removed goes whatever else cannot.
 */
int directory_remove(int dir, const char *name, uid_t other);

/**
 * directory_clear() - likewise with all that is in @dir
 * @keeps: what stays, by its name; NULL: nothing
 */
int directory_clear(int dir, bool (*keeps)(const char *name), uid_t other);
