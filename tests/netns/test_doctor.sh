#!/bin/bash
# doctor: in each situation the exact mark, remedy and exit status; and up does what doctor said.
. "${srcdir:-.}/tests/lib/lib.sh"

chmod 755 "$WORK"
printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"
cp "$PODGRAFT_BUILD"/podgraft "$PODGRAFT_BUILD"/podgraft-{dhcpd,domain,launcher} "$WORK" # for any user

pod_veth doc
pod=$POD_PREFIX-doc
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
dump_pod "$pod" >"$WORK/before"
inside() { ip netns exec "$pod" "$@"; }

# --- what is told ---

# told NAME MARK DETAIL REMEDY: one finding of the report in $WORK/report; '' is no remedy
told() {
  local line remedy
  line=$(grep -E "^(✓|!|✗) $1 " "$WORK/report")
  remedy=$(grep -A 1 -E "^(✓|!|✗) $1 " "$WORK/report" | sed -n '2s/^ *→ //p')
  grep -qE "^$2 $1 +$3\$" <<<"$line" || { echo "not '$2 $1 $3' but '$line'"; return 1; }
  [ "$remedy" = "$4" ] || { echo "remedy '$remedy', not '$4'"; return 1; }
}
untouched() {
  dump_pod "$pod" >"$WORK/after"
  diff "$WORK/before" "$WORK/after"
}
# agrees STATUS COMMAND...: COMMAND makes the situation and runs what follows it; doctor's exit
# status there, and whether up works there. up and down are one run: its mounts end with it.
state=$STATE interface='' netns=''
agrees() {
  local want=$1 status=0 up=0 arguments=(--state-dir "$state")
  shift
  [ -z "$interface" ] || arguments+=(--interface "$interface")
  [ -z "$netns" ] || arguments+=(--netns "$netns")
  "$@" podgraft doctor "${arguments[@]}" >"$WORK/report" 2>"$WORK/errors" || status=$?
  cat "$WORK/report" "$WORK/errors"
  [ "$status" -eq "$want" ] || { echo "doctor: exit status $status, not $want"; return 1; }
  untouched || { echo "doctor changed the pod"; return 1; }
  "$@" /bin/sh -c 'podgraft up "$@" --resolv-conf '"$WORK/resolv.conf"' || exit
    podgraft down "$@" || exit 99' sh "${arguments[@]}" 2>&1 || up=$?
  untouched || { echo "up and down left something"; return 1; }
  echo "up: exit status $up, doctor said $want"
  case $want in
  0) [ "$up" -eq 0 ] ;;
  *) [ "$up" -ne 0 ] && [ "$up" -ne 99 ] ;;
  esac
}

check "a pod that is well" agrees 0 inside
for name in net-admin tun filter proc-sys state-dir record interface bridgeable address policy-rules plan net-raw; do
  check "a pod that is well: $name" told "$name" ✓ '.*' ''
done
lacks=$(ip netns exec "$pod" "$PODGRAFT_BUILD/podgraft-dhcpd" --check)
more="a kernel with seccomp, Landlock and user namespaces, and a seccompProfile that allows them to the container"
if [ -z "$lacks" ]; then
  check "its responder" told responder ✓ 'it starts, and gives its privileges up' ''
else
  check "its responder: as far as it can here" told responder ! "it starts, but its sandbox lacks: $lacks" "$more"
fi
check "its interface" told interface ✓ "'eth0', kind 'veth', found" ''
check "its address" told address ✓ '10.244.1.7/24' ''
check "its kernel" told kernel ✓ "$(uname -r)" ''
check "the last line" grep -qE "^'podgraft up' would work(; degraded: .*)?\$" "$WORK/report"
check "nothing is left" test -z "$(find "$STATE" -mindepth 1)"

# What the kernel can is what it can.
makes() { ip -n "$pod" link add probe9 type "$1" && ip -n "$pod" link del probe9; }
if makes dummy 2>/dev/null; then
  check "dummy: there is" told dummy ✓ "the kernel has links of kind 'dummy'" ''
else
  check "dummy: there is none" told dummy ! "the kernel has no links of kind 'dummy'" \
    "a tap keeps the pod's address visible instead; on the node: modprobe dummy"
fi
check "bridge: made" makes bridge
check "bridge: there is" told bridge ✓ "the kernel has links of kind 'bridge'" ''
check "no link was made by asking" untouched
old_kernel() { inside setarch "$(uname -m)" --uname-2.6 "$@"; }
check "an old kernel" agrees 0 old_kernel
check "an old kernel: told" told kernel ! '2\.6\..* renames no link that is up: the interface goes down for a moment' \
  "kernel 6.2 or newer on the node"

# --- capabilities ---

without() {
  local dropped=$1
  shift
  ip netns exec "$pod" capsh --drop="$dropped" -- -c 'exec "$0" "$@"' "$@"
}
check "no NET_ADMIN" agrees 5 without cap_net_admin
check "no NET_ADMIN: told" told net-admin ✗ 'CAP_NET_ADMIN is not in the bounding set; needed to change links' \
  'securityContext: {capabilities: {add: ["NET_ADMIN"]}}'
check "no NET_ADMIN: what it hides" told bridge ! 'not known: only NET_ADMIN may ask' 'see net-admin'
check "no NET_RAW" agrees 5 without cap_net_raw
check "no NET_RAW: told" told net-raw ✗ 'CAP_NET_RAW is not in the bounding set; needed to serve the guest' \
  'securityContext: {capabilities: {add: ["NET_RAW"]}}'
check "no NET_RAW: nothing else is missing" grep -qE "^'podgraft up' would fail; missing: net-raw(; degraded: .*)?\$" "$WORK/report"
only_these() { inside setpriv --bounding-set -all,+net_admin,+net_raw "$@"; }
check "no capability but these two" agrees 0 only_these
check "these two: run needs more" told run-capabilities ! 'libvirt needs more to start QEMU as root' \
  'securityContext: {capabilities: {add: ["DAC_OVERRIDE", "SETGID", "SETUID", "SETPCAP"]}}'
as_user() {
  PATH=$WORK:$PATH PODGRAFT_LIBEXECDIR=$WORK ip netns exec "$pod" \
    setpriv --reuid 1000 --regid 1000 --clear-groups "$@"
}
state=$WORK/theirs
install -d -o 1000 "$state"
check "another user" agrees 5 as_user
check "another user: told" told net-admin ✗ \
  'CAP_NET_ADMIN is in the bounding set, but not effective for user 1000; needed to change links' \
  'securityContext: {runAsUser: 0}, and capabilities: {add: ["NET_ADMIN"]}'
state=$STATE
if unshare --user true; then # in a chroot nobody may
  other_owner() { inside unshare --user --map-root-user "$@"; }
  check "another user namespace" agrees 5 other_owner
  check "another user namespace: told" told net-admin ✗ \
    'CAP_NET_ADMIN is effective, but not in the user namespace that owns this network namespace; needed to change links' \
    "run in the user namespace that made the network namespace (in Kubernetes: the pod's own containers do)"
fi
from_outside() { capsh --drop=cap_sys_admin -- -c 'exec "$0" "$@"' "$@"; }
netns=$pod
check "--netns without SYS_ADMIN" agrees 5 from_outside
netns=
check "--netns without SYS_ADMIN: told" told sys-admin ✗ \
  'CAP_SYS_ADMIN is not in the bounding set; needed to enter the network namespace of --netns' \
  'securityContext: {capabilities: {add: ["SYS_ADMIN"]}}'
refused() {
  local status=0
  podgraft doctor --netns "$POD_PREFIX-none" >"$WORK/report" 2>"$WORK/errors" || status=$?
  [ "$status" -eq 2 ] && [ ! -s "$WORK/report" ] && grep -q 'no such network namespace' "$WORK/errors"
}
check "--netns of nothing is a usage error" refused

# --- devices and files ---

# mounted MOUNT-ARGUMENTS COMMAND...: with one more mount, in a mount namespace that goes with it
mounted() {
  local mount=$1
  shift
  inside unshare --mount sh -c 'mount '"$mount"' && exec "$@"' sh "$@"
}
device="give the container the device: resources: {limits: {devices.kubevirt.io/tun: 1}}, or a hostPath volume of type CharDevice"
check "no /dev/net/tun" agrees 5 mounted "-t tmpfs none /dev/net"
check "no /dev/net/tun: told" told tun ✗ "'/dev/net/tun': No such file or directory" "$device"
check "something else there" agrees 5 mounted "--bind /dev/null /dev/net/tun"
check "something else there: told" told tun ✗ "'/dev/net/tun': Inappropriate ioctl for device" "$device"
check "/proc/sys read-only" agrees 0 mounted "--bind -o ro /proc/sys /proc/sys"
check "/proc/sys read-only: told" told proc-sys ✓ 'read-only, which is enough' ''

place="mount an emptyDir there, or give another with --state-dir"
mkdir "$WORK/here"
state=$WORK/here
check "state directory read-only" agrees 5 mounted "-t tmpfs -o ro none $state"
check "state directory read-only: told" told state-dir ✗ "'$state' cannot be written: Read-only file system" "$place"
check "state directory full" agrees 5 mounted "-t tmpfs -o size=4k none $state"
check "state directory full: told" told state-dir ✗ "'$state' cannot be written: No space left on device" "$place"
state=$WORK/resolv.conf/state
check "state directory below a file" agrees 5 inside
check "state directory below a file: told" told state-dir ✗ "'$state' cannot be written: Not a directory" "$place"

contained() { KUBERNETES_SERVICE_HOST=10.96.0.1 "$@"; }
volume() { echo "volumes: [{name: podgraft, emptyDir: {}}], volumeMounts: [{name: podgraft, mountPath: $state}]"; }
own=$(mktemp -d /var/tmp/podgraft-test.XXXXXX) # /tmp may be a mount of its own
trap 'rm -rf "$own"; cleanup' EXIT
state=$own
check "restart: the container's own files" agrees 0 contained inside
check "restart: the container's own files: told" told restart ! \
  "'$state' is on the container's own file system \\(.*\\): the record goes when the container is started again" "$(volume)"
state=$WORK/here
check "restart: a tmpfs" agrees 0 contained mounted "-t tmpfs none $state"
check "restart: a tmpfs: told" told restart ! \
  "'$state' is on a tmpfs, mounted at '$state': unless that is an emptyDir, the record goes when the container is started again" "$(volume)"
mkdir "$WORK/volume"
check "restart: a volume" agrees 0 contained mounted "--bind $WORK/volume $state"
check "restart: a volume: told" told restart ✓ "'$state' is on a volume, mounted at '$state'" ''
state=$STATE

nf() { local name; for name in iptables ip6tables arptables; do echo "$1" | inside tee "/proc/sys/net/bridge/bridge-nf-call-$name" >/dev/null || return 1; done; }
check "bridge-nf-call is set" nf 1
check "bridge-nf-call" agrees 0 inside
off() { printf '{name: net.bridge.bridge-nf-call-%s, value: "0"}' "$1"; }
check "bridge-nf-call: told" told bridge-netfilter ! \
  "bridge-nf-call is 1: the guest's frames meet the pod's own rules of iptables, ip6tables, arptables" \
  "if they are to bypass those rules, of the pod: securityContext: {sysctls: [$(off iptables), $(off ip6tables), $(off arptables)]}"
check "bridge-nf-call is taken back" nf 0
check "no bridge-nf-call" agrees 0 inside
check "no bridge-nf-call: told" told bridge-netfilter ✓ 'bridged frames do not meet iptables' ''

# --- programs ---

helpers() { PODGRAFT_LIBEXECDIR=$WORK/$helpers inside "$@"; }
helpers=none
check "no helper programs" agrees 5 helpers
check "no helper programs: told" told responder ✗ "start '$WORK/none/podgraft-dhcpd': No such file or directory" \
  "install podgraft's helper programs there, or give their place in PODGRAFT_LIBEXECDIR"
check "no helper programs: run" told run-launcher ! "start '$WORK/none/podgraft-launcher': No such file or directory" \
  "install podgraft's helper programs there, or give their place in PODGRAFT_LIBEXECDIR"
helpers=closed
mkdir "$WORK/closed"
printf '#!/bin/sh\necho "podgraft-dhcpd: error: drop the capabilities: Invalid argument" >&2\nexit 1\n' >"$WORK/closed/podgraft-dhcpd"
chmod 755 "$WORK/closed/podgraft-dhcpd"
check "a sandbox that does not close" agrees 5 helpers
check "a sandbox that does not close: told" told responder ✗ \
  "'$WORK/closed/podgraft-dhcpd': podgraft-dhcpd: error: drop the capabilities: Invalid argument" \
  "securityContext: {seccompProfile: {type: RuntimeDefault}}, or a profile that allows prctl, capset and prlimit64"
printf '#!/bin/sh\nprintf "landlock, pid_namespace"\n' >"$WORK/closed/podgraft-dhcpd"
half_closed() { helpers podgraft doctor >"$WORK/report"; }
check "a sandbox that closes in part" half_closed
check "a sandbox that closes in part: told" told responder ! "it starts, but its sandbox lacks: landlock, pid_namespace" "$more"

# What only run needs is no reason for up to fail.
no_driver() { LIBVIRT_DRIVER_DIR=$WORK/none inside "$@"; }
check "no libvirt driver" agrees 0 no_driver
check "no libvirt driver: told" told run-driver ! "libvirt's QEMU driver '$WORK/none/libvirt_driver_qemu.so': No such file or directory" \
  "apt-get install libvirt-daemon-driver-qemu; not needed with --connect"
mkdir "$WORK/bin"
ln -s "$(command -v env)" "$WORK/bin/env"
no_qemu() { inside env PATH="$PODGRAFT_BUILD:$WORK/bin" "$@"; }
check "no QEMU" agrees 0 no_qemu
if [ "$(uname -m)" = x86_64 ]; then
  check "no QEMU: told" told run-qemu ! "no 'qemu-system-x86_64' in PATH" "apt-get install qemu-system-x86"
fi
grep -v '^libvirt-qemu:' /etc/passwd >"$WORK/passwd"
check "no user for QEMU" agrees 0 mounted "--bind $WORK/passwd /etc/passwd"
check "no user for QEMU: told" told run-user ! "there is no user 'libvirt-qemu'" \
  "apt-get install libvirt-daemon-system, or a line for it in /etc/passwd; not needed with --connect"
no_kvm() { inside unshare --mount sh -c 'mount -t tmpfs none /dev && mkdir /dev/net && mknod /dev/net/tun c 10 200 && mknod -m 666 /dev/null c 1 3 && exec "$@"' sh "$@"; }
check "no KVM" agrees 0 no_kvm
check "no KVM: told" told run-kvm ! "'/dev/kvm': No such file or directory; only domains of type 'qemu' run, slowly" \
  "resources: {limits: {devices.kubevirt.io/kvm: 1}}"

# --- interfaces ---

ip -n "$pod" link add br9 type bridge
ip -n "$pod" link add v9 type veth peer name w9 netns "$pod-node"
ip -n "$pod" link set v9 master br9 up
ip -n "$pod" link add v8 type veth peer name w8 netns "$pod-node"
ip -n "$pod" link add v7 type veth peer name w7
ip -n "$pod" link add v6 type veth peer name w6 netns "$pod-node"
ip -n "$pod" link set v6 arp off up
for link in br9 v7 w7; do ip -n "$pod" link set "$link" up; done
ip -n "$pod" tuntap add mode tun name tun9
ip -n "$pod" link set tun9 up
dump_pod "$pod" >"$WORK/before"
# unfit INTERFACE DETAIL REMEDY
unfit() {
  interface=$1
  check "interface $1: up fails" agrees 5 inside
  check "interface $1: found" told interface ✓ "'$1', kind '.*', as given" ''
  check "interface $1: told" told bridgeable ✗ "$2" "$3"
  interface=
}
veth="have the CNI attach the pod by a veth (plugins bridge, ptp), or give another with --interface"
unfit lo "'lo' is the loopback" "give the pod's with --interface"
unfit br9 "'br9' is of kind 'bridge': it is a bridge itself, which cannot be a port of another" "give another with --interface"
unfit v9 "'v9' is a port of 'br9' already" "take it out ('ip link set v9 nomaster') or give another with --interface"
unfit v8 "'v8' is down" "has the CNI finished? 'ip link set v8 up' brings it up"
unfit v6 "'v6' does not speak ARP \\(kind 'veth'\\), so that the guest would find no neighbour" \
  "'ip link set v6 arp on' if the other end answers ARP, else give another with --interface"
unfit tun9 "'tun9' is no Ethernet link and cannot be bridged: kind 'tun', point-to-point, carries bare IP packets" "$veth"
unfit v7 "'v7' in network namespace net:\\[[0-9]*\\] looks like the host's own interface: its veth peer 'w7' is in the same namespace" \
  "rewiring it would cut this machine off: run inside the pod's network namespace, give it with --netns, or insist with --allow-host-network"
for link in br9 v9 v8 v7 v6 tun9; do ip -n "$pod" link del "$link"; done
dump_pod "$pod" >"$WORK/before"

interface=eth7
check "no such interface" agrees 5 inside
check "no such interface: told" told interface ✗ "there is no 'eth7'; this network namespace has: eth0" \
  "give the pod's interface with --interface, its network namespace with --netns, or time with --wait-interface"
interface=
ip -n "$pod" link add k6t-eth0 type veth peer name x9 netns "$pod-node"
dump_pod "$pod" >"$WORK/before"
check "a name that is taken" agrees 5 inside
check "a name that is taken: told" told plan ✗ "the name 'k6t-eth0' is taken by a link of kind 'veth' that no record knows; .*" \
  "what it says; 'podgraft plan' then shows what up would do"
ip -n "$pod" link del k6t-eth0
ip -n "$pod" rule add from 10.244.1.7 table 100
dump_pod "$pod" >"$WORK/before"
check "policy rules" agrees 0 inside
check "policy rules: told" told policy-rules ! 'the pod has 1 policy routing rules; the guest does not get them' \
  'give the guest such rules of its own'
ip -n "$pod" rule del from 10.244.1.7 table 100

pod_veth bare
pod=$POD_PREFIX-bare
dump_pod "$pod" >"$WORK/before"
configures="has the CNI finished? Without IPAM it is meant: the guest configures itself"
check "no address" agrees 0 inside
check "no address: told" told address ! "'eth0' has none: it is wired, but nothing is served" "$configures"
ip -n "$pod" addr add fd00:244:1::7/64 dev eth0 nodad
dump_pod "$pod" >"$WORK/before"
check "IPv6 only" agrees 0 inside
check "IPv6 only: told" told address '✓' fd00:244:1::7/64
ip -n "$pod" link del eth0
dump_pod "$pod" >"$WORK/before"
check "no interface" agrees 5 inside
check "no interface: told" told interface ✗ "there is no 'eth0' and no default route; this network namespace has: none" \
  "give the pod's interface with --interface, its network namespace with --netns, or time with --wait-interface"
pod=$POD_PREFIX-doc

# --- a graft that stands ---

check "grafted: up" inside podgraft up --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf"
no_carrier() { ip -n "$pod" link show tap0 | grep -q NO-CARRIER; } # nobody holds the tap open
check "grafted: it has settled" wait_for 5 no_carrier
dump_pod "$pod" >"$WORK/grafted"
check "grafted: doctor" inside podgraft doctor --state-dir "$STATE"
inside podgraft doctor --state-dir "$STATE" >"$WORK/report"
check "grafted: told" told record ✓ 'a graft stands here' ''
check "grafted: nothing to do" told plan ✓ 'nothing to do' ''
dump_pod "$pod" >"$WORK/after"
check "grafted: untouched" diff "$WORK/grafted" "$WORK/after"
record=$(echo "$STATE"/netns-*/eth0.json)
cp "$record" "$WORK/record"
sed -E 's/"version": *[0-9]+/"version": 99/' "$WORK/record" >"$record"
newer() { ! inside podgraft doctor --state-dir "$STATE" >"$WORK/report" && told record ✗ '.*version 99 is newer.*' "move it away; what it knew, 'podgraft down' cannot restore then"; }
check "a record of the future" newer
rm "$record"
lost() { inside podgraft doctor --state-dir "$STATE" >"$WORK/report" && told record ! \
  'lost, while the graft stands: up goes on from the marks on its links' 'keep it where it outlives a restart: see restart'; }
check "a record that is lost" lost
cp "$WORK/record" "$record"
check "grafted: down" inside podgraft down --state-dir "$STATE"

# --- how it is told ---

inside podgraft doctor --json >"$WORK/json"
inside podgraft doctor >"$WORK/report"
text_of_json() { jq -r '.checks[] | ({ok: "✓", degraded: "!", missing: "✗"}[.state] + " " + .name + " " + .detail), (.remedy // empty)' "$WORK/json"; }
check "JSON says what the text says" diff <(text_of_json) <(sed -E '/^$/,$d; s/^ +→ //; s/^([^ ]+ [^ ]+) +/\1 /' "$WORK/report")
check "JSON: the verdict" test "$(jq .ok "$WORK/json")" = true
without cap_net_raw podgraft doctor --json >"$WORK/json"
check "JSON: the other verdict" test "$(jq .ok "$WORK/json")" = false
check "JSON: a miss" test "$(jq -r '.checks[] | select(.name == "net-raw") | .state' "$WORK/json")" = missing
check "JSON: no remedy is null" test "$(jq '.checks[] | select(.name == "plan") | .remedy' "$WORK/json")" = null
on_terminal() { inside env TERM=xterm "$@" script -qec "podgraft doctor" /dev/null >"$WORK/typescript"; }
coloured() { grep -q $'\033\[32m✓\033\[0m kernel' "$WORK/typescript"; }
check "on a terminal" on_terminal
check "on a terminal: coloured" coloured
check "NO_COLOR" on_terminal NO_COLOR=1
check "NO_COLOR: plain" bash -c '! grep -q "$(printf "\033")" "$0" && grep -q "✓ kernel" "$0"' "$WORK/typescript"
check "into a file: plain" bash -c '! grep -q "$(printf "\033")" "$0"' "$WORK/report"
summary
