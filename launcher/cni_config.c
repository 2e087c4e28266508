/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cni_config.c - what the runtime asks: the environment and the configuration on stdin
 */
#include <ctype.h>
#include <string.h>

#include "launcher/cni.h"
#include "podgraft/json.h"
#include "podgraft/name.h"
#include "podgraft/sha256.h"

#define VALID_ATTACHMENTS "cni.dev/valid-attachments"

#define NEEDS_CONTAINER (1 << 0)
#define NEEDS_NETNS     (1 << 1)
#define NEEDS_IFNAME    (1 << 2)
#define NEEDS_ALL       (NEEDS_CONTAINER | NEEDS_NETNS | NEEDS_IFNAME)

/* "since": the version that brought the command. */
static const struct {
        const char *name;
        unsigned needs;
        const char *since;
} commands[] = {
        [CNI_ADD] = { "ADD", NEEDS_ALL, "0.3.1" },
        [CNI_DEL] = { "DEL", NEEDS_CONTAINER | NEEDS_IFNAME, "0.3.1" },
        [CNI_CHECK] = { "CHECK", NEEDS_ALL, "0.4.0" },
        [CNI_STATUS] = { "STATUS", 0, "1.1.0" },
        [CNI_GC] = { "GC", 0, "1.1.0" },
        [CNI_VERSION] = { "VERSION", 0, "0.3.1" },
};

static const char *const versions[] = { "0.3.1", "0.4.0", "1.0.0", "1.1.0" };

/* Of CNI itself; all other keys of the configuration are podgraft's options. */
static const char *const cni_keys[] = {
        "cniVersion",
        "cniVersions",
        "name",
        "type",
        "args",
        "prevResult",
        "dns",
        "runtimeConfig",
        "capabilities",
        "ipam",
        "disableCheck",
        "disableGC",
        "loadOnlyInlinedPlugins",
};

/* --- the environment --- */

static const char *given(const char *value)
{
        return value && *value ? value : NULL;
}

static enum cni_code read_environment(const struct cni_environment *e, struct cni_request *ret,
                                      struct error *err)
{
        const char *command = given(e->command), *missing;
        unsigned needs, i = 0;

        if (!command) {
                error_set(err, -EINVAL,
                          "CNI_COMMAND is not set: podgraft-cni is called by a container runtime");
                return CNI_BAD_ENVIRONMENT;
        }
        while (i < ARRAY_SIZE(commands) && strcmp(commands[i].name, command) != 0)
                i++;
        if (i == ARRAY_SIZE(commands)) {
                error_set(err, -EINVAL, "CNI_COMMAND '%.32s' is unknown", command);
                return CNI_BAD_ENVIRONMENT;
        }
        ret->command = (enum cni_command)i;
        ret->container_id = given(e->container_id);
        ret->netns = given(e->netns);
        ret->ifname = given(e->ifname);
        needs = commands[i].needs;
        missing = needs & NEEDS_CONTAINER && !ret->container_id ? "CNI_CONTAINERID"
                  : needs & NEEDS_NETNS && !ret->netns          ? "CNI_NETNS"
                  : needs & NEEDS_IFNAME && !ret->ifname        ? "CNI_IFNAME"
                                                                : NULL;
        if (missing)
                error_set(err, -EINVAL, "%s is not set, which %s needs", missing, command);
        else if (ret->container_id && !container_id_is_valid(ret->container_id))
                error_set(err, -EINVAL,
                          "CNI_CONTAINERID is no container id: letters, digits, '_', '.' and '-'");
        else if (ret->ifname && !interface_name_is_valid(ret->ifname))
                error_set(err, -EINVAL, "CNI_IFNAME is no name of an interface");
        else
                return CNI_OK;
        return CNI_BAD_ENVIRONMENT;
}

/* --- the configuration --- */

static int version_rank(const char *version)
{
        for (int i = 0; i < (int)ARRAY_SIZE(versions); i++)
                if (strcmp(versions[i], version) == 0)
                        return i;
        return -1;
}

bool cni_version_has(const struct cni_request *request, const char *since)
{
        return version_rank(request->version) >= version_rank(since);
}

const char *cni_version(size_t i)
{
        return i < ARRAY_SIZE(versions) ? versions[i] : NULL;
}

static enum cni_code read_version(struct cni_request *request, struct error *err)
{
        const char *version = "0.1.0"; /* what "not given" means */
        int rank;

        if (json_has(request->config, "cniVersion") &&
            json_get_string(request->config, "cniVersion", &version, err) < 0)
                return CNI_BAD_CONTENT;
        rank = version_rank(version);
        if (request->command == CNI_VERSION && rank < 0)
                rank = (int)ARRAY_SIZE(versions) - 1; /* this is how one asks which to use */
        if (rank < 0) {
                error_set(err, -EPROTO,
                          "cniVersion '%.32s' is not supported; 'podgraft-cni' speaks 0.3.1, "
                          "0.4.0, 1.0.0 and 1.1.0",
                          version);
                return CNI_INCOMPATIBLE_VERSION;
        }
        request->version = versions[rank];
        if (!cni_version_has(request, commands[request->command].since)) {
                error_set(err, -EPROTO, "cniVersion '%s' has no %s, which came with %s", version,
                          commands[request->command].name, commands[request->command].since);
                return CNI_INCOMPATIBLE_VERSION;
        }
        return CNI_OK;
}

static enum cni_code read_network(struct cni_request *request, struct error *err)
{
        if (request->command == CNI_STATUS && !json_has(request->config, "name"))
                return CNI_OK;
        if (json_get_string(request->config, "name", &request->network, err) < 0)
                return CNI_BAD_CONFIG;
        if (!*request->network) {
                error_set(err, -EINVAL, "key 'name': it is empty; give the network's");
                return CNI_BAD_CONFIG;
        }
        return CNI_OK;
}

/* "args": {"cni": {"logicNetworkName": "default"}}; of args, all else is somebody else's. */
static enum cni_code read_args(struct cni_request *request, struct error *err)
{
        struct json_object *args, *cni;

        if (!json_has(request->config, "args"))
                return CNI_OK;
        if (json_get_object(request->config, "args", &args, err) < 0)
                return CNI_BAD_CONFIG;
        if (!json_has(args, "cni"))
                return CNI_OK;
        if (json_get_object(args, "cni", &cni, err) < 0 ||
            (json_has(cni, "logicNetworkName") &&
             json_get_string(cni, "logicNetworkName", &request->logic_network, err) < 0)) {
                error_context(err, "key 'args'");
                return CNI_BAD_CONFIG;
        }
        request->logic_network = given(request->logic_network);
        return CNI_OK;
}

static enum cni_code read_previous(struct cni_request *request, struct error *err)
{
        struct json_object *interfaces;
        bool needed = request->command == CNI_CHECK ||
                      (request->command == CNI_ADD && !request->logic_network);

        if (json_has(request->config, "prevResult")) {
                if (json_get_object(request->config, "prevResult", &request->previous, err) < 0 ||
                    (json_has(request->previous, "interfaces") &&
                     json_get_array(request->previous, "interfaces", &interfaces, err) < 0))
                        return CNI_BAD_CONFIG;
                return CNI_OK;
        }
        if (!needed)
                return CNI_OK;
        error_set(
                err, -EINVAL,
                "key 'prevResult' is missing: podgraft-cni is chained behind the plugin that made "
                "the interface, or is KubeVirt's network binding plugin");
        return CNI_BAD_CONFIG;
}

/* "cni.dev/valid-attachments" and what may come after it. */
static bool is_cni_key(const char *key)
{
        for (size_t i = 0; i < ARRAY_SIZE(cni_keys); i++)
                if (strcmp(cni_keys[i], key) == 0)
                        return true;
        return strncmp(key, "cni.dev/", 8) == 0;
}

/* GC without the list would be taken for "none is valid". */
static enum cni_code read_attachments(struct cni_request *request, struct error *err)
{
        if (request->command == CNI_GC &&
            json_get_array(request->config, VALID_ATTACHMENTS, &request->valid, err) < 0)
                return CNI_BAD_CONFIG;
        return CNI_OK;
}

/*
 * What is undone must not depend on what was asked for: a runtime calls DEL also after an ADD that
 * refused a key, and where DEL refuses it too, the pod is never gone.
 */
static bool is_asked(const struct cni_request *request, const char *key)
{
        static const char *const undoing[] = { "state_dir", "interface", "log_format",
                                               "log_level" };

        if (request->command != CNI_DEL && request->command != CNI_GC)
                return true;
        for (size_t i = 0; i < ARRAY_SIZE(undoing); i++)
                if (strcmp(undoing[i], key) == 0)
                        return true;
        return false;
}

static enum cni_code read_options(struct cni_request *request, struct error *err)
{
        request->options = json_object_new_object();
        if (!request->options) {
                error_set(err, -ENOMEM, "out of memory");
                return CNI_FAILED;
        }
        json_object_object_foreach(request->config, key, value)
        {
                const char *name = strcmp(key, "stateDir") == 0 ? "state_dir" : key;

                if (!is_cni_key(key) && is_asked(request, name))
                        json_object_object_add(request->options, name, json_object_get(value));
        }
        /* QEMU's user in KubeVirt's virt-launcher. */
        if (!json_object_object_get_ex(request->options, "tap_owner", NULL))
                json_add_string(request->options, "tap_owner", "107:107");
        return CNI_OK;
}

static enum cni_code read_config(const char *text, size_t len, struct cni_request *request,
                                 struct error *err)
{
        enum cni_code code;

        if (json_parse(text, len, "standard input", &request->config, err) < 0)
                return CNI_BAD_CONTENT;
        if (!json_object_is_type(request->config, json_type_object)) {
                error_set(err, -EINVAL, "the configuration on standard input is no JSON object");
                return CNI_BAD_CONTENT;
        }
        code = read_version(request, err);
        if (code != CNI_OK || request->command == CNI_VERSION)
                return code;
        if ((code = read_network(request, err)) != CNI_OK ||
            (code = read_args(request, err)) != CNI_OK ||
            (code = read_previous(request, err)) != CNI_OK ||
            (code = read_attachments(request, err)) != CNI_OK)
                return code;
        return read_options(request, err);
}

enum cni_code cni_request_read(const struct cni_environment *environment, const char *text,
                               size_t len, struct cni_request *ret, struct error *err)
{
        enum cni_code code;

        *ret = (struct cni_request){ .version = versions[ARRAY_SIZE(versions) - 1] };
        code = read_environment(environment, ret, err);
        return code == CNI_OK ? read_config(text, len, ret, err) : code;
}

void cni_request_done(struct cni_request *request)
{
        json_object_put(request->options);
        json_object_put(request->config);
        *request = (struct cni_request){ 0 };
}

bool cni_is_valid(const struct cni_request *request, const char *container_id, const char *ifname)
{
        for (size_t i = 0; i < json_object_array_length(request->valid); i++) {
                struct json_object *one = json_object_array_get_idx(request->valid, i);
                const char *id, *name;

                if (json_object_is_type(one, json_type_object) &&
                    json_get_string(one, "containerID", &id, NULL) == 0 &&
                    json_get_string(one, "ifname", &name, NULL) == 0 &&
                    strcmp(id, container_id) == 0 && strcmp(name, ifname) == 0)
                        return true;
        }
        return false;
}

/* --- what else is in it --- */

/* A word that cannot become a line of its own. */
static bool print_word(FILE *f, const char *before, struct json_object *word)
{
        const char *text =
                json_object_is_type(word, json_type_string) ? json_object_get_string(word) : "";

        for (const char *p = text; *p; p++)
                if (!isgraph((unsigned char)*p))
                        return false;
        return *text && fprintf(f, "%s%s", before, text) > 0;
}

static bool print_dns(FILE *f, struct json_object *dns)
{
        struct json_object *list, *domain;
        bool any = false, searched = false;

        if (json_get_array(dns, "nameservers", &list, NULL) == 0)
                for (size_t i = 0; i < json_object_array_length(list); i++)
                        if (print_word(f, "nameserver ", json_object_array_get_idx(list, i)))
                                any = fputc('\n', f) != EOF;
        if (json_get_array(dns, "search", &list, NULL) == 0)
                for (size_t i = 0; i < json_object_array_length(list); i++)
                        searched |= print_word(f, searched ? " " : "search ",
                                               json_object_array_get_idx(list, i));
        if (!searched && json_object_object_get_ex(dns, "domain", &domain))
                searched = print_word(f, "search ", domain);
        if (searched)
                fputc('\n', f);
        return any || searched;
}

char *cni_resolv_conf(const struct cni_request *request)
{
        _cleanup_free_ char *text = NULL;
        struct json_object *dns;
        size_t len = 0;
        FILE *f = open_memstream(&text, &len);
        bool any;

        if (!f)
                return NULL;
        any = (json_get_object(request->config, "dns", &dns, NULL) == 0 && print_dns(f, dns)) ||
              (request->previous && json_get_object(request->previous, "dns", &dns, NULL) == 0 &&
               print_dns(f, dns));
        return fclose(f) == 0 && any ? take_ptr(text) : NULL;
}

void cni_binding_interface(const char *logic_network, char ret[IFNAMSIZ])
{
        uint8_t hash[SHA256_LEN];
        char digits[2 * 6 + 1];

        sha256(logic_network, strlen(logic_network), hash);
        for (int i = 0; i < 6; i++)
                snprintf(digits + 2 * i, 3, "%02x", hash[i]);
        snprintf(ret, IFNAMSIZ, "pod%.11s", digits);
}
