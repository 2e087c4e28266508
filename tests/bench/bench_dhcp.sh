#!/bin/bash
# bench_dhcp.sh JSON: podgraft's responder beside other DHCP servers, each on a tap in a namespace
# of its own, driven by dhcpgen as a guest; perfdhcp cross-checks the others. Under three minutes.
#
# Every server tells the same (address, router, MTU, DNS, domain, search list, host name, route)
# and is set up for speed: no ping before an offer, no lease file on a disk.
# In rounds, of which the best counts: what else the machine does only ever adds.
# BENCH_SERVERS="podgraft dnsmasq ..." chooses among them; BENCH_ROUNDS=3.
set -eu
: "${PODGRAFT_BUILD:?is the directory that podgraft was built in}"
json=$1
[ "$(id -u)" -eq 0 ] || { echo "the bench needs root: it makes network namespaces" >&2; exit 2; }
# Without the other network namespaces of this machine, each of which is a mount: a sandbox that
# begins with a mount namespace copies them all, in a pod there are few.
if [ -z "${BENCH_MOUNTS:-}" ]; then
  export BENCH_MOUNTS=own
  exec unshare --mount bash "$0" "$@"
fi
umount -l /run/netns 2>/dev/null || :

mac=aa:bb:cc:00:00:07
servers=${BENCH_SERVERS:-podgraft dnsmasq udhcpd dhcpd kea} rounds=${BENCH_ROUNDS:-3}
work=$(mktemp -d /dev/shm/podgraft-bench.XXXXXX) # memory, so that no disk is measured
ns=pgbench$$

cleanup() {
  set +e
  trap - EXIT INT TERM
  for pid in $(ip netns pids $ns 2>/dev/null; ip netns pids $ns-peer 2>/dev/null); do kill -KILL "$pid"; done
  ip netns del $ns 2>/dev/null
  ip netns del $ns-peer 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
mkdir -p "$work/run"

cat >"$work/dnsmasq.conf" <<END
port=0
bind-interfaces
no-ping
leasefile-ro
pid-file
user=root
dhcp-authoritative
dhcp-range=10.244.1.7,10.244.1.7,255.255.255.0,infinite
dhcp-host=$mac,10.244.1.7,vm,infinite
dhcp-option=3,10.244.1.1
dhcp-option=6,10.96.0.10
dhcp-option=15,default.svc.cluster.local
dhcp-option=26,1450
dhcp-option=119,default.svc.cluster.local
dhcp-option=121,0.0.0.0/0,10.244.1.1
END
cat >"$work/udhcpd.conf" <<END
interface tap0
start 10.244.1.7
end 10.244.1.7
static_lease $mac 10.244.1.7
max_leases 1
auto_time 0
lease_file /dev/null
pidfile /dev/null
option subnet 255.255.255.0
option router 10.244.1.1
option dns 10.96.0.10
option domain default.svc.cluster.local
option mtu 1450
option hostname vm
option search default.svc.cluster.local
option staticroutes 0.0.0.0/0 10.244.1.1
option lease 864000
END
cat >"$work/dhcpd.conf" <<END
option classless-routes code 121 = array of unsigned integer 8;
authoritative;
ping-check off;
default-lease-time 4294967295;
max-lease-time 4294967295;
subnet 10.244.1.0 netmask 255.255.255.0 {
  host vm {
    hardware ethernet $mac;
    fixed-address 10.244.1.7;
    option routers 10.244.1.1;
    option domain-name-servers 10.96.0.10;
    option domain-name "default.svc.cluster.local";
    option domain-search "default.svc.cluster.local";
    option host-name "vm";
    option interface-mtu 1450;
    option classless-routes 0, 10, 244, 1, 1;
  }
}
END
kea_conf() { # INTERFACE
  cat <<END
{"Dhcp4": {
  "interfaces-config": {"interfaces": ["$1"], "dhcp-socket-type": "raw"},
  "lease-database": {"type": "memfile", "persist": false},
  "valid-lifetime": 4294967295,
  "option-def": [{"name": "classless-routes", "code": 121, "type": "binary"}],
  "subnet4": [{"subnet": "10.244.1.0/24", "interface": "$1",
    "pools": [{"pool": "10.244.1.7 - 10.244.1.7"}],
    "reservations": [{"hw-address": "$mac", "ip-address": "10.244.1.7", "hostname": "vm"}],
    "option-data": [
      {"name": "routers", "data": "10.244.1.1"},
      {"name": "domain-name-servers", "data": "10.96.0.10"},
      {"name": "domain-name", "data": "default.svc.cluster.local"},
      {"name": "domain-search", "data": "default.svc.cluster.local"},
      {"name": "interface-mtu", "data": "1450"},
      {"name": "classless-routes", "data": "000AF40101"}]}],
  "loggers": [{"name": "kea-dhcp4", "severity": "FATAL",
    "output_options": [{"output": "stderr"}]}]}}
END
}

# command_of SERVER INTERFACE: what runs it in the foreground, one word a line
command_of() {
  : >"$work/dhcpd.leases"
  case $1 in
  podgraft) ;;
  dnsmasq) printf '%s\n' dnsmasq -k -C "$work/dnsmasq.conf" -i "$2" ;;
  udhcpd) sed "s/^interface .*/interface $2/" "$work/udhcpd.conf" >"$work/udhcpd-$2.conf"
    printf '%s\n' busybox udhcpd -f "$work/udhcpd-$2.conf" ;;
  dhcpd) printf '%s\n' dhcpd -4 -f -q -cf "$work/dhcpd.conf" -lf "$work/dhcpd.leases" --no-pid "$2" ;;
  kea) kea_conf "$2" >"$work/kea-$2.json"
    printf '%s\n' env KEA_PIDFILE_DIR="$work/run" KEA_LOCKFILE_DIR=none kea-dhcp4 -c "$work/kea-$2.json" ;;
  esac
}

# with_tap SERVER: dhcpgen in a namespace with a tap, as JSON
with_tap() {
  local command
  mapfile -t command < <(command_of "$1" tap0)
  ip netns add $ns
  ip -n $ns link set lo up
  ip -n $ns tuntap add tap0 mode tap
  ip -n $ns link set tap0 mtu 1450 up
  ip -n $ns addr add 10.244.1.1/24 dev tap0
  DHCPGEN_SHARED=$work/shared ip netns exec $ns \
    "$PODGRAFT_BUILD/tests/bench/dhcpgen" "$1" tap0 $mac "${command[@]}"
  ip netns del $ns
}

# cross_check SERVER RATE: perfdhcp, a relay, over a veth pair; "sent dropped milliseconds"
cross_check() {
  local command rate=$2 server
  mapfile -t command < <(command_of "$1" veth0)
  ip netns add $ns
  ip netns add $ns-peer
  ip -n $ns link add veth0 type veth peer name eth0 netns $ns-peer
  ip -n $ns link set lo up
  ip -n $ns link set veth0 up
  ip -n $ns-peer link set eth0 up
  ip -n $ns addr add 10.244.1.1/24 dev veth0
  ip -n $ns-peer addr add 10.244.1.2/24 dev eth0
  ip netns exec $ns "${command[@]}" >/dev/null 2>&1 &
  server=$!
  # Ready when one exchange gets through.
  for _ in $(seq 50); do
    ip netns exec $ns-peer perfdhcp -4 -l eth0 -R 1 -b mac=$mac -n 1 -d 0.2 10.244.1.1 >/dev/null 2>&1 && break
  done
  ip netns exec $ns-peer perfdhcp -4 -l eth0 -R 1 -b mac=$mac -r "$rate" -p 2 10.244.1.1 >"$work/perfdhcp" 2>&1 || :
  kill "$server" 2>/dev/null || :
  wait "$server" 2>/dev/null || :
  ip netns del $ns
  ip netns del $ns-peer
  awk '/^sent packets/ {sent = $3} /^drops:|^drops / {drops += $2} /^received packets/ {received += $3}
    /^avg delay/ {delay += $3} END {printf "%d %d %.3f\n", sent, drops, delay}' "$work/perfdhcp"
}

# --- measure ---

for round in $(seq "$rounds"); do
  [ "$SECONDS" -lt 110 ] || break
  for server in $servers; do
    echo "round $round: $server" >&2
    with_tap "$server" >>"$work/$server.rounds"
  done
done
for server in $servers; do
  [ "$server" != podgraft ] || continue # it rightly does not talk to relays
  rate=$(jq -s 'map(.highest_rate) | max * 0.5 | floor | if . < 5 then 5 elif . > 5000 then 5000 else . end' "$work/$server.rounds")
  echo "perfdhcp: $server at $rate/s" >&2
  cross_check "$server" "$rate" | jq -R --arg server "$server" --argjson rate "$rate" \
    'split(" ") | map(tonumber) | {server: $server, rate: $rate, sent: .[0], dropped: .[1], offer_and_ack_msec: .[2]}'
done | jq -s . >"$work/perfdhcp.json"

mkdir -p "$(dirname "$json")"
for server in $servers; do cat "$work/$server.rounds"; done |
  jq -s --slurpfile perfdhcp "$work/perfdhcp.json" --arg kernel "$(uname -r | cut -d- -f1)" --argjson cpus "$(nproc)" \
    --arg versions "$(dpkg-query -W -f '${Package} ${Version}, ' dnsmasq-base udhcpd isc-dhcp-server kea-dhcp4-server 2>/dev/null)" '
  def best(f): map(f) | map(select(. > 0)) | min // 0;
  def quantiles(f): {min: best(f.min), median: best(f.median), p99: best(f.p99)};
  def memory(f): map(f) | min_by(.private_dirty_kib);
  {kernel: $kernel, cpus: $cpus, versions: $versions,
   servers: [group_by(.server)[] | {
     server: .[0].server,
     first_offer_usec: quantiles(.first_offer_usec),
     offer_usec: quantiles(.offer_usec),
     ack_usec: quantiles(.ack_usec),
     cpu_msec_per_10000: best(.cpu_msec_per_10000),
     highest_rate: (map(.highest_rate) | max),
     generator_limited: (max_by(.highest_rate) | .generator_limited),
     lost: (map(.serial_lost) | add),
     memory_idle: memory(.memory_idle), memory_after: memory(.memory_after)}],
   perfdhcp: $perfdhcp[0]}
  # What must be reached: a ratio is ours over the best of the others.
  | (.servers | map(select(.server == "podgraft")) | first) as $ours
  | [.servers[] | select(.server != "podgraft")] as $peers
  | if $ours and ($peers | length) > 0 then .goals = [
      {what: "private-dirty memory, KiB", ours: $ours.memory_after.private_dirty_kib, most: 128},
      {what: "RSS, KiB", ours: $ours.memory_after.rss_kib, most: 2048},
      {what: "memory grown, KiB", ours: ($ours.memory_after.private_dirty_kib - $ours.memory_idle.private_dirty_kib), most: 0},
      {what: "exec to first OFFER, ms", ours: ($ours.first_offer_usec.median / 1000), most: 2},
      {what: "exec to first OFFER, ratio", ours: ($ours.first_offer_usec.median / ($peers | map(.first_offer_usec.median) | min)), most: 0.5},
      {what: "median latency of OFFER, ratio", ours: ($ours.offer_usec.median / ($peers | map(.offer_usec.median) | min)), most: 1},
      {what: "median latency of ACK, ratio", ours: ($ours.ack_usec.median / ($peers | map(.ack_usec.median) | min)), most: 1},
      {what: "p99 latency of OFFER, ratio", ours: ($ours.offer_usec.p99 / ($peers | map(.offer_usec.p99) | min)), most: 1},
      {what: "p99 latency of ACK, ratio", ours: ($ours.ack_usec.p99 / ($peers | map(.ack_usec.p99) | min)), most: 1},
      {what: "CPU per exchange, ratio", ours: ($ours.cpu_msec_per_10000 / ($peers | map(.cpu_msec_per_10000) | min)), most: 0.6},
      {what: "highest rate, ratio of theirs to ours", ours: (($peers | map(.highest_rate) | max) / $ours.highest_rate), most: 1}]
    else . end' >"$json"

# --- tell ---

jq -r '
  def pad(n): tostring | " " * (n - length) + .;
  def round1: . * 10 | round / 10;
  def row(cells): cells | map(pad(9)) | join("");
  "               exec to |   OFFER, us           |     ACK, us           | CPU ms/ |  highest |  memory KiB after (idle)",
  "            OFFER (ms) |  min   median    p99   |  min   median    p99  |  10,000 |   rate/s |  RSS / PSS / private-dirty",
  (.servers[] |
    (.server + " " * (12 - (.server | length))) + (.first_offer_usec.median / 1000 | round1 | pad(10)) + "  "
    + row([.offer_usec.min, .offer_usec.median, .offer_usec.p99 | round1])
    + row([.ack_usec.min, .ack_usec.median, .ack_usec.p99 | round1])
    + (.cpu_msec_per_10000 | round | pad(8))
    + ((if .generator_limited then ">" else "" end) + (.highest_rate | tostring) | pad(11))
    + "    \(.memory_after.rss_kib)/\(.memory_after.pss_kib)/\(.memory_after.private_dirty_kib)"
    + " (\(.memory_idle.rss_kib)/\(.memory_idle.pss_kib)/\(.memory_idle.private_dirty_kib))"),
  "",
  ((.servers | map(select(.server == "podgraft")) | first) as $o | if $o then
    "times podgraft: first OFFER, OFFER median, ACK median, CPU, rate, private-dirty",
    (.servers[] | select(.server != "podgraft") | (.server + " " * (12 - (.server | length)))
      + row([.first_offer_usec.median / $o.first_offer_usec.median, .offer_usec.median / $o.offer_usec.median,
             .ack_usec.median / $o.ack_usec.median, .cpu_msec_per_10000 / $o.cpu_msec_per_10000,
             .highest_rate / $o.highest_rate, .memory_after.private_dirty_kib / $o.memory_after.private_dirty_kib
             | . * 100 | round / 100])) else empty end),
  "",
  (.perfdhcp[] | "perfdhcp: \(.server) at \(.rate)/s: \(.sent) sent, \(.dropped) dropped, OFFER and ACK \(.offer_and_ack_msec) ms on average"),
  "",
  (.goals // [] | .[] | (if .ours <= .most then "reached  " else "MISSED   " end)
    + .what + ": " + (.ours * 1000 | round / 1000 | tostring) + " (at most \(.most))")' "$json"
echo "as JSON: $json"
