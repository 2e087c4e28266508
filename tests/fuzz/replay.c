/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * replay.c - a fuzz target without a fuzzer: each file of its corpus once
 *
 *   fuzz_NAME [FILE...]      default: all of $srcdir/tests/fuzz/corpus/NAME/
 */
#include <dirent.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (1u << 20) /* bytes */

static void replay(const char *path)
{
        uint8_t *data = malloc(INPUT_MAX), *exact;
        FILE *f = fopen(path, "re");
        size_t len;

        must(data);
        if (!f) {
                perror(path);
                exit(1);
        }
        len = fread(data, 1, INPUT_MAX, f);
        fclose(f);
        /* Of exactly its size, so that AddressSanitizer sees an overread by one. */
        exact = malloc(len ? len : 1);
        must(exact);
        memcpy(exact, data, len);
        free(data);
        printf("%s\n", path);
        fflush(stdout); /* the name of the one that crashes */
        LLVMFuzzerTestOneInput(exact, len);
        free(exact);
}

static int replay_corpus(const char *name)
{
        const char *source = getenv("srcdir");
        char dir[512], path[1024];
        struct dirent *e;
        int n = 0;
        DIR *d;

        snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", source ? source : ".", name);
        d = opendir(dir);
        if (!d) {
                perror(dir);
                exit(1);
        }
        while ((e = readdir(d)))
                if (e->d_name[0] != '.') {
                        snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
                        replay(path);
                        n++;
                }
        closedir(d);
        return n;
}

int main(int argc, char **argv)
{
        const char *name = strrchr(argv[0], '/');
        int n = argc - 1;

        name = name ? name + 1 : argv[0];
        for (int i = 1; i < argc; i++)
                replay(argv[i]);
        if (n == 0)
                n = replay_corpus(strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name);
        must(n > 0);
        printf("%d passed, 0 failed\n", n);
        return 0;
}
