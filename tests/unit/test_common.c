/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "podgraft/json.h"
#include "podgraft/log.h"
#include "podgraft/loop.h"
#include "podgraft/podnet.h"

START_TEST(test_error_set_twice_keeps_first_cause)
{
        struct error err = ERROR_INIT;

        ck_assert_int_eq(error_set_class(&err, ERROR_USAGE, -EINVAL, "first"), -EINVAL);
        ck_assert_int_eq(error_set(&err, -EIO, "second"), -EIO);
        ck_assert_str_eq(err.message, "first");
        ck_assert_int_eq(err.class, ERROR_USAGE);
        ck_assert_int_eq(err.code, -EINVAL);
}
END_TEST

START_TEST(test_error_context_puts_outermost_first)
{
        struct error err = ERROR_INIT;

        error_errno(&err, -EPERM, "attach '%s'", "eth0-nic");
        ck_assert_int_eq(error_context(&err, "up '%s'", "eth0"), -EPERM);
        ck_assert_str_eq(err.message, "up 'eth0': attach 'eth0-nic': Operation not permitted");
}
END_TEST

START_TEST(test_error_context_long_message_is_cut_not_overrun)
{
        struct error err = ERROR_INIT;
        char text[4000];

        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        error_set(&err, -EIO, "%s", text);
        error_context(&err, "up");
        ck_assert_uint_eq(strlen(err.message), sizeof(err.message) - 1);
        ck_assert_int_eq(strncmp(err.message, "up: xxx", 7), 0);
}
END_TEST

START_TEST(test_log_limit_burst_is_let_through_then_one_per_interval)
{
        struct log_limit limit = { .burst = 2, .interval_msec = 1000 };

        ck_assert(log_limit_pass(&limit, 5000));
        ck_assert(log_limit_pass(&limit, 5000));
        ck_assert(!log_limit_pass(&limit, 5999));
        ck_assert_uint_eq(limit.suppressed, 1);
        ck_assert(log_limit_pass(&limit, 6000));
        ck_assert(!log_limit_pass(&limit, 6001));
        /* A long silence earns the burst again, not more. */
        ck_assert(log_limit_pass(&limit, 1000000));
        ck_assert(log_limit_pass(&limit, 1000000));
        ck_assert(!log_limit_pass(&limit, 1000000));
}
END_TEST

static int read_log_line(enum log_format format, const char *message, char *buf, size_t size)
{
        int fds[2];
        ssize_t n;

        ck_assert_int_eq(pipe(fds), 0);
        log_setup("test", LOG_LEVEL_INFO, format, fds[1]);
        log_warning("an-event", "%s", message);
        log_debug("quiet", "not shown");
        close(fds[1]);
        n = read(fds[0], buf, size - 1);
        close(fds[0]);
        buf[n > 0 ? n : 0] = '\0';
        return (int)n;
}

START_TEST(test_log_json_line_parses_and_keeps_message)
{
        static const char message[] = "name 'a\"b\\c'\nnext\tand \x01";
        struct json_object *o;
        char line[512];
        const char *text;

        read_log_line(LOG_FORMAT_JSON, message, line, sizeof(line));
        o = json_tokener_parse(line);
        ck_assert_ptr_nonnull(o);
        ck_assert_int_eq(json_get_string(o, "message", &text, NULL), 0);
        ck_assert_str_eq(text, message);
        ck_assert_int_eq(json_get_string(o, "event", &text, NULL), 0);
        ck_assert_str_eq(text, "an-event");
        json_object_put(o);
}
END_TEST

START_TEST(test_log_text_line_is_one_line_with_level)
{
        char line[512];

        read_log_line(LOG_FORMAT_TEXT, "hello", line, sizeof(line));
        ck_assert_str_eq(line, "test: warning: hello\n");
}
END_TEST

static const struct {
        const char *text;
        bool ok;
} mac_texts[] = {
        { "aa:bb:cc:00:00:07", true },
        { "AA:BB:CC:00:00:07", true },
        { "", false },
        { "aa:bb:cc:00:00", false },
        { "aa:bb:cc:00:00:07:", false },
        { "aa:bb:cc:00:00:0", false },
        { "aa-bb-cc-00-00-07", false },
        { "ga:bb:cc:00:00:07", false },
};

START_TEST(test_mac_parse_table)
{
        uint8_t mac[MAC_LEN] = { 1, 2, 3, 4, 5, 6 };
        char text[MAC_TEXT_LEN];

        if (mac_texts[_i].ok) {
                ck_assert_int_eq(mac_parse(mac_texts[_i].text, mac), 0);
                ck_assert_str_eq(mac_format(mac, text), "aa:bb:cc:00:00:07");
        } else {
                ck_assert_int_eq(mac_parse(mac_texts[_i].text, mac), -EINVAL);
                ck_assert_uint_eq(mac[0], 1);
        }
}
END_TEST

static const struct {
        const char *text, *back; /* back NULL: refused */
} prefix_texts[] = {
        { "10.244.1.7/24", "10.244.1.7/24" },
        { "10.0.0.1", "10.0.0.1/32" },
        { "fd00::5/64", "fd00::5/64" },
        { "fd00::5", "fd00::5/128" },
        { "0.0.0.0/0", "0.0.0.0/0" },
        { "10.0.0.1/33", NULL },
        { "10.0.0.1/", NULL },
        { "10.0.0.1/-1", NULL },
        { "10.0.0.1/2x", NULL },
        { "fd00::5/129", NULL },
        { "10.0.0", NULL },
        { "", NULL },
};

START_TEST(test_ip_prefix_parse_table)
{
        struct ip_prefix prefix;
        char text[IP_PREFIX_TEXT_LEN];
        int r = ip_prefix_parse(prefix_texts[_i].text, &prefix);

        if (!prefix_texts[_i].back) {
                ck_assert_int_eq(r, -EINVAL);
                return;
        }
        ck_assert_int_eq(r, 0);
        ck_assert_str_eq(ip_prefix_format(&prefix, text), prefix_texts[_i].back);
}
END_TEST

static struct podnet *sample_podnet(void)
{
        struct podnet *net = podnet_new();
        struct podnet_route route = { .metric = 100 };
        struct ip_prefix prefix;
        struct ip_addr addr;

        strcpy(net->interface, "eth0");
        strcpy(net->nic, "eth0-nic");
        strcpy(net->bridge, "k6t-eth0");
        strcpy(net->tap, "tap0");
        strcpy(net->hostname, "pod-1");
        net->index = 0;
        net->mtu_bytes = 1450;
        net->queues = 2;
        ck_assert_int_eq(mac_parse("aa:bb:cc:00:00:07", net->mac), 0);
        ck_assert_int_eq(mac_parse("02:bb:cc:00:00:08", net->server_mac), 0);
        ck_assert_int_eq(inet_pton(AF_INET, "169.254.75.10", &net->server_ip), 1);
        ip_prefix_parse("10.244.1.7/24", &prefix);
        podnet_add_address(net, &prefix);
        ip_prefix_parse("fd00::7/64", &prefix);
        podnet_add_address(net, &prefix);
        ip_prefix_parse("169.254.1.1/32", &route.dst);
        podnet_add_route(net, &route);
        ip_prefix_parse("0.0.0.0/0", &route.dst);
        ip_addr_parse("169.254.1.1", &route.gateway);
        podnet_add_route(net, &route);
        ip_addr_parse("10.96.0.10", &addr);
        podnet_add_nameserver(net, &addr);
        podnet_add_search(net, "default.svc.cluster.local");
        return net;
}

START_TEST(test_podnet_json_round_trip_is_equal)
{
        struct podnet *net = sample_podnet(), *back = NULL;
        struct json_object *first = podnet_to_json(net), *second;
        struct error err = ERROR_INIT;

        ck_assert_msg(podnet_from_json(first, &back, &err) == 0, "%s", err.message);
        second = podnet_to_json(back);
        ck_assert_str_eq(json_object_to_json_string(first), json_object_to_json_string(second));
        ck_assert_uint_eq(back->n_addresses, 2);
        ck_assert_uint_eq(back->n_routes, 2);
        ck_assert_uint_eq(back->routes[0].metric, 100);
        json_object_put(first);
        json_object_put(second);
        podnet_free(net);
        podnet_free(back);
}
END_TEST

START_TEST(test_podnet_from_json_bad_value_names_key)
{
        struct podnet *net = sample_podnet(), *back = NULL;
        struct json_object *o = podnet_to_json(net);
        struct error err = ERROR_INIT;

        json_object_object_add(o, "mac", json_object_new_string("nonsense"));
        ck_assert_int_eq(podnet_from_json(o, &back, &err), -EINVAL);
        ck_assert_ptr_nonnull(strstr(err.message, "'mac'"));
        ck_assert_ptr_null(back);
        json_object_put(o);
        podnet_free(net);
}
END_TEST

START_TEST(test_podnet_copy_shares_nothing)
{
        struct podnet *net = sample_podnet(), *copy = podnet_copy(net);
        struct ip_addr gateway;

        podnet_free(net);
        ip_addr_parse("169.254.1.1", &gateway);
        ck_assert(ip_addr_equal(podnet_default_gateway(copy, AF_INET), &gateway));
        ck_assert_ptr_null(podnet_default_gateway(copy, AF_INET6));
        ck_assert_uint_eq(podnet_first_address(copy, AF_INET6)->len, 64);
        podnet_free(copy);
}
END_TEST

START_TEST(test_json_file_truncated_is_named_as_such)
{
        char dir[] = "/tmp/podgraft-test-XXXXXX", path[64];
        struct json_object *o = json_object_new_object(), *back = NULL;
        struct error err = ERROR_INIT;
        uint64_t n;

        ck_assert_ptr_nonnull(mkdtemp(dir));
        snprintf(path, sizeof(path), "%s/file.json", dir);
        json_add_u64(o, "n", 7);
        json_add_string(o, "text", "hello");
        ck_assert_int_eq(json_write_file(path, o, &err), 0);
        ck_assert_int_eq(json_read_file(path, &back, &err), 0);
        ck_assert_int_eq(json_get_u64(back, "n", 10, &n, &err), 0);
        ck_assert_uint_eq(n, 7);
        ck_assert_int_eq(json_get_u64(back, "n", 6, &n, &err), -EINVAL);
        json_object_put(back);
        error_clear(&err);

        ck_assert_int_eq(truncate(path, 9), 0);
        ck_assert_int_eq(json_read_file(path, &back, &err), -EINVAL);
        ck_assert_ptr_nonnull(strstr(err.message, "truncated"));
        error_clear(&err);

        ck_assert_int_eq(unlink(path), 0);
        ck_assert_int_eq(json_read_file(path, &back, &err), -ENOENT);
        ck_assert_int_eq(rmdir(dir), 0);
        json_object_put(o);
}
END_TEST

static int count_and_quit(void *user)
{
        loop_quit(user, 5);
        return 0;
}

static int fail_on_read(int fd, uint32_t events _unused_, void *user)
{
        char byte;

        ck_assert_int_eq(read(fd, &byte, 1), 1);
        (*(int *)user)++;
        return -EBADMSG;
}

START_TEST(test_loop_timer_quits_with_its_code)
{
        struct loop_source *timer;
        struct loop *loop;

        ck_assert_int_eq(loop_new(&loop, NULL), 0);
        ck_assert_int_eq(loop_add_timer(loop, count_and_quit, loop, &timer, NULL), 0);
        loop_timer_set(timer, 1);
        ck_assert_int_eq(loop_run(loop, NULL), 5);
        loop_free(loop);
}
END_TEST

START_TEST(test_loop_callback_failure_ends_loop)
{
        struct loop *loop;
        int fds[2], calls = 0;

        ck_assert_int_eq(pipe(fds), 0);
        ck_assert_int_eq(write(fds[1], "x", 1), 1);
        ck_assert_int_eq(loop_new(&loop, NULL), 0);
        ck_assert_int_eq(loop_add_io(loop, fds[0], EPOLLIN, fail_on_read, &calls, NULL, NULL), 0);
        ck_assert_int_eq(loop_run(loop, NULL), -EBADMSG);
        ck_assert_int_eq(calls, 1);
        loop_free(loop);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("common");
        TCase *tc = tcase_create("common");
        SRunner *runner;
        int failed;

        tcase_add_test(tc, test_error_set_twice_keeps_first_cause);
        tcase_add_test(tc, test_error_context_puts_outermost_first);
        tcase_add_test(tc, test_error_context_long_message_is_cut_not_overrun);
        tcase_add_test(tc, test_log_limit_burst_is_let_through_then_one_per_interval);
        tcase_add_test(tc, test_log_json_line_parses_and_keeps_message);
        tcase_add_test(tc, test_log_text_line_is_one_line_with_level);
        tcase_add_loop_test(tc, test_mac_parse_table, 0, ARRAY_SIZE(mac_texts));
        tcase_add_loop_test(tc, test_ip_prefix_parse_table, 0, ARRAY_SIZE(prefix_texts));
        tcase_add_test(tc, test_podnet_json_round_trip_is_equal);
        tcase_add_test(tc, test_podnet_from_json_bad_value_names_key);
        tcase_add_test(tc, test_podnet_copy_shares_nothing);
        tcase_add_test(tc, test_json_file_truncated_is_named_as_such);
        tcase_add_test(tc, test_loop_timer_quits_with_its_code);
        tcase_add_test(tc, test_loop_callback_failure_ends_loop);
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
