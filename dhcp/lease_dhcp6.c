/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lease_dhcp6.c - the options of DHCPv6: what follows from the pod, then what the user asked for
 *
 * Routers, on-link prefixes, routes and the MTU are not among them: over IPv6 they are told by
 * router advertisements only.
 */
#include "dhcp/lease_dhcp6.h"

#include <string.h>

#include "dhcp/conf.h"
#include "dhcp/dhcp6_protocol.h"
#include "dhcp/option.h"

#define SEARCH_MAX 768 /* bytes; the rest of a reply needs room too */

static void make_dns(const struct podnet *net, struct writer *w, struct notes *notes)
{
        uint32_t n = 0;

        for (size_t i = 0; i < net->n_nameservers; i++) {
                if (net->nameservers[i].family != AF_INET6)
                        continue;
                if (n++ == DHCP_MAX_DNS) {
                        notes_add(notes, "not-told",
                                  "the guest gets only the first %u IPv6 name servers",
                                  DHCP_MAX_DNS);
                        return;
                }
                write_bytes(w, &net->nameservers[i].v6, 16);
        }
}

static void make_search(const struct podnet *net, struct writer *w, struct notes *notes)
{
        struct writer list = writer_init(w->buf, SEARCH_MAX < w->size ? SEARCH_MAX : w->size);

        for (size_t i = 0; i < net->n_searches; i++) {
                struct writer before = list;

                write_name(&list, net->searches[i]);
                if (list.failed) {
                        notes_add(notes, "not-told",
                                  "over DHCPv6 the guest gets only the first %zu search domains",
                                  i);
                        list = before;
                        break;
                }
        }
        w->len = list.len;
}

/*
 * RFC 4704 section 4.2: a name of one label is a partial one, without the root's at its end. This
 * is the name alone; flags and whether the client wants it are the reply's affair.
 */
static void make_fqdn(const struct podnet *net, struct writer *w, struct notes *notes _unused_)
{
        char name[PODNET_DOMAIN_LEN];

        if (!podnet_clean_domain(net->hostname, name))
                return;
        write_name(w, name);
        if (!strchr(name, '.'))
                w->len--;
}

static const struct {
        uint16_t code;
        void (*make)(const struct podnet *net, struct writer *w, struct notes *notes);
} made[] = {
        { DHCP6_OPT_DNS, make_dns },
        { DHCP6_OPT_DOMAINS, make_search },
        { DHCP6_OPT_FQDN, make_fqdn },
};

static bool is_made(const struct conf_option *option)
{
        for (size_t i = 0; i < ARRAY_SIZE(made); i++)
                if (option->audience == DHCP_EVERYBODY && option->code == made[i].code)
                        return true;
        return false;
}

void lease_dhcp6_make(const struct podnet *net, const struct dhcp_conf *user,
                      struct dhcp_conf *conf, struct notes *notes)
{
        uint8_t value[DHCP_OPTION_BYTES];
        struct reader given;
        struct conf_option option;

        _Static_assert(sizeof(conf->options6.bytes) >=
                               DHCP_USER_BYTES + SEARCH_MAX + DHCP_MAX_DNS * 16 +
                                       PODNET_DOMAIN_LEN + 1 + (DHCP_MAX_USER_OPTIONS + 3) * 5,
                       "all fit");
        if (!conf->serves_dhcp6)
                return;
        for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
                struct writer w = writer_init(value, sizeof(value));

                if (conf_option_find(&user->options6, DHCP_EVERYBODY, made[i].code, &option))
                        write_bytes(&w, option.value, option.len);
                else
                        made[i].make(net, &w, notes);
                if (w.len > 0)
                        conf_option_put(&conf->options6, DHCP_EVERYBODY, made[i].code, value,
                                        w.len);
        }
        for (given = conf_options(&user->options6); conf_option_next(&given, &option);)
                if (!is_made(&option))
                        conf_option_put(&conf->options6, (enum dhcp_audience)option.audience,
                                        option.code, option.value, option.len);
}
