/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter_batch.h - a transaction of nf_tables about table "bridge podgraft", message by message
 *
 * What fails while it is written is remembered and returned once, by filter_batch_end(). Attributes
 * are written right into the transaction: nla_put() of libnl, with a message of its own for each
 * rule, takes three times the instructions, 8 % of an 'up'.
 */
#pragma once

#include <netinet/in.h> /* before the kernel's own */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netsetup/netstate.h"

/* The chains of one graft. Each is called by its word here and the tap's name. */
enum filter_chain {
        FILTER_INPUT,   /* hook input: what the pod's own IP stack would get */
        FILTER_FORWARD, /* hook forward: what passes between the guest and the wire */
        FILTER_FROM,    /* anti-spoofing: from the guest */
        FILTER_IP6,     /* anti-spoofing: IPv6 whose source is right */
        FILTER_PASS,    /* the two DHCP worlds; what passes */
        FILTER_N_CHAINS,
};
extern const char *const filter_chain_words[FILTER_N_CHAINS];

/* The hook of a base chain; .is_base is false for one that rules go to. */
struct filter_hook {
        uint32_t is_base;
        uint32_t number;   /* NF_BR_… */
        uint32_t priority; /* a signed number, as the kernel has it */
        uint32_t policy;   /* NF_ACCEPT or NF_DROP */
};
extern const struct filter_hook filter_hooks[FILTER_N_CHAINS];

/*
 * What a chain holds, as one number: of its hook, then rule by rule of the expressions. The sum of
 * those of all chains is a filter's.
 */
uint64_t filter_batch_hash_chain(enum filter_chain chain, const struct filter_hook *hook);

#define FILTER_CHAIN_NAME_MAX                                                                      \
        32 /* with its NUL; the longest word and the longest interface name                        \
            */
/** filter_chain_name() - "forward_tap0" */
void filter_chain_name(enum filter_chain chain, const char *tap, char ret[FILTER_CHAIN_NAME_MAX]);

struct filter_batch {
        struct raw_message messages; /* .data is the caller's, once filter_batch_end() was good */
        size_t size;                 /* bytes that .data has room for */
        size_t message;              /* where the last message begins */
        uint32_t seq;                /* of the next one */
        bool is_short;               /* of memory */
};

/* An attribute at the end of the last message. */
void filter_batch_put(struct filter_batch *batch, uint16_t type, const void *data, size_t len);
void filter_batch_put_be32(struct filter_batch *batch, uint16_t type, uint32_t value);
void filter_batch_put_string(struct filter_batch *batch, uint16_t type, const char *text);
/** filter_batch_open() - an attribute that holds others; Return: what filter_batch_close() takes */
size_t filter_batch_open(struct filter_batch *batch, uint16_t type);
void filter_batch_close(struct filter_batch *batch, size_t opened);

void filter_batch_begin(struct filter_batch *batch);
/** filter_batch_end() - Return: 0; -ENOMEM, and nothing is to be freed */
int filter_batch_end(struct filter_batch *batch);

void filter_batch_add_table(struct filter_batch *batch);
void filter_batch_delete_table(struct filter_batch *batch);
/** filter_batch_add_chain() - one that is there already stays as it is */
void filter_batch_add_chain(struct filter_batch *batch, enum filter_chain chain, const char *tap);
/** filter_batch_flush_chain() - remove all its rules */
void filter_batch_flush_chain(struct filter_batch *batch, enum filter_chain chain, const char *tap);
void filter_batch_delete_chain(struct filter_batch *batch, enum filter_chain chain,
                               const char *tap);

/** filter_batch_add_rules() - each at the end of its chain of @tap's
 * @rules: a list of rules, filter_expression.h */
void filter_batch_add_rules(struct filter_batch *batch, const struct raw_message *rules,
                            const char *tap);
