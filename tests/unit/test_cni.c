/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_cni.c - what a container runtime asks, and what it is answered; JSON with single quotes
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/cni_state.h"
#include "podgraft/json.h"
#include "tests/unit/unit.h"

#define PREVIOUS "'prevResult':{'interfaces':[{'name':'eth0','sandbox':'/n'}]}"
#define HEAD     "{'cniVersion':'1.0.0','name':'vms'"
#define HEAD_11  "{'cniVersion':'1.1.0','name':'vms'"
#define GOOD     HEAD "," PREVIOUS "}"
#define BINDING  HEAD ",'args':{'cni':{'logicNetworkName':'default'}}}"

/* Container, namespace and interface are "c1", "/n" and "eth0". */
static const struct {
        const char *command, *text;
        enum cni_code code;
} requests[] = {
        { "ADD", GOOD, CNI_OK },
        { "ADD", BINDING, CNI_OK },
        { "DEL", HEAD "}", CNI_OK },
        { "CHECK", GOOD, CNI_OK },
        { "ADD", "{'cniVersion':'0.3.1','name':'vms'," PREVIOUS "}", CNI_OK },
        { "ADD", "{'cniVersion':'0.3.0','name':'vms'," PREVIOUS "}", CNI_INCOMPATIBLE_VERSION },
        { "ADD", "{'cniVersion':'1.1','name':'vms'," PREVIOUS "}", CNI_INCOMPATIBLE_VERSION },
        { "ADD", "{'name':'vms'," PREVIOUS "}", CNI_INCOMPATIBLE_VERSION },
        { "ADD", "{'cniVersion':1,'name':'vms'," PREVIOUS "}", CNI_BAD_CONTENT },
        { "CHECK", "{'cniVersion':'0.3.1','name':'vms'," PREVIOUS "}", CNI_INCOMPATIBLE_VERSION },
        { "STATUS", HEAD "}", CNI_INCOMPATIBLE_VERSION },
        { "GC", HEAD "}", CNI_INCOMPATIBLE_VERSION },
        { "ADD", "", CNI_BAD_CONTENT },
        { "ADD", HEAD, CNI_BAD_CONTENT },
        { "ADD", "null", CNI_BAD_CONTENT },
        { "ADD", "[]", CNI_BAD_CONTENT },
        { "ADD", GOOD "{}", CNI_BAD_CONTENT },
        { "VERSION", "", CNI_BAD_CONTENT },
        { "ADD", "{'cniVersion':'1.0.0'," PREVIOUS "}", CNI_BAD_CONFIG },
        { "ADD", "{'cniVersion':'1.0.0','name':''," PREVIOUS "}", CNI_BAD_CONFIG },
        { "ADD", HEAD "}", CNI_BAD_CONFIG },
        { "ADD", HEAD ",'prevResult':''}", CNI_BAD_CONFIG },
        { "ADD", HEAD ",'prevResult':{'interfaces':{}}}", CNI_BAD_CONFIG },
        { "ADD", HEAD ",'args':[]," PREVIOUS "}", CNI_BAD_CONFIG },
        { "ADD", HEAD ",'args':{'cni':{'logicNetworkName':7}}}", CNI_BAD_CONFIG },
        { "ADD", HEAD ",'args':{'cni':{'logicNetworkName':''}}}", CNI_BAD_CONFIG },
        { "CHECK", BINDING, CNI_BAD_CONFIG },
        { "GC", HEAD_11 "}", CNI_BAD_CONFIG },
        { NULL, GOOD, CNI_BAD_ENVIRONMENT },
        { "", GOOD, CNI_BAD_ENVIRONMENT },
        { "add", GOOD, CNI_BAD_ENVIRONMENT },
};

static const struct {
        const char *command, *text;
        enum cni_code code;
        const char *container_id, *netns, *ifname;
} environments[] = {
        { "ADD", GOOD, CNI_OK, "0a.b_c-d", "/n", "pod16477688c0e" },
        { "DEL", HEAD "}", CNI_OK, "c1", "", "eth0" },
        { "STATUS", "{'cniVersion':'1.1.0'}", CNI_OK, "", "", "" },
        { "GC", HEAD_11 ",'cni.dev/valid-attachments':[]}", CNI_OK, "", "", "" },
        { "VERSION", "{'cniVersion':'0.1.0'}", CNI_OK, "", "", "" },
        { "VERSION", "{}", CNI_OK, "", "", "" },
        { "ADD", GOOD, CNI_BAD_ENVIRONMENT, "", "/n", "eth0" },
        { "ADD", GOOD, CNI_BAD_ENVIRONMENT, "c1", "", "eth0" },
        { "ADD", GOOD, CNI_BAD_ENVIRONMENT, "c1", "/n", "" },
        { "ADD", GOOD, CNI_BAD_ENVIRONMENT, "-c1", "/n", "eth0" },
        { "ADD", GOOD, CNI_BAD_ENVIRONMENT, "c1/..", "/n", "eth0" },
        { "ADD", GOOD, CNI_BAD_ENVIRONMENT, "c1:eth0", "/n", "eth0" },
        { "ADD", GOOD, CNI_BAD_ENVIRONMENT, "c1", "/n", ".." },
        { "ADD", GOOD, CNI_BAD_ENVIRONMENT, "c1", "/n", "a b" },
        { "ADD", GOOD, CNI_BAD_ENVIRONMENT, "c1", "/n", "sixteen-letters-" },
};

static enum cni_code read_request(const char *command, const char *text, struct cni_request *ret,
                                  struct error *err)
{
        const struct cni_environment e = { command, "c1", "/n", "eth0" };
        _cleanup_free_ char *json = json_of(text);

        return cni_request_read(&e, json, strlen(json), ret, err);
}

static void check_request(const struct cni_environment *e, const char *text, enum cni_code wanted)
{
        _cleanup_free_ char *json = json_of(text);
        struct error err = ERROR_INIT;
        struct cni_request request;
        enum cni_code code = cni_request_read(e, json, strlen(json), &request, &err);

        ck_assert_msg(code == wanted, "%d: %s", code, err.message);
        ck_assert_int_eq(code == CNI_OK, err.message[0] == '\0');
        ck_assert_ptr_nonnull(request.version);
        cni_request_done(&request);
}

static const char *text_of(struct json_object *o)
{
        return json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
                                                         JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void check_json(struct json_object *o, const char *expected)
{
        _cleanup_free_ char *json = json_of(expected);

        ck_assert_str_eq(text_of(o), json);
}

START_TEST(test_request_read_table)
{
        const struct cni_environment e = { requests[_i].command, "c1", "/n", "eth0" };

        check_request(&e, requests[_i].text, requests[_i].code);
}
END_TEST

START_TEST(test_environment_table)
{
        const struct cni_environment e = { environments[_i].command, environments[_i].container_id,
                                           environments[_i].netns, environments[_i].ifname };

        check_request(&e, environments[_i].text, environments[_i].code);
}
END_TEST

START_TEST(test_options_are_what_is_not_cni_s)
{
        struct error err = ERROR_INIT;
        struct cni_request request;

        ck_assert_int_eq(read_request("ADD",
                                      HEAD ",'type':'podgraft-cni','stateDir':'/s','mtu':1400,"
                                           "'cni.dev/new':1,'runtimeConfig':{}," PREVIOUS "}",
                                      &request, &err),
                         CNI_OK);
        check_json(request.options, "{'state_dir':'/s','mtu':1400,'tap_owner':'107:107'}");
        cni_request_done(&request);
}
END_TEST

START_TEST(test_options_of_undoing_are_few)
{
        struct error err = ERROR_INIT;
        struct cni_request request;

        ck_assert_int_eq(read_request("DEL", HEAD ",'stateDir':'/s','mtu':1,'leaseTime':600}",
                                      &request, &err),
                         CNI_OK);
        check_json(request.options, "{'state_dir':'/s','tap_owner':'107:107'}");
        cni_request_done(&request);
}
END_TEST

static struct json_object *links_new(void)
{
        _cleanup_free_ char *json =
                json_of("{'bridge':{'name':'k6t-eth0','mac':'02:00:00:00:00:01','mtu':1450},"
                        "'tap':{'name':'tap0','mac':'02:00:00:00:00:02','mtu':1450},'drift':[]}");
        struct json_object *links = NULL;
        struct error err = ERROR_INIT;

        assert_ok(json_parse(json, strlen(json), "links", &links, &err), err);
        return links;
}

static const struct {
        const char *text, *result;
} results[] = {
        { "{'cniVersion':'0.4.0','name':'vms','prevResult':{'cniVersion':'0.4.0',"
          "'interfaces':[{'name':'eth0'}],'ips':[{'version':'4','interface':0}],"
          "'dns':{}}}",
          "{'cniVersion':'0.4.0','interfaces':[{'name':'eth0'},"
          "{'name':'k6t-eth0','mac':'02:00:00:00:00:01','sandbox':'/n'},"
          "{'name':'tap0','mac':'02:00:00:00:00:02','sandbox':'/n'},"
          "{'name':'tap0','mac':'aa:00:00:00:00:07','sandbox':'c1'}],"
          "'ips':[{'version':'4','interface':0}],'dns':{}}" },
        { HEAD_11 ",'prevResult':{'interfaces':null,'routes':[]}}",
          "{'interfaces':["
          "{'name':'k6t-eth0','mac':'02:00:00:00:00:01','mtu':1450,'sandbox':'/n'},"
          "{'name':'tap0','mac':'02:00:00:00:00:02','mtu':1450,'sandbox':'/n'},"
          "{'name':'tap0','mac':'aa:00:00:00:00:07','mtu':1450,'sandbox':'c1'}],"
          "'routes':[],'cniVersion':'1.1.0'}" },
        { BINDING, "{'cniVersion':'1.0.0','interfaces':["
                   "{'name':'k6t-eth0','mac':'02:00:00:00:00:01','sandbox':'/n'},"
                   "{'name':'tap0','mac':'02:00:00:00:00:02','sandbox':'/n'},"
                   "{'name':'tap0','mac':'aa:00:00:00:00:07','sandbox':'c1'}]}" },
};

START_TEST(test_result_table)
{
        _cleanup_(cleanup_json_unref) struct json_object *links = links_new(), *result = NULL;
        struct error err = ERROR_INIT;
        struct cni_request request;

        ck_assert_int_eq(read_request("ADD", results[_i].text, &request, &err), CNI_OK);
        result = cni_result(&request, links, "aa:00:00:00:00:07");
        check_json(result, results[_i].result);
        cni_request_done(&request);
}
END_TEST

START_TEST(test_result_has_compares_name_mac_and_sandbox)
{
        _cleanup_(cleanup_json_unref) struct json_object *links = links_new();
        static const char good[] =
                HEAD ",'prevResult':{'interfaces':[7,"
                     "{'name':'k6t-eth0','mac':'02:00:00:00:00:01','sandbox':'/n'},"
                     "{'name':'tap0','mac':'02:00:00:00:00:02','sandbox':'/n'},"
                     "{'name':'tap0','mac':'AA:00:00:00:00:07','sandbox':'c1'}]}}";
        struct error err = ERROR_INIT;
        struct cni_request request;

        ck_assert_int_eq(read_request("CHECK", good, &request, &err), CNI_OK);
        ck_assert(cni_result_has(&request, links, "aa:00:00:00:00:07", &err));
        ck_assert(!cni_result_has(&request, links, "aa:00:00:00:00:08", &err));
        assert_says(err, "aa:00:00:00:00:08");
        cni_request_done(&request);
        ck_assert_int_eq(read_request("CHECK", HEAD ",'prevResult':{}}", &request, &err), CNI_OK);
        ck_assert(!cni_result_has(&request, links, "aa:00:00:00:00:07", &err));
        cni_request_done(&request);
}
END_TEST

static const struct {
        const char *dns, *text; /* NULL: nothing is said of it */
} dns_texts[] = {
        { "{}", NULL },
        { "{'nameservers':[]}", NULL },
        { "{'nameservers':['10.96.0.10','fd00::a'],'domain':'a.example'}",
          "nameserver 10.96.0.10\nnameserver fd00::a\nsearch a.example\n" },
        { "{'search':['a.example','b.example'],'domain':'c.example'}",
          "search a.example b.example\n" },
        { "{'nameservers':[7,null,'','1.1.1.1\\nsearch evil'],'search':['a b','c']}",
          "search c\n" },
};

START_TEST(test_resolv_conf_table)
{
        struct error err = ERROR_INIT;
        struct cni_request request;
        char text[512];
        char *got;

        for (int previous = 0; previous < 2; previous++) {
                snprintf(text, sizeof(text), HEAD ",'dns':%s,'prevResult':{'dns':%s}}",
                         previous ? "{}" : dns_texts[_i].dns, previous ? dns_texts[_i].dns : "{}");
                ck_assert_int_eq(read_request("ADD", text, &request, &err), CNI_OK);
                got = cni_resolv_conf(&request);
                if (dns_texts[_i].text)
                        ck_assert_str_eq(got, dns_texts[_i].text);
                else
                        ck_assert_ptr_null(got);
                free(got);
                cni_request_done(&request);
        }
}
END_TEST

START_TEST(test_is_valid_needs_container_and_interface)
{
        struct error err = ERROR_INIT;
        struct cni_request request;

        ck_assert_int_eq(read_request("GC",
                                      HEAD_11
                                      ",'cni.dev/valid-attachments':[7,{'containerID':'c2'},"
                                      "{'containerID':'c1','ifname':'eth0'}]}",
                                      &request, &err),
                         CNI_OK);
        ck_assert(cni_is_valid(&request, "c1", "eth0"));
        ck_assert(!cni_is_valid(&request, "c1", "eth1"));
        ck_assert(!cni_is_valid(&request, "c2", "eth0"));
        cni_request_done(&request);
}
END_TEST

START_TEST(test_binding_interface_is_kubevirt_s)
{
        char name[IFNAMSIZ];

        cni_binding_interface("blue", name);
        ck_assert_str_eq(name, "pod16477688c0e");
        cni_binding_interface("", name);
        ck_assert_str_eq(name, "pode3b0c44298f");
}
END_TEST

static const struct {
        enum error_class class;
        int error;
        enum cni_code code;
} failures[] = {
        { ERROR_USAGE, -EINVAL, CNI_BAD_CONFIG }, { ERROR_CANNOT, -EPERM, CNI_CANNOT },
        { ERROR_HALF_DONE, -EIO, CNI_HALF_DONE }, { ERROR_FAILED, -EBUSY, CNI_TRY_LATER },
        { ERROR_FAILED, -ENODEV, CNI_FAILED },
};

START_TEST(test_failure_has_the_specification_s_fields)
{
        struct error err = { .class = failures[_i].class, .code = failures[_i].error };
        _cleanup_(cleanup_json_unref) struct json_object *o = NULL;
        struct cni_request request;
        struct error ignored = ERROR_INIT;
        const char *text;

        ck_assert_int_eq(cni_code_of(&err), failures[_i].code);
        ck_assert_int_eq(read_request("ADD", "{", &request, &ignored), CNI_BAD_CONTENT);
        o = cni_failure(&request, failures[_i].code, "it \"broke\"");
        text = text_of(o);
        ck_assert_ptr_nonnull(strstr(text, "{\"cniVersion\":\"1.1.0\",\"code\":"));
        ck_assert_ptr_nonnull(strstr(text, "\"msg\":\"it \\\"broke\\\"\",\"details\":"
                                           "\"container 'c1', interface 'eth0', in '/n'\"}"));
        cni_request_done(&request);
}
END_TEST

/* --- attachments --- */

#define ATTACHMENT(id, ifname, dir, interface)                                                     \
        "{'network':'n','container_id':'" id "','ifname':'" ifname "','netns':'/n','dir':'" dir    \
        "','interface':'" interface "'}"

static const struct {
        const char *name, *text;
        bool good;
} attachments[] = {
        { "c1:eth0.json", ATTACHMENT("c1", "eth0", "/s/netns-7", "eth0"), true },
        { "c1:net1.json", ATTACHMENT("c1", "net1", "/s/netns-7", "pod16477688c0e"), true },
        { "c1:eth0.json", ATTACHMENT("c1", "eth0", "/elsewhere/netns-7", "eth0"), true },
        { "c1:eth0.json", ATTACHMENT("c1", "eth0", "/s/netns-7", "../../X"), false },
        { "c1:eth0.json", ATTACHMENT("c1", "eth0", "/s/netns-7", ""), false },
        { "c1:eth0.json", ATTACHMENT("c1", "eth0", "/etc", "eth0"), false },
        { "c1:eth0.json", ATTACHMENT("c1", "eth0", "/s/netns-7/..", "eth0"), false },
        { "c1:eth0.json", ATTACHMENT("c1", "eth0", "/s/netns-", "eth0"), false },
        { "c1:eth0.json", ATTACHMENT("c1", "eth0", "/s/netns-7x", "eth0"), false },
        { "c1:eth0.json", ATTACHMENT("c1", "eth0", "netns-7", "eth0"), false },
        { "../X:eth0.json", ATTACHMENT("../X", "eth0", "/s/netns-7", "eth0"), false },
        { "c1:../X.json", ATTACHMENT("c1", "../X", "/s/netns-7", "eth0"), false },
        { "c2:eth0.json", ATTACHMENT("c1", "eth0", "/s/netns-7", "eth0"), false },
        { "c1:eth0.json.json", ATTACHMENT("c1", "eth0", "/s/netns-7", "eth0"), false },
        { "c1:eth0", ATTACHMENT("c1", "eth0", "/s/netns-7", "eth0"), false },
        { "c1:eth0.json", "{'network':'n'}", false },
        { "c1:eth0.json", "[]", false },
};

START_TEST(test_attachment_is_what_it_is_called_and_stays_in_the_state_directory)
{
        _cleanup_free_ char *text = json_of(attachments[_i].text);
        struct json_object *file = NULL;
        struct cni_attachment a = { 0 };

        ck_assert_int_eq(json_parse(text, strlen(text), "it", &file, NULL), 0);
        ck_assert_int_eq(cni_attachment_parse(file, "/s", attachments[_i].name, &a),
                         attachments[_i].good);
        if (attachments[_i].good)
                ck_assert_str_eq(a.dir, "/s/netns-7");
        else
                ck_assert_ptr_null(a.file);
        json_object_put(file);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_request_read_table, 0, ARRAY_SIZE(requests));
        tcase_add_loop_test(tc, test_environment_table, 0, ARRAY_SIZE(environments));
        tcase_add_test(tc, test_options_are_what_is_not_cni_s);
        tcase_add_test(tc, test_options_of_undoing_are_few);
        tcase_add_loop_test(tc, test_result_table, 0, ARRAY_SIZE(results));
        tcase_add_test(tc, test_result_has_compares_name_mac_and_sandbox);
        tcase_add_loop_test(tc, test_resolv_conf_table, 0, ARRAY_SIZE(dns_texts));
        tcase_add_test(tc, test_is_valid_needs_container_and_interface);
        tcase_add_test(tc, test_binding_interface_is_kubevirt_s);
        tcase_add_loop_test(tc,
                            test_attachment_is_what_it_is_called_and_stays_in_the_state_directory,
                            0, ARRAY_SIZE(attachments));
        tcase_add_loop_test(tc, test_failure_has_the_specification_s_fields, 0,
                            ARRAY_SIZE(failures));
}

int main(void)
{
        return unit_main("cni", add_tests);
}
