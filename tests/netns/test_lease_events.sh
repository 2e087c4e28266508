#!/bin/bash
# What 'status' tells of the guest: a real client's lease from offer to release, who it says it
# is, which address it uses, and an address that somebody else on the link has.
. "${srcdir:-.}/tests/lib/lib.sh"

pod_veth events
pod=$POD_PREFIX-events
node=$POD_PREFIX-events-node
options=(--netns "$pod" --state-dir "$STATE")
ip -n "$node" addr add 10.244.1.1/24 dev veth0 # a release goes by way of the gateway
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
check "up" podgraft up "${options[@]}" --lease-time 600

# The sandbox's warnings (a sanitizer's is not whole) are another test's.
status() {
  podgraft status "${options[@]}" --json | jq '.warnings |= map(select(test("sandbox") | not))' |
    jq -e "$1" >/dev/null
}
text() { podgraft status "${options[@]}" | grep -qE "$1" || { podgraft status "${options[@]}"; return 1; }; }
# client OPTION...: in the guest's namespace; becomes udhcpc, so that $! is its process
client() {
  export CLIENT_RESULT=$WORK/result
  exec ip netns exec "$pod-guest" \
    busybox udhcpc -i eth0 -f -t 5 -T 30 -s "$LIB/client-script" "$@" >"$WORK/udhcpc.log" 2>&1
}
# guest_begin: a namespace behind the tap, as in a virtual machine
guest_begin() {
  [ -z "${tapclient:-}" ] || end_process "$tapclient" # its tap is gone, the guest's link may not yet be
  rm -f "$WORK/tapclient" # its "ready" of before
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$pod-guest" eth0 aa:bb:cc:00:00:06 >"$WORK/tapclient" &
  tapclient=$!
  children+=("$tapclient")
  wait_for 5 grep -q ready "$WORK/tapclient" && wait_for 5 has_carrier "$pod" tap0 # before that answers are lost
}
arping() { ip netns exec "$pod-guest" busybox arping -q -c 1 -w 1 -I eth0 -s "$1" 10.244.1.1 || :; }

check "a fresh responder has seen nothing" status \
  '.lease.state == "none" and (.lease | has("acked_at") or has("used_address") | not) and .warnings == []'

ip netns add "$pod-guest"
check "the guest's link" guest_begin

client -x hostname:web-1 &
udhcpc=$!
children+=("$udhcpc")
check "a client gets its lease" wait_for 10 status '.lease.state == "bound"'
check "the offer and the ACK have their times" status '.lease |
  .offered_at > 0 and .acked_at >= .offered_at and .first_acked_at == .acked_at and .renewals == 0'
check "it is known by name" status '.lease.guest_hostname == "web-1"'
check "its client is known" status '.lease.guest_vendor_class | startswith("udhcp")'
check "the text tells the lease" text '^lease +10\.244\.1\.7 for [0-9]+ s$'
check "the text tells the name" text "^guest +calls itself 'web-1'"
check "the text tells the messages" text '^messages .*discover 1, request 1, .*offer 1, ack 1'

check "the client took it" wait_for 5 grep -q 10.244.1.7 "$WORK/result"
ip -n "$pod-guest" addr replace 10.244.1.7/24 dev eth0
check "the guest sends ARP" arping 10.244.1.7
check "the address it uses is told" wait_for 5 status '.lease.used_address == "10.244.1.7" and .warnings == []'

check "asking for a renewal" kill -USR1 "$udhcpc"
check "a renewal is told as one" wait_for 5 status \
  '.lease | .renewals == 1 and .renewed_at >= .first_acked_at and .state == "bound"'
check "releasing" kill -USR2 "$udhcpc"
check "a release is told" wait_for 5 status '.lease.state == "released" and .lease.released_at > 0'
end_process "$udhcpc"

# Somebody else on the pod's link has the address; the client looks before it takes it.
ip -n "$node" addr add 10.244.1.7/24 dev veth0
ip -n "$pod-guest" addr flush dev eth0
client -n -q -a &
udhcpc=$!
children+=("$udhcpc")
check "a declined address is a conflict" wait_for 10 status \
  '.lease.conflict and .lease.declined_address == "10.244.1.7" and .lease.declined_at > 0'
check "it is warned about" status '.warnings[0] | test("address conflict: .* 10.244.1.7")'
check "also in the text" text '^warning +address conflict'
end_process "$udhcpc"
ip -n "$node" addr del 10.244.1.7/24 dev veth0
client -n -q &
check "the client tries again" wait $!
check "a lease that is taken after all is no conflict" status \
  '.lease.state == "bound" and (.lease.conflict | not) and .warnings == []'

# A new pod's guest that was configured by hand, with an address of its own.
check "down" podgraft down "${options[@]}"
check "up again" podgraft up "${options[@]}"
check "the guest's link" guest_begin
ip -n "$pod-guest" addr add 10.244.1.99/24 dev eth0
check "a guest with another address sends ARP" arping 10.244.1.99
check "the address it uses is told" wait_for 5 status '.lease.used_address == "10.244.1.99"'
check "the mismatch is warned about" text '^warning +the guest uses 10\.244\.1\.99, not the pod.s 10\.244\.1\.7'
summary
