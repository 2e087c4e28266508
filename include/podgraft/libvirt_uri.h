/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt_uri.h - which libvirt daemons podgraft connects to
 */
#pragma once

#include "podgraft/error.h"

/**
 * libvirt_uri_check() - is @uri a daemon of this machine, reached through a socket?
 * qemu:///system, qemu:///session, qemu+unix:///..., with ?socket=PATH or without. Others start
 * programs: "qemu+ext:///system?command=..." what it names, "qemu+ssh://" ssh.
 * To be called right before a connection is opened, wherever the URI comes from: a record and a
 * command line alike.
 * Return: 0; -EINVAL (ERROR_USAGE)
 */
int libvirt_uri_check(const char *uri, struct error *err);
