/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alias.h - inside the mark on podgraft's links: what writing and reading it share
 */
#pragma once

#include "netsetup/graft.h"

/* Of an address, behind its prefix: ",p" no prefix route, ",d" no duplicate address detection. */
struct alias_address_mark {
        char letter;
        uint32_t flag; /* IFA_F_… */
};
#define ALIAS_ADDRESS_MARKS 2
extern const struct alias_address_mark alias_address_marks[ALIAS_ADDRESS_MARKS];

/** alias_usual_scope() - of a route, where the mark says no other: it cannot */
uint8_t alias_usual_scope(uint8_t family, const struct ip_addr *gateway);

struct alias_reader {
        const struct netstate *current;
        struct podnet names;          /* of the graft's links */
        const struct ns_link *holder; /* of the addresses now: keeper, else interface */
        struct ns_link nic;           /* as it was */
        struct netstate *state;       /* the original, growing */
        bool incomplete;
};

/** alias_read_items() - what @alias says goes into @r->state and @r->nic; Return: 0; -ENOMEM */
int alias_read_items(struct alias_reader *r, const char *alias);

/**
 * alias_read_kept_addresses() - those that stand now, with all they have: labels, lifetimes,
 * broadcast; @alias: where their flags are. Return: 0; -ENOMEM
 */
int alias_read_kept_addresses(struct alias_reader *r, const char *alias);
