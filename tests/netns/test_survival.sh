#!/bin/bash
# What the outside world does to a grafted pod: a lost record, additions, deletions; nothing of it is lost.
. "${srcdir:-.}/tests/lib/lib.sh"

printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"
in_pod() { ip -n "$pod" "$@"; }
up() { podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf" "$@" 2>"$WORK/log"; }
down() { podgraft down "${options[@]}" "$@" 2>"$WORK/log"; }
said() { grep -q -- "$1" "$WORK/log" || { cat "$WORK/log"; return 1; }; }
healthy() { podgraft status --check "${options[@]}"; }
drifted() { podgraft status "${options[@]}" --json | jq -r '.links.drift[]' | grep -- "$1"; }
as_before() { dump_pod "$pod" >"$WORK/after"; diff "$WORK/before" "$WORK/after"; }
exits() { local want=$1 got=0; shift; "$@" || got=$?; [ "$got" -eq "$want" ] || { echo "exit status $got, not $want"; return 1; }; }
has_address() { in_pod addr show "$1" | grep -qF " $2 "; }
record() { echo "$STATE"/netns-*/eth0.json; }
no_link() { ! in_pod link show "$1" 2>/dev/null; }

# begin NAME [TYPE]: a pod with addresses of both families, a label, routes
begin() {
  name=$1
  pod_veth "$name"
  pod=$POD_PREFIX-$name
  in_pod addr add 10.244.1.7/24 brd + dev eth0 label eth0:1
  in_pod addr add fd00:1::7/64 dev eth0 nodad
  in_pod route add default via 10.244.1.1
  in_pod route add 10.96.0.0/12 via 10.244.1.1 metric 50
  in_pod -6 route add default via fd00:1::1
  options=(--netns "$pod" --state-dir "$STATE")
  dump_pod "$pod" >"$WORK/before"
  check "$name: up" up
}
ends_as_before() {
  check "$name: down" down
  check "$name: the pod is as it was" as_before
}

begin keeper
check "keeper: eth0 still has the IPv4 address" has_address eth0 10.244.1.7/24
check "keeper: and the IPv6 address" has_address eth0 fd00:1::7/64
check "keeper: and the MAC" sh -c "ip -n $pod link show eth0 | grep -q aa:bb:cc:00:00:06"
check "keeper: it is down" sh -c "! ip -n $pod link show up | grep -q ' eth0:'"
check "keeper: up --no-keep-address takes it away" up --no-keep-address
check "keeper: it is gone" no_link eth0
check "keeper: and up brings it back" up
check "keeper: with the address" has_address eth0 10.244.1.7/24
ends_as_before

begin lost
rm "$(record)"
check "lost: status says so" exits 3 podgraft status "${options[@]}"
check "lost: down refuses without --force" exits 1 down
check "lost: and says what to do" said "down --force"
check "lost: up goes on" up
check "lost: it warns" said "record of 'eth0' is lost"
check "lost: all is well" healthy
check "lost: the identity is the same" sh -c "podgraft status ${options[*]} --json | jq -e '.identity.addresses == [\"10.244.1.7/24\", \"fd00:1::7/64\"] and (.identity.routes | map(.dst) | contains([\"0.0.0.0/0\", \"10.96.0.0/12\"]))'"
ends_as_before

begin forced
rm "$(record)"
check "forced: down --force" down --force
check "forced: the pod is as it was" as_before

begin incomplete
in_pod route add 172.16.0.0/12 dev eth0-nic table 100
check "incomplete: down" down
in_pod route flush table 100
in_pod route add 172.16.0.0/12 via 10.244.1.1 table 100
check "incomplete: up" up
rm "$(record)"
check "incomplete: down --force" down --force
check "incomplete: lists what it does not know" said "not all of what 'eth0' was is known"
check "incomplete: restores what it knows" has_address eth0 10.244.1.7/24
check "incomplete: and the routes" sh -c "ip -n $pod route | grep -q '10.96.0.0/12 via 10.244.1.1'"

begin nokeeper
check "nokeeper: up without a keeper" up --no-keep-address
rm "$(record)"
check "nokeeper: up goes on from the marks alone" up --no-keep-address
check "nokeeper: all is well" healthy
check "nokeeper: down" down
check "nokeeper: the address is back" has_address eth0 10.244.1.7/24
check "nokeeper: and the default route" sh -c "ip -n $pod route | grep -q 'default via 10.244.1.1'"

begin additions # the CNI, or a person, gives the pod more while it is grafted
in_pod addr add 10.244.1.8/24 dev eth0
in_pod addr add 10.244.1.9/24 dev eth0-nic
check "additions: status names the one on the keeper" drifted "10.244.1.8/24"
check "additions: and the one on the interface" drifted "10.244.1.9/24"
check "additions: up" up
check "additions: it says so" said "10.244.1.9/24 came to 'eth0'"
check "additions: all is well" healthy
check "additions: the keeper has both" has_address eth0 10.244.1.9/24
in_pod addr add 10.244.1.10/24 dev eth0
check "additions: down" down
for address in 10.244.1.7/24 10.244.1.8/24 10.244.1.9/24 10.244.1.10/24; do
  check "additions: $address is on eth0" has_address eth0 $address
done
in_pod addr del 10.244.1.8/24 dev eth0
in_pod addr del 10.244.1.9/24 dev eth0
in_pod addr del 10.244.1.10/24 dev eth0
check "additions: otherwise the pod is as it was" as_before

begin networks # an address brings its network along, and routes by it
in_pod addr add 192.168.9.9/24 dev eth0-nic
in_pod route add 10.99.0.0/16 via 192.168.9.1
in_pod -6 route add fd00:99::/48 via fe80::1 dev eth0-nic
check "networks: up" up
check "networks: it tells of the route" said "a route to 10.99.0.0/16 came from elsewhere"
in_pod addr add 192.168.19.9/24 dev eth0-nic
in_pod addr add fd00:19::9/64 dev eth0
in_pod route add 10.98.0.0/16 via 192.168.19.1
check "networks: down" down
for route in '192.168.9.0/24 dev eth0 proto kernel scope link src 192.168.9.9' \
  '192.168.19.0/24 dev eth0 proto kernel scope link src 192.168.19.9' 'fd00:19::/64 dev eth0 proto kernel' \
  '10.99.0.0/16 via 192.168.9.1' '10.98.0.0/16 via 192.168.19.1' 'fd00:99::/48 via fe80::1'; do
  check "networks: there is '$route'" sh -c "{ ip -n $pod route; ip -n $pod -6 route; } | grep -qF '$route'"
done
in_pod addr del 192.168.9.9/24 dev eth0
in_pod addr del 192.168.19.9/24 dev eth0
in_pod addr del fd00:19::9/64 dev eth0
in_pod route del 10.99.0.0/16
in_pod route del 10.98.0.0/16
in_pod -6 route del fd00:99::/48
check "networks: otherwise the pod is as it was" as_before

begin others # what is not podgraft's stays
in_pod link add other type bridge
in_pod addr add 192.168.77.1/24 dev other
in_pod link set other up
in_pod route add 192.168.78.0/24 via 192.168.77.2
check "others: up again" up
check "others: no drift" healthy
check "others: down" down
check "others: the link is there" has_address other 192.168.77.1/24
check "others: and its route" sh -c "ip -n $pod route | grep -q '192.168.78.0/24 via 192.168.77.2'"
in_pod link del other
check "others: otherwise the pod is as it was" as_before

for victim in tap0 k6t-eth0 eth0; do
  begin "deleted-$victim"
  in_pod link del "$victim"
  check "$name: status names it" drifted "link $victim: create"
  check "$name: up mends it" up
  check "$name: all is well" wait_for 5 healthy
  ends_as_before
done

begin meddled
in_pod link set eth0-nic nomaster
in_pod link set eth0-nic address 02:00:00:00:00:99
in_pod link set k6t-eth0 down
in_pod link set eth0 up
ip netns exec "$pod" nft flush chain bridge podgraft forward_tap0
check "meddled: status names the bridge" drifted "attach to k6t-eth0"
check "meddled: and the filter" drifted "filter of tap0"
check "meddled: and the keeper" drifted "link eth0: down"
check "meddled: and does not say that the filter stands" sh -c "podgraft status ${options[*]} | grep -q '^filter  *not as recorded: '"
check "meddled: up mends it" up
check "meddled: all is well" healthy
ends_as_before

begin gone # the pod's interface is deleted under us
in_pod link del eth0-nic
check "gone: status names it" drifted "is gone"
check "gone: up says what it misses" exits 2 up
check "gone: nothing of ours is left" no_link k6t-eth0
check "gone: no tap either" no_link tap0
check "gone: and no record" sh -c "! ls $STATE/netns-*/eth0.json 2>/dev/null"

begin replaced # and another comes in its place
in_pod link del eth0-nic
in_pod link del eth0
ip -n "$pod-node" link add veth1 type veth peer name eth0 netns "$pod"
ip -n "$pod-node" link set veth1 up
in_pod addr add 10.244.1.77/24 dev eth0
in_pod link set eth0 up
check "replaced: up grafts the new one" up
check "replaced: the identity is the new one's" sh -c "podgraft status ${options[*]} --json | jq -e '.identity.addresses[0] == \"10.244.1.77/24\"'"
check "replaced: down" down
check "replaced: the new one is as it was" has_address eth0 10.244.1.77/24

begin foreign # somebody else's link has our name
in_pod link del tap0
in_pod tuntap add tap0 mode tap
in_pod link set tap0 alias "not podgraft's"
check "foreign: up fails rather than take it" exits 1 up
check "foreign: and says why" said "tap0"
check "foreign: down" down
check "foreign: the other's tap stays" in_pod link show tap0
in_pod link del tap0
check "foreign: otherwise the pod is as it was" as_before

# A kernel without nftables' bridge family: the transaction says EOPNOTSUPP (95). The shim stands for it.
name=nofilter
pod_veth nofilter
pod=$POD_PREFIX-nofilter
in_pod addr add 10.244.1.7/24 dev eth0
in_pod route add default via 10.244.1.1
options=(--netns "$pod" --state-dir "$STATE")
dump_pod "$pod" >"$WORK/before"
shimmed() { LD_PRELOAD="$sanitizers $PODGRAFT_BUILD/tests/fault/shim.so" podgraft up --no-serve "${options[@]}" --resolv-conf "$WORK/resolv.conf" 2>"$WORK/log"; }
faulty() { local -x FAULTS=$1; shimmed; }
counted() { local -x FAULT_LOG=$WORK/calls; shimmed; }
counted
down
batch=$(awk '/nftables batch/ {print $1; exit}' "$WORK/calls")
check "nofilter: up keeps going" faulty "$batch:fail:95"
check "nofilter: it says so" said "there is no filter"
check "nofilter: there is none" sh -c "! ip netns exec $pod nft list table bridge podgraft 2>/dev/null"
check "nofilter: status shows it" sh -c "podgraft status ${options[*]} --json | jq -e '.links.filter == \"missing\" and .links.drift == []'"
check "nofilter: the pod's stack does not answer ARP all the same" sh -c "ip -n $pod -d -j link show k6t-eth0 >/dev/null && [ \"\$(ip netns exec $pod cat /proc/sys/net/ipv4/conf/k6t-eth0/arp_ignore)\" = 8 ]"
check "nofilter: down" down
check "nofilter: the pod is as it was" as_before

begin newoptions # a second up asks for something else
check "newoptions: up --anti-spoof" up --anti-spoof
check "newoptions: status shows it" sh -c "podgraft status ${options[*]} --json | jq -e '.links.filter == \"anti-spoof\"'"
check "newoptions: up --no-filter" up --no-filter
check "newoptions: the table is gone" sh -c "! ip netns exec $pod nft list table bridge podgraft 2>/dev/null"
check "newoptions: no drift" healthy
# Who the guest is: what is asked for comes, what is not asked for stays.
identity() { podgraft status "${options[@]}" --json | jq -c ".identity | [.mac, .mtu_bytes, .hostname, .nameservers[], .searches[]]"; }
is_now() { [ "$(identity)" = "$1" ] || { identity; return 1; }; }
lease() { "$PODGRAFT_BUILD/tests/fault/lease" "$pod" tap0 "$1" 2>&1; }
printf 'nameserver 10.96.0.11\nsearch a.example\n' >"$WORK/other.conf"
check "newoptions: the guest is the pod" is_now '["aa:bb:cc:00:00:06",1450,"","10.96.0.10"]'
check "newoptions: plan of another MAC" sh -c "podgraft plan ${options[*]} --mac 02:00:00:00:00:99 | grep -q 'mark as podgraft'"
check "newoptions: changes nothing" is_now '["aa:bb:cc:00:00:06",1450,"","10.96.0.10"]'
check "newoptions: up with another guest" up --mac 02:00:00:00:00:99 --mtu 1400 --hostname vm2 --resolv-conf "$WORK/other.conf"
check "newoptions: says that its MAC is not the pod's" said "the guest's MAC address 02:00:00:00:00:99 is not the pod's"
check "newoptions: it is that one" is_now '["02:00:00:00:00:99",1400,"vm2","10.96.0.11","a.example"]'
check "newoptions: which gets the lease" test "$(lease 02:00:00:00:00:99)" = 10.244.1.7
check "newoptions: the other does not" test "$(lease aa:bb:cc:00:00:06)" != 10.244.1.7
check "newoptions: no drift then" healthy
check "newoptions: an MTU that is too small for IPv6" up --mtu 1200 --resolv-conf "$WORK/other.conf"
check "newoptions: is warned about" said "MTU 1200 is less than the 1280 that IPv6 needs"
check "newoptions: up with the other" up --mtu 1400 --resolv-conf "$WORK/other.conf"
check "newoptions: up with a file that is gone" up --resolv-conf "$WORK/gone.conf"
check "newoptions: says what comes of it" said "the guest keeps the nameservers that it has"
check "newoptions: up as before" podgraft up "${options[@]}"
check "newoptions: keeps it" is_now '["02:00:00:00:00:99",1400,"vm2","10.96.0.11","a.example"]'
check "newoptions: several queues, of a tap that stands" up --queues 4 --mac aa:bb:cc:00:00:06
check "newoptions: have to wait" said "'tap0' was made with one queue, and keeps that while it stands"
check "newoptions: the MAC has not" test "$(lease aa:bb:cc:00:00:06)" = 10.244.1.7
ends_as_before
summary
