/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "podgraft/error.h"

/**
 * namespace_enter() - move the calling thread into a network namespace
 * @spec: a name under /run/netns, a path, or a process id
 * Return: 0; ERROR_USAGE if there is no such namespace; ERROR_CANNOT without CAP_SYS_ADMIN.
 */
int namespace_enter(const char *spec, struct error *err);

/**
 * namespace_mount() - the mount that names the namespace @spec
 * Return: @buf; NULL: a process id, or a path under /proc, where no mount does
 */
const char *namespace_mount(const char *spec, char *buf, size_t size);

/**
 * namespace_check_daemon() - is the libvirt daemon behind @uri in our network namespace?
 * A tap exists only where podgraft made it; a daemon elsewhere would not find it.
 * Return: 0; ERROR_USAGE if it is elsewhere, remote, or does not answer.
 */
int namespace_check_daemon(const char *uri, struct error *err);
