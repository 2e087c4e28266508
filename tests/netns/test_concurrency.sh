#!/bin/bash
# Several podgrafts at once on one pod: one goes first, the others wait for it. At the end the pod
# is wholly up, and serves, or wholly down; never a mixture.
. "${srcdir:-.}/tests/lib/lib.sh"
. "$LIB/graft.sh"
RACES=${RACES:-64}
shape=flannel
is_stopped() { grep -qs '^State:.T' "/proc/$1/status"; }

# A holder that does not get on is named. Who waits for it waits for longer than the half minute for
# which one that gives an interface to a guest may have the lock.
hook() {
  domain_xml vm | sed "s|</name>|</name><metadata><podgraft:network xmlns:podgraft='urn:podgraft:1' state-dir='$STATE'/></metadata>|" |
    ip netns exec "$pod" podgraft hook vm prepare begin -
}
says_who() { # STATUS FILE
  cat "$2"
  [ "$1" -eq 1 ] && grep -q "another podgraft (process $first) is at work" "$2"
}
stuck() {
  local id=stuck STATE=$WORK/s first hook status=0 began=$SECONDS
  make_pod
  FAULTS=9:stop LD_PRELOAD="$sanitizers$SHIM" podgraft up "${options[@]}" >"$WORK/first.said" 2>&1 &
  first=$!
  check "the first stands still" wait_for 5 is_stopped "$first"
  hook >"$WORK/hook.said" 2>&1 &
  hook=$!
  podgraft down "${options[@]:0:6}" >"$WORK/second.said" 2>&1 || status=$?
  check "the second gives up and says who holds the lock" says_who $status "$WORK/second.said"
  check "after more than half a minute" test $((SECONDS - began)) -gt 30
  status=0
  wait "$hook" || status=$?
  check "libvirt's hook does so before its deadline" says_who $status "$WORK/hook.said"
  kill -CONT "$first"
  check "the first goes on" wait "$first"
  check "it is up" serves
  check "and down" recovered_by_down
}
side stuck

id=race generation=0
make_pod

# at_once COMMAND...: start them together; their exit statuses in $statuses
at_once() {
  local command process processes=() status
  statuses=
  for command in "$@"; do
    "$command" >"$WORK/$command.said" 2>&1 &
    processes+=($!)
  done
  for process in "${processes[@]}"; do
    status=0
    wait "$process" || status=$?
    statuses+=" $status"
  done
}
all_succeeded() { [[ $statuses =~ ^(\ 0)+$ ]] || { echo "exit statuses$statuses"; cat "$WORK"/*.said; return 1; }; }
one_responder() {
  local n
  n=$(podgraft status "${options[@]:0:4}" --json | jq .responder.pid)
  [ "$n" -gt 0 ]
}
up_or_down() {
  if is_recorded; then serves && one_responder; else restored; fi
}
now_up() { is_recorded && up_or_down; }
now_down() { restored; }

race_up_up() { at_once up up && all_succeeded && now_up; }
race_ups() { at_once up up up up && all_succeeded && now_up; }
race_up_down() { at_once up down && all_succeeded && up_or_down; }
race_down_up() { at_once down up && all_succeeded && up_or_down; }
race_down_down() { at_once down down && all_succeeded && now_down; }
race_all() { at_once up down up down && all_succeeded && up_or_down; }

kinds=(up_up down_up up_down down_down ups down_down all up_down)
for ((i = 0; i < RACES; i++)); do
  # What the last race left, up or down, the next one finds.
  check "race $i: ${kinds[i % ${#kinds[@]}]}" "race_${kinds[i % ${#kinds[@]}]}"
done
check "down after the races" recovered_by_down

# Where the other one comes is chosen: up stands still before its call K, down is started, up goes on.
# The queue of the lock, which accepts nobody, is not empty.
waits_for_lock() { [ "$(nsenter --net="/run/netns/$pod" ss -Hxln src '@podgraft' | awk '{print $3}')" -gt 0 ]; }
# Who is not heard yet is asked again and again.
knocks() { [ "$(awk '/^voluntary/ { print $2 }' "/proc/$second/status")" -gt 50 ]; }
interrupted() { # K [HOW-IT-WAITS]
  local first second waited=0
  FAULTS="$1:stop" LD_PRELOAD="$sanitizers$SHIM" podgraft up "${options[@]}" >"$WORK/first.said" 2>&1 &
  first=$!
  wait_for 5 is_stopped $first || return 1
  podgraft down "${options[@]:0:6}" >"$WORK/second.said" 2>&1 &
  second=$!
  wait_for 2 "${2:-waits_for_lock}" || waited=$?
  kill -CONT $first
  wait $first && wait $second || { cat "$WORK"/{first,second}.said; return 1; }
  [ "$waited" -eq 0 ] || { echo "down did not wait"; return 1; }
  now_down
}
faulty_up '' >/dev/null
count_calls
check "up is whole" recovered_by_down
for ((locked = 1; locked < ${#calls[@]}; locked++)); do # listen takes the lock
  [[ ${calls[locked - 1]#* } != listen* ]] || break
done
check "down waits for an up that has bound the lock and does not listen yet" interrupted $locked knocks
for ((k = locked + 1; k <= ${#calls[@]}; k += 9)); do
  is_in_child $k || check "down waits for an up that is at call $k (${calls[k - 1]#* })" interrupted $k
done

check "all sysctls are as they were" are_sysctls_equal
sides_end
summary
