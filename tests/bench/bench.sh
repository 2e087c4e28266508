#!/bin/bash
# bench.sh DIR: podgraft beside what people use, in one run; DIR/bench.json, DIR/*.svg and a table.
#
# BENCH="wiring ready ..." chooses parts (those not run are kept as DIR/bench.json has them);
# BENCH_ROUNDS=30. Contestants take turns, so that what else the machine does is everybody's, and
# are started alike (race.c). A part is a function part_NAME that prints its JSON.
set -eu
: "${PODGRAFT_BUILD:?is the directory that podgraft was built in}"
out=$1
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" -eq 0 ] || { echo "the bench needs root: it makes network namespaces" >&2; exit 2; }
# Without the other network namespaces of this machine, each of which is a mount: a sandbox that
# begins with a mount namespace copies them all, in a pod there are few.
if [ -z "${BENCH_MOUNTS:-}" ]; then
  export BENCH_MOUNTS=own
  exec unshare --mount bash "$0" "$@"
fi
umount -l /run/netns 2>/dev/null || :
mount -t tmpfs bench /run/netns 2>/dev/null || { mkdir -p /run/netns && mount -t tmpfs bench /run/netns; }

srcdir=$(cd "$here/../.." && pwd)
export PODGRAFT_LIBEXECDIR=$PODGRAFT_BUILD LC_ALL=C.UTF-8
export PATH=$PODGRAFT_BUILD:/usr/local/sbin:/usr/sbin:/sbin:$PATH
rounds=${BENCH_ROUNDS:-30}
parts=${BENCH:-wiring ready down plan status burst memory lease datapath instructions}
work=$(mktemp -d /dev/shm/podgraft-bench.XXXXXX) # memory, so that no disk is measured
export BENCH_WORK=$work                           # known by it: every process of the bench
race="env -u PODGRAFT_BUILD $PODGRAFT_BUILD/tests/bench/race" floor=$PODGRAFT_BUILD/tests/bench/floor
podgraft=$PODGRAFT_BUILD/podgraft
state="--state-dir $work/state"
bare="--no-serve --no-filter --no-keep-address"
children=()

cleanup() {
  set +e
  trap - EXIT INT TERM
  for pid in "${children[@]}"; do kill -KILL "$pid" 2>/dev/null; done
  # What a contestant left in the background, when it is ended early.
  for pid in $(grep -lsz "^BENCH_WORK=$work\$" /proc/[0-9]*/environ | cut -d/ -f3); do kill -KILL "$pid"; done
  for pid in $(ip netns list | awk '{print $1}' | xargs -rn1 ip netns pids); do kill -KILL "$pid"; done
  for name in $(ip netns list | awk '{print $1}'); do ip netns del "$name"; done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# wait_for SECONDS COMMAND...: until it succeeds
exec {never}<> <(:)
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    read -r -t 0.01 -u "$never" || :
  done
}

listens() { ip netns exec "$1" ss -H "${@:2}" | grep -q .; } # NAMESPACE SS-OPTION...

# --- the pod, and what others do by hand: the same operations, in the same order ---

cat >"$work/pod" <<'END'
link set lo up
link set eth0 address aa:bb:cc:00:00:07 mtu 1450 up
addr add 10.244.1.7/24 dev eth0
route add default via 10.244.1.1
route add 10.96.0.0/12 via 10.244.1.1
END
cat >"$work/wire" <<'END'
link add k6t-eth0 address 02:00:00:00:00:01 mtu 1450 type bridge forward_delay 0 stp_state 0 mcast_snooping 0
link set k6t-eth0 addrgenmode none alias podgraft
link set k6t-eth0 up
tuntap add tap0 mode tap
link set tap0 mtu 1450 addrgenmode none alias podgraft
link set tap0 master k6t-eth0 up
addr del 10.244.1.7/24 dev eth0
addr flush dev eth0
link set eth0 addrgenmode none
link set eth0 name eth0-nic
link set eth0-nic address 02:00:00:00:00:02 alias podgraft
link set eth0-nic master k6t-eth0
link set eth0-nic type bridge_slave learning off
END
{
  cat "$work/wire"
  cat <<'END'
tuntap add eth0 mode tap
link set eth0 address aa:bb:cc:00:00:07 mtu 1450 alias podgraft
addr add 10.244.1.7/24 dev eth0 noprefixroute
END
} >"$work/wire-keeper"
{
  cat "$work/wire-keeper"
  echo "addr add 10.244.1.1/24 dev k6t-eth0" # dnsmasq serves where it has an address only
} >"$work/wire-serve"
{
  echo "set -e"
  sed 's/^/ip /' "$work/wire"
} >"$work/wire.sh"
{
  echo "set -e"
  sed 's/^/ip /' "$work/wire-keeper"
  echo "nft -f $work/rules"
} >"$work/wire-keeper.sh"
cat >"$work/unwire" <<'END'
link del eth0
link set eth0-nic nomaster
link set eth0-nic name eth0
link set eth0 address aa:bb:cc:00:00:07 alias ""
link set eth0 addrgenmode eui64
link del tap0
link del k6t-eth0
addr add 10.244.1.7/24 dev eth0
route add default via 10.244.1.1
route add 10.96.0.0/12 via 10.244.1.1
END
echo "delete table bridge podgraft" >"$work/no-rules"
cat >"$work/dnsmasq.conf" <<'END'
port=0
bind-interfaces
interface=k6t-eth0
leasefile-ro
pid-file
user=root
dhcp-range=10.244.1.7,10.244.1.7,255.255.255.0,infinite
dhcp-option=3,10.244.1.1
dhcp-option=6,10.96.0.10
dhcp-option=26,1450
END

# contestant NAME PREPARE TIMED: a line for race
contestant() { printf '%s\t%s\t%s\n' "$@"; }

# The rules are podgraft's own, as nft lists them.
list_rules() { # FILE OPTION...
  echo "nft -s list ruleset >$work/$1" >"$work/list-rules.sh"
  contestant rules true "$podgraft up --no-serve $state ${*:2} && sh $work/list-rules.sh" |
    $race trials 1 "$work/pod" >/dev/null
}
list_rules rules
list_rules rules-anti-spoof --anti-spoof
grep -q 'chain forward' "$work/rules" || { echo "could not learn podgraft's rules" >&2; exit 1; }

# --- the parts that races are ---

# summarize: of lines with name, usec and cpu_usec, by name
summarize() {
  jq -s '
    def quantile(q): sort | .[length * q | floor];
    reduce group_by(.name)[] as $g ({}; .[$g[0].name] = ($g | map(.usec)) as $usec |
      {runs: ($usec | length), median_usec: ($usec | quantile(0.5)), min_usec: ($usec | min),
       p90_usec: ($usec | quantile(0.9)), cpu_usec: ($g | map(.cpu_usec) | quantile(0.5))})'
}
# trials <contestants
trials() { $race trials "$rounds" "$work/pod" | summarize; }

part_wiring() {
  {
    contestant podgraft true "$podgraft up $bare $state"
    contestant "ip -batch" true "ip -batch $work/wire"
    contestant "shell script" true "sh $work/wire.sh"
    contestant "kernel floor" true "$floor 10.244.1.7/24"
    contestant "podgraft, filter, keeper" true "$podgraft up --no-serve $state"
    contestant "ip -batch, nft -f, keeper" true "ip -batch $work/wire-keeper && nft -f $work/rules"
    contestant "shell script, filter, keeper" true "sh $work/wire-keeper.sh"
    contestant "kernel floor, keeper" true "$floor 10.244.1.7/24 keeper"
  } | trials
}

part_ready() {
  {
    contestant podgraft true "$podgraft up $state"
    contestant "ip -batch, nft -f, dnsmasq" true "ip -batch $work/wire-serve && nft -f $work/rules && dnsmasq -C $work/dnsmasq.conf"
  } | trials
}

part_down() {
  {
    contestant podgraft "$podgraft up $state" "$podgraft down $state"
    contestant "podgraft, without responder" "$podgraft up --no-serve $state" "$podgraft down $state"
    contestant "ip -batch, nft -f" "ip -batch $work/wire-keeper && nft -f $work/rules" \
      "ip -batch $work/unwire && nft -f $work/no-rules"
  } | trials
}

part_plan() { contestant podgraft true "$podgraft plan $state" | trials; }

part_status() {
  contestant "podgraft status --check" "$podgraft up $state" "$podgraft status --check $state" | trials
}

# As many rounds as give each size a fair number of pods.
part_burst() {
  local n i times
  for n in 1 10 50 200; do
    case $n in 1) times=30 ;; 10) times=10 ;; *) times=5 ;; esac
    times=${BENCH_BURSTS:-$times}
    for i in $(seq "$times"); do
      {
        contestant podgraft true "$podgraft up $state"
        contestant "by hand" true "ip -batch $work/wire-serve && nft -f $work/rules && dnsmasq -C $work/dnsmasq.conf"
      } | $race burst "$n" "$work/pod"
    done
  done | jq -s '
    def median: sort | .[length / 2 | floor];
    [group_by([.name, .pods])[] | {name: .[0].name, pods: .[0].pods, bursts: length,
      total_usec: (map(.total_usec) | median), slowest_usec: (map(.slowest_usec) | median),
      usec_per_pod: (map(.total_usec / .pods) | median | round),
      cpu_usec_per_pod: (map(.cpu_usec / .pods) | median | round), failures: (map(.failures) | add),
      rtnl_median_usec: (map(.rtnl_median_usec) | median), rtnl_worst_usec: (map(.rtnl_worst_usec) | median),
      private_dirty_kib_per_pod: (map(.private_dirty_kib / .pods) | median | round),
      pss_dirty_kib_per_pod: (map(.pss_dirty_kib / .pods) | median | round)}]'
}

part_instructions() { "$here/instructions.sh" --json; }

. "$here/part_memory.sh"
. "$here/part_lease.sh"
. "$here/part_datapath.sh"

# --- run them ---

mkdir -p "$out"
json=$out/bench.json
[ -s "$json" ] && cp "$json" "$work/all.json" || echo '{}' >"$work/all.json"
for part in $parts; do
  declare -F "part_$part" >/dev/null || { echo "there is no part '$part'" >&2; exit 2; }
  begin=$SECONDS
  "part_$part" >"$work/part.json"
  echo "$part: $((SECONDS - begin)) s" >&2
  jq --arg part "$part" --slurpfile value "$work/part.json" '.[$part] = $value[0]' "$work/all.json" >"$work/all.new"
  mv "$work/all.new" "$work/all.json"
done
commit=$(git -C "$here" describe --always --dirty --abbrev=10 2>/dev/null || echo unknown)
machine="$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), Linux $(uname -r | cut -d- -f1)"
jq --arg commit "$commit" --arg machine "$machine" --arg when "$(date -u +%F)" \
  '{commit: $commit, machine: $machine, date: $when} + del(.commit, .machine, .date, .goals)' "$work/all.json" |
  jq -f "$here/goals.jq" >"$json"
jq -r -f "$here/table.jq" "$json"
"$here/plot.sh" "$json" "$out"
# docs/scale.md tells what was measured last.
if [ -w "$out/../scale.md" ] && jq -e .burst "$json" >/dev/null; then
  jq -r -f "$here/scale.jq" "$json" >"$work/scale"
  awk -v file="$work/scale" '/<!-- measured -->/ {print; while ((getline line <file) > 0) print line; skip = 1}
    /<!-- end -->/ {skip = 0} !skip' "$out/../scale.md" >"$work/scale.md"
  cat "$work/scale.md" >"$out/../scale.md"
fi
echo "as JSON: $json; as plots: $out/*.svg"
