/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tap.h - what the programs share that stand where QEMU would
 */
#pragma once

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static inline void die(const char *what)
{
        perror(what);
        exit(2);
}

/* Enter the network namespace that ip-netns(8) knows as @name. */
static inline void enter(const char *name)
{
        char path[256];
        int fd;

        snprintf(path, sizeof(path), "/run/netns/%s", name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
                die(path);
        close(fd);
}

/* A tap's other end; frames as they are, without a header. */
static inline int tap_open(const char *name)
{
        struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
        int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

        snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
        if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
                die(name);
        return fd;
}

/* The Internet checksum of an IPv4 header, put where it belongs. */
static inline void put_ipv4_checksum(uint8_t header[20])
{
        uint32_t sum = 0;

        header[10] = header[11] = 0;
        for (int i = 0; i < 20; i += 2)
                sum += (uint32_t)header[i] << 8 | header[i + 1];
        sum = (sum & 0xffff) + (sum >> 16);
        sum = ~((sum & 0xffff) + (sum >> 16));
        header[10] = (uint8_t)(sum >> 8);
        header[11] = (uint8_t)sum;
}
