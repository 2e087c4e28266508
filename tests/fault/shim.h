/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shim.h - what the parts of the shim share: a call is announced, executed, and has returned
 *
 *     shim.c           what is to happen at which call
 *     shim_calls.c     the calls: files, processes, namespaces, descriptors
 *     shim_netlink.c   netlink: requests that change something, acknowledgements nobody wrote
 */
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

/* shim_is_active() - does it act in this process? */
bool shim_is_active(void);

/*
 * shim_before() - a call is about to change something
 * @ret_k: its number; @what, @on: for the list
 * Return: the errno it is to fail with, or 0. It may also not return.
 */
int shim_before(unsigned *ret_k, const char *what, const char *on);

/* shim_after() - the call @k has returned; the same may be true of this */
void shim_after(unsigned k);

/* In a wrapper of @name: the function that it wraps, as "real". */
#define REAL(name)                                                                                 \
        static __typeof__(name) *real;                                                             \
        if (!real)                                                                                 \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* The wrapper of a call that counts where @counts is true; it fails with @failed and errno. */
#define WRAP_AS(type, failed, name, parameters, arguments, counts, on)                             \
        type name parameters                                                                       \
        {                                                                                          \
                unsigned k;                                                                        \
                int code;                                                                          \
                type r;                                                                            \
                                                                                                   \
                REAL(name);                                                                        \
                if (!shim_is_active() || !(counts))                                                \
                        return real arguments;                                                     \
                code = shim_before(&k, #name, on);                                                 \
                if (code) {                                                                        \
                        errno = code;                                                              \
                        return failed;                                                             \
                }                                                                                  \
                r = real arguments;                                                                \
                shim_after(k);                                                                     \
                return r;                                                                          \
        }
#define WRAP(type, name, parameters, arguments, counts, on)                                        \
        WRAP_AS(type, -1, name, parameters, arguments, counts, on)
