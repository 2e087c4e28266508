/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/statedir.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define RECORD_MAX 65536 /* bytes; a record of hundreds of routes */

/* --- can it be written? --- */

/* @dir, or the closest directory above it that is there. */
static int existing_place(const char *dir, char **ret)
{
        _cleanup_free_ char *path = strdup(dir);

        while (path) {
                char *slash, *real = realpath(path, NULL);

                if (real) {
                        *ret = real;
                        return 0;
                }
                if (errno != ENOENT)
                        return -errno;
                slash = strrchr(path, '/');
                if (!slash)
                        strcpy(path, ".");
                else if (slash == path)
                        slash[1] = '\0';
                else
                        *slash = '\0';
        }
        return -ENOMEM;
}

int statedir_probe(const char *dir, char **ret_place)
{
        _cleanup_free_ char *place = NULL, *data = calloc(1, RECORD_MAX);
        _cleanup_close_ int fd = -1;
        ssize_t n = -1;
        int r;

        if (!data)
                return -ENOMEM;
        r = existing_place(dir, &place);
        if (r < 0)
                return r;
        /* A file without a name is gone with its descriptor; not every file system has them. */
        fd = open(place, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
        if (fd >= 0)
                n = write(fd, data, RECORD_MAX);
        else if (errno == EOPNOTSUPP || errno == EISDIR)
                n = faccessat(AT_FDCWD, place, W_OK | X_OK, AT_EACCESS) < 0 ? -1 : RECORD_MAX;
        if (n != RECORD_MAX)
                return n < 0 ? -errno : -ENOSPC;
        *ret_place = take_ptr(place);
        return 0;
}

/* --- does it stay? --- */

static bool is_octal(char c)
{
        return c >= '0' && c <= '7';
}

/* Spaces and the like are written as three octal digits: proc(5). In place. */
static void decode_octal(char *s)
{
        char *to = s;

        while (*s) {
                /* Up to \377; a NUL is in no path. */
                if (s[0] == '\\' && is_octal(s[1]) && s[1] <= '3' && is_octal(s[2]) &&
                    is_octal(s[3]) && strncmp(s + 1, "000", 3) != 0) {
                        *to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                        s += 4;
                } else {
                        *to++ = *s++;
                }
        }
        *to = '\0';
}

/* Of "36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw" what we need. */
static bool parse_line(char *line, struct statedir_mount *ret)
{
        char *save = NULL, *word = strtok_r(line, " ", &save);

        for (int i = 0; word; i++, word = strtok_r(NULL, " ", &save)) {
                if (i == 3) {
                        decode_octal(word);
                        snprintf(ret->root, sizeof(ret->root), "%s", word);
                } else if (i == 4) {
                        decode_octal(word);
                        snprintf(ret->point, sizeof(ret->point), "%s", word);
                } else if (i > 5 && strcmp(word, "-") == 0) {
                        word = strtok_r(NULL, " ", &save);
                        snprintf(ret->type, sizeof(ret->type), "%s", word ? word : "");
                        return word;
                }
        }
        return false;
}

static bool is_under(const char *path, const char *point)
{
        size_t len = strlen(point);

        if (strcmp(point, "/") == 0)
                return true;
        return strncmp(path, point, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* The deepest mount above @path; of those at one place the last hides the others. */
static bool find_mount(const char *mountinfo, const char *path, struct statedir_mount *ret)
{
        _cleanup_free_ char *text = strdup(mountinfo);
        bool found = false;
        char *save = NULL;

        for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
             line = strtok_r(NULL, "\n", &save)) {
                struct statedir_mount mount = { 0 };

                if (!parse_line(line, &mount) || !is_under(path, mount.point) ||
                    (found && strlen(mount.point) < strlen(ret->point)))
                        continue;
                *ret = mount;
                found = true;
        }
        return found;
}

enum statedir_fate statedir_fate(const char *mountinfo, const char *path,
                                 struct statedir_mount *ret)
{
        struct statedir_mount mount = { .type = "unknown", .root = "/", .point = "/" };
        bool found = find_mount(mountinfo, path, &mount);

        *ret = mount;
        if (!found || strcmp(mount.point, "/") == 0)
                return STATEDIR_GOES;
        if (strcmp(mount.root, "/") == 0 &&
            (strcmp(mount.type, "tmpfs") == 0 || strcmp(mount.type, "ramfs") == 0))
                return STATEDIR_UNSURE;
        return STATEDIR_STAYS;
}

bool statedir_in_container(const char *mountinfo)
{
        static const char *const variables[] = { "KUBERNETES_SERVICE_HOST", "container" };
        static const char *const files[] = { "/.dockerenv", "/run/.containerenv" };
        struct statedir_mount root = { 0 };
        struct stat st;

        for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
                if (getenv(variables[i]))
                        return true;
        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                if (access(files[i], F_OK) == 0)
                        return true;
        if (find_mount(mountinfo, "/", &root) && strcmp(root.type, "overlay") == 0)
                return true;
        /* The first PID namespace has a fixed number: PROC_PID_INIT_INO in linux/proc_ns.h. */
        return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != 0xeffffffc;
}
