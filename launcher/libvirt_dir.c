/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/libvirt_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "podgraft/cleanup.h"

#define MARK ".podgraft-libvirt-dir" /* a file by which we know it again */

int libvirt_dir_check(const char *dir, struct error *err)
{
        _cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *entries = fd < 0 ? NULL : fdopendir(fd);
        bool is_empty = true, is_marked = false;
        struct dirent *entry;

        if (!entries && errno == ENOENT)
                return 0;
        if (!entries)
                return error_set_class(err, ERROR_USAGE, -errno, "--libvirt-dir '%s': %s", dir,
                                       strerror(errno));
        take_fd(&fd);
        while ((entry = readdir(entries))) {
                is_marked |= strcmp(entry->d_name, MARK) == 0;
                is_empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        }
        closedir(entries);
        if (is_empty || is_marked)
                return 0;
        return error_set_class(err, ERROR_USAGE, -ENOTEMPTY,
                               "--libvirt-dir '%s' has files that are not podgraft's, and would be "
                               "emptied; give one of its own, such as '%s/podgraft-libvirt'",
                               dir, dir);
}

/* The mark goes last: a directory that is half removed is still known. */
static int empty_entry(const char *path, const struct stat *st _unused_, int type _unused_,
                       struct FTW *ftw)
{
        bool is_mark = ftw->level == 1 && strcmp(path + ftw->base, MARK) == 0;

        return ftw->level == 0 || is_mark ? 0 : remove(path);
}

int libvirt_dir_make(const char *dir, struct error *err)
{
        _cleanup_free_ char *mark = NULL;
        _cleanup_close_ int fd = -1;

        if (asprintf(&mark, "%s/" MARK, dir) < 0) {
                mark = NULL;
                return error_set(err, -ENOMEM, "out of memory");
        }
        if (nftw(dir, empty_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
                return error_errno(err, -errno, "empty '%s' (--libvirt-dir)", dir);
        unlink(mark);
        /* Made anew, it is nobody else's; a mount point stays. */
        if ((rmdir(dir) == 0 || errno == ENOENT) && mkdir(dir, 0700) < 0)
                return error_errno(err, -errno, "create '%s' (--libvirt-dir)", dir);
        fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return fd < 0 ? error_errno(err, -errno, "create '%s' (--libvirt-dir)", mark) : 0;
}
