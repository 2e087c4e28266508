/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_dhcp4.c - messages, the decision and the responder: client and server meet in memory
 */
#include <arpa/inet.h>
#include <check.h>
#include <string.h>

#include "dhcp/dhcp4_decide.h"
#include "dhcp/frame.h"
#include "dhcp/responder.h"

static const uint8_t guest[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 7 };
static const uint8_t stranger[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 8 };

static struct in_addr ip(const char *text)
{
        struct in_addr addr;

        ck_assert_int_eq(inet_pton(AF_INET, text, &addr), 1);
        return addr;
}

static struct dhcp_conf make_conf(void)
{
        struct dhcp_conf conf = {
                .magic = DHCP_CONF_MAGIC,
                .size = sizeof(conf),
                .tap = "tap0",
                .server_mac = { 2, 0, 0, 0, 0, 1 },
                .prefix_len = 32,
                .mtu_bytes = 1450,
                .lease_sec = DHCP_LEASE_INFINITE,
                .n_routes = 2,
                .n_dns = 1,
                .n_searches = 2,
                .searches = { "default.svc.cluster.local", "svc.cluster.local" },
                .hostname = "vm",
        };

        memcpy(conf.guest_mac, guest, MAC_LEN);
        conf.server_ip = ip("169.254.75.10");
        conf.address = ip("10.244.1.7");
        conf.routes[0] = (struct dhcp4_route){ ip("169.254.1.1"), 32, { 0 } };
        conf.routes[1] = (struct dhcp4_route){ ip("0.0.0.0"), 0, ip("169.254.1.1") };
        conf.dns[0] = ip("10.96.0.10");
        return conf;
}

/* --- a client's message --- */

struct message {
        uint8_t data[600];
        struct writer w;
};

static void message_begin(struct message *m, uint16_t flags, const char *ciaddr, const uint8_t *mac)
{
        struct in_addr addr = ip(ciaddr);

        m->w = writer_init(m->data, sizeof(m->data));
        write_u8(&m->w, 1);
        write_u8(&m->w, 1);
        write_u8(&m->w, 6);
        write_u8(&m->w, 0);
        write_u32(&m->w, 0x12345678);
        write_u16(&m->w, 0);
        write_u16(&m->w, flags);
        write_bytes(&m->w, &addr, 4);
        write_zeros(&m->w, 12);
        write_bytes(&m->w, mac, MAC_LEN);
        write_zeros(&m->w, 10 + 64 + 128);
        write_u32(&m->w, DHCP4_COOKIE);
}

static struct dhcp4_request message_parse(struct message *m)
{
        struct dhcp4_request req;
        uint8_t *exact;

        write_u8(&m->w, DHCP4_OPT_END);
        exact = malloc(m->w.len); /* so that a sanitizer sees every overread */
        memcpy(exact, m->data, m->w.len);
        ck_assert_int_eq(dhcp4_request_parse(exact, m->w.len, &req), 0);
        free(exact);
        return req;
}

static struct dhcp4_request request_of(uint8_t type)
{
        struct message m;

        message_begin(&m, 0, "0.0.0.0", guest);
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, type);
        return message_parse(&m);
}

/* Find option @code in a reply; -1: not there. */
static int find_option(const struct dhcp4_reply *reply, uint8_t code, const uint8_t **ret)
{
        size_t at = 240;

        while (at + 1 < reply->len && reply->data[at] != DHCP4_OPT_END) {
                if (reply->data[at] == code) {
                        *ret = reply->data + at + 2;
                        return reply->data[at + 1];
                }
                at += 2u + reply->data[at + 1];
        }
        return -1;
}

static uint8_t reply_type(const struct dhcp4_reply *reply)
{
        const uint8_t *value;

        return find_option(reply, DHCP4_OPT_MESSAGE_TYPE, &value) == 1 ? *value : 0;
}

START_TEST(test_request_parse_every_truncation_is_refused_or_harmless)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, 0, "0.0.0.0", guest);
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_DISCOVER);
        write_option(&m.w, DHCP4_OPT_HOST_NAME, "some-guest", 10);
        for (size_t len = 0; len < m.w.len; len++) {
                uint8_t *exact = malloc(len ? len : 1);

                memcpy(exact, m.data, len);
                /* Up to the cookie it is no message; a cut between options only loses some. */
                if (len < 240)
                        ck_assert_int_eq(dhcp4_request_parse(exact, len, &req), -EBADMSG);
                else if (len == 241 || len == 242 || (len > 243 && len < 255))
                        ck_assert_int_eq(dhcp4_request_parse(exact, len, &req), -EBADMSG);
                else
                        ck_assert_int_eq(dhcp4_request_parse(exact, len, &req), 0);
                free(exact);
        }
}
END_TEST

static const struct {
        size_t at;
        uint8_t value;
} broken[] = { { 0, 2 }, { 1, 6 }, { 2, 16 }, { 236, 0 }, { 239, 1 } };

START_TEST(test_request_parse_wrong_header_is_refused)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, 0, "0.0.0.0", guest);
        write_u8(&m.w, DHCP4_OPT_END);
        ck_assert_int_eq(dhcp4_request_parse(m.data, m.w.len, &req), 0);
        m.data[broken[_i].at] = broken[_i].value;
        ck_assert_int_eq(dhcp4_request_parse(m.data, m.w.len, &req), -EBADMSG);
}
END_TEST

START_TEST(test_request_parse_overloaded_fields_are_read)
{
        struct dhcp4_request req;
        struct message m;

        message_begin(&m, 0, "0.0.0.0", guest);
        write_option_u8(&m.w, DHCP4_OPT_OVERLOAD, 3);
        m.data[108] = DHCP4_OPT_MESSAGE_TYPE; /* file */
        m.data[109] = 1;
        m.data[110] = DHCP4_DISCOVER;
        m.data[111] = DHCP4_OPT_END;
        m.data[44] = DHCP4_OPT_HOST_NAME; /* sname */
        m.data[45] = 2;
        m.data[46] = 'v';
        m.data[47] = 'm';
        m.data[48] = DHCP4_OPT_END;
        req = message_parse(&m);
        ck_assert_uint_eq(req.type, DHCP4_DISCOVER);
        ck_assert_str_eq(req.host_name, "vm");
}
END_TEST

START_TEST(test_decide_discover_offers_pod_address)
{
        struct dhcp_conf conf = make_conf();
        struct dhcp4_request req = request_of(DHCP4_DISCOVER);
        struct dhcp4_reply reply;
        const uint8_t *value;

        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_OFFERED);
        ck_assert_uint_eq(reply_type(&reply), DHCP4_OFFER);
        ck_assert_mem_eq(reply.data + 16, &conf.address, 4);
        ck_assert_uint_ge(reply.len, 300);
        ck_assert_mem_eq(reply.dst_mac, guest, MAC_LEN);
        ck_assert_uint_eq(reply.dst_ip.s_addr, conf.address.s_addr);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_SERVER_ID, &value), 4);
        ck_assert_mem_eq(value, &conf.server_ip, 4);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_MTU, &value), 2);
        ck_assert_uint_eq(value[0] << 8 | value[1], 1450);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_LEASE_TIME, &value), 4);
        ck_assert_mem_eq(value, "\xff\xff\xff\xff", 4);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_T1, &value), -1);
}
END_TEST

START_TEST(test_decide_classless_routes_default_last_onlink_gateway_zero)
{
        static const uint8_t expected[] = { 32, 169, 254, 1, 1, 0, 0, 0, 0, 0, 169, 254, 1, 1 };
        struct dhcp_conf conf = make_conf();
        struct dhcp4_request req = request_of(DHCP4_DISCOVER);
        struct dhcp4_reply reply;
        const uint8_t *value;

        dhcp4_decide(&conf, &req, &reply);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_CLASSLESS_ROUTES, &value), sizeof(expected));
        ck_assert_mem_eq(value, expected, sizeof(expected));
}
END_TEST

START_TEST(test_decide_finite_lease_has_t1_and_t2)
{
        struct dhcp_conf conf = make_conf();
        struct dhcp4_request req = request_of(DHCP4_DISCOVER);
        struct dhcp4_reply reply;
        const uint8_t *value;

        conf.lease_sec = 800;
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_T1, &value), 4);
        ck_assert_mem_eq(value, "\0\0\x01\x90", 4);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_T2, &value), 4);
        ck_assert_mem_eq(value, "\0\0\x02\xbc", 4);
}
END_TEST

/* REQUEST in its four states (RFC 2131 section 4.3.2), and what comes of it. */
static const struct {
        const char *name, *server_id, *requested, *ciaddr;
        enum dhcp4_event event;
        uint8_t type;
} requests[] = {
        { "selecting", "169.254.75.10", "10.244.1.7", "0.0.0.0", DHCP4_EVENT_ACKED, DHCP4_ACK },
        { "selecting another server", "10.0.0.1", "10.244.1.7", "0.0.0.0",
          DHCP4_EVENT_SILENT_OTHER_SERVER, 0 },
        { "selecting a wrong address", "169.254.75.10", "10.9.9.9", "0.0.0.0", DHCP4_EVENT_NAKED,
          DHCP4_NAK },
        { "init-reboot", NULL, "10.244.1.7", "0.0.0.0", DHCP4_EVENT_ACKED, DHCP4_ACK },
        { "init-reboot, moved", NULL, "192.168.1.1", "0.0.0.0", DHCP4_EVENT_NAKED, DHCP4_NAK },
        { "renewing or rebinding", NULL, NULL, "10.244.1.7", DHCP4_EVENT_ACKED, DHCP4_ACK },
        { "renewing a wrong address", NULL, NULL, "10.244.1.9", DHCP4_EVENT_NAKED, DHCP4_NAK },
};

START_TEST(test_decide_request_table)
{
        struct dhcp_conf conf = make_conf();
        struct dhcp4_request req;
        struct dhcp4_reply reply;
        struct message m;

        message_begin(&m, 0, requests[_i].ciaddr, guest);
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_REQUEST);
        if (requests[_i].server_id)
                write_option_addr(&m.w, DHCP4_OPT_SERVER_ID, ip(requests[_i].server_id));
        if (requests[_i].requested)
                write_option_addr(&m.w, DHCP4_OPT_REQUESTED_ADDRESS, ip(requests[_i].requested));
        req = message_parse(&m);
        ck_assert_msg(dhcp4_decide(&conf, &req, &reply) == requests[_i].event, "%s",
                      requests[_i].name);
        ck_assert_uint_eq(reply.len > 0 ? reply_type(&reply) : 0, requests[_i].type);
        if (requests[_i].type == DHCP4_NAK) {
                ck_assert_uint_eq(reply.dst_ip.s_addr, INADDR_BROADCAST);
                ck_assert_mem_eq(reply.data + 16, "\0\0\0\0", 4);
        } else if (strcmp(requests[_i].ciaddr, "0.0.0.0") != 0) {
                ck_assert_uint_eq(reply.dst_ip.s_addr, conf.address.s_addr);
        }
}
END_TEST

START_TEST(test_decide_broadcast_flag_broadcasts)
{
        struct dhcp_conf conf = make_conf();
        struct dhcp4_request req;
        struct dhcp4_reply reply;
        struct message m;

        message_begin(&m, DHCP4_FLAG_BROADCAST, "0.0.0.0", guest);
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_DISCOVER);
        req = message_parse(&m);
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_uint_eq(reply.dst_ip.s_addr, INADDR_BROADCAST);
        ck_assert_mem_eq(reply.dst_mac, "\xff\xff\xff\xff\xff\xff", 6);
}
END_TEST

START_TEST(test_decide_inform_has_no_address_and_no_lease)
{
        struct dhcp_conf conf = make_conf();
        struct dhcp4_request req;
        struct dhcp4_reply reply;
        struct message m;
        const uint8_t *value;

        message_begin(&m, 0, "10.244.1.7", guest);
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_INFORM);
        req = message_parse(&m);
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_INFORMED);
        ck_assert_mem_eq(reply.data + 16, "\0\0\0\0", 4);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_LEASE_TIME, &value), -1);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_DNS, &value), 4);
}
END_TEST

START_TEST(test_decide_other_client_and_relay_are_silence)
{
        struct dhcp_conf conf = make_conf();
        struct dhcp4_request req = request_of(DHCP4_DISCOVER);
        struct dhcp4_reply reply;

        memcpy(req.chaddr, stranger, MAC_LEN);
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_SILENT_OTHER_CLIENT);
        ck_assert_uint_eq(reply.len, 0);
        req = request_of(DHCP4_DISCOVER);
        req.giaddr = ip("10.0.0.1");
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_SILENT_RELAYED);
        ck_assert_uint_eq(reply.len, 0);
}
END_TEST

START_TEST(test_decide_client_id_echoed_and_list_order_kept)
{
        static const uint8_t wanted[] = { DHCP4_OPT_DNS, DHCP4_OPT_HOST_NAME,
                                          DHCP4_OPT_SUBNET_MASK };
        struct dhcp_conf conf = make_conf();
        struct dhcp4_request req;
        struct dhcp4_reply reply;
        struct message m;
        const uint8_t *dns, *name, *mask, *id;

        message_begin(&m, 0, "0.0.0.0", guest);
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_DISCOVER);
        write_option(&m.w, DHCP4_OPT_CLIENT_ID, "\1abcdef", 7);
        write_option(&m.w, DHCP4_OPT_PARAMETER_LIST, wanted, sizeof(wanted));
        req = message_parse(&m);
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_CLIENT_ID, &id), 7);
        ck_assert_mem_eq(id, "\1abcdef", 7);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_DNS, &dns), 4);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_HOST_NAME, &name), 2);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_SUBNET_MASK, &mask), 4);
        ck_assert(dns < name && name < mask);
}
END_TEST

START_TEST(test_decide_small_maximum_drops_least_wanted_never_fails)
{
        struct dhcp_conf conf = make_conf();
        struct dhcp4_request req = request_of(DHCP4_DISCOVER);
        struct dhcp4_reply reply;
        const uint8_t *value;

        for (uint32_t i = 0; i < DHCP_MAX_SEARCHES; i++)
                snprintf(conf.searches[i], PODNET_DOMAIN_LEN,
                         "a-rather-long-label-%u.another-label-%u.example", i, i);
        conf.n_searches = DHCP_MAX_SEARCHES;
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_uint_le(reply.len, 576 - 28);
        ck_assert_int_eq(find_option(&reply, DHCP4_OPT_DOMAIN_SEARCH, &value), -1);
        ck_assert_int_gt(find_option(&reply, DHCP4_OPT_CLASSLESS_ROUTES, &value), 0);
}
END_TEST

START_TEST(test_search_compression_points_back)
{
        static const uint8_t expected[] = "\4blue\3svc\7example\0\3red\xc0\x05";
        static const char domains[][PODNET_DOMAIN_LEN] = { "blue.svc.example", "red.svc.example" };
        uint8_t buf[128];

        ck_assert_uint_eq(dhcp4_encode_search(domains, 2, buf, sizeof(buf)), sizeof(expected) - 1);
        ck_assert_mem_eq(buf, expected, sizeof(expected) - 1);
}
END_TEST

/* --- frames and the responder, over a fake transport --- */

struct fake {
        struct transport transport;
        uint8_t sent[2048];
        size_t sent_len;
        int fail;
};

static int fake_send(struct transport *t, const void *frame, size_t len)
{
        struct fake *fake = (struct fake *)t;

        if (fake->fail)
                return fake->fail;
        memcpy(fake->sent, frame, len);
        fake->sent_len = len;
        return 0;
}

static struct dhcp_shared shared;

static void deliver(struct fake *fake, const uint8_t *frame, size_t len, struct transport_info info)
{
        struct dhcp_conf conf = make_conf();
        struct responder r = { &conf, &shared, &fake->transport };
        uint8_t *exact = malloc(len ? len : 1);

        fake->transport.send = fake_send;
        fake->sent_len = 0;
        memcpy(exact, frame, len);
        responder_handle(&r, exact, len, &info);
        free(exact);
}

static int discover_frame(uint8_t *buf, size_t size, const uint8_t *mac)
{
        struct message m;

        message_begin(&m, 0, "0.0.0.0", mac);
        write_option_u8(&m.w, DHCP4_OPT_MESSAGE_TYPE, DHCP4_DISCOVER);
        write_u8(&m.w, DHCP4_OPT_END);
        return frame_write_udp(buf, size, mac, (const uint8_t *)"\xff\xff\xff\xff\xff\xff",
                               ip("0.0.0.0"), ip("255.255.255.255"), 68, 67, m.data, m.w.len);
}

START_TEST(test_responder_discover_is_offered_with_good_checksums)
{
        struct fake fake = { .fail = 0 };
        uint8_t buf[1024];
        int len = discover_frame(buf, sizeof(buf), guest);
        struct frame reply;

        memset(&shared, 0, sizeof(shared));
        deliver(&fake, buf, (size_t)len, (struct transport_info){ 0 });
        ck_assert_uint_gt(fake.sent_len, 0);
        reply = frame_parse(fake.sent, fake.sent_len, false);
        ck_assert_int_eq(reply.kind, FRAME_UDP);
        ck_assert_uint_eq(reply.src_port, 67);
        ck_assert_uint_eq(reply.dst_port, 68);
        ck_assert_uint_eq(shared.discover, 1);
        ck_assert_uint_eq(shared.offer, 1);
        ck_assert_uint_eq(shared.lease_state, DHCP_LEASE_OFFERED);
}
END_TEST

START_TEST(test_responder_partial_checksum_accepted_only_when_told)
{
        struct fake fake = { .fail = 0 };
        uint8_t buf[1024];
        int len = discover_frame(buf, sizeof(buf), guest);

        memset(&shared, 0, sizeof(shared));
        buf[40] ^= 0xff; /* UDP checksum */
        deliver(&fake, buf, (size_t)len, (struct transport_info){ 0 });
        ck_assert_uint_eq(fake.sent_len, 0);
        ck_assert_uint_eq(shared.drop_checksum, 1);
        deliver(&fake, buf, (size_t)len, (struct transport_info){ .partial_checksum = true });
        ck_assert_uint_gt(fake.sent_len, 0);
}
END_TEST

START_TEST(test_responder_drops_and_counts)
{
        struct fake fake = { .fail = 0 };
        uint8_t buf[1024];
        int len = discover_frame(buf, sizeof(buf), stranger);

        memset(&shared, 0, sizeof(shared));
        deliver(&fake, buf, (size_t)len, (struct transport_info){ 0 });
        ck_assert_uint_eq(shared.drop_other_client, 1);
        len = discover_frame(buf, sizeof(buf), guest);
        deliver(&fake, buf, (size_t)len, (struct transport_info){ .tagged = true });
        ck_assert_uint_eq(shared.drop_vlan, 1);
        buf[20] |= 0x20; /* more fragments; the header's checksum with it */
        buf[24] -= 0x20;
        deliver(&fake, buf, (size_t)len, (struct transport_info){ 0 });
        ck_assert_uint_eq(shared.drop_fragment, 1);
        ck_assert_uint_eq(fake.sent_len, 0);
        fake.fail = -ENOBUFS;
        len = discover_frame(buf, sizeof(buf), guest);
        deliver(&fake, buf, (size_t)len, (struct transport_info){ 0 });
        ck_assert_uint_eq(shared.send_failed, 1);
}
END_TEST

START_TEST(test_responder_every_truncation_survives)
{
        struct fake fake = { .fail = 0 };
        uint8_t buf[1024];
        int len = discover_frame(buf, sizeof(buf), guest);

        for (int cut = 0; cut < len; cut++)
                deliver(&fake, buf, (size_t)cut,
                        (struct transport_info){ .partial_checksum = true });
        ck_assert_uint_eq(fake.sent_len, 0); /* the IP length told of every cut */
}
END_TEST

static size_t arp_frame(uint8_t *buf, const char *sender, const char *target)
{
        struct writer w = writer_init(buf, 64);
        struct in_addr from = ip(sender), to = ip(target);

        write_bytes(&w, "\xff\xff\xff\xff\xff\xff", 6);
        write_bytes(&w, guest, 6);
        write_bytes(&w, "\x08\x06\0\1\x08\0\6\4\0\1", 10);
        write_bytes(&w, guest, 6);
        write_bytes(&w, &from, 4);
        write_zeros(&w, 6);
        write_bytes(&w, &to, 4);
        return w.len;
}

START_TEST(test_responder_arp_only_for_the_server)
{
        struct fake fake = { .fail = 0 };
        struct dhcp_conf conf = make_conf();
        uint8_t buf[64];

        deliver(&fake, buf, arp_frame(buf, "10.244.1.7", "169.254.75.10"),
                (struct transport_info){ 0 });
        ck_assert_uint_eq(fake.sent_len, 42);
        ck_assert_mem_eq(fake.sent + 22, conf.server_mac, MAC_LEN);
        ck_assert_mem_eq(fake.sent + 28, &conf.server_ip, 4);
        /* The guest's probe for its own address (RFC 5227) must find nobody. */
        deliver(&fake, buf, arp_frame(buf, "0.0.0.0", "10.244.1.7"), (struct transport_info){ 0 });
        ck_assert_uint_eq(fake.sent_len, 0);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("dhcp4");
        TCase *tc = tcase_create("dhcp4");
        SRunner *runner;
        int failed;

        tcase_add_test(tc, test_request_parse_every_truncation_is_refused_or_harmless);
        tcase_add_loop_test(tc, test_request_parse_wrong_header_is_refused, 0, ARRAY_SIZE(broken));
        tcase_add_test(tc, test_request_parse_overloaded_fields_are_read);
        tcase_add_test(tc, test_decide_discover_offers_pod_address);
        tcase_add_test(tc, test_decide_classless_routes_default_last_onlink_gateway_zero);
        tcase_add_test(tc, test_decide_finite_lease_has_t1_and_t2);
        tcase_add_loop_test(tc, test_decide_request_table, 0, ARRAY_SIZE(requests));
        tcase_add_test(tc, test_decide_broadcast_flag_broadcasts);
        tcase_add_test(tc, test_decide_inform_has_no_address_and_no_lease);
        tcase_add_test(tc, test_decide_other_client_and_relay_are_silence);
        tcase_add_test(tc, test_decide_client_id_echoed_and_list_order_kept);
        tcase_add_test(tc, test_decide_small_maximum_drops_least_wanted_never_fails);
        tcase_add_test(tc, test_search_compression_points_back);
        tcase_add_test(tc, test_responder_discover_is_offered_with_good_checksums);
        tcase_add_test(tc, test_responder_partial_checksum_accepted_only_when_told);
        tcase_add_test(tc, test_responder_drops_and_counts);
        tcase_add_test(tc, test_responder_every_truncation_survives);
        tcase_add_test(tc, test_responder_arp_only_for_the_server);
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
