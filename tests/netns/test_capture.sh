#!/bin/bash
# podgraft capture: lines for people, and a file that tshark reads, of a real exchange.
. "${srcdir:-.}/tests/lib/lib.sh"

printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"
pod_veth capture
pod=$POD_PREFIX-capture guest=$POD_PREFIX-capture-guest
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
options=(--netns "$pod" --state-dir "$STATE")
check "nothing to capture before up" sh -c "podgraft capture ${options[*]} 2>&1 | grep -q 'nothing is set up'"
podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf" 2>/dev/null
podgraft capture "${options[@]}" >"$WORK/lines" 2>"$WORK/log" &
lines=$!
podgraft capture "${options[@]}" --write "$WORK/file.pcapng" 2>"$WORK/log2" &
file=$!
podgraft capture "${options[@]}" --count 2 >"$WORK/two" 2>"$WORK/log3" &
two=$!
children+=("$lines" "$file" "$two")
listening() { grep -q "listening on 'tap0'" "$1"; }
for log in log log2 log3; do wait_for 5 listening "$WORK/$log"; done

ip netns add "$guest"
"$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$guest" eth0 aa:bb:cc:00:00:06 >"$WORK/tapclient" &
children+=("$!")
wait_for 5 grep -q ready "$WORK/tapclient"
CLIENT_RESULT=$WORK/result ip netns exec "$guest" busybox udhcpc -i eth0 -f -q -n -t 20 -T 1 -s "$LIB/client-script" >/dev/null 2>&1
# ARP in VLAN 5: who has 192.0.2.9, tell 192.0.2.1
ip netns exec "$guest" "$PODGRAFT_BUILD/tests/lib/sendframe" eth0 \
  ffffffffffffaabbcc0000068100000508060001080006040001aabbcc000006c0000201000000000000c0000209

line() { grep -qE -- "$1" "$WORK/lines" || { cat "$WORK/lines"; return 1; }; }
check "DISCOVER" wait_for 5 line 'from guest  0\.0\.0\.0 > 255\.255\.255\.255  DHCP DISCOVER, xid 0x[0-9a-f]{8}$'
check "OFFER" wait_for 5 line 'to guest    169\.254\.75\.10 > .*DHCP OFFER server 169\.254\.75\.10, xid .*, gives 10\.244\.1\.7$'
check "REQUEST" wait_for 5 line 'DHCP REQUEST .*wants 10\.244\.1\.7'
check "ACK" wait_for 5 line 'DHCP ACK .*gives 10\.244\.1\.7$'
check "a tag is shown" wait_for 5 line 'from guest  VLAN 5  ARP who has 192\.0\.2\.9, tell 192\.0\.2\.1$'
# Its last frame is in it when all are.
in_file() { tshark -r "$WORK/file.pcapng" -Y vlan.id==5 2>/dev/null | grep -q ARP; }
check "the file has it, too" wait_for 10 in_file
check "--count ends by itself" wait "$two"
check "after two frames" test "$(wc -l <"$WORK/two")" -eq 2
kill -INT "$lines" "$file"
check "SIGINT ends it well" wait "$lines"
check "and the file's" wait "$file"
tshark -r "$WORK/file.pcapng" -T fields -e _ws.col.Protocol -e dhcp.option.dhcp >"$WORK/tshark" 2>/dev/null
for type in 1 2 3 5; do
  check "tshark reads DHCP message type $type" grep -qE "^DHCP	$type$" "$WORK/tshark"
done
check "tshark reads the tag" in_file
check "tshark finds nothing malformed" sh -c "! tshark -r $WORK/file.pcapng -Y _ws.malformed 2>/dev/null | grep ."
check "as many DHCP frames as lines" test "$(grep -c ' DHCP ' "$WORK/lines")" -eq "$(grep -c ^DHCP "$WORK/tshark")"
check "a bad file is refused" sh -c "podgraft capture ${options[*]} --write /nonexistent/x 2>&1 | grep -q \"/nonexistent/x\""
check "down" podgraft down "${options[@]}"
summary
