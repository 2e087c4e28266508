#!/bin/bash
# The responder's life around real clients: a guest that comes with another network's lease, ARP,
# the sandbox, the responder killed or stuck, and the interfaces it serves going away.
. "${srcdir:-.}/tests/lib/lib.sh"

printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"
in_pod() { ip -n "$pod" "$@"; }

# new_pod NAME: a pod that is up and served; its responder in $responder
new_pod() {
  pod_veth "$1"
  pod=$POD_PREFIX-$1
  in_pod addr add 10.244.1.7/24 dev eth0
  in_pod route add default via 10.244.1.1
  options=(--netns "$pod" --state-dir "$STATE")
  check "$1: up" up
  responder=$(responder_pid)
}
up() { podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf" --hostname vm; }
responder_pid() { podgraft status "${options[@]}" --json | jq -r .responder.pid; }
counter() { podgraft status "${options[@]}" --json | jq "$1"; }

# guest_begin: a namespace behind the tap, as in a virtual machine; ends with guest_end
guest_begin() {
  local mac
  mac=$(podgraft status "${options[@]}" --json | jq -r .identity.mac)
  ip netns add "$pod-guest"
  rm -f "$WORK/tapclient" # its "ready" of before
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$pod-guest" eth0 "$mac" >"$WORK/tapclient" &
  tapclient=$!
  children+=("$tapclient")
  wait_for 5 grep -q ready "$WORK/tapclient"
}
guest_end() {
  kill "$tapclient"
  wait "$tapclient" 2>/dev/null
  ip netns del "$pod-guest"
}
bound() {
  rm -f "$WORK/result"
  CLIENT_RESULT=$WORK/result ip netns exec "$pod-guest" \
    busybox udhcpc -i eth0 -f -q -n -t 20 -T 1 -s "$LIB/client-script" &&
    grep -qx 'address 10.244.1.7/24' "$WORK/result"
}

new_pod life
status_line() { grep -qE "^$1:[[:space:]]*$2\$" "/proc/$responder/status" || { cat "/proc/$responder/status"; return 1; }; }
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
  check "life: no capability in $set" status_line "$set" 0000000000000000
done
check "life: no new privileges" status_line NoNewPrivs 1
if ! grep -aq __asan_init "$PODGRAFT_BUILD/podgraft-dhcpd"; then # sanitizers need other calls
  check "life: system calls are filtered" status_line Seccomp 2
fi

check "life: the guest's link" guest_begin
# INIT-REBOOT: the disk of a guest that ran in another pod remembers that one's lease.
cat >"$WORK/leases" <<EOF
lease {
  interface "eth0";
  fixed-address 192.168.99.9;
  option subnet-mask 255.255.255.0;
  option dhcp-lease-time 4294967295;
  option dhcp-server-identifier 192.168.99.1;
  renew never;
  rebind never;
  expire never;
}
EOF
printf 'timeout 60;\n' >"$WORK/dhclient.conf"
rm -f "$WORK/result"
timeout 240 ip netns exec "$pod-guest" dhclient -4 -1 -d -sf "$LIB/client-script" \
  -cf "$WORK/dhclient.conf" -lf "$WORK/leases" -pf "$WORK/dhclient.pid" \
  -e CLIENT_RESULT="$WORK/result" eth0 >"$WORK/dhclient.log" 2>&1 &
dhclient=$!
children+=("$dhclient")
check "life: a guest with another network's lease gets the pod's" \
  wait_for 15 grep -qx 'address 10.244.1.7/24' "$WORK/result"
check "life: it was told so" test "$(counter .responder.counters.nak)" -eq 1
check "life: nobody else was asked" grep -q 'DHCPNAK from 169.254.75.10' "$WORK/dhclient.log"
end_process "$dhclient"

answers() { ip netns exec "$pod-guest" busybox arping -q -c 20 -w 20 -f -I eth0 -s "$1" "$2"; }
ip -n "$pod-guest" addr replace 10.244.1.7/24 dev eth0
check "life: ARP for the server is answered" answers 10.244.1.7 169.254.75.10
arp_counted() { [ "$(counter .responder.counters.arp_reply)" -ge 1 ]; }
check "life: ARP answers are counted" wait_for 5 arp_counted

# Killed: the lease is on record, and the next 'up' goes on counting.
acks=$(counter .responder.counters.ack)
kill -KILL "$responder"
check "life: a killed responder is gone" wait_for 5 is_gone "$responder"
not_serving() { ! podgraft status --check "${options[@]}" >/dev/null 2>&1; }
check "life: status says so" not_serving
check "life: up revives it" up
check "life: it is another process" test "$(responder_pid)" != "$responder"
check "life: its lease survived" test "$(counter .lease.state)" = '"bound"'
check "life: what was counted survived" test "$(counter .responder.counters.ack)" = "$acks"
check "life: it serves" bound
guest_end

# Stuck: 'down' does not wait for it for ever.
responder=$(responder_pid)
kill -STOP "$responder"
check "life: down ends a stuck responder" podgraft down "${options[@]}"
check "life: it is gone" is_gone "$responder"

# Its sockets pin the namespace: it must not outlive what it serves.
new_pod tap
in_pod link set tap0 down
in_pod link set tap0 up
check "tap: down and up again is no end" podgraft status --check "${options[@]}"
check "tap: the guest's link" guest_begin
check "tap: it still serves" bound
guest_end
in_pod link del tap0
check "tap: the responder ends with the tap" wait_for 5 is_gone "$responder"

new_pod nic
ip -n "$pod-node" link del veth0
check "nic: the responder ends with the pod's interface" wait_for 5 is_gone "$responder"
summary
