/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cni_attachment.c - what an attachment's file says, as far as it may be believed; pure
 *
 * GC and DEL remove files by what is in it. Each part that becomes a part of a path is a name, and
 * what it says of itself is what it is called.
 */
#include <stdio.h>
#include <string.h>

#include "launcher/cni_state.h"
#include "podgraft/json.h"
#include "podgraft/name.h"

/* "netns-4711", as netsetup_dir() ends in. */
static bool is_netns_name(const char *name)
{
        static const char prefix[] = "netns-";
        size_t n = strlen(prefix), digits;

        if (strncmp(name, prefix, n) != 0)
                return false;
        digits = strspn(name + n, "0123456789");
        return digits > 0 && digits <= 20 && name[n + digits] == '\0';
}

/* Which directory it was, only its last component tells: it is one of ours in @state_dir. */
static bool settle_dir(struct json_object *file, const char *state_dir)
{
        _cleanup_free_ char *ours = NULL;
        const char *dir, *slash;

        if (json_get_string(file, "dir", &dir, NULL) < 0)
                return false;
        slash = strrchr(dir, '/');
        if (!slash || !is_netns_name(slash + 1) || asprintf(&ours, "%s%s", state_dir, slash) < 0)
                return false;
        json_add_string(file, "dir", ours);
        return true;
}

char *cni_attachment_name(const char *container_id, const char *ifname)
{
        char *name;

        /* A colon is in neither. */
        return asprintf(&name, "%s:%s", container_id, ifname) < 0 ? NULL : name;
}

bool cni_attachment_parse(struct json_object *file, const char *state_dir, const char *name,
                          struct cni_attachment *ret)
{
        struct cni_attachment a = { .file = file };
        _cleanup_free_ char *own = NULL;

        if (!json_object_is_type(file, json_type_object) || !settle_dir(file, state_dir) ||
            json_get_string(file, "network", &a.network, NULL) < 0 ||
            json_get_string(file, "container_id", &a.container_id, NULL) < 0 ||
            json_get_string(file, "ifname", &a.ifname, NULL) < 0 ||
            json_get_string(file, "netns", &a.netns, NULL) < 0 ||
            json_get_string(file, "dir", &a.dir, NULL) < 0 ||
            json_get_string(file, "interface", &a.interface, NULL) < 0 ||
            !container_id_is_valid(a.container_id) || !interface_name_is_valid(a.ifname) ||
            !interface_name_is_valid(a.interface))
                return false;
        own = cni_attachment_name(a.container_id, a.ifname);
        if (!own || strncmp(name, own, strlen(own)) != 0 ||
            strcmp(name + strlen(own), ".json") != 0)
                return false;
        *ret = a;
        return true;
}
