#!/bin/bash
# The responder that 'up' leaves behind keeps itself alive: workers that die are forked again and
# know what the one before knew; neither process outlives the other; a tap made anew is served anew.
. "${srcdir:-.}/tests/lib/lib.sh"

new_pod() { # NAME
  pod_veth "$1"
  pod=$POD_PREFIX-$1
  ip -n "$POD_PREFIX-$1-node" addr add 10.244.1.1/24 dev veth0
  ip -n "$pod" addr add 10.244.1.7/24 dev eth0
  ip -n "$pod" route add default via 10.244.1.1
  options=(--netns "$pod" --state-dir "$STATE")
}
up() { podgraft up "${options[@]}" --lease-time 600; }
status() { podgraft status "${options[@]}" --json | jq -r "$1"; }
status_is() { podgraft status "${options[@]}" --json | jq -e "$1" >/dev/null; }
guest_begin() {
  ip netns add "$pod-guest" 2>/dev/null
  rm -f "$WORK/tapclient"
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$pod-guest" eth0 aa:bb:cc:00:00:06 >"$WORK/tapclient" &
  tapclient=$!
  children+=("$tapclient")
  wait_for 5 grep -q ready "$WORK/tapclient"
}
client() { # in the guest's namespace; becomes udhcpc, so that $! is its process
  export CLIENT_RESULT=$WORK/result
  exec ip netns exec "$pod-guest" busybox udhcpc -i eth0 -f -t 20 -T 1 -s "$LIB/client-script" "$@" >"$WORK/udhcpc.log" 2>&1
}

# --- a worker that dies ---
new_pod worker
check "worker: up" up
check "worker: the guest's link" guest_begin
client &
udhcpc=$!
children+=("$udhcpc")
check "worker: bound" wait_for 10 status_is '.lease.state == "bound"'
check "worker: configured" wait_for 5 grep -q 10.244.1.7 "$WORK/result"
guardian=$(status .responder.pid) worker=$(status .responder.worker) first=$(status .lease.first_acked_at)
acks=$(status .responder.counters.ack)
kill -KILL "$worker"
another() { [ "$(status .responder.worker)" != "$1" ] && [ "$(status .responder.worker)" != null ]; }
check "worker: another one takes its place" wait_for 5 another "$worker"
check "worker: the guardian is the same" status_is ".responder.pid == $guardian"
check "worker: what was known is still" status_is \
  ".lease.state == \"bound\" and .lease.first_acked_at == $first and .responder.counters.ack == $acks"
check "worker: the restart is told" wait_for 5 status_is \
  '.responder.restarts == 1 and .responder.worker_ended_by_signal == 9 and .responder.worker_ended_at > 0'
check "worker: it is in the log" grep -q 'the worker ended (signal 9); the next one starts in 100 ms' "$STATE"/*/responder.log
kill -USR1 "$udhcpc"
check "worker: the guest's renewal is answered" wait_for 10 status_is '.lease.renewals >= 1'
end_process "$udhcpc"

# Each death of a fresh worker doubles the wait; after one that has lived for a minute, as on a busy
# machine, it begins anew.
delays() { sed -n 's/.*the next one starts in \([0-9]*\) ms$/\1/p' "$STATE"/*/responder.log | xargs; }
doubles() {
  worker=$(status .responder.worker)
  kill -KILL "$worker" && wait_for 5 another "$worker" && [[ "$(delays) " = *"100 200 400 "* ]] || { delays; return 1; }
}
check "worker: the next ones come after 200 and 400 ms" wait_for 5 doubles

# While there is none, status says so and the guest's frames wait in the socket.
worker=$(status .responder.worker)
kill -STOP "$guardian"
kill -KILL "$worker"
check "worker: none for now" wait_for 5 is_gone "$worker"
client -n -q &
udhcpc=$!
children+=("$udhcpc")
kill -CONT "$guardian"
check "worker: who asked in between is answered" wait "$udhcpc"
kill "$tapclient"
wait "$tapclient" 2>/dev/null

# A stuck worker cannot keep 'down' waiting.
guardian=$(status .responder.pid) worker=$(status .responder.worker)
kill -STOP "$worker"
check "worker: down" podgraft down "${options[@]}"
check "worker: both are gone" are_gone "$guardian" "$worker"
no_files() { ! ls "$STATE"/*/* 2>/dev/null; }
check "worker: and their files" no_files

# --- a guardian that dies ---
new_pod guardian
check "guardian: up" up
guardian=$(status .responder.pid) worker=$(status .responder.worker)
kill -KILL "$guardian"
check "guardian: its worker ends with it" wait_for 5 is_gone "$worker"
not_serving() { ! podgraft status --check "${options[@]}"; }
check "guardian: status says that nobody serves" not_serving
check "guardian: up starts another" up
check "guardian: it lives" podgraft status --check "${options[@]}"
check "guardian: it is another" test "$(status .responder.pid)" != "$guardian"
guardian=$(status .responder.pid) worker=$(status .responder.worker)
kill -STOP "$guardian" "$worker"
check "guardian: down ends what is stuck" podgraft down "${options[@]}"
check "guardian: both are gone" wait_for 5 are_gone "$guardian" "$worker"

# --- the state directory is lost, with what tells who serves ---
new_pod stray
check "stray: up" up
strays=$(ip netns pids "$pod")
check "stray: two processes" test "$(wc -w <<<"$strays")" -eq 2
rm -r "$STATE"
check "stray: up once more" up
check "stray: those of before are gone" are_gone $strays
check "stray: one guardian and its worker are there" test "$(ip netns pids "$pod" | wc -w)" -eq 2
check "stray: all is well" podgraft status --check "${options[@]}"
unseen() { # who is in another PID namespace, as in another container
  ip netns exec "$pod" unshare --pid --fork --kill-child --mount-proc podgraft up --state-dir "$STATE" 2>"$WORK/err" || return 1
  grep -q "somebody listens on 'tap0' who cannot be seen from here" "$WORK/err" || { cat "$WORK/err"; return 1; }
}
rm -r "$STATE"
check "stray: one that cannot be seen is told of" unseen
check "stray: down" podgraft down "${options[@]}"
nobody() { [ -z "$(ip netns pids "$pod")" ]; }
check "stray: ends all of them" wait_for 5 nobody

# --- somebody who may not end it ---
new_pod forbidden
check "forbidden: up" up
guardian=$(status .responder.pid)
chmod 755 "$WORK"
cp "$PODGRAFT_BUILD/podgraft" "$WORK"
forbidden() {
  ip netns exec "$pod" setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set -all --inh-caps -all "$WORK/podgraft" "$@"
}
forbidden_down() {
  local status=0
  forbidden down --state-dir "$STATE" 2>"$WORK/err" || status=$?
  cat "$WORK/err"
  [ "$status" -eq 5 ] && grep -q 'take the lock: .*this needs CAP_NET_ADMIN' "$WORK/err"
}
check "forbidden: down says so" forbidden_down
check "forbidden: and has touched nothing" podgraft status --check "${options[@]}"
check "forbidden: status does not tell what it cannot see" grep -q '^filter  *unknown: only NET_ADMIN may look' \
  <(forbidden status --state-dir "$STATE")
check "forbidden: nor as JSON" test "$(forbidden status --state-dir "$STATE" --json | jq -c '.links.filter_as_recorded')" = null
check "forbidden: who may look is told" status_is '.links.filter_as_recorded'
check "forbidden: down of who may" podgraft down "${options[@]}"

# --- the tap is made anew under its name, while who served the old one cannot end yet ---
new_pod tap
check "tap: up" up
guardian=$(status .responder.pid) worker=$(status .responder.worker)
check "tap: up again leaves it alone" up
check "tap: it is the same" status_is ".responder.pid == $guardian and .responder.worker == $worker"
kill -STOP "$guardian" "$worker"
ip -n "$pod" link del tap0
check "tap: up makes the tap and another responder" up
check "tap: the old one is gone" is_gone "$guardian"
check "tap: and its worker" wait_for 5 is_gone "$worker"
check "tap: the new one lives" podgraft status --check "${options[@]}"
check "tap: the guest's link" guest_begin
client -n -q &
udhcpc=$!
children+=("$udhcpc")
check "tap: the new tap is served" wait "$udhcpc"
kill "$tapclient"
wait "$tapclient" 2>/dev/null

# The worker alone is stuck, or dead, when the tap goes: its successor finds nothing to serve.
worker=$(status .responder.worker) guardian=$(status .responder.pid)
kill -STOP "$worker"
ip -n "$pod" link del tap0
kill -KILL "$worker"
check "tap: a worker that finds it gone ends its guardian" wait_for 5 is_gone "$guardian"
check "tap: down" podgraft down "${options[@]}"

# --- the namespace is removed, without 'down': its sockets must not keep it ---
other_pod() { new_pod other && up; }
check "namespace: another pod" other_pod
other=$pod
new_pod removed
check "namespace: up" up
guardian=$(status .responder.pid) worker=$(status .responder.worker)
no_veth() { ! ip -n "$pod-node" link show veth0; }
switches() { awk '/ctxt_switches/ {n += $2} END {print n}' "/proc/$1/status"; }
is_at_rest() { local before=${slept:-}; slept=$(switches "$1"); [ "$slept" = "$before" ]; }
check "namespace: the other's responder is at rest" wait_for 5 is_at_rest \
  "$(podgraft status --netns "$other" --state-dir "$STATE" --json | jq .responder.pid)"
ip netns del "$pod"
check "namespace: its responder ends" wait_for 5 are_gone "$guardian" "$worker"
check "namespace: nothing is left of its veth pair" wait_for 5 no_veth
check "namespace: the log says why" grep -q "the pod's namespace was removed" "$STATE"/*/responder.log
pod=$other options=(--netns "$other" --state-dir "$STATE")
check "namespace: another pod's responder serves" status_is '.responder.alive and .responder.restarts == 0'
check "namespace: and was not even woken" test "$(switches "$(status .responder.pid)")" = "$slept"
# Unmounted by whatever else, while its file stays.
new_pod unmounted
check "unmounted: up" up
guardian=$(status .responder.pid) worker=$(status .responder.worker)
umount "/run/netns/$pod"
check "unmounted: its responder ends" wait_for 5 are_gone "$guardian" "$worker"
check "unmounted: nothing is left of its veth pair" wait_for 5 no_veth
rm "/run/netns/$pod"
# In a chroot, mounts outside of it wake the guardian, which then looks whether its own is there.
new_pod chroot
mkdir "$WORK/root" "$WORK/outside"
mkfifo "$WORK/never"
# shellcheck disable=SC2016
unshare --mount --propagation slave sh -c 'mount -t tmpfs none "$0/outside" && mount --make-shared "$0/outside" &&
  mkdir "$0/outside/more" && mount --rbind / "$0/root" && touch "$0/mounted" && exec cat "$0/never"' "$WORK" &
place=$!
children+=("$place")
check "chroot: its mounts" wait_for 5 test -e "$WORK/mounted"
in_place() { nsenter --target "$place" --mount --root "$@"; }
check "chroot: up" in_place chroot "$WORK/root" podgraft up "${options[@]}"
guardian=$(status .responder.pid) worker=$(status .responder.worker)
check "chroot: the guardian is at rest" wait_for 5 is_at_rest "$guardian"
check "chroot: something is mounted outside" in_place mount -t tmpfs none "$WORK/outside/more"
is_woken() { [ "$(switches "$guardian")" != "$slept" ]; }
check "chroot: which wakes the guardian" wait_for 5 is_woken
check "chroot: it is at rest again" wait_for 5 is_at_rest "$guardian"
check "chroot: and serves" status_is ".responder.alive and .responder.pid == $guardian and .responder.worker == $worker"
umount "/run/netns/$pod"
check "chroot: it ends with the namespace" wait_for 5 are_gone "$guardian" "$worker"
rm "/run/netns/$pod"
summary
