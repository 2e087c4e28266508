#!/bin/bash
# Flannel: two nodes joined by a VXLAN device, the pods of each on a bridge that the CNI's plugin
# makes. A guest on one node and a pod on the other reach each other, in full-size packets.
. "${srcdir:-.}/tests/lib/shapes.sh"

pod_names flannel
far_node=$pod-node2 far_pod=$pod-far near_pod=$pod-near

ip netns add "$node"
ip netns add "$far_node"
in_node link add uplink type veth peer name uplink netns "$far_node"
# vtep NAMESPACE NUMBER OTHER: what flanneld sets up for its own node and for the other
vtep() {
  ip -n "$1" link set lo up
  ip -n "$1" addr add "192.168.0.$2/24" dev uplink
  ip -n "$1" link set uplink up
  ip -n "$1" link add flannel.1 mtu 1450 address "02:00:00:00:f1:0$2" type vxlan id 1 \
    local "192.168.0.$2" dev uplink dstport 8472 nolearning
  ip -n "$1" addr add "10.244.$2.0/32" dev flannel.1
  ip -n "$1" link set flannel.1 up
  ip -n "$1" neigh add "10.244.$3.0" lladdr "02:00:00:00:f1:0$3" dev flannel.1 nud permanent
  ip netns exec "$1" bridge fdb add "02:00:00:00:f1:0$3" dev flannel.1 dst "192.168.0.$3"
  ip -n "$1" route add "10.244.$3.0/24" via "10.244.$3.0" dev flannel.1 onlink
}
vtep "$node" 1 2
vtep "$far_node" 2 1

# flannel_pod NODE POD NUMBER: as flannel's plugin has the bridge plugin do it
flannel_pod() {
  ip netns add "$2"
  ip -n "$2" link set lo up
  cni bridge "$1" "$2" eth0 <<CONF
{"cniVersion": "0.4.0", "name": "cbr0-$3", "type": "bridge", "bridge": "cni0", "mtu": 1450,
 "isGateway": true, "hairpinMode": true,
 $(host_local "10.244.$3.0/24" "10.244.$3.7" "{\"dst\": \"10.244.0.0/16\"}, {\"dst\": \"0.0.0.0/0\"}")}
CONF
}
check "flannel: a pod" flannel_pod "$node" "$pod" 1
check "flannel: its neighbour" flannel_pod "$node" "$near_pod" 1
check "flannel: a pod on the other node" flannel_pod "$far_node" "$far_pod" 2

segment=("$node" cni0)
peers=(10.244.1.1 10.244.1.8 10.244.2.7) outside=("$near_pod" "$far_node" "$far_pod")
routes='routes 10.244.0.0/16 10.244.1.1 0.0.0.0/0 10.244.1.1'
shape_before
shape_up
shape_guest 'address 10.244.1.7/24' "$routes"

# Guest to guest: the pod on the other node is grafted as well.
vxlan_packets() { in_node -s -j link show flannel.1 | jq ".[0].stats64.$1.packets"; }
far_scope=(--netns "$far_pod" --state-dir "$STATE")
check "flannel: up on the other node" podgraft up "${far_scope[@]}" --resolv-conf "$WORK/resolv.conf" --hostname far
far_guest() { # a guest that has its lease, until the end
  ip netns add "$far_pod-guest"
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$far_pod" tap0 "$far_pod-guest" eth0 \
    "$(podgraft status "${far_scope[@]}" --json | jq -r .identity.mac)" >"$WORK/far-tapclient" &
  children+=("$!")
  wait_for 5 grep -q ready "$WORK/far-tapclient" &&
    CLIENT_RESULT=$WORK/far-result ip netns exec "$far_pod-guest" busybox udhcpc -i eth0 -f -q -n \
      -t 20 -T 1 -s "$LIB/client-script" -O mtu -O staticroutes
}
check "flannel: a guest on the other node" far_guest
check "flannel: the first guest" guest_begin
check "flannel: it is bound" client udhcpc
sent=$(vxlan_packets tx) received=$(vxlan_packets rx)
check "flannel: guest to guest" reaches "$guest" 10.244.2.7
check "flannel: and back" reaches "$far_pod-guest" 10.244.1.7
check "flannel: four packets went through the tunnel" test "$(($(vxlan_packets tx) - sent))" -ge 4
check "flannel: four came" test "$(($(vxlan_packets rx) - received))" -ge 4
guest_end
check "flannel: down on the other node" podgraft down "${far_scope[@]}"
shape_down
summary
