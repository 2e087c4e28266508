#!/bin/bash
# Bad input: a clear message, the documented status, and nothing touched.
. "${srcdir:-.}/tests/lib/lib.sh"

pod_veth bad
pod=$POD_PREFIX-bad
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
touch "$WORK/resolv.conf"
dump_pod "$pod" >"$WORK/before"
options=(--netns "$pod" --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf")

# refused WHAT STATUS PATTERN COMMAND...: exit status and message, and the pod is untouched
refused() {
  local what=$1 status=$2 pattern=$3
  shift 3
  check "$what" is_refused "$status" "$pattern" "$@"
}
is_refused() {
  local want=$1 pattern=$2 status=0
  shift 2
  "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
  cat "$WORK/err"
  [ "$status" -eq "$want" ] || { echo "exit status $status, not $want"; return 1; }
  grep -qE -- "$pattern" "$WORK/err" || { echo "the message does not match: $pattern"; return 1; }
  [ ! -s "$WORK/out" ] || { echo "something on standard output"; return 1; }
  dump_pod "$pod" >"$WORK/after"
  diff "$WORK/before" "$WORK/after"
}

refused "no command" 2 "give a command" podgraft
refused "unknown command" 2 "no command 'upp'" podgraft upp
refused "unknown option" 2 "unknown option '--foo'" podgraft up --foo
refused "missing value" 2 "mtu needs a value" podgraft up --mtu
refused "bad MTU" 2 "number from 68 to 65535" podgraft up --mtu 12
refused "bad MAC" 2 "unicast address" podgraft up --mac 01:00:00:00:00:01
refused "bad owner" 2 "UID:GID" podgraft up --tap-owner root
refused "DHCP option of no such name" 2 "there is no option 'ntp-server'" podgraft up --dhcp-option ntp-server=10.0.0.1
refused "DHCP option's value" 2 "option 42 \(ntp-servers\) takes IPv4 addresses, such as 10.0.0.1,10.0.0.2; 'x' is not" \
  podgraft up --dhcp-option ntp-servers=x
refused "DHCP option of a private code" 2 "option 230 takes hexadecimal bytes.*another type goes in front" podgraft up --dhcp-option 230=foo
refused "DHCP option that is podgraft's own" 2 "option 54 \(server-id\) cannot be given: the guest knows" podgraft run --dhcp-option 54=10.0.0.1
refused "DHCP option given twice" 2 "'42=10.0.0.2': that option was given already" \
  podgraft plan --dhcp-option ntp-servers=10.0.0.1 --dhcp-option 42=10.0.0.2
refused "no such namespace" 2 "no such network namespace" podgraft up --netns "$POD_PREFIX-none"
refused "not a namespace" 2 "not a network namespace" podgraft up --netns /dev/null
refused "no such interface" 2 "no interface 'eth7'.*it has: eth0" podgraft up "${options[@]}" --interface eth7
refused "interface does not come" 2 "did not appear within 1 s" podgraft up "${options[@]}" --interface eth7 --wait-interface 1
refused "loopback" 2 "is the loopback" podgraft up "${options[@]}" --interface lo
refused "lease time where none is recorded" 2 "unknown option '--lease-time'" podgraft serve "${options[@]:0:4}" --lease-time 600
refused "a file for metrics that nobody asked for" 2 "give that, too" podgraft status "${options[@]:0:4}" --output "$WORK/metrics"
for command in plan up run domain; do
  refused "$command: network-status without a VMI" 2 "give that with --vmi" podgraft $command "${options[@]}" --network-status "$WORK/status"
done

ip -n "$pod" link add br9 type bridge
ip -n "$pod" link add v9 type veth peer name w9 netns "$pod-node"
ip -n "$pod" link set v9 master br9 up
ip -n "$pod" link add v8 type veth peer name w8 netns "$pod-node"
ip -n "$pod" link add v7 type veth peer name w7
ip -n "$pod" link set v7 up
ip -n "$pod" link set w7 up
dump_pod "$pod" >"$WORK/before"
refused "enslaved elsewhere" 2 "'v9' is a port of 'br9' already" podgraft up "${options[@]}" --interface v9
refused "interface down" 2 "'v8' is down" podgraft up "${options[@]}" --interface v8
refused "a bridge" 2 "cannot be a port" podgraft up "${options[@]}" --interface br9
refused "veth of the same namespace" 2 "looks like the host's own.*'w7' is in the same namespace.*--allow-host-network" \
  podgraft up "${options[@]}" --interface v7
ip -n "$pod" link del v7
ip -n "$pod" link del v8
ip -n "$pod" link del v9
ip -n "$pod" link del br9

ip -n "$pod" link add tap0 type bridge
dump_pod "$pod" >"$WORK/before"
refused "tap's name taken" 2 "name 'tap0' is taken by a link of kind 'bridge'" podgraft up "${options[@]}"
ip -n "$pod" link del tap0
ip -n "$pod" link add k6t-eth0 type veth peer name x9 netns "$pod-node"
dump_pod "$pod" >"$WORK/before"
refused "bridge's name taken" 2 "name 'k6t-eth0' is taken" podgraft up "${options[@]}"
ip -n "$pod" link del k6t-eth0
dump_pod "$pod" >"$WORK/before"

refused "no NET_ADMIN" 5 "CAP_NET_ADMIN" ip netns exec "$pod" capsh --drop=cap_net_admin -- -c \
  "podgraft up --state-dir $STATE --resolv-conf $WORK/resolv.conf"
refused "no /dev/net/tun" 5 "/dev/net/tun.*device plugin" unshare --mount sh -c \
  "mount -t tmpfs none /dev/net && podgraft up ${options[*]}"

# Domains. Each is refused before anything is wired.
domain() { printf '%s' "$2" >"$WORK/$1.xml"; }
domain empty ''
domain malformed '<domain><name>x</name><devices></domain>'
domain other '<network><name>x</name></network>'
domain nodevices '<domain><name>x</name></domain>'
domain noname '<domain><devices/></domain>'
head -c 5000000 /dev/zero | tr '\0' ' ' >"$WORK/huge.xml"
refused "empty XML" 2 "empty" podgraft run "${options[@]}" --domain "$WORK/empty.xml"
refused "malformed XML" 2 "malformed XML in line 1" podgraft run "${options[@]}" --domain "$WORK/malformed.xml"
refused "not a domain" 2 "no libvirt domain: its root is <network>" podgraft run "${options[@]}" --domain "$WORK/other.xml"
refused "no devices" 2 "no <devices>" podgraft run "${options[@]}" --domain "$WORK/nodevices.xml"
refused "no name" 2 "no usable <name>" podgraft run "${options[@]}" --domain "$WORK/noname.xml"
refused "huge XML" 2 "larger than" podgraft run "${options[@]}" --domain "$WORK/huge.xml"
refused "no such file" 2 "No such file" podgraft run "${options[@]}" --domain "$WORK/nothing.xml"
refused "no --domain" 2 "--domain FILE" podgraft run "${options[@]}"
refused "remote libvirt" 2 "must live in the pod" podgraft run "${options[@]}" --domain "$WORK/empty.xml" --connect qemu+ssh://x/system
domain_xml refused | sed "s/machine='q35'/machine='nonsense'/" >"$WORK/refused.xml"
refused "libvirt refuses the domain" 1 "define the domain: " podgraft run "${options[@]}" --domain "$WORK/refused.xml"

refused "status of nothing" 3 "nothing is set up" podgraft status "${options[@]:0:4}"
refused "wait for nothing" 3 "nothing is set up" podgraft wait --timeout 0 "${options[@]:0:4}"
refused "serve nothing" 3 "nothing is set up" podgraft serve "${options[@]:0:4}"

# Waited for is the interface that is taken, whatever it is called.
ip netns add "$pod-ens3"
ip -n "$pod-node" link add v5 up type veth peer name ens3 netns "$pod-ens3"
ip -n "$pod-ens3" link set ens3 up
ip -n "$pod-ens3" addr add 10.244.5.7/24 dev ens3
ip -n "$pod-ens3" route add default via 10.244.5.1
check "the default route's interface is there already" podgraft plan --netns "$pod-ens3" "${options[@]:2}" --wait-interface 1

# resolv.conf: noted, never fatal.
wires() { podgraft up "${options[@]:0:4}" --resolv-conf "$1" --no-serve && podgraft down "${options[@]:0:4}"; }
notes() { podgraft plan "${options[@]:0:4}" --resolv-conf "$1" 2>&1 >/dev/null | grep -E -- "$2"; }
printf 'nameserver fe80::1%%eth0\nnameserver nonsense\nsearch UPPER.example -bad. ok.example\n\001\002garbage\n' >"$WORK/odd.conf"
check "odd resolv.conf: up goes on" wires "$WORK/odd.conf"
check "odd resolv.conf: zone" notes "$WORK/odd.conf" "has a zone"
check "odd resolv.conf: garbage" notes "$WORK/odd.conf" "'nonsense' is not an address"
check "odd resolv.conf: bad domain" notes "$WORK/odd.conf" "'-bad.' is not valid"
check "missing resolv.conf: up goes on" wires "$WORK/none.conf"
check "missing resolv.conf: said" notes "$WORK/none.conf" "No such file"
check "empty resolv.conf: said" notes /dev/null "no usable nameserver"

# The embedded libvirt's directory is emptied, and nobody else's.
podgraft up "${options[@]}" 2>/dev/null
tap_is_down() { ip -n "$pod" link show tap0 | grep -q 'state DOWN'; }
wait_for 5 tap_is_down
dump_pod "$pod" >"$WORK/before"
attached=(podgraft run --attached "${options[@]:0:4}" --domain "$WORK/refused.xml" --libvirt-dir)
mkdir "$WORK/home" "$WORK/mount"
touch "$WORK/home/file"
ln -s "$WORK/mount" "$WORK/link"
refused "others' files in libvirt-dir" 2 "--libvirt-dir '$WORK/home' has files that are not podgraft's.*give one of its own" \
  "${attached[@]}" "$WORK/home"
check "they are still there" test -e "$WORK/home/file"
refused "libvirt-dir is a link" 2 "--libvirt-dir '$WORK/link': Not a directory" "${attached[@]}" "$WORK/link"
refused "libvirt-dir is a mount point" 1 "define the domain: " \
  unshare --mount sh -c 'mount -t tmpfs none "$0" && exec "$@" "$0"' "$WORK/mount" "${attached[@]}"
refused "libvirt-dir is new" 1 "define the domain: " "${attached[@]}" "$WORK/new"
touch "$WORK/new/file"
refused "libvirt-dir is an earlier run's" 1 "define the domain: " "${attached[@]}" "$WORK/new"
check "what that left is gone" test ! -e "$WORK/new/file"
podgraft down "${options[@]:0:4}" 2>/dev/null

# Records.
podgraft up "${options[@]}" --no-serve 2>/dev/null
record=$(echo "$STATE"/netns-*/eth0.json)
cp "$record" "$WORK/record"
wait_for 5 tap_is_down # nobody has it open; the kernel says so a moment later
dump_pod "$pod" >"$WORK/before"
head -c 300 "$WORK/record" >"$record"
refused "truncated record" 2 "truncated.*nothing was touched" podgraft down "${options[@]:0:4}"
sed -E 's/"version": *[0-9]+/"version": 99/' "$WORK/record" >"$record"
refused "newer record" 2 "version 99 is newer" podgraft down "${options[@]:0:4}"
cp "$WORK/record" "$record"
check "the record put back is good" podgraft down "${options[@]:0:4}"
dump_pod "$pod" >"$WORK/before"
mkdir -p "${record%/*}"
sed 's/"boot_id": *"[^"]*"/"boot_id": "another"/' "$WORK/record" >"$record"
refused "record of another boot" 3 "nothing is set up" podgraft status "${options[@]:0:4}"
check "who only looks leaves it" test -e "$record"
downs() { podgraft down "${options[@]:0:4}" >"$WORK/out" 2>&1 && grep -E -- "$1" "$WORK/out"; }
check "down sets it aside" downs "earlier boot.*set aside as"
check "it is set aside" test -e "$record.stale"
mkdir -p "${record%/*}"
sed 's/"netns_cookie": *[0-9]*/"netns_cookie": 1/' "$WORK/record" >"$record"
check "record of another namespace" downs "another network namespace.*set aside as"
summary
