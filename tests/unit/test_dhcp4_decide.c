/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_dhcp4_decide.c - the corners of RFC 2131; the main road is in test_dhcp4.c
 */
#include "dhcp/dhcp4_decide.h"
#include "tests/unit/dhcp_fixture.h"

static struct dhcp4_request request(uint8_t type)
{
        struct dhcp4_request req = { .xid = 1, .type = type };

        memcpy(req.chaddr, guest_mac, MAC_LEN);
        return req;
}

static void ask_for(struct dhcp4_request *req, const char *codes, uint8_t n)
{
        memcpy(req->parameters, codes, n);
        req->n_parameters = n;
}

/* The codes in a reply in their order, as text; a reply that cannot be parsed fails the test. */
static const char *codes_of(const struct dhcp4_reply *reply)
{
        static char text[256];
        uint8_t *copy = exact_copy(reply->data, reply->len), code, len;
        struct reader r = reader_init(copy, reply->len);
        size_t n = 0;

        text[0] = '\0';
        ck_assert_ptr_nonnull(reader_take(&r, 240));
        while (next_option(&r, &code, &len))
                n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u", n ? " " : "", code);
        free(copy);
        return text;
}

struct found {
        uint8_t len;
        const uint8_t *value;
};

static bool find(const struct dhcp4_reply *reply, uint8_t wanted, struct found *ret)
{
        struct reader r = reader_init(reply->data, reply->len);
        uint8_t code;

        reader_take(&r, 240);
        while ((ret->value = next_option(&r, &code, &ret->len)))
                if (code == wanted)
                        return true;
        return false;
}

static struct in_addr found_addr(const struct found *found)
{
        struct in_addr addr;

        ck_assert_uint_eq(found->len, 4);
        memcpy(&addr, found->value, 4);
        return addr;
}

START_TEST(test_decide_no_list_gives_all_most_wanted_first)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp4_reply reply;

        dhcp4_decide(&conf, &req, &reply);
        ck_assert_str_eq(codes_of(&reply), "53 54 51 1 121 3 6 26 15 28 12 119");
}
END_TEST

/* RFC 2132 section 3.3 goes before the client's order. */
START_TEST(test_decide_router_asked_before_mask_mask_stands_first)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp4_reply reply;

        ask_for(&req, "\x06\x03\x01\x03\xfe", 5);
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_str_eq(codes_of(&reply), "53 54 51 6 1 3 121 26 15 28 12 119");
}
END_TEST

START_TEST(test_decide_no_room_gives_up_the_least_wanted_in_the_clients_order)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp4_reply reply;

        for (uint32_t i = 0; i < 30; i++)
                conf.routes[i] = (struct dhcp4_route){ ip("10.1.0.0"), 16, ip("10.244.1.1") };
        conf.n_routes = 30; /* 212 bytes: of 548, all but the search list takes 521 */
        ask_for(&req, "\x77\x0c\x79\x06", 4);
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_uint_le(reply.len, 576 - 28);
        /* The search list, asked for first, has to go: it is the least wanted. No default route, so
         * no router. */
        ck_assert_str_eq(codes_of(&reply), "53 54 51 12 121 6 1 26 15 28");
}
END_TEST

static const struct {
        uint16_t asked, mtu, most;
} sizes[] = {
        { 0, 1450, 576 },      { 300, 1450, 576 },    { 576, 1450, 576 }, { 1000, 1450, 1000 },
        { 65535, 1450, 1450 }, { 65535, 9000, 1528 }, { 1500, 296, 576 },
};

START_TEST(test_decide_maximum_size_is_respected)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp4_reply reply;

        for (uint32_t i = 0; i < DHCP_MAX_SEARCHES; i++)
                snprintf(conf.searches[i], PODNET_DOMAIN_LEN, "%.*s%u.example", 20 + (int)i,
                         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", i);
        conf.n_searches = DHCP_MAX_SEARCHES;
        for (uint32_t n = 0; n <= DHCP_MAX_ROUTES; n++) {
                conf.n_routes = n;
                req.max_message_bytes = sizes[_i].asked;
                conf.mtu_bytes = sizes[_i].mtu;
                dhcp4_decide(&conf, &req, &reply);
                ck_assert_uint_gt(reply.len, 0);
                ck_assert_uint_le(reply.len, sizes[_i].most - 28u);
                codes_of(&reply);
        }
}
END_TEST

START_TEST(test_decide_longest_client_id_still_leaves_a_reply)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_REQUEST);
        struct dhcp4_reply reply;
        struct found option;

        req.ciaddr = conf.address;
        req.client_id_len = 255;
        conf.lease_sec = 3600;
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_ACKED);
        ck_assert(find(&reply, DHCP4_OPT_CLIENT_ID, &option) && option.len == 255);
        ck_assert(find(&reply, DHCP4_OPT_SUBNET_MASK, &option));
}
END_TEST

START_TEST(test_decide_inform_without_ciaddr_is_broadcast)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_INFORM);
        struct dhcp4_reply reply;

        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_INFORMED);
        ck_assert_uint_eq(reply.dst_ip.s_addr, INADDR_BROADCAST);
}
END_TEST

START_TEST(test_decide_bootp_gets_the_address_without_dhcp_options)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(0);
        struct dhcp4_reply reply;

        dhcp4_decide(&conf, &req, &reply);
        ck_assert_mem_eq(reply.data + 16, &conf.address, 4);
        ck_assert_str_eq(codes_of(&reply), "1 121 3 6 26 15 28 12 119");
}
END_TEST

static const struct {
        uint8_t type;
        const char *server_id;
        enum dhcp4_event event;
} goodbyes[] = {
        { DHCP4_DECLINE, "169.254.75.10", DHCP4_EVENT_DECLINED },
        { DHCP4_DECLINE, NULL, DHCP4_EVENT_DECLINED },
        { DHCP4_DECLINE, "10.0.0.1", DHCP4_EVENT_SILENT_OTHER_SERVER },
        { DHCP4_RELEASE, "169.254.75.10", DHCP4_EVENT_RELEASED },
        { DHCP4_RELEASE, "10.0.0.1", DHCP4_EVENT_SILENT_OTHER_SERVER },
        { DHCP4_OFFER, NULL, DHCP4_EVENT_SILENT_UNKNOWN },
        { 99, NULL, DHCP4_EVENT_SILENT_UNKNOWN },
};

START_TEST(test_decide_goodbyes_are_never_answered)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(goodbyes[_i].type);
        struct dhcp4_reply reply;

        if (goodbyes[_i].server_id) {
                req.has_server_id = true;
                req.server_id = ip(goodbyes[_i].server_id);
        }
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), goodbyes[_i].event);
        ck_assert_uint_eq(reply.len, 0);
}
END_TEST

/* RFC 2131 section 4.1: ciaddr goes before the broadcast flag; a NAK is broadcast in any case. */
static const struct {
        const char *ciaddr;
        uint16_t flags;
        const char *dst;
        bool broadcast_mac;
} addressing[] = {
        { "0.0.0.0", 0, "10.244.1.7", false },
        { "0.0.0.0", DHCP4_FLAG_BROADCAST, "255.255.255.255", true },
        { "10.244.1.7", 0, "10.244.1.7", false },
        { "10.244.1.7", DHCP4_FLAG_BROADCAST, "10.244.1.7", false },
        { "10.244.1.9", 0, "255.255.255.255", true },
};

START_TEST(test_decide_reply_address_table)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_REQUEST);
        struct dhcp4_reply reply;

        req.flags = addressing[_i].flags;
        req.ciaddr = ip(addressing[_i].ciaddr);
        if (req.ciaddr.s_addr == 0) {
                req.has_requested = true;
                req.requested = conf.address;
        }
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_uint_eq(reply.dst_ip.s_addr, ip(addressing[_i].dst).s_addr);
        ck_assert_mem_eq(reply.dst_mac,
                         addressing[_i].broadcast_mac ? (const uint8_t *)"\xff\xff\xff\xff\xff\xff"
                                                      : guest_mac,
                         MAC_LEN);
}
END_TEST

START_TEST(test_decide_nak_tells_nothing_but_type_server_and_client)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_REQUEST);
        struct dhcp4_reply reply;

        req.ciaddr = ip("10.9.9.9");
        req.client_id_len = 7;
        ask_for(&req, "\1\3\6", 3);
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_str_eq(codes_of(&reply), "53 54 61");
        ck_assert_mem_eq(reply.data + 12, "\0\0\0\0\0\0\0\0", 8); /* ciaddr, yiaddr */
}
END_TEST

static const struct {
        uint8_t len;
        const char *mask, *broadcast; /* NULL: no option 28 */
} prefixes[] = {
        { 8, "255.0.0.0", "10.255.255.255" },
        { 30, "255.255.255.252", "10.244.1.7" },
        { 31, "255.255.255.254", NULL },
        { 32, "255.255.255.255", NULL },
};

START_TEST(test_decide_mask_and_broadcast_table)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp4_reply reply;
        struct found option;

        conf.prefix_len = prefixes[_i].len;
        dhcp4_decide(&conf, &req, &reply);
        ck_assert(find(&reply, DHCP4_OPT_SUBNET_MASK, &option));
        ck_assert_uint_eq(found_addr(&option).s_addr, ip(prefixes[_i].mask).s_addr);
        ck_assert(find(&reply, DHCP4_OPT_BROADCAST, &option) == (prefixes[_i].broadcast != NULL));
        if (prefixes[_i].broadcast)
                ck_assert_uint_eq(found_addr(&option).s_addr, ip(prefixes[_i].broadcast).s_addr);
}
END_TEST

START_TEST(test_decide_domain_is_the_most_specific_search_domain)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp4_reply reply;
        struct found option;

        dhcp4_decide(&conf, &req, &reply);
        ck_assert(find(&reply, DHCP4_OPT_DOMAIN_NAME, &option));
        ck_assert_uint_eq(option.len, strlen("default.svc.cluster.local"));
        ck_assert_mem_eq(option.value, "default.svc.cluster.local", option.len);
}
END_TEST

START_TEST(test_decide_bare_pod_gets_no_empty_options)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp4_reply reply;

        conf.n_routes = conf.n_dns = conf.n_searches = conf.mtu_bytes = 0;
        conf.hostname[0] = '\0';
        ask_for(&req, "\3\6\x0c\x0f\x1a\x77\x79", 7);
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_str_eq(codes_of(&reply), "53 54 51 1 28");
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_decide_no_list_gives_all_most_wanted_first);
        tcase_add_test(tc, test_decide_router_asked_before_mask_mask_stands_first);
        tcase_add_test(tc, test_decide_no_room_gives_up_the_least_wanted_in_the_clients_order);
        tcase_add_loop_test(tc, test_decide_maximum_size_is_respected, 0, ARRAY_SIZE(sizes));
        tcase_add_test(tc, test_decide_longest_client_id_still_leaves_a_reply);
        tcase_add_test(tc, test_decide_inform_without_ciaddr_is_broadcast);
        tcase_add_test(tc, test_decide_bootp_gets_the_address_without_dhcp_options);
        tcase_add_loop_test(tc, test_decide_goodbyes_are_never_answered, 0, ARRAY_SIZE(goodbyes));
        tcase_add_loop_test(tc, test_decide_reply_address_table, 0, ARRAY_SIZE(addressing));
        tcase_add_test(tc, test_decide_nak_tells_nothing_but_type_server_and_client);
        tcase_add_loop_test(tc, test_decide_mask_and_broadcast_table, 0, ARRAY_SIZE(prefixes));
        tcase_add_test(tc, test_decide_domain_is_the_most_specific_search_domain);
        tcase_add_test(tc, test_decide_bare_pod_gets_no_empty_options);
}

int main(void)
{
        return fixture_main("dhcp4_decide", add_tests);
}
