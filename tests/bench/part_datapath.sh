# part_datapath.sh - what filter and responder cost the guest's traffic: iperf3 from outside, through
# veth and bridge, to a namespace in the guest's place
#
# In the tap's place, and under its name, is a veth pair: a tap would have a process behind it that
# carries each frame, beside which neither filter nor socket could be seen. Each variant has a pod of
# its own; they take turns, and what one loses is told by comparison within the turn.

datapath_pod() { # NAME RULES|none responder|none
  local name=dp-$1
  ip netns add "$name"; ip netns add "$name-node"; ip netns add "$name-guest"
  ip -n "$name-node" link add veth0 mtu 1450 type veth peer name eth0-nic netns "$name"
  ip -n "$name" link add tap0 mtu 1450 type veth peer name eth0 netns "$name-guest"
  ip -n "$name" link add k6t-eth0 address 02:00:00:00:00:01 mtu 1450 type bridge forward_delay 0 stp_state 0 mcast_snooping 0
  ip -n "$name" link set eth0-nic mtu 1450 master k6t-eth0 up
  ip -n "$name" link set tap0 master k6t-eth0 up
  ip -n "$name" link set k6t-eth0 up
  ip -n "$name-guest" link set eth0 address aa:bb:cc:00:00:07 mtu 1450 up
  ip -n "$name-guest" addr add 10.244.1.7/24 dev eth0
  ip -n "$name-node" addr add 10.244.1.1/24 dev veth0
  ip -n "$name-node" link set veth0 up
  [ "$2" = none ] || ip netns exec "$name" nft -f "$work/$2"
  if [ "$3" = responder ]; then
    ip netns exec "$name" "$PODGRAFT_BUILD/tests/bench/serve" tap0 "$work/$name.lease" >"$work/$name.serve" &
    children+=("$!")
    wait_for 20 grep -qs serving "$work/$name.serve"
  fi
  ip netns exec "$name-guest" iperf3 -s >/dev/null &
  children+=("$!")
  wait_for 20 listens "$name-guest" -ltn 'sport = 5201'
}

iperf() { ip netns exec "dp-$1-node" iperf3 -c 10.244.1.7 -J "${@:2}"; }
tcp() { iperf "$1" -n 400M | jq '.end.sum_received.bits_per_second'; }
# What arrives, while the sender sends as it can.
udp() { iperf "$1" -u -l 64 -b 0 -k 100000 | jq '.end.sum | (.packets - .lost_packets) / .seconds'; }

part_datapath() {
  local i n variant names=(nothing filter responder "filter, responder" "anti-spoof, responder")
  datapath_pod 0 none none
  datapath_pod 1 rules none
  datapath_pod 2 none responder
  datapath_pod 3 rules responder
  datapath_pod 4 rules-anti-spoof responder
  for i in $(seq 0 "$rounds"); do
    for n in 0 1 2 3 4; do
      variant=$(((i + n) % 5))
      printf '{"round": %d, "name": "%s", "tcp": %s, "udp": %s}\n' "$i" "${names[variant]}" "$(tcp $variant)" "$(udp $variant)"
    done
  done | jq -s '
    def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2] + .[length / 2 - 1]) / 2 end;
    def of(f): . as $all | reduce ("nothing", "filter", "responder", "filter, responder", "anti-spoof, responder") as $n ({};
      .[$n] = {median: ($all | map(select(.name == $n) | f) | median),
        lost_percent: ([$all | group_by(.round)[] | (map(select(.name == "nothing") | f) | first) as $base
          | map(select(.name == $n) | f) | first | (1 - . / $base) * 100] | median | . * 100 | round / 100)});
    map(select(.round > 0)) | {tcp: of(.tcp), udp: of(.udp)}'
  for i in "${children[@]}"; do kill -KILL "$i" 2>/dev/null || :; done
  for n in 0 1 2 3 4; do
    for i in $(ip netns pids "dp-$n"); do kill -KILL "$i" 2>/dev/null || :; done
    for i in "" -node -guest; do ip netns del "dp-$n$i"; done
  done
}
