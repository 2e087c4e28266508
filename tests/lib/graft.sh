# graft.sh - small pods, whether a graft stands or left no trace, and podgraft under the shim
#
# Made to be fast: thousands of trials use it. The caller sets $shape and $id, the pod is $pod.
SHIM=$PODGRAFT_BUILD/tests/fault/shim.so LEASE=$PODGRAFT_BUILD/tests/fault/lease
MAC=aa:bb:cc:00:00:06 ADDRESS=10.244.1.7 # of every shape here

# --- shapes ---

in_pod() { ip -n "$pod" "$@"; }

pod_flannel() {
  in_pod addr add $ADDRESS/24 dev eth0
  in_pod route add default via 10.244.1.1
  in_pod route add 10.244.0.0/16 via 10.244.1.1
}
pod_calico() {
  in_pod addr add $ADDRESS/32 dev eth0
  in_pod route add 169.254.1.1 dev eth0 scope link
  in_pod route add default via 169.254.1.1
  in_pod neigh add 169.254.1.1 lladdr ee:ee:ee:ee:ee:ee dev eth0 nud permanent
}
pod_dual() {
  in_pod addr add $ADDRESS/24 brd + dev eth0 label eth0:1
  in_pod addr add 10.244.1.8/24 dev eth0
  in_pod addr add 10.9.0.5/16 dev eth0
  in_pod addr add fd00:1::7/64 dev eth0 nodad
  in_pod addr add fd00:1::8/64 dev eth0 nodad valid_lft 3000 preferred_lft 2000
  in_pod route add default via 10.244.1.1 src $ADDRESS metric 100
  in_pod route add default via 10.9.0.1 metric 200
  in_pod route add 172.16.0.0/12 via 10.9.0.1 table 100
  in_pod -6 route add default via fd00:1::1 src fd00:1::7
  in_pod -6 route add fd00:9::/48 via fd00:1::1 expires 3000
}

# make_pod: a fresh one of the worker's shape. Duplicate-address detection would cost each trial a
# second, and is tested elsewhere.
make_pod() {
  generation=$((${generation:-0} + 1))
  pod=$POD_PREFIX-$id-$generation
  options=(--netns "$pod" --state-dir "$STATE" --log-level error --resolv-conf "$RESOLV")
  ip netns add "$pod-node" && ip netns add "$pod"
  ip netns exec "$pod" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
  ip -n "$pod-node" link add veth0 type veth peer name eth0 netns "$pod"
  ip -n "$pod-node" link set veth0 up
  in_pod link set lo up
  in_pod link set eth0 address $MAC mtu 1450 up
  wait_for 5 has_carrier "$pod"
  "pod_$shape"
  before=$(dump)
  sysctls_before=$(sysctls)
}

# fresh_pod: another one, in place of one that is beyond help
fresh_pod() {
  local process
  podgraft down "${options[@]:0:6}" >/dev/null 2>&1
  for process in $(ip netns pids "$pod"); do kill -KILL "$process"; done
  ip netns del "$pod" && ip netns del "$pod-node"
  rm -rf "$STATE"
  make_pod
}

# --- what must be true afterwards ---

printf '%s\n' 'link show' 'addr show' 'route show table all' 'nexthop show' 'neigh show nud permanent' >"$WORK/dump"
RESOLV=$WORK/resolv.conf DUMP=$WORK/dump.sh
echo 'nameserver 10.96.0.10' >"$RESOLV"
cat >"$DUMP" <<EOF
ip -d -j -batch $WORK/dump
nft list ruleset
cd /proc/sys/net
grep -s . ipv4/conf/*/arp_* ipv4/conf/*/rp_filter ipv6/conf/*/addr_gen_mode
EOF
dump() {
  nsenter --net="/run/netns/$pod" sh "$DUMP" 2>/dev/null | # ip complains of namespaces that others remove
    sed -E 's/"(valid_life_time|preferred_life_time|expires)":[0-9]{1,9}\b/"\1":TIMER/g'
}
sysctls() { nsenter --net="/run/netns/$pod" grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf; }
is_dump_equal() { [ "$(dump)" = "$before" ]; }
nobody_left() {
  local process
  for process in /proc/[0-9]*; do
    [[ ! $process/ns/net -ef /run/netns/$pod ]] || return 1
  done
}
is_recorded() { compgen -G "$STATE/*/*.json" >/dev/null; }

as_before() {
  wait_for 3 is_dump_equal || { echo "the pod is not as it was:"; diff <(tr ',' '\n' <<<"$before") <(dump | tr ',' '\n'); return 1; }
  wait_for 3 nobody_left || { echo "a process is left:"; ip netns pids "$pod" | xargs -r ps -o pid,args -p; return 1; }
  ! is_recorded || { echo "a record is left"; return 1; }
}
are_sysctls_equal() { diff <(echo "$sysctls_before") <(sysctls); } # takes as long as all the rest
nothing_kept() { [ -z "$(ls -A "$STATE" 2>/dev/null)" ] || { echo "files are left:"; find "$STATE"; return 1; }; }
restored() { as_before && nothing_kept; }
serves() {
  local got
  podgraft status --check "${options[@]:0:6}" || { echo "status --check: $?"; podgraft status "${options[@]:0:4}"; return 1; }
  got=$("$LEASE" "$pod" tap0 $MAC) || return 1
  [ "$got" = $ADDRESS ] || { echo "the lease is of $got"; return 1; }
}
up() { podgraft up "${options[@]}" || { echo "up: exit status $?"; return 1; }; }
down() { podgraft down "${options[@]:0:6}" || { echo "down: exit status $?"; return 1; }; }
recovered_by_down() { down && restored; }
recovered_by_up() { up && serves && down && restored; }

# --- podgraft under the shim ---

# faulty FAULTS COMMAND...: its exit status in $status, its calls in $WORK/calls
faulty() {
  local faults=$1
  shift
  rmdir "$STATE" 2>/dev/null # as in the first round, in which it is made: the calls are counted
  rm -f "$WORK/calls"
  status=0
  { timeout -k 1 240 env FAULTS="$faults" FAULT_LOG="$WORK/calls" LD_PRELOAD="$sanitizers$SHIM" podgraft "$@" || status=$?; } 2>"$WORK/said"
  cat "$WORK/said"
}
faulty_up() { faulty "$1" up "${options[@]}"; }
faulty_down() { faulty "$1" down "${options[@]:0:6}"; }
# its calls, into the array $calls
count_calls() { mapfile -t calls <"$WORK/calls"; }
# To its parent, a killed child is a failed call.
is_in_child() { [[ ${calls[$1 - 1]} == *" child "* ]]; }
# Which failed calls mean that the machine, or the privileges, cannot?
is_missing_device() { [[ ${calls[$1 - 1]} == *"open /dev/net/tun" ]]; }
is_privilege() { [[ "${calls[$1 - 1]} " =~ \ (netlink|ioctl|setns|socket\ AF_PACKET|open\ /dev/net/tun|mkdir|[a-z]+\ [^ ]*\.json(\.new)?)\  ]]; }

# Some calls can be done without, or done otherwise.
go_on_without() { echo "${calls[$1 - 1]#* }" >>"$WORK/without"; }

killed() { [ "$status" -eq 137 ] || { echo "not killed: exit status $status"; return 1; }; }
