/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount_watch.h - a descriptor that tells when the mount that names a network namespace is gone
 */
#pragma once

#include "podgraft/error.h"

/**
 * mount_watch_open() - watch the mount at @path, such as /run/netns/pod1
 * @ret: to be polled for EPOLLPRI: the mount was removed, or the file that it was mounted on.
 * Nothing else on the machine wakes it, unless we are in a chroot: to be sure, see that the text no
 * longer has the mount of type nsfs.
 * Return: 0; -ENOENT: no mount has that name, as with /proc/PID/ns/net; -EPERM: no CAP_SYS_ADMIN
 */
int mount_watch_open(const char *path, int *ret, struct error *err);
