/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directory_remove.c - removal by descriptors, where others may change the tree meanwhile
 *
 * A name is opened as a directory without following a link, and what was opened is looked at. From
 * then on only the descriptor counts: whatever its owner renames or puts in its place, we remove
 * what is in his own directory.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "podgraft/directory.h"

#define DEPTH_MAX    64 /* a descriptor each */
#define ATTEMPTS_MAX 8  /* where another process puts files into what is being emptied */

struct removal {
        dev_t device;
        uid_t other;
        int depth;
};

static int clear(struct removal *removal, int fd, bool (*keeps)(const char *name));

static int remove_file(int dir, const char *name)
{
        return unlinkat(dir, name, 0) == 0 || errno == ENOENT ? 0 : -errno;
}

/* May what is in this directory be removed? */
static int check(struct removal *removal, int fd)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_dev != removal->device)
                return -EXDEV;
        if (st.st_uid != geteuid() && removal->other == DIRECTORY_ANY_USER)
                removal->other = st.st_uid;
        if (st.st_uid != geteuid() && st.st_uid != removal->other)
                return -EPERM;
        return removal->depth < DEPTH_MAX ? 0 : -ELOOP;
}

static int remove_directory(struct removal *removal, int dir, const char *name)
{
        _cleanup_close_ int fd =
                openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        int r;

        if (fd < 0) /* something else has taken its place */
                return errno == ENOTDIR || errno == ELOOP || errno == ENOENT
                               ? remove_file(dir, name)
                               : -errno;
        r = check(removal, fd);
        if (r < 0)
                return r;
        removal->depth++;
        r = clear(removal, fd, NULL);
        removal->depth--;
        if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
                return 0;
        if (errno == ENOTDIR)
                return remove_file(dir, name);
        return r < 0 ? r : -errno;
}

static int remove_entry(struct removal *removal, int dir, const char *name)
{
        int r = remove_file(dir, name);

        /* POSIX has EPERM for a directory, Linux has EISDIR. */
        if (r != -EISDIR && r != -EPERM)
                return r;
        for (int i = 0; i < ATTEMPTS_MAX; i++) {
                r = remove_directory(removal, dir, name);
                if (r != -ENOTEMPTY && r != -EISDIR)
                        break;
        }
        return r;
}

static int clear(struct removal *removal, int fd, bool (*keeps)(const char *name))
{
        /* An opening of its own, to be read from the start. */
        int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), first = 0;
        DIR *entries = own < 0 ? NULL : fdopendir(own);
        struct dirent *entry;

        if (!entries) {
                int r = -errno;

                cleanup_close(&own);
                return r;
        }
        while ((entry = readdir(entries))) {
                int r;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    (keeps && keeps(entry->d_name)))
                        continue;
                r = remove_entry(removal, fd, entry->d_name);
                first = first < 0 ? first : r;
        }
        closedir(entries);
        return first;
}

static int begin(int dir, uid_t other, struct removal *ret)
{
        struct stat st;

        if (fstat(dir, &st) < 0)
                return -errno;
        *ret = (struct removal){ .device = st.st_dev, .other = other };
        return 0;
}

int directory_remove(int dir, const char *name, uid_t other)
{
        struct removal removal;
        int r = begin(dir, other, &removal);

        return r < 0 ? r : remove_entry(&removal, dir, name);
}

int directory_clear(int dir, bool (*keeps)(const char *name), uid_t other)
{
        struct removal removal;
        int r = begin(dir, other, &removal);

        return r < 0 ? r : clear(&removal, dir, keeps);
}
