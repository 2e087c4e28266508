#!/bin/bash
# Containment: the guest's DHCP stays in the pod and a foreign server's out of it; the pod's own
# stack is deaf; with --anti-spoof nothing leaves in another's name; other people's rules stand.
. "${srcdir:-.}/tests/lib/shapes.sh"

frames=$PODGRAFT_BUILD/tests/lib/frames
boots=$PODGRAFT_BUILD/tests/lib/boots
guest_mac=aa:bb:cc:00:00:06
up() { podgraft up "${options[@]}" "$@" 2>"$WORK/up.err" || { cat "$WORK/up.err"; return 1; }; }
fails() { ! "$@"; }
rules() { ip netns exec "$pod" nft list ruleset; }

# pod NAME [ADDRESS...]: the node has 10.244.1.1 and listens
pod() {
  new_pod "$1"
  shift
  in_node addr add 10.244.1.1/24 dev veth0
  for address in "$@"; do
    in_pod addr add "$address" dev eth0 $(is_v4 "$address" || echo nodad)
  done
  [ $# -eq 0 ] || in_pod route add default via 10.244.1.1
}

# --- the node: another server, and a capture ---

# server: a DHCP server on the pod's segment that thinks it is the only one
server() {
  ip netns exec "$node" dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --user=root \
    --pid-file= --leasefile-ro --interface=veth0 --dhcp-range=10.244.1.100,10.244.1.200,1h \
    --dhcp-authoritative --no-ping --log-facility=- >"$WORK/$name.server" 2>&1 &
  children+=("$!")
  wait_for 5 grep -qs 'DHCP, IP range' "$WORK/$name.server"
}
server_heard() { grep -E 'DHCP(DISCOVER|REQUEST)' "$WORK/$name.server"; }

# What the node's end of the veth sees of DHCP, from the first "begin" to the last "end".
capture_begin() {
  in_node neigh replace 10.244.1.250 lladdr 02:00:00:00:00:fa dev veth0
  ip netns exec "$node" tcpdump -n -e -l --immediate-mode -i veth0 \
    'udp and (port 9 or portrange 67-68 or portrange 546-547)' >"$WORK/$name.capture" 2>"$WORK/tcpdump.err" &
  capture=$!
  children+=("$capture")
  wait_for 10 is_captured begin 5
}
# is_captured TEXT LENGTH: a datagram of that length was sent and seen
is_captured() {
  ip netns exec "$node" bash -c "printf %s $1 >/dev/udp/10.244.1.250/9"
  grep -q "10.244.1.250.9: UDP, length $2\$" "$WORK/$name.capture"
}
capture_end() {
  wait_for 10 is_captured end 3
  kill "$capture"
  wait "$capture" 2>/dev/null
  grep -v ' 10.244.1.250.9:' "$WORK/$name.capture" >"$WORK/$name.seen"
  return 0
}
guest_seen() { grep "$guest_mac > " "$WORK/$name.seen"; }

# one_server: nobody but podgraft told the guest anything, and that was always the same
one_server() {
  cat "$WORK/boots"
  [ "$(wc -l <"$WORK/boots")" -eq 1 ] && grep '^169.254.75.10 10.244.1.7 [0-9]* [0-9]* 0$' "$WORK/boots"
}
boot() { "$boots" "$pod" tap0 "$@" >"$WORK/boots"; }

pod rogue 10.244.1.7/24
check "rogue: its server" server
check "rogue: up" up
check "rogue: a capture" capture_begin
check "rogue: 500 boots" boot 500
check "rogue: capture ends" capture_end
check "rogue: they heard podgraft, and nobody else" one_server
check "rogue: podgraft counts them" test "$(podgraft status "${scope[@]}" --json | jq .responder.counters.ack)" -ge 500
check "rogue: not one DHCP frame of the guest left the pod" fails guest_seen
check "rogue: nobody asked the server" fails server_heard

# The same with nothing in between: both are seen.
check "rogue: up --no-filter" up --no-filter
check "rogue: no rule is left" diff /dev/null <(rules)
check "rogue: another capture" capture_begin
check "rogue: boots without the filter" boot 20 120
check "rogue: capture ends" capture_end
check "rogue: the capture sees the guest" guest_seen
check "rogue: the server is asked" server_heard
hears_it() { cat "$WORK/boots"; grep "^10.244.1.1 10.244.1.1[0-9][0-9] " "$WORK/boots"; }
check "rogue: the guest hears it" hears_it
check "rogue: up brings the filter back" up
check "rogue: boots" boot 20
check "rogue: they hear podgraft alone" one_server
check "rogue: down" podgraft down "${scope[@]}"

# --- frame by frame ---

passes_as() { "$frames" "$pod" tap0 "$node" veth0 "$1"; }

pod frames 10.244.1.7/24 fd00::7/64
in_pod -6 route add default via fe80::1 dev eth0 onlink
check "frames: up --no-filter" up --no-filter
check "frames: all of them pass without a filter" passes_as open
check "frames: up" up
check "frames: the filter stops what it should" passes_as filter
check "frames: up --anti-spoof" up --anti-spoof
check "frames: only the guest's own leave" passes_as anti-spoof
check "frames: down" podgraft down "${scope[@]}"

# --- a pod without address: the segment's server is the guest's ---

served_by_the_segment() {
  client udhcpc && cat "$WORK/result" && grep -qx 'server 10.244.1.1' "$WORK/result" &&
    grep -q '^address 10.244.1.1[0-9][0-9]/24' "$WORK/result"
}

pod bare
check "bare: up" up
check "bare: all frames pass" passes_as open
check "bare: the segment's server" server
check "bare: a guest" guest_begin
check "bare: it is served" served_by_the_segment
guest_end
check "bare: up --anti-spoof" up --anti-spoof
check "bare: only the MAC is enforced" passes_as no-address
check "bare: a guest again" guest_begin
check "bare: it is served too" served_by_the_segment
guest_end
check "bare: down" podgraft down "${scope[@]}"

# --- duplicate-address detection: the keeper has the guest's address, and must not say so ---

free() { guest_finds_no_duplicate 10.244.1.7; }
arp_ignore() { sysctl_in "$pod" ipv4/conf/k6t-eth0/arp_ignore "$1"; }
declined() { [ "$(declines)" -ge 1 ]; }
declines() { podgraft status "${scope[@]}" --json | jq .responder.counters.decline; }

# dad_dhclient: a dhclient whose script looks whether the address is free, as some distributions' do
cat >"$WORK/dad-script" <<'E2'
#!/bin/sh
case $reason in
PREINIT) ip link set "$interface" up ;;
BOUND)
  if busybox arping -D -q -c 2 -w 3 -I "$interface" "$new_ip_address"; then
    echo "$new_ip_address is free" >"$CLIENT_RESULT"
  else
    echo "$new_ip_address is taken" >"$CLIENT_RESULT"
    exit 1
  fi ;;
esac
E2
chmod +x "$WORK/dad-script"
dad_dhclient() {
  local pid
  rm -f "$WORK/result" "$WORK/leases"
  ip netns exec "$guest" dhclient -4 -1 -d -sf "$WORK/dad-script" -cf /dev/null -lf "$WORK/leases" \
    -pf "$WORK/dhclient.pid" -e CLIENT_RESULT="$WORK/result" eth0 >"$WORK/dhclient.log" 2>&1 &
  pid=$!
  wait_for 15 test -s "$WORK/result"
  [ "$1" = free ] || wait_for 5 grep -q DHCPDECLINE "$WORK/dhclient.log"
  end_process "$pid"
  cat "$WORK/dhclient.log"
  grep -qx "10.244.1.7 is $1" "$WORK/result"
}
# dad_dhcpcd WORD: it probes by itself (RFC 5227); until it says WORD
# Without its script: that writes /etc/resolv.conf, which no namespace keeps from the machine.
dad_dhcpcd() {
  local pid result=0
  in_guest addr flush dev eth0
  : >"$WORK/dhcpcd.log"
  ip netns exec "$guest" sh -c 'mount -t tmpfs none /var/lib/dhcpcd && mount -t tmpfs none /run &&
    exec dhcpcd -4 -B -d --noipv4ll --noconfigure --script /bin/true -f /dev/null eth0' >"$WORK/dhcpcd.log" 2>&1 &
  pid=$!
  children+=("$pid")
  wait_for 20 grep -q "$1" "$WORK/dhcpcd.log" || result=1
  end_process "$pid"
  cat "$WORK/dhcpcd.log"
  return "$result"
}

pod dad 10.244.1.7/24
check "dad: up" up
check "dad: the keeper shows the address" sh -c "ip -n $pod addr show eth0 | grep -q 10.244.1.7/24"
check "dad: a guest" guest_begin
in_guest link set eth0 up
check "dad: the probe notices the node" wait_for 5 fails guest_finds_no_duplicate 10.244.1.1
check "dad: the guest's address is free" free
check "dad: dhclient finds it free" dad_dhclient free
check "dad: dhcpcd finds it free" dad_dhcpcd 'leased 10.244.1.7'
check "dad: nothing was declined" test "$(declines)" -eq 0

# Filter and arp_ignore: each suffices, and without both the probe notices the pod.
arp_ignore 0
check "dad: the filter alone suffices" free
check "dad: up --no-filter" up --no-filter
check "dad: up put arp_ignore back" grep -qx 8 <(ip netns exec "$pod" cat /proc/sys/net/ipv4/conf/k6t-eth0/arp_ignore)
check "dad: arp_ignore alone suffices" free
arp_ignore 0
check "dad: without both the pod is noticed" wait_for 5 fails free
check "dad: by dhclient too" dad_dhclient taken
check "dad: and by dhcpcd" dad_dhcpcd 'DAD detected\|claims 10.244.1.7\|declin'
check "dad: which declined" wait_for 5 declined
guest_end
check "dad: up" up
check "dad: down" podgraft down "${scope[@]}"

# --- other people's rules ---

pod users 10.244.1.7/24
ip netns exec "$pod" nft -f - <<'E2'
table bridge filter {
  chain input_tap0 { type filter hook input priority 0; policy accept; ether type 0x88b5 counter drop; }
  chain forward { type filter hook forward priority -300; policy accept; ether type 0x88b5 counter accept; }
}
table inet podgraft {
  chain forward_tap0 { type filter hook forward priority 0; policy accept; tcp dport 25 drop; }
}
E2
rules >"$WORK/rules"
has_table() { rules | grep -q 'table bridge podgraft'; }
others_rules() { rules | awk '/^table/ { ours = /^table bridge podgraft / } !ours'; }
check "users: up" up --anti-spoof
check "users: our table stands" has_table
check "users: theirs is as it was" diff "$WORK/rules" <(others_rules)
check "users: up again" up
check "users: theirs is still as it was" diff "$WORK/rules" <(others_rules)
check "users: down" podgraft down "${scope[@]}"
check "users: the ruleset is as it was" diff "$WORK/rules" <(rules)

# --- bridges that hand frames to iptables ---

bridge_nf=/proc/sys/net/bridge/bridge-nf-call-iptables
said() { grep "$1" "$WORK/up.err"; }
pod iptables 10.244.1.7/24
check "iptables: the kernel has br_netfilter" ip netns exec "$pod" test -e $bridge_nf
sysctl_in "$pod" bridge/bridge-nf-call-iptables 1
check "iptables: up, without any rules" up
check "iptables: nothing comes of it, nothing is said" fails said bridge-nf
check "iptables: down, without any rules" podgraft down "${scope[@]}"
ip netns exec "$pod" nft 'add table ip rules'
check "iptables: up" up
check "iptables: up reports it" said 'bridge-nf-call-iptables is 1'
check "iptables: down" podgraft down "${scope[@]}"
sysctl_in "$pod" bridge/bridge-nf-call-iptables 0
check "iptables: up without it" up
check "iptables: has nothing to report" fails said bridge-nf
check "iptables: down" podgraft down "${scope[@]}"
summary
