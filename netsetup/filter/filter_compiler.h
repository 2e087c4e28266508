/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_compiler.h - inside filter_compile(): the line that is read, the batch that is made of it
 */
#pragma once

#include <netinet/in.h> /* before the kernel's own */

#include <netlink/msg.h>
#include <stdbool.h>

#include "netsetup/filter/filter_compile.h"

struct filter_compiler {
        struct filter_batch *batch;
        const char *at;  /* what is left of the line */
        uint32_t seq;    /* of the next message */
        uint32_t set_id; /* of the last anonymous set */
};

/* filter_word.c; what is taken is no longer ahead, what is not there is left alone */
void filter_skip_spaces(struct filter_compiler *c);
bool filter_is_at_end(struct filter_compiler *c);
bool filter_take(struct filter_compiler *c, const char *word);
bool filter_take_name(struct filter_compiler *c, char *ret, size_t size);
bool filter_take_number(struct filter_compiler *c, unsigned most, unsigned *ret);
/** filter_take_quoted() - "eth0-nic"; not with an escape in it: a '*' means more than itself */
bool filter_take_quoted(struct filter_compiler *c, char *ret, size_t size);

/** filter_append() - @msg, which it takes, to the batch; Return: 0; -ENOSYS no @msg, or no room */
int filter_append(struct filter_compiler *c, struct nl_msg *msg);

/* filter_set.c */
struct filter_set_kind;
extern const struct filter_set_kind filter_set_of_interfaces, filter_set_of_targets;
/**
 * filter_compile_set() - after its '{': append the messages that make it, which come before the
 * rule's; Return: 0, and @c->set_id is its; -ENOSYS
 */
int filter_compile_set(struct filter_compiler *c, const struct filter_set_kind *kind);
