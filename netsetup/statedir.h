/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * statedir.h - where records are kept: can one be written, and does it outlive the container?
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "podgraft/error.h"

/**
 * statedir_probe() - could a record be written under @dir? Leaves nothing behind.
 * @ret_place: the directory that exists: @dir itself, or where it would be made; to be freed
 * Return: 0; -EROFS, -EACCES, -ENOSPC, -ENOTDIR, … as 'podgraft up' would meet it
 */
int statedir_probe(const char *dir, char **ret_place);

enum statedir_fate {
        STATEDIR_STAYS,  /* a volume, or there is no container */
        STATEDIR_UNSURE, /* a tmpfs: whose, the kernel does not tell */
        STATEDIR_GOES,   /* the container's own file system */
};

/* What the mount table says of a path. */
struct statedir_mount {
        char type[32];        /* "overlay", "tmpfs", "ext4" */
        char root[PATH_MAX];  /* which part of the file system is mounted; "/": all of it */
        char point[PATH_MAX]; /* where */
};

/**
 * statedir_fate() - is what is written at @path there when the container is started again?
 *
 * Kubernetes starts a container again by making a new one from the image: the pod's network
 * namespace and volumes stay, the container's root and the mounts its runtime made for it go.
 * What is mounted tells them apart, mostly:
 *   mounted at "/"         the container's root, whatever its type: goes
 *   all of a tmpfs         /run or /tmp from the runtime (goes), or an emptyDir with medium
 *                          Memory (stays); they look the same: unsure
 *   a part of something    a bind mount: emptyDir, hostPath, a volume of Docker's: stays
 *   all of something else  a block or network volume: stays
 * @mountinfo: /proc/self/mountinfo; @path: absolute, without links
 * Return: the fate and *ret; pure
 */
enum statedir_fate statedir_fate(const char *mountinfo, const char *path,
                                 struct statedir_mount *ret);

/**
 * statedir_in_container() - are we in one? Any of: the variables that Kubernetes, Podman and LXC
 * set, the files that Docker and Podman leave, an overlay as root, a PID namespace of our own.
 */
bool statedir_in_container(const char *mountinfo);
