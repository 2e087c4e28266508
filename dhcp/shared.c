/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shared.c - the mapping that tells what became of the lease, and the lock that tells who serves it
 */
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "podgraft/dhcp.h"

static bool is_shared(const struct dhcp_shared *s)
{
        return s->magic == DHCP_SHARED_MAGIC && s->size == sizeof(*s);
}

int dhcp_shared_create(const char *path, int *ret_fd, struct error *err)
{
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        struct dhcp_shared shared;

        if (fd < 0)
                return error_errno(err, -errno, "create '%s'", path);
        /*
         * A restart keeps what was counted; what is no mapping of ours is begun anew. A responder
         * of another version may have it mapped: there is no moment in which the file is shorter.
         */
        if (pread(fd, &shared, sizeof(shared), 0) != sizeof(shared) || !is_shared(&shared)) {
                memset(&shared, 0, sizeof(shared));
                shared.magic = DHCP_SHARED_MAGIC;
                shared.size = sizeof(shared);
                if (pwrite(fd, &shared, sizeof(shared), 0) != sizeof(shared) ||
                    ftruncate(fd, sizeof(shared)) < 0)
                        return error_errno(err, -errno, "write '%s'", path);
        }
        *ret_fd = take_fd(&fd);
        return 0;
}

int dhcp_shared_open(const char *path, const struct dhcp_shared **ret, int *ret_fd,
                     struct error *err)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;
        void *map;

        if (fd < 0)
                return error_errno(err, -errno, "open '%s'", path);
        if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(**ret))
                return error_set(err, -EINVAL, "'%s' is not a responder's mapping", path);
        map = mmap(NULL, sizeof(**ret), PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED)
                return error_errno(err, -errno, "map '%s'", path);
        if (!is_shared(map)) {
                munmap(map, sizeof(**ret));
                return error_set(err, -EINVAL, "'%s' is not a responder's mapping", path);
        }
        *ret = map;
        *ret_fd = take_fd(&fd);
        return 0;
}

void dhcp_shared_close(const struct dhcp_shared *shared, int fd)
{
        munmap((void *)shared, sizeof(*shared));
        close(fd);
}

/* --- the lock --- */

static int lock_path(const char *path, char ret[PATH_MAX])
{
        return snprintf(ret, PATH_MAX, "%s.lock", path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/*
 * Who can write to the file can hold a write lock, and seem to serve; who can read it can hold a
 * read lock, and keep a responder from starting. @tighten: no other user can open it
 * afterwards
 */
static int check_lock_file(int fd, bool tighten)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()))
                return -EPERM;
        if (!tighten)
                return (st.st_mode & 0022) == 0 ? 0 : -EPERM;
        return (st.st_mode & 0077) == 0 || fchmod(fd, 0600) == 0 ? 0 : -errno;
}

int dhcp_lock_create(const char *path, int *ret_fd, struct error *err)
{
        const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        _cleanup_close_ int fd = -1;
        char lock[PATH_MAX];
        int r = lock_path(path, lock);

        if (r < 0)
                return error_errno(err, r, "create '%s.lock'", path);
        fd = open(lock, flags, 0600);
        r = fd < 0 ? -errno : check_lock_file(fd, true);
        if (r < 0)
                return error_errno(err, r, "create '%s'", lock);
        *ret_fd = take_fd(&fd);
        return 0;
}

int dhcp_lock_take(int fd, struct error *err)
{
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

        if (fcntl(fd, F_SETLK, &lock) == 0)
                return 0;
        if (errno == EAGAIN || errno == EACCES)
                return error_set(err, -EBUSY, "another responder serves this tap");
        return error_errno(err, -errno, "lock the lease");
}

/* A read lock asks for nothing that another reader has: what conflicts is a write lock. */
static int write_lock_holder(int fd, pid_t *ret)
{
        struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

        if (fcntl(fd, F_GETLK, &lock) < 0)
                return -errno;
        *ret = lock.l_type == F_UNLCK ? 0 : lock.l_pid > 0 ? lock.l_pid : -1;
        return 0;
}

/* A responder from before there was a lock file has a write lock on the lease file. */
static int lease_file_holder(const char *path, pid_t *ret)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

        *ret = 0;
        return fd >= 0 ? write_lock_holder(fd, ret) : errno == ENOENT ? 0 : -errno;
}

int dhcp_lock_holder(const char *path, pid_t *ret)
{
        _cleanup_close_ int fd = -1;
        char lock[PATH_MAX];
        int r = lock_path(path, lock);

        *ret = 0;
        if (r < 0)
                return r;
        fd = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return errno == ENOENT ? lease_file_holder(path, ret) : -errno;
        r = check_lock_file(fd, false);
        if (r == 0)
                r = write_lock_holder(fd, ret);
        return r < 0 || *ret != 0 ? r : lease_file_holder(path, ret);
}

int dhcp_shared_leave(const char *path, struct error *err)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        const uint32_t leaving = 1;

        if (fd < 0 || pwrite(fd, &leaving, sizeof(leaving),
                             offsetof(struct dhcp_shared, is_leaving)) != sizeof(leaving))
                return error_errno(err, -errno, "write '%s'", path);
        return 0;
}

const char *dhcp_lease_state_name(uint32_t state)
{
        static const char *const names[] = { "none", "offered", "bound", "released", "declined" };

        return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

const char *dhcp_sandbox_missing(uint32_t parts, char *buf, size_t size)
{
        static const char *const names[] = {
#define X(name, text) text,
                DHCP_SANDBOX_PARTS(X)
#undef X
        };
        size_t len = 0;

        buf[0] = '\0';
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (!(parts & 1u << i) && len < size)
                        len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "",
                                                names[i]);
        return buf;
}

void dhcp_shared_text(const char from[64], char ret[64])
{
        size_t i;

        for (i = 0; i < 63 && from[i]; i++)
                ret[i] = from[i] >= 0x20 && from[i] < 0x7f ? from[i] : '?';
        ret[i] = '\0';
}

struct in6_addr dhcp_shared_address6(const struct dhcp_shared *shared)
{
        uint64_t halves[2] = { atomic_load(&shared->acked_address6[0]),
                               atomic_load(&shared->acked_address6[1]) };
        struct in6_addr ip;

        memcpy(&ip, halves, sizeof(ip));
        return ip;
}

/* A guest with a second address of its own is seen with both; what counts is the silent one. */
#define USED_MARGIN_USEC 60000000

uint32_t dhcp_shared_used_address(const struct dhcp_shared *shared, uint32_t own,
                                  uint64_t *ret_realtime_usec)
{
        uint64_t own_seen = atomic_load(&shared->own_seen_realtime_usec);
        uint64_t other_seen = atomic_load(&shared->other_seen_realtime_usec);

        if (other_seen > 0 && (own_seen == 0 || other_seen > own_seen + USED_MARGIN_USEC)) {
                *ret_realtime_usec = other_seen;
                return atomic_load(&shared->other_address);
        }
        *ret_realtime_usec = own_seen;
        return own_seen ? own : 0;
}

bool dhcp_shared_used_address6(const struct dhcp_shared *shared, const struct in6_addr *own,
                               struct in6_addr *ret, uint64_t *ret_realtime_usec)
{
        uint64_t own_seen = atomic_load(&shared->own6_seen_realtime_usec);
        uint64_t other_seen = atomic_load(&shared->other6_seen_realtime_usec);
        bool is_other =
                other_seen > 0 && (own_seen == 0 || other_seen > own_seen + USED_MARGIN_USEC);

        *ret = is_other ? shared->other6 : *own;
        *ret_realtime_usec = is_other ? other_seen : own_seen;
        return *ret_realtime_usec > 0;
}

bool dhcp_shared_is_conflict(const struct dhcp_shared *shared)
{
        return atomic_load(&shared->declined_realtime_usec) >
               atomic_load(&shared->acked_realtime_usec);
}

bool dhcp_shared_is_conflict6(const struct dhcp_shared *shared)
{
        return atomic_load(&shared->declined6_realtime_usec) >
               atomic_load(&shared->acked6_realtime_usec);
}
