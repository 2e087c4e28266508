/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options.h - what the user asked for, filled from one table of rows
 */
#pragma once

#include "podgraft/dhcp.h"
#include "podgraft/netsetup.h"

/* Which subcommands know an option. */
enum command_bit {
        CMD_PLAN = 1 << 0,
        CMD_UP = 1 << 1,
        CMD_SERVE = 1 << 2,
        CMD_STATUS = 1 << 3,
        CMD_WAIT = 1 << 4,
        CMD_DOWN = 1 << 5,
        CMD_RUN = 1 << 6,
        CMD_DOMAIN = 1 << 7,
};

struct options {
        struct netsetup_conf net;
        const char *netns;  /* NAME, PATH or PID; NULL: the namespace we are in */
        uint32_t lease_sec; /* DHCP_LEASE_INFINITE by default */
        bool no_serve;
        const char *domain;  /* path of the user's domain XML, "-" for stdin */
        const char *alias;   /* which <interface>: the one with <alias name='ua-ALIAS'/> */
        const char *connect; /* libvirt URI; NULL: the embedded driver */
        uint32_t grace_sec;
        uint32_t timeout_sec;
        const char *wait_for; /* "ready" or "lease" */
        bool json;
        bool check;
        bool help;
        const char *log_format, *log_level;
        char resolv_conf_buf[512];
        char hostname_buf[PODNET_DOMAIN_LEN];
};

/**
 * options_parse() - fill @ret from the arguments that follow the subcommand's name
 * Return: 0; -EINVAL (ERROR_USAGE) naming the argument and what it should have been.
 */
int options_parse(enum command_bit command, int argc, char **argv, struct options *ret,
                  struct error *err);

/**
 * options_resolve() - fill in what follows from others: resolv.conf and hostname
 * Must run before the network namespace is entered.
 */
void options_resolve(struct options *options);

/** options_print_help() - the rows that @command knows, on stdout */
void options_print_help(enum command_bit command);
