#!/bin/bash
# A container runtime attaches networks one by one, each with a call of the plugin: one responder
# serves the guest of them all, DEL of one leaves the others, and all of it ends with the namespace.
. "${srcdir:-.}/tests/lib/lib.sh"

pod=$POD_PREFIX-pod node=$POD_PREFIX-node
ip netns add "$node"
ip -n "$node" link set lo up
names=(eth0 net1 net2)

new_pod() {
  local i
  ip netns add "$pod"
  ip -n "$pod" link set lo up
  for i in 0 1 2; do
    ip -n "$node" link add "v$i" type veth peer name "${names[i]}" netns "$pod"
    ip -n "$node" link set "v$i" up
    ip -n "$pod" link set "${names[i]}" address "aa:bb:cc:00:0$i:06" up
    ip -n "$pod" addr add "10.$i.0.7/24" dev "${names[i]}"
    wait_for 5 up_is "${names[i]}"
  done
  ip -n "$pod" route add default via 10.0.0.1
}
up_is() { ip -n "$pod" link show "$1" | grep -q 'state UP'; }
plugin() { # COMMAND I [VALID-ATTACHMENTS]: as a runtime, which keeps the result of each ADD
  local before='{"cniVersion": "1.1.0", "interfaces": [{"name": "'${names[$2]}'"}]}'
  [ "$1" = ADD ] || [ ! -e "$WORK/result-$2" ] || before=$(cat "$WORK/result-$2")
  jq -n --arg dir "$STATE" --arg name "${names[$2]}" --argjson before "$before" --argjson valid "${3:-null}" '
    {cniVersion: "1.1.0", name: "net-\($name)", type: "podgraft-cni", stateDir: $dir, lease_time: 600, prevResult: $before} +
    (if $valid == null then {} else {"cni.dev/valid-attachments": $valid} end)' |
    nsenter --net="/run/netns/$node" env CNI_COMMAND="$1" CNI_CONTAINERID="$pod" CNI_NETNS="/run/netns/$pod" \
      CNI_IFNAME="${names[$2]}" CNI_PATH=/usr/lib/cni "$PODGRAFT_BUILD/podgraft-cni" >"$WORK/out" || { cat "$WORK/out"; return 1; }
  [ "$1" != ADD ] || cp "$WORK/out" "$WORK/result-$2"
}
status_is() { podgraft status --netns "$pod" --state-dir "$STATE" --interface "${names[$1]}" --json | jq -e "$2" >/dev/null; }
responder() { podgraft status --netns "$pod" --state-dir "$STATE" --interface "${names[$1]}" --json | jq ".responder.$2"; }
one_pair() { # I...: serves these, and is all there is
  local i guardian worker
  guardian=$(responder "$1" pid) worker=$(responder "$1" worker)
  for i; do
    status_is "$i" ".responder.alive and .responder.pid == $guardian and .responder.worker == $worker" || return 1
  done
  [ "$(ip netns pids "$pod" | sort)" = "$(printf '%s\n' "$guardian" "$worker" | sort)" ] || { ip netns pids "$pod"; return 1; }
}
leased() { # I
  [ "$("$PODGRAFT_BUILD/tests/fault/lease" "$pod" "tap$1" "aa:bb:cc:00:0$1:06")" = "10.$1.0.7" ]
}
no_files() { [ -z "$(find "$STATE" -mindepth 1 -not -path "$STATE/cni" 2>/dev/null)" ] || { find "$STATE"; return 1; }; }

new_pod
for i in 0 1 2; do check "ADD ${names[i]}" plugin ADD $i; done
check "one responder for three attachments" one_pair 0 1 2
for i in 0 1 2; do
  check "CHECK ${names[i]}" plugin CHECK $i
  check "${names[i]}: its guest has its own lease" leased $i
done
check "DEL net1" plugin DEL 1
check "one responder for the other two" one_pair 0 2
check "CHECK eth0" plugin CHECK 0
check "CHECK net2" plugin CHECK 2
check "eth0: served" leased 0
check "net2: served" leased 2
check "DEL net1 once more" plugin DEL 1
check "ADD net1 again" plugin ADD 1
check "one responder again" one_pair 0 1 2
gc() { plugin GC 1 '[]'; }
check "GC of net1's network" gc
check "leaves the others" one_pair 0 2

# Whichever call started it: it watches the mount.
pids=$(ip netns pids "$pod")
ip netns del "$pod"
no_veth() { ! ip -n "$node" link show type veth | grep .; }
check "removed: the responder ends" wait_for 5 are_gone $pids
check "removed: nothing is left of the pod's interfaces" wait_for 5 no_veth
check "removed: DEL eth0" plugin DEL 0
check "removed: DEL net2" plugin DEL 2
check "removed: no file is left" no_files
summary
