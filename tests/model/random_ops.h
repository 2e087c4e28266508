/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * random_ops.h - random pods and random meddling with them, as plan operations
 *
 * Operations name links; a name that is not there at the time is an error of that operation,
 * which whoever executes it does not mind. Addresses, gateways and prefixes come from small pools
 * so that they meet. What the model does not know is not made (STP with a delay, IPv6 secrets).
 */
#pragma once

#include "netsetup/plan.h"

#define POD_IFINDEX 2 /* eth0; net1 and net2 follow */
#define POD_LINKS   3
#define FIRST_MADE  6 /* ifindex of the first link that an operation makes */

/* xorshift64* (https://doi.org/10.1145/2845077): the same seed, the same run, on every machine */
struct random {
        uint64_t state;
};

struct random random_start(uint64_t seed);
uint32_t random_below(struct random *rnd, uint32_t n);
static inline bool random_percent(struct random *rnd, unsigned percent)
{
        return random_below(rnd, 100) < percent;
}

/** random_pod() - append the operations that make a pod out of bare links that are down */
void random_pod(struct random *rnd, struct plan *plan);

/** random_meddling() - append one thing that a CNI, a daemon or a person might do to a pod */
void random_meddling(struct random *rnd, struct plan *plan);
