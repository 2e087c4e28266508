#!/bin/bash
# status --check, as kubelet's probes ask it: startup, ready, live; by exit status, silently, fast.
. "${srcdir:-.}/tests/lib/lib.sh"

pod_veth probes
pod=$POD_PREFIX-probes
options=(--netns "$pod" --state-dir "$STATE")
ip -n "$pod-node" addr add 10.244.1.1/24 dev veth0 # a release goes by way of the gateway
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1

# says WANT WORD...: the exit status of --check, which prints nothing
says() {
  local want=$1 got=0 out
  shift
  out=$(podgraft status --check "$@" "${options[@]}" 2>&1) || got=$?
  [ "$got" -eq "$want" ] && [ -z "$out" ] || { echo "exit status $got, not $want; it says '$out'"; return 1; }
}
# all STARTUP READY LIVE
all() { says "$1" startup && says "$2" ready && says "$3" live && says "$1"; }
refuses() { # WORDS ARGUMENT...
  local words=$1 status=0
  shift
  podgraft status "$@" "${options[@]}" >"$WORK/out" 2>&1 || status=$?
  [ "$status" -eq 2 ] && grep -qF -- "$words" "$WORK/out" || { echo "exit status $status"; cat "$WORK/out"; return 1; }
}

check "nothing is set up" all 3 3 3
check "wired" podgraft up "${options[@]}" --no-serve
check "nobody serves" all 3 3 3
check "served" podgraft up "${options[@]}" --lease-time 600
check "there is no guest yet" all 0 3 0

ip netns add "$pod-guest"
"$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$pod-guest" eth0 aa:bb:cc:00:00:06 >"$WORK/tapclient" &
children+=($!)
check "the guest's link" wait_for 5 grep -q ready "$WORK/tapclient"
client() { CLIENT_RESULT=$WORK/result exec ip netns exec "$pod-guest" busybox udhcpc -i eth0 -f -t 20 -T 1 -s "$LIB/client-script" >"$WORK/udhcpc.log" 2>&1; }
client &
udhcpc=$!
children+=("$udhcpc")
check "a client gets its lease" wait_for 10 says 0 ready
check "all is well" all 0 0 0
check "the word may be part of the option" says 0 --check=ready
check "what follows need not be its value" podgraft status --check "${options[@]}"
check "a word that is none of it" refuses "unexpected argument 'healthy'" --check healthy
check "nor as a part" refuses "--check 'healthy': give [startup|ready|live]" --check=healthy
check "nor without one" refuses "--check '': give [startup|ready|live]" --check=
ip -n "$pod" link set tap0 nomaster
check "the wiring is for startup alone to look at" all 3 0 0
check "up mends it" podgraft up "${options[@]}"
check "all is well again" all 0 0 0

# A probe comes every second, for ever: it must cost next to nothing.
messages() { ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$WORK/strace" -e trace=sendto,sendmsg podgraft status --check "$1" "${options[@]}" && wc -l <"$WORK/strace"; }
check "live asks the kernel nothing about the network" sh -c "[ $(messages live) -eq 0 ]"
check "nor does ready" sh -c "[ $(messages ready) -eq 0 ]"
check "startup does" sh -c "[ $(messages startup) -gt 0 ]"
check "releasing" kill -USR2 "$udhcpc"
check "a released lease is none" wait_for 5 says 3 ready
check "which is the guest's to do" all 0 3 0
guardian=$(podgraft status "${options[@]}" --json | jq .responder.pid)
check "the guardian is killed" kill -KILL "$guardian"
check "the responder is dead" wait_for 5 says 3 live
check "nothing is well then" all 3 3 3
check "down" podgraft down "${options[@]}"

pod_veth bare
pod=$POD_PREFIX-bare
options=(--netns "$pod" --state-dir "$STATE" --interface eth0)
check "bare: a pod without an address" podgraft up "${options[@]}"
check "bare: is not served: wired is enough" all 0 0 0
check "bare: nor is there a lease to wait for" podgraft wait --for lease --timeout 0 "${options[@]}"

pod_veth dual
pod=$POD_PREFIX-dual
options=(--netns "$pod" --state-dir "$STATE")
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" addr add fd00:1::7/64 dev eth0 nodad
waits_for() { podgraft wait --for lease --timeout 0 "${options[@]}" 2>&1 | grep -F -- "$1"; }
check "dual: a pod of both families" podgraft up "${options[@]}"
check "dual: there is no guest yet" waits_for "the guest has no lease"
check "dual: a guest that knows IPv4 only" test "$("$PODGRAFT_BUILD/tests/fault/lease" "$pod" tap0 aa:bb:cc:00:00:06)" = 10.244.1.7
check "dual: is ready" all 0 0 0
check "dual: it is told what is still waited for" waits_for "the guest has no lease over DHCPv6"
check "dual: up for IPv4 alone" podgraft up "${options[@]}" --dhcp v4
check "dual: there is nothing more to wait for" podgraft wait --for lease --timeout 0 "${options[@]}"
check "dual: down" podgraft down "${options[@]}"

pod=$POD_PREFIX-bare
options=(--netns "$pod" --state-dir "$STATE" --interface eth0)

# --- whoever started up is told ---

exec {ready_read}<> <(:)
check "bare: up again, with --ready-fd" podgraft up "${options[@]}" --ready-fd "$ready_read"
ready_said() { local word; read -r -t 60 -u "$ready_read" word && [ "$word" = ready ]; }
check "bare: says ready" ready_said
check "bare: a descriptor that is not open is refused" sh -c "podgraft up ${options[*]} --ready-fd 999 2>&1 | grep -q -- '--ready-fd 999'"
/usr/bin/env -i /usr/bin/python3 - "$WORK/notify" >"$WORK/notified" <<'PYTHON' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(60)
print(s.recv(64).decode())
PYTHON
notified=$!
children+=("$notified")
wait_for 5 test -S "$WORK/notify"
check "bare: up again, under a service manager" env NOTIFY_SOCKET="$WORK/notify" podgraft up "${options[@]}"
wait "$notified"
check "bare: it is told" grep -qx READY=1 "$WORK/notified"
check "bare: down" podgraft down "${options[@]}"
summary
