#!/bin/bash
# Pods of many shapes: plan, up, real DHCP clients behind the real tap, down; nothing is lost.
. "${srcdir:-.}/tests/lib/lib.sh"

dns() { printf 'nameserver 10.96.0.10\nsearch Default.svc.cluster.local svc.cluster.local bad..name\n' >"$WORK/resolv.conf"; }
dns

# client TOOL POD: a real client behind tap0 of POD; its result in $WORK/result
client() {
  local pod=$POD_PREFIX-$2 guest=$POD_PREFIX-$2-guest mac pid status=0
  mac=$(podgraft status --netns "$pod" --state-dir "$STATE" --json | sed -n 's/^ *"mac": *"\(..:..:..:..:..:..\)".*/\1/p' | head -1)
  ip netns add "$guest"
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$guest" eth0 "$mac" >"$WORK/tapclient" &
  pid=$!
  children+=("$pid")
  wait_for 5 grep -q ready "$WORK/tapclient" || return 1
  rm -f "$WORK/result"
  export CLIENT_RESULT=$WORK/result
  case $1 in
  udhcpc)
    ip netns exec "$guest" busybox udhcpc -i eth0 -f -q -n -t 5 -T 1 -s "$LIB/client-script" \
      -O mtu -O search -O staticroutes -O hostname -O lease || status=$? ;;
  dhclient)
    printf 'option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;\nrequest subnet-mask, routers, domain-name-servers, domain-name, host-name, interface-mtu, domain-search, rfc3442-classless-static-routes, dhcp-lease-time;\ntimeout 10;\n' >"$WORK/dhclient.conf"
    rm -f "$WORK/leases"
    # -1: give up after the first failure; a copy, as the system's profile may confine the original
    timeout 20 ip netns exec "$guest" dhclient -4 -1 -d -sf "$LIB/client-script" -cf "$WORK/dhclient.conf" \
      -lf "$WORK/leases" -pf "$WORK/dhclient.pid" -e CLIENT_RESULT="$WORK/result" eth0 >"$WORK/dhclient.log" 2>&1 &
    local client=$!
    wait_for 15 test -s "$WORK/result" || { status=1; cat "$WORK/dhclient.log"; }
    kill "$client" 2>/dev/null; wait "$client" 2>/dev/null ;;
  esac
  kill "$pid"; wait "$pid" 2>/dev/null
  ip netns del "$guest"
  cat "$WORK/result" 2>/dev/null
  return "$status"
}

got() { grep -qxF -- "$1" "$WORK/result" || { echo "expected: $1"; cat "$WORK/result"; return 1; }; }
dumps_equal() { diff "$WORK/$1.before" "$WORK/$1.after"; }
planned_is_done() { # the plan on an untouched pod changes nothing; after up nothing is left of it
  podgraft plan --netns "$1" --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf" --json >"$WORK/plan" 2>/dev/null &&
    [ "$(jq '.operations | length' "$WORK/plan")" -gt 10 ]
}
nothing_planned() { podgraft plan --netns "$1" --state-dir "$STATE" | grep -qx 'nothing to do'; }

# shape NAME [LINE...]: the whole round for a pod made by pod_NAME; LINEs is what clients must get
shape() {
  local name=$1 pod=$POD_PREFIX-$1 line tool
  local options=(--netns "$pod" --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf" --hostname vm)
  shift
  dump_pod "$pod" >"$WORK/$name.before"
  check "$name: plan lists operations" planned_is_done "$pod"
  dump_pod "$pod" >"$WORK/$name.after"
  check "$name: plan changes nothing" dumps_equal "$name"
  check "$name: up" podgraft up "${options[@]}"
  check "$name: up again" podgraft up "${options[@]}"
  check "$name: nothing left to do" nothing_planned "$pod"
  check "$name: wait --for=ready" podgraft wait --for=ready --timeout 5 "${options[@]:0:4}"
  if [ $# -gt 0 ]; then
    check "$name: status --check" podgraft status --check "${options[@]:0:4}"
    for tool in udhcpc dhclient; do
      check "$name: $tool is bound" client "$tool" "$name"
      for line in "$@"; do check "$name: $tool got '$line'" got "$line"; done
    done
    check "$name: wait --for=lease" podgraft wait --for=lease --timeout 5 "${options[@]:0:4}"
  fi
  check "$name: down" podgraft down "${options[@]:0:4}"
  check "$name: down again" podgraft down "${options[@]:0:4}"
  dump_pod "$pod" >"$WORK/$name.after"
  check "$name: everything is as it was" dumps_equal "$name"
}

pod=; in_pod() { ip -n "$pod" "$@"; }
new_pod() { pod_veth "$1"; pod=$POD_PREFIX-$1; }

new_pod flannel
in_pod addr add 10.244.1.7/24 dev eth0
in_pod route add default via 10.244.1.1
in_pod route add 10.244.0.0/16 via 10.244.1.1
shape flannel 'address 10.244.1.7/24' 'mtu 1450' 'dns 10.96.0.10' 'hostname vm' \
  'routes 10.244.0.0/16 10.244.1.1 0.0.0.0/0 10.244.1.1' 'domain default.svc.cluster.local' \
  'search default.svc.cluster.local svc.cluster.local' 'lease 4294967295' 'server 169.254.75.10'

new_pod calico
in_pod addr add 10.244.1.7/32 dev eth0
in_pod route add 169.254.1.1 dev eth0 scope link
in_pod route add default via 169.254.1.1
in_pod neigh add 169.254.1.1 lladdr ee:ee:ee:ee:ee:ee dev eth0 nud permanent
shape calico 'address 10.244.1.7/32' 'routes 169.254.1.1/32 0.0.0.0 0.0.0.0/0 169.254.1.1'

new_pod onlink
in_pod addr add 10.244.1.7/32 dev eth0
in_pod route add default via 10.0.0.1 dev eth0 onlink
shape onlink 'address 10.244.1.7/32' 'routes 10.0.0.1/32 0.0.0.0 0.0.0.0/0 10.0.0.1'

new_pod nogateway
in_pod addr add 192.168.5.9/24 dev eth0
shape nogateway 'address 192.168.5.9/24' 'routes '

new_pod twoaddresses
in_pod addr add 10.244.1.7/24 brd + dev eth0 label eth0:1
in_pod addr add 10.244.1.8/24 dev eth0
in_pod addr add 10.9.0.5/16 dev eth0
in_pod route add default via 10.244.1.1 src 10.244.1.7 metric 100
in_pod route add default via 10.9.0.1 metric 200
in_pod route add 172.16.0.0/12 via 10.9.0.1 table 100
in_pod route add blackhole 10.66.0.0/16
shape twoaddresses 'address 10.244.1.7/24' 'routes 10.9.0.0/16 0.0.0.0 0.0.0.0/0 10.244.1.1'

new_pod dual
in_pod addr add 10.244.1.7/24 dev eth0
in_pod addr add fd00:1::7/64 dev eth0 nodad
in_pod addr add fd00:1::8/64 dev eth0 nodad valid_lft 3000 preferred_lft 2000
in_pod route add default via 10.244.1.1
in_pod -6 route add default via fd00:1::1 src fd00:1::7
in_pod -6 route add fd00:9::/48 via fd00:1::1 expires 3000
shape dual 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'

new_pod hops
in_pod addr add 10.244.1.7/24 dev eth0
in_pod nexthop add id 7 via 10.244.1.1 dev eth0
in_pod route add default nhid 7
in_pod route add 10.50.0.0/16 nexthop via 10.244.1.1 weight 1 nexthop via 10.244.1.2 weight 2
in_pod route add 10.60.0.0/16 via 10.244.1.1 mtu 1300
shape hops 'address 10.244.1.7/24' 'routes 10.50.0.0/16 10.244.1.1 10.60.0.0/16 10.244.1.1 0.0.0.0/0 10.244.1.1'

new_pod noaddress
shape noaddress

# A finite lease is renewed, unicast through the real gateway's MAC, and released.
new_pod renew
in_pod addr add 10.244.1.7/24 dev eth0
in_pod route add default via 10.244.1.1
ip -n "$pod-node" addr add 10.244.1.1/24 dev veth0
options=(--netns "$pod" --state-dir "$STATE")
counter() { podgraft status "${options[@]}" --json | jq ".responder.counters.$1"; }
at_least() { [ "$(counter "$1")" -ge "$2" ]; }
lease_is() { podgraft status "${options[@]}" --json | jq -e ".lease.state == \"$1\"" >/dev/null; }
check "renew: up" podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf" --lease-time 10
ip netns add "$pod-guest"
mac=$(podgraft status "${options[@]}" --json | jq -r .identity.mac)
"$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$pod-guest" eth0 "$mac" >"$WORK/tapclient" &
tapclient=$!
children+=("$tapclient")
check "renew: the client's link" wait_for 5 grep -q ready "$WORK/tapclient"
CLIENT_RESULT=$WORK/result ip netns exec "$pod-guest" busybox udhcpc -i eth0 -f -R -s "$LIB/client-script" >"$WORK/udhcpc.log" 2>&1 &
udhcpc=$!
children+=("$udhcpc")
check "renew: bound" wait_for 10 lease_is bound
kill -USR1 "$udhcpc" # renew now; by itself it takes no lease for shorter than a minute
check "renew: renewed" wait_for 15 at_least ack 2
check "renew: without a rebind" test "$(counter discover)" -eq 1
kill -TERM "$udhcpc"
check "renew: released" wait_for 5 lease_is released
kill "$tapclient"
wait "$tapclient" "$udhcpc" 2>/dev/null
check "renew: down" podgraft down "${options[@]}"

# The plan names what up does: as many requests that change something as there are lines.
new_pod exact
in_pod addr add 10.244.1.7/24 dev eth0
in_pod route add default via 10.244.1.1
options=(--netns "$pod" --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf")
podgraft plan "${options[@]}" --json | jq '.operations | length' >"$WORK/planned"
ASAN_OPTIONS=detect_leaks=0 strace -o "$WORK/strace" -e trace=sendmsg,ioctl podgraft up --no-serve "${options[@]}"
# 0x300 is NLM_F_DUMP where strace does not know the socket's protocol
grep -E 'nlmsg_flags=|TUNSETIFF' "$WORK/strace" | grep -cvE '0x300|NLM_F_DUMP' >"$WORK/done"
check "exact: up does what the plan lists" diff "$WORK/planned" "$WORK/done"
check "exact: down" podgraft down "${options[@]:0:4}"

# The CNI is late.
ip netns add "$POD_PREFIX-late-node"
ip netns add "$POD_PREFIX-late"
pod=$POD_PREFIX-late
podgraft up --netns "$pod" --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf" --wait-interface 10 >"$WORK/late" 2>&1 &
up=$!
read -r -t 0.3 -u "$never"
ip -n "$POD_PREFIX-late-node" link add veth0 type veth peer name eth0 netns "$pod"
ip -n "$POD_PREFIX-late-node" link set veth0 up
in_pod addr add 10.244.1.7/24 dev eth0
in_pod link set eth0 up
check "late: up waits for the interface" wait "$up"
check "late: and serves its address" podgraft status --check --netns "$pod" --state-dir "$STATE"
check "late: down" podgraft down --netns "$pod" --state-dir "$STATE"

# The path of kernels before 6.2, which refuse to rename an interface that is up.
export PODGRAFT_TEST_RENAME_DOWN=1
new_pod renamedown
in_pod addr add 10.244.1.7/24 dev eth0
in_pod addr add fd00:1::7/64 dev eth0 nodad
in_pod route add default via 10.244.1.1
in_pod -6 route add default via fd00:1::1
shape renamedown 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'
unset PODGRAFT_TEST_RENAME_DOWN
summary
