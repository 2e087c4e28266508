/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * session.h - inside netsetup: what one session knows, shared by the story and its view
 */
#pragma once

#include "netsetup/graft.h"
#include "netsetup/lock.h"
#include "netsetup/plan.h"
#include "netsetup/record.h"

struct netsetup {
        struct netsetup_conf conf;
        struct netlink *nl;
        struct netns_lock lock; /* not of a session beside another */
        bool has_lock;          /* this session, or the one that it is beside */
        uint64_t cookie;
        char *dir;
        struct record *record; /* original and identity: recorded, or to be */
        bool is_recorded;
        struct podnet *foreign;  /* who the pod is, where somebody else wired it; NULL: not so */
        struct netstate *seen;   /* the state that the record was made from, until it is used */
        struct netsetup *beside; /* another interface's, opened before, which has socket and lock */
};

/* discover.c */
/**
 * session_find_out() - make @ns->record, in memory: from the marks of a graft, else from the pod
 * Return: 1 adopted, 0 discovered; ERROR_USAGE no such interface, or one that is refused; else <0
 */
int session_find_out(struct netsetup *ns, struct notes *notes, struct error *err);

/* wishes.c */
/**
 * session_take_wishes() - what is asked for of the guest itself, where a graft stands
 * Return: 1 another than the record had, 0; <0
 */
int session_take_wishes(struct netsetup *ns, struct notes *notes, struct error *err);
/** session_take_configuration() - and beyond the identity; Return: had the record it otherwise? */
bool session_take_configuration(struct netsetup *ns);

/** session_pod_ifindex() - the pod interface's, from the record; -EINVAL it has none */
int session_pod_ifindex(const struct netsetup *ns, int *ret, struct error *err);

/**
 * session_converge() - diff and apply until nothing is left, three times at most
 * Going down, what the kernel refuses to take back (plan_op_is_refused()) is noted and left out.
 * A kernel that has no filter is noted in the record's conf, which the caller writes.
 * Return: 0; -EAGAIN somebody works against us; else as plan_apply()
 */
int session_converge(struct netsetup *ns, const struct kernel *kernel,
                     enum netsetup_direction direction, struct notes *notes, struct error *err);

/** session_diff() - the plan from @current to the target, or to the original */
int session_diff(struct netsetup *ns, const struct netstate *current,
                 enum netsetup_direction direction, struct plan **ret, struct error *err);

/**
 * session_merge() - what others gave the pod while it is grafted becomes the pod's own
 * Whoever adds an address to the keeper, or to the interface under it, means the pod: the guest's
 * identity and the original get it, in memory. The original also gets the routes that would go
 * with the pod's addresses. Return: how many were new; -ENOMEM
 * @news: a sentence for each, or NULL
 */
int session_merge(struct netsetup *ns, const struct netstate *current, struct notes *news);

/**
 * session_take_over() - what the grafts of other interfaces took from the interface @ifindex
 * comes into @original, which was observed with those grafts in place. Return: 0; -ENOMEM
 */
int session_take_over(struct netsetup *ns, struct netstate *original, int ifindex);

/**
 * session_choose_index() - of @interface among the pod's, where no record says it
 * That of its name, unless another of the pod's has it: then the lowest that is free. Others are
 * those with a record, with marks, and those that this one was opened beside.
 */
unsigned session_choose_index(struct netsetup *ns, const struct netstate *state,
                              const char *interface);

/** session_note_bridge_nf() - warn where the guest's frames meet iptables */
void session_note_bridge_nf(struct netlink *nl, struct notes *notes);
