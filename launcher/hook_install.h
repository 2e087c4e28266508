/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hook_install.h - podgraft's script among libvirt's hooks
 */
#pragma once

#include "podgraft/error.h"

/**
 * hook_install() - write "<hooks_dir>/qemu.d/podgraft"
 * Ours is replaced. Return: 0; -EEXIST: the file is somebody else's, and stays.
 */
int hook_install(const char *hooks_dir, struct error *err);

/** hook_uninstall() - remove it; fine if there is none; -EEXIST: it is somebody else's */
int hook_uninstall(const char *hooks_dir, struct error *err);
