#!/bin/bash
# IPv6: alone and beside IPv4, with gateways in the network, link-local and out of it.
. "${srcdir:-.}/tests/lib/shapes.sh"

lladdr() { ip -n "$1" -6 -j addr show dev "$2" scope link | jq -r '.[0].addr_info[0].local'; }

new_pod only
in_node addr add fd00:1::1/64 dev veth0 nodad
in_pod addr add fd00:1::7/64 dev eth0
in_pod -6 route add default via fd00:1::1
in_pod -6 route add fd00:9::/48 via fd00:1::1 metric 50
peers=(fd00:1::1) outside=("$node")
shape

# Calico: a /128, the gateway is the host side's link-local address, the host has the route.
new_pod routed
in_node addr add fd00:5::1/128 dev lo
in_node -6 route add fd00:1::7 dev veth0
wait_for 5 has_carrier "$pod"
wait_for 5 settled "$node"
in_pod addr add fd00:1::7/128 dev eth0 nodad
in_pod -6 route add default via "$(lladdr "$node" veth0)" dev eth0
peers=(fd00:5::1) outside=("$node")
shape

# Cilium: the gateway is another /128, reached by a route to the link.
new_pod offlink 1500
in_node addr add fd00:1::100/128 dev veth0 nodad
in_node -6 route add fd00:1::7 dev veth0
in_pod addr add fd00:1::7/128 dev eth0 nodad
in_pod -6 route add fd00:1::100 dev eth0
in_pod -6 route add default via fd00:1::100 mtu 1400
mtu=1400
peers=(fd00:1::100) outside=("$node")
shape

new_pod dual
in_node addr add 10.244.1.1/24 dev veth0
in_node addr add fd00:1::1/64 dev veth0 nodad
in_pod addr add 10.244.1.7/24 dev eth0
in_pod addr add fd00:1::7/64 dev eth0
in_pod addr add fd00:1::8/64 dev eth0 nodad valid_lft 3000 preferred_lft 2000
in_pod route add default via 10.244.1.1
wait_for 5 settled "$pod"
in_pod -6 route add default via fd00:1::1 src fd00:1::7
in_pod -6 route add fd00:9::/48 via fd00:1::1 expires 3000
peers=(10.244.1.1 fd00:1::1) outside=("$node")
shape 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'

# No link-local address of the kernel's own, and one of somebody's choosing.
new_pod nogen
in_node addr add fd00:1::1/64 dev veth0 nodad
in_pod link set eth0 addrgenmode none
in_pod -6 addr flush dev eth0
in_pod addr add fe80::7/64 dev eth0 nodad
in_pod addr add fd00:1::7/64 dev eth0 nodad
in_pod -6 route add default via fd00:1::1
peers=(fd00:1::1) outside=("$node")
shape

# IPv6 switched off where the pod has none.
new_pod off
sysctl_in "$pod" ipv6/conf/eth0/disable_ipv6 1
in_node addr add 10.244.1.1/24 dev veth0
in_pod addr add 10.244.1.7/24 dev eth0
in_pod route add default via 10.244.1.1
peers=(10.244.1.1) outside=("$node")
shape 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'
summary
