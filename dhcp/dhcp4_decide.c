/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp4_decide.c - RFC 2131 for the one client there is; pure
 *
 * The guest's address is always the same and always its own, so there is no pool and nothing to
 * remember: each message is answered from the configuration alone. A client is known by chaddr,
 * not by its client identifier: boot loader and system of one guest send different ones.
 */
#include "dhcp/dhcp4_decide.h"

static const uint8_t broadcast_mac[MAC_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static void broadcast(struct dhcp4_reply *ret)
{
        ret->dst_ip.s_addr = INADDR_BROADCAST;
        memcpy(ret->dst_mac, broadcast_mac, MAC_LEN);
}

/* RFC 2131 section 4.1, the fourth paragraph sentence by sentence; giaddr is zero here. */
static void address_reply(const struct dhcp4_request *req, uint8_t type, struct in_addr yiaddr,
                          struct dhcp4_reply *ret)
{
        memcpy(ret->dst_mac, req->chaddr, MAC_LEN);
        /* "In all cases, when 'giaddr' is zero, the server broadcasts any DHCPNAK messages" */
        if (type == DHCP4_NAK)
                broadcast(ret);
        /*
         * "If unicasting is not possible, the message MAY be sent as an IP broadcast": what is
         * sent to chaddr need not arrive where the frames come from another address.
         */
        else if (memcmp(req->link_mac, req->chaddr, MAC_LEN) != 0)
                broadcast(ret);
        /*
         * "If the 'giaddr' field is zero and the 'ciaddr' field is nonzero, then the server
         * unicasts DHCPOFFER and DHCPACK messages to the address in 'ciaddr'."
         */
        else if (req->ciaddr.s_addr != 0)
                ret->dst_ip = req->ciaddr;
        /*
         * "If 'giaddr' is zero and 'ciaddr' is zero, and the broadcast bit is set, then the server
         * broadcasts DHCPOFFER and DHCPACK messages to 0xffffffff."
         */
        else if (req->flags & DHCP4_FLAG_BROADCAST)
                broadcast(ret);
        /* No address at all: an INFORM whose sender forgot to say its own. */
        else if (yiaddr.s_addr == 0)
                broadcast(ret);
        /*
         * "If the broadcast bit is not set and 'giaddr' is zero and 'ciaddr' is zero, then the
         * server unicasts [...] to the client's hardware address and 'yiaddr' address."
         */
        else
                ret->dst_ip = yiaddr;
}

static enum dhcp4_event reply(const struct dhcp_conf *conf, const struct dhcp4_request *req,
                              uint8_t type, struct in_addr yiaddr, enum dhcp4_event event,
                              struct dhcp4_reply *ret)
{
        if (dhcp4_reply_build(conf, req, type, yiaddr, ret) < 0)
                return DHCP4_EVENT_SILENT_UNBUILT;
        address_reply(req, type, yiaddr, ret);
        return event;
}

static bool is_for_another_server(const struct dhcp_conf *conf, const struct dhcp4_request *req)
{
        return req->has_server_id && req->server_id.s_addr != conf->server_ip.s_addr;
}

static enum dhcp4_event decide_discover(const struct dhcp_conf *conf,
                                        const struct dhcp4_request *req, struct dhcp4_reply *ret)
{
        /*
         * RFC 4039 section 3.1: a server that may commit at once answers a DISCOVER that has the
         * Rapid Commit option with a DHCPACK. Nobody else can have the address, so we always may.
         */
        if (req->has_rapid_commit)
                return reply(conf, req, DHCP4_ACK, conf->address, DHCP4_EVENT_ACKED, ret);
        /*
         * Section 4.3.1: the server chooses the address. Whatever the client would like to have
         * (option 50), there is one.
         */
        return reply(conf, req, DHCP4_OFFER, conf->address, DHCP4_EVENT_OFFERED, ret);
}

/* RFC 2131 section 4.3.2: which of the four states sent this REQUEST, and is it right? */
static enum dhcp4_event decide_request(const struct dhcp_conf *conf,
                                       const struct dhcp4_request *req, struct dhcp4_reply *ret)
{
        struct in_addr wanted = req->has_requested ? req->requested : req->ciaddr, none = { 0 };

        /*
         * SELECTING: "Client inserts the address of the selected server in 'server identifier'".
         * Section 3.1, step 4: those not selected "use the message as notification that the client
         * has declined that server's offer": silence.
         */
        if (is_for_another_server(conf, req))
                return DHCP4_EVENT_SILENT_OTHER_SERVER;
        /*
         * SELECTING and INIT-REBOOT: "'requested IP address' option MUST be filled in";
         * RENEWING and REBINDING: "'ciaddr' MUST be filled in with client's IP address".
         * INIT-REBOOT: "Server SHOULD send a DHCPNAK message to the client if the requested IP
         * address is incorrect, or is on the wrong network". A server with no record of the client
         * "MUST remain silent", for other servers' sake; here we are the authority for this link,
         * so that a guest that comes from elsewhere is told rather than left waiting.
         */
        if (wanted.s_addr != conf->address.s_addr)
                return reply(conf, req, DHCP4_NAK, none, DHCP4_EVENT_NAKED, ret);
        return reply(conf, req, DHCP4_ACK, conf->address, DHCP4_EVENT_ACKED, ret);
}

/* Neither is ever answered. What is not about the guest's own address changes nothing. */
static enum dhcp4_event decide_goodbye(const struct dhcp_conf *conf,
                                       const struct dhcp4_request *req)
{
        /* RFC 2131 table 5: both name their server. */
        if (is_for_another_server(conf, req))
                return DHCP4_EVENT_SILENT_OTHER_SERVER;
        /* Section 4.3.3: the address in 'requested IP address' is in use by somebody else. */
        if (req->type == DHCP4_DECLINE)
                return req->has_requested && req->requested.s_addr != conf->address.s_addr
                               ? DHCP4_EVENT_SILENT_OTHER_ADDRESS
                               : DHCP4_EVENT_DECLINED;
        /* Section 4.3.4: 'ciaddr' is not needed any more. */
        return req->ciaddr.s_addr != 0 && req->ciaddr.s_addr != conf->address.s_addr
                       ? DHCP4_EVENT_SILENT_OTHER_ADDRESS
                       : DHCP4_EVENT_RELEASED;
}

enum dhcp4_event dhcp4_decide(const struct dhcp_conf *conf, const struct dhcp4_request *req,
                              struct dhcp4_reply *ret)
{
        struct in_addr none = { 0 };

        ret->len = 0;
        if (memcmp(req->chaddr, conf->guest_mac, MAC_LEN) != 0)
                return DHCP4_EVENT_SILENT_OTHER_CLIENT;
        /* There is no relay between the guest and its tap. */
        if (req->giaddr.s_addr != 0)
                return DHCP4_EVENT_SILENT_RELAYED;
        switch (req->type) {
        case 0: /* BOOTP: the address and the options, for ever (RFC 1534 section 2) */
                return reply(conf, req, 0, conf->address, DHCP4_EVENT_ACKED, ret);
        case DHCP4_DISCOVER:
                return decide_discover(conf, req, ret);
        case DHCP4_REQUEST:
                return decide_request(conf, req, ret);
        case DHCP4_INFORM:
                /*
                 * Section 4.3.5: "The server MUST NOT send a lease expiration time to the client
                 * and SHOULD NOT fill in 'yiaddr'."
                 */
                return reply(conf, req, DHCP4_ACK, none, DHCP4_EVENT_INFORMED, ret);
        case DHCP4_DECLINE:
        case DHCP4_RELEASE:
                return decide_goodbye(conf, req);
        default:
                return DHCP4_EVENT_SILENT_UNKNOWN;
        }
}
