/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json.h - json-c helpers: files in and out, typed getters that name the key they miss
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "podgraft/error.h"

static inline struct json_object *json_unref(struct json_object *o)
{
        json_object_put(o);
        return NULL;
}
DEFINE_CLEANUP(struct json_object *, json_unref)

/**
 * json_parse() - @len bytes of @text and a NUL behind them; @name: what to call it in errors
 * Return: 0; -EINVAL: it is not exactly one JSON value
 */
int json_parse(const char *text, size_t len, const char *name, struct json_object **ret,
               struct error *err);

/** json_read_file() - parse a whole file; -EINVAL where it is not exactly one JSON value */
int json_read_file(const char *path, struct json_object **ret, struct error *err);

/**
 * json_read_own_file() - likewise, of a file that only root and our effective user can have written
 * Return: also -ELOOP: a symbolic link; ERROR_USAGE: another's, or others may write to it
 */
int json_read_own_file(const char *path, struct json_object **ret, struct error *err);

/**
 * json_write_file() - write to a temporary in the same directory, fsync, rename into place
 * The file is never seen half written.
 */
int json_write_file(const char *path, struct json_object *object, struct error *err);

/**
 * json_print() - @object in lines, to be read by programs, and on a terminal by people
 * json-c leaves DEL, C1 controls and bytes that are no UTF-8 in strings as they are; here they are
 * escaped (text_json()), so that it is JSON and moves no cursor.
 */
void json_print(FILE *f, struct json_object *object);

/* Getters: 0, or -EINVAL with an error that names @key: missing, of another type, out of range. */
int json_get_string(struct json_object *o, const char *key, const char **ret, struct error *err);
int json_get_u64(struct json_object *o, const char *key, uint64_t max, uint64_t *ret,
                 struct error *err);
int json_get_bool(struct json_object *o, const char *key, bool *ret, struct error *err);
int json_get_array(struct json_object *o, const char *key, struct json_object **ret,
                   struct error *err);
int json_get_object(struct json_object *o, const char *key, struct json_object **ret,
                    struct error *err);

/** json_has() - true if @key is there and not null */
bool json_has(struct json_object *o, const char *key);

void json_add_string(struct json_object *o, const char *key, const char *value);
void json_add_u64(struct json_object *o, const char *key, uint64_t value);
void json_add_bool(struct json_object *o, const char *key, bool value);
