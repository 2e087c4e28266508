/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record_json.c - a record as JSON, and back; how the interface is served is in serving.c
 */
#include "netsetup/record_json.h"

#include <string.h>

#include "podgraft/name.h"

void record_boot_id(char ret[RECORD_BOOT_ID_LEN])
{
        _cleanup_fclose_ FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

        if (!f || !fgets(ret, RECORD_BOOT_ID_LEN, f))
                strcpy(ret, "unknown");
        ret[strcspn(ret, "\n")] = '\0';
}

static void owner_to_json(struct json_object *o, const char *of, const struct owner *owner)
{
        char key[16];

        if (!owner->given)
                return;
        snprintf(key, sizeof(key), "%s_uid", of);
        json_add_u64(o, key, owner->uid);
        snprintf(key, sizeof(key), "%s_gid", of);
        json_add_u64(o, key, owner->gid);
}

static int owner_from_json(struct json_object *o, const char *of, struct owner *ret,
                           struct error *err)
{
        uint64_t uid, gid;
        char key[16];
        int r;

        snprintf(key, sizeof(key), "%s_uid", of);
        if (!json_has(o, key))
                return 0;
        r = json_get_u64(o, key, UINT32_MAX, &uid, err);
        snprintf(key, sizeof(key), "%s_gid", of);
        if (r < 0 || (r = json_get_u64(o, key, UINT32_MAX, &gid, err)) < 0)
                return r;
        *ret = (struct owner){ true, (uint32_t)uid, (uint32_t)gid };
        return 0;
}

static struct json_object *conf_to_json(const struct graft_conf *conf)
{
        struct json_object *o = json_object_new_object();

        owner_to_json(o, "tap", &conf->tap_owner);
        json_add_bool(o, "keep_address", conf->keep_address);
        json_add_bool(o, "filter", conf->filter);
        json_add_bool(o, "filter_missing", conf->filter_missing);
        json_add_bool(o, "anti_spoof", conf->anti_spoof);
        return o;
}

static struct json_object *dhcp_options_to_json(const struct record *record)
{
        struct json_object *list = json_object_new_array();

        for (size_t i = 0; i < record->n_dhcp_options; i++)
                json_object_array_add(list, json_object_new_string(record->dhcp_options[i]));
        return list;
}

static int optional_bool(struct json_object *o, const char *key, bool *ret, struct error *err)
{
        return json_has(o, key) ? json_get_bool(o, key, ret, err) : 0;
}

/* Version 1 had neither keeper nor filter: what is missing is off. */
static int conf_from_json(struct json_object *o, struct graft_conf *ret, struct error *err)
{
        int r;

        if ((r = owner_from_json(o, "tap", &ret->tap_owner, err)) < 0 ||
            (r = optional_bool(o, "keep_address", &ret->keep_address, err)) < 0 ||
            (r = optional_bool(o, "filter", &ret->filter, err)) < 0 ||
            (r = optional_bool(o, "filter_missing", &ret->filter_missing, err)) < 0)
                return r;
        return optional_bool(o, "anti_spoof", &ret->anti_spoof, err);
}

static int dhcp_options_from_json(struct json_object *conf, struct record *ret, struct error *err)
{
        _cleanup_free_ const char **options = NULL;
        struct json_object *list;
        size_t n;
        int r;

        if (!json_has(conf, "dhcp_options"))
                return 0;
        r = json_get_array(conf, "dhcp_options", &list, err);
        if (r < 0)
                return r;
        n = json_object_array_length(list);
        options = calloc(n ? n : 1, sizeof(*options));
        if (!options)
                return error_set(err, -ENOMEM, "out of memory");
        for (size_t i = 0; i < n; i++) {
                struct json_object *text = json_object_array_get_idx(list, i);

                if (!json_object_is_type(text, json_type_string))
                        return error_set(err, -EINVAL, "'dhcp_options' has what is no text");
                options[i] = json_object_get_string(text);
        }
        if (record_set_dhcp_options(ret, options, n) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        return 0;
}

struct json_object *record_to_json(uint64_t cookie, const struct record *record)
{
        struct json_object *o = json_object_new_object(), *conf;
        char boot[RECORD_BOOT_ID_LEN];

        record_boot_id(boot);
        json_add_u64(o, "version", RECORD_VERSION);
        json_add_string(o, "boot_id", boot);
        json_add_u64(o, "netns_cookie", cookie);
        json_object_object_add(o, "identity", podnet_to_json(record->identity));
        json_object_object_add(o, "configuration", conf = conf_to_json(&record->conf));
        json_object_object_add(conf, "dhcp_options", dhcp_options_to_json(record));
        json_object_object_add(conf, "serving", record_serving_to_json(record));
        json_add_bool(o, "adopted", record->adopted);
        if (record->taken_over)
                json_add_bool(o, "taken_over", true);
        if (record->domain)
                json_add_string(o, "domain", record->domain);
        owner_to_json(o, "run", &record->run_as);
        if (record->owner)
                json_add_string(o, "owner", record->owner);
        if (record->attachment)
                json_add_string(o, "attachment", record->attachment);
        if (record->connect_uri)
                json_add_string(o, "connect", record->connect_uri);
        json_object_object_add(o, "original", netstate_to_json(record->original));
        return o;
}

static int optional_text(struct json_object *o, const char *key, char **ret, struct error *err)
{
        const char *text;
        int r;

        if (!json_has(o, key))
                return 0;
        r = json_get_string(o, key, &text, err);
        if (r < 0)
                return r;
        *ret = strdup(text);
        return *ret ? 0 : error_set(err, -ENOMEM, "out of memory");
}

/* libvirt's own files of the guest are called by it. */
static int get_domain(struct json_object *o, struct record *ret, struct error *err)
{
        int r = optional_text(o, "domain", &ret->domain, err);

        if (r == 0 && ret->domain && !file_name_is_valid(ret->domain))
                r = error_set(err, -EINVAL, "key 'domain' is no domain's name: '%s'", ret->domain);
        return r;
}

int record_from_json(struct json_object *o, struct record **ret, struct error *err)
{
        _cleanup_(cleanup_record_free) struct record *record = record_new();
        struct json_object *part;
        int r;

        if (!record)
                return error_set(err, -ENOMEM, "out of memory");
        if ((r = json_get_object(o, "original", &part, err)) < 0 ||
            (r = netstate_from_json(part, &record->original, err)) < 0 ||
            (r = json_get_object(o, "identity", &part, err)) < 0 ||
            (r = podnet_from_json(part, &record->identity, err)) < 0 ||
            (r = json_get_object(o, "configuration", &part, err)) < 0 ||
            (r = conf_from_json(part, &record->conf, err)) < 0 ||
            (r = dhcp_options_from_json(part, record, err)) < 0 ||
            (r = record_serving_from_json(part, record, err)) < 0 ||
            (r = optional_bool(o, "adopted", &record->adopted, err)) < 0 ||
            (r = optional_bool(o, "taken_over", &record->taken_over, err)) < 0 ||
            (r = get_domain(o, record, err)) < 0 ||
            (r = owner_from_json(o, "run", &record->run_as, err)) < 0 ||
            (r = optional_text(o, "owner", &record->owner, err)) < 0 ||
            (r = optional_text(o, "attachment", &record->attachment, err)) < 0 ||
            (r = optional_text(o, "connect", &record->connect_uri, err)) < 0)
                return r;
        *ret = take_ptr(record);
        return 0;
}
