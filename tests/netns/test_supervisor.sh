#!/bin/bash
# podgraft run with a launcher of ours in place of libvirt's: what a guest does at the wrong moment.
# tests/e2e/test_run.sh has real ones.
. "${srcdir:-.}/tests/lib/lib.sh"
. "$LIB/graft.sh"

# It does what LAUNCHER says first, and has the guest shut down when that is asked as often as SHUTDOWN_AT.
mkdir "$WORK/libexec"
ln -s "$PODGRAFT_BUILD"/podgraft-{dhcpd,domain} "$WORK/libexec"
cat >"$WORK/libexec/podgraft-launcher" <<'END'
#!/bin/bash
qemu=0 asked=0
eval "${LAUNCHER:-}"
echo "started $qemu" >&4
while read -r word rest <&5; do
  case $word in
  shutdown)
    asked=$((asked + 1))
    [ $asked -lt "${SHUTDOWN_AT:-1}" ] || { echo "ended shutdown" >&4; exit; } ;;
  destroy) echo "ended destroyed" >&4; exit ;;
  attach) echo "attached ${rest%% *}" >&4 ;;
  detach) echo "detached $rest" >&4 ;;
  esac
done
END
chmod +x "$WORK/libexec/podgraft-launcher"
domain_xml vm >"$WORK/domain.xml"
id=run shape=flannel
make_pod

start() { # [RUN-OPTION...]
  env PODGRAFT_LIBEXECDIR="$WORK/libexec" podgraft run "${options[@]:0:4}" "${options[@]:6}" --interface eth0 \
    --domain "$WORK/domain.xml" "$@" >"$WORK/run.log" 2>&1 &
  run=$!
  children+=("$run")
}
runs() { wait_for 20 grep -q "runs as process" "$WORK/run.log" || { cat "$WORK/run.log"; return 1; }; }
ends_with() { local status=0; wait "$run" || status=$?; [ "$status" -eq "$1" ] || { echo "exit status $status, not $1"; cat "$WORK/run.log"; return 1; }; }
says() { grep -qF -- "$1" "$WORK/said" || { cat "$WORK/said"; return 1; }; }

# --- a guest that boots does not hear that it is to shut down ---

SHUTDOWN_AT=2 start --grace 60
check "deaf: it runs" runs
kill -TERM "$run"
check "deaf: is asked again, and shuts down" ends_with 0
check "deaf: the pod is as it was" restored

# --- up and down, called while a run begins: it has the lock, and has not said that it lives ---

is_stopped() { grep -qs '^State:.T' "/proc/$1/status"; }
waits_for_lock() { [ "$(nsenter --net="/run/netns/$pod" ss -Hxln src '@podgraft' | awk '{print $3}')" -gt 0 ]; }
FAULT_LOG=$WORK/calls LD_PRELOAD="$sanitizers$SHIM" start
check "begins: it runs" runs
kill -TERM "$run"
check "begins: and ends" ends_with 0
count_calls
marked=$(grep -n ' bind AF_UNIX$' "$WORK/calls" | sed -n 2p | cut -d: -f1) # the lock is the first
check "begins: its mark is a call of its own" test -n "$marked"

# meanwhile STATUS COMMAND...: called when a run begins, done when that has a guest
meanwhile() {
  local status=0 other want=$1
  shift
  FAULTS=$marked:stop LD_PRELOAD="$sanitizers$SHIM" start
  wait_for 5 is_stopped "$run" || return 1
  "$@" >"$WORK/said" 2>&1 &
  other=$!
  wait_for 5 waits_for_lock || return 1
  kill -CONT "$run"
  runs || return 1
  wait "$other" || status=$?
  [ "$status" -eq "$want" ] || { echo "exit status $status, not $want"; cat "$WORK/said"; return 1; }
}
check "begins: down is refused" meanwhile 1 podgraft down "${options[@]:0:6}"
check "begins: for the run" says "'podgraft run' lives in this network namespace"
check "begins: the guest is served" serves
kill -TERM "$run"
check "begins: it shuts down" ends_with 0
check "begins: the pod is as it was" restored
ip -n "$pod-node" link add veth1 type veth peer name net1 netns "$pod"
ip -n "$pod-node" link set veth1 up
in_pod link set net1 up
in_pod addr add 10.244.2.7/24 dev net1
before=$(dump)
check "begins: up of another interface" meanwhile 0 podgraft up "${options[@]}" --interface net1
check "begins: gives it to the guest" grep -q "the guest has 'net1'" "$WORK/run.log"
check "begins: the run's responder serves it" sh -c "podgraft status ${options[*]:0:6} --interface net1 --json | jq -e '.responder.alive and (.responder.guarded | not)'"
kill -TERM "$run"
check "begins: it shuts down" ends_with 0
check "begins: nobody is left" wait_for 3 nobody_left
check "begins: nothing is kept" nothing_kept

# --- the guest loses its last interface ---

start
check "bare: it runs" runs
check "bare: down" podgraft down "${options[@]:0:6}" --interface eth0
kill -TERM "$run"
check "bare: it shuts down" ends_with 0
check "bare: nobody is left" wait_for 3 nobody_left
check "bare: nothing is kept" nothing_kept

# --- a guest that ends before it is known who it was ---

mkfifo "$WORK/orphaned" # its parent is gone, it is for run to reap
LAUNCHER='qemu=$(sh -c "read -r go <$ORPHANED; exit 3" <&- >&- & echo $!)
echo go >"$ORPHANED"
while [ -e "/proc/$qemu" ]; do read -r -t 0.05 <&5; done # until run has reaped it
echo "started $qemu" >&4; echo "ended failed" >&4; exit' ORPHANED=$WORK/orphaned start
check "early: its exit status tells that it crashed" ends_with 6
summary
