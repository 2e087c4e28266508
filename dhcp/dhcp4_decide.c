/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_decide.c - RFC 2131 for the one client there is; pure
 *
 * The guest's address is always the same and always its own, so there is no pool and nothing to
 * remember: each message is answered from the configuration alone.
 */
#include "dhcp/dhcp4_decide.h"

#include <errno.h>

/* --- options of OFFER and ACK --- */

static void put_routers(struct writer *w, const struct dhcp_conf *conf)
{
        for (uint32_t i = 0; i < conf->n_routes; i++)
                if (conf->routes[i].prefix_len == 0 && conf->routes[i].gateway.s_addr != 0)
                        write_option_addr(w, DHCP4_OPT_ROUTER, conf->routes[i].gateway);
}

/*
 * RFC 3442: destinations with their significant bytes only. "A DHCP client that requests 121 MUST
 * ignore the Router option", so the default route is in here too, last, because clients install
 * in order and its gateway may need a route that stands before it.
 */
static void put_classless_routes(struct writer *w, const struct dhcp_conf *conf)
{
        uint8_t buf[DHCP_MAX_ROUTES * 9];
        struct writer value = writer_init(buf, sizeof(buf));

        for (uint32_t i = 0; i < conf->n_routes; i++) {
                const struct dhcp4_route *route = &conf->routes[i];

                write_u8(&value, route->prefix_len);
                write_bytes(&value, &route->dst, (size_t)(route->prefix_len + 7) / 8);
                write_bytes(&value, &route->gateway, 4);
        }
        if (value.len > 0)
                write_option(w, DHCP4_OPT_CLASSLESS_ROUTES, buf, value.len);
}

static void put_search(struct writer *w, const struct dhcp_conf *conf)
{
        uint8_t buf[1024];
        size_t len = dhcp4_encode_search(conf->searches, conf->n_searches, buf, sizeof(buf));

        if (len > 0)
                write_option(w, DHCP4_OPT_DOMAIN_SEARCH, buf, len);
}

static uint32_t netmask(uint8_t prefix_len)
{
        return prefix_len == 0 ? 0 : 0xffffffffu << (32 - prefix_len);
}

/* RFC 3021: a /31 has no broadcast address, nor has a /32. */
static void put_broadcast(struct writer *w, const struct dhcp_conf *conf)
{
        if (conf->prefix_len < 31)
                write_option_u32(w, DHCP4_OPT_BROADCAST,
                                 ntohl(conf->address.s_addr) | ~netmask(conf->prefix_len));
}

/* The most specific search domain is the guest's own: the longest. */
static void put_domain(struct writer *w, const struct dhcp_conf *conf)
{
        const char *longest = NULL;

        for (uint32_t i = 0; i < conf->n_searches; i++)
                if (!longest || strlen(conf->searches[i]) > strlen(longest))
                        longest = conf->searches[i];
        if (longest)
                write_option(w, DHCP4_OPT_DOMAIN_NAME, longest, strlen(longest));
}

static void put_parameter(struct writer *w, const struct dhcp_conf *conf, uint8_t code)
{
        switch (code) {
        case DHCP4_OPT_SUBNET_MASK:
                write_option_u32(w, code, netmask(conf->prefix_len));
                break;
        case DHCP4_OPT_ROUTER:
                put_routers(w, conf);
                break;
        case DHCP4_OPT_DNS:
                if (conf->n_dns > 0)
                        write_option(w, code, conf->dns, conf->n_dns * 4);
                break;
        case DHCP4_OPT_HOST_NAME:
                if (conf->hostname[0])
                        write_option(w, code, conf->hostname, strlen(conf->hostname));
                break;
        case DHCP4_OPT_DOMAIN_NAME:
                put_domain(w, conf);
                break;
        case DHCP4_OPT_MTU:
                if (conf->mtu_bytes >= 68) /* RFC 2132 section 5.1 */
                        write_option_u16(w, code, conf->mtu_bytes);
                break;
        case DHCP4_OPT_BROADCAST:
                put_broadcast(w, conf);
                break;
        case DHCP4_OPT_DOMAIN_SEARCH:
                put_search(w, conf);
                break;
        case DHCP4_OPT_CLASSLESS_ROUTES:
                put_classless_routes(w, conf);
                break;
        }
}

/*
 * What every client gets, asked for or not, the most wanted first: a guest that cannot route or
 * resolve is worse off than one without a name.
 */
static const uint8_t parameters_by_importance[] = {
        DHCP4_OPT_SUBNET_MASK,   DHCP4_OPT_CLASSLESS_ROUTES,
        DHCP4_OPT_ROUTER,        DHCP4_OPT_DNS,
        DHCP4_OPT_MTU,           DHCP4_OPT_DOMAIN_NAME,
        DHCP4_OPT_BROADCAST,     DHCP4_OPT_HOST_NAME,
        DHCP4_OPT_DOMAIN_SEARCH,
};

/* @left: by code, what is still to be written. */
static void put_once(struct writer *w, const struct dhcp_conf *conf, uint8_t code, bool *left)
{
        /* RFC 2132 section 3.3: with a router, "the subnet mask option MUST be first". */
        if (code == DHCP4_OPT_ROUTER)
                put_once(w, conf, DHCP4_OPT_SUBNET_MASK, left);
        if (left[code])
                put_parameter(w, conf, code);
        left[code] = false;
}

/* RFC 2131 section 4.3.1: the client's parameters "in the order listed by the client". */
static void put_in_order(struct writer *w, const struct dhcp_conf *conf,
                         const struct dhcp4_request *req, const bool *wanted)
{
        bool left[256];

        memcpy(left, wanted, sizeof(left));
        for (size_t i = 0; i < req->n_parameters; i++)
                put_once(w, conf, req->parameters[i], left);
        for (size_t i = 0; i < sizeof(parameters_by_importance); i++)
                put_once(w, conf, parameters_by_importance[i], left);
}

/* Where not all fits, the most wanted go in, however the client ordered them. */
static void put_parameters(struct writer *w, const struct dhcp_conf *conf,
                           const struct dhcp4_request *req)
{
        struct writer before = *w, trial = *w;
        bool wanted[256];

        memset(wanted, true, sizeof(wanted));
        put_in_order(w, conf, req, wanted);
        if (!w->failed)
                return;
        memset(wanted, false, sizeof(wanted));
        for (size_t i = 0; i < sizeof(parameters_by_importance); i++) {
                struct writer tried = trial;

                put_parameter(&tried, conf, parameters_by_importance[i]);
                wanted[parameters_by_importance[i]] = !tried.failed;
                if (!tried.failed)
                        trial = tried;
        }
        *w = before;
        put_in_order(w, conf, req, wanted);
}

static void put_lease(struct writer *w, const struct dhcp_conf *conf)
{
        write_option_u32(w, DHCP4_OPT_LEASE_TIME, conf->lease_sec);
        if (conf->lease_sec == DHCP_LEASE_INFINITE)
                return;
        write_option_u32(w, DHCP4_OPT_T1, conf->lease_sec / 2); /* RFC 2131 section 4.4.5 */
        write_option_u32(w, DHCP4_OPT_T2, (uint32_t)((uint64_t)conf->lease_sec * 7 / 8));
}

/* --- the reply --- */

static const uint8_t broadcast_mac[MAC_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* RFC 2131 section 4.1, fourth paragraph; giaddr is zero here. */
static void address_reply(const struct dhcp4_request *req, uint8_t type, struct in_addr yiaddr,
                          struct dhcp4_reply *ret)
{
        memcpy(ret->dst_mac, req->chaddr, MAC_LEN);
        if (type == DHCP4_NAK) {
                /* "the server MUST broadcast the DHCPNAK message" (section 4.3.2) */
                ret->dst_ip.s_addr = INADDR_BROADCAST;
                memcpy(ret->dst_mac, broadcast_mac, MAC_LEN);
        } else if (req->ciaddr.s_addr != 0) {
                ret->dst_ip = req->ciaddr;
        } else if ((req->flags & DHCP4_FLAG_BROADCAST) || yiaddr.s_addr == 0) {
                /* No address at all: an INFORM whose sender forgot to say its own. */
                ret->dst_ip.s_addr = INADDR_BROADCAST;
                memcpy(ret->dst_mac, broadcast_mac, MAC_LEN);
        } else {
                ret->dst_ip = yiaddr;
        }
}

/* Room for the message, without IP and UDP headers. */
static size_t room(const struct dhcp_conf *conf, const struct dhcp4_request *req)
{
        size_t most = conf->mtu_bytes ? conf->mtu_bytes : 1500;
        size_t asked = req->max_message_bytes > DHCP4_MIN_MAX_MESSAGE ? req->max_message_bytes
                                                                      : DHCP4_MIN_MAX_MESSAGE;

        /*
         * RFC 2132 section 9.10 lets a silent client have 576; the MTU bounds what it may ask for,
         * and no IPv4 link is narrower than 576 for this purpose.
         */
        if (most < DHCP4_MIN_MAX_MESSAGE)
                most = DHCP4_MIN_MAX_MESSAGE;
        if (asked > most)
                asked = most;
        return asked - 28 < DHCP4_REPLY_MAX ? asked - 28 : DHCP4_REPLY_MAX;
}

static void build_reply(const struct dhcp_conf *conf, const struct dhcp4_request *req, uint8_t type,
                        struct in_addr yiaddr, struct dhcp4_reply *ret)
{
        struct writer w = writer_init(ret->data, room(conf, req) - 1); /* the end option's byte */
        /* RFC 2131 table 3: ciaddr is echoed in an ACK, zero in OFFER and NAK. */
        struct in_addr ciaddr = { type == DHCP4_ACK ? req->ciaddr.s_addr : 0 };
        int len;

        write_u8(&w, BOOTP_REPLY);
        write_u8(&w, BOOTP_HTYPE_ETHERNET);
        write_u8(&w, MAC_LEN);
        write_u8(&w, 0); /* hops */
        write_u32(&w, req->xid);
        write_u16(&w, 0); /* secs */
        write_u16(&w, req->flags);
        write_bytes(&w, &ciaddr, 4);
        write_bytes(&w, &yiaddr, 4);
        write_zeros(&w, 8); /* siaddr, giaddr */
        write_bytes(&w, req->chaddr, MAC_LEN);
        write_zeros(&w, 10 + 64 + 128); /* rest of chaddr, sname, file */
        write_u32(&w, DHCP4_COOKIE);
        if (req->type != 0) {
                write_option_u8(&w, DHCP4_OPT_MESSAGE_TYPE, type);
                write_option_addr(&w, DHCP4_OPT_SERVER_ID, conf->server_ip);
                /* RFC 6842: "MUST return it unaltered" */
                if (req->client_id_len > 0)
                        write_option(&w, DHCP4_OPT_CLIENT_ID, req->client_id, req->client_id_len);
        }
        if (type != DHCP4_NAK) {
                if (req->type != 0 && req->type != DHCP4_INFORM)
                        put_lease(&w, conf);
                put_parameters(&w, conf, req);
        }
        w.size++;
        write_u8(&w, DHCP4_OPT_END);
        if (w.len < BOOTP_MIN_LEN)
                write_zeros(&w, BOOTP_MIN_LEN - w.len);
        len = writer_finish(&w);
        ret->len = len < 0 ? 0 : (size_t)len;
        address_reply(req, type, yiaddr, ret);
}

/* RFC 2131 section 4.3.2: which of the four states sent this REQUEST, and is it right? */
static enum dhcp4_event decide_request(const struct dhcp_conf *conf,
                                       const struct dhcp4_request *req, struct dhcp4_reply *ret)
{
        struct in_addr wanted = req->has_requested ? req->requested : req->ciaddr, none = { 0 };

        /* SELECTING names its server; another's choice is silence. */
        if (req->has_server_id && req->server_id.s_addr != conf->server_ip.s_addr)
                return DHCP4_EVENT_SILENT_OTHER_SERVER;
        /*
         * INIT-REBOOT (requested address, no server identifier), RENEWING and REBINDING (ciaddr):
         * "Servers SHOULD send a DHCPNAK if the requested address is incorrect". We are the
         * authority for this link, so an unknown client is told rather than left waiting.
         */
        if (wanted.s_addr != conf->address.s_addr) {
                build_reply(conf, req, DHCP4_NAK, none, ret);
                return DHCP4_EVENT_NAKED;
        }
        build_reply(conf, req, DHCP4_ACK, conf->address, ret);
        return DHCP4_EVENT_ACKED;
}

enum dhcp4_event dhcp4_decide(const struct dhcp_conf *conf, const struct dhcp4_request *req,
                              struct dhcp4_reply *ret)
{
        struct in_addr none = { 0 };

        ret->len = 0;
        if (memcmp(req->chaddr, conf->guest_mac, MAC_LEN) != 0)
                return DHCP4_EVENT_SILENT_OTHER_CLIENT;
        if (req->giaddr.s_addr != 0)
                return DHCP4_EVENT_SILENT_RELAYED;
        switch (req->type) {
        case 0: /* BOOTP: the address and the options, no lease (RFC 1534 section 2) */
                build_reply(conf, req, 0, conf->address, ret);
                return DHCP4_EVENT_ACKED;
        case DHCP4_DISCOVER:
                build_reply(conf, req, DHCP4_OFFER, conf->address, ret);
                return DHCP4_EVENT_OFFERED;
        case DHCP4_REQUEST:
                return decide_request(conf, req, ret);
        case DHCP4_INFORM: /* section 4.3.5: no yiaddr, no lease time, unicast to ciaddr */
                build_reply(conf, req, DHCP4_ACK, none, ret);
                return DHCP4_EVENT_INFORMED;
        case DHCP4_DECLINE:
        case DHCP4_RELEASE:
                if (req->has_server_id && req->server_id.s_addr != conf->server_ip.s_addr)
                        return DHCP4_EVENT_SILENT_OTHER_SERVER;
                return req->type == DHCP4_DECLINE ? DHCP4_EVENT_DECLINED : DHCP4_EVENT_RELEASED;
        default:
                return DHCP4_EVENT_SILENT_UNKNOWN;
        }
}
