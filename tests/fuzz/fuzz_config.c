/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_config.c - any file as --config FILE of each command; the first byte chooses which
 */
#include <sys/mman.h>

#include "launcher/options.h"
#include "tests/fuzz/fuzz.h"

static int file = -1;

static void write_file(const uint8_t *data, size_t len)
{
        if (file < 0)
                file = memfd_create("config.json", 0);
        must(file >= 0 && ftruncate(file, 0) == 0);
        must(pwrite(file, data, len, 0) == (ssize_t)len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        static struct options options;
        struct error err = ERROR_INIT;
        char argument[64], *argv[] = { argument };
        enum command_bit command;
        int r;

        if (len == 0)
                return 0;
        command = (enum command_bit)(1 << data[0] % 11);
        write_file(data + 1, len - 1);
        snprintf(argument, sizeof(argument), "--config=/proc/self/fd/%d", file);
        r = options_parse(command, 0, 1, argv, &options, &err);
        if (r < 0)
                must(err.code == r && err.class == ERROR_USAGE && err.message[0]);
        else /* what it borrows from the file is still there */
                for (size_t i = 0; i < OPTIONS_MAX; i++)
                        must(!options.given[i].text || strlen(options.given[i].text) <= len + 64);
        options_done(&options);
        return 0;
}
