/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alias_read.c - the state before a graft: its mark, and all in the namespace that is not the graft
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "netsetup/alias.h"

/*
 * Is the link the graft's? One without a mark was made just before a crash, if it has the name and
 * the kind: the names were free before.
 */
static bool is_the_grafts(const struct alias_reader *r, const struct ns_link *link)
{
        const struct podnet *names = &r->names;

        if (link->ifindex == r->nic.ifindex)
                return false;
        if (graft_is_marked(link))
                return graft_is_marked_for(link, r->nic.name);
        return link->alias[0] == '\0' &&
               ((strcmp(link->name, names->bridge) == 0 && strcmp(link->kind, "bridge") == 0) ||
                (strcmp(link->name, names->tap) == 0 && strcmp(link->kind, "tun") == 0) ||
                strcmp(link->name, r->nic.name) == 0);
}

static void drop_links(struct alias_reader *r, struct netstate *copy)
{
        size_t kept = 0;

        for (size_t i = 0; i < copy->n_links; i++) {
                struct ns_link *link = &copy->links[i];

                if (is_the_grafts(r, link))
                        continue;
                if (link->ifindex == r->nic.ifindex)
                        *link = r->nic;
                else if (link->arp_ignore == ARP_IGNORE_OTHERS)
                        link->arp_ignore = 0;
                copy->links[kept++] = *link;
        }
        copy->n_links = kept;
}

static void drop_addresses(struct alias_reader *r, struct netstate *copy)
{
        size_t kept = 0;

        for (size_t i = 0; i < copy->n_addrs; i++) {
                if (copy->addrs[i].ifindex != r->nic.ifindex &&
                    netstate_link_by_index(copy, copy->addrs[i].ifindex))
                        copy->addrs[kept++] = copy->addrs[i];
                else
                        free(copy->addrs[i].raw.data);
        }
        copy->n_addrs = kept;
}

static void drop_filter(struct alias_reader *r, struct netstate *copy)
{
        size_t kept = 0;

        for (size_t i = 0; i < copy->n_filters; i++) {
                if (strcmp(copy->filters[i].tap, r->names.tap) != 0)
                        copy->filters[kept++] = copy->filters[i];
                else
                        free(copy->filters[i].raw.data);
        }
        copy->n_filters = kept;
}

/* Everything in the namespace but the graft: not podgraft's business then and now. */
static int copy_the_rest(struct alias_reader *r)
{
        struct netstate *copy = netstate_copy(r->current);

        if (!copy)
                return -ENOMEM;
        drop_links(r, copy);
        drop_addresses(r, copy);
        drop_filter(r, copy);
        r->state = copy;
        return 0;
}

/* The link whose mark tells of @interface, or of any. */
static const struct ns_link *find_marked(const struct netstate *current, const char *interface)
{
        char name[IFNAMSIZ];

        for (size_t i = 0; i < current->n_links; i++)
                if (graft_marked_name(&current->links[i], name) &&
                    (!interface || strcmp(name, interface) == 0))
                        return &current->links[i];
        return NULL;
}

static unsigned marked_index(const struct ns_link *marked, const char *interface)
{
        const char *item = strstr(marked->alias, " n=");
        unsigned index;

        return item && isdigit((unsigned char)item[strlen(" n=")]) &&
                               sscanf(item, " n=%3u", &index) == 1
                       ? index
                       : graft_index(interface);
}

unsigned graft_alias_index(const struct netstate *current, const char *interface)
{
        const struct ns_link *marked = find_marked(current, interface);

        return marked ? marked_index(marked, interface) : graft_index(interface);
}

/* Has a graft of @nic just begun? There is its filter or its bridge, but no mark yet. */
static bool is_begun(const struct netstate *current, const struct ns_link *nic)
{
        struct podnet names = { 0 };
        const struct ns_link *bridge;
        uint8_t mac[MAC_LEN];

        if ((nic->flags & IFF_LOOPBACK) || graft_is_marked(nic))
                return false;
        strcpy(names.interface, nic->name);
        graft_name_links(&names, graft_index(nic->name));
        if (netstate_link_by_name(current, names.nic))
                return false;
        graft_derive_mac(nic->mac, "bridge", mac);
        bridge = netstate_link_by_name(current, names.bridge);
        if (bridge)
                return bridge->alias[0] == '\0' && memcmp(bridge->mac, mac, MAC_LEN) == 0;
        for (size_t i = 0; i < current->n_filters; i++)
                if (strcmp(current->filters[i].tap, names.tap) == 0 &&
                    !netstate_link_by_name(current, names.tap))
                        return true;
        return false;
}

/* Return: 1: the pod is untouched, but for what @r leaves out of its state; 0; -ENOMEM */
static int read_beginning(struct alias_reader *r, const char *interface)
{
        const struct netstate *current = r->current;

        for (size_t i = 0; i < current->n_links; i++) {
                const struct ns_link *nic = &current->links[i];
                int e;

                if ((interface && strcmp(nic->name, interface) != 0) || !is_begun(current, nic))
                        continue;
                r->nic = *nic;
                r->holder = nic;
                strcpy(r->names.interface, nic->name);
                graft_name_links(&r->names, graft_index(nic->name));
                e = copy_the_rest(r);
                return e < 0 || (e = alias_read_kept_addresses(r, "")) < 0 ? e : 1;
        }
        return 0;
}

/* Return: 1 read from @marked; 0 there is nothing to be made of it; -ENOMEM */
static int read_mark(struct alias_reader *r, const struct ns_link *marked)
{
        const struct ns_link *nic;
        char name[IFNAMSIZ], mac[MAC_TEXT_LEN];
        int ifindex, e;

        /* The name becomes a file's: whoever may set an alias must not choose the directory. */
        if (!graft_marked_name(marked, name) ||
            sscanf(marked->alias + strlen(GRAFT_ALIAS_PREFIX) + strlen(name), " if=%d mac=%17s",
                   &ifindex, mac) != 2 ||
            mac_parse(mac, r->nic.mac) < 0)
                return 0;
        nic = netstate_link_by_index(r->current, ifindex);
        if (!nic)
                return 0;
        strcpy(r->names.interface, name);
        graft_name_links(&r->names, marked_index(marked, name));
        r->holder = netstate_link_by_name(r->current, name);
        if (!r->holder || !graft_is_marked(r->holder))
                r->holder = nic;
        r->nic = *nic;
        strcpy(r->nic.name, name);
        r->nic.alias[0] = r->nic.master_name[0] = '\0';
        r->nic.master = 0;
        r->nic.flags |= IFF_UP;
        r->nic.addr_gen_mode = nic->addr_gen_mode < 0 ? -1 : IN6_ADDR_GEN_MODE_EUI64;
        if ((e = mac_parse(mac, r->nic.mac)) < 0 || (e = copy_the_rest(r)) < 0 ||
            (e = alias_read_kept_addresses(r, marked->alias)) < 0 ||
            (e = alias_read_items(r, marked->alias)) < 0)
                return e;
        /* Read last, into the copy: "gen=" may have come late. */
        *netstate_link_by_index(r->state, ifindex) = r->nic;
        return 1;
}

int graft_from_alias(const struct netstate *current, const char *interface, struct netstate **ret,
                     char ret_name[IFNAMSIZ], struct notes *unknown)
{
        const struct ns_link *marked = find_marked(current, interface);
        struct alias_reader r = { .current = current };
        int e = marked ? read_mark(&r, marked) : read_beginning(&r, interface);

        if (e <= 0) {
                netstate_free(r.state);
                return e;
        }
        if (r.incomplete)
                notes_add(unknown, "mark-incomplete",
                          "not all of what '%s' was is known any more: there was more than its "
                          "mark could hold (routes in other tables, with sources or by next-hop "
                          "objects, permanent neighbours, an alias, or simply too many)",
                          r.nic.name);
        strcpy(ret_name, r.nic.name);
        *ret = r.state;
        return 1;
}
