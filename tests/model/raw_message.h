/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * raw_message.h - the netlink message that an observed object of these fields would have
 */
#pragma once

#include "netsetup/plan.h"

/**
 * raw_message_fill() - give the object of a route, next-hop or neighbour operation the raw message
 * that netsetup replays; one that has it keeps it
 */
void raw_message_fill(struct plan_op *op);
