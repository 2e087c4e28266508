/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cni_result.c - what the runtime is answered: a result, an error, the versions
 */
#include <string.h>

#include "launcher/cni.h"
#include "podgraft/json.h"

/* An interface as results list it; @link: as netsetup_links_json() has it, for its MTU. */
static struct json_object *interface_new(const struct cni_request *request,
                                         struct json_object *link, const char *mac,
                                         const char *sandbox)
{
        struct json_object *o = json_object_new_object(), *mtu;
        const char *name = "";

        json_get_string(link, "name", &name, NULL);
        json_add_string(o, "name", name);
        json_add_string(o, "mac", mac);
        if (cni_version_has(request, "1.1.0") && json_object_object_get_ex(link, "mtu", &mtu))
                json_object_object_add(o, "mtu", json_object_get(mtu));
        json_add_string(o, "sandbox", sandbox);
        return o;
}

/*
 * In the pod the bridge and the tap; and the guest, whose interface is the tap in a sandbox that
 * has the container's name: so the plugin tc-redirect-tap does it, and runtimes of virtual machines
 * look for it.
 */
static struct json_object *our_interfaces(const struct cni_request *request,
                                          struct json_object *links, const char *guest_mac)
{
        static const char *const keys[] = { "bridge", "tap" };
        struct json_object *all = json_object_new_array(), *link;
        const char *mac = "";

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (json_get_object(links, keys[i], &link, NULL) == 0) {
                        json_get_string(link, "mac", &mac, NULL);
                        json_object_array_add(all,
                                              interface_new(request, link, mac, request->netns));
                }
        if (json_get_object(links, "tap", &link, NULL) == 0)
                json_object_array_add(
                        all, interface_new(request, link, guest_mac, request->container_id));
        return all;
}

/*
 * Its addresses stay the pod interface's and are not listed once more for the guest: a runtime that
 * takes every address for one of the pod's would report the pod to have each twice.
 */
struct json_object *cni_result(const struct cni_request *request, struct json_object *links,
                               const char *guest_mac)
{
        _cleanup_(cleanup_json_unref) struct json_object *ours =
                our_interfaces(request, links, guest_mac);
        struct json_object *result = NULL, *interfaces;

        if (request->previous)
                json_object_deep_copy(request->previous, &result, NULL);
        if (!result)
                result = json_object_new_object();
        json_add_string(result, "cniVersion", request->version);
        if (!json_object_object_get_ex(result, "interfaces", &interfaces) || !interfaces) {
                interfaces = json_object_new_array();
                json_object_object_add(result, "interfaces", interfaces);
        }
        for (size_t i = 0; i < json_object_array_length(ours); i++)
                json_object_array_add(interfaces,
                                      json_object_get(json_object_array_get_idx(ours, i)));
        return result;
}

static bool is_same(struct json_object *a, struct json_object *b, const char *key)
{
        const char *x = "", *y = "";

        return json_get_string(a, key, &x, NULL) == 0 && json_get_string(b, key, &y, NULL) == 0 &&
               strcasecmp(x, y) == 0;
}

static bool is_listed(struct json_object *interfaces, struct json_object *wanted)
{
        for (size_t i = 0; i < json_object_array_length(interfaces); i++) {
                struct json_object *have = json_object_array_get_idx(interfaces, i);

                if (json_object_is_type(have, json_type_object) && is_same(have, wanted, "name") &&
                    is_same(have, wanted, "mac") && is_same(have, wanted, "sandbox"))
                        return true;
        }
        return false;
}

bool cni_result_has(const struct cni_request *request, struct json_object *links,
                    const char *guest_mac, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *ours =
                our_interfaces(request, links, guest_mac);
        struct json_object *listed = NULL;

        json_get_array(request->previous, "interfaces", &listed, NULL);
        for (size_t i = 0; i < json_object_array_length(ours); i++) {
                struct json_object *wanted = json_object_array_get_idx(ours, i);

                if (listed && is_listed(listed, wanted))
                        continue;
                error_set(err, -ESTALE, "prevResult does not list the interface %s",
                          json_object_to_json_string_ext(wanted, JSON_C_TO_STRING_PLAIN));
                return false;
        }
        return true;
}

struct json_object *cni_failure(const struct cni_request *request, enum cni_code code,
                                const char *message)
{
        struct json_object *o = json_object_new_object();
        char details[512] = "";

        if (request->container_id && request->ifname)
                snprintf(details, sizeof(details), "container '%s', interface '%s'%s%.300s%s",
                         request->container_id, request->ifname, request->netns ? ", in '" : "",
                         request->netns ? request->netns : "", request->netns ? "'" : "");
        json_add_string(o, "cniVersion", request->version);
        json_add_u64(o, "code", code);
        json_add_string(o, "msg", message);
        json_add_string(o, "details", details);
        return o;
}

struct json_object *cni_versions(const struct cni_request *request)
{
        struct json_object *o = json_object_new_object(), *all = json_object_new_array();
        const char *version;

        json_add_string(o, "cniVersion", request->version);
        for (size_t i = 0; (version = cni_version(i)); i++)
                json_object_array_add(all, json_object_new_string(version));
        json_object_object_add(o, "supportedVersions", all);
        return o;
}

enum cni_code cni_code_of(const struct error *err)
{
        switch (err->class) {
        case ERROR_USAGE:
                return CNI_BAD_CONFIG;
        case ERROR_CANNOT:
                return CNI_CANNOT;
        case ERROR_HALF_DONE:
                return CNI_HALF_DONE;
        default:
                return err->code == -EBUSY ? CNI_TRY_LATER : CNI_FAILED;
        }
}
