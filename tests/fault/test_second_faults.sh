#!/bin/bash
# A pod with one interface that is served gets a second one, or loses it, and every call that changes
# something fails, or is the last thing that happens. The first one's guest is served all the time,
# by whichever responder; one more up or down mends the rest.
#
#   test_second_faults.sh [exhaustive]     FAULT_ONE_IN=N: one trial in N
. "${srcdir:-.}/tests/lib/lib.sh"
. "${srcdir:-.}/tests/fault/trials.sh"
[ -n "${1:-}" ] || one_in=$((one_in * 3))
MAC1=aa:bb:cc:00:01:06 ADDRESS1=192.168.7.9

pod_second() {
  pod_flannel
  ip -n "$pod-node" link add veth1 type veth peer name net1 netns "$pod"
  ip -n "$pod-node" link set veth1 up
  in_pod link set net1 address $MAC1 mtu 1400 up
  in_pod addr add $ADDRESS1/24 dev net1
  wait_for 5 up_is net1
  podgraft up "${options[@]}" --interface eth0
}
up_is() { in_pod link show "$1" | grep -q 'state UP'; }
up1() { podgraft up "${options[@]}" --interface net1 || { echo "up: exit status $?"; return 1; }; }
down1() { podgraft down "${options[@]:0:6}" --interface net1 || { echo "down: exit status $?"; return 1; }; }
faulty_up1() { faulty "$1" up "${options[@]}" --interface net1; }
faulty_down1() { faulty "$1" down "${options[@]:0:6}" --interface net1; }

leases() { # TAP MAC ADDRESS
  local got
  got=$("$LEASE" "$pod" "$1" "$2") || { echo "'$1' has no lease"; return 1; }
  [ "$got" = "$3" ] || { echo "the lease of '$1' is of $got"; return 1; }
}
first_serves() { leases tap0 $MAC $ADDRESS; }
is_pair() { # one guardian and one worker; who was ended, or found no podgraft to go on with, goes
  local process n=0
  for process in $(ip netns pids "$pod"); do
    ! grep -q '^State:.Z' "/proc/$process/status" 2>/dev/null || continue
    n=$((n + 1))
  done
  [ "$n" -eq 2 ]
}
one_pair() { wait_for 12 is_pair || { ip netns pids "$pod" | xargs -r ps -o pid,args -p; return 1; }; }
is_well() { podgraft status --check "${options[@]:0:6}" --interface "$1" || { echo "$1: status --check: $?"; return 1; }; }
links() { in_pod -br link | awk '{sub("@.*", "", $1); print $1}' | sort | xargs; }
second_is_bare() {
  [ "$(links)" = "eth0 eth0-nic k6t-eth0 lo net1 tap0" ] &&
    in_pod -j addr show net1 | jq -e --arg mac $MAC1 --arg address $ADDRESS1 '.[0] |
      .address == $mac and .mtu == 1400 and ([.addr_info[] | select(.family == "inet").local] == [$address])' >/dev/null
}
has_first_only() {
  first_serves && is_well eth0 && one_pair || return 1
  wait_for 3 second_is_bare || { echo "net1 is not as it was:"; in_pod addr; return 1; }
  ! compgen -G "$STATE/*/net1*" || { echo "that is left"; return 1; }
}
has_both() { first_serves && leases tap1 $MAC1 $ADDRESS1 && is_well eth0 && is_well net1 && one_pair; }
recovered_by_down() { down1 && has_first_only; }
recovered_by_up() { up1 && has_both && down1 && has_first_only; }
counted() { [ "$status" -eq 0 ] && [ ${#calls[@]} -gt 15 ] || { echo "exit status $status, ${#calls[@]} calls"; return 1; }; }

trial_up_fails() {
  faulty_up1 "$1:fail:$EIO"
  case $status in
  1 | 5) has_first_only ;;
  0) go_on_without "$1" && has_both && down1 && has_first_only ;;
  *) echo "exit status $status"; return 1 ;;
  esac
}
trial_up_killed() { # K HOW RECOVERY
  faulty_up1 "$1:$2"
  if is_in_child "$1"; then trial_up_ended; else killed; fi && first_serves && "recovered_by_$3"
}
trial_up_ended() { [ "$status" -le 1 ] || { echo "exit status $status"; return 1; }; }
section_up() {
  local k how then
  faulty_up1 ''
  count_calls
  cp "$WORK/calls" "$WORK/points"
  check "$shape: up without a fault" counted
  check "$shape: both are served" has_both
  check "$shape: and down" recovered_by_down
  for ((k = 1; k <= ${#calls[@]}; k++)); do
    mine $k || continue
    name_call $k
    try "up: $name fails" trial_up_fails $k
    for how in kill-before kill-after; do
      # A program that was replaced cannot be killed any more.
      [[ $how$name != kill-after*exec* ]] || continue
      for then in down up; do try "up: $how $name, then $then" trial_up_killed $k $how $then; done
    done
  done
}

trial_down_fails() {
  up1 && faulty_down1 "$1:fail:$EIO"
  case $status in
  0) go_on_without "$1" && has_first_only ;;
  1 | 4 | 5) first_serves && recovered_by_down ;;
  *) echo "exit status $status"; return 1 ;;
  esac
}
trial_down_killed() { # K HOW RECOVERY
  up1 && faulty_down1 "$1:$2"
  if is_in_child "$1"; then :; else killed; fi && first_serves && "recovered_by_$3"
}
section_down() {
  local k how then
  up1
  faulty_down1 ''
  count_calls
  cp "$WORK/calls" "$WORK/points"
  check "$shape: down without a fault" counted
  check "$shape: the first is served" has_first_only
  for ((k = 1; k <= ${#calls[@]}; k++)); do
    mine $k || continue
    name_call $k
    try "down: $name fails" trial_down_fails $k
    for how in kill-before kill-after; do
      [[ $how$name != kill-after*exec* ]] || continue
      for then in down up; do try "down: $how $name, then $then" trial_down_killed $k $how $then; done
    done
  done
}

job second up 3 "$one_in"
job second down 3 "$one_in"
run_jobs
list_points second up
for section in up down; do sum_up second $section; done
summary
