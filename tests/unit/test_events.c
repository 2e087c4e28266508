/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_events.c - what the shared mapping tells of the guest
 */
#include "dhcp/events.h"
#include "tests/unit/dhcp_fixture.h"

static struct dhcp_conf conf;
static struct dhcp_shared shared;

static void setup(void)
{
        conf = fixture_conf();
        memset(&shared, 0, sizeof(shared));
}

static bool note(uint8_t type, const char *ciaddr, enum dhcp4_event event)
{
        struct dhcp4_request req = { .type = type, .ciaddr = ip(ciaddr) };

        req.requested = ip("10.244.1.7");
        return events_note_dhcp(&shared, &conf, &req, event);
}

START_TEST(test_events_first_ack_is_kept_and_is_no_renewal)
{
        uint64_t first;

        ck_assert(note(DHCP4_REQUEST, "0.0.0.0", DHCP4_EVENT_ACKED));
        first = shared.first_acked_realtime_usec;
        ck_assert_uint_gt(first, 0);
        ck_assert_uint_eq(shared.renewed_realtime_usec, 0);
        ck_assert_uint_eq(shared.renew, 0);
        ck_assert(!note(DHCP4_REQUEST, "0.0.0.0", DHCP4_EVENT_ACKED));
        ck_assert_uint_eq(shared.first_acked_realtime_usec, first);
        ck_assert_uint_ge(shared.acked_realtime_usec, first);
        ck_assert_uint_eq(shared.acked_address, conf.address.s_addr);
}
END_TEST

START_TEST(test_events_request_with_ciaddr_is_a_renewal)
{
        note(DHCP4_REQUEST, "0.0.0.0", DHCP4_EVENT_ACKED);
        ck_assert(!note(DHCP4_REQUEST, "10.244.1.7", DHCP4_EVENT_ACKED));
        ck_assert_uint_eq(shared.renew, 1);
        ck_assert_uint_eq(shared.ack, 2);
        ck_assert_uint_gt(shared.renewed_realtime_usec, 0);
}
END_TEST

START_TEST(test_events_decline_is_a_conflict_until_the_next_ack)
{
        note(DHCP4_REQUEST, "0.0.0.0", DHCP4_EVENT_ACKED);
        ck_assert(!dhcp_shared_is_conflict(&shared));
        shared.acked_realtime_usec--; /* a clock may not have moved since */
        ck_assert(note(DHCP4_DECLINE, "0.0.0.0", DHCP4_EVENT_DECLINED));
        ck_assert(dhcp_shared_is_conflict(&shared));
        ck_assert_uint_eq(shared.declined_address, ip("10.244.1.7").s_addr);
        note(DHCP4_DISCOVER, "0.0.0.0", DHCP4_EVENT_OFFERED);
        ck_assert(dhcp_shared_is_conflict(&shared));
        note(DHCP4_REQUEST, "0.0.0.0", DHCP4_EVENT_ACKED);
        ck_assert(!dhcp_shared_is_conflict(&shared));
        ck_assert_uint_eq(shared.decline, 1);
}
END_TEST

static const struct {
        enum dhcp4_event event;
        size_t counter; /* offset in struct dhcp_shared */
} silences[] = {
        { DHCP4_EVENT_SILENT_OTHER_CLIENT, offsetof(struct dhcp_shared, drop_other_client) },
        { DHCP4_EVENT_SILENT_OTHER_SERVER, offsetof(struct dhcp_shared, drop_other_server) },
        { DHCP4_EVENT_SILENT_RELAYED, offsetof(struct dhcp_shared, drop_relayed) },
        { DHCP4_EVENT_SILENT_OTHER_ADDRESS, offsetof(struct dhcp_shared, drop_other_address) },
        { DHCP4_EVENT_SILENT_UNKNOWN, offsetof(struct dhcp_shared, drop_type) },
        { DHCP4_EVENT_SILENT_UNBUILT, offsetof(struct dhcp_shared, build_failed) },
};

START_TEST(test_events_silence_is_counted_by_its_reason)
{
        const char *at = (const char *)&shared + silences[_i].counter;
        uint64_t counted;

        ck_assert(!note(DHCP4_DISCOVER, "0.0.0.0", silences[_i].event));
        memcpy(&counted, at, sizeof(counted));
        ck_assert_uint_eq(counted, 1);
        /* Another client's message is none of the guest's. */
        ck_assert_uint_eq(shared.discover, silences[_i].event != DHCP4_EVENT_SILENT_OTHER_CLIENT);
        ck_assert_uint_eq(shared.lease_state, DHCP_LEASE_NONE);
}
END_TEST

START_TEST(test_events_guest_names_are_kept_until_told_otherwise)
{
        struct dhcp4_request req = { .type = DHCP4_DISCOVER,
                                     .host_name = "vm",
                                     .vendor_class = "udhcp 1.35" };

        events_note_dhcp(&shared, &conf, &req, DHCP4_EVENT_OFFERED);
        req.host_name[0] = req.vendor_class[0] = '\0';
        events_note_dhcp(&shared, &conf, &req, DHCP4_EVENT_OFFERED);
        ck_assert_str_eq(shared.guest_hostname, "vm");
        ck_assert_str_eq(shared.guest_vendor_class, "udhcp 1.35");
}
END_TEST

static void arp(const char *sender)
{
        struct frame f = { .kind = FRAME_ARP_REQUEST };

        f.src_ip = ip(sender);
        memcpy(f.arp_sender_mac, guest_mac, MAC_LEN);
        events_note_arp(&shared, &conf, &f);
}

static uint32_t used(void)
{
        uint64_t when;

        return dhcp_shared_used_address(&shared, conf.address.s_addr, &when);
}

START_TEST(test_events_used_address_is_the_senders_not_a_probes)
{
        struct frame foreign = { .kind = FRAME_ARP_REQUEST };

        arp("0.0.0.0");
        foreign.src_ip = ip("10.244.1.9"); /* of a MAC behind the guest's */
        events_note_arp(&shared, &conf, &foreign);
        ck_assert_uint_eq(used(), 0);
        arp("10.244.1.9");
        ck_assert_uint_eq(used(), ip("10.244.1.9").s_addr);
        arp("10.244.1.7");
        ck_assert_uint_eq(used(), ip("10.244.1.7").s_addr);
}
END_TEST

START_TEST(test_events_second_address_is_told_once_the_first_is_silent)
{
        arp("10.244.1.7");
        arp("10.244.1.9");
        ck_assert_uint_eq(used(), ip("10.244.1.7").s_addr);
        shared.own_seen_realtime_usec -= 61000000;
        ck_assert_uint_eq(used(), ip("10.244.1.9").s_addr);
}
END_TEST

START_TEST(test_events_start_after_the_first_is_a_restart)
{
        events_note_start(&shared);
        ck_assert_uint_eq(shared.restarts, 0);
        events_note_start(&shared);
        ck_assert_uint_eq(shared.restarts, 1);
        shared.is_handed_over = 1;
        events_note_start(&shared);
        ck_assert_uint_eq(shared.restarts, 1);
        events_note_start(&shared);
        ck_assert_uint_eq(shared.restarts, 2);
}
END_TEST

/* Somebody who took the responder over may have written it. */
START_TEST(test_shared_text_is_printable_and_ends)
{
        char wild[64], text[64];

        memset(wild, 'a', sizeof(wild));
        memcpy(wild, "\x1b[2J\xff", 5);
        dhcp_shared_text(wild, text);
        ck_assert_uint_eq(strlen(text), 63);
        ck_assert_int_eq(strncmp(text, "?[2J?aaa", 8), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_checked_fixture(tc, setup, NULL);
        tcase_add_test(tc, test_events_first_ack_is_kept_and_is_no_renewal);
        tcase_add_test(tc, test_events_request_with_ciaddr_is_a_renewal);
        tcase_add_test(tc, test_events_decline_is_a_conflict_until_the_next_ack);
        tcase_add_loop_test(tc, test_events_silence_is_counted_by_its_reason, 0,
                            ARRAY_SIZE(silences));
        tcase_add_test(tc, test_events_guest_names_are_kept_until_told_otherwise);
        tcase_add_test(tc, test_events_used_address_is_the_senders_not_a_probes);
        tcase_add_test(tc, test_events_second_address_is_told_once_the_first_is_silent);
        tcase_add_test(tc, test_events_start_after_the_first_is_a_restart);
        tcase_add_test(tc, test_shared_text_is_printable_and_ends);
}

int main(void)
{
        return unit_main("events", add_tests);
}
