#!/bin/bash
# Every call of the supervisor that changes something fails, or is its last, with a real guest
# under an embedded libvirt. A failed run has put the pod back; after a killed one down does, or
# another run begins; no QEMU is left.
#
#   test_run_faults.sh [exhaustive]
#
# Without "exhaustive" one trial in 20 is made. The guest is destroyed as soon as it runs: run ends
# with status 8.
. "${srcdir:-.}/tests/lib/lib.sh"
. "${srcdir:-.}/tests/fault/trials.sh"
exhaustive=${1:-}
"$LIB/mkguest" "$GUEST_CACHE" || exit 1

run_is_gone() { ! kill -0 "$run" 2>/dev/null; }
run_has_started() { grep -q 'runs as process' "$WORK/said"; }
started_or_gone() { run_has_started || run_is_gone; }

# faulty_run FAULTS: its exit status in $status, its calls in $WORK/calls
faulty_run() {
  rm -f "$WORK/calls"
  : >"$WORK/said"
  FAULTS=$1 FAULT_LOG=$WORK/calls LD_PRELOAD="$sanitizers$SHIM" podgraft run "${options[@]:0:4}" \
    "${options[@]:6}" --domain "$WORK/domain.xml" --grace 0 >"$WORK/said" 2>&1 &
  run=$!
  wait_for 90 started_or_gone || echo "it neither starts nor ends"
  kill -TERM "$run" 2>/dev/null
  wait_for 60 run_is_gone || { echo "it does not end"; kill -KILL "$run"; }
  status=0
  wait "$run" 2>/dev/null || status=$?
  cat "$WORK/said"
}
destroyed() { [ "$status" -eq 8 ] || { echo "exit status $status, not 8"; return 1; }; }
recovered_by_run() { faulty_run '' && destroyed && restored; }

run_failed() { # K
  case $status in
  1) restored ;;
  4) is_recorded && recovered_by_down ;;
  8) go_on_without "$1" && as_before && down && restored ;;
  *) echo "exit status $status"; return 1 ;;
  esac
}
trial_run_fails() { faulty_run "$1:fail:$EIO"; run_failed "$1"; }
trial_run_killed() { # K HOW RECOVERY
  faulty_run "$1:$2"
  if is_in_child "$1"; then run_failed "$1"; else killed; fi && "recovered_by_$3"
}
section_run() {
  local k how then
  domain_xml vm >"$WORK/domain.xml"
  check "$shape: run without a fault" recovered_by_run
  count_calls
  cp "$WORK/calls" "$WORK/points"
  check "$shape: its calls are counted" test ${#calls[@]} -gt 100
  for ((k = 1; k <= ${#calls[@]}; k++)); do
    mine $k || continue
    name_call $k
    try "run: $name fails" trial_run_fails $k
    for how in kill-before kill-after; do
      [[ $how$name != kill-after*exec* ]] || continue
      for then in down run; do
        try "run: $how $name, then $then" trial_run_killed $k $how $then
      done
    done
  done
}

[ -n "$exhaustive" ] || one_in=$((one_in * 20))
job flannel run 4 "$one_in"
run_jobs
list_points flannel run
sum_up flannel run
summary
