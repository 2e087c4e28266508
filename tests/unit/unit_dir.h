/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unit_dir.h - a directory for the tests of one program, which goes whatever they leave and however
 * they end
 *
 *     tcase_add_unchecked_fixture(tc, unit_dir_make, unit_dir_remove);
 */
#pragma once

#include <ftw.h>
#include <stdio.h>

#include "tests/unit/unit.h"

static char unit_dir[] = "/tmp/podgraft-unit.XXXXXX";

/* Unchecked: made and removed by the process that forks the tests, thus also after one that fails.
 */
static inline void unit_dir_make(void)
{
        ck_assert_ptr_nonnull(mkdtemp(unit_dir));
}

static inline int unit_dir_remove_one(const char *path, const struct stat *stat, int type,
                                      struct FTW *where)
{
        (void)stat, (void)type, (void)where;
        return remove(path);
}

static inline void unit_dir_remove(void)
{
        nftw(unit_dir, unit_dir_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
