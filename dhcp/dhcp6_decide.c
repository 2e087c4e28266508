/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp6_decide.c - RFC 8415 for the one client there is; pure
 *
 * The guest's addresses are always the same and always its own, so there are no bindings to
 * remember: each message is answered from the configuration alone. A client is known by the link
 * address its frames come from, not by its DUID: boot loader and system of one guest have different
 * ones. Reconfigure is never sent.
 */
#include "dhcp/dhcp6_decide.h"

/* --- is it a message to be answered? section 16 --- */

enum need {
        NEEDS_NOT,
        NEEDS_NONE, /* must not be there */
        NEEDS_OURS, /* must be there */
        MAY_BE_OURS,
};

static const struct {
        bool client_id; /* must be there */
        enum need server_id;
} needs[] = {
        [DHCP6_SOLICIT] = { true, NEEDS_NONE },               /* 16.2 */
        [DHCP6_REQUEST] = { true, NEEDS_OURS },               /* 16.4 */
        [DHCP6_CONFIRM] = { true, NEEDS_NONE },               /* 16.5 */
        [DHCP6_RENEW] = { true, NEEDS_OURS },                 /* 16.6 */
        [DHCP6_REBIND] = { true, NEEDS_NONE },                /* 16.7 */
        [DHCP6_RELEASE] = { true, NEEDS_OURS },               /* 16.9 */
        [DHCP6_DECLINE] = { true, NEEDS_OURS },               /* 16.8 */
        [DHCP6_INFORMATION_REQUEST] = { false, MAY_BE_OURS }, /* 16.12 */
};

static bool is_for_us(const struct dhcp_conf *conf, const struct dhcp6_request *req)
{
        uint8_t own[DHCP6_DUID_LL_LEN];

        dhcp6_server_id(conf, own);
        return req->server_id_len == sizeof(own) && memcmp(req->server_id, own, sizeof(own)) == 0;
}

/* Return: false: it is to be discarded for what *ret says */
static bool is_valid(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                     enum dhcp6_event *ret)
{
        enum need server_id;

        /* There is no relay between the guest and its tap. */
        if (req->type == DHCP6_RELAY_FORWARD) {
                *ret = DHCP6_EVENT_SILENT_RELAYED;
                return false;
        }
        if (req->type >= ARRAY_SIZE(needs) || needs[req->type].server_id == NEEDS_NOT) {
                *ret = DHCP6_EVENT_SILENT_UNKNOWN;
                return false;
        }
        if (needs[req->type].client_id && !req->has_client_id) {
                *ret = DHCP6_EVENT_SILENT_NO_CLIENT_ID;
                return false;
        }
        server_id = needs[req->type].server_id;
        if (req->has_server_id ? server_id == NEEDS_NONE : server_id == NEEDS_OURS) {
                *ret = DHCP6_EVENT_SILENT_SERVER_ID;
                return false;
        }
        if (req->has_server_id && !is_for_us(conf, req)) {
                *ret = DHCP6_EVENT_SILENT_OTHER_SERVER;
                return false;
        }
        /* 16.12: "the message includes an IA option" */
        if (req->type == DHCP6_INFORMATION_REQUEST && req->n_ias > 0) {
                *ret = DHCP6_EVENT_SILENT_IA;
                return false;
        }
        return true;
}

/* --- answers --- */

static enum dhcp6_event reply(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                              const struct dhcp6_content *content, enum dhcp6_event event,
                              struct dhcp6_reply *ret)
{
        return dhcp6_reply_build(conf, req, content, ret) < 0 ? DHCP6_EVENT_SILENT_UNBUILT : event;
}

static enum dhcp6_event reply_status(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                                     enum dhcp6_status status, const char *text,
                                     enum dhcp6_event event, struct dhcp6_reply *ret)
{
        struct dhcp6_content content = {
                .type = DHCP6_REPLY, .has_status = true, .status = status, .text = text
        };

        return reply(conf, req, &content, event, ret);
}

static bool lists(const struct dhcp6_ia *ia, const struct in6_addr *ip)
{
        for (uint8_t i = 0; ia->code == DHCP6_OPT_IA_NA && i < ia->n_listed; i++)
                if (memcmp(&ia->listed[i], ip, sizeof(*ip)) == 0)
                        return true;
        return false;
}

/* The first IA_NA that has nothing yet; where all have something, the first; DHCP6_NOBODY: none */
static uint8_t poorest(const struct dhcp6_request *req, const bool has_share[DHCP6_MAX_IAS])
{
        uint8_t first = DHCP6_NOBODY;

        for (uint8_t i = req->n_ias; i-- > 0;)
                if (req->ias[i].code == DHCP6_OPT_IA_NA)
                        first = i;
        for (uint8_t i = 0; i < req->n_ias; i++)
                if (req->ias[i].code == DHCP6_OPT_IA_NA && !has_share[i])
                        return i;
        return first;
}

/*
 * Every address has one IA. It keeps the one that lists it, so that what a client was given stays
 * where it is; the rest goes to those that would have none, and then to the first.
 * Return: false: there is nobody to give any
 */
static bool share(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                  struct dhcp6_shares *ret)
{
        bool has_share[DHCP6_MAX_IAS] = { false };

        memset(ret->ia_of, DHCP6_NOBODY, sizeof(ret->ia_of));
        for (uint32_t a = 0; a < conf->n_addresses6; a++)
                for (uint8_t i = 0; i < req->n_ias && ret->ia_of[a] == DHCP6_NOBODY; i++)
                        if (lists(&req->ias[i], &conf->addresses6[a].ip)) {
                                ret->ia_of[a] = i;
                                has_share[i] = true;
                        }
        for (uint32_t a = 0; a < conf->n_addresses6; a++) {
                uint8_t i = ret->ia_of[a] == DHCP6_NOBODY ? poorest(req, has_share) : ret->ia_of[a];

                if (i == DHCP6_NOBODY)
                        return false;
                ret->ia_of[a] = i;
                has_share[i] = true;
        }
        return conf->n_addresses6 > 0;
}

static enum dhcp6_event decide_solicit(const struct dhcp_conf *conf,
                                       const struct dhcp6_request *req, struct dhcp6_reply *ret)
{
        struct dhcp6_shares shares;
        bool has_any = share(conf, req, &shares);
        struct dhcp6_content content = { .type = DHCP6_ADVERTISE,
                                         .shares = &shares,
                                         .has_options = true };

        /*
         * Section 18.3.1: who "is configured to respond with committed lease assignments" answers a
         * Rapid Commit option with a Reply. Nobody else can have the addresses, so we always may.
         */
        if (has_any && req->has_rapid_commit) {
                content.type = DHCP6_REPLY;
                return reply(conf, req, &content, DHCP6_EVENT_ACKED, ret);
        }
        return reply(conf, req, &content, has_any ? DHCP6_EVENT_OFFERED : DHCP6_EVENT_REFUSED, ret);
}

/* Section 18.3.2: what becomes of an IA that lists a foreign address is in dhcp6_reply.c. */
static enum dhcp6_event event_of_request(const struct dhcp_conf *conf,
                                         const struct dhcp6_request *req,
                                         const struct dhcp6_shares *shares)
{
        bool is_foreign = false;

        for (uint32_t a = 0; a < conf->n_addresses6; a++)
                if (shares->ia_of[a] != DHCP6_NOBODY &&
                    !dhcp6_has_foreign(conf, &req->ias[shares->ia_of[a]]))
                        return DHCP6_EVENT_ACKED;
        for (uint8_t i = 0; i < req->n_ias; i++)
                is_foreign = is_foreign || dhcp6_has_foreign(conf, &req->ias[i]);
        return is_foreign ? DHCP6_EVENT_NOT_ON_LINK : DHCP6_EVENT_REFUSED;
}

/*
 * REQUEST, RENEW and REBIND (18.3.2, 18.3.4, 18.3.5). A guest that renews what this process never
 * gave it has a binding all the same: sections 18.3.4 and 18.3.5 let a server "create a binding and
 * return the IA with assigned addresses".
 */
static enum dhcp6_event decide_binding(const struct dhcp_conf *conf,
                                       const struct dhcp6_request *req, struct dhcp6_reply *ret)
{
        struct dhcp6_shares shares;
        bool has_any = share(conf, req, &shares);
        struct dhcp6_content content = { .type = DHCP6_REPLY,
                                         .shares = &shares,
                                         .has_options = true };
        enum dhcp6_event event = has_any ? DHCP6_EVENT_ACKED : DHCP6_EVENT_REFUSED;

        if (req->type == DHCP6_REQUEST)
                event = event_of_request(conf, req, &shares);
        return reply(conf, req, &content, event, ret);
}

/*
 * Section 18.3.3: are all the addresses "appropriate for the link"? To the guest's link belong the
 * pod's own and no other: a guest that was moved here from elsewhere, be it from the same prefix,
 * has to ask anew.
 */
static enum dhcp6_event decide_confirm(const struct dhcp_conf *conf,
                                       const struct dhcp6_request *req, struct dhcp6_reply *ret)
{
        struct dhcp6_content content = { .type = DHCP6_REPLY,
                                         .has_status = true,
                                         .status = DHCP6_SUCCESS,
                                         .text = "all are the pod's addresses",
                                         .has_options = true };
        bool has_any = false;

        for (uint8_t i = 0; i < req->n_ias; i++) {
                has_any = has_any || req->ias[i].n_listed > 0;
                if (dhcp6_has_foreign(conf, &req->ias[i]))
                        return reply_status(conf, req, DHCP6_NOT_ON_LINK,
                                            "not an address of the pod's", DHCP6_EVENT_NOT_ON_LINK,
                                            ret);
        }
        /* "if there were no addresses in any of the IAs [...] MUST NOT send a Reply" */
        if (!has_any)
                return DHCP6_EVENT_SILENT_NO_ADDRESS;
        return reply(conf, req, &content, DHCP6_EVENT_CONFIRMED, ret);
}

/* Sections 18.3.7 and 18.3.8: Success, and NoBinding in each IA that is not known. */
static enum dhcp6_event decide_goodbye(const struct dhcp_conf *conf,
                                       const struct dhcp6_request *req, struct dhcp6_reply *ret)
{
        struct dhcp6_content content = { .type = DHCP6_REPLY,
                                         .has_status = true,
                                         .status = DHCP6_SUCCESS,
                                         .text = req->type == DHCP6_RELEASE ? "released"
                                                                            : "declined",
                                         .has_unbound = true };
        enum dhcp6_event event = DHCP6_EVENT_NO_BINDING;

        for (uint8_t i = 0; i < req->n_ias; i++)
                if (dhcp6_is_bound(conf, &req->ias[i]))
                        event = req->type == DHCP6_RELEASE ? DHCP6_EVENT_RELEASED
                                                           : DHCP6_EVENT_DECLINED;
        return reply(conf, req, &content, event, ret);
}

static enum dhcp6_event decide_information(const struct dhcp_conf *conf,
                                           const struct dhcp6_request *req, struct dhcp6_reply *ret)
{
        struct dhcp6_content content = { .type = DHCP6_REPLY, .has_options = true };

        return reply(conf, req, &content, DHCP6_EVENT_INFORMED, ret);
}

/*
 * Section 18.4: no client was sent a Server Unicast option, so what comes by unicast is answered
 * with UseMulticast where it names its server, and else discarded. RFC 9915 knows no unicast.
 */
static enum dhcp6_event decide_unicast(const struct dhcp_conf *conf,
                                       const struct dhcp6_request *req, struct dhcp6_reply *ret)
{
        if (needs[req->type].server_id != NEEDS_OURS)
                return DHCP6_EVENT_SILENT_UNICAST;
        return reply_status(conf, req, DHCP6_USE_MULTICAST, "send it to ff02::1:2",
                            DHCP6_EVENT_USE_MULTICAST, ret);
}

enum dhcp6_event dhcp6_decide(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                              struct dhcp6_reply *ret)
{
        enum dhcp6_event why;

        ret->len = 0;
        if (!is_valid(conf, req, &why))
                return why;
        if (req->is_unicast)
                return decide_unicast(conf, req, ret);
        switch (req->type) {
        case DHCP6_SOLICIT:
                return decide_solicit(conf, req, ret);
        case DHCP6_CONFIRM:
                return decide_confirm(conf, req, ret);
        case DHCP6_RELEASE:
        case DHCP6_DECLINE:
                return decide_goodbye(conf, req, ret);
        case DHCP6_INFORMATION_REQUEST:
                return decide_information(conf, req, ret);
        default: /* REQUEST, RENEW, REBIND */
                return decide_binding(conf, req, ret);
        }
}
