#!/bin/bash
# podgraft onDefineDomain: for the VMIs that people write, the XML that KubeVirt itself would make.
. "${srcdir:-.}/tests/lib/lib.sh"
interfaces() { "$LIB/interfaces" "$@"; }

# --- a pod with the pod network and two secondary ones, wired ---

pod_veth define
pod=$POD_PREFIX-define node=$POD_PREFIX-define-node
blue=pod16477688c0e # "pod" and the beginning of sha256("blue")
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
for name in $blue net2; do
  ip -n "$node" link add "v${name: -8}" type veth peer name "$name" netns "$pod"
  ip -n "$node" link set "v${name: -8}" up
  ip -n "$pod" link set "$name" mtu 1400 up
done
ip -n "$pod" link set $blue address aa:bb:cc:00:01:06
ip -n "$pod" link set net2 address aa:bb:cc:00:02:06
ip -n "$pod" addr add 192.168.7.9/24 dev $blue
ip -n "$pod" addr add 192.168.8.9/24 dev net2
# define ARGUMENT...: as in a sidecar, which is in the pod's namespace
define() { ip netns exec "$pod" podgraft onDefineDomain "$@"; }
scope=(--netns "$pod" --state-dir "$STATE" --log-level error)
vmi() { jq -nc --argjson interfaces "[$1]" --argjson networks "[$2]" '{apiVersion: "kubevirt.io/v1",
  kind: "VirtualMachineInstance", metadata: {name: "vm1", namespace: "vms"},
  spec: {domain: {devices: {interfaces: $interfaces}}, networks: $networks}}'; }
POD='{"name": "default", "pod": {}}'
BLUE='{"name": "blue", "multus": {"networkName": "blue-net"}}'
GREEN='{"name": "green", "multus": {"networkName": "other/green-net"}}'
domain() { echo "<domain type='kvm'><name>vms_vm1</name><memory unit='MiB'>128</memory><os><type>hvm</type></os>
<devices><memballoon model='none'/>$*</devices></domain>"; }
empty=$(domain)
bridge=$(vmi '{"name": "default", "bridge": {}}' "$POD")

# fails STATUS WORDS COMMAND...: says so, with nothing on standard output
fails() {
  local status=$1 words=$2 was=0
  shift 2
  "$@" >"$WORK/out" 2>"$WORK/err" || was=$?
  [ "$was" = "$status" ] && ! [ -s "$WORK/out" ] && grep -qF -- "$words" "$WORK/err" && return
  echo "status $was"; cat "$WORK/out" "$WORK/err"; return 1
}
check "no tap: not set up" fails 3 "the pod has no tap" define --vmi "$bridge" --domain "$empty"
for name in eth0 $blue net2; do
  check "$name is wired" podgraft up "${scope[@]}" --interface $name
done

# --- what comes out ---

# makes EXPECTED VMI XML [OPTION...]: as it is meant, whatever blanks and orders, and valid to libvirt
makes() {
  local expected=$1 vmi=$2 xml=$3
  shift 3
  define --vmi "$vmi" --domain "$xml" "$@" >"$WORK/out" 2>"$WORK/err" || { cat "$WORK/err"; return 1; }
  diff <(domain "$expected" | interfaces) <(interfaces <"$WORK/out") && virt-xml-validate "$WORK/out" domain &&
    define --vmi "$vmi" --domain "$(cat "$WORK/out")" "$@" 2>/dev/null | diff "$WORK/out" -
}
common() { # ALIAS MAC TAP MTU
  echo "<alias name='ua-$1'/><mac address='$2'/><target dev='$3' managed='no'/><mtu size='$4'/>"
}
default=$(common default aa:bb:cc:00:00:06 tap0 1450)
virtio="<model type='virtio-non-transitional'/>" no_rom="<rom enabled='no'/>"
check "bridge on the pod network" makes "<interface type='ethernet'>$default$virtio$no_rom</interface>" \
  "$bridge" "$empty"
# What virt-launcher has made already is right as it is.
kubevirt="<interface type='ethernet'>$default$virtio$no_rom</interface>"
check "KubeVirt's own stays" makes "$kubevirt" "$bridge" "$(domain "$kubevirt")"
check "an interface of KubeVirt's that lacks its MAC and MTU" makes "$kubevirt" "$bridge" \
  "$(domain "<interface type='ethernet'><alias name='ua-default'/><target dev='eth0' managed='no'/>
  <model type='virtio-non-transitional'/>$no_rom</interface>")"
check "a MAC of the VMI's" makes \
  "<interface type='ethernet'>$(common default de:ad:00:00:be:af tap0 1450)$virtio$no_rom</interface>" \
  "$(vmi '{"name": "default", "bridge": {}, "macAddress": "DE-AD-00-00-BE-AF"}' "$POD")" "$empty"
check "a MAC of the run before" makes \
  "<interface type='ethernet'>$(common default 02:00:00:00:00:99 tap0 1450)$virtio$no_rom</interface>" \
  "$(jq -c '.status.interfaces = [{name: "default", mac: "02:00:00:00:00:99"}]' <<<"$bridge")" "$empty"
check "DHCP options and a boot order: the ROM is there to boot from" makes \
  "<interface type='ethernet'>$default<model type='virtio'/><boot order='1'/></interface>" \
  "$(vmi '{"name": "default", "bridge": {}, "bootOrder": 1, "dhcpOptions":
  {"bootFileName": "default.bin", "tftpServerName": "tftp.example", "ntpServers": ["10.0.0.1"],
   "privateOptions": [{"option": 240, "value": "x"}]}}' "$POD")" "$(domain "$kubevirt" |
    sed 's/virtio-non-transitional/virtio/')"
check "for guests that know only the older virtio" makes \
  "<interface type='ethernet'>$default<model type='virtio-transitional'/>$no_rom</interface>" \
  "$(jq -c '.spec.domain.devices.useVirtioTransitional = true' <<<"$bridge")" "$empty"
check "model, place and link state" makes \
  "<interface type='ethernet'>$default<model type='e1000e'/>$no_rom<link state='down'/><acpi index='101'/>
  <address type='pci' domain='0x0000' bus='0x81' slot='0x01' function='0x0'/></interface>" \
  "$(vmi '{"name": "default", "bridge": {}, "model": "e1000e", "acpiIndex": 101, "state": "down",
  "pciAddress": "0000:81:01.0"}' "$POD")" "$empty"
several=$(vmi '{"name": "default", "bridge": {}}, {"name": "blue", "binding": {"name": "podgraft"}},
  {"name": "green", "bridge": {}}' "$POD, $BLUE, $GREEN")
blue_xml="<interface type='ethernet'>$(common blue aa:bb:cc:00:01:06 tap16477688c0e 1400)$virtio$no_rom</interface>"
green_xml="<interface type='ethernet'>$(common green aa:bb:cc:00:02:06 tap2 1400)$virtio$no_rom</interface>"
check "multus: by the hash of the name, by the ordinal" makes \
  "<interface type='ethernet'>$default$virtio$no_rom</interface>$blue_xml$green_xml" "$several" "$empty"
# others STATUS-ENTRY...: what Multus says of a pod whose green network is on blue's interface
cat >"$WORK/network-status" <<END
[{"name": "kindnet", "interface": "eth0", "ips": ["10.244.1.7"], "mac": "aa:bb:cc:00:00:06", "default": true, "dns": {}},
 {"name": "other/green-net", "interface": "net2", "mtu": 1400}]
END
check "network-status: as Multus calls it" makes "$green_xml" \
  "$(vmi '{"name": "green", "bridge": {}}' "$GREEN")" "$empty" --network-status "$WORK/network-status"
check "one that is absent is left out" makes "$blue_xml" \
  "$(jq -c '.spec.domain.devices.interfaces |= map(select(.name != "green") | if .name == "default" then .state = "absent" else . end)' <<<"$several")" "$empty"
masquerade=$(vmi '{"name": "default", "masquerade": {}}, {"name": "blue", "sriov": {}}' "$POD, $BLUE")
unchanged() { define --vmi "$1" --domain "$2" 2>"$WORK/err" | diff <(printf %s "$2") -; }
check "other bindings: every byte as it was" unchanged "$masquerade" "$(domain "$kubevirt" '<!-- x -->')"
check "they are named" grep -q "'blue' is bound by sriov" "$WORK/err"
check "a binding of another name" unchanged \
  "$(vmi '{"name": "default", "binding": {"name": "mine"}}' "$POD")" "$empty"
mine() { NETWORK_BINDING_PLUGIN_NAME=mine define "$@" 2>/dev/null | interfaces ua-default | grep -q tap0; }
check "that is ours, as KubeVirt tells the sidecar" mine \
  --vmi "$(vmi '{"name": "default", "binding": {"name": "mine"}}' "$POD")" --domain "$empty"

# --- queues ---

queues=$(jq -c '.spec.domain.devices.networkInterfaceMultiqueue = true | .spec.domain.cpu = {cores: 2, sockets: 2}' <<<"$bridge")
check "queues that the tap has not" fails 2 "wire the pod with --queues 4" define --vmi "$queues" --domain "$empty"
check "down" podgraft down "${scope[@]}" --interface eth0
check "up with four queues" podgraft up "${scope[@]}" --interface eth0 --queues 4
check "queues" makes \
  "<interface type='ethernet'>$default$virtio$no_rom<driver name='vhost' queues='4'/></interface>" \
  "$queues" "$empty"
check "a tap with queues, a VMI without" fails 2 "was made with several queues" define --vmi "$bridge" --domain "$empty"

# --- the protocol ---

ln -s "$(command -v podgraft)" "$WORK/onDefineDomain"
by_name() { ip netns exec "$pod" "$WORK/onDefineDomain" --vmi "$queues" --domain "$empty" 2>/dev/null | interfaces | grep -q tap0; }
check "under the name that the shim calls" by_name
check "bad JSON" fails 2 "--vmi: 'the JSON' is truncated" define --vmi '{"a"' --domain "$empty"
check "bad VMI: where, and what to do" fails 2 \
  "spec.domain.devices.interfaces[1].macAddress: '1' is no MAC of an interface; give a unicast address" \
  define --vmi "$(vmi '{"name": "default", "bridge": {}}, {"name": "blue", "bridge": {}, "macAddress": "1"}' "$POD, $BLUE")" --domain "$empty"
check "bad XML" fails 2 "--domain: malformed XML" define --vmi "$queues" --domain "<domain>"
check "no XML" fails 2 "give --vmi JSON and --domain XML" define --vmi "$queues"
check "bad network-status" fails 2 "--network-status '/dev/fd/9': it is no JSON list" \
  define --vmi "$queues" --domain "$empty" --network-status /dev/fd/9 9<<<'{}'
sidecar() { /usr/bin/env -i /usr/bin/python3 -c 'import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))' \
  "${srcdir:-.}/deploy/kubevirt/sidecar-patch.yaml" | jq -e '.spec.configuration.network.binding.podgraft | .sidecarImage and .networkAttachmentDefinition'; }
check "the example of a sidecar is YAML that says so" sidecar

for name in eth0 $blue net2; do
  check "$name is put back" podgraft down "${scope[@]}" --interface $name
done
summary
