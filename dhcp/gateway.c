/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/gateway.h"

#include <string.h>

static const uint8_t no_mac[MAC_LEN];

bool gateway_is_known(const struct gateway *g)
{
        return memcmp(g->mac, no_mac, MAC_LEN) != 0;
}

static bool can_be_its_mac(const struct dhcp_conf *conf, const uint8_t mac[MAC_LEN])
{
        return !(mac[0] & 1) && memcmp(mac, no_mac, MAC_LEN) != 0 &&
               memcmp(mac, conf->guest_mac, MAC_LEN) != 0 &&
               memcmp(mac, conf->server_mac, MAC_LEN) != 0;
}

/*
 * Section 7.2.3: a solicitation tells whose MAC its source has. Section 7.2.5: an advertisement
 * that overrides does; so does one that was asked for, because a proxy's do not override.
 */
static bool tells_mac(const struct dhcp_router6 *router, const struct in6_addr *src,
                      const struct nd_message *m)
{
        if (!m->has_mac)
                return false;
        if (m->type == ND_NEIGHBOUR_ADVERTISEMENT)
                return (m->is_override || m->is_solicited) &&
                       IN6_ARE_ADDR_EQUAL(&m->target, &router->gateway);
        return IN6_ARE_ADDR_EQUAL(src, &router->gateway);
}

bool gateway_heard(struct gateway *g, const struct dhcp_conf *conf,
                   const struct dhcp_router6 *router, const struct in6_addr *src,
                   const struct nd_message *m)
{
        if (!router->is_followed || !tells_mac(router, src, m) || !can_be_its_mac(conf, m->mac))
                return false;
        g->asks_left = 0;
        if (memcmp(g->mac, m->mac, MAC_LEN) == 0)
                return false;
        memcpy(g->mac, m->mac, MAC_LEN);
        return true;
}

void gateway_doubt(struct gateway *g, uint64_t now_msec)
{
        if (g->asks_left > 0)
                return;
        g->asks_left = GATEWAY_ASKS;
        /* Not at once again, however often the guest or the segment gives reason to. */
        if (g->ask_msec < now_msec)
                g->ask_msec = now_msec;
}

bool gateway_take_ask(struct gateway *g, uint64_t now_msec)
{
        if (g->asks_left == 0 || g->ask_msec > now_msec)
                return false;
        g->asks_left--;
        g->ask_msec = now_msec + GATEWAY_INTERVAL_MSEC;
        return true;
}

bool gateway_began_to_ask(const struct gateway *g)
{
        return g->asks_left == GATEWAY_ASKS - 1;
}
