/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_dhcp6.c - a configuration (four bytes) and a message -> dhcp6_decide()
 *
 * Every reply is read back by a walk of its own, and has to say what the configuration says. What
 * was parsed is written again and parsed to the same.
 *
 * The configuration: MTU (2), addresses and name servers, flags.
 */
#include <arpa/inet.h>

#include "dhcp/conf.h"
#include "dhcp/dhcp6_decide.h"
#include "tests/fuzz/fuzz.h"

enum {
        FLAG_UNICAST = 1,
        FLAG_LEASE = 2,
        FLAG_OPTIONS = 4,
        FLAG_SEARCH = 8,
};

static struct ip_addr v6(const char *prefix, unsigned i)
{
        struct ip_addr addr = { .family = AF_INET6 };

        must(inet_pton(AF_INET6, prefix, &addr.v6) == 1);
        addr.v6.s6_addr[15] = (uint8_t)(i + 1);
        return addr;
}

static void make_conf(struct reader *r, struct dhcp_conf *ret, uint8_t *ret_flags)
{
        static const char *const options[] = { "6:bootfile-url=tftp://[fd00::5]/x",
                                               "6:ipxe:bootfile-url=http://[fd00::5]/y",
                                               "6:ntp-servers=fd00::1,ntp.example",
                                               "6:65001=text:long" };
        struct podnet *net = podnet_new();
        uint8_t n, flags;

        must(net);
        memcpy(net->mac, "\xaa\xbb\xcc\0\0\7", MAC_LEN);
        memcpy(net->server_mac, "\2\0\0\0\0\1", MAC_LEN);
        net->mtu_bytes = reader_u16(r);
        n = reader_u8(r);
        flags = reader_u8(r);
        for (unsigned i = 0; i < n % 17u; i++) {
                struct ip_prefix address = { v6(i % 2 ? "2001:db8::" : "fd00:1::", i), 64 };

                must(podnet_add_address(net, &address) == 0);
        }
        for (unsigned i = 0; i < n / 17u; i++) {
                struct ip_addr server = v6("fd00:96::", i);

                must(podnet_add_nameserver(net, &server) == 0);
        }
        if (flags & FLAG_SEARCH)
                must(podnet_add_search(net, "default.svc.cluster.local") == 0);
        must(dhcp_conf_from_podnet(net, options, flags & FLAG_OPTIONS ? ARRAY_SIZE(options) : 0,
                                   ret, NULL, NULL) == 0);
        if (flags & FLAG_LEASE)
                ret->lease_sec = 3600;
        must(conf_is_sound(ret));
        podnet_free(net);
        *ret_flags = flags;
}

/* --- round trip --- */

static size_t write_request(const struct dhcp6_request *req, uint8_t *buf, size_t size)
{
        struct writer w = writer_init(buf, size);
        size_t begin;

        write_u8(&w, req->type);
        write_bytes(&w, req->transaction, 3);
        if (req->has_client_id)
                write_option6(&w, 1, req->client_id, req->client_id_len);
        if (req->has_server_id)
                write_option6(&w, 2, req->server_id, req->server_id_len);
        if (req->has_rapid_commit)
                write_option6(&w, 14, NULL, 0);
        if (req->is_ipxe)
                write_option6(&w, 15, "\0\4iPXE", 6);
        for (uint8_t i = 0; i < req->n_ias; i++) {
                begin = begin_option6(&w, req->ias[i].code);
                write_bytes(&w, req->ias[i].iaid, 4);
                if (req->ias[i].code != 4)
                        write_zeros(&w, 8);
                for (uint8_t k = 0; k < req->ias[i].n_listed; k++) {
                        size_t at = begin_option6(&w, 5);

                        write_bytes(&w, &req->ias[i].listed[k], 16);
                        write_zeros(&w, 8);
                        end_option6(&w, at);
                }
                end_option6(&w, begin);
        }
        if (req->has_option_request) {
                begin = begin_option6(&w, 6);
                for (uint8_t i = 0; i < req->n_requested; i++)
                        write_u16(&w, req->requested[i]);
                end_option6(&w, begin);
        }
        if (req->has_fqdn) {
                begin = begin_option6(&w, 39);
                write_u8(&w, req->fqdn_flags);
                write_bytes(&w, req->fqdn, req->fqdn_len);
                end_option6(&w, begin);
        }
        must(!w.failed);
        return w.len;
}

static void must_survive_a_round_trip(const struct dhcp6_request *req)
{
        static struct dhcp6_request again;
        static uint8_t buf[8192];
        size_t len = write_request(req, buf, sizeof(buf));

        must(dhcp6_request_parse(buf, len, &again) == DHCP6_FLAW_NONE);
        must(memcmp(req, &again, sizeof(again)) == 0);
}

/* --- the reply --- */

struct seen {
        unsigned client_id, server_id, preference, rapid_commit, status, ias, granted, options;
        uint16_t status_code;
        struct in6_addr addresses[64]; /* granted */
};

static bool asked(const struct dhcp6_request *req, uint16_t code)
{
        bool found = !req->has_option_request;

        for (uint8_t i = 0; i < req->n_requested; i++)
                found = found || req->requested[i] == code;
        return found;
}

static void read_address(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                         struct reader v, struct seen *seen)
{
        struct in6_addr ip;
        uint32_t preferred, valid;
        bool is_pods = false;

        must(v.left == 24);
        reader_copy(&v, &ip, 16);
        preferred = reader_u32(&v);
        valid = reader_u32(&v);
        for (uint32_t i = 0; i < conf->n_addresses6; i++)
                is_pods = is_pods || memcmp(&ip, &conf->addresses6[i].ip, 16) == 0;
        if (!is_pods) { /* only taken back, and only where the client renews it */
                must(preferred == 0 && valid == 0 && (req->type == 5 || req->type == 6));
                return;
        }
        must(preferred == conf->lease_sec && valid == conf->lease_sec);
        for (unsigned i = 0; i < seen->granted; i++) /* no address twice */
                must(memcmp(&ip, &seen->addresses[i], 16) != 0);
        must(seen->granted < ARRAY_SIZE(seen->addresses));
        seen->addresses[seen->granted++] = ip;
}

static void read_ia(const struct dhcp_conf *conf, const struct dhcp6_request *req, uint16_t code,
                    struct reader v, struct seen *seen)
{
        unsigned n = 0, statuses = 0;
        bool is_known = false;
        const uint8_t *iaid = reader_take(&v, 4);

        must(iaid);
        for (uint8_t i = 0; i < req->n_ias; i++)
                is_known = is_known ||
                           (req->ias[i].code == code && memcmp(req->ias[i].iaid, iaid, 4) == 0);
        must(is_known);
        if (code != 4) {
                uint32_t t1 = reader_u32(&v), t2 = reader_u32(&v);

                must(t1 <= t2 && t2 <= conf->lease_sec);
        }
        while (v.left > 0) {
                uint16_t inner = reader_u16(&v), len = reader_u16(&v);
                struct reader value = reader_init(reader_take(&v, len), len);

                must(!v.failed);
                if (inner == 5) {
                        must(code != 25);
                        read_address(conf, req, value, seen);
                        n++;
                } else {
                        must(inner == 13 && reader_u16(&value) != 0 && !value.failed);
                        statuses++;
                }
        }
        must(n > 0 ? statuses == 0 : statuses == 1);
        seen->ias++;
}

static void read_reply(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                       const struct dhcp6_reply *reply, struct seen *seen)
{
        struct reader r = reader_init(reply->data, reply->len);
        uint8_t type = reader_u8(&r);
        const uint8_t *transaction = reader_take(&r, 3);

        must(transaction && memcmp(transaction, req->transaction, 3) == 0);
        must(type == (req->type == 1 && !req->has_rapid_commit ? 2 : type) &&
             (type == 7 || (type == 2 && req->type == 1)));
        while (r.left > 0) {
                uint16_t code = reader_u16(&r), len = reader_u16(&r);
                struct reader v = reader_init(reader_take(&r, len), len);

                must(!r.failed);
                switch (code) {
                case 1:
                        seen->client_id++;
                        must(len == req->client_id_len && memcmp(v.p, req->client_id, len) == 0);
                        break;
                case 2:
                        seen->server_id++;
                        must(len == 10 && memcmp(v.p, "\0\3\0\1\2\0\0\0\0\1", 10) == 0);
                        break;
                case 7:
                        seen->preference++;
                        must(type == 2 && len == 1);
                        break;
                case 13:
                        seen->status++;
                        seen->status_code = reader_u16(&v);
                        break;
                case 14:
                        seen->rapid_commit++;
                        must(len == 0 && type == 7 && req->has_rapid_commit);
                        break;
                case 3:
                case 4:
                case 25:
                        read_ia(conf, req, code, v, seen);
                        break;
                default:
                        seen->options++;
                        must(asked(req, code));
                }
        }
        must(!r.failed && seen->server_id == 1 && seen->client_id == req->has_client_id);
        must(seen->status <= 1 && seen->preference == (type == 2));
}

static void must_match_event(const struct dhcp_conf *conf, const struct dhcp6_request *req,
                             enum dhcp6_event event, const struct seen *seen)
{
        bool binds = req->type == 1 || req->type == 3 || req->type == 5 || req->type == 6;

        switch (event) {
        case DHCP6_EVENT_OFFERED:
        case DHCP6_EVENT_ACKED:
                must(binds && seen->granted > 0 && seen->ias == req->n_ias);
                must(req->type == 3 || seen->granted == conf->n_addresses6);
                break;
        case DHCP6_EVENT_REFUSED:
                must(binds && seen->granted == 0 && seen->ias == req->n_ias);
                break;
        case DHCP6_EVENT_NOT_ON_LINK:
                must(seen->granted == 0);
                must(req->type == 3 || (req->type == 4 && seen->status_code == 4));
                break;
        case DHCP6_EVENT_CONFIRMED:
                must(req->type == 4 && seen->status == 1 && seen->status_code == 0);
                must(seen->ias == 0);
                break;
        case DHCP6_EVENT_USE_MULTICAST:
                must(req->is_unicast && seen->status_code == 5 && seen->ias == 0);
                must(seen->options == 0);
                break;
        case DHCP6_EVENT_INFORMED:
                must(req->type == 11 && seen->ias == 0 && seen->status == 0);
                break;
        case DHCP6_EVENT_DECLINED:
        case DHCP6_EVENT_RELEASED:
        case DHCP6_EVENT_NO_BINDING:
                must(req->type == 8 || req->type == 9);
                must(seen->status == 1 && seen->status_code == 0 && seen->granted == 0);
                break;
        default:
                must(false);
        }
}

static void decide(const struct dhcp_conf *conf, const struct dhcp6_request *req)
{
        static struct dhcp6_reply reply, again;
        struct seen seen = { 0 };
        enum dhcp6_event event = dhcp6_decide(conf, req, &reply);

        must(dhcp6_decide(conf, req, &again) == event && again.len == reply.len);
        must(memcmp(again.data, reply.data, reply.len) == 0);
        must((reply.len == 0) == (event < DHCP6_EVENT_OFFERED));
        if (reply.len == 0)
                return;
        must(reply.len <= DHCP6_REPLY_MAX);
        must(conf->mtu_bytes < 1280 || reply.len + 48 <= conf->mtu_bytes);
        read_reply(conf, req, &reply, &seen);
        must_match_event(conf, req, event, &seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        static struct dhcp_conf conf;
        static struct dhcp6_request req;
        struct reader r = reader_init(data, len);
        uint8_t flags;

        make_conf(&r, &conf, &flags);
        if (r.failed)
                return 0;
        memset(&req, 0, sizeof(req));
        if (dhcp6_request_parse(r.p, r.left, &req) != DHCP6_FLAW_NONE)
                return 0;
        must_survive_a_round_trip(&req);
        req.is_unicast = flags & FLAG_UNICAST;
        decide(&conf, &req);
        return 0;
}
