/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_describe.c - any frame -> the line that 'podgraft capture' shows, on somebody's terminal
 *
 * The first byte is the room for it.
 */
#include "podgraft/dhcp.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        size_t size = len > 0 ? data[0] + 1u : 0;
        char *line, whole[1024];

        if (len == 0)
                return 0;
        line = malloc(size); /* exactly, so that AddressSanitizer sees a byte too many */
        must(line);
        must(dhcp_frame_describe(data + 1, len - 1, whole, sizeof(whole)) ==
             dhcp_frame_describe(data + 1, len - 1, line, size));
        must(memchr(line, '\0', size) && strncmp(line, whole, strlen(line)) == 0);
        for (const char *p = whole; *p; p++)
                must(*p >= 0x20 && *p < 0x7f);
        free(line);
        return 0;
}
