#!/bin/bash
# Pods with routes of every kind: what DHCP can tell reaches the guest, all of them come back.
. "${srcdir:-.}/tests/lib/shapes.sh"

# gateways NAME: a pod with an address and the node's as its gateways
gateways() {
  new_pod "$1"
  in_node addr add 10.244.1.1/24 dev veth0
  in_node addr add 10.244.1.2/24 dev veth0
  in_node addr add fd00:1::1/64 dev veth0 nodad
  in_pod addr add 10.244.1.7/24 brd + dev eth0
  peers=(10.244.1.1) outside=("$node")
}

gateways metrics
in_pod route add default via 10.244.1.2 metric 200
in_pod route add default via 10.244.1.1 metric 100
in_pod route add 10.50.0.0/16 via 10.244.1.2 metric 50
in_pod route add 10.50.0.0/16 via 10.244.1.1 metric 40 proto static
shape 'address 10.244.1.7/24' 'routes 10.50.0.0/16 10.244.1.1 0.0.0.0/0 10.244.1.1'

# A route elsewhere that prefers the pod's address as its source goes with the address.
gateways source
in_node link add veth1 type veth peer name net1 netns "$pod"
in_node link set veth1 up
in_node addr add 192.168.7.1/24 dev veth1
in_pod link set net1 up
in_pod addr add 192.168.7.9/24 dev net1
in_pod addr add 10.244.1.8/24 dev eth0
in_pod addr add fd00:1::7/64 dev eth0 nodad
in_pod addr add fd00:1::8/64 dev eth0
wait_for 5 settled "$pod"
in_pod route add default via 10.244.1.1 src 10.244.1.8
in_pod route add 10.70.0.0/16 via 192.168.7.1 dev net1 src 10.244.1.7
in_pod route add 10.71.0.0/16 via 192.168.7.1 dev net1 src 10.244.1.8 metric 5
in_pod route add 10.72.0.0/16 via 192.168.7.1 dev net1
in_pod -6 route add fd00:7::/64 dev net1 src fd00:1::8
in_pod -6 route add default via fd00:1::1 src fd00:1::7
peers+=(fd00:1::1)
shape 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'

# 'throw' sends the look-up on to the next table; it refuses nothing.
gateways refusing
in_pod route add default via 10.244.1.1
in_pod route add blackhole 10.66.0.0/16
in_pod route add unreachable 10.67.0.0/16 metric 7
in_pod route add prohibit 10.68.0.0/16
in_pod route add throw 10.69.0.0/16 table 100
in_pod -6 route add blackhole fd00:66::/32
in_pod -6 route add unreachable fd00:67::/32
in_pod -6 route add prohibit fd00:68::/32
warning='6 routes that refuse'
shape 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'

gateways multipath
in_pod addr add fd00:1::7/64 dev eth0 nodad
in_pod route add default nexthop via 10.244.1.1 weight 1 nexthop via 10.244.1.2 weight 2
in_pod route add 10.50.0.0/16 nexthop via 10.244.1.1 nexthop via 10.99.0.1 dev eth0 onlink
in_pod route add 10.60.0.0/16 via 10.244.1.1 mtu 1300 advmss 1200 initcwnd 20
in_pod -6 route add default nexthop via fd00:1::1 nexthop via fd00:1::2 weight 3
warning='the route to 10.50.0.0/16 has 2 next hops; the guest gets the first'
shape 'address 10.244.1.7/24' \
  'routes 10.50.0.0/16 10.244.1.1 10.60.0.0/16 10.244.1.1 0.0.0.0/0 10.244.1.1'

for compat in 1 0; do # 0: routes say nothing but their next hop's id
  gateways "nexthop$compat"
  sysctl_in "$pod" ipv4/nexthop_compat_mode "$compat"
  in_pod addr add fd00:1::7/64 dev eth0 nodad
  in_pod nexthop add id 7 via 10.244.1.1 dev eth0
  in_pod nexthop add id 8 via 10.244.1.2 dev eth0 proto static
  in_pod nexthop add id 9 group 7,2/8,3
  in_pod nexthop add id 10 dev eth0
  in_pod nexthop add id 11 blackhole
  in_pod nexthop add id 16 via fd00:1::1 dev eth0
  in_pod route add default nhid 9
  in_pod route add 10.50.0.0/16 nhid 8
  in_pod route add 10.51.0.0/16 nhid 10
  in_pod route add 10.52.0.0/16 nhid 11
  in_pod -6 route add default nhid 16
  in_pod -6 route add fd00:9::/48 nhid 16 expires 3000
  warning='the route to 0.0.0.0/0 has 2 next hops'
  shape 'address 10.244.1.7/24' \
    'routes 10.51.0.0/16 0.0.0.0 10.50.0.0/16 10.244.1.2 0.0.0.0/0 10.244.1.1'
done

gateways rules
in_pod route add default via 10.244.1.1
in_pod route add default via 10.244.1.2 table 100
in_pod route add 10.244.1.0/24 dev eth0 table 100 src 10.244.1.7
in_pod rule add from 10.244.1.7 table 100 priority 500
in_pod -6 rule add from fd00:1::7 table 100
warning='2 policy routing rules; the guest does not get them'
shape 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'

# Labels, several networks, a peer's address, lifetimes, proxies.
gateways addresses
in_pod addr add 10.244.1.8/24 brd + dev eth0 label eth0:1
in_pod addr add 10.9.0.5/16 dev eth0 metric 50
in_pod addr add 10.9.0.6/16 dev eth0 valid_lft 3000 preferred_lft 2000
in_pod addr add 172.16.0.7 peer 172.16.0.1/32 dev eth0
in_pod addr add 172.17.0.7/24 dev eth0 noprefixroute
in_pod addr add fd00:1::7/64 dev eth0 nodad
in_pod addr add fd00:1::8/64 dev eth0 nodad valid_lft 3000 preferred_lft 2000
in_pod addr add fd00:2::7/64 dev eth0 nodad noprefixroute
in_pod addr add fd00:1::9/64 dev eth0 nodad preferred_lft 0
in_pod route add default via 10.244.1.1
in_pod -6 route add default via fd00:1::1 metric 5 expires 3000
in_node addr add fd00:2::1/64 dev veth0 nodad
in_pod neigh add proxy 10.244.1.99 dev eth0
in_pod neigh add 10.244.1.50 lladdr 02:00:00:00:00:50 dev eth0 nud noarp
in_pod neigh add fd00:1::50 lladdr 02:00:00:00:00:50 dev eth0 nud permanent
in_pod neigh add 10.244.1.51 lladdr 02:00:00:00:00:51 dev eth0 nud permanent extern_learn
shape 'address 10.244.1.7/24' 'routes 172.16.0.1/32 0.0.0.0 10.9.0.0/16 0.0.0.0 0.0.0.0/0 10.244.1.1'
summary
