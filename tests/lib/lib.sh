# lib.sh - what demo and shell tests share: pods in throwaway namespaces, the guest, counting.
#
# Everything made here carries the prefix $POD_PREFIX and is removed at exit, also after a failure.
# The machine's own links are never touched: even the CNI plugins run in a "node" namespace.

: "${PODGRAFT_BUILD:?is the directory that podgraft was built in}"
export PATH=$PODGRAFT_BUILD:/usr/local/sbin:/usr/sbin:/sbin:$PATH
export PODGRAFT_LIBEXECDIR=$PODGRAFT_BUILD
LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
POD_PREFIX=pgt$$
WORK=$(mktemp -d /tmp/podgraft-test.XXXXXX)
STATE=$WORK/state
GUEST_CACHE=${PODGRAFT_GUEST_CACHE:-/var/tmp/podgraft-guest-v2}
passed=0 failed=0
children=()

cleanup() {
  trap - EXIT INT TERM
  set +e # a caller that stops at the first failure must not stop cleaning up
  local pid name
  for pid in "${children[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${children[@]}"; do wait "$pid" 2>/dev/null; done
  for name in $(ip netns list 2>/dev/null | awk -v p="$POD_PREFIX" 'index($1, p) == 1 {print $1}'); do
    podgraft down --netns "$name" --state-dir "$STATE" >/dev/null 2>&1
    for pid in $(ip netns pids "$name"); do kill -KILL "$pid" 2>/dev/null; done
    ip netns del "$name"
  done
  rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# wait_for SECONDS COMMAND...: until it succeeds; looks every 50 ms
exec {never}<> <(:)
wait_for() {
  local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
  shift
  until "$@"; do
    [ "${EPOCHREALTIME/./}" -lt "$deadline" ] || return 1
    read -r -t 0.05 -u "$never" || :
  done
}

# check WHAT COMMAND...: one test, counted; the command runs in this shell and may set variables
check() {
  local what=$1
  shift
  if "$@" >"$WORK/check.out" 2>&1; then
    passed=$((passed + 1))
    [ -z "${VERBOSE:-}" ] || echo "  ok    $what"
  else
    failed=$((failed + 1))
    echo "  FAIL  $what"
    sed 's/^/        /' "$WORK/check.out"
  fi
}

summary() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# pod_cni NAME: a pod made by the CNI plugins bridge and host-local, MTU 1450, an extra route
pod_cni() {
  local node=$POD_PREFIX-$1-node pod=$POD_PREFIX-$1
  ip netns add "$node" && ip netns add "$pod" && ip -n "$node" link set lo up &&
    ip -n "$pod" link set lo up
  ip netns exec "$node" env CNI_COMMAND=ADD CNI_CONTAINERID="$pod" CNI_NETNS="/run/netns/$pod" \
    CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni /usr/lib/cni/bridge >"$WORK/cni-result" <<EOF
{"cniVersion": "0.4.0", "name": "demo", "type": "bridge", "bridge": "cni0", "isGateway": true,
 "mtu": 1450,
 "ipam": {"type": "host-local", "dataDir": "$WORK/cni",
          "ranges": [[{"subnet": "10.244.1.0/24", "rangeStart": "10.244.1.7"}]],
          "routes": [{"dst": "0.0.0.0/0"}, {"dst": "10.96.0.0/12", "gw": "10.244.1.1"}]}}
EOF
}

# pod_veth NAME: a bare pod: node namespace, veth, nothing on it
pod_veth() {
  local node=$POD_PREFIX-$1-node pod=$POD_PREFIX-$1
  ip netns add "$node" && ip netns add "$pod"
  ip -n "$node" link add veth0 type veth peer name eth0 netns "$pod"
  ip -n "$node" link set lo up
  ip -n "$node" link set veth0 up
  ip -n "$pod" link set lo up
  ip -n "$pod" link set eth0 address aa:bb:cc:00:00:06 mtu 1450 up
  wait_for 5 has_carrier "$pod"
}

has_carrier() { ip -n "$1" link show eth0 | grep -q 'state UP' && settled "$1"; }

settled() { ! ip -n "$1" addr show tentative | grep -q inet6; }

# dump_pod NAMESPACE: its network as text, without indexes, timers and counters
dump_pod() {
  wait_for 5 settled "$1"
  ip -n "$1" -d link | sed -E 's/^[0-9]+: //; s/@if[0-9]+/@if/; s/promiscuity [0-9]+ //; s/_timer +[0-9.]+//g'
  ip -n "$1" -d addr | sed -E 's/^[0-9]+: //; s/@if[0-9]+/@if/; s/promiscuity [0-9]+ //; s/_timer +[0-9.]+//g;
    s/(valid_lft|preferred_lft) [0-9]+sec/\1 TIMER/g'
  ip -n "$1" route show table all | sed -E 's/expires [0-9]+sec/expires TIMER/'
  ip -n "$1" -6 route show table all | sed -E 's/expires [0-9]+sec/expires TIMER/'
  ip -n "$1" nexthop
  ip -n "$1" neigh show nud permanent
}

# domain_xml NAME [KERNEL-ARGUMENT...]: the user's domain, as somebody would write it
domain_xml() {
  local name=$1
  shift
  cat <<EOF
<domain type='qemu'>
  <name>$name</name>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>$GUEST_CACHE/vmlinuz</kernel>
    <initrd>$GUEST_CACHE/initramfs.gz</initrd>
    <cmdline>console=ttyS0 quiet panic=-1 $*</cmdline>
  </os>
  <features><acpi/></features>
  <on_crash>destroy</on_crash>
  <devices>
    <interface type='network'>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
    <serial type='file'><source path='$WORK/$name.console'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
EOF
}

console_has() { grep -q -- "$2" "$WORK/$1.console" 2>/dev/null; }
