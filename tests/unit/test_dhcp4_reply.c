/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_dhcp4_reply.c - what is in a reply, and what becomes of it where there is no room
 */
#include "tests/unit/dhcp_reply.h"

static struct reply_view *decided(const struct dhcp_conf *conf, const struct dhcp4_request *req)
{
        struct dhcp4_reply reply;

        dhcp4_decide(conf, req, &reply);
        ck_assert_uint_gt(reply.len, 0);
        return view(&reply);
}

/* A pod with @n routes of seven bytes each, and a default route. */
static struct podnet *net_with_routes(int n)
{
        struct podnet *net = bare_net("10.244.1.7/24");
        char dst[32];

        for (int i = 0; i < n; i++) {
                snprintf(dst, sizeof(dst), "10.%d.0.0/16", i);
                add_route(net, dst, "10.244.1.1");
        }
        add_route(net, "0.0.0.0/0", "10.244.1.1");
        return net;
}

static void add_searches(struct podnet *net, int n)
{
        char domain[PODNET_DOMAIN_LEN];

        for (int i = 0; i < n; i++) {
                snprintf(domain, sizeof(domain), "%.*s%d.example", 1 + i % 26,
                         "abcdefghijklmnopqrstuvwxyz", i);
                podnet_add_search(net, domain);
        }
}

/* --- content --- */

START_TEST(test_reply_no_list_gives_all_most_wanted_first)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);

        ck_assert_str_eq(decided(&conf, &req)->codes, "53 54 51 1 121 3 6 26 15 28 12 119");
}
END_TEST

START_TEST(test_reply_follows_the_clients_list_mask_before_router)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);

        ask_for(&req, "\x06\x03\x01\x03\xfe\x36", 6);
        ck_assert_str_eq(decided(&conf, &req)->codes, "53 54 51 6 1 3 121 26 15 28 12 119");
}
END_TEST

START_TEST(test_reply_values_are_the_pods)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        const struct reply_view *v = decided(&conf, &req);

        assert_option(v, 1, "\377\377\377\0", 4);
        assert_option(v, 3, "\12\364\1\1", 4);
        assert_option(v, 6, "\12\140\0\12", 4);
        assert_option(v, 12, "vm", 2);
        assert_option(v, 15, "default.svc.cluster.local", 25);
        assert_option(v, 26, "\5\252", 2);
        assert_option(v, 28, "\12\364\1\377", 4);
        assert_option(v, 119, "\3svc\7cluster\5local\0\7default\300\0", 29);
        assert_option(v, 121, "\0\12\364\1\1", 5);
}
END_TEST

/* A gateway off the pod's subnet needs a route on the link first; the default route comes last. */
START_TEST(test_reply_routes_are_in_install_order_default_last)
{
        struct podnet *net = bare_net("10.244.1.7/32");
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp_conf conf;

        add_route(net, "0.0.0.0/0", "169.254.1.1");
        add_route(net, "169.254.1.1/32", NULL);
        add_route(net, "10.31.7.9/12", "169.254.1.1"); /* host bits are not sent */
        conf = conf_of(net, NULL);
        assert_option(decided(&conf, &req), 121,
                      "\40\251\376\1\1\0\0\0\0"
                      "\14\12\20\251\376\1\1"
                      "\0\251\376\1\1",
                      21);
}
END_TEST

static const struct {
        const char *address, *mask, *broadcast; /* NULL: no option 28 */
} prefixes[] = {
        { "10.244.1.7/8", "255.0.0.0", "10.255.255.255" },
        { "10.244.1.7/30", "255.255.255.252", "10.244.1.7" },
        { "10.244.1.7/31", "255.255.255.254", NULL },
        { "10.244.1.7/32", "255.255.255.255", NULL },
};

START_TEST(test_reply_mask_and_broadcast)
{
        struct dhcp_conf conf = conf_of(bare_net(prefixes[_i].address), NULL);
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        const struct reply_view *v = decided(&conf, &req);
        struct in_addr mask = ip(prefixes[_i].mask);

        assert_option(v, 1, &mask, 4);
        if (prefixes[_i].broadcast) {
                struct in_addr broadcast = ip(prefixes[_i].broadcast);

                assert_option(v, 28, &broadcast, 4);
        } else {
                assert_no_option(v, 28);
        }
}
END_TEST

START_TEST(test_reply_bare_pod_gets_no_empty_options)
{
        struct podnet *net = bare_net("10.244.1.7/24");
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp_conf conf;

        net->mtu_bytes = 0;
        conf = conf_of(net, NULL);
        ask_for(&req, "\3\6\x0c\x0f\x1a\x77\x79\xf9", 8);
        ck_assert_str_eq(decided(&conf, &req)->codes, "53 54 51 1 28");
}
END_TEST

START_TEST(test_reply_finite_lease_has_t1_and_t2)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        const struct reply_view *v;

        conf.lease_sec = 800;
        v = decided(&conf, &req);
        assert_option(v, 51, "\0\0\3\40", 4);
        assert_option(v, 58, "\0\0\1\220", 4);
        assert_option(v, 59, "\0\0\2\274", 4);
        conf.lease_sec = DHCP_LEASE_INFINITE - 1; /* seven eighths of it do not overflow */
        assert_option(decided(&conf, &req), 59, "\337\377\377\376", 4);
}
END_TEST

/* --- options that depend on who asks --- */

/* Windows before Vista knows 249 only; later ones ask for both and get both. */
static const struct {
        const char *asked;
        uint8_t n;
        bool gets_121, gets_249;
} route_codes[] = {
        { "", 0, true, false },
        { "\x79", 1, true, false },
        { "\xf9", 1, false, true },
        { "\x79\xf9", 2, true, true },
};

START_TEST(test_reply_routes_under_the_code_that_is_asked_for)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        const struct reply_view *v;

        ask_for(&req, route_codes[_i].asked, route_codes[_i].n);
        v = decided(&conf, &req);
        ck_assert((v->option[121].n > 0) == route_codes[_i].gets_121);
        ck_assert((v->option[249].n > 0) == route_codes[_i].gets_249);
        assert_option(v, route_codes[_i].gets_249 ? 249 : 121, "\0\12\364\1\1", 5);
}
END_TEST

START_TEST(test_reply_ipv6_only_is_for_who_asks)
{
        static const char *const options[] = { "ipv6-only-preferred=1800", NULL };
        struct dhcp_conf conf = conf_of(fixture_net(), options);
        struct dhcp4_request req = request(DHCP4_DISCOVER);

        assert_no_option(decided(&conf, &req), 108);
        ask_for(&req, "\1\x6c", 2);
        assert_option(decided(&conf, &req), 108, "\0\0\7\10", 4);
}
END_TEST

START_TEST(test_reply_relay_agent_is_echoed_last)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        const struct reply_view *v;

        memcpy(req.relay_agent.data, "\1\4eth0", 6);
        req.relay_agent.len = 6;
        ask_for(&req, "\x52\1", 2);
        v = decided(&conf, &req);
        assert_option(v, 82, "\1\4eth0", 6);
        ck_assert_str_eq(v->codes, "53 54 51 1 121 3 6 26 15 28 12 119 82");
}
END_TEST

START_TEST(test_reply_client_uuid_is_echoed)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);

        memset(req.client_uuid.data, 9, 17);
        req.client_uuid.len = 17;
        assert_option(decided(&conf, &req), 97, req.client_uuid.data, 17);
}
END_TEST

START_TEST(test_reply_boot_is_told_in_fields_and_options)
{
        static const char *const options[] = { "tftp-server-name=10.0.0.5",
                                               "bootfile-name=undionly.kpxe",
                                               "ipxe:bootfile-name=http://10.0.0.6/boot.ipxe",
                                               NULL };
        struct dhcp_conf conf = conf_of(fixture_net(), options);
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        const struct reply_view *v = decided(&conf, &req);

        ck_assert_str_eq(v->file, "undionly.kpxe");
        ck_assert_str_eq(v->sname, "10.0.0.5");
        ck_assert_uint_eq(v->siaddr.s_addr, ip("10.0.0.5").s_addr);
        assert_option(v, 66, "10.0.0.5", 8);
        assert_option(v, 67, "undionly.kpxe", 13);
        req.is_ipxe = true;
        v = decided(&conf, &req);
        ck_assert_str_eq(v->file, "http://10.0.0.6/boot.ipxe");
        assert_option(v, 67, "http://10.0.0.6/boot.ipxe", 25);
        ck_assert_uint_eq(v->siaddr.s_addr, ip("10.0.0.5").s_addr);
}
END_TEST

/* A name as long as the field has no room for its NUL. */
START_TEST(test_reply_boot_file_too_long_for_its_field_is_an_option)
{
        char option[16 + 128] = "67=";
        const char *const options[] = { option, NULL };
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp_conf conf;

        memset(option + 3, 'x', 127);
        conf = conf_of(fixture_net(), options);
        ck_assert_uint_eq(strlen(decided(&conf, &req)->file), 127);
        option[3 + 127] = 'x';
        conf = conf_of(fixture_net(), options);
        ck_assert_str_eq(decided(&conf, &req)->file, "");
        assert_option(decided(&conf, &req), 67, option + 3, 128);
}
END_TEST

START_TEST(test_reply_bootp_has_sixty_four_bytes_for_options)
{
        static const char *const options[] = { "bootfile-name=vmlinuz", NULL };
        struct dhcp_conf conf = conf_of(net_with_routes(20), options);
        struct dhcp4_request req = request(0);
        struct dhcp4_reply reply;

        dhcp4_decide(&conf, &req, &reply);
        ck_assert_uint_eq(reply.len, 300);
        /* No room for the routes, and no option 52 for who does not know it. */
        ck_assert_str_eq(view(&reply)->codes, "1 3 26 67 28");
        ck_assert_str_eq(view(&reply)->file, "vmlinuz");
        req.message_bytes = 548;
        dhcp4_decide(&conf, &req, &reply);
        ck_assert_str_eq(view(&reply)->codes, "1 121 3 26 67 28");
}
END_TEST

/* --- room --- */

START_TEST(test_reply_overflow_goes_to_file_then_sname)
{
        struct podnet *net = net_with_routes(30);
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        char domain[16 + 110] = "domain-name=";
        const char *const options[] = { domain, NULL };
        struct dhcp_conf conf;
        const struct reply_view *v;

        strcpy(net->hostname, "vm");
        add_nameserver(net, "10.96.0.10");
        podnet_add_search(net, "a-name-of-some-length.example");
        podnet_add_search(net, "another.example");
        memset(domain + 12, 'x', 110);
        conf = conf_of(net, options);
        ask_for(&req, "\x77\x0c\x79\x06", 4);
        v = decided(&conf, &req);
        /* In each place the client's order; what is wanted most stands where all clients look. */
        ck_assert_str_eq(v->codes, "53 54 51 12 121 6 1 3 26 28 52 / 15 // 119");
        ck_assert_uint_eq(v->overload, 3);
        ck_assert_uint_eq(v->option[121].len, 30 * 7 + 5);
}
END_TEST

/* Nothing but the search list's tail has to go, domain by domain. */
START_TEST(test_reply_search_list_loses_its_tail_first)
{
        struct podnet *net = net_with_routes(20);
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct conf_option all;
        struct dhcp_conf conf;
        const struct reply_view *v;

        add_searches(net, 40);
        conf = conf_of(net, NULL);
        ck_assert(conf_option_find(&conf.options, DHCP_EVERYBODY, 119, &all));
        ck_assert_uint_gt(all.len, 255);
        v = decided(&conf, &req);
        ck_assert_uint_gt(v->option[119].len, 0);
        ck_assert_uint_lt(v->option[119].len, all.len);
        ck_assert_mem_eq(v->option[119].data, all.value, v->option[119].len);
        /* It ends with a whole name: the pointer to "example". */
        ck_assert_mem_eq(v->option[119].data + v->option[119].len - 2, "\300\3", 2);
        ck_assert(v->option[121].n > 0 && v->option[15].n > 0 && v->option[28].n > 0);
        req.max_message_bytes = 1400; /* with room enough it is all there, in two options */
        v = decided(&conf, &req);
        ck_assert_uint_eq(v->overload, 0);
        ck_assert_uint_eq(v->option[119].n, (all.len + 254u) / 255);
        assert_option(v, 119, all.value, all.len);
}
END_TEST

/* RFC 3396: a value that fits in no one place is spread over all. */
START_TEST(test_reply_long_routes_are_spread)
{
        struct podnet *net = net_with_routes(48); /* 341 bytes of 548 - 240 */
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct conf_option all;
        struct dhcp_conf conf = conf_of(net, NULL);
        const struct reply_view *v = decided(&conf, &req);

        ck_assert(conf_option_find(&conf.options, DHCP_EVERYBODY, 121, &all));
        assert_option(v, 121, all.value, all.len);
        ck_assert_uint_gt(v->option[121].n, 1);
        ck_assert(v->overload & 1);
        /* No route is torn, for who looks at each part alone. */
        for (size_t i = 0; i + 1 < v->option[121].n; i++)
                ck_assert_uint_eq(v->option[121].part[i] % 7, 0);
        /* And nothing else is. */
        for (int code = 0; code < 256; code++)
                ck_assert(code == 121 || v->option[code].n <= 1);
}
END_TEST

START_TEST(test_reply_routes_that_fit_nowhere_leave_the_router)
{
        struct podnet *net = net_with_routes(100);
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp_conf conf;
        const struct reply_view *v;

        add_nameserver(net, "10.96.0.10");
        conf = conf_of(net, NULL);
        v = decided(&conf, &req);
        assert_no_option(v, 121);
        ck_assert(v->option[1].n > 0 && v->option[3].n > 0 && v->option[6].n > 0);
}
END_TEST

START_TEST(test_reply_longest_client_id_and_relay_agent_still_leave_a_lease)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_REQUEST);
        const struct reply_view *v;

        req.ciaddr = conf.address;
        req.client_id.len = req.relay_agent.len = req.client_uuid.len = 255;
        conf.lease_sec = 3600;
        v = decided(&conf, &req);
        ck_assert_uint_eq(v->option[61].len, 255);
        ck_assert(v->option[1].n > 0 && v->option[121].n > 0 && v->option[3].n > 0);
}
END_TEST

static const struct {
        uint16_t asked, mtu, most; /* bytes with headers */
} sizes[] = {
        { 0, 1450, 576 },      { 300, 1450, 576 },    { 576, 1450, 576 }, { 1000, 1450, 1000 },
        { 65535, 1450, 1450 }, { 65535, 9000, 1528 }, { 1500, 400, 400 }, { 1500, 296, 328 },
        { 0, 68, 328 },        { 0, 0, 576 },         { 65535, 0, 1500 },
};

/* --- round trip: what is built is parsed, and it is equal --- */

static uint32_t state;

static uint32_t random_below(uint32_t n)
{
        state = state * 1664525u + 1013904223u;
        return (state >> 8) % n;
}

static struct dhcp_conf random_conf(void)
{
        static char texts[12][600];
        const char *options[13] = { 0 };
        struct podnet *net = bare_net("10.244.1.7/24");
        uint32_t n = random_below(12);

        for (uint32_t i = random_below(3) ? random_below(12) : random_below(120); i > 0; i--)
                add_route(net, "10.96.0.0/12", "10.244.1.1");
        if (random_below(4))
                add_route(net, "0.0.0.0/0", "10.244.1.1");
        for (uint32_t i = random_below(6); i > 0; i--)
                add_nameserver(net, "10.96.0.10");
        add_searches(net, (int)(random_below(3) ? random_below(6) : random_below(60)));
        memset(net->hostname, 'h', random_below(60));
        for (uint32_t i = 0; i < n; i++) {
                uint32_t len = random_below(4) ? random_below(30) + 1 : random_below(290) + 1;
                int at = snprintf(texts[i], sizeof(texts[i]),
                                  "%s%u=text:", random_below(4) ? "" : "ipxe:", 224 + i);

                memset(texts[i] + at, 'a' + (int)i, len);
                texts[i][(uint32_t)at + len] = '\0';
                options[i] = texts[i];
        }
        return conf_of(net, options);
}

static struct dhcp4_request random_request(void)
{
        struct dhcp4_request req = request(random_below(5) ? DHCP4_DISCOVER : 0);

        for (uint32_t i = random_below(30); i > 0; i--)
                req.parameters.data[req.parameters.len++] = (uint8_t)random_below(256);
        req.client_id.len = (uint8_t)(random_below(2) ? random_below(20) : random_below(256));
        req.relay_agent.len = (uint8_t)(random_below(4) ? 0 : random_below(256));
        req.client_uuid.len = random_below(2) ? 17 : 0;
        req.is_ipxe = random_below(2);
        return req;
}

/* Every option of the configuration is there and equal, or is not there; cut is only the list. */
static void assert_equal(const struct dhcp_conf *conf, const struct dhcp4_request *req,
                         const struct reply_view *v, bool all)
{
        struct reader r = conf_options(&conf->options);
        struct conf_option option, own;

        while (conf_option_next(&r, &option)) {
                size_t len = option.len;

                if ((option.audience == DHCP_IPXE && !req->is_ipxe) ||
                    (option.audience == DHCP_EVERYBODY && req->is_ipxe &&
                     conf_option_find(&conf->options, DHCP_IPXE, option.code, &own)))
                        continue;
                if (option.code == 121 && v->option[121].n == 0 && v->option[249].n > 0)
                        option.code = 249;
                if (v->option[option.code].n == 0) {
                        ck_assert(!all);
                        continue;
                }
                if (option.code == 119 && !all)
                        len = v->option[119].len;
                ck_assert_uint_le(len, option.len);
                if (len <= 255 && option.code != 121 && option.code != 249)
                        ck_assert_uint_eq(v->option[option.code].n, 1); /* in one piece */
                assert_option(v, option.code, option.value, len);
        }
}

START_TEST(test_reply_round_trip)
{
        struct dhcp_conf conf;

        state = 1;
        for (int i = 0; i < 200; i++) {
                struct dhcp4_request req = random_request();
                struct dhcp4_reply reply;
                const struct reply_view *v;
                size_t most;

                conf = random_conf();
                req.max_message_bytes = sizes[_i].asked;
                conf.mtu_bytes = sizes[_i].mtu;
                dhcp4_decide(&conf, &req, &reply);
                v = view(&reply);
                most = req.type == 0 ? 300 : sizes[_i].most - 28u;
                ck_assert_uint_le(reply.len, most);
                ck_assert((v->option[53].n == 1) == (req.type != 0));
                if (most >= 548) /* else a client identifier alone may fill it */
                        ck_assert_uint_gt(v->option[1].n, 0);
                assert_equal(&conf, &req, v, false);
                if (v->option[61].n > 0)
                        assert_option(v, 61, req.client_id.data, req.client_id.len);
                if (v->option[82].n > 0)
                        assert_option(v, 82, req.relay_agent.data, req.relay_agent.len);
        }
}
END_TEST

START_TEST(test_reply_round_trip_with_room_loses_nothing)
{
        struct dhcp_conf conf;
        int whole = 0;

        state = 2;
        for (int i = 0; i < 200; i++) {
                struct dhcp4_request req = random_request();
                struct dhcp4_reply reply;

                conf = random_conf();
                req.type = DHCP4_DISCOVER;
                req.relay_agent.len = 0;
                req.max_message_bytes = 1500;
                conf.mtu_bytes = 1500;
                if (conf.options.n_bytes > 900)
                        continue;
                dhcp4_decide(&conf, &req, &reply);
                assert_equal(&conf, &req, view(&reply), true);
                whole++;
        }
        ck_assert_int_gt(whole, 50);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_reply_no_list_gives_all_most_wanted_first);
        tcase_add_test(tc, test_reply_follows_the_clients_list_mask_before_router);
        tcase_add_test(tc, test_reply_values_are_the_pods);
        tcase_add_test(tc, test_reply_routes_are_in_install_order_default_last);
        tcase_add_loop_test(tc, test_reply_mask_and_broadcast, 0, ARRAY_SIZE(prefixes));
        tcase_add_test(tc, test_reply_bare_pod_gets_no_empty_options);
        tcase_add_test(tc, test_reply_finite_lease_has_t1_and_t2);
        tcase_add_loop_test(tc, test_reply_routes_under_the_code_that_is_asked_for, 0,
                            ARRAY_SIZE(route_codes));
        tcase_add_test(tc, test_reply_ipv6_only_is_for_who_asks);
        tcase_add_test(tc, test_reply_relay_agent_is_echoed_last);
        tcase_add_test(tc, test_reply_client_uuid_is_echoed);
        tcase_add_test(tc, test_reply_boot_is_told_in_fields_and_options);
        tcase_add_test(tc, test_reply_boot_file_too_long_for_its_field_is_an_option);
        tcase_add_test(tc, test_reply_bootp_has_sixty_four_bytes_for_options);
        tcase_add_test(tc, test_reply_overflow_goes_to_file_then_sname);
        tcase_add_test(tc, test_reply_search_list_loses_its_tail_first);
        tcase_add_test(tc, test_reply_long_routes_are_spread);
        tcase_add_test(tc, test_reply_routes_that_fit_nowhere_leave_the_router);
        tcase_add_test(tc, test_reply_longest_client_id_and_relay_agent_still_leave_a_lease);
        tcase_add_loop_test(tc, test_reply_round_trip, 0, ARRAY_SIZE(sizes));
        tcase_add_test(tc, test_reply_round_trip_with_room_loses_nothing);
}

int main(void)
{
        return unit_main("dhcp4_reply", add_tests);
}
