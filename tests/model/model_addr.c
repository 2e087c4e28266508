/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * model_addr.c - addresses: what both families have in common
 */
#include <linux/if_addr.h>

#include "tests/model/model_internal.h"

/* What the kernel sets itself, or netsetup's addr_add() does not send. */
#define KERNEL_FLAGS                                                                               \
        (IFA_F_SECONDARY | IFA_F_TENTATIVE | IFA_F_PERMANENT | IFA_F_DADFAILED | IFA_F_DEPRECATED)
#define IPV6_ONLY_FLAGS                                                                            \
        (IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_DADFAILED | IFA_F_HOMEADDRESS | IFA_F_TENTATIVE |  \
         IFA_F_MANAGETEMPADDR | IFA_F_STABLE_PRIVACY)

bool addr_is_on(const struct model_addr *a, int family, int ifindex)
{
        return a->addr.ifindex == ifindex && a->addr.prefix.addr.family == family;
}

/* IFA_ADDRESS: the peer's, where there is one. */
const struct ip_addr *addr_far_end(const struct ns_addr *addr)
{
        return addr->peer.family ? &addr->peer : &addr->prefix.addr;
}

bool addr_is_local(const struct model *m, const struct ip_addr *addr)
{
        for (size_t i = 0; i < m->n_addrs; i++)
                if (ip_addr_equal(&m->addrs[i].addr.prefix.addr, addr) &&
                    !(m->addrs[i].addr.flags & IFA_F_TENTATIVE))
                        return true;
        return false;
}

/* First place for addresses of @family on @ifindex: IPv4 first, then by link. */
size_t addr_first_place(const struct model *m, int family, int ifindex)
{
        size_t i = 0;

        while (i < m->n_addrs && (m->addrs[i].addr.prefix.addr.family < family ||
                                  (m->addrs[i].addr.prefix.addr.family == family &&
                                   m->addrs[i].addr.ifindex < ifindex)))
                i++;
        return i;
}

/* --- lifetimes --- */

int addr_set_lifetime(const struct model *m, struct model_addr *a, const struct ns_addr *want)
{
        if (want->valid_sec == 0 || want->preferred_sec > want->valid_sec)
                return -EINVAL;
        a->valid_until = want->valid_sec == UINT32_MAX ? FOREVER : m->now_sec + want->valid_sec;
        a->preferred_until =
                want->preferred_sec == UINT32_MAX ? FOREVER : m->now_sec + want->preferred_sec;
        a->addr.flags &= ~(uint32_t)(IFA_F_PERMANENT | IFA_F_DEPRECATED);
        if (a->valid_until == FOREVER)
                a->addr.flags |= IFA_F_PERMANENT;
        if (a->preferred_until <= m->now_sec)
                a->addr.flags |= IFA_F_DEPRECATED;
        return 0;
}

struct model_addr addr_new(const struct model *m, int ifindex, const struct ns_addr *want)
{
        struct model_addr a = { .addr = *want };

        a.addr.ifindex = ifindex;
        a.addr.flags &= ~(uint32_t)KERNEL_FLAGS;
        a.addr.raw = (struct raw_message){ 0 };
        if (want->prefix.addr.family == AF_INET) {
                a.addr.flags &= ~(uint32_t)IPV6_ONLY_FLAGS;
                if (!a.addr.label[0])
                        strcpy(a.addr.label, model_link(m, ifindex)->link.name);
        } else {
                a.addr.label[0] = '\0';
                a.addr.scope = IN6_IS_ADDR_LINKLOCAL(&want->prefix.addr.v6)  ? RT_SCOPE_LINK
                               : IN6_IS_ADDR_LOOPBACK(&want->prefix.addr.v6) ? RT_SCOPE_HOST
                                                                             : RT_SCOPE_UNIVERSE;
        }
        return a;
}

void addr_drop(struct model *m, size_t i)
{
        if (m->addrs[i].addr.prefix.addr.family == AF_INET)
                drop4(m, i);
        else
                drop6(m, i);
}

int addr_remove(struct model *m, int ifindex, const struct ns_addr *addr)
{
        struct ip_prefix far = { *addr_far_end(addr), addr->prefix.len };

        if (addr->prefix.addr.family == AF_INET6 && !model_link(m, ifindex)->has_inet6)
                return -ENXIO;
        for (size_t i = 0; i < m->n_addrs; i++) {
                const struct ns_addr *have = &m->addrs[i].addr;

                if (have->ifindex != ifindex || have->prefix.len != addr->prefix.len ||
                    !ip_addr_equal(&have->prefix.addr, &addr->prefix.addr) ||
                    (have->prefix.addr.family == AF_INET && !prefix_has(&far, addr_far_end(have))))
                        continue;
                addr_drop(m, i);
                return 0;
        }
        return -EADDRNOTAVAIL;
}

void addrs_link_up(struct model *m, int ifindex)
{
        for (size_t i = 0; i < m->n_addrs; i++) {
                if (addr_is_on(&m->addrs[i], AF_INET, ifindex))
                        add_connected4(m, &m->addrs[i].addr);
                else if (addr_is_on(&m->addrs[i], AF_INET6, ifindex) &&
                         (m->addrs[i].addr.flags & IFA_F_PERMANENT))
                        add_prefix6(m, &m->addrs[i]);
        }
}

static void put_attr(struct raw_message *raw, uint16_t type, const void *data, size_t len)
{
        struct nlattr attr = { (uint16_t)(sizeof(attr) + len), type };

        memcpy(raw->data + raw->len, &attr, sizeof(attr));
        memcpy(raw->data + raw->len + sizeof(attr), data, len);
        raw->len += NLA_ALIGN(sizeof(attr) + len);
}

/* The message that tells of it: podgraft copies addresses by it. */
struct raw_message addr_raw(const struct ns_addr *addr)
{
        size_t size = addr->prefix.addr.family == AF_INET ? 4 : 16;
        struct ifaddrmsg header = { .ifa_family = addr->prefix.addr.family,
                                    .ifa_prefixlen = addr->prefix.len,
                                    .ifa_flags = (uint8_t)addr->flags,
                                    .ifa_scope = addr->scope,
                                    .ifa_index = (unsigned)addr->ifindex };
        struct ifa_cacheinfo lifetime = { .ifa_prefered = addr->preferred_sec,
                                          .ifa_valid = addr->valid_sec };
        struct raw_message raw = { .data = calloc(1, 128), .len = sizeof(header) };

        if (!raw.data)
                model_is_full("memory");
        memcpy(raw.data, &header, sizeof(header));
        if (size == 4 || addr->peer.family)
                put_attr(&raw, IFA_LOCAL, &addr->prefix.addr.v6, size);
        put_attr(&raw, IFA_ADDRESS, &addr_far_end(addr)->v6, size);
        if (addr->label[0])
                put_attr(&raw, IFA_LABEL, addr->label, strlen(addr->label) + 1);
        put_attr(&raw, IFA_FLAGS, &addr->flags, sizeof(addr->flags));
        put_attr(&raw, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
        return raw;
}
