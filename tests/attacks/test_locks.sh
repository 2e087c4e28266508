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
fails() { ! "$@"; }
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

# --- the lease file, and its lock ---

# A copy, as an installed one: a user of the node can run it.
cp "$PODGRAFT_BUILD/podgraft" "$WORK" && chmod 0711 "$WORK"
nobody_sees() { (as_nobody "$WORK/podgraft" status --check live --state-dir "$STATE"); }
lease() { echo "$STATE"/netns-*/eth0.lease; }
mode_of() { stat -c %a "$1"; }
is_refused() { (as_nobody /usr/bin/env -i /usr/bin/timeout 20 /usr/bin/python3 - read "$1" <"$SQUATTER") 2>&1 | grep PermissionError; }
guardian() { podgraft status "${options[@]:0:4}" --json | jq .responder.pid; }
killed_responder() {
  kill -KILL "$(guardian)"
  wait_for 5 serves_not
}
serves_not() { ! serves; }

new_pod lease
check "lease: up" podgraft_soon up
check "lease: the lock is its owner's alone" test "$(mode_of "$(lease).lock")" = 600
check "lease: no other user can hold the lock" is_refused "$(lease).lock"
check "lease: another user sees that a responder serves" nobody_sees
check "lease: the responder ends" killed_responder
check "lease: another user sees that none does" fails nobody_sees
check "lease: another user reads the lease file, and locks it" squat nobody read "$(lease)"
check "lease: that one serves not" serves_not
check "lease: up starts a responder" podgraft_soon up
check "lease: which serves" serves
check "lease: and ends" killed_responder
check "lease: a process of root's holds a read lock on the lock" squat root read "$(lease).lock"
check "lease: that one serves not" serves_not
check "lease: down ends nothing of it" podgraft_soon down
check "lease: it is down" stands_not
check "lease: the reader lives" kill -0 "$squatter"
end_squatters

# The lock of an older version's, which another user has open.
check "older: up" podgraft_soon up
check "older: the responder ends" killed_responder
check "older: a lock that others may open" chmod 0644 "$(lease).lock"
check "older: nobody serves" serves_not
check "older: up" podgraft_soon up
check "older: the lock is its owner's alone again" test "$(mode_of "$(lease).lock")" = 600
check "older: it serves" serves
check "older: down" podgraft_soon down

# --- QEMU's pid file, in a directory of the user that QEMU runs as ---

# has_guest: the pod's record names a guest, which runs as nobody, as a killed run leaves it
has_guest() {
  local record root
  record=$(echo "$STATE"/netns-*/eth0.json) root=${record%/*}/libvirt
  jq '. + {domain: "vm", run_uid: 65534, run_gid: 65534}' "$record" >"$WORK/record" && cp "$WORK/record" "$record" &&
    install -d -o 65534 -g 65534 "$root" "$root/run" "$root/run/qemu" && pid_file=$root/run/qemu/vm.pid &&
    setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "echo ${1:-1} >'$pid_file'" && chmod 0711 "$STATE" "${record%/*}"
}
innocent() { # USER ARGV...: a process that has nothing to do with the guest
  setpriv --reuid "$1" --regid "$1" --clear-groups bash -c 'exec -a "$0" tail -f /dev/null -- "$@"' "${@:2}" 2>/dev/null &
  innocent=$!
  children+=("$innocent")
}
lives() { kill -0 "$1"; }

new_pod guest
check "pid file: up" podgraft_soon up
innocent 65534 sleep
check "pid file: that names an innocent process" has_guest "$innocent"
check "pid file: locked for reading by another user's process" squat nobody read "$pid_file"
reader=$squatter
check "pid file: down" podgraft_soon down
check "pid file: it is down" stands_not
check "pid file: the innocent process lives" lives "$innocent"
check "pid file: so does the reader" lives "$reader"

check "taken over: up" podgraft_soon up
check "taken over: a guest" has_guest "$innocent"
check "taken over: QEMU has another name by now" squat nobody write "$pid_file"
check "taken over: down" podgraft_soon down
check "taken over: it was ended" wait_for 5 is_gone "$squatter"
check "taken over: the innocent process lives" lives "$innocent"

check "no process: up" podgraft_soon up
check "no process: a guest" has_guest
check "no process: a lock that is of no process" squat nobody ofd "$pid_file"
check "no process: down" podgraft_soon down
check "no process: it is down" stands_not
kill "$squatter"

check "not a file: up" podgraft_soon up
check "not a file: a guest" has_guest
check "not a file: its pid file is a pipe" sh -c "rm '$pid_file' && mkfifo -m 0666 '$pid_file'"
check "not a file: down" podgraft_soon down

# A file that a process of the same user has locked, in place of the pid file.
check "link: up" podgraft_soon up
check "link: a guest" has_guest
install -o 65534 -g 65534 /dev/null "$STATE/locked"
check "link: another file" squat nobody write "$STATE/locked"
check "link: in place of the pid file" ln -sf "$STATE/locked" "$pid_file"
check "link: down" podgraft_soon down
check "link: who has the other file lives" lives "$squatter"
check "hard link: up" podgraft_soon up
check "hard link: a guest" has_guest
check "hard link: in place of the pid file" ln -f "$STATE/locked" "$pid_file"
check "hard link: down" podgraft_soon down
check "hard link: who has the other file lives" lives "$squatter"
kill "$squatter"
rm "$STATE/locked"

# A process that works for another guest, in a directory whose name is longer.
check "other guest: up" podgraft_soon up
check "other guest: a guest" has_guest
innocent 65534 qemu-other "/elsewhere${pid_file%/run/qemu/vm.pid}/disk"
is_other() { tr '\0' ' ' <"/proc/$innocent/cmdline" | grep -q '^qemu-other'; }
check "other guest: a process of the same user works for another guest" wait_for 5 is_other
check "other guest: down" podgraft_soon down
check "other guest: that one lives" lives "$innocent"

summary
