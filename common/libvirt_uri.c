/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/libvirt_uri.h"

#include <stdbool.h>
#include <string.h>
#include <sys/un.h>

/* What follows @prefix in @text, or NULL. */
static const char *after(const char *text, const char *prefix)
{
        size_t len = strlen(prefix);

        return text && strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* libvirt decodes "%2F", and takes more parameters behind '&' or ';': neither is in a path we take. */
static bool is_socket(const char *path)
{
        return *path == '/' && strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path) &&
               !strpbrk(path, "%&;?#");
}

int libvirt_uri_check(const char *uri, struct error *err)
{
        const char *path = after(uri, "qemu:///"), *rest, *socket;

        path = path ? path : after(uri, "qemu+unix:///");
        rest = after(path, "system");
        rest = rest ? rest : after(path, "session");
        socket = after(rest, "?socket=");
        if (rest && (!*rest || (socket && is_socket(socket))))
                return 0;
        return error_set_class(err, ERROR_USAGE, -EINVAL,
                               "'%s': give a local one such as qemu:///system, with '?socket=PATH' "
                               "or without; the daemon must live in the pod's network namespace",
                               uri);
}
