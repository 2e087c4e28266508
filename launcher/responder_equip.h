/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * responder_equip.h - what podgraft-dhcpd is told, and what it cannot open itself any more
 */
#pragma once

#include "launcher/process.h"
#include "launcher/responder_process.h"

/* Of one tap. */
struct tap_equipment {
        int socket, conf, shared, lock, nic; /* the last: -1 where there is none */
};

struct equipment {
        struct tap_equipment *taps;
        size_t n;
        int log, mount; /* -1 where there is none */
};

/**
 * responder_lease() - what the guest of @tap is told
 * @ret: to be freed
 * Return: 0; -ENODEV: there is no such tap
 */
int responder_lease(const struct responder_tap *tap, struct notes *notes, struct dhcp_conf **ret,
                    struct error *err);

/** responder_equip() - open all of it; to be released, also after a failure */
int responder_equip(const struct responder_tap *taps, struct dhcp_conf *const *leases, size_t n,
                    const struct responder_how *how, struct equipment *ret, struct error *err);
void equipment_done(struct equipment *equipment);

/* The command line. */
struct responder_arguments {
        char text[DHCP_MAX_TAPS + 8][48];
        char *argv[DHCP_MAX_TAPS + 10];
        int n;
};

/** arguments_begin() - with how it is to log */
void arguments_begin(struct responder_arguments *a, char *program);
void arguments_add(struct responder_arguments *a, const char *fmt, ...) _printf_(2, 3);

/** arguments_add_equipment() - by the numbers that the descriptors have here */
void arguments_add_equipment(struct responder_arguments *a, const struct equipment *equipment);

/** equipment_list() - its descriptors, all to keep their numbers; Return: how many of @ret's room
 */
size_t equipment_list(const struct equipment *equipment, struct process_fd *ret);
#define EQUIPMENT_FDS(n) (5 * (n) + 2)
