/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/name.h"

#include <ctype.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>

#include "podgraft/text.h"

#define CONTAINER_ID_MAX 200 /* bytes */

static bool is_dots(const char *name)
{
        return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The kernel's isspace(), whose table in lib/ctype.c is that of Latin-1, with its blank 0xa0. */
static bool is_kernel_space(unsigned char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

bool link_name_is_valid(const char *name)
{
        size_t len = strnlen(name, IFNAMSIZ);

        if (len == 0 || len >= IFNAMSIZ || is_dots(name))
                return false;
        for (; *name; name++)
                if (*name == '/' || *name == ':' || is_kernel_space((unsigned char)*name))
                        return false;
        return true;
}

bool interface_name_is_valid(const char *name)
{
        return link_name_is_valid(name) && !strchr(name, '%') && text_is_printable(name);
}

bool container_id_is_valid(const char *id)
{
        if (!isalnum((unsigned char)*id) || strnlen(id, CONTAINER_ID_MAX + 1) > CONTAINER_ID_MAX)
                return false;
        for (; *id; id++)
                if (!isalnum((unsigned char)*id) && !strchr("_.-", *id))
                        return false;
        return true;
}

bool file_name_is_valid(const char *name)
{
        size_t len = strnlen(name, NAME_MAX + 1);

        return len > 0 && len <= NAME_MAX && !is_dots(name) && !strchr(name, '/');
}
