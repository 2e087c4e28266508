/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_record.c - any file -> JSON -> the record -> JSON -> the record: nothing is lost
 */
#include "netsetup/record_json.h"
#include "tests/fuzz/fuzz.h"

static struct record *parse(const char *text, size_t len, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *o = NULL;
        struct record *record = NULL;
        int r = json_parse(text, len, "record", &o, err);

        if (r == 0)
                r = record_from_json(o, &record, err);
        must(r < 0 ? !record && err->message[0] && err->code == r : record != NULL);
        return record;
}

static char *print(const struct record *record)
{
        _cleanup_(cleanup_json_unref) struct json_object *o = record_to_json(1, record);
        char *text = strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));

        must(text);
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct error err = ERROR_INIT;
        char *text = malloc(len + 1), *once, *twice;
        struct record *record, *again;

        must(text);
        memcpy(text, data, len);
        text[len] = '\0';
        record = parse(text, len, &err);
        free(text);
        if (!record)
                return 0;
        once = print(record);
        again = parse(once, strlen(once), &err);
        must(again);
        twice = print(again);
        must(strcmp(once, twice) == 0);
        record_free(record);
        record_free(again);
        free(once);
        free(twice);
        return 0;
}
