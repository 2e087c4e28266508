/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder_stray.c - who serves a tap, where the lease file that would tell it is lost
 *
 * The kernel tells which packet sockets are bound to the tap; one that serves it has one of them.
 * Its guardian and its worker both do, and end each by themselves.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "launcher/responder_holder.h"
#include "podgraft/log.h"

#define SOCKETS_MAX 16 /* on one tap; that somebody captures there, too, is no reason for more */

struct sockets {
        unsigned long inode[SOCKETS_MAX];
        size_t n;
};

/* Those that are bound to @ifindex, in our network namespace. */
static struct sockets sockets_on(unsigned ifindex)
{
        FILE *f = fopen("/proc/self/net/packet", "re");
        struct sockets sockets = { 0 };
        char line[256];

        while (f && sockets.n < SOCKETS_MAX && fgets(line, sizeof(line), f)) {
                unsigned iface;
                unsigned long inode;

                /* sk RefCnt Type Proto Iface R Rmem User Inode */
                if (sscanf(line, "%*s %*s %*s %*s %u %*s %*s %*s %lu", &iface, &inode) == 2 &&
                    iface == ifindex)
                        sockets.inode[sockets.n++] = inode;
        }
        if (f)
                fclose(f);
        return sockets;
}

static bool is_responder(int proc, const char *pid)
{
        char path[64], comm[32] = "";
        _cleanup_close_ int fd = -1;

        snprintf(path, sizeof(path), "%.20s/comm", pid);
        fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
        return fd >= 0 && read(fd, comm, sizeof(comm) - 1) > 0 &&
               strcmp(comm, "podgraft-dhcpd\n") == 0;
}

static bool is_one_of(const struct sockets *sockets, const char *link)
{
        unsigned long inode;

        if (sscanf(link, "socket:[%lu]", &inode) != 1)
                return false;
        for (size_t i = 0; i < sockets->n; i++)
                if (sockets->inode[i] == inode)
                        return true;
        return false;
}

static bool has_one_of(int proc, const char *pid, const struct sockets *sockets)
{
        char path[64], link[64];
        struct dirent *entry;
        bool has = false;
        DIR *dir;
        int fd;

        snprintf(path, sizeof(path), "%.20s/fd", pid);
        fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        dir = fd < 0 ? NULL : fdopendir(fd);
        while (dir && !has && (entry = readdir(dir))) {
                ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

                link[n > 0 ? n : 0] = '\0';
                has = is_one_of(sockets, link);
        }
        if (dir)
                closedir(dir);
        return has;
}

/* @pid is looked at again with the pidfd open, so that it is of the same process. */
static void add(struct holders *h, int proc, const char *pid, const struct sockets *sockets)
{
        _cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, atoi(pid), 0);

        if (pidfd < 0 || h->n == ARRAY_SIZE(h->at) || !has_one_of(proc, pid, sockets))
                return;
        h->at[h->n].pid = atoi(pid);
        h->at[h->n++].pidfd = take_fd(&pidfd);
}

bool has_packet_socket(const char *tap)
{
        unsigned ifindex = if_nametoindex(tap);

        return ifindex > 0 && sockets_on(ifindex).n > 0;
}

void holders_find_strays(struct holders *h, const char *tap, unsigned ifindex)
{
        const struct sockets sockets = sockets_on(ifindex);
        size_t before = h->n;
        struct dirent *entry;
        DIR *proc;

        if (sockets.n == 0)
                return;
        proc = opendir("/proc");
        while (proc && (entry = readdir(proc)))
                if (isdigit((unsigned char)entry->d_name[0]) &&
                    is_responder(dirfd(proc), entry->d_name) &&
                    has_one_of(dirfd(proc), entry->d_name, &sockets))
                        add(h, dirfd(proc), entry->d_name, &sockets);
        if (proc)
                closedir(proc);
        if (h->n == before)
                log_warning("stray-responder",
                            "somebody listens on '%s' who cannot be seen from here; if it is a "
                            "responder from before the record was lost, it answers the guest, too",
                            tap);
}
