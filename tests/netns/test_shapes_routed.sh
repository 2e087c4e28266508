#!/bin/bash
# Pods that reach everything through a router, also what is next door: Calico, Cilium, AWS, ptp.
. "${srcdir:-.}/tests/lib/shapes.sh"

# router ADDRESS: the node forwards between the pod and a network with a host in it, 10.0.0.2, in
# the namespace $lan
router() {
  lan=$pod-lan
  ip netns add "$lan"
  in_node link add uplink type veth peer name eth0 netns "$lan"
  in_node addr add 10.0.0.1/24 dev uplink
  in_node link set uplink up
  ip -n "$lan" addr add 10.0.0.2/24 dev eth0
  ip -n "$lan" link set eth0 up
  ip -n "$lan" route add default via 10.0.0.1
  in_node route add default via 10.0.0.2
  sysctl_in "$node" ipv4/ip_forward 1
  peers=(10.0.0.2) outside=("$node" "$lan")
}

# Nobody has the gateway's address: the host side answers ARP for it because it would know where to
# send what is for it.
new_pod calico
in_node link set veth0 address ee:ee:ee:ee:ee:ee
router
sysctl_in "$node" ipv4/conf/veth0/proxy_arp 1
sysctl_in "$node" ipv4/neigh/veth0/proxy_delay 0
in_node route add 10.244.1.7 dev veth0 scope link
in_pod addr add 10.244.1.7/32 dev eth0
in_pod route add 169.254.1.1 dev eth0 scope link
in_pod route add default via 169.254.1.1
shape 'address 10.244.1.7/32' 'routes 169.254.1.1/32 0.0.0.0 0.0.0.0/0 169.254.1.1'

# The gateway is another /32 of the pods' network, on a link of the node's that is not the pod's. The
# interface is as wide as the node's; what the tunnel leaves of it stands on the default route.
new_pod cilium 1500
router
in_node link add cilium_host type veth peer name cilium_net
in_node addr add 10.244.1.100/32 dev cilium_host
in_node link set cilium_host up
in_node link set cilium_net up
in_node route add 10.244.1.7 dev veth0 scope link src 10.244.1.100
in_pod addr add 10.244.1.7/32 dev eth0
in_pod route add 10.244.1.100 dev eth0 scope link
in_pod route add default via 10.244.1.100 mtu 1400
peers+=(10.244.1.100)
mtu=1400
shape 'address 10.244.1.7/32' 'routes 10.244.1.100/32 0.0.0.0 0.0.0.0/0 10.244.1.100'

new_pod aws 9000
router
in_node link set uplink mtu 9000
ip -n "$lan" link set eth0 mtu 9000
in_node addr add 10.1.0.1/24 dev veth0
in_node route add 10.1.9.0/24 dev veth0
in_pod addr add 10.1.0.7/24 brd + dev eth0
in_pod addr add 10.1.0.8/24 dev eth0
in_pod addr add 10.1.9.5/24 dev eth0 label eth0:9
in_pod route add default via 10.1.0.1 metric 100
in_pod route add default via 10.1.0.254 metric 10100
in_pod route add 169.254.169.254 dev eth0 metric 100
in_pod route add 10.0.0.0/16 via 10.1.0.1 metric 100 proto static
in_pod route add 10.0.0.0/16 via 10.1.0.254 metric 200
in_pod neigh add 10.1.0.1 lladdr "$(in_node -j link show veth0 | jq -r '.[0].address')" dev eth0 nud permanent
shape 'address 10.1.0.7/24' \
  'routes 169.254.169.254/32 0.0.0.0 10.1.9.0/24 0.0.0.0 10.0.0.0/16 10.1.0.1 0.0.0.0/0 10.1.0.1'

# The AWS VPC CNI: the gateway is nobody's address, and the node does not answer for it. The pod has
# a fixed entry, the guest gets its answer from podgraft.
new_pod vpc
router
in_node route add 10.244.1.7 dev veth0 scope link
in_pod addr add 10.244.1.7/32 dev eth0
in_pod route add 169.254.1.1 dev eth0 scope link
in_pod route add default via 169.254.1.1
in_pod neigh add 169.254.1.1 lladdr "$(in_node -j link show veth0 | jq -r '.[0].address')" dev eth0 nud permanent
shape 'address 10.244.1.7/32' 'routes 169.254.1.1/32 0.0.0.0 0.0.0.0/0 169.254.1.1'

# The plugin ptp: addresses of one network, but everything goes by the gateway, so that two pods of
# one node do not find each other by ARP or neighbour discovery.
pod_names ptp
ip netns add "$node"
for one in "$pod" "$pod-b"; do
  ip netns add "$one"
  ip -n "$one" link set lo up
  check "ptp: the plugin makes ${one#"$POD_PREFIX-"}" cni ptp "$node" "$one" eth0 <<CONF
{"cniVersion": "0.4.0", "name": "ptp", "type": "ptp", "mtu": 1450,
 "ipam": {"type": "host-local", "dataDir": "$WORK/cni", "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}],
          "ranges": [[{"subnet": "10.244.1.0/24", "rangeStart": "10.244.1.7"}],
                     [{"subnet": "fd00:1::/64", "rangeStart": "fd00:1::7"}]]}}
CONF
done
segment=("$node" "$(in_node -j route get 10.244.1.7 | jq -r '.[0].dev')")
peers=(10.244.1.1 10.244.1.8 fd00:1::1 fd00:1::8) outside=("$node" "$pod-b")
shape 'address 10.244.1.7/32' \
  'routes 10.244.1.1/32 0.0.0.0 10.244.1.0/24 10.244.1.1 0.0.0.0/0 10.244.1.1'
summary
