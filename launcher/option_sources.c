/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option_sources.c - where options come from: each source overrides the ones before it
 *
 *     the table's defaults -> the JSON file of --config -> PODGRAFT_… in the environment
 *     -> the command line (for a hook: the attributes in the domain's XML)
 */
#include <ctype.h>
#include <string.h>

#include "launcher/option_table.h"
#include "podgraft/json.h"
#include "podgraft/name.h"

static int take_defaults(struct options *options, struct error *err)
{
        for (size_t i = 0; i < n_option_rows; i++) {
                const struct option_row *row = &option_rows[i];
                int r;

                if (!row->standard || row->standard[0] != '=')
                        continue;
                r = option_store(row, row->name, row->standard + 1, FROM_DEFAULT, options, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* --- the file --- */

static bool is_for_files(const struct option_row *row)
{
        return option_is_common(row) && strcmp(row->name, "config") != 0;
}

static const struct option_row *find_key(const char *key)
{
        char have[32];

        for (size_t i = 0; i < n_option_rows; i++)
                if (is_for_files(&option_rows[i]) &&
                    strcmp(option_key(&option_rows[i], have), key) == 0)
                        return &option_rows[i];
        return NULL;
}

/* A JSON value as the text that the command line would have had; NULL: of another type. */
static const char *text_of_json(const struct option_row *row, struct json_object *value)
{
        switch (json_object_get_type(value)) {
        case json_type_boolean:
                return row->type != VALUE_FLAG          ? NULL
                       : json_object_get_boolean(value) ? "yes"
                                                        : "no";
        case json_type_int:
                return row->type == VALUE_NUMBER || row->type == VALUE_LEASE
                               ? json_object_get_string(value)
                               : NULL;
        case json_type_string:
                return row->type == VALUE_FLAG || row->type == VALUE_NUMBER
                               ? NULL
                               : json_object_get_string(value);
        default:
                return NULL;
        }
}

static int check_type(const struct option_row *row, struct json_object *value, struct error *err)
{
        char key[32];

        if (row->type == VALUE_DHCP || text_of_json(row, value))
                return 0;
        return error_set_class(err, ERROR_USAGE, -EINVAL, "key '%s': give %s", option_key(row, key),
                               row->type == VALUE_FLAG     ? "true or false"
                               : row->type == VALUE_NUMBER ? "a number"
                                                           : "a text");
}

int option_take_json(const struct option_row *row, struct json_object *value,
                     struct options *options, struct error *err)
{
        char label[64], key[32];
        int r = check_type(row, value, err);

        if (r < 0)
                return r;
        snprintf(label, sizeof(label), "key '%s'", option_key(row, key));
        return row->type == VALUE_DHCP ? option_store_json(row, label, value, options, err)
                                       : option_store(row, label, text_of_json(row, value),
                                                      FROM_FILE, options, err);
}

static int take_key(enum command_bit command, const char *key, struct json_object *value,
                    struct options *options, struct error *err)
{
        const struct option_row *row = find_key(key);

        if (strcmp(key, "interfaces") == 0)
                return option_store_interfaces(value, options, err);
        if (!row)
                return error_set_class(err, ERROR_USAGE, -ENOKEY,
                                       "key '%s' is unknown; 'podgraft config --schema' has them "
                                       "all",
                                       key);
        /* One file serves all commands; each takes what it knows, of whatever the type is right. */
        return option_is_known(row, command) ? option_take_json(row, value, options, err)
                                             : check_type(row, value, err);
}

static int take_file(enum command_bit command, const char *path, struct options *options,
                     struct error *err)
{
        int r = json_read_file(path, &options->file, err);

        if (r == 0 && !json_object_is_type(options->file, json_type_object))
                r = error_set(err, -EINVAL, "it is no JSON object");
        if (r == 0) {
                json_object_object_foreach(options->file, key, value)
                {
                        r = take_key(command, key, value, options, err);
                        if (r < 0)
                                break;
                }
        }
        if (r < 0 && err) {
                err->class = ERROR_USAGE;
                error_context(err, "--config '%s'", path);
        }
        return r;
}

/* --- the environment --- */

static const char *variable_name(const struct option_row *row, char ret[48])
{
        snprintf(ret, 48, "PODGRAFT_%s", row->name);
        for (char *p = ret; *p; p++)
                *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
        return ret;
}

/* Usually nothing is, and asking for each option takes a tenth of a start's instructions. */
static bool is_any_set(void)
{
        for (char **e = environ; e && *e; e++)
                if (strncmp(*e, "PODGRAFT_", 9) == 0 &&
                    strncmp(*e + 9, "LIBEXECDIR=", 11) != 0) /* no option's */
                        return true;
        return false;
}

static int take_environment(enum command_bit command, struct options *options, struct error *err)
{
        char name[48];

        if (!is_any_set())
                return 0;
        for (size_t i = 0; i < n_option_rows; i++) {
                const struct option_row *row = &option_rows[i];
                const char *value = getenv(variable_name(row, name));
                int r;

                if (!value || !option_is_known(row, command) || (row->commands & CMD_TYPED))
                        continue;
                r = row->type == VALUE_DHCP
                            ? option_store_lines(row, name, value, FROM_ENVIRONMENT, options, err)
                            : option_store(row, name, value, FROM_ENVIRONMENT, options, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* --- the command line --- */

static int take_positional(const char *arg, unsigned max_args, struct options *options,
                           struct error *err)
{
        if (max_args == 0)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "unexpected argument '%s'; options begin with --", arg);
        if (options->n_args == max_args)
                return error_set_class(err, ERROR_USAGE, -EINVAL, "one argument too many: '%s'",
                                       arg);
        options->args[options->n_args++] = arg;
        return 0;
}

/* The option at argv[*i]; its value may be the next argument. */
static int take_argument(enum command_bit command, int argc, char **argv, int *i,
                         struct options *options, struct error *err)
{
        const char *arg = strcmp(argv[*i], "-h") == 0 ? "--help" : argv[*i], *value = NULL;
        size_t len = strcspn(arg + 2, "=");
        const struct option_row *row = option_find(command, arg + 2, len);
        char label[40];

        if (!row)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "unknown option '%s'; --help lists the options", arg);
        if (arg[2 + len] == '=')
                value = arg + 2 + len + 1;
        if (!row->arg && value)
                return error_set_class(err, ERROR_USAGE, -EINVAL, "--%s takes no value", row->name);
        if (row->arg && !value && option_is_fine_alone(row)) {
                value = *i + 1 < argc && option_has_word(row, argv[*i + 1]) ? argv[++*i]
                                                                            : row->standard;
        } else if (row->arg && !value) {
                if (*i + 1 >= argc)
                        return error_set_class(err, ERROR_USAGE, -EINVAL, "--%s needs a value: %s",
                                               row->name, row->arg);
                value = argv[++*i];
        }
        snprintf(label, sizeof(label), "--%s", row->name);
        return option_store(row, label, value ? value : "yes", FROM_ARGUMENT, options, err);
}

static int take_arguments(enum command_bit command, unsigned max_args, int argc, char **argv,
                          struct options *options, struct error *err)
{
        for (int i = 0; i < argc; i++) {
                int r;

                if (strncmp(argv[i], "--", 2) == 0 || strcmp(argv[i], "-h") == 0)
                        r = take_argument(command, argc, argv, &i, options, err);
                else
                        r = take_positional(argv[i], max_args, options, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* --- all of them --- */

static int check_hostname(const char *name, struct error *err)
{
        char clean[PODNET_DOMAIN_LEN];

        return !name || podnet_clean_domain(name, clean)
                       ? 0
                       : error_set_class(err, ERROR_USAGE, -EINVAL,
                                         "--hostname '%.64s': give a name such as vm1 or "
                                         "vm1.example",
                                         name);
}

static int check(const struct options *options, struct error *err)
{
        int r = check_hostname(options->net.hostname, err);

        for (size_t i = 0; r == 0 && i < options->n_interfaces; i++)
                r = check_hostname(options->interfaces[i].hostname, err);
        if (r < 0)
                return r;
        if (options->net.no_filter && options->net.anti_spoof)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "--anti-spoof is a part of the filter that --no-filter "
                                       "leaves out; give one of them");
        if (options_n_interfaces(options) > 1 && (options->net.has_mac || options->alias))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "several interfaces cannot share one %s; give each its own "
                                       "in the file's list of interfaces",
                                       options->net.has_mac ? "MAC address" : "alias");
        return 0;
}

/* The command line is read twice: the file it names comes before it. */
static int find_file(enum command_bit command, unsigned max_args, int argc, char **argv,
                     const char **ret, struct error *err)
{
        struct options first = { 0 };
        int r = take_environment(command, &first, err);

        if (r == 0)
                r = take_arguments(command, max_args, argc, argv, &first, err);
        if (r == 0 && !first.help)
                *ret = first.config;
        options_done(&first);
        return r;
}

int options_parse(enum command_bit command, unsigned max_args, int argc, char **argv,
                  struct options *ret, struct error *err)
{
        const char *file = NULL;
        int r;

        *ret = (struct options){ 0 };
        if ((r = find_file(command, max_args, argc, argv, &file, err)) < 0 ||
            (r = take_defaults(ret, err)) < 0 ||
            (file && (r = take_file(command, file, ret, err)) < 0) ||
            (r = take_environment(command, ret, err)) < 0 ||
            (r = take_arguments(command, max_args, argc, argv, ret, err)) < 0)
                return r;
        if (ret->run_as.given && !ret->net.tap_owner.given)
                ret->net.tap_owner = ret->run_as; /* QEMU opens it */
        return check(ret, err);
}

int options_set(const char *name, const char *value, struct options *options, struct error *err)
{
        const struct option_row *row = option_find(CMD_NETWORK, name, strlen(name));
        char label[64];
        int r;

        snprintf(label, sizeof(label), "attribute '%.32s'", name);
        if (!row)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "%s is unknown; the attributes are podgraft's long options, "
                                       "see podgraft-hook(8)",
                                       label);
        r = row->type == VALUE_DHCP
                    ? option_store_lines(row, label, value, FROM_DOMAIN, options, err)
                    : option_store(row, label, value, FROM_DOMAIN, options, err);
        if (r < 0)
                return r;
        /* They may have been resolved: what somebody asks for is no default any more. */
        if (row->offset == offsetof(struct options, net.hostname))
                options->net.default_hostname = false;
        if (row->offset == offsetof(struct options, net.resolv_conf))
                options->net.default_resolv_conf = false;
        return check(options, err);
}

int options_take(struct json_object *keys, struct options *ret, struct error *err)
{
        int r;

        *ret = (struct options){ 0 };
        r = take_defaults(ret, err);
        if (r < 0)
                return r;
        json_object_object_foreach(keys, key, value)
        {
                const struct option_row *row = find_key(key);

                /* "up", which has no domain; but not what one types for it. */
                if (row ? !option_is_known(row, CMD_NETWORK) || !option_is_known(row, CMD_UP)
                        : strcmp(key, "interfaces") == 0)
                        return error_set_class(err, ERROR_USAGE, -ENOKEY,
                                               "key '%s' has no meaning here", key);
                r = take_key(CMD_NETWORK, key, value, ret, err);
                if (r < 0)
                        return r;
        }
        return check(ret, err);
}

void options_done(struct options *options)
{
        json_object_put(options->file);
        json_object_put(options->texts);
        options->file = options->texts = NULL;
}

void options_resolve(struct options *options)
{
        options->net.default_resolv_conf = !options->net.resolv_conf;
        if (!options->net.resolv_conf && options->netns && file_name_is_valid(options->netns)) {
                snprintf(options->resolv_conf_buf, sizeof(options->resolv_conf_buf),
                         "/etc/netns/%s/resolv.conf", options->netns);
                if (access(options->resolv_conf_buf, F_OK) == 0)
                        options->net.resolv_conf = options->resolv_conf_buf;
        }
        if (!options->net.resolv_conf)
                options->net.resolv_conf = "/etc/resolv.conf";
        /* From outside, the UTS name is the node's, which is no business of the guest's. */
        if (!options->net.hostname && !options->netns &&
            gethostname(options->hostname_buf, sizeof(options->hostname_buf) - 1) == 0 &&
            check_hostname(options->hostname_buf, NULL) == 0) {
                options->net.hostname = options->hostname_buf;
                options->net.default_hostname = true;
        }
}
