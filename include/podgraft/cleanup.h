/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cleanup.h - ownership without goto ladders
 *
 * A local declared with one of the _cleanup_ attributes is released when it leaves its scope;
 * ownership leaves only through take_fd() and take_ptr().
 */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a)     (sizeof(a) / sizeof((a)[0]))
#define _printf_(fmt, va) __attribute__((format(printf, fmt, va)))
#define _unused_          __attribute__((unused))
#define _cleanup_(f)      __attribute__((cleanup(f)))

static inline void cleanup_free(void *p)
{
        free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
        int saved = errno;

        if (*fd >= 0)
                close(*fd);
        errno = saved;
}

static inline void cleanup_fclose(FILE **f)
{
        if (*f)
                fclose(*f);
}

#define _cleanup_free_   _cleanup_(cleanup_free)
#define _cleanup_close_  _cleanup_(cleanup_close)
#define _cleanup_fclose_ _cleanup_(cleanup_fclose)

/* DEFINE_CLEANUP(struct plan *, plan_free): makes cleanup_plan_free() for _cleanup_(). */
#define DEFINE_CLEANUP(type, func)                                                                 \
        static inline void cleanup_##func(type *p)                                                 \
        {                                                                                          \
                if (*p)                                                                            \
                        func(*p);                                                                  \
        }

static inline int take_fd(int *fd)
{
        int r = *fd;

        *fd = -1;
        return r;
}

#define take_ptr(p)                                                                                \
        ({                                                                                         \
                __typeof__(p) *_pp = &(p);                                                         \
                __typeof__(p) _v = *_pp;                                                           \
                *_pp = NULL;                                                                       \
                _v;                                                                                \
        })
