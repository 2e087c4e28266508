/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * domain_process.h - the two helper programs that know about domains, as seen from outside
 *
 * podgraft itself links neither libxml2 nor libvirt: podgraft-domain patches XML,
 * podgraft-launcher speaks to libvirt.
 */
#pragma once

#include <sys/types.h>

#include "podgraft/podnet.h"

/**
 * domain_fill_in() - the user's domain XML with the pod's interface filled in
 * @file: path, or "-" for standard input; @alias: NULL for the first <interface>
 * @ret_name: the domain's name; NULL if not wanted
 * Return: 0; ERROR_USAGE for XML that is no usable domain.
 */
int domain_fill_in(const char *file, const char *alias, const struct podnet *net, char **ret_xml,
                   size_t *ret_len, char **ret_name, struct error *err);

/* A running podgraft-launcher. */
struct domain_launcher {
        pid_t pid;
        int event_fd;   /* lines: defined, started, ended, error; see launcher_main.c */
        int control_fd; /* lines: shutdown, destroy */
};

/** domain_launch() - start podgraft-launcher for @xml; it dies with the calling process */
int domain_launch(const char *connect_uri, const char *root, const char *xml, size_t len,
                  struct domain_launcher *ret, struct error *err);

/** domain_end() - end a guest that a dead run left behind, and its definition; fine if gone */
int domain_end(const char *connect_uri, const char *root, const char *name, struct error *err);
