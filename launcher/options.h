/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options.h - what the user asked for, filled from one table of rows
 */
#pragma once

#include "launcher/pod_interface.h"
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
        CMD_CONFIG = 1 << 8,
        CMD_HOOK = 1 << 9,
        CMD_DOCTOR = 1 << 10,
        CMD_COMPLETION = 1 << 11,
        CMD_CAPTURE = 1 << 12,
        CMD_DEFINE = 1 << 13,
        /* Of an option: typed by a person for one run, so not taken from file or environment. */
        CMD_TYPED = 1 << 30,
        /* Of an option: an attribute of <podgraft:network> in a domain's XML. */
        CMD_NETWORK = 1 << 29,
        /* Of an option: what the file may say of one interface, in its list of them. */
        CMD_INTERFACE = 1 << 28,
};

/* Later ones override earlier ones. */
enum option_source {
        FROM_DEFAULT,
        FROM_FILE,
        FROM_ENVIRONMENT,
        FROM_ARGUMENT,
        FROM_DOMAIN,
};

struct option_given {
        enum option_source source;
        const char *text; /* NULL: nobody said anything */
};

#define OPTIONS_MAX 64

struct options {
        struct netsetup_conf net;
        const char *names[POD_INTERFACES_MAX]; /* of the interfaces asked for; net.interface is the
                                                  first. None: all in the list, else one that is
                                                  found */
        size_t n_names;
        struct pod_interface interfaces[POD_INTERFACES_MAX]; /* the list */
        size_t n_interfaces;
        const char *netns;  /* NAME, PATH or PID; NULL: the namespace we are in */
        const char *mount;  /* that names the namespace of netns; NULL: none does */
        char mount_buf[512];
        bool supervised;    /* run: the responder is its child, whom it revives */
        uint32_t lease_sec; /* DHCP_LEASE_INFINITE by default */
        const char *dhcp_options[DHCP_MAX_USER_OPTIONS];
        size_t n_dhcp_options;
        bool list_dhcp_options; /* --dhcp-option help */
        bool no_serve;
        const char *domain; /* path of the user's domain XML, "-" for stdin */
        const char *vmi; /* path of KubeVirt's VMI; onDefineDomain: the JSON itself, as "domain" is
                            the XML */
        const char
                *vif_cache; /* path of what KubeVirt keeps of a pod it wired, or of its directory */
        const char *network_status;     /* path of Multus' annotation */
        struct json_object *left_alone; /* list of the VMI's interfaces that are not podgraft's;
                                           NULL: there is no VMI; borrowed from texts */
        const char *alias; /* which <interface>: the one with <alias name='ua-ALIAS'/> */
        const char *model, *pci_address; /* of that <interface> */
        uint32_t boot_order, acpi_index;
        const char *link_state; /* only a VMI says these two */
        bool no_rom;
        const char *connect;     /* libvirt URI; NULL: the embedded driver */
        struct owner run_as;     /* of libvirt and QEMU */
        bool attached;           /* run: somebody else wires, serves and restores */
        const char *libvirt_dir; /* of the embedded driver with attached */
        uint32_t ready_fd;       /* 0: none */
        uint32_t grace_sec;
        uint32_t timeout_sec;
        const char *wait_for; /* "ready" or "lease" */
        bool json;
        const char *check; /* "startup", "ready" or "live"; NULL: not asked for */
        bool force;
        bool schema;
        bool prometheus;
        const char *output; /* of the metrics; NULL: stdout */
        bool install, uninstall;
        const char *write; /* path of a capture file; NULL: lines on stdout */
        uint32_t count;    /* of frames, then capture ends; 0: never */
        const char *hooks_dir;
        bool help;
        const char *config; /* path of the JSON file; NULL: none */
        const char *log_format, *log_level;
        char resolv_conf_buf[512];
        char hostname_buf[PODNET_DOMAIN_LEN];
        const char *args[4]; /* those that are no options */
        unsigned n_args;
        struct option_given given[OPTIONS_MAX]; /* by row */
        struct json_object *file;               /* owns the texts that came from it */
        struct json_object *texts;              /* owns those made of others */
};

/**
 * options_parse() - fill @ret from defaults, file, environment and the arguments after the command
 * @max_args: how many arguments may be no options
 * Return: 0; -EINVAL (ERROR_USAGE) naming what was given and what it should have been.
 */
int options_parse(enum command_bit command, unsigned max_args, int argc, char **argv,
                  struct options *ret, struct error *err);

/** options_set() - one attribute of <podgraft:network>; as options_parse() */
int options_set(const char *name, const char *value, struct options *options, struct error *err);

/**
 * options_take() - from defaults and an object with the keys of --config; nothing else is looked at
 * Only what <podgraft:network> may have too.
 * @keys: must outlive @ret
 * Return: as options_parse(); -ENOKEY: a key that is unknown
 */
int options_take(struct json_object *keys, struct options *ret, struct error *err);

void options_done(struct options *options);

/**
 * options_resolve() - fill in what follows from others: resolv.conf and hostname
 * Must run before the network namespace is entered.
 */
void options_resolve(struct options *options);

/** options_print_help() - the rows that @command knows, on stdout */
void options_print_help(enum command_bit command);

/** options_print_attributes() - the names that options_set() knows, on stdout */
void options_print_attributes(void);
