/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "podgraft/json.h"

#define RECORD_VERSION 1
#define LOCK_NAME      "podgraft"
#define LOCK_WAIT_MSEC 10000
#define BOOT_ID_LEN    64

struct record *record_new(void)
{
        return calloc(1, sizeof(struct record));
}

struct record *record_free(struct record *record)
{
        if (!record)
                return NULL;
        netstate_free(record->original);
        podnet_free(record->identity);
        free(record->connect_uri);
        free(record->domain);
        free(record);
        return NULL;
}

static void boot_id(char ret[BOOT_ID_LEN])
{
        _cleanup_fclose_ FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

        if (!f || !fgets(ret, BOOT_ID_LEN, f))
                strcpy(ret, "unknown");
        ret[strcspn(ret, "\n")] = '\0';
}

/* --- JSON --- */

static struct json_object *record_to_json(uint64_t cookie, const struct record *record)
{
        struct json_object *o = json_object_new_object(), *conf;
        char boot[BOOT_ID_LEN];

        boot_id(boot);
        json_add_u64(o, "version", RECORD_VERSION);
        json_add_string(o, "boot_id", boot);
        json_add_u64(o, "netns_cookie", cookie);
        json_object_object_add(o, "identity", podnet_to_json(record->identity));
        json_object_object_add(o, "configuration", conf = json_object_new_object());
        if (record->has_tap_owner) {
                json_add_u64(conf, "tap_uid", record->tap_uid);
                json_add_u64(conf, "tap_gid", record->tap_gid);
        }
        if (record->domain)
                json_add_string(o, "domain", record->domain);
        if (record->connect_uri)
                json_add_string(o, "connect", record->connect_uri);
        json_object_object_add(o, "original", netstate_to_json(record->original));
        return o;
}

static int optional_text(struct json_object *o, const char *key, char **ret, struct error *err)
{
        const char *text;
        int r;

        if (!json_has(o, key))
                return 0;
        r = json_get_string(o, key, &text, err);
        if (r < 0)
                return r;
        *ret = strdup(text);
        return *ret ? 0 : error_set(err, -ENOMEM, "out of memory");
}

static int record_from_json(struct json_object *o, struct record **ret, struct error *err)
{
        _cleanup_(cleanup_record_free) struct record *record = record_new();
        struct json_object *part, *conf;
        uint64_t uid = 0, gid = 0;
        int r;

        if (!record)
                return error_set(err, -ENOMEM, "out of memory");
        if ((r = json_get_object(o, "original", &part, err)) < 0 ||
            (r = netstate_from_json(part, &record->original, err)) < 0 ||
            (r = json_get_object(o, "identity", &part, err)) < 0 ||
            (r = podnet_from_json(part, &record->identity, err)) < 0 ||
            (r = json_get_object(o, "configuration", &conf, err)) < 0 ||
            (r = optional_text(o, "domain", &record->domain, err)) < 0 ||
            (r = optional_text(o, "connect", &record->connect_uri, err)) < 0)
                return r;
        if (json_has(conf, "tap_uid")) {
                if ((r = json_get_u64(conf, "tap_uid", UINT32_MAX, &uid, err)) < 0 ||
                    (r = json_get_u64(conf, "tap_gid", UINT32_MAX, &gid, err)) < 0)
                        return r;
                record->has_tap_owner = true;
                record->tap_uid = (uint32_t)uid;
                record->tap_gid = (uint32_t)gid;
        }
        *ret = take_ptr(record);
        return 0;
}

/* --- files --- */

static char *record_path(const char *dir, const char *interface)
{
        char *path;

        return asprintf(&path, "%s/%s.json", dir, interface) < 0 ? NULL : path;
}

/* The only record in @dir. Return: its path, or NULL: none, or more than one. */
static char *only_record(const char *dir)
{
        DIR *d = opendir(dir);
        char *found = NULL;
        struct dirent *e;

        while (d && (e = readdir(d))) {
                size_t len = strlen(e->d_name);

                if (len <= 5 || strcmp(e->d_name + len - 5, ".json") != 0)
                        continue;
                free(found);
                if (asprintf(&found, "%s/%s", dir, e->d_name) < 0)
                        found = NULL;
        }
        if (d)
                closedir(d);
        return found;
}

static int set_aside(const char *path, const char *why, struct notes *notes, struct error *err)
{
        _cleanup_free_ char *stale = NULL;

        if (asprintf(&stale, "%s.stale", path) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        if (rename(path, stale) < 0)
                return error_errno(err, -errno, "set '%s' aside", path);
        notes_add(notes, "the record '%s' is of %s; it was set aside as '%s'", path, why, stale);
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

int record_find(const char *dir, uint64_t cookie, const char *interface, struct record **ret,
                struct notes *notes, struct error *err)
{
        _cleanup_free_ char *path = interface ? record_path(dir, interface) : only_record(dir);
        _cleanup_(cleanup_json_unref) struct json_object *o = NULL;
        uint64_t version, recorded_cookie;
        char boot[BOOT_ID_LEN];
        const char *recorded_boot;

        if (!path || access(path, F_OK) < 0)
                return 0;
        if (json_read_file(path, &o, err) < 0 ||
            json_get_u64(o, "version", UINT64_MAX, &version, err) < 0)
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
        boot_id(boot);
        if (strcmp(boot, recorded_boot) != 0)
                return set_aside(path, "an earlier boot", notes, err);
        if (recorded_cookie != cookie)
                return set_aside(path, "another network namespace", notes, err);
        if (record_from_json(o, ret, err) < 0)
                return record_unusable(path, err);
        return 1;
}

static int make_directories(const char *dir, struct error *err)
{
        _cleanup_free_ char *path = strdup(dir);

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        for (char *p = path + 1;; p++) {
                char c = *p;

                if (c != '/' && c != '\0')
                        continue;
                *p = '\0';
                if (mkdir(path, 0755) < 0 && errno != EEXIST)
                        return error_errno(err, -errno,
                                           "create '%s' (give a writable place with --state-dir)",
                                           path);
                if (c == '\0')
                        return 0;
                *p = c;
        }
}

int record_write(const char *dir, uint64_t cookie, const struct record *record, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *o = record_to_json(cookie, record);
        _cleanup_free_ char *path = record_path(dir, record->identity->interface);
        int r;

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        r = make_directories(dir, err);
        if (r < 0)
                return r;
        return json_write_file(path, o, err);
}

int record_remove(const char *dir, const struct record *record, struct error *err)
{
        _cleanup_free_ char *path = record_path(dir, record->identity->interface);

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        if (unlink(path) < 0 && errno != ENOENT)
                return error_errno(err, -errno, "remove the record '%s'", path);
        rmdir(dir); /* other interfaces may have theirs in it */
        return 0;
}

/* --- the lock --- */

/* Wait until whoever holds the lock lets go of it. Return: 1 gone, 0 still there, its pid. */
static int wait_for_holder(const struct sockaddr_un *address, socklen_t len, int timeout_msec,
                           pid_t *ret_holder)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct pollfd p = { .fd = fd, .events = POLLIN };
        struct ucred peer = { 0 };
        socklen_t peer_len = sizeof(peer);

        if (fd < 0 || connect(fd, (const struct sockaddr *)address, len) < 0)
                return errno == EAGAIN ? poll(NULL, 0, 20) : 1;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) == 0)
                *ret_holder = peer.pid;
        /* It never accepts or writes: the only event is its end. */
        return poll(&p, 1, timeout_msec) > 0;
}

int record_lock(int *ret_fd, struct error *err)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        socklen_t len = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(LOCK_NAME);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        pid_t holder = 0;

        if (fd < 0)
                return error_errno(err, -errno, "create the lock");
        memcpy(address.sun_path + 1, LOCK_NAME, strlen(LOCK_NAME));
        for (int i = 0; i < 100; i++) { /* each loser of a race waits for its winner */
                if (bind(fd, (struct sockaddr *)&address, len) == 0) {
                        if (listen(fd, 64) < 0)
                                return error_errno(err, -errno, "hold the lock");
                        *ret_fd = take_fd(&fd);
                        return 0;
                }
                if (errno != EADDRINUSE)
                        return error_errno(err, -errno, "take the lock");
                if (!wait_for_holder(&address, len, LOCK_WAIT_MSEC, &holder))
                        break;
        }
        return error_set(err, -EBUSY,
                         "another podgraft (process %d) is at work in this network namespace; if "
                         "it is 'podgraft run', end it with SIGTERM first",
                         holder);
}
