/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tapclient - stands where QEMU would: opens a tap in one namespace and carries its frames to and
 * from a tap of its own in another, so that real DHCP clients run behind the real tap.
 *
 *   tapclient POD-NETNS TAP CLIENT-NETNS CLIENT-TAP MAC
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
        perror(what);
        exit(1);
}

static void enter(const char *name)
{
        char path[256];
        int fd;

        snprintf(path, sizeof(path), "/run/netns/%s", name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
                die(path);
        close(fd);
}

static int tap_open(const char *name)
{
        struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
        int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

        snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
        if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
                die(name);
        return fd;
}

static void set_mac_and_up(const char *name, const char *mac)
{
        struct ifreq request = { 0 };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        unsigned b[6];

        if (sscanf(mac, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
                die(mac);
        snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
        request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
        for (int i = 0; i < 6; i++)
                request.ifr_hwaddr.sa_data[i] = (char)b[i];
        if (fd < 0 || ioctl(fd, SIOCSIFHWADDR, &request) < 0)
                die("set MAC");
        if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
                die("get flags");
        request.ifr_flags |= IFF_UP;
        if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
                die("set up");
        close(fd);
}

int main(int argc, char **argv)
{
        struct pollfd polls[2] = { { .events = POLLIN }, { .events = POLLIN } };
        static char frame[65536];

        if (argc != 6) {
                fprintf(stderr, "usage: %s POD-NETNS TAP CLIENT-NETNS CLIENT-TAP MAC\n", argv[0]);
                return 2;
        }
        enter(argv[1]);
        polls[0].fd = tap_open(argv[2]);
        enter(argv[3]);
        polls[1].fd = tap_open(argv[4]);
        set_mac_and_up(argv[4], argv[5]);
        puts("ready");
        fflush(stdout);
        for (;;) {
                if (poll(polls, 2, -1) < 0)
                        die("poll");
                for (int i = 0; i < 2; i++) {
                        ssize_t n;

                        if (!polls[i].revents)
                                continue;
                        n = read(polls[i].fd, frame, sizeof(frame));
                        if (n <= 0)
                                return 0;
                        if (write(polls[!i].fd, frame, (size_t)n) < 0)
                                continue; /* a link that is down drops its frames */
                }
        }
}
