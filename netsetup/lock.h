/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lock.h - one writer per network namespace, whatever the state directory
 */
#pragma once

#include "podgraft/error.h"

/**
 * lock_take() - of the calling thread's namespace; let go of when the descriptor is closed
 * An abstract AF_UNIX socket: such names belong to the namespace, and vanish with the process.
 * @wait_sec: for one holder; each that lets go begins it anew; 0: 35, longer than a plug may take
 * Return: 0; -EBUSY after that, naming the holder
 */
int lock_take(unsigned wait_sec, int *ret_fd, struct error *err);
