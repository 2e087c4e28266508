# clients.sh - the life of a real DHCP client behind the real tap, from DISCOVER to RELEASE; and of
# a boot ROM
#
# A driver, clients/NAME.sh, makes a client do things; it has the guest's namespace in $guest and a
# directory of its own in $WORK:
#
#   client_start     in the foreground of $guest; the caller keeps it in the background
#   client_report    what it was told and has no place in the kernel: lines "dns ...",
#                    "search ..." and "hostname ..."
#   client_renew, client_rebind    make it; nothing where it only does so when its time has come
#   client_release   make it give its lease back
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

address=10.244.1.7/24 gateway=10.244.1.1 mac=aa:bb:cc:00:00:06

# client_pod NAME OPTION...: a pod with a gateway, grafted and served
client_pod() {
  pod=$POD_PREFIX-$1 node=$POD_PREFIX-$1-node guest=$POD_PREFIX-$1-guest
  scope=(--netns "$pod" --state-dir "$STATE")
  shift
  printf 'nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local\n' >"$WORK/resolv.conf"
  options=("${scope[@]}" --resolv-conf "$WORK/resolv.conf" --hostname vm "$@")
  pod_veth "${pod#"$POD_PREFIX-"}"
  ip -n "$node" addr add $gateway/24 dev veth0
  ip -n "$pod" addr add $address dev eth0
  ip -n "$pod" route add default via $gateway
  ip -n "$pod" route add 10.96.0.0/12 via $gateway
  check "$name: up" podgraft up "${options[@]}"
}

status() { podgraft status "${scope[@]}" --json | jq -r "$1"; }
status_is() { podgraft status "${scope[@]}" --json | jq -e "$1" >/dev/null; }
counter() { status ".responder.counters.$1"; }

# --- the guest: a namespace whose eth0 is the tap's other end ---

guest_begin() {
  ip netns add "$guest"
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$guest" eth0 $mac >"$WORK/tapclient" &
  tapclient=$!
  wait_for 10 grep -q ready "$WORK/tapclient"
}
guest_run() { ip netns exec "$guest" "$@"; }
# Of what the client says to DHCP servers, let through:
only_unicast() { kill -USR2 "$tapclient"; }
only_broadcast() { kill -USR1 "$tapclient"; }
everything() { kill -HUP "$tapclient"; }

# As when a machine loses its power: its disk keeps what the client wrote, nobody says good-bye.
guest_power_off() {
  local pid
  for pid in $(ip netns pids "$guest"); do
    [ "$pid" -eq "$tapclient" ] || kill -KILL "$pid"
  done
  wait_for 5 nothing_runs && ip -n "$guest" addr flush dev eth0 && ip -n "$guest" link set eth0 mtu 1500
}
nothing_runs() { [ "$(ip netns pids "$guest")" = "$tapclient" ]; }

# --- what it made of its lease ---

has_address() { ip -n "$guest" -o -4 addr show dev eth0 | grep -q " $address "; }
has_route() { ip -n "$guest" route show "$1" | grep -q "via $gateway dev eth0"; }
# dhcpcd leaves the interface as it is and limits its routes instead.
has_mtu() {
  [ "$(ip -n "$guest" -j link show eth0 | jq '.[0].mtu')" -eq 1450 ] ||
    ip -n "$guest" route show default | grep -q 'mtu 1450'
}
expected_report() {
  printf '%s\n' 'dns 10.96.0.10' 'search default.svc.cluster.local svc.cluster.local' 'hostname vm'
}
reports_all() { diff <(expected_report) <(client_report); }
reaches_gateway() { guest_run ping -n -c 1 -W 20 $gateway; }

applied() { # WHEN
  check "$name: $1: the pod's address" wait_for 10 has_address
  check "$name: $1: the default route" wait_for 10 has_route default
  check "$name: $1: the other route" wait_for 10 has_route 10.96.0.0/12
  check "$name: $1: the MTU" wait_for 10 has_mtu
  check "$name: $1: DNS, search list and host name" wait_for 10 reports_all
  check "$name: $1: it reaches its gateway" reaches_gateway
}

# --- the story ---

client_begin() {
  client_start >>"$WORK/log" 2>&1 &
  client=$!
}
counted_more() { [ "$(counter "$1")" -gt "$2" ]; }
# Retransmissions are the client's own affair, but each message has its answer.
all_answered() { status_is '.responder.counters | .offer == .discover and .ack == .request and .nak == 0'; }

responder_restarted() {
  local pid
  pid=$(status .responder.pid)
  kill -KILL "$pid"
  wait_for 5 is_gone "$pid" && podgraft up "${options[@]}" && [ "$(status .responder.pid)" != "$pid" ]
}

# life NAME LEASE-SECONDS MESSAGE: all of a client's life; the message is what it begins with after
# a reboot: "request" where it remembers its lease (INIT-REBOOT), else "discover"
life() {
  local name=$1 lease_sec=$2 reboot=$3 before discovers
  . "$LIB/clients/$name.sh"
  client_pod "$name" --lease-time "$lease_sec"
  check "$name: the guest's link" guest_begin

  client_begin
  check "$name: bound" wait_for 20 status_is '.lease.state == "bound"'
  applied bound
  discovers=$(counter discover)

  only_unicast
  before=$(counter renew)
  client_renew
  check "$name: renewed by unicast" wait_for 20 counted_more renew "$before"

  # Its server is silent, and another process by the time the client asks everybody.
  only_broadcast
  before=$(counter renew)
  check "$name: the responder is another" responder_restarted
  client_rebind
  check "$name: rebound by broadcast" wait_for 30 counted_more renew "$before"
  check "$name: without starting over" test "$(counter discover)" -eq "$discovers"
  applied rebound

  everything
  check "$name: power off" guest_power_off
  before=$(counter ack)
  client_begin
  check "$name: bound after a reboot" wait_for 20 counted_more ack "$before"
  if [ "$reboot" = request ]; then
    check "$name: it remembered its lease" test "$(counter discover)" -eq "$discovers"
  else
    check "$name: it started over" test "$(counter discover)" -gt "$discovers"
  fi
  applied rebooted

  client_release
  check "$name: released" wait_for 10 status_is '.lease.state == "released"'
  check "$name: every message was answered" all_answered
  check "$name: nothing was dropped" status_is \
    '[.responder.counters | to_entries[] | select(.key | test("^drop_|failed$")) | .value] | add == 0'
  check "$name: down" podgraft down "${scope[@]}"
}

# --- a boot ROM ---

# The boot file asks for another one, whose name says what the ROM made of its lease.
boot_server() {
  mkdir -p "$WORK/tftp"
  chmod 755 "$WORK" "$WORK/tftp"
  cat >"$WORK/tftp/boot.ipxe" <<'IPXE'
#!ipxe
imgfetch tftp://${next-server}/${net0/ip}/${net0/netmask}/${net0/gateway}/${net0/dns}/${net0/hostname}/${net0/domain}/${net0/mtu}
IPXE
  ip netns exec "$node" dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file --port=0 --user=root \
    --enable-tftp --tftp-root="$WORK/tftp" --log-facility=- >"$WORK/tftp.log" 2>&1 &
}
fetched() { grep -q "sent $WORK/tftp/$1 to ${address%/*}" "$WORK/tftp.log"; }
asked_for() { grep -q "file $WORK/tftp/$1 not found for ${address%/*}" "$WORK/tftp.log"; }

# rom NAME: a boot ROM and what it boots; then the system, another client with another identifier
rom() {
  local name=$1 qemu before
  client_pod "$name" --lease-time 600 --dhcp-option bootfile-name=undionly.kpxe \
    --dhcp-option "ipxe:bootfile-name=tftp://$gateway/boot.ipxe" --dhcp-option next-server=$gateway
  boot_server
  ip netns exec "$pod" qemu-system-x86_64 -machine q35,accel=tcg -m 64 -display none -nodefaults \
    -device virtio-net-pci,netdev=pod,mac=$mac -boot n -no-reboot \
    -netdev tap,id=pod,ifname=tap0,script=no,downscript=no,vhost=off >"$WORK/log" 2>&1 &
  qemu=$!
  check "$name: bound" wait_for 60 status_is '.lease.state == "bound"'
  check "$name: it says what it is" status_is '.lease.guest_vendor_class | startswith("PXEClient")'
  check "$name: its request was answered" status_is '.responder.counters | .ack == .request and .nak == 0'
  check "$name: it fetched the boot file that is iPXE's own" wait_for 30 fetched boot.ipxe
  check "$name: it was told everything" wait_for 30 asked_for \
    10.244.1.7/255.255.255.0/10.244.1.1/10.96.0.10/vm/default.svc.cluster.local/1450
  kill "$qemu"
  wait "$qemu"

  . "$LIB/clients/udhcpc.sh"
  check "$name: the system's link" guest_begin
  before=$(counter ack)
  client_begin
  check "$name: the system is bound" wait_for 20 counted_more ack "$before"
  applied system
  check "$name: down" podgraft down "${scope[@]}"
}
