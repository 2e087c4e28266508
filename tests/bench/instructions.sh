#!/bin/bash
# instructions.sh [--json|--write]: what 'podgraft up' and one DHCP exchange take, in instructions
# (callgrind), against tests/bench/instructions.json; fails on growth over 5 %. Under 20 seconds.
#
# --json prints what was counted, --write makes it the figure to compare with: do that in the commit
# that makes it more, and say why, or in one that makes it less. Counted is what runs in user space,
# without waiting for anything: the same to the instruction each time, on one machine with one libc.
set -eu
: "${PODGRAFT_BUILD:?is the directory that podgraft was built in}"
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" -eq 0 ] || { echo "this needs root: it makes network namespaces" >&2; exit 2; }
export PODGRAFT_LIBEXECDIR=$PODGRAFT_BUILD LC_ALL=C.UTF-8
work=/dev/shm/podgraft-instructions # of one length: it is in what is counted
rm -rf "$work" # one that was killed left it
mkdir "$work"
trap 'rm -rf "$work"' EXIT
cat >"$work/pod" <<'END'
link set lo up
link set eth0 address aa:bb:cc:00:00:07 mtu 1450 addrgenmode none up
addr add 10.244.1.7/24 dev eth0
route add default via 10.244.1.1
END
printf 'nameserver 10.96.0.10\nsearch default.svc.cluster.local\n' >"$work/resolv.conf"

callgrind="valgrind --tool=callgrind --callgrind-out-file=$work/out.%q{COUNT}"
preload="LD_PRELOAD=$PODGRAFT_BUILD/tests/bench/steady.so"
total() { awk '/^(summary|totals):/ {n = $2} END {print n}' "$work/out.$1"; }

# up OPTION...: with its children's; in a fresh pod, with an environment of its own
up() {
  rm -rf "$work/state" "$work"/out.*
  printf 'up\ttrue\tenv -i PATH=%s COUNT=%%p PODGRAFT_LIBEXECDIR=%s %s %s %s/podgraft up --no-serve --state-dir %s/state --resolv-conf %s/resolv.conf --hostname vm %s\n' \
    "$PATH" "$PODGRAFT_LIBEXECDIR" "$preload" \
    "valgrind --tool=callgrind --trace-children=no --callgrind-out-file=$work/out.%p" "$PODGRAFT_BUILD" "$work" "$work" "$*" |
    "$PODGRAFT_BUILD/tests/bench/race" trials 1 "$work/pod" >/dev/null
  cat "$work"/out.* | awk '/^(summary|totals):/ {seen = $2} /^totals:/ {sum += $2} END {print sum}'
}
exchanges() {
  env -i PATH="$PATH" "$preload" valgrind --tool=callgrind --callgrind-out-file="$work/exchanges.$1" \
    "$PODGRAFT_BUILD/tests/bench/exchange" "$1" >/dev/null 2>&1
  awk '/^totals:/ {print $2}' "$work/exchanges.$1"
}

one=$(exchanges 1) many=$(exchanges 101)
jq -n --argjson bare "$(up --no-filter --no-keep-address)" --argjson whole "$(up)" \
  --argjson exchange $(((many - one) / 100)) \
  '{"up, wiring only": $bare, "up, with filter and keeper": $whole, "a DHCP exchange": $exchange}' >"$work/counted.json"
case ${1:-} in
--json) cat "$work/counted.json" ;;
--write) cp "$work/counted.json" "$here/instructions.json" ;;
*)
  jq -n -r --slurpfile now "$work/counted.json" --slurpfile before "$here/instructions.json" '
    $before[0] | to_entries[] | . as $e | $now[0][$e.key] as $n |
    (if $n > $e.value * 1.05 then "GROWN    " else "as it was  " end) +
    "\($e.key): \($n) instructions, \($e.value) before (\(($n / $e.value - 1) * 1000 | round / 10) %)"' >"$work/told"
  cat "$work/told"
  ! grep -q ^GROWN "$work/told"
  ;;
esac
