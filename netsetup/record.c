/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.c - the record as a value, and as a file: found, written whole, removed last
 */
#include "netsetup/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "netsetup/record_json.h"
#include "podgraft/directory.h"
#include "podgraft/name.h"

struct record *record_new(void)
{
        return calloc(1, sizeof(struct record));
}

static void free_dhcp_options(struct record *record)
{
        for (size_t i = 0; i < record->n_dhcp_options; i++)
                free(record->dhcp_options[i]);
        free(record->dhcp_options);
        record->dhcp_options = NULL;
        record->n_dhcp_options = 0;
}

struct record *record_free(struct record *record)
{
        if (!record)
                return NULL;
        netstate_free(record->original);
        podnet_free(record->identity);
        free_dhcp_options(record);
        free((void *)record->serving.mount);
        free(record->connect_uri);
        free(record->domain);
        free(record->owner);
        free(record->attachment);
        free(record);
        return NULL;
}

static bool has_dhcp_options(const struct record *record, const char *const *options, size_t n)
{
        if (n != record->n_dhcp_options)
                return false;
        for (size_t i = 0; i < n; i++)
                if (strcmp(record->dhcp_options[i], options[i]) != 0)
                        return false;
        return true;
}

int record_set_dhcp_options(struct record *record, const char *const *options, size_t n)
{
        if (has_dhcp_options(record, options, n))
                return 0;
        free_dhcp_options(record);
        record->dhcp_options = calloc(n ? n : 1, sizeof(*record->dhcp_options));
        if (!record->dhcp_options)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                record->dhcp_options[i] = strdup(options[i]);
                if (!record->dhcp_options[i])
                        return -ENOMEM;
                record->n_dhcp_options++;
        }
        return 1;
}

/* --- files --- */

/* NULL: no memory, or that is no interface's name: nothing else may lead out of @dir. */
static char *record_path(const char *dir, const char *interface)
{
        char *path;

        if (!interface_name_is_valid(interface))
                return NULL;
        return asprintf(&path, "%s/%s.json", dir, interface) < 0 ? NULL : path;
}

static bool ends_with(const char *name, const char *suffix)
{
        size_t len = strlen(name), n = strlen(suffix);

        return len > n && strcmp(name + len - n, suffix) == 0;
}

/* A record in @dir, other than @except unless that is NULL. Return: its path, or NULL. */
static char *any_record(const char *dir, const char *except)
{
        DIR *d = opendir(dir);
        char *found = NULL;
        struct dirent *e;

        while (d && !found && (e = readdir(d))) {
                if (!ends_with(e->d_name, ".json"))
                        continue;
                if (asprintf(&found, "%s/%s", dir, e->d_name) < 0) {
                        found = NULL;
                } else if (except && strcmp(found, except) == 0) {
                        free(found);
                        found = NULL;
                }
        }
        if (d)
                closedir(d);
        return found;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(((const struct record_name *)a)->interface,
                      ((const struct record_name *)b)->interface);
}

size_t record_list(const char *dir, struct record_name **ret)
{
        struct record_name *names = NULL;
        DIR *d = opendir(dir);
        struct dirent *e;
        size_t n = 0;

        while (d && (e = readdir(d))) {
                size_t len = strlen(e->d_name);
                struct record_name *more;

                if (!ends_with(e->d_name, ".json") || len - strlen(".json") >= IFNAMSIZ)
                        continue;
                more = realloc(names, (n + 1) * sizeof(*names));
                if (!more)
                        break;
                names = more;
                snprintf(names[n].interface, IFNAMSIZ, "%.*s", (int)(len - strlen(".json")),
                         e->d_name);
                if (interface_name_is_valid(names[n].interface))
                        n++;
        }
        if (d)
                closedir(d);
        if (n > 0)
                qsort(names, n, sizeof(*names), compare_names);
        *ret = names;
        return n;
}

/* Who does not hold the lock may look at one that was written anew meanwhile: it stays. */
static int set_aside(const char *path, bool locked, const char *why, struct notes *notes,
                     struct error *err)
{
        _cleanup_free_ char *stale = NULL;

        if (!locked)
                return 0;
        if (asprintf(&stale, "%s.stale", path) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        if (rename(path, stale) < 0)
                return error_errno(err, -errno, "set '%s' aside", path);
        notes_add(notes, "record-set-aside", "the record '%s' is of %s; it was set aside as '%s'",
                  path, why, stale);
        return 0;
}

static int record_unusable(const char *path, struct error *err)
{
        if (err) {
                err->class = ERROR_USAGE;
                error_context(err, "the record '%s' cannot be used", path);
                error_append(err,
                             "; nothing was touched. Restore the file, or remove it to start anew "
                             "(what the pod was before is lost with it)");
        }
        return err ? err->code : -EINVAL;
}

static int find_named(const char *dir, uint64_t cookie, const char *interface, bool locked,
                      struct record **ret, struct notes *notes, struct error *err)
{
        _cleanup_free_ char *path = record_path(dir, interface);
        _cleanup_(cleanup_json_unref) struct json_object *o = NULL;
        uint64_t version, recorded_cookie;
        char boot[RECORD_BOOT_ID_LEN];
        const char *recorded_boot;
        int r;

        if (!path || access(path, F_OK) < 0)
                return 0;
        r = json_read_own_file(path, &o, err);
        if (r == -ENOENT) { /* a down has just removed it */
                error_clear(err);
                return 0;
        }
        if (r < 0 || json_get_u64(o, "version", UINT64_MAX, &version, err) < 0)
                return record_unusable(path, err);
        if (version > RECORD_VERSION) {
                error_set(err, -EPROTO,
                          "version %" PRIu64 " is newer than %d, the newest that "
                          "this podgraft reads: use the podgraft that wrote it",
                          version, RECORD_VERSION);
                return record_unusable(path, err);
        }
        if (json_get_string(o, "boot_id", &recorded_boot, err) < 0 ||
            json_get_u64(o, "netns_cookie", UINT64_MAX, &recorded_cookie, err) < 0)
                return record_unusable(path, err);
        record_boot_id(boot);
        if (strcmp(boot, recorded_boot) != 0)
                return set_aside(path, locked, "an earlier boot", notes, err);
        if (recorded_cookie != cookie)
                return set_aside(path, locked, "another network namespace", notes, err);
        if (record_from_json(o, ret, err) < 0)
                return record_unusable(path, err);
        return 1;
}

int record_find(const char *dir, uint64_t cookie, const char *interface, bool locked,
                struct record **ret, struct notes *notes, struct error *err)
{
        _cleanup_free_ struct record_name *names = NULL;
        size_t n;
        int r = 0;

        if (interface)
                return find_named(dir, cookie, interface, locked, ret, notes, err);
        n = record_list(dir, &names);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = find_named(dir, cookie, names[i].interface, locked, ret, notes, err);
        return r;
}

/* Not a matter of luck: doctor tells of it beforehand. */
static int cannot_write(int r, struct error *err)
{
        if (err && (r == -EROFS || r == -EACCES || r == -EPERM))
                err->class = ERROR_CANNOT;
        return r;
}

int record_write(const char *dir, uint64_t cookie, const struct record *record, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *o = record_to_json(cookie, record);
        _cleanup_free_ char *path = record_path(dir, record->identity->interface);
        int r;

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        r = directory_check(dir, DIRECTORY_MAKE, "--state-dir", err);
        if (r < 0)
                return r;
        r = cannot_write(json_write_file(path, o, err), err);
        if (r < 0)
                rmdir(dir); /* nothing is in it, unless there was a record before */
        return r;
}

void record_sweep(const char *dir)
{
        DIR *d = opendir(dir);
        struct dirent *e;

        if (!d)
                return;
        while ((e = readdir(d)))
                if (ends_with(e->d_name, ".json.new"))
                        unlinkat(dirfd(d), e->d_name, 0);
        closedir(d);
        rmdir(dir);
}

static bool is_record(const char *name)
{
        return ends_with(name, ".json") || ends_with(name, ".stale");
}

/*
 * What the launcher keeps beside a record (the lease, libvirt's root) goes before it: a failure, or
 * a kill, leaves the record, and the next down finishes.
 */
static int remove_companions(const char *dir, const char *path, const struct record *record,
                             struct error *err)
{
        static const char *const suffixes[] = { "lease", "lease.lock" };
        _cleanup_free_ char *other = any_record(dir, path);
        _cleanup_close_ int fd = -1;
        int r = directory_open(dir, 0, "--state-dir", &fd, err);

        if (r <= 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
                _cleanup_free_ char *lease = NULL;

                if (asprintf(&lease, "%s.%s", record->identity->interface, suffixes[i]) < 0)
                        return error_set(err, -ENOMEM, "out of memory");
                if (unlinkat(fd, lease, 0) < 0 && errno != ENOENT)
                        return error_errno(err, -errno, "remove '%s/%s'", dir, lease);
        }
        if (other)
                return 0;
        r = directory_clear(fd, is_record,
                            record->run_as.given ? record->run_as.uid : DIRECTORY_ANY_USER);
        return r < 0 ? error_errno(err, r, "empty '%s'", dir) : 0;
}

void record_forget(const char *dir)
{
        _cleanup_free_ char *any = any_record(dir, NULL);
        _cleanup_close_ int fd = -1;

        if (!any && directory_open(dir, 0, "--state-dir", &fd, NULL) > 0 &&
            directory_clear(fd, is_record, DIRECTORY_ANY_USER) == 0)
                rmdir(dir);
}

int record_remove(const char *dir, const struct record *record, struct error *err)
{
        _cleanup_free_ char *path = record_path(dir, record->identity->interface);
        int r;

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        r = remove_companions(dir, path, record, err);
        if (r < 0)
                return r;
        if (unlink(path) < 0 && errno != ENOENT)
                return error_errno(err, -errno, "remove the record '%s'", path);
        rmdir(dir); /* other interfaces may have theirs in it */
        return 0;
}
