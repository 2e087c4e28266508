/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox.h - inside podgraft-domain: what it gives up once its input is read
 */
#pragma once

#include <linux/filter.h>

#include "podgraft/confine.h"
#include "podgraft/domain.h"

/**
 * domain_sandbox_enter() - before a byte of the XML is looked at
 * Must keep: the descriptors it has, writing, DOMAIN_MEMORY_MAX, DOMAIN_CPU_SEC. Must not keep: a
 * capability, a way to new privileges or to a file, new descriptors and processes, other system
 * calls than domain_sandbox_filter() has. Files and system calls as far as the kernel and the
 * container have Landlock and seccomp; where the rest fails, *err says so.
 */
int domain_sandbox_enter(struct error *err);

/**
 * domain_sandbox_filter() - the allowlist as a program
 * Return: instructions in @ret
 */
#define DOMAIN_FILTER_MAX CONFINE_FILTER_SIZE(24)
unsigned short domain_sandbox_filter(struct sock_filter ret[DOMAIN_FILTER_MAX]);
