/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lock.h - one writer per network namespace, whatever the state directory
 */
#pragma once

#include "podgraft/netns_lock.h"

/**
 * lock_take() - NETNS_LOCK_WRITER of the calling thread's namespace, waited for
 * @wait_sec: in all, however many hold it meanwhile; 0: 35, longer than a plug may take
 * Return: 0; -EBUSY after that, naming the holder; -EPERM (ERROR_CANNOT) without CAP_NET_ADMIN
 */
int lock_take(unsigned wait_sec, struct netns_lock *ret, struct error *err);
