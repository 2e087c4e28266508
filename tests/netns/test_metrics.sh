#!/bin/bash
# podgraft status --prometheus: the metrics say what happened, in the format that promtool accepts.
. "${srcdir:-.}/tests/lib/lib.sh"

printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"
pod_veth metrics
pod=$POD_PREFIX-metrics guest=$POD_PREFIX-metrics-guest
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
options=(--netns "$pod" --state-dir "$STATE")
podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf" 2>/dev/null
metrics() { podgraft status "${options[@]}" --prometheus >"$WORK/metrics"; }
value() { awk -v m="$1{interface=\"eth0\"$2}" 'index($0, m) == 1 {print $2}' "$WORK/metrics"; }
is() { local got; got=$(value "$1" "$3"); [ "$got" = "$2" ] || { echo "$1: $got, not $2"; cat "$WORK/metrics"; return 1; }; }
more() { local got; got=$(value "$1" "$3"); [ "${got:-0}" -gt "$2" ] || { echo "$1: $got, not over $2"; cat "$WORK/metrics"; return 1; }; }

check "metrics before the guest" metrics
check "wired" is podgraft_wired 1
check "no lease" is podgraft_lease_bound 0
check "the responder lives" is podgraft_responder_alive 1
ip netns add "$guest"
"$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$guest" eth0 aa:bb:cc:00:00:06 >"$WORK/tapclient" &
children+=("$!")
wait_for 5 grep -q ready "$WORK/tapclient" && wait_for 5 has_carrier "$pod" tap0 # before that answers are lost
CLIENT_RESULT=$WORK/result ip netns exec "$guest" busybox udhcpc -i eth0 -f -q -n -t 5 -T 30 -s "$LIB/client-script" >/dev/null 2>&1
check "metrics with the guest" metrics
check "the lease is bound" is podgraft_lease_bound 1
check "that of DHCPv6 is not" is podgraft_lease6_bound 0
check "confirmed just now" more podgraft_lease_acked_timestamp_seconds "$(($(date +%s) - 60))"
check "one DISCOVER" is podgraft_responder_events_total 1 ',event="discover"'
check "the guest sent frames" more podgraft_guest_transmit_packets_total 1
check "and bytes" more podgraft_guest_transmit_bytes_total 300
check "it got some" more podgraft_guest_receive_bytes_total 300
check "its DHCP did not leave: the filter counted" more podgraft_filter_dropped_packets_total 1
ip -n "$pod" link set k6t-eth0 down
metrics
check "drift shows" is podgraft_wired 0
check "each line is of the format" sh -c "! grep -vE '^(# (HELP|TYPE) [a-z0-9_]+ .*|[a-z0-9_]+\\{interface=\"eth0\"(,event=\"[a-z0-9_]+\")?\\} -?[0-9]+)$' $WORK/metrics"
check "each metric has its type once" sh -c "grep '^# TYPE' $WORK/metrics | sort | uniq -d | { ! grep .; }"
check "into a file" podgraft status "${options[@]}" --prometheus --output "$WORK/podgraft.prom"
names() { sed 's/ [^ ]*$//' "$1"; }
check "the same metrics" diff <(names "$WORK/metrics") <(names "$WORK/podgraft.prom")
check "others may read it" test "$(stat -c %a "$WORK/podgraft.prom")" = "$(printf %o $((0666 & ~$(umask))))"
ln -s /dev/full "$WORK/podgraft.prom.new" # what another collector is just writing
check "beside another that writes it" podgraft status "${options[@]}" --prometheus --output "$WORK/podgraft.prom"
check "nothing is left of it" test "$(echo "$WORK"/podgraft.prom*)" = "$WORK/podgraft.prom $WORK/podgraft.prom.new"
check "a file that cannot be is refused" sh -c "podgraft status ${options[*]} --prometheus --output /nonexistent/x 2>&1 | grep -q /nonexistent/x"
check "down" podgraft down "${options[@]}"
summary
