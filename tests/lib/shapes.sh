# shapes.sh - one round for a pod of any shape: wire it, serve real clients, carry traffic, restore.
#
#   new_pod NAME [MTU]      a bare pod behind a veth; or make one and call pod_names NAME
#   in_pod addr add ...     what makes the shape; in_node: its peer
#   peers=(ADDRESS...)      what the guest must reach, and the pod before and after
#   outside=(NAMESPACE...)  from where the guest must be reached
#   shape [LINE...]         the round. A LINE is a line of the client's lease that differs from
#                           lease_defaults; without an address line no lease is expected
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

resolv_conf=$WORK/resolv.conf # a side has another $WORK
printf 'nameserver 10.96.0.10\nsearch Default.svc.cluster.local svc.cluster.local\n' >"$resolv_conf"

declare -A lease_defaults=(
  [mtu]=1450 [routes]='' [dns]=10.96.0.10 [domain]=default.svc.cluster.local
  [search]='default.svc.cluster.local svc.cluster.local' [hostname]=vm [lease]=4294967295
  [server]=169.254.75.10)

in_pod() { ip -n "$pod" "$@"; }
in_node() { ip -n "$node" "$@"; }
in_guest() { ip -n "$guest" "$@"; }
sysctl_in() { ip netns exec "$1" sh -c "echo $3 >/proc/sys/net/$2"; }

# pod_names NAME: the round's names, and its parameters as they are where nothing else is said
pod_names() {
  name=$1 pod=$POD_PREFIX-$1 node=$pod-node guest=$pod-guest
  scope=(--netns "$pod" --state-dir "$STATE")
  options=("${scope[@]}" --resolv-conf "$resolv_conf" --hostname vm)
  interface=eth0 tap=tap0 mtu=1450
  peers=() outside=()
  segment=("$node" veth0) # the namespace and link next to the pod's interface
  warning=''              # what up must say
}

new_pod() {
  pod_names "$1"
  mtu=${2:-1450}
  pod_veth "$1"
  in_node link set veth0 mtu "$((mtu > 1500 ? mtu : 1500))"
  in_pod link set eth0 mtu "$mtu"
}

# cni PLUGIN NODE POD INTERFACE: runs the CNI plugin as a kubelet on NODE would, with the
# configuration on standard input; the result goes to $WORK/cni-result
cni() {
  ip netns exec "$2" env CNI_COMMAND=ADD CNI_CONTAINERID="$3" CNI_NETNS="/run/netns/$3" \
    CNI_IFNAME="$4" CNI_PATH=/usr/lib/cni "/usr/lib/cni/$1" >"$WORK/cni-result" || { cat "$WORK/cni-result"; return 1; }
}
# host_local SUBNET FIRST [ROUTES]: the ipam part of such a configuration
host_local() {
  printf '"ipam": {"type": "host-local", "dataDir": "%s", "ranges": [[{"subnet": "%s", "rangeStart": "%s"}]], "routes": [%s]}' \
    "$WORK/cni" "$1" "$2" "${3:-{\"dst\": \"0.0.0.0/0\"\}}"
}

# --- dumps ---

# dump_shape NAMESPACE: all of its network as ip(8) has it, one value a line. Left out: what runs
# by itself (timers, lifetimes), neighbours that the kernel learns, which come and go, and the order
# among devices of link-local and broadcast routes: whoever sends to such an address names the device.
dump_shape() {
  local what part args=()
  wait_for 5 settled "$1"
  for what in link addr nexthop rule '-6 rule' netconf '-4 route show table all' \
    '-6 route show table all' 'neigh show nud all' 'neigh show proxy'; do
    part=${what//[^a-z0-9]/_}
    # shellcheck disable=SC2086
    ip -n "$1" -d -j $what >"$WORK/dump.$part" || return 1
    args+=(--slurpfile "$part" "$WORK/dump.$part")
  done
  # with the settings of each link, which ip(8) tells but in part
  ip netns exec "$1" grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf | sort >"$WORK/dump.settings"
  jq -n -S --rawfile settings "$WORK/dump.settings" "${args[@]}" '$ARGS.named
    | .settings |= split("\n")
    | walk(if type == "object" then
        with_entries(if (.key | test("_timer$|^expires$|^(valid|preferred)_life_time$"))
                        and .value != 4294967295 then .value = "TIMER" else . end)
      else . end)
    | .neigh_show_nud_all |= map(map(select(
        (any(.state[]?; . == "PERMANENT" or . == "NOARP") or has("extern_learn"))
        and .dev != "lo" and (.dst | test("^ff|^2(2[4-9]|3[0-9])[.]") | not))) | sort_by(.dst))
    | def sort_devices(which): map(map(select(which | not)) + (map(select(which)) | sort_by(.dst, .dev)));
      ._6_route_show_table_all |= sort_devices(.dst == "fe80::/64")
    | ._4_route_show_table_all |= sort_devices(.type == "broadcast")'
}
dumps_equal() { diff "$WORK/$name.before" "$WORK/$name.after"; }
dumps_differ() { ! dumps_equal >/dev/null; }
dump_again() { dump_shape "$pod" >"$WORK/$name.after"; }

# What a kubelet or a CNI's CHECK looks for: the addresses under the interface's old name.
addresses_shown() {
  ip -n "$pod" -j addr show dev "$interface" | jq '.[0].addr_info
    | map(select(.scope == "global") | {family, local, address, prefixlen, broadcast, "label": .label})'
}
addresses_still_shown() {
  addresses_shown >"$WORK/$name.shown" && diff "$WORK/$name.addresses" "$WORK/$name.shown"
}

# --- the guest ---

identity() { podgraft status "${scope[@]}" --json | jq -r ".identity$1"; }
is_v4() { [[ $1 != *:* ]]; }

guest_begin() {
  mac=$(identity .mac)
  ip netns add "$guest"
  rm -f "$WORK/tapclient" # its "ready" of before
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" "$tap" "$guest" eth0 "$mac" >"$WORK/tapclient" &
  tapclient=$!
  children+=("$tapclient")
  wait_for 5 grep -q ready "$WORK/tapclient"
}
guest_end() {
  kill "$tapclient"
  wait "$tapclient" 2>/dev/null
  ip netns del "$guest"
}

# client TOOL: a real client in the guest; what it was given is in $WORK/result and applied
client() {
  local status=0 pid
  in_guest addr flush dev eth0 scope global
  in_guest link set eth0 mtu 1500
  rm -f "$WORK/result" "$WORK/leases"
  export CLIENT_RESULT=$WORK/result
  case $1 in
  udhcpc)
    ip netns exec "$guest" busybox udhcpc -i eth0 -f -q -n -t 20 -T 1 -s "$LIB/client-script" \
      -O mtu -O search -O staticroutes -O hostname -O lease || status=$? ;;
  dhclient)
    cat >"$WORK/dhclient.conf" <<'CONF'
option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
request subnet-mask, routers, domain-name-servers, domain-name, host-name, interface-mtu,
  domain-search, rfc3442-classless-static-routes, dhcp-lease-time;
timeout 60;
initial-interval 1;
backoff-cutoff 1;
CONF
    # -1: give up after the first failure
    timeout 240 ip netns exec "$guest" dhclient -4 -1 -d -sf "$LIB/client-script" -cf "$WORK/dhclient.conf" \
      -lf "$WORK/leases" -pf "$WORK/dhclient.pid" -e CLIENT_RESULT="$WORK/result" eth0 >"$WORK/dhclient.log" 2>&1 &
    pid=$!
    wait_for 15 test -s "$WORK/result" || { status=1; cat "$WORK/dhclient.log"; }
    end_process "$pid" ;;
  esac
  return "$status"
}
# nothing else than these lines, in the client script's order
lease_equals() { diff "$WORK/lease" "$WORK/result"; }
expect_lease() {
  local -A want=()
  local key line
  for key in "${!lease_defaults[@]}"; do want[$key]=${lease_defaults[$key]}; done
  want[mtu]=$mtu
  for line in "$@"; do want[${line%% *}]=${line#* }; done
  for key in address mtu routes dns search domain hostname lease server; do
    echo "$key ${want[$key]}"
  done >"$WORK/lease"
}
is_not_served() { ! ip netns exec "$guest" busybox udhcpc -i eth0 -f -q -n -t 2 -T 1 -s "$LIB/client-script"; }

# guest_ipv6: the guest's kernel hears the router advertisements; the addresses, which DHCPv6 would
# bring, are given to it by hand, with duplicate-address detection.
guest_ipv6() {
  local address
  sysctl_in "$guest" ipv6/conf/eth0/accept_ra_rt_info_max_plen 128
  for address in $(identity '.addresses[] | select(test(":")) | sub("/.*"; "")'); do
    in_guest -6 addr add "$address/128" dev eth0 || return 1
  done
  in_guest link set eth0 mtu "$(identity .mtu_bytes)" up
  wait_for 10 settled "$guest" || { in_guest -6 addr; return 1; }
  ! in_guest addr show dadfailed | grep inet6 || return 1
  wait_for 10 has_routes6 || { cat "$WORK/routes6.missing"; in_guest -6 route; return 1; }
}
# What the identity has, as ip(8) shows it, all from router advertisements: its routes, and what its
# addresses have on-link.
routes6_wanted() {
  identity '(.routes[] | select(.dst | test(":")) | .dst + if .gateway then " via" else "" end),
    (.addresses[] | select(test(":") and (endswith("/128") | not)) | sub("::[0-9a-f]*/"; "::/"))' |
    sed -E 's,^::/0,default,; s,/128\b,,' | sort -u
}
routes6() {
  in_guest -6 route show | grep -E 'proto ra|expires|proto kernel' | sed -E 's, via .*, via,; s, dev .*,,' | sort -u
}
has_routes6() { [ -z "$(comm -23 <(routes6_wanted) <(routes6) | tee "$WORK/routes6.missing")" ]; }

# --- traffic ---

# reaches NAMESPACE ADDRESS: two pings as large as the pod's MTU lets them be, in one piece
reaches() {
  local header=28
  is_v4 "$2" || header=48
  ip netns exec "$1" ping -n -M do -s "$((mtu - header))" -c 2 -i 0.2 -w 20 "$2"
}
# A byte more does not fit: the MTU that was told is in force.
is_too_large() { ! ip netns exec "$guest" ping -n -M do -s "$((mtu - 27))" -c 1 -w 1 "$1"; }

# answers_of ADDRESS REQUESTS: the MACs that answer ARP for it on the pod's segment, one a line
answers_of() {
  ip netns exec "${segment[0]}" busybox arping -c "$2" -w "$2" -I "${segment[1]}" "$1" |
    sed -n 's/.* reply from .*\[\(.*\)\].*/\1/p'
}
# Two requests, two answers: the guest's. A third would be the pod's own.
only_guest_answers() { diff <(printf '%s\n' "$mac" "$mac") <(answers_of "$1" 2); }
nobody_answers() { diff /dev/null <(answers_of "$1" 1); }
# As a client does that detects duplicate addresses: does anyone else have it?
guest_finds_no_duplicate() { ip netns exec "$guest" busybox arping -D -c 1 -w 1 -I eth0 "$1"; }

# --- the round ---

plan_is_long() {
  podgraft plan "${options[@]}" --json >"$WORK/plan" && [ "$(jq '.operations | length' "$WORK/plan")" -gt 10 ]
}
nothing_planned() { podgraft plan "${scope[@]}" | grep -qx 'nothing to do'; }
up_warns() { podgraft up "${options[@]}" 2>"$WORK/up.err" && { cat "$WORK/up.err"; grep -qE -- "$warning" "$WORK/up.err"; }; }

# shape_before: what the pod is like, and that a plan leaves it so
shape_before() {
  local peer
  check "$name: the pod is ready" wait_for 5 has_carrier "$pod"
  for peer in "${peers[@]}"; do
    check "$name: the pod reaches $peer" reaches "$pod" "$peer"
  done
  dump_shape "$pod" >"$WORK/$name.before"
  addresses_shown >"$WORK/$name.addresses"
  check "$name: plan lists operations" plan_is_long
  dump_again
  check "$name: plan changes nothing" dumps_equal
}

shape_up() {
  if [ -n "$warning" ]; then
    check "$name: up warns" up_warns
  else
    check "$name: up" podgraft up "${options[@]}"
  fi
  check "$name: up again" podgraft up "${options[@]}"
  check "$name: nothing left to do" nothing_planned
  check "$name: wait --for=ready" podgraft wait --for=ready --timeout 60 "${scope[@]}"
  dump_again
  check "$name: the pod is another now" dumps_differ
  check "$name: $interface still shows the pod's addresses" addresses_still_shown
}

# shape_guest [LINE...]: clients, ARP and traffic
shape_guest() {
  local tool peer from address addresses
  check "$name: a guest" guest_begin
  if [ $# -gt 0 ]; then
    check "$name: status --check" podgraft status --check "${scope[@]}"
    expect_lease "$@"
    for tool in udhcpc dhclient; do
      check "$name: $tool is bound" client "$tool"
      check "$name: $tool got its lease to the letter" lease_equals
    done
    check "$name: status --check=ready" podgraft status --check=ready "${scope[@]}"
  else
    check "$name: no lease is offered" is_not_served
  fi
  check "$name: IPv6 in the guest" guest_ipv6
  addresses=$(identity '.addresses[] | sub("/.*"; "")')
  shape_arp
  # Both ask anew, so that the guest is seen with its address.
  in_guest -6 neigh flush dev eth0
  ip -n "${segment[0]}" -6 neigh flush dev "${segment[1]}"
  for peer in "${peers[@]}"; do
    check "$name: the guest reaches $peer" reaches "$guest" "$peer"
    check "$name: with no byte more to $peer" is_too_large "$peer"
  done
  for from in "${outside[@]}"; do
    for address in $(first_addresses); do
      check "$name: the guest is reached at $address from ${from#"$POD_PREFIX-"}" reaches "$from" "$address"
    done
  done
  check "$name: wait --for=lease" awaits_lease
  guest_end
}
awaits_lease() {
  podgraft wait --for=lease --timeout 120 "${scope[@]}" || { cat "$STATE"/*/responder.log; return 1; }
}
# One of each family is the guest's: DHCP carries no more.
first_addresses() { printf '%s\n' $addresses | awk '{ f = /:/ } !seen[f]++'; }

shape_arp() {
  local address first=
  for address in $addresses; do
    is_v4 "$address" || continue
    if [ -z "$first" ]; then
      first=$address
      check "$name: the guest finds no duplicate of $address" guest_finds_no_duplicate "$address"
      check "$name: only the guest answers for $address" wait_for 2 only_guest_answers "$address"
    else
      check "$name: nobody answers for $address" nobody_answers "$address"
    fi
  done
}

shape_down() {
  local peer
  check "$name: down" podgraft down "${scope[@]}"
  check "$name: down again" podgraft down "${scope[@]}"
  dump_again
  check "$name: everything is as it was" dumps_equal
  for peer in "${peers[@]}"; do
    check "$name: the pod reaches $peer again" reaches "$pod" "$peer"
  done
}

shape() {
  shape_before
  shape_up
  shape_guest "$@"
  shape_down
}
