#!/bin/bash
# What the user wants the guest to be told: on the wire, for iPXE, in the record, after a change,
# after the responder was killed, and by 'serve'.
. "${srcdir:-.}/tests/lib/lib.sh"

printf 'nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local\n' >"$WORK/resolv.conf"
pod_veth opt
pod=$POD_PREFIX-opt
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
options=(--netns "$pod" --state-dir "$STATE")
up() { podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf" --hostname vm "$@"; }
responder_pid() { podgraft status "${options[@]}" --json | jq -r .responder.pid; }
lease_state() { podgraft status "${options[@]}" --json | jq -r .lease.state; }

boot=(--dhcp-option ntp-servers=10.0.0.1,10.0.0.2 --dhcp-option tftp-server-name=10.0.0.5
  --dhcp-option bootfile-name=undionly.kpxe --dhcp-option ipxe:bootfile-name=http://10.0.0.6/boot.ipxe
  --dhcp-option 230=text:mine --dhcp-option captive-portal=https://portal.example/)
check "up with options" up "${boot[@]}"
first=$(responder_pid)
record=$(echo "$STATE"/netns-*/eth0.json)
check "they are in the record" test "$(jq -r '.configuration.dhcp_options | join(" ")' "$record")" = \
  "$(printf '%s\n' "${boot[@]}" | grep -v '^--' | paste -sd' ')"

# guest_begin: a namespace behind the tap, as in a virtual machine
guest_begin() {
  rm -f "$WORK/tapclient"
  ip netns add "$pod-guest"
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$pod-guest" eth0 \
    "$(podgraft status "${options[@]}" --json | jq -r .identity.mac)" >"$WORK/tapclient" &
  tapclient=$!
  children+=("$tapclient")
  wait_for 5 grep -qs ready "$WORK/tapclient"
}
check "the guest's link" guest_begin

cat >"$WORK/script" <<'END'
#!/bin/sh
case $reason in
PREINIT) ip link set "$interface" up ;;
BOUND | REBOOT | RENEW) env | sed -n 's/^new_//p' | sort >"$CLIENT_RESULT.new" && mv "$CLIENT_RESULT.new" "$CLIENT_RESULT" ;;
esac
END
chmod +x "$WORK/script"
cat >"$WORK/dhclient.conf" <<'END'
timeout 60;
option mine code 230 = text;
option portal code 114 = text;
request subnet-mask, routers, domain-name-servers, ntp-servers, tftp-server-name, bootfile-name, mine, portal;
END
# ask [LINE]: a client's whole life, with LINE in its configuration
ask() {
  local status=0
  rm -f "$WORK/result"
  { cat "$WORK/dhclient.conf"; echo "${1:-}"; } >"$WORK/conf"
  : >"$WORK/leases"
  timeout 240 ip netns exec "$pod-guest" dhclient -4 -1 -d -sf "$WORK/script" -cf "$WORK/conf" \
    -lf "$WORK/leases" -pf "$WORK/pid" -e CLIENT_RESULT="$WORK/result" eth0 >"$WORK/log" 2>&1 &
  local client=$!
  children+=("$client")
  wait_for 15 test -e "$WORK/result" || status=1
  end_process "$client"
  [ "$status" -eq 0 ] || cat "$WORK/log"
  return "$status"
}
told() { grep -qx -- "$1" "$WORK/result" || { cat "$WORK/result"; return 1; }; }

check "a client" ask
check "NTP servers" told 'ntp_servers=10.0.0.1 10.0.0.2'
check "TFTP server" told 'tftp_server_name=10.0.0.5'
check "next server" told 'next_server=10.0.0.5'
check "boot file as an option" told 'bootfile_name=undionly.kpxe'
check "boot file in its field" told 'filename=undionly.kpxe'
check "a private option" told 'mine=mine'
check "captive portal" told 'portal=https://portal.example/'
check "and the pod's own" told 'domain_name_servers=10.96.0.10'
check "iPXE" ask 'send user-class "iPXE";'
check "gets a boot file of its own" told 'bootfile_name=http://10.0.0.6/boot.ipxe'
check "in its field as well" told 'filename=http://10.0.0.6/boot.ipxe'
check "from the same server" told 'next_server=10.0.0.5'

check "up again with the same" up "${boot[@]}"
check "leaves the responder alone" test "$(responder_pid)" = "$first"
kill -KILL "$first"
dead() { [ "$(responder_pid)" = null ]; }
check "a killed responder" wait_for 5 dead
check "comes back with up" up "${boot[@]}"
check "a client then" ask
check "is told the same" told 'ntp_servers=10.0.0.1 10.0.0.2'

second=$(responder_pid)
check "up with other options" up --dhcp-option ntp-servers=10.0.0.9
check "starts another responder" test "$(responder_pid)" != "$second"
check "the lease survives that" test "$(lease_state)" = bound
check "a client after that" ask
check "is told the new" told 'ntp_servers=10.0.0.9'
not_told() { ! grep -q -- "$1" "$WORK/result"; }
check "and not the old" not_told mine=
check "down" podgraft down "${options[@]}"

check "up --no-serve" up --no-serve --dhcp-option ntp-servers=10.0.0.7
# The tap is another now, and so is the guest's link; it ended with the old one.
wait "$tapclient" 2>/dev/null
ip netns del "$pod-guest"
check "the guest's link, again" guest_begin
podgraft serve "${options[@]}" 2>"$WORK/serve" &
serve=$!
children+=("$serve")
serving() { podgraft status --check "${options[@]}"; }
check "serve" wait_for 5 serving
check "a client of it" ask
check "is told what up recorded" told 'ntp_servers=10.0.0.7'
kill "$serve"
wait "$serve" 2>/dev/null
summary
