/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option_dhcp.c - DHCP options from where one value has to hold many: a variable, an attribute,
 * a JSON object
 */
#include <ctype.h>
#include <string.h>

#include "launcher/option_table.h"
#include "podgraft/json.h"

/* One more of them; the text is kept as long as @options. */
static int store(const struct option_row *row, const char *label, const char *text, size_t len,
                 enum option_source source, struct options *options, struct error *err)
{
        return option_store(row, label, options_keep(options, text, len), source, options, err);
}

int option_store_lines(const struct option_row *row, const char *label, const char *value,
                       enum option_source source, struct options *options, struct error *err)
{
        int r = 0;

        while (r == 0 && *value) {
                size_t len = strcspn(value, "\n");

                if (len > 0)
                        r = store(row, label, value, len, source, options, err);
                value += len + (value[len] == '\n');
        }
        return r;
}

/* --- JSON --- */

static int wrong_value(const char *label, const char *key, struct error *err)
{
        return error_set_class(err, ERROR_USAGE, -EINVAL,
                               "%s: give '%s' as text, number, true, false, or a list of texts or "
                               "numbers",
                               label, key);
}

/* As the command line would have it; lists with commas. Return: false: it is of another type */
static bool print_value(FILE *f, struct json_object *value)
{
        switch (json_object_get_type(value)) {
        case json_type_boolean:
                fputs(json_object_get_boolean(value) ? "on" : "off", f);
                return true;
        case json_type_int:
        case json_type_string:
                fputs(json_object_get_string(value), f);
                return true;
        case json_type_array:
                for (size_t i = 0; i < json_object_array_length(value); i++) {
                        struct json_object *item = json_object_array_get_idx(value, i);

                        if (!json_object_is_type(item, json_type_string) &&
                            !json_object_is_type(item, json_type_int))
                                return false;
                        fprintf(f, "%s%s", i ? "," : "", json_object_get_string(item));
                }
                return true;
        default:
                return false;
        }
}

static int store_key(const struct option_row *row, const char *label, const char *prefix,
                     const char *key, struct json_object *value, struct options *options,
                     struct error *err)
{
        const char *name = key;
        _cleanup_free_ char *text = NULL;
        size_t len = 0;
        bool good;
        FILE *f;

        if (!isdigit((unsigned char)*key))
                name = dhcp_option_name(strncmp(prefix, "6:", 2) == 0, key);
        if (!name)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "%s: '%s' is unknown; 'podgraft up --dhcp-option help' "
                                       "lists the names, which have underscores here",
                                       label, key);
        f = open_memstream(&text, &len);
        if (!f)
                return error_set(err, -ENOMEM, "out of memory");
        fprintf(f, "%s%s=", prefix, name);
        good = print_value(f, value);
        if (fclose(f) != 0)
                return error_set(err, -ENOMEM, "out of memory");
        if (!good)
                return wrong_value(label, key, err);
        return store(row, label, text, len, FROM_FILE, options, err);
}

/* The prefix of what is in the object @key, where that is one of options; else NULL */
static const char *inner_prefix(const char *prefix, const char *key)
{
        if (!*prefix && strcmp(key, "6") == 0)
                return "6:";
        if (strcmp(key, "ipxe") != 0)
                return NULL;
        return !*prefix ? "ipxe:" : strcmp(prefix, "6:") == 0 ? "6:ipxe:" : NULL;
}

static int store_object(const struct option_row *row, const char *label, const char *prefix,
                        struct json_object *object, struct options *options, struct error *err)
{
        json_object_object_foreach(object, key, value)
        {
                const char *inner = inner_prefix(prefix, key);
                int r;

                if (inner && json_object_is_type(value, json_type_object))
                        r = store_object(row, label, inner, value, options, err);
                else
                        r = store_key(row, label, prefix, key, value, options, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

int option_store_json(const struct option_row *row, const char *label, struct json_object *value,
                      struct options *options, struct error *err)
{
        int r = 0;

        if (json_object_is_type(value, json_type_object))
                return store_object(row, label, "", value, options, err);
        if (!json_object_is_type(value, json_type_array))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "%s: give an object such as {\"ntp_servers\": "
                                       "[\"10.0.0.1\"]}, or a list of texts",
                                       label);
        for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++) {
                struct json_object *item = json_object_array_get_idx(value, i);

                if (!json_object_is_type(item, json_type_string))
                        return error_set_class(err, ERROR_USAGE, -EINVAL,
                                               "%s: an item of the list is no text", label);
                r = option_store(row, label, json_object_get_string(item), FROM_FILE, options, err);
        }
        return r;
}
