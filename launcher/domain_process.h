/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * domain_process.h - the two helper programs that know about domains, as seen from outside
 *
 * podgraft itself links neither libxml2 nor libvirt: podgraft-domain patches XML,
 * podgraft-launcher speaks to libvirt.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "podgraft/domain.h"
#include "podgraft/netsetup.h"

/* A domain's XML as it was given. */
struct domain_text {
        char source[256]; /* how errors call it */
        char *data;
        size_t len;
};

/**
 * domain_text_read() - a file, or "-" for standard input; to be released
 * @source: how errors call it; NULL: by the option
 */
int domain_text_read(const char *file, const char *source, struct domain_text *ret,
                     struct error *err);
void domain_text_done(struct domain_text *text);

/**
 * domain_text_may_ask() - could there be a <podgraft:network> in it? Microseconds, no libxml2
 * False for sure where no start tag declares its XML namespace; comments and text do not count.
 */
bool domain_text_may_ask(const struct domain_text *text);

struct process_result;

/** domain_helper_run() - podgraft-domain over the text; ERROR_USAGE with its words where it fails
 */
int domain_helper_run(char *const argv[], const struct domain_text *text,
                      struct process_result *ret, struct error *err);

/* What a domain asks of podgraft in its metadata. */
struct domain_request {
        char *pairs; /* "key=value" and a NUL each: domain_xml_network() in domain.h */
        size_t len;
        const char *mac, *target; /* of its <interface>; NULL where it has none */
};

/** domain_request_read() - Return: 1; 0 it asks for nothing; ERROR_USAGE for unusable XML */
int domain_request_read(const struct domain_text *text, struct domain_request *ret,
                        struct error *err);
void domain_request_done(struct domain_request *request);

/**
 * domain_request_next() - walk its attributes: "interface", "eth0"
 * @at: where the walk is, NULL to begin; @ret_name: to be freed
 * Return: 1 with the next, 0 at the end; -ENOMEM
 */
int domain_request_next(const struct domain_request *request, const char **at, char **ret_name,
                        const char **ret_value);

/**
 * domain_request_mac() - the MAC of the <interface> whose target is @tap
 * Return: NULL: there is no such interface; "": it has none
 */
const char *domain_request_mac(const struct domain_request *request, const char *tap);

/** domain_patch() - domain_xml_patch() of domain.h by podgraft-domain; @ret_xml is to be freed */
int domain_patch(const struct domain_text *text, const struct domain_interface *wanted, size_t n,
                 char **ret_xml, size_t *ret_len, struct error *err);

/**
 * domain_fill_in() - domain_patch(), and the domain's name
 * @ret_name: NULL if not wanted
 * Return: 0; ERROR_USAGE for XML that is no usable domain.
 */
int domain_fill_in(const struct domain_text *text, const struct domain_interface *wanted, size_t n,
                   char **ret_xml, size_t *ret_len, char **ret_name, struct error *err);

/* A running podgraft-launcher. */
struct domain_launcher {
        pid_t pid;
        int event_fd;   /* lines: defined, started, ended, error; see launcher_main.c */
        int control_fd; /* lines: shutdown, destroy */
};

/** domain_launch() - start podgraft-launcher for @xml as @as; it dies with the calling process */
int domain_launch(const char *connect_uri, const char *root, const struct owner *as,
                  const char *xml, size_t len, struct domain_launcher *ret, struct error *err);

/** domain_end() - end a guest that a dead run left behind, and its definition; fine if gone */
int domain_end(const char *connect_uri, const char *root, const struct owner *as, const char *name,
               struct error *err);
