/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sendframe INTERFACE HEX - send one Ethernet frame as it stands
 */
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
        struct sockaddr_ll to = { .sll_family = AF_PACKET };
        uint8_t frame[1514];
        size_t len = 0;
        int fd = socket(AF_PACKET, SOCK_RAW, 0);

        if (argc != 3 || fd < 0)
                return 2;
        for (const char *p = argv[2]; *p && len < sizeof(frame); p += 2, len++)
                if (sscanf(p, "%2hhx", &frame[len]) != 1)
                        return 2;
        to.sll_ifindex = (int)if_nametoindex(argv[1]);
        return sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) != (ssize_t)len;
}
