/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * steady.c - preloaded, so that a program runs alike each time: no random numbers, no time, no
 * process number; the namespace's cookie is of one length
 */
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

ssize_t getrandom(void *buf, size_t len, unsigned flags)
{
        (void)flags;
        memset(buf, 0x5a, len);
        return (ssize_t)len;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
        (void)clock;
        *ret = (struct timespec){ 1700000000, 123456789 };
        return 0;
}

time_t time(time_t *ret)
{
        if (ret)
                *ret = 1700000000;
        return 1700000000;
}

pid_t getpid(void)
{
        return 4711;
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
        if (level == SOL_SOCKET && name == SO_NETNS_COOKIE) {
                *(uint64_t *)value = 1000042;
                return 0;
        }
        return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
}
