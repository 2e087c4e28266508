# lib.sh - what demo and shell tests share: pods in throwaway namespaces, the guest, counting.
#
# Everything made here carries the prefix $POD_PREFIX and is removed at exit, also after a failure.
# The machine's own links are never touched: even the CNI plugins run in a "node" namespace.

: "${PODGRAFT_BUILD:?is the directory that podgraft was built in}"
export PATH=$PODGRAFT_BUILD:/usr/local/sbin:/usr/sbin:/sbin:$PATH
export PODGRAFT_LIBEXECDIR=$PODGRAFT_BUILD
export LC_ALL=C.UTF-8 # line art and marks, whatever the machine's locale
LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
POD_PREFIX=pgt$$
WORK=$(mktemp -d /tmp/podgraft-test.XXXXXX)
STATE=$WORK/state
# Before what else is preloaded: a sanitizer's runtime insists on being the first.
sanitizers=$(ldd "$PODGRAFT_BUILD/podgraft" | awk '/lib(a|ub)san/ {printf "%s ", $3}')
GUEST_CACHE=${PODGRAFT_GUEST_CACHE:-/var/tmp/podgraft-guest-v6}
passed=0 failed=0
children=() sides=()

cleanup() {
  trap - EXIT INT TERM
  set +e # a caller that stops at the first failure must not stop cleaning up
  local pid name
  for pid in "${children[@]}"; do ! is_child "$pid" || kill "$pid" 2>/dev/null; done
  for pid in "${children[@]}"; do ! is_child "$pid" || end_process "$pid"; done
  for name in $(ip netns list 2>/dev/null | awk -v p="$POD_PREFIX-" 'index($1, p) == 1 {print $1}'); do
    podgraft down --netns "$name" --state-dir "$STATE" >/dev/null 2>&1
    for pid in $(ip netns pids "$name"); do kill -KILL "$pid" 2>/dev/null; done
    ip netns del "$name"
  done
  rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# wait_for SECONDS COMMAND...: until it succeeds; looks every 50 ms. Seconds of an idle machine: on a
# busy one it may take $patience times as long.
patience=12
exec {never}<> <(:)
wait_for() {
  local deadline=$((${EPOCHREALTIME/./} + $1 * patience * 1000000))
  shift
  until "$@"; do
    [ "${EPOCHREALTIME/./}" -lt "$deadline" ] || return 1
    read -r -t 0.05 -u "$never" || :
  done
}

# Also a zombie is; and it may go while one looks.
is_gone() { ! grep -qs '^State:.[^Z]' "/proc/$1/status"; }
are_gone() { local pid; for pid; do is_gone "$pid" || return 1; done; }

# Who has ended may have left its number to a stranger.
is_child() { grep -qs "^PPid:[[:space:]]*$BASHPID\$" "/proc/$1/status"; }
# end_process PID: dhcpcd loses a SIGTERM that comes while its script runs
is_ending() { kill "$1" 2>/dev/null; is_gone "$1"; }
end_process() {
  wait_for 5 is_ending "$1" || kill -KILL "$1"
  wait "$1" 2>/dev/null
}

# Of no input at all -e makes success where jq is 1.6: a program that said nothing was right.
jq() {
  local out status=0
  [ "${1:-}" = -e ] || { command jq "$@"; return; }
  out=$(command jq "$@") || status=$?
  echo "$out"
  [ "$status" -ne 0 ] || [ -n "$out" ] || status=4
  return $status
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

# side COMMAND...: a story of its own, side by side with others; it has $WORK for itself
side() {
  local dir=$WORK/${#sides[@]}
  sides+=("$dir")
  mkdir "$dir"
  (
    WORK=$dir passed=0 failed=0 children=()
    "$@"
    summary
  ) >"$dir.report" 2>&1 &
  children+=("$!")
}
# sides_end: all have come to their end; what they say, and their checks counted. ip complains of
# namespaces of the other sides' that vanish meanwhile.
sides_end() {
  local dir side_passed side_failed
  wait
  for dir in "${sides[@]}"; do
    sed '$d; /^Error: Peer netns reference is invalid/d' "$dir.report"
    read -r side_passed _ side_failed _ < <(tail -1 "$dir.report")
    passed=$((passed + side_passed)) failed=$((failed + side_failed))
  done
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
  wait_for 5 has_carrier "$pod" # which the kernel tells later
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

# has_carrier NAMESPACE [LINK]
has_carrier() { ip -n "$1" link show "${2:-eth0}" 2>/dev/null | grep -q 'state UP' && settled "$1"; }

settled() { ! ip -n "$1" addr show tentative | grep -q inet6 && carriers_told "$1"; }
# The kernel tells of a carrier some time later, IPv6 has its addresses then: flag and state agree.
carriers_told() {
  ip -n "$1" -o link show up |
    awk '(/[<,]LOWER_UP[,>]/) != (/ state (UP|UNKNOWN) /) {late = 1} END {exit late}'
}

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
