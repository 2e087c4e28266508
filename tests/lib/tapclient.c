/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tapclient - stands where QEMU would: opens a tap in one namespace and carries its frames to and
 * from a tap of its own in another, so that real DHCP clients run behind the real tap.
 *
 *   tapclient POD-NETNS TAP CLIENT-NETNS CLIENT-TAP MAC
 *
 * SIGUSR1: from now on lose what the client sends by unicast to a DHCP server, and over IPv6, where
 * all is multicast, its Renew messages; SIGUSR2: what it sends by broadcast, and its Rebind
 * messages; SIGHUP: lose nothing any more.
 */
#include <errno.h>
#include <net/if_arp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "tests/lib/tap.h"

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

static volatile sig_atomic_t losing = SIGHUP;

static void on_signal(int signal)
{
        losing = signal;
}

static void handle_signals(void)
{
        struct sigaction action = { .sa_handler = on_signal };

        if (sigaction(SIGUSR1, &action, NULL) < 0 || sigaction(SIGUSR2, &action, NULL) < 0 ||
            sigaction(SIGHUP, &action, NULL) < 0)
                die("handle signals");
}

/* IPv6, UDP, to port 547; the clients send no extension headers. Renew is 5, Rebind 6. */
static bool is_lost6(const uint8_t *frame, ssize_t len)
{
        if (len < 63 || frame[20] != 17 || frame[56] != 2 || frame[57] != 0x23)
                return false;
        return (losing == SIGUSR1 && frame[62] == 5) || (losing == SIGUSR2 && frame[62] == 6);
}

/* IPv4, UDP, to port 67; the clients send no IP options. */
static bool is_lost(const uint8_t *frame, ssize_t len)
{
        if (len > 14 && frame[12] == 0x86 && frame[13] == 0xdd)
                return is_lost6(frame, len);
        if (len < 42 || frame[12] != 8 || frame[13] != 0 || frame[23] != 17 || frame[36] != 0 ||
            frame[37] != 67)
                return false;
        return losing == (frame[0] & 1 ? SIGUSR2 : SIGUSR1);
}

int main(int argc, char **argv)
{
        struct pollfd polls[2] = { { .events = POLLIN }, { .events = POLLIN } };
        static uint8_t frame[65536];

        if (argc != 6) {
                fprintf(stderr, "usage: %s POD-NETNS TAP CLIENT-NETNS CLIENT-TAP MAC\n", argv[0]);
                return 2;
        }
        enter(argv[1]);
        polls[0].fd = tap_open(argv[2]);
        enter(argv[3]);
        polls[1].fd = tap_open(argv[4]);
        set_mac_and_up(argv[4], argv[5]);
        handle_signals();
        puts("ready");
        fflush(stdout);
        for (;;) {
                if (poll(polls, 2, -1) < 0) {
                        if (errno == EINTR)
                                continue;
                        die("poll");
                }
                for (int i = 0; i < 2; i++) {
                        ssize_t n;

                        if (!polls[i].revents)
                                continue;
                        n = read(polls[i].fd, frame, sizeof(frame));
                        if (n <= 0)
                                return 0;
                        if (i == 1 && is_lost(frame, n))
                                continue;
                        if (write(polls[!i].fd, frame, (size_t)n) < 0)
                                continue; /* a link that is down drops its frames */
                }
        }
}
