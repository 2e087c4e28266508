/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * judge_restored.c - is the pod what it was, where others have changed it or the record was lost?
 */
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include "netsetup/graft.h"
#include "tests/model/judge.h"
#include "tests/model/random_ops.h"
#include "tests/model/state_text.h"

#define BRIDGE "k6t-eth0"
#define TAP    "tap0"
#define KEEPER "eth0"

/* --- restored --- */

struct witness *judge_witness(const struct engine *e)
{
        struct witness *w = calloc(1, sizeof(*w));

        if (!w)
                abort();
        w->before_down = engine_observe(e);
        w->original = netstate_copy(e->ns.record->original);
        return w;
}

struct witness *judge_witness_free(struct witness *w)
{
        if (!w)
                return NULL;
        netstate_free(w->before_down);
        netstate_free(w->original);
        free(w);
        return NULL;
}

static const char *judge_interface(const struct witness *w, const struct netstate *s)
{
        const struct ns_link *was = netstate_link_by_index(w->original, POD_IFINDEX);
        const struct ns_link *nic = netstate_link_by_index(s, POD_IFINDEX);

        if (strcmp(nic->name, was->name) != 0)
                return "the pod's interface has not its old name";
        if (memcmp(nic->mac, was->mac, MAC_LEN) != 0)
                return "the pod's interface has not its old MAC";
        if (strcmp(nic->alias, was->alias) != 0)
                return "the pod's interface has not its old alias";
        if (nic->master)
                return "the pod's interface is still in a bridge";
        if ((nic->flags & IFF_UP) != (was->flags & IFF_UP))
                return "the pod's interface is not up as it was";
        if (nic->addr_gen_mode >= 0 && was->addr_gen_mode >= 0 &&
            nic->addr_gen_mode != was->addr_gen_mode)
                return "the pod's interface makes link-local addresses as it did not";
        return NULL;
}

/* Flags that follow from the company an address is in, and from the time. */
#define PASSING_FLAGS (IFA_F_SECONDARY | IFA_F_TENTATIVE)

/* The order in which a kernel has the original's addresses, whoever put that list together. */
static struct netstate *addresses_in_order(const struct witness *w)
{
        static const uint8_t mac[MAC_LEN] = { 2 };
        static struct model m;
        struct plan_op op = { .type = PLAN_ADDR_ADD, .ifindex = POD_IFINDEX };

        model_init(&m);
        model_add_link(&m, POD_IFINDEX, "eth0", "veth", mac, 1500);
        for (size_t i = 0; i < 2 * w->original->n_addrs; i++) { /* IPv4, then IPv6 backwards */
                bool is_v4 = i < w->original->n_addrs;

                op.addr = w->original->addrs[is_v4 ? i : 2 * w->original->n_addrs - 1 - i];
                if (op.addr.ifindex == POD_IFINDEX &&
                    (op.addr.prefix.addr.family == AF_INET) == is_v4)
                        model_execute(&m, &op, NULL);
        }
        return model_observe(&m);
}

static const char *judge_addresses(const struct witness *w, const struct netstate *s)
{
        _cleanup_(cleanup_netstate_free) struct netstate *ordered = addresses_in_order(w);
        bool has_inet6 = netstate_link_by_index(s, POD_IFINDEX)->addr_gen_mode >= 0;
        size_t from[AF_INET6 + 1] = { 0 };

        for (size_t i = 0; i < ordered->n_addrs; i++) {
                const struct ns_addr *want = &ordered->addrs[i], *was, *is;
                char text[IP_PREFIX_TEXT_LEN];

                if (want->ifindex != POD_IFINDEX)
                        continue;
                was = judge_find_address(w->original, POD_IFINDEX, want);
                /* An MTU that is too small for IPv6 takes its addresses without podgraft, too. */
                if (was->prefix.addr.family == AF_INET6 && !has_inet6)
                        continue;
                is = judge_find_address(s, POD_IFINDEX, was);
                ip_prefix_format(&was->prefix, text);
                if (!is)
                        return judge_say("the pod's address %s is missing", text);
                /* Others gave it again, in their own way. */
                if (judge_find_address(w->before_down, POD_IFINDEX, was))
                        continue;
                if ((is->flags ^ was->flags) & ~(uint32_t)PASSING_FLAGS ||
                    is->scope != was->scope ||
                    (was->label[0] && strcmp(is->label, was->label) != 0) ||
                    is->valid_sec != was->valid_sec || is->preferred_sec != was->preferred_sec)
                        return judge_say("the pod's address %s is not what it was", text);
                if ((size_t)(is - s->addrs) < from[was->prefix.addr.family])
                        return judge_say("the pod's address %s is out of order", text);
                from[was->prefix.addr.family] = (size_t)(is - s->addrs);
        }
        return NULL;
}

static bool is_ours(const struct netstate *s, int ifindex)
{
        const struct ns_link *link = netstate_link_by_index(s, ifindex);

        return ifindex == POD_IFINDEX || !link || graft_is_marked(link) ||
               (strcmp(link->name, KEEPER) == 0 && !link->alias[0]) ||
               strcmp(link->name, BRIDGE) == 0 || strcmp(link->name, TAP) == 0;
}

/* What the kernel takes for the pod's own is not another. */
static bool collides(const struct netstate *s, const struct ns_addr *gift)
{
        for (size_t i = 0; i < s->n_addrs; i++)
                if (s->addrs[i].ifindex == POD_IFINDEX && netstate_collides(&s->addrs[i], gift))
                        return true;
        return false;
}

/* What others gave the pod meanwhile, on its interface or on the keeper, is the pod's. */
static const char *judge_gifts(const struct witness *w, const struct netstate *s)
{
        const struct ns_link *keeper = netstate_link_by_name(w->before_down, KEEPER);
        bool has_inet6 = netstate_link_by_index(s, POD_IFINDEX)->addr_gen_mode >= 0;

        for (size_t i = 0; i < w->before_down->n_addrs; i++) {
                const struct ns_addr *gift = &w->before_down->addrs[i];
                bool is_kept = keeper && gift->ifindex == keeper->ifindex;
                char text[IP_PREFIX_TEXT_LEN];

                if (gift->scope >= RT_SCOPE_LINK || (gift->ifindex != POD_IFINDEX && !is_kept) ||
                    (gift->prefix.addr.family == AF_INET6 && !has_inet6) ||
                    judge_find_address(s, POD_IFINDEX, gift) || collides(s, gift))
                        continue;
                return judge_say("the address %s that others gave the pod is missing",
                                 ip_prefix_format(&gift->prefix, text));
        }
        return NULL;
}

static const char *judge_others_links(const struct witness *w, const struct netstate *s)
{
        for (size_t i = 0; i < w->before_down->n_links; i++) {
                const struct ns_link *was = &w->before_down->links[i];
                const struct ns_link *is = netstate_link_by_index(s, was->ifindex);

                if (is_ours(w->before_down, was->ifindex))
                        continue;
                if (!is)
                        return judge_say("'%s', which is not podgraft's, is gone", was->name);
                if (strcmp(is->name, was->name) != 0 || strcmp(is->alias, was->alias) != 0 ||
                    memcmp(is->mac, was->mac, MAC_LEN) != 0 || is->flags != was->flags ||
                    is->addr_gen_mode != was->addr_gen_mode)
                        return judge_say("'%s', which is not podgraft's, has changed", was->name);
        }
        for (size_t i = 0; i < w->before_down->n_addrs; i++) {
                const struct ns_addr *was = &w->before_down->addrs[i];

                if (!is_ours(w->before_down, was->ifindex) &&
                    !judge_find_address(s, was->ifindex, was))
                        return "an address of a link that is not podgraft's is gone";
        }
        return NULL;
}

static bool is_refused(const struct model *m, const struct plan_op *op)
{
        static struct model copy;
        int r;

        model_copy(&copy, m);
        r = model_execute(&copy, op, NULL);
        return r < 0 && r != -EEXIST;
}

static bool route_is_refused(const struct model *m, const struct ns_route *route)
{
        struct plan_op op = { .type = PLAN_ROUTE_ADD, .route = *route };

        return is_refused(m, &op);
}

static bool leads_over(const struct ns_route *r, const struct netstate *s, bool ours)
{
        if (r->ifindex && is_ours(s, r->ifindex) == ours)
                return true;
        for (unsigned i = 0; i < r->n_hops; i++)
                if (is_ours(s, r->hop_ifindex[i]) == ours)
                        return true;
        return false;
}

static bool has_route(const struct netstate *s, const struct ns_route *r)
{
        for (size_t i = 0; i < s->n_routes; i++)
                if (state_text_same_route(&s->routes[i], r))
                        return true;
        return false;
}

static bool is_part_of_another(const struct netstate *s, const struct ns_route *r)
{
        for (size_t i = 0; i < s->n_routes; i++)
                if (netstate_is_part_of(r, &s->routes[i]))
                        return true;
        return false;
}

/* With an address of a link that goes as its source. */
static bool is_from_ours(const struct netstate *s, const struct ns_route *r)
{
        for (size_t i = 0; i < s->n_addrs; i++)
                if (ip_addr_equal(&s->addrs[i].prefix.addr, &r->prefsrc) &&
                    is_ours(s, s->addrs[i].ifindex))
                        return true;
        return false;
}

static const char *judge_others_routes(const struct witness *w, const struct netstate *s,
                                       const struct model *m)
{
        for (size_t i = 0; i < w->before_down->n_routes; i++) {
                struct ns_route route = w->before_down->routes[i], *r = &route;

                /* It may remember a source that it had forgotten. */
                if (r->family == AF_INET6 && !r->prefsrc.family && !has_route(s, r)) {
                        const struct ns_route *now = netstate_find_route(s, r, false);

                        if (now)
                                r->prefsrc = now->prefsrc;
                }
                if (!leads_over(r, w->before_down, true) && !is_from_ours(w->before_down, r) &&
                    !r->nexthop_id && !has_route(s, r) && !is_part_of_another(s, r) &&
                    !route_is_refused(m, r))
                        return "a route that is not podgraft's is gone";
        }
        return NULL;
}

static bool has_nexthop(const struct netstate *s, uint32_t id)
{
        for (size_t i = 0; i < s->n_nexthops; i++)
                if (s->nexthops[i].id == id)
                        return true;
        return false;
}

/* The pod again with every address given to it anew: what makes gateways reachable is all there. */
static void copy_with_connected_routes(struct model *copy, const struct model *m)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = model_observe(m);
        struct plan_op op = { .ifindex = POD_IFINDEX };

        model_copy(copy, m);
        copy->has_dad = false;
        op.type = PLAN_ADDR_DEL;
        for (size_t i = s->n_addrs; i-- > 0;) {
                op.addr = s->addrs[i];
                if (op.addr.ifindex == POD_IFINDEX)
                        model_execute(copy, &op, NULL);
        }
        op.type = PLAN_ADDR_ADD;
        for (size_t i = 0; i < s->n_addrs; i++) {
                op.addr = s->addrs[i];
                if (op.addr.ifindex == POD_IFINDEX)
                        model_execute(copy, &op, NULL);
        }
}

void judge_excuse(struct netstate *expected, const struct model *m)
{
        _cleanup_(cleanup_netstate_free) struct netstate *is = model_observe(m);
        static struct model anew;
        size_t kept = 0;

        if (expected->n_routes == is->n_routes && expected->n_nexthops == is->n_nexthops)
                return;
        copy_with_connected_routes(&anew, m);
        for (size_t i = 0; i < expected->n_routes; i++)
                if (has_route(is, &expected->routes[i]) ||
                    !route_is_refused(&anew, &expected->routes[i]))
                        expected->routes[kept++] = expected->routes[i];
        expected->n_routes = kept;
        kept = 0;
        for (size_t i = 0; i < expected->n_nexthops; i++) {
                struct plan_op op = { .type = PLAN_NEXTHOP_ADD, .nexthop = expected->nexthops[i] };

                if (has_nexthop(is, op.nexthop.id) || !is_refused(&anew, &op))
                        expected->nexthops[kept++] = expected->nexthops[i];
                else
                        free(op.nexthop.raw.data);
        }
        expected->n_nexthops = kept;
}

/* One that is missing must be one that cannot be. */
/* The same to the kernel; its MTU follows its link's, and adding it again changes its lifetime. */
static bool has_same_route6(const struct netstate *s, const struct ns_route *r)
{
        return r->family == AF_INET6 && netstate_find_route(s, r, true);
}

/* Others may take away what is on other links; podgraft does not bring that back. */
static bool hangs_on_pod(const struct witness *w, const struct ns_route *r)
{
        if (r->ifindex == POD_IFINDEX)
                return true;
        for (unsigned i = 0; i < r->n_hops; i++)
                if (r->hop_ifindex[i] == POD_IFINDEX)
                        return true;
        for (size_t i = 0; i < w->original->n_addrs; i++)
                if (w->original->addrs[i].ifindex == POD_IFINDEX &&
                    ip_addr_equal(&w->original->addrs[i].prefix.addr, &r->prefsrc))
                        return true;
        return false;
}

static const char *judge_routes(const struct witness *w, const struct netstate *s,
                                const struct model *m, bool is_told)
{
        for (size_t i = 0; i < w->original->n_routes; i++) {
                struct plan_op op = { .type = PLAN_ROUTE_ADD, .route = w->original->routes[i] };

                if (!hangs_on_pod(w, &op.route) || has_route(s, &op.route) ||
                    has_same_route6(s, &op.route) || is_part_of_another(s, &op.route) ||
                    is_refused(m, &op))
                        continue;
                if (is_told) {
                        printf("missing: ");
                        state_text_print_op(&op);
                }
                return "a route of the pod's is missing that could be there";
        }
        return NULL;
}

const char *judge_restored(const struct witness *w, const struct model *m, bool is_told)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = model_observe(m);
        const char *why;

        if ((why = judge_others_links(w, s)) || (why = judge_others_routes(w, s, m)))
                return why;
        if (!netstate_link_by_index(s, POD_IFINDEX))
                return NULL;
        if ((why = judge_interface(w, s)) || (why = judge_addresses(w, s)) ||
            (why = judge_gifts(w, s)))
                return why;
        return judge_routes(w, s, m, is_told);
}

const char *judge_intact(const struct witness *w, const struct engine *e)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = engine_observe(e);
        const char *why = judge_interface(w, s);

        return why ? why : judge_addresses(w, s);
}

/* --- adopted --- */

static bool has_complete_mark(const struct netstate *s)
{
        for (size_t i = 0; i < s->n_links; i++) {
                const char *alias = s->links[i].alias;

                if (graft_is_marked(&s->links[i]))
                        return alias[strlen(alias) - 1] != '+';
        }
        return false;
}

/* Without what a mark never says: labels, lifetimes, who added a route. */
static bool has_like(const struct netstate *s, const struct ns_route *r)
{
        for (size_t i = 0; i < s->n_routes; i++) {
                struct ns_route other = s->routes[i];

                other.protocol = r->protocol;
                other.expires_sec = r->expires_sec;
                if (state_text_same_route(&other, r))
                        return true;
        }
        return false;
}

static const char *judge_told(const struct witness *w, const struct netstate *s,
                              const struct model *m)
{
        for (size_t i = 0; i < w->original->n_addrs; i++) {
                const struct ns_addr *was = &w->original->addrs[i];

                if (was->ifindex == POD_IFINDEX && !judge_find_address(s, POD_IFINDEX, was))
                        return "an address is missing that the mark tells";
        }
        for (size_t i = 0; i < w->original->n_routes; i++) {
                const struct ns_route *r = &w->original->routes[i];

                if (r->ifindex == POD_IFINDEX && r->protocol != RTPROT_KERNEL && !has_like(s, r) &&
                    !route_is_refused(m, r))
                        return "a route is missing that the mark tells";
        }
        return NULL;
}

const char *judge_adopted(const struct witness *w, const struct model *m, bool is_told)
{
        _cleanup_(cleanup_netstate_free) struct netstate *s = model_observe(m);
        const char *why = judge_interface(w, s);

        (void)is_told;
        if (has_complete_mark(w->before_down))
                why = why ? why : judge_told(w, s, m);
        else if (why && strstr(why, "alias")) /* which no mark tells */
                why = NULL;
        if (!why)
                why = judge_gifts(w, s);
        return why ? why : judge_others_links(w, s);
}
