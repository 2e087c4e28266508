/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt_dir.h - where an embedded libvirt that runs attached keeps its files
 */
#pragma once

#include "podgraft/error.h"

/**
 * libvirt_dir_check() - may it be emptied? It must be ours, in a place that others cannot change,
 * and what is in it what an earlier run left.
 * Return: 0, also if there is none; negative (ERROR_USAGE): it is another user's, or others may
 * write to it, or it has others' files, or is no directory; ERROR_CANNOT: what it is in cannot be made
 */
int libvirt_dir_check(const char *dir, struct error *err);

/**
 * libvirt_dir_make() - empty it, or make it, 0700; checks it once more
 * Return: 0; as libvirt_dir_check(); -ENOTEMPTY: another process puts files into it
 */
int libvirt_dir_make(const char *dir, struct error *err);
