/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/libvirt_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "podgraft/directory.h"

#define MARK   ".podgraft-libvirt-dir" /* a file by which we know it again */
#define OPTION "--libvirt-dir"

/* A directory by its name in the one that it is in. */
struct place {
        int above;
        const char *name; /* in @text */
        char text[PATH_MAX];
};

static void place_done(struct place *place)
{
        cleanup_close(&place->above);
}

/* Return: 1; 0 what it is in is not there, and was not to be made; <0 */
static int open_place(const char *dir, unsigned how, struct place *ret, struct error *err)
{
        size_t len = strlen(dir);
        char *slash;

        ret->above = -1;
        while (len > 1 && dir[len - 1] == '/')
                len--;
        if (len >= sizeof(ret->text) - 2)
                return error_set_class(err, ERROR_USAGE, -ENAMETOOLONG, OPTION " '%.64s...': %s",
                                       dir, strerror(ENAMETOOLONG));
        snprintf(ret->text, sizeof(ret->text), "%s%.*s", memchr(dir, '/', len) ? "" : "./",
                 (int)len, dir);
        slash = strrchr(ret->text, '/');
        ret->name = slash + 1;
        if (!*ret->name || strcmp(ret->name, ".") == 0 || strcmp(ret->name, "..") == 0)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       OPTION " '%s': give a directory by its name", dir);
        *slash = '\0';
        return directory_open(*ret->text ? ret->text : "/", how | DIRECTORY_SHARED, OPTION,
                              &ret->above, err);
}

/* Return: 1, 0 there is none; negative (ERROR_USAGE): it is not ours */
static int open_own(const struct place *place, const char *dir, int *ret_fd, struct error *err)
{
        _cleanup_close_ int fd = openat(place->above, place->name,
                                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_set_class(err, ERROR_USAGE, -errno, OPTION " '%s': %s", dir,
                                       strerror(errno));
        if (st.st_uid != geteuid())
                return error_set_class(err, ERROR_USAGE, -EPERM,
                                       OPTION " '%s' belongs to user %u, who could change what is "
                                       "in it; give one that user %u makes, such as "
                                       "'%s/podgraft-libvirt'",
                                       dir, st.st_uid, geteuid(), dir);
        /* A volume's root is made ours alone. */
        if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !directory_is_mount(place->above, place->name))
                return error_set_class(err, ERROR_USAGE, -EPERM,
                                       OPTION " '%s' can be written by others (mode %04o), who "
                                       "could change what is in it; 'chmod go-w %s' or give "
                                       "another directory",
                                       dir, st.st_mode & 07777, dir);
        *ret_fd = take_fd(&fd);
        return 1;
}

static bool is_dot(const char *name)
{
        return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool is_mark(const char *name)
{
        return strcmp(name, MARK) == 0;
}

/* Return: 0 nothing is in it; 1 something is, and the mark; -ENOTEMPTY without it; <0 */
static int look_into(int fd)
{
        int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        bool is_empty = true, is_marked = false;
        DIR *entries = own < 0 ? NULL : fdopendir(own);
        struct dirent *entry;

        if (!entries) {
                int r = -errno;

                cleanup_close(&own);
                return r;
        }
        while ((entry = readdir(entries))) {
                is_marked |= is_mark(entry->d_name);
                is_empty &= is_dot(entry->d_name);
        }
        closedir(entries);
        return is_empty ? 0 : is_marked ? 1 : -ENOTEMPTY;
}

static int check_place(const struct place *place, const char *dir, int *ret_fd, struct error *err)
{
        int r = open_own(place, dir, ret_fd, err), found;

        if (r <= 0)
                return r;
        found = look_into(*ret_fd);
        if (found == -ENOTEMPTY)
                return error_set_class(err, ERROR_USAGE, found,
                                       OPTION " '%s' has files that are not podgraft's, and would "
                                       "be emptied; give one of its own, such as "
                                       "'%s/podgraft-libvirt'",
                                       dir, dir);
        return found < 0 ? error_errno(err, found, OPTION " '%s'", dir) : 1;
}

int libvirt_dir_check(const char *dir, struct error *err)
{
        _cleanup_(place_done) struct place place;
        _cleanup_close_ int fd = -1;
        int r = open_place(dir, 0, &place, err);

        if (r > 0)
                r = check_place(&place, dir, &fd, err);
        return r < 0 ? r : 0;
}

/* The mark goes last: a directory that is half removed is still known. Return: 1 it is gone, 0; <0 */
static int empty(const struct place *place, int fd)
{
        int r = directory_clear(fd, is_mark, geteuid());

        if (r == 0 && unlinkat(fd, MARK, 0) < 0 && errno != ENOENT)
                r = -errno;
        if (r < 0)
                return r;
        if (unlinkat(place->above, place->name, AT_REMOVEDIR) == 0)
                return 1;
        /* A mount point stays, and one in a directory that is not ours to write to. */
        return look_into(fd) == 0 ? 0 : -ENOTEMPTY;
}

static int cannot_make(const char *dir, int r, struct error *err)
{
        error_errno(err, r, "create '%s' (give a writable place with " OPTION ")", dir);
        if (err && (r == -EROFS || r == -EACCES || r == -EPERM))
                err->class = ERROR_CANNOT;
        return r;
}

int libvirt_dir_make(const char *dir, struct error *err)
{
        _cleanup_(place_done) struct place place;
        _cleanup_close_ int old = -1, fd = -1, mark = -1;
        int r = open_place(dir, DIRECTORY_MAKE, &place, err);

        if (r < 0 || (r = check_place(&place, dir, &old, err)) < 0)
                return r;
        r = r == 1 ? empty(&place, old) : 1;
        if (r < 0)
                return error_errno(err, r, "empty '%s' (" OPTION ")", dir);
        /* Made anew, it is nobody else's. */
        if (r == 1 && mkdirat(place.above, place.name, 0700) < 0)
                return cannot_make(dir, -errno, err);
        r = open_own(&place, dir, &fd, err);
        if (r < 0)
                return r;
        if (r == 0 || fchmod(fd, 0700) < 0 ||
            (mark = openat(fd, MARK, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
                return error_errno(err, r == 0 ? -ENOENT : -errno, "create '%s' (" OPTION ")", dir);
        return 0;
}
