#!/bin/bash
# podgraft run with a real guest: embedded libvirt, a real libvirtd, PID 1; every way it can end.
. "${srcdir:-.}/tests/lib/lib.sh"
. "$LIB/libvirtd.sh"
"$LIB/mkguest" "$GUEST_CACHE" || exit 1
export PODGRAFT_GRACE=120 # under emulation, on a busy machine
printf 'nameserver 10.96.0.10\nsearch default.svc.cluster.local\n' >"$WORK/resolv.conf"

guest_says() { tr -d '\r' <"$WORK/$1.console" | grep -qE -- "GUEST $2" || { cat "$WORK/$1.console"; return 1; }; }
no_process() { [ -z "$(ip netns pids "$pod")" ]; }
nobody_left() { wait_for 5 no_process || { ip netns pids "$pod" | xargs -r ps -o pid,args -p; return 1; }; }
as_before() { dump_pod "$pod" >"$WORK/after"; diff "$WORK/before" "$WORK/after"; }
nothing_kept() { [ -z "$(ls -A "$STATE" 2>/dev/null)" ] || { find "$STATE"; return 1; }; }

# begin NAME: a fresh pod
begin() {
  name=$1
  pod=$POD_PREFIX-$1 node=$POD_PREFIX-$1-node
  pod_cni "$1"
  options=(--netns "$pod" --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf" --hostname vm)
  dump_pod "$pod" >"$WORK/before"
}

# start [KERNEL-ARGUMENT...] [-- RUN-OPTION...]: podgraft run in the background, as $run
start() {
  local kernel=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do kernel+=("$1"); shift; done
  shift
  domain_xml "$name" "${kernel[@]}" >"$WORK/$name.xml"
  podgraft run "${options[@]}" --domain "$WORK/$name.xml" "$@" >"$WORK/run.log" 2>&1 &
  run=$!
  children+=("$run")
}
ready() { wait_for 60 console_has "$name" "GUEST: ready" || { cat "$WORK/run.log" "$WORK/$name.console"; return 1; }; }
ends_with() { local status=0; wait "$run" || status=$?; [ "$status" -eq "$1" ] || { echo "exit status $status, not $1"; cat "$WORK/run.log"; return 1; }; }
all_is_well() {
  check "$name: no process is left in the pod" nobody_left
  check "$name: the network is as it was" as_before
  check "$name: no record is left" nothing_kept
  ip netns del "$pod"; ip netns del "$node"; rm -rf "$WORK/cni"
}
qemu_pid() { sed -n 's/.*runs as process \([0-9]*\)$/\1/p' "$WORK/run.log"; }

begin identity
mac=$(ip -n "$pod" -j link show eth0 | jq -r '.[0].address')
start podgraft.ping=10.244.1.1 --
check "$name: wait --for=lease" podgraft wait "${options[@]:0:4}" --for=lease --timeout 600
check "$name: the guest is ready" ready
for line in "address: 10.244.1.7/24" "mac: $mac" "mtu: 1450" "route: default via 10.244.1.1" \
  "route: 10.96.0.0/12 via 10.244.1.1" "resolv.conf: nameserver 10.96.0.10" \
  "resolv.conf: search default.svc.cluster.local" "hostname: vm" "discovers: [1-5]$" \
  "duplicates: 0" "ping 10.244.1.1: answered"; do
  check "$name: guest $line" guest_says "$name" "$line"
done
check "$name: ping from outside" ip netns exec "$node" ping -c 2 -i 0.2 -W 20 10.244.1.7
podgraft status "${options[@]:0:4}" --json >"$WORK/status"
check "$name: status has the lease" jq -e '.lease.state == "bound" and .lease.address == "10.244.1.7" and .responder.pid > 0 and (.responder.guarded | not) and .identity.mtu_bytes == 1450 and (.links.drift | length) == 0' "$WORK/status"
kill -TERM "$run"
check "$name: SIGTERM shuts it down" ends_with 0
all_is_well

begin vmi # what KubeVirt's VirtualMachineInstance asks for
cat >"$WORK/vmi.json" <<'END'
{"kind": "VirtualMachineInstance", "metadata": {"name": "vm1", "namespace": "default"},
 "spec": {"hostname": "web", "subdomain": "sub",
  "domain": {"devices": {"interfaces": [{"name": "default", "bridge": {}, "macAddress": "02-00-00-00-00-99",
    "pciAddress": "0000:00:06.0", "dhcpOptions": {"ntpServers": ["10.0.0.1"]}}]}},
  "networks": [{"name": "default", "pod": {}}]}}
END
options=("${options[@]:0:6}")
start podgraft.ping=10.244.1.1 -- --vmi "$WORK/vmi.json"
check "$name: the guest is ready" ready
for line in "address: 10.244.1.7/24" "mac: 02:00:00:00:00:99" "hostname: web" \
  "resolv.conf: search sub.default.svc.cluster.local default.svc.cluster.local" "ping 10.244.1.1: answered"; do
  check "$name: guest $line" guest_says "$name" "$line"
done
kill -TERM "$run"
check "$name: SIGTERM shuts it down" ends_with 0
all_is_well

begin poweroff
start podgraft.then=poweroff --
check "$name: the guest's own end" ends_with 0
all_is_well

begin terminal # what somebody at a terminal sees until the guest has its lease
domain_xml "$name" podgraft.then=poweroff >"$WORK/$name.xml"
TERM=xterm script -qec "podgraft run ${options[*]@Q} --domain $WORK/$name.xml" /dev/null </dev/null >"$WORK/run.log" 2>&1 &
run=$!
children+=("$run")
check "$name: the guest's own end" ends_with 0
check "$name: progress" grep -qaP "\r\e\[Kthe guest '$name' starts; waiting for it to take its address \(\d+ s\)" "$WORK/run.log"
check "$name: which ends" sh -c "tail -n 1 '$WORK/run.log' | grep -qa '^podgraft: the pod.s network is as it was'"
all_is_well

begin responder
start --
check "$name: ready" ready
kill -KILL "$(podgraft status "${options[@]:0:4}" --json | jq .responder.pid)"
check "$name: a killed responder is revived" wait_for 10 podgraft status --check "${options[@]:0:4}"
kill -TERM "$run"
check "$name: SIGTERM shuts it down" ends_with 0
all_is_well

begin qemukilled
start --
check "$name: ready" ready
kill -KILL "$(qemu_pid)"
check "$name: exit status says killed" ends_with 7
all_is_well

begin launcherkilled
start --
check "$name: ready" ready
kill -KILL "$(pgrep -P "$run" -f podgraft-launcher)"
check "$name: exit status says failed" ends_with 1
all_is_well

begin early # SIGTERM while it boots, and cannot hear yet that it is to shut down
start -- --grace 240
check "$name: it starts" wait_for 60 grep -q "runs as process" "$WORK/run.log"
kill -TERM "$run"
check "$name: SIGTERM shuts it down" ends_with 0
all_is_well

begin stubborn
start podgraft.then=hang -- --grace 1
check "$name: ready" ready
kill -TERM "$run"
check "$name: destroyed after the grace" ends_with 8
all_is_well

begin impatient # a second SIGTERM does not wait for the grace
start podgraft.then=hang -- --grace 600
check "$name: ready" ready
kill -TERM "$run"
check "$name: the first asks" wait_for 5 grep -q "asking the guest 'impatient' to shut down" "$WORK/run.log"
kill -TERM "$run"
check "$name: the second destroys" ends_with 8
all_is_well

# Killed at moments that differ from run to run: while wiring, while the guest starts, while it runs.
for moment in 0.02 0.1 0.4 0.9 1.5; do
  begin "killed$moment"
  start --
  read -r -t "$moment" -u "$never" || :
  kill -KILL "$run"
  wait "$run" 2>/dev/null
  check "$name: down after SIGKILL" podgraft down "${options[@]:0:4}"
  all_is_well
done

begin again # a killed run's guest makes way for the next
start --
check "$name: ready" ready
kill -KILL "$run"
wait "$run" 2>/dev/null
rm -f "$WORK/$name.console"
start --
check "$name: ready again" ready
kill -TERM "$run"
check "$name: SIGTERM shuts it down" ends_with 0
all_is_well

begin pid1
domain_xml "$name" >"$WORK/$name.xml"
unshare --pid --fork --kill-child --mount-proc podgraft run "${options[@]}" --domain "$WORK/$name.xml" >"$WORK/run.log" 2>&1 &
outer=$!
children+=("$outer")
check "$name: ready" ready
check "$name: it is PID 1" test "$(awk '/^NSpid/ {print $NF}' "/proc/$(pgrep -P "$outer")/status")" = 1
first=$(pgrep -P "$outer")
# Somebody whose parent is gone is its child then, and has nobody else to take note of its end.
nsenter --target "$first" --pid sh -c 'sleep 600 <&- >&- 2>&- &'
is_adopted() { orphan=$(pgrep -P "$first" -x sleep); }
check "$name: an orphan comes to it" wait_for 5 is_adopted
kill -KILL "$orphan"
check "$name: and is reaped" wait_for 5 test ! -e "/proc/$orphan"
kill -TERM "$first"
run=$outer
check "$name: SIGTERM shuts it down" ends_with 0
all_is_well

begin unprivileged # libvirt and QEMU as a user without capabilities; QEMU reads what that user may read
chmod 755 "$WORK"
chmod -R a+rX "$GUEST_CACHE"
touch "$WORK/$name.console" && chmod 666 "$WORK/$name.console"
# As in a container, where everybody may open the device; the machine's own stays as it is.
mknod "$WORK/tun" c 10 200 && chmod 666 "$WORK/tun"
cat >"$WORK/podgraft" <<EOF
#!/bin/sh
exec unshare --mount --propagation slave sh -c 'mount --bind $WORK/tun /dev/net/tun && exec "\$0" "\$@"' "$PODGRAFT_BUILD/podgraft" "\$@"
EOF
chmod 755 "$WORK/podgraft"
PATH=$WORK:$PATH
exec {ready_read}<> <(:)
start -- --run-as 107:107 --ready-fd "$ready_read"
check "$name: ready" ready
ready_said() { local word; read -r -t 60 -u "$ready_read" word && [ "$word" = ready ]; }
check "$name: --ready-fd says so" ready_said
check "$name: the guest has the address" guest_says "$name" "address: 10.244.1.7/24"
for pid in $(qemu_pid) $(pgrep -P "$run" -f podgraft-launcher); do
  check "$name: process $pid is 107's" grep -qx "Uid:	107	107	107	107" "/proc/$pid/status"
  check "$name: without capabilities" grep -qx "CapEff:	0000000000000000" "/proc/$pid/status"
done
kill -KILL "$(pgrep -P "$run" -f podgraft-launcher)"
check "$name: exit status says failed" ends_with 1
PATH=${PATH#*:}
all_is_well

begin attached # wired by one, served by another, run by a third who may do nothing
podgraft up --no-serve --tap-owner 107:107 "${options[@]}" 2>/dev/null
podgraft serve "${options[@]:0:4}" 2>"$WORK/serve.log" &
serve=$!
children+=("$serve")
domain_xml "$name" >"$WORK/$name.xml"
touch "$WORK/$name.console" && chmod 666 "$WORK/$name.console"
ip netns exec "$pod" unshare --mount --propagation slave sh -c 'mount --bind "$0" /dev/net/tun && exec "$@"' "$WORK/tun" \
  setpriv --reuid 107 --regid 107 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs \
  podgraft run --attached --state-dir "$STATE" --libvirt-dir "$WORK/../${WORK##*/}-libvirt" --domain "$WORK/$name.xml" >"$WORK/run.log" 2>&1 &
run=$!
children+=("$run")
check "$name: ready" ready
check "$name: the guest has the address" guest_says "$name" "address: 10.244.1.7/24"
check "$name: nobody in it has a capability" sh -c "! cat /proc/$run/status /proc/$(qemu_pid)/status | grep '^CapEff' | grep -v ':	0000000000000000'"
kill -TERM "$run"
check "$name: SIGTERM shuts it down" ends_with 0
check "$name: the wiring stands" podgraft status --check "${options[@]:0:4}"
kill -TERM "$serve"; wait "$serve" 2>/dev/null
check "$name: down" podgraft down "${options[@]:0:4}"
rm -rf "$WORK-libvirt"
all_is_well

begin elsewhere
domain_xml "$name" >"$WORK/$name.xml"
ip netns add "$pod-other"
check "elsewhere: a libvirtd in another namespace" libvirtd_start "$pod-other"
status=0
in_libvirtd env PATH="$PATH" podgraft run "${options[@]}" --domain "$WORK/$name.xml" --connect qemu:///system >"$WORK/run.log" 2>&1 || status=$?
check "$name: refused with status 2" test "$status" -eq 2
check "$name: the message says why" grep -q "lives in another network namespace" "$WORK/run.log"
libvirtd_stop
ip netns del "$pod-other"
rm -rf "$WORK/libvirtd"
all_is_well

begin daemon
check "$name: a libvirtd in the pod" libvirtd_start "$pod"
domain_xml "$name" >"$WORK/$name.xml"
nsenter --target "$libvirtd" --mount --net --root env PATH="$PATH" podgraft run --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf" --domain "$WORK/$name.xml" \
  --connect qemu:///system >"$WORK/run.log" 2>&1 &
run=$!
children+=("$run")
check "$name: ready" ready
check "$name: the guest has the address" guest_says "$name" "address: 10.244.1.7/24"
check "$name: the daemon runs it" sh -c "nsenter --target $libvirtd --mount --net --root virsh -c qemu:///system domstate $name | grep -q running"
kill -TERM "$run"
check "$name: SIGTERM shuts it down" ends_with 0
libvirtd_stop
all_is_well
summary
