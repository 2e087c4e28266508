#!/bin/bash
# Frames that hide what they are: each message that the filter knows behind every wrapping, both ways
# (SECURITY.md, "What the filter lets pass"), and whether a real Linux host would have believed it.
. "${srcdir:-.}/tests/lib/shapes.sh"

up() { podgraft up "${scope[@]}" --resolv-conf "$WORK/resolv.conf" "$@" 2>"$WORK/up.err" || { cat "$WORK/up.err"; return 1; }; }
printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"

pod() { # NAME [ADDRESS...]
  new_pod "$1"
  shift
  in_node addr add 10.244.1.1/24 dev veth0
  for address in "$@"; do
    in_pod addr add "$address" dev eth0 $(is_v4 "$address" || echo nodad)
  done
  # iptables' look at bridged frames would cut off what follows a packet.
  for family in ip ip6 arp; do sysctl_in "$pod" bridge/bridge-nf-call-${family}tables 0; done
  [ $# -eq 0 ] || in_pod -6 route add default via fe80::1 dev eth0 onlink
}

passes_as() { # MODE: told, also where all is well
  "$PODGRAFT_BUILD/tests/lib/wrappings" "$pod" tap0 "$node" veth0 "$1" >"$WORK/table" || { cat "$WORK/table"; return 1; }
  tail -1 "$WORK/table" | sed "s/^/  $1: /" >&3
}
exec 3>&1

pod hidden 10.244.1.7/24 fd00::7/64
check "hidden: up --no-filter" up --no-filter
check "hidden: without a filter all of it passes" passes_as open
check "hidden: up" up
check "hidden: the filter stops what it should" passes_as filter
check "hidden: up --anti-spoof" up --anti-spoof
check "hidden: only the guest's own leave" passes_as anti-spoof
check "hidden: down" podgraft down "${scope[@]}"

pod bare
check "bare: up --anti-spoof" up --anti-spoof
check "bare: only the MAC is enforced" passes_as no-address
check "bare: down" podgraft down "${scope[@]}"
# --- a real host behind the tap ---

# A foreign router advertisement: fe80::66, at 02:66:66:66:66:66, is a router for hours.
ra=86dd6000000000383afffe800000000000000000000000000066ff0200000000000000000000000000018600336040002328
ra+=00000000000000000101026666666666030440c000015180000151800000000020010db8006600000000000000000000
# Behind: nothing; one tag; several, all with id 0, so that a Linux host takes them off.
stacks=("" 81000000 8100000081000000 88a8000081000000 88a8000088a80000 810000008100000081000000)
advertise() { ip netns exec "$node" "$PODGRAFT_BUILD/tests/lib/sendframe" veth0 "333300000001026666666666$1$ra"; }
# A unicast frame after it, which the guest answers: by then it has seen both.
heard() { ip netns exec "$node" ping -c 1 -W 5 -q 10.244.1.7; }
believes() { in_guest -6 route show default | grep -q fe80::66; }
disbelieves() { ! believes; }

pod router 10.244.1.7/24
check "router: up --no-filter" up --no-filter
check "router: a guest" guest_begin
ip netns exec "$guest" sysctl -qw net.ipv6.conf.eth0.accept_ra=1
in_guest addr add 10.244.1.7/24 dev eth0
check "router: its link" wait_for 10 settled "$guest"
for stack in "${stacks[@]}"; do
  check "router: without a filter, tags '$stack'" advertise "$stack"
  check "router: without a filter, tags '$stack': a Linux host believes it" wait_for 5 believes
  in_guest -6 route flush default
done
for options in "" --anti-spoof; do
  check "router: up $options" up $options
  for stack in "${stacks[@]}"; do
    check "router: $options, tags '$stack'" advertise "$stack"
    check "router: $options, tags '$stack': the guest hears the node" wait_for 5 heard
    check "router: $options, tags '$stack': it has not heard the router" disbelieves
  done
done
guest_end
check "router: down" podgraft down "${scope[@]}"
summary
