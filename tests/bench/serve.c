/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * serve.c TAP SHARED: podgraft's responder on the link TAP, whatever kind it is, until killed
 */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/bench/guest.h"
#include "tests/bench/server.h"

int main(int argc, char **argv)
{
        static struct served served = { .mac = { 0xaa, 0xbb, 0xcc, 0, 0, 7 } };
        struct server server = { .served = &served };
        struct error err = ERROR_INIT;

        if (argc != 3)
                return 2;
        served.tap = argv[1];
        served.shared_path = argv[2];
        if (server_start(&server, &err) < 0) {
                fprintf(stderr, "%s\n", err.message);
                return 1;
        }
        while (server_find(&server) == 0)
                poll(NULL, 0, 1);
        if (server.pid <= 0)
                return 1;
        puts("serving");
        fflush(stdout);
        pause();
        return 0;
}
