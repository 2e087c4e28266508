/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * swap.c - an attacker who exchanges two names of his own, over and over
 *
 *   swap A B
 *
 * Says "ready" once the first exchange was done; ends when one of the names is gone, or after a
 * million exchanges.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS 1000000

int main(int argc, char **argv)
{
        if (argc != 3)
                return EXIT_FAILURE;
        for (int i = 0; i < ROUNDS; i++) {
                if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0)
                        return i > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
                if (i == 0 && (puts("ready") < 0 || fflush(stdout) < 0))
                        return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
