#!/bin/bash
# The responder's sandbox seen from outside, in the three settings it has to work in: full root, a
# container with NET_ADMIN and NET_RAW on a read-only root, and 'serve' with NET_RAW only.
. "${srcdir:-.}/tests/lib/lib.sh"

new_pod() { # NAME
  pod_veth "$1"
  pod=$POD_PREFIX-$1
  ip -n "$pod" addr add 10.244.1.7/24 dev eth0
  ip -n "$pod" route add default via 10.244.1.1
}
here() { ip netns exec "$pod" podgraft "$@" --state-dir "$STATE"; }
responder() { here status --json | jq -r ".responder.$1"; }

# contained CAPABILITIES COMMAND...: as in a container that has these, with a read-only root and no
# way into a user namespace (as under most containers' seccomp profiles; here for being in a chroot)
contained() {
  local caps=$1
  shift
  ip netns exec "$pod" unshare --mount --propagation slave bash -c '
    set -e
    root=$1 work=$2 caps=$3
    shift 3
    mount --bind "$work" "$work"
    mount --rbind / "$root"
    mount -o remount,bind,ro "$root"
    exec chroot "$root" setpriv --bounding-set "-all,$caps" --inh-caps "-all,$caps" "$@"' \
    contained "$WORK/root" "$WORK" "$caps" "$@"
}
mkdir "$WORK/root"
told() { "$@" 2>"$WORK/err"; }

status_is() { # PROCESS FIELD PATTERN
  grep -qE "^$2:[[:space:]]*$3\$" "/proc/$1/status" || { cat "/proc/$1/status"; return 1; }
}
limit_is() { # PROCESS NAME VALUE
  grep -qE "^Max $2 +$3 +$3 " "/proc/$1/limits" || { cat "/proc/$1/limits"; return 1; }
}
unreadable() { ! setpriv --bounding-set -all --inh-caps -all cat "/proc/$1/maps"; }
# What is the same in every setting.
given_up() { # WHAT PROCESS
  local set what=$1 pid=$2
  for set in CapInh CapPrm CapEff CapAmb; do
    check "$what: no capability in $set" status_is "$pid" $set 0000000000000000
  done
  check "$what: no new privileges" status_is "$pid" NoNewPrivs 1
  check "$what: one thread" status_is "$pid" Threads 1
  [ -n "$sanitized" ] || check "$what: system calls are filtered" status_is "$pid" Seccomp 2
  check "$what: no core dumps" limit_is "$pid" "core file size" 0
  check "$what: no locked memory" limit_is "$pid" "locked memory" 0
  check "$what: its memory is not even its own user's to see" unreadable "$pid"
}
only_open() { # PROCESS PATTERN: nothing else is open
  local fd
  for fd in "/proc/$1/fd/"*; do readlink "$fd"; done | grep -vE "$2" && return 1 || return 0
}
is_empty() { [ -z "$(ls -A "/proc/$1/root/")" ] && [ ! -e "/proc/$1/root/etc" ]; }
other_namespace() { [ "$(readlink "/proc/$1/ns/$2")" != "$(readlink "/proc/self/ns/$2")" ]; }
part() { here status --json | jq -e ".responder.$1.$2 == $3" >/dev/null; }
serves() { # a real client's exchange over the real tap
  local mac tapclient status=0
  mac=$(here status --json | jq -r .identity.mac)
  ip netns add "$pod-guest"
  rm -f "$WORK/tapclient" "$WORK/result"
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$pod-guest" eth0 "$mac" >"$WORK/tapclient" &
  tapclient=$!
  children+=("$tapclient")
  wait_for 5 grep -q ready "$WORK/tapclient"
  CLIENT_RESULT=$WORK/result ip netns exec "$pod-guest" \
    busybox udhcpc -i eth0 -f -q -n -t 20 -T 1 -s "$LIB/client-script" || status=$?
  kill "$tapclient"
  wait "$tapclient" 2>/dev/null
  ip netns del "$pod-guest"
  [ "$status" -eq 0 ] && grep -qx 'address 10.244.1.7/24' "$WORK/result"
}

# Sanitizers need other system calls and memory; the rest of the sandbox is the same with them.
sanitized=
! grep -aq __asan_init "$PODGRAFT_BUILD/podgraft-dhcpd" || sanitized=yes
warned() { # FILE PART...: exactly these are missing
  local file=$1
  shift
  [ -z "$sanitized" ] || set -- "$@" system_call_filter
  local want
  want=$(printf '%s, ' "$@")
  if [ $# -eq 0 ]; then ! grep 'sandbox lacks' "$file"; else
    grep -q "sandbox lacks: ${want%, }\$" "$file" || { cat "$file"; return 1; }
  fi
}

# --- full root: every part ---
new_pod root
check "root: up" told here up
here status >"$WORK/status"
guardian=$(responder pid) worker=$(responder worker)
check "root: a guardian and its worker" test "$guardian" -ne "$worker"
for pid in $guardian $worker; do
  what="root: $([ "$pid" = "$guardian" ] && echo guardian || echo worker)"
  given_up "$what" "$pid"
  check "$what: the bounding set is empty" status_is "$pid" CapBnd 0000000000000000
  check "$what: the root is empty" is_empty "$pid"
  for ns in mnt ipc uts pid; do check "$what: the $ns namespace is its own" other_namespace "$pid" $ns; done
  check "$what: the user namespace is not" test "$(readlink /proc/$pid/ns/user)" = "$(readlink /proc/self/ns/user)"
done
check "root: the worker opens nothing" limit_is "$worker" "open files" 0
check "root: the worker forks nothing" limit_is "$worker" processes 0
check "root: the log is all it may write to a disk" limit_is "$worker" "file size" 262144
[ -n "$sanitized" ] || check "root: the memory it has is all it gets" limit_is "$worker" "data size" 0
# The pipe: by which it would tell its guardian that one of several taps is gone.
check "root: the worker holds sockets, its loop, its log and a pipe only" only_open "$worker" \
  '^socket:|/null$|^anon_inode:\[?(eventpoll|timerfd)|/responder\.log$|^pipe:'
pipes() { readlink /proc/"$1"/fd/* | grep -c '^pipe:'; }
check "root: one pipe" test "$(pipes "$worker")" -eq 1
every_part() { here status --json | jq -e --argjson sanitized "$([ -n "$sanitized" ] && echo 1 || echo 0)" '
  (.responder.sandbox, .responder.guardian_sandbox) |
  length == 11 and ([to_entries[] | select(.value | not) | .key] - ["system_call_filter"][:$sanitized] == [])' >/dev/null; }
check "root: status has every part, of both" every_part
[ -n "$sanitized" ] || check "root: the text says that it is whole" grep -q '^sandbox .*whole, all 11 parts' "$WORK/status"
check "root: no warning" warned "$WORK/err"
check "root: it serves" serves
check "root: down" here down
check "root: nothing is left of either" are_gone "$guardian" "$worker"

# --- a container: NET_ADMIN and NET_RAW, nothing to unshare or mount with ---
new_pod container
check "container: up" told contained +net_admin,+net_raw podgraft up --state-dir "$STATE"
guardian=$(responder pid) worker=$(responder worker)
for pid in $guardian $worker; do
  what="container: $([ "$pid" = "$guardian" ] && echo guardian || echo worker)"
  given_up "$what" "$pid"
done
for name in mount_namespace ipc_namespace uts_namespace pid_namespace empty_root empty_bounding_set; do
  check "container: status knows that $name is missing" part sandbox $name false
done
check "container: Landlock takes the root's place" part sandbox landlock true
check "container: what is missing is warned about" warned "$WORK/err" \
  mount_namespace ipc_namespace uts_namespace pid_namespace empty_root empty_bounding_set
here status >"$WORK/status"
check "container: also by status" grep -q '^warning .*sandbox lacks: mount_namespace' "$WORK/status"
check "container: and in the log" grep -q 'sandbox lacks: mount_namespace' "$STATE"/*/responder.log
check "container: it serves" serves
kill -KILL "$guardian"
check "container: without its guardian the worker ends" wait_for 5 is_gone "$worker"
check "container: up starts both again" contained +net_admin,+net_raw podgraft up --state-dir "$STATE"
check "container: it serves again" serves
check "container: down" contained +net_admin,+net_raw podgraft down --state-dir "$STATE"

# --- a container of the default kind may chroot ---
new_pod chroot
check "chroot: up" told contained +net_admin,+net_raw,+sys_chroot,+setpcap podgraft up --state-dir "$STATE"
worker=$(responder worker)
check "chroot: the root is empty" is_empty "$worker"
check "chroot: the bounding set is empty" status_is "$worker" CapBnd 0000000000000000
check "chroot: what is missing" warned "$WORK/err" mount_namespace ipc_namespace uts_namespace pid_namespace
check "chroot: it serves" serves
check "chroot: down" here down

# --- a user namespace lends what the container lacks, where the machine lets it ---
new_pod user
lent() { ip netns exec "$pod" setpriv --bounding-set -all,+net_admin,+net_raw --inh-caps -all,+net_admin,+net_raw "$@"; }
can_lend=false
! lent unshare -Um true || can_lend=true
check "user: up" lent podgraft up --state-dir "$STATE"
worker=$(responder worker)
given_up "user" "$worker"
for name in mount_namespace ipc_namespace uts_namespace empty_root empty_bounding_set; do
  check "user: $name is had if there is a user namespace" part sandbox $name $can_lend
done
check "user: the root is empty if there is a user namespace" \
  test "$(is_empty "$worker" && echo true || echo false)" = $can_lend
check "user: it serves" serves
check "user: down" lent podgraft down --state-dir "$STATE"

# --- serve: NET_RAW only; whoever started it restarts it ---
new_pod serve
check "serve: up" here up --no-serve
contained +net_raw podgraft serve --state-dir "$STATE" 2>"$WORK/err" &
serve=$!
children+=("$serve")
check "serve: ready" wait_for 5 here wait --for=ready --timeout 1
worker=$(responder worker)
check "serve: no guardian" test "$(responder guarded)" = false
check "serve: one process" test "$worker" = "$(responder pid)"
given_up "serve" "$worker"
check "serve: it opens nothing" limit_is "$worker" "open files" 0
check "serve: it forks nothing" limit_is "$worker" processes 0
check "serve: what is missing is warned about" warned "$WORK/err" \
  mount_namespace ipc_namespace uts_namespace pid_namespace empty_root empty_bounding_set
check "serve: it serves" serves
kill -TERM "$worker"
wait "$serve"
check "serve: SIGTERM ends it well" test $? -eq 0

# Its log is a pipe that is full; it has warnings to write before it is ready.
mkfifo "$WORK/pipe"
exec {pipe}<>"$WORK/pipe"
! dd if=/dev/zero of="$WORK/pipe" bs=4096 count=1000 oflag=nonblock 2>/dev/null
contained +net_raw podgraft serve --state-dir "$STATE" 2>"$WORK/pipe" &
serve=$!
children+=("$serve")
check "serve: a full log does not stop it" wait_for 5 here wait --for=ready --timeout 1
worker=$(responder worker)
check "serve: it serves" serves
check "serve: nothing of its parent's is left to read" only_open "$worker" \
  '^socket:|/null$|^anon_inode:\[?(eventpoll|timerfd|signalfd)|^pipe:|/pipe$|/eth0\.lease\.lock$'
! dd if="$WORK/pipe" of=/dev/null bs=4096 iflag=nonblock 2>/dev/null # room for whatever waits
kill -KILL "$worker"
wait "$serve" 2>/dev/null
exec {pipe}>&-
check "serve: down" here down
summary
