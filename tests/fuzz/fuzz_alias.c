/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_alias.c - any alias on the links of a grafted pod -> who the pod was
 *
 * The first byte chooses which links have it, and who is asked for. The name that comes out is an
 * interface's, which a path can be made of; what is read is a state that a record can hold; and
 * what can be said of it in a mark again is read again as the same.
 */
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "netsetup/alias.h"
#include "netsetup/session.h"
#include "podgraft/json.h"
#include "podgraft/name.h"
#include "tests/fuzz/fuzz.h"

#define HAS_KEEPER (1 << 0)
#define NIC_ONLY   (1 << 1)
#define ASKS_ETH0  (1 << 2)

static struct ns_link *add_link(struct netstate *s, int ifindex, const char *name, const char *kind,
                                const char *alias)
{
        struct ns_link *link = netstate_add_link(s);

        must(link);
        link->ifindex = ifindex;
        link->mac_len = MAC_LEN;
        link->mac[0] = 2;
        link->mac[5] = (uint8_t)ifindex;
        strcpy(link->name, name);
        strcpy(link->kind, kind);
        strcpy(link->alias, alias);
        return link;
}

static struct netstate *grafted(unsigned how, const char *alias)
{
        struct netstate *s = netstate_new();
        const char *others = how & NIC_ONLY ? "" : alias;
        static const struct {
                struct ifaddrmsg info;
                struct nlattr header;
                uint8_t address[4];
        } kept = { { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = 5 },
                   { .nla_len = 8, .nla_type = IFA_LOCAL },
                   { 10, 9, 0, 7 } };

        must(s);
        add_link(s, 1, "lo", "", "")->flags = IFF_LOOPBACK;
        add_link(s, 2, "eth0-nic", "veth", alias);
        add_link(s, 3, "k6t-eth0", "bridge", others);
        add_link(s, 4, "tap0", "tun", others);
        if (!(how & HAS_KEEPER))
                return s;
        add_link(s, 5, "eth0", "dummy", others);
        must(observe_message(RTM_NEWADDR, &kept, sizeof(kept), s) == 0);
        return s;
}

/* Its text as a record; to be freed */
static char *print(const struct netstate *state)
{
        struct json_object *o = netstate_to_json(state), *again;
        struct netstate *copy = NULL;
        char *text = strdup(json_object_to_json_string(o));

        must(text && netstate_from_json(o, &copy, NULL) == 0);
        again = netstate_to_json(copy);
        must(strcmp(text, json_object_to_json_string(again)) == 0);
        json_object_put(again);
        json_object_put(o);
        netstate_free(copy);
        return text;
}

/* Return: whether the mark says all of it */
static bool say_again(const struct netstate *current, const struct netstate *original,
                      const char *name, char ret[GRAFT_ALIAS_LEN])
{
        const struct ns_link *nic = netstate_link_by_name(original, name);
        struct podnet net = { 0 };

        must(nic && nic->ifindex > 0);
        strcpy(net.interface, name);
        memcpy(net.mac, nic->mac, MAC_LEN);
        net.index = graft_alias_index(current, name);
        must(net.index < 1000);
        graft_alias(original, &net, ret);
        must(strlen(ret) < GRAFT_ALIAS_LEN);
        return ret[strlen(ret) - 1] != '+';
}

static struct netstate *read_alias(const struct netstate *current, const char *asked,
                                   char name[IFNAMSIZ])
{
        struct netstate *original = NULL;
        struct notes notes = { 0 };
        int r = graft_from_alias(current, asked, &original, name, &notes);

        must(r == 0 || r == 1);
        must((r == 1) == (original != NULL));
        notes_done(&notes);
        return original;
}

static void check(unsigned how, const struct netstate *current, const struct netstate *original,
                  const char *name)
{
        char alias[GRAFT_ALIAS_LEN], same[GRAFT_ALIAS_LEN], again[IFNAMSIZ] = "";
        struct netstate *marked, *once_more;

        must(interface_name_is_valid(name));
        for (size_t i = 0; i < original->n_links; i++)
                must(!graft_is_marked_for(&original->links[i], name));
        free(print(original));
        if (!say_again(current, original, name, alias))
                return;
        marked = grafted(how, alias);
        once_more = read_alias(marked, name, again);
        must(once_more && strcmp(name, again) == 0);
        must(say_again(marked, once_more, name, same) && strcmp(alias, same) == 0);
        netstate_free(marked);
        netstate_free(once_more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        char alias[GRAFT_ALIAS_LEN] = "", name[IFNAMSIZ] = "";
        struct netstate *current, *original;
        unsigned how;

        if (len == 0)
                return 0;
        how = data[0];
        len = len - 1 < sizeof(alias) - 1 ? len - 1 : sizeof(alias) - 1;
        memcpy(alias, data + 1, len);
        current = grafted(how, alias);
        original = read_alias(current, how & ASKS_ETH0 ? "eth0" : NULL, name);
        if (original) {
                must(!(how & ASKS_ETH0) || strcmp(name, "eth0") == 0);
                check(how, current, original, name);
        }
        must(graft_alias_index(current, "eth0") < 1000);
        netstate_free(original);
        netstate_free(current);
        return 0;
}
