/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gateway.h - the MAC of a gateway that the guest knows by a made-up link-local address only;
 * pure
 *
 * The gateway has another address, which the pod knew it by. Whoever answers for that one is the
 * gateway: what is heard of it on the segment is believed as the pod would have believed it (RFC
 * 4861 section 7.2). Where there is doubt, the guest is made to ask: a neighbour solicitation in
 * the gateway's name, without its MAC, which the guest cannot answer before it has found it out;
 * and, before the first one, is told something that makes it not rely on what it has found out
 * before.
 */
#pragma once

#include "dhcp/ndisc.h"
#include "podgraft/dhcp.h"

#define GATEWAY_ASKS          5    /* in a row; those of a guest that has an old MAC in mind take */
#define GATEWAY_INTERVAL_MSEC 3000 /* eight seconds to see that nobody is there any more */

struct gateway {
        uint8_t mac[MAC_LEN]; /* zeros: not known */
        unsigned asks_left;
        uint64_t ask_msec; /* when to ask next, if asks are left */
};

/** gateway_is_known() - it has a MAC */
bool gateway_is_known(const struct gateway *g);

/**
 * gateway_heard() - a message on the segment from @src
 * Return: true: the MAC is another now
 */
bool gateway_heard(struct gateway *g, const struct dhcp_conf *conf,
                   const struct dhcp_router6 *router, const struct in6_addr *src,
                   const struct nd_message *m);

/** gateway_doubt() - is it still who it was? Asks begin, unless they have begun already */
void gateway_doubt(struct gateway *g, uint64_t now_msec);

/** gateway_take_ask() - Return: true: one is due now, and taken */
bool gateway_take_ask(struct gateway *g, uint64_t now_msec);

/** gateway_began_to_ask() - the ask taken last was the first in a row */
bool gateway_began_to_ask(const struct gateway *g);
