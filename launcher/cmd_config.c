/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_config.c - the effective configuration; the JSON Schema of its file
 */
#include <string.h>

#include "launcher/commands.h"
#include "launcher/option_table.h"
#include "podgraft/json.h"
#include "podgraft/text.h"

static const char *const source_names[] = {
        [FROM_DEFAULT] = "default",         [FROM_FILE] = "file",
        [FROM_ENVIRONMENT] = "environment", [FROM_ARGUMENT] = "command line",
        [FROM_DOMAIN] = "domain",
};

static bool is_configuration(const struct option_row *row)
{
        return option_is_common(row);
}

/* What is in force, in words where nothing was said. */
static const char *value_text(const struct option_row *row, const struct option_given *given)
{
        if (given->text)
                return given->text;
        return row->type == VALUE_FLAG ? "no" : row->standard ? row->standard : "none";
}

static void print_value(const char *name, enum option_source source, const char *value)
{
        printf("%-20s %-13s ", name, source_names[source]);
        text_print(stdout, value);
        printf("\n");
}

static void print_row(const struct option_row *row, const struct option_given *given,
                      const char *value)
{
        print_value(row->name, given->source, value);
}

static struct json_object *value_json(const struct option_row *row,
                                      const struct option_given *given,
                                      const struct options *options)
{
        struct json_object *list;

        const char *const *texts = row->type == VALUE_DHCP ? options->dhcp_options : options->names;
        size_t n = row->type == VALUE_DHCP ? options->n_dhcp_options : options->n_names;

        if (!given->text)
                return NULL;
        if (row->type != VALUE_DHCP && (row->type != VALUE_NAMES || n == 1))
                return json_object_new_string(given->text);
        list = json_object_new_array();
        for (size_t i = 0; i < n; i++)
                json_object_array_add(list, json_object_new_string(texts[i]));
        return list;
}

/* The file's list of interfaces, as it is in there; NULL: none */
static struct json_object *list_of(const struct options *options)
{
        struct json_object *list;

        return json_object_object_get_ex(options->file, "interfaces", &list) ? list : NULL;
}

static void print_text(const struct options *options)
{
        for (size_t i = 0; i < n_option_rows; i++) {
                const struct option_given *given = &options->given[i];
                const struct option_row *row = &option_rows[i];

                if (!is_configuration(row))
                        continue;
                if (row->type == VALUE_DHCP && given->text)
                        for (size_t k = 0; k < options->n_dhcp_options; k++)
                                print_row(row, given, options->dhcp_options[k]);
                else if (row->type == VALUE_NAMES && given->text)
                        for (size_t k = 0; k < options->n_names; k++)
                                print_row(row, given, options->names[k]);
                else
                        print_row(row, given, value_text(row, given));
        }
        for (size_t i = 0; i < options->n_interfaces; i++)
                print_value("interfaces", FROM_FILE,
                            json_object_to_json_string_ext(
                                    json_object_array_get_idx(list_of(options), i),
                                    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void print_object(struct json_object *o)
{
        json_print(stdout, o);
        json_object_put(o);
}

static void print_json(const struct options *options)
{
        struct json_object *all = json_object_new_object();

        for (size_t i = 0; i < n_option_rows; i++) {
                const struct option_given *given = &options->given[i];
                struct json_object *o = json_object_new_object();
                char key[32];

                if (!is_configuration(&option_rows[i])) {
                        json_object_put(o);
                        continue;
                }
                json_object_object_add(o, "value", value_json(&option_rows[i], given, options));
                json_add_string(o, "source", source_names[given->source]);
                json_object_object_add(all, option_key(&option_rows[i], key), o);
        }
        if (options->n_interfaces > 0) {
                struct json_object *o = json_object_new_object();

                json_object_object_add(o, "value", json_object_get(list_of(options)));
                json_add_string(o, "source", source_names[FROM_FILE]);
                json_object_object_add(all, "interfaces", o);
        }
        print_object(all);
}

/* --- JSON Schema, https://json-schema.org/draft/2020-12/schema --- */

static void add_choices(struct json_object *o, const struct option_row *row)
{
        struct json_object *list = json_object_new_array();
        size_t len;

        for (const char *word = NULL; (word = option_word(row, word, &len));)
                json_object_array_add(list, json_object_new_string_len(word, (int)len));
        json_object_object_add(o, "enum", list);
}

static void add_number(struct json_object *o, uint32_t min, uint32_t max)
{
        json_add_string(o, "type", "integer");
        json_add_u64(o, "minimum", min);
        json_add_u64(o, "maximum", max);
}

static void add_lease(struct json_object *o)
{
        struct json_object *any = json_object_new_array(), *number = json_object_new_object(),
                           *word = json_object_new_object();

        add_number(number, 10, DHCP_LEASE_INFINITE - 1);
        json_add_string(word, "const", "infinite");
        json_object_array_add(any, number);
        json_object_array_add(any, word);
        json_object_object_add(o, "anyOf", any);
}

/* Which names there are, and what their values look like, podgraft itself checks. */
static void add_dhcp(struct json_object *o)
{
        struct json_object *any = json_object_new_array(), *object = json_object_new_object(),
                           *list = json_object_new_object(), *item = json_object_new_object();

        json_add_string(object, "type", "object");
        json_add_string(item, "type", "string");
        json_add_string(list, "type", "array");
        json_object_object_add(list, "items", item);
        json_object_array_add(any, object);
        json_object_array_add(any, list);
        json_object_object_add(o, "anyOf", any);
}

static struct json_object *property(const struct option_row *row)
{
        struct json_object *o = json_object_new_object();

        json_add_string(o, "description", row->help);
        switch (row->type) {
        case VALUE_FLAG:
                json_add_string(o, "type", "boolean");
                break;
        case VALUE_NUMBER:
                add_number(o, row->min, row->max);
                break;
        case VALUE_LEASE:
                add_lease(o);
                break;
        case VALUE_CHOICE:
                add_choices(o, row);
                break;
        case VALUE_MAC:
                json_add_string(o, "type", "string");
                json_add_string(o, "pattern", "^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$");
                break;
        case VALUE_OWNER:
                json_add_string(o, "type", "string");
                json_add_string(o, "pattern", "^[0-9]+:[0-9]+$");
                break;
        case VALUE_PCI:
                json_add_string(o, "type", "string");
                json_add_string(o, "pattern", "^[0-9A-Fa-f]{4}(:[0-9A-Fa-f]{2}){2}[.][0-7]$");
                break;
        case VALUE_TEXT:
        case VALUE_NAMES:
                json_add_string(o, "type", "string");
                json_add_u64(o, "minLength", 1);
                break;
        case VALUE_DHCP:
                add_dhcp(o);
                break;
        }
        return o;
}

/* One interface of the list: its name, and what can be its own. */
static struct json_object *interface_schema(void)
{
        struct json_object *o = json_object_new_object(), *own = json_object_new_object(),
                           *required = json_object_new_array(), *name = json_object_new_object();
        char key[32];

        json_add_string(name, "type", "string");
        json_add_string(name, "pattern", "^[^/:%\\s\\x00-\\x1f\\x7f-\\x9f]{1,15}$");
        json_object_object_add(own, "name", name);
        for (size_t i = 0; i < n_option_rows; i++)
                if (option_rows[i].commands & CMD_INTERFACE)
                        json_object_object_add(own, option_key(&option_rows[i], key),
                                               property(&option_rows[i]));
        json_add_string(o, "type", "object");
        json_add_bool(o, "additionalProperties", false);
        json_object_array_add(required, json_object_new_string("name"));
        json_object_object_add(o, "required", required);
        json_object_object_add(o, "properties", own);
        return o;
}

static struct json_object *interfaces_schema(void)
{
        struct json_object *o = json_object_new_object();

        json_add_string(o, "description",
                        "the pod's interfaces, each with what is not as for the others");
        json_add_string(o, "type", "array");
        json_add_u64(o, "minItems", 1);
        json_add_u64(o, "maxItems", POD_INTERFACES_MAX);
        json_object_object_add(o, "items", interface_schema());
        return o;
}

static void print_schema(void)
{
        struct json_object *schema = json_object_new_object(), *all = json_object_new_object();
        char key[32];

        json_add_string(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
        json_add_string(schema, "title", "podgraft configuration");
        json_add_string(schema, "type", "object");
        json_add_bool(schema, "additionalProperties", false);
        for (size_t i = 0; i < n_option_rows; i++)
                if (is_configuration(&option_rows[i]) && strcmp(option_rows[i].name, "config") != 0)
                        json_object_object_add(all, option_key(&option_rows[i], key),
                                               property(&option_rows[i]));
        json_object_object_add(all, "interfaces", interfaces_schema());
        json_object_object_add(schema, "properties", all);
        print_object(schema);
}

int cmd_config(const struct options *options, struct error *err _unused_)
{
        if (options->schema)
                print_schema();
        else if (options->json)
                print_json(options);
        else
                print_text(options);
        return 0;
}
