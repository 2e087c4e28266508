# clients6.sh - the life of a real DHCPv6 client behind the real tap, from SOLICIT to RELEASE
#
# A driver, clients6/NAME.sh, is as those of clients.sh; its client_report has lines "dns ...",
# "search ..." and, of T1 and T2, "times SECONDS SECONDS"; where it has a client_name, that is what the
# guest was told to be called. Renewing and rebinding is all the clients' own affair, when their time
# has come.
. "$(dirname "${BASH_SOURCE[0]}")/clients.sh"

addresses6=(fd00:1::7 2001:db8:1::7)

# client6_begin NAME OPTION...: a pod without an address, a node that is its gateway
client6_begin() {
  pod=$POD_PREFIX-$1 node=$POD_PREFIX-$1-node guest=$POD_PREFIX-$1-guest
  scope=(--netns "$pod" --state-dir "$STATE")
  shift
  printf 'nameserver 10.96.0.10\nnameserver fd00:96::a\nnameserver fd00:96::b\nsearch %s\n' \
    'default.svc.cluster.local svc.cluster.local' >"$WORK/resolv.conf"
  options=("${scope[@]}" --resolv-conf "$WORK/resolv.conf" --hostname vm "$@")
  pod_veth "${pod#"$POD_PREFIX-"}"
  ip -n "$node" addr add $gateway/24 dev veth0
  ip -n "$node" addr add fd00:1::1/64 dev veth0 nodad
}

# client6_pod NAME OPTION...: a pod of both families with two IPv6 addresses, grafted and served
client6_pod() {
  client6_begin "$@"
  ip -n "$pod" addr add $address dev eth0
  ip -n "$pod" route add default via $gateway
  ip -n "$pod" addr add "${addresses6[1]}/128" dev eth0 nodad
  ip -n "$pod" addr add "${addresses6[0]}/64" dev eth0 nodad
  ip -n "$pod" -6 route add default via fd00:1::1
  check "$name: up" podgraft up "${options[@]}"
}

has_link_local() { ip -n "$guest" -6 addr show dev eth0 scope link | grep -q inet6 && settled "$guest"; }

# --- what it made of its lease ---

has_addresses6() {
  local address6
  for address6 in "${addresses6[@]}"; do
    ip -n "$guest" -o -6 addr show dev eth0 | grep -v tentative | grep -q " $address6/128 " || return 1
  done
}
expected6() {
  printf '%s\n' 'dns fd00:96::a fd00:96::b' 'search default.svc.cluster.local svc.cluster.local' \
    "times $((lease_sec / 2)) $((lease_sec * 4 / 5))"
}
reports_all6() { diff <(expected6) <(client_report); }
applied6() { # WHEN
  check "$name: $1: the pod's addresses" wait_for 10 has_addresses6
  check "$name: $1: DNS, search list, T1 and T2" wait_for 10 reports_all6
  ! declare -F client_name >/dev/null || check "$name: $1: the pod's name" test "$(client_name)" = vm
}
bound6() { status_is '.lease.ipv6 | .state == "bound" and (.address == "'"${addresses6[0]}"'" or .address == "'"${addresses6[1]}"'")'; }

# --- the wire ---

capture_begin() {
  ip netns exec "$guest" tshark -q -i eth0 -f 'udp port 546 or udp port 547' -w "$WORK/wire.pcap" 2>"$WORK/tshark" &
  capture=$!
  wait_for 20 test -s "$WORK/wire.pcap"
}
packets() { command tshark -r "$WORK/wire.pcap" -Y "$1" 2>/dev/null | wc -l; }
said6() {
  status '.responder.counters | .solicit + .request6 + .confirm6 + .renew6 + .rebind6 + .release6 +
    .decline6 + .information_request + .advertise + .reply6'
}
is_captured() { [ "$(packets dhcpv6)" -ge "$said" ]; }
# dhcpcd sends its name in messages that have no place for it: an error of what podgraft says is one.
none_malformed() {
  command tshark -r "$WORK/wire.pcap" -Y '_ws.malformed || (_ws.expert.severity == error && udp.srcport == 547)' -V >"$WORK/bad" 2>/dev/null
  [ ! -s "$WORK/bad" ] || { head -200 "$WORK/bad"; return 1; }
}
capture_end() {
  kill -INT "$capture"
  wait "$capture" 2>/dev/null
}

# --- the story ---

same_count() { [ "$(counter "$1")" -eq "$2" ] || { status .responder.counters; return 1; }; }

# Retransmissions are the client's own affair, but each message has its answer.
all_answered6() {
  status_is '.responder.counters | .reply6 + .advertise == .solicit + .request6 + .confirm6 + .renew6 + .rebind6 +
    .release6 + .decline6 + .information_request'
}

# life6 NAME LEASE-SECONDS FIRST LAST: all of a client's life. The messages are what it begins with after a
# reboot ("confirm6" where it remembers its lease, else "solicit"), and what it ends with ("release6", or
# "nothing").
life6() {
  local name=$1 lease_sec=$2 reboot=$3 last=$4 before solicits said
  . "$LIB/clients6/$name.sh"
  client6_pod "$name" --lease-time "$lease_sec"
  check "$name: the guest's link" guest_begin
  check "$name: the guest's link-local address" wait_for 5 has_link_local # dhclient gives up without
  check "$name: the capture" capture_begin

  client_begin
  check "$name: bound" wait_for 20 bound6
  applied6 bound
  solicits=$(counter solicit)

  before=$(counter renew6)
  check "$name: renewed" wait_for 30 counted_more renew6 "$before"

  # Its server is silent, and another process by the time the client asks everybody.
  only_broadcast
  before=$(counter rebind6)
  check "$name: the responder is another" responder_restarted
  check "$name: rebound" wait_for 60 counted_more rebind6 "$before"
  check "$name: without starting over" same_count solicit "$solicits"
  applied6 rebound

  everything
  check "$name: power off" guest_power_off6
  before=$(counter "$reboot")
  client_begin
  check "$name: after a reboot it begins with $reboot" wait_for 20 counted_more "$reboot" "$before"
  check "$name: bound after a reboot" wait_for 20 has_addresses6
  if [ "$reboot" != solicit ]; then
    check "$name: it remembered its lease" same_count solicit "$solicits"
  fi

  if [ "$last" = release6 ]; then
    client_release
    check "$name: released" wait_for 10 status_is '.lease.ipv6.state == "released"'
  fi
  check "$name: every message was answered" all_answered6
  check "$name: nothing was dropped" status_is \
    '[.responder.counters | to_entries[] | select(.key | test("^drop_|failed$|no_address6|no_binding6|not_on_link6")) | .value] | add == 0'
  said=$(said6)
  check "$name: all of it is captured" wait_for 20 is_captured
  capture_end
  check "$name: nothing is malformed" none_malformed
  check "$name: down" podgraft down "${scope[@]}"
}

# alone NAME LEASE-SECONDS: a pod that has IPv6 only, a guest as it is installed: its client learns from
# the router advertisement that there is DHCPv6, and where to send to
alone() {
  local name=$1 lease_sec=$2 with_ra=yes
  . "$LIB/clients6/$name.sh"
  client6_begin "$name-alone"
  ip -n "$pod" addr add "${addresses6[0]}/64" dev eth0 nodad
  ip -n "$pod" -6 route add default via fd00:1::1
  addresses6=("${addresses6[0]}")
  check "$name alone: up" podgraft up "${options[@]}" --lease-time "$lease_sec"
  check "$name alone: the guest's link" guest_begin
  client_begin
  check "$name alone: bound" wait_for 20 bound6
  check "$name alone: podgraft wait" podgraft wait "${scope[@]}" --for=lease --timeout 60
  check "$name alone: metrics tell of it" grep -q '^podgraft_lease6_bound{interface="eth0"} 1$' \
    <(podgraft status "${scope[@]}" --prometheus)
  check "$name alone: the pod's address" wait_for 10 has_addresses6
  check "$name alone: the default route" wait_for 10 has_default6
  check "$name alone: it reaches its gateway" wait_for 10 guest_run ping -n -c 1 -W 1 fd00:1::1
  check "$name alone: every message was answered" all_answered6
  check "$name alone: down" podgraft down "${scope[@]}"
}
has_default6() { ip -n "$guest" -6 route show default | grep -q 'via fe80::'; }

guest_power_off6() {
  local pid
  for pid in $(ip netns pids "$guest"); do
    [ "$pid" -eq "$tapclient" ] || [ "$pid" -eq "$capture" ] || is_capture_child "$pid" || kill -KILL "$pid"
  done
  wait_for 5 only_we_run && ip -n "$guest" -6 addr flush dev eth0 scope global
}
is_capture_child() { [ "$(cat "/proc/$1/comm" 2>/dev/null)" = dumpcap ] || [ "$(cat "/proc/$1/comm" 2>/dev/null)" = tshark ]; }
only_we_run() {
  local pid
  for pid in $(ip netns pids "$guest"); do
    [ "$pid" -eq "$tapclient" ] || is_capture_child "$pid" || return 1
  done
}
