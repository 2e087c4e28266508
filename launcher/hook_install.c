/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/hook_install.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "podgraft/directory.h"
#include "podgraft/log.h"

#define MARK "# Written by 'podgraft hook --install'; 'podgraft hook --uninstall' removes it."

/* Return: 1 it is ours, 0 there is none; -EEXIST somebody else's */
static int look_at(const char *path, struct error *err)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        char text[512];
        ssize_t n;

        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0)
                return error_errno(err, -errno, "open '%s'", path);
        n = read(fd, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = '\0';
        if (strstr(text, MARK))
                return 1;
        return error_set(err, -EEXIST, "'%s' is not podgraft's; it was left as it is", path);
}

/* Does libvirt already run hooks for qemu? It looks only when the daemon starts. */
static bool has_hooks(const char *hooks_dir)
{
        char path[PATH_MAX];
        struct dirent *entry;
        bool found;
        DIR *dir;

        snprintf(path, sizeof(path), "%s/qemu", hooks_dir);
        if (access(path, X_OK) == 0)
                return true;
        snprintf(path, sizeof(path), "%s/qemu.d", hooks_dir);
        dir = opendir(path);
        found = false;
        while (dir && (entry = readdir(dir)))
                found |= entry->d_name[0] != '.';
        if (dir)
                closedir(dir);
        return found;
}

static int write_script(const char *path, const char *hooks_dir, struct error *err)
{
        char self[PATH_MAX], temporary[PATH_MAX + 16];
        ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
        FILE *f;
        int fd;

        if (n < 0)
                return error_errno(err, -errno, "find out where podgraft is");
        self[n] = '\0';
        if (strchr(self, '\''))
                return error_set(err, -EINVAL, "the path '%s' cannot stand in a script", self);
        /* Beside qemu.d: libvirt runs everything that is in it. */
        snprintf(temporary, sizeof(temporary), "%s/.podgraft", hooks_dir);
        unlink(temporary); /* one that was killed while it wrote may have left its own */
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755);
        f = fd < 0 ? NULL : fdopen(fd, "w");
        if (!f)
                return error_errno(err, -errno, "write '%s'", temporary);
        fprintf(f, "#!/bin/sh\n" MARK "\nexec '%s' hook \"$@\"\n", self);
        fchmod(fileno(f), 0755);
        /* Renamed into place: a daemon never runs half of it. */
        if (fclose(f) != 0 || rename(temporary, path) < 0) {
                int r = error_errno(err, -errno, "write '%s'", path);

                unlink(temporary);
                return r;
        }
        return 0;
}

int hook_install(const char *hooks_dir, struct error *err)
{
        char dir[PATH_MAX - 16], path[PATH_MAX];
        bool had = has_hooks(hooks_dir);
        int r;

        snprintf(dir, sizeof(dir), "%s/qemu.d", hooks_dir);
        snprintf(path, sizeof(path), "%s/podgraft", dir);
        if ((r = directory_check(dir, DIRECTORY_MAKE, "--hooks-dir", err)) < 0 ||
            (r = look_at(path, err)) < 0 || (r = write_script(path, hooks_dir, err)) < 0)
                return r;
        log_info("hook-installed", "'%s' is in place%s", path,
                 had ? ""
                     : "; there was no hook before, so restart the daemon: 'systemctl restart "
                       "virtqemud' or 'libvirtd'");
        return 0;
}

int hook_uninstall(const char *hooks_dir, struct error *err)
{
        char dir[PATH_MAX - 16], path[PATH_MAX];
        int r;

        snprintf(dir, sizeof(dir), "%s/qemu.d", hooks_dir);
        snprintf(path, sizeof(path), "%s/podgraft", dir);
        r = directory_check(dir, 0, "--hooks-dir", err);
        if (r <= 0)
                return r;
        r = look_at(path, err);
        if (r <= 0)
                return r;
        return unlink(path) < 0 ? error_errno(err, -errno, "remove '%s'", path) : 0;
}
