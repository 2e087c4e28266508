/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_dhcp4_decide.c - a configuration (seven bytes) and a message -> dhcp4_decide()
 *
 * Every reply is read back by somebody else, and has to say what the configuration says.
 */
#include "dhcp/conf.h"
#include "dhcp/dhcp4_decide.h"
#include "tests/fuzz/dhcp4_conf.h"
#include "tests/fuzz/dhcp4_oracle.h"

#define OPTION(name)                                                                               \
        static struct oracle_value name;                                                           \
        must(oracle_option(reply, DHCP4_OPT_##name, &name))

/* RFC 2132 section 9.10, and what the link carries; BOOTP's minimum in any case. */
static size_t most_bytes(const struct dhcp_conf *conf, const struct dhcp4_request *req)
{
        size_t most = req->max_message_bytes > 576 ? req->max_message_bytes : 576;
        size_t link = conf->mtu_bytes ? conf->mtu_bytes : 1500;

        if (req->type == 0)
                most = req->message_bytes + 28u;
        most = most < link ? most : link;
        return most > 328 ? most - 28 : 300;
}

static bool is_broadcast(const struct dhcp4_reply *reply)
{
        return reply->dst_ip.s_addr == INADDR_BROADCAST &&
               memcmp(reply->dst_mac, "\xff\xff\xff\xff\xff\xff", MAC_LEN) == 0;
}

/* RFC 2131 section 4.1; and to nobody but the guest. */
static void must_be_addressed(const struct dhcp4_request *req, const struct oracle *reply,
                              uint8_t type, const struct dhcp4_reply *out)
{
        bool to_guest = memcmp(out->dst_mac, fuzz_guest_mac, MAC_LEN) == 0;

        must(is_broadcast(out) || to_guest);
        if (type == DHCP4_NAK)
                must(is_broadcast(out));
        else if (!is_broadcast(out))
                must(out->dst_ip.s_addr ==
                     (req->ciaddr.s_addr ? req->ciaddr.s_addr : reply->yiaddr.s_addr));
        must(out->dst_ip.s_addr != 0);
}

/* RFC 3442, with the default route last; all or nothing. */
static void must_have_routes(const struct podnet *net, const struct oracle_value *value)
{
        struct reader r = reader_init(value->data, value->len);

        for (size_t i = 0; value->n > 0 && i < net->n_routes; i++) {
                const struct podnet_route *route = &net->routes[i];
                struct in_addr dst = { 0 }, gateway = { 0 };

                must(reader_u8(&r) == route->dst.len);
                reader_copy(&r, &dst, (route->dst.len + 7u) / 8);
                reader_copy(&r, &gateway, 4);
                must(dst.s_addr == route->dst.addr.v4.s_addr);
                must(gateway.s_addr == (route->gateway.family ? route->gateway.v4.s_addr : 0));
        }
        must(r.left == 0 && !r.failed);
}

/* In their order; the last ones may be missing, whole ones. */
static void must_have_searches(const struct podnet *net, const struct oracle_value *value)
{
        char name[1024];
        size_t i = 0;

        for (size_t at = 0; at < value->len; i++) {
                at = oracle_name(value, at, name);
                must(at > 0 && i < net->n_searches);
                must(strcmp(name, net->searches[i]) == 0);
        }
}

static void must_be(const struct oracle_value *value, const void *data, size_t len)
{
        must(value->n == 0 || (value->len == len && memcmp(value->data, data, len) == 0));
}

static void must_tell_the_identity(const struct podnet *net, const struct oracle *reply)
{
        uint8_t len = net->addresses[0].len;
        uint32_t mask = len ? htonl(0xffffffffu << (32 - len)) : 0;
        uint16_t mtu = htons((uint16_t)net->mtu_bytes);
        OPTION(SUBNET_MASK);
        OPTION(MTU);
        OPTION(DNS);
        OPTION(CLASSLESS_ROUTES);
        OPTION(MS_ROUTES);
        OPTION(DOMAIN_SEARCH);
        OPTION(HOST_NAME);

        must_be(&SUBNET_MASK, &mask, 4);
        must_be(&MTU, &mtu, 2);
        must(DNS.n == 0 || DNS.len == net->n_nameservers * 4);
        for (size_t i = 0; i < DNS.len / 4; i++)
                must(memcmp(DNS.data + i * 4, &net->nameservers[i].v4, 4) == 0);
        must_be(&HOST_NAME, net->hostname, strlen(net->hostname));
        must_have_routes(net, &CLASSLESS_ROUTES);
        must_have_routes(net, &MS_ROUTES);
        must_have_searches(net, &DOMAIN_SEARCH);
}

/* Of two of the same code the later one counts, for those whom it concerns. */
static bool configured(const struct dhcp_conf *conf, bool is_ipxe, uint8_t code,
                       struct conf_option *ret)
{
        struct reader r = conf_options(&conf->options);
        struct conf_option option;
        bool found = false;

        while (conf_option_next(&r, &option))
                if (option.code == code && (option.audience == DHCP_EVERYBODY || is_ipxe)) {
                        *ret = option;
                        found = true;
                }
        return found;
}

/* Each option is there as it is configured, or not at all; of the search list, a part. */
static void must_tell_the_configuration(const struct dhcp_conf *conf,
                                        const struct dhcp4_request *req, const struct oracle *reply)
{
        static struct oracle_value value;
        struct reader r = conf_options(&conf->options);
        struct conf_option option, last;

        while (conf_option_next(&r, &option)) {
                must(oracle_option(reply, option.code, &value));
                if (option.code == DHCP4_NEXT_SERVER || option.code == DHCP4_OPT_DOMAIN_SEARCH)
                        continue;
                if (configured(conf, req->is_ipxe, option.code, &last))
                        must_be(&value, last.value, last.len);
                else
                        must(value.n == 0);
        }
}

/* RFC 2131 table 3: which fields and options a reply has, and which it must not have. */
static void must_be_right(const struct dhcp_conf *conf, const struct dhcp4_request *req,
                          const struct oracle *reply, uint8_t type, bool has_room)
{
        OPTION(SERVER_ID);
        OPTION(CLIENT_ID);
        OPTION(LEASE_TIME);
        OPTION(REQUESTED_ADDRESS);
        OPTION(PARAMETER_LIST);
        OPTION(SUBNET_MASK);
        bool bootp = req->type == 0, leased = !bootp && req->type != DHCP4_INFORM;

        must(reply->op == 2 && reply->htype == 1 && reply->hlen == 6);
        must(reply->xid == req->xid && reply->flags == req->flags);
        must(memcmp(reply->chaddr, req->chaddr, MAC_LEN) == 0);
        must(reply->giaddr.s_addr == req->giaddr.s_addr);
        must(REQUESTED_ADDRESS.n == 0 && PARAMETER_LIST.n == 0);
        must(bootp ? SERVER_ID.n == 0
                   : SERVER_ID.len == 4 && memcmp(SERVER_ID.data, &conf->server_ip, 4) == 0);
        if (!bootp && (has_room || CLIENT_ID.n > 0))
                must(CLIENT_ID.len == req->client_id.len &&
                     memcmp(CLIENT_ID.data, req->client_id.data, CLIENT_ID.len) == 0);
        if (type == DHCP4_NAK) {
                must(reply->yiaddr.s_addr == 0 && reply->ciaddr.s_addr == 0 && LEASE_TIME.n == 0);
                return;
        }
        must(LEASE_TIME.n == leased);
        must(SUBNET_MASK.n == 1 || !has_room);
        must(reply->yiaddr.s_addr == (leased || bootp ? conf->address.s_addr : 0));
        must_tell_the_configuration(conf, req, reply);
}

static void must_match_event(enum dhcp4_event event, const struct dhcp4_request *req,
                             const struct oracle *reply, uint8_t type)
{
        switch (event) {
        case DHCP4_EVENT_OFFERED:
                must(req->type == DHCP4_DISCOVER && type == DHCP4_OFFER);
                break;
        case DHCP4_EVENT_ACKED: /* a DISCOVER: rapid commit, RFC 4039 */
                must(type == (req->type ? DHCP4_ACK : 0));
                must(req->type == DHCP4_REQUEST || req->type == DHCP4_DISCOVER || req->type == 0);
                break;
        case DHCP4_EVENT_NAKED:
                must(req->type == DHCP4_REQUEST && type == DHCP4_NAK);
                break;
        case DHCP4_EVENT_INFORMED:
                must(req->type == DHCP4_INFORM && type == DHCP4_ACK);
                break;
        default: /* what the others are named after gets no reply */
                must(false);
        }
}

static void decide(const struct podnet *net, const struct dhcp_conf *conf,
                   const struct dhcp4_request *req)
{
        static struct dhcp4_request flipped;
        static struct dhcp4_reply out, again;
        static struct oracle_value type;
        size_t most = most_bytes(conf, req);
        struct oracle reply;
        enum dhcp4_event event;

        memset(&out, 0, sizeof(out));
        memset(&again, 0xff, sizeof(again));
        event = dhcp4_decide(conf, req, &out);
        must(dhcp4_decide(conf, req, &again) == event && again.len == out.len);
        must(memcmp(again.data, out.data, out.len) == 0);
        if (out.len == 0) {
                must(event < DHCP4_EVENT_OFFERED || event > DHCP4_EVENT_INFORMED);
                must(event != DHCP4_EVENT_SILENT_UNBUILT);
                return;
        }
        must(req->giaddr.s_addr == 0 && memcmp(req->chaddr, conf->guest_mac, MAC_LEN) == 0);
        must(out.len >= 300 && out.len <= most && out.len <= DHCP4_REPLY_MAX);
        must(oracle_read(out.data, out.len, &reply));
        must(oracle_option(&reply, DHCP4_OPT_MESSAGE_TYPE, &type) && type.n <= 1);
        must_match_event(event, req, &reply, type.n ? type.data[0] : 0);
        must_be_right(conf, req, &reply, type.n ? type.data[0] : 0, most >= 548);
        if (type.n == 0 || type.data[0] != DHCP4_NAK)
                must_tell_the_identity(net, &reply);
        must_be_addressed(req, &reply, type.n ? type.data[0] : 0, &out);
        /* What we build, we parse: the same options, were it a request. */
        out.data[0] = 1;
        must(dhcp4_request_parse(out.data, out.len, &flipped) == DHCP4_FLAW_NONE);
        must(flipped.client_id.len == req->client_id.len || req->type == 0 || most < 548);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        static struct dhcp_conf conf;
        static struct dhcp4_request req;
        struct reader r = reader_init(data, len);
        struct podnet *net;

        fuzz_conf(&r, &conf, &net);
        must(conf_is_sound(&conf));
        if (!r.failed && dhcp4_request_parse(r.p, r.left, &req) == DHCP4_FLAW_NONE)
                decide(net, &conf, &req);
        podnet_free(net);
        return 0;
}
