#!/bin/bash
# Every call of up and down that changes something fails once, or is the last thing that happens:
# the shim sees to that. Whatever it was, one more up or down must mend it.
#
#   test_faults.sh [exhaustive]
#
# One trial is one check. Without "exhaustive" every call is tried on three shapes, and faults in
# pairs are sampled. FAULT_ONE_IN=N: of all that, one trial in N.
. "${srcdir:-.}/tests/lib/lib.sh"
. "${srcdir:-.}/tests/fault/trials.sh"
exhaustive=${1:-} other_codes=
# EINTR EAGAIN ENOMEM EBUSY EEXIST ENODEV ENOSPC EOPNOTSUPP: some have a meaning of their own
[ -z "$exhaustive" ] || other_codes="4 11 12 16 17 19 28 95"

# up_failed K ERRNO: whether the exit status is right and true
up_failed() {
  local right=1
  case $2 in
  "$EPERM") ! is_privilege "$1" || right=5 ;;
  "$ENODEV") ! is_missing_device "$1" || right=5 ;;
  esac
  case $status in
  "$right") restored ;;
  0) go_on_without "$1" && serves && down && restored ;;
  *) echo "exit status $status, not $right"; return 1 ;;
  esac
}
# where more than one call failed: nothing was changed, or a later down can finish it
undo_failed() {
  case $status in
  0) serves ;;
  1) as_before ;;
  4) is_recorded ;;
  *) echo "exit status $status"; return 1 ;;
  esac
}
down_failed() { # K
  case $status in
  0) go_on_without "$1" && as_before ;;
  1 | 5) serves && is_recorded || { echo "exit status $status, but the graft does not stand"; return 1; } ;;
  4) is_recorded || { echo "exit status 4 without a record"; return 1; } ;;
  *) echo "exit status $status"; return 1 ;;
  esac
}

# --- trials ---

# begin_faulty up|down FAULTS: that command under the shim, from the state it changes
begin_faulty() {
  [ "$1" = up ] || up || return 1
  "faulty_$1" "$2"
}

# faultless up|down: its calls, where nothing happens to them
counted() { [ "$status" -eq 0 ] && [ ${#calls[@]} -gt 15 ] || { echo "exit status $status, ${#calls[@]} calls"; return 1; }; }
faultless() {
  begin_faulty "$1" ''
  count_calls
  check "$shape: $1 without a fault" counted
}

trial_up_fails() { faulty_up "$1:fail:$2" && up_failed "$1" "$2"; }
trial_up_fails_on() { faulty_up "$1+:fail:$EIO" && undo_failed && recovered_by_down; }
trial_up_killed() { # K HOW RECOVERY
  faulty_up "$1:$2" || return 1
  if is_in_child "$1"; then up_failed "$1" 0; else killed; fi && "recovered_by_$3"
}
section_up() {
  local k how then code
  faultless up && cp "$WORK/calls" "$WORK/points"
  check "$shape: and down" recovered_by_down
  for ((k = 1; k <= ${#calls[@]}; k++)); do
    mine $k || continue
    name_call $k
    try "up: $name fails" trial_up_fails $k $EIO
    try "up: $name fails, and all after it" trial_up_fails_on $k
    # Anybody may make a socket of these.
    [[ $shape != flannel || $name == *AF_NETLINK* || $name == *AF_UNIX* ]] ||
      try "up: $name is not permitted" trial_up_fails $k $EPERM
    for code in $other_codes; do try "up: $name fails with $code" trial_up_fails $k $code; done
    for how in kill-before kill-after; do
      # A program that was replaced cannot be killed any more.
      [[ $how$name != kill-after*exec* ]] || continue
      for then in down up; do
        try "up: $how $name, then $then" trial_up_killed $k $how $then
      done
    done
  done
}

trial_down_fails() { up && faulty_down "$1:fail:$2" && down_failed "${1%+}" && "recovered_by_$3"; }
trial_down_killed() { # K HOW RECOVERY
  up && faulty_down "$1:$2" || return 1
  if is_in_child "$1"; then down_failed "$1"; else killed; fi && "recovered_by_$3"
}
section_down() {
  local k how then code
  faultless down && cp "$WORK/calls" "$WORK/points"
  check "$shape: it is as it was" restored
  for ((k = 1; k <= ${#calls[@]}; k++)); do
    mine $k || continue
    name_call $k
    for then in down up; do
      try "down: $name fails, then $then" trial_down_fails $k $EIO $then
      try "down: $name fails, and all after it, then $then" trial_down_fails "$k+" $EIO $then
      for code in $other_codes; do
        try "down: $name fails with $code, then $then" trial_down_fails $k $code $then
      done
      for how in kill-before kill-after; do
        try "down: $how $name, then $then" trial_down_killed $k $how $then
      done
    done
  done
}

# Up fails at call K, and putting it back fails, or is killed, at call J.
trial_undo_fails() { faulty_up "$1:fail:$EIO,$2:fail:$EIO" && undo_failed && recovered_by_down; }
trial_undo_killed() { # K J RECOVERY
  faulty_up "$1:fail:$EIO,$2:kill-before" || return 1
  if is_in_child "$2"; then undo_failed; else killed; fi && "recovered_by_$3"
}
section_undo() {
  local k j n then
  faultless up && n=${#calls[@]}
  check "$shape: and down" recovered_by_down
  for ((k = 1; k <= n; k++)); do
    mine $k || continue
    faulty_up "$k:fail:$EIO" >/dev/null
    count_calls
    up_failed $k $EIO >/dev/null 2>&1 || fresh_pod
    for ((j = k + 1; j <= ${#calls[@]}; j++)); do
      name_call $j
      try "up fails at $k, undo at $name" trial_undo_fails $k $j
      for then in down up; do
        try "up fails at $k, undo is killed at $name, then $then" trial_undo_killed $k $j $then
      done
    done
  done
}

# Killed at call K, and what was to mend it killed at call J.
trial_again() { # FIRST K RECOVERY J THEN
  begin_faulty "$1" "$2:kill-before" && killed && "faulty_$3" "$4:kill-before" || return 1
  is_in_child "$4" || killed && "recovered_by_$5"
}
section_again() {
  local first k n recovery j then
  for first in up down; do
    faultless $first && n=${#calls[@]}
    check "$shape: and down" recovered_by_down
    for ((k = 1; k <= n; k++)); do
      mine $k || continue
      for recovery in up down; do
        begin_faulty $first "$k:kill-before" >/dev/null
        [ "$status" -eq 137 ] || continue # a child's
        "faulty_$recovery" '' >/dev/null
        count_calls
        recovered_by_down >/dev/null 2>&1 || fresh_pod
        for ((j = 1; j <= ${#calls[@]}; j++)); do
          name_call $j
          for then in down up; do
            try "$first is killed at $k, $recovery at $name, then $then" trial_again $first $k $recovery $j $then
          done
        done
      done
    done
  done
}

# Killed at call K, and what was kept of it is lost: the record, the whole state directory, or with
# that all processes, as when a container starts again.
lose() {
  local process
  case $1 in
  record) rm -f "$STATE"/*/*.json ;;
  directory) rm -rf "${STATE:?}"/* ;;
  container)
    rm -rf "${STATE:?}"/*
    # A worker ends with its guardian, before it is its turn.
    for process in $(ip netns pids "$pod"); do kill -KILL "$process" 2>/dev/null || is_gone "$process"; done
    ;;
  esac
}
forced_down() { podgraft down --force "${options[@]:0:6}" || { echo "down --force: exit status $?"; return 1; }; }
recovered_by_force() { forced_down && restored; }
trial_lost() { # FIRST K WHAT RECOVERY
  begin_faulty "$1" "$2:kill-before" || return 1
  is_in_child "$2" || killed && lose "$3" && "recovered_by_$4"
}
section_lost() {
  local first k what then
  for first in up down; do
    faultless $first
    check "$shape: and down" recovered_by_down
    for ((k = 1; k <= ${#calls[@]}; k++)); do
      mine $k || continue
      name_call $k
      for what in record directory container; do
        for then in up force; do
          try "$first is killed at $name, its $what is lost, then $then" trial_lost $first $k $what $then
        done
      done
    done
  done
}

SHAPES="flannel calico dual"
# Of faults in pairs: one in 30.
pairs=1 of=1 lost=1
[ -n "$exhaustive" ] || pairs=5 of=6 lost=5
for s in $SHAPES; do
  job $s up 3 "$one_in"
  job $s down 3 "$one_in"
  job $s undo 3 $((one_in * pairs)) $of
done
job flannel again 4 $((one_in * pairs)) $of
job flannel lost 3 $((one_in * lost))
run_jobs
list_points flannel up
list_points flannel down
for s in $SHAPES; do
  for section in up down undo; do sum_up $s $section; done
done
sum_up flannel again
sum_up flannel lost
summary
