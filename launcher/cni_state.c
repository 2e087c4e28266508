/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/cni_state.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/responder_process.h"
#include "podgraft/directory.h"
#include "podgraft/json.h"

/* The names are cni_request_read()'s or cni_attachment_parse()'s, which know what a name is. */
static char *attachment_path(const char *state_dir, const char *container_id, const char *ifname)
{
        _cleanup_free_ char *name = cni_attachment_name(container_id, ifname);
        char *path;

        return !name || asprintf(&path, "%s/cni/%s.json", state_dir, name) < 0 ? NULL : path;
}

/* Return: as directory_check() */
static int check_dir(const char *state_dir, unsigned how, struct error *err)
{
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/cni", state_dir) < 0) {
                path = NULL;
                return error_set(err, -ENOMEM, "out of memory");
        }
        return directory_check(path, how, "key 'stateDir'", err);
}

int cni_attachment_write(const char *state_dir, const struct cni_request *request, const char *dir,
                         const char *interface, struct error *err)
{
        _cleanup_free_ char *path =
                attachment_path(state_dir, request->container_id, request->ifname);
        _cleanup_(cleanup_json_unref) struct json_object *o = json_object_new_object();
        int r;

        if (!path || !o)
                return error_set(err, -ENOMEM, "out of memory");
        json_add_string(o, "network", request->network);
        json_add_string(o, "container_id", request->container_id);
        json_add_string(o, "ifname", request->ifname);
        json_add_string(o, "netns", request->netns);
        json_add_string(o, "dir", dir);
        json_add_string(o, "interface", interface);
        r = check_dir(state_dir, DIRECTORY_MAKE, err);
        return r < 0 ? r : json_write_file(path, o, err);
}

static bool read_file(const char *state_dir, const char *path, struct cni_attachment *ret)
{
        struct json_object *file = NULL;

        if (json_read_own_file(path, &file, NULL) == 0 &&
            cni_attachment_parse(file, state_dir, strrchr(path, '/') + 1, ret))
                return true;
        json_object_put(file);
        return false;
}

void cni_attachment_read(const char *state_dir, const char *container_id, const char *ifname,
                         struct cni_attachment *ret)
{
        _cleanup_free_ char *path = attachment_path(state_dir, container_id, ifname);

        if (!path || check_dir(state_dir, 0, NULL) <= 0 || !read_file(state_dir, path, ret))
                *ret = (struct cni_attachment){ 0 };
}

void cni_attachment_done(struct cni_attachment *attachment)
{
        json_object_put(attachment->file);
        *attachment = (struct cni_attachment){ 0 };
}

/* The responder's log is what all of the pod's interfaces have in common. */
static void remove_if_last(const char *dir)
{
        _cleanup_free_ char *log = NULL;
        bool is_last = true;
        DIR *d = opendir(dir);
        struct dirent *e;

        while (d && (e = readdir(d)))
                if (e->d_name[0] != '.' && strncmp(e->d_name, "responder.log", 13) != 0)
                        is_last = false;
        if (d)
                closedir(d);
        if (!is_last || asprintf(&log, "%s/responder.log", dir) < 0)
                return;
        responder_remove_log(log);
        rmdir(dir);
}

/* What up, and the responder, keep of an interface; the lock on the lease tells who lives. */
int cni_attachment_abandon(const struct cni_attachment *attachment, struct error *err)
{
        static const char *const suffixes[] = { "lease", "lease.lock", "json.stale", "json" };
        _cleanup_free_ char *lease = NULL;
        _cleanup_close_ int dir = -1;
        int r;

        if (asprintf(&lease, "%s/%s.lease", attachment->dir, attachment->interface) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        r = directory_open(attachment->dir, 0, "key 'stateDir'", &dir, err);
        if (r <= 0)
                return r;
        r = responder_stop(lease, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
                _cleanup_free_ char *name = NULL;

                if (asprintf(&name, "%s.%s", attachment->interface, suffixes[i]) < 0)
                        return error_set(err, -ENOMEM, "out of memory");
                if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
                        return error_errno(err, -errno, "remove '%s/%s'", attachment->dir, name);
        }
        remove_if_last(attachment->dir);
        return 0;
}

int cni_attachment_forget(const char *state_dir, const char *container_id, const char *ifname,
                          struct error *err)
{
        _cleanup_free_ char *path = attachment_path(state_dir, container_id, ifname), *half = NULL;

        int r;

        if (!path || asprintf(&half, "%s.new", path) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        r = check_dir(state_dir, 0, err);
        if (r <= 0)
                return r;
        unlink(half); /* of an ADD that was killed while it wrote */
        /* The directory stays: another container may be about to write its own into it. */
        if (unlink(path) < 0 && errno != ENOENT)
                return error_errno(err, -errno, "remove '%s'", path);
        return 0;
}

int cni_attachments_each(const char *state_dir, const char *network,
                         int (*fn)(const struct cni_attachment *attachment, void *user,
                                   struct error *err),
                         void *user, struct error *err)
{
        _cleanup_free_ char *dir = NULL;
        struct dirent *e;
        DIR *d;
        int r = check_dir(state_dir, 0, err);

        if (r <= 0)
                return r;
        if (asprintf(&dir, "%s/cni", state_dir) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        r = 0;
        d = opendir(dir);
        while (r == 0 && d && (e = readdir(d))) {
                _cleanup_(cni_attachment_done) struct cni_attachment a = { 0 };
                _cleanup_free_ char *path = NULL;
                const char *dot = strrchr(e->d_name, '.');

                if (dot && strcmp(dot, ".json") == 0 &&
                    asprintf(&path, "%s/%s", dir, e->d_name) > 0 &&
                    read_file(state_dir, path, &a) && (!network || strcmp(a.network, network) == 0))
                        r = fn(&a, user, err);
        }
        if (d)
                closedir(d);
        return r;
}
