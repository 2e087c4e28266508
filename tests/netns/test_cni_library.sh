#!/bin/bash
# The chain of the plugin bridge and podgraft-cni, driven by CNI's reference library, which is what
# containerd and CRI-O call plugins by. Debian has the library, so the program around it is built here.
. "${srcdir:-.}/tests/lib/lib.sh"

build() {
  GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$WORK/go-cache CGO_ENABLED=0 HOME=$WORK \
    go build -p 2 -o "$WORK/cniruntime" "$LIB/cniruntime.go"
}
check "the runtime is built" build
node=$POD_PREFIX-node pod=$POD_PREFIX-vm
ip netns add "$node"
ip -n "$node" link set lo up
ip netns add "$pod"
ip -n "$pod" link set lo up

bridge='{"type": "bridge", "bridge": "cni0", "isGateway": true, "mtu": 1450, "ipam": {"type": "host-local",
  "dataDir": "'$WORK/ipam'", "ranges": [[{"subnet": "10.244.1.0/24", "rangeStart": "10.244.1.7"}]], "routes": [{"dst": "0.0.0.0/0"}]}}'
grafting='{"type": "podgraft-cni", "stateDir": "'$STATE'"}'
list() { # NAME MEMBERS PLUGIN...
  local name=$1 members=$2
  shift 2
  (IFS=,; echo "{\"cniVersion\": \"1.0.0\", \"name\": \"vms\", $members \"plugins\": [$*]}") >"$WORK/$name"
}
list chain '' "$bridge" "$grafting"
list unchecked '"disableCheck": true,' "$bridge" "$grafting"
list ours '' "$grafting"
list typo '' "$bridge" '{"type": "podgraft-cni", "leaseTime": 600}'
runtime() { # COMMAND LIST
  nsenter --net="/run/netns/$node" env CNI_PATH="$PODGRAFT_BUILD:/usr/lib/cni" CNI_CACHE="$WORK/cache" \
    "$WORK/cniruntime" "$1" "$WORK/$2" "$pod" "/run/netns/$pod" eth0 >"$WORK/result" 2>"$WORK/said" || { cat "$WORK/said"; return 1; }
}
refused() { ! runtime "$1" "$2" && grep -q "$3" "$WORK/said"; }
mac_of() { ip -n "$pod" -j link show "$1" | jq -r '.[0].address'; }
result_is() { jq -e "$@" "$WORK/result" >/dev/null || { cat "$WORK/result"; return 1; }; }
serves() { [ "$("$PODGRAFT_BUILD/tests/fault/lease" "$pod" tap0 "$(mac_of eth0)")" = "$1" ]; }
nobody_left() { [ -z "$(ip netns pids "$pod")" ]; }
no_files() { [ -z "$(find "$STATE" -mindepth 1 -not -path "$STATE/cni" 2>/dev/null)" ] || { find "$STATE"; return 1; }; }
only_lo() { [ "$(ip -n "$pod" -j link | jq -r '.[].ifname')" = lo ]; }

check "it finds the versions to be spoken by all" runtime version chain
check "add" runtime add chain
check "add: a result that the library understands" result_is --arg mac "$(mac_of eth0)" --arg id "$pod" --arg netns "/run/netns/$pod" '
  .cniVersion == "1.0.0" and [.interfaces[-4:][] | [.name, .sandbox]] ==
    [["eth0", $netns], ["k6t-eth0", $netns], ["tap0", $netns], ["tap0", $id]] and .interfaces[-1].mac == $mac and
  (.ips | length) == 1 and .interfaces[.ips[0].interface].name == "eth0" and .ips[0].address == "10.244.1.7/24"'
check "add: a client behind the tap gets its lease" serves 10.244.1.7
check "check: ours" runtime check ours
check "check: the plugin bridge does not know a grafted pod" refused check chain 'not of type veth'
check "check: the list can say so" runtime check unchecked
ip -n "$pod" link set tap0 down
check "check: what was changed is found" refused check ours 'code 103: '
check "del" runtime del chain
check "del: nobody is left" nobody_left
check "del: nothing is left in the pod" only_lo
check "del: no file is left" no_files
check "del: once more" runtime del chain
check "a mistake is told with its code" refused add typo "code 2: .*'leaseTime' is unknown"
check "del after that" runtime del typo
check "nothing is left in the pod" only_lo
ip netns del "$pod"
check "del: of a namespace that is gone" runtime del chain
summary
