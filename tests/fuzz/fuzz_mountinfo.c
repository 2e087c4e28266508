/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_mountinfo.c - a path, a line feed, and any text as /proc/self/mountinfo -> the path's fate
 *
 * The mount that is found is above the path; written again as the kernel would write it, alone, it
 * is found again and says the same.
 */
#include "netsetup/statedir.h"
#include "tests/fuzz/fuzz.h"

/* As proc(5): space, tab, line feed and backslash in octal; seq_path() in fs/seq_file.c */
static void encode(FILE *f, const char *text)
{
        for (; *text; text++)
                fprintf(f, strchr(" \t\n\\", *text) ? "\\%03o" : "%c", (unsigned char)*text);
}

static void check(const struct statedir_mount *mount, enum statedir_fate fate, const char *path)
{
        size_t len = strlen(mount->point);
        struct statedir_mount same;
        char *line = NULL;
        size_t line_len;
        FILE *f = open_memstream(&line, &line_len);

        must(f && len < sizeof(mount->point) && strlen(mount->root) < sizeof(mount->root));
        must(strcmp(mount->point, "/") == 0 ||
             (strncmp(path, mount->point, len) == 0 && (!path[len] || path[len] == '/')));
        must(fate == STATEDIR_GOES || strcmp(mount->point, "/") != 0);
        if (*mount->point && *mount->root &&
            *mount->type) { /* the kernel has none that are empty */
                fputs("1 0 0:1 ", f);
                encode(f, mount->root);
                fputc(' ', f);
                encode(f, mount->point);
                fprintf(f, " rw shared:1 - %s none rw\n", mount->type);
                must(fflush(f) == 0);
                must(statedir_fate(line, path, &same) == fate);
                must(strcmp(same.point, mount->point) == 0);
                must(strcmp(same.root, mount->root) == 0);
                must(strcmp(same.type, mount->type) == 0);
        }
        fclose(f);
        free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        /* Exactly as large, so that AddressSanitizer sees what reads on. */
        char *path = malloc(len + 1), *mountinfo;
        static struct statedir_mount mount;
        size_t path_len;

        must(path);
        memcpy(path, data, len);
        path[len] = '\0';
        path_len = strcspn(path, "\n");
        if (path[path_len]) {
                path[path_len] = '\0';
                mountinfo = strdup(path + path_len + 1);
                must(mountinfo);
                check(&mount, statedir_fate(mountinfo, path, &mount), path);
                free(mountinfo);
        }
        free(path);
        return 0;
}
