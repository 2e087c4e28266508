#!/bin/bash
# Pods with several interfaces: one of them grafted, each in turn, or both; and one that comes late.
. "${srcdir:-.}/tests/lib/shapes.sh"

# two_interfaces NAME: eth0 and net1, each with its network, its gateway and its default route
two_interfaces() {
  new_pod "$1"
  in_node addr add 10.244.1.1/24 dev veth0
  in_pod addr add 10.244.1.7/24 dev eth0
  in_node link add veth1 type veth peer name net1 netns "$pod"
  in_node link set veth1 up
  in_node addr add 192.168.7.1/24 dev veth1
  in_pod link set net1 address aa:bb:cc:00:01:06 mtu 1400 up
  in_pod addr add 192.168.7.9/24 dev net1
  in_pod route add default via 10.244.1.1
  in_pod route add default via 192.168.7.1 metric 100
  in_pod route add 10.70.0.0/16 via 192.168.7.1 src 10.244.1.7
  in_pod route add 10.80.0.0/16 via 10.244.1.1 src 192.168.7.9
  outside=("$node")
}
primary() {
  interface=eth0 tap=tap0 mtu=1450 peers=(10.244.1.1) segment=("$node" veth0)
  scope=(--netns "$pod" --state-dir "$STATE" --interface eth0)
  options=("${scope[@]}" --resolv-conf "$WORK/resolv.conf" --hostname vm)
  warning="'net1' has a default route too; the guest gets that of 'eth0' only"
}
secondary() {
  interface=net1 tap=tap1 mtu=1400 peers=(192.168.7.1) segment=("$node" veth1)
  scope=(--netns "$pod" --state-dir "$STATE" --interface net1)
  options=("${scope[@]}" --resolv-conf "$WORK/resolv.conf" --hostname vm)
  warning="'eth0' has a default route too; the guest gets that of 'net1' only"
}
no_route_over() { ! { in_pod route show dev "$1" && in_pod -6 route show dev "$1" | grep -v fe80; } | grep .; }
eth0_lease=('address 10.244.1.7/24' 'routes 10.80.0.0/16 10.244.1.1 0.0.0.0/0 10.244.1.1')
net1_lease=('address 192.168.7.9/24' 'routes 10.70.0.0/16 192.168.7.1 0.0.0.0/0 192.168.7.1'
  'server 169.254.75.11')

# Without --interface: that of the better default route.
two_interfaces primary
primary
scope=("${scope[@]:0:4}") options=("${scope[@]}" --resolv-conf "$WORK/resolv.conf" --hostname vm)
shape "${eth0_lease[@]}"

two_interfaces secondary
secondary
shape "${net1_lease[@]}"

# Both at once, and down in either order.
for first in primary secondary; do
  two_interfaces "both-$first"
  dump_shape "$pod" >"$WORK/$name.before"
  primary
  check "$name: up eth0" podgraft up "${options[@]}"
  secondary
  check "$name: up net1" podgraft up "${options[@]}"
  primary
  shape_guest "${eth0_lease[@]}"
  secondary
  shape_guest "${net1_lease[@]}"
  "$first"
  check "$name: down $interface" podgraft down "${scope[@]}"
  case $first in primary) secondary ;; secondary) primary ;; esac
  # The other's routes with an address of this one are back; this one takes note of them.
  check "$name: up $interface again" podgraft up "${options[@]}"
  check "$name: $interface is well" podgraft status --check "${scope[@]}"
  check "$name: no route is over $interface" no_route_over "$interface-nic"
  check "$name: down $interface" podgraft down "${scope[@]}"
  dump_again
  check "$name: everything is as it was" dumps_equal
done

# Two in one network: the kernel takes the first of the two connected routes, which is eth0's.
new_pod twins
in_node link add br0 type bridge
in_node link set br0 up
in_node link set veth0 master br0
in_node addr add 10.244.1.1/24 dev br0
in_node addr add fd00:1::1/64 dev br0 nodad
in_node link add veth1 type veth peer name net1 netns "$pod"
in_node link set veth1 master br0 up
in_pod addr add 10.244.1.7/24 dev eth0
in_pod addr add fd00:1::7/64 dev eth0 nodad
in_pod link set net1 address aa:bb:cc:00:01:06 mtu 1450 up
in_pod addr add 10.244.1.9/24 dev net1
in_pod addr add fd00:1::9/64 dev net1 nodad
in_pod route add default via 10.244.1.1
segment=("$node" br0) peers=(10.244.1.1 fd00:1::1)
shape 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'

# The CNI is late by two seconds, and brings link, address and routes one after the other. The
# first of its pods is made while up stands still, so that there is a state to compare with.
older_than() { [ "$(ps -o etimes= -p "$1")" -ge "$2" ]; }
is_waiting() { ip netns exec "$pod" grep -q podgraft /proc/net/unix; } # the lock is held
late_pod() {
  pod_names "$1"
  ip netns add "$node"
  ip netns add "$pod"
  podgraft up "${options[@]}" --wait-interface 240 >"$WORK/late" 2>&1 &
  up=$!
  children+=("$up")
  check "$name: up waits" wait_for 5 is_waiting
  check "$name: for two seconds" wait_for 5 older_than "$up" 2
}
late_cni() {
  cni bridge "$node" "$pod" eth0 <<CONF
{"cniVersion": "0.4.0", "name": "late", "type": "bridge", "bridge": "cni0", "mtu": 1450,
 "isGateway": true, $(host_local 10.244.1.0/24 10.244.1.7)}
CONF
}
late_pod late
kill -STOP "$up"
check "late: the CNI comes" late_cni
segment=("$node" cni0) peers=(10.244.1.1) outside=("$node")
check "late: the pod is ready" wait_for 5 has_carrier "$pod"
dump_shape "$pod" >"$WORK/$name.before"
addresses_shown >"$WORK/$name.addresses"
kill -CONT "$up"
check "late: up has waited for the interface" wait "$up"
shape_up
shape_guest 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'
shape_down

# Link, address and route come with pauses; nothing else (IPv6) makes up wait for them. One ip(8) for
# all: starting another may take as long as up waits for more.
has_all() { identity '| "\(.addresses) \(.routes)"' | grep -F '["10.244.1.7/24"] [{"dst":"0.0.0.0/0","gateway":"10.244.1.1"'; }
pause() { read -r -t 0.05 -u "$never" || :; }
slow_cni() {
  in_node link add veth0 type veth peer name eth0 netns "$pod" && in_node link set veth0 up
  {
    echo link set eth0 up
    pause
    echo addr add 10.244.1.7/24 dev eth0
    pause
    echo route add default via 10.244.1.1
  } | in_pod -batch -
}
late_pod slow
sysctl_in "$pod" ipv6/conf/default/disable_ipv6 1
check "slow: the CNI comes" slow_cni
check "slow: up has waited for the interface" wait "$up"
check "slow: and for its address and routes" has_all
check "slow: down" podgraft down "${scope[@]}"
summary
