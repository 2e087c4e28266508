/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_dhcp_options.c - what --dhcp-option may be given, a line each -> the configuration
 */
#include "dhcp/conf.h"
#include "tests/fuzz/fuzz.h"

#define LINES_MOST (DHCP_MAX_USER_OPTIONS + 2)

static struct podnet *identity(void)
{
        struct podnet *net = podnet_new();
        struct ip_prefix address;

        must(net && ip_prefix_parse("10.244.1.7/24", &address) == 0);
        must(podnet_add_address(net, &address) == 0);
        must(podnet_add_search(net, "default.svc.cluster.local") == 0);
        strcpy(net->tap, "tap0");
        net->mtu_bytes = 1450;
        return net;
}

/* RFC 2132: what only the client says, or what is the protocol's own, is nobody's to give. */
static void must_leave_the_protocol_alone(const struct dhcp_conf *conf)
{
        struct reader r = conf_options(&conf->options);
        struct conf_option option;

        while (conf_option_next(&r, &option))
                must(option.code < 50 || (option.code > 59 && option.code != 61 &&
                                          option.code != 82 && option.code != 255));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        static struct dhcp_conf conf, again;
        struct podnet *net = identity();
        const char *lines[LINES_MOST];
        struct error err = ERROR_INIT;
        char *text = malloc(len + 1), *rest = text, *line;
        size_t n = 0;
        int r;

        must(text);
        memcpy(text, data, len);
        text[len] = '\0';
        while (n < LINES_MOST && (line = strsep(&rest, "\n")))
                lines[n++] = line;
        r = dhcp_conf_from_podnet(net, lines, n, &conf, NULL, &err);
        if (r < 0) {
                must(err.code == r && err.class == ERROR_USAGE && err.message[0]);
        } else {
                must(conf_is_sound(&conf));
                must_leave_the_protocol_alone(&conf);
                must(dhcp_conf_from_podnet(net, lines, n, &again, NULL, &err) == 0);
                must(again.options.n_bytes == conf.options.n_bytes &&
                     memcmp(again.options.bytes, conf.options.bytes, conf.options.n_bytes) == 0);
        }
        podnet_free(net);
        free(text);
        return 0;
}
