#!/bin/bash
# What a process without privileges takes is no lock of podgraft's: names in the pod's network
# namespace, locks on files that it can open, a pid file in a directory of its own.
. "${srcdir:-.}/tests/lib/lib.sh"
SQUATTER=$(cd "$(dirname "$0")" && pwd)/squatter.py
SECONDS_AT_MOST=15 # up and down take milliseconds; one that waits for a squatter waits for 35 s

# as_nobody COMMAND...: in the pod's network namespace; exec'd, so that $! is it
as_nobody() { exec nsenter --net="/run/netns/$pod" setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all "$@"; }
python() { /usr/bin/env -i /usr/bin/python3 - "$@" <"$SQUATTER"; }
is_ready() { grep -qs ready "$1"; }

# squat USER WHAT TARGET: a squatter, whose process is in $squatter
squat() {
  local said=$WORK/squatter.$RANDOM
  if [ "$1" = nobody ]; then
    as_nobody /usr/bin/env -i /usr/bin/python3 - "${@:2}" <"$SQUATTER" >"$said" &
  else
    exec_python "${@:2}" >"$said" &
  fi
  squatter=$!
  children+=("$squatter")
  wait_for 5 is_ready "$said"
}
exec_python() { exec /usr/bin/env -i /usr/bin/python3 - "$@" <"$SQUATTER"; }
new_pod() { # NAME
  pod=$POD_PREFIX-$1
  options=(--netns "$pod" --state-dir "$STATE" --log-level error)
  pod_veth "$1"
  ip -n "$pod" addr add 10.244.1.7/24 dev eth0
  ip -n "$pod" route add default via 10.244.1.1
}
podgraft_soon() { timeout "$SECONDS_AT_MOST" podgraft "$@" "${options[@]}"; }
serves() { podgraft status --check live "${options[@]:0:4}"; }
stands_not() { ! ip -n "$pod" link show tap0 2>/dev/null; }
end_squatters() {
  local pid
  for pid in $(ip netns pids "$pod"); do kill -KILL "$pid"; done
}

# --- names ---

new_pod names
for what in name close backlog dead; do
  for name in podgraft podgraft-run; do
    check "$what $name: squatted" squat nobody $what $name
  done
  check "$what: up" podgraft_soon up
  check "$what: it serves" serves
  check "$what: up again" podgraft_soon up
  check "$what: down" podgraft_soon down
  check "$what: it is down" stands_not
  check "$what: up once more" podgraft_soon up
  check "$what: down --force" podgraft_soon down --force
  check "$what: nothing stands" stands_not
  end_squatters
done

summary
