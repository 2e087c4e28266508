/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp6_reply.c - write what was decided: identifiers, IAs, status; then what has room
 */
#include "dhcp/dhcp6_reply.h"

#include "dhcp/conf.h"

/* --- who has which address --- */

bool dhcp6_is_pods(const struct dhcp_conf *conf, const struct in6_addr *ip)
{
        for (uint32_t i = 0; i < conf->n_addresses6; i++)
                if (memcmp(&conf->addresses6[i].ip, ip, sizeof(*ip)) == 0)
                        return true;
        return false;
}

bool dhcp6_is_bound(const struct dhcp_conf *conf, const struct dhcp6_ia *ia)
{
        for (uint8_t i = 0; ia->code == DHCP6_OPT_IA_NA && i < ia->n_listed; i++)
                if (dhcp6_is_pods(conf, &ia->listed[i]))
                        return true;
        return false;
}

bool dhcp6_has_foreign(const struct dhcp_conf *conf, const struct dhcp6_ia *ia)
{
        for (uint8_t i = 0; i < ia->n_listed; i++)
                if (!dhcp6_is_pods(conf, &ia->listed[i]))
                        return true;
        return false;
}

void dhcp6_server_id(const struct dhcp_conf *conf, uint8_t ret[DHCP6_DUID_LL_LEN])
{
        struct writer w = writer_init(ret, DHCP6_DUID_LL_LEN);

        write_u16(&w, DHCP6_DUID_LL);
        write_u16(&w, DHCP6_HTYPE_ETHERNET);
        write_bytes(&w, conf->server_mac, MAC_LEN);
}

/* --- IAs --- */

static void write_address(struct writer *w, const struct in6_addr *ip, uint32_t lifetime_sec)
{
        size_t begin = begin_option6(w, DHCP6_OPT_IA_ADDRESS);

        write_bytes(w, ip, sizeof(*ip));
        write_u32(w, lifetime_sec); /* preferred */
        write_u32(w, lifetime_sec); /* valid */
        end_option6(w, begin);
}

/* Section 21.4: T1 and T2 are 0.5 and 0.8 of the shortest preferred lifetime, or infinite too. */
static void write_times(struct writer *w, uint32_t lease_sec)
{
        bool infinite = lease_sec == DHCP_LEASE_INFINITE;

        write_u32(w, infinite ? DHCP_LEASE_INFINITE : lease_sec / 2);
        write_u32(w, infinite ? DHCP_LEASE_INFINITE : (uint32_t)((uint64_t)lease_sec * 4 / 5));
}

static size_t begin_ia(struct writer *w, const struct dhcp6_ia *ia, uint32_t lease_sec)
{
        size_t begin = begin_option6(w, ia->code);

        write_bytes(w, ia->iaid, sizeof(ia->iaid));
        if (ia->code != DHCP6_OPT_IA_TA)
                write_times(w, lease_sec);
        return begin;
}

static void write_ia_status(struct writer *w, const struct dhcp6_ia *ia, enum dhcp6_status status,
                            const char *text)
{
        size_t begin = begin_ia(w, ia, 0);

        write_status6(w, status, text);
        end_option6(w, begin);
}

static void write_refusal(struct writer *w, const struct dhcp6_ia *ia)
{
        if (ia->code == DHCP6_OPT_IA_PD)
                write_ia_status(w, ia, DHCP6_NO_PREFIX_AVAIL, "a pod has no prefix to delegate");
        else if (ia->code == DHCP6_OPT_IA_TA)
                write_ia_status(w, ia, DHCP6_NO_ADDRS_AVAIL, "a pod has no temporary address");
        else
                write_ia_status(w, ia, DHCP6_NO_ADDRS_AVAIL, "the pod has no more addresses");
}

/* The pod's addresses that are this IA's, and, where it is renewed, those it must give up. */
static void write_ia(struct writer *w, const struct dhcp_conf *conf,
                     const struct dhcp6_request *req, const struct dhcp6_shares *shares,
                     uint8_t index)
{
        const struct dhcp6_ia *ia = &req->ias[index];
        bool renews = req->type == DHCP6_RENEW || req->type == DHCP6_REBIND, has_share = false;
        size_t begin;

        for (uint32_t i = 0; i < conf->n_addresses6; i++)
                has_share = has_share || shares->ia_of[i] == index;
        /*
         * Section 18.3.2: where an address "is not appropriate for the link [...] the server MUST
         * return the IA to the client with a Status Code option with the value NotOnLink". To the
         * guest's link belong the pod's own addresses and no other.
         */
        if (req->type == DHCP6_REQUEST && dhcp6_has_foreign(conf, ia)) {
                write_ia_status(w, ia, DHCP6_NOT_ON_LINK, "not an address of the pod's");
                return;
        }
        if (!has_share && !(renews && ia->code != DHCP6_OPT_IA_PD && dhcp6_has_foreign(conf, ia))) {
                write_refusal(w, ia);
                return;
        }
        begin = begin_ia(w, ia, has_share ? conf->lease_sec : 0);
        for (uint32_t i = 0; i < conf->n_addresses6; i++)
                if (shares->ia_of[i] == index)
                        write_address(w, &conf->addresses6[i].ip, conf->lease_sec);
        /* Sections 18.3.4 and 18.3.5: "returns the address to the client with lifetimes of 0". */
        for (uint8_t i = 0; renews && i < ia->n_listed; i++)
                if (!dhcp6_is_pods(conf, &ia->listed[i]))
                        write_address(w, &ia->listed[i], 0);
        end_option6(w, begin);
}

static void write_ias(struct writer *w, const struct dhcp_conf *conf,
                      const struct dhcp6_request *req, const struct dhcp6_content *content)
{
        for (uint8_t i = 0; i < req->n_ias; i++)
                if (content->shares)
                        write_ia(w, conf, req, content->shares, i);
                else if (content->has_unbound && !dhcp6_is_bound(conf, &req->ias[i]))
                        write_ia_status(w, &req->ias[i], DHCP6_NO_BINDING,
                                        "none of its addresses is the pod's");
}

/* --- what the guest is told besides; what does not fit is left out --- */

/* Section 18.3: what the client asks for; who asks for nothing in particular is told everything. */
static bool asks_for(const struct dhcp6_request *req, uint16_t code)
{
        for (uint8_t i = 0; i < req->n_requested; i++)
                if (req->requested[i] == code)
                        return true;
        return !req->has_option_request;
}

static void write_if_it_fits(struct writer *w, uint16_t code, const void *value, size_t len)
{
        struct writer before = *w;

        write_option6(w, code, value, len);
        if (w->failed)
                *w = before;
}

/*
 * RFC 4704 section 6: nobody here updates the DNS, whatever the client would like. "The server MAY
 * be configured to complete or modify the domain name": the guest's name is the pod's.
 */
static void write_fqdn(struct writer *w, const struct dhcp_conf *conf,
                       const struct dhcp6_request *req)
{
        uint8_t value[1 + DHCP6_MAX_FQDN];
        struct writer v = writer_init(value, sizeof(value));
        bool overrides = req->fqdn_flags & DHCP6_FQDN_S;
        struct conf_option name;

        write_u8(&v, (uint8_t)(DHCP6_FQDN_N | (overrides ? DHCP6_FQDN_O : 0)));
        if (conf_option_find(&conf->options6, DHCP_EVERYBODY, DHCP6_OPT_FQDN, &name) &&
            name.len <= DHCP6_MAX_FQDN)
                write_bytes(&v, name.value, name.len);
        else
                write_bytes(&v, req->fqdn, req->fqdn_len);
        write_if_it_fits(w, DHCP6_OPT_FQDN, value, v.len);
}

/*
 * Section 21.23: only to an Information-request, which has no lifetimes to live by. It looks again
 * once a day at least, which is also what it would do untold.
 */
static void write_refresh(struct writer *w, const struct dhcp_conf *conf)
{
        uint8_t value[4];
        struct writer v = writer_init(value, sizeof(value));
        uint32_t sec = conf->lease_sec < DHCP6_IRT_DEFAULT ? conf->lease_sec : DHCP6_IRT_DEFAULT;

        write_u32(&v, sec > DHCP6_IRT_MINIMUM ? sec : DHCP6_IRT_MINIMUM);
        write_if_it_fits(w, DHCP6_OPT_INFORMATION_REFRESH, value, sizeof(value));
}

static void write_options(struct writer *w, const struct dhcp_conf *conf,
                          const struct dhcp6_request *req)
{
        struct reader r = conf_options(&conf->options6);
        struct conf_option option, own;

        while (conf_option_next(&r, &option)) {
                if (option.code == DHCP6_OPT_FQDN) /* only to who sends its own */
                        continue;
                if (!asks_for(req, option.code) || (option.audience == DHCP_IPXE && !req->is_ipxe))
                        continue;
                /* iPXE's own replaces everybody's. */
                if (option.audience == DHCP_EVERYBODY && req->is_ipxe &&
                    conf_option_find(&conf->options6, DHCP_IPXE, option.code, &own))
                        continue;
                write_if_it_fits(w, option.code, option.value, option.len);
        }
        if (req->has_fqdn && asks_for(req, DHCP6_OPT_FQDN))
                write_fqdn(w, conf, req);
        if (req->type == DHCP6_INFORMATION_REQUEST && asks_for(req, DHCP6_OPT_INFORMATION_REFRESH))
                write_refresh(w, conf);
}

/* --- all of it --- */

static size_t room(const struct dhcp_conf *conf)
{
        size_t link = conf->mtu_bytes ? conf->mtu_bytes : 1500;

        if (link < DHCP6_MIN_MTU)
                link = DHCP6_MIN_MTU;
        return link - DHCP6_IP_UDP_LEN < DHCP6_REPLY_MAX ? link - DHCP6_IP_UDP_LEN
                                                         : DHCP6_REPLY_MAX;
}

int dhcp6_reply_build(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                      const struct dhcp6_content *content, struct dhcp6_reply *ret)
{
        struct writer w = writer_init(ret->data, room(conf));
        uint8_t server_id[DHCP6_DUID_LL_LEN], preference = DHCP6_PREFERENCE_MAX;
        int n;

        ret->len = 0;
        dhcp6_server_id(conf, server_id);
        write_u8(&w, content->type);
        write_bytes(&w, req->transaction, sizeof(req->transaction));
        write_option6(&w, DHCP6_OPT_SERVER_ID, server_id, sizeof(server_id));
        if (req->has_client_id)
                write_option6(&w, DHCP6_OPT_CLIENT_ID, req->client_id, req->client_id_len);
        if (content->has_status)
                write_status6(&w, content->status, content->text);
        /* There is no other server to wait for. */
        if (content->type == DHCP6_ADVERTISE)
                write_option6(&w, DHCP6_OPT_PREFERENCE, &preference, 1);
        /* Section 18.3.1: "MUST include a Rapid Commit option in the Reply message". */
        if (content->type == DHCP6_REPLY && req->type == DHCP6_SOLICIT)
                write_option6(&w, DHCP6_OPT_RAPID_COMMIT, NULL, 0);
        write_ias(&w, conf, req, content);
        if (content->has_options && !w.failed)
                write_options(&w, conf, req);
        n = writer_finish(&w);
        if (n < 0)
                return n;
        ret->len = (size_t)n;
        return 0;
}
