#!/bin/bash
# The restricted container: a real runc container with NET_ADMIN and NET_RAW only, no new
# privileges, a read-only root and /proc/sys, tmpfs on /run and /tmp, and /dev/net/tun; in the
# network namespace of a pod. Everything works; each half works with its one capability.
. "${srcdir:-.}/tests/lib/lib.sh"

containers=()
runc() { command runc --root "$WORK/runc" "$@"; }
trap 'for container in "${containers[@]}"; do runc delete -f "$container"; done; cleanup' EXIT

# --- the image: what podgraft needs to start, and nothing else ---

image=$WORK/image
mkdir -p "$image"/{proc,dev,run,tmp,state,etc,bin,usr/sbin,usr/libexec/podgraft}
cp "$(command -v busybox)" "$image/bin"
cp "$PODGRAFT_BUILD/podgraft" "$image/usr/sbin"
cp "$PODGRAFT_BUILD/podgraft-dhcpd" "$image/usr/libexec/podgraft"
printf 'nameserver 10.96.0.10\n' >"$image/etc/resolv.conf"
for library in $(ldd "$PODGRAFT_BUILD"/podgraft{,-dhcpd} | grep -o '/[^ ]*\.so[^ :]*' | sort -u); do
  mkdir -p "$image${library%/*}"
  cp -L "$library" "$image$library"
done

# container NAME POD CAPABILITIES COMMAND...: starts it; /state is a volume that the pod's share
container() {
  local name=$POD_PREFIX-$1 pod=$POD_PREFIX-$2 set
  set=$(printf '"CAP_%s", ' $3)
  set="[${set%, }]"
  shift 3
  mkdir -p "$WORK/$name" "$WORK/$pod.volume"
  cat >"$WORK/$name/config.json" <<END
{"ociVersion": "1.0.2", "hostname": "pod",
 "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "noNewPrivileges": true,
  "args": $(printf '%s\0' "$@" | jq -R -s -c 'split("\u0000") | map(select(. != ""))'),
  "env": ["PATH=/usr/sbin:/bin", "PODGRAFT_LIBEXECDIR=/usr/libexec/podgraft"],
  "capabilities": {"bounding": $set, "effective": $set, "permitted": $set}},
 "root": {"path": "$image", "readonly": true},
 "mounts": [
  {"destination": "/proc", "type": "proc", "source": "proc"},
  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
  {"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=755"]},
  {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev"]},
  {"destination": "/state", "type": "bind", "source": "$WORK/$pod.volume", "options": ["bind"]}],
 "linux": {
  "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
                 {"type": "network", "path": "/run/netns/$pod"}],
  "devices": [{"path": "/dev/net/tun", "type": "c", "major": 10, "minor": 200, "fileMode": 438}],
  "resources": {"devices": [{"allow": false, "access": "rwm"},
                            {"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rw"}]},
  "readonlyPaths": ["/proc/sys", "/proc/bus", "/proc/irq"], "maskedPaths": ["/proc/kcore"]}}
END
  containers+=("$name")
  runc run --bundle "$WORK/$name" -d "$name" </dev/null >"$WORK/$name/log" 2>&1 || { cat "$WORK/$name/log"; return 1; }
}

# A container that does what it is told through its volume. 'runc exec' would not do: it enters the
# container's mount namespace, whose root is another where the test itself runs in a chroot.
obedient() {
  local volume=$WORK/$POD_PREFIX-$2.volume
  mkdir -p "$volume"
  mkfifo "$volume/jobs" "$volume/answers"
  exec {held}<>"$volume/jobs" {held}<>"$volume/answers" # what is written before the container reads
  container "$@" /bin/busybox sh -c 'exec 3<>/state/jobs 4<>/state/answers
    while read -r job <&3; do
      busybox sh -c "$job" >/state/out 2>/state/err </dev/null 3<&- 4>&-
      echo $? >&4
    done'
}
# inside POD COMMAND...: in the pod's obedient container
inside() {
  local volume=$WORK/$POD_PREFIX-$1.volume status
  shift
  echo "${*@Q}" 1<>"$volume/jobs"
  read -r -t 240 status <>"$volume/answers" || { echo "no answer"; return 1; }
  cat "$volume/out"
  cat "$volume/err" >&2
  return "$status"
}

# --- the pod, and who would be its guest ---

pod_of() {
  pod_veth "$1"
  pod=$POD_PREFIX-$1
  ip -n "$pod" addr add 10.244.1.7/24 dev eth0
  ip -n "$pod" route add default via 10.244.1.1
  dump_pod "$pod" >"$WORK/before"
}
as_before() {
  dump_pod "$pod" >"$WORK/after"
  diff "$WORK/before" "$WORK/after"
}
leases() {
  local client status=0
  ip netns add "$pod-guest"
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$pod-guest" eth0 aa:bb:cc:00:00:06 >"$WORK/tapclient" &
  client=$!
  children+=("$client")
  rm -f "$WORK/result"
  wait_for 5 grep -q ready "$WORK/tapclient" &&
    CLIENT_RESULT=$WORK/result ip netns exec "$pod-guest" \
      busybox udhcpc -i eth0 -f -q -n -t 20 -T 1 -s "$LIB/client-script" &&
    grep -qx 'address 10.244.1.7/24' "$WORK/result" || status=1
  end_process "$client"
  : >"$WORK/tapclient"
  ip netns del "$pod-guest"
  return "$status"
}
# line CONTAINER NAME VALUE: of its first process
line() { grep -qE "^$2:[[:space:]]*$3\$" "/proc/$(runc state "$POD_PREFIX-$1" | jq .pid)/status"; }

# --- both capabilities ---

pod_of both
check "both: the container starts" obedient both both "NET_ADMIN NET_RAW"
for set in CapPrm CapEff CapBnd; do
  check "both: $set is NET_ADMIN and NET_RAW" line both "$set" 0000000000003000
done
check "both: no new privileges" line both NoNewPrivs 1
read_only() { inside both busybox touch "$1" 2>&1 | grep -q 'Read-only file system'; }
check "both: its root is read-only" read_only /file
check "both: /proc/sys is read-only" read_only /proc/sys/net/ipv4/ip_forward
check "both: doctor" inside both podgraft doctor
check "both: up" inside both podgraft up
check "both: up again" inside both podgraft up
check "both: status --check" inside both podgraft status --check
told() { inside both podgraft status --json | jq -e "$1"; }
check "both: nothing is left to do" told '.links.drift == []'
check "both: filtered" told '.links.filter == "on"'
check "both: the pod's address is still on eth0" bash -c 'ip -n "$0" -4 addr show eth0 | grep -q 10.244.1.7' "$pod"
check "both: the guest gets its lease" leases
check "both: status tells of it" inside both podgraft wait --for lease --timeout 120
check "both: down" inside both podgraft down
check "both: the pod is as it was" as_before
check "both: and once more" inside both podgraft up
check "both: the guest gets its lease again" leases
check "both: the responder is gone with down" inside both podgraft down
check "both: nothing is kept" inside both busybox rmdir /run/podgraft
check "both: the pod is as it was again" as_before

# --- one for each: who wires need not listen, who listens need not wire ---

pod_of apart
check "apart: the container that wires" obedient wires apart NET_ADMIN
short() {
  local status=0
  inside apart podgraft doctor >"$WORK/report" || status=$?
  cat "$WORK/report"
  [ "$status" -eq 5 ] && grep -q "would fail; missing: net-raw[;]" "$WORK/report"
}
check "apart: doctor misses NET_RAW there" short
fails() { local status=0; inside apart podgraft up || status=$?; [ "$status" -eq 5 ]; }
check "apart: up cannot serve there" fails
check "apart: and has put the pod back" as_before
check "apart: up without a responder" inside apart podgraft up --no-serve --state-dir /state
check "apart: it has NET_ADMIN only" line wires CapEff 0000000000001000
# The responder gives up what it has: its capabilities are read before it starts.
check "apart: the container that serves" container serves apart NET_RAW /bin/busybox sh -c \
  'busybox grep CapEff /proc/self/status >/state/capabilities; exec podgraft serve --state-dir /state'
check "apart: it serves" wait_for 10 inside apart podgraft status --check --state-dir /state
check "apart: that one had NET_RAW only" grep -qw 0000000000002000 "$WORK/$pod.volume/capabilities"
check "apart: the guest gets its lease" leases
check "apart: the container that serves ends" runc kill "$POD_PREFIX-serves" TERM
ended() { runc state "$POD_PREFIX-serves" | jq -e '.status == "stopped"'; }
check "apart: it has ended" wait_for 5 ended
check "apart: down" inside apart podgraft down --state-dir /state
check "apart: the pod is as it was" as_before
summary
