/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/resolvconf.h"

#include <fcntl.h>
#include <string.h>

#define FILE_MAX (64u << 10) /* bytes; no sane file is longer */

/* A resolver of the pod's own (systemd-resolved, Docker), or of whoever asks. */
static bool is_loopback(const struct ip_addr *addr)
{
        if (addr->family == AF_INET)
                return addr->v4.s_addr == 0 || (ntohl(addr->v4.s_addr) >> 24) == 127;
        return IN6_IS_ADDR_LOOPBACK(&addr->v6) || IN6_IS_ADDR_UNSPECIFIED(&addr->v6);
}

static int add_nameserver(struct resolvconf *conf, const char *word, struct notes *notes)
{
        struct ip_addr addr, *grown;

        if (strchr(word, '%')) {
                notes_add(notes, "dns-left-out",
                          "resolv.conf: nameserver '%.64s' has a zone, which means nothing to the "
                          "guest; left out",
                          word);
                return 0;
        }
        if (ip_addr_parse(word, &addr) < 0) {
                notes_add(notes, "dns-left-out",
                          "resolv.conf: nameserver '%.64s' is not an address; left out", word);
                return 0;
        }
        if (is_loopback(&addr)) {
                notes_add(notes, "dns-left-out",
                          "resolv.conf: nameserver '%.64s' is the pod itself, where the guest "
                          "finds none; left out",
                          word);
                return 0;
        }
        grown = reallocarray(conf->nameservers, conf->n_nameservers + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        conf->nameservers = grown;
        conf->nameservers[conf->n_nameservers++] = addr;
        return 0;
}

static int add_search(struct resolvconf *conf, const char *word, struct notes *notes)
{
        char clean[PODNET_DOMAIN_LEN], (*grown)[PODNET_DOMAIN_LEN];

        if (strcmp(word, ".") == 0) /* the root: names are looked up as they are anyway */
                return 0;
        if (!podnet_clean_domain(word, clean)) {
                notes_add(notes, "dns-left-out",
                          "resolv.conf: search domain '%.64s' is not valid; left out", word);
                return 0;
        }
        for (size_t i = 0; i < conf->n_searches; i++)
                if (strcmp(conf->searches[i], clean) == 0)
                        return 0;
        grown = reallocarray(conf->searches, conf->n_searches + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        conf->searches = grown;
        strcpy(conf->searches[conf->n_searches++], clean);
        return 0;
}

static int parse_line(struct resolvconf *conf, char *line, struct notes *notes)
{
        static const char blanks[] = " \t\r\f\v";
        char *rest, *key = strtok_r(line, blanks, &rest), *word;
        int r = 0;

        if (!key || *key == '#' || *key == ';')
                return 0;
        if (strcmp(key, "nameserver") == 0) {
                word = strtok_r(NULL, blanks, &rest);
                return word ? add_nameserver(conf, word, notes) : 0;
        }
        if (strcmp(key, "search") != 0 && strcmp(key, "domain") != 0)
                return 0; /* options, sortlist: DHCP cannot carry them; garbage */
        conf->n_searches = 0;
        while (r == 0 && (word = strtok_r(NULL, blanks, &rest))) {
                if (*word == '#' || *word == ';')
                        break;
                r = add_search(conf, word, notes);
                if (strcmp(key, "domain") == 0)
                        break;
        }
        return r;
}

int resolvconf_parse(const char *text, size_t len, struct resolvconf *ret, struct notes *notes)
{
        _cleanup_free_ char *copy = malloc(len + 1);
        struct resolvconf conf = { 0 };
        char *line = copy, *end;
        int r = copy ? 0 : -ENOMEM;

        for (size_t i = 0; r == 0 && i < len; i++)
                copy[i] = text[i] ? text[i] : ' '; /* a NUL ends nothing here */
        if (r == 0)
                copy[len] = '\0';
        while (r == 0 && line) {
                end = strchr(line, '\n');
                if (end)
                        *end++ = '\0';
                r = parse_line(&conf, line, notes);
                line = end;
        }
        if (r < 0) {
                resolvconf_done(&conf);
                return r;
        }
        *ret = conf;
        return 0;
}

int resolvconf_read(const char *path, struct resolvconf *ret, struct notes *notes)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        _cleanup_free_ char *text = malloc(FILE_MAX);
        size_t len = 0;
        int r;

        *ret = (struct resolvconf){ 0 };
        if (!text)
                return -ENOMEM;
        if (fd < 0)
                notes_add(notes, "dns-unread", "'%s': %s; the guest gets no nameserver", path,
                          strerror(errno));
        while (fd >= 0 && len < FILE_MAX) {
                ssize_t n = read(fd, text + len, FILE_MAX - len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        notes_add(notes, "dns-unread", "read '%s': %s", path, strerror(errno));
                if (n <= 0)
                        break;
                len += (size_t)n;
        }
        if (len == FILE_MAX)
                notes_add(notes, "dns-left-out",
                          "'%s' is longer than %u bytes; only the beginning is read", path,
                          FILE_MAX);
        r = resolvconf_parse(text, len, ret, notes);
        if (r == 0 && fd >= 0 && ret->n_nameservers == 0)
                notes_add(notes, "dns-missing",
                          "'%s' names no usable nameserver; the guest gets none", path);
        return r;
}

void resolvconf_done(struct resolvconf *conf)
{
        free(conf->nameservers);
        free(conf->searches);
        *conf = (struct resolvconf){ 0 };
}
