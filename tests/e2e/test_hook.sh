#!/bin/bash
# The libvirt hook under a real libvirtd with real guests: start, lease, destroy, restart, every way it can go wrong.
. "${srcdir:-.}/tests/lib/lib.sh"
. "$LIB/libvirtd.sh"
"$LIB/mkguest" "$GUEST_CACHE" || exit 1
printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"

as_before() { dump_pod "$pod" >"$WORK/after"; diff "$WORK/before" "$WORK/after"; }
guest_says() { tr -d '\r' <"$WORK/$1.console" | grep -q -- "GUEST $2" || { cat "$WORK/$1.console"; return 1; }; }
virsh() { in_libvirtd virsh -q -c qemu:///system "$@"; }
status() { podgraft status "${options[@]}" --json; }
nothing_kept() { [ -z "$(ls -A "$STATE" 2>/dev/null)" ] || { find "$STATE"; return 1; }; }
off() { virsh domstate "$1" | grep -q 'shut off'; }
ready() { wait_for 60 console_has "$1" "GUEST: ready" || { cat "$WORK/$1.console" "$WORK/libvirtd/log"; return 1; }; }

# hooked_xml NAME ATTRIBUTES: as 'podgraft domain' prints it, with the request in its metadata
hooked_xml() {
  domain_xml "$1" podgraft.ping=10.244.1.1 |
    sed "s|</name>|</name><metadata><podgraft:network xmlns:podgraft='urn:podgraft:1' state-dir='$STATE' resolv-conf='$WORK/resolv.conf' $2/></metadata>|" >"$WORK/plain.xml"
  podgraft domain "${options[@]}" --domain "$WORK/plain.xml" --resolv-conf "$WORK/resolv.conf"
}

begin() { # NAME: a pod with a libvirtd of its own, and the hook installed
  name=$1
  pod=$POD_PREFIX-$1 node=$POD_PREFIX-$1-node
  pod_cni "$1"
  options=(--netns "$pod" --state-dir "$STATE")
  mac=$(ip -n "$pod" -j link show eth0 | jq -r '.[0].address')
  dump_pod "$pod" >"$WORK/before"
  LIBVIRTD_SETUP="PODGRAFT_LIBEXECDIR=$PODGRAFT_BUILD $PODGRAFT_BUILD/podgraft hook --install; sed -i 's|^exec|export PODGRAFT_LIBEXECDIR=$PODGRAFT_BUILD; exec|' /etc/libvirt/hooks/qemu.d/podgraft" \
    libvirtd_start "$pod"
}

begin life
hooked_xml life "hostname='vm' lease-time='3600'" >"$WORK/life.xml"
check "life: define" virsh define "$WORK/life.xml"
check "life: start" virsh start life
check "life: the guest is ready" ready life
for line in "address: 10.244.1.7/24" "mac: $mac" "hostname: vm" "ping 10.244.1.1: answered"; do
  check "life: guest $line" guest_says life "$line"
done
check "life: status has the lease" sh -c "podgraft status ${options[*]} --json | jq -e '.lease.state == \"bound\"'"
check "life: down refuses while the guest runs" sh -c "! podgraft down ${options[*]} 2>$WORK/err && grep -q \"domain 'life' of a libvirt daemon uses it\" $WORK/err"
check "life: destroy" virsh destroy life
check "life: the network is as it was" as_before
check "life: no record is left" nothing_kept
rm -f "$WORK/life.console"
check "life: start again" virsh start life
check "life: ready again" ready life
kill -KILL "$(status | jq .responder.pid)" 2>/dev/null
qemu=$(in_libvirtd cat /run/libvirt/qemu/life.pid)
kill "$libvirtd"; wait "$libvirtd" 2>/dev/null
check "life: the daemon restarts while the guest runs" libvirtd_again
check "life: the guest still runs" sh -c "kill -0 $qemu"
check "life: reconnect revived the responder" wait_for 15 podgraft status --check "${options[@]}"
check "life: the graft still stands" sh -c "podgraft status ${options[*]} --json | jq -e '.links.drift | length == 0'"
kill -KILL "$qemu"
check "life: QEMU killed: the domain is off" wait_for 10 off life
check "life: and the network is as it was" wait_for 10 as_before
check "life: no record is left after that" wait_for 5 nothing_kept

# A second domain on the same interface, while the first has it.
hooked_xml second "" >"$WORK/second.xml"
rm -f "$WORK/life.console"
check "second: the first starts" virsh start life
check "second: define" virsh define "$WORK/second.xml"
check "second: is refused" sh -c "! nsenter --target $libvirtd --mount --net --root virsh -q -c qemu:///system start second 2>$WORK/err"
check "second: libvirt's error names the first" grep -q "in use by the domain 'life'" "$WORK/err"
check "second: whose graft is left alone" podgraft status --check "${options[@]}"
check "second: the first is destroyed" virsh destroy life
check "second: the network is as it was" as_before

# What the domain asks for is not possible.
hooked_xml bad "" | sed "s|state-dir=|interface='eth7' state-dir=|" >"$WORK/bad.xml"
check "bad: define" virsh define "$WORK/bad.xml"
check "bad: start fails" sh -c "! nsenter --target $libvirtd --mount --net --root virsh -q -c qemu:///system start bad 2>$WORK/err"
check "bad: libvirt's error has our message" grep -q "no interface 'eth7'" "$WORK/err"
check "bad: the network is as it was" as_before
hooked_xml worse "" | sed "s|state-dir=|lease-tme='1' state-dir=|" >"$WORK/worse.xml"
check "worse: define" virsh define "$WORK/worse.xml"
check "worse: an unknown attribute is an error" sh -c "! nsenter --target $libvirtd --mount --net --root virsh -q -c qemu:///system start worse 2>$WORK/err"
check "worse: which names it" grep -q "attribute 'lease-tme' is unknown" "$WORK/err"
hooked_xml tap "" | sed "s|dev=.tap0.|dev='tap9'|" >"$WORK/tap.xml"
check "tap: define" virsh define "$WORK/tap.xml"
check "tap: another target is an error" sh -c "! nsenter --target $libvirtd --mount --net --root virsh -q -c qemu:///system start tap 2>$WORK/err"
check "tap: which says what to write" grep -q "podgraft domain" "$WORK/err"
check "tap: the network is as it was" as_before
check "tap: no record is left" nothing_kept

# Two pods, each with a libvirtd of its own.
first_libvirtd=$libvirtd first_place=$libvirtd_place first_pod=$pod
mv "$WORK/libvirtd" "$WORK/libvirtd-first"
begin other
hooked_xml other "" >"$WORK/other.xml"
check "other: define" virsh define "$WORK/other.xml"
check "other: start" virsh start other
libvirtd_of_first() { nsenter --target "$first_libvirtd" --mount --net --root virsh -q -c qemu:///system "$@"; }
rm -f "$WORK/life.console"
check "other: the first pod's starts too" libvirtd_of_first start life
check "other: ready" ready other
check "other: and the first's" ready life
check "other: destroy" virsh destroy other
check "other: its network is as it was" as_before
check "other: the first pod still serves" podgraft status --check --netns "$first_pod" --state-dir "$STATE"
check "other: the first is destroyed" libvirtd_of_first destroy life
libvirtd_stop
libvirtd=$first_libvirtd libvirtd_place=$first_place libvirtd_stop

# The protocol by hand: what libvirt would not do, and what it costs.
hook() { ip netns exec "$pod" podgraft hook "$@" --state-dir "$STATE" <"$WORK/in.xml" >"$WORK/out" 2>"$WORK/err"; }
begin_quiet() { dump_pod "$pod" >"$WORK/before"; }
begin_quiet
cp "$WORK/other.xml" "$WORK/in.xml"
check "hand: an unknown operation is fine" hook other frobnicate begin -
check "hand: reconnect of what cannot be is fine" sh -c "sed 's|state-dir=|interface=\"eth7\" state-dir=|' $WORK/other.xml | ip netns exec $pod podgraft hook other reconnect begin - 2>/dev/null"
check "hand: migrate prints the XML" hook other migrate begin -
check "hand: with the tap in it" grep -q "tap0" "$WORK/out"
check "hand: nothing is touched" as_before
domain_xml plain | sed "s|<name>|<description>urn:podgraft:1 podgraft:network</description><!-- xmlns:podgraft=\"urn:podgraft:1\" --><name>|" >"$WORK/in.xml"
for operation in prepare start started stopped release reconnect migrate; do
  strace -f -o "$WORK/strace" -e trace=execve ip netns exec "$pod" podgraft hook plain "$operation" "$(case $operation in stopped | release) echo end ;; *) echo begin ;; esac)" - <"$WORK/in.xml" >"$WORK/out" 2>"$WORK/err"
  check "hand: $operation leaves a domain without the element alone" test ! -s "$WORK/out" -a ! -s "$WORK/err"
  check "hand: $operation starts no other program for it" test "$(grep -c execve "$WORK/strace")" -le 2
done
check "hand: nothing is touched by those" as_before
for library in libvirt libxml2; do
  cp "$WORK/other.xml" "$WORK/in.xml"
  LD_DEBUG=libs LD_DEBUG_OUTPUT="$WORK/ld" ip netns exec "$pod" podgraft hook other prepare begin - <"$WORK/in.xml" >/dev/null 2>&1
  LD_DEBUG=libs LD_DEBUG_OUTPUT="$WORK/ld" ip netns exec "$pod" podgraft hook other release end - <"$WORK/in.xml" >/dev/null 2>&1
  check "hand: podgraft itself loads no $library" sh -c "! grep -l 'podgraft: \|/podgraft\$' $WORK/ld.* | xargs -r grep -l 'calling init.*$library' | xargs -r grep -L podgraft-domain | grep ."
  rm -f "$WORK"/ld.*
done
# A domain with two of the pod's interfaces, the second one first and with a MAC of its own.
ip -n "$node" link add veth9 type veth peer name net1 netns "$pod"
ip -n "$node" link set veth9 up
ip -n "$pod" link set net1 address aa:bb:cc:00:01:06 up
ip -n "$pod" addr add 192.168.7.9/24 dev net1
begin_quiet
domain_xml two | sed "s|</name>|</name><metadata><podgraft:network xmlns:podgraft='urn:podgraft:1' state-dir='$STATE' interface='net1 eth0'/></metadata>|" >"$WORK/plain.xml"
podgraft domain "${options[@]}" --interface net1 --interface eth0 --domain "$WORK/plain.xml" |
  sed 's|aa:bb:cc:00:01:06|02:00:00:00:01:06|' >"$WORK/in.xml"
check "two: both are in the XML, in their order" sh -c "grep -o 'tap[0-9]' $WORK/in.xml | tr '\n' ' ' | grep -qx 'tap1 tap0 '"
check "two: prepare" hook two prepare begin -
identities=$(podgraft status "${options[@]}" --json | jq -c '[.interfaces[].identity | [.interface, .tap, .mac]]')
check "two: each has the MAC of its <interface>" test "$identities" = "[[\"eth0\",\"tap0\",\"$mac\"],[\"net1\",\"tap1\",\"02:00:00:00:01:06\"]]"
check "two: both are well" podgraft status --check "${options[@]}"
check "two: reconnect mends" hook two reconnect begin -
check "two: another domain's release leaves them alone" hook another release end -
check "two: both are still well" podgraft status --check "${options[@]}"
check "two: release" hook two release end -
check "two: nothing is kept" nothing_kept
check "two: the network is as it was" as_before
sed -i "s|dev=\"tap0\"|dev=\"tap7\"|" "$WORK/in.xml"
check "two: one without its tap is refused" sh -c "! ip netns exec $pod podgraft hook two prepare begin - <$WORK/in.xml 2>$WORK/err"
check "two: which is said" grep -q "no <interface> with <target dev='tap0'" "$WORK/err"
check "two: the network is as it was" as_before

hooks=$WORK/hooks
check "hand: install" podgraft hook --install --hooks-dir "$hooks"
check "hand: it is executable" test -x "$hooks/qemu.d/podgraft"
check "hand: install again" podgraft hook --install --hooks-dir "$hooks"
check "hand: uninstall" podgraft hook --uninstall --hooks-dir "$hooks"
check "hand: it is gone" test ! -e "$hooks/qemu.d/podgraft"
echo '#!/bin/sh' >"$hooks/qemu.d/podgraft"
check "hand: somebody else's is not replaced" sh -c "! podgraft hook --install --hooks-dir $hooks 2>/dev/null"
check "hand: nor removed" sh -c "! podgraft hook --uninstall --hooks-dir $hooks 2>/dev/null && grep -qx '#!/bin/sh' $hooks/qemu.d/podgraft"
summary
