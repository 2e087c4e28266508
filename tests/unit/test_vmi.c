/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_vmi.c - VirtualMachineInstances, and what the guest's interfaces become of them
 *
 * JSON is written with single quotes here.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/vmi.h"
#include "tests/unit/unit.h"

#define DEVICES(interfaces, more) "'domain':{'devices':{'interfaces':[" interfaces "]" more "}}"
#define VMI(interfaces, networks)                                                                  \
        "{'kind':'VirtualMachineInstance','metadata':{'name':'vm1','namespace':'vms'},"            \
        "'spec':{" DEVICES(interfaces, "") ",'networks':[" networks "]}}"
#define POD      "{'name':'default','pod':{}}"
#define BLUE     "{'name':'blue','multus':{'networkName':'blue-net'}}"
#define GREEN    "{'name':'green','multus':{'networkName':'other/green-net'}}"
#define ONE(say) VMI("{'name':'default','bridge':{}" say "}", POD)

static int read_vmi(const char *text, struct vmi *ret, struct error *err)
{
        char *json = json_of(text);
        int r = vmi_read(json, strlen(json), "--vmi", NULL, ret, err);

        free(json);
        return r;
}

static struct vmi must_read(const char *text)
{
        struct error err = ERROR_INIT;
        struct vmi vmi;

        assert_ok(read_vmi(text, &vmi, &err), err);
        return vmi;
}

static const char *option_of(const struct vmi_interface *interface, size_t i)
{
        return json_object_get_string(json_object_array_get_idx(interface->dhcp_options, i));
}

START_TEST(test_bridge_on_the_pod_network_is_the_pod_s_interface)
{
        struct vmi vmi = must_read(ONE(""));
        const struct vmi_interface *one = &vmi.interfaces[0];

        ck_assert_uint_eq(vmi.n_interfaces, 1);
        ck_assert_str_eq(one->name, "default");
        ck_assert(one->is_ours && one->is_default && !one->has_mac);
        ck_assert_str_eq(one->binding, "bridge");
        ck_assert_str_eq(one->model, "virtio-non-transitional");
        ck_assert_str_eq(one->pod_interface, "eth0");
        ck_assert_str_eq(one->ordinal_interface, "");
        ck_assert_uint_eq(one->boot_order + one->acpi_index + one->queues, 0);
        ck_assert_int_eq(one->state, VMI_STATE_UP);
        ck_assert_str_eq(vmi.hostname, "vm1");
        vmi_done(&vmi);
}
END_TEST

START_TEST(test_secondary_networks_are_named_by_hash_and_ordinal)
{
        struct vmi vmi = must_read(VMI("{'name':'green','bridge':{}},{'name':'default',"
                                       "'masquerade':{}},{'name':'blue','bridge':{}}",
                                       POD "," BLUE "," GREEN));

        ck_assert_str_eq(vmi.interfaces[0].pod_interface, "podba4788b226a"); /* sha256("green") */
        ck_assert_str_eq(vmi.interfaces[0].ordinal_interface, "net2");
        ck_assert_str_eq(vmi.interfaces[1].pod_interface, "eth0");
        ck_assert(!vmi.interfaces[1].is_ours);
        ck_assert_str_eq(vmi.interfaces[1].binding, "masquerade");
        ck_assert_str_eq(vmi.interfaces[2].pod_interface, "pod16477688c0e");
        ck_assert_str_eq(vmi.interfaces[2].ordinal_interface, "net1");
        vmi_done(&vmi);
}
END_TEST

START_TEST(test_multus_default_takes_the_place_of_the_pod_network)
{
        struct vmi vmi = must_read(
                VMI("{'name':'blue','bridge':{}},{'name':'green','bridge':{}}",
                    "{'name':'blue','multus':{'networkName':'b','default':true}}," GREEN));

        ck_assert(vmi.interfaces[0].is_default);
        ck_assert_str_eq(vmi.interfaces[0].pod_interface, "eth0");
        ck_assert_str_eq(vmi.interfaces[1].ordinal_interface, "net1");
        vmi_done(&vmi);
}
END_TEST

START_TEST(test_all_settings_of_an_interface)
{
        static const uint8_t mac[] = { 0xde, 0xad, 0, 0, 0xbe, 0xaf };
        struct vmi vmi = must_read(
                ONE(",'model':'e1000e','macAddress':'DE-AD-00-00-BE-AF','bootOrder':2,'acpiIndex':"
                    "101,'pciAddress':'0000:81:01.0','state':'down'"));
        const struct vmi_interface *one = &vmi.interfaces[0];

        ck_assert_str_eq(one->model, "e1000e");
        ck_assert(one->has_mac);
        ck_assert_mem_eq(one->mac, mac, sizeof(mac));
        ck_assert_uint_eq(one->boot_order, 2);
        ck_assert_uint_eq(one->acpi_index, 101);
        ck_assert_str_eq(one->pci_address, "0000:81:01.0");
        ck_assert_int_eq(one->state, VMI_STATE_DOWN);
        vmi_done(&vmi);
}
END_TEST

START_TEST(test_dhcp_options_are_those_of_the_command_line)
{
        struct vmi vmi = must_read(
                ONE(",'dhcpOptions':{'bootFileName':'default.bin','tftpServerName':'tftp.example',"
                    "'ntpServers':['10.0.0.1','10.0.0.2'],"
                    "'privateOptions':[{'option':240,'value':'hex:0a'}]}"));
        const struct vmi_interface *one = &vmi.interfaces[0];

        ck_assert_uint_eq(json_object_array_length(one->dhcp_options), 4);
        ck_assert_str_eq(option_of(one, 0), "bootfile-name=text:default.bin");
        ck_assert_str_eq(option_of(one, 1), "tftp-server-name=text:tftp.example");
        ck_assert_str_eq(option_of(one, 2), "ntp-servers=ip:10.0.0.1,10.0.0.2");
        ck_assert_str_eq(option_of(one, 3), "240=text:hex:0a");
        vmi_done(&vmi);
}
END_TEST

START_TEST(test_a_plugin_is_ours_by_its_name)
{
        struct vmi vmi = must_read(VMI("{'name':'default','binding':{'name':'podgraft'}},"
                                       "{'name':'blue','binding':{'name':'passt'}}",
                                       POD "," BLUE));

        ck_assert(vmi.interfaces[0].is_ours);
        ck_assert(!vmi.interfaces[1].is_ours);
        ck_assert_str_eq(vmi.interfaces[1].binding, "passt");
        vmi_done(&vmi);
}
END_TEST

START_TEST(test_mac_of_the_status_survives_unless_the_spec_has_one)
{
        static const char form[] = "{'spec':{" DEVICES(
                "{'name':'default','bridge':{}},"
                "{'name':'blue','bridge':{},'macAddress':'02:00:00:00:00:02'}",
                "") ",'networks':[" POD "," BLUE
                    "]},'status':{'interfaces':[{'name':'blue','mac':'02:00:00:00:00:99'},"
                    "{'mac':'02:00:00:00:00:98'},"
                    "{'name':'default','mac':'02:00:00:00:00:01','podInterfaceName':'ovn-udn1'}]}}";
        struct vmi vmi = must_read(form);

        ck_assert(vmi.interfaces[0].has_mac && vmi.interfaces[1].has_mac);
        ck_assert_uint_eq(vmi.interfaces[0].mac[5], 1);
        ck_assert_uint_eq(vmi.interfaces[1].mac[5], 2);
        ck_assert_str_eq(vmi.interfaces[0].pod_interface, "ovn-udn1");
        ck_assert_str_eq(vmi.interfaces[1].pod_interface, "pod16477688c0e");
        ck_assert_str_eq(vmi.hostname, "");
        vmi_done(&vmi);
}
END_TEST

/* --- queues --- */

static const struct {
        const char *domain;
        unsigned queues, of_e1000;
} cpus[] = {
        { "", 0, 0 },
        { "'cpu':{'cores':2,'sockets':3,'threads':2},", 12, 0 },
        { "'cpu':{'cores':2},", 2, 0 },
        { "'cpu':{},'resources':{'requests':{'cpu':'3'}},", 3, 0 },
        { "'resources':{'requests':{'cpu':'3'},'limits':{'cpu':'1500m'}},", 2, 0 },
        { "'resources':{'limits':{'cpu':4}},", 4, 0 },
        { "'resources':{'limits':{'cpu':'0.5'}},", 1, 0 },
        { "'cpu':{'cores':2},'resources':{'limits':{'cpu':8}},", 2, 0 },
        { "'cpu':{'sockets':64,'cores':8},", 256, 0 },
        { "'cpu':{'model':'host-model'},", 1, 0 },
};

START_TEST(test_queues_are_one_a_virtual_cpu)
{
        char text[1024];
        struct vmi vmi;

        snprintf(text, sizeof(text),
                 "{'spec':{'domain':{%s'devices':{'networkInterfaceMultiqueue':%s,'interfaces':["
                 "{'name':'default','bridge':{}},{'name':'blue','bridge':{},'model':'e1000'}]}},"
                 "'networks':[" POD "," BLUE "]}}",
                 cpus[_i].domain, _i ? "true" : "false");
        vmi = must_read(text);
        ck_assert_uint_eq(vmi.interfaces[0].queues, cpus[_i].queues);
        ck_assert_uint_eq(vmi.interfaces[1].queues, cpus[_i].of_e1000);
        vmi_done(&vmi);
}
END_TEST

/* --- Multus' annotation --- */

static int take_status(struct vmi *vmi, const char *text, struct error *err)
{
        char *json = json_of(text);
        int r = vmi_take_network_status(vmi, json, strlen(json), "--network-status", err);

        free(json);
        return r;
}

static const struct {
        const char *status, *primary, *blue, *green;
} statuses[] = {
        { "", "eth0", "pod16477688c0e", "podba4788b226a" },
        { "\n", "eth0", "pod16477688c0e", "podba4788b226a" },
        { "[]", "eth0", "pod16477688c0e", "podba4788b226a" },
        { "[{'name':'kindnet','interface':'eth1','default':true}]", "eth1", "pod16477688c0e",
          "podba4788b226a" },
        { "[{'name':'vms/blue-net','interface':'net1'},{'name':'other/green-net',"
          "'interface':'net2'}]",
          "eth0", "net1", "net2" },
        { "[{'name':'other/green-net','interface':'mine'},{'name':'vms/blue-net'}]", "eth0",
          "pod16477688c0e", "mine" },
        { "[{'name':'x/y','interface':'podba4788b226a'},{'name':'other/green-net',"
          "'interface':'mine'}]",
          "eth0", "pod16477688c0e", "podba4788b226a" },
        { "[{'name':'blue-net','interface':'b0','mac':'02:00:00:00:00:01','mtu':1400,"
          "'ips':['10.0.0.1']}]",
          "eth0", "b0", "podba4788b226a" },
};

START_TEST(test_what_multus_made_comes_before_what_is_computed)
{
        struct vmi vmi = must_read(VMI("{'name':'default','bridge':{}},{'name':'blue','bridge':{}},"
                                       "{'name':'green','bridge':{}}",
                                       POD "," BLUE "," GREEN));
        struct error err = ERROR_INIT;

        assert_ok(take_status(&vmi, statuses[_i].status, &err), err);
        ck_assert_str_eq(vmi.interfaces[0].pod_interface, statuses[_i].primary);
        ck_assert_str_eq(vmi.interfaces[1].pod_interface, statuses[_i].blue);
        ck_assert_str_eq(vmi.interfaces[2].pod_interface, statuses[_i].green);
        vmi_done(&vmi);
}
END_TEST

START_TEST(test_one_definition_for_two_networks_is_matched_in_order)
{
        struct vmi vmi = must_read(VMI("{'name':'a','bridge':{}},{'name':'b','bridge':{}}",
                                       "{'name':'a','multus':{'networkName':'vms/n'}},"
                                       "{'name':'b','multus':{'networkName':'vms/n'}}"));
        struct error err = ERROR_INIT;

        ck_assert_int_eq(take_status(&vmi,
                                     "[{'name':'vms/n','interface':'x1'},"
                                     "{'name':'vms/n','interface':'x2'}]",
                                     &err),
                         0);
        ck_assert_str_eq(vmi.interfaces[0].pod_interface, "x1");
        ck_assert_str_eq(vmi.interfaces[1].pod_interface, "x2");
        vmi_done(&vmi);
}
END_TEST

static const struct {
        const char *status, *message;
} bad_statuses[] = {
        { "{}", "--network-status: it is no JSON list" },
        { "[1]", "--network-status: [0]: it is of type int, and must be of type object" },
        { "[{'interface':'a/b'}]",
          "--network-status: [0].interface: 'a/b' is no name of an interface" },
};

START_TEST(test_bad_status_is_a_usage_error)
{
        struct vmi vmi = must_read(ONE(""));
        struct error err = ERROR_INIT;

        ck_assert_int_eq(take_status(&vmi, bad_statuses[_i].status, &err), -EINVAL);
        ck_assert_str_eq(err.message, bad_statuses[_i].message);
        ck_assert_int_eq(err.class, ERROR_USAGE);
        vmi_done(&vmi);
}
END_TEST

/* --- the names of the guest --- */

START_TEST(test_hostname_is_the_spec_s_else_the_first_label_of_the_name)
{
        struct vmi vmi = must_read("{'metadata':{'name':'vm1.example'},'spec':{}}");

        ck_assert_str_eq(vmi.hostname, "vm1");
        vmi_done(&vmi);
        vmi = must_read("{'metadata':{'name':'vm1'},'spec':{'hostname':'web'}}");
        ck_assert_str_eq(vmi.hostname, "web");
        vmi_done(&vmi);
}
END_TEST

static const struct {
        const char *searches[3];
        const char *domain;
} domains[] = {
        { { "vms.svc.cluster.local", "svc.cluster.local", "cluster.local" },
          "sub.vms.svc.cluster.local" },
        { { "cluster.local", "x.svc.corp", "vms.svc.corp.example" }, "sub.vms.svc.corp.example" },
        { { "sub.vms.svc.cluster.local", "vms.svc.cluster.local" }, "" },
        { { "corp.example" }, "" },
        { { NULL }, "" },
};

START_TEST(test_subdomain_goes_in_front_of_the_longest_service_domain)
{
        struct vmi vmi = must_read("{'spec':{'subdomain':'sub'}}");
        char searches[3][PODNET_DOMAIN_LEN] = { 0 }, domain[PODNET_DOMAIN_LEN];
        size_t n = 0;

        for (; n < 3 && domains[_i].searches[n]; n++)
                snprintf(searches[n], sizeof(searches[n]), "%s", domains[_i].searches[n]);
        vmi_search_domain(&vmi, (const char(*)[PODNET_DOMAIN_LEN])searches, n, domain);
        ck_assert_str_eq(domain, domains[_i].domain);
        vmi.subdomain = NULL;
        vmi_search_domain(&vmi, (const char(*)[PODNET_DOMAIN_LEN])searches, n, domain);
        ck_assert_str_eq(domain, "");
        vmi_done(&vmi);
}
END_TEST

/* --- what is refused --- */

#define AT "spec.domain.devices.interfaces[0]"
static const struct {
        const char *text, *message;
} refused[] = {
        { "[]", "it is no JSON object" },
        { "{}", "spec: it is missing" },
        { "{'kind':'VirtualMachine','spec':{}}",
          "kind: 'VirtualMachine' is another kind; give what" },
        { "{'spec':[]}", "spec: it is of type array, and must be of type object" },
        { "{'spec':{'domain':{'devices':{'interfaces':{}}}}}",
          "spec.domain.devices.interfaces: it is of type object" },
        { "{'spec':{'domain':{'devices':{'interfaces':[null]}}}}", AT ": it is of type null" },
        { VMI("{'bridge':{}}", POD), AT ": it has no name; give" },
        { VMI("{'name':'default'}", POD), AT ": it has no binding; add \"bridge\": {}" },
        { VMI("{'name':'default','bridge':{},'masquerade':{}}", POD),
          AT ".masquerade: the interface is bound by 'bridge' already" },
        { VMI("{'name':'default','binding':{}}", POD), AT ".binding: it has no name; give" },
        { VMI("{'name':'blue','bridge':{}}", POD), AT ".name: 'blue' is none of spec.networks" },
        { VMI("{'name':'a','bridge':{}},{'name':'a','bridge':{}}", POD),
          "spec.domain.devices.interfaces[1]: 'a' is there twice" },
        { ONE(",'macAddress':'02:00:00:00:00'"), AT ".macAddress: '02:00:00:00:00' is no MAC" },
        { ONE(",'macAddress':'01:00:00:00:00:01'"), AT ".macAddress: '01:00:00:00:00:01' is no" },
        { ONE(",'macAddress':'00:00:00:00:00:00'"), AT ".macAddress: '00:00:00:00:00:00' is no" },
        { ONE(",'macAddress':7"), AT ".macAddress: it is of type int, and must be of type string" },
        { ONE(",'model':'ne3k'"), AT ".model: 'ne3k' is unknown; give virtio, e1000" },
        { ONE(",'bootOrder':0"), AT ".bootOrder: it is counted from 1" },
        { ONE(",'bootOrder':-1"), AT ".bootOrder: -1 is out of range" },
        { ONE(",'acpiIndex':16384"), AT ".acpiIndex: 16384 is out of range; give at most 16383" },
        { ONE(",'pciAddress':'81:01.0'"), AT ".pciAddress: '81:01.0' is no PCI address; give" },
        { ONE(",'pciAddress':'0000:81:01.8'"), AT ".pciAddress: '0000:81:01.8' is no PCI" },
        { ONE(",'state':'gone'"), AT ".state: 'gone' is unknown; give up, down or absent" },
        { ONE(",'dhcpOptions':{'ntpServers':['ntp.example']}"),
          AT ".dhcpOptions.ntpServers[0]: 'ntp.example' is no IPv4 address" },
        { ONE(",'dhcpOptions':{'privateOptions':[{'option':12,'value':'x'}]}"),
          AT ".dhcpOptions.privateOptions[0]: 'option' is 12; give one from 224 to 254" },
        { ONE(",'dhcpOptions':{'privateOptions':[{'option':224}]}"),
          AT ".dhcpOptions.privateOptions[0]: it has no 'value'" },
        { ONE(",'dhcpOptions':{'bootFileName':'a\\u0000b'}"),
          AT ".dhcpOptions.bootFileName: there is a NUL in it" },
        { VMI("{'name':'default','bridge':{}}", POD "," POD),
          "spec.networks[1]: it is the second that is 'pod' or a multus default" },
        { VMI("{'name':'blue','bridge':{}}", BLUE "," BLUE),
          "spec.networks[1].name: 'blue' is there twice" },
        { VMI("{'name':'a','bridge':{}}", "{'name':'a','pod':{},'multus':{'networkName':'b'}}"),
          "spec.networks[0]: it is both 'pod' and 'multus'" },
        { VMI("{'name':'a','bridge':{}}", "{'name':'a','multus':{}}"),
          "spec.networks[0].multus: it has no 'networkName'" },
        { "{'spec':{'domain':{'cpu':{'cores':-2},'devices':{'networkInterfaceMultiqueue':true}}}}",
          "spec.domain.cpu.cores: -2 is out of range" },
        { "{'spec':{'domain':{'resources':{'limits':{'cpu':'two'}},"
          "'devices':{'networkInterfaceMultiqueue':true}}}}",
          "spec.domain.resources.limits.cpu: 'two' is no number of CPUs" },
        { "{'spec':{},'status':{'interfaces':[{'name':7}]}}",
          "status.interfaces[0].name: it is of type int" },
};

START_TEST(test_what_is_wrong_is_told_with_its_place)
{
        struct error err = ERROR_INIT;
        struct vmi vmi;

        ck_assert_int_eq(read_vmi(refused[_i].text, &vmi, &err), -EINVAL);
        assert_usage_of(err, "--vmi", refused[_i].message);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_bridge_on_the_pod_network_is_the_pod_s_interface);
        tcase_add_test(tc, test_secondary_networks_are_named_by_hash_and_ordinal);
        tcase_add_test(tc, test_multus_default_takes_the_place_of_the_pod_network);
        tcase_add_test(tc, test_all_settings_of_an_interface);
        tcase_add_test(tc, test_dhcp_options_are_those_of_the_command_line);
        tcase_add_test(tc, test_a_plugin_is_ours_by_its_name);
        tcase_add_test(tc, test_mac_of_the_status_survives_unless_the_spec_has_one);
        tcase_add_loop_test(tc, test_queues_are_one_a_virtual_cpu, 0, ARRAY_SIZE(cpus));
        tcase_add_loop_test(tc, test_what_multus_made_comes_before_what_is_computed, 0,
                            ARRAY_SIZE(statuses));
        tcase_add_test(tc, test_one_definition_for_two_networks_is_matched_in_order);
        tcase_add_loop_test(tc, test_bad_status_is_a_usage_error, 0, ARRAY_SIZE(bad_statuses));
        tcase_add_test(tc, test_hostname_is_the_spec_s_else_the_first_label_of_the_name);
        tcase_add_loop_test(tc, test_subdomain_goes_in_front_of_the_longest_service_domain, 0,
                            ARRAY_SIZE(domains));
        tcase_add_loop_test(tc, test_what_is_wrong_is_told_with_its_place, 0, ARRAY_SIZE(refused));
}

int main(void)
{
        return unit_main("vmi", add_tests);
}
