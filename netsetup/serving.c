/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * serving.c - how an interface is to be served: of no meaning in this layer, kept in the record, so
 * that whoever replaces the pod's responder later knows of every interface what it was told
 */
#include <string.h>

#include "netsetup/record_json.h"
#include "netsetup/session.h"

int record_set_serving(struct record *record, const struct netsetup_serving *serving)
{
        struct netsetup_serving *own = &record->serving;
        /* From inside of the namespace, nobody knows its name; it has it all the same. */
        bool other_mount =
                serving->mount && (!own->mount || strcmp(own->mount, serving->mount) != 0);
        char *mount = other_mount ? strdup(serving->mount) : NULL;

        if (other_mount && !mount)
                return -ENOMEM;
        if (!other_mount && own->guarded == serving->guarded &&
            own->lease_sec == serving->lease_sec)
                return 0;
        own->guarded = serving->guarded;
        own->lease_sec = serving->lease_sec;
        if (other_mount) {
                free((void *)own->mount);
                own->mount = mount;
        }
        return 1;
}

struct json_object *record_serving_to_json(const struct record *record)
{
        const struct netsetup_serving *serving = &record->serving;
        struct json_object *o = json_object_new_object();

        json_add_bool(o, "guarded", serving->guarded);
        json_add_u64(o, "lease_sec", serving->lease_sec);
        if (serving->mount)
                json_add_string(o, "mount", serving->mount);
        return o;
}

int record_serving_from_json(struct json_object *conf, struct record *record, struct error *err)
{
        struct netsetup_serving serving = { 0 };
        struct json_object *o;
        uint64_t lease_sec;
        int r;

        record->serving = (struct netsetup_serving){ .guarded = true, .lease_sec = UINT32_MAX };
        if (!json_has(conf, "serving")) /* an older podgraft's */
                return 0;
        if ((r = json_get_object(conf, "serving", &o, err)) < 0 ||
            (r = json_get_bool(o, "guarded", &serving.guarded, err)) < 0 ||
            (r = json_get_u64(o, "lease_sec", UINT32_MAX, &lease_sec, err)) < 0 ||
            (json_has(o, "mount") && (r = json_get_string(o, "mount", &serving.mount, err)) < 0))
                return r;
        serving.lease_sec = (uint32_t)lease_sec;
        return record_set_serving(record, &serving) < 0 ? error_set(err, -ENOMEM, "out of memory")
                                                        : 0;
}

const struct netsetup_serving *netsetup_recorded_serving(const struct netsetup *ns)
{
        return ns->record && ns->is_recorded ? &ns->record->serving : &ns->conf.serving;
}
