#!/bin/bash
# podgraft-cni as a container runtime calls it: chained behind the plugin bridge, as KubeVirt's
# network binding plugin, and with all that can be wrong.
. "${srcdir:-.}/tests/lib/lib.sh"

CNI_VERSION=1.0.0 # the newest that Debian's plugins speak
node=$POD_PREFIX-node
ip netns add "$node"
ip -n "$node" link set lo up

# --- a runtime, as far as the specification has one ---

# plugin TYPE COMMAND: in the node's namespace but the caller's mounts; the configuration on stdin
plugin() {
  local dir=/usr/lib/cni
  [ "$1" != podgraft-cni ] || dir=$PODGRAFT_BUILD
  nsenter --net="/run/netns/$node" env CNI_COMMAND="$2" CNI_CONTAINERID="$container" CNI_NETNS="$netns" \
    CNI_IFNAME="$ifname" CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAME=virt-launcher-vm" CNI_PATH=/usr/lib/cni "$dir/$1" 2>"$WORK/said"
}
# conf TYPE: that plugin's part of the list, with what the runtime puts in
conf() {
  jq --arg type "$1" --slurpfile result <([ ! -s "$WORK/result-$container" ] || cat "$WORK/result-$container") '
    (.plugins[] | select(.type == $type)) + {cniVersion, name} + (if $result == [] then {} else {prevResult: $result[0]} end)' "$WORK/list"
}
chain() { # COMMAND TYPE...: each with the result of the one before
  local command=$1 type
  shift
  for type; do
    conf "$type" | plugin "$type" "$command" >"$WORK/out" || { cat "$WORK/out" "$WORK/said"; return 1; }
    [ "$command" != ADD ] || cp "$WORK/out" "$WORK/result-$container"
  done
}
add() { chain ADD bridge podgraft-cni; }
del() { chain DEL podgraft-cni bridge; }
only() { conf podgraft-cni | plugin podgraft-cni "$1" >"$WORK/out" || { cat "$WORK/out" "$WORK/said"; return 1; }; }

list() { # OPTIONS: podgraft's, as members of a JSON object
  cat >"$WORK/list" <<LIST
{"cniVersion": "$CNI_VERSION", "name": "vms", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "mtu": 1450,
   "ipam": {"type": "host-local", "dataDir": "$WORK/cni", "ranges": [[{"subnet": "10.244.1.0/24", "rangeStart": "10.244.1.7"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "podgraft-cni", "stateDir": "$STATE"${1:+, $1}}]}
LIST
}
new_pod() { # NAME
  container=$POD_PREFIX-$1 ifname=eth0
  pod=$container netns=/run/netns/$container
  ip netns add "$pod"
  ip -n "$pod" link set lo up
}

# fails CODE TYPE COMMAND: with that code, an error as the specification has it, and nothing else
fails() {
  local code=$1 out
  shift
  ! out=$(plugin "$@") || { echo "it did not fail: $out"; return 1; }
  jq -e --argjson code "$code" '.code == $code and (.msg | length) > 0 and (.details | type) == "string" and
    (.cniVersion | type) == "string" and (keys - ["cniVersion", "code", "msg", "details"]) == []' <<<"$out" ||
    { echo "want $code, got: $out"; cat "$WORK/said"; return 1; }
}
quiet() { [ ! -s "$WORK/out" ]; }
result_is() { jq -e "$@" "$WORK/result-$container" >/dev/null || { cat "$WORK/result-$container"; return 1; }; }
no_files() { [ -z "$(find "$STATE" -mindepth 1 -not -path "$STATE/cni" 2>/dev/null)" ] || { find "$STATE"; return 1; }; }
nobody_left() { [ -z "$(ip netns pids "$pod")" ]; }
mac_of() { ip -n "$pod" -j link show "$1" | jq -r '.[0].address'; }

# The specification's fields of a result ("Success", "Interfaces", "ips", "routes", "dns").
VALID='def strings(f): all(f; type == "string");
  .cniVersion == $version and (keys - ["cniVersion", "interfaces", "ips", "routes", "dns"]) == [] and
  (.interfaces | length as $n | all(.[]; (.name | type == "string" and length < 16) and
     (.mac // "" | test("^([0-9a-f]{2}(:[0-9a-f]{2}){5})?$")) and
     (keys - ["name", "mac", "sandbox"] - (if $version == "1.1.0" then ["mtu", "socketPath", "pciID"] else [] end)) == [])) and
  (.interfaces | length) as $n | all(.ips[]?; (.address | test("^[0-9a-f.:]+/[0-9]+$")) and .interface < $n and .interface >= 0)'
valid() { result_is --arg version "$CNI_VERSION" "$VALID"; }
serves() { # a client behind the tap gets its lease
  local got
  got=$("$PODGRAFT_BUILD/tests/fault/lease" "$pod" tap0 "$(mac_of eth0)") && [ "$got" = "$1" ] || { echo "the lease is of '$got'"; return 1; }
}

# --- the chain ---

list
new_pod vm1
check "chain: ADD bridge" chain ADD bridge
before=$(dump_pod "$pod")
cp "$WORK/result-$container" "$WORK/bridge-result"
check "chain: ADD podgraft-cni" chain ADD podgraft-cni
result=$WORK/result-$container
check "chain: the result has the specification's fields" valid
check "chain: the previous result comes first, as it was" result_is --slurpfile before "$WORK/bridge-result" '
  .ips == $before[0].ips and .routes == $before[0].routes and .dns == $before[0].dns and
  .interfaces[:($before[0].interfaces | length)] == $before[0].interfaces'
check "chain: then bridge, tap and guest" result_is --arg netns "$netns" --arg id "$container" --arg bridge "$(mac_of k6t-eth0)" \
  --arg tap "$(mac_of tap0)" --arg guest "$(mac_of eth0)" '.interfaces[-3:] == [
    {name: "k6t-eth0", mac: $bridge, sandbox: $netns}, {name: "tap0", mac: $tap, sandbox: $netns}, {name: "tap0", mac: $guest, sandbox: $id}]'
check "chain: the pod still shows its interface, as the first plugin reported it" result_is --arg mac "$(mac_of eth0)" \
  --arg netns "$netns" '.interfaces[] | select(.name == "eth0" and .sandbox == $netns) | .mac == $mac'
owner() { ip netns exec "$pod" cat "/sys/class/net/tap0/owner" "/sys/class/net/tap0/group" | xargs; }
check "chain: the tap is QEMU's user's in KubeVirt" test "$(owner)" = "107 107"
check "chain: a client behind the tap gets its lease" serves 10.244.1.7
hostname_of() { podgraft status --netns "$pod" --state-dir "$STATE" --json | jq -r .identity.hostname; }
check "chain: the guest does not get the node's name" test "$(hostname_of)" = ""
check "chain: nothing of the runtime's is kept open" test ! -e "/proc/$(ip netns pids "$pod" | head -1)/fd/0" -o \
  "$(readlink "/proc/$(ip netns pids "$pod" | head -1)/fd/0")" = /dev/null
check "chain: CHECK" only CHECK
check "chain: CHECK says nothing" quiet
# It wants a veth called eth0. So does not the specification; "disableCheck" is for that.
bridge_refuses() { ! chain CHECK bridge && grep -q 'not of type veth' "$WORK/out"; }
check "chain: the plugin bridge has no CHECK for a grafted pod" bridge_refuses

# --- CHECK finds what changed ---

check_fails() { fails 103 podgraft-cni CHECK < <(conf podgraft-cni); }
ip -n "$pod" link set tap0 nomaster
check "changed: CHECK tells of a tap off its bridge" check_fails
add_again() { jq -c . "$WORK/bridge-result" >"$WORK/result-$container" && chain ADD podgraft-cni; }
check "changed: ADD once more mends it" add_again
check "changed: CHECK is content" only CHECK
kill -KILL "$(podgraft status --netns "$pod" --state-dir "$STATE" --json | jq .responder.pid)"
check "changed: CHECK tells that nobody serves" wait_for 5 check_fails
check "changed: ADD once more serves" add_again
check "changed: CHECK is content with it" only CHECK
cp "$WORK/result-$container" "$WORK/good"
jq '.interfaces[-1].mac = "02:00:00:00:00:01"' "$WORK/good" >"$WORK/result-$container"
check "changed: CHECK compares what it is given" check_fails
cp "$WORK/good" "$WORK/result-$container"

# --- two pods at once ---

first=$container
new_pod vm2
check "two: ADD" add
check "two: it has its own lease" serves 10.244.1.8
check "two: DEL" del
check "two: nobody is left in it" nobody_left
container=$first pod=$first netns=/run/netns/$first
check "two: the first is as it was" only CHECK

# --- DEL ---

check "DEL: podgraft-cni" chain DEL podgraft-cni
check "DEL: it says nothing" quiet
check "DEL: nobody is left" nobody_left
same_as_before() { diff <(echo "$before") <(dump_pod "$pod"); }
check "DEL: the pod is as it was" same_as_before
check "DEL: no file is left" no_files
check "DEL: once more" chain DEL podgraft-cni
check "DEL: the plugin bridge finds its interface" chain DEL bridge
check "DEL: without an interface" chain DEL podgraft-cni
netns=
check "DEL: without a namespace" only DEL
netns=/run/netns/$pod-none
check "DEL: of a namespace that is gone" only DEL
check "DEL: no file came of it" no_files

# --- what can be wrong ---

new_pod wrong
wrong() { # WHAT CODE COMMAND JQ-CHANGE: of a good configuration
  jq -n --arg dir "$STATE" '{cniVersion: "1.0.0", name: "vms", type: "podgraft-cni", stateDir: $dir,
    prevResult: {cniVersion: "1.0.0", interfaces: [{name: "eth0"}]}}'" | $4" >"$WORK/wrong"
  check "wrong: $1" fails "$2" podgraft-cni "$3" <"$WORK/wrong"
}
wrong "a version of tomorrow" 1 ADD '.cniVersion = "2.0.0"'
wrong "a version of yesterday" 1 ADD '.cniVersion = "0.2.0"'
wrong "no version" 1 ADD 'del(.cniVersion)'
wrong "CHECK before there was CHECK" 1 CHECK '.cniVersion = "0.3.1"'
wrong "GC before there was GC" 1 GC .
wrong "STATUS before there was STATUS" 1 STATUS .
wrong "a key that nobody knows" 2 ADD '.leaseTime = 600'
wrong "a key that is another's" 2 ADD '.netns = "/run/netns/other"'
wrong "a key of domains only" 2 ADD '.alias = "vm"'
wrong "a value out of bounds" 7 ADD '.mtu = 1'
wrong "no name" 7 ADD 'del(.name)'
wrong "no previous result" 7 ADD 'del(.prevResult)'
wrong "CHECK without a previous result" 7 CHECK 'del(.prevResult)'
wrong "a previous result that is none" 7 ADD '.prevResult = []'
wrong "args that are none" 7 ADD '.args = {cni: 1}'
wrong "GC without the valid attachments" 7 GC '.cniVersion = "1.1.0"'
wrong "no such interface" 7 ADD .
wrong "no JSON object" 6 ADD '[.]'
check "wrong: no JSON" fails 6 podgraft-cni ADD <<<'{"cniVersion": "1.0.0", '
check "wrong: nothing at all" fails 6 podgraft-cni ADD </dev/null
check "wrong: what cannot be read" fails 5 podgraft-cni ADD <"$WORK"
netns=/run/netns/$POD_PREFIX-none
wrong "an unknown namespace" 3 ADD .
wrong "CHECK of an unknown namespace" 3 CHECK .
netns=$WORK/list
wrong "a file that is no namespace" 3 ADD .
netns=
wrong "no CNI_NETNS" 4 ADD .
netns=/run/netns/$pod container=
wrong "no CNI_CONTAINERID" 4 DEL .
container=../etc
wrong "a container that leads elsewhere" 4 DEL .
container=$pod ifname=
wrong "no CNI_IFNAME" 4 ADD .
ifname=a/b
wrong "no name of an interface" 4 ADD .
ifname=eth0
wrong "an unknown command" 4 GRAFT .
wrong "no command" 4 "" .
check "wrong: nothing came of it" no_files

# --- an ADD that fails half way leaves nothing; the runtime calls DEL all the same ---

list '"resolv_conf": "/dev/null"'
check "failed: ADD bridge" chain ADD bridge
before=$(dump_pod "$pod")
unserved() { PODGRAFT_LIBEXECDIR=$WORK/nowhere fails 100 podgraft-cni ADD < <(conf podgraft-cni); }
check "failed: ADD without a responder" unserved
check "failed: the pod is as it was" same_as_before
check "failed: no file is left" no_files
check "failed: DEL" del

# --- STATUS, GC, VERSION ---

CNI_VERSION=1.1.0
list
check "STATUS: ready" only STATUS
check "STATUS: it says nothing" quiet
not_ready() { PODGRAFT_LIBEXECDIR=$WORK/nowhere fails 50 podgraft-cni STATUS < <(conf podgraft-cni); }
check "STATUS: not without the responder" not_ready
versions() { plugin podgraft-cni VERSION <<<"{\"cniVersion\": \"$1\"}" | jq -e --arg version "$2" '
  .cniVersion == $version and .supportedVersions == ["0.3.1", "0.4.0", "1.0.0", "1.1.0"]'; }
check "VERSION" versions 1.0.0 1.0.0
check "VERSION: whoever speaks another learns ours" versions 9.9.9 1.1.0

# made NAME: a pod whose first plugin is this test
made() {
  new_pod "$1"
  ip -n "$node" link add "v$1" type veth peer name eth0 netns "$pod"
  ip -n "$node" link set "v$1" up
  ip -n "$pod" link set eth0 up
  wait_for 5 has_carrier "$pod"
  ip -n "$pod" addr add "$2/24" dev eth0
  ip -n "$pod" route add default via 10.9.0.1
  jq -n --arg netns "$netns" --arg address "$2/24" '{cniVersion: "1.1.0", interfaces: [{name: "eth0", sandbox: $netns}],
    ips: [{address: $address, gateway: "10.9.0.1", interface: 0}]}' >"$WORK/result-$container"
}
made_and_added() { made "$@" && chain ADD podgraft-cni; }
check "1.1: ADD" made_and_added gone 10.9.0.7
check "1.1: the result has the specification's fields" valid
check "1.1: with MTUs" result_is '.interfaces[-2].mtu == 1500'
check "GC: another" made_and_added kept 10.9.0.8
attachments() { conf podgraft-cni | jq --arg id "$1" '."cni.dev/valid-attachments" = [{containerID: $id, ifname: "eth0"}]'; }
collect() { attachments "$1" | plugin podgraft-cni GC >"$WORK/out" || { cat "$WORK/out" "$WORK/said"; return 1; }; }
other_network() { attachments none | jq '.name = "others"' | plugin podgraft-cni GC; }
check "GC: of another network" other_network
check "GC: leaves these alone" only CHECK
check "GC: what is not valid goes" collect "$POD_PREFIX-kept"
check "GC: it says nothing" quiet
check "GC: what is valid stays" only CHECK
pod=$POD_PREFIX-gone
check "GC: nobody is left in the other" nobody_left
restored() { [ -z "$(ip -n "$pod" -o link show type bridge)" ] && ip -n "$pod" addr show eth0 | grep -q 10.9.0.7; }
check "GC: its network is as it was" restored
pod=$POD_PREFIX-kept
ip netns del "$pod"
check "GC: of one whose namespace is gone" collect none
check "GC: no file is left" no_files

# --- the namespace is removed without DEL ---

check "removed: ADD" made_and_added vm3 10.9.0.9
pids=$(ip netns pids "$pod")
check "removed: somebody serves" test -n "$pids"
ip netns del "$pod"
no_veth() { ! ip -n "$node" link show vvm3; }
check "removed: no process is left" wait_for 5 are_gone $pids
check "removed: no veth is left on the node" wait_for 5 no_veth
check "removed: DEL" only DEL
check "removed: no file is left" no_files
# A runtime may give the name to another container's namespace.
no_veth4() { ! ip -n "$node" link show vvm4; }
check "renamed: ADD" made_and_added vm4 10.9.0.10
ip netns del "$pod"
check "renamed: its veth pair goes" wait_for 5 no_veth4
check "renamed: another of that name" made vm4 10.9.0.11
before=$(dump_pod "$pod")
check "renamed: DEL of the first" only DEL
check "renamed: the other is as it was" same_as_before
check "renamed: no file is left" no_files

# --- several at the same moment ---

at_once() { # COMMAND
  local name jobs=() status=0
  for name in p1 p2 p3 p4; do
    (container=$POD_PREFIX-$name netns=/run/netns/$container && conf podgraft-cni | plugin podgraft-cni "$1") >"$WORK/once-$name" &
    jobs+=("$!")
  done
  for name in "${jobs[@]}"; do wait "$name" || status=1; done
  [ "$status" -eq 0 ] || { cat "$WORK"/once-*; return 1; }
}
for name in p1 p2 p3 p4; do made $name "10.9.0.2${name#p}"; done
for round in 1 2 3; do
  check "at once: ADD, round $round" at_once ADD
  check "at once: DEL, round $round" at_once DEL
done
check "at once: no file is left" no_files

# --- ADD is killed at one of its calls: DEL puts everything back ---

made killed 10.9.0.30
before=$(dump_pod "$pod")
cp "$WORK/result-$container" "$WORK/first-result"
faulty() { # FAULTS COMMAND
  conf podgraft-cni | FAULT_PROGRAM=podgraft-cni FAULTS=$1 FAULT_LOG=$WORK/calls \
    LD_PRELOAD="$sanitizers$PODGRAFT_BUILD/tests/fault/shim.so" plugin podgraft-cni "$2" >"$WORK/out"
}
chain_anew() { cp "$WORK/first-result" "$WORK/result-$container" && chain ADD podgraft-cni; }
# A responder whose ADD is killed before it let it go ends by itself.
undone() { only DEL && same_as_before && wait_for 5 nobody_left && no_files; }
check "killed: ADD with its calls counted" faulty "" ADD
calls=$(wc -l <"$WORK/calls")
check "killed: there are some" test "$calls" -gt 40
check "killed: DEL" undone
for ((k = 1 + RANDOM % 8; k <= calls; k += 8)); do
  { ! faulty "$k:kill-before" ADD || :; } 2>/dev/null # in a child it is a failed call
  check "killed: before call $k of $calls" undone
done
check "killed: ADD still works" chain ADD podgraft-cni
for ((k = 3; k <= 60; k += 19)); do
  { ! faulty "$k:kill-before" DEL || :; } 2>/dev/null
  check "killed: DEL, before its call $k, and once more" undone
  check "killed: ADD after it" chain_anew
done
check "killed: DEL of the last" undone

# --- KubeVirt's network binding plugin: a network of its own, for another one's interface ---

binding() { # LOGIC-NETWORK
  CNI_VERSION=1.0.0
  list '"lease_time": 600'
  jq --arg name "$1" '.plugins[1].args = {cni: {logicNetworkName: $name}}' "$WORK/list" >"$WORK/list.new" && mv "$WORK/list.new" "$WORK/list"
}
binding default
made vm5 10.9.0.12
ifname=net1
rm "$WORK/result-$container"
check "binding: ADD for the pod network" chain ADD podgraft-cni
check "binding: the result has the specification's fields" valid
check "binding: it has our interfaces" result_is '[.interfaces[].name] == ["k6t-eth0", "tap0", "tap0"] and .ips == null'
check "binding: a client gets its lease" serves 10.9.0.12
check "binding: CHECK" only CHECK
check "binding: DEL" only DEL
check "binding: nobody is left" nobody_left
check "binding: no file is left" no_files
# sha256("blue"), as KubeVirt names a secondary network's interface
ip -n "$pod" link set eth0 name pod16477688c0e
ip -n "$pod" addr add 10.9.0.12/24 dev pod16477688c0e 2>/dev/null
binding blue
rm "$WORK/result-$container"
check "binding: ADD for a secondary network" chain ADD podgraft-cni
check "binding: the tap is called as KubeVirt would" result_is '[.interfaces[].name] == ["k6t-16477688c0e", "tap16477688c0e", "tap16477688c0e"]'
check "binding: DEL of it" only DEL
check "binding: no file is left of it" no_files

# --- what the configuration tells the guest ---

list '"lease_time": 600, "tap_owner": "64055:108", "dhcp_option": {"ntp_servers": ["10.0.0.1"]}, "dns": {"nameservers": ["10.96.0.10"], "search": ["vms.svc.cluster.local"]}'
new_pod vm6
check "options: ADD" add
identity() { podgraft status --netns "$pod" --state-dir "$STATE" --json | jq -e "$1"; }
check "options: DNS" identity '.identity.nameservers == ["10.96.0.10"] and .identity.searches == ["vms.svc.cluster.local"]'
check "options: the tap's owner" test "$(owner)" = "64055 108"
check "options: DEL" del
check "options: no file is left" no_files
summary
