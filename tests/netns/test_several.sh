#!/bin/bash
# Several interfaces in one command: each its names, index, record and lease; all of them or none.
. "${srcdir:-.}/tests/lib/shapes.sh"

# three_interfaces NAME [ROUTE]: eth0, net1 and KubeVirt's name for a secondary one, each in its network;
# with a route over net1 that has an address of eth0
three_interfaces() {
  local i other
  new_pod "$1"
  in_node addr add 10.244.1.1/24 dev veth0
  in_pod addr add 10.244.1.7/24 dev eth0
  i=1
  for other in net1 pod0123456789a; do
    in_node link add "veth$i" type veth peer name "$other" netns "$pod"
    in_node link set "veth$i" up
    in_node addr add "10.244.$((i + 1)).1/24" dev "veth$i"
    in_pod link set "$other" address "aa:bb:cc:00:0$i:06" mtu "$((1400 - 50 * i))" up
    in_pod addr add "10.244.$((i + 1)).7/24" dev "$other"
    i=$((i + 1))
  done
  for other in eth0 net1 pod0123456789a; do wait_for 5 is_up "$other"; done
  in_pod route add default via 10.244.1.1
  [ $# -eq 1 ] || in_pod route add 10.70.0.0/16 via 10.244.2.1 src 10.244.1.7
  all=(--interface eth0 --interface net1 --interface pod0123456789a)
  dump_shape "$pod" >"$WORK/$name.before"
}
is_up() { in_pod link show "$1" | grep -q 'state UP'; }
pod() { local command=$1 && shift && podgraft "$command" --netns "$pod" --state-dir "$STATE" "$@"; }
exits() { # STATUS COMMAND...
  local status=0
  "${@:2}" >"$WORK/said" 2>&1 || status=$?
  [ "$status" -eq "$1" ] || { echo "exit status $status, not $1"; cat "$WORK/said"; return 1; }
}
says() { grep -qF -- "$1" "$WORK/said" || { echo "not: $1"; cat "$WORK/said"; return 1; }; }
records() { find "$STATE" -name '*.json' -printf '%f ' | tr ' ' '\n' | sort | tr '\n' ' '; }
has_records() { [ "$(records)" = "$*${*:+ }" ] || { echo "there are: $(records)"; return 1; }; }
status_of() { pod status --json | jq -ce "$1"; }
is_as_before() { dump_again && dumps_equal && has_records; }
no_process() { [ -z "$(ip netns pids "$pod")" ]; }

# --- together ---

three_interfaces together route
check "plan shows each" sh -c "podgraft plan --netns $pod --state-dir $STATE ${all[*]} | grep -c 'steps\$' | grep -qx 3"
check "plan's JSON is a list" sh -c "podgraft plan --netns $pod --state-dir $STATE ${all[*]} --json | jq -e '[.interfaces[].identity.index] == [0, 1, 2]'"
check "plan has changed nothing" is_as_before
check "up with three" pod up "${all[@]}"
check "each has its record" has_records eth0.json net1.json pod0123456789a.json
check "status tells of all, in order" status_of '[.interfaces[].identity.interface] == ["eth0", "net1", "pod0123456789a"]'
check "names and indexes" status_of '[.interfaces[].identity | [.tap, .bridge, .server_ip]] ==
  [["tap0", "k6t-eth0", "169.254.75.10"], ["tap1", "k6t-net1", "169.254.75.11"],
   ["tap0123456789a", "k6t-0123456789a", "169.254.75.12"]]'
check "each has its MTU" status_of '[.interfaces[].identity.mtu_bytes] == [1450, 1350, 1300]'
check "each is served" status_of '[.interfaces[].responder.alive] == [true, true, true]'
check "of one, status is as ever" sh -c "podgraft status --netns $pod --state-dir $STATE --interface net1 --json | jq -e '.identity.tap == \"tap1\"'"
check "status as text has three pictures" sh -c "podgraft status --netns $pod --state-dir $STATE | grep -c 'k6t-' | grep -qx 3"
check "all are well" pod status --check
check "wait has nothing to wait for" pod wait --timeout 0
pod status --prometheus >"$WORK/metrics"
check "a metric has one head" test "$(grep -c '^# TYPE podgraft_wired ' "$WORK/metrics")" -eq 1
check "and three samples behind it" test "$(grep -A3 '^# TYPE podgraft_wired ' "$WORK/metrics" | grep -c '^podgraft_wired{interface=".*"} 1$')" -eq 3
check "up again changes nothing" pod up
check "there is nothing to do" sh -c "podgraft plan --netns $pod --state-dir $STATE | grep -c 'nothing to do' | grep -qx 3"

# --- who listens, listens on all ---

podgraft capture --netns "$pod" --state-dir "$STATE" >"$WORK/lines" 2>"$WORK/capture" &
lines=$!
podgraft capture --netns "$pod" --state-dir "$STATE" --write "$WORK/file.pcapng" 2>"$WORK/capture2" &
file=$!
children+=("$lines" "$file")
listens() { grep -q "listening on 'tap0123456789a'" "$1"; }
check "capture listens on the last" wait_for 5 listens "$WORK/capture"
check "so does that into a file" wait_for 5 listens "$WORK/capture2"
ip netns add "$guest"
"$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap1 "$guest" eth0 aa:bb:cc:00:01:06 >"$WORK/tapclient" &
client=$!
children+=("$client")
wait_for 5 grep -q ready "$WORK/tapclient"
# One frame among those that neighbours send when they like: who has 192.0.2.9
ip netns exec "$guest" "$PODGRAFT_BUILD/tests/lib/sendframe" eth0 \
  ffffffffffffaabbcc00010608060001080006040001aabbcc000106c0000201000000000000c0000209
line() { grep -qE '  tap1  from guest  ARP who has 192.0.2.9' "$WORK/lines" || { cat "$WORK/lines"; return 1; }; }
check "capture has had its frame, and says which tap it was" wait_for 5 line
in_file() {
  tshark -r "$WORK/file.pcapng" -Y 'arp.dst.proto_ipv4 == 192.0.2.9' -T fields -e frame.interface_name 2>/dev/null |
    grep -qx tap1
}
check "the file has had it, too, with the tap's name" wait_for 10 in_file
kill -INT "$lines" "$file"
check "capture ends" wait "$lines"
check "so does that into a file" wait "$file"
end_process "$client"

# --- one goes, the others stay ---

check "down of the second" pod down --interface net1
check "its record is gone" has_records eth0.json pod0123456789a.json
check "the others are well" pod status --check
check "net1 is there" in_pod link show net1
check "down of the others" pod down
check "everything is as it was" is_as_before

# --- one more ---

three_interfaces more
check "up with two" pod up --interface eth0 --interface pod0123456789a
check "they have the first two indexes" status_of '[.interfaces[].identity.index] == [0, 1]'
in_node link add veth9 type veth peer name eth1 netns "$pod"
in_node link set veth9 up
in_pod link set eth1 address aa:bb:cc:00:09:06 up
in_pod addr add 10.244.9.7/24 dev eth1
check "one that came later" pod up --interface eth1
check "gets the index that is free" status_of '[.interfaces[].identity | [.interface, .index, .tap]] ==
  [["eth0", 0, "tap0"], ["pod0123456789a", 1, "tap0123456789a"], ["eth1", 2, "tap2"]]'
check "net1 again, whose own index is taken" pod up --interface net1
check "no index is there twice, none has changed" status_of '[.interfaces[].identity | [.interface, .index, .tap]] ==
  [["eth0", 0, "tap0"], ["pod0123456789a", 1, "tap0123456789a"], ["eth1", 2, "tap2"], ["net1", 3, "tap3"]]'
rm -r "$STATE"
check "the records are lost" exits 1 pod down
check "which is said" says "its record is lost"
check "up makes one again" pod up --interface net1
check "with the index it had" status_of '.identity.index == 3'
check "down --force finds all of them" pod down --force
check "nothing is left" no_process
in_node link del veth9
check "everything is as it was" is_as_before

# --- all or nothing ---

three_interfaces nothing
check "one that is not there" exits 2 pod up --interface eth0 --interface net1 --interface net7
check "is named" says "'net7'"
check "nothing was touched" is_as_before
check "one that cannot be bridged" exits 2 pod up --interface eth0 --interface lo
check "nothing was touched" is_as_before
mkdir "$WORK/libexec" # without a responder
check "they cannot be served" exits 1 env PODGRAFT_LIBEXECDIR="$WORK/libexec" podgraft up --netns "$pod" --state-dir "$STATE" "${all[@]}"
check "nothing has changed" is_as_before
check "up with the first" pod up --interface eth0
in_pod link add k6t-net1 type bridge # in the way
check "the second cannot be wired" exits 2 pod up "${all[@]}"
check "which is said" says "'net1'"
check "what stood before stands, the others do not" has_records eth0.json
check "eth0 is well" pod status --check
in_pod link del k6t-net1
check "down" pod down
check "everything is as it was" is_as_before
# Whatever call of the last one's fails: a quarter of the way, half of it, and so on.
export FAULT_LOG=$WORK/calls
check "up" env LD_PRELOAD="${sanitizers}$PODGRAFT_BUILD/tests/fault/shim.so" podgraft up --netns "$pod" --state-dir "$STATE" "${all[@]}"
check "down" pod down
calls=$(wc -l <"$WORK/calls")
check "calls were counted" test "$calls" -gt 60
refused_at() { # CALL: whether all of it is there, or nothing
  local status=0
  FAULTS=$1:fail:1 LD_PRELOAD="${sanitizers}$PODGRAFT_BUILD/tests/fault/shim.so" pod up "${all[@]}" || status=$?
  case $status in
  0) pod status --check && pod down && is_as_before ;;
  1 | 5) is_as_before ;;
  *) echo "exit status $status" && return 1 ;;
  esac
}
for n in 50 60 70 80 90 95; do
  check "call $((calls * n / 100)) of $calls fails" refused_at "$((calls * n / 100))"
done
unset FAULT_LOG
check "up with all" pod up "${all[@]}"
check "down without a name takes all" pod down
check "nothing is left" no_process
check "everything is as it was" is_as_before

# --- the file's list ---

cat >"$WORK/podgraft.json" <<EOF2
{"hostname": "vm", "interfaces": [{"name": "eth0"},
  {"name": "net1", "mtu": 1300, "hostname": "vm1", "mac": "02:00:00:00:00:99"}]}
EOF2
check "up with a list" pod up --config "$WORK/podgraft.json"
check "each has its own settings" status_of '[.interfaces[].identity | [.interface, .mtu_bytes, .hostname]] ==
  [["eth0", 1450, "vm"], ["net1", 1300, "vm1"]]'
check "down" pod down --config "$WORK/podgraft.json"
check "one of the list" pod up --config "$WORK/podgraft.json" --interface net1
check "has its settings" status_of '.identity | .mtu_bytes == 1300 and .mac == "02:00:00:00:00:99"'
check "down" pod down
check "everything is as it was" is_as_before

# --- killed in the middle ---

# All that was recorded is put right by either, wherever the kill came.
for n in 40 120 200; do
  FAULTS=$n:kill-after LD_PRELOAD="${sanitizers}$PODGRAFT_BUILD/tests/fault/shim.so" pod up "${all[@]}" >/dev/null 2>&1
  check "killed at call $n: down mends" pod down
  check "killed at call $n: everything is as it was" is_as_before
  FAULTS=$n:kill-after LD_PRELOAD="${sanitizers}$PODGRAFT_BUILD/tests/fault/shim.so" pod up "${all[@]}" >/dev/null 2>&1
  check "killed at call $n: up goes on" pod up "${all[@]}"
  check "killed at call $n: all are well" pod status --check
  check "killed at call $n: down" pod down
  check "killed at call $n: all is as it was" is_as_before
done
summary
