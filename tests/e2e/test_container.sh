#!/bin/bash
# The image and the pods of deploy/: the Containerfile's steps are run, and the containers that the
# manifests describe are run by runc, with a real guest, as kubelet would.
. "${srcdir:-.}/tests/lib/lib.sh"
"$LIB/mkguest" "$GUEST_CACHE" || exit 1
deploy=$(cd "$LIB/../../deploy" && pwd)

containers=()
runc() { command runc --root "$WORK/runc" "$@"; }
trap 'for container in "${containers[@]}"; do runc delete -f "$container" 2>/dev/null; done; cleanup' EXIT

image=${PODGRAFT_IMAGE:-$WORK/image}
[ -d "$image/root" ] || check "the Containerfile's steps" "$LIB/image" "$deploy/Containerfile" "$image"
check "the image has podgraft" test -x "$image/root/usr/sbin/podgraft"
check "its entrypoint" jq -e '. == ["/usr/sbin/podgraft"]' "$image/entrypoint.json"
mkdir -p "$image/root/guest" "$image/root/etc/podgraft"

# --- manifests: a container of one as runc's configuration ---

# manifest FILE CONTAINER: its JSON; init containers count
manifest() { /usr/bin/env -i /usr/bin/python3 -c 'import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))' "$deploy/$1" | jq --arg c "$2" '[(.spec.initContainers // [])[], .spec.containers[]][] | select(.name == $c)'; }

# container NAME FILE CONTAINER POD: prepare $WORK/NAME from the manifest; volumes are shared in a pod
container() {
  local name=$1 pod=$4
  mkdir -p "$WORK/$name"
  manifest "$2" "$3" >"$WORK/$name/container.json"
  # The guest's image and console are not podgraft's business, and it may take its time to shut down;
  # everything else is as it stands there.
  jq --arg root "$image/root" --arg pod "$pod" --arg work "$WORK" --arg guest "$GUEST_CACHE" --slurpfile entry "$image/entrypoint.json" '
    (.securityContext.capabilities.add // [] | map("CAP_" + .)) as $set |
    {ociVersion: "1.0.2", hostname: "vm",
     process: {user: {uid: (.securityContext.runAsUser // 0), gid: (.securityContext.runAsGroup // 0)}, cwd: "/",
       noNewPrivileges: (.securityContext.allowPrivilegeEscalation == false),
       args: ($entry[0] + (.args | index("--grace") as $i | if $i then .[$i + 1] = "120" else . end)), env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
       capabilities: {bounding: $set, effective: $set, permitted: $set}},
     root: {path: $root, readonly: .securityContext.readOnlyRootFilesystem},
     mounts: ([{destination: "/proc", type: "proc", source: "proc"},
       {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"]},
       {destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]},
       {destination: "/guest", type: "bind", source: $guest, options: ["bind", "ro"]}] +
       [.volumeMounts[] | {destination: .mountPath, type: "bind", source: "\($work)/\($pod)-\(.name)",
                           options: (["bind"] + if .readOnly then ["ro"] else [] end)}]),
     linux: {namespaces: [{type: "pid"}, {type: "mount"}, {type: "ipc"}, {type: "uts"}, {type: "network", path: "/run/netns/\($pod)"}],
       devices: (if .resources.requests["devices.kubevirt.io/tun"] then [{path: "/dev/net/tun", type: "c", major: 10, minor: 200, fileMode: 438}] else [] end),
       resources: {devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 200, access: "rw"}]},
       readonlyPaths: ["/proc/sys"], maskedPaths: ["/proc/kcore"]}}' "$WORK/$name/container.json" >"$WORK/$name/config.json"
}
# begin_container NAME: in the background, as $process; its exit status is the container's
begin_container() {
  containers+=("$1")
  runc run --bundle "$WORK/$1" "$1" </dev/null >"$WORK/$1/log" 2>&1 &
  process=$!
  children+=("$process")
}
ends_with() { local status=0; wait "$2" || status=$?; [ "$status" -eq "$1" ] || { echo "exit status $status, not $1"; cat "$WORK"/*/log; return 1; }; }

# --- the pod ---

pod_begin() {
  name=$1
  pod=$POD_PREFIX-$1 node=$POD_PREFIX-$1-node
  pod_cni "$1"
  local volume
  for volume in run tmp libvirt domain; do
    rm -rf "${WORK:?}/$pod-$volume"
    mkdir "$WORK/$pod-$volume"
    chmod 777 "$WORK/$pod-$volume" # as kubelet makes them
  done
  domain_xml "$name" podgraft.ping=10.244.1.1 |
    sed "s|$GUEST_CACHE|/guest|; s|$WORK/$name.console|/tmp/console|" >"$WORK/$pod-domain/domain.xml"
  options=(--netns "$pod" --state-dir "$WORK/$pod-run/podgraft")
  dump_pod "$pod" >"$WORK/before"
}
pod_end() {
  ip netns del "$pod"; ip netns del "$node"
  rm -rf "$WORK/cni"
}
console() { tr -d '\r' <"$WORK/$pod-tmp/console"; }
said() { console 2>/dev/null | grep -q -- "$1"; }
guest_ready() { wait_for 90 said "GUEST: ready" || { cat "$WORK"/*/log; console; return 1; }; }
as_before() { dump_pod "$pod" >"$WORK/after"; diff "$WORK/before" "$WORK/after"; }
no_process() { [ -z "$(ip netns pids "$pod")" ]; }
nobody_left() { wait_for 5 no_process; }
in_pod_pid() { local pid; for pid in $(ip netns pids "$pod"); do grep -qa -- "$1" "/proc/$pid/cmdline" && { echo "$pid"; return; }; done; return 1; }
capabilities_of() { awk '/^CapEff/ {print $2}' "/proc/$1/status"; }

one() {
  pod_begin "$1"
  container "$pod" one-container.yaml vm "$pod"
  begin_container "$pod"
  vm=$process
}

one shutdown
check "one: the startup probe says yes" wait_for 30 podgraft status --check startup "${options[@]}"
check "one: the guest is ready" guest_ready
check "one: it has the pod's address" said "GUEST address: 10.244.1.7/24"
check "one: it reaches its gateway" said "GUEST ping 10.244.1.1: answered"
check "one: the readiness probe says yes" podgraft status --check ready "${options[@]}"
check "one: the liveness probe says yes" podgraft status --check live "${options[@]}"
for what in qemu-system podgraft-launcher; do
  check "one: $what is user 107" grep -qx 'Uid:	107	107	107	107' "/proc/$(in_pod_pid $what)/status"
  check "one: $what has no capability" test "$(capabilities_of "$(in_pod_pid $what)")" = 0000000000000000
done
check "one: podgraft has what the manifest gives" test "$(capabilities_of "$(in_pod_pid '/usr/sbin/podgraft.run')")" = 00000000000030c0
runc kill "$pod" TERM
check "one: SIGTERM: the guest shuts down, exit 0" ends_with 0 "$vm"
check "one: the pod's network is as it was" as_before
check "one: no process is left" nobody_left
pod_end

one qemukilled
check "one: ready" guest_ready
kill -KILL "$(in_pod_pid qemu-system)"
check "one: QEMU killed: exit 7" ends_with 7 "$vm"
check "one: the pod's network is as it was after that" as_before
pod_end

one launcherkilled
check "one: ready again" guest_ready
kill -KILL "$(in_pod_pid podgraft-dhcpd)"
check "one: a killed responder is revived" wait_for 15 podgraft status --check live "${options[@]}"
kill -KILL "$(in_pod_pid podgraft-launcher)"
check "one: launcher killed: exit 1" ends_with 1 "$vm"
check "one: the pod's network is as it was after that too" as_before
pod_end

one restarted # the container is killed and started again in the same pod
check "one: ready before the kill" guest_ready
runc kill "$pod" KILL
wait "$vm" 2>/dev/null
runc delete -f "$pod"
check "one: its graft still stands" podgraft status "${options[@]}"
rm -f "$WORK/$pod-tmp/console"
begin_container "$pod"
vm=$process
check "one: the next container goes on with it" guest_ready
runc kill "$pod" TERM
check "one: and restores at its end" ends_with 0 "$vm"
check "one: what was before the first" as_before
pod_end

pod_begin split
for part in wire serve vm; do container "$pod-$part" split.yaml "$part" "$pod"; done
begin_container "$pod-wire"
check "split: the init container wires and ends" ends_with 0 "$process"
begin_container "$pod-serve"
serve=$process
check "split: the sidecar's startup probe says yes" wait_for 30 podgraft status --check live "${options[@]}"
begin_container "$pod-vm"
vm=$process
check "split: the guest is ready" guest_ready
check "split: it has the pod's address" said "GUEST address: 10.244.1.7/24"
check "split: the readiness probe says yes" podgraft status --check ready "${options[@]}"
check "split: nobody in the guest's container has a capability" test "$(capabilities_of "$(in_pod_pid qemu-system)")$(capabilities_of "$(in_pod_pid -- '--attached')")" = 00000000000000000000000000000000
check "split: the responder has none either" test "$(capabilities_of "$(in_pod_pid podgraft-dhcpd)")" = 0000000000000000
runc kill "$pod-vm" TERM
check "split: SIGTERM: exit 0" ends_with 0 "$vm"
runc kill "$pod-serve" TERM
wait "$serve" 2>/dev/null
check "split: down from outside" podgraft down "${options[@]}"
check "split: the pod's network is as it was" as_before
check "split: no process is left" nobody_left
pod_end
summary
