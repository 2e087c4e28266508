/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * request.h - inside netsetup's kernel face: build, send, acknowledge
 */
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "netsetup/netlink.h"

static inline struct nl_msg *request_free(struct nl_msg *msg)
{
        nlmsg_free(msg);
        return NULL;
}
DEFINE_CLEANUP(struct nl_msg *, request_free)
#define _cleanup_msg_ _cleanup_(cleanup_request_free)

/**
 * netlink_netfilter() - the socket for NETLINK_NETFILTER beside @nl, in the namespace of the thread
 * that first asks; @nl owns it
 */
int netlink_netfilter(struct netlink *nl, struct netlink **ret, struct error *err);

/* Bytes for the attributes: the largest, an alias, takes 256. */
#define REQUEST_ROOM 1024

/** request_new() - a message of @type with its family header; NULL: out of memory */
struct nl_msg *request_new(int type, int flags, const void *header, size_t len);

/** request_new_for() - with room for @more bytes of attributes: those of a raw message, or more */
struct nl_msg *request_new_for(int type, int flags, const void *header, size_t len, size_t more);

/**
 * netlink_request() - send @msg and wait for the kernel's acknowledgement
 * The kernel's extended-ack text follows the errno in the message. EPERM is ERROR_CANNOT.
 * Return: 0 or the kernel's negative errno.
 */
int netlink_request(struct netlink *nl, struct nl_msg *msg, struct error *err, const char *what,
                    ...) _printf_(4, 5);

#define NETLINK_TEXT_MOST 256

/**
 * netlink_batch() - send a transaction of nf_tables and wait for how it ends
 * @data, @len: its messages, of which number @last asks for an acknowledgement
 * @ret_text: what the kernel says besides, or ""
 * Return: 0; the kernel's negative errno: nothing was changed
 */
int netlink_batch(struct netlink *nl, const void *data, size_t len, uint32_t last,
                  char ret_text[NETLINK_TEXT_MOST], struct error *err);

/** netlink_dump() - hand every message of a dump to @each; repeated when the kernel says it was
 * interrupted, after @restart has thrown away what came so far */
int netlink_dump(struct netlink *nl, int type, const void *header, size_t len,
                 int (*each)(struct nlmsghdr *nlh, void *user), void (*restart)(void *user),
                 void *user, struct error *err);
