/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_responder6.c - the responder as a router: frames of the guest's and packets of the segment's
 * in at one end, frames to the guest out at the other, on a clock of the test's
 */
#include "dhcp/lease6.h"
#include "dhcp/ndisc.h"
#include "dhcp/responder.h"
#include "tests/unit/dhcp_fixture.h"

static const uint8_t gateway_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 9 };
static const uint8_t new_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 10 };
static const uint8_t other_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 8 };
static const uint8_t all_nodes_mac[MAC_LEN] = { 0x33, 0x33, 0, 0, 0, 1 };

static struct dhcp_conf conf;
static struct dhcp_shared shared;

struct fake {
        struct transport transport;
        uint8_t sent[64][1500];
        size_t sent_len[64];
        unsigned n;
        int fail;
};

static int fake_send(struct transport *t, const void *frame, size_t len)
{
        struct fake *fake = (struct fake *)t;

        ck_assert_uint_lt(fake->n, ARRAY_SIZE(fake->sent));
        ck_assert_uint_le(len, sizeof(fake->sent[0]));
        memcpy(fake->sent[fake->n], frame, len);
        fake->sent_len[fake->n++] = len;
        return fake->fail;
}

static struct fake fake = { .transport.send = fake_send };
static struct responder r;

enum pod {
        POD_LINK_LOCAL, /* the gateway is fe80::1 */
        POD_GLOBAL,     /* fd00:1::1, at gateway_mac */
        POD_UNKNOWN,    /* fd00:1::1, whose MAC is not known */
        POD_FIXED,      /* fe80::1, at gateway_mac, where nobody answers */
};

static void begin(enum pod pod)
{
        struct podnet *net = bare_net("fd00:1::7/64");
        struct podnet_neighbour neighbour = { .is_learnt = pod != POD_FIXED };
        const char *gateway = pod == POD_LINK_LOCAL || pod == POD_FIXED ? "fe80::1" : "fd00:1::1";

        ip_addr_parse(gateway, &neighbour.addr);
        memcpy(neighbour.mac, gateway_mac, MAC_LEN);
        if (pod == POD_GLOBAL || pod == POD_FIXED)
                podnet_add_neighbour(net, &neighbour);
        add_route(net, "fd00:9::/48", gateway);
        add_route(net, "::/0", gateway);
        add_nameserver(net, "fd00::a");
        conf = conf_of(net, NULL);
        memset(&shared, 0, sizeof(shared));
        fake.n = 0;
        fake.fail = 0;
        r = (struct responder){
                .conf = &conf, .shared = &shared, .transport = &fake.transport, .now_msec = 1000000
        };
        responder6_begin(&r);
}

static void at(uint64_t msec)
{
        r.now_msec = 1000000 + msec;
        responder6_act(&r);
}

/* A guest's, or with @segment the segment's. */
static void deliver(const uint8_t *src_mac, const char *src, const char *dst,
                    const struct writer *message, bool segment)
{
        struct in6_addr from = ip6(src), to = ip6(dst);
        struct transport_info info = { 0 };
        uint8_t frame[256], *exact;
        int len = frame_write_icmp6(frame, sizeof(frame), src_mac, all_nodes_mac, &from, &to,
                                    message->buf, message->len);

        ck_assert_int_gt(len, 14);
        exact = exact_copy(frame + (segment ? 14 : 0), (size_t)len - (segment ? 14 : 0));
        if (segment)
                responder6_overhear(&r, exact, (size_t)len - 14, &info);
        else
                responder_handle(&r, exact, (size_t)len, &info);
        free(exact);
}

static void solicit_router(const char *src)
{
        static const uint8_t rs[8] = { ND_ROUTER_SOLICITATION };
        struct writer w = { .buf = (uint8_t *)rs, .len = sizeof(rs) };

        deliver(guest_mac, src, "ff02::2", &w, false);
}

static void solicit(const uint8_t *mac, const char *src, const char *dst, struct in6_addr target)
{
        uint8_t buf[64];
        struct writer w = writer_init(buf, sizeof(buf));

        ndisc_write_ns(&w, &target);
        deliver(mac, src, dst, &w, false);
}

static void segment_advertises(const char *target, const uint8_t *mac)
{
        struct in6_addr ip = ip6(target);
        uint8_t buf[64];
        struct writer w = writer_init(buf, sizeof(buf));

        ndisc_write_na(&w, ND_NA_OVERRIDE, &ip, mac);
        deliver(mac, "fe80::99", "ff02::1", &w, true);
}

static void segment_solicits(const char *src, const char *target, const uint8_t *mac)
{
        struct in6_addr ip = ip6(target);
        uint8_t buf[64];
        struct writer w = writer_init(buf, sizeof(buf));

        ndisc_write_ns(&w, &ip);
        write_nd_mac(&w, ND_OPT_SOURCE_MAC, mac);
        deliver(mac, src, "ff02::1:ff00:7", &w, true);
}

/* The @i-th frame that was sent, whose checksum is right and which is for the guest alone. */
static struct frame sent(unsigned i)
{
        struct frame f;

        ck_assert_uint_lt(i, fake.n);
        f = frame_parse(fake.sent[i], fake.sent_len[i], false);
        ck_assert_int_eq(f.kind, FRAME_ICMP6);
        ck_assert_uint_eq(f.hop_limit, 255);
        ck_assert(memcmp(f.dst_mac, guest_mac, MAC_LEN) == 0 ||
                  memcmp(f.dst_mac, all_nodes_mac, MAC_LEN) == 0);
        ck_assert(IN6_IS_ADDR_MULTICAST(&f.dst_ip6) ==
                  (memcmp(f.dst_mac, all_nodes_mac, MAC_LEN) == 0));
        return f;
}

/* Of an advertisement: its lifetime; @ret_mac: the sender's, NULL if it has none. */
static unsigned lifetime_of(const struct frame *f, const uint8_t **ret_mac)
{
        ck_assert_uint_eq(f->payload[0], ND_ROUTER_ADVERTISEMENT);
        *ret_mac =
                f->payload_len > 16 && f->payload[16] == ND_OPT_SOURCE_MAC ? f->payload + 18 : NULL;
        return (unsigned)f->payload[6] << 8 | f->payload[7];
}

/* The lifetime of the first option @code; UINT32_MAX: there is none. */
static uint32_t option_lifetime(const struct frame *f, uint8_t code)
{
        struct reader o = reader_init(f->payload + 16, f->payload_len - 16);

        while (o.left > 0) {
                uint8_t found = reader_u8(&o), units = reader_u8(&o);
                uint32_t lifetime;

                reader_u16(&o);
                lifetime = reader_u32(&o);
                if (found == code)
                        return lifetime;
                reader_take(&o, units * 8u - 8);
        }
        return UINT32_MAX;
}

START_TEST(test_responder6_advertises_at_once_and_with_everything)
{
        const uint8_t *mac;
        struct frame f;

        begin(POD_GLOBAL);
        at(0);
        ck_assert_uint_eq(fake.n, 1);
        f = sent(0);
        ck_assert_uint_eq(lifetime_of(&f, &mac), 1800);
        ck_assert_ptr_nonnull(mac);
        ck_assert_mem_eq(mac, gateway_mac, MAC_LEN);
        ck_assert_mem_eq(f.src_mac, gateway_mac, MAC_LEN);
        ck_assert_mem_eq(&f.src_ip6, &conf.routers6[0].link_local, 16);
        ck_assert_uint_eq(f.payload[5], 0xc8); /* managed, other, preference high */
        ck_assert_uint_eq(option_lifetime(&f, ND_OPT_ROUTE), 1800);
        ck_assert_uint_eq(option_lifetime(&f, ND_OPT_RDNSS), 1800);
        ck_assert_uint_eq(shared.router_advert, 1);
}
END_TEST

START_TEST(test_responder6_link_local_gateway_speaks_for_itself)
{
        struct in6_addr gateway = ip6("fe80::1");
        const uint8_t *mac;
        struct frame f;

        begin(POD_LINK_LOCAL);
        at(0);
        f = sent(0);
        ck_assert_uint_eq(lifetime_of(&f, &mac), 1800);
        ck_assert_ptr_null(mac);
        ck_assert_mem_eq(&f.src_ip6, &gateway, 16);
        solicit(guest_mac, "fe80::7", "fe80::1", gateway);
        ck_assert_uint_eq(fake.n, 1);
}
END_TEST

START_TEST(test_responder6_answers_a_router_solicitation)
{
        struct in6_addr guest = ip6("fe80::7");
        struct frame f;

        begin(POD_GLOBAL);
        at(0);
        solicit_router("fe80::7");
        ck_assert_uint_eq(fake.n, 1);
        at(ND_MAX_RA_DELAY_MSEC);
        ck_assert_uint_eq(fake.n, 2);
        f = sent(1);
        ck_assert_mem_eq(&f.dst_ip6, &guest, 16);
        ck_assert_uint_eq(shared.router_solicit, 1);
}
END_TEST

static void assert_neighbour_advert(unsigned i, uint8_t flags, struct in6_addr target,
                                    const uint8_t *mac, const char *dst)
{
        struct in6_addr to = ip6(dst);
        struct frame f = sent(i);

        ck_assert_uint_eq(f.payload[0], ND_NEIGHBOUR_ADVERTISEMENT);
        ck_assert_uint_eq(f.payload[4], flags);
        ck_assert_mem_eq(f.payload + 8, &target, 16);
        ck_assert_mem_eq(f.payload + 24, "\2\1", 2);
        ck_assert_mem_eq(f.payload + 26, mac, MAC_LEN);
        ck_assert_mem_eq(&f.dst_ip6, &to, 16);
        ck_assert_mem_eq(&f.src_ip6, &target, 16);
}

/* Multicast, and unicast as when a guest looks whether a neighbour is still there. */
START_TEST(test_responder6_answers_for_the_made_up_address)
{
        struct in6_addr router;

        begin(POD_GLOBAL);
        router = conf.routers6[0].link_local;
        solicit(guest_mac, "fe80::7", "ff02::1:ff00:101", router);
        assert_neighbour_advert(0, 0xe0, router, gateway_mac, "fe80::7");
        solicit(guest_mac, "fd00:1::7", "fe80::1", router);
        assert_neighbour_advert(1, 0xe0, router, gateway_mac, "fd00:1::7");
        ck_assert_uint_eq(shared.neighbour_solicit, 2);
        ck_assert_uint_eq(shared.neighbour_advert, 2);
}
END_TEST

START_TEST(test_responder6_answers_for_the_server_and_for_who_is_fixed)
{
        begin(POD_FIXED);
        solicit(guest_mac, "fe80::7", "ff02::1:ff00:1", ip6("fe80::1"));
        assert_neighbour_advert(0, 0xe0, ip6("fe80::1"), gateway_mac, "fe80::7");
        solicit(guest_mac, "fe80::7", "ff02::1:ff00:1", conf.server_ip6);
        assert_neighbour_advert(1, 0x60, conf.server_ip6, conf.server_mac, "fe80::7");
}
END_TEST

START_TEST(test_responder6_detection_of_duplicates_finds_only_ours)
{
        struct in6_addr router;

        begin(POD_GLOBAL);
        router = conf.routers6[0].link_local;
        solicit(guest_mac, "::", "ff02::1:ff00:7", ip6("fd00:1::7"));
        solicit(guest_mac, "::", "ff02::1:ff00:7", ip6("fe80::7"));
        ck_assert_uint_eq(fake.n, 0);
        solicit(guest_mac, "::", "ff02::1:ff00:101", router);
        assert_neighbour_advert(0, 0xa0, router, gateway_mac, "ff02::1");
}
END_TEST

/* Also where the pod had a fixed entry for the guest's own address. */
START_TEST(test_responder6_never_answers_for_the_guest)
{
        begin(POD_FIXED);
        conf.fixed6[0].ip = ip6("fd00:1::7");
        solicit(guest_mac, "fe80::7", "ff02::1:ff00:7", ip6("fd00:1::7"));
        ck_assert_uint_eq(fake.n, 0);
}
END_TEST

START_TEST(test_responder6_others_and_the_malformed_are_counted)
{
        struct transport_info tagged = { .tagged = true };
        uint8_t buf[64], frame[128];
        struct writer w = writer_init(buf, sizeof(buf));
        struct in6_addr router, guest = ip6("fe80::7");
        int len;

        begin(POD_GLOBAL);
        router = conf.routers6[0].link_local;
        solicit(other_mac, "fe80::7", "fe80::1", router);
        ck_assert_uint_eq(shared.drop_other_client, 1);
        ndisc_write_ns(&w, &router);
        buf[1] = 1; /* code */
        deliver(guest_mac, "fe80::7", "fe80::1", &w, false);
        ck_assert_uint_eq(shared.drop_nd, 1);
        buf[0] = ND_ROUTER_ADVERTISEMENT;
        deliver(guest_mac, "fe80::7", "ff02::1", &w, false);
        ck_assert_uint_eq(shared.drop_unknown, 1);
        buf[0] = ND_NEIGHBOUR_SOLICITATION;
        buf[1] = 0;
        len = frame_write_icmp6(frame, sizeof(frame), guest_mac, gateway_mac, &guest, &router, buf,
                                w.len);
        responder_handle(&r, frame, (size_t)len, &tagged);
        ck_assert_uint_eq(shared.drop_vlan, 1);
        ck_assert_uint_eq(fake.n, 0);
        /* A priority tag, which the kernel took off, is none; one that it left is looked into. */
        memmove(frame + 16, frame + 12, (size_t)len - 12);
        memcpy(frame + 12, "\x81\0\xe0\0", 4);
        responder_handle(&r, frame, (size_t)len + 4, &(struct transport_info){ 0 });
        ck_assert_uint_eq(fake.n, 1);
}
END_TEST

START_TEST(test_responder6_without_ipv6_is_silent)
{
        struct in6_addr any = ip6("fe80::1");

        begin(POD_GLOBAL);
        conf = conf_of(bare_net("10.244.1.7/24"), NULL);
        responder6_begin(&r);
        ck_assert_uint_eq(responder6_next(&r), RA_NEVER);
        solicit_router("fe80::7");
        solicit(guest_mac, "fe80::7", "fe80::1", any);
        at(100000);
        responder6_farewell(&r);
        ck_assert_uint_eq(fake.n, 0);
}
END_TEST

START_TEST(test_responder6_farewell_takes_back_routes_and_servers)
{
        const uint8_t *mac;
        struct frame f;

        begin(POD_GLOBAL);
        responder6_farewell(&r);
        ck_assert_uint_eq(fake.n, 1);
        f = sent(0);
        ck_assert_uint_eq(lifetime_of(&f, &mac), 0);
        ck_assert_uint_eq(option_lifetime(&f, ND_OPT_ROUTE), 0);
        ck_assert_uint_eq(option_lifetime(&f, ND_OPT_RDNSS), 0);
        ck_assert_uint_eq(f.payload[5], 0xc0); /* RFC 4191 section 2.2: no preference */
}
END_TEST

/* Nobody opened the tap yet: nothing has failed. Who asked and hears nothing is another matter. */
START_TEST(test_responder6_failed_sends_count_for_askers_only)
{
        begin(POD_GLOBAL);
        fake.fail = -ENOBUFS;
        at(0);
        ck_assert_uint_eq(shared.send_failed, 0);
        solicit_router("fe80::7");
        at(ND_MAX_RA_DELAY_MSEC);
        ck_assert_uint_eq(shared.send_failed, 1);
        solicit(guest_mac, "fe80::7", "fe80::1", conf.routers6[0].link_local);
        ck_assert_uint_eq(shared.send_failed, 2);
}
END_TEST

/* --- a gateway that moves --- */

START_TEST(test_responder6_new_mac_is_told_at_once)
{
        struct in6_addr router;
        const uint8_t *mac;
        struct frame f;

        begin(POD_GLOBAL);
        router = conf.routers6[0].link_local;
        at(0);
        at(10000);
        fake.n = 0;
        segment_advertises("fd00:1::1", new_mac);
        assert_neighbour_advert(0, 0xa0, router, new_mac, "ff02::1");
        at(10001);
        f = sent(1);
        ck_assert_uint_eq(lifetime_of(&f, &mac), 1800);
        ck_assert_mem_eq(mac, new_mac, MAC_LEN);
        ck_assert_uint_eq(shared.gateway_change, 1);
        solicit(guest_mac, "fe80::7", "fe80::1", router);
        assert_neighbour_advert(2, 0xe0, router, new_mac, "fe80::7");
        ck_assert_mem_eq(shared.learnt[0].mac, new_mac, MAC_LEN);
}
END_TEST

START_TEST(test_responder6_new_mac_survives_the_responder)
{
        const uint8_t *mac;
        struct frame f;

        begin(POD_GLOBAL);
        segment_advertises("fd00:1::1", new_mac);
        responder6_begin(&r);
        fake.n = 0;
        at(0);
        f = sent(0);
        lifetime_of(&f, &mac);
        ck_assert_mem_eq(mac, new_mac, MAC_LEN);
}
END_TEST

START_TEST(test_responder6_others_of_the_segment_change_nothing)
{
        begin(POD_GLOBAL);
        segment_advertises("fd00:1::2", new_mac);
        segment_advertises("fe80::1", new_mac);
        segment_solicits("fd00:1::2", "fd00:1::1", new_mac);
        ck_assert_uint_eq(fake.n, 0);
        ck_assert_mem_eq(r.nd.gateways[0].mac, gateway_mac, MAC_LEN);
        begin(POD_FIXED);
        segment_advertises("fe80::1", new_mac);
        ck_assert_mem_eq(r.nd.gateways[0].mac, gateway_mac, MAC_LEN);
}
END_TEST

/* It does not override, so that whoever has found the gateway makes sure, and no more. */
static void assert_doubt(unsigned i, const char *guest)
{
        struct in6_addr gateway = ip6("fd00:1::1"), to = ip6(guest);
        struct frame f = sent(i);

        ck_assert_uint_eq(f.payload[0], ND_NEIGHBOUR_ADVERTISEMENT);
        ck_assert_uint_eq(f.payload[4], ND_NA_ROUTER);
        ck_assert_mem_eq(f.payload + 8, &gateway, 16);
        ck_assert_mem_eq(f.payload + 26, conf.server_mac, MAC_LEN);
        ck_assert_mem_eq(&f.dst_ip6, &to, 16);
        ck_assert_mem_eq(&f.src_ip6, &gateway, 16);
}

static void assert_ask(unsigned i, const char *guest)
{
        struct in6_addr gateway = ip6("fd00:1::1"), to = ip6(guest);
        struct frame f = sent(i);

        ck_assert_uint_eq(f.payload[0], ND_NEIGHBOUR_SOLICITATION);
        ck_assert_uint_eq(f.payload_len, 24); /* with a MAC the guest would have nothing to ask */
        ck_assert_mem_eq(f.payload + 8, &to, 16);
        ck_assert_mem_eq(&f.dst_ip6, &to, 16);
        ck_assert_mem_eq(&f.src_ip6, &gateway, 16);
}

START_TEST(test_responder6_guest_that_looks_for_its_router_is_made_to_ask)
{
        begin(POD_GLOBAL);
        at(0);
        fake.n = 0;
        solicit(guest_mac, "fd00:1::7", "fe80::1", conf.routers6[0].link_local);
        at(1);
        ck_assert_uint_eq(fake.n, 3);
        assert_doubt(1, "fd00:1::7");
        assert_ask(2, "fd00:1::7");
        at(3001);
        ck_assert_uint_eq(fake.n, 4); /* no new doubt in the same row */
        assert_ask(3, "fd00:1::7");
        ck_assert_uint_eq(shared.gateway_ask, 2);
        segment_advertises("fd00:1::1", gateway_mac);
        at(10000);
        ck_assert_uint_eq(shared.gateway_ask, 2);
}
END_TEST

/* A gateway that failed over to another machine looks for the guest, from whatever address. */
START_TEST(test_responder6_stranger_that_looks_for_the_guest_makes_it_ask)
{
        begin(POD_GLOBAL);
        at(0);
        solicit_router("fe80::7");
        at(600);
        fake.n = 0;
        segment_solicits("fe80::99", "fd00:1::7", gateway_mac); /* the gateway itself */
        at(601);
        ck_assert_uint_eq(fake.n, 0);
        segment_solicits("fe80::99", "fd00:1::7", new_mac);
        at(602);
        ck_assert_uint_eq(fake.n, 2);
        assert_doubt(0, "fe80::7");
        assert_ask(1, "fe80::7");
}
END_TEST

START_TEST(test_responder6_unknown_gateway_is_no_router_until_it_is_found)
{
        const uint8_t *mac;
        struct frame f;

        begin(POD_UNKNOWN);
        at(0);
        f = sent(0);
        ck_assert_uint_eq(lifetime_of(&f, &mac), 0);
        ck_assert_ptr_null(mac);
        ck_assert_uint_eq(f.payload[5], 0xc0);
        ck_assert_uint_eq(option_lifetime(&f, ND_OPT_ROUTE), 0);
        ck_assert_uint_eq(option_lifetime(&f, ND_OPT_RDNSS), 1800);
        solicit(guest_mac, "fe80::7", "fe80::1", conf.routers6[0].link_local);
        ck_assert_uint_eq(fake.n, 1);
        solicit_router("fe80::7");
        fake.n = 0;
        at(1);
        assert_ask(0, "fe80::7"); /* without a doubt before it: see make_guest_doubt() */
        segment_advertises("fd00:1::1", new_mac);
        at(5000);
        f = sent(fake.n - 1);
        ck_assert_uint_eq(lifetime_of(&f, &mac), 1800);
        ck_assert_mem_eq(mac, new_mac, MAC_LEN);
}
END_TEST

START_TEST(test_responder6_notes_the_address_that_the_guest_uses)
{
        struct in6_addr used;
        uint64_t when;

        begin(POD_GLOBAL);
        solicit(guest_mac, "fe80::7", "fe80::1", ip6("fe80::1"));
        ck_assert(!dhcp_shared_used_address6(&shared, &conf.addresses6[0].ip, &used, &when));
        solicit(guest_mac, "fd00:1::66", "fe80::1", ip6("fe80::1"));
        ck_assert(dhcp_shared_used_address6(&shared, &conf.addresses6[0].ip, &used, &when));
        ck_assert(IN6_ARE_ADDR_EQUAL(&used, &shared.other6));
        solicit(guest_mac, "fd00:1::7", "fe80::1", ip6("fe80::1"));
        ck_assert(dhcp_shared_used_address6(&shared, &conf.addresses6[0].ip, &used, &when));
        ck_assert(IN6_ARE_ADDR_EQUAL(&used, &conf.addresses6[0].ip));
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_responder6_advertises_at_once_and_with_everything);
        tcase_add_test(tc, test_responder6_link_local_gateway_speaks_for_itself);
        tcase_add_test(tc, test_responder6_answers_a_router_solicitation);
        tcase_add_test(tc, test_responder6_answers_for_the_made_up_address);
        tcase_add_test(tc, test_responder6_answers_for_the_server_and_for_who_is_fixed);
        tcase_add_test(tc, test_responder6_detection_of_duplicates_finds_only_ours);
        tcase_add_test(tc, test_responder6_never_answers_for_the_guest);
        tcase_add_test(tc, test_responder6_others_and_the_malformed_are_counted);
        tcase_add_test(tc, test_responder6_without_ipv6_is_silent);
        tcase_add_test(tc, test_responder6_farewell_takes_back_routes_and_servers);
        tcase_add_test(tc, test_responder6_failed_sends_count_for_askers_only);
        tcase_add_test(tc, test_responder6_new_mac_is_told_at_once);
        tcase_add_test(tc, test_responder6_new_mac_survives_the_responder);
        tcase_add_test(tc, test_responder6_others_of_the_segment_change_nothing);
        tcase_add_test(tc, test_responder6_guest_that_looks_for_its_router_is_made_to_ask);
        tcase_add_test(tc, test_responder6_stranger_that_looks_for_the_guest_makes_it_ask);
        tcase_add_test(tc, test_responder6_unknown_gateway_is_no_router_until_it_is_found);
        tcase_add_test(tc, test_responder6_notes_the_address_that_the_guest_uses);
}

int main(void)
{
        return unit_main("responder6", add_tests);
}
