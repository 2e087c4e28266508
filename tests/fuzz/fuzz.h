/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz.h - what the fuzz targets share
 *
 * A target is one file with LLVMFuzzerTestOneInput(). It is linked with libFuzzer or AFL++
 * (--enable-fuzz), else with replay.c, whose main() runs the named corpus once as a test.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Return: 0, as libFuzzer wants it. @data is a heap block of exactly @len bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* An invariant; unlike assert() it is there in every build. */
#define must(condition)                                                                            \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);    \
                        abort();                                                                   \
                }                                                                                  \
        } while (0)
