#!/bin/bash
# A real guest with the pod's IPv6: dual stack, and IPv6 only; its kernel, dhcpcd, the real gateway.
. "${srcdir:-.}/tests/lib/lib.sh"
"$LIB/mkguest" "$GUEST_CACHE" || exit 1
export PODGRAFT_GRACE=120 # under emulation, on a busy machine

guest_says() { tr -d '\r' <"$WORK/$1.console" | grep -qE -- "GUEST $2" || { cat "$WORK/$1.console"; return 1; }; }
ready() { wait_for 120 console_has "$name" "GUEST: ready" || { cat "$WORK/run.log" "$WORK/$name.console"; return 1; }; }
ends_with() { local status=0; wait "$run" || status=$?; [ "$status" -eq "$1" ] || { echo "exit status $status, not $1"; cat "$WORK/run.log"; return 1; }; }
as_before() { dump_pod "$pod" >"$WORK/after"; diff "$WORK/before" "$WORK/after"; }
status_is() { podgraft status "${options[@]:0:4}" --json | jq -e "$1"; }
pings() { ip netns exec "$1" ping -n -c 5 -i 0.2 -W 20 "$2" | tee "$WORK/ping" && grep -q ' 0% packet loss' "$WORK/ping"; }

# begin NAME: a pod behind a node that forwards, with an address beyond it; MTU 1450
begin() {
  name=$1
  pod=$POD_PREFIX-$1 node=$POD_PREFIX-$1-node
  pod_veth "$1"
  ip -n "$node" link set veth0 mtu 1450
  ip netns exec "$node" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
  ip -n "$node" addr add fd00:5::1/128 dev lo
  options=(--netns "$pod" --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf" --hostname vm)
}
# start KERNEL-ARGUMENT...
start() {
  wait_for 5 settled "$pod"
  wait_for 5 settled "$node"
  dump_pod "$pod" >"$WORK/before"
  domain_xml "$name" "$@" >"$WORK/$name.xml"
  podgraft run "${options[@]}" --domain "$WORK/$name.xml" >"$WORK/run.log" 2>&1 &
  run=$!
  children+=("$run")
}
capture() {
  # tcpdump listens at once; tshark may take as long as the guest takes to boot.
  ip netns exec "$pod" tcpdump -Z root -U -i tap0 -w "$WORK/$name.pcap" \
    'arp or icmp6 or udp port 67 or udp port 68 or udp port 546 or udp port 547' 2>"$WORK/tcpdump" &
  capture=$!
  children+=("$capture")
  wait_for 20 test -s "$WORK/$name.pcap"
}
none_malformed() {
  kill -INT "$capture"
  wait "$capture" 2>/dev/null
  tshark -r "$WORK/$name.pcap" -Y '_ws.malformed || _ws.expert.severity == error' -V >"$WORK/bad" 2>/dev/null
  [ ! -s "$WORK/bad" ] || { head -100 "$WORK/bad"; return 1; }
}
has_both() { # of what was said, so that the capture is one
  [ "$(tshark -r "$WORK/$name.pcap" -Y "$1" 2>/dev/null | wc -l)" -gt 0 ]
}
the_end() {
  kill -TERM "$run"
  check "$name: SIGTERM shuts it down" ends_with 0
  check "$name: the network is as it was" as_before
  ip netns del "$pod" && ip netns del "$node"
}

begin dual
printf 'nameserver 10.96.0.10\nnameserver fd00:96::a\nsearch default.svc.cluster.local\n' >"$WORK/resolv.conf"
ip -n "$node" addr add 10.244.1.1/24 dev veth0
ip -n "$node" addr add fd00:1::1/64 dev veth0 nodad
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" addr add fd00:1::7/64 dev eth0
ip -n "$pod" route add default via 10.244.1.1
ip -n "$pod" -6 route add default via fd00:1::1
wait_for 5 settled "$node"
start podgraft.dhcpcd=46 podgraft.ping=10.244.1.1,fd00:5::1
check "$name: the wiring" wait_for 20 ip -n "$pod" link show tap0
check "$name: a capture" capture
check "$name: wait --for=lease, of both" podgraft wait "${options[@]:0:4}" --for=lease --timeout 600
check "$name: the guest is ready" ready
for line in 'bound: 46' 'address: 10.244.1.7/24' 'address: fd00:1::7/128' 'mtu: 1450' 'hostname: vm' \
  'route: default via 10.244.1.1' 'route6: default via fe80::' 'route6: fd00:1::/64' \
  'resolv.conf: nameserver 10.96.0.10' 'resolv.conf: nameserver fd00:96::a' \
  'resolv.conf: search default.svc.cluster.local' 'ping 10.244.1.1: answered' 'ping fd00:5::1: answered'; do
  check "$name: guest $line" guest_says "$name" "$line"
done
check "$name: no other address" test "$(grep -ac 'GUEST address' "$WORK/$name.console")" -eq 2
check "$name: ping from outside" pings "$node" 10.244.1.7
check "$name: ping from outside, IPv6" pings "$node" fd00:1::7
check "$name: status has both leases" status_is '.lease.state == "bound" and .lease.address == "10.244.1.7" and
  .lease.ipv6.state == "bound" and .lease.ipv6.address == "fd00:1::7" and .lease.ipv6.used_address == "fd00:1::7" and .warnings == []'
for what in bootp dhcpv6 icmpv6.type==134 icmpv6.type==136; do
  check "$name: the capture has $what" wait_for 20 has_both "$what"
done
check "$name: nothing is malformed" none_malformed
the_end

# Nothing answers its DHCPv4, and it does not wait for that.
begin only
printf 'nameserver fd00:96::a\nsearch default.svc.cluster.local\n' >"$WORK/resolv.conf"
gateway=$(ip -n "$node" -6 -j addr show dev veth0 scope link | jq -r '[.[].addr_info[]? | .local | values][0]')
ip -n "$node" -6 route add fd00:1::7 dev veth0
ip -n "$pod" addr add fd00:1::7/128 dev eth0 nodad
ip -n "$pod" -6 route add default via "$gateway" dev eth0
start podgraft.dhcpcd=6 podgraft.ping=fd00:5::1
check "$name: the wiring" wait_for 20 ip -n "$pod" link show tap0
check "$name: a capture" capture
check "$name: wait --for=lease" podgraft wait "${options[@]:0:4}" --for=lease --timeout 600
check "$name: the guest is ready" ready
for line in 'bound: 6' 'address: fd00:1::7/128' 'mtu: 1450' "route6: default via $gateway" \
  'resolv.conf: nameserver fd00:96::a' 'resolv.conf: search default.svc.cluster.local' 'ping fd00:5::1: answered'; do
  check "$name: guest $line" guest_says "$name" "$line"
done
check "$name: ping from outside" pings "$node" fd00:1::7
check "$name: status has the lease" status_is '.lease.state == "none" and .lease.ipv6.state == "bound" and .warnings == []'
uptime=$(tr -d '\r' <"$WORK/$name.console" | sed -n 's/GUEST uptime: //p')
echo "  the guest has its IPv6 address $uptime s after its kernel began"
check "$name: nothing is malformed" none_malformed
the_end
summary
