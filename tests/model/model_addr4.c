/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model_addr4.c - IPv4 addresses: primaries and secondaries, labels, connected routes
 */
#include <linux/if_addr.h>
#include <stdio.h>

#include "tests/model/model_internal.h"

static bool same_subnet4(const struct ns_addr *a, const struct ns_addr *b)
{
        struct ip_prefix net = { *addr_far_end(b), b->prefix.len };

        return a->prefix.len == b->prefix.len && prefix_has(&net, addr_far_end(a));
}

static struct ns_route connected4(const struct ns_addr *addr)
{
        return (struct ns_route){
                .family = AF_INET,
                .table = RT_TABLE_MAIN,
                .type = RTN_UNICAST,
                .scope = RT_SCOPE_LINK,
                .protocol = RTPROT_KERNEL,
                .dst = network_of(addr_far_end(addr), addr->prefix.len),
                .ifindex = addr->ifindex,
                .prefsrc = addr->prefix.addr,
        };
}

static bool has_connected4(const struct ns_addr *addr)
{
        struct ip_prefix net = network_of(addr_far_end(addr), addr->prefix.len);

        return !(addr->flags & (IFA_F_SECONDARY | IFA_F_NOPREFIXROUTE)) &&
               addr->ifindex != MODEL_LO && (ntohl(net.addr.v4.s_addr) >> 24) != 0 &&
               (net.len < 32 || !ip_addr_equal(&net.addr, &addr->prefix.addr));
}

void add_connected4(struct model *m, const struct ns_addr *addr)
{
        struct ns_route route = connected4(addr);

        if (has_connected4(addr) && link_is_up(m, addr->ifindex))
                route_insert(m, &route, FOREVER);
}

/*
 * Primaries come first, those of narrower scope before those of wider; a secondary goes to the
 * end.
 */
int addr4_add(struct model *m, int ifindex, const struct ns_addr *want)
{
        size_t first = addr_first_place(m, AF_INET, ifindex), end = first, last_primary = first;
        struct model_addr a = addr_new(m, ifindex, want);
        int r = addr_set_lifetime(m, &a, want);

        if (r < 0 || want->prefix.len > 32)
                return -EINVAL;
        for (; end < m->n_addrs && addr_is_on(&m->addrs[end], AF_INET, ifindex); end++) {
                struct ns_addr *other = &m->addrs[end].addr;

                if (!(other->flags & IFA_F_SECONDARY) && a.addr.scope <= other->scope)
                        last_primary = end + 1;
                if (!same_subnet4(&a.addr, other))
                        continue;
                if (ip_addr_equal(&a.addr.prefix.addr, &other->prefix.addr))
                        return addr_set_lifetime(m, &m->addrs[end], want);
                if (a.addr.scope != other->scope)
                        r = -EINVAL;
                a.addr.flags |= IFA_F_SECONDARY;
        }
        if (r < 0)
                return r;
        if (!(a.addr.flags & IFA_F_SECONDARY))
                end = last_primary;
        ARRAY_OPEN(m->addrs, m->n_addrs, end);
        m->addrs[end] = a;
        add_connected4(m, &a.addr);
        if (link_is_up(m, ifindex))
                routes_link_alive(m, AF_INET, ifindex);
        return 0;
}

static bool is_last4(const struct model *m, int ifindex)
{
        for (size_t i = 0; i < m->n_addrs; i++)
                if (addr_is_on(&m->addrs[i], AF_INET, ifindex))
                        return false;
        return true;
}

/* One that is off the list already: routes that had it as their source go, on every device. */
static void gone4(struct model *m, const struct ns_addr *addr)
{
        struct ns_route route = connected4(addr);

        if (has_connected4(addr))
                route_drop_if(m, &route);
        if (!addr_is_local(m, &addr->prefix.addr)) /* on any device */
                routes_source_gone(m, &addr->prefix.addr);
        if (!is_last4(m, addr->ifindex))
                return;
        routes_link_down(m, AF_INET, addr->ifindex);
        neighs_flush(m, AF_INET, addr->ifindex, true);
}

/* With promote_secondaries the first of them takes the place of the primary that went. */
static void promote4(struct model *m, size_t i, size_t secondary)
{
        struct model_addr gone = m->addrs[i], heir = m->addrs[secondary];
        size_t place = i;

        for (size_t k = i + 1;
             k < m->n_addrs && addr_is_on(&m->addrs[k], AF_INET, gone.addr.ifindex); k++)
                if (!(m->addrs[k].addr.flags & IFA_F_SECONDARY) &&
                    gone.addr.scope <= m->addrs[k].addr.scope)
                        place = k;
        ARRAY_REMOVE(m->addrs, m->n_addrs, secondary);
        heir.addr.flags &= ~(uint32_t)IFA_F_SECONDARY;
        if (secondary == i + 1)
                place = i; /* right behind it: it stays where it is */
        memmove(&m->addrs[i], &m->addrs[i + 1], (place - i) * sizeof(m->addrs[0]));
        m->addrs[place] = heir;
        gone4(m, &gone.addr);
        add_connected4(m, &heir.addr);
        if (link_is_up(m, heir.addr.ifindex))
                routes_link_alive(m, AF_INET, heir.addr.ifindex);
}

void drop4(struct model *m, size_t i)
{
        struct ns_addr gone = m->addrs[i].addr;

        for (size_t k = i + 1; !(gone.flags & IFA_F_SECONDARY) && k < m->n_addrs &&
                               addr_is_on(&m->addrs[k], AF_INET, gone.ifindex);) {
                struct ns_addr secondary = m->addrs[k].addr;

                if (!(secondary.flags & IFA_F_SECONDARY) || !same_subnet4(&gone, &secondary)) {
                        k++;
                        continue;
                }
                if (m->promotes) {
                        promote4(m, i, k);
                        return;
                }
                ARRAY_REMOVE(m->addrs, m->n_addrs, k);
                gone4(m, &secondary);
        }
        ARRAY_REMOVE(m->addrs, m->n_addrs, i);
        gone4(m, &gone);
}

void addrs4_forget(struct model *m, int ifindex)
{
        for (size_t i = m->n_addrs; i-- > 0;) {
                struct ns_addr gone = m->addrs[i].addr;

                if (!addr_is_on(&m->addrs[i], AF_INET, ifindex))
                        continue;
                ARRAY_REMOVE(m->addrs, m->n_addrs, i);
                gone4(m, &gone);
        }
}

/*
 * Only the first address keeps no suffix; the others' suffix, or their number where there is none,
 * is put behind the new name, which is shortened for it.
 */
void addrs_rename_labels(struct model *m, int ifindex, const char *name)
{
        int n = 0;

        for (size_t i = 0; i < m->n_addrs; i++) {
                char suffix[IFNAMSIZ + 8], *label = m->addrs[i].addr.label, *colon;
                size_t room;

                if (!addr_is_on(&m->addrs[i], AF_INET, ifindex))
                        continue;
                colon = strchr(label, ':');
                if (colon)
                        strcpy(suffix, colon);
                else
                        snprintf(suffix, sizeof(suffix), ":%d", n + 1);
                strcpy(label, name);
                if (n++ == 0)
                        continue;
                room = IFNAMSIZ - 1 - strlen(suffix);
                strcpy(label + (strlen(name) < room ? strlen(name) : room), suffix);
        }
}
