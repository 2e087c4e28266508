/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcapng.h - capture files as Wireshark reads them
 *
 * draft-ietf-opsawg-pcapng: a section header, an interface description, then a block for each
 * frame. Numbers in the machine's byte order, which the first block tells.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

/** pcapng_begin() - the file's head */
void pcapng_begin(FILE *f);

/** pcapng_interface() - one more, before the first frame; @name: as people will see it */
void pcapng_interface(FILE *f, const char *name);

/** pcapng_frame() - one Ethernet frame, @usec since 1970; @interface: counted from 0 */
void pcapng_frame(FILE *f, size_t interface, uint64_t usec, const uint8_t *data, size_t len);
