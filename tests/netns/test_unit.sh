#!/bin/bash
# podgraft@.service: what the unit leaves podgraft of capabilities, file systems and sockets is enough
# for all that up and down do, and for the responder that stays.
. "${srcdir:-.}/tests/lib/lib.sh"

unit=$PODGRAFT_BUILD/data/podgraft@.service
setting() { sed -n "s/^$1=//p" "$unit"; }
capabilities=$(setting CapabilityBoundingSet | tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g; s/ /,/g')
sed "s|^\(Exec[A-Za-z]*\)=[^ ]*|\1=$PODGRAFT_BUILD/podgraft|" "$unit" >"$WORK/podgraft@.service"
check "systemd finds nothing wrong with it" systemd-analyze verify --man=no "$WORK/podgraft@.service"
check "it names its capabilities" test -n "$capabilities"

# A pod of both families, whose IPv6 gateway up asks for its MAC.
pod_veth unit
pod=$POD_PREFIX-unit node=$POD_PREFIX-unit-node
ip -n "$node" addr add 10.244.1.1/24 dev veth0
ip -n "$node" addr add fd00:1::1/64 dev veth0 nodad
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" addr add fd00:1::7/64 dev eth0 nodad
ip -n "$pod" route add default via 10.244.1.1
ip -n "$pod" -6 route add default via fd00:1::1
dump_pod "$pod" >"$WORK/before"
options=(--netns "$pod" --state-dir "$STATE")

# as_unit COMMAND...: nothing is writable but /run and the test's own directory; these capabilities
as_unit() {
  unshare --mount --propagation slave sh -c '
    mount --rbind /run /run && mount --bind "$0" "$0" && mount -o remount,bind,ro / && caps=$1 && shift &&
    exec setpriv --bounding-set "-all,$caps" --inh-caps "-all,$caps" "$@"' "$WORK" "$capabilities" "$@"
}
up() { as_unit podgraft up "${options[@]}" 2>"$WORK/log"; }
quiet() { [ ! -s "$WORK/log" ] || { cat "$WORK/log"; return 1; }; }
status_is() { podgraft status "${options[@]}" --json | jq -e "$1"; }
check "up" up
# A sanitizer's responder lacks a part of its sandbox.
grep -aq __asan_init "$PODGRAFT_BUILD/podgraft-dhcpd" || check "nothing is missing" quiet
check "all is well" podgraft status --check "${options[@]}"
# up does not wait long for the gateway's answer; on a busy machine another one may have to ask again.
found_out() {
  status_is '.identity.neighbours[] | select(.address == "fd00:1::1").mac' ||
    { as_unit podgraft down "${options[@]}" && up && return 1; }
}
check "the gateway's MAC was found out" wait_for 5 found_out
pids=$(ip netns pids "$pod")
check "down" as_unit podgraft down "${options[@]}"
check "the network is as it was" diff "$WORK/before" <(dump_pod "$pod")
check "nobody is left" are_gone $pids

families() { ASAN_OPTIONS=detect_leaks=0 strace -qq -o "$WORK/strace" -e trace=socket podgraft "$1" "${options[@]}" && grep -o 'socket(AF_[A-Z0-9]*' "$WORK/strace" | sed 's/socket(//'; }
allowed() {
  local family
  families "$1" >"$WORK/families" || return 1
  sort -u "$WORK/families"
  while read -r family; do grep -qw "$family" <<<"$(setting RestrictAddressFamilies)" || { echo "not $family"; return 1; }; done <"$WORK/families"
}
ip -n "$pod" -6 neigh flush dev eth0
check "up makes no sockets but those the unit lets it" allowed up
check "one of them for the gateway" grep -qx AF_INET6 "$WORK/families"
check "nor does down" allowed down

# The responder ends with the namespace that it is named by.
check "up again" up
pids=$(ip netns pids "$pod")
check "somebody serves" test -n "$pids"
ip netns del "$pod"
check "who serves ends with the namespace" wait_for 5 are_gone $pids
summary
