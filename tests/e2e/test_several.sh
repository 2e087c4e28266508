#!/bin/bash
# A real guest with three interfaces on three networks made by the CNI; a fourth comes and the second
# goes while the guest runs, and the first does not lose a packet; and then everything is as it was.
. "${srcdir:-.}/tests/lib/shapes.sh"
"$LIB/mkguest" "$GUEST_CACHE" || exit 1
export PODGRAFT_GRACE=120 # under emulation, on a busy machine

pod_names several
ip netns add "$node"
ip netns add "$pod"
in_node link set lo up
in_pod link set lo up

# network INTERFACE NUMBER MTU [ROUTES]: one more network, bridge and host-local, and the pod's interface
network() {
  cni bridge "$node" "$pod" "$1" <<CONF
{"cniVersion": "0.4.0", "name": "net-$2", "type": "bridge", "bridge": "cni$2", "isGateway": true,
 "mtu": $3, $(host_local "10.244.$2.0/24" "10.244.$2.7" "${4:- }")}
CONF
  wait_for 5 is_up "$1" # its carrier, which the kernel tells later
}
is_up() { in_pod link show "$1" | grep -q 'state UP'; }
pod() { local command=$1 && shift && podgraft "$command" --netns "$pod" --state-dir "$STATE" "$@"; }
guest_has() { # INTERFACE WORDS: what the guest tells of the one with the MAC of the pod's
  tr -d '\r' <"$WORK/several.console" | grep -q -- "^GUEST interface: .*${macs[$1]} $2\$"
}
responders() { ip netns pids "$pod" | xargs -r ps -o args= -p | grep '[p]odgraft-dhcpd'; }
one_responder() { [ "$(responders | wc -l)" -eq 1 ] || { responders; return 1; }; }
as_before() { dump_again && dumps_equal; }
no_guest() { ! ip netns pids "$pod" | xargs -r ps -o args= -p | grep '[q]emu-system'; }
no_process() { [ -z "$(ip netns pids "$pod")" ]; }
exits() { local status=0; "${@:2}" >"$WORK/said" 2>&1 || status=$?; [ "$status" -eq "$1" ] || { echo "exit status $status"; cat "$WORK/said"; return 1; }; }

check "a first network" network eth0 1 1450 '{"dst": "0.0.0.0/0"}'
check "a second" network net1 2 1400
check "a third" network pod0123456789a 3 1300
declare -A macs
for interface in eth0 net1 pod0123456789a; do
  macs[$interface]=$(in_pod -j link show "$interface" | jq -r '.[0].address')
done
dump_shape "$pod" >"$WORK/several.before"

domain_xml several podgraft.several >"$WORK/several.xml"
start() { # [OPTION...]
  podgraft run "$@" "${options[@]}" --interface eth0 --interface net1 --interface pod0123456789a \
    --domain "$WORK/several.xml" >"$WORK/run.log" 2>&1 &
  run=$!
  children+=("$run")
}
start
check "the guest has all its leases" pod wait --for=lease --timeout 600
check "and is ready" wait_for 30 console_has several "GUEST: ready"
check "the first has the gateway" wait_for 10 guest_has eth0 '10.244.1.7/24 mtu 1450 default routes 1'
check "the second its address and MTU" wait_for 10 guest_has net1 '10.244.2.7/24 mtu 1400 default routes 0'
check "the third, too" wait_for 10 guest_has pod0123456789a '10.244.3.7/24 mtu 1300 default routes 0'
check "one process serves them" one_responder
check "the order is the one asked for" sh -c "tr -d '\r' <'$WORK/several.console' | sed -n 's/^GUEST interface: \(eth[0-9]\) \([0-9a-f:]*\) .*/\1 \2/p' | sort | cut -d' ' -f2 | tr '\n' ' ' | grep -qx '${macs[eth0]} ${macs[net1]} ${macs[pod0123456789a]} '"

# --- while the first is pinged ---

ip netns exec "$node" ping -n -i 0.1 -c 30000 10.244.1.7 >"$WORK/ping" 2>&1 &
ping=$!
children+=("$ping")
answered() { [ "$(grep -c 'bytes from' "$WORK/ping")" -ge "$1" ]; }
check "the first is pinged" wait_for 10 answered 5

check "a fourth network" network net4 4 1350
macs[net4]=$(in_pod -j link show net4 | jq -r '.[0].address')
echo '{"interfaces": [{"name": "net4", "model": "nonesuch"}]}' >"$WORK/bogus.json"
check "a card that QEMU does not know is refused" exits 1 pod up --config "$WORK/bogus.json"
check "with libvirt's words" grep -q "give 'net4' to the guest: attach the interface: .*nonesuch" "$WORK/said"
check "the fourth is as it was" sh -c "ip -n $pod addr show net4 | grep -q 10.244.4.7/24"
check "up of the fourth returns when the guest has it" pod up --interface net4
check "the guest gets its lease" wait_for 20 guest_has net4 '10.244.4.7/24 mtu 1350 default routes 0'
check "status knows of four" sh -c "podgraft status --netns $pod --state-dir $STATE --json | jq -e '[.interfaces[].identity.index] == [0, 1, 2, 4]'"
check "all is well" wait_for 10 pod status --check=ready
check "one process serves them all" one_responder

check "down without a name is refused" exits 1 pod down
check "for the run" grep -q "'podgraft run' lives" "$WORK/said"
check "down of the second returns when the guest has let go" pod down --interface net1
check "the guest has lost it" wait_for 10 console_has several 'GUEST interface: eth1 is gone'
check "it is the pod's again" sh -c "ip -n $pod addr show net1 | grep -q 10.244.2.7/24"
check "the others are well" pod status --check=ready
check "the second comes back" pod up --interface net1
check "one process, still" one_responder
check "with its lease" wait_for 20 pod wait --interface net1 --for=lease --timeout 80
check "an interface that is not there is refused" exits 2 pod up --interface net9
check "up of one that the guest has, as it was" exits 0 pod up --interface net1
quiet() { ! grep . "$WORK/said"; }
check "says nothing" quiet
check "up of it with another name for the guest" exits 0 pod up --interface net1 --hostname other
check "says when the guest hears that" grep -q "to be told of 'net1' is another by now; it hears that when" "$WORK/said"

before=$(grep -c 'bytes from' "$WORK/ping")
check "the first is still pinged" wait_for 10 answered "$((before + 3))"
kill -INT "$ping"
wait "$ping"
lost=$(grep -o 'icmp_seq=[0-9]*' "$WORK/ping" | cut -d= -f2 | awk '$1 != NR {print "lost: " NR; exit}')
check "no packet of the first was lost" test -z "$lost"

# --- the end ---

kill -TERM "$run"
status=0
wait "$run" || status=$?
check "the guest shuts down" test "$status" -eq 0
check "no process is left" wait_for 5 no_process
in_pod link del net4
nothing_kept() { [ -z "$(ls -A "$STATE")" ] || { find "$STATE"; return 1; }; }
check "no record is left" nothing_kept
check "everything is as it was" as_before

# --- killed, with what was added ---

check "the fourth network again" network net4 5 1350
dump_shape "$pod" >"$WORK/several.before"
# QEMU as another user, who opens the tap of what comes later, too; in a container everybody may open
# the device, and the machine's own stays as it is.
chmod 755 "$WORK"
chmod -R a+rX "$GUEST_CACHE"
: >"$WORK/several.console" && chmod 666 "$WORK/several.console"
mknod "$WORK/tun" c 10 200 && chmod 666 "$WORK/tun"
cat >"$WORK/podgraft" <<EOF
#!/bin/sh
exec unshare --mount --propagation slave sh -c 'mount --bind $WORK/tun /dev/net/tun && exec "\$0" "\$@"' "$PODGRAFT_BUILD/podgraft" "\$@"
EOF
chmod 755 "$WORK/podgraft"
PATH=$WORK:$PATH
start --run-as 107:107
check "the guest is ready again" wait_for 60 console_has several "GUEST: ready"
check "up of the fourth" pod up --interface net4
check "its tap is that user's alone" sh -c "ip -n $pod tuntap show | grep -q '^tap4:.* user '"
check "a second run is refused" exits 1 podgraft run "${options[@]}" --domain "$WORK/several.xml"
check "because of the first" grep -q "another 'podgraft run' lives" "$WORK/said"
kill -KILL "$run"
wait "$run" 2>/dev/null
check "down of the fourth after SIGKILL" pod down --interface net4
check "ends the guest that had it" wait_for 5 no_guest
check "down takes the others" pod down
check "no process is left" wait_for 5 no_process
check "no record is left" nothing_kept
check "everything is as it was" as_before
[ "$failed" -eq 0 ] || cat "$WORK/run.log" "$WORK/several.console"
summary
