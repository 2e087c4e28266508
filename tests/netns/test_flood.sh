#!/bin/bash
# A guest gone mad: 100,000 frames a second of garbage, then of valid requests. The responder's
# memory does not grow by a page, it answers a valid exchange meanwhile, its log stays small.
#
# FLOOD_FRAMES=10000000 floods for as long as it takes by hand.
. "${srcdir:-.}/tests/lib/lib.sh"
frames=${FLOOD_FRAMES:-300000}
rate=100000

pod_veth flood
pod=$POD_PREFIX-flood
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
options=(--netns "$pod" --state-dir "$STATE")
check "up" podgraft up "${options[@]}"
status() { podgraft status "${options[@]}" --json | jq -r "$1"; }
counter() { status ".responder.counters.$1"; }
flood() { "$PODGRAFT_BUILD/tests/lib/flood" "$pod" tap0 aa:bb:cc:00:00:06 "$@" >"$WORK/flood" || return 1; tail -1 "$WORK/flood"; }
told() { sed -E "s/.* $1 ([0-9]+).*/\\1/" "$WORK/flood"; }
guardian=$(status .responder.pid) worker=$(status .responder.worker)

# memory: KiB of both processes that are nobody else's (what they share with each other once), and
# KiB resident
memory() {
  awk '$1 == "Rss:" {rss += $2} $1 == "Pss_Anon:" {own += $2} END {print own, rss}' \
    "/proc/$guardian/smaps_rollup" "/proc/$worker/smaps_rollup"
}

check "valid exchanges" flood quiet 2000 1000
read -r own rss < <(memory)
echo "guardian and worker: $own KiB of their own, $rss KiB resident"
if ! grep -aq __asan_init "$PODGRAFT_BUILD/podgraft-dhcpd"; then # a sanitizer's shadow is large
  check "128 KiB of their own are enough" test "$own" -le 128
  check "2 MiB resident are enough" test "$rss" -le 2048
fi

no_more() { local o r; read -r o r < <(memory); [ "$o" -le "$own" ] && [ "$r" -le "$rss" ]; }
for kind in garbage requests; do
  seen=$(counter frames)
  check "$kind: $frames frames" flood $kind "$frames" $rate
  echo "$kind: $(cat "$WORK/flood")"
  # Enough of them came as far as the responder; the socket's queue is short on purpose.
  check "$kind: the responder had to do with it" test "$(($(counter frames) - seen))" -gt "$((frames / 20))"
  check "$kind: valid exchanges went on" test "$(told exchanges)" -ge 5
  check "$kind: every one was answered" test "$(told unanswered)" -eq 0
  check "$kind: within a second, most of them" test "$(told median)" -lt 1000000
  check "$kind: not a page more" no_more
done

check "the processes are the same" test "$(status .responder.pid) $(status .responder.worker) $(status .responder.restarts)" = "$guardian $worker 0"
check "garbage was known for what it was" test "$(counter drop_malformed)" -gt 0 -a "$(counter drop_vlan)" -gt 0
check "requests were answered" test "$(counter offer)" -gt 1000
log=$(echo "$STATE"/*/responder.log)
check "the log tells of it" grep -q 'somebody else uses its address' "$log"
check "the log stays small" test "$(stat -c %s "$log")" -lt 16384
check "down" podgraft down "${options[@]}"
summary
