/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_resolvconf.c - any file -> resolvconf_parse(); written out again it says the same
 */
#include <ctype.h>

#include "netsetup/resolvconf.h"
#include "tests/fuzz/fuzz.h"

/* RFC 1035 section 2.3.4: what goes into a DHCP option has to be encodable. */
static void must_be_domain(const char *domain)
{
        size_t len = strlen(domain), label = 0;

        must(len > 0 && len <= 253);
        for (const char *p = domain; *p; p++) {
                must(isalnum((unsigned char)*p) || strchr("-_.", *p));
                must(!isupper((unsigned char)*p));
                must(*p != '.' || label > 0);
                label = *p == '.' ? 0 : label + 1;
                must(label <= 63);
        }
        must(label > 0);
}

static void must_be_equal(const struct resolvconf *a, const struct resolvconf *b)
{
        must(a->n_nameservers == b->n_nameservers && a->n_searches == b->n_searches);
        for (size_t i = 0; i < a->n_nameservers; i++)
                must(ip_addr_equal(&a->nameservers[i], &b->nameservers[i]));
        for (size_t i = 0; i < a->n_searches; i++)
                must(strcmp(a->searches[i], b->searches[i]) == 0);
}

static char *print(const struct resolvconf *conf, size_t *ret_len)
{
        char *text, address[IP_ADDR_TEXT_LEN];
        FILE *f = open_memstream(&text, ret_len);

        must(f);
        for (size_t i = 0; i < conf->n_nameservers; i++)
                fprintf(f, "nameserver %s\n", ip_addr_format(&conf->nameservers[i], address));
        fprintf(f, "search");
        for (size_t i = 0; i < conf->n_searches; i++)
                fprintf(f, " %s", conf->searches[i]);
        fclose(f);
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        struct resolvconf conf, again;
        struct notes notes = { 0 };
        char *text;

        must(resolvconf_parse((const char *)data, len, &conf, &notes) == 0);
        for (size_t i = 0; i < conf.n_searches; i++)
                must_be_domain(conf.searches[i]);
        for (size_t i = 0; i < conf.n_nameservers; i++)
                must(conf.nameservers[i].family == AF_INET ||
                     conf.nameservers[i].family == AF_INET6);
        for (size_t i = 0; i < notes.n; i++)
                must(strlen(notes.note[i].text) < 4096);
        notes_done(&notes);
        text = print(&conf, &len);
        must(resolvconf_parse(text, len, &again, &notes) == 0 && notes.n == 0);
        must_be_equal(&conf, &again);
        free(text);
        resolvconf_done(&conf);
        resolvconf_done(&again);
        return 0;
}
