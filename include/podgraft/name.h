/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * name.h - which texts are names: of interfaces, of containers, of files
 *
 * A name from outside (a link's alias, a record, a CNI variable, an option, a VMI, a file's name)
 * becomes part of a path or of a request to the kernel only after one of these said yes.
 */
#pragma once

#include <stdbool.h>

/**
 * link_name_is_valid() - can the kernel have a link of that name?
 *
 * dev_valid_name() in net/core/dev.c: 1 to 15 bytes, neither "." nor "..", without '/', ':' and
 * what its isspace() says yes to: blanks, and 0xa0 wherever it stands, also inside of a UTF-8
 * sequence. Control characters and other bytes may be in it. Such a name may be compared and sent
 * back to the kernel, but may not become part of a path.
 */
bool link_name_is_valid(const char *name);

/**
 * interface_name_is_valid() - may that be the name of an interface that podgraft works with?
 *
 * link_name_is_valid(), and stricter, because the name is also a file's, a line's in a log and a
 * JSON string:
 * - no control characters, and valid UTF-8: text_is_printable(). Letters beyond ASCII are allowed,
 *   as in the kernel and in CNI.
 * - no '%': dev_prep_valid_name() in net/core/dev.c takes it for a template ("eth%d"), so that no
 *   link has it.
 */
bool interface_name_is_valid(const char *name);

/* The same for people, after "give …", in a format. */
#define INTERFACE_NAME_RULE                                                                        \
        "1 to 15 bytes of UTF-8 without blanks, control characters, '/', ':' and '%%'"

/**
 * container_id_is_valid() - is that a CNI container id?
 * CNI specification, "Parameters": it "must start with an alphanumeric character, optionally
 * followed by one or more alphanumeric characters, underscore (), dot (.) or hyphen (-)". At most
 * 200 bytes, so that a file name has room for it, an interface's name and a suffix.
 */
bool container_id_is_valid(const char *id);

/**
 * file_name_is_valid() - can that be one component of a path, and nothing more?
 * 1 to 255 bytes (NAME_MAX), neither "." nor "..", without '/'.
 */
bool file_name_is_valid(const char *name);
