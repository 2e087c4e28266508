/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_dhcp6_decide.c - each message in, the whole reply as one line out; sections are of RFC 8415
 */
#include "tests/unit/dhcp6_fixture.h"

/* How a message differs from what a client of its type sends. */
enum {
        RAPID = 1,
        UNICAST = 2,
        NO_CLIENT_ID = 4,
        NO_SERVER_ID = 8,
        OTHER_SERVER_ID = 16,
        OUR_SERVER_ID = 32,
};

struct vector6 {
        const char *name;
        uint8_t type;
        unsigned flags;
        const char *ias; /* "3 one1 fd00:1::7 2001:db8::7, 25 pref": code, IAID and addresses */
        enum dhcp6_event event;
        const char *reply; /* "" for silence */
};

static void add_ias(struct message6 *m, const char *ias)
{
        char text[256], iaid[5], *save = NULL;
        unsigned code;
        int len;

        strcpy(text, ias);
        for (char *ia = strtok_r(text, ",", &save); ia; ia = strtok_r(NULL, ",", &save)) {
                ck_assert_int_eq(sscanf(ia, "%u %4s%n", &code, iaid, &len), 2);
                add_ia(m, (uint16_t)code, iaid, ia + len);
        }
}

/* All ask for name servers and for nothing else. */
static struct dhcp6_request request6(const struct vector6 *v)
{
        static const uint8_t other[] = { 0, 3, 0, 1, 2, 0, 0, 0, 0, 2 };
        struct dhcp6_request req;
        struct message6 m;

        bare6(&m, v->type);
        if (!(v->flags & NO_CLIENT_ID))
                write_option6(&m.w, DHCP6_OPT_CLIENT_ID, client_duid, sizeof(client_duid));
        if (v->flags & OTHER_SERVER_ID)
                write_option6(&m.w, DHCP6_OPT_SERVER_ID, other, sizeof(other));
        else if (v->flags & OUR_SERVER_ID || (names_server(v->type) && !(v->flags & NO_SERVER_ID)))
                write_option6(&m.w, DHCP6_OPT_SERVER_ID, server_duid, sizeof(server_duid));
        write_option6(&m.w, DHCP6_OPT_OPTION_REQUEST, "\0\x17", 2);
        if (v->flags & RAPID)
                write_option6(&m.w, DHCP6_OPT_RAPID_COMMIT, "", 0);
        add_ias(&m, v->ias);
        ck_assert_int_eq(message6_parse(&m, &req), DHCP6_FLAW_NONE);
        req.is_unicast = v->flags & UNICAST;
        return req;
}

static void check_vector6(const struct vector6 *v)
{
        struct dhcp_conf conf = dual_conf();
        struct dhcp6_request req = request6(v);
        struct dhcp6_reply reply;

        ck_assert_msg(dhcp6_decide(&conf, &req, &reply) == v->event, "%s: another event", v->name);
        ck_assert_msg(strcmp(view6(&reply), v->reply) == 0, "%s:\n%s\n%s", v->name, view6(&reply),
                      v->reply);
}

/* --- what is answered: 18.3 --- */

static const struct vector6 vectors[] = {
        /* SOLICIT: 18.3.1, 18.3.9 */
        { "solicit", DHCP6_SOLICIT, 0, "3 one1", DHCP6_EVENT_OFFERED,
          "ADVERTISE/client/preference=255/ia 3 one1" ALWAYS BOTH DNS },
        { "solicit with its old address", DHCP6_SOLICIT, 0, "3 one1 fd00:2::1", DHCP6_EVENT_OFFERED,
          "ADVERTISE/client/preference=255/ia 3 one1" ALWAYS BOTH DNS },
        { "solicit with rapid commit", DHCP6_SOLICIT, RAPID, "3 one1", DHCP6_EVENT_ACKED,
          "REPLY/client/rapid/ia 3 one1" ALWAYS BOTH DNS },
        { "solicit for two IAs", DHCP6_SOLICIT, 0, "3 one1, 3 two2", DHCP6_EVENT_OFFERED,
          "ADVERTISE/client/preference=255/ia 3 one1" ALWAYS FIRST "/ia 3 two2" ALWAYS SECOND DNS },
        { "solicit for three IAs", DHCP6_SOLICIT, 0, "3 one1, 3 two2, 3 tri3", DHCP6_EVENT_OFFERED,
          "ADVERTISE/client/preference=255/ia 3 one1" ALWAYS FIRST "/ia 3 two2" ALWAYS SECOND
          "/ia 3 tri3 0 0 status=2" DNS },
        { "solicit: an IA keeps what it had", DHCP6_SOLICIT, 0, "3 one1 2001:db8::7, 3 two2",
          DHCP6_EVENT_OFFERED,
          "ADVERTISE/client/preference=255/ia 3 one1" ALWAYS SECOND "/ia 3 two2" ALWAYS FIRST DNS },
        { "solicit for everything", DHCP6_SOLICIT, 0, "25 pref, 4 temp, 3 one1",
          DHCP6_EVENT_OFFERED,
          "ADVERTISE/client/preference=255/ia 25 pref 0 0 status=6/ia 4 temp status=2"
          "/ia 3 one1" ALWAYS BOTH DNS },
        { "solicit for a prefix only", DHCP6_SOLICIT, RAPID, "25 pref", DHCP6_EVENT_REFUSED,
          "ADVERTISE/client/preference=255/ia 25 pref 0 0 status=6" DNS },
        { "solicit for temporary addresses only", DHCP6_SOLICIT, 0, "4 temp fd00:1::7",
          DHCP6_EVENT_REFUSED, "ADVERTISE/client/preference=255/ia 4 temp status=2" DNS },
        { "solicit without an IA", DHCP6_SOLICIT, 0, "", DHCP6_EVENT_REFUSED,
          "ADVERTISE/client/preference=255" DNS },
        /* REQUEST: 18.3.2 */
        { "request", DHCP6_REQUEST, 0, "3 one1 fd00:1::7 2001:db8::7", DHCP6_EVENT_ACKED,
          "REPLY/client/ia 3 one1" ALWAYS BOTH DNS },
        { "request without addresses", DHCP6_REQUEST, 0, "3 one1", DHCP6_EVENT_ACKED,
          "REPLY/client/ia 3 one1" ALWAYS BOTH DNS },
        { "request for a foreign address", DHCP6_REQUEST, 0, "3 one1 fd00:2::1",
          DHCP6_EVENT_NOT_ON_LINK, "REPLY/client/ia 3 one1 0 0 status=4" DNS },
        { "request for a foreign address of the pod's prefix", DHCP6_REQUEST, 0, "3 one1 fd00:1::8",
          DHCP6_EVENT_NOT_ON_LINK, "REPLY/client/ia 3 one1 0 0 status=4" DNS },
        { "request for one foreign address beside the pod's", DHCP6_REQUEST, 0,
          "3 one1 fd00:1::7 fd00:2::1", DHCP6_EVENT_NOT_ON_LINK,
          "REPLY/client/ia 3 one1 0 0 status=4" DNS },
        { "request for a prefix", DHCP6_REQUEST, 0, "25 pref", DHCP6_EVENT_REFUSED,
          "REPLY/client/ia 25 pref 0 0 status=6" DNS },
        /* RENEW, REBIND: 18.3.4, 18.3.5 */
        { "renew", DHCP6_RENEW, 0, "3 one1 fd00:1::7 2001:db8::7", DHCP6_EVENT_ACKED,
          "REPLY/client/ia 3 one1" ALWAYS BOTH DNS },
        { "renew of a foreign address", DHCP6_RENEW, 0, "3 one1 fd00:2::1", DHCP6_EVENT_ACKED,
          "REPLY/client/ia 3 one1" ALWAYS BOTH " [fd00:2::1 0 0]" DNS },
        { "renew of what another IA had, which comes without", DHCP6_RENEW, 0,
          "3 two2, 3 one1 fd00:1::7 2001:db8::7", DHCP6_EVENT_ACKED,
          "REPLY/client/ia 3 two2 0 0 status=2/ia 3 one1" ALWAYS BOTH DNS },
        { "renew of a foreign address by an IA that gets none", DHCP6_RENEW, 0,
          "3 one1 fd00:1::7 2001:db8::7, 3 two2 fd00:2::1", DHCP6_EVENT_ACKED,
          "REPLY/client/ia 3 one1" ALWAYS BOTH "/ia 3 two2 0 0 [fd00:2::1 0 0]" DNS },
        { "renew of a prefix", DHCP6_RENEW, 0, "25 pref", DHCP6_EVENT_REFUSED,
          "REPLY/client/ia 25 pref 0 0 status=6" DNS },
        { "renew of a temporary address", DHCP6_RENEW, 0, "4 temp fd00:2::1", DHCP6_EVENT_REFUSED,
          "REPLY/client/ia 4 temp [fd00:2::1 0 0]" DNS },
        { "rebind", DHCP6_REBIND, 0, "3 one1 fd00:1::7 2001:db8::7", DHCP6_EVENT_ACKED,
          "REPLY/client/ia 3 one1" ALWAYS BOTH DNS },
        { "rebind of a foreign address", DHCP6_REBIND, 0, "3 one1 fd00:2::1", DHCP6_EVENT_ACKED,
          "REPLY/client/ia 3 one1" ALWAYS BOTH " [fd00:2::1 0 0]" DNS },
        /* CONFIRM: 18.3.3 */
        { "confirm", DHCP6_CONFIRM, 0, "3 one1 fd00:1::7", DHCP6_EVENT_CONFIRMED,
          "REPLY/client/status=0" DNS },
        { "confirm a foreign address", DHCP6_CONFIRM, 0, "3 one1 fd00:1::7 fd00:1::8",
          DHCP6_EVENT_NOT_ON_LINK, "REPLY/client/status=4" },
        { "confirm a foreign address of the second IA", DHCP6_CONFIRM, 0,
          "3 one1 fd00:1::7, 3 two2 fd00:2::1", DHCP6_EVENT_NOT_ON_LINK, "REPLY/client/status=4" },
        { "confirm nothing", DHCP6_CONFIRM, 0, "3 one1", DHCP6_EVENT_SILENT_NO_ADDRESS, "" },
        { "confirm without an IA", DHCP6_CONFIRM, 0, "", DHCP6_EVENT_SILENT_NO_ADDRESS, "" },
        /* RELEASE, DECLINE: 18.3.7, 18.3.8 */
        { "release", DHCP6_RELEASE, 0, "3 one1 fd00:1::7", DHCP6_EVENT_RELEASED,
          "REPLY/client/status=0" },
        { "release of a foreign address", DHCP6_RELEASE, 0, "3 one1 fd00:2::1",
          DHCP6_EVENT_NO_BINDING, "REPLY/client/status=0/ia 3 one1 0 0 status=3" },
        { "release of everything", DHCP6_RELEASE, 0,
          "3 one1 fd00:1::7, 3 two2, 4 temp fd00:1::7, 25 pref", DHCP6_EVENT_RELEASED,
          "REPLY/client/status=0/ia 3 two2 0 0 status=3/ia 4 temp status=3"
          "/ia 25 pref 0 0 status=3" },
        { "decline", DHCP6_DECLINE, 0, "3 one1 fd00:1::7", DHCP6_EVENT_DECLINED,
          "REPLY/client/status=0" },
        { "decline of a foreign address", DHCP6_DECLINE, 0, "3 one1 fd00:2::1",
          DHCP6_EVENT_NO_BINDING, "REPLY/client/status=0/ia 3 one1 0 0 status=3" },
        /* INFORMATION-REQUEST: 18.3.6 */
        { "information", DHCP6_INFORMATION_REQUEST, 0, "", DHCP6_EVENT_INFORMED,
          "REPLY/client" DNS },
        { "information, of nobody", DHCP6_INFORMATION_REQUEST, NO_CLIENT_ID, "",
          DHCP6_EVENT_INFORMED, "REPLY" DNS },
        { "information, of us", DHCP6_INFORMATION_REQUEST, OUR_SERVER_ID, "", DHCP6_EVENT_INFORMED,
          "REPLY/client" DNS },
        { "information, of another server", DHCP6_INFORMATION_REQUEST, OTHER_SERVER_ID, "",
          DHCP6_EVENT_SILENT_OTHER_SERVER, "" },
        { "information with an IA", DHCP6_INFORMATION_REQUEST, 0, "3 one1", DHCP6_EVENT_SILENT_IA,
          "" },
};

START_TEST(test_dhcp6_decide_vector)
{
        check_vector6(&vectors[_i]);
}
END_TEST

/* --- what is no message to answer: 16.2 to 16.14 --- */

static const struct {
        const char *name;
        uint8_t type;
        unsigned flags;
        const char *ias;
        enum dhcp6_event event;
} silent[] = {
        { "solicit of nobody", DHCP6_SOLICIT, NO_CLIENT_ID, "3 one1",
          DHCP6_EVENT_SILENT_NO_CLIENT_ID },
        { "request of nobody", DHCP6_REQUEST, NO_CLIENT_ID, "3 one1",
          DHCP6_EVENT_SILENT_NO_CLIENT_ID },
        { "confirm of nobody", DHCP6_CONFIRM, NO_CLIENT_ID, "3 one1 fd00:1::7",
          DHCP6_EVENT_SILENT_NO_CLIENT_ID },
        { "renew of nobody", DHCP6_RENEW, NO_CLIENT_ID, "3 one1", DHCP6_EVENT_SILENT_NO_CLIENT_ID },
        { "rebind of nobody", DHCP6_REBIND, NO_CLIENT_ID, "3 one1",
          DHCP6_EVENT_SILENT_NO_CLIENT_ID },
        { "release of nobody", DHCP6_RELEASE, NO_CLIENT_ID, "3 one1",
          DHCP6_EVENT_SILENT_NO_CLIENT_ID },
        { "decline of nobody", DHCP6_DECLINE, NO_CLIENT_ID, "3 one1",
          DHCP6_EVENT_SILENT_NO_CLIENT_ID },
        { "solicit to us", DHCP6_SOLICIT, OUR_SERVER_ID, "3 one1", DHCP6_EVENT_SILENT_SERVER_ID },
        { "confirm to us", DHCP6_CONFIRM, OUR_SERVER_ID, "3 one1 fd00:1::7",
          DHCP6_EVENT_SILENT_SERVER_ID },
        { "rebind to us", DHCP6_REBIND, OUR_SERVER_ID, "3 one1", DHCP6_EVENT_SILENT_SERVER_ID },
        { "request to nobody", DHCP6_REQUEST, NO_SERVER_ID, "3 one1",
          DHCP6_EVENT_SILENT_SERVER_ID },
        { "renew to nobody", DHCP6_RENEW, NO_SERVER_ID, "3 one1", DHCP6_EVENT_SILENT_SERVER_ID },
        { "release to nobody", DHCP6_RELEASE, NO_SERVER_ID, "3 one1",
          DHCP6_EVENT_SILENT_SERVER_ID },
        { "decline to nobody", DHCP6_DECLINE, NO_SERVER_ID, "3 one1",
          DHCP6_EVENT_SILENT_SERVER_ID },
        { "request to another server", DHCP6_REQUEST, OTHER_SERVER_ID, "3 one1",
          DHCP6_EVENT_SILENT_OTHER_SERVER },
        { "renew to another server", DHCP6_RENEW, OTHER_SERVER_ID, "3 one1",
          DHCP6_EVENT_SILENT_OTHER_SERVER },
        { "release to another server", DHCP6_RELEASE, OTHER_SERVER_ID, "3 one1 fd00:1::7",
          DHCP6_EVENT_SILENT_OTHER_SERVER },
        { "decline to another server", DHCP6_DECLINE, OTHER_SERVER_ID, "3 one1 fd00:1::7",
          DHCP6_EVENT_SILENT_OTHER_SERVER },
        { "type 0", 0, 0, "", DHCP6_EVENT_SILENT_UNKNOWN },
        { "advertise", DHCP6_ADVERTISE, OUR_SERVER_ID, "", DHCP6_EVENT_SILENT_UNKNOWN },
        { "reply", DHCP6_REPLY, OUR_SERVER_ID, "", DHCP6_EVENT_SILENT_UNKNOWN },
        { "reconfigure", DHCP6_RECONFIGURE, OUR_SERVER_ID, "", DHCP6_EVENT_SILENT_UNKNOWN },
        { "relay-forward", DHCP6_RELAY_FORWARD, 0, "", DHCP6_EVENT_SILENT_RELAYED },
        { "relay-reply", DHCP6_RELAY_REPLY, 0, "", DHCP6_EVENT_SILENT_UNKNOWN },
        { "leasequery", 14, 0, "", DHCP6_EVENT_SILENT_UNKNOWN },
        { "type 255", 255, 0, "", DHCP6_EVENT_SILENT_UNKNOWN },
};

START_TEST(test_dhcp6_decide_what_is_no_message_is_not_answered)
{
        check_vector6(&(struct vector6){ .name = silent[_i].name,
                                         .type = silent[_i].type,
                                         .flags = silent[_i].flags,
                                         .ias = silent[_i].ias,
                                         .event = silent[_i].event,
                                         .reply = "" });
}
END_TEST

/* --- by unicast: 18.4 --- */

static const struct vector6 unicasts[] = {
        { "request by unicast", DHCP6_REQUEST, UNICAST, "3 one1 fd00:1::7",
          DHCP6_EVENT_USE_MULTICAST, "REPLY/client/status=5" },
        { "renew by unicast", DHCP6_RENEW, UNICAST, "3 one1 fd00:1::7", DHCP6_EVENT_USE_MULTICAST,
          "REPLY/client/status=5" },
        { "release by unicast", DHCP6_RELEASE, UNICAST, "3 one1 fd00:1::7",
          DHCP6_EVENT_USE_MULTICAST, "REPLY/client/status=5" },
        { "decline by unicast", DHCP6_DECLINE, UNICAST, "3 one1 fd00:1::7",
          DHCP6_EVENT_USE_MULTICAST, "REPLY/client/status=5" },
        { "solicit by unicast", DHCP6_SOLICIT, UNICAST, "3 one1", DHCP6_EVENT_SILENT_UNICAST, "" },
        { "confirm by unicast", DHCP6_CONFIRM, UNICAST, "3 one1 fd00:1::7",
          DHCP6_EVENT_SILENT_UNICAST, "" },
        { "rebind by unicast", DHCP6_REBIND, UNICAST, "3 one1 fd00:1::7",
          DHCP6_EVENT_SILENT_UNICAST, "" },
        { "information by unicast", DHCP6_INFORMATION_REQUEST, UNICAST, "",
          DHCP6_EVENT_SILENT_UNICAST, "" },
};

START_TEST(test_dhcp6_decide_unicast_is_not_served)
{
        check_vector6(&unicasts[_i]);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_dhcp6_decide_vector, 0, ARRAY_SIZE(vectors));
        tcase_add_loop_test(tc, test_dhcp6_decide_what_is_no_message_is_not_answered, 0,
                            ARRAY_SIZE(silent));
        tcase_add_loop_test(tc, test_dhcp6_decide_unicast_is_not_served, 0, ARRAY_SIZE(unicasts));
}

int main(void)
{
        return unit_main("dhcp6_decide", add_tests);
}
