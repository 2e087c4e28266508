/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * observe.h - inside the observation: the messages of a dump, one handler each
 */
#pragma once

#include "netsetup/netlink.h"
#include "netsetup/request.h"

struct observation {
        struct netstate *state;
        struct netstate *all_neighs; /* before the interesting ones are picked */
        size_t n_learned;            /* of them, before the proxy entries */
};
/* For netlink_dump(): append what the message tells; 0, also for one of another kind, or -ENOMEM */
int observe_on_link(struct nlmsghdr *nlh, void *user);
int observe_on_addr(struct nlmsghdr *nlh, void *user);
int observe_on_route(struct nlmsghdr *nlh, void *user);
int observe_on_nexthop(struct nlmsghdr *nlh, void *user);
int observe_on_neigh(struct nlmsghdr *nlh, void *user); /* into all_neighs */
int observe_on_rule(struct nlmsghdr *nlh, void *user);  /* counts */
