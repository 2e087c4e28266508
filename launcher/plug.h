/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plug.h - an interface comes to a guest that runs, or leaves it: what up and down want of run
 *
 * Files beside the interface's record, and no other way; whoever reads late reads the same:
 *
 *     NAME.guest      up: run's guest is to have it, with this as its <interface>; gone: it is
 *                     not to have it
 *     NAME.attached   run: the guest has it
 *     NAME.refused    run: why the guest cannot have it
 *
 * That a run lives in the network namespace is told by NETNS_LOCK_RUN, which run holds.
 */
#pragma once

#include "launcher/options.h"
#include "podgraft/netns_lock.h"

enum plug_file {
        PLUG_WANTED,
        PLUG_ATTACHED,
        PLUG_REFUSED,
};

/**
 * plug_run_begin() - from now on a run lives here; the caller has the namespace's lock
 * Return: 0; -EBUSY: another one does
 */
int plug_run_begin(struct netns_lock *ret, struct error *err);

/**
 * plug_run_answer() - let go of those that asked who the run is, some of them at most
 * @fd: name_fd of the lock; readable when some ask. Any process of the namespace may ask for ever.
 */
void plug_run_answer(int fd);

/** plug_run_lives() - in this network namespace */
bool plug_run_lives(void);

/** plug_has() - is that file of the interface @name there? @dir: netsetup_dir() */
bool plug_has(const char *dir, const char *name, enum plug_file which);

/** plug_want() - write NAME.guest with what @own says of its <interface> */
int plug_want(const char *dir, const char *name, const struct options *own, struct error *err);

/** plug_read() - what NAME.guest says, into @own; @ret_json owns its texts */
int plug_read(const char *dir, const char *name, struct options *own, struct json_object **ret_json,
              struct error *err);

/** plug_set() - make or remove one of the other files; @text: what is in it */
int plug_set(const char *dir, const char *name, enum plug_file which, const char *text,
             struct error *err);
void plug_unset(const char *dir, const char *name, enum plug_file which);

/** plug_forget() - none of them stays */
void plug_forget(const char *dir, const char *name);

/**
 * plug_in() - have run give it to the guest; returns when the guest has it
 * Return: 0; -EIO with libvirt's words; -ETIMEDOUT; -ESRCH: run ended meanwhile
 */
int plug_in(const char *dir, const char *name, const struct options *own, struct error *err);

/**
 * plug_out() - have run take it from the guest; returns when the guest has let go of it
 * Return: 0, also where the guest never had it, or run ended meanwhile; -ETIMEDOUT saying what to
 * do
 */
int plug_out(const char *dir, const char *name, struct error *err);
