/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option_table.h - inside the options: the rows, and how a row's value is stored
 */
#pragma once

#include <stddef.h>

#include "launcher/options.h"

enum value_type {
        VALUE_FLAG,   /* bool; as text yes or no */
        VALUE_TEXT,   /* const char *, not empty */
        VALUE_CHOICE, /* const char *, one of the words in .arg: "a|b"; "[a|b]" may be left out */
        VALUE_NUMBER, /* uint32_t within .min and .max */
        VALUE_LEASE,  /* uint32_t seconds, or "infinite" */
        VALUE_MAC,    /* netsetup_conf.mac */
        VALUE_OWNER,  /* struct owner */
        VALUE_NAMES,  /* options.names: one more for each time it is given */
        VALUE_PCI,    /* const char *, "0000:81:00.0" */
        VALUE_DHCP,   /* options.dhcp_options: one more for each time it is given */
};

struct option_row {
        const char *name;
        const char *arg; /* how --help shows the value; NULL: none */
        enum value_type type;
        size_t offset;
        unsigned commands; /* enum command_bit */
        uint32_t min, max;
        const char *standard; /* "=30": stored so; other text only describes it; NULL: nothing.
                                 Where the value may be left out: what it is then */
        const char *help;
};

extern const struct option_row option_rows[];
extern const size_t n_option_rows;

/** option_is_common() - configuration that is no matter of one interface alone */
bool option_is_common(const struct option_row *row);

/** option_is_known() - does the command take it? config takes all that are no one-time request */
bool option_is_known(const struct option_row *row, enum command_bit command);

/** option_find() - the row called @name of @len bytes that @command knows, or NULL */
const struct option_row *option_find(enum command_bit command, const char *name, size_t len);

/**
 * option_word() - the words of a VALUE_CHOICE, one by one, not NUL-terminated
 * @after: NULL, or the word before, whose length is still in @len
 */
const char *option_word(const struct option_row *row, const char *after, size_t *len);
bool option_has_word(const struct option_row *row, const char *value);

/** option_is_fine_alone() - can it be given without a value? */
bool option_is_fine_alone(const struct option_row *row);

/**
 * option_store() - parse @value, put it into its field, remember where it came from
 * @label: how an error names it: "--mtu", "PODGRAFT_MTU", "key 'mtu'"
 * @value: must outlive @options
 * Return: 0; -EINVAL (ERROR_USAGE) saying what it should have been
 */
int option_store(const struct option_row *row, const char *label, const char *value,
                 enum option_source source, struct options *options, struct error *err);

/** options_keep() - a copy of @text that lives as long as @options */
const char *options_keep(struct options *options, const char *text, size_t len);

/** option_store_lines() - a VALUE_DHCP with one option a line; as option_store() */
int option_store_lines(const struct option_row *row, const char *label, const char *value,
                       enum option_source source, struct options *options, struct error *err);

/** option_store_json() - a VALUE_DHCP as an object by JSON names, or a list of texts */
struct json_object;
int option_store_json(const struct option_row *row, const char *label, struct json_object *value,
                      struct options *options, struct error *err);

/**
 * option_store_interfaces() - the file's list of interfaces
 * Return: 0; ERROR_USAGE naming the interface
 */
int option_store_interfaces(struct json_object *list, struct options *options, struct error *err);

/** option_take_json() - one key of the file and its value, for a row that is known */
int option_take_json(const struct option_row *row, struct json_object *value,
                     struct options *options, struct error *err);

/** option_key() - "lease-time" as a key of JSON, "lease_time" */
const char *option_key(const struct option_row *row, char ret[32]);
