/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model_link.c - links, and what happens to everything else when one changes
 */
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <net/if_arp.h>

#include "tests/model/model_internal.h"

#define IPV6_MIN_MTU  1280
#define TUN_MAX_MTU   (65535 - 14)
#define ETH_DATA_LEN  1500
#define STP_MIN_DELAY 200 /* 1/100 s */
#define STP_MAX_DELAY 3000

struct model_link *model_link(const struct model *m, int ifindex)
{
        for (size_t i = 0; i < m->n_links; i++)
                if (m->links[i].link.ifindex == ifindex)
                        return (struct model_link *)&m->links[i];
        return NULL;
}

struct model_link *model_link_named(const struct model *m, const char *name)
{
        for (size_t i = 0; i < m->n_links; i++)
                if (strcmp(m->links[i].link.name, name) == 0)
                        return (struct model_link *)&m->links[i];
        return NULL;
}

bool link_is_up(const struct model *m, int ifindex)
{
        const struct model_link *l = model_link(m, ifindex);

        return l && (l->link.flags & IFF_UP);
}

static bool is_kind(const struct model_link *l, const char *kind)
{
        return strcmp(l->link.kind, kind) == 0;
}

/* A tap has none while nobody holds it open; a bridge has that of its ports. */
bool link_has_carrier(const struct model *m, const struct model_link *l)
{
        if (!is_kind(l, "bridge"))
                return (l->link.flags & IFF_UP) &&
                       (l->has_peer || is_kind(l, "dummy") || (l->link.flags & IFF_LOOPBACK));
        for (size_t i = 0; i < m->n_links; i++)
                if (m->links[i].link.master == l->link.ifindex &&
                    !is_kind(&m->links[i], "bridge") && link_has_carrier(m, &m->links[i]))
                        return (l->link.flags & IFF_UP);
        return false;
}

/* What follows a change of carrier, until nothing changes any more: ports come before bridges. */
static void settle_carriers(struct model *m)
{
        for (size_t i = 0; i < m->n_links; i++) {
                struct model_link *l = &m->links[i];
                bool carrier = link_has_carrier(m, l);

                if (l->has_carrier && !carrier)
                        nexthops_link_down(m, l->link.ifindex);
                l->has_carrier = carrier;
                if (!carrier || !l->has_inet6 || l->is_ready)
                        continue;
                l->is_ready = true;
                addrs_link_ready(m, l->link.ifindex);
        }
}

/* --- MTU --- */

static void inet6_start(struct model *m, struct model_link *l)
{
        l->has_inet6 = true;
        l->link.addr_gen_mode = IN6_ADDR_GEN_MODE_EUI64;
        l->is_ready = false;
        settle_carriers(m);
}

static void inet6_stop(struct model *m, struct model_link *l)
{
        addrs6_forget(m, l->link.ifindex);
        routes_link_down(m, AF_INET6, l->link.ifindex);
        neighs_flush(m, AF_INET6, l->link.ifindex, true);
        l->has_inet6 = l->is_ready = false;
        l->link.addr_gen_mode = -1;
}

static void adjust_bridge_mtu(struct model *m, int bridge);

static void change_mtu(struct model *m, struct model_link *l, uint32_t mtu_bytes)
{
        uint32_t old = l->link.mtu_bytes;

        if (old == mtu_bytes)
                return;
        l->link.mtu_bytes = mtu_bytes;
        if (mtu_bytes < IPV6_MIN_MTU && l->has_inet6)
                inet6_stop(m, l);
        else if (mtu_bytes >= IPV6_MIN_MTU && !l->has_inet6)
                inet6_start(m, l);
        else if (l->has_inet6)
                routes6_mtu_changed(m, l->link.ifindex, old, mtu_bytes);
        if (l->link.master)
                adjust_bridge_mtu(m, l->link.master);
}

/* A bridge takes the lowest MTU of its ports, unless somebody gave it one. */
static void adjust_bridge_mtu(struct model *m, int bridge)
{
        struct model_link *b = model_link(m, bridge);
        uint32_t lowest = 0;

        if (b->mtu_by_user)
                return;
        for (size_t i = 0; i < m->n_links; i++)
                if (m->links[i].link.master == bridge &&
                    (lowest == 0 || m->links[i].link.mtu_bytes < lowest))
                        lowest = m->links[i].link.mtu_bytes;
        change_mtu(m, b, lowest ? lowest : ETH_DATA_LEN);
}

static int set_mtu(struct model *m, struct model_link *l, uint32_t mtu_bytes)
{
        uint32_t max = is_kind(l, "tun") ? TUN_MAX_MTU : 65535;

        if (mtu_bytes < 68 || mtu_bytes > max)
                return -EINVAL;
        if (is_kind(l, "bridge") && l->link.mtu_bytes != mtu_bytes)
                l->mtu_by_user = true;
        change_mtu(m, l, mtu_bytes);
        return 0;
}

/* --- up and down --- */

static void set_up(struct model *m, struct model_link *l)
{
        if (l->link.flags & IFF_UP)
                return;
        l->link.flags |= IFF_UP;
        addrs_link_up(m, l->link.ifindex);
        routes_link_alive(m, AF_INET, l->link.ifindex);
        routes_link_alive(m, AF_INET6, l->link.ifindex);
        settle_carriers(m);
}

static void set_down(struct model *m, struct model_link *l)
{
        int ifindex = l->link.ifindex;

        if (!(l->link.flags & IFF_UP))
                return;
        l->link.flags &= ~(unsigned)IFF_UP;
        l->is_ready = false;
        nexthops_link_down(m, ifindex);
        routes_link_down(m, AF_INET, ifindex);
        routes_link_down(m, AF_INET6, ifindex);
        addrs6_forget(m, ifindex);
        neighs_flush(m, AF_INET, ifindex, true);
        neighs_flush(m, AF_INET6, ifindex, true);
        settle_carriers(m);
}

/* --- ports --- */

static void leave_bridge(struct model *m, struct model_link *l)
{
        int bridge = l->link.master;

        if (bridge == 0)
                return;
        l->link.master = 0;
        memset(&l->link.port, 0, sizeof(l->link.port));
        adjust_bridge_mtu(m, bridge);
        settle_carriers(m);
}

static int set_master(struct model *m, struct model_link *l, const char *master_name)
{
        struct model_link *bridge;

        if (!master_name[0]) {
                leave_bridge(m, l);
                return 0;
        }
        bridge = model_link_named(m, master_name);
        if (!bridge)
                return -ENODEV;
        if (l->link.master == bridge->link.ifindex)
                return 0;
        leave_bridge(m, l);
        if (!is_kind(bridge, "bridge"))
                return -EOPNOTSUPP;
        if (l->link.flags & IFF_LOOPBACK)
                return -EINVAL;
        if (is_kind(l, "bridge"))
                return -ELOOP;
        /* Its MAC becomes the bridge's own: an entry that led it elsewhere is replaced. */
        for (size_t i = 0; i < m->n_links; i++)
                if (m->links[i].link.master == bridge->link.ifindex)
                        m->links[i].link.port.takes_nic_mac = false;
        l->link.master = bridge->link.ifindex;
        l->link.port.learning = true;
        adjust_bridge_mtu(m, l->link.master);
        settle_carriers(m);
        return 0;
}

static int set_bridge(struct model_link *l, const struct ns_link *want)
{
        if (!is_kind(l, "bridge"))
                return -EOPNOTSUPP;
        /* The delay is set before STP is, and checked against STP as it was. */
        if (l->link.br.stp && (want->br.forward_delay_csec < STP_MIN_DELAY ||
                               want->br.forward_delay_csec > STP_MAX_DELAY))
                return -ERANGE;
        l->link.br = want->br;
        if (want->br.stp && want->br.forward_delay_csec < STP_MIN_DELAY)
                l->link.br.forward_delay_csec = STP_MIN_DELAY;
        return 0;
}

/* --- a link as a whole --- */

static struct model_link *insert_link(struct model *m, int ifindex, const char *name,
                                      const char *kind, uint32_t mtu_bytes)
{
        struct model_link *l;
        size_t at = 0;

        while (at < m->n_links && m->links[at].link.ifindex < ifindex)
                at++;
        ARRAY_OPEN(m->links, m->n_links, at);
        l = &m->links[at];
        memset(l, 0, sizeof(*l));
        l->link.ifindex = ifindex;
        strcpy(l->link.name, name);
        strcpy(l->link.kind, kind);
        l->link.arp_type = ARPHRD_ETHER;
        l->link.mac_len = MAC_LEN;
        l->link.mac[0] = 0x02;
        l->link.mac[MAC_LEN - 1] = (uint8_t)ifindex;
        l->link.mtu_bytes = mtu_bytes;
        l->has_inet6 = mtu_bytes >= IPV6_MIN_MTU;
        l->link.addr_gen_mode = l->has_inet6 ? IN6_ADDR_GEN_MODE_EUI64 : -1;
        return l;
}

static int new_ifindex(struct model *m)
{
        while (model_link(m, m->next_ifindex))
                m->next_ifindex++;
        return m->next_ifindex++;
}

void model_add_link(struct model *m, int ifindex, const char *name, const char *kind,
                    const uint8_t *mac, uint32_t mtu_bytes)
{
        struct model_link *l = insert_link(m, ifindex, name, kind, mtu_bytes);

        memcpy(l->link.mac, mac, MAC_LEN);
        l->link.has_peer_nsid = true;
        l->has_peer = true;
}

void model_init(struct model *m)
{
        struct model_link *lo;
        struct ns_addr addr = { .prefix = { { .family = AF_INET }, 8 },
                                .scope = RT_SCOPE_HOST,
                                .flags = IFA_F_PERMANENT,
                                .preferred_sec = UINT32_MAX,
                                .valid_sec = UINT32_MAX };

        memset(m, 0, sizeof(*m));
        m->next_ifindex = MODEL_LO + 1;
        lo = insert_link(m, MODEL_LO, "lo", "", 65536);
        lo->link.arp_type = ARPHRD_LOOPBACK;
        lo->link.flags = IFF_UP | IFF_LOOPBACK;
        memset(lo->link.mac, 0, MAC_LEN);
        lo->has_carrier = lo->is_ready = true;
        addr.prefix.addr.v4.s_addr = htonl(INADDR_LOOPBACK);
        strcpy(addr.label, "lo");
        addr4_add(m, MODEL_LO, &addr);
        addr.prefix =
                (struct ip_prefix){ { .family = AF_INET6, .v6 = IN6ADDR_LOOPBACK_INIT }, 128 };
        addr6_add(m, MODEL_LO, &addr);
}

int link_add(struct model *m, const struct plan_op *op)
{
        const struct ns_link *want = &op->link;
        bool is_bridge = op->type == PLAN_LINK_ADD;
        bool is_dummy = op->type == PLAN_KEEPER_ADD && m->has_dummy;
        struct model_link *l;

        if (model_link_named(m, want->name))
                return -EEXIST;
        l = insert_link(m, new_ifindex(m), want->name,
                        is_bridge  ? "bridge"
                        : is_dummy ? "dummy"
                                   : "tun",
                        is_bridge ? want->mtu_bytes : ETH_DATA_LEN);
        if (is_bridge) {
                memcpy(l->link.mac, want->mac, MAC_LEN);
                l->link.br = want->br;
        }
        if (is_bridge || is_dummy)
                return 0;
        l->link.tun.is_tap = l->link.tun.persist = true;
        l->link.tun.multi_queue = want->tun.multi_queue;
        if (want->tun.has_owner) {
                l->link.tun.has_owner = true;
                l->link.tun.owner = want->tun.owner;
        }
        if (want->tun.has_group) {
                l->link.tun.has_group = true;
                l->link.tun.group = want->tun.group;
        }
        return 0;
}

static int delete_link(struct model *m, struct model_link *l)
{
        int ifindex = l->link.ifindex;

        if (!l->link.kind[0])
                return -EOPNOTSUPP;
        set_down(m, l);
        addrs4_forget(m, ifindex);
        addrs6_forget(m, ifindex); /* those given to it while it was down */
        routes_link_gone(m, ifindex);
        leave_bridge(m, l);
        for (size_t i = 0; i < m->n_links; i++)
                if (m->links[i].link.master == ifindex) {
                        m->links[i].link.master = 0;
                        memset(&m->links[i].link.port, 0, sizeof(l->link.port));
                }
        neighs_flush(m, AF_INET, ifindex, true);
        neighs_flush(m, AF_INET6, ifindex, true);
        l = model_link(m, ifindex);
        ARRAY_REMOVE(m->links, m->n_links, (size_t)(l - m->links));
        return 0;
}

static int rename_link(struct model *m, struct model_link *l, const char *name)
{
        bool was_up = l->link.flags & IFF_UP;

        if (strcmp(l->link.name, name) == 0)
                return 0;
        /* As link_rename() does where the kernel says EBUSY. */
        if (m->renames_down_only && was_up)
                set_down(m, l);
        if (model_link_named(m, name)) {
                if (m->renames_down_only && was_up)
                        set_up(m, l);
                return -EEXIST;
        }
        strcpy(l->link.name, name);
        addrs_rename_labels(m, l->link.ifindex, name);
        if (m->renames_down_only && was_up)
                set_up(m, l);
        return 0;
}

static int set_mac(struct model *m, struct model_link *l, const struct ns_link *want)
{
        if (want->mac_len != MAC_LEN)
                return -EINVAL;
        memcpy(l->link.mac, want->mac, MAC_LEN);
        neighs_flush(m, AF_INET, l->link.ifindex, false);
        neighs_flush(m, AF_INET6, l->link.ifindex, false);
        return 0;
}

static int set_ip(struct model_link *l, const struct ns_link *want)
{
        if (want->addr_gen_mode >= 0 && !l->has_inet6)
                return -EAFNOSUPPORT;
        if (want->addr_gen_mode == IN6_ADDR_GEN_MODE_STABLE_PRIVACY)
                return -EINVAL; /* nobody gave a secret */
        if (want->addr_gen_mode >= 0)
                l->link.addr_gen_mode = want->addr_gen_mode;
        if (want->arp_ignore >= 0)
                l->link.arp_ignore = want->arp_ignore;
        return 0;
}

int link_execute(struct model *m, const struct plan_op *op, int ifindex)
{
        struct model_link *l = model_link(m, ifindex);
        const struct ns_link *want = &op->link;

        if (!l)
                return -ENODEV;
        switch (op->type) {
        case PLAN_LINK_DEL:
                return delete_link(m, l);
        case PLAN_LINK_RENAME:
                return rename_link(m, l, op->new_name);
        case PLAN_LINK_SET_MAC:
                return set_mac(m, l, want);
        case PLAN_LINK_SET_MTU:
                return set_mtu(m, l, want->mtu_bytes);
        case PLAN_LINK_SET_MASTER:
                return set_master(m, l, want->master_name);
        case PLAN_LINK_SET_LEARNING:
                if (!l->link.master)
                        return -EOPNOTSUPP;
                l->link.port.learning = want->port.learning;
                return 0;
        case PLAN_LINK_SET_BRIDGE:
                return set_bridge(l, want);
        case PLAN_LINK_SET_IP:
                return set_ip(l, want);
        case PLAN_LINK_SET_ALIAS:
                strcpy(l->link.alias, want->alias);
                return 0;
        case PLAN_LINK_SET_FDB:
                if (!l->link.master)
                        return -EOPNOTSUPP;
                l->link.port.takes_nic_mac = true;
                return 0;
        case PLAN_LINK_UP:
                set_up(m, l);
                return 0;
        case PLAN_LINK_DOWN:
                set_down(m, l);
                return 0;
        default:
                return -EINVAL;
        }
}
