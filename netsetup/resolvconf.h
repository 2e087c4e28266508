/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resolvconf.h - nameservers and search list, as resolv.conf(5) has them
 */
#pragma once

#include "podgraft/podnet.h"

struct resolvconf {
        struct ip_addr *nameservers;
        size_t n_nameservers;
        char (*searches)[PODNET_DOMAIN_LEN]; /* valid, lower case, no trailing dot */
        size_t n_searches;
};

/**
 * resolvconf_parse() - read @text of @len bytes; never fails on its content
 * The last 'search' or 'domain' line wins. What a DHCP client could not use (zones, invalid
 * names) is left out with a note. Return: 0 or -ENOMEM.
 */
int resolvconf_parse(const char *text, size_t len, struct resolvconf *ret, struct notes *notes);

/** resolvconf_read() - parse a file; missing or unreadable: empty, with a note */
int resolvconf_read(const char *path, struct resolvconf *ret, struct notes *notes);
void resolvconf_done(struct resolvconf *conf);
