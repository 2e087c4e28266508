/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_identity.c - an identity as JSON -> struct podnet -> the responder's configuration
 */
#include "dhcp/conf.h"
#include "podgraft/json.h"
#include "tests/fuzz/dhcp4_oracle.h"

/* What podgraft-dhcpd asks of its configuration, and a search list that clients can read. */
static void must_be_servable(const struct dhcp_conf *conf, const struct podnet *net)
{
        static struct oracle_value list;
        struct conf_option option;
        char name[1024];
        size_t i = 0;

        must(conf_is_sound(conf));
        must(memchr(conf->tap, '\0', sizeof(conf->tap)));
        if (!conf_option_find(&conf->options, DHCP_EVERYBODY, 119, &option))
                return;
        must(option.len <= sizeof(list.data));
        memcpy(list.data, option.value, option.len);
        list.len = option.len;
        for (size_t at = 0; at < list.len; i++) {
                at = oracle_name(&list, at, name);
                must(at > 0 && i < net->n_searches && strcmp(name, net->searches[i]) == 0);
        }
}

static char *print(const struct podnet *net)
{
        _cleanup_(cleanup_json_unref) struct json_object *o = podnet_to_json(net);
        char *text = strdup(json_object_to_json_string(o));

        must(text);
        return text;
}

static struct podnet *parse(const char *text, size_t len)
{
        _cleanup_(cleanup_json_unref) struct json_object *o = NULL;
        struct error err = ERROR_INIT;
        struct podnet *net = NULL;
        int r = json_parse(text, len, "identity", &o, &err);

        if (r == 0)
                r = podnet_from_json(o, &net, &err);
        must(r < 0 ? !net && err.message[0] && err.code == r : net != NULL);
        return net;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        static struct dhcp_conf conf;
        char *text = malloc(len + 1), *once, *twice;
        struct notes notes = { 0 };
        struct podnet *net, *again;

        must(text);
        memcpy(text, data, len);
        text[len] = '\0';
        net = parse(text, len);
        free(text);
        if (!net)
                return 0;
        once = print(net);
        again = parse(once, strlen(once));
        must(again);
        twice = print(again);
        must(strcmp(once, twice) == 0);
        must(dhcp_conf_from_podnet(net, NULL, 0, &conf, &notes, NULL) == 0);
        must_be_servable(&conf, net);
        notes_done(&notes);
        podnet_free(net);
        podnet_free(again);
        free(once);
        free(twice);
        return 0;
}
