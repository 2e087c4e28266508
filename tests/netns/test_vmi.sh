#!/bin/bash
# --vmi: a VirtualMachineInstance of KubeVirt says which interfaces are wired and what the guest is told.
. "${srcdir:-.}/tests/lib/lib.sh"

printf 'nameserver 10.96.0.10\nsearch vms.svc.cluster.local svc.cluster.local cluster.local\n' >"$WORK/resolv.conf"
pod_veth vmi
pod=$POD_PREFIX-vmi node=$POD_PREFIX-vmi-node guest=$POD_PREFIX-vmi-guest
blue=pod16477688c0e # "pod" and the beginning of sha256("blue")
ip -n "$node" addr add 10.244.1.1/24 dev veth0
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
for i in 1 2; do
  ip -n "$node" link add veth$i type veth peer name other$i netns "$pod"
  ip -n "$node" link set veth$i up
done
ip -n "$pod" link set other1 name $blue
ip -n "$pod" link set other2 name net2
ip -n "$pod" link set $blue address aa:bb:cc:00:01:06 mtu 1400 up
ip -n "$pod" link set net2 up
ip -n "$pod" addr add 192.168.7.9/24 dev $blue
ip -n "$pod" addr add 192.168.8.9/24 dev net2
cat >"$WORK/vmi.json" <<'END'
{"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachineInstance",
 "metadata": {"name": "vm1", "namespace": "vms"},
 "spec": {
   "hostname": "web", "subdomain": "sub",
   "domain": {
     "cpu": {"cores": 2, "sockets": 1, "threads": 1},
     "devices": {
       "interfaces": [
         {"name": "default", "bridge": {}, "bootOrder": 1, "dhcpOptions": {
           "bootFileName": "default.bin", "tftpServerName": "tftp.example",
           "ntpServers": ["10.0.0.1", "10.0.0.2"], "privateOptions": [{"option": 230, "value": "mine"}]}},
         {"name": "blue", "binding": {"name": "podgraft"}, "model": "e1000e"},
         {"name": "green", "sriov": {}}]}},
   "networks": [
     {"name": "default", "pod": {}},
     {"name": "blue", "multus": {"networkName": "blue-net"}},
     {"name": "green", "multus": {"networkName": "green-net"}}]},
 "status": {"interfaces": [{"name": "blue", "mac": "02:00:00:00:00:99"}]}}
END
scope=(--netns "$pod" --state-dir "$STATE")
up() { podgraft up "${scope[@]}" --resolv-conf "$WORK/resolv.conf" --vmi "$WORK/vmi.json" "$@"; }
# answers FILTER COMMAND...: what the command prints is so; jq takes no output at all for good
answers() { local output; output=$("${@:2}" 2>"$WORK/err") || { cat "$WORK/err"; return 1; }; jq -ce "$1" <<<"$output"; }
status_of() { answers "$1" podgraft status "${scope[@]}" --json; }
change() { jq "$1" "$WORK/vmi.json" >"$WORK/other.json"; }
exits() { # STATUS WORDS COMMAND...
  local status=0
  "${@:3}" >"$WORK/said" 2>&1 || status=$?
  [ "$status" -eq "$1" ] && grep -qF -- "$2" "$WORK/said" || { echo "status $status"; cat "$WORK/said"; return 1; }
}
# Of two equal routes over two links, it is chance which comes first.
sorted() { dump_pod "$pod" | sort; }
before=$(sorted)

check "plan shows those that are ours" answers "[.interfaces[].identity.interface] == [\"eth0\", \"$blue\"]" \
  podgraft plan "${scope[@]}" --vmi "$WORK/vmi.json" --json
check "up" up
check "two are wired" status_of "[.interfaces[].identity.interface] == [\"eth0\", \"$blue\"]"
check "their taps" status_of '[.interfaces[].identity.tap] == ["tap0", "tap16477688c0e"]'
check "MACs: the pod's, and that of the run before" status_of '[.interfaces[].identity.mac] == ["aa:bb:cc:00:00:06", "02:00:00:00:00:99"]'
check "the guest's name" status_of '.interfaces[0].identity.hostname == "web"'
check "its own domain is the first" status_of '.interfaces[0].identity.searches ==
  ["sub.vms.svc.cluster.local", "vms.svc.cluster.local", "svc.cluster.local", "cluster.local"]'
check "who is left alone, in JSON" status_of '.interfaces[0].left_alone == [{name: "green", binding: "sriov"}]'
check "and in text" sh -c "podgraft status ${scope[*]} | grep -qx 'left alone: green (sriov)'"
untouched() { [ "$(ip -n "$pod" -o -4 addr show net2 | awk '{print $4}')" = 192.168.8.9/24 ]; }
check "it is as it was" untouched

# --- what the guest is told ---

ip netns add "$guest"
mac=$(status_of .interfaces[0].identity.mac | tr -d '"')
"$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$guest" eth0 "$mac" >"$WORK/tapclient" &
children+=("$!")
check "the guest's link" wait_for 5 grep -qs ready "$WORK/tapclient"
cat >"$WORK/script" <<'END'
#!/bin/sh
[ "$1" != bound ] || env >"$RESULT"
END
chmod +x "$WORK/script"
ask() { RESULT=$WORK/result timeout 240 ip netns exec "$guest" busybox udhcpc -i eth0 -f -q -n -t 20 -T 1 -s "$WORK/script" \
  -O search -O tftp -O bootfile -O ntpsrv -O 0xe6 -O hostname >"$WORK/udhcpc" 2>&1; }
check "a client asks" ask
for line in ip=10.244.1.7 router=10.244.1.1 hostname=web boot_file=default.bin tftp=tftp.example \
  'ntpsrv=10.0.0.1 10.0.0.2' opt230=6d696e65 \
  'search=sub.vms.svc.cluster.local vms.svc.cluster.local svc.cluster.local cluster.local'; do
  check "it is told $line" grep -Fx -- "$line" "$WORK/result"
done

# --- once more, and back ---

check "up again" up
change '.spec.domain.devices.interfaces |= map(select(.name != "green"))'
check "up without the third" podgraft up "${scope[@]}" --vmi "$WORK/other.json"
check "nobody is left alone any more" status_of '.interfaces[0].left_alone == []'
check "down" podgraft down "${scope[@]}"
same() { diff <(echo "$before") <(sorted); }
check "the pod is as it was" same
check "nothing is left" test -z "$(find "$STATE" -type f)"

# --- names and queues ---

change '.spec.domain.devices.networkInterfaceMultiqueue = true'
check "queues of what is virtio, one for each virtual CPU" answers '[.interfaces[].identity.queues] == [2, 1]' \
  podgraft plan "${scope[@]}" --vmi "$WORK/other.json" --json

change '.spec.networks[1].name = "red" | .spec.domain.devices.interfaces[1].name = "red" | .spec.networks |= [.[0], .[2], .[1]]'
planned() { answers "[.interfaces[].identity.interface] == $1" podgraft plan "${scope[@]}" --vmi "$WORK/other.json" --json "${@:2}"; }
check "one by its ordinal, where the pod has no other" planned '["eth0", "net2"]'
echo "[{\"name\": \"vms/blue-net\", \"interface\": \"$blue\"}]" >"$WORK/network-status"
check "one as Multus calls it" planned "[\"eth0\", \"$blue\"]" --network-status "$WORK/network-status"

# --- the domain's XML, as KubeVirt itself would make it ---

change '.spec.domain.devices.interfaces[1] += {acpiIndex: 101, pciAddress: "0000:81:01.0", state: "down"}'
cat >"$WORK/expected" <<'END'
<domain><interface type='ethernet'><alias name='ua-default'/><mac address='aa:bb:cc:00:00:06'/><model type='virtio-non-transitional'/>
<mtu size='1450'/><target dev='tap0' managed='no'/><boot order='1'/></interface>
<interface type='ethernet'><alias name='ua-blue'/><mac address='02:00:00:00:00:99'/><model type='e1000e'/>
<mtu size='1400'/><target dev='tap16477688c0e' managed='no'/><rom enabled='no'/><link state='down'/><acpi index='101'/>
<address type='pci' domain='0x0000' bus='0x81' slot='0x01' function='0x0'/></interface></domain>
END
echo '<domain><name>vm1</name><devices/></domain>' >"$WORK/domain.xml"
as_kubevirt() { podgraft domain "${scope[@]}" --vmi "$WORK/other.json" --domain "$WORK/domain.xml" >"$WORK/made" &&
  diff <("$LIB/interfaces" <"$WORK/expected") <("$LIB/interfaces" <"$WORK/made"); }
check "domain --vmi" as_kubevirt

# --- what is refused, with nothing touched ---

change '.spec.domain.devices.interfaces[1].macAddress = "1"'
check "a bad MAC, and where it is" exits 2 "spec.domain.devices.interfaces[1].macAddress: '1' is no MAC of an interface" \
  podgraft up "${scope[@]}" --vmi "$WORK/other.json"
change '.spec.domain.devices.interfaces |= [.[2]]'
check "none that is podgraft's" exits 2 "none of its 1 interfaces is podgraft's" podgraft up "${scope[@]}" --vmi "$WORK/other.json"
check "a file that is not there" exits 2 "--vmi '/nonexistent': No such file" podgraft up "${scope[@]}" --vmi /nonexistent
check "one MAC for several" exits 2 "leave --mac out" up --mac 02:00:00:00:00:01
check "nothing was touched" same
summary
