/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "launcher/process.h"

/**
 * guest_end() - end what runs for the guest @name of the embedded libvirt in @root, and forget it
 * As @as, so that no other user's process is signalled: QEMU, and a guest that took it over, choose
 * what is in the directories below @root.
 * Return: 0; -EBUSY: a process has the guest's pid file locked that cannot be seen from here, or
 * does not end
 */
int guest_end(const char *root, const struct owner *as, const char *name, struct error *err);
