/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * completion.h - what a shell needs to complete podgraft's command line, from the two tables
 */
#pragma once

#include "launcher/commands.h"
#include "launcher/option_table.h"

/* What can be offered for an option's value. */
enum completion_value {
        COMPLETE_NOTHING, /* a number, an address: nobody can guess */
        COMPLETE_WORDS,   /* option_word() */
        COMPLETE_FILES,
        COMPLETE_DIRECTORIES,
        COMPLETE_NAMESPACES,
        COMPLETE_INTERFACES,
        COMPLETE_DHCP, /* names of DHCP options, with '=' */
};

enum completion_value completion_value(const struct option_row *row);

/* Shell words that print, one a line, what there is to choose from. */
#define COMPLETION_NAMESPACES "ip netns list 2>/dev/null | cut -d' ' -f1"
#define COMPLETION_INTERFACES "ls /sys/class/net"
#define COMPLETION_DHCP                                                                            \
        "podgraft up --dhcp-option help 2>/dev/null | sed -E 's/^ *([0-9]+ "                       \
        "+)?([a-z0-9:-]+).*/\\2=/'"

void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);
