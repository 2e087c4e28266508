/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_attachment.c - a file's name, a line feed, and any text -> a CNI attachment
 *
 * What is made into paths of it are names and a directory of the state directory's; it says what it
 * is called, and written again it is the same.
 */
#include "launcher/cni_state.h"
#include "podgraft/json.h"
#include "podgraft/name.h"
#include "tests/fuzz/fuzz.h"

#define STATE "/run/podgraft"

static void check(const struct cni_attachment *a, const char *name)
{
        static const char dir[] = STATE "/netns-";
        const char *text = json_object_to_json_string(a->file);
        struct json_object *again = NULL;
        struct cni_attachment same;
        char *own = cni_attachment_name(a->container_id, a->ifname), *once = strdup(text);

        must(own && once && a->network && a->netns);
        must(container_id_is_valid(a->container_id) && interface_name_is_valid(a->ifname));
        must(interface_name_is_valid(a->interface));
        must(strncmp(a->dir, dir, strlen(dir)) == 0);
        must(a->dir[strlen(dir)] &&
             strspn(a->dir + strlen(dir), "0123456789") == strlen(a->dir) - strlen(dir));
        must(!strchr(own, '/') && strncmp(own, name, strlen(own)) == 0);
        must(file_name_is_valid(name));
        must(json_parse(once, strlen(once), "again", &again, NULL) == 0);
        must(cni_attachment_parse(again, STATE, name, &same));
        must(strcmp(json_object_to_json_string(same.file), once) == 0);
        json_object_put(again);
        free(once);
        free(own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        char *text = malloc(len + 1), *content;
        struct json_object *file = NULL;
        struct cni_attachment a = { 0 };

        must(text);
        memcpy(text, data, len);
        text[len] = '\0';
        content = memchr(text, '\n', len);
        if (content) {
                *content++ = '\0';
                if (json_parse(content, (size_t)(text + len - content), "it", &file, NULL) == 0) {
                        if (cni_attachment_parse(file, STATE, text, &a))
                                check(&a, text);
                        else
                                must(!a.file);
                }
        }
        json_object_put(file);
        free(text);
        return 0;
}
