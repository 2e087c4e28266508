/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/json.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "podgraft/directory.h"
#include "podgraft/text.h"

#define JSON_FILE_MAX (16u << 20) /* bytes; a record of a thousand routes has half a megabyte */

/* To its end, wherever that is: a pipe has no size. */
static int read_all(const char *path, int fd, char **ret, size_t *ret_len, struct error *err)
{
        _cleanup_free_ char *data = NULL;
        struct stat st;
        size_t len = 0, size = 0;
        ssize_t n;

        if (fstat(fd, &st) < 0)
                return error_errno(err, -errno, "read '%s'", path);
        if (st.st_size > JSON_FILE_MAX)
                return error_set(err, -EFBIG, "'%s' is larger than %u bytes", path, JSON_FILE_MAX);
        do {
                if (len == size) {
                        char *more;

                        size = len ? 2 * len : (size_t)st.st_size + 4096;
                        more = realloc(data, size + 1);
                        if (!more)
                                return error_set(err, -ENOMEM, "out of memory");
                        data = more;
                }
                n = read(fd, data + len, size - len);
                if (n < 0 && errno != EINTR)
                        return error_errno(err, -errno, "read '%s'", path);
                len += n > 0 ? (size_t)n : 0;
                if (len > JSON_FILE_MAX)
                        return error_set(err, -EFBIG, "'%s' is larger than %u bytes", path,
                                         JSON_FILE_MAX);
        } while (n != 0);
        data[len] = '\0';
        *ret = take_ptr(data);
        *ret_len = len;
        return 0;
}

int json_parse(const char *text, size_t len, const char *name, struct json_object **ret,
               struct error *err)
{
        struct json_tokener *tokener = json_tokener_new();
        struct json_object *object;
        enum json_tokener_error failure;
        size_t parsed;

        if (!tokener)
                return error_set(err, -ENOMEM, "out of memory");
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
        object = json_tokener_parse_ex(tokener, text, (int)len);
        failure = json_tokener_get_error(tokener);
        parsed = json_tokener_get_parse_end(tokener);
        json_tokener_free(tokener);
        if (failure == json_tokener_continue)
                return error_set(err, -EINVAL, "'%s' is truncated", name);
        if (failure != json_tokener_success || !object) {
                json_object_put(object);
                return error_set(err, -EINVAL, "'%s' is not JSON: %s at byte %zu", name,
                                 failure == json_tokener_success ? "no value"
                                                                 : json_tokener_error_desc(failure),
                                 parsed);
        }
        *ret = object;
        return 0;
}

static int read_fd(const char *path, int fd, struct json_object **ret, struct error *err)
{
        _cleanup_free_ char *data = NULL;
        size_t len = 0;
        int r = read_all(path, fd, &data, &len, err);

        return r < 0 ? r : json_parse(data, len, path, ret, err);
}

int json_read_file(const char *path, struct json_object **ret, struct error *err)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

        return fd < 0 ? error_errno(err, -errno, "open '%s'", path) : read_fd(path, fd, ret, err);
}

int json_read_own_file(const char *path, struct json_object **ret, struct error *err)
{
        /* Without O_NONBLOCK a FIFO in its place would keep us waiting. */
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat st;

        if (fd < 0)
                return error_errno(err, -errno, "open '%s'", path);
        if (fstat(fd, &st) < 0)
                return error_errno(err, -errno, "read '%s'", path);
        if (!S_ISREG(st.st_mode) || !directory_is_trusted(&st))
                return error_set_class(err, ERROR_USAGE, -EPERM,
                                       "'%s' is %s of user %u with mode %04o: others could have "
                                       "written it",
                                       path, S_ISREG(st.st_mode) ? "a file" : "no regular file",
                                       st.st_uid, st.st_mode & 07777);
        return read_fd(path, fd, ret, err);
}

static int write_all(int fd, const char *data, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, data, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                len -= (size_t)n;
        }
        return 0;
}

/* Ours, whatever is there: one that was killed while it wrote may have left its own. */
static int create_anew(const char *path)
{
        const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        /* Readable: there is no secret in it, and others in the pod look at it. */
        int fd = open(path, flags, 0644);

        if (fd < 0 && errno == EEXIST && unlink(path) == 0)
                fd = open(path, flags, 0644);
        return fd;
}

int json_write_file(const char *path, struct json_object *object, struct error *err)
{
        const char *text = json_object_to_json_string_ext(
                object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
        _cleanup_free_ char *temporary = NULL;
        _cleanup_close_ int fd = -1;
        int r;

        if (!text || asprintf(&temporary, "%s.new", path) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        fd = create_anew(temporary);
        if (fd < 0)
                return error_errno(err, -errno, "create '%s'", temporary);
        r = write_all(fd, text, strlen(text));
        if (r == 0)
                r = write_all(fd, "\n", 1);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        if (r == 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0) {
                unlink(temporary);
                return error_errno(err, r, "write '%s'", path);
        }
        return 0;
}

void json_print(FILE *f, struct json_object *object)
{
        const char *text = json_object_to_json_string_ext(
                object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
        char character[TEXT_JSON_LEN];

        /* What is no ASCII stands in strings only. */
        while (text && *text) {
                unsigned char c = (unsigned char)*text;

                if (c < 0x7f) {
                        fputc(c, f);
                        text++;
                } else {
                        text += text_json(text, character);
                        fputs(character, f);
                }
        }
        fputc('\n', f);
}

static int json_get(struct json_object *o, const char *key, enum json_type type,
                    struct json_object **ret, struct error *err)
{
        struct json_object *value;

        if (!json_object_object_get_ex(o, key, &value) || !value)
                return error_set(err, -EINVAL, "key '%s' is missing", key);
        if (!json_object_is_type(value, type))
                return error_set(err, -EINVAL, "key '%s' is not of type %s", key,
                                 json_type_to_name(type));
        *ret = value;
        return 0;
}

int json_get_string(struct json_object *o, const char *key, const char **ret, struct error *err)
{
        struct json_object *value;
        int r = json_get(o, key, json_type_string, &value, err);

        if (r == 0)
                *ret = json_object_get_string(value);
        return r;
}

int json_get_u64(struct json_object *o, const char *key, uint64_t max, uint64_t *ret,
                 struct error *err)
{
        struct json_object *value;
        int r = json_get(o, key, json_type_int, &value, err);

        if (r < 0)
                return r;
        if (json_object_get_int64(value) < 0 || json_object_get_uint64(value) > max)
                return error_set(err, -EINVAL, "key '%s' is out of range", key);
        *ret = json_object_get_uint64(value);
        return 0;
}

int json_get_bool(struct json_object *o, const char *key, bool *ret, struct error *err)
{
        struct json_object *value;
        int r = json_get(o, key, json_type_boolean, &value, err);

        if (r == 0)
                *ret = json_object_get_boolean(value);
        return r;
}

int json_get_array(struct json_object *o, const char *key, struct json_object **ret,
                   struct error *err)
{
        return json_get(o, key, json_type_array, ret, err);
}

int json_get_object(struct json_object *o, const char *key, struct json_object **ret,
                    struct error *err)
{
        return json_get(o, key, json_type_object, ret, err);
}

bool json_has(struct json_object *o, const char *key)
{
        struct json_object *value;

        return json_object_object_get_ex(o, key, &value) && value;
}

void json_add_string(struct json_object *o, const char *key, const char *value)
{
        json_object_object_add(o, key, json_object_new_string(value));
}

void json_add_u64(struct json_object *o, const char *key, uint64_t value)
{
        json_object_object_add(o, key, json_object_new_uint64(value));
}

void json_add_bool(struct json_object *o, const char *key, bool value)
{
        json_object_object_add(o, key, json_object_new_boolean(value));
}
