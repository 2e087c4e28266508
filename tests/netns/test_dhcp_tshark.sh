#!/bin/bash
# A second opinion: tshark reads what real clients and the responder said to each other, and one
# reply of every kind, without one mark of a malformed packet or of an error.
. "${srcdir:-.}/tests/lib/lib.sh"

printf 'nameserver 10.96.0.10\nnameserver 10.96.0.11\nsearch %s\n' \
  "$(seq -f 'a-rather-long-name-%g.svc.cluster.local' -s ' ' 20)" >"$WORK/resolv.conf"
pod_veth wire
pod=$POD_PREFIX-wire
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
ip -n "$pod-node" addr add 10.244.1.1/24 dev veth0 # so that unicast to the server has a way
for i in $(seq 40); do ip -n "$pod" route add "10.$i.0.0/16" via 10.244.1.1; done
options=(--netns "$pod" --state-dir "$STATE")
check "up" podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf" --hostname vm --lease-time 3600 \
  --dhcp-option ntp-servers=10.0.0.1,10.0.0.2 --dhcp-option tftp-server-name=10.0.0.5 \
  --dhcp-option tftp-server-address=10.0.0.5 --dhcp-option bootfile-name=undionly.kpxe \
  --dhcp-option ipxe:bootfile-name=http://10.0.0.6/boot.ipxe --dhcp-option vendor-class=HTTPClient \
  --dhcp-option captive-portal=https://portal.example/ --dhcp-option ipv6-only-preferred=1800 \
  --dhcp-option time-offset=-3600 --dhcp-option 230=text:mine

guest=$pod-guest
ip netns add "$guest"
"$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$guest" eth0 \
  "$(podgraft status "${options[@]}" --json | jq -r .identity.mac)" >"$WORK/tapclient" &
children+=("$!")
check "the guest's link" wait_for 5 grep -q ready "$WORK/tapclient"
ip netns exec "$guest" tshark -q -i eth0 -f 'udp port 67 or udp port 68' -w "$WORK/wire.pcap" 2>"$WORK/tshark" &
capture=$!
children+=("$capture")
check "the capture" wait_for 20 test -s "$WORK/wire.pcap"

export CLIENT_RESULT=$WORK/result
has_result() { wait_for 15 test -e "$WORK/result"; }
counter() { podgraft status "${options[@]}" --json | jq ".responder.counters.$1"; }
counts() { [ "$(counter "$1")" -ge "$2" ]; }

# busybox: DISCOVER to ACK, renewing, release
udhcpc() {
  rm -f "$WORK/result"
  ip netns exec "$guest" busybox udhcpc -i eth0 -f -R -t 20 -T 1 -s "$LIB/client-script" \
    -O 1 -O 119 -O 121 -O 249 -O 42 -O 66 -O 67 -O 150 "$@" >"$WORK/udhcpc" 2>&1 &
  client=$!
  children+=("$client")
  has_result
}
check "udhcpc is bound" udhcpc
all_routes() { [ "$(sed -n 's/^routes //p' "$WORK/result" | wc -w)" -eq 82 ] || { cat "$WORK/result"; return 1; }; }
check "udhcpc has the 41 routes, from 576 bytes" all_routes
acks=$(counter ack)
kill -USR1 "$client"
check "udhcpc renews" wait_for 10 counts ack $((acks + 1))
end_process "$client"
check "udhcpc releases" wait_for 5 counts release 1

# dhclient LEASES [LINE]: with what it has in its lease file, and LINE in its configuration
dhclient() {
  rm -f "$WORK/result"
  { echo 'timeout 60; option mine code 230 = text;
request subnet-mask, routers, domain-name, domain-name-servers, domain-search, host-name, ntp-servers,
  tftp-server-name, bootfile-name, rfc3442-classless-static-routes, mine;
option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;'; echo "${2:-}"; } >"$WORK/conf"
  command timeout 240 ip netns exec "$guest" dhclient -4 -1 -d -sf "$LIB/client-script" -cf "$WORK/conf" \
    -lf "$1" -pf "$WORK/pid" -e CLIENT_RESULT="$CLIENT_RESULT" eth0 >"$WORK/dhclient" 2>&1 &
  client=$!
  children+=("$client")
  has_result || { cat "$WORK/dhclient"; return 1; }
  end_process "$client"
  return 0
}
: >"$WORK/leases"
check "dhclient is bound" dhclient "$WORK/leases"
check "dhclient has them, too" all_routes
check "dhclient reboots with its lease" dhclient "$WORK/leases"
cat >"$WORK/foreign" <<'END'
lease {
  interface "eth0";
  fixed-address 192.168.99.9;
  option subnet-mask 255.255.255.0;
  option dhcp-lease-time 4294967295;
  option dhcp-server-identifier 192.168.99.1;
  renew never;
  rebind never;
  expire never;
}
END
check "dhclient comes with another network's lease" dhclient "$WORK/foreign"
check "and is told so" counts nak 1
: >"$WORK/leases"
check "dhclient as iPXE, with more room" dhclient "$WORK/leases" \
  'send user-class "iPXE"; send dhcp-max-message-size 1400;'
check "dhclient gives its lease back" ip netns exec "$guest" dhclient -4 -r -sf "$LIB/client-script" \
  -cf "$WORK/conf" -lf "$WORK/leases" -pf "$WORK/pid" eth0
check "which is heard" wait_for 5 counts release 2

said=$(podgraft status "${options[@]}" --json | jq '.responder.counters |
  .discover + .request + .inform + .decline + .release + .offer + .ack + .nak')
packets() { command tshark -r "$1" -Y "${2:-dhcp}" 2>/dev/null | wc -l; }
is_captured() { [ "$(packets "$WORK/wire.pcap")" -ge "$said" ]; }
check "all of it is captured" wait_for 20 is_captured
kill -INT "$capture"
wait "$capture" 2>/dev/null
check "every message that was counted, no other" test "$(packets "$WORK/wire.pcap")" -eq "$said"
bad='_ws.malformed || _ws.expert.severity == error || dhcp.option.option_overload.file_end_missing ||
  dhcp.option.option_overload.sname_end_missing'
none_bad() { command tshark -r "$1" -Y "$bad" -V 2>"$WORK/tshark" | head -200 >"$WORK/bad"; ! grep -v 'Running as' "$WORK/tshark" && [ ! -s "$WORK/bad" ] || { cat "$WORK/bad"; return 1; }; }
check "none is malformed" none_bad "$WORK/wire.pcap"
check "replies were overloaded" test "$(packets "$WORK/wire.pcap" 'dhcp.option.option_overload')" -gt 0
check "and long options split" test "$(packets "$WORK/wire.pcap" 'dhcp.option.type == 121 && dhcp.option.length == 252')" -gt 0

# Every kind of reply there is.
"$PODGRAFT_BUILD/tests/lib/dhcpreplies" >"$WORK/all.pcap" 2>"$WORK/count"
check "a reply of every kind" test "$(packets "$WORK/all.pcap")" -eq "$(cat "$WORK/count")"
check "none of them is malformed" none_bad "$WORK/all.pcap"
"$PODGRAFT_BUILD/tests/lib/dhcp6replies" >"$WORK/all6.pcap" 2>"$WORK/count"
check "a DHCPv6 reply of every kind" test "$(packets "$WORK/all6.pcap" dhcpv6)" -eq "$(cat "$WORK/count")"
check "none of them is malformed either" none_bad "$WORK/all6.pcap"
summary
