/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_status_text.c - status and its picture, as they are printed
 */
#include <stdlib.h>
#include <string.h>

#include "launcher/picture.h"
#include "launcher/status_text.h"
#include "podgraft/error.h"
#include "tests/unit/unit.h"

#define NOW 1000000

static struct podnet *net;
static char *text; /* what was printed last */
static size_t text_len;

static void setup(void)
{
        struct ip_prefix address;

        net = podnet_new();
        strcpy(net->interface, "eth0");
        strcpy(net->nic, "eth0-nic");
        strcpy(net->bridge, "k6t-eth0");
        strcpy(net->tap, "tap0");
        mac_parse("aa:bb:cc:00:00:07", net->mac);
        net->mtu_bytes = 1450;
        ip_prefix_parse("10.244.1.7/24", &address);
        podnet_add_address(net, &address);
}

static void teardown(void)
{
        podnet_free(net);
        free(text);
        text = NULL;
}

static struct terminal terminal_to(FILE **ret, bool colour, bool utf8)
{
        free(text);
        text = NULL;
        *ret = open_memstream(&text, &text_len);
        return (struct terminal){ .out = *ret, .colour = colour, .utf8 = utf8 };
}

static struct json_object *parsed(const char *text)
{
        _cleanup_free_ char *json = json_of(text);

        return json_tokener_parse(json);
}

/* What is in force, with @lease and @links as JSON; into text. */
static void print_status(const char *lease, const char *links, bool alive, bool colour)
{
        static const char dead[] = "{'alive': false, 'pid': null}";
        static const char responder[] = "{'alive': true, 'pid': 12, 'worker': 13, "
                                        "'started_at': 999820, 'restarts': 0}";
        struct json_object *o = json_object_new_object();
        struct terminal t;
        FILE *f;

        t = terminal_to(&f, colour, true);
        json_object_object_add(o, "links", parsed(links));
        json_object_object_add(o, "lease", parsed(lease));
        json_object_object_add(o, "responder", parsed(alive ? responder : dead));
        json_object_object_add(o, "warnings", parsed("['something']"));
        status_print(&t, net, o, NOW);
        fclose(f);
        json_object_put(o);
}

static const char sound[] =
        "{'nic': {'name': 'eth0-nic', 'master': 'k6t-eth0', 'up': true},"
        " 'bridge': {'name': 'k6t-eth0', 'master': '', 'up': true},"
        " 'tap': {'name': 'tap0', 'master': 'k6t-eth0', 'up': true},"
        " 'keeper': null, 'filter': 'on', 'filter_as_recorded': true, 'drift': []}";
static const char broken[] = "{'nic': {'name': 'eth0-nic', 'master': '', 'up': true},"
                             " 'bridge': {'name': 'k6t-eth0', 'master': '', 'up': false},"
                             " 'tap': null,"
                             " 'keeper': null, 'filter': 'on', 'filter_as_recorded': true, "
                             "'drift': ['link tap0: create tap']}";

static void assert_line(const char *line)
{
        const char *at = strstr(text, line);

        ck_assert_msg(at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n',
                      "no line '%s' in:\n%s", line, text);
}

START_TEST(test_age_of_each_length_is_told_in_two_units_at_most)
{
        static const struct {
                long long sec;
                const char *text;
        } rows[] = {
                { -5, "0 s" },    { 0, "0 s" },          { 59, "59 s" },
                { 60, "1 min" },  { 119, "1 min" },      { 3599, "59 min" },
                { 3600, "1 h" },  { 7500, "2 h 5 min" }, { 86399, "23 h 59 min" },
                { 86400, "1 d" }, { 356400, "4 d 3 h" },
        };
        char buf[AGE_TEXT_LEN];

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                ck_assert_str_eq(age_format(rows[i].sec, buf), rows[i].text);
}
END_TEST

START_TEST(test_picture_graft_has_the_corner_in_one_column)
{
        FILE *f;
        struct terminal t = terminal_to(&f, false, true);

        picture_graft(&t, net, NULL);
        fclose(f);
        ck_assert_str_eq(text, "  node ── eth0-nic ─┐\n"
                               "                    ├─ k6t-eth0\n"
                               "              tap0 ─┘\n"
                               "                └─ guest  10.244.1.7/24\n"
                               "                          aa:bb:cc:00:00:07\n");
}
END_TEST

START_TEST(test_picture_graft_with_a_long_tap_draws_the_line_to_it)
{
        FILE *f;
        struct terminal t = terminal_to(&f, false, false);

        strcpy(net->nic, "a-nic");
        strcpy(net->tap, "tap0123456789ab");
        picture_graft(&t, net, NULL);
        fclose(f);
        ck_assert_str_eq(text, "  node ------------ a-nic -+\n"
                               "                           +- k6t-eth0\n"
                               "          tap0123456789ab -+\n"
                               "                 `- guest  10.244.1.7/24\n"
                               "                           aa:bb:cc:00:00:07\n");
}
END_TEST

START_TEST(test_picture_pod_without_an_address_says_so)
{
        FILE *f;
        struct terminal t = terminal_to(&f, false, false);

        net->n_addresses = 0;
        picture_pod(&t, net);
        fclose(f);
        ck_assert_str_eq(text, "  node -- eth0  no address\n"
                               "                aa:bb:cc:00:00:07\n");
}
END_TEST

START_TEST(test_picture_graft_marks_what_is_not_as_it_should_be)
{
        print_status("null", broken, true, false);
        assert_line("  node ── eth0-nic ─┐  not attached");
        assert_line("                    ├─ k6t-eth0  down");
        assert_line("              tap0 ─┘  missing");
        assert_line("wiring     has drifted; 'podgraft up' mends it:");
        assert_line("           link tap0: create tap");
}
END_TEST

START_TEST(test_status_in_ascii_and_without_colour_has_neither)
{
        FILE *f;
        struct terminal t = terminal_to(&f, false, false);

        picture_graft(&t, net, NULL);
        picture_pod(&t, net);
        fclose(f);
        for (size_t i = 0; i < text_len; i++)
                ck_assert_msg(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'), "byte %zu: %s",
                              i, text);
}
END_TEST

START_TEST(test_status_in_colour_has_drift_in_red)
{
        print_status("null", broken, true, true);
        assert_line("           \033[31mlink tap0: create tap\033[0m");
        assert_line("              \033[31mtap0\033[0m ─┘  \033[31mmissing\033[0m");
        print_status("null", sound, true, true);
        ck_assert_ptr_null(strstr(text, "\033[31m"));
        assert_line("wiring     \033[32mas it should be\033[0m");
}
END_TEST

START_TEST(test_status_tells_the_responder_and_its_age)
{
        print_status("null", sound, true, false);
        assert_line("responder  serves for 3 min as process 13, guarded by process 12");
        assert_line("lease      none: no guest has asked for it");
        assert_line("warning    something");
}
END_TEST

START_TEST(test_status_of_a_dead_responder_is_red_and_has_a_remedy)
{
        print_status("null", sound, false, true);
        assert_line("responder  \033[31mnot running; 'podgraft up' starts it\033[0m");
}
END_TEST

START_TEST(test_status_without_an_address_has_nothing_to_serve)
{
        net->n_addresses = 0;
        print_status("null", sound, false, false);
        assert_line("responder  none: the pod has no address to serve");
        ck_assert_ptr_null(strstr(text, "lease "));
}
END_TEST

START_TEST(test_status_tells_each_state_of_the_lease_with_its_age)
{
        static const struct {
                const char *lease, *line;
        } rows[] = {
                { "{'state': 'bound', 'address': '10.244.1.7', 'first_acked_at': 992500, "
                  "'acked_at': 992500, 'renewals': 0}",
                  "lease      10.244.1.7 for 2 h 5 min" },
                { "{'state': 'bound', 'address': '10.244.1.7', 'first_acked_at': 992500, "
                  "'acked_at': 999980, 'renewed_at': 999980, 'renewals': 4}",
                  "lease      10.244.1.7 for 2 h 5 min, renewed 20 s ago" },
                { "{'state': 'bound', 'address': '10.244.1.7', 'first_acked_at': 992500, "
                  "'released_at': 999000, 'acked_at': 999990, 'renewals': 0}",
                  "lease      10.244.1.7 for 10 s" },
                { "{'state': 'offered', 'offered_at': 999999}", "lease      offered 1 s ago" },
                { "{'state': 'released', 'released_at': 999940}", "lease      released 1 min ago" },
                { "{'state': 'declined', 'declined_at': 999995}", "lease      declined 5 s ago" },
                { "{'state': 'none'}", "lease      none: no guest has asked for it" },
                { "{'state': 'none', 'ipv6': {'state': 'none'}}",
                  "lease      none: no guest has asked for it" },
                { "{'state': 'none', 'ipv6': {'state': 'bound', 'address': 'fd00:1::7', "
                  "'first_acked_at': 992500, 'acked_at': 992500}}",
                  "lease      fd00:1::7 for 2 h 5 min" },
                { "{'state': 'offered', 'offered_at': 999999, "
                  "'ipv6': {'state': 'released', 'released_at': 999940}}",
                  "lease      released 1 min ago" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                print_status(rows[i].lease, sound, true, false);
                assert_line(rows[i].line);
        }
}
END_TEST

/* @set: "NAME=VALUE", NULL: nothing set */
static bool utf8_with(const char *first, const char *second)
{
        struct terminal t;

        unsetenv("LC_ALL");
        unsetenv("LC_CTYPE");
        unsetenv("LANG");
        if (first)
                putenv((char *)first);
        if (second)
                putenv((char *)second);
        t = terminal_of(stdout);
        return t.utf8;
}

START_TEST(test_terminal_takes_the_character_set_from_the_first_variable_that_is_set)
{
        ck_assert(!utf8_with(NULL, NULL));
        ck_assert(utf8_with("LANG=C.UTF-8", NULL));
        ck_assert(utf8_with("LANG=de_DE.utf8", NULL));
        ck_assert(!utf8_with("LANG=C", NULL));
        ck_assert(!utf8_with("LANG=C.UTF-8", "LC_ALL=C"));
        ck_assert(utf8_with("LANG=C", "LC_CTYPE=C.UTF-8"));
        ck_assert(utf8_with("LANG=C.UTF-8", "LC_ALL="));
        ck_assert(!utf8_with("LANG=de_DE.ISO-8859-1", NULL));
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_checked_fixture(tc, setup, teardown);
        tcase_add_test(tc, test_age_of_each_length_is_told_in_two_units_at_most);
        tcase_add_test(tc, test_picture_graft_has_the_corner_in_one_column);
        tcase_add_test(tc, test_picture_graft_with_a_long_tap_draws_the_line_to_it);
        tcase_add_test(tc, test_picture_pod_without_an_address_says_so);
        tcase_add_test(tc, test_picture_graft_marks_what_is_not_as_it_should_be);
        tcase_add_test(tc, test_status_in_ascii_and_without_colour_has_neither);
        tcase_add_test(tc, test_status_in_colour_has_drift_in_red);
        tcase_add_test(tc, test_status_tells_the_responder_and_its_age);
        tcase_add_test(tc, test_status_of_a_dead_responder_is_red_and_has_a_remedy);
        tcase_add_test(tc, test_status_without_an_address_has_nothing_to_serve);
        tcase_add_test(tc, test_status_tells_each_state_of_the_lease_with_its_age);
        tcase_add_test(tc,
                       test_terminal_takes_the_character_set_from_the_first_variable_that_is_set);
}

int main(void)
{
        return unit_main("status_text", add_tests);
}
