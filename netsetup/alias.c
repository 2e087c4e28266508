/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alias.c - who the pod was, once more, in the alias of podgraft's links
 *
 *     podgraft:eth0 if=2 mac=aa:bb:cc:00:00:07 ip=10.244.1.7/24 rt=0/0,10.244.1.1
 *     podgraft:eth1 if=3 mac=… n=1 …   where the index is another than its name would have alone
 *
 * The bridge gets it before the pod's interface is touched, so a record that is lost at any later
 * moment can be made again. 255 bytes hold what most pods have; what did not fit, or cannot be
 * said in it, is marked by a "+" at the end.
 */
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include "netsetup/alias.h"
#include "podgraft/name.h"

const struct alias_address_mark alias_address_marks[ALIAS_ADDRESS_MARKS] = {
        { 'p', IFA_F_NOPREFIXROUTE },
        { 'd', IFA_F_NODAD },
};

uint8_t alias_usual_scope(uint8_t family, const struct ip_addr *gateway)
{
        return gateway->family || family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
}

bool graft_is_marked(const struct ns_link *link)
{
        return strncmp(link->alias, GRAFT_ALIAS_PREFIX, strlen(GRAFT_ALIAS_PREFIX)) == 0;
}

bool graft_marked_name(const struct ns_link *link, char ret[IFNAMSIZ])
{
        const char *at = link->alias + strlen(GRAFT_ALIAS_PREFIX);
        char name[IFNAMSIZ];
        size_t len;

        if (!graft_is_marked(link))
                return false;
        len = strcspn(at, " ");
        if (len >= sizeof(name))
                return false;
        memcpy(name, at, len);
        name[len] = '\0';
        if (!interface_name_is_valid(name))
                return false;
        strcpy(ret, name);
        return true;
}

bool graft_is_marked_for(const struct ns_link *link, const char *interface)
{
        const char *name = link->alias + strlen(GRAFT_ALIAS_PREFIX);

        return graft_is_marked(link) && strncmp(name, interface, strlen(interface)) == 0 &&
               name[strlen(interface)] == ' ';
}

struct alias_writer {
        char *text;
        bool incomplete;
};

#define RESERVED 2 /* for " +" */

static void write_item(struct alias_writer *w, const char *item)
{
        size_t len = strlen(w->text);

        if (len + 1 + strlen(item) + RESERVED < GRAFT_ALIAS_LEN)
                sprintf(w->text + len, " %s", item);
        else
                w->incomplete = true;
}

/* The CNI's ptp plugin deletes the connected route; the kernel makes it again with the address. */
static bool lacks_prefix_route(const struct netstate *state, const struct ns_addr *addr)
{
        unsigned host = addr->prefix.addr.family == AF_INET ? 32 : 128;

        if (addr->prefix.len == host || (addr->flags & IFA_F_NOPREFIXROUTE))
                return false;
        for (size_t i = 0; i < state->n_routes; i++)
                if (state->routes[i].protocol == RTPROT_KERNEL &&
                    state->routes[i].ifindex == addr->ifindex &&
                    state->routes[i].dst.len == addr->prefix.len &&
                    state->routes[i].family == addr->prefix.addr.family)
                        return false;
        return true;
}

static void write_addresses(struct alias_writer *w, const struct netstate *state, int ifindex)
{
        char item[IP_PREFIX_TEXT_LEN + 16], prefix[IP_PREFIX_TEXT_LEN];

        for (size_t i = 0; i < state->n_addrs; i++) {
                const struct ns_addr *addr = &state->addrs[i];

                if (addr->ifindex != ifindex)
                        continue;
                /* Its scope cannot be said, and follows from an IPv6 address only. */
                if (addr->prefix.addr.family == AF_INET && addr->scope != RT_SCOPE_UNIVERSE) {
                        w->incomplete = true;
                        continue;
                }
                sprintf(item, "ip=%s", ip_prefix_format(&addr->prefix, prefix));
                for (size_t m = 0; m < ALIAS_ADDRESS_MARKS; m++)
                        if (addr->flags & alias_address_marks[m].flag)
                                sprintf(item + strlen(item), ",%c", alias_address_marks[m].letter);
                write_item(w, item);
                w->incomplete |= addr->peer.family != AF_UNSPEC || lacks_prefix_route(state, addr);
        }
}

static bool can_be_said(const struct ns_route *route)
{
        return route->tos == 0 &&
               route->scope == alias_usual_scope(route->family, &route->gateway) &&
               route->table == RT_TABLE_MAIN && route->type == RTN_UNICAST && route->n_hops == 0 &&
               route->nexthop_id == 0 && route->mtu_bytes == 0 && route->expires_sec == 0 &&
               (route->gateway.family == AF_UNSPEC || route->gateway.family == route->family) &&
               route->prefsrc.family == AF_UNSPEC;
}

static void write_route(struct alias_writer *w, const struct ns_route *route)
{
        char item[2 * IP_PREFIX_TEXT_LEN + 32], text[IP_PREFIX_TEXT_LEN];

        sprintf(item, "rt=%s",
                route->dst.len > 0         ? ip_prefix_format(&route->dst, text)
                : route->family == AF_INET ? "0/0"
                                           : "::/0");
        if (route->gateway.family != AF_UNSPEC)
                sprintf(item + strlen(item), ",%s", ip_addr_format(&route->gateway, text));
        /* What IPv6 routes have where nobody said otherwise: include/uapi/linux/ipv6_route.h */
        if (route->metric != (route->family == AF_INET6 ? 1024u : 0u))
                sprintf(item + strlen(item), ",m%u", route->metric);
        if (route->flags & RTNH_F_ONLINK)
                strcat(item, ",o");
        write_item(w, item);
}

static void write_routes(struct alias_writer *w, const struct netstate *state, int ifindex)
{
        for (int defaults = 1; defaults >= 0; defaults--) /* the most wanted first */
                for (size_t i = 0; i < state->n_routes; i++) {
                        const struct ns_route *route = &state->routes[i];

                        if (route->ifindex != ifindex || route->protocol == RTPROT_KERNEL ||
                            (route->dst.len == 0) != (defaults == 1))
                                continue;
                        if (can_be_said(route))
                                write_route(w, route);
                        else
                                w->incomplete = true;
                }
}

void graft_alias(const struct netstate *original, const struct podnet *net,
                 char ret[GRAFT_ALIAS_LEN])
{
        const struct ns_link *nic = netstate_link_by_name(original, net->interface);
        char mac[MAC_TEXT_LEN], guest[32];
        struct alias_writer w = { .text = ret };

        sprintf(ret, GRAFT_ALIAS_PREFIX "%s if=%d mac=%s", net->interface, nic->ifindex,
                mac_format(nic->mac, mac));
        if (net->index != graft_index(net->interface)) {
                sprintf(guest, "n=%u", net->index);
                write_item(&w, guest);
        }
        if (memcmp(net->mac, nic->mac, MAC_LEN) != 0) {
                sprintf(guest, "guest=%s", mac_format(net->mac, mac));
                write_item(&w, guest);
        }
        if (nic->addr_gen_mode > 0) {
                sprintf(guest, "gen=%d", nic->addr_gen_mode);
                write_item(&w, guest);
        }
        w.incomplete |= nic->alias[0] != '\0';
        write_addresses(&w, original, nic->ifindex);
        write_routes(&w, original, nic->ifindex);
        for (size_t i = 0; i < original->n_neighs; i++)
                w.incomplete |= original->neighs[i].ifindex == nic->ifindex &&
                                (original->neighs[i].state & NUD_PERMANENT);
        for (size_t i = 0; i < original->n_nexthops; i++)
                w.incomplete |= original->nexthops[i].ifindex == nic->ifindex;
        if (w.incomplete)
                strcat(ret, " +");
}
