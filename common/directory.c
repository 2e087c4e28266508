/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directory.c - is a directory safe from others?
 *
 * The path is looked at from "/" on. Each component is looked at by the path before it, whose
 * meaning nobody but root and we can change any more, as it was looked at itself.
 */
#include "podgraft/directory.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define LINKS_MAX 16

struct walk {
        const char *given, *option;
        unsigned how;
        char path[PATH_MAX]; /* absolute; links are replaced by what they say */
        unsigned n_links;
};

static bool is_trusted(uid_t uid)
{
        return uid == 0 || uid == geteuid();
}

bool directory_is_trusted(const struct stat *st)
{
        return is_trusted(st->st_uid) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/*
 * In a user namespace the machine's root has no number, and its directories belong to the overflow
 * user, as which we cannot run: nobody in here is it.
 */
static bool is_outside_root(uid_t uid)
{
        _cleanup_fclose_ FILE *f = NULL;
        unsigned inside, outside, count;

        if (uid != 65534)
                return false;
        f = fopen("/proc/self/uid_map", "re");
        while (f && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3)
                if (uid - inside < count)
                        return false;
        return f;
}

bool directory_is_mount(int dir, const char *name)
{
        struct statx stx;
        struct stat st, above;
        int r = statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &stx);

        if (r == 0 && (stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
                return stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
        /* Before Linux 5.8, or where seccomp has no statx: most mounts are another file system. */
        return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
               fstatat(dir, ".", &above, 0) == 0 && st.st_dev != above.st_dev;
}

/* --- what is refused --- */

static int refuse_owner(const struct walk *w, const char *what, uid_t uid, struct error *err)
{
        return error_set_class(err, ERROR_USAGE, -EPERM,
                               "%s '%s': %s'%s' belongs to user %u, who could change what is in "
                               "it; give a directory that only root or user %u can change",
                               w->option, w->given, what, w->path, uid, geteuid());
}

static int refuse_mode(const struct walk *w, const struct stat *st, struct error *err)
{
        return error_set_class(err, ERROR_USAGE, -EPERM,
                               "%s '%s': '%s' belongs to user %u and can be written by others (mode "
                               "%04o), who could change what is in it; 'chmod go-w %s' or give "
                               "another directory",
                               w->option, w->given, w->path, st->st_uid, st->st_mode & 07777,
                               w->path);
}

static int refuse_kind(const struct walk *w, int r, struct error *err)
{
        return error_set_class(err, ERROR_USAGE, r, "%s '%s': %s%s%s", w->option, w->path,
                               strerror(-r), strcmp(w->path, w->given) == 0 ? "" : ", given as ",
                               strcmp(w->path, w->given) == 0 ? "" : w->given);
}

/* --- a component --- */

static bool is_volume(const char *path)
{
        _cleanup_free_ char *above = strdup(path);
        char *slash = above ? strrchr(above, '/') : NULL;
        _cleanup_close_ int dir = -1;

        if (!slash || !slash[1])
                return true; /* "/" itself */
        *slash = '\0';
        dir = open(*above ? above : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        return dir >= 0 && directory_is_mount(dir, slash + 1);
}

/* That all may write to a volume is its maker's doing, not meant: emptyDir. */
static bool make_safe(const struct walk *w, const struct stat *st)
{
        if (!(st->st_mode & S_IWOTH) || !is_volume(w->path))
                return false;
        if (st->st_uid != geteuid() || !(w->how & DIRECTORY_MAKE))
                return true;
        return chmod(w->path, (st->st_mode & 07777) | S_ISVTX) == 0;
}

static int check_one(const struct walk *w, const struct stat *st, bool is_last, struct error *err)
{
        if (!S_ISDIR(st->st_mode))
                return refuse_kind(w, -ENOTDIR, err);
        if (!is_trusted(st->st_uid) && (is_last || !is_outside_root(st->st_uid)))
                return refuse_owner(w, "", st->st_uid, err);
        if (!(st->st_mode & (S_IWGRP | S_IWOTH)))
                return 0;
        if (!is_last && ((st->st_mode & S_ISVTX) || make_safe(w, st)))
                return 0;
        return refuse_mode(w, st, err);
}

/* Not a matter of luck: doctor tells of it beforehand. */
static int cannot_make(const struct walk *w, int r, struct error *err)
{
        error_errno(err, r, "create '%s' (give a writable place with %s)", w->path, w->option);
        if (err && (r == -EROFS || r == -EACCES || r == -EPERM))
                err->class = ERROR_CANNOT;
        return r;
}

/* @w->path up to a component. Return: 1 it is there, 0 there is none; <0 */
static int look(const struct walk *w, struct stat *ret, struct error *err)
{
        if (lstat(w->path, ret) == 0)
                return 1;
        if (errno != ENOENT)
                return refuse_kind(w, -errno, err);
        if (!(w->how & DIRECTORY_MAKE))
                return 0;
        if (mkdir(w->path, 0755) < 0 && errno != EEXIST)
                return cannot_make(w, -errno, err);
        return lstat(w->path, ret) == 0 ? 1 : cannot_make(w, -errno, err);
}

/* Put what the link says in the place of the component. @rest: what comes behind it */
static int follow(struct walk *w, const struct stat *st, const char *rest, struct error *err)
{
        char target[PATH_MAX], whole[2 * PATH_MAX + 1];
        ssize_t n;

        if (!is_trusted(st->st_uid) && !is_outside_root(st->st_uid))
                return refuse_owner(w, "the symbolic link ", st->st_uid, err);
        n = readlink(w->path, target, sizeof(target) - 1);
        if (n < 0)
                return refuse_kind(w, -errno, err);
        target[n] = '\0';
        if (*target != '/')
                strrchr(w->path, '/')[1] = '\0';
        n = snprintf(whole, sizeof(whole), "%s%s/%s", *target == '/' ? "" : w->path, target, rest);
        if (n >= (ssize_t)sizeof(w->path) || ++w->n_links > LINKS_MAX)
                return refuse_kind(w, -ELOOP, err);
        memcpy(w->path, whole, (size_t)n + 1);
        return 0;
}

/* --- the way --- */

/* Return: 2 a link was followed: from the start again; else as directory_check() */
static int walk_once(struct walk *w, struct error *err)
{
        for (char *at = w->path;;) {
                char *end = at + strspn(at, "/"), cut;
                struct stat st;
                bool is_last;
                int r;

                if (!*end)
                        return 1;
                end += strcspn(end, "/");
                is_last = !end[strspn(end, "/")];
                cut = *end;
                *end = '\0';
                r = look(w, &st, err);
                if (r <= 0)
                        return r;
                if (S_ISLNK(st.st_mode) && !(is_last && (w->how & DIRECTORY_NO_LINK))) {
                        r = follow(w, &st, cut ? end + 1 : "", err);
                        return r < 0 ? r : 2;
                }
                r = check_one(w, &st, is_last && !(w->how & DIRECTORY_SHARED), err);
                if (r < 0)
                        return r;
                *end = cut;
                at = end;
        }
}

static int walk(struct walk *w, struct error *err)
{
        char here[PATH_MAX] = "";
        int r;

        if (*w->given != '/' && !getcwd(here, sizeof(here)))
                return error_errno(err, -errno, "find out the current directory");
        r = snprintf(w->path, sizeof(w->path), "%s%s%s", here, *here ? "/" : "", w->given);
        if (r >= (int)sizeof(w->path))
                return error_set_class(err, ERROR_USAGE, -ENAMETOOLONG, "%s '%.64s...': %s",
                                       w->option, w->given, strerror(ENAMETOOLONG));
        do
                r = walk_once(w, err);
        while (r == 2);
        return r;
}

int directory_check(const char *path, unsigned how, const char *option, struct error *err)
{
        struct walk w = { .given = path, .option = option, .how = how };

        return walk(&w, err);
}

int directory_open(const char *path, unsigned how, const char *option, int *ret_fd,
                   struct error *err)
{
        struct walk w = { .given = path, .option = option, .how = how };
        _cleanup_close_ int fd = -1;
        struct stat st;
        int r = walk(&w, err);

        if (r <= 0)
                return r;
        /* To work in it by names one need not be allowed to list it. */
        fd = open(w.path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return refuse_kind(&w, -errno, err);
        /* On a volume that others write to, another may be there by now. */
        r = check_one(&w, &st, !(how & DIRECTORY_SHARED), err);
        if (r < 0)
                return r;
        *ret_fd = take_fd(&fd);
        return 1;
}
