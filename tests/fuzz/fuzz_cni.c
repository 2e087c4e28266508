/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_cni.c - any configuration as a container runtime's; the first byte chooses the command
 */
#include "launcher/cni.h"
#include "launcher/options.h"
#include "podgraft/json.h"
#include "tests/fuzz/fuzz.h"

static const char *const commands[] = { "ADD", "DEL", "CHECK", "STATUS", "GC", "VERSION" };

static const char links_text[] =
        "{\"bridge\":{\"name\":\"k6t-eth0\",\"mac\":\"02:00:00:00:00:01\",\"mtu\":1450},"
        "\"tap\":{\"name\":\"tap0\",\"mac\":\"02:00:00:00:00:02\",\"mtu\":1450}}";

/* Ours are the last three; what was there before is as it was. */
static void check_result(const struct cni_request *request)
{
        struct json_object *links = NULL, *result, *interfaces, *before;
        struct error err = ERROR_INIT;
        struct cni_request check = *request;
        size_t n = 0;

        must(json_parse(links_text, strlen(links_text), "links", &links, NULL) == 0);
        result = cni_result(request, links, "aa:00:00:00:00:07");
        must(json_get_array(result, "interfaces", &interfaces, NULL) == 0);
        if (request->previous &&
            json_get_array(request->previous, "interfaces", &before, NULL) == 0)
                n = json_object_array_length(before);
        must(json_object_array_length(interfaces) == n + 3);
        check.previous = result;
        must(cni_result_has(&check, links, "aa:00:00:00:00:07", &err));
        json_object_put(result);
        json_object_put(links);
}

/* Nothing becomes a line of its own. */
static void check_resolv_conf(const struct cni_request *request)
{
        char *text = cni_resolv_conf(request), *line, *save = NULL;

        for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
             line = strtok_r(NULL, "\n", &save))
                must(strncmp(line, "nameserver ", 11) == 0 || strncmp(line, "search ", 7) == 0);
        free(text);
}

static void check_answer(struct json_object *answer, const char *key)
{
        must(json_has(answer, "cniVersion") && json_has(answer, key));
        json_object_put(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        static struct options options;
        struct cni_environment environment = { NULL, "c1", "/run/netns/pod1", "eth0" };
        struct error err = ERROR_INIT;
        struct cni_request request;
        enum cni_code code;
        char *text;

        if (len == 0)
                return 0;
        environment.command = commands[data[0] % (sizeof(commands) / sizeof(commands[0]))];
        text = malloc(len);
        must(text);
        memcpy(text, data + 1, len - 1);
        text[len - 1] = '\0';
        code = cni_request_read(&environment, text, len - 1, &request, &err);
        must((code == CNI_OK) == !err.message[0]);
        if (code != CNI_OK) {
                check_answer(cni_failure(&request, code, err.message), "code");
        } else if (request.command == CNI_VERSION) {
                check_answer(cni_versions(&request), "supportedVersions");
        } else {
                check_resolv_conf(&request);
                if (request.command == CNI_GC)
                        cni_is_valid(&request, "c1", "eth0");
                if (request.command == CNI_ADD)
                        check_result(&request);
                if (options_take(request.options, &options, &err) < 0)
                        must(err.class == ERROR_USAGE && err.message[0]);
                else
                        must(options.net.state_dir && options.net.tap_owner.given);
                options_done(&options);
        }
        cni_request_done(&request);
        free(text);
        return 0;
}
