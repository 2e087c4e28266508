/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt_dir.h - where an embedded libvirt that runs attached keeps its files
 */
#pragma once

#include "podgraft/error.h"

/**
 * libvirt_dir_check() - may it be emptied? What is in it must be what an earlier run left.
 * Return: 0, also if there is none; negative (ERROR_USAGE): it has others' files, is no directory
 */
int libvirt_dir_check(const char *dir, struct error *err);

/** libvirt_dir_make() - empty it, or make it; what is in it has been checked */
int libvirt_dir_make(const char *dir, struct error *err);
