/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option_interfaces.c - the file's list of interfaces, each with what is its own
 *
 *     "interfaces": [{"name": "eth0"}, {"name": "net1", "mtu": 1400, "dhcp": "v4"}]
 *
 * Their keys are those of the options that are of one interface.
 */
#include <string.h>

#include "launcher/option_table.h"
#include "podgraft/json.h"
#include "podgraft/name.h"

static const struct option_row *find_key(const char *key)
{
        char have[32];

        for (size_t i = 0; i < n_option_rows; i++)
                if ((option_rows[i].commands & CMD_INTERFACE) &&
                    strcmp(option_key(&option_rows[i], have), key) == 0)
                        return &option_rows[i];
        return NULL;
}

static int take_keys(struct json_object *entry, struct options *own, struct error *err)
{
        json_object_object_foreach(entry, key, value)
        {
                const struct option_row *row = find_key(key);
                int r;

                if (strcmp(key, "name") == 0)
                        continue;
                if (!row)
                        return error_set_class(err, ERROR_USAGE, -ENOKEY,
                                               "key '%s' is unknown there; 'podgraft config "
                                               "--schema' has them all",
                                               key);
                r = option_take_json(row, value, own, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What was said of one interface, out of options that were all zero before. */
static struct pod_interface interface_of(const char *name, const struct options *own)
{
        struct pod_interface interface = {
                .name = name,
                .has_mac = own->net.has_mac,
                .mtu_bytes = own->net.mtu_bytes,
                .queues = own->net.queues,
                .dhcp = own->net.dhcp,
                .ipv6 = own->net.ipv6,
                .lease_sec = own->lease_sec,
                .n_dhcp_options = own->n_dhcp_options,
                .hostname = own->net.hostname,
                .resolv_conf = own->net.resolv_conf,
                .alias = own->alias,
                .model = own->model,
                .boot_order = own->boot_order,
                .pci_address = own->pci_address,
                .acpi_index = own->acpi_index,
        };

        memcpy(interface.mac, own->net.mac, MAC_LEN);
        memcpy(interface.dhcp_options, own->dhcp_options, sizeof(interface.dhcp_options));
        return interface;
}

static int take_name(struct json_object *entry, const struct options *options, const char **ret,
                     struct error *err)
{
        const char *name;

        if (!json_object_is_type(entry, json_type_object) ||
            json_get_string(entry, "name", &name, NULL) < 0)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "give each interface as an object with a 'name' and what "
                                       "is its own");
        if (!interface_name_is_valid(name))
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "'name' '%s': give " INTERFACE_NAME_RULE, name);
        for (size_t i = 0; i < options->n_interfaces; i++)
                if (strcmp(options->interfaces[i].name, name) == 0)
                        return error_set_class(err, ERROR_USAGE, -EINVAL, "'%s' is there twice",
                                               name);
        *ret = name;
        return 0;
}

static int take_entry(struct json_object *entry, struct options *options, struct error *err)
{
        struct options own = { .texts = options->texts };
        const char *name = NULL;
        int r = take_name(entry, options, &name, err);

        if (r < 0)
                return r;
        r = take_keys(entry, &own, err);
        options->texts = own.texts; /* they are kept as long as these */
        if (r < 0)
                return error_context(err, "'%s'", name);
        options->interfaces[options->n_interfaces++] = interface_of(name, &own);
        return 0;
}

int option_store_interfaces(struct json_object *list, struct options *options, struct error *err)
{
        int r = 0;

        options->n_interfaces = 0;
        if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) == 0 ||
            json_object_array_length(list) > POD_INTERFACES_MAX)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "key 'interfaces': give a list of 1 to %u objects",
                                       POD_INTERFACES_MAX);
        for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++)
                r = take_entry(json_object_array_get_idx(list, i), options, err);
        return r < 0 ? error_context(err, "key 'interfaces'") : 0;
}
