/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cni_state.h - which attachment of which container stands where
 *
 * A record is found by its namespace only. An attachment is found by its container, also when the
 * namespace is gone: <state_dir>/cni/<container>:<interface>.json.
 */
#pragma once

#include "launcher/cni.h"

struct cni_attachment {
        struct json_object *file; /* owns the texts; NULL: there is no such attachment */
        const char *network, *container_id, *ifname;
        const char *netns;     /* what CNI_NETNS said */
        const char *dir;       /* netsetup_dir()'s: tells whether it still is the same namespace */
        const char *interface; /* of the pod */
};

/** cni_attachment_name() - "CONTAINER:INTERFACE", which an attachment is known by; to be freed */
char *cni_attachment_name(const char *container_id, const char *ifname);

/**
 * cni_attachment_parse() - what the file @name, "CONTAINER:INTERFACE.json", says
 * @file: becomes @ret's on success; its "dir" is made to lie in @state_dir
 * Return: false, @ret untouched: it is no attachment, says a name that is none, or that of another
 */
bool cni_attachment_parse(struct json_object *file, const char *state_dir, const char *name,
                          struct cni_attachment *ret);

/** cni_attachment_write() - before anything is changed, so that DEL finds it whatever happens */
int cni_attachment_write(const char *state_dir, const struct cni_request *request, const char *dir,
                         const char *interface, struct error *err);

/** cni_attachment_read() - @ret with or without a file; to be released */
void cni_attachment_read(const char *state_dir, const char *container_id, const char *ifname,
                         struct cni_attachment *ret);
void cni_attachment_done(struct cni_attachment *attachment);

/** cni_attachment_abandon() - its namespace is gone: end its responder, remove its files */
int cni_attachment_abandon(const struct cni_attachment *attachment, struct error *err);

/** cni_attachment_forget() - fine if there is none */
int cni_attachment_forget(const char *state_dir, const char *container_id, const char *ifname,
                          struct error *err);

/**
 * cni_attachments_each() - call @fn for every one of @network (NULL: of any), until it fails
 * Return: 0, or what @fn returned
 */
int cni_attachments_each(const char *state_dir, const char *network,
                         int (*fn)(const struct cni_attachment *attachment, void *user,
                                   struct error *err),
                         void *user, struct error *err);
