/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alias_item.c - what a mark says, item by item, becomes a part of the original state
 */
#include <ctype.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include "netsetup/addr.h"
#include "netsetup/alias.h"
#include "netsetup/request.h"

/* Append what a message built here tells; one parser serves the kernel's messages and these. */
static int take_message(struct netstate *state, int type, struct nl_msg *msg)
{
        struct nlmsghdr *nlh = nlmsg_hdr(msg);

        return observe_message(type, nlmsg_data(nlh), (size_t)nlmsg_datalen(nlh), state);
}

static void put_addr(struct nl_msg *msg, int type, const struct ip_addr *addr)
{
        nla_put(msg, type, addr->family == AF_INET ? 4 : 16, &addr->v6);
}

/* Nobody has it any more: from its text alone. */
static int read_address(struct alias_reader *r, const struct ip_prefix *prefix, uint32_t flags)
{
        bool link_local =
                prefix->addr.family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&prefix->addr.v6);
        struct ifaddrmsg info = {
                .ifa_family = prefix->addr.family,
                .ifa_prefixlen = prefix->len,
                .ifa_index = (unsigned)r->nic.ifindex,
                .ifa_scope = link_local ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
        };
        _cleanup_msg_ struct nl_msg *msg = request_new(RTM_NEWADDR, 0, &info, sizeof(info));

        if (!msg)
                return -ENOMEM;
        if (prefix->addr.family == AF_INET)
                put_addr(msg, IFA_LOCAL, &prefix->addr);
        put_addr(msg, IFA_ADDRESS, &prefix->addr);
        nla_put_u32(msg, IFA_FLAGS, flags);
        return take_message(r->state, RTM_NEWADDR, msg);
}

/* Is the last route there already? A crash may have left the pod's own. */
static bool is_repeated(const struct netstate *state)
{
        const struct ns_route *last = &state->routes[state->n_routes - 1];

        for (size_t i = 0; i + 1 < state->n_routes; i++) {
                const struct ns_route *route = &state->routes[i];

                if (route->family == last->family && route->table == last->table &&
                    route->ifindex == last->ifindex && route->metric == last->metric &&
                    route->flags == last->flags && route->dst.len == last->dst.len &&
                    ip_addr_equal(&route->dst.addr, &last->dst.addr) &&
                    ip_addr_equal(&route->gateway, &last->gateway))
                        return true;
        }
        return false;
}

static int read_route(struct alias_reader *r, char *item)
{
        char *dst = strsep(&item, ","), *part;
        struct ip_prefix prefix = { .addr.family = AF_INET };
        struct ip_addr gateway = { 0 };
        struct rtmsg info = { .rtm_table = RT_TABLE_MAIN,
                              .rtm_protocol = RTPROT_BOOT,
                              .rtm_type = RTN_UNICAST };
        _cleanup_msg_ struct nl_msg *msg = NULL;
        unsigned metric = 0;
        int e;

        if (strcmp(dst, "0/0") != 0 && ip_prefix_parse(dst, &prefix) < 0)
                return -EINVAL;
        while ((part = strsep(&item, ","))) {
                if (part[0] == 'm' && isdigit((unsigned char)part[1]))
                        metric = (unsigned)strtoul(part + 1, NULL, 10);
                else if (strcmp(part, "o") == 0)
                        info.rtm_flags |= RTNH_F_ONLINK;
                else if (ip_addr_parse(part, &gateway) < 0)
                        return -EINVAL;
        }
        info.rtm_family = prefix.addr.family;
        info.rtm_dst_len = prefix.len;
        info.rtm_scope = alias_usual_scope(info.rtm_family, &gateway);
        msg = request_new(RTM_NEWROUTE, 0, &info, sizeof(info));
        if (!msg)
                return -ENOMEM;
        if (prefix.len > 0)
                put_addr(msg, RTA_DST, &prefix.addr);
        if (gateway.family)
                put_addr(msg, RTA_GATEWAY, &gateway);
        nla_put_u32(msg, RTA_OIF, (uint32_t)r->nic.ifindex);
        if (metric || info.rtm_family == AF_INET6)
                nla_put_u32(msg, RTA_PRIORITY, metric ? metric : 1024);
        e = take_message(r->state, RTM_NEWROUTE, msg);
        if (e == 0 && is_repeated(r->state))
                free(r->state->routes[--r->state->n_routes].raw.data);
        return e;
}

/* Two that differ in their peers only look the same in the mark. */
static bool is_read(const struct alias_reader *r, const struct ip_prefix *prefix)
{
        for (size_t i = 0; i < r->state->n_addrs; i++)
                if (r->state->addrs[i].ifindex == r->nic.ifindex &&
                    r->state->addrs[i].prefix.len == prefix->len &&
                    ip_addr_equal(&r->state->addrs[i].prefix.addr, &prefix->addr))
                        return true;
        return false;
}

static bool is_kept(const struct alias_reader *r, const struct ip_prefix *prefix)
{
        for (size_t i = 0; i < r->current->n_addrs; i++) {
                const struct ns_addr *addr = &r->current->addrs[i];

                if (addr->ifindex == r->holder->ifindex && addr->prefix.len == prefix->len &&
                    ip_addr_equal(&addr->prefix.addr, &prefix->addr))
                        return true;
        }
        return false;
}

/* An "ip=" item: the prefix and its flags. */
static int parse_address(char *item, struct ip_prefix *ret, uint32_t *ret_flags)
{
        char *prefix = strsep(&item, ","), *part;

        *ret_flags = 0;
        while ((part = strsep(&item, ",")))
                for (size_t m = 0; m < ALIAS_ADDRESS_MARKS; m++)
                        if (part[0] == alias_address_marks[m].letter)
                                *ret_flags |= alias_address_marks[m].flag;
        return ip_prefix_parse(prefix, ret);
}

/* The flags that the alias has for an address on the keeper. */
static uint32_t flags_of(const char *alias, const struct ip_prefix *wanted)
{
        char copy[GRAFT_ALIAS_LEN], *rest = copy, *item;

        snprintf(copy, sizeof(copy), "%s", alias);
        while ((item = strsep(&rest, " "))) {
                struct ip_prefix prefix;
                uint32_t flags;

                if (strncmp(item, "ip=", 3) == 0 && parse_address(item + 3, &prefix, &flags) == 0 &&
                    prefix.len == wanted->len && ip_addr_equal(&prefix.addr, &wanted->addr))
                        return flags;
        }
        return 0;
}

/* The addresses with all they have: labels, lifetimes, broadcast. */
int alias_read_kept_addresses(struct alias_reader *r, const char *alias)
{
        bool untouched = r->holder->ifindex == r->nic.ifindex;

        for (size_t i = 0; i < r->current->n_addrs; i++) {
                const struct ns_addr *addr = &r->current->addrs[i];
                int e;

                if (addr->ifindex != r->holder->ifindex ||
                    (!untouched && addr->scope >= RT_SCOPE_LINK))
                        continue;
                /* The keeper's have flags that the pod's own had not. */
                e = addr_copy_to(r->state, addr, r->nic.ifindex,
                                 untouched ? addr->flags : flags_of(alias, &addr->prefix), true);
                if (e < 0)
                        return e;
        }
        return 0;
}

/* IN6_ADDR_GEN_MODE_…, include/uapi/linux/if_link.h */
static int read_gen_mode(const char *item, struct ns_link *nic)
{
        if (item[0] < '0' || item[0] > '0' + IN6_ADDR_GEN_MODE_RANDOM || item[1])
                return -EINVAL;
        nic->addr_gen_mode = item[0] - '0';
        return 0;
}

static int read_item(struct alias_reader *r, char *item)
{
        struct ip_prefix prefix;
        uint32_t flags;

        if (strcmp(item, "+") == 0)
                r->incomplete = true;
        else if (strncmp(item, "mac=", 4) == 0)
                return mac_parse(item + 4, r->nic.mac);
        else if (strncmp(item, "gen=", 4) == 0)
                return read_gen_mode(item + 4, &r->nic);
        else if (strncmp(item, "rt=", 3) == 0)
                return read_route(r, item + 3);
        else if (strncmp(item, "ip=", 3) == 0) {
                if (parse_address(item + 3, &prefix, &flags) < 0)
                        return -EINVAL;
                if (!is_kept(r, &prefix) && !is_read(r, &prefix))
                        return read_address(r, &prefix, flags);
        }
        return 0;
}

int alias_read_items(struct alias_reader *r, const char *alias)
{
        char copy[GRAFT_ALIAS_LEN], *rest = copy, *item;
        int e;

        snprintf(copy, sizeof(copy), "%s", alias);
        while ((item = strsep(&rest, " "))) {
                e = read_item(r, item);
                if (e == -ENOMEM)
                        return e;
                r->incomplete |= e < 0; /* somebody wrote into it: what can be read counts */
        }
        return 0;
}
