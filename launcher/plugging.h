/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugging.h - run's side of plug.h: make what the guest has what the files want
 */
#pragma once

#include "launcher/wiring.h"
#include "podgraft/loop.h"

enum plug_state {
        PLUG_ENTERING, /* the launcher was told to attach it */
        PLUG_IN,
        PLUG_LEAVING, /* the guest was asked to let go of it */
};

struct plugged {
        char name[IFNAMSIZ], tap[IFNAMSIZ];
        enum plug_state state;
};

struct plugging {
        const struct options *options;
        struct wiring *w; /* of those in the list; made anew when it changes */
        struct plugged list[POD_INTERFACES_MAX];
        size_t n;
        char *dir;
        int watch_fd; /* inotify */
        int mark_fd;  /* name_fd of plug_run_begin()'s; -1: another has it */
        /* The launcher's ear; and who serves those in w now, and @leaving no more */
        void (*tell)(void *user, const char *line);
        void (*serve)(void *user, struct netsetup *leaving); /* NULL: none leaves */
        void *user;
};

/** plugging_claim() - the files of this namespace say that the guest has @w, and nothing else */
int plugging_claim(const struct wiring *w, struct error *err);

/**
 * plugging_begin() - the guest has all of @w, which were claimed; from now on the files count
 * @p: options, w, mark_fd, tell, serve and user are the caller's to set before
 */
int plugging_begin(struct plugging *p, struct loop *loop, struct error *err);

/** plugging_event() - the launcher said @word ("attached", "detached", "refused") of a tap */
void plugging_event(struct plugging *p, const char *word, const char *rest);

void plugging_end(struct plugging *p);
