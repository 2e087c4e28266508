#!/bin/bash
# Pods that the CNI attaches by macvlan, in each of its modes. A macvlan takes frames for its own
# MAC only: the interface keeps it, and the bridge leads what comes for it to the guest.
. "${srcdir:-.}/tests/lib/shapes.sh"

# macvlan NAME MODE: a node whose uplink leads to a network with a host in it, and pods on the uplink
macvlan() {
  pod_names "$1"
  mtu=1500 lan=$pod-lan mode=$2
  ip netns add "$node"
  ip netns add "$lan"
  in_node link add uplink type veth peer name eth0 netns "$lan"
  in_node link set uplink address 02:00:00:00:00:01 up
  ip -n "$lan" addr add 10.1.0.1/24 dev eth0
  ip -n "$lan" addr add fd00:1::1/64 dev eth0 nodad
  ip -n "$lan" link set eth0 up
  check "$name: a pod" macvlan_pod "$pod"
  segment=("$lan" eth0)
  peers=(10.1.0.1 fd00:1::1) outside=("$lan")
}
macvlan_pod() {
  ip netns add "$1"
  ip -n "$1" link set lo up
  cni macvlan "$node" "$1" eth0 <<CONF || return 1
{"cniVersion": "0.4.0", "name": "$mode", "type": "macvlan", "master": "uplink", "mode": "$mode",
 "ipam": {"type": "host-local", "dataDir": "$WORK/cni", "routes": [{"dst": "0.0.0.0/0", "gw": "10.1.0.1"}],
          "ranges": [[{"subnet": "10.1.0.0/24", "rangeStart": "10.1.0.7"}],
                     [{"subnet": "fd00:1::/64", "rangeStart": "fd00:1::7"}]]}}
CONF
}
lease=('address 10.1.0.7/24' 'routes 0.0.0.0/0 10.1.0.1' 'mtu 1500')
uplink() { in_node -j link show uplink | jq -c '.[0] | {address, promiscuity, flags}'; }
uplink_is_as_before() { diff "$WORK/uplink" <(uplink); }

# made_anew: the entry goes with the tap, and is lost where the interface leaves the bridge
made_anew() {
  in_pod link del tap0
  check "$name: up without a tap" podgraft up "${options[@]}"
  guest_traffic
  in_pod link set eth0-nic nomaster
  in_pod link set eth0-nic master k6t-eth0
  check "$name: status sees that the bridge takes the MAC for its own" drifted "take the frames for"
  check "$name: up of one that had left" podgraft up "${options[@]}"
  guest_traffic
}
guest_traffic() {
  check "$name: all is well" podgraft status --check "${scope[@]}"
  check "$name: a guest" guest_begin
  check "$name: is bound" client udhcpc
  check "$name: and reaches 10.1.0.1" reaches "$guest" 10.1.0.1
  guest_end
}
drifted() { podgraft status "${scope[@]}" --json | jq -r '.links.drift[]' | grep -- "$1"; }

for mode in bridge vepa private passthru; do
  macvlan "$mode" "$mode"
  if [ "$mode" = bridge ]; then # one more pod, which is reached without leaving the node
    check "$name: another pod" macvlan_pod "$pod-near"
    peers+=(10.1.0.8)
    outside+=("$pod-near")
  fi
  uplink >"$WORK/uplink"
  keeps=$(in_node -j link show uplink | jq -r '.[0].address')
  shape_before
  shape_up
  check "$name: the uplink keeps its MAC" test "$(in_node -j link show uplink | jq -r '.[0].address')" = "$keeps"
  shape_guest "${lease[@]}"
  [ "$mode" != bridge ] || made_anew
  shape_down
  check "$name: the uplink is as it was" uplink_is_as_before
done

macvlan mac bridge
dump_shape "$pod" >"$WORK/$name.before"
other_mac() {
  local status=0
  podgraft up "${options[@]}" --mac 02:00:00:00:00:99 2>"$WORK/refusal" || status=$?
  cat "$WORK/refusal"
  [ "$status" -eq 2 ] && grep -q "'eth0' is a macvlan.*leave --mac away" "$WORK/refusal"
}
check "mac: another MAC is refused" other_mac
dump_again
check "mac: and nothing is touched" dumps_equal
check "mac: its own is not" podgraft up "${options[@]}" --no-serve --mac "$(in_pod -j link show eth0 | jq -r '.[0].address')"
check "mac: down" podgraft down "${scope[@]}"
summary
