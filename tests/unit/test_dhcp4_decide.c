/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_dhcp4_decide.c - who is answered, with what, where to; one table for each client state
 */
#include "tests/unit/dhcp_reply.h"

static const uint8_t all_ones[MAC_LEN] = { 255, 255, 255, 255, 255, 255 };
static const uint8_t other_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 8 };

enum to {
        NOBODY,
        TO_YIADDR,
        TO_CIADDR,
        TO_ALL
};

/* RFC 2131 section 4.3; what a client in each of its states sends. NULL: not there */
struct vector {
        const char *name;
        uint8_t type;
        uint16_t flags;
        const char *server_id, *requested, *ciaddr;
        enum dhcp4_event event;
        uint8_t reply; /* 0: silence, or BOOTP */
        enum to to;
};

#define OURS   "169.254.75.10"
#define THEIRS "10.0.0.1"
#define GOOD   "10.244.1.7"
#define WRONG  "192.168.1.1"
#define FLAG   DHCP4_FLAG_BROADCAST

/* clang-format off */
static const struct vector vectors[] = {
        /* INIT: section 4.3.1 */
        { "init", DHCP4_DISCOVER, 0, NULL, NULL, NULL, DHCP4_EVENT_OFFERED, DHCP4_OFFER, TO_YIADDR },
        { "init, broadcast bit", DHCP4_DISCOVER, FLAG, NULL, NULL, NULL, DHCP4_EVENT_OFFERED, DHCP4_OFFER, TO_ALL },
        { "init, likes our address", DHCP4_DISCOVER, 0, NULL, GOOD, NULL, DHCP4_EVENT_OFFERED, DHCP4_OFFER, TO_YIADDR },
        { "init, likes another", DHCP4_DISCOVER, 0, NULL, WRONG, NULL, DHCP4_EVENT_OFFERED, DHCP4_OFFER, TO_YIADDR },
        { "init, with ciaddr", DHCP4_DISCOVER, FLAG, NULL, NULL, GOOD, DHCP4_EVENT_OFFERED, DHCP4_OFFER, TO_CIADDR },
        /* SELECTING: section 4.3.2 */
        { "selecting", DHCP4_REQUEST, 0, OURS, GOOD, NULL, DHCP4_EVENT_ACKED, DHCP4_ACK, TO_YIADDR },
        { "selecting, broadcast bit", DHCP4_REQUEST, FLAG, OURS, GOOD, NULL, DHCP4_EVENT_ACKED, DHCP4_ACK, TO_ALL },
        { "selecting another server", DHCP4_REQUEST, 0, THEIRS, GOOD, NULL, DHCP4_EVENT_SILENT_OTHER_SERVER, 0, NOBODY },
        { "selecting another server's address", DHCP4_REQUEST, 0, THEIRS, WRONG, NULL, DHCP4_EVENT_SILENT_OTHER_SERVER, 0, NOBODY },
        { "selecting a wrong address", DHCP4_REQUEST, 0, OURS, WRONG, NULL, DHCP4_EVENT_NAKED, DHCP4_NAK, TO_ALL },
        { "selecting, no address said", DHCP4_REQUEST, 0, OURS, NULL, NULL, DHCP4_EVENT_NAKED, DHCP4_NAK, TO_ALL },
        { "selecting, 0.0.0.0", DHCP4_REQUEST, 0, OURS, "0.0.0.0", NULL, DHCP4_EVENT_NAKED, DHCP4_NAK, TO_ALL },
        /* INIT-REBOOT */
        { "init-reboot", DHCP4_REQUEST, 0, NULL, GOOD, NULL, DHCP4_EVENT_ACKED, DHCP4_ACK, TO_YIADDR },
        { "init-reboot, broadcast bit", DHCP4_REQUEST, FLAG, NULL, GOOD, NULL, DHCP4_EVENT_ACKED, DHCP4_ACK, TO_ALL },
        { "init-reboot, from another network", DHCP4_REQUEST, 0, NULL, WRONG, NULL, DHCP4_EVENT_NAKED, DHCP4_NAK, TO_ALL },
        { "init-reboot, says nothing", DHCP4_REQUEST, 0, NULL, NULL, NULL, DHCP4_EVENT_NAKED, DHCP4_NAK, TO_ALL },
        /* RENEWING and REBINDING: they differ in the frame's destination only */
        { "renewing", DHCP4_REQUEST, 0, NULL, NULL, GOOD, DHCP4_EVENT_ACKED, DHCP4_ACK, TO_CIADDR },
        { "renewing, broadcast bit", DHCP4_REQUEST, FLAG, NULL, NULL, GOOD, DHCP4_EVENT_ACKED, DHCP4_ACK, TO_CIADDR },
        { "renewing, names us", DHCP4_REQUEST, 0, OURS, NULL, GOOD, DHCP4_EVENT_ACKED, DHCP4_ACK, TO_CIADDR },
        { "renewing with another server", DHCP4_REQUEST, 0, THEIRS, NULL, GOOD, DHCP4_EVENT_SILENT_OTHER_SERVER, 0, NOBODY },
        { "renewing a wrong address", DHCP4_REQUEST, 0, NULL, NULL, WRONG, DHCP4_EVENT_NAKED, DHCP4_NAK, TO_ALL },
        { "renewing, both addresses, one wrong", DHCP4_REQUEST, 0, NULL, WRONG, GOOD, DHCP4_EVENT_NAKED, DHCP4_NAK, TO_ALL },
        /* INFORM: section 4.3.5 */
        { "inform", DHCP4_INFORM, 0, NULL, NULL, GOOD, DHCP4_EVENT_INFORMED, DHCP4_ACK, TO_CIADDR },
        { "inform, an address of its own", DHCP4_INFORM, FLAG, NULL, NULL, WRONG, DHCP4_EVENT_INFORMED, DHCP4_ACK, TO_CIADDR },
        { "inform, no address said", DHCP4_INFORM, 0, NULL, NULL, NULL, DHCP4_EVENT_INFORMED, DHCP4_ACK, TO_ALL },
        /* DECLINE and RELEASE: sections 4.3.3 and 4.3.4 */
        { "decline", DHCP4_DECLINE, 0, OURS, GOOD, NULL, DHCP4_EVENT_DECLINED, 0, NOBODY },
        { "decline, server not named", DHCP4_DECLINE, 0, NULL, GOOD, NULL, DHCP4_EVENT_DECLINED, 0, NOBODY },
        { "decline of another server's", DHCP4_DECLINE, 0, THEIRS, GOOD, NULL, DHCP4_EVENT_SILENT_OTHER_SERVER, 0, NOBODY },
        { "decline of another address", DHCP4_DECLINE, 0, OURS, WRONG, NULL, DHCP4_EVENT_SILENT_OTHER_ADDRESS, 0, NOBODY },
        { "release", DHCP4_RELEASE, 0, OURS, NULL, GOOD, DHCP4_EVENT_RELEASED, 0, NOBODY },
        { "release to another server", DHCP4_RELEASE, 0, THEIRS, NULL, GOOD, DHCP4_EVENT_SILENT_OTHER_SERVER, 0, NOBODY },
        { "release of another address", DHCP4_RELEASE, 0, OURS, NULL, WRONG, DHCP4_EVENT_SILENT_OTHER_ADDRESS, 0, NOBODY },
        /* what no client sends */
        { "offer", DHCP4_OFFER, 0, NULL, NULL, NULL, DHCP4_EVENT_SILENT_UNKNOWN, 0, NOBODY },
        { "ack", DHCP4_ACK, 0, NULL, NULL, GOOD, DHCP4_EVENT_SILENT_UNKNOWN, 0, NOBODY },
        { "nak", DHCP4_NAK, 0, NULL, NULL, NULL, DHCP4_EVENT_SILENT_UNKNOWN, 0, NOBODY },
        { "lease query", 13, 0, NULL, NULL, GOOD, DHCP4_EVENT_SILENT_UNKNOWN, 0, NOBODY },
        { "type 255", 255, 0, NULL, NULL, NULL, DHCP4_EVENT_SILENT_UNKNOWN, 0, NOBODY },
        /* BOOTP */
        { "bootp", 0, 0, NULL, NULL, NULL, DHCP4_EVENT_ACKED, 0, TO_YIADDR },
        { "bootp, broadcast bit", 0, FLAG, NULL, NULL, NULL, DHCP4_EVENT_ACKED, 0, TO_ALL },
        { "bootp, knows its address", 0, 0, NULL, NULL, GOOD, DHCP4_EVENT_ACKED, 0, TO_CIADDR },
};
/* clang-format on */

static struct dhcp4_request request_of(const struct vector *v)
{
        struct dhcp4_request req = request(v->type);

        req.flags = v->flags;
        req.has_server_id = v->server_id != NULL;
        req.server_id = ip(v->server_id ? v->server_id : "0.0.0.0");
        req.has_requested = v->requested != NULL;
        req.requested = ip(v->requested ? v->requested : "0.0.0.0");
        req.ciaddr = ip(v->ciaddr ? v->ciaddr : "0.0.0.0");
        return req;
}

static void assert_addressed(const struct dhcp4_reply *reply, enum to to, const char *ciaddr)
{
        switch (to) {
        case NOBODY:
                ck_assert_uint_eq(reply->len, 0);
                return;
        case TO_ALL:
                ck_assert_uint_eq(reply->dst_ip.s_addr, INADDR_BROADCAST);
                ck_assert_mem_eq(reply->dst_mac, all_ones, MAC_LEN);
                return;
        case TO_YIADDR:
                ck_assert_uint_eq(reply->dst_ip.s_addr, ip(GOOD).s_addr);
                break;
        case TO_CIADDR:
                ck_assert_uint_eq(reply->dst_ip.s_addr, ip(ciaddr).s_addr);
                break;
        }
        ck_assert_mem_eq(reply->dst_mac, guest_mac, MAC_LEN);
}

/* What RFC 2131 table 3 says of the fields, and of lease time (51) and server identifier (54). */
static void assert_table_3(const struct dhcp4_reply *reply, const struct vector *v)
{
        const struct reply_view *seen = view(reply);
        bool has_address = v->type != DHCP4_INFORM && v->reply != DHCP4_NAK;
        const char *ciaddr =
                v->ciaddr && (v->reply == DHCP4_ACK || v->type == 0) ? v->ciaddr : "0.0.0.0";

        ck_assert_uint_eq(seen->ciaddr.s_addr, ip(ciaddr).s_addr);
        ck_assert_uint_eq(seen->yiaddr.s_addr, ip(has_address ? GOOD : "0.0.0.0").s_addr);
        ck_assert_uint_eq(reply->data[10] << 8 | reply->data[11], v->flags);
        ck_assert_mem_eq(reply->data + 4, "\0\0\0\1", 4); /* xid */
        if (v->type == 0) {
                assert_no_option(seen, 51);
                assert_no_option(seen, 53);
                assert_no_option(seen, 54);
                return;
        }
        assert_option(seen, 53, &v->reply, 1);
        assert_option(seen, 54, "\xa9\xfe\x4b\x0a", 4);
        if (has_address)
                assert_option(seen, 51, "\xff\xff\xff\xff", 4);
        else
                assert_no_option(seen, 51);
}

START_TEST(test_decide_vector)
{
        const struct vector *v = &vectors[_i];
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request_of(v);
        struct dhcp4_reply reply;

        ck_assert_msg(dhcp4_decide(&conf, &req, &reply) == v->event, "%s", v->name);
        assert_addressed(&reply, v->to, v->ciaddr);
        if (v->to != NOBODY)
                assert_table_3(&reply, v);
}
END_TEST

/* Nothing but what is about this guest on this link is answered. */
START_TEST(test_decide_other_client_and_relay_are_silence_in_every_state)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request_of(&vectors[_i]);
        struct dhcp4_reply reply;

        memcpy(req.chaddr, other_mac, MAC_LEN);
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_SILENT_OTHER_CLIENT);
        ck_assert_uint_eq(reply.len, 0);
        req = request_of(&vectors[_i]);
        req.giaddr = ip("10.244.1.1");
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_SILENT_RELAYED);
        ck_assert_uint_eq(reply.len, 0);
}
END_TEST

/* Its frames come from one address, chaddr is another: unicast to chaddr would not arrive. */
START_TEST(test_decide_link_address_not_chaddr_is_broadcast)
{
        const struct vector *v = &vectors[_i];
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request_of(v);
        struct dhcp4_reply reply;

        memcpy(req.link_mac, other_mac, MAC_LEN);
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), v->event);
        assert_addressed(&reply, v->to == NOBODY ? NOBODY : TO_ALL, v->ciaddr);
}
END_TEST

/* A boot loader and the system after it are one client, whatever they call themselves. */
START_TEST(test_decide_changing_client_identifiers_are_one_client)
{
        static const char *const ids[] = { "\1\xaa\xbb\xcc\0\0\7", "\xff\0\0\0\1\0\2", "" };
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_reply reply;

        for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
                struct dhcp4_request req = request(DHCP4_REQUEST);
                uint8_t len = *ids[i] ? 7 : 0;

                req.has_requested = true;
                req.requested = conf.address;
                req.client_id.len = len;
                memcpy(req.client_id.data, ids[i], len);
                ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_ACKED);
                if (len > 0)
                        assert_option(view(&reply), 61, ids[i], len); /* RFC 6842 */
                else
                        assert_no_option(view(&reply), 61);
        }
}
END_TEST

START_TEST(test_decide_rapid_commit_is_acked_at_once)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_DISCOVER);
        struct dhcp4_reply reply;

        req.has_rapid_commit = true;
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_ACKED);
        ck_assert_uint_eq(type_of(&reply), DHCP4_ACK);
        assert_option(view(&reply), 80, "", 0);
        ck_assert_uint_eq(view(&reply)->yiaddr.s_addr, conf.address.s_addr);
        assert_addressed(&reply, TO_YIADDR, NULL);
}
END_TEST

/* Elsewhere the option means nothing (RFC 4039 section 4). */
START_TEST(test_decide_rapid_commit_in_a_request_is_ignored)
{
        struct dhcp_conf conf = fixture_conf();
        struct dhcp4_request req = request(DHCP4_REQUEST);
        struct dhcp4_reply reply;

        req.has_rapid_commit = true;
        req.ciaddr = conf.address;
        ck_assert_int_eq(dhcp4_decide(&conf, &req, &reply), DHCP4_EVENT_ACKED);
        assert_no_option(view(&reply), 80);
}
END_TEST

START_TEST(test_decide_nak_tells_nothing_but_what_it_must)
{
        static const char *const options[] = { "bootfile-name=x", "next-server=10.0.0.9", NULL };
        struct dhcp_conf conf = conf_of(fixture_net(), options);
        struct dhcp4_request req = request(DHCP4_REQUEST);
        struct dhcp4_reply reply;
        const struct reply_view *v;

        req.ciaddr = ip("10.9.9.9");
        req.client_id.len = req.relay_agent.len = req.client_uuid.len = 7;
        ask_for(&req, "\1\3\6\103", 4);
        dhcp4_decide(&conf, &req, &reply);
        v = view(&reply);
        ck_assert_str_eq(v->codes, "53 54 61 56 82"); /* RFC 2131 table 3, RFC 6842, RFC 3046 */
        ck_assert_uint_eq(v->siaddr.s_addr, 0);
        ck_assert_str_eq(v->file, "");
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_decide_vector, 0, ARRAY_SIZE(vectors));
        tcase_add_loop_test(tc, test_decide_other_client_and_relay_are_silence_in_every_state, 0,
                            ARRAY_SIZE(vectors));
        tcase_add_loop_test(tc, test_decide_link_address_not_chaddr_is_broadcast, 0,
                            ARRAY_SIZE(vectors));
        tcase_add_test(tc, test_decide_changing_client_identifiers_are_one_client);
        tcase_add_test(tc, test_decide_rapid_commit_is_acked_at_once);
        tcase_add_test(tc, test_decide_rapid_commit_in_a_request_is_ignored);
        tcase_add_test(tc, test_decide_nak_tells_nothing_but_what_it_must);
}

int main(void)
{
        return unit_main("dhcp4_decide", add_tests);
}
