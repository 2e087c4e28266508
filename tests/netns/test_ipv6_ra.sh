#!/bin/bash
# The pod's router as its guest sees it: the guest is a kernel of its own that hears router
# advertisements, the gateway is the node. The node's addresses that are no gateway are beyond it.
# The rounds go side by side.
. "${srcdir:-.}/tests/lib/shapes.sh"

lladdr() { ip -n "$1" -6 -j addr show dev "$2" scope link | jq -r '[.[].addr_info[]? | .local | values][0]'; }
node_mac() { in_node -j link show veth0 | jq -r '.[0].address'; }

# ra_pod NAME: a pod behind a node that forwards; far:: is what the guest reaches by its gateway
ra_pod() {
  new_pod "$1"
  monitor=
  sysctl_in "$node" ipv6/conf/all/forwarding 1
  in_node addr add fd00:5::1/128 dev lo
  wait_for 5 settled "$node"
}
# global_pod NAME: one whose gateway is fd00:1::1, so that its guest has a router that is made up
global_pod() {
  ra_pod "$1"
  in_node addr add fd00:1::1/64 dev veth0 nodad
  in_pod addr add fd00:1::7/64 dev eth0
  in_pod -6 route add default via fd00:1::1
}
# routed_pod GATEWAY: it has a /128, and a link-local address as its gateway
routed_pod() {
  in_node -6 route add fd00:1::7 dev veth0
  in_pod addr add fd00:1::7/128 dev eth0 nodad
  in_pod -6 route add default via "$1" dev eth0
}
counter() { podgraft status "${scope[@]}" --json | jq ".responder.counters.$1"; }
counted_more() { [ "$(counter "$1")" -gt "$2" ]; }

# What takes a guest minutes takes this one seconds: to doubt a neighbour.
guest_quick() {
  sysctl_in "$guest" ipv6/neigh/eth0/base_reachable_time_ms 2000
  sysctl_in "$guest" ipv6/neigh/eth0/delay_first_probe_time 1
}
# guest_up ADDRESS...: what DHCPv6 would bring is given to it by hand
guest_up() {
  local address
  check "$name: a guest" guest_begin
  guest_quick
  sysctl_in "$guest" ipv6/conf/eth0/accept_ra_rt_info_max_plen 128
  ip netns exec "$guest" ip -6 monitor route neigh >"$WORK/monitor" &
  monitor=$!
  for address in "$@"; do
    in_guest -6 addr add "$address/128" dev eth0
  done
  check "$name: the guest detects no duplicate" wait_for 10 settled "$guest"
  check "$name: nor later" no_duplicate
  check "$name: a default route" wait_for 10 has_default
}
no_duplicate() { ! in_guest addr show dadfailed | grep inet6; }
has_default() { in_guest -6 route show default | grep -q 'proto ra'; }
router() { in_guest -6 route show default | sed -n 's/.* via \([^ ]*\) .*/\1/p'; }
router_neighbour() { in_guest -6 -j neigh show "$(router)" dev eth0 | jq -r '.[0] | "\(.lladdr) \(.state[0]) \(has("router"))"'; }
# A neighbour is reachable only as long as there is something to send to it. busybox's ping, because
# that of iputils confirms by what it receives (MSG_CONFIRM): nobody would look for the router.
ping6() { local from=$1; shift; ip netns exec "$from" busybox ping "$@"; }
router_is_at() { # MAC
  ping6 "$guest" -c 1 -W 1 fd00:5::1 >/dev/null
  [ "$(router_neighbour)" = "$1 REACHABLE true" ] || { router_neighbour; return 1; }
}
router_is_told_at() { [[ $(router_neighbour) == "$1 "*' true' ]] || { router_neighbour; return 1; }; }
# Neither the route nor the neighbour was ever lost, however short.
router_stays() { ! grep -E "^Deleted default|^(Deleted )?$(router) .*FAILED" "$WORK/monitor"; }

pings() { # NAMESPACE ADDRESS
  ping6 "$1" -c 5 -i 0.2 -W 10 "$2" | tee "$WORK/ping" && grep -q ' 0% packet loss' "$WORK/ping"
}
# both_ways ADDRESS...: through the gateway, of the guest's addresses
both_ways() {
  local address
  check "$name: ping by the gateway" pings "$guest" fd00:5::1
  for address in "$@"; do
    check "$name: the guest is reached at $address" pings "$node" "$address"
  done
  check "$name: the router is the gateway, and there" wait_for 15 router_is_at "$(node_mac)"
  check "$name: and has always been" router_stays
}
round_end() {
  check "$name: nothing was dropped" nothing_dropped
  guest_end
  [ -z "$monitor" ] || kill "$monitor"
  check "$name: down" podgraft down "${scope[@]}"
}
stops() { ip netns exec "$pod" nft list ruleset | grep -q "counter packets [1-9].*$1"; }
nothing_dropped() {
  podgraft status "${scope[@]}" --json | jq -e '[.responder.counters | to_entries[] |
    select(.key | test("^drop_|failed$")) | .value] | add == 0'
}

# --- gateways ---

linklocal() {
  local gateway
  ra_pod linklocal
  gateway=$(lladdr "$node" veth0)
  routed_pod "$gateway"
  check "$name: the pod by its gateway" pings "$pod" fd00:5::1
  check "$name: up" podgraft up "${options[@]}"
  guest_up fd00:1::7
  check "$name: the router is the gateway's own address" test "$(router)" = "$gateway"
  both_ways fd00:1::7
  check "$name: nobody answered for it" test "$(counter neighbour_advert)" -eq 0
  check "$name: rdisc6 is answered" rdisc6_says "from $gateway"
  check "$name: managed, for long, preferred" test "$(grep -Ec 'Stateful (address|other) conf.* Yes|Router lifetime.* 1800|preference.* high|MTU.* 1450' "$WORK/rdisc6")" -eq 5
  round_end
}
rdisc6_says() { ip netns exec "$guest" rdisc6 -1 -r 10 eth0 >"$WORK/rdisc6" && cat "$WORK/rdisc6" && grep -Eq "$1" "$WORK/rdisc6"; }

# Its guest, too, is told where it is, and finds out for itself where it is now.
global() {
  global_pod global
  in_pod -6 route add fd00:9::/48 via fd00:1::1
  check "$name: the pod by its gateway" pings "$pod" fd00:5::1 # whose MAC the kernel knows then
  check "$name: up" podgraft up "${options[@]}"
  check "$name: the gateway's MAC is known" test "$(identity '.neighbours[] | select(.address == "fd00:1::1").mac')" = "$(node_mac)"
  guest_up fd00:1::7
  both_ways fd00:1::7
  check "$name: the other route" has_route "^fd00:9::/48 via $(router) .*proto ra"
  check "$name: what is on-link" has_route '^fd00:1::/64 dev eth0'
  check "$name: without an address of its own making" test "$(in_guest -6 -j addr show dev eth0 scope global | jq '[.[0].addr_info[] | select(.local)] | length')" -eq 1
  check "$name: podgraft answered for it" counted_more neighbour_advert 0
  check "$name: what the guest asked the gateway's MAC ended at the bridge" stops 'neighbour solicitations'
  check "$name: nobody on the segment was asked" test -z "$(in_node -6 neigh show "$(router)")"
  round_end
}
has_route() { in_guest -6 route show | grep -q "$1"; }

offlink() {
  ra_pod offlink
  in_node addr add fd00:77::1/128 dev veth0 nodad
  in_node -6 route add fd00:1::7 dev veth0
  in_pod addr add fd00:1::7/128 dev eth0 nodad
  in_pod -6 route add fd00:77::1 dev eth0
  in_pod -6 route add default via fd00:77::1
  check "$name: up" podgraft up "${options[@]}"
  guest_up fd00:1::7
  both_ways fd00:1::7
  check "$name: ping to the gateway itself" pings "$guest" fd00:77::1
  round_end
}

several() {
  ra_pod several
  in_node addr add fd00:1::1/64 dev veth0 nodad
  in_node addr add 2001:db8:1::1/64 dev veth0 nodad
  in_pod addr add fd00:1::7/64 dev eth0
  in_pod addr add fd00:1::8/64 dev eth0
  in_pod addr add 2001:db8:1::7/64 dev eth0
  in_pod -6 route add default via 2001:db8:1::1
  in_pod -6 route add fd00:9::/32 via fd00:1::1
  check "$name: up" podgraft up "${options[@]}"
  guest_up fd00:1::7 fd00:1::8 2001:db8:1::7
  both_ways fd00:1::7 fd00:1::8 2001:db8:1::7
  check "$name: the other gateway is another router" test "$(in_guest -6 -j route show fd00:9::/32 | jq -r '.[0].gateway')" != "$(router)"
  round_end
}

# A gateway that answers as a host: the pod's static route does not mind, an advertised one would go.
host() {
  ra_pod host
  sysctl_in "$node" ipv6/conf/all/forwarding 0
  routed_pod "$(lladdr "$node" veth0)"
  check "$name: up" podgraft up "${options[@]}"
  guest_up fd00:1::7
  both_ways fd00:1::7
  round_end
}

# AWS: nobody answers for the gateway, the pod has a fixed entry.
fixed() {
  ra_pod fixed
  routed_pod fe80::1
  in_pod -6 neigh add fe80::1 lladdr "$(node_mac)" dev eth0 nud permanent
  check "$name: up" podgraft up "${options[@]}"
  guest_up fd00:1::7
  check "$name: the router is that gateway" test "$(router)" = fe80::1
  both_ways fd00:1::7
  round_end
}

# --- a gateway that comes late, and moves ---

late() {
  ra_pod late
  in_pod addr add fd00:1::7/64 dev eth0
  in_pod -6 route add default via fd00:1::1
  check "$name: up without a gateway" podgraft up "${options[@]}"
  check "$name: a guest" guest_begin
  in_guest -6 addr add fd00:1::7/64 dev eth0 nodad
  guest_quick
  : >"$WORK/monitor"
  check "$name: the guest is told of no router" wait_for 10 counted_more router_solicit 0
  in_node addr add fd00:1::1/64 dev veth0 nodad
  check "$name: until it comes" wait_for 20 has_default
  both_ways fd00:1::7
  round_end
}

# flood NAMESPACE ADDRESS SECONDS: pings, ten a second; its report is $WORK/flood-NAMESPACE
flood() {
  ip netns exec "$1" busybox ping -i 0.1 -c "$(($3 * 10))" -W 5 "$2" >"$WORK/flood-$1" &
  flood=$!
  children+=("$flood")
}
answers() { grep -c 'bytes from' "$WORK/flood-$1"; } # NAMESPACE
flood_answers() { [ "$(answers "$1")" -gt "$2" ]; }

# steady NAME OPTION...: traffic while the guest doubts its router a few times, as it would in five minutes
steady() {
  local floods=()
  global_pod "$1"
  shift
  check "$name: up" podgraft up "${options[@]}" "$@"
  guest_up fd00:1::7
  flood "$guest" fd00:5::1 20
  floods+=("$flood")
  flood "$node" fd00:1::7 20
  floods+=("$flood")
  wait "${floods[@]}"
  check "$name: no ping of the guest's is lost" test "$(answers "$guest")" -eq 200
  check "$name: no ping to the guest is lost" test "$(answers "$node")" -eq 200
  check "$name: it did doubt" test "$(grep -c "^$(router) .* REACHABLE" "$WORK/monitor")" -ge 3
  check "$name: the router was never lost" router_stays
  round_end
}

# Nobody says so: the guest finds out that its router does not answer any more.
moves() {
  local before
  global_pod moves
  check "$name: up" podgraft up "${options[@]}"
  guest_up fd00:1::7
  both_ways fd00:1::7
  flood "$guest" fd00:5::1 600 # to its end, below
  check "$name: pings go" wait_for 5 flood_answers "$guest" 10
  in_node link set veth0 address 02:00:00:00:00:99
  check "$name: the guest is told where the gateway is now" wait_for 30 router_is_told_at 02:00:00:00:00:99
  before=$(answers "$guest")
  check "$name: pings go again" wait_for 10 flood_answers "$guest" "$((before + 20))"
  check "$name: it was never lost" router_stays
  check "$name: status tells of it" test "$(podgraft status "${scope[@]}" --json | jq -r '.responder.gateways[0].mac')" = 02:00:00:00:00:99
  kill "$flood"

  # It dies, and with it what it found out; who comes after it has it from the mapping. A guest that
  # doubts every other second must be patient meanwhile: nobody answers it.
  sysctl_in "$guest" ipv6/neigh/eth0/ucast_solicit 20
  responder=$(podgraft status "${scope[@]}" --json | jq .responder.pid)
  kill -KILL "$responder"
  check "$name: the responder is gone" wait_for 5 is_gone "$responder"
  check "$name: another responder" podgraft up "${options[@]}"
  check "$name: it knows where the gateway is" rdisc6_says '02:00:00:00:00:99'
  check "$name: up with other options takes over" podgraft up "${options[@]}" --dhcp-option 6:230=text:a
  check "$name: the guest did not notice" has_default
  both_ways fd00:1::7
  round_end
}

# It says so itself, as one does that took another's place.
takes_over() {
  local floods=()
  global_pod takes-over
  check "$name: up" podgraft up "${options[@]}"
  guest_up fd00:1::7
  both_ways fd00:1::7
  flood "$guest" fd00:5::1 10
  floods+=("$flood")
  flood "$node" fd00:1::7 10
  floods+=("$flood")
  check "$name: pings go" wait_for 5 flood_answers "$guest" 10
  sysctl_in "$node" ipv6/conf/veth0/ndisc_notify 1
  in_node link set veth0 address 02:00:00:00:00:9a
  check "$name: told, the guest follows at once" wait_for 1 router_is_told_at 02:00:00:00:00:9a
  wait "${floods[@]}"
  # Who is not told loses twenty and more.
  check "$name: hardly a ping of the guest's is lost" test "$(answers "$guest")" -ge 90
  check "$name: hardly a ping to the guest is lost" test "$(answers "$node")" -ge 90
  check "$name: the router was never lost" router_stays
  round_end
}

# --- the segment ---

# A stranger's advertisement: itself as a router for hours, and a network to make an address in. Its
# source is fe80::66, its MAC 02:66:66:66:66:66.
rogue_ra=33330000000102666666666686dd6000000000383afffe800000000000000000000000000066ff02000000000000
rogue_ra+=0000000000000001860033604000232800000000000000000101026666666666030440c000015180000151800000
rogue_ra+=000020010db8006600000000000000000000

# A bridge with the pod, the node as gateway, and a stranger.
segment() {
  local right
  ra_pod segment
  ip netns add "$pod-rogue"
  in_node link add name br0 type bridge
  in_node link set veth0 master br0
  in_node link set br0 up
  in_node link add veth1 type veth peer name eth0 netns "$pod-rogue"
  in_node link set veth1 master br0 up
  ip -n "$pod-rogue" link set eth0 address 02:66:66:66:66:66 up
  in_node addr add fd00:1::1/64 dev br0 nodad
  wait_for 5 settled "$pod-rogue"
  in_pod addr add fd00:1::7/64 dev eth0
  in_pod -6 route add default via fd00:1::1
  check "$name: up" podgraft up "${options[@]}"
  check "$name: a guest" guest_begin
  in_guest -6 addr add fd00:1::7/64 dev eth0
  check "$name: its default route" wait_for 10 has_default
  right=$(router)
  check "$name: the stranger advertises" rogue
  check "$name: that is stopped" wait_for 5 stops 'router advertisements'
  check "$name: the guest has its own router, alone" only_right "$right"
  check "$name: the stranger is still a neighbour" pings "$pod-rogue" "$(lladdr "$guest" eth0)%eth0"
  check "$name: ping by the gateway" pings "$guest" fd00:5::1
  check "$name: with the gateway's MAC" router_is_told_at "$(in_node -j link show br0 | jq -r '.[0].address')"
  round_end
}
rogue() { ip netns exec "$pod-rogue" "$PODGRAFT_BUILD/tests/lib/sendframe" eth0 "$rogue_ra"; }
only_right() { [ "$(router)" = "$1" ] && ! in_guest -6 addr show | grep -q 2001:db8:66; }

# Frames of the guest's with a tag: its priority does not matter, its VLAN does (IEEE 802.1Q: id 0 is none).
rs=86dd6000000000083afffe80000000000000a8bbccfffe000006ff0200000000000000000000000000028500097500000000
information=86dd60000000000c1101fe80000000000000a8bbccfffe000006ff02000000000000000000000001000202220223000c7d440b010203
guest_sends() { ip netns exec "$guest" "$PODGRAFT_BUILD/tests/lib/sendframe" eth0 "$1"; }
is_counted() { [ "$(counter "$1")" -eq "$2" ] || { counter "$1"; return 1; }; }
tagged() {
  local solicits adverts
  global_pod tagged
  check "$name: up" podgraft up "${options[@]}"
  guest_up fd00:1::7
  both_ways fd00:1::7
  solicits=$(counter router_solicit) adverts=$(counter router_advert)
  check "$name: RS with a priority" guest_sends "333300000002aabbcc0000068100e000$rs"
  check "$name: is answered" wait_for 10 counted_more router_advert "$adverts"
  check "$name: and is the one" is_counted router_solicit "$((solicits + 1))"
  check "$name: DHCPv6 with a priority" guest_sends "333300010002aabbcc0000068100e000$information"
  check "$name: is answered" wait_for 5 is_counted reply6 1
  check "$name: RS of VLAN 5" guest_sends "333300000002aabbcc00000681000005$rs"
  check "$name: DHCPv6 of VLAN 5" guest_sends "333300010002aabbcc00000681000005$information"
  check "$name: are dropped and counted" wait_for 5 is_counted drop_vlan 2
  check "$name: and not answered" is_counted reply6 1
  guest_end
  kill "$monitor"
  check "$name: down" podgraft down "${scope[@]}"
}

# --- who tells ---

# tells MODE: a pod whose node advertises (the stranger's words), and --ipv6=MODE
tells() {
  global_pod "$1"
  check "$name: up" podgraft up "${options[@]}" --ipv6="$1"
  check "$name: a guest" guest_begin
  check "$name: the guest's link" wait_for 10 settled "$guest"
}
node_advertises() { ip netns exec "$node" "$PODGRAFT_BUILD/tests/lib/sendframe" veth0 "$rogue_ra"; }
node_is_router() { in_guest -6 route show default | grep -q fe80::66 && in_guest -6 addr show | grep -q 2001:db8:66; }
node_is_no_router() { ! node_is_router; }
never_told() { local patience=4; ! wait_for 1 has_default && ! node_is_router; }
managed() { ip netns exec "$guest" rdisc6 -1 -r 10 eth0 | grep -q 'Stateful address conf.* Yes'; }
not_managed() { ip netns exec "$guest" rdisc6 -1 -r 10 eth0 | grep -q 'Stateful address conf.* No'; }

tells_auto() {
  tells auto
  check "$name: podgraft tells" wait_for 10 has_default
  check "$name: of DHCPv6, too" managed
  check "$name: the node advertises" node_advertises
  check "$name: the guest does not hear it" node_is_no_router
  round_end
}
tells_ra_only() {
  tells ra-only
  check "$name: podgraft tells" wait_for 10 has_default
  check "$name: nothing of DHCPv6" not_managed
  round_end
}
tells_slaac() {
  tells slaac
  check "$name: the node advertises" node_advertises
  check "$name: the guest hears it" wait_for 5 node_is_router
  check "$name: podgraft does not speak" test "$(counter router_advert)" = null
  guest_end
  check "$name: down" podgraft down "${scope[@]}"
}
tells_off() {
  tells off
  check "$name: the node advertises" node_advertises
  check "$name: the guest does not hear it" never_told
  guest_end
  check "$name: down" podgraft down "${scope[@]}"
}
# No IPv6 in the pod: none for the guest, whoever offers it (CVE-2020-10749).
disabled() {
  new_pod disabled
  sysctl_in "$pod" ipv6/conf/all/disable_ipv6 1
  in_node addr add 10.244.1.1/24 dev veth0
  in_pod addr add 10.244.1.7/24 dev eth0
  in_pod route add default via 10.244.1.1
  monitor=
  check "$name: up" podgraft up "${options[@]}"
  check "$name: a guest" guest_begin
  check "$name: the guest's link" wait_for 10 settled "$guest"
  check "$name: the node advertises" node_advertises
  check "$name: the guest does not hear it" never_told
  check "$name: podgraft does not speak" test "$(counter router_advert)" -eq 0
  check "$name: it has its lease" client udhcpc
  round_end
}

side moves
side steady filtered
side steady unfiltered --no-filter
for round in takes_over linklocal global offlink several host fixed late segment tagged tells_auto tells_ra_only \
  tells_slaac tells_off disabled; do
  side "$round"
done
sides_end
summary
